//! Collects findings and gives each its place on the page.

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
    /// Where each byte of a sample stands on the page, for the samples that something was found in.
    places: BTreeMap<SampleKind, SamplePlaces>,
    /// Findings with what they are sorted by: side (2 for none) and row (the last for none).
    found: Vec<(usize, usize, Diagnostic)>,
}

impl<'a> LintReport<'a> {
    pub(super) fn new(api: &'a Api, origins: Option<&'a Origins>) -> LintReport<'a> {
        LintReport { api, origins, places: BTreeMap::new(), found: Vec::new() }
    }

    /// A finding in a cell of a table, which reads `text`.
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
        // An empty cell shows nothing.
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

    /// A finding in a sample. `row` is where it is shown among the findings about its side's table.
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

    /// Where the page has a part of a sample; the whole sample, or the heading of its section, if that part is not found.
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

/// What to do about a finding, where there is anything to say.
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

/// A text of the page as a message shows it: on one line, and not too long.
pub(super) fn shown(text: &str) -> String {
    let escaped = |letter: char| if letter.is_control() { letter.escape_default().to_string() } else { letter.into() };
    clip(text).chars().map(escaped).collect()
}

/// The line of a sample that a span begins in: a comma alone tells nobody where a value is missing. No more of it than
/// one line of a terminal or two, as a sample may be one line of many megabytes.
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
