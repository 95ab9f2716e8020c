//! Reads and edits `spec/unreleased.json`: the released spec of each API that has changed since the last release.

use std::collections::BTreeMap;

use crate::diff::Diff;
use topsdk_spec::{Api, Source};

use super::files::Files;
use super::{ApiUpdate, UNRELEASED, UpdateError, UpdateOutcome};

/// The released specs, by method; `None` if the API is new since the release.
#[derive(Clone, Debug, Default)]
pub(super) struct Unreleased(BTreeMap<String, Option<Api>>);

impl Unreleased {
    /// Reads the file. A missing file means no changes.
    ///
    /// # Errors
    /// Returns an error if the file is not an object of specs and `null`.
    pub(super) fn read(files: &Files) -> Result<Unreleased, UpdateError> {
        let Some(bytes) = files.read(UNRELEASED)? else { return Ok(Unreleased::default()) };
        let specs = serde_json::from_slice(&bytes);
        specs.map(Unreleased).map_err(|error| UpdateError::Unreleased(files.path(UNRELEASED), error))
    }

    /// Returns the content of the file.
    #[expect(clippy::expect_used, reason = "the keys are texts, and memory takes all that is written")]
    pub(super) fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(&self.0).expect("a map of specs is JSON");
        format!("{text}\n")
    }

    /// Stores the released specs of the APIs that are about to change. An entry that exists already stays, because it is
    /// the released one.
    pub(super) fn remember(&mut self, apis: &[ApiUpdate]) {
        for ApiUpdate { method, outcome, before, after, .. } in apis {
            // The released spec of an API is unknown if its old spec cannot be read.
            let is_known = before.is_some() || matches!(outcome, UpdateOutcome::New);
            if is_known && !is_same(before.as_deref(), after.as_deref()) {
                self.0.entry(method.clone()).or_insert_with(|| before.as_deref().cloned());
            }
        }
    }

    /// Removes the APIs that are again as released.
    pub(super) fn forget<'a>(&mut self, now: impl Fn(&str) -> Option<&'a Api>) {
        self.0.retain(|method, released| !is_same(released.as_ref(), now(method)));
    }

    /// Returns the changes since the release.
    pub(super) fn diff<'a>(&self, now: impl Fn(&str) -> Option<&'a Api>) -> Diff {
        Diff::of(self.0.iter().map(|(method, released)| [released.as_ref(), now(method)]))
    }
}

/// Returns whether two specs are equal except for their source.
fn is_same(one: Option<&Api>, other: Option<&Api>) -> bool {
    let content = |api: &Api| Api { source: Source::default(), ..api.clone() };
    one == other || one.map(content) == other.map(content)
}
