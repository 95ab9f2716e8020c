//! Pages that were made to break the reader: each ends with a result or a clear error, in bounded time.

use topsdk_codegen::read::{Error, page as read_page};

use super::{fails, outline, read, text_page};

#[test]
fn hostile_pages_end_with_a_result_or_an_error() {
    let row = |name: usize| format!("<ul><li>└ f{name}</li><li>String</li><li>x</li><li>d</li></ul>");
    let nested: String = (0..50)
        .map(|depth| format!("<ul><li><span></span> o{depth}</li><li>O</li><li></li><li></li></ul><div class=list>"))
        .collect();
    let page = |rows: &str| {
        format!(
            "<html><h2>a.b</h2><h1>响应参数</h1><table><tr><th>名称<th>类型<th>示例值<th>描述<tr><td>r<td>R<td><td><tr><td><div>{rows}</div></table><h1>错误码</h1></html>"
        )
    };
    let reading = read(&page(&format!("{nested}{}{}", row(0), "</div>".repeat(50))));
    assert_eq!(outline(&reading.api.response).len(), 52);
    assert!(matches!(fails(&page(&format!("{nested}{nested}{}", row(0)))), Error::TooDeep { what: "parameters", .. }));
    let many: String = (0..20_000).map(row).collect();
    assert_eq!(read(&page(&many)).api.response[0].fields.len(), 20_000);
    let objects: String = (0..2_000).map(|index| row(index).replace('└', "<span></span>")).collect();
    let flat = read_page("page", page(&format!("{objects}{many}")).as_bytes());
    assert!(matches!(flat, Err(Error::TooDeep { .. })) || flat.is_ok_and(|reading| !reading.diagnostics.is_empty()));
    assert!(matches!(fails(&page(&"<div>".repeat(100_000))), Error::TooDeep { what: "tags", .. }));
    assert!(matches!(fails(&format!("{{\"data\":{}", "[".repeat(100_000))), Error::TooDeep { what: "values", .. }));
    let bullets: String = (0..20_000).map(|index| format!("  • n{index}\n  • T\n")).collect();
    let text = read_page("page", text_page("", &format!("r R\n{bullets}"), "", "<r><r>1</r></r>").as_bytes());
    assert!(text.is_err() || text.is_ok_and(|reading| !reading.diagnostics.is_empty()));
}
