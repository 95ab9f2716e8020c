//! What an interrupted run has done already, so that the same command goes on from there.
//!
//! A line is added for each page when it is done; the file is removed when all are. A run that was interrupted more than a day
//! ago is not gone on with: pages have had time to change.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::trouble::Trouble;
use crate::update;

/// For how long an interrupted run is gone on with.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);

/// The journal of one run.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// By number: the method, and the file that the page is in.
    done: BTreeMap<u64, (String, String)>,
    failed: BTreeSet<u64>,
}

impl Journal {
    /// The journal of the same run, if that was interrupted lately; otherwise a new one. `run` names what is asked for.
    pub(super) fn open(folder: &Path, run: &str, restart: bool) -> Result<Journal, Trouble> {
        let path = folder.join(format!("fetch-{}", &run[..run.len().min(16)]));
        let failed = |source| Trouble::Store(update::files::failed(&path, "written", source));
        let age = fs::metadata(&path).and_then(|file| file.modified()).ok().and_then(|time| time.elapsed().ok());
        let is_fresh = !restart && age.is_none_or(|age| age < FRESH);
        let text = if is_fresh { fs::read_to_string(&path).unwrap_or_default() } else { String::new() };
        fs::create_dir_all(folder).map_err(failed)?;
        let file = match is_fresh {
            true => OpenOptions::new().create(true).append(true).open(&path),
            false => File::create(&path),
        };
        let (done, pages_failed) = pages(&text);
        let mut journal = Journal { file: file.map_err(failed)?, done, failed: pages_failed, path };
        // A process that was killed may have left half a line.
        if !text.is_empty() && !text.ends_with('\n') {
            journal.append("\n")?;
        }
        Ok(journal)
    }

    /// Where the page of a number is, if it is done.
    pub(super) fn find(&self, id: u64) -> Option<&(String, String)> {
        self.done.get(&id)
    }

    /// Whether a page failed: it comes last then, so that each run gets further than the one before.
    pub(super) fn has_failed(&self, id: u64) -> bool {
        self.failed.contains(&id)
    }

    pub(super) fn fail(&mut self, id: u64) -> Result<(), Trouble> {
        self.append(&format!("{id}\t\t\t!\n"))
    }

    pub(super) fn add(&mut self, id: u64, method: &str, file: &str) -> Result<(), Trouble> {
        self.append(&format!("{id}\t{method}\t{file}\t.\n"))
    }

    /// Forgets the run: it is over.
    pub(super) fn end(self) -> Result<(), Trouble> {
        let Journal { path, file, .. } = self;
        drop(file);
        let removed = fs::remove_file(&path);
        if let Some(folder) = path.parent() {
            // Only if it is empty now.
            let _ = fs::remove_dir(folder);
        }
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Trouble::Store(update::files::failed(&path, "removed", error)))
            }
            _ => Ok(()),
        }
    }

    fn append(&mut self, text: &str) -> Result<(), Trouble> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.flush());
        written.map_err(|source| Trouble::Store(update::files::failed(&self.path, "written", source)))
    }
}

/// The pages that are done, and those that failed: number, method, file, and a mark that tells that the line is whole.
fn pages(text: &str) -> (BTreeMap<u64, (String, String)>, BTreeSet<u64>) {
    let (mut done, mut failed) = (BTreeMap::new(), BTreeSet::new());
    for line in text.lines() {
        if let [id, method, file, mark] = line.split('\t').collect::<Vec<_>>()[..]
            && let Ok(id) = id.parse()
        {
            match mark {
                "." => drop(done.insert(id, (method.to_owned(), file.to_owned()))),
                "!" => drop(failed.insert(id)),
                _ => {}
            }
        }
    }
    (done, failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_line_counts_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), "run", false).unwrap();
        journal.add(1, "a.b", "a.b.json").unwrap();
        journal.append("2\ta.c\ta.").unwrap();
        let mut journal = Journal::open(folder.path(), "run", false).unwrap();
        assert_eq!(journal.done.keys().collect::<Vec<_>>(), [&1]);
        journal.add(3, "a.d", "a.d.json").unwrap();
        let journal = Journal::open(folder.path(), "run", false).unwrap();
        assert_eq!(journal.done.keys().collect::<Vec<_>>(), [&1, &3]);
        assert_eq!(Journal::open(folder.path(), "other", false).unwrap().done.len(), 0);
        journal.end().unwrap();
        assert_eq!(Journal::open(folder.path(), "run", false).unwrap().done.len(), 0);
    }

    #[test]
    fn an_old_run_and_one_that_is_not_wanted_begin_anew() {
        let folder = tempfile::tempdir().unwrap();
        Journal::open(folder.path(), "run", false).unwrap().add(1, "a.b", "a.b.json").unwrap();
        let file = File::options().append(true).open(folder.path().join("fetch-run")).unwrap();
        file.set_modified(std::time::SystemTime::now() - FRESH - Duration::from_secs(1)).unwrap();
        assert_eq!(Journal::open(folder.path(), "run", false).unwrap().done.len(), 0);
        Journal::open(folder.path(), "run", false).unwrap().add(1, "a.b", "a.b.json").unwrap();
        assert_eq!(Journal::open(folder.path(), "run", true).unwrap().done.len(), 0);
    }
}
