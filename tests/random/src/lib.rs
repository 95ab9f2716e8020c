//! The seed of every random test: the same in each usual run, another one with `TOPSDK_RANDOM=SEED`.
//!
//! A case that fails is written beside the source of its test, into a file with the extension `regressions`, and is tried first
//! from then on. Commit that file together with the fix.

use std::env::{self, VarError};

use proptest::test_runner::{Config, FileFailurePersistence, RngSeed};

/// The variable that takes another seed, a whole number.
pub const VARIABLE: &str = "TOPSDK_RANDOM";

/// The seed of the usual run.
const USUAL: u64 = 12;

/// The seed of this run, for what draws its own numbers.
///
/// # Panics
/// If [`VARIABLE`] is set and is not a whole number.
pub fn seed() -> u64 {
    seed_of(env::var(VARIABLE))
}

#[expect(clippy::panic, reason = "a test fails by panicking")]
fn seed_of(variable: Result<String, VarError>) -> u64 {
    match variable {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{VARIABLE}={text:?}: expected a whole number below 2^64")),
        Err(VarError::NotPresent) => USUAL,
        Err(error) => panic!("{VARIABLE}: {error}"),
    }
}

/// The configuration of a property test that tries so many cases.
///
/// ```
/// use proptest::prelude::*;
///
/// proptest! {
///     #![proptest_config(topsdk_random::config(64))]
///     # fn twice_is_even(number in 0..1000_u32) { prop_assert_eq!(number * 2 % 2, 0); }
/// }
/// ```
///
/// # Panics
/// As [`seed`] does.
pub fn config(cases: u32) -> Config {
    config_of(cases, seed())
}

fn config_of(cases: u32, seed: u64) -> Config {
    let failures = FileFailurePersistence::WithSource("regressions");
    Config {
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: Some(Box::new(failures)),
        ..Config::with_cases(cases)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::{cell::RefCell, fs, path::Path};

    use proptest::test_runner::{TestCaseError, TestRunner};

    use super::*;

    /// The numbers that a property is tried with. It fails from `limit` on.
    fn tried(config: Config, limit: u64) -> Vec<u64> {
        let numbers = RefCell::new(Vec::new());
        let property = |number| {
            numbers.borrow_mut().push(number);
            if number < limit { Ok(()) } else { Err(TestCaseError::fail("too large")) }
        };
        let _ = TestRunner::new(config).run(&(0..1_000_000_u64), property);
        numbers.into_inner()
    }

    /// With the source of the test that it is for.
    fn at(source: &Path, seed: u64) -> Config {
        Config { source_file: Some(String::leak(source.display().to_string())), ..config_of(20, seed) }
    }

    #[test]
    fn a_seed_decides_the_cases() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("test.rs");
        assert_eq!(tried(at(&source, 1), u64::MAX), tried(at(&source, 1), u64::MAX));
        assert_ne!(tried(at(&source, 1), u64::MAX), tried(at(&source, 2), u64::MAX));
        assert_eq!(seed_of(Err(VarError::NotPresent)), USUAL);
        assert_eq!(seed_of(Ok("7".to_owned())), 7);
    }

    #[test]
    fn a_case_that_failed_is_written_beside_its_test_and_tried_first() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("test.rs");
        fs::write(&source, "").unwrap();
        let smallest = *tried(at(&source, 1), 1_000).iter().filter(|number| **number >= 1_000).min().unwrap();
        let written = fs::read_to_string(folder.path().join("test.regressions")).unwrap();
        assert!(written.contains(&format!("shrinks to {smallest}")), "{written}");
        let again = tried(at(&source, 2), u64::MAX);
        assert!(again[0] >= 1_000 && again.len() == 21, "{again:?}");
    }

    #[test]
    #[should_panic(expected = "expected a whole number")]
    fn rejects_a_seed_that_is_not_a_number() {
        seed_of(Ok("seven".to_owned()));
    }
}
