//! Reads single elements: their text, their cells, and what marks them as rows of fields.

use ego_tree::iter::Edge;
use scraper::Node;

use super::dom::{Element, name};
use crate::page::Column;
use crate::page::words;

/// Separates the lines of a cell. NUL cannot occur in a parsed text.
const BREAK: char = '\0';

/// Returns the text of an element as written, with its line breaks.
pub(super) fn inner_text<'d>(node: Element<'d>) -> String {
    let words = |inner: Element<'d>| match inner.value() {
        Node::Text(text) => Some(&**text),
        Node::Element(element) if element.name() == "br" => Some("\n"),
        _ => None,
    };
    node.descendants().filter_map(words).collect()
}

/// Returns the visible text of an element on one line.
pub(super) fn text(node: Element<'_>) -> String {
    // Page editors leave zero-width blanks.
    let is_blank = |letter: char| letter.is_whitespace() || matches!(letter, '\u{200b}' | '\u{feff}' | '\u{2060}');
    let (mut line, mut blank) = (String::new(), false);
    for inner in node.descendants() {
        let Some(text) = inner.value().as_text() else {
            blank |= name(inner) == "br";
            continue;
        };
        for (index, word) in text.split(is_blank).enumerate() {
            blank |= index > 0;
            if !word.is_empty() {
                if std::mem::take(&mut blank) && !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
            }
        }
    }
    line
}

/// Returns the lines of a cell: each `br`, `li`, `p` and `div` begins one.
pub(super) fn lines(node: Element<'_>) -> Vec<String> {
    let mut content = String::new();
    for edge in node.traverse() {
        match edge {
            Edge::Open(inner) if matches!(name(inner), "br" | "li" | "p" | "div") => content.push(BREAK),
            Edge::Close(inner) if matches!(name(inner), "li" | "p" | "div") => content.push(BREAK),
            Edge::Open(inner) => content.push_str(inner.value().as_text().map_or("", |text| text)),
            Edge::Close(_) => {}
        }
    }
    let lines = content.split(BREAK).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect()
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

/// Returns whether an element is a list of rows, which a cell may enclose by mistake.
pub(super) fn is_list(node: Element<'_>) -> bool {
    name(node) == "div" && classes(node).any(|class| class == "list")
}

/// Returns whether a name cell has the icon that opens a row, or its row the corresponding class.
pub(super) fn is_object(cell: Element<'_>) -> bool {
    let is_icon = |node: Element<'_>| matches!(name(node), "span" | "i" | "img" | "em") && text(node).is_empty();
    let is_trigger = |row| classes(row).any(|class| class.to_ascii_lowercase().contains("trigger"));
    cell.descendants().skip(1).any(is_icon) || cell.parent().is_some_and(is_trigger)
}

/// Returns whether a list begins like a row of fields: with a leaf's `└` or an object's icon.
pub(super) fn is_marked(list: Element<'_>) -> bool {
    let first = list.children().find(|item| name(*item) == "li");
    first.is_some_and(|first| lead(first).starts_with(words::is_branch) || is_object(first))
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
    classes(cell).find_map(|class| {
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

/// Returns the classes of an element, as written. [`scraper`] would sort and keep them, at a cost for each element.
pub(super) fn classes(node: Element<'_>) -> impl Iterator<Item = &str> {
    let mut attributes = node.value().as_element().into_iter().flat_map(|element| element.attrs());
    let classes = attributes.find(|(name, _)| *name == "class").map_or("", |(_, classes)| classes);
    classes.split_ascii_whitespace()
}
