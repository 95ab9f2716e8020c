//! Reads a page copied as Markdown: pipe tables under the usual headings, samples in code fences.

mod blocks;
mod table;

use std::ops::Range;

use pulldown_cmark::HeadingLevel;
use topsdk_spec::{Layout, Side};

use super::error::Error;
use super::html_to_markdown;
use super::raw_page::RawPage;
use super::report::ReadReport;
use crate::diagnostic::Severity;
use crate::page::Row;
use crate::page::words::{self, Section, clip};
use blocks::{Block, Inline, Line};

/// Returns whether a text is a page as Markdown: it has a parameter table with pipes, or a section heading with `#` and no
/// parameter table in the form of plain text.
pub(crate) fn is_page(content: &str) -> bool {
    let mut before = "";
    let mut heading = false;
    for line in content.lines().map(str::trim) {
        let rule = |line: &str| {
            line.contains('-') && line.contains('|') && line.chars().all(|letter| "|-: \t".contains(letter))
        };
        let titles = before.split('|').filter(|title| words::column(title).is_some()).count();
        if rule(line) && titles > 1 {
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
pub(crate) fn read(page: &str, content: &str, report: &mut ReadReport) -> Result<RawPage, Error> {
    let mut reader = Reader {
        report,
        raw: RawPage { layout: Layout::Markdown, ..RawPage::default() },
        sections: Vec::new(),
        current: None,
        described: Vec::new(),
        heading: String::new(),
        tables: [None, None],
        strays: [Vec::new(), Vec::new()],
    };
    let blocks = blocks::blocks(content);
    for block in &blocks {
        reader.block(block);
    }
    let last = match blocks.last() {
        Some(Block::Code(code)) if code.open => reader.sections.last().copied(),
        _ => None,
    };
    reader.finish(page, content, last)
}

struct Reader<'r> {
    report: &'r mut ReadReport,
    raw: RawPage,
    sections: Vec<Section>,
    current: Option<(Section, HeadingLevel)>,
    /// The texts before the first section.
    described: Vec<Inline>,
    /// The first heading without a method name: the title, if the method is elsewhere.
    heading: String,
    /// The rows of the request and of the response.
    tables: [Option<Vec<Row>>; 2],
    /// The texts in these sections that are outside of tables.
    strays: [Vec<(Range<usize>, String)>; 2],
}

impl Reader<'_> {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(level, inline) => self.heading(*level, inline),
            // A heading that is only marked as bold.
            Block::Text(inline) if words::section(&inline.plain).is_some() => self.heading(HeadingLevel::H6, inline),
            Block::Text(inline) => self.text(inline),
            Block::Code(code) => match self.current {
                Some((section, _)) if section.is_sample() => {
                    self.raw.add_code(section, code.text.trim_end(), Some(code.span.clone()));
                }
                _ => self.stray(code.span.clone(), &code.text),
            },
            Block::Table(lines) => self.table(lines),
        }
    }

    fn heading(&mut self, level: HeadingLevel, inline: &Inline) {
        if let Some(section) = words::section(&inline.plain) {
            // The section of the protocol's parameters has subheadings of its own.
            if !matches!(self.current, Some((Section::Public, outer)) if outer < level) {
                self.current = Some((section, level));
                self.sections.push(section);
                self.raw.headings.entry(section.heading()).or_insert_with(|| inline.span.clone());
            }
        } else if self.take_title(inline) || self.current.is_some_and(|(_, outer)| level <= outer) {
            self.current = None;
        } else if self.current.is_none() && self.heading.is_empty() {
            self.heading = one_line(&inline.plain);
        }
    }

    /// Uses a text as method and title, if it has their form.
    fn take_title(&mut self, inline: &Inline) -> bool {
        if !self.raw.method.is_empty() || !self.sections.is_empty() {
            return false;
        }
        let Some((method, title, _)) = words::method_and_title(&inline.plain) else { return false };
        (self.raw.method, self.raw.title) = (method, title);
        self.raw.headings.insert("", inline.span.clone());
        true
    }

    fn text(&mut self, inline: &Inline) {
        match self.current {
            None if self.sections.is_empty() => {
                if !self.take_title(inline) {
                    self.described.push(inline.clone());
                }
            }
            Some((section, _)) if section.is_sample() => {
                let code = inline.plain.trim();
                if code.starts_with(['<', '{']) {
                    self.raw.add_code(section, code, Some(inline.span.clone()));
                }
            }
            _ => self.stray(inline.span.clone(), &inline.plain),
        }
    }

    fn table(&mut self, lines: &[Line]) {
        let Some(titles) = lines.first() else { return };
        let parameters = table::is_parameters(titles);
        let shown = titles.cells.iter().map(|title| title.plain.trim()).collect::<Vec<_>>().join(" ");
        let span = titles.cells.first().map_or(0..0, |title| title.span.clone());
        match self.current.map(|(section, _)| section) {
            Some(section) if parameters && section.side().is_some() => {
                let side = section.side().unwrap_or(Side::Request);
                if self.tables[side as usize].is_some() {
                    return self.extra_table(side.heading(), span, &shown, lines.len());
                }
                self.tables[side as usize] = Some(table::rows(side, lines, self.report));
            }
            Some(Section::Errors) => match table::error_codes(lines) {
                Some(errors) => self.raw.errors.extend(errors),
                None => self.extra_table(Section::Errors.heading(), span, &shown, lines.len()),
            },
            None if parameters => self.extra_table("", span, &shown, lines.len()),
            _ => self.stray(span, &shown),
        }
    }

    fn extra_table(&mut self, section: &str, span: Range<usize>, titles: &str, lines: usize) {
        let message = format!("a table of {lines} lines with the columns {:?} is left out", clip(titles));
        self.report.add_span(Severity::Warning, "extra-table", section, span, message);
    }

    /// Records text outside of tables. It matters only in the parameter sections.
    fn stray(&mut self, span: Range<usize>, text: &str) {
        if let Some((section, _)) = self.current
            && let Some(side) = section.side()
            && let Some(line) = text.lines().map(str::trim).find(|line| !line.is_empty())
            && !words::says_none(text)
        {
            self.strays[side as usize].push((span, line.to_owned()));
        }
    }

    /// Returns the page, or an error if this is not a complete API page. `cut` is the section of a sample whose fence is
    /// not closed.
    fn finish(mut self, page: &str, content: &str, cut: Option<Section>) -> Result<RawPage, Error> {
        let no_page = |found: &str| Error::NotApiPage { page: page.to_owned(), found: found.to_owned() };
        if !self.sections.iter().any(|section| section.side().is_some()) {
            return Err(no_page("Markdown without the headings 请求参数 and 响应参数"));
        }
        self.describe();
        if self.raw.method.is_empty() {
            return Err(no_page("no heading and no line before the sections is a method's name"));
        }
        if let Some(section) = cut {
            let (section, detail) = (section.heading().to_owned(), "the sample's fence is not closed".to_owned());
            return Err(Error::Cut { page: page.to_owned(), offset: content.len(), section, detail });
        }
        if !self.sections.contains(&Section::Response) {
            let found: Vec<&str> = self.sections.iter().map(|section| section.heading()).collect();
            return Err(Error::NoResponse { page: page.to_owned(), found: found.join(", ") });
        }
        if !self.sections.contains(&Section::Request) {
            self.report.missing_section(Side::Request);
        }
        for side in [Side::Request, Side::Response] {
            let rows = self.tables[side as usize].take().unwrap_or_default();
            for (span, text) in &self.strays[side as usize] {
                if rows.is_empty() {
                    return Err(Error::no_rows(page, side, content, span.start, text));
                }
                let message = format!("the text {:?} stands beside the table; it is left out", clip(text));
                self.report.add_span(Severity::Warning, "stray-text", side.heading(), span.clone(), message);
            }
            match side {
                Side::Request => self.raw.request = rows,
                Side::Response => self.raw.response = rows,
            }
        }
        Ok(self.raw)
    }

    /// Reads what precedes the first section: title and description.
    fn describe(&mut self) {
        let mut texts = std::mem::take(&mut self.described).into_iter().peekable();
        if self.raw.title.is_empty() {
            let parenthesised =
                |text: &str| Some(text.strip_prefix(['(', '（'])?.strip_suffix([')', '）'])?.trim().to_owned());
            let title = texts.peek().and_then(|text| {
                let line = one_line(&text.plain);
                if text.bold { Some(line) } else { parenthesised(&line) }
            });
            if title.is_some() {
                texts.next();
            }
            self.raw.title = title.unwrap_or_else(|| std::mem::take(&mut self.heading));
        }
        let texts: Vec<String> = texts.map(|text| html_to_markdown::from_fragment(&text.html)).collect();
        self.raw.description = texts.join("\n\n");
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
