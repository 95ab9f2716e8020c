//! Writes a Markdown page as HTML for the HTML reader. Each line of the HTML is the same line of the Markdown.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::page::Column;
use crate::page::words::{self, Section};

/// A Markdown page as HTML, and what the HTML does not show.
#[derive(Default)]
pub(super) struct Rendered {
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
}

/// A row of a table, apart from the content of its cells.
#[derive(Default)]
pub(super) struct DrawnRow {
    /// The indent of its name.
    pub(super) indent: usize,
    /// The text behind the last cell that has a column.
    pub(super) surplus: String,
}

/// Writes a page as HTML.
pub(super) fn render(content: &str) -> Rendered {
    let events: Vec<(Event<'_>, Range<usize>)> =
        Parser::new_ext(content, Options::ENABLE_TABLES).into_offset_iter().collect();
    let mut renderer = Renderer { content, ..Renderer::default() };
    for (index, (event, span)) in events.iter().enumerate() {
        renderer.event(event, span.clone(), &events[index + 1..]);
    }
    renderer.end_section();
    renderer.out
}

#[derive(Default)]
struct Renderer<'c> {
    content: &'c str,
    out: Rendered,
    /// The offset in the Markdown that the HTML has come to, its line, and the line of the HTML.
    at: usize,
    lines: usize,
    written_lines: usize,
    /// The tags that close the open elements.
    open: Vec<&'static str>,
    section: Option<(Section, HeadingLevel)>,
    has_title: bool,
    in_title: bool,
    /// Whether the section has a table of parameters.
    has_table: bool,
    /// The columns of the open table. Empty for a table that is written as text.
    columns: Vec<CellContent>,
    in_head: bool,
    /// The offset of the open row, the index of its open cell, and the end of its last cell.
    row: usize,
    cell: Option<usize>,
    cell_end: usize,
    /// Whether the text of the open cell is ignored.
    is_hidden: bool,
    /// The text before the name in the open cell, which draws the tree, and whether the name has begun.
    before_name: String,
    is_named: bool,
}

/// The content of a column's cells, as far as it matters here.
#[derive(Clone, PartialEq)]
enum CellContent {
    Name,
    Description,
    /// One kind of limit, by its title.
    Limit(String),
    Other,
}

type Events<'e, 'c> = &'e [(Event<'c>, Range<usize>)];

impl<'c> Renderer<'c> {
    fn event(&mut self, event: &Event<'c>, span: Range<usize>, next: Events<'_, 'c>) {
        match event {
            Event::Start(tag) => self.start(tag, span, next),
            Event::End(tag) => self.end(*tag, span.end),
            Event::Text(text) => self.text(text, span),
            Event::Code(text) => {
                self.tag("<code>", span.start);
                self.text(text, span);
                self.write("</code>");
            }
            Event::Html(html) | Event::InlineHtml(html) if html.starts_with("<!--") => {}
            Event::Html(html) | Event::InlineHtml(html) if self.may_have_markup() || html.starts_with("<br") => {
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
                    self.out.cut = self.out.sections.last().copied();
                }
                let is_sample = self.section.is_some_and(|(section, _)| section.is_sample());
                if is_sample { ("<pre>", "</pre>") } else { ("<p>", "</p>") }
            }
            Tag::HtmlBlock => ("<p>", "</p>"),
            Tag::Table(_) => self.table(next),
            Tag::TableHead | Tag::TableRow => {
                (self.row, self.cell, self.in_head) = (at, None, matches!(tag, Tag::TableHead));
                if self.columns.is_empty() { ("", "") } else { ("<tr>", "</tr>") }
            }
            Tag::TableCell => return self.cell(at, next),
            Tag::Strong => ("<b>", "</b>"),
            Tag::Emphasis => ("<i>", "</i>"),
            Tag::Link { dest_url, .. } => (&*format!("<a href=\"{}\">", escape(dest_url)), "</a>"),
            Tag::Image { dest_url, .. } => (&*format!("<img src=\"{}\">", escape(dest_url)), ""),
            _ => ("", ""),
        };
        self.tag(open, at);
        self.open.push(close);
    }

    fn end(&mut self, tag: TagEnd, end: usize) {
        match tag {
            TagEnd::TableCell => {
                (self.cell_end, self.is_hidden) = (end, false);
                if self.cell_content() == Some(&CellContent::Name) {
                    self.out.rows.entry(self.row).or_default().indent = indent(&self.before_name);
                }
            }
            TagEnd::TableRow => {
                let rest = self.content.get(self.cell_end..end).unwrap_or_default().trim();
                let rest = rest.strip_prefix('|').unwrap_or(rest);
                let surplus = rest.strip_suffix('|').unwrap_or(rest).trim();
                surplus.clone_into(&mut self.out.rows.entry(self.row).or_default().surplus);
            }
            TagEnd::Table => self.cell = None,
            _ => {}
        }
        let close = self.open.pop().unwrap_or_default();
        self.write(close);
        self.in_title &= close != "</h1>";
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
            self.out.sections.push(section);
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
                if self.out.sections.is_empty() && self.out.heading.is_empty() {
                    self.out.heading = words::one_line(text);
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
        self.out.sections.is_empty() && !self.has_title && words::method_and_title(text).is_some()
    }

    /// Begins a table. In a section of parameters, a table without their titles is text.
    fn table(&mut self, next: Events<'_, 'c>) -> (&'static str, &'static str) {
        let head = next.iter().take_while(|(event, _)| !matches!(event, Event::End(TagEnd::TableHead))).enumerate();
        let cells = head.filter(|(_, (event, _))| matches!(event, Event::Start(Tag::TableCell)));
        let holds = |(index, _)| {
            let title = plain(&next[index + 1..]);
            match words::column(&title) {
                Some(Column::Name) => CellContent::Name,
                Some(Column::Description) => CellContent::Description,
                None if words::is_limit_label(&title) => CellContent::Limit(title),
                _ => CellContent::Other,
            }
        };
        self.columns = cells.map(holds).collect();
        let is_parameters = self.columns.contains(&CellContent::Name) && self.columns.len() > 1;
        if self.section.is_some_and(|(section, _)| section.side().is_some()) {
            if !is_parameters {
                self.columns.clear();
                return ("<p>", "</p>");
            }
            self.has_table = true;
        }
        ("<table>", "</table>")
    }

    /// Begins a cell. Limits are written as the site does: in the column 更多限制, each with its title.
    fn cell(&mut self, at: usize, next: Events<'_, 'c>) {
        let index = self.cell.map_or(0, |cell| cell + 1);
        self.cell = Some(index);
        self.before_name.clear();
        self.is_named = self.in_head;
        let (open, close) = match self.columns.is_empty() {
            true => ("", " "),
            false if self.in_head => ("<th>", "</th>"),
            false => ("<td>", "</td>"),
        };
        self.tag(open, at);
        self.open.push(close);
        if let Some(CellContent::Limit(title)) = self.columns.get(index).cloned() {
            self.is_hidden = self.in_head || words::says_none(&plain(next));
            match (self.in_head, self.is_hidden) {
                (true, _) => self.write(Column::Limits.title()),
                (false, true) => {}
                (false, false) => self.write(&escape(&format!("{}:", title.trim()))),
            }
        }
    }

    /// Returns what the open cell contains.
    fn cell_content(&self) -> Option<&CellContent> {
        self.columns.get(self.cell?)
    }

    /// Returns whether HTML at this place is markup. Elsewhere it is text: samples are values as they are sent.
    fn may_have_markup(&self) -> bool {
        self.out.sections.is_empty() || self.cell_content() == Some(&CellContent::Description)
    }

    fn text(&mut self, text: &str, mut span: Range<usize>) {
        let mut shown = text;
        if self.cell_content() == Some(&CellContent::Name) && !self.is_named {
            shown = text.trim_start_matches(|letter: char| letter.is_whitespace() || is_mark(letter));
            let before = text.len() - shown.len();
            self.before_name.push_str(&text[..before]);
            self.is_named = !shown.is_empty();
            if self.content.get(span.clone()) == Some(text) {
                span.start += before;
            }
        }
        if shown.is_empty() || self.is_hidden {
            return;
        }
        self.tag("", span.start);
        let start = self.out.html.len();
        self.write(&escape(shown));
        self.out.texts.push((start..self.out.html.len(), span));
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
        self.out.html.push_str(html);
        if self.out.sections.is_empty() && !self.in_title {
            self.out.description.push_str(html);
        }
    }
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
