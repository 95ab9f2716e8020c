//! Errors of an update, and reasons to refuse a single API.

use std::path::PathBuf;

use crate::catalogue::CatalogueError;
use crate::check::FileError;
use crate::emit::{self, ManifestError};
use crate::names::RegisterError;
use crate::read;

/// The maximum length of a method: some file systems refuse the file names of longer ones. The longest real method has 71
/// letters.
pub(super) const LONGEST_METHOD: usize = 160;

/// The reason why nothing of an API was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The page cannot be read.
    #[error(transparent)]
    Page(#[from] read::Error),
    /// The file of this page cannot be read.
    #[error("{0}: the file cannot be read: {1}")]
    File(String, #[source] std::io::Error),
    /// This page, or the folder that contains it, is skipped for this reason, so its content is unknown.
    #[error("{0}: skipped, because {1}; replace it with a regular file that has an ordinary name, or remove it")]
    Skipped(String, &'static str),
    /// An override does not match the page.
    #[error(transparent)]
    Override(#[from] FileError),
    /// The page has less content than before: it is more likely degraded than really changed.
    #[error("{page}: has lost {what}; if the API has really changed, accept this page with `--accept {method}`")]
    Lost {
        /// The page.
        page: String,
        /// The method of the API.
        method: String,
        /// The kinds of content that are missing, with counts.
        what: String,
    },
    /// The page of one API now describes another API.
    #[error(
        "{page}: this was the page of `{was}` and is now the page of `{is}`; save the page of `{is}` under its own name and \
         restore the old page, or accept the change with `--accept {was}`"
    )]
    OtherMethod {
        /// The page.
        page: String,
        /// The API that the page described before.
        was: String,
        /// The API that the page describes now.
        is: String,
    },
    /// The method on the page is not a valid file name.
    #[error(
        "{page}: `{method}` is not a valid method: expected at most {} letters, digits, `.`, `-` and `_`",
        LONGEST_METHOD
    )]
    Method {
        /// The page.
        page: String,
        /// The text in place of the method.
        method: String,
    },
    /// The methods of two specs differ only in case, so the specs would share a file on a case-insensitive file system.
    #[error(
        "{page}: `{method}` and `{other}` differ only in case, so their specs would share a file on some systems; keep the page \
         of only one of them"
    )]
    SameInAnyCase {
        /// The page.
        page: String,
        /// Its method.
        method: String,
        /// The method that wins: it is already in the repository, or sorts before the other.
        other: String,
    },
    /// This page can be read, but another page of the same API cannot, and that page may take precedence.
    #[error("{0}: another form of this page cannot be read, and it may contain what this form lacks")]
    OtherForm(String),
    /// The generated code is not valid Rust.
    #[error(transparent)]
    Emit(#[from] emit::EmitError),
}

/// The error that stopped an update, before or while it wrote files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The folder has no `spec/pages`.
    #[error("{}: not a topsdk repository: it has no folder `spec/pages`", .0.display())]
    NotARepository(PathBuf),
    /// The folder of pages is empty. Nothing is removed then: more likely the folder is lost than every API.
    #[error("{}: this folder contains no page", .0.display())]
    NoPages(PathBuf),
    /// So many APIs have lost their page that more likely the pages are lost than the APIs are gone.
    #[error(
        "{}: {} of {total} APIs no longer have a page ({}); nothing was written. Restore the pages, or, if these APIs were \
         removed, run the command again with `--accept gone`",
        folder.display(),
        methods.len(),
        first(methods)
    )]
    ManyGone {
        /// The folder of the pages.
        folder: PathBuf,
        /// The APIs without a page, except for the accepted ones.
        methods: Vec<String>,
        /// The number of APIs before the update.
        total: usize,
    },
    /// A page given by path is not in the repository.
    #[error("{}: not a page in {}; copy it there first", page.display(), folder.display())]
    ForeignPage {
        /// The page.
        page: PathBuf,
        /// The folder of the pages.
        folder: PathBuf,
    },
    /// The overrides, or the file of allowed findings, are invalid.
    #[error(transparent)]
    Overrides(#[from] FileError),
    /// The stored catalogue is invalid.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The file of assigned names is invalid.
    #[error(transparent)]
    Names(#[from] RegisterError),
    /// The features of the APIs cannot be written to this manifest.
    #[error("{}: {}", .0.display(), .1)]
    Manifest(PathBuf, #[source] ManifestError),
    /// The markers of the block for API changes are missing or misplaced in the changelog.
    #[error("{}:{line}: {problem}; expected `<!-- Changes of the APIs, … -->` and `<!-- End of the changes of the APIs. -->`, once \
             each and in this order", path.display())]
    Changelog {
        /// The changelog.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The problem.
        problem: &'static str,
    },
    /// The file of released specs cannot be read.
    #[error("{}: expected an object of specs by method: {}; restore the file from version control", .0.display(), .1)]
    Unreleased(PathBuf, #[source] serde_json::Error),
    /// The version cannot be released next.
    #[error("`{version}` cannot be released: {problem}")]
    Version {
        /// The version.
        version: String,
        /// The problem, with what was expected.
        problem: String,
    },
    /// The file, or a folder on its path, is a link that leads out of the repository.
    #[error("{}: a link on this path leads out of the repository; nothing was written through it", .0.display())]
    Outside(PathBuf),
    /// The folder contains a crate that was not generated by topsdk.
    #[error("{}: contains a crate that topsdk did not generate; choose another folder", .0.display())]
    ForeignCrate(PathBuf),
    /// Another process is working in this folder, or has this lock.
    #[error("{}: another `topsdk` process is using this folder; try again when it has finished", .0.display())]
    Busy(PathBuf),
    /// The file is not a valid spec, and no page describes its API, so it cannot be generated again.
    #[error("{}: not a valid spec, and no page can replace it; repair the file, or remove it if the API no longer exists", .0.display())]
    Spec(PathBuf),
    /// The file is not UTF-8.
    #[error("{}: expected UTF-8", .0.display())]
    NotText(PathBuf),
    /// A file cannot be `read`, `written`, `removed`, `listed` or `locked`.
    #[error("{}: cannot be {}: {}", .0.display(), .1, .2)]
    Io(PathBuf, &'static str, #[source] std::io::Error),
}

/// Returns the first few methods, joined.
fn first(methods: &[String]) -> String {
    const MOST: usize = 5;
    let named: Vec<&str> = methods.iter().take(MOST).map(String::as_str).collect();
    let more = if methods.len() > MOST { ", …" } else { "" };
    format!("{}{more}", named.join(", "))
}
