//! Finds the repository that the command runs in, and its catalogue.

use std::path::PathBuf;

use topsdk_codegen::catalogue::Catalogue;
use topsdk_codegen::fetch::CatalogueFile;

use super::output::Stop;

/// The repository, for commands that need one.
#[derive(clap::Args)]
pub(crate) struct RootArgs {
    /// The repository [default: the nearest folder with spec/pages]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

impl RootArgs {
    /// Returns the folder given by `--root`, else the root of the repository.
    pub(crate) fn root(&self) -> Result<PathBuf, Stop> {
        self.root.clone().map_or_else(|| root("name it with --root"), Ok)
    }
}

/// Returns the root of the repository, or an error that ends with `remedy`: what to do outside of a repository.
pub(crate) fn root(remedy: &str) -> Result<PathBuf, Stop> {
    here().ok_or_else(|| {
        Stop::Failed(format!("not in a repository of topsdk: no folder `spec/pages` here or above; {remedy}"))
    })
}

/// Returns the nearest folder, from the current one upwards, that contains `spec/pages`.
pub(crate) fn here() -> Option<PathBuf> {
    let current = std::env::current_dir().ok()?;
    let root = current.ancestors().find(|folder| folder.join("spec/pages").is_dir())?;
    // Keep displayed paths short.
    Some(if root == current { PathBuf::from(".") } else { root.to_owned() })
}

/// Reads the stored catalogue of the repository, if there is one.
pub(crate) fn catalogue() -> Result<Option<Catalogue>, Stop> {
    let Some(root) = here() else { return Ok(None) };
    Ok(CatalogueFile::open(&root)?.read()?)
}
