//! Draws a finding on the page's own text.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str};
use unicode_width::UnicodeWidthChar;

use super::{Diagnostic, PageText, Place, Severity};

/// The longest part of a line that is shown, in columns. Pages have lines of many thousand characters.
const WIDTH: usize = 100;

/// The columns shown before the place on a line that is cut.
const BEFORE: usize = 30;

/// The most lines of a place that are shown. Of a longer place only the first line is shown.
const LINES: usize = 4;

impl Diagnostic {
    /// Renders the finding as rustc does: the lines of the page with the place underlined, ending in a line feed.
    ///
    /// `page` is the text to which the span refers. Without it, or without a span, the text of the cell is shown under the
    /// titles of its section and column.
    pub fn render(&self, page: Option<&PageText<'_>>, color: bool) -> String {
        let level = match self.severity {
            Severity::Note => Level::NOTE,
            Severity::Warning => Level::WARNING,
            Severity::Error => Level::ERROR,
        };
        let mut group = Group::with_title(level.primary_title(one_line(&self.message)).id(self.name));
        let titles = titles(&self.place);
        let (indent, origin);
        match page.zip(self.place.span.as_ref()) {
            Some((page, span)) => {
                let snippet;
                (indent, origin, snippet) = on_page(&self.place.page, page, span);
                group = group.element(snippet);
                if !titles.is_empty() {
                    group = group.element(Level::NOTE.message(one_line(&titles)));
                }
            }
            None => {
                let place = [self.place.page.as_str(), titles.as_str()].into_iter().filter(|part| !part.is_empty());
                (indent, origin) = (0, place.collect::<Vec<_>>().join(": "));
                group = group.elements(by_itself(&self.place.text));
            }
        }
        group = group.elements(self.help.iter().map(|help| Level::HELP.message(one_line(help))));
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        // Lines are cut here, around the place; the renderer must not cut them again.
        let mut text = renderer.term_width(usize::from(u16::MAX)).render(&[group]);
        text.push('\n');
        if !origin.is_empty() {
            // The renderer would count columns in the cut lines. So the line that names the place is inserted here, after the
            // title, which is one line. Its arrow looks like the renderer's line numbers.
            let arrow = if color { "\u{1b}[1m\u{1b}[94m-->\u{1b}[0m" } else { "-->" };
            let behind = text.find('\n').map_or(text.len(), |end| end + 1);
            text.insert_str(behind, &format!("{:indent$}{arrow} {}\n", "", one_line(&origin)));
        }
        text
    }
}

/// `响应参数, result.value, row 3, 示例值`.
fn titles(place: &Place) -> String {
    let row = place.row.map(|row| format!("row {row}")).unwrap_or_default();
    let parts = [place.section.as_str(), &place.path, &row, &place.column];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Returns the indent and the text of the line that names the place, and the lines of the page.
fn on_page(
    name: &str,
    page: &PageText<'_>,
    span: &Range<usize>,
) -> (usize, String, Snippet<'static, Annotation<'static>>) {
    let span = page.fit(span);
    let (first, character) = page.position(span.start);
    let (last, _) = page.position(span.end);
    let count = if last - first < LINES { last - first + 1 } else { 1 };
    let mut source = String::new();
    let mut marked = 0..0;
    for line in first..first + count {
        let (text, start) = page.line(line);
        let (window, place) = window(text, span.start.saturating_sub(start)..span.end.saturating_sub(start));
        if line == first {
            marked.start = source.len() + place.start;
        }
        marked.end = source.len() + place.end;
        source.push_str(&window);
        source.push('\n');
    }
    let annotation = AnnotationKind::Primary.span(marked);
    let annotation = if first + count <= last { annotation.label(format!("up to line {last}")) } else { annotation };
    // Line numbers are right-aligned, and the arrow stands below the widest one.
    let indent = (first + count - 1).to_string().len();
    let snippet = Snippet::source(source).line_start(first).fold(false).annotation(annotation);
    (indent, format!("{name}:{first}:{character}"), snippet)
}

/// Returns the text of a cell whose place on the page is unknown, unless it is blank.
fn by_itself(text: &str) -> Option<Snippet<'static, Annotation<'static>>> {
    let mut lines = text.trim().lines();
    let (source, place) = window(lines.next()?, 0..text.len());
    let annotation = AnnotationKind::Primary.span(place);
    let annotation = match lines.count() {
        0 => annotation,
        more => annotation.label(format!("and {more} more lines")),
    };
    Some(Snippet::source(source).line_numbering(false).annotation(annotation))
}

/// Returns the part of a line that is shown, and the position of the place in it.
fn window(line: &str, place: Range<usize>) -> (String, Range<usize>) {
    let place = place.start.min(line.len())..place.end.min(line.len());
    if fitting(line.chars(), WIDTH) == line.len() {
        return (line.to_owned(), place);
    }
    let start = place.start - fitting(line[..place.start].chars().rev(), BEFORE);
    let end = start + fitting(line[start..].chars(), WIDTH);
    let before = if start > 0 { "…" } else { "" };
    let after = if end < line.len() { "…" } else { "" };
    let shift = |at: usize| at.clamp(start, end) - start + before.len();
    let window = format!("{before}{}{after}", &line[start..end]);
    (window, shift(place.start)..shift(place.end))
}

/// Returns the length in bytes of the first characters that fit into this many columns.
fn fitting(letters: impl Iterator<Item = char>, mut columns: usize) -> usize {
    let fits = |letter: char| {
        columns = columns.checked_sub(width(letter))?;
        Some(letter.len_utf8())
    };
    letters.map_while(fits).sum()
}

/// Returns the columns of a character. A tab takes four; other control characters are drawn as one symbol.
fn width(letter: char) -> usize {
    match letter {
        '\t' => 4,
        _ => letter.width().unwrap_or(1),
    }
}

/// Escapes text of a page where the renderer does not.
fn one_line(text: &str) -> String {
    text.lines().map(normalize_untrusted_str).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::{Diagnostic, PageText, Place, Severity};

    fn found(text: &str, cell: &str) -> Diagnostic {
        let start = text.find(cell).unwrap();
        Diagnostic {
            severity: Severity::Warning,
            name: "value-not-of-type",
            place: Place {
                page: "a.b.html".to_owned(),
                section: "请求参数".to_owned(),
                path: "item.id".to_owned(),
                row: Some(2),
                column: "示例值".to_owned(),
                text: cell.to_owned(),
                span: Some(start..start + cell.len()),
            },
            message: "`id` is a Number: a whole number was expected".to_owned(),
            help: Some("correct the type by an override".to_owned()),
        }
    }

    fn drawn(text: &str, cell: &str) -> String {
        found(text, cell).render(Some(&PageText::new(text)), false)
    }

    #[test]
    fn underlines_the_cell_in_its_line() {
        let text = "<tr>\r\n\t<td>商品</td><td>itemId</td>\r\n</tr>\r\n";
        assert_eq!(
            drawn(text, "itemId"),
            "\
warning[value-not-of-type]: `id` is a Number: a whole number was expected
 --> a.b.html:2:17
  |
2 |     <td>商品</td><td>itemId</td>
  |                      ^^^^^^
  |
  = note: 请求参数, item.id, row 2, 示例值
  = help: correct the type by an override
"
        );
    }

    #[test]
    fn shows_the_cell_alone_without_a_place() {
        let mut found = found("itemId", "itemId");
        let expected = "\
warning[value-not-of-type]: `id` is a Number: a whole number was expected
--> a.b.html: 请求参数, item.id, row 2, 示例值
 |
 | itemId
 | ^^^^^^
 |
 = help: correct the type by an override
";
        assert_eq!(found.render(None, false), expected);
        found.place.span = None;
        assert_eq!(found.render(Some(&PageText::new("itemId")), false), expected);
        found.place = Place::default();
        found.help = None;
        assert_eq!(
            found.render(None, false),
            "warning[value-not-of-type]: `id` is a Number: a whole number was expected\n"
        );
    }

    #[test]
    fn cuts_a_long_line_around_the_place() {
        let text = format!("{}itemId{}", "<td>前</td>".repeat(1000), "<td>后</td>".repeat(1000));
        let drawn = drawn(&text, "itemId");
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines[1], " --> a.b.html:1:10001");
        assert!(lines[3].contains("前</td>itemId<td>后") && lines[3].chars().count() < 110, "{drawn}");
        assert!(lines[4].ends_with("^^^^^^"), "{drawn}");
        let column = |line: &str, end: &str| line[..line.find(end).unwrap()].chars().map(super::width).sum::<usize>();
        assert_eq!(column(lines[3], "itemId"), column(lines[4], "^"), "{drawn}");
    }

    #[test]
    fn shows_up_to_four_lines_of_a_place_or_the_first() {
        let two = drawn("<td>\n  a\n  b\n</td>", "a\n  b");
        assert!(two.contains("2 | /   a\n3 | |   b\n  | |___^\n"), "{two}");
        let many = "行\n".repeat(100);
        assert!(drawn(&many, &many).contains("1 | 行\n  | ^^ up to line 100\n"), "{}", drawn(&many, &many));
    }

    #[test]
    fn escapes_control_characters_of_the_page() {
        let text = "\u{1b}[31mred\u{202e}";
        let mut found = found(text, text);
        found.help = Some(text.to_owned());
        found.message = format!("{text}\nsecond");
        assert!(!found.render(Some(&PageText::new(text)), false).contains(['\u{1b}', '\u{202e}']));
        let colored = found.render(Some(&PageText::new(text)), true);
        assert!(colored.contains('\u{1b}') && !colored.contains("\u{1b}[31mred"), "{colored:?}");
    }

    #[test]
    fn no_span_panics() {
        let texts = ["", "\n", "\r\n", "中\r\n\t文\r", "a\tb\u{0}\u{301}👩‍👩‍👧\n\n\n\n\n\n\n", "\u{feff}x"];
        for text in texts {
            let page = PageText::new(text);
            for start in 0..text.len() + 3 {
                for end in 0..text.len() + 3 {
                    let mut found = found("x", "x");
                    found.place.span = Some(start..end);
                    assert!(found.render(Some(&page), false).contains("a.b.html:"), "{text:?} {start} {end}");
                    assert!(found.to_json(Some(&page)).contains("\"line\":"));
                }
            }
        }
    }

    #[test]
    fn json_has_the_position_if_the_page_is_given() {
        let text = "甲\n乙x";
        let json = found(text, "x").to_json(Some(&PageText::new(text)));
        assert!(json.ends_with(r#""line":2,"character":2,"start":7,"end":8}"#), "{json}");
    }
}
