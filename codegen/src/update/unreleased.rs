//! `spec/unreleased.json`: for each API that has changed since the last release, its spec as released.

use std::collections::BTreeMap;

use crate::diff::{Diff, diff};
use topsdk_spec::{Api, Source};

use super::files::Files;
use super::{ApiUpdate, Error, Outcome, UNRELEASED};

/// The specs as they were released, by method; `None` where the API is new since then.
#[derive(Clone, Debug, Default)]
pub(super) struct Unreleased(BTreeMap<String, Option<Api>>);

impl Unreleased {
    /// Reads the file; an absent one is empty.
    ///
    /// # Errors
    /// Where it is not an object of specs and `null`.
    pub(super) fn read(files: &Files) -> Result<Unreleased, Error> {
        let Some(bytes) = files.read(UNRELEASED)? else { return Ok(Unreleased::default()) };
        let specs = serde_json::from_slice(&bytes)
            .map_err(|source| Error::Unreleased { path: files.path(UNRELEASED), source })?;
        Ok(Unreleased(specs))
    }

    /// What the file holds.
    #[expect(clippy::expect_used, reason = "the keys are texts, and memory takes all that is written")]
    pub(super) fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(&self.0).expect("a map of specs is JSON");
        format!("{text}\n")
    }

    /// Remembers what is about to change. What is remembered already stays: it is what was released.
    pub(super) fn remember(&mut self, apis: &[ApiUpdate]) {
        for ApiUpdate { method, outcome, before, after, .. } in apis {
            // Of an API whose spec could not be read nobody knows what was released.
            let is_known = before.is_some() || matches!(outcome, Outcome::New);
            if is_known && !is_same(before.as_deref(), after.as_deref()) {
                self.0.entry(method.clone()).or_insert_with(|| before.as_deref().cloned());
            }
        }
    }

    /// Forgets what is again as it was released.
    pub(super) fn forget<'a>(&mut self, now: impl Fn(&str) -> Option<&'a Api>) {
        self.0.retain(|method, released| !is_same(released.as_ref(), now(method)));
    }

    /// What has changed since the release.
    pub(super) fn diff<'a>(&self, now: impl Fn(&str) -> Option<&'a Api>) -> Diff {
        let changes =
            self.0.iter().flat_map(|(method, released)| diff(slice(released.as_ref()), slice(now(method))).changes);
        Diff { changes: changes.collect() }
    }
}

/// Whether two pages say the same, wherever they come from.
fn is_same(one: Option<&Api>, other: Option<&Api>) -> bool {
    let said = |api: &Api| Api { source: Source::default(), ..api.clone() };
    one == other || one.map(said) == other.map(said)
}

pub(super) fn slice(api: Option<&Api>) -> &[Api] {
    api.map(std::slice::from_ref).unwrap_or_default()
}
