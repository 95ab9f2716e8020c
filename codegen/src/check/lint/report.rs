//! Collects findings and locates each on the page.

use std::collections::BTreeMap;
use std::ops::Range;

use topsdk_spec::{Api, Layout, Side};

use super::Lint;
use crate::check::side_rows::SideRows;
use crate::diagnostic::{Diagnostic, Place};
use crate::page::words::clip;
use crate::page::{Column, Origins, SampleKind};
use crate::samples::{entity, escape};

pub(super) struct LintReport<'a> {
    pub(super) api: &'a Api,
    origins: Option<&'a Origins>,
    /// Where the samples with findings stand on the page: see [`runs`].
    runs: BTreeMap<SampleKind, Vec<(usize, usize)>>,
    /// The findings with their sort keys: side (2 for no side) and row (the maximum for no row).
    found: Vec<((usize, usize), Diagnostic)>,
}

impl<'a> LintReport<'a> {
    pub(super) fn new(api: &'a Api, origins: Option<&'a Origins>) -> LintReport<'a> {
        LintReport { api, origins, runs: BTreeMap::new(), found: Vec::new() }
    }

    /// Adds a finding about a cell of a table. `text` is the text of the cell.
    #[expect(clippy::too_many_arguments, reason = "a finding has that many parts, and each call names them in order")]
    pub(super) fn cell(
        &mut self,
        lint: &'static Lint,
        table: &SideRows<'_>,
        row: usize,
        column: Column,
        text: &str,
        message: String,
        help: &str,
    ) {
        let (side, at) = (table.side, table.at(row));
        // An empty cell has nothing to point at, so the span is that of the name.
        let cell =
            |origins: &Origins| origins.cell(side, &at, column).or_else(|| origins.cell(side, &at, Column::Name));
        let place = Place {
            page: self.api.source.page.clone(),
            section: side.heading().to_owned(),
            path: table.path(row),
            row: Some(row + 1),
            column: column.title().to_owned(),
            text: text.to_owned(),
            span: self.origins.and_then(|origins| cell(origins).or_else(|| origins.heading(side.heading()))),
        };
        self.push(lint, (table.side as usize, row), place, message, help);
    }

    /// Adds a finding about a sample. `row` sorts it among the findings about its side's table.
    pub(super) fn sample(
        &mut self,
        lint: &'static Lint,
        kind: SampleKind,
        span: Range<usize>,
        (path, row): (String, Option<(Side, usize)>),
        message: String,
        help: &str,
    ) {
        #[expect(clippy::expect_used, reason = "each caller has read that sample of this page")]
        let sample = kind.of(&self.api.samples).expect("what was found in a sample is found in one that is there");
        let place = Place {
            page: self.api.source.page.clone(),
            section: kind.heading().to_owned(),
            path,
            text: line_of(sample, &span).to_owned(),
            span: self.on_page(kind, sample, span),
            ..Place::default()
        };
        let order = row.map_or((2, usize::MAX), |(side, row)| (side as usize, row));
        self.push(lint, order, place, message, help);
    }

    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|(order, _)| *order);
        self.found.into_iter().map(|(_, diagnostic)| diagnostic).collect()
    }

    fn push(&mut self, lint: &'static Lint, order: (usize, usize), place: Place, message: String, help: &str) {
        let help = Some(help.to_owned()).filter(|help| !help.is_empty());
        let diagnostic = Diagnostic { severity: lint.severity, name: lint.name, place, message, help };
        self.found.push((order, diagnostic));
    }

    /// Returns the position on the page of a part of a sample. If the part is not found, this is the whole sample, or
    /// the heading of its section.
    fn on_page(&mut self, kind: SampleKind, sample: &str, span: Range<usize>) -> Option<Range<usize>> {
        let origins = self.origins?;
        let Some(whole) = origins.sample(kind) else { return origins.heading(kind.heading()) };
        let layout = self.api.source.layout;
        let runs = self.runs.entry(kind).or_insert_with(|| runs(origins.text(), whole.clone(), sample, layout));
        Some(on_page(runs, span).unwrap_or(whole))
    }
}

/// Returns a text of the page for a message: on one line, and truncated.
pub(super) fn shown(text: &str) -> String {
    let escaped = |letter: char| if letter.is_control() { letter.escape_default().to_string() } else { letter.into() };
    clip(text).chars().map(escaped).collect()
}

/// Returns the line of a sample in which a span begins, because a comma alone does not show where a value is missing.
/// Limited to one or two lines of a terminal, because a sample may be a single line of many megabytes.
fn line_of<'a>(sample: &'a str, span: &Range<usize>) -> &'a str {
    let (before, after) = sample.split_at_checked(span.start).unwrap_or((sample, ""));
    let length = |letters: &mut dyn Iterator<Item = char>| -> usize {
        letters.take(120).take_while(|letter| *letter != '\n').map(char::len_utf8).sum()
    };
    let start = before.len() - length(&mut before.chars().rev());
    sample[start..before.len() + length(&mut after.chars())].trim()
}

/// Returns the starts, in a sample and on its page, of the runs that are identical in both. Each run extends to the next
/// one, and an empty one ends the list. The page differs by its markup: entities, escapes, indents.
///
/// Takes one pass over both texts, and ends where they differ in a way that the page's layout does not explain.
fn runs(page: &str, whole: Range<usize>, sample: &str, layout: Layout) -> Vec<(usize, usize)> {
    let (mut j, mut i) = (0, whole.start);
    let page = page.get(..whole.end).unwrap_or_default();
    let mut runs = vec![(j, i)];
    while let Some(letter) = sample[j..].chars().next() {
        let rest = page.get(i..).unwrap_or_default();
        let Some(found) = rest.chars().next() else { break };
        let written = match (layout, found) {
            // A non-breaking space on the page is a blank in the sample.
            (Layout::Html, '&') if rest.starts_with("&nbsp;") => Some((' ', 6)),
            (Layout::Html, '&') => entity(rest),
            (Layout::Document, '\\') => escape(rest),
            _ => None,
        };
        if let Some((_, length)) = written.filter(|(meant, _)| *meant == letter) {
            (j, i) = (j + letter.len_utf8(), i + length);
            runs.push((j, i));
        } else if found == letter {
            (j, i) = (j + letter.len_utf8(), i + letter.len_utf8());
        } else if found.is_whitespace() {
            // Only the page has this indent, or the page has more of it.
            runs.push((j, i));
            i += rest.find(|next: char| next == letter || !next.is_whitespace()).unwrap_or(rest.len());
            runs.push((j, i));
        } else if letter.is_whitespace() {
            let rest = &sample[j..];
            j += rest.find(|next: char| next == found || !next.is_whitespace()).unwrap_or(rest.len());
            runs.push((j, i));
        } else {
            break;
        }
    }
    runs.push((j, i));
    runs
}

/// Returns the byte range on the page of a byte range in the sample, or `None` if the runs end before it.
fn on_page(runs: &[(usize, usize)], span: Range<usize>) -> Option<Range<usize>> {
    runs.last().filter(|(end, _)| span.end <= *end)?;
    // Exclude an indent that only the page has, if it is at the start or the end of the span.
    let (sample, page) = runs[..runs.partition_point(|(sample, _)| *sample <= span.start)].last()?;
    let start = page + (span.start - sample);
    let (before, behind) = runs.split_at(runs.partition_point(|(sample, _)| *sample < span.end));
    let end = match behind.first() {
        Some((sample, page)) if *sample == span.end => *page,
        _ => before.last().map(|(sample, page)| page + (span.end - sample))?,
    };
    Some(start..start.max(end))
}

#[cfg(test)]
mod tests {
    use topsdk_spec::Layout;

    use super::{on_page, runs};

    /// Returns the bytes of the page that correspond to the first `wanted` in the sample.
    fn part_on_page<'a>(layout: Layout, raw: &'a str, sample: &str, wanted: &str) -> Option<&'a str> {
        let at = sample.find(wanted).unwrap();
        let span = on_page(&runs(raw, 0..raw.len(), sample, layout), at..at + wanted.len())?;
        Some(&raw[span])
    }

    #[test]
    fn finds_parts_of_samples_in_every_layout() {
        for (layout, raw, sample, wanted, found) in [
            (Layout::Text, "<a>\n    <b>1</b>", "<a>\n    <b>1</b>", "<b>", "<b>"),
            (
                Layout::Html,
                "&lt;a&gt;\r\n&lt;b&gt;&amp;amp;&nbsp;中&lt;/b&gt;",
                "<a>\n<b>&amp; 中</b>",
                "&amp; 中",
                "&amp;amp;&nbsp;中",
            ),
            (
                Layout::Document,
                r#"{\n\"a\":\"\u4e2d\/\\\ud83d\ude00\"}"#,
                "{\n\"a\":\"中/\\😀\"}",
                "😀\"",
                r#"\ud83d\ude00\""#,
            ),
            (Layout::Text, "{\n        \"a\":\n            1}", "{\n    \"a\":\n        1}", "1", "1"),
            (Layout::Text, "{\n        \"a\":1,\n    \"b\":2}", "{\n\"a\":1,\n\"b\":2}", "1,", "1,"),
            (Layout::Markdown, "\n  {\"a\": 1}", "{\"a\": 1}", "\"a\"", "\"a\""),
        ] {
            assert_eq!(part_on_page(layout, raw, sample, wanted), Some(found), "{raw}");
        }
    }

    #[test]
    fn finds_nothing_behind_an_unexplained_difference() {
        let on_page = |raw, wanted| part_on_page(Layout::Html, raw, "abc\ndef", wanted);
        assert_eq!(on_page("abc<br>def", "def"), None);
        assert_eq!(on_page("abc<br>def", "bc"), Some("bc"));
        assert_eq!(on_page("", "b"), None);
    }

    #[test]
    fn hostile_texts_take_bounded_time() {
        for raw in ["&", "\\", "\\u", " ", "&#", "中\\u中", "\\ud83d"] {
            for sample in ["&", "\\", "u", "\n", "😀"] {
                for layout in [Layout::Html, Layout::Document] {
                    runs(&raw.repeat(50_000), 0..raw.len() * 50_000, &sample.repeat(50_000), layout);
                }
            }
        }
    }
}
