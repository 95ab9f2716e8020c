//! In which repository the command runs.

use std::path::PathBuf;

use super::output::Stop;

/// The nearest folder above the current one that holds `spec/pages`. `remedy` says what else the command takes.
pub(crate) fn root(remedy: &str) -> Result<PathBuf, Stop> {
    here().ok_or_else(|| {
        Stop::Failed(format!("not in a repository of topsdk: no folder `spec/pages` here or above; {remedy}"))
    })
}

/// The folder that was given by `--root`, or the nearest one.
pub(crate) fn root_or(given: Option<&PathBuf>) -> Result<PathBuf, Stop> {
    given.map_or_else(|| root("name it with --root"), |root| Ok(root.clone()))
}

/// The nearest folder above the current one that holds `spec/pages`.
pub(crate) fn here() -> Option<PathBuf> {
    let current = std::env::current_dir().ok()?;
    let root = current.ancestors().find(|folder| folder.join("spec/pages").is_dir())?;
    // Shown paths are as short as they can be.
    Some(if root == current { PathBuf::from(".") } else { root.to_owned() })
}
