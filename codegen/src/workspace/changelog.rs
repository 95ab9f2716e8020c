//! Where the entries of an update go in `CHANGELOG.md`, which is otherwise kept by hand.
//!
//! In the form of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/): a section `## Unreleased` (or
//! `## [Unreleased]`), in it one of each kind of change. What stands there stays, in its order; an entry that stands
//! there already is not written again.

use topsdk_spec::diff::Verdict;

/// How a changelog begins that there was none of.
const HEAD: &str = "# Changelog\n\nIn the form of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/). Versions follow \
                    [Semantic Versioning](https://semver.org/spec/v2.0.0.html).\n";

/// The sections of a release, in the order in which they stand.
const SECTIONS: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

/// A changelog, line by line.
pub(super) struct Changelog {
    lines: Vec<String>,
    /// Each line is followed by a carriage return and a line feed.
    is_crlf: bool,
}

impl Changelog {
    /// The changelog of this text; a new one without.
    pub(super) fn of(text: Option<&str>) -> Changelog {
        let text = text.filter(|text| !text.trim().is_empty()).unwrap_or(HEAD);
        let lines = text.lines().map(str::to_owned).collect();
        Changelog { lines, is_crlf: text.contains("\r\n") }
    }

    pub(super) fn text(&self) -> String {
        let end = if self.is_crlf { "\r\n" } else { "\n" };
        self.lines.iter().map(|line| format!("{line}{end}")).collect()
    }

    /// Writes entries, as `topsdk_spec::diff::report::changelog` gives them, into the section of what is unreleased.
    ///
    /// An entry that takes back one of those (the field that was added is removed before any release had it) is not written,
    /// and the other one goes. Tells whether there was such a one.
    pub(super) fn add(&mut self, entries: &str) -> bool {
        let mut section = "";
        let mut takes_back = false;
        for line in entries.lines().filter(|line| !line.is_empty()) {
            match line.strip_prefix("### ") {
                Some(name) => section = name,
                None if self.take_back(section, line) => takes_back = true,
                None => self.entry(section, line),
            }
        }
        takes_back
    }

    /// What the unreleased entries mean for the next version: those that are marked are breaking, those under Added are
    /// new, whoever wrote them.
    pub(super) fn verdict(&self) -> Verdict {
        let Some((start, end)) = self.unreleased() else { return Verdict::None };
        let mut verdict = Verdict::None;
        let mut section = String::new();
        for line in self.lines.get(start..end).unwrap_or_default() {
            if let Some(heading) = heading(line, "### ") {
                section = heading.to_lowercase();
            } else if is_entry(line) {
                let is_breaking = line.to_lowercase().contains("**breaking");
                verdict = verdict.max(match section.as_str() {
                    _ if is_breaking => Verdict::Major,
                    "added" => Verdict::Minor,
                    _ => Verdict::Patch,
                });
            }
        }
        verdict
    }

    /// The latest version that has a section: the last one that was released.
    pub(super) fn latest(&self) -> Option<String> {
        let headings = self.lines.iter().filter_map(|line| heading(line, "## "));
        let versions = headings.filter_map(|heading| {
            let name = heading.trim_start_matches('[').trim_start_matches('v');
            let end = name.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(name.len());
            name.get(..end).filter(|version| version.split('.').count() == 3).map(str::to_owned)
        });
        versions.into_iter().next()
    }

    /// Removes the entry that this one takes back, with its section where nothing else is in it.
    fn take_back(&mut self, section: &str, line: &str) -> bool {
        let Some((other, opposite)) = opposite(section, line) else { return false };
        let Some((start, end)) = self.unreleased() else { return false };
        let mut within = self.lines.get(start..end).unwrap_or_default().iter().enumerate();
        let mut heading_at = None;
        let found = within.find_map(|(index, line)| {
            if heading(line, "### ").is_some() {
                heading_at = is_heading(line, "### ", other).then_some(index);
            }
            heading_at.filter(|_| body(line.trim_end()) == Some(opposite.as_str())).map(|heading| (heading, index))
        });
        let Some((first, index)) = found else { return false };
        self.lines.remove(start + index);
        let below = self.lines.get(start + first + 1..end - 1).unwrap_or_default();
        let length = below.iter().position(|line| heading(line, "### ").is_some()).unwrap_or(below.len());
        if below.iter().take(length).all(|line| line.trim().is_empty()) {
            self.lines.drain(start + first..=start + first + length);
            while self.lines.last().is_some_and(|line| line.trim().is_empty()) {
                self.lines.pop();
            }
        }
        true
    }

    /// Adds one line at the end of a section.
    fn entry(&mut self, section: &str, line: &str) {
        let (start, end) = self.unreleased().unwrap_or_else(|| self.open());
        let within = self.lines.get(start..end).unwrap_or_default();
        if within.iter().any(|other| other.trim_end() == line) {
            return;
        }
        let at = |name: &str| within.iter().position(|line| is_heading(line, "### ", name));
        match at(section) {
            Some(at) => {
                let first = start + at + 1;
                let below = self.lines.get(first..end).unwrap_or_default();
                let length = below.iter().position(|line| heading(line, "### ").is_some()).unwrap_or(below.len());
                let last = below.iter().take(length).rposition(|line| !line.trim().is_empty());
                match last {
                    Some(last) => self.lines.insert(first + last + 1, line.to_owned()),
                    None => self.insert(first, &["", line]),
                }
            }
            None => {
                // Before the first section that comes after it.
                let order = SECTIONS.iter().skip_while(|name| **name != section).skip(1);
                let next = order.filter_map(|name| at(name)).min();
                let last = within.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
                let heading = format!("### {section}");
                match next {
                    Some(next) => self.insert(start + next, &[heading.as_str(), "", line, ""]),
                    None => self.insert(start + last, &["", heading.as_str(), "", line]),
                }
            }
        }
    }

    /// The lines of the section of what is unreleased, without its heading.
    fn unreleased(&self) -> Option<(usize, usize)> {
        let name = |line: &String| heading(line, "## ").map(|name| name.trim_matches(['[', ']']).to_lowercase());
        let start =
            self.lines.iter().position(|line| name(line).is_some_and(|name| name.starts_with("unreleased")))? + 1;
        let below = self.lines.get(start..).unwrap_or_default();
        // Links of the headings stand at the end of the file and belong to no section.
        let is_end = |line: &String| heading(line, "## ").is_some() || (line.starts_with('[') && line.contains("]: "));
        let length = below.iter().position(is_end).unwrap_or(below.len());
        Some((start, start + length))
    }

    /// Opens that section before all others.
    fn open(&mut self) -> (usize, usize) {
        let is_first =
            |line: &String| heading(line, "## ").is_some() || (line.starts_with('[') && line.contains("]: "));
        match self.lines.iter().position(is_first) {
            Some(at) => {
                self.insert(at, &["## Unreleased", ""]);
                (at + 1, at + 2)
            }
            None => {
                self.insert(self.lines.len(), &["", "## Unreleased"]);
                (self.lines.len(), self.lines.len())
            }
        }
    }

    fn insert(&mut self, at: usize, lines: &[&str]) {
        self.lines.splice(at..at, lines.iter().map(|line| (*line).to_owned()));
    }
}

/// The section and the text of the entry that this one takes back; none where there can be no such one.
fn opposite(section: &str, line: &str) -> Option<(&'static str, String)> {
    let body = body(line)?;
    match section {
        "Added" => Some(("Removed", body.to_owned())),
        "Removed" => Some(("Added", body.to_owned())),
        "Changed" => {
            let texts = body.split_once(" was ").and_then(|(what, rest)| Some((what, rest.rsplit_once(" and is ")?)));
            if let Some((what, (old, new))) = texts {
                let new = new.strip_suffix('.')?;
                return Some(("Changed", format!("{what} was {new} and is {old}.")));
            }
            for (one, other) in [("required", "optional"), ("optional", "required")] {
                if let Some(what) = body.strip_suffix(&format!(" is {one}.")) {
                    return Some(("Changed", format!("{what} is {other}.")));
                }
            }
            let (what, new) = body.strip_suffix("` now.")?.split_once("` seems to be called `")?;
            let (above, old) = what.rsplit_once(['.', '`'])?;
            let between = what.get(above.len()..what.len() - old.len())?;
            Some(("Changed", format!("{above}{between}{new}` seems to be called `{old}` now.")))
        }
        _ => None,
    }
}

/// An entry without its mark.
fn body(line: &str) -> Option<&str> {
    let text = line.strip_prefix("* ")?;
    Some(text.strip_prefix("**Breaking:** ").unwrap_or(text))
}

/// The text of a heading of a level.
fn heading<'l>(line: &'l str, level: &str) -> Option<&'l str> {
    line.strip_prefix(level).map(str::trim)
}

fn is_heading(line: &str, level: &str, name: &str) -> bool {
    heading(line, level).is_some_and(|heading| heading.eq_ignore_ascii_case(name))
}

fn is_entry(line: &str) -> bool {
    line.starts_with("* ") || line.starts_with("- ")
}

#[cfg(test)]
mod tests {
    use topsdk_spec::diff::Verdict;

    use super::{Changelog, HEAD};

    const ENTRIES: &str = "### Added\n\n* `b`.\n\n### Removed\n\n* **Breaking:** `a`.\n";

    fn added(text: Option<&str>, entries: &str) -> String {
        let mut changelog = Changelog::of(text);
        changelog.add(entries);
        let once = changelog.text();
        changelog.add(entries);
        assert_eq!(changelog.text(), once, "a second time changes nothing");
        let mut again = Changelog::of(Some(&once));
        again.add(entries);
        assert_eq!(again.text(), once, "nor after reading it again");
        once
    }

    #[test]
    fn a_changelog_that_is_missing_is_begun() {
        for text in [None, Some("\n")] {
            assert_eq!(added(text, ENTRIES), format!("{HEAD}\n## Unreleased\n\n{ENTRIES}"));
        }
    }

    #[test]
    fn a_section_that_is_missing_is_opened_before_all_releases() {
        let release = "## [0.2.0] - 2026-01-01\n\n### Added\n\n* `x`.\n\n[0.2.0]: https://example.com\n";
        let expected = format!("# Changelog\n\nText.\n\n## Unreleased\n\n{ENTRIES}\n{release}");
        assert_eq!(added(Some(&format!("# Changelog\n\nText.\n\n{release}")), ENTRIES), expected);
        let links = "# Changelog\n\n[Unreleased]: https://example.com\n";
        let expected = format!("# Changelog\n\n## Unreleased\n\n{ENTRIES}\n[Unreleased]: https://example.com\n");
        assert_eq!(added(Some(links), ENTRIES), expected);
    }

    #[test]
    fn what_stands_there_stays_and_new_entries_come_after_it() {
        let before = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n* By hand,\n  on two lines.\n\n### Fixed\n\n- A bug.\n\n\
                      ## 0.1.0\n\n### Removed\n\n* `old`.\n";
        let after = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n* By hand,\n  on two lines.\n* `b`.\n\n### Removed\n\n\
                     * **Breaking:** `a`.\n\n### Fixed\n\n- A bug.\n\n## 0.1.0\n\n### Removed\n\n* `old`.\n";
        assert_eq!(added(Some(before), ENTRIES), after);
        let crlf = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(added(Some(&crlf(before)), ENTRIES), crlf(after));
        let empty = "# Changelog\n\n## Unreleased\n\n### Removed\n\n## 0.1.0\n";
        let expected =
            "# Changelog\n\n## Unreleased\n\n### Added\n\n* `b`.\n\n### Removed\n\n* **Breaking:** `a`.\n\n## 0.1.0\n";
        assert_eq!(added(Some(empty), ENTRIES), expected);
    }

    #[test]
    fn an_entry_that_takes_back_another_one_goes_with_it() {
        let head = "# Changelog\n\n## Unreleased\n\n### Fixed\n\n* A bug.\n";
        let with = |section: &str, line: &str| format!("### {section}\n\n{line}\n");
        for (section, line, back, takes_back) in [
            ("Added", "* `m`: field `a.b` (`Number`).", "* **Breaking:** `m`: field `a.b` (`Number`).", "Removed"),
            ("Removed", "* **Breaking:** `m` (`t`).", "* `m` (`t`).", "Added"),
            (
                "Changed",
                "* **Breaking:** `m`: field `a.b` was `Number` and is `String`.",
                "* **Breaking:** `m`: field `a.b` was `String` and is `Number`.",
                "Changed",
            ),
            (
                "Changed",
                "* **Breaking:** `m`: parameter `a` is required.",
                "* **Breaking:** `m`: parameter `a` is optional.",
                "Changed",
            ),
            (
                "Changed",
                "* **Breaking:** `m`: field `a[].b` seems to be called `c` now.",
                "* **Breaking:** `m`: field `a[].c` seems to be called `b` now.",
                "Changed",
            ),
            (
                "Changed",
                "* **Breaking:** `m`: field `b` seems to be called `c` now.",
                "* **Breaking:** `m`: field `c` seems to be called `b` now.",
                "Changed",
            ),
        ] {
            let mut changelog = Changelog::of(Some(head));
            assert!(!changelog.add(&with(section, line)), "{line}");
            assert_ne!(changelog.text(), head);
            assert!(changelog.add(&with(takes_back, back)), "{line}");
            assert_eq!(changelog.text(), head, "{line}");
        }
        let mut changelog = Changelog::of(Some(head));
        changelog.add(&with("Added", "* `m`: field `a` (`Number`).\n* `m`: field `b` (`Number`)."));
        changelog.add(&with("Removed", "* **Breaking:** `m`: field `a` (`Number`)."));
        let expected = head.replace("### Fixed", "### Added\n\n* `m`: field `b` (`Number`).\n\n### Fixed");
        assert_eq!(changelog.text(), expected);
        assert!(!changelog.add(&with("Removed", "* **Breaking:** `m`: field `b` (`Date`).")), "another field");
    }

    #[test]
    fn a_changelog_without_an_end_of_line_gets_one() {
        assert_eq!(
            added(Some("# Changelog\n\n## Unreleased"), "### Added\n\n* `b`.\n"),
            "# Changelog\n\n## Unreleased\n\n### Added\n\n* `b`.\n"
        );
    }

    #[test]
    fn unreleased_entries_have_a_verdict_and_the_latest_release_a_version() {
        for (unreleased, verdict) in [
            ("", Verdict::None),
            ("### Changed\n\n* Documentation of `a`.\n", Verdict::Patch),
            ("### Added\n\n* `a`.\n\n### Changed\n\n* `b`.\n", Verdict::Minor),
            ("### Added\n\n* `a`.\n\n### Removed\n\n- **Breaking:** `b`.\n", Verdict::Major),
        ] {
            let text = format!(
                "# Changelog\n\n## Unreleased\n\n{unreleased}\n## v0.3.1 (2026)\n\n### Removed\n\n* **Breaking:** `c`.\n\n## 0.3.0\n"
            );
            let changelog = Changelog::of(Some(&text));
            assert_eq!((changelog.verdict(), changelog.latest().as_deref()), (verdict, Some("0.3.1")));
        }
        assert_eq!(Changelog::of(None).latest(), None);
    }
}
