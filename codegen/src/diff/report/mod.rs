//! Formats a diff as text: for a terminal, for a pull request, as JSON, and for a changelog.

mod changelog;
mod markdown;
mod terminal;
mod text;

pub(crate) use changelog::version_numbers;
pub use changelog::{changelog, next_version, version_rule};
pub use markdown::{code, markdown};
pub use terminal::terminal;

use std::cmp::Reverse;

use super::{Change, Diff, Kind, Verdict};

/// Returns the diff as JSON on one line, without a line feed: `{"verdict": …, "changes": [{"method", "path", "change",
/// "verdict", "effect", "side", "old", "new"}]}`. Every key is always present. Text that a page does not have is `null`.
///
/// ```
/// let none = topsdk_codegen::diff::Diff::default();
/// assert_eq!(topsdk_codegen::diff::report::json(&none), r#"{"verdict":"none","changes":[]}"#);
/// ```
pub fn json(diff: &Diff) -> String {
    #[derive(serde::Serialize)]
    struct Report<'d> {
        verdict: Verdict,
        changes: &'d [Change],
    }
    #[expect(clippy::expect_used, reason = "texts and plain enums are always JSON")]
    serde_json::to_string(&Report { verdict: diff.verdict(), changes: &diff.changes }).expect("a report is JSON")
}

/// The changes of one API, worst first.
struct Group<'d> {
    method: &'d str,
    verdict: Verdict,
    changes: &'d [Change],
}

impl Group<'_> {
    fn count(&self, verdict: Verdict) -> usize {
        self.changes.iter().filter(|change| change.verdict() == verdict).count()
    }
}

/// Returns one group per API, the worst first, then by method.
fn groups(diff: &Diff) -> Vec<Group<'_>> {
    let groups = diff.changes.chunk_by(|one, other| one.method == other.method);
    let mut groups: Vec<Group<'_>> = groups
        .filter_map(|changes| {
            let verdict = changes.iter().map(Change::verdict).max()?;
            Some(Group { method: &changes.first()?.method, verdict, changes })
        })
        .collect();
    groups.sort_by_key(|group| (Reverse(group.verdict), group.method));
    groups
}

/// Returns the reason for the verdict, if the kind of the change does not imply it.
fn remark(change: &Change) -> Option<&'static str> {
    (change.effect != change.kind.plain_effect()).then(|| change.effect.text())
}

/// Returns a count such as `1 change in 1 API`.
fn counted(diff: &Diff, groups: &[Group<'_>]) -> String {
    let (changes, apis) = (diff.changes.len(), groups.len());
    let s = |number: usize| if number == 1 { "" } else { "s" };
    format!("{changes} change{} in {apis} API{}", s(changes), s(apis))
}
