//! Many files at once: all of them, or none, also when the disk fills or the process is killed on the way.
//!
//! The new files are written beside the old ones, under hidden names, and are on the disk before any takes its place.
//! What is to happen stands in a journal, `spec/.update/undo` at first. Renaming that to `redo` is the one step that
//! decides: an update that was cut off before is undone by the next one, an update that was cut off after it is
//! finished. A step that fails without ending the process is undone at once, with the old files, which keep a second
//! name until the end.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::disk::Disk;
use super::files::Files;
use super::{CHANGELOG, Error, MANIFEST, MODULES, NAMES, SPECS, failed};

/// Where the journal is, while there is one.
const JOURNAL: &str = "spec/.update";
/// The journal of a transaction that has not been decided, or could not be finished.
const UNDO: &str = "spec/.update/undo";
/// The journal of a transaction that is decided.
const REDO: &str = "spec/.update/redo";

/// How the hidden names beside a file end, under which its next and its last version stand; `.gitignore` knows them.
const NEW: &str = "update-new";
const OLD: &str = "update-old";

/// Files to be written and removed together.
pub(super) struct Transaction<'f> {
    files: &'f Files,
    changes: Vec<Change>,
}

/// A file that is not as it should be.
pub(super) struct Change {
    entry: Entry,
    /// What it shall hold; none where there shall be no such file.
    bytes: Option<Vec<u8>>,
}

/// What became of an update that had been cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Whether it was finished; else it was undone.
    pub is_finished: bool,
    /// Files that somebody has changed since, which were left as they are, below the root.
    pub left: Vec<String>,
}

/// One file of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    /// The digest of the file before; none where there was none.
    old: Option<String>,
    /// The digest of the file after; none where it is to be removed.
    new: Option<String>,
}

/// What a transaction is to do, or to undo.
struct Journal<'f, 'd> {
    files: &'f Files,
    disk: &'d dyn Disk,
    entries: Vec<Entry>,
}

impl Change {
    /// The file shall hold this text; `None` where it does.
    pub(super) fn write(files: &Files, path: &str, text: &str) -> Result<Option<Change>, Error> {
        let old = files.read(path)?;
        if old.as_deref() == Some(text.as_bytes()) {
            return Ok(None);
        }
        let old = old.map(|bytes| digest(&bytes));
        let entry = Entry { path: path.to_owned(), old, new: Some(digest(text.as_bytes())) };
        Ok(Some(Change { entry, bytes: Some(text.as_bytes().to_owned()) }))
    }

    /// There shall be no such file; `None` where there is none.
    pub(super) fn remove(files: &Files, path: &str) -> Result<Option<Change>, Error> {
        let Some(old) = files.read(path)? else { return Ok(None) };
        let entry = Entry { path: path.to_owned(), old: Some(digest(&old)), new: None };
        Ok(Some(Change { entry, bytes: None }))
    }

    pub(super) fn path(&self) -> &str {
        &self.entry.path
    }
}

impl<'f> Transaction<'f> {
    pub(super) fn new(files: &'f Files, changes: Vec<Change>) -> Transaction<'f> {
        Transaction { files, changes }
    }

    /// Does it: all, or nothing.
    ///
    /// # Errors
    /// Where a file cannot be written. Nothing has changed then, but in one case, which the error names: where what was
    /// done could not be undone either, and the next update tries again.
    pub(super) fn carry_out(self, disk: &dyn Disk) -> Result<(), Error> {
        if self.changes.is_empty() {
            return Ok(());
        }
        for change in &self.changes {
            self.files.inside(&self.files.path(change.path()))?;
        }
        let entries = self.changes.iter().map(|change| change.entry.clone()).collect();
        let journal = Journal { files: self.files, disk, entries };
        let done = self.stage(&journal).and_then(|()| journal.apply());
        match done {
            // What is left to do is tidying: the files are there, and the next update does it where this one cannot.
            Ok(()) => {
                let _ = journal.tidy(REDO);
                Ok(())
            }
            Err(cause) => match journal.take_back() {
                Ok(_) => Err(cause),
                Err(source) => Err(Error::HalfDone { cause: Box::new(cause), source: Box::new(source) }),
            },
        }
    }

    /// Writes everything beside where it goes, and makes sure that it is on the disk.
    fn stage(&self, journal: &Journal<'_, '_>) -> Result<(), Error> {
        let Journal { files, disk, entries } = journal;
        let text = serde_json::to_vec(entries).map_err(|source| failed(&files.path(UNDO), "written", source.into()))?;
        journal.make_folders(&files.path(JOURNAL))?;
        journal.step(&files.path(UNDO), "written", |path| disk.create(path, &text, None))?;
        journal.step(&files.path(UNDO), "written", |path| disk.sync_files(&[path.to_owned()]))?;
        journal.sync_folders([files.path(JOURNAL)])?;
        for Change { entry, bytes } in &self.changes {
            let path = files.path(&entry.path);
            if let Some(bytes) = bytes {
                journal.make_folders(parent(&path))?;
                journal.step(&beside(&path, NEW), "written", |aside| disk.create(aside, bytes, Some(&path)))?;
            }
            if entry.old.is_some() {
                journal.step(&beside(&path, OLD), "written", |aside| disk.link(&path, aside))?;
            }
        }
        let written = entries.iter().filter(|entry| entry.new.is_some());
        let written: Vec<PathBuf> = written.map(|entry| beside(&files.path(&entry.path), NEW)).collect();
        journal.step(files.root(), "written", |_| disk.sync_files(&written))?;
        journal.sync_folders(journal.folders())
    }
}

/// Finishes or undoes what an earlier update left undone; `None` where there is nothing.
///
/// # Errors
/// Where that cannot be done now either. The journal stays for the next one.
pub(super) fn recover(files: &Files, disk: &dyn Disk) -> Result<Option<Recovery>, Error> {
    for (name, is_finished) in [(REDO, true), (UNDO, false)] {
        let Some(bytes) = files.read(name)? else { continue };
        let entries = match serde_json::from_slice::<Vec<Entry>>(&bytes) {
            Ok(entries) => entries,
            // Cut off while the journal itself was written, before anything else was.
            Err(_) if !is_finished => Vec::new(),
            Err(error) => return Err(Error::Journal { path: files.path(name), problem: error.to_string() }),
        };
        for entry in &entries {
            if !is_ours(&entry.path) {
                let problem = format!("`{}` is no file that an update writes", entry.path);
                return Err(Error::Journal { path: files.path(name), problem });
            }
            files.inside(&files.path(&entry.path))?;
        }
        let journal = Journal { files, disk, entries };
        let left = if is_finished { journal.redo()? } else { journal.undo()? };
        journal.tidy(name)?;
        return Ok(Some(Recovery { is_finished, left }));
    }
    // The folder alone is what is left where the very last step was missing.
    let _ = disk.remove_folder(&files.path(JOURNAL));
    Ok(None)
}

/// Whether an update was cut off and waits for the next one.
pub(super) fn is_unfinished(files: &Files) -> bool {
    [REDO, UNDO].iter().any(|name| files.path(name).exists())
}

impl Journal<'_, '_> {
    /// Decides, and puts everything in its place.
    fn apply(&self) -> Result<(), Error> {
        let (undo, redo) = (self.files.path(UNDO), self.files.path(REDO));
        self.step(&undo, "written", |undo| self.disk.rename(undo, &redo))?;
        self.sync_folders([self.files.path(JOURNAL)])?;
        for entry in &self.entries {
            let path = self.files.path(&entry.path);
            match entry.new {
                Some(_) => self.step(&path, "written", |path| self.disk.rename(&beside(path, NEW), path))?,
                None => self.step(&path, "removed", |path| self.disk.remove(path))?,
            }
        }
        self.sync_folders(self.folders())
    }

    /// Undoes at once what could not be finished.
    fn take_back(&self) -> Result<Vec<String>, Error> {
        let (undo, redo) = (self.files.path(UNDO), self.files.path(REDO));
        if redo.exists() {
            self.step(&redo, "written", |redo| self.disk.rename(redo, &undo))?;
            self.sync_folders([self.files.path(JOURNAL)])?;
        }
        let left = self.undo()?;
        self.tidy(UNDO)?;
        Ok(left)
    }

    /// Puts in its place what is not there yet, and gives the files that somebody has changed since.
    fn redo(&self) -> Result<Vec<String>, Error> {
        let mut left = Vec::new();
        for entry in &self.entries {
            let path = self.files.path(&entry.path);
            let now = self.digest(&path)?;
            if now == entry.new {
                continue;
            }
            if now != entry.old {
                left.push(entry.path.clone());
                continue;
            }
            let aside = beside(&path, NEW);
            match &entry.new {
                None => self.step(&path, "removed", |path| self.disk.remove(path))?,
                Some(new) if self.digest(&aside)?.as_ref() == Some(new) => {
                    self.step(&path, "written", |path| self.disk.rename(&aside, path))?;
                }
                Some(_) => left.push(entry.path.clone()),
            }
        }
        self.sync_folders(self.folders())?;
        Ok(left)
    }

    /// Makes everything as it was, and gives the files that somebody has changed since.
    fn undo(&self) -> Result<Vec<String>, Error> {
        let mut left = Vec::new();
        for entry in &self.entries {
            let path = self.files.path(&entry.path);
            let now = self.digest(&path)?;
            if now == entry.old {
                continue;
            }
            if now != entry.new {
                left.push(entry.path.clone());
                continue;
            }
            let aside = beside(&path, OLD);
            match &entry.old {
                None => self.step(&path, "removed", |path| self.disk.remove(path))?,
                // A copy may have been cut off, but then the file itself was not touched.
                Some(old) if self.digest(&aside)?.as_ref() == Some(old) => {
                    self.step(&path, "written", |path| self.disk.rename(&aside, path))?;
                }
                Some(_) => left.push(entry.path.clone()),
            }
        }
        self.sync_folders(self.folders())?;
        Ok(left)
    }

    /// Removes what stands beside the files, folders that hold nothing, and last the journal.
    fn tidy(&self, journal: &str) -> Result<(), Error> {
        for entry in &self.entries {
            let path = self.files.path(&entry.path);
            for aside in [beside(&path, NEW), beside(&path, OLD)] {
                if fs::symlink_metadata(&aside).is_ok() {
                    self.step(&aside, "removed", |aside| self.disk.remove(aside))?;
                }
            }
            if !path.exists() {
                let above = path.ancestors().skip(1).take_while(|folder| *folder != self.files.root());
                for folder in above.filter(|folder| folder.exists()) {
                    // The first one that holds something ends it.
                    if self.disk.remove_folder(folder).is_err() {
                        break;
                    }
                }
            }
        }
        // Neither may be there, where not even the journal could be written.
        for (path, is_folder) in [(journal, false), (JOURNAL, true)] {
            let path = self.files.path(path);
            if path.exists() {
                let remove =
                    |path: &Path| if is_folder { self.disk.remove_folder(path) } else { self.disk.remove(path) };
                self.step(&path, "removed", remove)?;
            }
        }
        Ok(())
    }

    fn digest(&self, path: &Path) -> Result<Option<String>, Error> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(digest(&bytes))),
            Err(error) if is_nothing(&error) => Ok(None),
            Err(source) => Err(failed(path, "read", source)),
        }
    }

    /// Makes a folder, and those above it that are not there.
    fn make_folders(&self, folder: &Path) -> Result<(), Error> {
        let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.is_dir()).collect();
        for folder in missing.into_iter().rev() {
            self.step(folder, "written", |folder| self.disk.make_folder(folder))?;
        }
        Ok(())
    }

    /// The folders of all files, those above that may be new among them, as far as they are there.
    fn folders(&self) -> BTreeSet<PathBuf> {
        let mut folders = BTreeSet::new();
        for entry in &self.entries {
            let path = self.files.path(&entry.path);
            for folder in path.ancestors().skip(1) {
                if !folders.insert(folder.to_owned()) || folder == self.files.root() {
                    break;
                }
            }
        }
        folders.retain(|folder| folder.is_dir());
        folders
    }

    fn sync_folders(&self, folders: impl IntoIterator<Item = PathBuf>) -> Result<(), Error> {
        folders.into_iter().try_for_each(|folder| self.step(&folder, "written", |folder| self.disk.sync_folder(folder)))
    }

    fn step(&self, path: &Path, doing: &'static str, step: impl Fn(&Path) -> io::Result<()>) -> Result<(), Error> {
        step(path).map_err(|source| failed(path, doing, source))
    }
}

/// The hidden name beside a file under which another version of it stands.
fn beside(path: &Path, end: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    parent(path).join(format!(".{name}.{end}"))
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether there is no such file: also where something on the way to it is none that holds files.
fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether an update can have named this file in its journal, which is input like any other.
fn is_ours(path: &str) -> bool {
    let is_plain = path.split('/').all(|name| !name.is_empty() && !name.starts_with('.') && !name.contains('\\'));
    let is_below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    is_plain && ([CHANGELOG, MANIFEST, NAMES].contains(&path) || is_below(SPECS) || is_below(MODULES))
}
