//! Splits the text after a row's fixed cells into sample value, limits and description.
//!
//! The page's own samples contain the value: if it is known, the split is certain.

use crate::page::words;

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
    let all = |certain| Cut { example: 0, certain };
    if text.is_empty() {
        return all(true);
    }
    let first = text.split(' ').next().unwrap_or_default();
    if object || type_name == "byte[]" {
        return hardly_sampled(text, first);
    }
    match value {
        Some(value) => {
            let value = one_line(value);
            let bare = without_tags(&value);
            if value.is_empty() {
                return all(true);
            }
            for value in [&value, &bare] {
                if let Some(example) = prefix(text, value) {
                    return Cut { example, certain: true };
                }
            }
            // docs/pages.md, "The page as text": cells of one Chinese character are lost.
            if value.chars().count() == 1 && !value.is_ascii() {
                return all(true);
            }
            Cut { certain: false, ..guess(text, first, type_name) }
        }
        None => guess(text, first, type_name),
    }
}

/// Splits the text of an object or a file. Few of these have a sample value: for some, the site prints `null` or the like.
/// So the text is the description, unless it begins with something that no description begins with. One ASCII word before
/// others may be either.
fn hardly_sampled(text: &str, first: &str) -> Cut {
    if let Some(example) = json(text) {
        return Cut { example, certain: true };
    }
    if is_nothing(first) {
        return Cut { example: first.len(), certain: true };
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

/// Returns the length of the JSON object or list at the start of a text, in bytes.
fn json(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    let end = text.starts_with(['{', '[']).then(|| values.next()?.ok().map(|_| values.byte_offset()))??;
    text[end..].chars().next().is_none_or(|letter| letter == ' ').then_some(end)
}

/// Returns whether a text is a sample value of an object or a file: JSON, or an empty value.
pub(super) fn is_literal(text: &str) -> bool {
    is_nothing(text) || json(text) == Some(text.len())
}

/// Splits a text by the type alone, which is never certain.
fn guess(text: &str, first: &str, type_name: &str) -> Cut {
    let fits = match type_name {
        "Number" | "byte" => first.parse::<i128>().is_ok(),
        "Price" | "BigDecimal" => first.parse::<f64>().is_ok(),
        "Boolean" => matches!(first, "true" | "false"),
        "Date" => first.len() == 10 && first.bytes().filter(|byte| *byte == b'-').count() == 2,
        _ => {
            return Cut {
                example: if text.is_ascii() && first.len() == text.len() { first.len() } else { 0 },
                certain: false,
            };
        }
    };
    let time = text.get(first.len() + 1..).and_then(|rest| rest.split(' ').next()).filter(|time| time.contains(':'));
    let example = match (fits, type_name, time) {
        (false, ..) => 0,
        (true, "Date", Some(time)) => first.len() + 1 + time.len(),
        _ => first.len(),
    };
    Cut { example, certain: false }
}

/// Returns whether a cell is the parameter's value in the sample.
pub(super) fn is_value(cell: &str, value: &str) -> bool {
    let value = one_line(value);
    let same = |value: &str| prefix(cell, value) == Some(cell.len());
    same(&value) || same(&without_tags(&value))
}

/// Returns whether a word is an empty value, such as `null`.
pub(super) fn is_nothing(word: &str) -> bool {
    matches!(word, "null" | "{}" | "[]" | "\"\"" | "NULL" | "[{}]")
}

/// Returns the length of `value` in `text`, if `text` begins with it and a blank or the end follows.
fn prefix(text: &str, value: &str) -> Option<usize> {
    if value.is_empty() {
        return None;
    }
    let mut letters = text.char_indices();
    for expected in value.chars() {
        let (_, found) = letters.next()?;
        if folded(found) != folded(expected) {
            return None;
        }
    }
    match letters.next() {
        None => Some(text.len()),
        Some((at, ' ')) => Some(at),
        Some(_) => None,
    }
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

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns a value as a careless extractor leaves it: without anything that looks like a tag.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let Some(close) = rest[open..].find('>') else { break };
        plain.push_str(&rest[..open]);
        plain.push(if rest[open..].starts_with("<br") { ' ' } else { '\u{0}' });
        rest = &rest[open + close + 1..];
    }
    plain.push_str(rest);
    let plain = plain.replace('\u{0}', "");
    let plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    one_line(&plain)
}

/// Returns whether a cell is a limit.
pub(super) fn is_limit(cell: &str) -> bool {
    words::is_limit(cell)
}

#[cfg(test)]
mod tests {
    use super::{Cut, cut};

    fn sure(example: usize) -> Cut {
        Cut { example, certain: true }
    }

    #[test]
    fn the_samples_value_tells_where_the_cell_ends() {
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
    fn objects_and_files_have_a_sample_only_where_the_text_is_no_description() {
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
    fn without_a_value_the_cut_is_a_guess() {
        assert_eq!(cut("20 每页条数", "Number", false, None), Cut { example: 2, certain: false });
        assert_eq!(cut("每页 条数", "Number", false, None), Cut { example: 0, certain: false });
        assert_eq!(cut("2019-08-08 15:15:41 时间", "Date", false, None), Cut { example: 19, certain: false });
        assert_eq!(cut("abc", "String", false, None), Cut { example: 3, certain: false });
    }
}
