//! Reads hand-written TOML files, and locates errors in them.

use std::path::Path;

use serde::de::DeserializeOwned;
use toml::Spanned;

use crate::diagnostic::PageText;

/// An error in a file of overrides or allowances, or a failure to read it.
#[derive(Debug, thiserror::Error)]
#[error("{file}{}: {problem}", place(*line, *column))]
pub struct FileError {
    /// The path of the file, as given when it was loaded.
    pub file: String,
    /// The line, from 1, or 0 if the error concerns the whole file.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what to do.
    pub problem: String,
    /// The I/O error, if the file could not be read.
    #[source]
    pub source: Option<std::io::Error>,
}

fn place(line: usize, column: usize) -> String {
    if line == 0 { String::new() } else { format!(":{line}:{column}") }
}

/// The name and text of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct TomlFile {
    pub(super) name: String,
    pub(super) text: String,
}

/// The byte offset of an error in a file, and its message.
pub(super) type Mistake = (usize, String);

pub(super) fn mistake<T>(at: &Spanned<T>, problem: impl Into<String>) -> Mistake {
    (at.span().start, problem.into())
}

/// Returns the error for a file or folder that cannot be read.
pub(super) fn unreadable(path: &Path, problem: &str, error: std::io::Error) -> FileError {
    let (file, problem) = (path.display().to_string(), problem.to_owned());
    FileError { file, line: 0, column: 0, problem, source: Some(error) }
}

impl TomlFile {
    pub(super) fn read(path: &Path) -> Result<TomlFile, FileError> {
        let failed = |error| unreadable(path, "the file cannot be read as UTF-8 text", error);
        let text = std::fs::read_to_string(path).map_err(failed)?;
        Ok(TomlFile { name: path.display().to_string(), text })
    }

    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, FileError> {
        let mistake = |error: toml::de::Error| (error.span().unwrap_or_default().start, error.message().to_owned());
        toml::from_str(&self.text).map_err(|error| self.error(mistake(error)))
    }

    pub(super) fn error(&self, (at, problem): Mistake) -> FileError {
        let (line, column) = self.position(at);
        FileError { file: self.name.clone(), line, column, problem, source: None }
    }

    /// Returns the line and column of a byte offset, both from 1.
    pub(super) fn position(&self, at: usize) -> (usize, usize) {
        PageText::new(&self.text).position(at)
    }
}
