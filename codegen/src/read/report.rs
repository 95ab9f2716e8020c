//! Collects a reader's findings about a page.

use std::ops::Range;

use topsdk_spec::Side;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::page::{Column, Origins, Row};

/// The findings of one page. Those about a row get their path and span once the tree is built.
#[derive(Debug)]
pub(crate) struct ReadReport(pub(super) Vec<Diagnostic>);

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
        self.0.push(Diagnostic { severity, name, place, message, help: None });
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
        let column = column.into().map_or("", Column::title).to_owned();
        let place = Place { section: side.heading().to_owned(), row: Some(row + 1), column, ..Place::default() };
        self.0.push(Diagnostic { severity, name, place, message, help: None });
    }

    /// Sets the span of the last finding, if that is not a cell of its row.
    pub(crate) fn at(&mut self, span: Range<usize>) {
        if let Some(last) = self.0.last_mut() {
            last.place.span = Some(span);
        }
    }

    /// Adds a help text to the last finding.
    pub(crate) fn help(&mut self, help: &str) {
        if let Some(last) = self.0.last_mut() {
            last.help = Some(help.to_owned());
        }
    }

    /// Completes the places of the findings about the rows of one side. `text` is the page, and `path` names a row.
    pub(super) fn place_rows(&mut self, side: Side, rows: &[Row], text: &str, path: impl Fn(usize) -> String) {
        for place in self.0.iter_mut().map(|found| &mut found.place).filter(|place| place.section == side.heading()) {
            let Some((index, row)) = place.row.and_then(|row| Some((row - 1, rows.get(row - 1)?))) else { continue };
            place.path = path(index);
            let column = Column::ALL.into_iter().find(|column| column.title() == place.column);
            let cell = row.span(column.unwrap_or(Column::Name));
            cell.clone().and_then(|cell| text.get(cell)).unwrap_or_default().clone_into(&mut place.text);
            // An empty cell has no span; the name's cell is shown instead.
            place.span = place.span.take().or(cell).or_else(|| row.span(Column::Name));
        }
    }

    /// Returns the findings about a page. Those without a span get that of their section's heading.
    pub(super) fn finish(mut self, page: &str, origins: &Origins) -> Vec<Diagnostic> {
        for place in self.0.iter_mut().map(|found| &mut found.place) {
            page.clone_into(&mut place.page);
            place.span = place.span.take().or_else(|| origins.heading(&place.section));
            if place.text.is_empty() {
                let text = place.span.clone().and_then(|span| origins.text().get(span));
                text.unwrap_or_default().clone_into(&mut place.text);
            }
        }
        self.0
    }
}
