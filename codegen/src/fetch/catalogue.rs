//! `spec/catalogue.jsonl` of a repository: read, and replaced by what the site answers.

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
    /// The file below the root of a repository, which need not be there.
    ///
    /// # Errors
    /// Where there is no such folder.
    pub fn open(root: &Path) -> Result<CatalogueFile, FetchError> {
        Ok(CatalogueFile { files: Files::new(root)? })
    }

    /// The catalogue; `None` where none has been stored.
    ///
    /// # Errors
    /// Where the file cannot be read, or a line is no entry.
    pub fn read(&self) -> Result<Option<Catalogue>, FetchError> {
        let bytes = self.files.read(FILE)?;
        Ok(bytes.map(|bytes| Catalogue::parse(&String::from_utf8_lossy(&bytes))).transpose()?)
    }

    /// How long ago it was fetched, or came with a checkout; `None` where there is no file.
    pub fn age(&self) -> Option<Duration> {
        // A time in the future is no reason to fetch.
        Some(fs::metadata(self.files.path(FILE)).ok()?.modified().ok()?.elapsed().unwrap_or_default())
    }

    /// Stores a catalogue. With `accept`, also one that [`Catalogue::replaces`] refuses.
    ///
    /// # Errors
    /// Where the catalogue is refused, or the file cannot be read or written.
    pub fn replace(&self, new: &Catalogue, accept: bool) -> Result<(), FetchError> {
        if !accept {
            new.replaces(&self.read()?.unwrap_or_default())?;
        }
        let text = new.to_jsonl();
        if self.files.read(FILE)?.is_none_or(|old| old != text.as_bytes()) {
            return Ok(self.files.write(FILE, text.as_bytes())?);
        }
        // The same, and as young as a new one.
        let path = self.files.path(FILE);
        let touched = File::options().write(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Ok(touched.map_err(|error| failed(&path, "written", error))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::CatalogueRefusal;

    #[test]
    fn a_catalogue_is_stored_and_grows_young_with_each_fetch() {
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
    fn a_refused_catalogue_and_a_broken_file_need_consent() {
        let root = tempfile::tempdir().unwrap();
        let file = CatalogueFile::open(root.path()).unwrap();
        let (one, two) = ("{\"method\":\"a.b\",\"doc_id\":1}\n", "{\"method\":\"a.c\",\"doc_id\":2}\n");
        file.replace(&Catalogue::parse(one).unwrap(), false).unwrap();
        let other = Catalogue::parse(two).unwrap();
        let refused = file.replace(&other, false).unwrap_err();
        assert!(matches!(refused, FetchError::Refused(CatalogueRefusal::Lost { lost: 1, known: 1, .. })), "{refused}");
        assert_eq!(fs::read_to_string(root.path().join(FILE)).unwrap(), one);
        fs::write(root.path().join(FILE), "<<<<<<< HEAD\n").unwrap();
        assert!(matches!(file.replace(&other, false), Err(FetchError::Catalogue(_))));
        file.replace(&other, true).unwrap();
        assert_eq!(fs::read_to_string(root.path().join(FILE)).unwrap(), two);
    }
}
