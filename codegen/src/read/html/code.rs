//! Extracts the code of a sample from a `pre`, or from the table of lines that a syntax highlighter in the browser made of
//! it.

use ego_tree::iter::Edge;
use scraper::Node;

use super::dom::{Element, name, walk};
use super::elements::{classes, inner_text};

/// Returns the code inside an element, without leading and trailing blank lines.
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
