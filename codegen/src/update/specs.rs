//! Reads the stored specs, which the next update is compared with.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use topsdk_spec::Api;

use super::files::Files;
use super::{SPECS, UpdateError};

/// The specs of a repository.
pub(super) struct StoredSpecs {
    pub(super) by_method: BTreeMap<String, Api>,
    /// The methods of files without a valid spec. Their pages can replace them.
    pub(super) unreadable: BTreeSet<String>,
}

impl StoredSpecs {
    pub(super) fn read(files: &Files) -> Result<StoredSpecs, UpdateError> {
        let paths = files.list(SPECS)?.files;
        let read = paths.into_par_iter().filter(|path| path.ends_with(".json")).map(|path| {
            let api = files.read_text(&path)?.and_then(|text| Api::from_json(&text).ok());
            let api = api.filter(|api| spec_file(&api.method) == path);
            Ok((path, api))
        });
        let read: Vec<(String, Option<Api>)> = read.collect::<Result<_, UpdateError>>()?;
        let mut specs = StoredSpecs { by_method: BTreeMap::new(), unreadable: BTreeSet::new() };
        for (path, api) in read {
            match api {
                Some(api) => drop(specs.by_method.insert(api.method.clone(), api)),
                None => specs.unreadable.extend(method_of(&path).map(str::to_owned)),
            }
        }
        Ok(specs)
    }

    /// Returns the first file without a valid spec that no page can replace.
    pub(super) fn lost(&self, is_read: impl Fn(&str) -> bool) -> Option<String> {
        self.unreadable.iter().find(|method| !is_read(method)).map(|method| spec_file(method))
    }
}

/// Returns the file of an API's spec, below the root.
pub(super) fn spec_file(method: &str) -> String {
    format!("{SPECS}/{method}.json")
}

/// Returns the method of a spec file.
fn method_of(path: &str) -> Option<&str> {
    path.strip_prefix(SPECS)?.strip_prefix('/')?.strip_suffix(".json")
}
