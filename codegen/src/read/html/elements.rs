//! Reads single elements: their text, their code, their cells, and what marks them as rows of fields.

use ego_tree::iter::Edge;
use scraper::Node;

use super::dom::{Element, name, walk};
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
    let written = inner_text(node);
    let mut line = String::with_capacity(written.len());
    for word in written.split(is_blank).filter(|word| !word.is_empty()) {
        line.extend([if line.is_empty() { "" } else { " " }, word]);
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
    content.split(BREAK).map(words::one_line).filter(|line| !line.is_empty()).collect()
}

/// Returns the code of a sample, from a `pre` or from the table of lines that a syntax highlighter in the browser made of
/// it, without leading and trailing blank lines.
pub(super) fn code(element: Element<'_>) -> String {
    let mut out = String::new();
    let mut raw = usize::from(matches!(name(element), "pre" | "textarea"));
    walk(element, |edge| {
        match edge {
            Edge::Open(node) => match node.value() {
                // White space with a line break between the elements is only the layout of the source.
                Node::Text(text)
                    if raw > 0 || !text.contains('\n') || !text.trim_matches([' ', '\t', '\n', '\r']).is_empty() =>
                {
                    out.push_str(text);
                }
                _ => match name(node) {
                    "br" => out.push('\n'),
                    "pre" if node != element => raw += 1,
                    "td" => return !is_gutter(node),
                    _ => {}
                },
            },
            Edge::Close(node) => match name(node) {
                "div" | "p" | "li" | "tr" if !out.ends_with('\n') => out.push('\n'),
                "pre" if node != element => raw -= 1,
                _ => {}
            },
        }
        true
    });
    let out = out.replace("\r\n", "\n").replace('\u{a0}', " ");
    let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// Returns whether a cell is the column of line numbers.
fn is_gutter(cell: Element<'_>) -> bool {
    classes(cell).any(|class| class == "gutter") || {
        let numbers = inner_text(cell);
        cell.next_siblings().any(|node| name(node) == "td")
            && !numbers.trim().is_empty()
            && numbers.chars().all(|letter| letter.is_ascii_digit() || letter.is_whitespace())
    }
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

#[cfg(test)]
mod tests {
    use super::code;

    fn read(html: &str) -> String {
        let html = scraper::Html::parse_document(html);
        code(html.root_element().children().nth(1).unwrap().first_child().unwrap())
    }

    #[test]
    fn a_pre_is_taken_as_it_is() {
        assert_eq!(read("<pre class=x>\na &lt;b&gt;\n\n  c\n</pre>"), "a <b>\n\n  c");
    }

    #[test]
    fn a_browsers_table_of_lines_is_code_again() {
        let page = "<div class='syntaxhighlighter java'><table border=0><tbody><tr>\n\
            <td class='gutter'><div class='line'>1</div><div class='line'>2</div></td>\n\
            <td class='code'><div class='container'>\n<div class='line number1'><code>&lt;a&gt;</code></div>\n\
            <div class='line number2'><code class=spaces>&nbsp;&nbsp;</code><code>x</code> <code>y</code></div>\n</div></td></tr></tbody></table></div>";
        assert_eq!(read(page), "<a>\n  x y");
        assert_eq!(read(&page.replace("class='gutter'", "")), "<a>\n  x y");
    }
}
