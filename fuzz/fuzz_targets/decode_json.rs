//! The members of a response as JSON.
#![no_main]

mod response;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|members: &[u8]| response::check(&[b"{\"a_response\":{", members, b"}}"].concat()));
