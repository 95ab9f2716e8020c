//! Reads single elements: their text, their cells, and what marks them as rows of fields.

use ego_tree::iter::Edge;
use scraper::Node;

use super::dom::{Element, walk};
use crate::page::Column;
use crate::page::words;

/// Returns an element's name; empty for other nodes.
pub(super) fn name<'d>(node: Element<'d>) -> &'d str {
    node.value().as_element().map_or("", |element| element.name())
}

/// Returns the text of an element as written, with its line breaks, without the skipped nodes.
pub(super) fn content_of<'d>(node: Element<'d>, skip: impl Fn(Element<'d>) -> bool) -> String {
    let words = |edge| match edge {
        Edge::Open(inner) => match Element::value(&inner) {
            Node::Text(text) => Some(&**text),
            Node::Element(element) if element.name() == "br" => Some("\n"),
            _ => None,
        },
        Edge::Close(_) => None,
    };
    walk(node, skip).filter_map(words).collect()
}

/// Returns the text of an element as written, with its line breaks.
pub(super) fn inner_text(node: Element<'_>) -> String {
    content_of(node, |_| false)
}

/// Returns the visible text of an element on one line.
pub(super) fn text(node: Element<'_>) -> String {
    words_of(node, |_| false)
}

/// Returns the visible text of an element on one line, without the skipped nodes.
pub(super) fn words_of<'d>(node: Element<'d>, skip: impl Fn(Element<'d>) -> bool) -> String {
    let content = content_of(node, skip);
    let mut line = String::with_capacity(content.len());
    // Page editors leave zero-width blanks.
    for word in
        content.split(|letter: char| letter.is_whitespace() || matches!(letter, '\u{200b}' | '\u{feff}' | '\u{2060}'))
    {
        if !line.is_empty() && !word.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Returns the lines of a cell: each `br`, `li`, `p` and `div` begins one.
pub(super) fn lines<'d>(node: Element<'d>, skip: impl Fn(Element<'d>) -> bool) -> Vec<String> {
    let mut lines = vec![String::new()];
    for edge in walk(node, skip) {
        match edge {
            Edge::Open(inner) => match inner.value() {
                Node::Text(text) => {
                    if let Some(line) = lines.last_mut() {
                        line.push_str(text);
                    }
                }
                Node::Element(element) if matches!(element.name(), "br" | "li" | "p" | "div") => {
                    lines.push(String::new())
                }
                _ => {}
            },
            Edge::Close(inner) if matches!(name(inner), "li" | "p" | "div") => lines.push(String::new()),
            Edge::Close(_) => {}
        }
    }
    lines
        .iter()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect()
}

pub(super) fn cells(line: Element<'_>) -> Vec<Element<'_>> {
    line.children().filter(|cell| matches!(name(*cell), "td" | "th")).collect()
}

/// Returns whether a cell contains rows of fields.
pub(super) fn has_rows(cell: Element<'_>) -> bool {
    cell.descendants().any(|node| name(node) == "ul")
}

/// Returns whether a list reads like a row: it has a leaf's mark, or a name and a type.
pub(super) fn is_row(list: Element<'_>) -> bool {
    let mut items = list.children().filter(|item| name(*item) == "li");
    let (Some(first), Some(second), Some(_)) = (items.next(), items.next(), items.next()) else { return false };
    let first = text(first);
    let word = first.trim_start_matches('└').trim();
    words::is_name(word) && (word.len() < first.len() || words::is_type(&text(second)))
}

/// Elements that only style text. If a description leaves one open, the parser, like a browser, continues it around the
/// following rows, where it has no meaning.
const STYLES: [&str; 24] = [
    "a", "abbr", "b", "big", "center", "cite", "code", "del", "em", "font", "i", "ins", "label", "mark", "nobr", "p",
    "s", "small", "span", "strike", "strong", "sub", "tt", "u",
];

/// Returns whether an element can contain rows: any block except lists, which are rows themselves or part of a cell.
pub(super) fn is_block(name: &str) -> bool {
    !matches!(name, "" | "ul" | "ol" | "li") && !STYLES.contains(&name)
}

/// Returns whether an element is a list of rows, which a cell may enclose by mistake.
pub(super) fn is_list(node: Element<'_>) -> bool {
    node.value()
        .as_element()
        .is_some_and(|element| element.name() == "div" && element.classes().any(|class| class == "list"))
}

/// Returns whether a name cell has the icon that opens a row, or its row the corresponding class.
pub(super) fn is_object<'d>(cell: Element<'d>, skip: impl Fn(Element<'d>) -> bool) -> bool {
    let is_icon = |node: Element<'_>| matches!(name(node), "span" | "i" | "img" | "em") && text(node).is_empty();
    let icon = walk(cell, skip).any(|edge| matches!(edge, Edge::Open(node) if node != cell && is_icon(node)));
    let class = cell.parent().and_then(|row| row.value().as_element()?.attr("class"));
    icon || class.is_some_and(|class| class.to_ascii_lowercase().contains("trigger"))
}

/// Returns whether a list begins like a row of fields: with a leaf's `└` or an object's icon.
pub(super) fn is_marked(list: Element<'_>) -> bool {
    let first = list.children().find(|item| name(*item) == "li");
    first.is_some_and(|first| lead(first).starts_with(words::is_branch) || is_object(first, |_| false))
}

/// Returns the first non-blank text of an element.
pub(super) fn lead<'d>(node: Element<'d>) -> &'d str {
    let words = |inner: Element<'d>| inner.value().as_text().map(|text| text.trim()).filter(|text| !text.is_empty());
    node.descendants().find_map(words).unwrap_or_default()
}

/// Returns whether an item has the class of a name cell.
pub(super) fn is_name_cell(item: Element<'_>) -> bool {
    name(item) == "li" && class_column(item) == Some(Column::Name)
}

/// Returns the column that a cell's class stands for. Cells below the top level have classes (docs/pages.md, "Parameter
/// tables"): `td-1` to `td-6` in a request, `td-11` to `td-14` in a response.
pub(super) fn class_column(cell: Element<'_>) -> Option<Column> {
    let element = cell.value().as_element()?;
    element.classes().find_map(|class| {
        Some(match class.strip_prefix("td-")? {
            "1" | "11" => Column::Name,
            "2" | "12" => Column::Type,
            "3" => Column::Required,
            "4" | "13" => Column::Example,
            "5" => Column::Limits,
            "6" | "14" => Column::Description,
            _ => return None,
        })
    })
}
