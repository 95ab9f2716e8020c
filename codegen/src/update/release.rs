//! Releases a version: moves the unreleased part of the changelog under its version.

use crate::diff::Verdict;
use crate::diff::report::{self, version_numbers};

use super::changelog::Changelog;
use super::files::Files;
use super::lock::Lock;
use super::specs::StoredSpecs;
use super::unreleased::Unreleased;
use super::writes::{WriteStep, Writes};
use super::{CHANGELOG, NextVersion, UNRELEASED, UpdateError, Workspace, version};

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

impl Workspace {
    /// Moves everything unreleased in `CHANGELOG.md` under a version, such as `0.2.0`, and empties `spec/unreleased.json`.
    ///
    /// If a release is interrupted, the same call completes it.
    ///
    /// # Errors
    /// Returns an error if the version does not have three numbers or is not above the last one, if nothing is unreleased,
    /// if the changelog has changed since the last update, or if a file cannot be read or written.
    pub fn release(&self, version: &str) -> Result<Release, UpdateError> {
        let files = Files::new(&self.root)?;
        let _lock = Lock::take(&files)?;
        let changelog = Changelog::read(&files)?;
        let unreleased = Unreleased::read(&files)?;
        let specs = StoredSpecs::read(&files)?;
        let refused = |problem: String| UpdateError::Version { version: version.to_owned(), problem };
        let Some(numbers) = version_numbers(version) else {
            return Err(refused("expected three numbers, such as 0.2.0".to_owned()));
        };
        let empty = Unreleased::default().to_json();
        let is_interrupted = changelog.is_released(version) && files.differs(UNRELEASED, Some(&empty))?;
        let mut intended = vec![(WriteStep::Forgotten, UNRELEASED.to_owned(), Some(empty))];
        let mut next = None;
        if !is_interrupted {
            if changelog.has(version) {
                return Err(refused(format!("{CHANGELOG} already has a section for this version")));
            }
            if let Some(latest) = changelog.latest().filter(|latest| version_numbers(latest) >= Some(numbers)) {
                return Err(refused(format!("expected a version above the last release, {latest}")));
            }
            let diff = unreleased.diff(|method| specs.by_method.get(method));
            if changelog.with(&report::changelog(&diff)) != changelog.text() {
                return Err(refused(format!("{CHANGELOG} is not up to date: run `topsdk update` first")));
            }
            if diff.changes.is_empty() && changelog.verdict() == Verdict::None {
                return Err(refused("there are no unreleased changes".to_owned()));
            }
            let text = changelog.released(version);
            let text = text.ok_or_else(|| refused(format!("{CHANGELOG} has no section `## Unreleased`")))?;
            next = version::next(&files, &changelog, diff.verdict())?;
            intended.push((WriteStep::Changelog, CHANGELOG.to_owned(), Some(text)));
        }
        let mut writes = Writes::default();
        writes.add(&files, intended)?;
        writes.carry_out(&files)?;
        Ok(Release { entries: changelog.entries().count(), files: writes.shared(), next })
    }
}
