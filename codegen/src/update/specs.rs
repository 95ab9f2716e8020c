//! Reads the stored specs: the current ones, which the next update is compared with, and those of the last release.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use topsdk_spec::{Api, Source};

use super::files::Files;
use super::{SPECS, UNRELEASED, UpdateError};

/// The contents of `spec/unreleased.json`: the released spec of each API that has changed since the last release, by method.
/// `None` if the API is new since then.
pub(super) type Released = BTreeMap<String, Option<Api>>;

/// The specs of a repository.
pub(super) struct StoredSpecs {
    pub(super) by_method: BTreeMap<String, Api>,
    /// The methods of files without a valid spec. Their pages can replace them.
    pub(super) unreadable: BTreeSet<String>,
    pub(super) released: Released,
}

impl StoredSpecs {
    pub(super) fn read(files: &Files) -> Result<StoredSpecs, UpdateError> {
        let released = match files.read(UNRELEASED)? {
            Some(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| UpdateError::Unreleased(files.path(UNRELEASED), error))?,
            None => Released::default(),
        };
        let read = files.list(SPECS)?.files.into_par_iter().filter_map(|path| {
            let method = path.strip_prefix(SPECS)?.strip_prefix('/')?.strip_suffix(".json")?.to_owned();
            let api = files.read_text(&path).map(|text| Api::from_json(&text?).ok().filter(|api| api.method == method));
            Some(api.map(|api| (method, api)))
        });
        let mut specs = StoredSpecs { by_method: BTreeMap::new(), unreadable: BTreeSet::new(), released };
        for (method, api) in read.collect::<Result<Vec<_>, UpdateError>>()? {
            match api {
                Some(api) => drop(specs.by_method.insert(method, api)),
                None => drop(specs.unreadable.insert(method)),
            }
        }
        Ok(specs)
    }
}

/// Returns the file of an API's spec, below the root.
pub(super) fn spec_file(method: &str) -> String {
    format!("{SPECS}/{method}.json")
}

/// Returns the text of `spec/unreleased.json`.
#[expect(clippy::expect_used, reason = "the keys are texts, and memory takes all that is written")]
pub(super) fn released_json(released: &Released) -> String {
    serde_json::to_string_pretty(released).expect("a map of specs is JSON") + "\n"
}

/// Returns whether two specs are equal except for their source.
pub(super) fn is_same(one: Option<&Api>, other: Option<&Api>) -> bool {
    let content = |api: &Api| Api { source: Source::default(), ..api.clone() };
    one == other || one.map(content) == other.map(content)
}
