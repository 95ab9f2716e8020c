//! Which version of the crate comes next.

use crate::diff::{Verdict, report};

use super::changelog::Changelog;
use super::files::Files;
use super::{Error, MANIFEST};

/// The manifest of the whole, where the crate's version may stand.
const ROOT_MANIFEST: &str = "Cargo.toml";

/// The version that the crate should have at its next release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextVersion {
    /// The version that the verdict counts from: the last release, as far as the changelog knows one; else what the
    /// manifest says.
    pub since: String,
    /// The verdict on all that is unreleased, of the APIs and of entries that were written by hand.
    pub verdict: Verdict,
    /// The version to release.
    pub next: String,
    /// Whether the manifest says so already, or says more.
    pub is_set: bool,
}

/// What comes after the manifest's version, where the APIs' unreleased changes have this verdict. `None` where nothing is
/// unreleased, and where the manifest has no version of three numbers.
pub(super) fn next(files: &Files, changelog: &Changelog, verdict: Verdict) -> Result<Option<NextVersion>, Error> {
    let Some(manifest) = of_manifest(files)? else { return Ok(None) };
    let verdict = verdict.max(changelog.verdict());
    if verdict == Verdict::None {
        return Ok(None);
    }
    // A version that is above the last release was raised for what is unreleased, maybe for less than it is now.
    let is_below = |version: &&str| numbers(version) < numbers(&manifest);
    let since = changelog.latest().filter(is_below).unwrap_or(&manifest).to_owned();
    let Some(next) = report::next_version(&since, verdict) else { return Ok(None) };
    let is_set = numbers(&manifest) >= numbers(&next);
    let next = if is_set { manifest } else { next };
    Ok(Some(NextVersion { since, verdict, next, is_set }))
}

/// The version of the generated crate, its own or the workspace's.
fn of_manifest(files: &Files) -> Result<Option<String>, Error> {
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
    Ok(version.filter(|version| numbers(version).is_some()))
}

fn table(files: &Files, path: &str) -> Result<Option<toml::Table>, Error> {
    Ok(files.read_text(path)?.and_then(|text| text.parse().ok()))
}

/// The three numbers of a version.
pub(super) fn numbers(version: &str) -> Option<[u64; 3]> {
    let numbers: Vec<u64> = version.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    numbers.try_into().ok()
}
