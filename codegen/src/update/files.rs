//! Reads, lists and atomically writes files below one folder, never outside of it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::UpdateError;
#[cfg(test)]
use super::tests::killed::step;

/// The suffix of the hidden temporary file that replaces the target. It is listed in `.gitignore`.
const ASIDE: &str = ".topsdk-new";

/// The files below a root. Their paths use `/`.
#[derive(Debug)]
pub(crate) struct Files {
    root: PathBuf,
    /// The canonical root: folders that are written to must be below it.
    real: PathBuf,
}

/// The files below a folder, sorted.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) files: Vec<String>,
    /// The files and folders that are not read.
    pub(crate) skipped: Vec<Skipped>,
}

/// A file or folder that is not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Skipped {
    pub(crate) path: String,
    pub(crate) reason: &'static str,
}

impl Files {
    pub(crate) fn new(root: &Path) -> Result<Files, UpdateError> {
        let real = root.canonicalize().map_err(|source| failed(root, "read", source))?;
        Ok(Files { root: root.to_owned(), real })
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        path.split('/').fold(self.root.clone(), |folder, name| folder.join(name))
    }

    /// Returns the bytes of a file, or `None` if it does not exist.
    pub(crate) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, UpdateError> {
        let native = self.path(path);
        match fs::read(&native) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(failed(&native, "read", source)),
        }
    }

    /// Returns the text of a file. Returns `None` if it does not exist, or if it is not UTF-8 and so was not generated.
    pub(crate) fn read_text(&self, path: &str) -> Result<Option<String>, UpdateError> {
        Ok(self.read(path)?.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    /// Returns whether a file has other content than this. `None` means that there is to be no file.
    pub(crate) fn differs(&self, path: &str, text: Option<&str>) -> Result<bool, UpdateError> {
        match text {
            Some(text) => Ok(self.read(path)?.is_none_or(|old| old != text.as_bytes())),
            None => Ok(fs::symlink_metadata(self.path(path)).is_ok_and(|file| !file.is_dir())),
        }
    }

    /// Gives a file this content. `None` removes it.
    pub(crate) fn set(&self, path: &str, text: Option<&str>) -> Result<(), UpdateError> {
        match text {
            Some(text) => self.write(path, text.as_bytes()),
            None => self.remove(path),
        }
    }

    /// Lists all files below a folder. The list is empty if the folder does not exist.
    pub(crate) fn list(&self, folder: &str) -> Result<Listing, UpdateError> {
        self.walk(folder, true)
    }

    /// Removes the temporary files of a process that was killed.
    pub(crate) fn tidy(&self, folder: &str, is_deep: bool) -> Result<(), UpdateError> {
        let skipped = self.walk(folder, is_deep)?.skipped;
        let mut left = skipped.iter().filter(|skipped| skipped.path.ends_with(ASIDE));
        left.try_for_each(|skipped| self.remove(&skipped.path))
    }

    fn walk(&self, folder: &str, is_deep: bool) -> Result<Listing, UpdateError> {
        let mut found = Listing::default();
        let mut open = vec![folder.to_owned()];
        while let Some(folder) = open.pop() {
            let native = self.path(&folder);
            let entries = match fs::read_dir(&native) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(source) => return Err(failed(&native, "listed", source)),
            };
            for entry in entries {
                let entry = entry.map_err(|source| failed(&native, "listed", source))?;
                let kind = entry.file_type().map_err(|source| failed(&native, "listed", source))?;
                let name = entry.file_name();
                let path = format!("{folder}/{}", name.to_string_lossy());
                let reason = match name.to_str() {
                    None => "its name is not Unicode",
                    Some(name) if name.starts_with('.') => "it is hidden",
                    Some(_) if kind.is_symlink() => "it is a link",
                    Some(_) if kind.is_dir() => {
                        open.extend(is_deep.then_some(path));
                        continue;
                    }
                    Some(_) if kind.is_file() => {
                        found.files.push(path);
                        continue;
                    }
                    Some(_) => "it is not a regular file",
                };
                found.skipped.push(Skipped { path, reason });
            }
        }
        found.files.sort();
        found.skipped.sort();
        Ok(found)
    }

    /// Returns whether the file was generated, so that the generator may remove it.
    pub(crate) fn is_generated(&self, path: &str) -> Result<bool, UpdateError> {
        Ok(self.read_text(path)?.is_some_and(|text| text.starts_with("// @generated by topsdk")))
    }

    /// Replaces a file atomically by renaming a temporary file. The permissions of the old file are kept.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> Result<(), UpdateError> {
        let native = self.path(path);
        self.inside(&native)?;
        let aside = aside(&native);
        let written = self.write_aside(&native, &aside, bytes).and_then(|()| {
            step();
            fs::rename(&aside, &native)
        });
        written.map_err(|source| {
            let _ = fs::remove_file(&aside);
            failed(&native, "written", source)
        })
    }

    /// Removes a file, and the folders that become empty.
    fn remove(&self, path: &str) -> Result<(), UpdateError> {
        let native = self.path(path);
        self.inside(&native)?;
        step();
        fs::remove_file(&native).map_err(|source| failed(&native, "removed", source))?;
        let folders = native.ancestors().skip(1).take_while(|folder| *folder != self.root);
        for folder in folders {
            step();
            // A folder that is not empty cannot be removed, nor can its parents.
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Syncs a file to the disk, so that it survives a crash of the machine.
    pub(crate) fn sync(&self, path: &str) -> Result<(), UpdateError> {
        let native = self.path(path);
        // Some systems sync only files that are open for writing.
        let synced = File::options().write(true).open(&native).and_then(|file| file.sync_all());
        synced.map_err(|source| failed(&native, "written", source))
    }

    fn write_aside(&self, path: &Path, aside: &Path, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
        step();
        // Removes an existing file or link, which must not be followed.
        let _ = fs::remove_file(aside);
        let mut file = File::create_new(aside)?;
        let (one, other) = bytes.split_at(bytes.len() / 2);
        file.write_all(one)?;
        step();
        file.write_all(other)?;
        match fs::symlink_metadata(path) {
            Ok(old) if old.is_file() => file.set_permissions(old.permissions()),
            _ => Ok(()),
        }
    }

    /// Returns an error if the folder of a file is reached through a link that leads out of the root. Missing folders are
    /// checked by their nearest existing ancestor.
    fn inside(&self, path: &Path) -> Result<(), UpdateError> {
        let folder = path.ancestors().skip(1).find(|folder| folder.exists()).unwrap_or(path);
        let real = folder.canonicalize().map_err(|source| failed(folder, "read", source))?;
        match real.starts_with(&self.real) {
            true => Ok(()),
            false => Err(UpdateError::Outside(path.to_owned())),
        }
    }
}

/// Returns the path of the hidden temporary file that this process writes beside a file.
fn aside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}{ASIDE}", std::process::id()))
}

/// A point at which a test can end the process.
#[cfg(not(test))]
fn step() {}

pub(crate) fn failed(path: &Path, doing: &'static str, source: io::Error) -> UpdateError {
    UpdateError::Io(path.to_owned(), doing, source)
}
