//! One update at a time: a lock that ends with the process, however it ends.

use std::fs::{self, File, TryLockError};
use std::path::PathBuf;

use super::Error;
use super::files::{Files, failed};

/// Where the lock is; `target/` is never checked in.
const LOCK: &str = "target/topsdk/lock";

/// Held for as long as an update may write. Empty where there is nothing to lock.
#[derive(Debug)]
pub(super) struct Lock {
    file: Option<File>,
}

impl Lock {
    /// Takes the lock of a repository.
    ///
    /// # Errors
    /// Where somebody else has it, or it is a link.
    pub(super) fn take(files: &Files) -> Result<Lock, Error> {
        let path = files.path(LOCK);
        let folder = path.parent().unwrap_or(&path);
        fs::create_dir_all(folder).map_err(|source| failed(&path, "written", source))?;
        if fs::symlink_metadata(&path).is_ok_and(|file| file.is_symlink()) {
            return Err(Error::Outside(path));
        }
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|source| failed(&path, "written", source))?;
        Lock::held(file.try_lock(), file, path)
    }

    /// Keeps others from writing while this one reads. Writes nothing itself, so that there may be no lock to take.
    ///
    /// # Errors
    /// Where somebody writes.
    pub(super) fn share(files: &Files) -> Result<Lock, Error> {
        let path = files.path(LOCK);
        match File::open(&path) {
            Ok(file) => Lock::held(file.try_lock_shared(), file, path),
            Err(_) => Ok(Lock { file: None }),
        }
    }

    /// Waits until nobody else writes in a folder that is no repository, where the system can lock folders.
    ///
    /// # Errors
    /// Where the system fails to.
    pub(super) fn wait(files: &Files) -> Result<Lock, Error> {
        let path = files.path("");
        let Ok(folder) = File::open(&path) else { return Ok(Lock { file: None }) };
        Lock::held(folder.lock().map_err(TryLockError::Error), folder, path)
    }

    fn held(locked: Result<(), TryLockError>, file: File, path: PathBuf) -> Result<Lock, Error> {
        match locked {
            Ok(()) => Ok(Lock { file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(Error::Busy(path)),
            Err(TryLockError::Error(source)) => Err(failed(&path, "locked", source)),
        }
    }
}

impl Drop for Lock {
    /// Unlocks at once. Closing the file would not: a process that another thread is starting has a copy of it until it runs.
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            let _ = file.unlock();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_ends_although_a_copy_of_its_file_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path()).unwrap();
        let lock = Lock::take(&files).unwrap();
        let copy = lock.file.as_ref().unwrap().try_clone().unwrap();
        assert!(matches!(Lock::take(&files), Err(Error::Busy(_))));
        drop(lock);
        assert!(Lock::take(&files).is_ok());
        drop(copy);
    }
}
