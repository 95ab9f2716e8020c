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
#[derive(Default)]
pub(super) struct Journal {
    /// `None` if the run cannot be continued.
    file: Option<(PathBuf, File)>,
    /// The method and the file of each finished page, by number.
    pub(super) done: BTreeMap<u64, (String, String)>,
    /// The pages that failed. They are fetched last, so that each run gets further than the previous one.
    pub(super) failed: BTreeSet<u64>,
    /// How often the site has blocked this run.
    pub(super) blocks: u32,
}

/// One line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// The number, the method and the file of a finished page.
    Done(u64, String, String),
    Failed(u64),
    Blocked,
}

impl Journal {
    /// Opens the journal of the same run if it was interrupted recently, else starts a new one. `run` identifies the run.
    pub(super) fn open(folder: &Path, run: &str, restart: bool) -> Result<Journal, FetchError> {
        let path = folder.join(format!("fetch-{run}"));
        let age = fs::metadata(&path).and_then(|file| file.modified()).ok().and_then(|time| time.elapsed().ok());
        let is_continued = !restart && age.is_none_or(|age| age < MAX_AGE);
        let text = if is_continued { fs::read_to_string(&path).unwrap_or_default() } else { String::new() };
        let mut options = OpenOptions::new();
        options.create(true).write(true).append(is_continued).truncate(!is_continued);
        let file = fs::create_dir_all(folder).and_then(|()| options.open(&path));
        let file = file.map_err(|source| update::files::failed(&path, "written", source))?;
        let mut journal = Journal { file: Some((path, file)), ..Journal::default() };
        // Skips a line that a killed process left incomplete, which is not valid JSON.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).for_each(|line| journal.take(line));
        if !text.is_empty() && !text.ends_with('\n') {
            journal.append("\n")?;
        }
        Ok(journal)
    }

    /// Records an event of the run.
    pub(super) fn add(&mut self, line: Line) -> Result<(), FetchError> {
        #[expect(clippy::expect_used, reason = "numbers and texts are always JSON")]
        let text = serde_json::to_string(&line).expect("a line is JSON");
        self.take(line);
        self.append(&format!("{text}\n"))
    }

    /// Removes the file of a complete run. If that fails, the file expires after a day.
    pub(super) fn end(&mut self) {
        let Some((path, file)) = self.file.take() else { return };
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

    fn append(&mut self, text: &str) -> Result<(), FetchError> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let written = file.write_all(text.as_bytes()).and_then(|()| file.flush());
        Ok(written.map_err(|source| update::files::failed(path, "written", source))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(id: u64) -> Line {
        Line::Done(id, "a.b".to_owned(), "a.b.json".to_owned())
    }

    fn ids(folder: &Path, run: &str) -> Vec<u64> {
        Journal::open(folder, run, false).unwrap().done.into_keys().collect()
    }

    #[test]
    fn an_incomplete_last_line_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), "run", false).unwrap();
        journal.add(done(1)).unwrap();
        journal.append("{\"done\":[2,\"a.c\",\"a.").unwrap();
        let mut journal = Journal::open(folder.path(), "run", false).unwrap();
        assert_eq!(journal.done.keys().collect::<Vec<_>>(), [&1]);
        journal.add(done(3)).unwrap();
        assert_eq!(ids(folder.path(), "run"), [1, 3]);
        assert_eq!(ids(folder.path(), "other"), [0; 0]);
        journal.end();
        assert_eq!(ids(folder.path(), "run"), [0; 0]);
    }

    #[test]
    fn blocks_are_counted_across_runs() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = |restart| {
            let mut journal = Journal::open(folder.path(), "run", restart).unwrap();
            journal.add(Line::Blocked).unwrap();
            journal.blocks
        };
        for expected in 1..3 {
            assert_eq!(blocked(false), expected);
        }
        assert_eq!(blocked(true), 1);
    }

    #[test]
    fn an_old_journal_and_restart_begin_a_new_run() {
        let folder = tempfile::tempdir().unwrap();
        Journal::open(folder.path(), "run", false).unwrap().add(done(1)).unwrap();
        let file = File::options().append(true).open(folder.path().join("fetch-run")).unwrap();
        file.set_modified(std::time::SystemTime::now() - MAX_AGE - Duration::from_secs(1)).unwrap();
        assert_eq!(ids(folder.path(), "run"), [0; 0]);
        Journal::open(folder.path(), "run", false).unwrap().add(done(1)).unwrap();
        assert!(Journal::open(folder.path(), "run", true).unwrap().done.is_empty());
    }
}
