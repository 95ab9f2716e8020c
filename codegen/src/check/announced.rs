//! Whether a document's own list of changes agrees with what a diff finds.

use topsdk_spec::Api;
use topsdk_spec::diff::{Announced, Change, Diff};

use crate::diagnostic::{Diagnostic, Place, Severity};

/// One finding for each row about which the list of a page ([`read::announced`](crate::read::announced)) and the changes
/// from `old` to `new`, which was read from it, do not say the same.
///
/// `diff` may hold the changes of other APIs, too.
pub fn disagreements(announced: &Announced, old: &Api, new: &Api, diff: &Diff) -> Vec<Diagnostic> {
    let changes: Vec<Change> = diff.changes.iter().filter(|change| change.method == new.method).cloned().collect();
    let found = announced.disagreements(old, new, &changes).into_iter().map(|found| Diagnostic {
        severity: Severity::Warning,
        name: "changes-differ",
        place: Place {
            page: new.source.page.clone(),
            section: found.side.heading().to_owned(),
            path: found.path.clone(),
            ..Place::default()
        },
        message: found.to_string(),
        help: Some("compare with the page on the site: the old page may be several versions behind".to_owned()),
    });
    found.collect()
}
