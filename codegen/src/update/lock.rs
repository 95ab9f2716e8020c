//! One update at a time: a lock that ends with the process, however it ends.

use std::fs::{self, File, TryLockError};

use super::Error;
use super::files::{Files, failed};

/// Where the lock is; `target/` is never checked in.
const LOCK: &str = "target/topsdk/lock";

/// Held for as long as an update may write.
#[derive(Debug)]
pub(super) struct Lock {
    _file: Option<File>,
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
            return Err(Error::Outside { path });
        }
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|source| failed(&path, "written", source))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(Error::Busy { path }),
            Err(TryLockError::Error(source)) => Err(failed(&path, "locked", source)),
        }
    }

    /// Waits until nobody else writes in a folder that is no repository, where the system can lock folders.
    ///
    /// # Errors
    /// Where the system fails to.
    pub(super) fn wait(files: &Files) -> Result<Lock, Error> {
        let path = files.path("");
        let Ok(folder) = File::open(&path) else { return Ok(Lock { _file: None }) };
        folder.lock().map_err(|source| failed(&path, "locked", source))?;
        Ok(Lock { _file: Some(folder) })
    }

    /// Keeps others from writing while this one reads. Writes nothing itself, so that there may be no lock to take.
    ///
    /// # Errors
    /// Where somebody writes.
    pub(super) fn share(files: &Files) -> Result<Lock, Error> {
        let path = files.path(LOCK);
        let Ok(file) = File::open(&path) else { return Ok(Lock { _file: None }) };
        match file.try_lock_shared() {
            Ok(()) => Ok(Lock { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(Error::Busy { path }),
            Err(TryLockError::Error(source)) => Err(failed(&path, "locked", source)),
        }
    }
}
