//! The repository: `spec/pages` -> `spec/apis` -> `generated/src/apis`, and what changed on the way.

mod changelog;
mod disk;
pub(crate) mod files;
mod forms;
mod lock;
pub(crate) mod loss;
mod manifest;
mod output;
pub(crate) mod pages;
mod plan;
mod transaction;
mod version;
mod warm;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use topsdk_spec::{Api, Diff};

use crate::check::FileError;
use crate::check::lint::allow::Allowances;
use crate::check::overrides::{Applied, Overrides};
use crate::diagnostic::Diagnostic;
use crate::emit;
use crate::names::{Register, RegisterError};
use crate::read;
use disk::{Disk, Real};
use files::{Files, failed};
use lock::Lock;
pub use output::{Crate, Written};
use pages::Pages;
use plan::Plan;
pub use transaction::Recovery;
pub use version::NextVersion;

/// Where the modules are, below the root.
const MODULES: &str = "generated/src/apis";
/// Where the specs are.
const SPECS: &str = "spec/apis";
/// Where the pages are.
const PAGES: &str = "spec/pages";
/// Where the overrides are.
const OVERRIDES: &str = "spec/overrides";
/// Findings that may stay.
const ALLOWANCES: &str = "spec/lint.toml";
/// Names that more than one item of an API wished for.
const NAMES: &str = "spec/names.json";
/// The manifest with the features of the APIs.
const MANIFEST: &str = "generated/Cargo.toml";
/// What users of the crate have to know about each release.
const CHANGELOG: &str = "CHANGELOG.md";

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
    /// APIs, by method, whose pages may have lost a section, or have become the page of another API.
    pub accept: Vec<String>,
}

/// What an update did, or would do.
#[derive(Debug, Default)]
pub struct Update {
    /// Every API, by method; those that were refused before they had a method, by page.
    pub apis: Vec<ApiUpdate>,
    /// Files of no single API that changed (modules of prefixes, the manifest's features, contested names, the changelog),
    /// below the root.
    pub files: Vec<String>,
    /// What changed for users of the crate.
    pub diff: Diff,
    /// The entries for the changelog, whether they stand there already or not; empty without changes.
    pub changelog: String,
    /// Whether some of these take back an entry of an earlier update: that one is removed, and they are not written.
    pub takes_back: bool,
    /// The version to release next; `None` without changes, and where the manifest has no version of three numbers.
    pub next: Option<NextVersion>,
    /// What became of an earlier update that had been cut off.
    pub recovery: Option<Recovery>,
    /// What was found on the pages that were read; of lints, on those that are new or say something else now.
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
    /// The page lacks what it had: more likely half a page than a change.
    #[error(
        "{page}: has lost {what}; if that is no half page but a change of the API, accept it with `--accept {method}`"
    )]
    Lost {
        /// The page.
        page: String,
        /// Its API.
        method: String,
        /// The sections that are gone, and how many rows they had.
        what: String,
    },
    /// The page of one API has become that of another.
    #[error(
        "{page}: was the page of `{was}` and is that of `{is}`; save `{is}` under its own name and get the old page back, or \
         accept it with `--accept {was}`"
    )]
    OtherMethod {
        /// The page.
        page: String,
        /// The API that was read from it.
        was: String,
        /// The API that it describes now.
        is: String,
    },
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
    /// A mistake in the overrides, or in the file of findings that may stay.
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
    /// Another update is at work.
    #[error("{}: another `topsdk update` is at work in this repository; try again when it has ended", path.display())]
    Busy {
        /// The lock.
        path: PathBuf,
    },
    /// An earlier update was cut off, and this one is not to write.
    #[error("an update was cut off half way: run `topsdk update`, which finishes or undoes it")]
    Unfinished,
    /// What an earlier update has left cannot be read.
    #[error("{}: is no journal of an update: {problem}; remove it and run `topsdk update`", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Some of the files have been written, and cannot be made as they were.
    #[error("{cause}; what was written before cannot be undone now ({source}): the next `topsdk update` does it")]
    HalfDone {
        /// Why not all was written.
        cause: Box<Error>,
        /// Why it was not undone.
        source: Box<Error>,
    },
    /// A file where a spec should be, and no page that it could be made from again.
    #[error("{}: is no spec, and no page gives one of this API: mend it, or remove it where the API is gone", path.display())]
    Spec {
        /// The file.
        path: PathBuf,
    },
    /// A file of another encoding.
    #[error("{}: expected UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{}: cannot be {doing}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read`, `written`, `removed`, `listed` or `locked`.
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

    /// Reads the pages, makes specs and modules of them, and writes what differs from what is there, with the changelog's
    /// entries.
    ///
    /// A page that cannot be read, or looks like half a page, leaves everything of its API as it is, and the other APIs go
    /// on. All files are written or none; an update that was cut off is finished or undone first.
    ///
    /// # Errors
    /// Where the repository itself is not in order, another update is at work, or a file cannot be written. No file has
    /// changed then.
    pub fn update(&self, options: &Options) -> Result<Update, Error> {
        self.update_on(&Real, options, &|| {})
    }

    /// The same, watched: `step` is called for each page that was read and for each module that was made, by any thread.
    ///
    /// # Errors
    /// As of [`Workspace::update`].
    pub fn update_watched(&self, options: &Options, step: &(dyn Fn() + Sync)) -> Result<Update, Error> {
        self.update_on(&Real, options, step)
    }

    /// How many pages there are, in all forms.
    ///
    /// # Errors
    /// Where the folder cannot be listed.
    pub fn page_count(&self) -> Result<usize, Error> {
        Ok(Files::new(&self.root)?.list(PAGES)?.len())
    }

    fn update_on(&self, disk: &dyn Disk, options: &Options, step: &(dyn Fn() + Sync)) -> Result<Update, Error> {
        let files = Files::new(&self.root)?;
        let _lock = if options.check { Lock::share(&files)? } else { Lock::take(&files)? };
        let recovery = match options.check {
            true if transaction::is_unfinished(&files) => return Err(Error::Unfinished),
            true => None,
            false => transaction::recover(&files, disk)?,
        };
        if options.pages.is_empty()
            && let Some(update) = warm::recall(&files)?
        {
            return Ok(Update { recovery, ..update });
        }
        let register = Register::load(&self.root.join(NAMES))?;
        let overrides = Overrides::load(&self.root.join(OVERRIDES))?;
        let allowances = Allowances::load(&self.root.join(ALLOWANCES))?;
        let specs = Specs::read(&files)?;
        let pages = Pages::read(&files, &options.pages, step)?;
        let mut choice = pages.choose(&specs.by_method, overrides);
        choice.doubt(&specs.by_method, &options.accept);
        choice.lint(&specs.by_method, &allowances);
        if let Some(method) = specs.unreadable.iter().find(|method| !choice.apis.contains_key(*method)) {
            return Err(Error::Spec { path: files.path(&spec_file(method)) });
        }
        let mut plan = Plan::of(&specs, &register, choice, options.pages.is_empty());
        plan.emit(step);
        let (update, transaction) = plan.carry_out(&files)?;
        if !options.check {
            transaction.carry_out(disk)?;
        }
        if options.pages.is_empty() && !options.check {
            // All is done. Where even this has no room, the next update reads the pages again.
            let _ = warm::remember(&files, &update);
        }
        Ok(Update { recovery, ..update })
    }
}

/// The specs on disk.
struct Specs {
    by_method: BTreeMap<String, Api>,
    /// The methods of files that hold none. Their pages say it again.
    unreadable: BTreeSet<String>,
}

impl Specs {
    fn read(files: &Files) -> Result<Specs, Error> {
        let paths: Vec<String> = files.list(SPECS)?.into_iter().filter(|path| path.ends_with(".json")).collect();
        let read: Vec<(String, Option<Api>)> = paths
            .into_par_iter()
            .map(|path| {
                let api = files.read_text(&path)?.and_then(|text| Api::from_json(&text).ok());
                let api = api.filter(|api| spec_file(&api.method) == path);
                Ok((path, api))
            })
            .collect::<Result<_, Error>>()?;
        let mut specs = Specs { by_method: BTreeMap::new(), unreadable: BTreeSet::new() };
        for (path, api) in read {
            match api {
                Some(api) => drop(specs.by_method.insert(api.method.clone(), api)),
                None => specs.unreadable.extend(method_of(&path).map(str::to_owned)),
            }
        }
        Ok(specs)
    }
}

fn spec_file(method: &str) -> String {
    format!("{SPECS}/{method}.json")
}

/// The method whose spec this file is.
fn method_of(path: &str) -> Option<&str> {
    path.strip_prefix(SPECS)?.strip_prefix('/')?.strip_suffix(".json")
}

/// A path below the root as the system writes it.
fn native(root: &Path, path: &str) -> PathBuf {
    path.split('/').fold(root.to_owned(), |folder, name| folder.join(name))
}
