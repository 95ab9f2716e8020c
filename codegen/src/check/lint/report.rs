//! Collects findings and locates each on the page.

use std::collections::BTreeMap;
use std::ops::Range;

use topsdk_spec::{Api, Side};

use super::Lint;
use super::sample_places::SamplePlaces;
use super::side_rows::SideRows;
use crate::diagnostic::{Diagnostic, Place};
use crate::page::words::clip;
use crate::page::{Column, Origins, SampleKind};

pub(super) struct LintReport<'a> {
    pub(super) api: &'a Api,
    origins: Option<&'a Origins>,
    /// The position of each byte of a sample on the page, for the samples with findings.
    places: BTreeMap<SampleKind, SamplePlaces>,
    /// The findings with their sort keys: side (2 for no side) and row (the maximum for no row).
    found: Vec<(usize, usize, Diagnostic)>,
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
        help: impl Into<Help>,
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
        self.push(lint, (order(table.side), row), place, message, help.into());
    }

    /// Adds a finding about a sample. `row` sorts it among the findings about its side's table.
    pub(super) fn sample(
        &mut self,
        lint: &'static Lint,
        kind: SampleKind,
        span: Range<usize>,
        (path, row): (String, Option<(Side, usize)>),
        message: String,
        help: impl Into<Help>,
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
        let order = row.map_or((2, usize::MAX), |(side, row)| (order(side), row));
        self.push(lint, order, place, message, help.into());
    }

    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|(side, row, _)| (*side, *row));
        self.found.into_iter().map(|(_, _, diagnostic)| diagnostic).collect()
    }

    fn push(&mut self, lint: &'static Lint, (side, row): (usize, usize), place: Place, message: String, help: Help) {
        let diagnostic = Diagnostic { severity: lint.severity, name: lint.name, place, message, help: help.0 };
        self.found.push((side, row, diagnostic));
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

/// What to do about a finding, if there is something to do.
pub(super) struct Help(Option<String>);

impl From<&str> for Help {
    fn from(text: &str) -> Help {
        Help(Some(text.to_owned()))
    }
}

impl From<String> for Help {
    fn from(text: String) -> Help {
        Help(Some(text))
    }
}

impl From<Option<String>> for Help {
    fn from(text: Option<String>) -> Help {
        Help(text)
    }
}

/// Returns a text of the page for a message: on one line, and truncated.
pub(super) fn shown(text: &str) -> String {
    let escaped = |letter: char| if letter.is_control() { letter.escape_default().to_string() } else { letter.into() };
    clip(text).chars().map(escaped).collect()
}

/// Returns the line of a sample in which a span begins, because a comma alone does not show where a value is missing.
/// Limited to one or two lines of a terminal, because a sample may be a single line of many megabytes.
#[expect(clippy::expect_used, reason = "0 is a boundary of every text, and slices between boundaries are there")]
fn line_of<'a>(sample: &'a str, span: &Range<usize>) -> &'a str {
    let boundary =
        |at: usize| (0..=at.min(sample.len())).rev().find(|at| sample.is_char_boundary(*at)).expect("0 is a boundary");
    let between = |start: usize, end: usize| sample.get(start..end).expect("both are boundaries, in order");
    let start = boundary(span.start);
    let before = between(boundary(start.saturating_sub(120)), start);
    let after = between(start, boundary(start + 120));
    let line_start = before.rfind('\n').map_or(start - before.len(), |at| start - before.len() + at + 1);
    let line_end = start + after.find('\n').unwrap_or(after.len());
    between(line_start, line_end).trim()
}

fn order(side: Side) -> usize {
    match side {
        Side::Request => 0,
        Side::Response => 1,
    }
}
