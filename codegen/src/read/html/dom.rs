//! Parses HTML with html5ever and scraper's sink, and records what the tree does not contain: the source position of each
//! text, misplaced tags, and whether the source is complete.
//!
//! On hostile pages html5ever takes quadratic time: it searches its stack of open elements at many tags, reopens unclosed
//! formatting elements in each block, and compares each attribute with all before it. So the page is fed in pieces, and
//! parsing can stop between two pieces.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::Range;

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use html5ever::TokenizerResult;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use scraper::{Html, HtmlTreeSink, Node};

use super::angle_brackets;
use crate::page::words;
use crate::read::error::PageProblem;

/// The maximum nesting depth of elements. The site's pages have about 30.
pub(crate) const MAX_DEPTH: usize = 512;

/// The maximum number of attributes of a tag: the parser compares each with all before it.
pub(crate) const MAX_ATTRIBUTES: usize = 500;

/// The number of bytes parsed between two checks of the depth.
const PIECE: usize = 2 << 10;

/// The maximum number of blanks, quotes and slashes in one tag or comment: each may begin an attribute.
const MAX_SEPARATORS: usize = 16 << 10;

/// A node of a page.
pub(crate) type Element<'d> = NodeRef<'d, Node>;

/// Returns an element's name; empty for other nodes.
pub(crate) fn name<'d>(node: Element<'d>) -> &'d str {
    node.value().as_element().map_or("", |element| element.name())
}

/// Walks through a node in document order. `visit` returns whether to enter a node that opens; a node that is not entered
/// is not closed.
pub(crate) fn walk<'d>(node: Element<'d>, mut visit: impl FnMut(Edge<'d, Node>) -> bool) {
    let mut skipped = None;
    for edge in node.traverse() {
        match edge {
            Edge::Close(inner) if skipped == Some(inner.id()) => skipped = None,
            _ if skipped.is_some() => {}
            Edge::Open(inner) if !visit(edge) => skipped = Some(inner.id()),
            Edge::Open(_) => {}
            Edge::Close(_) => {
                visit(edge);
            }
        }
    }
}

/// A parsed page.
pub(crate) struct Document<'t> {
    pub(super) source: &'t str,
    pub(crate) html: Html,
    pub(super) record: Record,
    /// The lists that are rows of fields. Empty until they are separated.
    pub(super) rows: HashSet<NodeId>,
}

/// What the tree does not contain.
#[derive(Default)]
pub(super) struct Record {
    /// The source span of each run of text without tags, and the last node before it. Node ids follow the source.
    texts: Vec<(NodeId, Range<usize>)>,
    /// Misplaced tags, in source order.
    pub(super) misfits: Vec<Misfit>,
    /// The number of tables that are not closed.
    pub(super) open_tables: usize,
    /// Whether `</html>` is missing behind an `<html>`.
    pub(super) is_open: bool,
    /// Whether the text ends inside a tag or a comment.
    pub(super) cut: bool,
}

/// A tag that is not valid at its place.
#[derive(Debug)]
pub(crate) struct Misfit {
    /// The last node before the tag in the source.
    pub(crate) after: NodeId,
    /// The byte offset of the tag's end.
    pub(crate) at: usize,
    /// What is wrong, such as "`</div>` ends nothing".
    pub(crate) what: String,
}

impl Misfit {
    /// Returns whether the tag ends a block. The parser ignores such a tag, or closes an outer block with it.
    pub(super) fn ends_block(&self) -> bool {
        self.what.starts_with("`</div>`") || self.what.starts_with("`</ul>`")
    }
}

impl Document<'_> {
    /// Returns the misplaced tags in an element.
    pub(super) fn misfits_in(&self, element: Element<'_>) -> &[Misfit] {
        let misfits = &self.record.misfits;
        if misfits.is_empty() {
            return misfits;
        }
        let last = element.descendants().map(|node| node.id()).max();
        let from = misfits.partition_point(|misfit| misfit.after < element.id());
        let end = misfits.partition_point(|misfit| Some(misfit.after) <= last);
        &misfits[from..end.max(from)]
    }

    /// Returns the source span of a text node, and of the text before and after it up to the next tags.
    fn written(&self, text: NodeId) -> Option<Range<usize>> {
        let texts = &self.record.texts;
        let at = texts.partition_point(|(before, _)| *before < text).checked_sub(1)?;
        Some(texts[at].1.clone())
    }

    /// Returns the line of a byte offset, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.source[..at].matches('\n').count() + 1
    }

    /// Returns the source span of the first visible line of an element, without a leaf's `└`.
    pub(super) fn place(&self, element: Element<'_>) -> Option<Range<usize>> {
        let is_blank = |letter: char| letter.is_whitespace() || words::is_branch(letter);
        let (node, shown) = element.descendants().find_map(|node| {
            let shown = node.value().as_text()?.trim_start_matches(is_blank);
            (!shown.is_empty()).then_some((node, shown))
        })?;
        let written = self.written(node.id())?;
        let source = &self.source[written.clone()];
        let shown = shown.lines().next().unwrap_or(shown).trim_end();
        let seen = source.trim_start_matches(is_blank);
        let start = source.len() - seen.len();
        let (at, length) = if seen.starts_with(shown) {
            (start, shown.len())
        } else if let Some(at) = source.find(shown) {
            (at, shown.len())
        } else {
            // The source shows entities instead of the characters.
            (start, seen.lines().next().map_or(0, |line| line.trim_end().len()))
        };
        (length > 0).then_some(written.start + at..written.start + at + length)
    }

    /// Returns the source span from the first to the last text inside an element.
    pub(super) fn inside(&self, element: Element<'_>) -> Option<Range<usize>> {
        let mut texts = element.descendants().filter(|node| node.value().is_text());
        let first = texts.next()?;
        let last = texts.last().unwrap_or(first);
        Some(self.written(first.id())?.start..self.written(last.id())?.end).filter(|inside| inside.start < inside.end)
    }
}

/// Parses the HTML of a description.
pub(crate) fn fragment(source: &str) -> Result<Document<'_>, PageProblem> {
    parse(source, 1)
}

/// Parses a page, which begins inside this many tables.
pub(super) fn parse(source: &str, open_tables: usize) -> Result<Document<'_>, PageProblem> {
    let queue = BufferQueue::default();
    let builder = TreeBuilder::new(HtmlTreeSink::new(Html::new_document()), TreeBuilderOpts::default());
    let state = TokensState { record: Record { open_tables, ..Record::default() }, ..TokensState::default() };
    let tokens = Tokens { builder, source, queue: &queue, state: RefCell::new(state) };
    let tokenizer = Tokenizer::new(tokens, TokenizerOpts::default());
    let tokens = &tokenizer.sink;
    let (mut at, mut separators) = (0, 0);
    while at < source.len() {
        let mut offset = (at + PIECE).min(source.len());
        while !source.is_char_boundary(offset) {
            offset += 1;
        }
        let read = tokens.state.borrow().end;
        tokens.state.borrow_mut().fed = offset;
        queue.push_back(StrTendril::from_slice(&source[at..offset]));
        while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
        let state = tokens.state.borrow();
        let separates = |byte: &u8| byte.is_ascii_whitespace() || b"\"'/".contains(byte);
        separators = match state.end == read {
            true => separators + source.as_bytes()[at..offset].iter().filter(|byte| separates(byte)).count(),
            false => 0,
        };
        if state.has_many_attributes || separators > MAX_SEPARATORS {
            return Err(PageProblem::TooManyAttributes { limit: MAX_ATTRIBUTES, offset });
        }
        let html = tokens.builder.sink.0.borrow();
        if last(&html).ancestors().count() > MAX_DEPTH || html.tree.values().len() > offset + PIECE {
            return Err(PageProblem::TooDeep { what: "tags", limit: MAX_DEPTH, offset });
        }
        at = offset;
    }
    tokenizer.end();
    let Tokens { builder, state, .. } = tokenizer.sink;
    let mut html = builder.sink.0.into_inner();
    html.errors = Vec::new();
    Ok(Document { source, html, record: state.into_inner().record, rows: HashSet::new() })
}

/// Returns the last node of a tree, in source order.
fn last(html: &Html) -> Element<'_> {
    html.tree.nodes().next_back().unwrap_or(html.tree.root())
}

/// Wraps the tree builder and inspects each token before and after it is processed.
struct Tokens<'t, 'q> {
    builder: TreeBuilder<NodeId, HtmlTreeSink>,
    source: &'t str,
    queue: &'q BufferQueue,
    state: RefCell<TokensState>,
}

/// How far the source is processed, and what was recorded up to there.
#[derive(Default)]
struct TokensState {
    record: Record,
    /// The end of the source fed so far, in bytes.
    fed: usize,
    /// The end of the current token, in bytes.
    end: usize,
    has_many_attributes: bool,
    /// Whether the last table cell that was opened is a `th`.
    titled: bool,
}

impl TokensState {
    /// Checks how the parser handled a tag: whether it created an element, and which errors it raised.
    fn note_tag(&mut self, html: &Html, kind: TagKind, name: &str, created: bool) {
        let is_error = |error: &Cow<'_, str>| error == "Unexpected token" || error.starts_with("Found special tag");
        let unexpected = html.errors.iter().any(is_error);
        let record = &mut self.record;
        let is_start = kind == TagKind::StartTag;
        match name {
            "html" => record.is_open = is_start,
            "table" if is_start && created => record.open_tables += 1,
            "table" if !is_start && !unexpected => record.open_tables = record.open_tables.saturating_sub(1),
            "td" | "th" if is_start && created => self.titled = name == "th",
            _ => {}
        }
        let is_misfit = match name {
            "ul" | "li" if is_start => unexpected || !created,
            "div" if is_start => unexpected,
            "table" | "tr" | "td" | "th" if is_start => !created,
            "td" | "th" => unexpected && self.titled == (name == "th"),
            "div" => unexpected && record.open_tables > 0,
            "table" | "tr" | "ul" => unexpected,
            _ => false,
        };
        if is_misfit {
            let what = if is_start {
                format!("`<{name}>` stands where none can")
            } else {
                format!("`</{name}>` ends nothing")
            };
            record.misfits.push(Misfit { after: last(html).id(), at: self.end, what });
        }
    }
}

impl Tokens<'_, '_> {
    /// Returns the number of bytes that the tokenizer has not consumed. The queue may hold two pieces, because the
    /// tokenizer puts back what it read while looking for a character reference.
    fn left(&self) -> usize {
        let Some(first) = self.queue.pop_front() else { return 0 };
        let second = self.queue.peek_front_chunk_mut().map_or(0, |second| second.len());
        let left = first.len() + second;
        self.queue.push_front(first);
        left
    }
}

impl TokenSink for Tokens<'_, '_> {
    type Handle = NodeId;

    fn process_token(&self, mut token: Token, line: u64) -> TokenSinkResult<NodeId> {
        let state = &mut *self.state.borrow_mut();
        if let Token::ParseError(message) = token {
            state.record.cut |= message.starts_with("Saw EOF");
            return TokenSinkResult::Continue;
        }
        let before = std::mem::replace(&mut state.end, state.fed - self.left());
        let end = state.end;
        if let Token::TagToken(tag) = &token {
            state.has_many_attributes |= tag.attrs.len() > MAX_ATTRIBUTES;
            // Descriptions are in tables.
            if state.record.open_tables > 0
                && let Some(words) = angle_brackets::words(tag, self.source, before..end)
            {
                token = Token::CharacterTokens(words);
            }
        }
        let last_before = last(&self.builder.sink.0.borrow()).id();
        let mut tag = None;
        match &token {
            Token::CharacterTokens(text) => match state.record.texts.last_mut() {
                Some((_, run)) if run.end == before => run.end = end,
                _ => {
                    let start = end.checked_sub(text.len()).filter(|&start| self.source.get(start..end) == Some(text));
                    state.record.texts.push((last_before, start.unwrap_or(before)..end));
                }
            },
            Token::TagToken(found) => {
                tag = Some((found.kind, found.name.clone()));
                self.builder.sink.0.borrow_mut().errors.clear();
            }
            _ => {}
        }
        let result = self.builder.process_token(token, line);
        if let Some((kind, name)) = tag {
            let html = self.builder.sink.0.borrow();
            let node = last(&html);
            let created =
                node.id() != last_before && node.value().as_element().is_some_and(|element| element.name.local == name);
            state.note_tag(&html, kind, &name, created);
        }
        result
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, Element, parse};
    use crate::read::error::PageProblem;

    fn page(source: &str) -> Result<Document<'_>, PageProblem> {
        parse(source, 0)
    }

    #[test]
    fn nesting_beyond_the_limit_ends_the_parse_early() {
        for tag in ["<div>", "<b>", "<span>", "<table><tr><td>", "<a href=x><div>", "<ul><li>"] {
            let text = tag.repeat(100_000);
            assert!(matches!(page(&text), Err(PageProblem::TooDeep { offset, .. }) if offset < 200_000), "{tag}");
        }
        let fonts: String = (0..100_000).map(|size| format!("<p><font size={size}>x</p>")).collect();
        assert!(matches!(page(&fonts), Err(PageProblem::TooDeep { offset, .. }) if offset < 200_000));
    }

    #[test]
    fn attributes_beyond_the_limit_end_the_parse_early() {
        for separator in [" ", "=''"] {
            let attributes: String = (0..20_000).map(|index| format!("a{index}{separator}")).collect();
            for text in [format!("<a {attributes}>"), format!("<a {attributes}")] {
                assert!(
                    matches!(page(&text), Err(PageProblem::TooManyAttributes { offset, .. }) if offset < 1 << 20),
                    "{separator:?}"
                );
            }
        }
        assert!(page(&format!("<img src=\"data:{}\">", "AbCd/".repeat(6_000))).is_ok());
    }

    #[test]
    fn the_tree_is_the_one_that_scraper_makes() {
        let text = "<!DOCTYPE html><p>a<p>b<table><tr><td>c<li>d</td>e<tr><td>f</table><b>g<i>h</b>i</i>";
        assert_eq!(page(text).unwrap().html.html(), scraper::Html::parse_document(text).html());
        let long = text.repeat(2_000);
        assert_eq!(page(&long).map(|page| page.html.html()).ok(), Some(scraper::Html::parse_document(&long).html()));
    }

    #[test]
    fn the_end_of_a_page_is_told_from_a_cut() {
        let ends =
            |text| page(text).map(|page| (page.record.open_tables, page.record.is_open, page.record.cut)).unwrap();
        assert_eq!(ends("<html><table><tr><td a='>'>x</table></html>"), (0, false, false));
        assert_eq!(ends("<html><script>'</html><table>'</script><table><tr><td cla"), (1, true, true));
        assert!(ends("<p>a <!-- b").2);
    }

    /// Returns the source text at the place of each element with this name.
    fn places<'t>(source: &'t str, name: &str) -> Vec<Option<&'t str>> {
        let page = page(source).unwrap();
        let is_named = |node: &Element<'_>| node.value().as_element().is_some_and(|element| element.name() == name);
        let elements = page.html.tree.root().descendants().filter(is_named);
        elements.map(|element| Some(&source[page.place(element)?])).collect()
    }

    #[test]
    fn the_place_of_an_element_is_the_first_line_that_is_seen() {
        let page = "<table><tr><td>a</td><td>a</td>\n<td>\n <span></span> └  a b\n c</td><td></td><td>x &lt; y</td>\
            <td>&nbsp;&copy; 1<br>2<td title='<td>3'>3<td><b>4</b>5<td>\r\n6\r\n7<td>&&<<8<td>└<i>9</i></table>";
        let expected = ["a", "a", "a b", "x &lt; y", "&nbsp;&copy; 1", "3", "4", "6", "&&<<8", "9"].map(Some);
        let found = places(page, "td");
        assert_eq!((&found[..3], found[3], &found[4..]), (&expected[..3], None, &expected[3..]));
        let starts = |page: &str, name| -> Vec<usize> {
            places(page, name).iter().map(|place| place.unwrap().as_ptr() as usize - page.as_ptr() as usize).collect()
        };
        assert_eq!(starts(&format!("<table><tr>{}</table>", "<td>1</td>".repeat(3)), "td"), [15, 25, 35]);
        // Text that the parser moves before the table, and a page fed in several pieces.
        assert_eq!(starts("<div><table>a<tr><td>b</table></div>", "div"), [12]);
        let long = format!("<table><tr>{}</table>", "<td>1&amp;2</td>".repeat(5_000));
        assert_eq!(starts(&long, "td"), (0..5_000).map(|cell| 15 + 16 * cell).collect::<Vec<_>>());
    }

    #[test]
    fn a_sample_is_all_that_stands_in_its_element() {
        let source = "<pre class='x>y'>\na &lt;b&gt;\r\n<i>c</i> d&amp;\n</pre>e";
        let page = page(source).unwrap();
        let pre = page
            .html
            .tree
            .root()
            .descendants()
            .find(|node| node.value().as_element().is_some_and(|element| element.name() == "pre"));
        let inside = page.inside(pre.unwrap()).unwrap();
        assert_eq!(source[inside].trim(), "a &lt;b&gt;\r\n<i>c</i> d&amp;");
    }

    #[test]
    fn a_tag_that_fits_nowhere_is_noted() {
        for (text, what) in [
            ("<table><tr><td><div>a</div></div></table>", vec!["`</div>` ends nothing"]),
            ("<table><tr><td><ul><li>a</ul></ul></table>", vec!["`</ul>` ends nothing"]),
            ("<table><tr><td>a</td></td></table>", vec!["`</td>` ends nothing"]),
            ("<table><tr><td>a</table></td></tr>", vec!["`</td>` ends nothing", "`</tr>` ends nothing"]),
            ("<table><tr><td>a</td><ul></ul></table>", vec!["`<ul>` stands where none can", "`</ul>` ends nothing"]),
            ("<p><td>a", vec!["`<td>` stands where none can"]),
            ("<table><tr><th>a</td></th><td><ul><li>b<li>c</li></ul></li></td></table></div></p>", vec![]),
            ("<table><tr><td><font><b>a<td><a>b<a>c</table>", vec![]),
        ] {
            let found = page(text).unwrap().record.misfits;
            assert_eq!(found.iter().map(|misfit| misfit.what.as_str()).collect::<Vec<_>>(), what, "{text}");
        }
    }
}
