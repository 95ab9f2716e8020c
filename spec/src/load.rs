//! Loads specs from disk: files with one spec (`.json`) or one per line (`.jsonl`), and folders of such files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{Api, ReadError};

/// Specs cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file or folder cannot be read.
    #[error("{}: cannot be read: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The I/O error.
        source: io::Error,
    },
    /// The file contains something that is not a spec.
    #[error("{}: {source}", .path.display())]
    Spec {
        /// The file.
        path: PathBuf,
        /// The error, with its position in the file.
        source: ReadError,
    },
}

/// Loads the specs of a file, or of all `.json` and `.jsonl` files of a folder, sorted by name.
///
/// # Errors
///
/// [`LoadError`], for the first file that cannot be read.
pub fn load(path: &Path) -> Result<Vec<Api>, LoadError> {
    let io_error = |path: &Path| {
        let path = path.to_owned();
        |source| LoadError::Io { path, source }
    };
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = fs::read_dir(path).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
        files = entries.map_err(io_error(path))?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json" || extension == "jsonl"));
        files.sort();
    }
    let mut apis = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).map_err(io_error(&path))?;
        let invalid = |source| LoadError::Spec { path: path.clone(), source };
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            apis.push(Api::from_json(&text).map_err(invalid)?);
            continue;
        }
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            // Each line is parsed as a text of its own, so its errors are all in line 1.
            let here = |error| invalid(ReadError { line: index + 1, ..error });
            apis.push(Api::from_json(line).map_err(here)?);
        }
    }
    Ok(apis)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that is deleted after the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let folder = std::env::temp_dir().join(format!("topsdk-spec-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            Folder(folder)
        }

        fn write(&self, name: &str, text: &str) -> PathBuf {
            let path = self.0.join(name);
            fs::write(&path, text).unwrap();
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn api(method: &str) -> Api {
        Api { method: method.to_owned(), ..Api::default() }
    }

    fn methods(path: &Path) -> Vec<String> {
        load(path).unwrap().into_iter().map(|api| api.method).collect()
    }

    #[test]
    fn loads_the_specs_of_a_folder_sorted_by_file_name() {
        let folder = Folder::new("folder");
        folder.write("b.json", &api("b").to_json());
        let lines = format!("{}\n\n{}\n", api("a.1").to_json_line(), api("a.2").to_json_line());
        let file = folder.write("a.jsonl", &lines);
        folder.write("c.txt", "no spec");
        assert_eq!(methods(&folder.0), ["a.1", "a.2", "b"]);
        assert_eq!(methods(&file), ["a.1", "a.2"]);
    }

    #[test]
    fn an_error_names_the_file_and_the_line() {
        let folder = Folder::new("errors");
        let file = folder.write("a.jsonl", &format!("{}\n{{\"method\":1}}\n", api("a").to_json_line()));
        let error = load(&folder.0).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{}: line 2, column 1", file.display())), "{error}");
        let nowhere = folder.0.join("nowhere.json");
        assert!(load(&nowhere).unwrap_err().to_string().contains("nowhere.json: cannot be read: "));
    }
}
