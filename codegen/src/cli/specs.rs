//! Specs that the arguments name: files with one (`.json`), with one a line (`.jsonl`), folders of them.

use std::fs;
use std::path::{Path, PathBuf};

use topsdk_codegen::call;
use topsdk_spec::Api;

use super::output::Stop;
use super::repository;

/// All specs of these files and folders, in the order given, folders sorted by path.
pub(crate) fn load(paths: &[PathBuf]) -> Result<Vec<Api>, Stop> {
    let mut apis = Vec::new();
    for path in paths {
        if path.is_dir() {
            let failed = |error| Stop::Failed(format!("{}: cannot be listed: {error}", path.display()));
            let mut entries = fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
            entries.sort_by_key(fs::DirEntry::file_name);
            for entry in entries {
                if entry.path().extension().is_some_and(|extension| extension == "json" || extension == "jsonl") {
                    file(&entry.path(), &mut apis)?;
                }
            }
        } else {
            file(path, &mut apis)?;
        }
    }
    Ok(apis)
}

/// The spec of one method, from these files and folders; from the repository's specs where none is named.
pub(crate) fn find(paths: &[PathBuf], method: &str) -> Result<Api, Stop> {
    let repository;
    let paths = match paths {
        [] => {
            repository = [repository::root(None)?.join("spec/apis")];
            &repository
        }
        paths => paths,
    };
    // A folder of specs names them by their methods: the others need not be read.
    if let [folder] = paths
        && !method.contains(['/', '\\'])
        && folder.join(format!("{method}.json")).is_file()
    {
        let mut apis = Vec::new();
        file(&folder.join(format!("{method}.json")), &mut apis)?;
        if let Some(api) = apis.into_iter().find(|api| api.method == method) {
            return Ok(api);
        }
    }
    let mut apis = load(paths)?;
    if let Some(at) = apis.iter().position(|api| api.method == method) {
        return Ok(apis.swap_remove(at));
    }
    let places: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
    let (count, places) = (apis.len(), places.join(", "));
    let meant = call::nearest(method, apis.iter().map(|api| api.method.as_str()));
    let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    Err(Stop::Failed(format!(
        "no spec of `{method}` among the {count} in {places}{meant}; `topsdk parse PAGE > FILE.jsonl` makes one, `--spec FILE.jsonl` reads it"
    )))
}

fn file(path: &Path, apis: &mut Vec<Api>) -> Result<(), Stop> {
    let failed = |what: String| Stop::Failed(format!("{}: {what}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| failed(format!("cannot be read: {error}")))?;
    if path.extension().is_some_and(|extension| extension == "jsonl") {
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            apis.push(
                Api::from_json(line).map_err(|error| {
                    failed(format!("line {}, column {}: {}", index + 1, error.column, error.message))
                })?,
            );
        }
    } else {
        apis.push(Api::from_json(&text).map_err(|error| failed(error.to_string()))?);
    }
    Ok(())
}
