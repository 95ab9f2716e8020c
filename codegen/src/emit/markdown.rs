//! Converts page text to Markdown that rustdoc accepts without a warning.
//!
//! Page texts are free-form: brackets, tags, tables of pipes, bare addresses, indented lines that would become doc tests. A
//! spec has descriptions as Markdown, made from the markup of the page, but the text between the marks is unescaped. So the
//! Markdown that the reader writes (links, bold text, code, list items, line breaks) is kept, and every other special
//! character is escaped.

/// Converts a text of several lines; empty lines separate paragraphs.
pub(super) fn prose(text: &str) -> String {
    #[derive(Clone, Copy)]
    enum Kind {
        Plain,
        Item,
        Code,
    }
    let mut out = String::new();
    let mut last = None;
    let mut rest = text.split(['\n', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']);
    while let Some(raw) = rest.next() {
        // A trailing `\` is a line break from the reader; the end of the line means the same here.
        let line = raw.trim();
        let line = line.strip_suffix('\\').map_or(line, str::trim_end);
        let item = ["- ", "* ", "• "].iter().find_map(|bullet| line.strip_prefix(bullet));
        let (kind, shown) = match item {
            _ if raw == "```text" => (Kind::Code, block(rest.by_ref().take_while(|line| *line != "```"))),
            Some(item) => (Kind::Item, format!("- {}", inline(item.trim_start()))),
            None => (Kind::Plain, inline(line)),
        };
        if shown.is_empty() {
            last = None;
            continue;
        }
        out.push_str(match (last, kind) {
            _ if out.is_empty() => "",
            // Each line of a page stays a line, instead of being joined into a paragraph.
            (Some(Kind::Plain), Kind::Plain) => "\\\n",
            (Some(Kind::Item), Kind::Item) => "\n",
            _ => "\n\n",
        });
        out.push_str(&shown);
        last = Some(kind);
    }
    out
}

/// Converts a text to one line, for a heading or a table cell.
pub(super) fn line(text: &str) -> String {
    inline(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Returns a page text as a link to this address, or as plain text if the address is relative or invalid.
pub(super) fn linked(text: &str, address: &str) -> String {
    match absolute(address).filter(|address| !address.contains(is_outside)) {
        Some(address) => anchor(text, &address),
        None => line(text),
    }
}

/// Returns a text verbatim as inline code.
pub(super) fn code(text: &str) -> String {
    let shown = visible(text);
    let fence = "`".repeat(longest_run(&shown) + 1);
    let ends = |sign| shown.starts_with(sign) || shown.ends_with(sign);
    let pad = if ends('`') || ends(' ') { " " } else { "" };
    match shown.is_empty() {
        true => String::new(),
        false => format!("{fence}{pad}{shown}{pad}{fence}"),
    }
}

/// Returns lines as a code block, marked as text because rustdoc would run it as a test otherwise.
fn block<'a>(code: impl Iterator<Item = &'a str>) -> String {
    let code: String = code.map(|line| format!("{}\n", visible(line.trim_end()))).collect();
    let fence = "`".repeat(longest_run(&code).max(2) + 1);
    format!("{fence}text\n{code}{fence}")
}

/// Returns the text with escapes for characters that are invisible or change the text direction.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match is_invisible(letter) {
            true => shown.extend(letter.escape_default()),
            false => shown.push(letter),
        }
    }
    shown
}

fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default()
}

/// Returns whether a character ends a line for rustc or rustdoc, or changes the text direction, which rustc denies in
/// source code.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let rest = block_start(text, &mut out);
    marked(rest, &mut out);
    out
}

/// Escapes the start of a heading, a quotation, a list or a rule, and returns the rest of the text.
fn block_start<'a>(text: &'a str, out: &mut String) -> &'a str {
    let rest = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let number = &text[..text.len() - rest.len()];
    let signs = if number.is_empty() { "#>+-=" } else { ".)" };
    out.push_str(number);
    if !rest.starts_with(|letter| signs.contains(letter)) {
        return rest;
    }
    let (sign, rest) = rest.split_at(1);
    out.extend(["\\", sign]);
    rest
}

fn marked(mut rest: &str, out: &mut String) {
    let mut before = out.chars().next_back();
    while let Some(letter) = rest.chars().next() {
        let marked = match letter {
            '[' => link(rest, out),
            '!' if rest.starts_with("![") => link(&rest[1..], out),
            '*' => bold(rest, out),
            '`' => code_span(rest, out),
            'h' => bare_address(rest, out),
            _ => None,
        };
        if let Some(after) = marked {
            (rest, before) = (after, None);
            continue;
        }
        rest = &rest[letter.len_utf8()..];
        escape(letter, before, rest.chars().next(), out);
        before = Some(letter);
    }
}

/// Converts a link, `[text](target)`, at the start of the text, and returns the rest. Like the next functions, it searches
/// only up to the next delimiter of its kind, so that a line of nothing but brackets takes linear time.
fn link<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    let inner = text.strip_prefix('[')?;
    let (label, after) = inner.split_at(inner.find(['[', ']'])?);
    let after = after.strip_prefix("](")?;
    let (target, after) = after.split_at(after.find(is_outside)?);
    let after = after.strip_prefix(')')?;
    match absolute(target) {
        Some(address) if label.is_empty() => out.push_str(&format!("<{address}>")),
        Some(address) => out.push_str(&anchor(label, &address)),
        None => {
            marked(label, out);
            if !target.is_empty() {
                out.push_str(&format!(" ({})", code(target)));
            }
        }
    }
    Some(after)
}

fn anchor(label: &str, address: &str) -> String {
    let mut out = "[".to_owned();
    for letter in label.chars() {
        escape(letter, None, None, &mut out);
    }
    out + &format!("](<{address}>)")
}

/// Returns an address with its scheme, or `None` if it is relative to the host of the page, which is unknown.
fn absolute(address: &str) -> Option<String> {
    let with_scheme = if address.starts_with("//") { format!("https:{address}") } else { address.to_owned() };
    scheme(&with_scheme).is_some().then_some(with_scheme)
}

/// Returns whether a character cannot be part of an address, or would end a link to it.
fn is_outside(letter: char) -> bool {
    letter.is_whitespace() || is_invisible(letter) || "()<>\\[]`".contains(letter)
}

/// Converts `**bold**` at the start of the text, as the reader writes it, and returns the rest.
fn bold<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    let inner = text.strip_prefix("**")?;
    let (words, after) = inner.split_at(inner.find('*')?);
    let after = after.strip_prefix("**").filter(|_| !words.is_empty() && words == words.trim())?;
    out.push_str("**");
    marked(words, out);
    out.push_str("**");
    Some(after)
}

fn code_span<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    let (words, after) = text.strip_prefix('`')?.split_once('`')?;
    // In a table, a pipe would end the cell; elsewhere, its escape would be visible.
    if words.trim().is_empty() || words.contains('|') {
        return None;
    }
    out.push_str(&code(words));
    Some(after)
}

fn bare_address<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    let scheme = scheme(text)?;
    let is_outside = |letter: char| !letter.is_ascii_graphic() || "<>\"\\`()".contains(letter);
    let found = &text[..text.find(is_outside).unwrap_or(text.len())];
    // Punctuation at the end of a sentence does not belong to the address.
    let address = found.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', ']', '*', '_']);
    if address.len() <= scheme.len() {
        return None;
    }
    out.push_str(&format!("<{address}>"));
    Some(&text[address.len()..])
}

fn scheme(text: &str) -> Option<&'static str> {
    ["https://", "http://"].into_iter().find(|scheme| text.starts_with(scheme))
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
    use crate::cost::{LINEAR, growth};

    #[test]
    fn special_characters_of_a_page_are_escaped() {
        for (text, escaped) in [
            ("[数组] <b>粗</b> a|b ``x`", r"\[数组\] \<b>粗\</b> a\|b \``x`"),
            ("# 标题", r"\# 标题"),
            ("1. 一", r"1\. 一"),
            ("2019-07-04", "2019-07-04"),
            ("- ", r"\-"),
            ("-1", r"\-1"),
            ("biz_type 或 _id_", r"biz_type 或 \_id\_"),
            ("a&b &lt; &#60;", r"a\&b \&lt; \&#60;"),
            ("尾 \\\\", r"尾 \\"),
            ("*/ /* ** x** 储值 *消费*", r"\*/ /\* \*\* x\*\* 储值 \*消费\*"),
            ("\u{202e}倒\u{0}", "(U+202E)倒(U+0000)"),
            ("~~~", r"\~\~\~"),
            ("```rust", r"\`\`\`rust"),
            ("hhttp", "hhttp"),
        ] {
            assert_eq!(prose(text), escaped, "{text}");
        }
    }

    #[test]
    fn markdown_written_by_the_reader_is_kept() {
        for (text, lines) in [
            ("**重要**：x", &["**重要**：x"][..]),
            ("一\\\n二\\\n三", &[r"一\", r"二\", "三"]),
            ("`a*b` 或", &["`a*b` 或"]),
            ("`a|b`", &[r"\`a\|b\`"]),
            ("[文档](https://a.b/c_d)后", &["[文档](<https://a.b/c_d>)后"]),
            ("[文档](//a.b/c%28d%29)", &["[文档](<https://a.b/c%28d%29>)"]),
            ("[文档](/docs/x)", &["文档 (`/docs/x`)"]),
            ("![](https://a.b/c.png)", &["<https://a.b/c.png>"]),
            ("x\n\n```text\na\n  b`[c]\n```\n\ny", &["x", "", "```text", "a", "  b`[c]", "```", "", "y"]),
            ("```text\n````\n#[x]", &["`````text", "````", "#[x]", "`````"]),
        ] {
            assert_eq!(prose(text).lines().collect::<Vec<_>>(), lines, "{text}");
        }
    }

    #[test]
    fn addresses_become_links() {
        for (text, escaped) in [
            ("见http://open.taobao.com/doc.htm?a=1&b=[2]。", "见<http://open.taobao.com/doc.htm?a=1&b=[2>\\]。"),
            ("https://a.b/c.", "<https://a.b/c>."),
            ("[x](javascript:alert(1))", r"\[x\](javascript:alert(1))"),
            ("http://", "http://"),
            ("**http://a.b**", "**<http://a.b>**"),
        ] {
            assert_eq!(prose(text), escaped, "{text}");
        }
    }

    #[test]
    fn line_breaks_are_kept_and_indented_lines_are_not_code() {
        assert_eq!(prose("一\r\n    二\n\n\n三"), "一\\\n二\n\n三");
        assert_eq!(prose("可选：\n- a\n  - b\n完"), "可选：\n\n- a\n- b\n\n完");
        assert_eq!(prose(" \n \n"), "");
        assert_eq!(line(" a\n b|c "), r"a b\|c");
    }

    #[test]
    fn inline_code_can_hold_any_text() {
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

    #[test]
    fn open_marks_of_a_long_line_take_linear_time() {
        for mark in ["[", "**", "`", "![", "http://"] {
            let work = |text: &String| assert!(prose(text).len() >= text.len());
            let growth = growth(10_000, |size| mark.repeat(size), work);
            assert!(growth < LINEAR, "{mark}: {growth}");
        }
    }
}
