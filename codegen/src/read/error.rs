//! Why a file could not be read as a documentation page.

use topsdk_spec::Side;

use crate::page::words::clip;

/// A file that is not a whole documentation page. Every message names the file, what was found and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No bytes, or nothing but blanks.
    #[error("{page}: the file is empty; save the page again")]
    Empty {
        /// The page's file.
        page: String,
    },
    /// More bytes than a page can have.
    #[error("{page}: {bytes} bytes, expected at most {limit}; is this a documentation page?")]
    TooLarge {
        /// The page's file.
        page: String,
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Neither a page of an API nor a document of one.
    #[error("{page}: not an API page: {found}; expected the page of one API (a method name, 请求参数, 响应参数)")]
    NotApiPage {
        /// The page's file.
        page: String,
        /// What stands there instead.
        found: String,
    },
    /// The site asked to log in.
    #[error("{page}: a login page ({found}); log in first, or save the page from a browser that is logged in")]
    Login {
        /// The page's file.
        page: String,
        /// What gave it away.
        found: String,
    },
    /// The site's protection answered in place of the page.
    #[error("{page}: the site blocked the request ({found}); wait, then fetch the page again")]
    Blocked {
        /// The page's file.
        page: String,
        /// The protection's answer.
        found: String,
    },
    /// The document endpoint answered with a failure, such as an expired token.
    #[error("{page}: the document endpoint refused: code {code}, {message}; fetch the document again")]
    Refused {
        /// The page's file.
        page: String,
        /// The answer's `code`.
        code: String,
        /// The answer's `msg` or `errMsg`.
        message: String,
    },
    /// The page ends too early.
    #[error("{page}: cut off after byte {offset}, in {section}: {detail}; save or fetch the page again")]
    Cut {
        /// The page's file.
        page: String,
        /// Where the decoded text ends, in bytes.
        offset: usize,
        /// The last section that had begun.
        section: String,
        /// What is missing.
        detail: String,
    },
    /// The shell of a page that the browser fills: it loads the document by a script.
    #[error(
        "{page}: a page that the browser renders; the file has none of its parameters; get the document by `topsdk fetch`"
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
        /// The sections that are there.
        found: String,
    },
    /// A section of parameters whose text gave no row.
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
    /// A document that is not JSON.
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
    /// Nested deeper than any page.
    #[error("{page}: {what} nested deeper than {limit} near byte {offset}; this is not a page of the site")]
    TooDeep {
        /// The page's file.
        page: String,
        /// The nested things: tags or parameters.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// Where, in bytes of the decoded text.
        offset: usize,
    },
    /// Rows that the markup has moved to where they are not, or that were not read.
    #[error("{page}:{line}: rows of {section} ({rows}) {found}; correct the markup, or read the API's document")]
    Rows {
        /// The page's file.
        page: String,
        /// The line of the first of them, from 1.
        line: usize,
        /// The table.
        section: String,
        /// Their names.
        rows: String,
        /// What became of them, and why.
        found: String,
    },
    /// A tag with more attributes than any page has.
    #[error("{page}: a tag with more than {limit} attributes at byte {offset}; this is not a page of the site")]
    TooManyAttributes {
        /// The page's file.
        page: String,
        /// The limit.
        limit: usize,
        /// Where, in bytes of the decoded text.
        offset: usize,
    },
    /// Rows in are not parameters out: a defect of the reader, never of the page.
    #[error(
        "{page}: {rows} rows of {section} gave {params} parameters; this is a defect of the reader, please report it"
    )]
    Count {
        /// The page's file.
        page: String,
        /// The table.
        section: String,
        /// Rows read.
        rows: usize,
        /// Parameters made of them.
        params: usize,
    },
}

impl Error {
    /// A section of parameters without rows, though `text` at this byte of the page is in it.
    pub(super) fn no_rows(page: &str, side: Side, content: &str, at: usize, text: &str) -> Error {
        let line = content.get(..at).unwrap_or_default().matches('\n').count() + 1;
        Error::NoRows { page: page.to_owned(), section: side.heading().to_owned(), line, text: clip(text) }
    }
}
