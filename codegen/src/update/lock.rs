//! A lock that allows one update at a time. It is released when the process ends, however it ends.

use std::fs::{self, File, TryLockError};
use std::path::PathBuf;

use super::UpdateError;
use super::files::{Files, failed};

/// The path of the lock; `target/` is never checked in.
const LOCK: &str = "target/topsdk/lock";

/// A lock that is held while an update may write. Has no file if there was nothing to lock.
#[derive(Debug)]
pub(super) struct Lock {
    file: Option<File>,
}

impl Lock {
    /// Takes the exclusive lock of a repository.
    ///
    /// # Errors
    /// Returns an error if another process has the lock, or the lock file is a link.
    pub(super) fn take(files: &Files) -> Result<Lock, UpdateError> {
        let path = files.path(LOCK);
        let folder = path.parent().unwrap_or(&path);
        fs::create_dir_all(folder).map_err(|source| failed(&path, "written", source))?;
        if fs::symlink_metadata(&path).is_ok_and(|file| file.is_symlink()) {
            return Err(UpdateError::Outside(path));
        }
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|source| failed(&path, "written", source))?;
        Lock::held(file.try_lock(), file, path)
    }

    /// Takes a shared lock, so that others do not write while this process reads. It writes nothing, so if the lock file
    /// does not exist, there is nothing to lock.
    ///
    /// # Errors
    /// Returns an error if another process is writing.
    pub(super) fn share(files: &Files) -> Result<Lock, UpdateError> {
        let path = files.path(LOCK);
        match File::open(&path) {
            Ok(file) => Lock::held(file.try_lock_shared(), file, path),
            Err(_) => Ok(Lock { file: None }),
        }
    }

    /// Waits for the lock of a folder that is not a repository, on systems that can lock folders.
    ///
    /// # Errors
    /// Returns an error if the operating system fails to lock it.
    pub(super) fn wait(files: &Files) -> Result<Lock, UpdateError> {
        let path = files.path("");
        let Ok(folder) = File::open(&path) else { return Ok(Lock { file: None }) };
        Lock::held(folder.lock().map_err(TryLockError::Error), folder, path)
    }

    fn held(locked: Result<(), TryLockError>, file: File, path: PathBuf) -> Result<Lock, UpdateError> {
        match locked {
            Ok(()) => Ok(Lock { file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(UpdateError::Busy(path)),
            Err(TryLockError::Error(source)) => Err(failed(&path, "locked", source)),
        }
    }
}

impl Drop for Lock {
    /// Unlocks explicitly. Closing the file is not enough: a child process that another thread is starting has a copy of
    /// the handle until it runs.
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
    fn a_lock_ends_even_if_a_copy_of_its_file_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path()).unwrap();
        let lock = Lock::take(&files).unwrap();
        let copy = lock.file.as_ref().unwrap().try_clone().unwrap();
        assert!(matches!(Lock::take(&files), Err(UpdateError::Busy(_))));
        drop(lock);
        assert!(Lock::take(&files).is_ok());
        drop(copy);
    }
}
