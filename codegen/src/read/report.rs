//! Collects a reader's findings about a page.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::page::{Column, Origins};

use topsdk_spec::Side;

/// The findings of one page. Those about a row get their path and span once the tree is built.
#[derive(Debug, Default)]
pub(crate) struct ReadReport {
    findings: Vec<(Diagnostic, Option<About>)>,
}

/// A row by its index, and optionally one of its cells.
type About = (Side, usize, Option<Column>);

impl ReadReport {
    /// Adds a finding about a section, or about the page as a whole.
    pub(crate) fn add(&mut self, severity: Severity, name: &'static str, section: &str, message: String) {
        self.add_span(severity, name, section, None, message);
    }

    /// Reports that the section of one side is missing. It is read as having no parameters.
    pub(crate) fn missing_section(&mut self, side: Side) {
        let message = format!("the page has no section {}; read as a section without parameters", side.heading());
        self.add(Severity::Warning, "missing-section", side.heading(), message);
        self.help("compare with the page: it has the section even if the API has no parameters");
    }

    /// Adds a finding about a range of the page's text; `section` is empty outside of all sections.
    pub(crate) fn add_span(
        &mut self,
        severity: Severity,
        name: &'static str,
        section: &str,
        span: impl Into<Option<Range<usize>>>,
        message: String,
    ) {
        let place = Place { section: section.to_owned(), span: span.into(), ..Place::default() };
        self.findings.push((Diagnostic { severity, name, place, message, help: None }, None));
    }

    /// Adds a finding about a cell, given by its row's index in the table.
    pub(crate) fn add_row(
        &mut self,
        severity: Severity,
        name: &'static str,
        side: Side,
        row: usize,
        column: impl Into<Option<Column>>,
        message: String,
    ) {
        self.add_span(severity, name, side.heading(), None, message);
        if let Some((_, about)) = self.findings.last_mut() {
            *about = Some((side, row, column.into()));
        }
    }

    /// Sets the span of the last finding, if that is not a cell of its row.
    pub(crate) fn at(&mut self, span: Range<usize>) {
        if let Some((last, _)) = self.findings.last_mut() {
            last.place.span = Some(span);
        }
    }

    /// Adds a help text to the last finding.
    pub(crate) fn help(&mut self, help: &str) {
        if let Some((last, _)) = self.findings.last_mut() {
            last.help = Some(help.to_owned());
        }
    }

    pub(crate) fn extend(&mut self, diagnostics: Vec<Diagnostic>) {
        self.findings.extend(diagnostics.into_iter().map(|diagnostic| (diagnostic, None)));
    }

    /// Returns the spans of the findings that have one.
    pub(crate) fn spans_mut(&mut self) -> impl Iterator<Item = &mut Range<usize>> {
        self.findings.iter_mut().filter_map(|(finding, _)| finding.place.span.as_mut())
    }

    /// Returns the findings, each with its place on the page. `place` fills in the place of findings about a row; a finding
    /// without a span gets that of its section's heading.
    pub(crate) fn finish(
        self,
        page: &str,
        origins: &Origins,
        place: impl Fn(Side, usize, Option<Column>, &mut Place),
    ) -> Vec<Diagnostic> {
        let finish = |(mut diagnostic, about): (Diagnostic, Option<About>)| {
            let found = &mut diagnostic.place;
            page.clone_into(&mut found.page);
            if let Some((side, row, column)) = about {
                place(side, row, column, found);
            }
            found.span = found.span.take().or_else(|| origins.heading(&found.section));
            if found.text.is_empty() {
                let text = found.span.clone().and_then(|span| origins.text().get(span));
                text.unwrap_or_default().clone_into(&mut found.text);
            }
            diagnostic
        };
        self.findings.into_iter().map(finish).collect()
    }
}
