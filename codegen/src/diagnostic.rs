//! What a stage has to say about a page: findings with a place, never printed here.

use std::ops::Range;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
