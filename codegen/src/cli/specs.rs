//! Specs that the arguments name: files with one (`.json`), with one a line (`.jsonl`), folders of them.

use std::path::PathBuf;

use topsdk_spec::Api;

use super::output::Stop;
use super::repository;

/// All specs of these files and folders, in the order given, folders sorted by path.
pub(crate) fn load(paths: &[PathBuf]) -> Result<Vec<Api>, Stop> {
    let mut apis = Vec::new();
    for path in paths {
        apis.extend(topsdk_spec::load(path).map_err(Stop::failed)?);
    }
    Ok(apis)
}

/// The spec of one method, from these files and folders; from the repository's specs where none is named.
pub(crate) fn find(paths: &[PathBuf], method: &str) -> Result<Api, Stop> {
    let repository;
    let paths = match paths {
        [] => {
            repository = [repository::root("name specs with --spec")?.join("spec/apis")];
            &repository
        }
        paths => paths,
    };
    // A folder of specs names them by their methods: the others need not be read.
    if let [folder] = paths
        && !method.contains(['/', '\\'])
        && folder.join(format!("{method}.json")).is_file()
    {
        let apis = load(&[folder.join(format!("{method}.json"))])?;
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
    let meant = topsdk_codegen::nearest(method, apis.iter().map(|api| api.method.as_str()));
    let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    Err(Stop::Failed(format!(
        "no spec of `{method}` among the {count} in {places}{meant}; `topsdk parse PAGE > FILE.jsonl` makes one, `--spec FILE.jsonl` reads it"
    )))
}
