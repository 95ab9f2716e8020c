//! Reads and edits `CHANGELOG.md`. It is written by hand, except for one block: the changes of the APIs since the last
//! release.
//!
//! The file follows [Keep a Changelog](https://keepachangelog.com/en/1.1.0/). The block is between two comments in the
//! section `## Unreleased` (or `## [Unreleased]`). Text outside of the block stays byte for byte as it is.

use std::ops::Range;

use crate::diff::Verdict;

use super::files::Files;
use super::{CHANGELOG, UpdateError};

/// The line before the block.
const START: &str = "<!-- Changes of the APIs, written by `topsdk update`: -->";
/// The line after the block.
const END: &str = "<!-- End of the changes of the APIs. -->";

/// The head of a new changelog.
const HEAD: &str = "# Changelog\n\nIn the form of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/). Versions follow \
                    [Semantic Versioning](https://semver.org/spec/v2.0.0.html).\n";

/// A changelog with the positions of its parts.
#[derive(Debug)]
pub(super) struct Changelog {
    text: String,
    /// The line ending.
    end: &'static str,
    /// The section of unreleased changes, without its heading.
    unreleased: Option<Range<usize>>,
    /// The start of the first section, or of the links at the end.
    first_section: usize,
    /// The block: without its two comments, and with them.
    block: Option<[Range<usize>; 2]>,
}

impl Changelog {
    /// Reads the changelog of a repository, or returns a new one if there is none.
    ///
    /// # Errors
    /// Returns an error if the file is not UTF-8, or the block has no start or no end.
    pub(super) fn read(files: &Files) -> Result<Changelog, UpdateError> {
        let text = files.read(CHANGELOG)?.map(String::from_utf8).transpose();
        let text = text.map_err(|_| UpdateError::NotText(files.path(CHANGELOG)))?;
        let malformed = |(line, problem)| UpdateError::Changelog(files.path(CHANGELOG), line, problem);
        Changelog::parse(text.unwrap_or_default()).map_err(malformed)
    }

    /// Parses a changelog. A malformed one is an error with its line, from 1, and the problem.
    fn parse(text: String) -> Result<Changelog, (usize, &'static str)> {
        let text = if text.trim().is_empty() { HEAD.to_owned() } else { text };
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut at = 0;
        let lines = text.split_inclusive('\n').enumerate().map(|(index, line)| {
            at += line.len();
            (index + 1, at - line.len()..at, line.trim_end())
        });
        let lines: Vec<(usize, Range<usize>, &str)> = lines.collect();
        let marks: Vec<_> = lines.iter().filter(|(.., line)| [START, END].contains(line)).collect();
        let block = match marks.as_slice() {
            [] => None,
            [(_, first, START), (_, last, END)] => Some([first.end..last.start, first.start..last.end]),
            [(line, _, START)] => return Err((*line, "the block of changes has no end")),
            [(_, _, START), (line, _, START), ..] => return Err((*line, "the block of changes begins a second time")),
            [(_, _, START), _, (line, _, START), ..] => return Err((*line, "there is a second block of changes")),
            [(_, _, START), _, (line, ..), ..] | [(line, ..), ..] => {
                return Err((*line, "the block of changes has no beginning"));
            }
        };
        // Entries in the block have headings, but never of this level. The links of headings are at the end of the file and
        // belong to no section.
        let next_section = |lines: &[(usize, Range<usize>, &str)]| {
            let next = lines.iter().find(|(.., line)| line.starts_with("## ") || is_link(line));
            next.map_or(text.len(), |(_, span, _)| span.start)
        };
        let is_unreleased = |line: &str| {
            let name = line.strip_prefix("## ").map(|name| name.trim().trim_matches(['[', ']']).to_lowercase());
            name.is_some_and(|name| name.starts_with("unreleased"))
        };
        let heading = lines.iter().find(|(.., line)| is_unreleased(line));
        let unreleased = heading.map(|(number, span, _)| span.end..next_section(&lines[*number..]));
        let first_section = next_section(&lines);
        Ok(Changelog { text, end, unreleased, first_section, block })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the entries in the block.
    pub(super) fn entries(&self) -> impl Iterator<Item = &str> {
        let block = self.block.as_ref().map_or("", |[inner, _]| &self.text[inner.clone()]);
        block.lines().filter(|line| is_entry(line))
    }

    /// Returns the text with these entries in the block. `diff::report::changelog` writes the entries.
    pub(super) fn with(&self, entries: &str) -> String {
        if let Some([inner, _]) = &self.block {
            return self.replaced(inner.clone(), &self.inner(entries));
        }
        if entries.is_empty() {
            return self.text.clone();
        }
        let block = format!("{end}{START}{end}{}{END}{end}", self.inner(entries), end = self.end);
        match &self.unreleased {
            Some(section) => self.inserted(section.start, &block),
            None => {
                let section = format!("## Unreleased{}{block}{}", self.end, self.end);
                self.inserted(self.first_section, &section)
            }
        }
    }

    /// Returns the text with everything unreleased moved under this version, and an empty block. Returns `None` if there is
    /// no section of unreleased changes.
    pub(super) fn released(&self, version: &str) -> Option<String> {
        let (section, end) = (self.unreleased.clone()?, self.end);
        let heading = format!("{end}## {version}{end}");
        let Some([inner, whole]) = self.block.clone().filter(|[_, whole]| section.contains(&whole.start)) else {
            return Some(self.inserted(section.start, &heading));
        };
        let entries = self.text[inner].trim();
        let entries = if entries.is_empty() { String::new() } else { format!("{entries}{end}") };
        let (before, after) = (&self.text[section.start..whole.start], &self.text[whole.end..section.end]);
        // Without entries, the blank lines before and after the block would be adjacent.
        let after = if entries.is_empty() { after.strip_prefix(end).unwrap_or(after) } else { after };
        let section_text = format!("{end}{START}{end}{END}{end}{heading}{before}{entries}{after}");
        Some(self.replaced(section, &section_text))
    }

    /// Returns what the unreleased entries written by hand mean for the next version: entries marked as breaking need a
    /// major version, entries under Added and Deprecated a minor one.
    pub(super) fn verdict(&self) -> Verdict {
        let section = self.unreleased.clone().map_or("", |section| &self.text[section]);
        let block = self.block.as_ref().map_or("", |[_, whole]| &self.text[whole.clone()]);
        let mut verdict = Verdict::None;
        let mut heading = String::new();
        for line in section.replace(block, "").lines() {
            if let Some(name) = line.strip_prefix("### ") {
                heading = name.trim().to_lowercase();
            } else if is_entry(line) {
                let is_breaking = line.to_lowercase().contains("**breaking");
                verdict = verdict.max(match heading.as_str() {
                    _ if is_breaking => Verdict::Major,
                    "added" | "deprecated" => Verdict::Minor,
                    _ => Verdict::Patch,
                });
            }
        }
        verdict
    }

    /// Returns the versions of three numbers that have a section, the last release first.
    pub(super) fn versions(&self) -> impl Iterator<Item = &str> {
        let headings = self.text.lines().filter_map(|line| line.strip_prefix("## "));
        headings.filter_map(|heading| {
            let name = heading.trim().trim_start_matches('[').trim_start_matches('v');
            let end = name.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(name.len());
            name.get(..end).filter(|version| version.split('.').count() == 3)
        })
    }

    /// Returns the text between the comments for these entries.
    fn inner(&self, entries: &str) -> String {
        let lines = entries.lines().map(|line| format!("{line}{}", self.end)).collect::<String>();
        if lines.is_empty() { lines } else { format!("{end}{lines}{end}", end = self.end) }
    }

    /// Returns the text with whole lines inserted at the start of a line.
    fn inserted(&self, at: usize, lines: &str) -> String {
        let before = &self.text[..at];
        let is_open = !before.is_empty() && !before.ends_with('\n');
        let needs_blank = lines.starts_with('#') && !before.ends_with(&format!("{end}{end}", end = self.end));
        let missing = if is_open { self.end } else { "" }.to_owned() + if needs_blank { self.end } else { "" };
        let lines = if at == self.text.len() {
            lines.trim_end_matches(['\r', '\n']).to_owned() + self.end
        } else {
            lines.to_owned()
        };
        self.replaced(at..at, &format!("{missing}{lines}"))
    }

    fn replaced(&self, range: Range<usize>, text: &str) -> String {
        format!("{}{text}{}", &self.text[..range.start], &self.text[range.end..])
    }
}

/// Returns whether a line is an entry.
pub(super) fn is_entry(line: &str) -> bool {
    line.starts_with("* ") || line.starts_with("- ")
}

/// Returns whether a line is a link definition of a heading.
fn is_link(line: &str) -> bool {
    line.starts_with('[') && line.contains("]: ")
}

#[cfg(test)]
mod tests {
    use crate::diff::Verdict;

    use super::{Changelog, END, HEAD, START};

    const ENTRIES: &str = "### Added\n\n* `b`.\n\n### Removed\n\n* **Breaking:** `a`.\n";

    fn parse(text: &str) -> Changelog {
        Changelog::parse(text.to_owned()).unwrap()
    }

    fn block() -> String {
        format!("{START}\n\n{ENTRIES}\n{END}\n")
    }

    /// Returns the text with the entries. Asserts that writing them twice changes nothing, and that they can be removed
    /// again.
    fn with_entries(text: &str) -> String {
        let once = parse(text).with(ENTRIES);
        assert_eq!(parse(&once).with(ENTRIES), once, "a second time changes nothing");
        assert_eq!(parse(&once).entries().collect::<Vec<_>>(), ["* `b`.", "* **Breaking:** `a`."]);
        let empty = parse(&once).with("");
        assert_eq!(parse(&empty).entries().count(), 0);
        assert_eq!(parse(&empty).with(ENTRIES), once);
        assert_eq!(parse(text).with(""), if text.trim().is_empty() { HEAD } else { text }, "no entries need no block");
        once
    }

    #[test]
    fn a_missing_changelog_is_created() {
        for text in ["", "\n"] {
            assert_eq!(with_entries(text), format!("{HEAD}\n## Unreleased\n\n{}", block()));
        }
    }

    #[test]
    fn a_missing_section_is_inserted_before_all_releases() {
        let release = "## [0.2.0] - 2026-01-01\n\n### Added\n\n* `x`.\n\n[0.2.0]: https://example.com\n";
        let expected = format!("# Changelog\n\nText.\n\n## Unreleased\n\n{}\n{release}", block());
        assert_eq!(with_entries(&format!("# Changelog\n\nText.\n\n{release}")), expected);
        let links = "# Changelog\n\n[Unreleased]: https://example.com\n";
        let expected = format!("# Changelog\n\n## Unreleased\n\n{}\n[Unreleased]: https://example.com\n", block());
        assert_eq!(with_entries(links), expected);
    }

    #[test]
    fn text_outside_of_the_block_is_unchanged() {
        let (head, tail) = (
            "# Changelog\n\n## [Unreleased]\n",
            "\n### Added\n\n* By hand,\n  on two  lines.\t\n\n\n### Added\n- Again.\n\n## 0.1.0\n\n### Removed\n\n* `old`.",
        );
        assert_eq!(with_entries(&format!("{head}{tail}")), format!("{head}\n{}{tail}", block()));
        let moved = format!("{head}{tail}\n{}last", block());
        let changed = parse(&moved).with("### Changed\n\n* `c`.\n");
        assert_eq!(changed, moved.replace(ENTRIES, "### Changed\n\n* `c`.\n"), "it stays where a person puts it");
        let crlf = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(with_entries(&crlf(&format!("{head}{tail}"))), crlf(&format!("{head}\n{}{tail}", block())));
        assert_eq!(
            with_entries("# Changelog\n\n## Unreleased"),
            format!("# Changelog\n\n## Unreleased\n\n{}", block()),
            "a last line without an end gets one"
        );
    }

    #[test]
    fn a_block_without_beginning_or_end_is_an_error() {
        for (text, malformed) in [
            (format!("a\n{START}\nb\n"), (2, "the block of changes has no end")),
            (format!("a\n\n{END}\n"), (3, "the block of changes has no beginning")),
            (format!("{START}\n{START}\n{END}\n"), (2, "the block of changes begins a second time")),
            (format!("{START}\n{END}\n{START}\n{END}\n"), (3, "there is a second block of changes")),
        ] {
            assert_eq!(Changelog::parse(text).unwrap_err(), malformed);
        }
    }

    #[test]
    fn a_release_moves_everything_unreleased_under_its_version() {
        let empty = format!("# Changelog\n\n## Unreleased\n\n{START}\n{END}\n\n## 0.2.0\n");
        let old = "\n## 0.1.0\n\n* x\n";
        for (unreleased, released) in [
            (format!("\n{}", block()), format!("\n{ENTRIES}")),
            (format!("\n{}\n### Fixed\n\n* A bug.\n", block()), format!("\n{ENTRIES}\n### Fixed\n\n* A bug.\n")),
            (format!("\n### Fixed\n\n* A bug.\n\n{}", block()), format!("\n### Fixed\n\n* A bug.\n\n{ENTRIES}")),
            (format!("\n{START}\n{END}\n\n### Fixed\n\n* A bug.\n"), "\n### Fixed\n\n* A bug.\n".to_owned()),
        ] {
            let changelog = parse(&format!("# Changelog\n\n## Unreleased\n{unreleased}{old}"));
            let text = changelog.released("0.2.0").unwrap();
            assert_eq!(text, format!("{empty}{released}{old}"));
            let after = parse(&text);
            assert_eq!(
                (after.versions().next(), after.entries().next(), after.verdict()),
                (Some("0.2.0"), None, Verdict::None)
            );
            assert_eq!(changelog.versions().collect::<Vec<_>>(), ["0.1.0"]);
        }
        let text = parse("# Changelog\n\n## Unreleased\n\n* By hand.\n").released("0.2.0").unwrap();
        assert_eq!(text, "# Changelog\n\n## Unreleased\n\n## 0.2.0\n\n* By hand.\n");
        assert_eq!(parse("# Changelog\n").released("0.2.0"), None);
    }

    #[test]
    fn hand_written_entries_have_a_verdict() {
        for (unreleased, verdict) in [
            (String::new(), Verdict::None),
            (block(), Verdict::None),
            ("### Changed\n\n* Documentation of `a`.\n".to_owned(), Verdict::Patch),
            (format!("### Added\n\n* `a`.\n\n{}\n### Changed\n\n* `b`.\n", block()), Verdict::Minor),
            ("### Deprecated\n\n* `a`.\n".to_owned(), Verdict::Minor),
            ("### Added\n\n* `a`.\n\n### Removed\n\n- **Breaking:** `b`.\n".to_owned(), Verdict::Major),
        ] {
            let text = format!(
                "# Changelog\n\n## Unreleased\n\n{unreleased}\n## v0.3.1 (2026)\n\n### Removed\n\n* **Breaking:** `c`.\n\n## 0.3.0\n"
            );
            let changelog = parse(&text);
            assert_eq!((changelog.verdict(), changelog.versions().next()), (verdict, Some("0.3.1")));
        }
        assert_eq!(parse("").versions().next(), None);
    }
}
