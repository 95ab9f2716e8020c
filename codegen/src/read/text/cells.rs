//! Splits the text after a row's fixed cells into sample value and description.
//!
//! The page's own samples contain the value: if it is known, the split is certain.

use crate::page::words::one_line;
use topsdk_spec::Basic;

/// The length of the sample value in a text, and whether it is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// The length of the sample value, in bytes.
    pub(super) example: usize,
    pub(super) certain: bool,
}

/// Splits `VALUE DESCRIPTION`. One blank separates the two; either may be missing. `value` is the parameter's value in the
/// sample, or `None` if the sample does not contain the parameter.
pub(super) fn cut(text: &str, type_name: &str, object: bool, value: Option<&str>) -> Cut {
    let first = text.split(' ').next().unwrap_or_default();
    let basic = Basic::of(type_name);
    if object || basic == Some(Basic::File) {
        return hardly_sampled(text, first);
    }
    let example = match value {
        _ if text.is_empty() => Some(0),
        Some(value) => prefix(text, value).or((value.trim().is_empty() || is_lost(value)).then_some(0)),
        None => None,
    };
    example.map_or(Cut { example: guess(text, first, basic), certain: false }, |example| Cut { example, certain: true })
}

/// Returns whether the page as text lacks the cell of a value: it loses cells of one Chinese character (docs/pages.md, "The
/// page as text").
pub(super) fn is_lost(value: &str) -> bool {
    value.trim().chars().count() == 1 && !value.is_ascii()
}

/// Splits the text of an object or a file. Few of these have a sample value: for some, the site prints `null` or the like.
/// So the text is the description, unless it begins with something that no description begins with. One ASCII word before
/// others may be either.
fn hardly_sampled(text: &str, first: &str) -> Cut {
    if let Some(example) = json(text) {
        return Cut { example, certain: true };
    }
    let signs = first.chars().all(|letter| letter.is_ascii_punctuation() || letter.is_ascii_digit());
    let prose = first.bytes().all(|byte| byte.is_ascii_alphabetic() || b"'-.,".contains(&byte)) && text.is_ascii();
    match first.len() == text.len() {
        // One word is the description: these types rarely show a sample value.
        true => Cut { example: 0, certain: true },
        false if signs => Cut { example: first.len(), certain: false },
        false => Cut { example: 0, certain: !first.is_ascii() || prose },
    }
}

/// Returns the length of the JSON object or list, or of the word that means "no value", at the start of a text, in bytes.
fn json(text: &str) -> Option<usize> {
    let is_end = |end: &usize| matches!(text[*end..].chars().next(), None | Some(' '));
    if let Some(word) = ["null", "NULL", "\"\""].into_iter().find(|word| text.starts_with(word)) {
        return Some(word.len()).filter(is_end);
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    let end = text.starts_with(['{', '[']).then(|| values.next()?.ok().map(|_| values.byte_offset()))??;
    Some(end).filter(is_end)
}

/// Returns whether a text is a sample value of an object or a file: JSON, or an empty value.
pub(super) fn is_literal(text: &str) -> bool {
    json(text) == Some(text.len())
}

/// Returns the length of the sample value as the type alone suggests it, in bytes.
fn guess(text: &str, first: &str, basic: Option<Basic>) -> usize {
    let fits = match basic {
        Some(Basic::Number) => first.parse::<i128>().is_ok(),
        Some(Basic::Decimal) => first.parse::<f64>().is_ok(),
        Some(Basic::Boolean) => matches!(first, "true" | "false"),
        Some(Basic::Date) => first.len() == 10 && first.bytes().filter(|byte| *byte == b'-').count() == 2,
        _ => text.is_ascii() && first.len() == text.len(),
    };
    let time = text.get(first.len() + 1..).and_then(|rest| rest.split(' ').next()).filter(|time| time.contains(':'));
    match time {
        _ if !fits => 0,
        Some(time) if basic == Some(Basic::Date) => first.len() + 1 + time.len(),
        _ => first.len(),
    }
}

/// Returns whether a cell is the parameter's value in the sample.
pub(super) fn is_value(cell: &str, value: &str) -> bool {
    prefix(cell, value) == Some(cell.len())
}

/// Returns the length of `value` in `text`, if `text` begins with it and a blank or the end follows. Extractors put the
/// value on one line, and careless ones remove from it anything that looks like a tag.
fn prefix(text: &str, value: &str) -> Option<usize> {
    [one_line(value), without_tags(value)].iter().filter(|value| !value.is_empty()).find_map(|value| {
        let mut letters = text.char_indices();
        let is_same = |expected| letters.next().is_some_and(|(_, found)| folded(found) == folded(expected));
        match (value.chars().all(is_same), letters.next()) {
            (true, None) => Some(text.len()),
            (true, Some((end, ' '))) => Some(end),
            _ => None,
        }
    })
}

/// Normalises punctuation, as extractors do (docs/pages.md, "The page as text"): `（` becomes `(`.
fn folded(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        '\u{3000}' => ' ',
        letter => letter,
    }
}

fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        let Some((tag, after)) = tag.split_once('>') else { break };
        plain.push_str(before);
        plain.push_str(if tag.starts_with("br") { " " } else { "" });
        rest = after;
    }
    plain.push_str(rest);
    one_line(&plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::{Cut, cut};

    fn sure(example: usize) -> Cut {
        Cut { example, certain: true }
    }

    #[test]
    fn value_in_the_sample_shows_where_the_cell_ends() {
        assert_eq!(cut("a b c 描述", "String", false, Some("a b c")), sure(5));
        assert_eq!(cut("(a) 描述", "String", false, Some("（a）")), sure(3));
        assert_eq!(cut("2019-08-08 15:15:41 时间", "Date", false, Some("2019-08-08 15:15:41")), sure(19));
        assert_eq!(cut("描述 一", "String", false, Some("")), sure(0));
        assert_eq!(cut("只有描述", "String", false, Some("省")), sure(0));
        assert_eq!(cut("加粗 & x 描述", "String", false, Some("<b>加粗</b> & x")), sure("加粗 & x".len()));
        assert_eq!(cut("null 列表", "Item", true, Some("")), sure(4));
        assert_eq!(cut("接口结果", "Item", true, None), sure(0));
    }

    #[test]
    fn sample_values_of_objects_and_files_are_told_from_descriptions() {
        for (text, example, certain) in [
            ("返回 值", 0, true),
            ("[1,2,3] 图片二进制流", 7, true),
            ("{\"a\": [1, 2]} 说明", 13, true),
            ("[1, 2", 3, false),
            ("null", 4, true),
            ("foo 返回值", 0, false),
            ("API 返回结果", 0, false),
            ("- -", 1, false),
            ("-", 0, true),
            ("1", 0, true),
            ("result", 0, true),
            ("request model, all of it", 0, true),
            ("item_id 1", 0, false),
        ] {
            assert_eq!(cut(text, "Item", true, Some("")), Cut { example, certain }, "{text}");
            assert_eq!(cut(text, "byte[]", false, None), Cut { example, certain }, "{text}");
        }
    }

    #[test]
    fn cut_without_a_value_is_a_guess() {
        assert_eq!(cut("20 每页条数", "Number", false, None), Cut { example: 2, certain: false });
        assert_eq!(cut("每页 条数", "Number", false, None), Cut { example: 0, certain: false });
        assert_eq!(cut("2019-08-08 15:15:41 时间", "Date", false, None), Cut { example: 19, certain: false });
        assert_eq!(cut("abc", "String", false, None), Cut { example: 3, certain: false });
    }
}
