//! The examples of every API of the catalogue become snapshots without a hand: what is wrong with a sample is a fault that
//! `lint` reports.
//!
//! The catalogue is somebody else's and not part of this project; `TOPSDK_CORPUS` names its folder.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use topsdk_codec::dynamic::{DynamicObject, DynamicType};
use topsdk_tests::snapshots::Examples;

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn every_fault_of_a_sample_is_one_that_lint_reports() {
    let corpus = topsdk_tests::corpus();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documented-corpus");
    let (mut faulty, mut unreported) = (0, Vec::new());
    for api in topsdk_tests::documents(&corpus, &folder, false).unwrap() {
        let (requests, responses) = (DynamicType::request(&api), DynamicType::response(&api));
        let mut request = DynamicObject::new(&requests);
        let show = |value: &DynamicObject<'_>| format!("{value:?}");
        let examples = Examples::of(&api, &mut request, || DynamicObject::new(&responses), show)
            .unwrap_or_else(|error| panic!("{}: {error}", api.method));
        faulty += usize::from(!examples.faults.is_empty());
        unreported.extend(examples.unreported(&api).into_iter().map(|fault| format!("{}: {fault:?}", api.method)));
    }
    assert!(unreported.is_empty(), "{} of {faulty}: {:#?}", unreported.len(), &unreported[..unreported.len().min(40)]);
    assert!(faulty > 0, "the catalogue has faulty samples");
}
