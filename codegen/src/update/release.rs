//! Releases a version, and determines which version is to be released next.

use super::changelog::Changelog;
use super::files::Files;
use super::specs::{Released, StoredSpecs, released_json};
use super::writes::{WriteStep, carry_out, differing};
use super::{CHANGELOG, FOLDERS, MANIFEST, UNRELEASED, UpdateError, Workspace};
use crate::diff::report::{self, version_numbers};
use crate::diff::{Diff, Verdict};

/// The manifest of the workspace, which may declare the version of the crate.
const ROOT_MANIFEST: &str = "Cargo.toml";

/// The result of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The number of API entries that are now under the version.
    pub entries: usize,
    /// The changed files, below the root.
    pub files: Vec<String>,
    /// The version that the changes require; `None` if nothing is unreleased.
    pub next: Option<NextVersion>,
}

/// The version that the next release of the crate should have.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct NextVersion {
    /// The version that the verdict is relative to: the last release in the changelog, else the version in the manifest.
    pub since: String,
    /// The verdict on everything unreleased: changes of APIs, and entries written by hand.
    pub verdict: Verdict,
    /// The version to release.
    pub version: String,
    /// Whether the manifest has this version already, or a higher one.
    pub is_set: bool,
}

impl Workspace {
    /// Moves everything unreleased in `CHANGELOG.md` under a version, such as `0.2.0`, and empties `spec/unreleased.json`.
    ///
    /// If a release is interrupted, the same call completes it.
    ///
    /// # Errors
    /// Returns an error if the version does not have three numbers or is not above the last one, if nothing is unreleased,
    /// if the changelog has changed since the last update, or if a file cannot be read or written.
    pub fn release(&self, version: &str) -> Result<Release, UpdateError> {
        let files = Files::new(&self.root)?.locked()?;
        let changelog = Changelog::read(&files)?;
        let specs = StoredSpecs::read(&files)?;
        let refused = |problem: String| UpdateError::Version(version.to_owned(), problem);
        let Some(numbers) = version_numbers(version) else {
            return Err(refused("expected three numbers, such as 0.2.0".to_owned()));
        };
        let entries = changelog.entries().count();
        let has_section = changelog.versions().any(|other| other == version);
        let empty = released_json(&Released::default());
        let is_interrupted = has_section && entries == 0 && files.differs(UNRELEASED, Some(&empty))?;
        let mut intended = vec![(WriteStep::Forgotten, UNRELEASED.to_owned(), Some(empty))];
        let mut next = None;
        if !is_interrupted {
            if has_section {
                return Err(refused(format!("{CHANGELOG} already has a section for this version")));
            }
            if let Some(latest) = changelog.versions().next().filter(|latest| version_numbers(latest) >= Some(numbers))
            {
                return Err(refused(format!("expected a version above the last release, {latest}")));
            }
            let versions = |(method, released)| [Option::as_ref(released), specs.by_method.get::<String>(method)];
            let diff = Diff::of(specs.released.iter().map(versions));
            if changelog.with(&report::changelog(&diff)) != changelog.text() {
                return Err(refused(format!("{CHANGELOG} is not up to date: run `topsdk update` first")));
            }
            if diff.changes.is_empty() && changelog.verdict() == Verdict::None {
                return Err(refused("there are no unreleased changes".to_owned()));
            }
            let text = changelog.released(version);
            let text = text.ok_or_else(|| refused(format!("{CHANGELOG} has no section `## Unreleased`")))?;
            next = next_version(&files, &changelog, diff.verdict())?;
            intended.push((WriteStep::Changelog, CHANGELOG.to_owned(), Some(text)));
        }
        let writes = differing(&files, intended)?;
        let mut changed: Vec<String> = writes.iter().map(|(_, path, _)| path.clone()).collect();
        changed.sort();
        carry_out(&files, &FOLDERS, writes)?;
        Ok(Release { entries, files: changed, next })
    }
}

/// Returns the version after the manifest's, given the verdict on the APIs' unreleased changes. Returns `None` if nothing
/// is unreleased, or if the version in the manifest does not have three numbers.
pub(super) fn next_version(
    files: &Files,
    changelog: &Changelog,
    verdict: Verdict,
) -> Result<Option<NextVersion>, UpdateError> {
    let table = |path| -> Result<toml::Table, UpdateError> {
        Ok(files.read_text(path)?.and_then(|text| text.parse().ok()).unwrap_or_default())
    };
    let (own, root) = (table(MANIFEST)?, table(ROOT_MANIFEST)?);
    let inherited = || root.get("workspace")?.get("package")?.get("version")?.as_str();
    let manifest = own.get("package").and_then(|package| package.get("version"));
    let manifest = manifest.and_then(|version| version.as_str().or_else(inherited));
    let verdict = verdict.max(changelog.verdict());
    let Some(manifest) = manifest.filter(|version| version_numbers(version).is_some() && verdict > Verdict::None)
    else {
        return Ok(None);
    };
    // A version above the last release was raised for unreleased changes, but perhaps for smaller ones than there are now.
    let is_below = |version: &&str| version_numbers(version) < version_numbers(manifest);
    let since = changelog.versions().next().filter(is_below).unwrap_or(manifest).to_owned();
    Ok(report::next_version(&since, verdict).map(|next| {
        let is_set = version_numbers(manifest) >= version_numbers(&next);
        NextVersion { since, verdict, version: if is_set { manifest.to_owned() } else { next }, is_set }
    }))
}
