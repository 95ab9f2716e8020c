//! The features of the APIs in a manifest that is otherwise kept by hand.

use crate::emit::Features;

/// The line before the features.
pub(super) const START: &str = "# Features of the APIs, written by `topsdk update`:";
/// The line after them.
pub(super) const END: &str = "# End of the features of the APIs.";

/// The manifest with these features; `None` where it lacks the lines that enclose them.
pub(super) fn with_features(manifest: &str, features: &Features) -> Option<String> {
    let (before, rest) = manifest.split_once(&format!("{START}\n"))?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{START}\n{}{END}{after}", features.manifest()))
}
