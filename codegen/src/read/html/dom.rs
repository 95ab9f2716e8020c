//! HTML to a tree by scraper's own parser and sink, with a watch on what a hostile page can make of them.
//!
//! html5ever looks through its stack of open elements at many tags, and opens formatting elements that a page left
//! open again in each block: a page of 100,000 nested tags takes it quadratic time. Here the page is fed in pieces,
//! and a page that nests too deep or makes more elements than it has bytes is given up between two pieces.

use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};

use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, ParseOpts, QualName, parse_document};
use scraper::{Html, HtmlTreeSink};

/// How deep elements may nest. The site's pages have about 30.
pub(crate) const MAX_DEPTH: usize = 512;

/// How much is parsed between two looks at the depth.
const PIECE: usize = 8 << 10;

/// Nested deeper than [`MAX_DEPTH`], after so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooDeep(pub(crate) usize);

/// Parses a page.
pub(crate) fn parse(text: &str) -> Result<Html, TooDeep> {
    let inner = HtmlTreeSink::new(Html::new_document());
    let sink = Watch { inner, depths: RefCell::new(vec![0]), too_deep: Cell::new(false) };
    let mut parser = parse_document(sink, ParseOpts::default());
    let mut at = 0;
    while at < text.len() {
        let mut end = (at + PIECE).min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        parser.process(StrTendril::from_slice(&text[at..end]));
        let watch = &parser.tokenizer.sink.sink;
        if watch.too_deep.get() || watch.depths.borrow().len() > end + PIECE {
            return Err(TooDeep(end));
        }
        at = end;
    }
    let too_deep = parser.tokenizer.sink.sink.too_deep.get();
    if too_deep { Err(TooDeep(text.len())) } else { Ok(parser.finish()) }
}

/// scraper's sink, and the depth of each element in it.
struct Watch {
    inner: HtmlTreeSink,
    depths: RefCell<Vec<u16>>,
    too_deep: Cell<bool>,
}

/// A node, and its place among the depths.
#[derive(Clone)]
struct Handle {
    id: <HtmlTreeSink as TreeSink>::Handle,
    index: usize,
}

impl Watch {
    fn handle(&self, id: <HtmlTreeSink as TreeSink>::Handle) -> Handle {
        let mut depths = self.depths.borrow_mut();
        depths.push(0);
        Handle { id, index: depths.len() - 1 }
    }

    /// Notes that a node hangs `below` another one's depth.
    fn attach(&self, to: &Handle, below: u16, child: NodeOrText<Handle>) -> NodeOrText<NodeId> {
        match child {
            NodeOrText::AppendText(text) => NodeOrText::AppendText(text),
            NodeOrText::AppendNode(node) => {
                let mut depths = self.depths.borrow_mut();
                let depth = depths[to.index].saturating_add(below);
                depths[node.index] = depth;
                if usize::from(depth) > MAX_DEPTH {
                    self.too_deep.set(true);
                }
                NodeOrText::AppendNode(node.id)
            }
        }
    }
}

type NodeId = <HtmlTreeSink as TreeSink>::Handle;

impl TreeSink for Watch {
    type Handle = Handle;
    type Output = Html;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Html {
        self.inner.finish()
    }

    fn parse_error(&self, message: Cow<'static, str>) {
        self.inner.parse_error(message);
    }

    fn get_document(&self) -> Handle {
        Handle { id: self.inner.get_document(), index: 0 }
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> Ref<'a, QualName> {
        self.inner.elem_name(&target.id)
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> Handle {
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
        let mut depths = self.depths.borrow_mut();
        depths[contents.index] = depths[target.index].saturating_add(1);
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

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn nesting_beyond_the_limit_ends_the_parse_early() {
        for tag in ["<div>", "<b>", "<span>", "<table><tr><td>", "<a href=x><div>", "<ul><li>"] {
            let page = tag.repeat(100_000);
            assert!(parse(&page).is_err_and(|error| error.0 < 200_000), "{tag}");
        }
        let fonts: String = (0..100_000).map(|size| format!("<p><font size={size}>x</p>")).collect();
        assert!(parse(&fonts).is_err_and(|error| error.0 < 200_000));
    }

    #[test]
    fn the_tree_is_the_one_that_scraper_makes() {
        let page = "<!DOCTYPE html><p>a<p>b<table><tr><td>c<li>d</td>e<tr><td>f</table><b>g<i>h</b>i</i>";
        assert_eq!(parse(page).unwrap().html(), scraper::Html::parse_document(page).html());
        let long = page.repeat(2_000);
        assert_eq!(parse(&long).map(|html| html.html()), Ok(scraper::Html::parse_document(&long).html()));
    }
}
