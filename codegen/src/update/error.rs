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
    /// This page of this API has lost this content: it is more likely degraded than really changed.
    #[error("{0}: has lost {2}; if the API has really changed, accept this page with `--accept {1}`")]
    Lost(String, String, String),
    /// This page was the page of this API and is now the page of that one.
    #[error(
        "{0}: this was the page of `{1}` and is now the page of `{2}`; save the page of `{2}` under its own name and restore \
         the old page, or accept the change with `--accept {1}`"
    )]
    OtherMethod(String, String, String),
    /// This page has this text in place of a method. It is not a valid file name.
    #[error("{0}: `{1}` is not a valid method: expected at most {LONGEST_METHOD} letters, digits, `.`, `-` and `_`")]
    Method(String, String),
    /// The methods of this page and of another spec differ only in case, so the specs would share a file on a
    /// case-insensitive file system. The other one is already in the repository, or sorts before this one.
    #[error(
        "{0}: `{1}` and `{2}` differ only in case, so their specs would share a file on some systems; keep the page of only \
         one of them"
    )]
    SameInAnyCase(String, String, String),
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
    /// These of so many APIs have lost their page in this folder that more likely the pages are lost than the APIs are gone.
    #[error(
        "{}: {} of {} APIs no longer have a page ({}); nothing was written. Restore the pages, or, if these APIs were removed, \
         run the command again with `--accept gone`",
        .0.display(), .1.len(), .2, first(.1)
    )]
    ManyGone(PathBuf, Vec<String>, usize),
    /// This page, given by path, is not in this folder of the repository.
    #[error("{}: not a page in {}; copy it there first", .0.display(), .1.display())]
    ForeignPage(PathBuf, PathBuf),
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
    /// The markers of the block for API changes are missing or misplaced at this line of the changelog, from 1.
    #[error("{}:{}: {}; expected `<!-- Changes of the APIs, … -->` and `<!-- End of the changes of the APIs. -->`, once each \
             and in this order", .0.display(), .1, .2)]
    Changelog(PathBuf, usize, &'static str),
    /// The file of released specs cannot be read.
    #[error("{}: expected an object of specs by method: {}; restore the file from version control", .0.display(), .1)]
    Unreleased(PathBuf, #[source] serde_json::Error),
    /// This version cannot be released next, for this reason.
    #[error("`{0}` cannot be released: {1}")]
    Version(String, String),
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
    match methods.get(..5) {
        Some(few) if methods.len() > 5 => format!("{}, …", few.join(", ")),
        _ => methods.join(", "),
    }
}
