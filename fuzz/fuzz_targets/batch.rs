//! The answer of a batch: the first byte says of how many requests.
#![no_main]

mod answer;

use libfuzzer_sys::fuzz_target;
use topsdk_codec::batch::{Answers, split};

fuzz_target!(|data: &[u8]| {
    let Some((count, body)) = data.split_first() else { return };
    match split(body, usize::from(*count)) {
        Answers::Each(answers) => {
            assert_eq!(answers.len(), usize::from(*count));
            assert_eq!(answers.join(&b"\r\n-S-\r\n"[..]), body);
            answers.into_iter().for_each(answer::check);
        }
        Answers::Whole(whole) => assert_eq!(whole, body),
    }
});
