//! Errors for files that could not be read as a documentation page.

use topsdk_spec::Side;

use super::MAX_BYTES;
use crate::page::words::clip;

/// The error for a file that is not a complete documentation page. Every message names the file, what was found and what to
/// do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{page}{problem}")]
#[non_exhaustive]
pub struct Error {
    /// The page's file.
    pub page: String,
    /// What is wrong with the file.
    pub problem: PageProblem,
}

/// What is wrong with a page. Its message continues the name of the file: `: the file is empty …`, `:12: no row of …`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PageProblem {
    /// The file is empty or contains only white space.
    #[error(": the file is empty; save the page again")]
    Empty,
    /// The file has this many bytes, more than [`MAX_BYTES`].
    #[error(": {0} bytes, expected at most {MAX_BYTES}; is this a documentation page?")]
    TooLarge(usize),
    /// The file is neither an API page nor the document of an API, but this.
    #[error(": not an API page: {0}; expected the page of one API (a method name, 请求参数, 响应参数)")]
    NotApiPage(String),
    /// The file is a login page, which this text identifies.
    #[error(": a login page ({0}); log in first, or save the page from a browser that is logged in")]
    Login(String),
    /// The site's protection responded in place of the page, with this mark.
    #[error(": the site blocked the request ({0}); wait, then fetch the page again")]
    Blocked(String),
    /// The document endpoint returned a failure, such as an expired token.
    #[error(": the document endpoint refused: code {code}, {message}; fetch the document again")]
    Refused {
        /// The `code` of the response.
        code: String,
        /// The `msg` or `errMsg` of the response.
        message: String,
    },
    /// The page ends too early.
    #[error(": cut off after byte {offset}, in {section}: {detail}; save or fetch the page again")]
    Cut {
        /// The length of the decoded text, in bytes.
        offset: usize,
        /// The last section that begins before the end.
        section: &'static str,
        /// What is missing.
        detail: &'static str,
    },
    /// The page is an empty shell: the browser loads the document by a script.
    #[error(
        ": a page that a script fills in the browser; the saved file has no parameters; get the document with `topsdk fetch`"
    )]
    Shell,
    /// The page has no table of response parameters, but these sections.
    #[error(": no table of response parameters (响应参数); sections found: {0}; is the page complete?")]
    NoResponse(String),
    /// A parameter section contains text, but no row could be read from it.
    #[error(
        ":{line}: no row of {section} could be read; it begins {text:?}; expected a table of the parameters, or nothing"
    )]
    NoRows {
        /// The line of `text`, from 1.
        line: usize,
        /// The section's heading.
        section: &'static str,
        /// The first line of the section that is not a column title.
        text: String,
    },
    /// The document is not valid JSON.
    #[error(":{line}:{column}: not JSON: {message}; fetch the document again")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What was expected and found.
        message: String,
    },
    /// Tags or parameters are nested deeper than the limit.
    #[error(": {what} nested deeper than {limit} near byte {offset}; this is not a page of the site")]
    TooDeep {
        /// What is nested: tags or parameters.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// The byte offset in the decoded text.
        offset: usize,
    },
    /// A tag has more attributes than the limit.
    #[error(": a tag with more than {limit} attributes at byte {offset}; this is not a page of the site")]
    TooManyAttributes {
        /// The limit.
        limit: usize,
        /// The byte offset in the decoded text.
        offset: usize,
    },
    /// Broken markup moved rows to a wrong place, or rows were not read.
    #[error(":{line}: rows of {section} ({rows}) {found}; correct the markup, or read the API's document")]
    Rows {
        /// The line of the first of these rows, from 1.
        line: usize,
        /// The heading of the table's section.
        section: &'static str,
        /// The names of the rows.
        rows: String,
        /// What happened to the rows, and why.
        found: String,
    },
}

impl PageProblem {
    /// Returns the problem of a parameter section without rows that contains `text` at byte `at` of the page.
    pub(super) fn no_rows(side: Side, content: &str, at: usize, text: &str) -> PageProblem {
        let line = content.get(..at).unwrap_or_default().matches('\n').count() + 1;
        PageProblem::NoRows { line, section: side.heading(), text: clip(text) }
    }
}
