//! The members of an answer as JSON.
#![no_main]

mod answer;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|members: &[u8]| answer::check(&[b"{\"a_response\":{", members, b"}}"].concat()));
