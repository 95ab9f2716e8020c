//! The files that an update writes, and their order.

use std::collections::{BTreeSet, HashSet};

use rayon::prelude::*;

use super::UpdateError;
use super::files::Files;

/// The folders that an update writes to, and whether it also writes to their subfolders.
const FOLDERS: [(&str, bool); 3] = [("", false), ("generated", true), ("spec", true)];

/// The kinds of files, in the order in which they are written.
///
/// The next update is compared with the specs. They are written last, so that the update after an interrupted one finds the
/// same changes and generates the same files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum WriteStep {
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

/// A file with its intended text. `None` means that there is to be no file.
pub(super) type Intended = (WriteStep, String, Option<String>);

/// The files that differ from what is intended.
#[derive(Default)]
pub(super) struct Writes(Vec<Intended>);

impl Writes {
    /// Adds those of these files that differ.
    pub(super) fn add(&mut self, files: &Files, intended: Vec<Intended>) -> Result<(), UpdateError> {
        let differing = intended.into_par_iter().filter_map(|file| {
            let differs = files.differs(&file.1, file.2.as_deref());
            differs.map(|differs| differs.then_some(file)).transpose()
        });
        self.0.extend(differing.collect::<Result<Vec<_>, UpdateError>>()?);
        Ok(())
    }

    /// Writes and removes the files in order.
    pub(super) fn carry_out(&mut self, files: &Files) -> Result<(), UpdateError> {
        FOLDERS.into_iter().try_for_each(|(folder, is_deep)| files.tidy(folder, is_deep))?;
        self.0.sort_by_key(|(step, ..)| *step);
        for (step, path, text) in &self.0 {
            files.set(path, text.as_deref())?;
            // Files that cannot be generated again from the pages must be on the disk before any file that depends on them.
            if text.is_some()
                && !matches!(step, WriteStep::Module | WriteStep::Index | WriteStep::Stale | WriteStep::Spec)
            {
                files.sync(path)?;
            }
        }
        Ok(())
    }

    /// Returns the paths of the files, with their steps.
    pub(super) fn paths(&self) -> HashSet<(WriteStep, &str)> {
        self.0.iter().map(|(step, path, _)| (*step, path.as_str())).collect()
    }

    /// Returns the files of no single API, sorted.
    pub(super) fn shared(&self) -> Vec<String> {
        let shared =
            self.0.iter().filter(|(step, ..)| !matches!(step, WriteStep::Module | WriteStep::Stale | WriteStep::Spec));
        let paths: BTreeSet<&str> = shared.map(|(_, path, _)| path.as_str()).collect();
        paths.into_iter().map(str::to_owned).collect()
    }
}
