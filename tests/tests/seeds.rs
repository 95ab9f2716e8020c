//! Every random test of the repository takes its seed from `topsdk_random`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use topsdk_tests::root;

/// What draws numbers from elsewhere, or keeps no failures.
const FORBIDDEN: [&str; 5] = ["ProptestConfig", "TestRunner::", "Rng::new", "RngSeed", "failure_persistence"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_ours = !path.ends_with("target") && !path.ends_with("tests/random") && !path.ends_with("tests/seeds.rs");
        if path.is_dir() && is_ours {
            sources(&path, found);
        } else if is_ours && path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_random_test_has_the_seed_of_the_run() {
    let mut files = Vec::new();
    for name in ["spec", "macros", "codec", "client", "generated", "codegen", "tests"] {
        sources(&root().join(name), &mut files);
    }
    let mut properties = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let count = text.matches("proptest!").count();
        assert_eq!(count, text.matches("topsdk_random::config(").count(), "{}", file.display());
        let seeded = text.matches("with_seed(topsdk_random::seed())").count();
        assert_eq!(seeded, text.matches("with_seed(").count(), "{}", file.display());
        let forbidden = FORBIDDEN.into_iter().find(|word| text.contains(word));
        assert_eq!(forbidden, None, "{}", file.display());
        // What is not a test may draw from the generator of its thread.
        let inside = file.strip_prefix(root()).unwrap();
        let is_test = inside.components().any(|part| part.as_os_str() == "tests") || file.ends_with("tests.rs");
        let drawn = text.matches("fastrand::").count() - text.matches("fastrand::Rng").count();
        assert!(!is_test || drawn == 0, "{}", file.display());
        properties += count;
    }
    assert!(properties > 8, "{properties}");
}
