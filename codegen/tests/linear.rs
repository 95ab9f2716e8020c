//! Reading, checking and drawing take time in proportion to the page: four times the page, not sixteen times the time.

#![allow(clippy::panic, reason = "a helper of tests fails as a test does")]

mod cost;

use cost::{LINEAR, growth};
use topsdk_codegen::check;
use topsdk_codegen::diagnostic::PageText;
use topsdk_codegen::read;

/// How many parts the smaller page has.
const COUNT: usize = 1_000;

/// Reads a page, lints it and draws what was found. Returns the number of findings.
fn run(page: &str) -> usize {
    let mut count = 0;
    match read::page("page", page.as_bytes()) {
        Ok(reading) => {
            let page = PageText::new(reading.origins.text());
            let found = check::lint(&reading.api, Some(&reading.origins));
            for found in reading.diagnostics.iter().chain(&found) {
                found.to_json(Some(&page));
                if count % 16 == 0 {
                    found.render(Some(&page), false);
                }
                count += 1;
            }
        }
        Err(error) => count += error.to_string().len().min(1),
    }
    count
}

#[test]
fn positions_on_one_line_take_linear_time() {
    let growth = growth(
        COUNT,
        |count| (count, "甲乙".repeat(count * 80)),
        |(count, text)| {
            let page = PageText::new(text);
            let letters: usize = (0..*count).map(|part| page.position(part * 480).1).sum();
            assert_eq!(letters, count + 160 * count * (count - 1) / 2);
        },
    );
    assert!(growth < LINEAR, "{growth} times as long for four times as many positions");
}

/// Fails if reading a page of four times as many parts is not linear; `page` makes one.
fn assert_linear(what: &str, page: impl Fn(usize) -> String) {
    let growth = growth(COUNT, page, |page| assert!(run(page) > 0, "{what}: nothing was found"));
    assert!(growth < LINEAR, "{what}: {growth} times as long for four times as many parts");
}

fn all(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

/// A page on one line, with these rows in the table of the response and these fields in its sample.
fn html(rows: &str, fields: &str) -> String {
    let sample = format!("<a_b_response>{fields}</a_b_response>").replace('<', "&lt;");
    format!(
        "<html><h2>a.b</h2><h1>请求参数</h1><table></table><h1>响应参数</h1><table><tr><th>名称<th>类型<th>示例值<th>描述</tr>{rows}\
         </table><h1>响应示例</h1><pre>{sample}</pre><h1>错误码</h1></html>"
    )
}

fn text(rows: &str, sample: &str) -> String {
    format!(
        "a.b (c)\n\n请求参数\n\n名称 类型 是否必须 示例值 更多限制 描述\n\n响应参数\n\n名称 类型 示例值 描述\n{rows}\n响应示例\n\n\
         <a_b_response>{sample}</a_b_response>\n\n错误码解释\n\n错误码 错误描述 解决方案\n"
    )
}

fn document(rows: &str, sample: &str) -> String {
    let sample = format!("<a_b_response>{sample}</a_b_response>");
    format!(
        "{{\"data\":{{\"name\":\"a.b\",\"requestParams\":[],\"responseParams\":[{{\"name\":\"x\"}}{rows}],\
         \"rspSampleXml\":\"{sample}\"}}}}"
    )
}

fn markdown(rows: &str, sample: &str) -> String {
    format!(
        "# a.b\n\n## 请求参数\n\n无\n\n## 响应参数\n\n|名称|类型|示例值|描述|\n|-|-|-|-|\n{rows}\n\n## 响应示例\n\n\
         ```\n<a_b_response>{sample}</a_b_response>\n```\n"
    )
}

#[test]
fn fields_that_only_the_sample_has_take_linear_time() {
    let fields = |count| all(count, |field| format!("<f{field}/>"));
    assert_linear("HTML", |count| html("<tr><td>x<td>String", &fields(count)));
    assert_linear("text", |count| text("x String", &fields(count)));
    assert_linear("document", |count| document("", &fields(count)));
    assert_linear("Markdown", |count| markdown("|x|String|", &fields(count)));
}

#[test]
fn wrong_rows_take_linear_time() {
    assert_linear("HTML", |count| html(&all(count, |row| format!("<tr><td>f{row}<td>Number<td>甲{row}<td>述")), ""));
    assert_linear("HTML, entities", |count| {
        html(&all(count, |row| format!("<tr><td>f{row}<td>Number<td>&copy;<td>述")), "")
    });
    assert_linear("text", |count| text(&all(count, |row| format!("f{row} Number 甲 述\n")), ""));
    assert_linear("document", |count| {
        document(&all(count, |row| format!(",{{\"name\":\"f{row}\",\"type\":\"Number\",\"demoValue\":\"甲\"}}")), "")
    });
    assert_linear("Markdown", |count| markdown(&all(count, |row| format!("|f{row}|Number|甲|述|\n")), ""));
}

#[test]
fn rows_below_one_row_take_linear_time() {
    let list = |row: usize| {
        format!("<ul><li class=td-11>└ f{row}</li><li class=td-12>Number</li><li class=td-13>甲</li></ul>")
    };
    assert_linear("HTML", |count| {
        html(&format!("<tr><td>o<td>O<tr><td><div class=list>{}</div>", all(count, list)), "")
    });
    assert_linear("text", |count| {
        text(&format!("o O\n{}", all(count, |row| format!("  • └ f{row}\n  • Number\n  • 甲\n"))), "")
    });
}

#[test]
fn stray_texts_take_linear_time() {
    assert_linear("between rows", |count| {
        html(&all(count, |row| format!("<tr><td>f{row}<td>String<tr><td>甲{row}</td></tr>")), "")
    });
    assert_linear("same texts", |count| html(&all(count, |_| "<tr><td>甲</td></tr>".to_owned()), ""));
    assert_linear("beside the table", |count| {
        html("<tr><td>x<td>String", "")
            .replace("<h1>响应示例", &format!("{}<h1>响应示例", all(count, |row| format!("<p>甲{row}</p>"))))
    });
    assert_linear("tables", |count| {
        let table = |row: usize| format!("<table><tr><th>名称<th>类型<tr><td>t{row}<td>String</table>");
        html("<tr><td>x<td>String", "").replace("<h1>响应示例", &format!("{}<h1>响应示例", all(count / 4, table)))
    });
    assert_linear("error codes", |count| {
        let codes = format!(
            "错误码</h1><table><tr><th>错误码<th>错误描述{}</table>",
            all(count, |row| format!("<tr><td>c{row}<td>m<td>s"))
        );
        html("<tr><td>x<td>String", "").replace("错误码</h1>", &codes)
    });
    assert_linear("limits", |count| {
        let rows = all(count, |row| format!("<tr><td>f{row}<td>String<td>可选<td><td><li>甲：1</li><td>"));
        html("<tr><td>x<td>String", "").replace("请求参数</h1><table>", &format!("请求参数</h1><table>{rows}"))
    });
}

#[test]
fn many_headings_take_linear_time() {
    let many = |count: usize, heading: &str| all(count, |_| format!("<h1>{heading}</h1>"));
    for heading in ["请求参数", "响应参数", "响应示例", "错误码", "公告", "API工具"] {
        assert_linear(heading, |count| {
            html("<tr><td>x<td>Numbers", "").replace("<h1>响应示例", &format!("{}<h1>响应示例", many(count, heading)))
        });
        assert_linear(heading, |count| {
            text("x Numbers 1", "")
                .replace("响应示例\n", &format!("{}响应示例\n", all(count, |_| format!("{heading}\n\n"))))
        });
        assert_linear(heading, |count| {
            markdown("|x|Numbers|", "")
                .replace("## 响应示例\n", &format!("{}## 响应示例\n", all(count, |_| format!("## {heading}\n\n"))))
        });
    }
}

#[test]
fn broken_samples_take_linear_time() {
    for piece in ["<a>", "</a>", "&", "<", "<![CDATA["] {
        assert_linear(piece, |count| text("x String", &piece.repeat(count)));
    }
    for piece in ["{", "[", "\"a\":,", "\"a\":x,", "\"", "\\"] {
        assert_linear(piece, |count| {
            text("x String", "")
                .replace("<a_b_response></a_b_response>", &format!("{{\"a_b_response\":{{{}}}}}", piece.repeat(count)))
        });
    }
}
