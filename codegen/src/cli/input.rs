//! Finds the inputs that the arguments name: files, folders and standard input.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use topsdk_codegen::read::{self, PageProblem, Reading};

use super::foreign;
use super::output::{Output, Stop, failed_at};

/// Number of pages held in memory at a time: enough to keep all cores busy, and few enough to process thousands of pages.
const AT_A_TIME: usize = 256;

/// Maximum size of a page in bytes. Larger pages are refused. The largest real page is well under a megabyte.
const MAX_PAGE: u64 = 256 << 20;

/// A page to read.
pub(crate) struct Input {
    /// Name shown in findings: the path as the user gave it.
    pub(crate) shown: String,
    /// Name stored in the spec: the file name, or the path below the given folder.
    pub(crate) name: String,
    path: Option<PathBuf>,
}

impl Input {
    /// Lists the inputs that the arguments name, in the given order. The files of a folder are sorted by path.
    pub(crate) fn list(arguments: &[PathBuf]) -> Result<Vec<Input>, Stop> {
        let mut inputs = Vec::new();
        for argument in arguments {
            match argument.is_dir() {
                true => folder(argument, "", &mut inputs)?,
                false => inputs.push(Input::one(argument)),
            }
        }
        Ok(inputs)
    }

    /// Returns the input of one file, or standard input for `-`.
    pub(crate) fn one(argument: &Path) -> Input {
        if argument.as_os_str() == "-" {
            return Input { shown: "<stdin>".to_owned(), name: "-".to_owned(), path: None };
        }
        let name = argument.file_name().unwrap_or(argument.as_os_str()).to_string_lossy().into_owned();
        Input { shown: argument.display().to_string(), name, path: Some(argument.to_owned()) }
    }

    /// Reads and parses the page.
    ///
    /// # Errors
    /// Returns one sentence that begins with the path.
    pub(crate) fn page(&self) -> Result<Reading, String> {
        let bytes = self.read()?;
        self.parse(&bytes).map_err(|error| match error.problem {
            PageProblem::NotApiPage(_) => format!(
                "{}: expected the page of an API (HTML, Markdown, text or document JSON); this is {}",
                self.shown,
                foreign::describe(&bytes)
            ),
            _ => error.to_string(),
        })
    }

    /// Parses the page's bytes. Errors name the path that the user gave, the spec the shorter name.
    pub(crate) fn parse(&self, bytes: &[u8]) -> Result<Reading, read::Error> {
        let mut reading = read::page(&self.shown, bytes)?;
        reading.api.source.page.clone_from(&self.name);
        Ok(reading)
    }

    /// Reads the page's bytes.
    ///
    /// # Errors
    /// Returns one sentence that begins with the path.
    pub(crate) fn read(&self) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let read = match &self.path {
            None => std::io::stdin().lock().take(MAX_PAGE + 1).read_to_end(&mut bytes),
            Some(path) => fs::File::open(path).and_then(|file| file.take(MAX_PAGE + 1).read_to_end(&mut bytes)),
        };
        match read {
            Ok(length) if length as u64 > MAX_PAGE => {
                Err(format!("{}: larger than {} MiB; is this a page?", self.shown, MAX_PAGE >> 20))
            }
            Ok(_) => Ok(bytes),
            Err(error) => Err(format!("{}: cannot be read: {error}", self.shown)),
        }
    }
}

/// Works on inputs in parallel, with progress, and hands over the results one by one, in the order of the inputs. Reports
/// each input that cannot be read, and returns their number.
pub(crate) fn in_order<T: Send>(
    inputs: &[Input],
    what: &'static str,
    output: &mut Output,
    work: impl Fn(&Input) -> Result<T, String> + Sync,
    mut take: impl FnMut(&Input, T, &mut Output) -> Result<(), Stop>,
) -> Result<usize, Stop> {
    let progress = output.progress(what, inputs.len());
    let mut unreadable = 0;
    for inputs in inputs.chunks(AT_A_TIME) {
        let results: Vec<_> = inputs.par_iter().map(&work).inspect(|_| progress.inc(1)).collect();
        for (input, result) in inputs.iter().zip(results) {
            match result {
                Ok(result) => take(input, result, output)?,
                Err(message) => {
                    output.failure(&message);
                    unreadable += 1;
                }
            }
        }
    }
    progress.finish_and_clear();
    Ok(unreadable)
}

/// Collects all files below `folder`, sorted, except hidden ones. Links to folders are not followed: they may form a cycle.
fn folder(folder: &Path, below: &str, inputs: &mut Vec<Input>) -> Result<(), Stop> {
    let failed = |error| failed_at(folder, format!("cannot be listed: {error}"));
    let mut entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let file_name = entry.file_name().to_string_lossy().into_owned();
        if file_name.starts_with('.') {
            continue;
        }
        let name = if below.is_empty() { file_name } else { format!("{below}/{file_name}") };
        let path = entry.path();
        if entry.file_type().map_err(failed)?.is_dir() {
            self::folder(&path, &name, inputs)?;
        } else if path.is_file() {
            inputs.push(Input { shown: path.display().to_string(), name, path: Some(path) });
        }
    }
    Ok(())
}
