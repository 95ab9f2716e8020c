//! Collects what a reader has to say about a page.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Place, Severity};

use super::rows::Column;
use topsdk_spec::Side;

/// The findings of one page, and the rows that they are about, which get path and span when the tree is known.
#[derive(Debug, Default)]
pub(crate) struct Report {
    page: String,
    findings: Vec<(Diagnostic, Option<About>)>,
}

/// A row by its index, and perhaps one of its cells.
type About = (Side, usize, Option<Column>);

impl Report {
    pub(crate) fn new(page: &str) -> Report {
        Report { page: page.to_owned(), findings: Vec::new() }
    }

    /// A finding about a section, or the page as a whole.
    pub(crate) fn add(&mut self, severity: Severity, name: &'static str, section: &str, message: String) {
        let place = Place { page: self.page.clone(), section: section.to_owned(), ..Place::default() };
        self.findings.push((Diagnostic { severity, name, place, message, help: None }, None));
    }

    /// A page without the section of one side, which is read as no parameters.
    pub(crate) fn missing_section(&mut self, side: Side) {
        let message = format!("the page has no section {}; read as no parameters", side.heading());
        self.add(Severity::Warning, "missing-section", side.heading(), message);
        self.help("compare with the page: an API without parameters has the section, too");
    }

    /// A finding about some bytes of the page's text.
    pub(crate) fn add_at(
        &mut self,
        severity: Severity,
        name: &'static str,
        span: Range<usize>,
        content: &str,
        message: String,
    ) {
        let text = content.get(span.clone()).unwrap_or_default().to_owned();
        let place = Place { page: self.page.clone(), text, span: Some(span), ..Place::default() };
        self.findings.push((Diagnostic { severity, name, place, message, help: None }, None));
    }

    /// A finding about a cell, by its row's index in the table.
    pub(crate) fn add_row(
        &mut self,
        severity: Severity,
        name: &'static str,
        side: Side,
        row: usize,
        column: impl Into<Option<Column>>,
        message: String,
    ) {
        let place = Place { page: self.page.clone(), section: side.heading().to_owned(), ..Place::default() };
        self.findings
            .push((Diagnostic { severity, name, place, message, help: None }, Some((side, row, column.into()))));
    }

    /// The same with something to do about it.
    pub(crate) fn help(&mut self, help: &str) {
        if let Some((last, _)) = self.findings.last_mut() {
            last.help = Some(help.to_owned());
        }
    }

    pub(crate) fn extend(&mut self, diagnostics: Vec<Diagnostic>) {
        self.findings.extend(diagnostics.into_iter().map(|diagnostic| (diagnostic, None)));
    }

    /// The findings, each about a row with what `place` knows of it.
    pub(crate) fn finish(self, place: impl Fn(Side, usize, Option<Column>, &mut Place)) -> Vec<Diagnostic> {
        self.findings
            .into_iter()
            .map(|(mut diagnostic, about)| {
                if let Some((side, row, column)) = about {
                    place(side, row, column, &mut diagnostic.place);
                }
                diagnostic
            })
            .collect()
    }
}
