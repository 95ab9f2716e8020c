//! The steps that a transaction takes on a disk: a seam, so that tests can stop it or make it fail at each of them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;

/// One method a step. Every one of them can fail, and the process can end after any.
pub(super) trait Disk {
    /// Makes a file of these bytes, with the permissions of the one that it will take the place of.
    fn create(&self, path: &Path, bytes: &[u8], like: Option<&Path>) -> io::Result<()>;
    /// Makes another name for a file; a copy, where the file system knows no second names.
    fn link(&self, path: &Path, link: &Path) -> io::Result<()>;
    /// Gives a file another name, in the place of whatever has it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// Fails where the folder holds something.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// Waits until the bytes of files are on the disk.
    fn sync_files(&self, paths: &[PathBuf]) -> io::Result<()>;
    /// Waits until a folder's names are on the disk.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// How many files are waited for at a time. On one disk 1,000 files took 6.2 s one after the other, and 0.2 s so.
const SYNCS: usize = 32;

/// The disk of the machine.
pub(super) struct Real;

impl Disk for Real {
    fn create(&self, path: &Path, bytes: &[u8], like: Option<&Path>) -> io::Result<()> {
        File::create(path)?.write_all(bytes)?;
        match like.and_then(|like| fs::metadata(like).ok()) {
            Some(like) => fs::set_permissions(path, like.permissions()),
            None => Ok(()),
        }
    }

    fn link(&self, path: &Path, link: &Path) -> io::Result<()> {
        fs::hard_link(path, link).or_else(|_| fs::copy(path, link).and_then(|_| sync(link)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn sync_files(&self, paths: &[PathBuf]) -> io::Result<()> {
        // A file system writes down many at once for the time of one, if only they are asked for together.
        let share = paths.len().div_ceil(SYNCS).max(1);
        thread::scope(|scope| {
            let threads: Vec<_> =
                paths.chunks(share).map(|paths| scope.spawn(|| paths.iter().try_for_each(|path| sync(path)))).collect();
            threads
                .into_iter()
                .try_for_each(|thread| thread.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())))
        })
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        // Elsewhere folders cannot be opened, and their names are on the disk with the files.
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }
}

fn sync(path: &Path) -> io::Result<()> {
    // Some systems sync what can be written only.
    File::options().write(true).open(path)?.sync_all()
}
