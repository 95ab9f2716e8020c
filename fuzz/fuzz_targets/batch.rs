//! The response of a batch: the first byte says of how many requests.
#![no_main]

mod response;

use libfuzzer_sys::fuzz_target;
use topsdk_codec::batch::{BatchResponses, split};

fuzz_target!(|data: &[u8]| {
    let Some((count, body)) = data.split_first() else { return };
    match split(body, usize::from(*count)) {
        BatchResponses::Each(responses) => {
            assert_eq!(responses.len(), usize::from(*count));
            assert_eq!(responses.join(&b"\r\n-S-\r\n"[..]), body);
            responses.into_iter().for_each(response::check);
        }
        BatchResponses::Whole(whole) => assert_eq!(whole, body),
    }
});
