//! Reports a diff as changelog entries, and suggests the next version number of the generated crate.

use super::markdown::cell;
use super::{Change, Diff, Kind, Verdict, by_api};
use topsdk_spec::Side;

/// The maximum number of APIs with new documentation that are listed by name.
const MOST: usize = 20;

/// Returns the entries of an `Unreleased` section in the format of Keep a Changelog: `### Added`, `### Changed`,
/// `### Deprecated`, `### Removed`, with breaking entries marked and first. Returns an empty string without changes, else
/// text that ends in a line feed.
///
/// A renamed field is one entry under Changed. APIs whose documentation alone changed share one entry.
pub fn changelog(diff: &Diff) -> String {
    let apis = by_api(diff);
    let mut text = String::new();
    for title in ["Added", "Changed", "Deprecated", "Removed"] {
        let mut lines: Vec<String> = apis.iter().flat_map(|changes| entries(changes, title)).collect();
        // The sort is stable: breaking entries come first, and APIs stay in order.
        lines.sort_by_key(|line| !line.starts_with(BREAKING));
        if title == "Changed" {
            lines.extend(documentation(&apis));
        }
        if !lines.is_empty() {
            let blank = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{blank}### {title}\n\n{}\n", lines.join("\n")));
        }
    }
    text
}

/// Returns the next version to release, by the rules of Semantic Versioning as Cargo applies them: below 1.0.0 a major
/// change raises the second number (0.3.1 to 0.4.0) and any other change the third; from 1.0.0 on, major, minor and patch
/// changes raise the first, second and third.
///
/// Returns `None` if `current` is not three numbers: a person has to decide what follows a pre-release.
///
/// ```
/// use topsdk_codegen::diff::{Verdict, report::next_version};
///
/// assert_eq!(next_version("0.3.1", Verdict::Major).as_deref(), Some("0.4.0"));
/// assert_eq!(next_version("0.3.1", Verdict::Minor).as_deref(), Some("0.3.2"));
/// assert_eq!(next_version("1.3.1", Verdict::Minor).as_deref(), Some("1.4.0"));
/// assert_eq!(next_version("1.3.1", Verdict::None).as_deref(), Some("1.3.1"));
/// assert_eq!(next_version("1.0.0-rc.1", Verdict::Patch), None);
/// ```
pub fn next_version(current: &str, verdict: Verdict) -> Option<String> {
    let [major, minor, patch] = version_numbers(current)?;
    let (major, minor, patch) = match (verdict, major) {
        (Verdict::None, _) => (major, minor, patch),
        (Verdict::Major, 0) | (Verdict::Minor, 1..) => (major, minor.checked_add(1)?, 0),
        (Verdict::Major, 1..) => (major.checked_add(1)?, 0, 0),
        (Verdict::Minor, 0) | (Verdict::Patch, _) => (major, minor, patch.checked_add(1)?),
    };
    Some(format!("{major}.{minor}.{patch}"))
}

/// Parses a version of three numbers.
pub(crate) fn version_numbers(version: &str) -> Option<[u64; 3]> {
    let numbers = version.split('.').map(|text| text.parse().ok().filter(|number: &u64| number.to_string() == text));
    numbers.collect::<Option<Vec<u64>>>()?.try_into().ok()
}

/// Changes that affect no item of the crate, but that its users must know about.
const HEAD: [Kind; 2] = [Kind::Auth, Kind::Unlisted];

const BREAKING: &str = "* **Breaking:**";

fn entries(changes: &[Change], title: &str) -> Vec<String> {
    let is_listed = |change: &&Change| change.verdict() > Verdict::Patch || HEAD.contains(&change.kind);
    changes.iter().filter(|change| section(change.kind) == title).filter(is_listed).map(entry).collect()
}

fn section(kind: Kind) -> &'static str {
    match kind {
        Kind::ApiAdded | Kind::Added => "Added",
        Kind::ApiRemoved | Kind::Removed => "Removed",
        Kind::Deprecated => "Deprecated",
        _ => "Changed",
    }
}

fn entry(change: &Change) -> String {
    let mark = if change.verdict() == Verdict::Major { BREAKING } else { "*" };
    let method = cell(&change.method);
    let name = cell(change.path.split_once('.').map_or(change.path.as_str(), |(_, path)| path));
    let what = match change.side {
        Some(Side::Request) => "parameter",
        Some(Side::Response) => "field",
        None => "",
    };
    let shown = |text: &Option<String>| text.as_deref().map(cell).filter(|text| !text.is_empty());
    let (old, new) = (shown(&change.old), shown(&change.new));
    let [was, is] = [&old, &new].map(|text| text.as_deref().unwrap_or("nothing"));
    let text = match change.kind {
        Kind::ApiAdded | Kind::ApiRemoved => old.or(new).map(|title| format!(" ({title})")).unwrap_or_default(),
        Kind::Added | Kind::Removed => format!(": {what} {name} ({})", old.or(new).unwrap_or_default()),
        Kind::Deprecated => format!(": deprecated: {}", new.unwrap_or_default()),
        Kind::Unlisted if new.is_some() => ": not in the platform's catalogue any more".to_owned(),
        Kind::Unlisted => ": in the platform's catalogue again".to_owned(),
        Kind::Order => format!(": the order of {what}s below {}", cell(&change.path)),
        Kind::Auth => format!(": authorisation was {was} and is {is}"),
        Kind::Renamed => format!(": {what} {name} seems to be called {is} now"),
        Kind::Required => format!(": {what} {name} is {}", change.new.as_deref().unwrap_or("optional")),
        kind if kind.is_limit() => format!(": the {} of {what} {name} was {was} and is {is}", kind.name()),
        _ => format!(": {what} {name} was {was} and is {is}"),
    };
    format!("{mark} {method}{text}.")
}

/// Returns one line for all APIs where no item of the crate changed, and more than the kinds in `HEAD`.
fn documentation(apis: &[&[Change]]) -> Option<String> {
    let is_patch = |changes: &&&[Change]| changes[0].verdict() == Verdict::Patch;
    let is_more = |changes: &&&[Change]| changes.iter().any(|change| !HEAD.contains(&change.kind));
    let changed: Vec<String> =
        apis.iter().filter(is_patch).filter(is_more).map(|changes| cell(&changes[0].method)).collect();
    let named = &changed[..changed.len().min(MOST)];
    let more = match changed.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!named.is_empty()).then(|| format!("* Documentation of {}{more}.", named.join(", ")))
}
