//! A first look at a page's source: where its cells stand, and whether it ends where a page ends.
//!
//! scraper's tree has no positions. The cells of the tree and the tags of the source come in the same order, so both
//! are walked in step; the text of each pair is compared, so that a tag which the parser dropped costs only its own.

use std::collections::HashMap;
use std::ops::Range;

use ego_tree::NodeId;
use scraper::{Html, Node};

use super::cells;
use super::strays::Strays;
use super::tags::{self, TooManyAttributes};
use crate::page::words;

/// How far the two walks may be apart.
const WINDOW: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    Cell,
    Item,
    Pre,
}

impl Tag {
    fn of(name: &str) -> Option<Tag> {
        match name {
            "td" | "th" => Some(Tag::Cell),
            "li" => Some(Tag::Item),
            "pre" => Some(Tag::Pre),
            _ => None,
        }
    }
}

/// What a look at the source shows.
#[derive(Debug, Default)]
pub(crate) struct Source {
    cells: Vec<(Tag, Range<usize>)>,
    /// Tables that are not closed.
    pub(crate) open_tables: usize,
    /// The page begins an `<html>` and does not end it.
    pub(crate) open_page: bool,
    /// The text ends inside a tag or a comment.
    pub(crate) broken_end: bool,
    /// What keeps cells from being whole.
    pub(crate) strays: Strays,
}

impl Source {
    /// Looks through a page, once.
    pub(crate) fn scan(text: &str) -> Result<Source, TooManyAttributes> {
        let tags = tags::scan(text)?;
        let mut source = Source { broken_end: tags.broken_end, ..Source::default() };
        let mut open: [Option<usize>; 3] = [None; 3];
        let strays = Strays::new(text, &tags.tags, &cells::contents(text, &tags));
        for tag in tags.tags.iter().filter(|tag| !strays.has(tag)) {
            source.note(tag.name(), tag.closing, tag.start(), tag.end(), &mut open);
        }
        for cell in open.into_iter().flatten() {
            source.cells[cell].1.end = text.len();
        }
        source.strays = strays;
        Ok(source)
    }

    fn note(&mut self, name: &str, closing: bool, start: usize, end: usize, open: &mut [Option<usize>; 3]) {
        // A cell ends where the next one begins, or what it stands in ends.
        let ends: &[Tag] = match name {
            "td" | "th" | "tr" | "table" => &[Tag::Cell, Tag::Item],
            "li" | "ul" if closing || name == "li" => &[Tag::Item],
            "pre" => &[Tag::Pre],
            _ => &[],
        };
        for &tag in ends {
            if let Some(cell) = open[tag as usize].take() {
                self.cells[cell].1.end = start;
            }
        }
        match (name, closing) {
            ("table", false) => self.open_tables += 1,
            ("table", true) => self.open_tables = self.open_tables.saturating_sub(1),
            ("html", false) => self.open_page = true,
            ("html", true) => self.open_page = false,
            _ => {}
        }
        if let (Some(tag), false) = (Tag::of(name), closing) {
            open[tag as usize] = Some(self.cells.len());
            self.cells.push((tag, end..end));
        }
    }

    /// The bytes inside each cell of the tree, where they are certain.
    pub(crate) fn locate(&self, text: &str, html: &Html) -> HashMap<NodeId, Range<usize>> {
        let mut found = HashMap::new();
        let mut next = 0;
        for node in html.tree.root().descendants() {
            let Some(tag) = node.value().as_element().and_then(|element| Tag::of(element.name())) else { continue };
            let first = node
                .descendants()
                .take(WINDOW)
                .filter_map(|inner| if let Node::Text(text) = inner.value() { Some(text.trim()) } else { None })
                .find(|text| !text.is_empty())
                .unwrap_or_default();
            let window = self.cells[next..].iter().take(WINDOW);
            let fits = window.enumerate().find(|(_, (other, range))| *other == tag && begins_with(text, range, first));
            if let Some((ahead, (_, range))) = fits {
                next += ahead + 1;
                found.insert(node.id(), range.clone());
            }
        }
        found
    }
}

/// The bytes of what a reader sees of a cell: without blanks and tags around it, and without a leaf's `└`.
pub(crate) fn visible(text: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let blank = |letter: char| letter.is_whitespace() || words::is_branch(letter);
    let (mut start, mut end) = (range.start, range.end);
    loop {
        let inner = text.get(start..end)?;
        let trimmed = inner.trim_start_matches(blank);
        start = end - trimmed.len();
        if trimmed.starts_with('<') {
            start += trimmed.find('>')? + 1;
        } else {
            break;
        }
    }
    loop {
        let trimmed = text.get(start..end)?.trim_end();
        end = start + trimmed.len();
        match trimmed.rfind('<') {
            Some(tag) if trimmed.ends_with('>') && is_tag(&trimmed[tag..]) => end = start + tag,
            _ => break,
        }
    }
    (start < end).then_some(start..end)
}

fn is_tag(text: &str) -> bool {
    text.as_bytes().get(1).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'/')
}

/// Whether the source of a cell begins with this text, as far as that can be told without resolving entities.
fn begins_with(text: &str, range: &Range<usize>, first: &str) -> bool {
    match visible(text, range) {
        None => first.is_empty() || first.starts_with(words::is_branch),
        Some(inner) => {
            let plain = |letter: &char| !matches!(letter, '&' | '<') && !letter.is_whitespace();
            let first = first.trim_start_matches(|letter: char| letter.is_whitespace() || words::is_branch(letter));
            let source = text[inner].chars().take(8).take_while(plain);
            let mut first = first.chars();
            let mut matched = true;
            for letter in source {
                // The tree's text may go on in another node.
                matched &= first.next().is_none_or(|other| other == letter);
            }
            matched
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, visible};

    #[test]
    fn the_end_of_a_page_is_told_from_a_cut() {
        let scan = |text| Source::scan(text).unwrap();
        let whole = scan("<html><table><tr><td a='>'>x</table></html>");
        assert_eq!((whole.open_tables, whole.open_page, whole.broken_end), (0, false, false));
        let cut = scan("<html><script>'</html><table>'</script><table><tr><td cla");
        assert_eq!((cut.open_tables, cut.open_page, cut.broken_end), (1, true, true));
        assert!(scan("<p>a <!-- b").broken_end);
    }

    #[test]
    fn cells_are_found_by_order_and_text() {
        let text =
            "<li>a</li><td>lost</td><table><tr><td>\n <span class=i></span> b&amp;c </td><td></td><td>└ d</table>";
        let html = scraper::Html::parse_document(text);
        let found = Source::scan(text).unwrap().locate(text, &html);
        let mut spans: Vec<_> =
            found.values().filter_map(|range| visible(text, range)).map(|range| &text[range]).collect();
        spans.sort_unstable();
        assert_eq!(spans, ["a", "b&amp;c", "d"]);
    }
}
