//! What an update writes, and in which order.

use super::Error;
use super::files::{Change, Files};

/// Where an update writes, and whether also in the folders below.
const FOLDERS: [(&str, bool); 3] = [("", false), ("generated", true), ("spec", true)];

/// The files that are not as they should be.
///
/// The specs are what the next change is compared with. They are written last, so that an update that ends on the way finds
/// the same changes when it is run again, and makes the same files.
#[derive(Default)]
pub(super) struct Writes {
    /// What was released of all that changes now.
    pub(super) released: Option<Change>,
    pub(super) modules: Vec<Change>,
    /// The modules of prefixes, and the index.
    pub(super) index: Vec<Change>,
    /// Modules that no API has.
    pub(super) stale: Vec<Change>,
    pub(super) manifest: Option<Change>,
    pub(super) changelog: Option<Change>,
    pub(super) names: Option<Change>,
    pub(super) specs: Vec<Change>,
    /// The same as `released`, without what is again as it was. It is forgotten only now: before the specs are written, what
    /// is on disk is not what was released.
    pub(super) forgotten: Option<Change>,
}

impl Writes {
    /// Writes all of it.
    pub(super) fn carry_out(&self, files: &Files) -> Result<(), Error> {
        FOLDERS.into_iter().try_for_each(|(folder, is_deep)| files.tidy(folder, is_deep))?;
        let Writes { released, modules, index, stale, manifest, changelog, names, specs, forgotten } = self;
        // What no page gives again has to be on the disk before anything that follows from it.
        let kept = |change: &Change| {
            change.carry_out(files)?;
            files.sync(change)
        };
        let plain = |change: &Change| change.carry_out(files);
        released.iter().try_for_each(kept)?;
        modules.iter().chain(index).chain(stale).try_for_each(plain)?;
        manifest.iter().chain(changelog).chain(names).try_for_each(kept)?;
        specs.iter().try_for_each(plain)?;
        forgotten.iter().try_for_each(kept)
    }

    /// The files of no single API, sorted.
    pub(super) fn shared(&self) -> Vec<String> {
        let Writes { released, index, manifest, changelog, names, forgotten, .. } = self;
        let shared = released.iter().chain(index).chain(manifest).chain(changelog).chain(names).chain(forgotten);
        let mut paths: Vec<String> = shared.map(|change| change.path().to_owned()).collect();
        paths.sort();
        paths.dedup();
        paths
    }
}
