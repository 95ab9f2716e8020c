//! Reads, lists and atomically writes files below one folder, never outside of it, and locks them.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::UpdateError;
#[cfg(test)]
use super::tests::killed::step;

/// The suffix of the hidden temporary file that replaces the target. It is listed in `.gitignore`.
const ASIDE: &str = ".topsdk-new";

/// The lock of a repository; `target/` is never checked in.
const LOCK: &str = "target/topsdk/lock";

/// The files below a root. Their paths use `/`.
#[derive(Debug)]
pub(crate) struct Files {
    root: PathBuf,
    /// The canonical root: folders that are written to must be below it.
    pub(super) real: PathBuf,
    /// The lock that is held. It ends with the process, however that ends.
    lock: Option<File>,
}

/// The files below a folder, sorted.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) files: Vec<String>,
    pub(super) skipped: Vec<Skipped>,
}

/// A file or folder that is not read, and the reason.
pub(super) type Skipped = (String, &'static str);

impl Files {
    pub(crate) fn new(root: &Path) -> Result<Files, UpdateError> {
        let real = root.canonicalize().map_err(|source| failed(root, "read", source))?;
        Ok(Files { root: root.to_owned(), real, lock: None })
    }

    /// Takes the lock of a repository, so that no other update writes at the same time.
    ///
    /// # Errors
    /// Returns an error if another process has the lock, or the lock file is a link.
    pub(super) fn locked(self) -> Result<Files, UpdateError> {
        let path = self.path(LOCK);
        if fs::symlink_metadata(&path).is_ok_and(|file| file.is_symlink()) {
            return Err(UpdateError::Outside(path));
        }
        let file = fs::create_dir_all(path.parent().unwrap_or(&path))
            .and_then(|()| File::options().create(true).truncate(false).write(true).open(&path));
        let file = file.map_err(|source| failed(&path, "written", source))?;
        self.holding(file.try_lock(), file, path)
    }

    /// Shares the lock of a repository, so that others do not write while this process reads. Writes nothing, so without a
    /// lock file there is nothing to lock.
    ///
    /// # Errors
    /// Returns an error if another process is writing.
    pub(super) fn shared(self) -> Result<Files, UpdateError> {
        let path = self.path(LOCK);
        match File::open(&path) {
            Ok(file) => self.holding(file.try_lock_shared(), file, path),
            Err(_) => Ok(self),
        }
    }

    /// Waits for the lock of a folder that is not a repository, on systems that can lock folders.
    ///
    /// # Errors
    /// Returns an error if the operating system fails to lock it.
    pub(super) fn waited(self) -> Result<Files, UpdateError> {
        let path = self.root.clone();
        match File::open(&path) {
            Ok(folder) => self.holding(folder.lock().map_err(TryLockError::Error), folder, path),
            Err(_) => Ok(self),
        }
    }

    fn holding(mut self, taken: Result<(), TryLockError>, lock: File, path: PathBuf) -> Result<Files, UpdateError> {
        match taken {
            Ok(()) => self.lock = Some(lock),
            Err(TryLockError::WouldBlock) => return Err(UpdateError::Busy(path)),
            Err(TryLockError::Error(source)) => return Err(failed(&path, "locked", source)),
        }
        Ok(self)
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

    /// Lists all files below a folder. The list is empty if the folder does not exist.
    pub(super) fn list(&self, folder: &str) -> Result<Listing, UpdateError> {
        self.walk(folder, true)
    }

    /// Removes the temporary files of a process that was killed.
    pub(super) fn tidy(&self, folder: &str, is_deep: bool) -> Result<(), UpdateError> {
        let skipped = self.walk(folder, is_deep)?.skipped;
        skipped.iter().filter(|(path, _)| path.ends_with(ASIDE)).try_for_each(|(path, _)| self.remove(path))
    }

    fn walk(&self, folder: &str, is_deep: bool) -> Result<Listing, UpdateError> {
        let mut found = Listing::default();
        let mut open = vec![folder.to_owned()];
        while let Some(folder) = open.pop() {
            let native = self.path(&folder);
            let listed = |source| failed(&native, "listed", source);
            let entries = match fs::read_dir(&native) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries.map_err(listed)?,
            };
            for entry in entries {
                let entry = entry.map_err(listed)?;
                let kind = entry.file_type().map_err(listed)?;
                let name = entry.file_name();
                let path = format!("{folder}/{}", name.to_string_lossy()).trim_start_matches('/').to_owned();
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
                found.skipped.push((path, reason));
            }
        }
        found.files.sort();
        found.skipped.sort();
        Ok(found)
    }

    /// Replaces a file atomically by renaming a temporary file. The permissions of the old file are kept. With `is_synced`,
    /// the file is on the disk afterwards and survives a crash of the machine.
    pub(crate) fn write(&self, path: &str, bytes: &[u8], is_synced: bool) -> Result<(), UpdateError> {
        let path = self.path(path);
        self.inside(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let aside = path.with_file_name(format!(".{name}.{}{ASIDE}", std::process::id()));
        let written = || -> io::Result<()> {
            fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
            step();
            // Removes an existing file or link, which must not be followed.
            let _ = fs::remove_file(&aside);
            let mut file = File::create_new(&aside)?;
            step();
            file.write_all(bytes)?;
            if let Ok(old) = fs::symlink_metadata(&path)
                && old.is_file()
            {
                file.set_permissions(old.permissions())?;
            }
            step();
            fs::rename(&aside, &path)?;
            if is_synced { file.sync_all() } else { Ok(()) }
        };
        written().map_err(|source| {
            let _ = fs::remove_file(&aside);
            failed(&path, "written", source)
        })
    }

    /// Removes a file, and the folders that become empty.
    pub(super) fn remove(&self, path: &str) -> Result<(), UpdateError> {
        let native = self.path(path);
        self.inside(&native)?;
        step();
        fs::remove_file(&native).map_err(|source| failed(&native, "removed", source))?;
        // A folder that is not empty cannot be removed, nor can its parents.
        for folder in native.ancestors().skip(1).take_while(|folder| *folder != self.root) {
            step();
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
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

impl Drop for Files {
    /// Unlocks explicitly. Closing the file is not enough: a child process that another thread is starting has a copy of
    /// the handle until it runs.
    fn drop(&mut self) {
        if let Some(lock) = &self.lock {
            let _ = lock.unlock();
        }
    }
}

/// A point at which a test can end the process.
#[cfg(not(test))]
fn step() {}

pub(crate) fn failed(path: &Path, doing: &'static str, source: io::Error) -> UpdateError {
    UpdateError::Io(path.to_owned(), doing, source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_ends_even_if_a_copy_of_its_file_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let locked = || Files::new(folder.path()).unwrap().locked();
        let files = locked().unwrap();
        let copy = files.lock.as_ref().unwrap().try_clone().unwrap();
        assert!(matches!(locked(), Err(UpdateError::Busy(_))));
        drop(files);
        assert!(locked().is_ok());
        drop(copy);
    }
}
