//! Pages as Markdown: the input as it is, and as the response's section, cut from its sample at the first NUL.
#![no_main]

use libfuzzer_sys::fuzz_target;
use topsdk_codegen::read;

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let (table, sample) = text.split_once('\0').unwrap_or((&text, "<r><a>1</a></r>"));
    let head = "# a.b (c)\n\n## 请求参数\n\n无\n\n## 响应参数\n\n";
    let tail = format!("\n\n## 响应示例\n\n```\n{sample}\n```\n");
    for page in [
        format!("# a.b\n\n## 请求参数\n\n无\n\n## 响应参数\n\n无\n\n{text}"),
        format!("{head}{table}{tail}"),
        format!("{head}| 名称 | 类型 | 描述 |\n|---|---|---|\n{table}{tail}"),
    ] {
        if let Ok(reading) = read::page("page", page.as_bytes()) {
            check::holds(&reading);
        }
    }
});

#[path = "../check.rs"]
mod check;
