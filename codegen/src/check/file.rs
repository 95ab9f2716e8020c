//! TOML files that a person keeps: reading them, and places in them for errors.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::diagnostic::PageText;

/// A mistake in a file of overrides or allowances, or a file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{file}{}: {problem}", place(*line, *column))]
pub struct FileError {
    /// The file, as it was named when it was loaded.
    pub file: String,
    /// The line, from 1; 0 where it is about the file as a whole.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong, and what to do.
    pub problem: String,
    /// What the operating system says, where the file could not be read.
    #[source]
    pub source: Option<std::io::Error>,
}

fn place(line: usize, column: usize) -> String {
    if line == 0 { String::new() } else { format!(":{line}:{column}") }
}

/// A file's name and text.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) text: String,
}

impl File {
    pub(super) fn read(path: &Path) -> Result<File, FileError> {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(File { name, text }),
            Err(error) => {
                let problem = "the file cannot be read as UTF-8 text".to_owned();
                Err(FileError { file: name, line: 0, column: 0, problem, source: Some(error) })
            }
        }
    }

    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, FileError> {
        toml::from_str(&self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.error(at, error.message().to_owned())
        })
    }

    /// An error at a byte of the file.
    pub(super) fn error(&self, at: usize, problem: String) -> FileError {
        let (line, column) = self.position(at);
        FileError { file: self.name.clone(), line, column, problem, source: None }
    }

    /// The line and the character in it of a byte, both from 1.
    pub(super) fn position(&self, at: usize) -> (usize, usize) {
        PageText::new(&self.text).position(at)
    }
}
