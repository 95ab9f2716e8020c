//! Where the words of a cell stand in the source: in the line that html5ever tells, behind the cell before.

use std::cell::Cell;
use std::ops::Range;

use ego_tree::iter::Edge;
use scraper::Node;

use super::dom::{Document, Element, walk};
use crate::diagnostic::PageText;
use crate::page::words;

/// The longest line that is marked as a whole.
const MAX_LINE: usize = 4 << 10;

/// How many bytes are searched for each byte of the page: a line of megabytes may hold many cells that are written
/// with entities, and so are not found.
const SEARCHED: usize = 8;

/// Finds cells, in the order of the page.
pub(super) struct Locator<'p> {
    text: &'p str,
    lines: PageText<'p>,
    document: &'p Document,
    /// Behind the last cell that was found.
    from: Cell<usize>,
    budget: Cell<usize>,
}

impl<'p> Locator<'p> {
    pub(super) fn new(text: &'p str, document: &'p Document) -> Locator<'p> {
        let budget = Cell::new(text.len().saturating_mul(SEARCHED));
        Locator { text, lines: PageText::new(text), document, from: Cell::new(0), budget }
    }

    /// The first line of what a reader sees of a cell, without a leaf's `└`; the whole line if the source writes it
    /// otherwise. `skip` holds for what stands in the cell, but belongs to another one.
    pub(super) fn cell<'d>(&self, cell: Element<'d>, skip: impl Fn(Element<'d>) -> bool) -> Option<Range<usize>> {
        let (owner, words) = walk(cell, skip).find_map(|edge| {
            let Edge::Open(node) = edge else { return None };
            let Node::Text(text) = node.value() else { return None };
            let words = text.trim_start_matches(|letter: char| letter.is_whitespace() || words::is_branch(letter));
            (!words.is_empty()).then_some((node.parent()?, words))
        })?;
        let words = words.lines().next().unwrap_or(words).trim_end();
        let (line, start) = self.lines.line(usize::try_from(self.document.line(owner.id())?).ok()?);
        let end = start + line.len();
        let from = self.from.get().clamp(start, end);
        let budget = self.budget.get();
        let found = (budget > 0).then(|| self.text[from..end].find(words)).flatten().map(|at| from + at);
        self.budget.set(budget.saturating_sub(found.unwrap_or(end) - from));
        match found {
            Some(at) => {
                self.from.set(at + words.len());
                Some(at..at + words.len())
            }
            None => {
                let shown = line.trim();
                let start = start + (line.len() - line.trim_start().len());
                (!shown.is_empty() && shown.len() <= MAX_LINE).then_some(start..start + shown.len())
            }
        }
    }

    /// The source of a sample: what stands inside its element.
    pub(super) fn sample(&self, code: Element<'_>) -> Option<Range<usize>> {
        let name = code.value().as_element()?.name();
        let line = code.descendants().find_map(|node| self.document.line(node.id()))?;
        let (line, start) = self.lines.line(usize::try_from(line).ok()?);
        let end = start + line.len();
        let from = self.from.get().clamp(start, end);
        // The code may begin behind its tag, or in the next line.
        let opened = self.tag("<", name, from..end).and_then(|at| Some(at + self.text[at..end].find('>')? + 1));
        let start = opened.unwrap_or(from);
        let end = self.tag("</", name, start..self.text.len())?;
        self.from.set(end);
        Some(start..end)
    }

    /// Where the first tag of this name begins.
    fn tag(&self, mark: &str, name: &str, within: Range<usize>) -> Option<usize> {
        let is_named = |at: &usize| {
            let tag = self.text[at + mark.len()..].get(..name.len());
            tag.is_some_and(|tag| tag.eq_ignore_ascii_case(name))
        };
        self.text[within.clone()].match_indices(mark).map(|(at, _)| within.start + at).find(is_named)
    }
}

#[cfg(test)]
mod tests {
    use super::Locator;
    use crate::read::html::dom;

    /// What the source has in the place of each cell.
    fn cells(text: &str) -> Vec<Option<&str>> {
        let page = dom::page(text).unwrap();
        let locator = Locator::new(text, &page);
        let cells = page
            .html
            .tree
            .root()
            .descendants()
            .filter(|node| node.value().as_element().is_some_and(|element| element.name() == "td"));
        cells.map(|cell| Some(&text[locator.cell(cell, |_| false)?])).collect()
    }

    #[test]
    fn a_cell_is_found_in_its_line_behind_the_cell_before() {
        let page =
            "<table><tr><td>a</td><td>a</td>\n<td>\n <span></span> └  a b\n c</td><td></td><td>x &lt; y</td></table>";
        assert_eq!(cells(page)[..4], [Some("a"), Some("a"), Some("a b"), None]);
        assert_eq!(cells(page)[4], Some("c</td><td></td><td>x &lt; y</td></table>"));
        let page = format!("<table><tr>{}</table>", "<td>1</td>".repeat(3));
        let html = dom::page(&page).unwrap();
        let locator = Locator::new(&page, &html);
        let cells = html.html.tree.root().descendants();
        let cells = cells.filter(|node| node.value().as_element().is_some_and(|element| element.name() == "td"));
        let starts: Vec<usize> = cells.map(|cell| locator.cell(cell, |_| false).unwrap().start).collect();
        assert_eq!(starts, [15, 25, 35]);
    }

    /// Cells that are not found cost no more than a few looks at their line.
    #[test]
    fn what_is_searched_grows_with_the_page() {
        for cells in [1_000, 4_000] {
            let page = format!("<table><tr>{}</table>", "<td>&copy;</td>".repeat(cells));
            let html = dom::page(&page).unwrap();
            let locator = Locator::new(&page, &html);
            for node in html.html.tree.root().descendants() {
                if node.value().as_element().is_some_and(|element| element.name() == "td") {
                    assert_eq!(locator.cell(node, |_| false), None);
                }
            }
            assert_eq!(locator.budget.get(), 0, "the search stops when it has read the page eight times");
        }
    }
}
