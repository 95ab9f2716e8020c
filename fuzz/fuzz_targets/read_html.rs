//! HTML pages: the input stands inside the tables of a page, so that most inputs reach the rows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use topsdk_codegen::read;

fuzz_target!(|input: &[u8]| {
    let _ = read::page("page", input);
    let head = b"<html><h2>a.b (c)</h2><h1>\xe8\xaf\xb7\xe6\xb1\x82\xe5\x8f\x82\xe6\x95\xb0</h1><table></table>\
        <h1>\xe5\x93\x8d\xe5\xba\x94\xe5\x8f\x82\xe6\x95\xb0</h1><table>";
    let page = [&head[..], input, b"</table></html>"].concat();
    if let Ok(reading) = read::page("page", &page) {
        check::holds(&reading);
    }
});

#[path = "../check.rs"]
mod check;
