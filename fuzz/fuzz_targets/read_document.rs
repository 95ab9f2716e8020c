//! Documents: the input as it is, and as the list of response parameters.
#![no_main]

use libfuzzer_sys::fuzz_target;
use topsdk_codegen::read;

fuzz_target!(|input: &[u8]| {
    let _ = read::page("page", input);
    let page = [&b"{\"data\":{\"name\":\"a.b\",\"responseParams\":["[..], input, b"]}}"].concat();
    if let Ok(reading) = read::page("page", &page) {
        check::holds(&reading);
    }
});

#[path = "../check.rs"]
mod check;
