//! Parses HTML with html5ever and scraper's sink, and records what the tree does not contain: the source position of each
//! text, misplaced tags, and whether the source is complete.
//!
//! On hostile pages html5ever takes quadratic time: it searches its stack of open elements at many tags, reopens unclosed
//! formatting elements in each block, and compares each attribute with all before it. So the page is fed in pieces, and
//! parsing can stop between two pieces.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use html5ever::{LocalName, TokenizerResult};
use scraper::{Html, HtmlTreeSink, Node};

use super::angle_brackets;
use crate::page::words;

/// The maximum nesting depth of elements. The site's pages have about 30.
pub(crate) const MAX_DEPTH: usize = 512;

/// The maximum number of attributes of a tag: the parser compares each with all before it.
pub(crate) const MAX_ATTRIBUTES: usize = 500;

/// The number of bytes parsed between two checks of the depth.
const PIECE: usize = 2 << 10;

/// The maximum number of blanks, quotes and slashes in one tag or comment: each may begin an attribute.
const MAX_SEPARATORS: usize = 16 << 10;

/// A node of a page.
pub(crate) type Element<'d> = ego_tree::NodeRef<'d, Node>;

/// A construct that does not occur on the site's pages, with the byte offset near which it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hostile {
    /// Elements nest deeper than [`MAX_DEPTH`].
    TooDeep(usize),
    /// A tag has more attributes than [`MAX_ATTRIBUTES`].
    TooManyAttributes(usize),
}

/// A parsed page.
pub(crate) struct Document<'t> {
    pub(crate) html: Html,
    source: &'t str,
    /// The source span of each text node, in the order of the nodes.
    texts: Vec<(NodeId, Range<usize>)>,
    /// Misplaced tags, in source order.
    pub(crate) misfits: Vec<Misfit>,
    /// The number of tables that are not closed.
    pub(crate) open_tables: usize,
    /// Whether the page has an `<html>` tag.
    pub(crate) begun: bool,
    /// Whether the page has an `</html>` tag.
    pub(crate) ended: bool,
    /// Whether the text ends inside a tag or a comment.
    pub(crate) cut: bool,
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
        if self.misfits.is_empty() {
            return &[];
        }
        let last = element.descendants().map(|node| node.id()).max();
        let from = self.misfits.partition_point(|misfit| misfit.after < element.id());
        let end = self.misfits.partition_point(|misfit| Some(misfit.after) <= last);
        &self.misfits[from..end.max(from)]
    }

    /// Returns the source span of a text node.
    fn written(&self, text: NodeId) -> Option<Range<usize>> {
        let at = self.texts.binary_search_by_key(&text, |(id, _)| *id).ok()?;
        Some(self.texts[at].1.clone())
    }

    /// Returns the source span of the first visible line of an element, without a leaf's `└`. `skip` returns `true` for
    /// nodes inside the element that belong to another one.
    pub(super) fn place<'d>(&self, element: Element<'d>, skip: impl Fn(Element<'d>) -> bool) -> Option<Range<usize>> {
        let is_blank = |letter: char| letter.is_whitespace() || words::is_branch(letter);
        let (node, shown) = walk(element, skip).find_map(|edge| {
            let Edge::Open(node) = edge else { return None };
            let shown = node.value().as_text()?.trim_start_matches(is_blank);
            (!shown.is_empty()).then_some((node, shown))
        })?;
        let written = self.written(node.id())?;
        let source = &self.source[written.clone()];
        let shown = shown.lines().next().unwrap_or(shown).trim_end();
        // The source shows entities instead of the characters.
        let place = source.find(shown).map(|at| at..at + shown.len()).unwrap_or_else(|| {
            let start = source.len() - source.trim_start_matches(is_blank).len();
            let line = source[start..].lines().next().unwrap_or_default();
            start..start + line.trim_end().len()
        });
        Some(written.start + place.start..written.start + place.end).filter(|place| !place.is_empty())
    }

    /// Returns the source span from the first to the last text inside an element.
    pub(super) fn inside(&self, element: Element<'_>) -> Option<Range<usize>> {
        let mut texts = element.descendants().filter(|node| node.value().is_text());
        let first = texts.next()?;
        let last = texts.last().unwrap_or(first);
        Some(self.written(first.id())?.start..self.written(last.id())?.end).filter(|inside| inside.start < inside.end)
    }
}

/// Parses a page.
pub(crate) fn page(text: &str) -> Result<Document<'_>, Hostile> {
    parse(text, false)
}

/// Parses the HTML of a description.
pub(crate) fn fragment(text: &str) -> Result<Document<'_>, Hostile> {
    parse(text, true)
}

fn parse(source: &str, content: bool) -> Result<Document<'_>, Hostile> {
    let queue = BufferQueue::default();
    let builder = TreeBuilder::new(HtmlTreeSink::new(Html::new_document()), TreeBuilderOpts::default());
    let tokenizer = Tokenizer::new(Tokens::new(builder, source, &queue, content), TokenizerOpts::default());
    let tokens = &tokenizer.sink;
    let (mut at, mut separators) = (0, 0);
    while at < source.len() {
        let mut end = (at + PIECE).min(source.len());
        while !source.is_char_boundary(end) {
            end += 1;
        }
        let read = tokens.end.get();
        tokens.fed.set(end);
        queue.push_back(StrTendril::from_slice(&source[at..end]));
        while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
        let separates = |byte: &u8| byte.is_ascii_whitespace() || b"\"'/".contains(byte);
        separators = match tokens.end.get() == read {
            true => separators + source.as_bytes()[at..end].iter().filter(|byte| separates(byte)).count(),
            false => 0,
        };
        if tokens.too_many_attributes.get() || separators > MAX_SEPARATORS {
            return Err(Hostile::TooManyAttributes(end));
        }
        let html = tokens.builder.sink.0.borrow();
        let depth = html.tree.nodes().next_back().map_or(0, |node| node.ancestors().count());
        if depth > MAX_DEPTH || tokens.nodes.get() > end + PIECE {
            return Err(Hostile::TooDeep(end));
        }
        at = end;
    }
    tokenizer.end();
    Ok(tokenizer.sink.finish())
}

/// Wraps the tree builder and inspects each token before and after it is processed.
struct Tokens<'t, 'q> {
    builder: TreeBuilder<NodeId, HtmlTreeSink>,
    source: &'t str,
    queue: &'q BufferQueue,
    /// Whether the source is a description. On a page, descriptions are in tables.
    content: bool,
    /// The end of the source fed so far, in bytes.
    fed: Cell<usize>,
    /// The end of the current token, in bytes.
    end: Cell<usize>,
    /// The span of the run of text, without tags, that the current token belongs to.
    run: RefCell<Range<usize>>,
    /// The number of nodes in the tree.
    nodes: Cell<usize>,
    texts: RefCell<Vec<(NodeId, Range<usize>)>>,
    misfits: RefCell<Vec<Misfit>>,
    open_tables: Cell<usize>,
    too_many_attributes: Cell<bool>,
    begun: Cell<bool>,
    ended: Cell<bool>,
    cut: Cell<bool>,
    /// Whether the last table cell that was opened is a `th`.
    titled: Cell<bool>,
}

impl<'t, 'q> Tokens<'t, 'q> {
    fn new(
        builder: TreeBuilder<NodeId, HtmlTreeSink>,
        source: &'t str,
        queue: &'q BufferQueue,
        content: bool,
    ) -> Tokens<'t, 'q> {
        Tokens {
            builder,
            source,
            queue,
            content,
            fed: Cell::default(),
            end: Cell::default(),
            run: RefCell::default(),
            nodes: Cell::new(1),
            texts: RefCell::default(),
            misfits: RefCell::default(),
            open_tables: Cell::default(),
            too_many_attributes: Cell::default(),
            begun: Cell::default(),
            ended: Cell::default(),
            cut: Cell::default(),
            titled: Cell::default(),
        }
    }

    fn finish(self) -> Document<'t> {
        let mut texts = self.texts.into_inner();
        texts.sort_by_key(|(node, _)| *node);
        let mut html = self.builder.sink.0.into_inner();
        html.errors = Vec::new();
        Document {
            html,
            source: self.source,
            texts,
            misfits: self.misfits.into_inner(),
            open_tables: self.open_tables.get(),
            begun: self.begun.get(),
            ended: self.ended.get(),
            cut: self.cut.get(),
        }
    }

    /// Returns the number of bytes that the tokenizer has not consumed. The queue may hold two pieces, because the
    /// tokenizer puts back what it read while looking for a character reference.
    fn left(&self) -> usize {
        let Some(first) = self.queue.pop_front() else { return 0 };
        let second = self.queue.peek_front_chunk_mut().map_or(0, |second| second.len());
        let left = first.len() + second;
        self.queue.push_front(first);
        left
    }

    fn text(&self, text: StrTendril, before: usize, line: u64) -> TokenSinkResult<NodeId> {
        let end = self.end.get();
        let start = end.checked_sub(text.len()).filter(|&start| self.source.get(start..end) == Some(&text));
        let start = start.unwrap_or(before);
        self.run.replace_with(|run| if run.start == run.end { start..end } else { run.start..end });
        let result = self.builder.process_token(Token::CharacterTokens(text), line);
        if self.note_texts().is_none()
            && let Some((_, last)) = self.texts.borrow_mut().last_mut()
            && last.start == self.run.borrow().start
        {
            last.end = end;
        }
        result
    }

    fn tag(&self, tag: Tag, before: usize, line: u64) -> TokenSinkResult<NodeId> {
        if tag.attrs.len() > MAX_ATTRIBUTES {
            self.too_many_attributes.set(true);
        }
        if (self.content || self.open_tables.get() > 0)
            && let Some(words) = angle_brackets::words(&tag, self.source, before..self.end.get())
        {
            return self.text(words, before, line);
        }
        let (name, kind) = (tag.name.clone(), tag.kind);
        self.builder.sink.0.borrow_mut().errors.clear();
        let result = self.builder.process_token(Token::TagToken(tag), line);
        let created = self.note_texts().flatten();
        self.run.take();
        self.note_tag(kind, &name, created.as_ref() == Some(&name));
        result
    }

    /// Records the source spans of the text nodes that the current token created. Returns `None` if it created no node,
    /// else the name of the last element among them.
    fn note_texts(&self) -> Option<Option<LocalName>> {
        let html = self.builder.sink.0.borrow();
        let nodes = html.tree.values().len();
        let made = nodes - self.nodes.replace(nodes);
        let mut element = None;
        for node in html.tree.nodes().rev().take(made) {
            match node.value() {
                Node::Text(_) => self.texts.borrow_mut().push((node.id(), self.run.borrow().clone())),
                Node::Element(made) if element.is_none() => element = Some(made.name.local.clone()),
                _ => {}
            }
        }
        (made > 0).then_some(element)
    }

    /// Checks how the parser handled a tag: whether it created an element, and which errors it raised.
    fn note_tag(&self, kind: TagKind, name: &str, created: bool) {
        let unexpected = {
            let html = self.builder.sink.0.borrow();
            html.errors.iter().any(|error| error == "Unexpected token" || error.starts_with("Found special tag"))
        };
        if kind == TagKind::StartTag {
            match name {
                "html" => self.begun.set(true),
                "table" if created => self.open_tables.set(self.open_tables.get() + 1),
                "td" | "th" if created => self.titled.set(name == "th"),
                _ => {}
            }
            let lost = !created && matches!(name, "table" | "tr" | "td" | "th" | "ul" | "li");
            if lost || (unexpected && matches!(name, "ul" | "li" | "div")) {
                self.misfit(format!("`<{name}>` stands where none can"));
            }
            return;
        }
        let misfit = match name {
            "html" => {
                self.ended.set(true);
                false
            }
            "table" if !unexpected => {
                self.open_tables.set(self.open_tables.get().saturating_sub(1));
                false
            }
            "td" => unexpected && !self.titled.get(),
            "th" => unexpected && self.titled.get(),
            "div" => unexpected && self.open_tables.get() > 0,
            "table" | "tr" | "ul" => unexpected,
            _ => false,
        };
        if misfit {
            self.misfit(format!("`</{name}>` ends nothing"));
        }
    }

    fn misfit(&self, what: String) {
        let html = self.builder.sink.0.borrow();
        let last = html.tree.nodes().next_back().unwrap_or(html.tree.root());
        self.misfits.borrow_mut().push(Misfit { after: last.id(), at: self.end.get(), what });
    }
}

impl TokenSink for Tokens<'_, '_> {
    type Handle = NodeId;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<NodeId> {
        if let Token::ParseError(message) = token {
            self.cut.set(self.cut.get() || message.starts_with("Saw EOF"));
            return TokenSinkResult::Continue;
        }
        let before = self.end.replace(self.fed.get() - self.left());
        match token {
            Token::TagToken(tag) => self.tag(tag, before, line),
            Token::CharacterTokens(text) => self.text(text, before, line),
            other => {
                let result = self.builder.process_token(other, line);
                self.note_texts();
                self.run.take();
                result
            }
        }
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// The edges of a tree, like [`ego_tree::NodeRef::traverse`], but without the skipped subtrees.
pub(crate) struct Walk<'d, S> {
    root: Element<'d>,
    next: Option<Edge<'d, Node>>,
    skip: S,
}

/// Walks the tree from `root` down, without the nodes for which `skip` returns `true`.
pub(crate) fn walk<'d, S: Fn(Element<'d>) -> bool>(root: Element<'d>, skip: S) -> Walk<'d, S> {
    Walk { root, next: Some(Edge::Open(root)), skip }
}

impl<'d, S: Fn(Element<'d>) -> bool> Walk<'d, S> {
    fn first_of(&self, mut sibling: Option<Element<'d>>, parent: Element<'d>) -> Edge<'d, Node> {
        while let Some(node) = sibling {
            if !(self.skip)(node) {
                return Edge::Open(node);
            }
            sibling = node.next_sibling();
        }
        Edge::Close(parent)
    }
}

impl<'d, S: Fn(Element<'d>) -> bool> Iterator for Walk<'d, S> {
    type Item = Edge<'d, Node>;

    fn next(&mut self) -> Option<Edge<'d, Node>> {
        let edge = self.next.take()?;
        self.next = match edge {
            Edge::Open(node) => Some(self.first_of(node.first_child(), node)),
            Edge::Close(node) if node.id() == self.root.id() => None,
            Edge::Close(node) => node.parent().map(|parent| self.first_of(node.next_sibling(), parent)),
        };
        Some(edge)
    }
}

#[cfg(test)]
mod tests {
    use super::{Element, Hostile, page};

    #[test]
    fn nesting_beyond_the_limit_ends_the_parse_early() {
        for tag in ["<div>", "<b>", "<span>", "<table><tr><td>", "<a href=x><div>", "<ul><li>"] {
            let text = tag.repeat(100_000);
            assert!(matches!(page(&text), Err(Hostile::TooDeep(after)) if after < 200_000), "{tag}");
        }
        let fonts: String = (0..100_000).map(|size| format!("<p><font size={size}>x</p>")).collect();
        assert!(matches!(page(&fonts), Err(Hostile::TooDeep(after)) if after < 200_000));
    }

    #[test]
    fn attributes_beyond_the_limit_end_the_parse_early() {
        for separator in [" ", "=''"] {
            let attributes: String = (0..20_000).map(|index| format!("a{index}{separator}")).collect();
            for text in [format!("<a {attributes}>"), format!("<a {attributes}")] {
                assert!(
                    matches!(page(&text), Err(Hostile::TooManyAttributes(after)) if after < 1 << 20),
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
        let ends = |text| page(text).map(|page| (page.open_tables, page.begun && !page.ended, page.cut)).unwrap();
        assert_eq!(ends("<html><table><tr><td a='>'>x</table></html>"), (0, false, false));
        assert_eq!(ends("<html><script>'</html><table>'</script><table><tr><td cla"), (1, true, true));
        assert!(ends("<p>a <!-- b").2);
    }

    /// Returns the source text at the place of each element with this name.
    fn places<'t>(source: &'t str, name: &str) -> Vec<Option<&'t str>> {
        let page = page(source).unwrap();
        let is_named = |node: &Element<'_>| node.value().as_element().is_some_and(|element| element.name() == name);
        let elements = page.html.tree.root().descendants().filter(is_named);
        elements.map(|element| Some(&source[page.place(element, |_| false)?])).collect()
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
            let found = page(text).unwrap().misfits;
            assert_eq!(found.iter().map(|misfit| misfit.what.as_str()).collect::<Vec<_>>(), what, "{text}");
        }
    }
}
