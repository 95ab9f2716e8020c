//! Writes a Markdown page as HTML for the HTML reader. Each line of the HTML is the same line of the Markdown.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::page::words::{self, Column, Section};

/// A Markdown page as HTML, and what the HTML does not show.
#[derive(Default)]
pub(super) struct Rendered<'c> {
    content: &'c str,
    pub(super) html: String,
    /// The range of each text in the HTML, with its range in the Markdown.
    pub(super) texts: Vec<(Range<usize>, Range<usize>)>,
    /// The rows of all tables, by their offset in the Markdown.
    pub(super) rows: BTreeMap<usize, DrawnRow>,
    pub(super) sections: Vec<Section>,
    /// What stands before the sections, without the title. Alone it is read as a description, not as a page.
    pub(super) description: String,
    /// The first heading before the sections that does not name the method.
    pub(super) heading: String,
    /// The section at whose end the page is cut off, in a sample whose fence is not closed.
    pub(super) cut: Option<Section>,
    /// The offset in the Markdown that the HTML has come to, its line, and the line of the HTML.
    at: usize,
    lines: usize,
    written_lines: usize,
    /// The tags that close the open elements.
    open: Vec<&'static str>,
    /// The open section, with the level of its heading.
    section: Option<(Section, HeadingLevel)>,
    /// Whether the section has a table of parameters.
    has_table: bool,
    has_title: bool,
    in_title: bool,
    in_description: bool,
    /// The bytes still to skip at the start of a cell.
    skipped: usize,
}

/// A row of a table, apart from the content of its cells.
#[derive(Clone, Default)]
pub(super) struct DrawnRow {
    /// The indent of its name.
    pub(super) indent: usize,
    /// The text behind the last cell that has a column.
    pub(super) surplus: String,
}

type Events<'e, 'c> = &'e [(Event<'c>, Range<usize>)];

/// Writes a page as HTML.
pub(super) fn render(content: &str) -> Rendered<'_> {
    let events: Vec<_> = Parser::new_ext(content, Options::ENABLE_TABLES).into_offset_iter().collect();
    let mut page = Rendered { content, ..Rendered::default() };
    let mut rest = &events[..];
    while let Some(((event, span), next)) = rest.split_first() {
        rest = next;
        if let Event::Start(Tag::Table(_)) = event {
            let end = next.iter().position(|(event, _)| matches!(event, Event::End(TagEnd::Table)));
            let (table, behind) = next.split_at(end.unwrap_or(next.len()));
            page.table(span.start, table);
            rest = behind.get(1..).unwrap_or_default();
        } else {
            page.event(event, span.clone(), next);
        }
    }
    page.end_section();
    page
}

impl<'c> Rendered<'c> {
    /// Writes everything but tables.
    fn event(&mut self, event: &Event<'c>, span: Range<usize>, next: Events<'_, 'c>) {
        // Elsewhere, HTML is text: samples are values as they are sent.
        let may_have_markup = self.sections.is_empty() || self.in_description;
        match event {
            Event::Start(tag) => self.start(tag, span, next),
            Event::End(_) => {
                let close = self.open.pop().unwrap_or_default();
                self.write(close);
                self.in_title &= close != "</h1>";
            }
            Event::Text(text) => self.text(text, span),
            Event::Code(text) => {
                self.tag("<code>", span.start);
                self.text(text, span);
                self.write("</code>");
            }
            Event::Html(html) | Event::InlineHtml(html) if html.starts_with("<!--") => {}
            Event::Html(html) | Event::InlineHtml(html) if may_have_markup || html.starts_with("<br") => {
                self.tag(html, span.start);
            }
            Event::Html(html) | Event::InlineHtml(html) => self.text(html, span),
            Event::HardBreak => self.tag("<br>", span.start),
            // The text after a soft break begins on the next line. No other extension is enabled.
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'c>, span: Range<usize>, next: Events<'_, 'c>) {
        let at = span.start;
        let (open, close) = match tag {
            Tag::Heading { level, .. } => self.heading(*level, &plain(next)),
            Tag::Paragraph | Tag::Item => {
                let text = plain(next);
                // A heading that is only marked as bold.
                let is_heading = words::section(&text).is_some() || self.is_title(&text);
                if is_heading { self.heading(HeadingLevel::H6, &text) } else { ("<p>", "</p>") }
            }
            Tag::CodeBlock(kind) => {
                if matches!(kind, CodeBlockKind::Fenced(_)) && self.is_cut(span) {
                    self.cut = self.sections.last().copied();
                }
                let is_sample = self.section.is_some_and(|(section, _)| section.is_sample());
                if is_sample { ("<pre>", "</pre>") } else { ("<p>", "</p>") }
            }
            Tag::HtmlBlock => ("<p>", "</p>"),
            Tag::Strong => ("<b>", "</b>"),
            Tag::Emphasis => ("<i>", "</i>"),
            Tag::Link { dest_url, .. } => (&*format!("<a href=\"{}\">", escape(dest_url)), "</a>"),
            Tag::Image { dest_url, .. } => (&*format!("<img src=\"{}\">", escape(dest_url)), ""),
            _ => ("", ""),
        };
        self.tag(open, at);
        self.open.push(close);
    }

    /// Returns whether a block of code ends with the page, without a closing fence.
    fn is_cut(&self, span: Range<usize>) -> bool {
        let (block, rest) = self.content[span.start..].split_at(span.len());
        let (_, last) = block.trim_end().rsplit_once('\n').unwrap_or_default();
        rest.trim().is_empty() && !["```", "~~~"].iter().any(|fence| last.trim_start().starts_with(fence))
    }

    /// Begins the section of a heading. Returns the tags of the heading.
    fn heading(&mut self, level: HeadingLevel, text: &str) -> (&'static str, &'static str) {
        if let Some(section) = words::section(text) {
            // The section of the protocol's parameters has subheadings of its own.
            if matches!(self.section, Some((Section::Public, outer)) if outer < level) {
                return ("<p>", "</p>");
            }
            self.end_section();
            self.section = Some((section, level));
            self.sections.push(section);
            return ("<h2>", "</h2>");
        }
        match self.section {
            _ if self.is_title(text) => {
                (self.has_title, self.in_title) = (true, true);
                ("<h1>", "</h1>")
            }
            Some((_, outer)) if level <= outer => {
                self.end_section();
                ("<h2>", "</h2>")
            }
            Some(_) => ("<h3>", "</h3>"),
            None => {
                if self.sections.is_empty() && self.heading.is_empty() {
                    self.heading = words::one_line(text);
                }
                ("<p>", "</p>")
            }
        }
    }

    fn end_section(&mut self) {
        let section = self.section.take().and_then(|(section, _)| section.side());
        // A page in HTML has a table also where there are no parameters.
        if !std::mem::take(&mut self.has_table) && section.is_some() {
            self.write("<table></table>");
        }
    }

    /// Returns whether a text is the page's title.
    fn is_title(&self, text: &str) -> bool {
        self.sections.is_empty() && !self.has_title && words::method_and_title(text).is_some()
    }

    /// Writes a table. In a section of parameters, a table without their titles is text.
    fn table(&mut self, at: usize, events: Events<'_, 'c>) {
        let rows = || parts(events, &[TagEnd::TableHead, TagEnd::TableRow]);
        let column = |(_, title)| {
            let title = plain(title);
            let is_one_limit = words::column(&title).is_none() && words::is_limit_label(&title);
            (words::column(&title), if is_one_limit { format!("{}:", title.trim()) } else { String::new() })
        };
        let titles = rows().next().into_iter().flat_map(|(_, head)| parts(head, &[TagEnd::TableCell]));
        let mut columns: Vec<(Option<Column>, String)> = titles.map(column).collect();
        let is_parameters = columns.len() > 1 && columns.iter().any(|(column, _)| *column == Some(Column::Name));
        let has_side = self.section.is_some_and(|(section, _)| section.side().is_some());
        if has_side && !is_parameters {
            columns.clear();
        }
        self.has_table |= has_side && is_parameters;
        let is_text = columns.is_empty();
        self.tag(if is_text { "<p>" } else { "<table>" }, at);
        for (index, (span, row)) in rows().enumerate() {
            self.tag(if is_text { "" } else { "<tr>" }, span.start);
            let (mut drawn, mut end) = (DrawnRow::default(), span.start);
            for (column, (cell, content)) in parts(row, &[TagEnd::TableCell]).enumerate() {
                let (open, close) = match index {
                    _ if is_text => ("", " "),
                    0 => ("<th>", "</th>"),
                    _ => ("<td>", "</td>"),
                };
                self.tag(open, cell.start);
                let (column, limit) = columns.get(column).map_or((None, ""), |(column, limit)| (*column, limit));
                if column == Some(Column::Name) && index > 0 {
                    let text = plain(content);
                    self.skipped = text.len()
                        - text.trim_start_matches(|letter: char| letter.is_whitespace() || is_mark(letter)).len();
                    drawn.indent = indent(&text[..self.skipped]);
                }
                self.in_description = column == Some(Column::Description);
                self.cell(limit, index == 0, content);
                self.write(close);
                (self.skipped, self.in_description, end) = (0, false, cell.end);
            }
            if !is_text {
                self.write("</tr>");
            }
            let rest = self.content.get(end..span.end).unwrap_or_default().trim();
            let rest = rest.strip_prefix('|').unwrap_or(rest);
            rest.strip_suffix('|').unwrap_or(rest).trim().clone_into(&mut drawn.surplus);
            self.rows.insert(span.start, drawn);
        }
        self.write(if is_text { "</p>" } else { "</table>" });
    }

    /// Writes the content of a cell. A column of one limit is written as the site does: in the column 更多限制, with the
    /// limit's label.
    fn cell(&mut self, limit: &str, is_title: bool, content: Events<'_, 'c>) {
        if !limit.is_empty() && is_title {
            return self.write(Column::Limits.title());
        }
        if !limit.is_empty() && words::says_none(&plain(content)) {
            return;
        }
        self.write(&escape(limit));
        for (index, (event, span)) in content.iter().enumerate() {
            self.event(event, span.clone(), &content[index + 1..]);
        }
    }

    fn text(&mut self, text: &str, mut span: Range<usize>) {
        let (skipped, shown) = text.split_at(self.skipped.min(text.len()));
        self.skipped -= skipped.len();
        if shown.is_empty() {
            return;
        }
        if self.content.get(span.clone()) == Some(text) {
            span.start += skipped.len();
        }
        self.tag("", span.start);
        let start = self.html.len();
        self.write(&escape(shown));
        self.texts.push((start..self.html.len(), span));
    }

    /// Writes HTML on the line of an offset in the Markdown.
    fn tag(&mut self, html: &str, at: usize) {
        if let Some(passed) = self.content.get(self.at..at) {
            self.lines += passed.matches('\n').count();
            self.at = at;
        }
        let missing = self.lines.saturating_sub(self.written_lines);
        self.write(&"\n".repeat(missing));
        self.write(html);
    }

    fn write(&mut self, html: &str) {
        self.written_lines += html.matches('\n').count();
        self.html.push_str(html);
        if self.sections.is_empty() && !self.in_title {
            self.description.push_str(html);
        }
    }
}

/// Splits events at the ends of these elements. Returns the range and the content of each.
fn parts<'e, 'c>(
    events: Events<'e, 'c>,
    ends: &'static [TagEnd],
) -> impl Iterator<Item = (Range<usize>, Events<'e, 'c>)> {
    let parts = events.split(|(event, _)| matches!(event, Event::End(end) if ends.contains(end)));
    parts.filter_map(<[_]>::split_first).map(|((_, span), content)| (span.clone(), content))
}

/// Returns the visible text up to the end of a block.
fn plain(events: Events<'_, '_>) -> String {
    let mut text = String::new();
    for (event, _) in events {
        match event {
            Event::InlineHtml(html) if html.starts_with("<!--") => {}
            Event::Text(part) | Event::Code(part) | Event::InlineHtml(part) => text.push_str(part),
            Event::SoftBreak | Event::HardBreak => text.push('\n'),
            Event::Start(Tag::Strong | Tag::Emphasis | Tag::Link { .. } | Tag::Image { .. })
            | Event::End(TagEnd::Strong | TagEnd::Emphasis | TagEnd::Link | TagEnd::Image) => {}
            _ => break,
        }
    }
    text
}

/// Returns the indent of a name, from the blanks, lines and marks before it that draw the tree.
fn indent(before: &str) -> usize {
    let drawn = before.trim_end();
    if drawn.is_empty() {
        return before.chars().count();
    }
    let outer = drawn.trim_end_matches(is_mark);
    // `└──` is one mark, however long it is drawn; `└└` are two.
    let is_line = |mark: &char| matches!(mark, '\u{2500}' | '\u{2501}' | '\u{2574}');
    let marks = drawn[outer.len()..].chars().filter(|mark| !is_line(mark)).count();
    outer.chars().count() + marks.max(1)
}

/// Returns whether a character is drawn before the name of a field.
fn is_mark(letter: char) -> bool {
    words::is_branch(letter) || matches!(letter, '↳' | '∟' | '-' | '+' | '>' | '·' | '•')
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
