//! Collects findings and locates each on the page.

use std::collections::BTreeMap;
use std::ops::Range;

use topsdk_spec::{Api, Side};

use super::Lint;
use super::sample_places::SamplePlaces;
use crate::check::side_rows::SideRows;
use crate::diagnostic::{Diagnostic, Place};
use crate::page::words::clip;
use crate::page::{Column, Origins, SampleKind};

pub(super) struct LintReport<'a> {
    pub(super) api: &'a Api,
    origins: Option<&'a Origins>,
    /// The position of each byte of a sample on the page, for the samples with findings.
    places: BTreeMap<SampleKind, SamplePlaces>,
    /// The findings with their sort keys: side (2 for no side) and row (the maximum for no row).
    found: Vec<((usize, usize), Diagnostic)>,
}

impl<'a> LintReport<'a> {
    pub(super) fn new(api: &'a Api, origins: Option<&'a Origins>) -> LintReport<'a> {
        LintReport { api, origins, places: BTreeMap::new(), found: Vec::new() }
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
            row: None,
            column: String::new(),
            text: line_of(sample, &span).to_owned(),
            span: self.on_page(kind, sample, span),
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
        let places = self.places.entry(kind).or_insert_with(|| {
            let raw = origins.text().get(whole.clone()).unwrap_or_default();
            SamplePlaces::new(raw, sample, whole.start, self.api.source.layout)
        });
        Some(places.span(span).unwrap_or(whole))
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
