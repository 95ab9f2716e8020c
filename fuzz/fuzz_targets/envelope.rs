//! Any body in place of a response.
#![no_main]

mod response;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| response::check(body));
