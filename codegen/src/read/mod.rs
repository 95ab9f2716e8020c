//! Reads a page's bytes into a spec. Each of four formats has its own reader; all of them produce the same rows, and the
//! result is one API or one error.
//!
//! The format is recognised from the content, never from the file name: HTML as the server renders it
//! ([`topsdk_spec::Layout::Html`]), a copy as Markdown, the page's plain text, or the JSON of the document endpoint. Each
//! reader produces [`Row`]s, and [`crate::tree`] builds the parameters from them.
//!
//! Only the API's own parts are read. The protocol's parameters, samples in languages other than Java, tools and questions
//! are ignored. Everything else that is skipped is reported by a diagnostic, and each row becomes a parameter.

mod document;
mod error;
mod html;
mod html_to_markdown;
mod json;
mod markdown_page;
mod protection;
mod raw_page;
mod report;
mod text;

use sha2::{Digest, Sha256};
use topsdk_spec::{Api, Layout, Side, Source};

use crate::diagnostic::{Diagnostic, Severity};
use crate::page::{Column, Origins, Row, encoding, words};
use crate::tree::{self, Shape, Tree};
#[cfg(feature = "fetch")]
pub(crate) use document::{first_member as first_document_member, response_data};
pub use error::{Error, PageProblem};
#[cfg(feature = "fetch")]
pub(crate) use protection::mark as protection_mark;
use raw_page::RawPage;
use report::ReadReport;

/// The size limit of a page, in bytes. The site's largest page is a quarter of a megabyte.
pub const MAX_BYTES: usize = 64 << 20;

/// The result of reading a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The API that the page documents.
    pub api: Api,
    /// The findings about the page.
    pub diagnostics: Vec<Diagnostic>,
    /// The positions on the page that the API's parts were read from.
    pub origins: Origins,
}

/// Reads a page. `name` is the page's file name, as it appears in the spec and in messages.
///
/// # Errors
/// Returns an [`Error`] if the bytes are not the complete page of one API.
///
/// ```
/// let page = "taobao.time.get (时间)\n\n请求参数\n\n名称 类型 是否必须 示例值 更多限制 描述\n\n响应参数\n\n\
///             名称 类型 示例值 描述\ntime Date 2000-01-01 00:00:00 当前时间\n\n响应示例\n\n\
///             <time_get_response>\n    <time>2000-01-01 00:00:00</time>\n</time_get_response>\n";
/// let reading = topsdk_codegen::read::page("time.txt", page.as_bytes())?;
/// assert_eq!(reading.api.response[0].example, "2000-01-01 00:00:00");
/// # Ok::<(), topsdk_codegen::read::Error>(())
/// ```
pub fn page(name: &str, bytes: &[u8]) -> Result<Reading, Error> {
    read(name, bytes).map_err(|problem| Error { page: name.to_owned(), problem })
}

fn read(name: &str, bytes: &[u8]) -> Result<Reading, PageProblem> {
    if bytes.len() > MAX_BYTES {
        return Err(PageProblem::TooLarge(bytes.len()));
    }
    let (mut content, found) = encoding::decode(name, bytes);
    if content.contains('\r') && !content.contains('\n') {
        content = content.replace('\r', "\n");
    }
    let mut report = ReadReport(found);
    let start = content.trim_start_matches('\u{feff}').trim_start();
    let (layout, raw) = match start.chars().next() {
        None => return Err(PageProblem::Empty),
        Some('{' | '[') => (Layout::Document, document::read(&content, &mut report)),
        Some(_) if !begins(start, &["<!doctype", "<html"]) && markdown_page::is_page(&content) => {
            (Layout::Markdown, markdown_page::read(&content, &mut report))
        }
        Some(_) if is_html(start) => (Layout::Html, html::read(&content, &mut report)),
        Some(_) => (Layout::Text, text::read(&content, &mut report)),
    };
    let mut raw = raw?;
    let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    raw.api.source = Source { page: name.to_owned(), sha256, layout };
    raw.origins.text = content;
    finish(raw, report)
}

/// Returns the text of an HTML fragment, with its line breaks.
#[cfg(feature = "fetch")]
pub(crate) fn plain(fragment: &str) -> String {
    html_to_markdown::from_fragment(fragment).replace("**", "")
}

/// Returns whether a text begins with one of these marks, in any case.
fn begins(text: &str, marks: &[&str]) -> bool {
    marks.iter().any(|mark| text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark)))
}

/// Returns whether a text is HTML: it begins with a tag, or contains markup that only a page has. Tags alone prove nothing:
/// the text of a page contains XML samples, and some fields are called `table`, `body` and `head`.
fn is_html(content: &str) -> bool {
    // XHTML counts as HTML; an XML sample alone does not.
    if content.starts_with('<') && !content.starts_with("<?xml") {
        return true;
    }
    // Several column titles on one line occur in the plain text of a page only. Its descriptions may contain any markup.
    let is_titles = |line: &str| {
        !line.contains('<') && line.split_whitespace().filter(|word| words::column(word).is_some()).count() > 1
    };
    if content.lines().any(is_titles) {
        return false;
    }
    content.match_indices('<').any(|(at, _)| begins(&content[at..], &["<!doctype html", "</td>", "</th>"]))
}

/// Builds the parameters from the rows, and completes the findings.
fn finish(mut raw: RawPage, mut report: ReadReport) -> Result<Reading, PageProblem> {
    for side in [Side::Request, Side::Response] {
        let rows = raw.rows.remove(&side).unwrap_or_default();
        // Most pages show the nesting without the samples.
        let shapes = if tree::is_open(&rows) { raw.shapes(side).collect() } else { Vec::new() };
        let tree = tree::grow(&rows, &shapes).map_err(|tree::TooDeep { row }| PageProblem::TooDeep {
            what: "parameters",
            limit: tree::MAX_DEPTH,
            offset: rows[row].span(Column::Name).map_or(0, |span| span.start),
        })?;
        describe(side, &rows, &tree, &shapes, &mut report);
        report.place_rows(side, &rows, raw.origins.text(), |row| path(&rows, &tree, row));
        let (params, paths) = tree::params(&rows, &tree);
        raw.origins.cells.extend(rows.into_iter().zip(paths).map(|(row, path)| ((side, path), row.spans)));
        match side {
            Side::Request => raw.api.request = params,
            Side::Response => raw.api.response = params,
        }
    }
    let RawPage { mut api, origins, .. } = raw;
    api.auth = api.auth.or_else(|| api.samples.java.as_deref().and_then(raw_page::auth_of_java));
    let diagnostics = report.finish(&api.source.page, &origins);
    Ok(Reading { api, diagnostics, origins })
}

/// Reports rows without a name, and those whose parent is ambiguous or contradictory. The lints check their types.
fn describe(side: Side, rows: &[Row], tree: &Tree, shapes: &[Shape], report: &mut ReadReport) {
    for (row, parents) in &tree.ambiguous {
        let candidates: Vec<String> = parents.iter().map(|&parent| candidate(rows, tree, parent)).collect();
        let why = if shapes.is_empty() { "the page has no sample that shows it" } else { "the samples do not show it" };
        let (name, any, first) = (&rows[*row].name, candidates.join(" or of "), &candidates[0]);
        let message = format!("{name:?} may be a field of {any}: {why}; read as a field of {first}");
        report.add_row(Severity::Warning, "ambiguous-depth", side, *row, Column::Name, message);
        report.help(
            "compare with the page, or read its HTML or document, which nest the rows; else correct it by an override",
        );
    }
    // For object types, a lint reports the missing fields.
    for &row in tree.childless.iter().filter(|row| words::is_basic(&rows[**row].type_name)) {
        let message = format!("{:?} is marked as an object, but no row can be a field of it", rows[row].name);
        report.add_row(Severity::Warning, "mark-without-fields", side, row, Column::Name, message);
    }
    for &under in &tree.unsolved {
        let message = format!(
            "the parents of the rows below {0} could not be solved: too many are possible; each row is read as a field of {0}",
            candidate(rows, tree, under)
        );
        report.add(Severity::Error, "ambiguous-depth", side.heading(), message);
    }
    for (index, _) in rows.iter().enumerate().filter(|(_, row)| row.name.is_empty()) {
        report.add_row(Severity::Error, "empty-name", side, index, Column::Name, "the row has no name".to_owned());
    }
}

/// Formats a candidate parent for a message.
fn candidate(rows: &[Row], tree: &Tree, row: Option<usize>) -> String {
    row.map_or("the top".to_owned(), |row| format!("`{}`", path(rows, tree, row)))
}

/// Returns the path of a row, such as `result.items.value`.
fn path(rows: &[Row], tree: &Tree, row: usize) -> String {
    let up = std::iter::successors(Some(row), |row| tree.parents[*row]);
    let mut names: Vec<&str> = up.map(|row| rows[row].name.as_str()).collect();
    names.reverse();
    names.join(".")
}
