//! Finds the repository that the command runs in.

use std::path::PathBuf;

use super::output::Stop;

/// Returns the root of the repository, or an error that ends with `remedy`: what to do outside of a repository.
pub(crate) fn root(remedy: &str) -> Result<PathBuf, Stop> {
    here().ok_or_else(|| {
        Stop::Failed(format!("not in a repository of topsdk: no folder `spec/pages` here or above; {remedy}"))
    })
}

/// Returns the folder given by `--root`, else the root of the repository.
pub(crate) fn root_or(given: Option<&PathBuf>) -> Result<PathBuf, Stop> {
    given.map_or_else(|| root("name it with --root"), |root| Ok(root.clone()))
}

/// Returns the nearest folder, from the current one upwards, that contains `spec/pages`.
pub(crate) fn here() -> Option<PathBuf> {
    let current = std::env::current_dir().ok()?;
    let root = current.ancestors().find(|folder| folder.join("spec/pages").is_dir())?;
    // Keep displayed paths short.
    Some(if root == current { PathBuf::from(".") } else { root.to_owned() })
}
