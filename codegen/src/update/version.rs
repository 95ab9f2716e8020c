//! Determines the next version of the crate.

use crate::diff::Verdict;
use crate::diff::report::{self, version_numbers};

use super::changelog::Changelog;
use super::files::Files;
use super::{MANIFEST, UpdateError};

/// The manifest of the workspace, which may declare the version of the crate.
const ROOT_MANIFEST: &str = "Cargo.toml";

/// The version that the next release of the crate should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextVersion {
    /// The version that the verdict is relative to: the last release in the changelog, else the version in the manifest.
    pub since: String,
    /// The verdict on everything unreleased: changes of APIs, and entries written by hand.
    pub verdict: Verdict,
    /// The version to release.
    pub next: String,
    /// Whether the manifest has this version already, or a higher one.
    pub is_set: bool,
}

/// Returns the version after the manifest's, given the verdict on the APIs' unreleased changes. Returns `None` if nothing
/// is unreleased, or if the version in the manifest does not have three numbers.
pub(super) fn next(files: &Files, changelog: &Changelog, verdict: Verdict) -> Result<Option<NextVersion>, UpdateError> {
    let Some(manifest) = of_manifest(files)? else { return Ok(None) };
    let verdict = verdict.max(changelog.verdict());
    if verdict == Verdict::None {
        return Ok(None);
    }
    // A version above the last release was raised for unreleased changes, but perhaps for smaller ones than there are now.
    let is_below = |version: &&str| version_numbers(version) < version_numbers(&manifest);
    let since = changelog.latest().filter(is_below).unwrap_or(&manifest).to_owned();
    let Some(next) = report::next_version(&since, verdict) else { return Ok(None) };
    let is_set = version_numbers(&manifest) >= version_numbers(&next);
    let next = if is_set { manifest } else { next };
    Ok(Some(NextVersion { since, verdict, next, is_set }))
}

/// Returns the version of the generated crate, its own or the workspace's.
fn of_manifest(files: &Files) -> Result<Option<String>, UpdateError> {
    let own = table(files, MANIFEST)?;
    let version = match own.as_ref().and_then(|own| own.get("package")?.get("version")) {
        Some(toml::Value::String(version)) => Some(version.clone()),
        Some(_) => {
            let root = table(files, ROOT_MANIFEST)?;
            let version = root.as_ref().and_then(|root| root.get("workspace")?.get("package")?.get("version"));
            version.and_then(|version| version.as_str()).map(str::to_owned)
        }
        None => None,
    };
    Ok(version.filter(|version| version_numbers(version).is_some()))
}

fn table(files: &Files, path: &str) -> Result<Option<toml::Table>, UpdateError> {
    Ok(files.read_text(path)?.and_then(|text| text.parse().ok()))
}
