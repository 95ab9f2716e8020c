//! Pages of text: the input is the response's table and its sample, cut at the first NUL.
#![no_main]

use libfuzzer_sys::fuzz_target;
use topsdk_codegen::read;

fuzz_target!(|input: &[u8]| {
    let _ = read::page("page", input);
    let text = String::from_utf8_lossy(input);
    let (table, sample) = text.split_once('\0').unwrap_or((&text, "<r><a>1</a></r>"));
    let page = format!(
        "a.b (c)\n\n请求参数\n\n名称 类型 是否必须 示例值 更多限制 描述\n{table}\n响应参数\n\n名称 类型 示例值 描述\n{table}\n\n\
         响应示例\n\n{sample}\n\n错误码解释\n"
    );
    if let Ok(reading) = read::page("page", page.as_bytes()) {
        check::holds(&reading);
    }
});

#[path = "../check.rs"]
mod check;
