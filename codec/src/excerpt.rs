//! Excerpts of a body for messages: short, on one line, without sessions, tokens and secrets.

use std::{fmt, ops::Range};

use crate::visible::is_obeyed;

/// The length of an excerpt, in characters.
const SHOWN: usize = 80;
/// How many bytes are shown before and after a position.
const AROUND: usize = 40;
/// How many bytes before a position are searched for the name of a secret whose value may contain the position.
const BEFORE: usize = 4096;
/// A member whose name contains one of these is secret: `access_token`, `top_session`, `app_secret`.
const SECRETS: [&[u8]; 4] = [b"token", b"session", b"secret", b"password"];
const HIDDEN: &str = "(hidden)";
/// How many bytes are examined to show the beginning of a body.
const LOOKED_AT: usize = 512;

/// A position in a body, with what surrounds it. [`SyntaxError`](crate::SyntaxError) has one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Position {
    /// Byte offset, in UTF-8 if the body came in another charset.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The text around it, on one line; values of tokens, sessions and secrets are hidden.
    pub excerpt: String,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {} (byte {})", self.line, self.column, self.offset)
    }
}

/// Returns the position of a byte offset in a body.
pub(crate) fn position(body: &[u8], offset: usize) -> Position {
    let offset = offset.min(body.len());
    let before = &body[..offset];
    let line = memchr::memrchr(b'\n', before).map_or(before, |end| &before[end + 1..]);
    Position {
        offset,
        line: memchr::memchr_iter(b'\n', before).count() + 1,
        column: line.iter().filter(|byte| starts_character(**byte)).count() + 1,
        excerpt: around(body, offset),
    }
}

/// Returns the beginning of a text.
pub(crate) fn beginning(text: &str) -> String {
    let text = text.trim();
    let end = text.char_indices().nth(SHOWN).map_or(text.len(), |(end, _)| end);
    // The text after the cut is needed too: a secret that begins before the cut may end after it.
    let mut shown = with_hidden(text.as_bytes(), 0..end);
    if end < text.len() {
        shown.push('…');
    }
    shown
}

/// Returns the beginning of a body.
pub(crate) fn beginning_of(body: &[u8]) -> String {
    let mut shown = beginning(&String::from_utf8_lossy(&body[..body.len().min(LOOKED_AT)]));
    if body.len() > LOOKED_AT && !shown.ends_with('…') {
        shown.push('…');
    }
    shown
}

/// Returns whether a member of this name is secret.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.as_bytes();
    SECRETS.iter().any(|word| name.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word)))
}

/// What is shown in place of a secret value.
pub(crate) fn hidden() -> String {
    HIDDEN.to_owned()
}

fn around(body: &[u8], offset: usize) -> String {
    let mut start = offset.saturating_sub(AROUND);
    let mut end = body.len().min(offset + AROUND);
    while start > 0 && !starts_character(body[start]) {
        start -= 1;
    }
    while end < body.len() && !starts_character(body[end]) {
        end += 1;
    }
    let from = start.saturating_sub(BEFORE);
    let mut shown = with_hidden(&body[from..], start - from..end - from);
    if start > 0 {
        shown.insert(0, '…');
    }
    if end < body.len() {
        shown.push('…');
    }
    shown
}

fn starts_character(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

/// Returns a part of a text on one line, with the values of secret names replaced.
fn with_hidden(text: &[u8], part: Range<usize>) -> String {
    let mut shown = String::new();
    let mut copied = part.start;
    for secret in secrets(&text[..part.end]) {
        if secret.end <= copied {
            continue;
        }
        push(&mut shown, &text[copied..secret.start.max(copied)]);
        shown.push_str(HIDDEN);
        copied = secret.end;
    }
    push(&mut shown, &text[copied..part.end]);
    shown
}

fn push(shown: &mut String, bytes: &[u8]) {
    let mut is_blank = false;
    for character in String::from_utf8_lossy(bytes).chars() {
        match character {
            '\t' | '\n' | '\r' | ' ' => is_blank = true,
            _ => {
                if is_blank {
                    shown.push(' ');
                }
                is_blank = false;
                shown.push(if is_obeyed(character) { '\u{FFFD}' } else { character });
            }
        }
    }
    if is_blank {
        shown.push(' ');
    }
}

/// Finds the values of secret names: in JSON, in JSON inside a string of JSON or XML, in XML, in a query.
fn secrets(text: &[u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut place = 0;
    while place < text.len() {
        let rest = &text[place..];
        let Some(word) =
            SECRETS.iter().find(|word| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)))
        else {
            place += 1;
            continue;
        };
        place += word.len();
        while text.get(place).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
            place += 1;
        }
        let mut is_name = false;
        while let Some(length) = punctuation(&text[place..]) {
            is_name |= matches!(text[place], b':' | b'=' | b'>');
            place += length;
        }
        let start = place;
        while is_name && !ends_value(&text[place..]) {
            place += 1;
        }
        if place > start {
            found.push(start..place);
        }
    }
    found
}

/// Returns the length of the separator between a name and its value, at the beginning of a text.
fn punctuation(text: &[u8]) -> Option<usize> {
    const LONG: [&[u8]; 2] = [b"&quot;", b"<![CDATA["];
    match text.first()? {
        b'"' | b'\\' | b'\'' | b':' | b'=' | b'>' | b' ' | b'\t' | b'\r' | b'\n' => Some(1),
        _ => LONG.iter().find(|long| text.starts_with(long)).map(|long| long.len()),
    }
}

fn ends_value(text: &[u8]) -> bool {
    match text.first() {
        None | Some(b'"' | b'\'' | b'<' | b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n') => true,
        Some(b'\\') => text.get(1) == Some(&b'"'),
        Some(b'&') => !text.starts_with(b"&amp;"),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_line_and_column_counted_in_characters() {
        let body = "<a>\n  <b>小明\u{1}x</b>".as_bytes();
        let offset = body.iter().position(|byte| *byte == b'x').unwrap();
        let position = position(body, offset);
        assert_eq!((position.line, position.column), (2, 9));
        assert_eq!(position.excerpt, "<a> <b>小明\u{FFFD}x</b>");
    }

    #[test]
    fn a_place_beyond_the_end_or_inside_a_character_is_no_panic() {
        let body = "小".repeat(100);
        for offset in 0..=body.len() + 2 {
            assert!(position(body.as_bytes(), offset).excerpt.chars().count() < 90);
        }
        assert_eq!(position(b"", 0).column, 1);
        assert_eq!(position(b"\xFF\xFE\x80\x80", 3).line, 1);
    }

    #[test]
    fn secrets_are_hidden_in_every_form_in_which_they_come() {
        for text in [
            r#"{"access_token":"S3CR3T","x":1}"#,
            r#"{"access_token" : "S3CR3T\/S3CR3T"}"#,
            r#"{"token_result":"{\"refresh_token\":\"S3CR3T\",\"x\":1}"}"#,
            "<r>{&quot;access_token&quot;:&quot;S3CR3T&quot;}</r>",
            "<access_token>S3CR3T</access_token>",
            "<Top_Session><![CDATA[S3CR3T]]></Top_Session>",
            "https://eco.taobao.com/router/rest?session=S3CR3T&sign=1",
            r#"{"app_secret":S3CR3T}"#,
        ] {
            let shown = beginning(text);
            assert!(!shown.contains("S3CR3T") && shown.contains(HIDDEN), "{shown}");
            for offset in 0..text.len() {
                let shown = position(text.as_bytes(), offset).excerpt;
                assert!(!shown.contains("S3CR3T"), "{shown}");
            }
        }
    }

    #[test]
    fn a_secret_that_begins_far_before_the_excerpt_is_hidden_too() {
        let body = format!(r#"{{"access_token":"{}"}}"#, "Z".repeat(1_000));
        for offset in 0..body.len() {
            let shown = position(body.as_bytes(), offset).excerpt;
            assert!(!shown.contains('Z'), "{offset}: {shown}");
        }
    }

    #[test]
    fn words_about_sessions_are_not_hidden() {
        assert_eq!(beginning("Invalid session, see sub_code"), "Invalid session, see sub_code");
        assert!(is_secret("top_Session") && is_secret("accessToken") && !is_secret("result"));
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        assert_eq!(beginning(&"小".repeat(100)), format!("{}…", "小".repeat(80)));
        assert_eq!(beginning("  a\n\tb "), "a b");
        assert_eq!(beginning_of(format!("{}a", " ".repeat(LOOKED_AT - 1)).as_bytes()), "a");
        assert_eq!(beginning_of(format!("{}ab", " ".repeat(LOOKED_AT - 1)).as_bytes()), "a…");
    }
}
