//! The content of an answer as XML.
#![no_main]

mod answer;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| answer::check(&[b"<a_response>", content, b"</a_response>"].concat()));
