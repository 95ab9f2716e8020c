//! The repository: `spec/pages` -> `spec/apis` -> `generated/src/apis`, and what changed on the way.

pub(crate) mod files;
mod forms;
mod manifest;
mod output;
pub(crate) mod pages;
mod plan;
mod warm;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use topsdk_spec::Api;

use crate::check::FileError;
use crate::check::overrides::{Applied, Overrides};
use crate::diagnostic::Diagnostic;
use crate::emit;
use crate::names::{Register, RegisterError};
use crate::read;
use files::{Files, failed};
pub use output::{Written, write_crate};
use pages::Pages;
use plan::Plan;

/// Where the modules are, below the root.
const MODULES: &str = "generated/src/apis";
/// Where the specs are.
const SPECS: &str = "spec/apis";
/// Where the pages are.
const PAGES: &str = "spec/pages";
/// Where the overrides are.
const OVERRIDES: &str = "spec/overrides";
/// Names that more than one item of an API wished for.
const NAMES: &str = "spec/names.json";
/// The manifest with the features of the APIs.
const MANIFEST: &str = "generated/Cargo.toml";

/// A repository of pages, specs and generated modules.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
}

/// What to do.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only these pages, which are in `spec/pages`; all, where this is empty. The other APIs stay as they are.
    pub pages: Vec<PathBuf>,
    /// Write nothing.
    pub check: bool,
}

/// What an update did, or would do.
#[derive(Debug, Default)]
pub struct Update {
    /// Every API, by method; those that were refused before they had a method, by page.
    pub apis: Vec<ApiUpdate>,
    /// Files of no single API that changed (modules of prefixes, the manifest's features, contested names), below the root.
    pub files: Vec<String>,
    /// What was found on the pages that were read.
    pub diagnostics: Vec<Diagnostic>,
    /// The overrides that were applied.
    pub overrides: Vec<Applied>,
    /// Nothing has changed since the last update, not one byte, so no page was read. This many diagnostics were given then.
    pub warm: Option<usize>,
}

/// What became of one API.
#[derive(Debug)]
pub struct ApiUpdate {
    /// Its name on the wire; the page's file where the page could not be read.
    pub method: String,
    /// The page that it was read from, below `spec/pages`.
    pub page: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The files that changed, below the root.
    pub files: Vec<String>,
    /// The spec as it was.
    pub before: Option<Box<Api>>,
    /// The spec as it is.
    pub after: Option<Box<Api>>,
}

/// What became of an API.
#[derive(Debug)]
pub enum Outcome {
    /// There was no spec of it.
    New,
    /// Its spec or its module changed.
    Changed,
    /// Nothing changed.
    Unchanged,
    /// Its page is gone: spec and module are removed.
    Gone,
    /// Nothing of it was touched.
    Refused(Refusal),
}

/// Why nothing of an API was touched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The page cannot be read.
    #[error(transparent)]
    Page(#[from] read::Error),
    /// The file of the page cannot be read.
    #[error("{page}: the file cannot be read: {source}")]
    File {
        /// The page.
        page: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// An override does not fit the page.
    #[error(transparent)]
    Override(#[from] FileError),
    /// The page's method cannot be the name of a file.
    #[error(
        "{page}: `{method}` is not the name of an API: expected letters, digits, `.`, `-` and `_`, at most {} of them",
        pages::LONGEST_METHOD
    )]
    Method {
        /// The page.
        page: String,
        /// What stands where the method should.
        method: String,
    },
    /// Another page of the same API cannot be read, and it may be the one that counts.
    #[error("{page}: another form of the same API cannot be read, and it may hold what this one lacks")]
    OtherForm {
        /// The page that can be read.
        page: String,
    },
    /// The generated code is not Rust.
    #[error(transparent)]
    Emit(#[from] emit::Error),
}

/// Why nothing at all was done, or not all of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no `spec/pages`.
    #[error("{}: not a repository of topsdk: there is no folder `spec/pages`", root.display())]
    NotARepository {
        /// The folder.
        root: PathBuf,
    },
    /// `spec/pages` holds no page. Nothing is removed then: the folder is more likely to be lost than the platform.
    #[error("{}: there is no page in this folder", folder.display())]
    NoPages {
        /// The folder.
        folder: PathBuf,
    },
    /// A page that was named is not in the repository.
    #[error("{}: not a page in {}; copy it there first", page.display(), folder.display())]
    ForeignPage {
        /// The page.
        page: PathBuf,
        /// The folder of the pages.
        folder: PathBuf,
    },
    /// A mistake in the overrides.
    #[error(transparent)]
    Overrides(#[from] FileError),
    /// A mistake in the contested names.
    #[error(transparent)]
    Names(#[from] RegisterError),
    /// The manifest has no place for the features.
    #[error("{MANIFEST}: expected the lines `{}` and `{}` under `[features]`", manifest::START, manifest::END)]
    Manifest,
    /// A file would be written elsewhere, because a folder on its way is a link.
    #[error("{}: leads out of the repository; nothing is written there", path.display())]
    Outside {
        /// The file.
        path: PathBuf,
    },
    /// A crate would be written over one that somebody else wrote.
    #[error("{}: holds a crate that topsdk did not generate; choose another folder", folder.display())]
    ForeignCrate {
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{}: cannot be {doing}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read`, `written`, `removed` or `listed`.
        doing: &'static str,
        /// What the operating system says.
        source: std::io::Error,
    },
}

impl Update {
    /// Whether nothing had to change and nothing was refused.
    pub fn is_up_to_date(&self) -> bool {
        self.files.is_empty() && self.apis.iter().all(|api| matches!(api.outcome, Outcome::Unchanged))
    }
}

impl Workspace {
    /// The repository in this folder.
    ///
    /// # Errors
    /// Where the folder holds no `spec/pages`.
    pub fn open(root: impl Into<PathBuf>) -> Result<Workspace, Error> {
        let root = root.into();
        match root.join(PAGES).is_dir() {
            true => Ok(Workspace { root }),
            false => Err(Error::NotARepository { root }),
        }
    }

    /// Reads the pages, makes specs and modules of them, and writes what differs from what is there.
    ///
    /// A page that cannot be read leaves everything of its API as it is, and the other APIs go on. Each file is written whole or
    /// not at all.
    ///
    /// # Errors
    /// Where the repository itself is not in order, or a file cannot be written. Files written before stay.
    pub fn update(&self, options: &Options) -> Result<Update, Error> {
        let files = Files::new(&self.root)?;
        if options.pages.is_empty()
            && let Some(update) = warm::recall(&files)?
        {
            return Ok(update);
        }
        let register = Register::load(&self.root.join(NAMES))?;
        let overrides = Overrides::load(&self.root.join(OVERRIDES))?;
        let specs = specs(&files)?;
        let pages = Pages::read(&files, &options.pages)?;
        let chosen = pages.choose(&specs, overrides);
        let mut plan = Plan::of(&specs, &register, chosen, options.pages.is_empty());
        plan.emit();
        let update = plan.carry_out(&files, options.check)?;
        if options.pages.is_empty() && !options.check {
            warm::remember(&files, &update)?;
        }
        Ok(update)
    }
}

/// The specs on disk, by method. One that cannot be read is as good as none: its page says it again.
fn specs(files: &Files) -> Result<BTreeMap<String, Api>, Error> {
    let paths: Vec<String> = files.list(SPECS)?.into_iter().filter(|path| path.ends_with(".json")).collect();
    let specs: Vec<Option<Api>> = paths
        .par_iter()
        .map(|path| {
            Ok(files
                .read_text(path)?
                .and_then(|text| Api::from_json(&text).ok())
                .filter(|api| spec_file(&api.method) == *path))
        })
        .collect::<Result<_, Error>>()?;
    Ok(specs.into_iter().flatten().map(|api| (api.method.clone(), api)).collect())
}

fn spec_file(method: &str) -> String {
    format!("{SPECS}/{method}.json")
}

/// A path below the root as the system writes it.
fn native(root: &Path, path: &str) -> PathBuf {
    path.split('/').fold(root.to_owned(), |folder, name| folder.join(name))
}
