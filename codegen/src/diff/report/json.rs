//! Reports a diff as JSON.

use serde::Serialize;

use super::{Change, Diff, Effect, Kind, Verdict};
use topsdk_spec::Side;

#[derive(Serialize)]
struct Report<'d> {
    verdict: Verdict,
    changes: Vec<Line<'d>>,
}

#[derive(Serialize)]
struct Line<'d> {
    method: &'d str,
    path: &'d str,
    change: Kind,
    verdict: Verdict,
    effect: Effect,
    side: Option<Side>,
    old: Option<&'d str>,
    new: Option<&'d str>,
}

impl<'d> From<&'d Change> for Line<'d> {
    fn from(change: &'d Change) -> Line<'d> {
        Line {
            method: &change.method,
            path: &change.path,
            change: change.kind,
            verdict: change.verdict(),
            effect: change.effect,
            side: change.side,
            old: change.old.as_deref(),
            new: change.new.as_deref(),
        }
    }
}

/// Returns the diff as JSON on one line, without a line feed: `{"verdict": …, "changes": [{"method", "path", "change",
/// "verdict", "effect", "side", "old", "new"}]}`. Every key is always present. Text that a page does not have is `null`.
///
/// ```
/// let none = topsdk_codegen::diff::Diff::default();
/// assert_eq!(topsdk_codegen::diff::report::json(&none), r#"{"verdict":"none","changes":[]}"#);
/// ```
pub fn json(diff: &Diff) -> String {
    let report = Report { verdict: diff.verdict(), changes: diff.changes.iter().map(Line::from).collect() };
    #[expect(clippy::expect_used, reason = "texts and plain enums are always JSON")]
    serde_json::to_string(&report).expect("a report is JSON")
}
