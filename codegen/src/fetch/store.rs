//! The folder of pages: compares a response with the file on disk, and writes it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use topsdk_spec::{Api, Source};

use super::{FetchError, FetchOptions, Form, Outcome};
use crate::diagnostic::Diagnostic;
use crate::read::{self, Reading};
use crate::update::degraded::lost_content;
use crate::update::files::Files;

/// The folder that holds the pages.
pub(super) struct Store {
    files: Files,
    form: Form,
    check: bool,
    accept: Vec<String>,
}

impl Store {
    pub(super) fn open(folder: &Path, options: &FetchOptions) -> Result<Store, FetchError> {
        Ok(Store {
            files: Files::new(folder)?,
            form: options.form,
            check: options.check,
            accept: options.accept.clone(),
        })
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.files.path(file)
    }

    /// Writes the page unless it reads the same as the file on disk. Refuses a page that has lost content.
    pub(super) fn keep(&self, file: &str, bytes: &[u8], new: &Reading) -> Result<Outcome, FetchError> {
        let kept = match self.files.read(file)? {
            None => Outcome::New,
            Some(old) if old == bytes => return Ok(Outcome::Unchanged),
            Some(old) => match read::page(&new.api.source.page, &old) {
                // The file on disk is not a page, so nothing is lost.
                Err(_) => Outcome::Changed,
                Ok(reading) => {
                    self.compare(file, &reading, new)?;
                    match says_the_same(&reading, new) {
                        true => match self.form {
                            Form::Html => return Ok(Outcome::Alike(Vec::new())),
                            Form::Document => return Ok(Outcome::Alike(differing(&old, bytes))),
                        },
                        false => Outcome::Changed,
                    }
                }
            },
        };
        if !self.check {
            self.files.write(file, bytes)?;
        }
        Ok(kept)
    }

    /// Refuses to replace the page of another API, or a good page with a degraded one.
    fn compare(&self, file: &str, old: &Reading, new: &Reading) -> Result<(), FetchError> {
        if old.api.method != new.api.method {
            let (file, method, found) = (self.path(file), new.api.method.clone(), old.api.method.clone());
            return Err(FetchError::Taken { file, method, found });
        }
        match lost_content(&old.api, &new.api).filter(|_| !self.accept.contains(&new.api.method)) {
            None => Ok(()),
            Some(lost) => {
                let (page, method) = (new.api.source.page.clone(), new.api.method.clone());
                Err(FetchError::Lost { page, method, lost, file: self.path(file) })
            }
        }
    }
}

/// Returns whether two pages give the same spec and the same findings, apart from positions on the page.
fn says_the_same(old: &Reading, new: &Reading) -> bool {
    let spec = |reading: &Reading| {
        let layout = reading.api.source.layout;
        Api { source: Source { page: String::new(), sha256: String::new(), layout }, ..reading.api.clone() }
    };
    let findings = |reading: &Reading| -> Vec<Diagnostic> {
        let mut findings = reading.diagnostics.clone();
        findings.iter_mut().for_each(|finding| finding.place.span = None);
        findings
    };
    spec(old) == spec(new) && findings(old) == findings(new)
}

/// Returns the members that differ between two documents, regardless of order and envelope.
fn differing(old: &[u8], new: &[u8]) -> Vec<String> {
    let members = |bytes: &[u8]| -> serde_json::Map<String, Value> {
        let Ok(Value::Object(mut document)) = serde_json::from_slice(bytes) else { return serde_json::Map::new() };
        match document.remove("data") {
            Some(Value::Object(data)) => data,
            _ => document,
        }
    };
    let (old, new) = (members(old), members(new));
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    names.into_iter().filter(|name| old.get(*name) != new.get(*name)).cloned().collect()
}
