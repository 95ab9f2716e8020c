//! HTML to a tree by html5ever and scraper's own sink, with what the tree alone does not tell: the line of each text,
//! tags that fit nowhere, and whether the source ends where the page does.
//!
//! html5ever looks through its stack of open elements at many tags, opens formatting elements that a page left open
//! again in each block, and compares each attribute with all before it: a hostile page takes it quadratic time. Here the
//! page is fed in pieces, and given up between two pieces.

use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};

use ego_tree::iter::Edge;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeBuilder, TreeBuilderOpts, TreeSink};
use html5ever::{Attribute, LocalName, QualName, TokenizerResult};
use scraper::{Html, HtmlTreeSink, Node};

use super::written::Written;

/// How deep elements may nest. The site's pages have about 30.
pub(crate) const MAX_DEPTH: usize = 512;

/// How many attributes a tag may have: the parser compares each with all before it.
pub(crate) const MAX_ATTRIBUTES: usize = 500;

/// How much is parsed between two looks at the depth.
const PIECE: usize = 8 << 10;

/// How many blanks, quotes and slashes may stand in one tag or comment: each may begin an attribute.
const MAX_SEPARATORS: usize = 16 << 10;

/// A node of a page.
pub(crate) type Element<'d> = ego_tree::NodeRef<'d, Node>;

/// What no page has, after so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hostile {
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep(usize),
    /// A tag with more attributes than [`MAX_ATTRIBUTES`].
    TooManyAttributes(usize),
}

/// A parsed page.
pub(crate) struct Document {
    pub(crate) html: Html,
    /// The line, from 1, of the first words directly in each element that has any; by element.
    lines: Vec<(NodeId, u64)>,
    /// Tags that fit nowhere, in the source's order.
    pub(crate) misfits: Vec<Misfit>,
    /// How many tables have no end.
    pub(crate) open_tables: usize,
    /// The page begins an `<html>`.
    pub(crate) begun: bool,
    /// The page ends its `<html>`.
    pub(crate) ended: bool,
    /// The text ends inside a tag or a comment.
    pub(crate) cut: bool,
}

/// A tag that the parser can make nothing of where it stands.
#[derive(Debug)]
pub(crate) struct Misfit {
    /// The element before it in the source.
    pub(crate) after: NodeId,
    pub(crate) line: u64,
    /// What is wrong, such as "`</div>` ends nothing".
    pub(crate) what: String,
}

impl Document {
    /// The line of the first words directly in an element.
    pub(crate) fn line(&self, element: NodeId) -> Option<u64> {
        let at = self.lines.binary_search_by_key(&element, |(id, _)| *id).ok()?;
        Some(self.lines[at].1)
    }
}

/// Parses a page.
pub(crate) fn page(text: &str) -> Result<Document, Hostile> {
    parse(text, false)
}

/// Parses what a description holds.
pub(crate) fn fragment(text: &str) -> Result<Document, Hostile> {
    parse(text, true)
}

fn parse(text: &str, content: bool) -> Result<Document, Hostile> {
    let watch = Watch::new();
    let builder = TreeBuilder::new(watch, TreeBuilderOpts::default());
    let tokens = Tokens { builder, written: RefCell::new(Written::new(text)), content };
    let tokenizer = Tokenizer::new(tokens, TokenizerOpts::default());
    let watch = || &tokenizer.sink.builder.sink;
    let queue = BufferQueue::default();
    let (mut at, mut separators) = (0, 0);
    while at < text.len() {
        let mut end = (at + PIECE).min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        let tokens = watch().tokens.get();
        queue.push_back(StrTendril::from_slice(&text[at..end]));
        while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
        let separates = |byte: &u8| byte.is_ascii_whitespace() || b"\"'/".contains(byte);
        separators = match watch().tokens.get() == tokens {
            true => separators + text.as_bytes()[at..end].iter().filter(|byte| separates(byte)).count(),
            false => 0,
        };
        if watch().too_many_attributes.get() || separators > MAX_SEPARATORS {
            return Err(Hostile::TooManyAttributes(end));
        }
        if watch().too_deep.get() || watch().nodes.borrow().len() > end + PIECE {
            return Err(Hostile::TooDeep(end));
        }
        at = end;
    }
    tokenizer.end();
    let watch = tokenizer.sink.builder.sink;
    if watch.too_deep.get() { Err(Hostile::TooDeep(text.len())) } else { Ok(watch.finish()) }
}

/// The tree builder, and a look at each tag before and after it.
struct Tokens<'t> {
    builder: TreeBuilder<Handle, Watch>,
    written: RefCell<Written<'t>>,
    /// What is parsed is a description; in a page, descriptions stand in tables.
    content: bool,
}

impl TokenSink for Tokens<'_> {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        let watch = &self.builder.sink;
        watch.line.set(line);
        // What a tag holds may be wrong many times over before it ends.
        if !matches!(token, Token::ParseError(_)) {
            watch.tokens.set(watch.tokens.get() + 1);
        }
        let tag = match token {
            Token::TagToken(tag) => tag,
            Token::ParseError(message) => {
                watch.cut.set(watch.cut.get() || message.starts_with("Saw EOF"));
                return TokenSinkResult::Continue;
            }
            other => return self.builder.process_token(other, line),
        };
        if tag.attrs.len() > MAX_ATTRIBUTES {
            watch.too_many_attributes.set(true);
        }
        if (self.content || watch.open_tables.get() > 0)
            && let Some(words) = self.written.borrow_mut().words(&tag, line)
        {
            return self.builder.process_token(Token::CharacterTokens(words), line);
        }
        let (name, kind) = (tag.name.clone(), tag.kind);
        watch.unexpected.set(false);
        watch.created.take();
        let result = self.builder.process_token(Token::TagToken(tag), line);
        watch.note(kind, &name);
        result
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// scraper's sink, and what [`Document`] tells beside the tree.
struct Watch {
    inner: HtmlTreeSink,
    nodes: RefCell<Vec<Known>>,
    lines: RefCell<Vec<(NodeId, u64)>>,
    misfits: RefCell<Vec<Misfit>>,
    too_deep: Cell<bool>,
    too_many_attributes: Cell<bool>,
    line: Cell<u64>,
    tokens: Cell<u64>,
    open_tables: Cell<usize>,
    begun: Cell<bool>,
    ended: Cell<bool>,
    cut: Cell<bool>,
    /// The element that was made last.
    last: Cell<NodeId>,
    /// The last element that the present tag has made.
    created: RefCell<Option<LocalName>>,
    /// The present tag fits nowhere.
    unexpected: Cell<bool>,
    /// The last cell of a table was a `th`.
    titled: Cell<bool>,
}

/// What is known of a node.
#[derive(Clone, Copy, Default)]
struct Known {
    depth: u16,
    /// It has words, whose line was noted.
    words: bool,
}

/// A node, and its place among those that are known.
#[derive(Clone)]
struct Handle {
    id: NodeId,
    index: usize,
}

pub(crate) type NodeId = <HtmlTreeSink as TreeSink>::Handle;

impl Watch {
    fn new() -> Watch {
        let inner = HtmlTreeSink::new(Html::new_document());
        let last = Cell::new(inner.get_document());
        Watch {
            inner,
            nodes: RefCell::new(vec![Known::default()]),
            lines: RefCell::default(),
            misfits: RefCell::default(),
            too_deep: Cell::default(),
            too_many_attributes: Cell::default(),
            line: Cell::new(1),
            tokens: Cell::default(),
            open_tables: Cell::default(),
            begun: Cell::default(),
            ended: Cell::default(),
            cut: Cell::default(),
            last,
            created: RefCell::default(),
            unexpected: Cell::default(),
            titled: Cell::default(),
        }
    }

    fn handle(&self, id: NodeId) -> Handle {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Known::default());
        self.last.set(id);
        Handle { id, index: nodes.len() - 1 }
    }

    /// Notes that a node hangs `below` another one's depth.
    fn attach(&self, to: &Handle, below: u16, child: NodeOrText<Handle>) -> NodeOrText<NodeId> {
        let mut nodes = self.nodes.borrow_mut();
        match child {
            NodeOrText::AppendText(text) => {
                let first = text.find(|letter: char| !letter.is_whitespace());
                if let (Some(first), false, 1) = (first, nodes[to.index].words, below) {
                    nodes[to.index].words = true;
                    // The line is that of the text's end.
                    let feeds = text.as_bytes()[first..].iter().filter(|byte| **byte == b'\n').count();
                    self.lines.borrow_mut().push((to.id, self.line.get().saturating_sub(feeds as u64)));
                }
                NodeOrText::AppendText(text)
            }
            NodeOrText::AppendNode(node) => {
                let depth = nodes[to.index].depth.saturating_add(below);
                nodes[node.index].depth = depth;
                if usize::from(depth) > MAX_DEPTH {
                    self.too_deep.set(true);
                }
                NodeOrText::AppendNode(node.id)
            }
        }
    }

    /// Looks at what has become of a tag.
    fn note(&self, kind: TagKind, name: &LocalName) {
        let unexpected = self.unexpected.get();
        let name: &str = name;
        if kind == TagKind::StartTag {
            let created = self.created.borrow().as_ref().is_some_and(|created| &**created == name);
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
        self.misfits.borrow_mut().push(Misfit { after: self.last.get(), line: self.line.get(), what });
    }
}

impl TreeSink for Watch {
    type Handle = Handle;
    type Output = Document;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Document {
        let mut lines = self.lines.into_inner();
        lines.sort_unstable();
        Document {
            html: self.inner.finish(),
            lines,
            misfits: self.misfits.into_inner(),
            open_tables: self.open_tables.get(),
            begun: self.begun.get(),
            ended: self.ended.get(),
            cut: self.cut.get(),
        }
    }

    fn parse_error(&self, message: Cow<'static, str>) {
        if message == "Unexpected token" || message.starts_with("Found special tag") {
            self.unexpected.set(true);
        }
    }

    fn get_document(&self) -> Handle {
        Handle { id: self.inner.get_document(), index: 0 }
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> Ref<'a, QualName> {
        self.inner.elem_name(&target.id)
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> Handle {
        *self.created.borrow_mut() = Some(name.local.clone());
        self.handle(self.inner.create_element(name, attrs, flags))
    }

    fn create_comment(&self, text: StrTendril) -> Handle {
        self.handle(self.inner.create_comment(text))
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> Handle {
        self.handle(self.inner.create_pi(target, data))
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        self.inner.append(&parent.id, self.attach(parent, 1, child));
    }

    fn append_based_on_parent_node(&self, element: &Handle, previous: &Handle, child: NodeOrText<Handle>) {
        let child = self.attach(element, 0, child);
        self.inner.append_based_on_parent_node(&element.id, &previous.id, child);
    }

    fn append_doctype_to_document(&self, name: StrTendril, public: StrTendril, system: StrTendril) {
        self.inner.append_doctype_to_document(name, public, system);
    }

    fn get_template_contents(&self, target: &Handle) -> Handle {
        let contents = self.handle(self.inner.get_template_contents(&target.id));
        let mut nodes = self.nodes.borrow_mut();
        nodes[contents.index].depth = nodes[target.index].depth.saturating_add(1);
        contents.clone()
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        self.inner.same_node(&x.id, &y.id)
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.inner.set_quirks_mode(mode);
    }

    fn append_before_sibling(&self, sibling: &Handle, node: NodeOrText<Handle>) {
        let node = self.attach(sibling, 0, node);
        self.inner.append_before_sibling(&sibling.id, node);
    }

    fn add_attrs_if_missing(&self, target: &Handle, attrs: Vec<Attribute>) {
        self.inner.add_attrs_if_missing(&target.id, attrs);
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.inner.remove_from_parent(&target.id);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        self.inner.reparent_children(&node.id, &new_parent.id);
    }
}

/// The edges of a tree, like those of [`ego_tree::NodeRef::traverse`], but without some of its subtrees.
pub(crate) struct Walk<'d, S> {
    root: Element<'d>,
    next: Option<Edge<'d, Node>>,
    skip: S,
}

/// Walks the tree below and with `root`, past each node for which `skip` holds.
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
            Edge::Close(node) if node == self.root => None,
            Edge::Close(node) => node.parent().map(|parent| self.first_of(node.next_sibling(), parent)),
        };
        Some(edge)
    }
}

#[cfg(test)]
mod tests {
    use super::{Hostile, page};

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

    #[test]
    fn words_have_the_line_that_they_begin_in() {
        let page = page("<ul>\r\n<li>\n  a\n b<b>\n\nc</b></li>\n<li> &amp;\nx</li></ul>").unwrap();
        let line = |words: &str| {
            let node =
                page.html.tree.nodes().find(|node| node.value().as_text().is_some_and(|text| text.contains(words)));
            page.line(node.unwrap().parent().unwrap().id())
        };
        assert_eq!((line("a"), line("c"), line("x")), (Some(3), Some(6), Some(7)));
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
