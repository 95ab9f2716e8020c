//! Collects what a reader has to say about a page.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::page::{Column, Seeker};

use topsdk_spec::Side;

/// The findings of one page, and what they are about, which gets path and span when the tree is known.
#[derive(Debug, Default)]
pub(crate) struct Report {
    page: String,
    findings: Vec<(Diagnostic, About)>,
}

/// What a finding is about.
#[derive(Debug)]
enum About {
    /// A row by its index, and perhaps one of its cells.
    Row(Side, usize, Option<Column>),
    /// A text of a section as a reader sees it; the section itself where it is empty.
    Text(String),
}

impl Report {
    pub(crate) fn new(page: &str) -> Report {
        Report { page: page.to_owned(), findings: Vec::new() }
    }

    /// A finding about a section, or the page as a whole.
    pub(crate) fn add(&mut self, severity: Severity, name: &'static str, section: &str, message: String) {
        self.add_text(severity, name, section, "", message);
    }

    /// A finding about a text of a section, as a reader sees it.
    pub(crate) fn add_text(
        &mut self,
        severity: Severity,
        name: &'static str,
        section: &str,
        text: &str,
        message: String,
    ) {
        let place = Place { page: self.page.clone(), section: section.to_owned(), ..Place::default() };
        self.findings.push((Diagnostic { severity, name, place, message, help: None }, About::Text(text.to_owned())));
    }

    /// A page without the section of one side, which is read as no parameters.
    pub(crate) fn missing_section(&mut self, side: Side) {
        let message = format!("the page has no section {}; read as no parameters", side.heading());
        self.add(Severity::Warning, "missing-section", side.heading(), message);
        self.help("compare with the page: an API without parameters has the section, too");
    }

    /// A finding about some bytes of the page's text, in a section or in none.
    pub(crate) fn add_span(
        &mut self,
        severity: Severity,
        name: &'static str,
        section: &str,
        span: Range<usize>,
        message: String,
    ) {
        self.add(severity, name, section, message);
        self.at(span);
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
            .push((Diagnostic { severity, name, place, message, help: None }, About::Row(side, row, column.into())));
    }

    /// The bytes that the last finding is about, where these are no cell of its row.
    pub(crate) fn at(&mut self, span: Range<usize>) {
        if let Some((last, _)) = self.findings.last_mut() {
            last.place.span = Some(span);
        }
    }

    /// The same with something to do about it.
    pub(crate) fn help(&mut self, help: &str) {
        if let Some((last, _)) = self.findings.last_mut() {
            last.help = Some(help.to_owned());
        }
    }

    pub(crate) fn extend(&mut self, diagnostics: Vec<Diagnostic>) {
        self.findings.extend(diagnostics.into_iter().map(|diagnostic| (diagnostic, About::Text(String::new()))));
    }

    /// The findings, each with its place on the page: those about a row with what `place` knows of it, which returns the
    /// row's name; those about the page as a whole at its title, `method`.
    pub(crate) fn finish<'r>(
        self,
        content: &str,
        method: &str,
        place: impl Fn(Side, usize, Option<Column>, &mut Place) -> &'r str,
    ) -> Vec<Diagnostic> {
        let mut seeker = Seeker::new(content);
        self.findings
            .into_iter()
            .map(|(mut diagnostic, about)| {
                let found = &mut diagnostic.place;
                let text = match &about {
                    About::Row(side, row, column) => place(*side, *row, *column, found),
                    About::Text(text) => text,
                };
                if let Some(span) = found.span.clone().filter(|_| found.text.is_empty()) {
                    content.get(span).unwrap_or_default().clone_into(&mut found.text);
                } else if found.span.is_none() {
                    found.span = seeker.find(&found.section, text).or_else(|| seeker.find("", method));
                    let span = found.span.clone();
                    found.text = span.and_then(|span| content.get(span)).unwrap_or_default().to_owned();
                }
                diagnostic
            })
            .collect()
    }
}
