//! Reads and replaces `spec/catalogue.jsonl` of a repository.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::FetchError;
use crate::catalogue::{Catalogue, FILE};
use crate::update::files::{Files, failed};

/// The stored catalogue of a repository.
#[derive(Debug)]
pub struct CatalogueFile {
    files: Files,
}

impl CatalogueFile {
    /// Opens the catalogue file below the root of a repository. The file need not exist.
    ///
    /// # Errors
    /// If the folder does not exist.
    pub fn open(root: &Path) -> Result<CatalogueFile, FetchError> {
        Ok(CatalogueFile { files: Files::new(root)? })
    }

    /// Returns the stored catalogue. Returns `None` if the file does not exist.
    ///
    /// # Errors
    /// If the file cannot be read or contains an invalid line.
    pub fn read(&self) -> Result<Option<Catalogue>, FetchError> {
        let bytes = self.files.read(FILE)?;
        Ok(bytes.map(|bytes| Catalogue::parse(&String::from_utf8_lossy(&bytes))).transpose()?)
    }

    /// Returns the time since the file was fetched or checked out. Returns `None` if it does not exist.
    pub fn age(&self) -> Option<Duration> {
        // A modification time in the future counts as age zero, so that it does not cause a fetch.
        Some(fs::metadata(self.files.path(FILE)).ok()?.modified().ok()?.elapsed().unwrap_or_default())
    }

    /// Stores a catalogue. With `accept`, stores it even if [`Catalogue::replaces`] refuses it.
    ///
    /// # Errors
    /// If the catalogue is refused, or the file cannot be read or written.
    pub fn replace(&self, new: &Catalogue, accept: bool) -> Result<(), FetchError> {
        if !accept {
            new.replaces(&self.read()?.unwrap_or_default())?;
        }
        let text = new.to_jsonl();
        if self.files.read(FILE)?.is_none_or(|old| old != text.as_bytes()) {
            return Ok(self.files.write(FILE, text.as_bytes(), false)?);
        }
        // The content is unchanged; update the modification time, because it is current again.
        let path = self.files.path(FILE);
        let touched = File::options().write(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Ok(touched.map_err(|error| failed(&path, "written", error))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fetch_resets_the_age_of_the_stored_catalogue() {
        let root = tempfile::tempdir().unwrap();
        let file = CatalogueFile::open(root.path()).unwrap();
        assert_eq!((file.read().unwrap(), file.age()), (None, None));
        let one = Catalogue::parse("{\"method\":\"a.b\",\"doc_id\":1}").unwrap();
        file.replace(&one, false).unwrap();
        let path = root.path().join(FILE);
        let old = SystemTime::now() - Duration::from_secs(3600);
        File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        assert!(file.age().unwrap() >= Duration::from_secs(3600));
        file.replace(&one, false).unwrap();
        assert!(file.age().unwrap() < Duration::from_secs(3600));
        assert_eq!(file.read().unwrap(), Some(one));
    }

    #[test]
    fn a_refused_catalogue_and_a_broken_file_need_accept() {
        let root = tempfile::tempdir().unwrap();
        let file = CatalogueFile::open(root.path()).unwrap();
        let (one, two) = ("{\"method\":\"a.b\",\"doc_id\":1}\n", "{\"method\":\"a.c\",\"doc_id\":2}\n");
        file.replace(&Catalogue::parse(one).unwrap(), false).unwrap();
        let other = Catalogue::parse(two).unwrap();
        let refused = file.replace(&other, false).unwrap_err();
        assert!(matches!(refused, FetchError::Refused(_)), "{refused}");
        assert!(refused.to_string().contains("lacks 1 of the 1 APIs"), "{refused}");
        assert_eq!(fs::read_to_string(root.path().join(FILE)).unwrap(), one);
        fs::write(root.path().join(FILE), "<<<<<<< HEAD\n").unwrap();
        assert!(matches!(file.replace(&other, false), Err(FetchError::Catalogue(_))));
        file.replace(&other, true).unwrap();
        assert_eq!(fs::read_to_string(root.path().join(FILE)).unwrap(), two);
    }
}
