//! Errors for files that could not be read as a documentation page.

use topsdk_spec::Side;

use crate::page::words::clip;

/// The error for a file that is not a complete documentation page. Every message names the file, what was found and what to
/// do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is empty or contains only white space.
    #[error("{page}: the file is empty; save the page again")]
    Empty {
        /// The page's file.
        page: String,
    },
    /// The file is larger than the limit.
    #[error("{page}: {bytes} bytes, expected at most {limit}; is this a documentation page?")]
    TooLarge {
        /// The page's file.
        page: String,
        /// The size of the file in bytes.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The file is neither an API page nor the document of an API.
    #[error("{page}: not an API page: {found}; expected the page of one API (a method name, 请求参数, 响应参数)")]
    NotApiPage {
        /// The page's file.
        page: String,
        /// What was found instead.
        found: String,
    },
    /// The file is a login page.
    #[error("{page}: a login page ({found}); log in first, or save the page from a browser that is logged in")]
    Login {
        /// The page's file.
        page: String,
        /// The text that identifies the login page.
        found: String,
    },
    /// The site's protection responded in place of the page.
    #[error("{page}: the site blocked the request ({found}); wait, then fetch the page again")]
    Blocked {
        /// The page's file.
        page: String,
        /// The mark of the protection in the response.
        found: String,
    },
    /// The document endpoint returned a failure, such as an expired token.
    #[error("{page}: the document endpoint refused: code {code}, {message}; fetch the document again")]
    Refused {
        /// The page's file.
        page: String,
        /// The `code` of the response.
        code: String,
        /// The `msg` or `errMsg` of the response.
        message: String,
    },
    /// The page ends too early.
    #[error("{page}: cut off after byte {offset}, in {section}: {detail}; save or fetch the page again")]
    Cut {
        /// The page's file.
        page: String,
        /// The length of the decoded text, in bytes.
        offset: usize,
        /// The last section that begins before the end.
        section: String,
        /// What is missing.
        detail: String,
    },
    /// The page is an empty shell: the browser loads the document by a script.
    #[error(
        "{page}: a page that a script fills in the browser; the saved file has no parameters; get the document with `topsdk fetch`"
    )]
    Shell {
        /// The page's file.
        page: String,
    },
    /// The page has no table of response parameters.
    #[error("{page}: no table of response parameters (响应参数); sections found: {found}; is the page complete?")]
    NoResponse {
        /// The page's file.
        page: String,
        /// The sections that were found.
        found: String,
    },
    /// A parameter section contains text, but no row could be read from it.
    #[error(
        "{page}:{line}: no row of {section} could be read; it begins {text:?}; expected a table of the parameters, or nothing"
    )]
    NoRows {
        /// The page's file.
        page: String,
        /// The section's heading.
        section: String,
        /// The line of `text`, from 1.
        line: usize,
        /// The first line of the section that is not a column title.
        text: String,
    },
    /// The document is not valid JSON.
    #[error("{page}:{line}:{column}: not JSON: {message}; fetch the document again")]
    Json {
        /// The page's file.
        page: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What was expected and found.
        message: String,
    },
    /// Tags or parameters are nested deeper than the limit.
    #[error("{page}: {what} nested deeper than {limit} near byte {offset}; this is not a page of the site")]
    TooDeep {
        /// The page's file.
        page: String,
        /// What is nested: tags or parameters.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// The byte offset in the decoded text.
        offset: usize,
    },
    /// Broken markup moved rows to a wrong place, or rows were not read.
    #[error("{page}:{line}: rows of {section} ({rows}) {found}; correct the markup, or read the API's document")]
    Rows {
        /// The page's file.
        page: String,
        /// The line of the first of these rows, from 1.
        line: usize,
        /// The heading of the table's section.
        section: String,
        /// The names of the rows.
        rows: String,
        /// What happened to the rows, and why.
        found: String,
    },
    /// A tag has more attributes than the limit.
    #[error("{page}: a tag with more than {limit} attributes at byte {offset}; this is not a page of the site")]
    TooManyAttributes {
        /// The page's file.
        page: String,
        /// The limit.
        limit: usize,
        /// The byte offset in the decoded text.
        offset: usize,
    },
}

impl Error {
    /// Returns the error for a parameter section without rows that contains `text` at byte `at` of the page.
    pub(super) fn no_rows(page: &str, side: Side, content: &str, at: usize, text: &str) -> Error {
        let line = content.get(..at).unwrap_or_default().matches('\n').count() + 1;
        Error::NoRows { page: page.to_owned(), section: side.heading().to_owned(), line, text: clip(text) }
    }
}
