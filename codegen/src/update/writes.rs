//! The files that an update writes, and their order.

use std::collections::BTreeSet;

use super::Error;
use super::files::{Change, Files};

/// The folders that an update writes to, and whether it also writes to their subfolders.
const FOLDERS: [(&str, bool); 3] = [("", false), ("generated", true), ("spec", true)];

/// The kinds of files, in the order in which they are written.
///
/// The next update is compared with the specs. They are written last, so that the update after an interrupted one finds the
/// same changes and generates the same files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// The released specs of everything that changes now.
    Released,
    Module,
    /// The modules of prefixes, and the index.
    Index,
    /// Modules that belong to no API.
    Stale,
    Manifest,
    Changelog,
    Names,
    Spec,
    /// The same file as `Released`, without the APIs that are again as released. They are removed only at the end: until
    /// the specs are written, the specs on disk differ from the released ones.
    Forgotten,
}

/// The files to be written or removed.
#[derive(Default)]
pub(super) struct Writes(Vec<(Step, Change)>);

impl Writes {
    pub(super) fn extend(&mut self, step: Step, changes: impl IntoIterator<Item = Change>) {
        self.0.extend(changes.into_iter().map(|change| (step, change)));
    }

    /// Carries out all changes in order.
    pub(super) fn carry_out(&mut self, files: &Files) -> Result<(), Error> {
        FOLDERS.into_iter().try_for_each(|(folder, is_deep)| files.tidy(folder, is_deep))?;
        self.0.sort_by_key(|(step, _)| *step);
        for (step, change) in &self.0 {
            change.carry_out(files)?;
            // Files that cannot be generated again from the pages must be on the disk before any file that depends on them.
            if !matches!(step, Step::Module | Step::Index | Step::Stale | Step::Spec) {
                files.sync(change)?;
            }
        }
        Ok(())
    }

    /// Returns the files of no single API, sorted.
    pub(super) fn shared(&self) -> Vec<String> {
        let shared = self.0.iter().filter(|(step, _)| !matches!(step, Step::Module | Step::Stale | Step::Spec));
        let paths: BTreeSet<&str> = shared.map(|(_, change)| change.path()).collect();
        paths.into_iter().map(str::to_owned).collect()
    }
}
