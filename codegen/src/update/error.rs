//! Why an update does nothing, or nothing for one API.

use std::path::PathBuf;

use crate::catalogue::CatalogueError;
use crate::check::FileError;
use crate::emit;
use crate::emit::ManifestError;
use crate::names::RegisterError;
use crate::read;

/// Longer methods would make a file name that some file systems refuse. The longest real one has 71 letters.
pub(super) const LONGEST_METHOD: usize = 160;

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
    /// The file of the page is skipped, so that nobody knows what it says.
    #[error("{page}: is not read, because {reason}; put a regular file with an ordinary name there, or remove it")]
    Skipped {
        /// The page, or the folder that it is in.
        page: String,
        /// Why it is skipped.
        reason: &'static str,
    },
    /// An override does not fit the page.
    #[error(transparent)]
    Override(#[from] FileError),
    /// The page lacks what it had: more likely a degraded page than a change.
    #[error("{page}: has lost {what}; if the API has really changed, accept it with `--accept {method}`")]
    Lost {
        /// The page.
        page: String,
        /// Its API.
        method: String,
        /// What is gone, and how much of it.
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
        LONGEST_METHOD
    )]
    Method {
        /// The page.
        page: String,
        /// What stands where the method should.
        method: String,
    },
    /// The specs of two methods would share a file where case does not matter.
    #[error(
        "{page}: `{method}` differs from `{other}` in case alone, so on some systems their specs would share a file; keep the page \
         of one of them"
    )]
    SameInAnyCase {
        /// The page.
        page: String,
        /// Its method.
        method: String,
        /// The method that comes first: it is in the repository, or sorts before the other.
        other: String,
    },
    /// This page can be read, but another one of the same API cannot, and that one may count.
    #[error("{0}: another form of the same API cannot be read, and it may hold what this one lacks")]
    OtherForm(String),
    /// The generated code is not Rust.
    #[error(transparent)]
    Emit(#[from] emit::Error),
}

/// Why nothing at all was done, or not all of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no `spec/pages` in this folder.
    #[error("{}: not a repository of topsdk: there is no folder `spec/pages`", .0.display())]
    NotARepository(PathBuf),
    /// This folder of pages holds none. Nothing is removed then: the folder is more likely to be lost than the platform.
    #[error("{}: there is no page in this folder", .0.display())]
    NoPages(PathBuf),
    /// So many APIs have no page any more that the pages are more likely to be lost than the APIs.
    #[error(
        "{}: {} of {total} APIs have no page any more ({}); nothing was written. Get the pages back, or, if these APIs are \
         gone, run the command again with `--accept gone`",
        folder.display(),
        methods.len(),
        first(methods)
    )]
    ManyGone {
        /// The folder of the pages.
        folder: PathBuf,
        /// The APIs without a page, but for those that were accepted.
        methods: Vec<String>,
        /// How many APIs there were.
        total: usize,
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
    /// A mistake in the stored catalogue.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A mistake in the assigned names.
    #[error(transparent)]
    Names(#[from] RegisterError),
    /// The manifest cannot take the features of the APIs.
    #[error("{}: {source}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        source: ManifestError,
    },
    /// The changelog has no place for the changes of the APIs.
    #[error("{}:{line}: {problem}; expected `<!-- Changes of the APIs, … -->` and `<!-- End of the changes of the APIs. -->`, once \
             each and in this order", path.display())]
    Changelog {
        /// The changelog.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        problem: &'static str,
    },
    /// What was released cannot be read.
    #[error("{}: expected an object of specs by method: {source}; get the file back from version control", path.display())]
    Unreleased {
        /// The file.
        path: PathBuf,
        /// What the JSON library says.
        source: serde_json::Error,
    },
    /// The version to be released is not one that can come next.
    #[error("`{version}` cannot be released: {problem}")]
    Version {
        /// The version.
        version: String,
        /// What is wrong with it, and what was expected.
        problem: String,
    },
    /// This file would be written elsewhere, because it, or a folder on its way, is a link.
    #[error("{}: leads out of the repository; nothing is written there", .0.display())]
    Outside(PathBuf),
    /// This folder holds a crate that somebody else wrote.
    #[error("{}: holds a crate that topsdk did not generate; choose another folder", .0.display())]
    ForeignCrate(PathBuf),
    /// Somebody else is at work in this folder, or holds this lock.
    #[error("{}: another `topsdk` is at work in this folder; try again when it has ended", .0.display())]
    Busy(PathBuf),
    /// This file should be a spec, and there is no page that it could be made from again.
    #[error("{}: is no spec, and no page gives one of this API: mend it, or remove it where the API is gone", .0.display())]
    Spec(PathBuf),
    /// This file has another encoding.
    #[error("{}: expected UTF-8", .0.display())]
    NotText(PathBuf),
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

/// The first few of many.
fn first(methods: &[String]) -> String {
    const MOST: usize = 5;
    let named: Vec<&str> = methods.iter().take(MOST).map(String::as_str).collect();
    let more = if methods.len() > MOST { ", …" } else { "" };
    format!("{}{more}", named.join(", "))
}
