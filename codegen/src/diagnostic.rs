//! What a stage has to say about a page: findings with a place, never printed here.

mod draw;
mod page_text;

pub use page_text::PageText;

use std::ops::Range;

use serde::Serialize;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is lost or doubtful.
    Note,
    /// The spec may not be what the page means.
    Warning,
    /// The page contradicts itself, or cannot be used as it is.
    Error,
}

/// One finding about one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// The finding's name, in kebab case, such as `unknown-type`: what `--explain` and the list of allowed findings take.
    pub name: &'static str,
    /// Where on the page.
    pub place: Place,
    /// What was expected and what was found.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// A place on a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The page's file.
    pub page: String,
    /// The section's heading, such as `响应参数`; empty for the page as a whole.
    pub section: String,
    /// The path of a parameter, such as `result.value`; empty where it is not about one.
    pub path: String,
    /// The row of the table, from 1.
    pub row: Option<usize>,
    /// The cell's column title, such as `类型`; empty for a whole row.
    pub column: String,
    /// The text found there, as it stands on the page.
    pub text: String,
    /// Which bytes of the decoded page hold that text, where they are known.
    pub span: Option<Range<usize>>,
}

impl Diagnostic {
    /// The finding as text for a person: the page's own lines with the place underlined, as rustc draws it.
    ///
    /// `page` is the text that the span counts in. Without it, or without a span, the cell's text is drawn by itself
    /// under the titles of its section and column. Ends in a line feed.
    pub fn render(&self, page: Option<&PageText<'_>>, color: bool) -> String {
        draw::draw(self, page, color)
    }

    /// The finding as one line of JSON, without a line feed.
    ///
    /// Every key is there on every finding, in one order; what is not known is `null`, or empty where it is a text.
    /// `line` and `character` count from 1 and need `page`; `start` and `end` are bytes of the decoded page.
    ///
    /// ```
    /// use topsdk_codegen::diagnostic::{Diagnostic, Place, Severity};
    ///
    /// let place = Place { page: "a.html".into(), path: "id".into(), ..Place::default() };
    /// let found = Diagnostic { severity: Severity::Note, name: "odd", place, message: "x".into(), help: None };
    /// assert_eq!(
    ///     found.to_json(None),
    ///     concat!(
    ///         r#"{"severity":"note","name":"odd","message":"x","help":null,"page":"a.html","section":"","path":"id","#,
    ///         r#""row":null,"column":"","text":"","line":null,"character":null,"start":null,"end":null}"#
    ///     )
    /// );
    /// ```
    pub fn to_json(&self, page: Option<&PageText<'_>>) -> String {
        let place = &self.place;
        let position = page.zip(place.span.as_ref()).map(|(page, span)| page.position(span.start));
        let form = JsonForm {
            severity: self.severity,
            name: self.name,
            message: &self.message,
            help: self.help.as_deref(),
            page: &place.page,
            section: &place.section,
            path: &place.path,
            row: place.row,
            column: &place.column,
            text: &place.text,
            line: position.map(|(line, _)| line),
            character: position.map(|(_, character)| character),
            start: place.span.as_ref().map(|span| span.start),
            end: place.span.as_ref().map(|span| span.end),
        };
        // Writing texts and numbers to memory cannot fail.
        serde_json::to_string(&form).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct JsonForm<'a> {
    severity: Severity,
    name: &'a str,
    message: &'a str,
    help: Option<&'a str>,
    page: &'a str,
    section: &'a str,
    path: &'a str,
    row: Option<usize>,
    column: &'a str,
    text: &'a str,
    line: Option<usize>,
    character: Option<usize>,
    start: Option<usize>,
    end: Option<usize>,
}
