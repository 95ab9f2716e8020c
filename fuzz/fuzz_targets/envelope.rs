//! Any body in place of an answer.
#![no_main]

mod answer;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| answer::check(body));
