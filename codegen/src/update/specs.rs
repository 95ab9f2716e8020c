//! The specs on disk, which are what the next change is compared with.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use topsdk_spec::Api;

use super::files::Files;
use super::{Error, SPECS};

/// The specs of a repository.
pub(super) struct Specs {
    pub(super) by_method: BTreeMap<String, Api>,
    /// The methods of files that hold none. Their pages say it again.
    pub(super) unreadable: BTreeSet<String>,
}

impl Specs {
    pub(super) fn read(files: &Files) -> Result<Specs, Error> {
        let paths = files.list(SPECS)?.files;
        let read = paths.into_par_iter().filter(|path| path.ends_with(".json")).map(|path| {
            let api = files.read_text(&path)?.and_then(|text| Api::from_json(&text).ok());
            let api = api.filter(|api| spec_file(&api.method) == path);
            Ok((path, api))
        });
        let read: Vec<(String, Option<Api>)> = read.collect::<Result<_, Error>>()?;
        let mut specs = Specs { by_method: BTreeMap::new(), unreadable: BTreeSet::new() };
        for (path, api) in read {
            match api {
                Some(api) => drop(specs.by_method.insert(api.method.clone(), api)),
                None => specs.unreadable.extend(method_of(&path).map(str::to_owned)),
            }
        }
        Ok(specs)
    }

    /// The first file that holds no spec and that no page gives again.
    pub(super) fn lost(&self, is_read: impl Fn(&str) -> bool) -> Option<String> {
        self.unreadable.iter().find(|method| !is_read(method)).map(|method| spec_file(method))
    }
}

/// The file of an API's spec, below the root.
pub(super) fn spec_file(method: &str) -> String {
    format!("{SPECS}/{method}.json")
}

/// The method whose spec this file is.
fn method_of(path: &str) -> Option<&str> {
    path.strip_prefix(SPECS)?.strip_prefix('/')?.strip_suffix(".json")
}
