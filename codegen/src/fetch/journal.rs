//! The progress of an interrupted run, so that the same command can continue it.
//!
//! Each finished page adds a line. The file is removed when all pages are finished. A run that was interrupted more than a
//! day ago starts over, because pages may have changed since.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::FetchError;
use crate::update;

/// How long after an interruption a run can be continued.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// The journal of one run.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// The method and the file of each finished page, by number.
    done: BTreeMap<u64, (String, String)>,
    failed: BTreeSet<u64>,
    blocks: u32,
}

/// One line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Done(u64, String, String),
    Failed(u64),
    Blocked,
}

impl Journal {
    /// Opens the journal of the same run if it was interrupted recently, else starts a new one. `run` identifies the run.
    pub(super) fn open(folder: &Path, run: &str, restart: bool) -> Result<Journal, FetchError> {
        let path = folder.join(format!("fetch-{}", &run[..run.len().min(16)]));
        let failed = |source| FetchError::Store(update::files::failed(&path, "written", source));
        let age = fs::metadata(&path).and_then(|file| file.modified()).ok().and_then(|time| time.elapsed().ok());
        let is_continued = !restart && age.is_none_or(|age| age < MAX_AGE);
        let text = if is_continued { fs::read_to_string(&path).unwrap_or_default() } else { String::new() };
        fs::create_dir_all(folder).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.create(true).write(true).append(is_continued).truncate(!is_continued);
        let file = options.open(&path).map_err(failed)?;
        let mut journal = Journal { file, done: BTreeMap::new(), failed: BTreeSet::new(), blocks: 0, path };
        // Skips a line that a killed process left incomplete, which is not valid JSON.
        for line in text.lines().filter_map(|line| serde_json::from_str(line).ok()) {
            journal.take(line);
        }
        if !text.is_empty() && !text.ends_with('\n') {
            journal.append("\n")?;
        }
        Ok(journal)
    }

    /// Returns the method and the file of a page if it is finished.
    pub(super) fn find(&self, id: u64) -> Option<&(String, String)> {
        self.done.get(&id)
    }

    /// Returns whether a page has failed. Such pages are fetched last, so that each run gets further than the previous one.
    pub(super) fn has_failed(&self, id: u64) -> bool {
        self.failed.contains(&id)
    }

    pub(super) fn add(&mut self, id: u64, method: &str, file: &str) -> Result<(), FetchError> {
        self.write(Line::Done(id, method.to_owned(), file.to_owned()))
    }

    pub(super) fn fail(&mut self, id: u64) -> Result<(), FetchError> {
        self.write(Line::Failed(id))
    }

    /// Records a block, and returns how often the site has blocked this run so far.
    pub(super) fn block(&mut self) -> Result<u32, FetchError> {
        self.write(Line::Blocked)?;
        Ok(self.blocks)
    }

    /// Removes the file of a complete run. If that fails, the file expires after a day.
    pub(super) fn end(self) {
        let Journal { path, file, .. } = self;
        drop(file);
        let _ = fs::remove_file(&path);
        // Fails unless the folder is empty.
        let _ = path.parent().map(fs::remove_dir);
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Done(id, method, file) => drop(self.done.insert(id, (method, file))),
            Line::Failed(id) => drop(self.failed.insert(id)),
            Line::Blocked => self.blocks += 1,
        }
    }

    fn write(&mut self, line: Line) -> Result<(), FetchError> {
        #[expect(clippy::expect_used, reason = "numbers and texts are always JSON")]
        let text = serde_json::to_string(&line).expect("a line is JSON");
        self.append(&format!("{text}\n"))?;
        self.take(line);
        Ok(())
    }

    fn append(&mut self, text: &str) -> Result<(), FetchError> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.flush());
        written.map_err(|source| FetchError::Store(update::files::failed(&self.path, "written", source)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(folder: &Path, run: &str) -> Vec<u64> {
        Journal::open(folder, run, false).unwrap().done.into_keys().collect()
    }

    #[test]
    fn an_incomplete_last_line_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), "run", false).unwrap();
        journal.add(1, "a.b", "a.b.json").unwrap();
        journal.append("{\"done\":[2,\"a.c\",\"a.").unwrap();
        let mut journal = Journal::open(folder.path(), "run", false).unwrap();
        assert_eq!(journal.done.keys().collect::<Vec<_>>(), [&1]);
        journal.add(3, "a.d", "a.d.json").unwrap();
        assert_eq!(ids(folder.path(), "run"), [1, 3]);
        assert_eq!(ids(folder.path(), "other"), [0; 0]);
        journal.end();
        assert_eq!(ids(folder.path(), "run"), [0; 0]);
    }

    #[test]
    fn blocks_are_counted_across_runs() {
        let folder = tempfile::tempdir().unwrap();
        for expected in 1..3 {
            assert_eq!(Journal::open(folder.path(), "run", false).unwrap().block().unwrap(), expected);
        }
        assert_eq!(Journal::open(folder.path(), "run", true).unwrap().block().unwrap(), 1);
    }

    #[test]
    fn an_old_journal_and_restart_begin_a_new_run() {
        let folder = tempfile::tempdir().unwrap();
        Journal::open(folder.path(), "run", false).unwrap().add(1, "a.b", "a.b.json").unwrap();
        let file = File::options().append(true).open(folder.path().join("fetch-run")).unwrap();
        file.set_modified(std::time::SystemTime::now() - MAX_AGE - Duration::from_secs(1)).unwrap();
        assert_eq!(ids(folder.path(), "run"), [0; 0]);
        Journal::open(folder.path(), "run", false).unwrap().add(1, "a.b", "a.b.json").unwrap();
        assert!(Journal::open(folder.path(), "run", true).unwrap().done.is_empty());
    }
}
