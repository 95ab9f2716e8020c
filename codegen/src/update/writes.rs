//! What an update writes, and in which order.

use std::collections::BTreeSet;

use super::Error;
use super::files::{Change, Files};

/// Where an update writes, and whether also in the folders below.
const FOLDERS: [(&str, bool); 3] = [("", false), ("generated", true), ("spec", true)];

/// What files are of, in the order in which they are written.
///
/// The specs are what the next change is compared with. They are written last, so that an update that ends on the way finds
/// the same changes when it is run again, and makes the same files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// What was released of all that changes now.
    Released,
    Module,
    /// The modules of prefixes, and the index.
    Index,
    /// Modules that no API has.
    Stale,
    Manifest,
    Changelog,
    Names,
    Spec,
    /// The same as `Released`, without what is again as it was. It is forgotten only now: before the specs are written, what
    /// is on disk is not what was released.
    Forgotten,
}

/// The files that are not as they should be.
#[derive(Default)]
pub(super) struct Writes(Vec<(Step, Change)>);

impl Writes {
    pub(super) fn extend(&mut self, step: Step, changes: impl IntoIterator<Item = Change>) {
        self.0.extend(changes.into_iter().map(|change| (step, change)));
    }

    /// Writes all of it.
    pub(super) fn carry_out(&mut self, files: &Files) -> Result<(), Error> {
        FOLDERS.into_iter().try_for_each(|(folder, is_deep)| files.tidy(folder, is_deep))?;
        self.0.sort_by_key(|(step, _)| *step);
        for (step, change) in &self.0 {
            change.carry_out(files)?;
            // What no page gives again has to be on the disk before anything that follows from it.
            if !matches!(step, Step::Module | Step::Index | Step::Stale | Step::Spec) {
                files.sync(change)?;
            }
        }
        Ok(())
    }

    /// The files of no single API, sorted.
    pub(super) fn shared(&self) -> Vec<String> {
        let shared = self.0.iter().filter(|(step, _)| !matches!(step, Step::Module | Step::Stale | Step::Spec));
        let paths: BTreeSet<&str> = shared.map(|(_, change)| change.path()).collect();
        paths.into_iter().map(str::to_owned).collect()
    }
}
