//! Splits a Markdown page into blocks: headings, paragraphs, code and tables, each with its span.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::page::words;

/// A block of the page.
#[derive(Debug)]
pub(super) enum Block {
    Heading(HeadingLevel, Inline),
    /// A paragraph, a list item or raw HTML.
    Text(Inline),
    Code(Code),
    /// A table. Its first row contains the column titles.
    Table(Vec<Line>),
}

/// A block of code.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) text: String,
    pub(super) span: Range<usize>,
    /// Whether the block begins with a fence but does not end with one.
    pub(super) open: bool,
}

/// A row of a table.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) cells: Vec<Inline>,
    /// The end of the last cell that has a column title, in bytes.
    end: usize,
    /// The text after that cell, as written.
    pub(super) surplus: String,
}

/// A run of text.
#[derive(Clone, Debug, Default)]
pub(super) struct Inline {
    /// The visible text, including leading blanks.
    pub(super) plain: String,
    /// The text as HTML.
    pub(super) html: String,
    /// The span of the text on the page, in bytes.
    pub(super) span: Range<usize>,
    /// The offset of its first character that is neither blank nor drawn before a field's name.
    pub(super) name: usize,
    /// Whether all of the text is bold.
    pub(super) bold: bool,
    /// Whether that character was added already, and whether any non-blank one was. Searching `plain` for each piece would
    /// take quadratic time.
    named: bool,
    shown: bool,
}

/// Splits a page into its blocks.
pub(super) fn blocks(content: &str) -> Vec<Block> {
    let mut builder = Builder { content, blocks: Vec::new(), inline: None, heading: None, code: None, bold: 0 };
    for (event, span) in Parser::new_ext(content, Options::ENABLE_TABLES).into_offset_iter() {
        builder.event(event, span);
    }
    builder.blocks
}

struct Builder<'c> {
    content: &'c str,
    blocks: Vec<Block>,
    /// The open text.
    inline: Option<Inline>,
    heading: Option<HeadingLevel>,
    code: Option<(String, Option<Range<usize>>, bool)>,
    /// The number of open strong elements.
    bold: usize,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::End(tag) => self.end(tag, span),
            Event::Text(text) if self.code.is_some() => {
                if let Some((code, place, _)) = &mut self.code {
                    code.push_str(&text);
                    let start = place.as_ref().map_or(span.start, |place| place.start);
                    *place = Some(start..span.end);
                }
            }
            Event::Text(text) => self.add(&text, &escape(&text), span),
            Event::Code(text) => self.add(&text, &format!("<code>{}</code>", escape(&text)), span),
            Event::InlineHtml(html) | Event::Html(html) => {
                let shown = match () {
                    () if html.starts_with("<!--") => "",
                    () if html.starts_with("<br") => "\n",
                    () => &html,
                };
                self.add(shown, &html, span);
            }
            Event::SoftBreak => self.add("\n", " ", span),
            Event::HardBreak => self.add("\n", "<br>", span),
            // Extensions that are not enabled, and horizontal rules.
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, span: Range<usize>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.close();
                (self.heading, self.inline) = (Some(level), Some(Inline::default()));
            }
            Tag::CodeBlock(kind) => {
                self.close();
                let fenced = matches!(kind, CodeBlockKind::Fenced(_));
                self.code = Some((String::new(), None, fenced));
            }
            Tag::Table(_) => {
                self.close();
                self.blocks.push(Block::Table(Vec::new()));
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(Block::Table(lines)) = self.blocks.last_mut() {
                    lines.push(Line::default());
                }
            }
            Tag::TableCell => self.inline = Some(Inline { span: span.start..span.start, ..Inline::default() }),
            Tag::Strong => {
                self.markup("<b>");
                self.bold += 1;
            }
            Tag::Emphasis => self.markup("<i>"),
            Tag::Link { dest_url, .. } => self.markup(&format!("<a href=\"{}\">", escape(&dest_url))),
            Tag::Image { dest_url, .. } => self.markup(&format!("<img src=\"{}\">", escape(&dest_url))),
            Tag::Paragraph | Tag::Item | Tag::List(_) | Tag::BlockQuote(_) | Tag::HtmlBlock => self.close(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, span: Range<usize>) {
        match tag {
            TagEnd::TableCell => {
                if let (Some(Block::Table(lines)), Some(inline)) = (self.blocks.last_mut(), self.inline.take())
                    && let Some(line) = lines.last_mut()
                {
                    line.end = span.end;
                    line.cells.push(inline);
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                if let Some(Block::Table(lines)) = self.blocks.last_mut()
                    && let Some(line) = lines.last_mut()
                {
                    let rest = self.content.get(line.end..span.end).unwrap_or_default().trim();
                    let rest = rest.strip_prefix('|').unwrap_or(rest);
                    rest.strip_suffix('|').unwrap_or(rest).trim().clone_into(&mut line.surplus);
                }
            }
            TagEnd::CodeBlock => {
                if let Some((text, place, fenced)) = self.code.take() {
                    let written = self.content.get(span.clone()).unwrap_or_default().trim_end();
                    let last = written.rsplit('\n').next().unwrap_or_default().trim();
                    let closed = written.contains('\n') && (last.starts_with("```") || last.starts_with("~~~"));
                    self.blocks.push(Block::Code(Code { text, span: place.unwrap_or(span), open: fenced && !closed }));
                }
            }
            TagEnd::Strong => {
                self.bold = self.bold.saturating_sub(1);
                self.markup("</b>");
            }
            TagEnd::Emphasis => self.markup("</i>"),
            TagEnd::Link => self.markup("</a>"),
            TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::Item | TagEnd::HtmlBlock => self.close(),
            _ => {}
        }
    }

    /// Adds to the open text, or opens one if there is none: the start of a list item opens none.
    fn add(&mut self, plain: &str, html: &str, span: Range<usize>) {
        let bold = self.bold > 0;
        let inline = self.inline.get_or_insert_with(Inline::default);
        if inline.html.is_empty() {
            inline.span = span.clone();
        }
        if !inline.named {
            let written = self.content.get(span.clone()).unwrap_or_default();
            let before = written.find(|letter| !is_blank(letter)).filter(|_| written == plain);
            inline.name = span.start + before.unwrap_or_default();
        }
        let is_shown = !plain.trim().is_empty();
        inline.bold = (bold && (inline.bold || !inline.shown)) || (inline.bold && !is_shown);
        inline.named |= !plain.chars().all(is_blank);
        inline.shown |= is_shown;
        inline.plain.push_str(plain);
        inline.html.push_str(html);
        inline.span.end = inline.span.end.max(span.end);
    }

    fn markup(&mut self, html: &str) {
        if let Some(inline) = &mut self.inline {
            inline.html.push_str(html);
        }
    }

    fn close(&mut self) {
        let Some(inline) = self.inline.take() else { return };
        match self.heading.take() {
            Some(level) => self.blocks.push(Block::Heading(level, inline)),
            None if !inline.shown => {}
            None => self.blocks.push(Block::Text(inline)),
        }
    }
}

fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || is_mark(letter)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Returns whether a character is drawn before the name of a field.
pub(super) fn is_mark(letter: char) -> bool {
    words::is_branch(letter) || matches!(letter, '↳' | '∟' | '-' | '+' | '>' | '·' | '•')
}
