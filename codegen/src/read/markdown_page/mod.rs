//! Reads a page copied as Markdown: pipe tables under the usual headings, samples in code fences. The HTML reader reads the
//! HTML that it stands for. Depth is what is drawn before the names.

mod render;

use std::collections::BTreeSet;
use std::ops::Range;

use super::error::PageProblem;
use super::html;
use super::html_to_markdown;
use super::raw_page::RawPage;
use super::report::ReadReport;
use crate::diagnostic::Severity;
use crate::page::words::{self, clip};
use crate::page::{Children, Column, Row};
use render::{DrawnRow, Rendered};

/// Returns whether a text is a page as Markdown: it has a parameter table with pipes, or a section heading with `#` and no
/// parameter table in the form of plain text.
pub(crate) fn is_page(content: &str) -> bool {
    let mut before = "";
    let mut heading = false;
    for line in content.lines().map(str::trim) {
        let is_rule = line.contains('-') && line.contains('|') && line.chars().all(|letter| "|-: \t".contains(letter));
        if is_rule && before.split('|').filter(|title| words::column(title).is_some()).count() > 1 {
            return true;
        }
        heading |= line.starts_with('#') && words::section(line).is_some();
        if super::text::is_titles(line) {
            return false;
        }
        before = line;
    }
    heading
}

/// Reads a page.
pub(crate) fn read(content: &str, report: &mut ReadReport) -> Result<RawPage, PageProblem> {
    let rendered = render::render(content);
    if !rendered.sections.iter().any(|section| section.side().is_some()) {
        let found = "Markdown without the headings 请求参数 and 响应参数".to_owned();
        return Err(PageProblem::NotApiPage(found));
    }
    if let Some(section) = rendered.cut {
        let detail = "the sample's fence is not closed";
        return Err(PageProblem::Cut { offset: content.len(), section: section.heading(), detail });
    }
    let source = |span: &mut Range<usize>| *span = rendered.source(span);
    let mut raw = html::read(&rendered.html, report).map_err(|mut problem| {
        match &mut problem {
            PageProblem::TooDeep { offset, .. } | PageProblem::TooManyAttributes { offset, .. } => {
                *offset = rendered.source(&(*offset..*offset)).start;
            }
            PageProblem::Cut { offset, .. } => *offset = content.len(),
            // The lines of the HTML are those of the Markdown.
            _ => {}
        }
        problem
    })?;
    report.0.iter_mut().filter_map(|found| found.place.span.as_mut()).for_each(source);
    raw.api.description = html_to_markdown::from_fragment(&rendered.description);
    let spans = raw.origins.headings.values_mut().chain(raw.origins.samples.values_mut());
    let rows = raw.rows.values_mut().flatten();
    spans.chain(rows.flat_map(|row| row.spans.iter_mut().flatten())).for_each(source);
    for (&side, rows) in &mut raw.rows {
        let drawn: Vec<DrawnRow> = rows.iter().map(|row| rendered.drawn(row)).collect();
        nest(rows, &drawn);
        for (index, (row, DrawnRow { surplus, .. })) in rows.iter_mut().zip(drawn).enumerate() {
            if surplus.is_empty() {
                continue;
            }
            let message = format!(
                "{:?}: the row has more cells than the table has columns; {:?} is read as the end of its description",
                row.name,
                clip(&surplus)
            );
            report.add_row(Severity::Warning, "ambiguous-cells", side, index, Column::Description, message);
            report.help("write `\\|` for a `|` inside a cell");
            row.description = format!("{}|{surplus}", row.description);
        }
    }
    if raw.api.title.is_empty() {
        name_after_heading(&mut raw, rendered.heading);
    }
    Ok(raw)
}

/// Takes the title from the text below the method, if it is bold or in parentheses, or else from the first heading.
fn name_after_heading(raw: &mut RawPage, heading: String) {
    let (first, rest) = raw.api.description.split_once("\n\n").unwrap_or((&raw.api.description, ""));
    let bold = first.strip_prefix("**").and_then(|text| text.strip_suffix("**")).filter(|text| !text.contains("**"));
    let parenthesised = || first.strip_prefix(['(', '（'])?.strip_suffix([')', '）']);
    match bold.or_else(parenthesised) {
        Some(title) => (raw.api.title, raw.api.description) = (title.trim().to_owned(), rest.to_owned()),
        None if first == heading => (raw.api.title, raw.api.description) = (heading, rest.to_owned()),
        None => raw.api.title = heading,
    }
}

/// Sets the parent of each row. If the names have several indents, these are the depths. With a single one, rows may be
/// deeper than they are drawn; without any, the nesting is unknown.
fn nest(rows: &mut [Row], drawn: &[DrawnRow]) {
    let levels: BTreeSet<usize> = drawn.iter().map(|row| row.indent).filter(|indent| *indent > 0).collect();
    let mut above: Vec<usize> = Vec::new();
    for (index, &DrawnRow { indent, .. }) in drawn.iter().enumerate() {
        above.retain(|&row| drawn[row].indent < indent);
        if let Some(&parent) = above.last() {
            rows[index].under = Some(parent);
            rows[parent].children = Children::Own;
        }
        // All open rows have a smaller indent.
        above.push(index);
    }
    for (row, drawn) in rows.iter_mut().zip(drawn) {
        let is_known = levels.len() > 1 || (levels.len() == 1 && drawn.indent == 0);
        if !is_known && row.children == Children::None {
            row.children = Children::Unknown;
        }
    }
}

impl Rendered<'_> {
    /// Returns the range in the Markdown of the texts in a range of the HTML.
    fn source(&self, span: &Range<usize>) -> Range<usize> {
        let first = self.texts.partition_point(|(html, _)| html.end <= span.start);
        let last = self.texts.partition_point(|(html, _)| html.start < span.end);
        let texts = self.texts.get(first..last).unwrap_or_default();
        let start = texts.first().or(self.texts.last()).map_or(0, |(_, source)| source.start);
        start..texts.last().map_or(start, |(_, source)| source.end)
    }

    /// Returns how a row is drawn.
    fn drawn(&self, row: &Row) -> DrawnRow {
        let start = row.spans.iter().flatten().map(|span| span.start).min().unwrap_or_default();
        self.rows.range(..=start).next_back().map(|(_, drawn)| drawn.clone()).unwrap_or_default()
    }
}
