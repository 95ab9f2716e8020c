//! The content of a response as XML.
#![no_main]

mod response;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| response::check(&[b"<a_response>", content, b"</a_response>"].concat()));
