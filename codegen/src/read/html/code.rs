//! Extracts the code of a sample from a `pre`, or from the table of lines that a syntax highlighter in the browser made of
//! it.

use ego_tree::iter::Edge;
use scraper::Node;

use super::elements::{inner_text, name};

/// Returns the code inside an element, without leading and trailing blank lines.
pub(super) fn code(element: ego_tree::NodeRef<'_, Node>) -> String {
    let mut out = String::new();
    let mut gutter = None;
    let mut raw = usize::from(matches!(name(element), "pre" | "textarea"));
    for edge in element.traverse() {
        match edge {
            Edge::Open(node) if gutter.is_none() => match node.value() {
                Node::Text(text) if raw > 0 => out.push_str(text),
                // White space with a line break between the elements is only the layout of the source.
                Node::Text(text) if !text.trim_matches([' ', '\t', '\n', '\r']).is_empty() || !text.contains('\n') => {
                    out.push_str(text);
                }
                Node::Element(inner) => match inner.name() {
                    "br" => out.push('\n'),
                    "pre" if node != element => raw += 1,
                    "td" if is_gutter(node) => gutter = Some(node.id()),
                    _ => {}
                },
                _ => {}
            },
            Edge::Close(node) if gutter == Some(node.id()) => gutter = None,
            Edge::Close(node) if gutter.is_none() => match name(node) {
                "div" | "p" | "li" | "tr" if !out.ends_with('\n') => out.push('\n'),
                "pre" if node != element => raw = raw.saturating_sub(1),
                _ => {}
            },
            _ => {}
        }
    }
    let out = out.replace("\r\n", "\n").replace('\u{a0}', " ");
    let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let last = lines.iter().rposition(|line| !line.is_empty()).map_or(first, |last| last + 1);
    lines[first..last].join("\n")
}

/// Returns whether a cell is the column of line numbers.
fn is_gutter(cell: ego_tree::NodeRef<'_, Node>) -> bool {
    let class = cell.value().as_element().and_then(|element| element.attr("class")).unwrap_or_default();
    class.split_whitespace().any(|class| class == "gutter") || {
        let numbers = inner_text(cell);
        cell.next_siblings().any(|node| name(node) == "td")
            && !numbers.trim().is_empty()
            && numbers.chars().all(|letter| letter.is_ascii_digit() || letter.is_whitespace())
    }
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
