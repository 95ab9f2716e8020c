//! In which repository the command runs.

use std::path::PathBuf;

use super::output::Stop;

/// The folder that was given, or the nearest one above the current folder that holds `spec/pages`.
pub(crate) fn root(given: Option<&PathBuf>) -> Result<PathBuf, Stop> {
    match given {
        Some(root) => Ok(root.clone()),
        None => here().ok_or_else(|| {
            Stop::Failed(
                "not in a repository of topsdk: no folder `spec/pages` here or above; name it with --root".to_owned(),
            )
        }),
    }
}

/// The nearest folder above the current one that holds `spec/pages`.
pub(crate) fn here() -> Option<PathBuf> {
    let current = std::env::current_dir().ok()?;
    let root = current.ancestors().find(|folder| folder.join("spec/pages").is_dir())?;
    // Shown paths are as short as they can be.
    Some(if root == current { PathBuf::from(".") } else { root.to_owned() })
}
