//! Page text as Markdown that rustdoc takes without a warning.
//!
//! Pages hold whatever their authors typed: brackets, tags, tables of pipes, bare addresses, indented lines that would become
//! doc tests. A spec has it as Markdown, of which links and list items are kept; every other sign is escaped and means itself.

/// A text of several lines; empty lines part paragraphs. Nothing for an empty text.
pub(super) fn prose(text: &str) -> Vec<String> {
    #[derive(Clone, Copy, PartialEq)]
    enum Last {
        Gap,
        Plain,
        Item,
    }
    let mut lines: Vec<String> = Vec::new();
    let mut last = Last::Gap;
    for line in text.split(['\n', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']).map(str::trim) {
        let item = ["- ", "* ", "• "].iter().find_map(|bullet| line.strip_prefix(bullet)).map(str::trim_start);
        let kind = match item {
            _ if line.is_empty() => Last::Gap,
            Some(_) => Last::Item,
            None => Last::Plain,
        };
        if kind != last && last != Last::Gap {
            lines.push(String::new());
        }
        match item {
            _ if kind == Last::Gap => {}
            Some(item) => lines.push(format!("- {}", inline(item))),
            None => {
                // Lines of a page are lines, not one paragraph.
                if let Some(before) = lines.last_mut().filter(|_| last == Last::Plain) {
                    before.push('\\');
                }
                lines.push(inline(line));
            }
        }
        last = kind;
    }
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// A text for one line: a heading, a table's cell.
pub(super) fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    inline(&words.join(" "))
}

/// A text exactly as it is, in code letters.
pub(super) fn code(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            _ if is_invisible(letter) => shown.extend(letter.escape_default()),
            _ => shown.push(letter),
        }
    }
    let longest = shown.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let ends = |sign| shown.starts_with(sign) || shown.ends_with(sign);
    let pad = if ends('`') || ends(' ') { " " } else { "" };
    match shown.is_empty() {
        true => String::new(),
        false => format!("{fence}{pad}{shown}{pad}{fence}"),
    }
}

/// What ends a line for rustc or rustdoc, or turns the direction of what follows it: rustc denies it in source code.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = block_start(text, &mut out);
    let mut before = out.chars().next_back();
    while let Some(letter) = rest.chars().next() {
        if let Some((shown, after)) = link(rest) {
            out.push_str(&shown);
            rest = after;
            before = None;
            continue;
        }
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        escape(letter, before, rest.chars().next(), &mut out);
        before = Some(letter);
    }
    out
}

/// Escapes what would begin a heading, a quotation, a list or a rule, and gives what is left.
fn block_start<'a>(text: &'a str, out: &mut String) -> &'a str {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (head, rest) = text.split_at_checked(digits).unwrap_or(("", text));
    let sign = rest.chars().next().filter(|sign| match head.is_empty() {
        true => matches!(sign, '#' | '>' | '+' | '-' | '='),
        false => matches!(sign, '.' | ')'),
    });
    out.push_str(head);
    match sign {
        Some(sign) => {
            out.push('\\');
            out.push(sign);
            rest.get(1..).unwrap_or_default()
        }
        None => rest,
    }
}

/// A link at the start of the text, in Markdown or bare, and what follows it.
fn link(text: &str) -> Option<(String, &str)> {
    if let Some(inner) = text.strip_prefix('[') {
        let (label, after) = inner.split_once("](")?;
        let length = address(after)?;
        let (address, after) = after.split_at_checked(length)?;
        let after = after.strip_prefix(')')?;
        if label.is_empty() || label.contains(['[', ']', '\n']) {
            return None;
        }
        let mut shown = String::new();
        for letter in label.chars() {
            escape(letter, None, None, &mut shown);
        }
        return Some((format!("[{shown}](<{address}>)"), after));
    }
    let length = address(text)?;
    let (address, after) = text.split_at_checked(length)?;
    Some((format!("<{address}>"), after))
}

/// How long the address is that the text begins with. Signs that end a sentence are not of it.
fn address(text: &str) -> Option<usize> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| text.starts_with(scheme))?;
    let end = text
        .find(|letter: char| !letter.is_ascii_graphic() || matches!(letter, '<' | '>' | '"' | '\\' | '`' | '(' | ')'))
        .unwrap_or(text.len());
    let address = text.get(..end)?.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', ']', '*', '_']);
    (address.len() > scheme.len()).then_some(address.len())
}

fn escape(letter: char, before: Option<char>, after: Option<char>, out: &mut String) {
    let in_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    match letter {
        '\\' | '`' | '*' | '[' | ']' | '<' | '|' | '~' | '$' => out.push('\\'),
        '_' if !(in_word(before) && in_word(after)) => out.push('\\'),
        '&' if after.is_some_and(|after| after.is_ascii_alphabetic() || after == '#') => out.push('\\'),
        '\t' => return out.push(' '),
        _ if is_invisible(letter) => return out.push_str(&format!("(U+{:04X})", u32::from(letter))),
        _ => {}
    }
    out.push(letter);
}

#[cfg(test)]
mod tests {
    use super::{code, line, prose};

    #[test]
    fn every_sign_of_a_page_means_itself() {
        for (text, escaped) in [
            ("[数组] <b>粗</b> a|b `x`", r"\[数组\] \<b>粗\</b> a\|b \`x\`"),
            ("# 标题", r"\# 标题"),
            ("1. 一", r"1\. 一"),
            ("2019-07-04", "2019-07-04"),
            ("- ", r"\-"),
            ("-1", r"\-1"),
            ("biz_type 或 _id_", r"biz_type 或 \_id\_"),
            ("a&b &lt; &#60;", r"a\&b \&lt; \&#60;"),
            ("尾 \\", r"尾 \\"),
            ("*/ /* **x**", r"\*/ /\* \*\*x\*\*"),
            ("\u{202e}倒\u{0}", "(U+202E)倒(U+0000)"),
            ("~~~", r"\~\~\~"),
        ] {
            assert_eq!(prose(text), [escaped], "{text}");
        }
    }

    #[test]
    fn addresses_become_links_and_links_stay() {
        for (text, escaped) in [
            ("见http://open.taobao.com/doc.htm?a=1&b=[2]。", "见<http://open.taobao.com/doc.htm?a=1&b=[2>\\]。"),
            ("https://a.b/c.", "<https://a.b/c>."),
            ("[文档](https://a.b/c_d)后", "[文档](<https://a.b/c_d>)后"),
            ("[x](javascript:alert(1))", r"\[x\](javascript:alert(1))"),
            ("http://", "http://"),
            ("[](http://a)", r"\[\](<http://a>)"),
        ] {
            assert_eq!(prose(text), [escaped], "{text}");
        }
    }

    #[test]
    fn lines_stay_lines_and_indented_lines_are_no_code() {
        assert_eq!(prose("一\r\n    二\n\n\n三"), [r"一\", "二", "", "三"]);
        assert_eq!(prose("可选：\n- a\n- b\n完"), ["可选：", "", "- a", "- b", "", "完"]);
        assert_eq!(prose(" \n \n"), Vec::<String>::new());
        assert_eq!(line(" a\n b|c "), r"a b\|c");
    }

    #[test]
    fn code_holds_any_text() {
        for (text, shown) in [
            ("abc", "`abc`"),
            ("a`b", "``a`b``"),
            ("`a``", "``` `a`` ```"),
            (" a ", "`  a  `"),
            ("a\nb\u{202e}", r"`a\nb\u{202e}`"),
            ("", ""),
        ] {
            assert_eq!(code(text), shown);
        }
    }
}
