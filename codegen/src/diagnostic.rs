//! Findings about pages. They are returned, never printed here.

mod draw;
mod page_text;

pub use page_text::PageText;

use std::ops::Range;

use serde::Serialize;

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is lost or uncertain.
    Note,
    /// The spec may not be what the page means.
    Warning,
    /// The page contradicts itself or cannot be used.
    Error,
}

/// One finding about one page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The severity.
    pub severity: Severity,
    /// The name in kebab case, such as `unknown-type`. `lint --explain` and allowances refer to it.
    pub name: &'static str,
    /// What was expected and what was found.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The place on the page.
    #[serde(flatten)]
    pub place: Place,
}

/// A place on a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The page's file.
    pub page: String,
    /// The section's heading, such as `响应参数`; empty for the page as a whole.
    pub section: String,
    /// The path of the parameter, such as `result.value`; empty if the finding is not about one.
    pub path: String,
    /// The row of the table, from 1.
    pub row: Option<usize>,
    /// The cell's column title, such as `类型`; empty for a whole row.
    pub column: String,
    /// The text found there, as on the page.
    pub text: String,
    /// The bytes of the decoded page that hold this text, if known.
    #[serde(skip)]
    pub span: Option<Range<usize>>,
}

impl Diagnostic {
    /// Returns the finding as one line of JSON, without a line feed.
    ///
    /// Every finding has all keys in the same order. Unknown values are `null`, unknown texts empty.
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
        let span = self.place.span.as_ref();
        let (line, character) = page.zip(span).map(|(page, span)| page.position(span.start)).unzip();
        let (start, end) = span.map(|span| (span.start, span.end)).unzip();
        #[expect(clippy::expect_used, reason = "texts and numbers are always JSON")]
        serde_json::to_string(&Located { diagnostic: self, line, character, start, end }).expect("a diagnostic is JSON")
    }
}

/// The JSON form of a finding.
#[derive(Serialize)]
struct Located<'a> {
    #[serde(flatten)]
    diagnostic: &'a Diagnostic,
    line: Option<usize>,
    character: Option<usize>,
    start: Option<usize>,
    end: Option<usize>,
}
