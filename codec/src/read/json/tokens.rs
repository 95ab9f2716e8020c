//! JSON tokens, borrowed from the body.
//!
//! As strict as the standard, except that strings may hold raw control characters (docs/protocol.md section 9.6). Numbers are
//! kept as digits: they never pass through `f64`.

use std::{borrow::Cow, ops::Range};

use super::super::{
    fault::Fault,
    scan,
    state::{DEEPEST, State},
};
use crate::{error::END, escape, excerpt};

/// A cursor in JSON text.
#[derive(Clone)]
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// Whether strings may hold control characters and halves of surrogate pairs.
    is_tolerant: bool,
}

/// The raw content of a string, with its escapes.
#[derive(Clone, Copy)]
pub(super) struct Quoted<'a> {
    raw: &'a str,
    start: usize,
    has_escapes: bool,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Tokens<'a> {
        Tokens { text, at, is_tolerant: true }
    }

    /// Returns a cursor that accepts JSON by the standard only.
    pub(super) fn strict(text: &'a str) -> Tokens<'a> {
        Tokens { text, at: 0, is_tolerant: false }
    }

    /// The whole text.
    pub(super) fn whole(&self) -> &'a str {
        self.text
    }

    /// Returns the byte offset of the next token, or of the white space before it.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// Returns the first byte of the next token.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        match self.text.as_bytes().get(self.at) {
            Some(b' ' | b'\n' | b'\r' | b'\t') => self.peek_behind_space(),
            other => other.copied(),
        }
    }

    /// The documented samples and some responses are indented, so spaces are skipped eight at a time.
    #[inline(never)]
    fn peek_behind_space(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                other => return other.copied(),
            }
            while let Some(stretch) = bytes.get(self.at..).and_then(|rest| rest.first_chunk()) {
                let blanks = scan::blanks(stretch);
                self.at += blanks;
                if blanks < stretch.len() {
                    break;
                }
            }
        }
    }

    /// Consumes the next token if it is this character.
    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Consumes the next token, which must be this character.
    #[inline]
    pub(super) fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), Fault> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    /// Consumes the comma before another member or item. Returns `false` if the object or array ends instead.
    #[inline]
    pub(super) fn more(&mut self, end: u8) -> Result<bool, Fault> {
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(byte) if byte == end => {
                self.at += 1;
                Ok(false)
            }
            _ => Err(self.unexpected(if end == b'}' { "`,` or `}`" } else { "`,` or `]`" })),
        }
    }

    /// Consumes the name of a member and its colon if it is this name, written without escapes.
    #[inline]
    pub(super) fn take_name(&mut self, name: &str) -> Option<&'a str> {
        if self.peek() != Some(b'"') {
            return None;
        }
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let end = start + name.len();
        if bytes.get(end..end + 2) != Some(b"\":") || bytes.get(start..end) != Some(name.as_bytes()) {
            return None;
        }
        // A name with an escape differs from its raw text.
        if scan::either(name.as_bytes(), 0, b'"', b'\\') < name.len() {
            return None;
        }
        self.at = end + 2;
        self.text.get(start..end)
    }

    /// Consumes the next token if it is a string without escapes.
    #[inline]
    pub(super) fn take_plain(&mut self) -> Option<&'a str> {
        if self.peek() != Some(b'"') {
            return None;
        }
        let start = self.at + 1;
        let end = scan::either(self.text.as_bytes(), start, b'"', b'\\');
        if self.text.as_bytes().get(end) != Some(&b'"') {
            return None;
        }
        self.at = end + 1;
        self.text.get(start..end)
    }

    /// Consumes the next token if it is an integer of at most 18 digits.
    #[inline]
    pub(super) fn take_integer(&mut self) -> Option<i64> {
        let first = self.peek()?;
        let rest = &self.text.as_bytes()[self.at + usize::from(first == b'-')..];
        let mut number = 0;
        let mut length = 0;
        while let Some(digit @ b'0'..=b'9') = rest.get(length).copied()
            && length < 18
        {
            number = number * 10 + i64::from(digit - b'0');
            length += 1;
        }
        let is_plain = match rest.get(length) {
            Some(b'0'..=b'9' | b'.' | b'e' | b'E') => false,
            _ => length == 1 || length > 1 && rest.first() != Some(&b'0'),
        };
        if !is_plain {
            return None;
        }
        self.at += usize::from(first == b'-') + length;
        Some(if first == b'-' { -number } else { number })
    }

    /// Reads the name of a member and its colon.
    pub(super) fn name(&mut self) -> Result<Cow<'a, str>, Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a member's name in quotes"));
        }
        let name = self.quoted()?;
        self.expect(b':', "`:`")?;
        Ok(name.text().0)
    }

    /// Reads a string. Its opening quote is next.
    pub(super) fn quoted(&mut self) -> Result<Quoted<'a>, Fault> {
        let start = self.at + 1;
        let mut at = start;
        let mut has_escapes = false;
        loop {
            at = scan::either(self.text.as_bytes(), at, b'"', b'\\');
            match self.text.as_bytes().get(at) {
                Some(b'"') => break,
                Some(_) => {
                    has_escapes = true;
                    at = self.escape(at)?;
                }
                None => return Err(self.cut()),
            }
        }
        let quoted = Quoted { raw: &self.text[start..at], start, has_escapes };
        if !self.is_tolerant && (quoted.raw.bytes().any(|byte| byte < b' ') || quoted.text().1.is_some()) {
            return Err(self.unexpected("a text without control characters and halves of surrogate pairs"));
        }
        self.at = at + 1;
        Ok(quoted)
    }

    /// Reads a number as it is written. A digit or `-` is next.
    pub(super) fn number(&mut self) -> Result<&'a str, Fault> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        if bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        match bytes.get(self.at) {
            // A number cannot have leading zeros: `01` ends after the zero.
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = bytes.get(self.at) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    /// Reads `true`, `false` or `null`. Its first letter is next.
    pub(super) fn word(&mut self) -> Result<&'a str, Fault> {
        let rest = &self.text.as_bytes()[self.at..];
        let Some(word) = ["true", "false", "null"].into_iter().find(|word| rest.starts_with(word.as_bytes())) else {
            return Err(self.unexpected("a value"));
        };
        let start = self.at;
        self.at += word.len();
        Ok(&self.text[start..self.at])
    }

    /// Skips a value of any kind, checks its syntax and depth, and returns it as it is written. It does not recurse: one bit
    /// for each level tells objects from arrays.
    pub(super) fn skip(&mut self, state: &State<'_>) -> Result<&'a str, Fault> {
        self.peek();
        let start = self.at;
        let mut is_object = Bits::default();
        let mut depth = 0;
        loop {
            match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    if state.depth + depth == state.settings.max_depth {
                        return Err(state.too_deep(self.at));
                    }
                    is_object.set(depth, open == b'{');
                    depth += 1;
                    self.at += 1;
                    let is_empty = self.take(if open == b'{' { b'}' } else { b']' });
                    if is_empty {
                        depth -= 1;
                    } else {
                        if open == b'{' {
                            self.skip_name()?;
                        }
                        continue;
                    }
                }
                Some(b'"') => drop(self.quoted()?),
                Some(b'-' | b'0'..=b'9') => drop(self.number()?),
                _ => drop(self.word()?),
            }
            loop {
                if depth == 0 {
                    return Ok(&self.text[start..self.at]);
                }
                let in_object = is_object.get(depth - 1);
                if !self.more(if in_object { b'}' } else { b']' })? {
                    depth -= 1;
                    continue;
                }
                if in_object {
                    self.skip_name()?;
                }
                break;
            }
        }
    }

    /// Describes the next token for a syntax error.
    #[cold]
    pub(super) fn unexpected(&mut self, expected: &'static str) -> Fault {
        self.peek();
        let found = match self.text[self.at..].chars().next() {
            None => END.to_owned(),
            Some(found @ ('"' | '\'')) => format!("`{found}`"),
            Some(found) => format!("`{}`", found.escape_debug()),
        };
        Fault::syntax(expected, found, self.at)
    }

    fn skip_name(&mut self) -> Result<(), Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a member's name in quotes"));
        }
        self.quoted()?;
        self.expect(b':', "`:`")
    }

    /// Consumes one or more digits.
    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.text.as_bytes().get(self.at) {
            self.at += 1;
        }
        if self.at == start { Err(self.unexpected("a digit")) } else { Ok(()) }
    }

    /// Returns the end of the escape that begins with a backslash.
    fn escape(&self, at: usize) -> Result<usize, Fault> {
        let bytes = self.text.as_bytes();
        match bytes.get(at + 1) {
            Some(b'u') => match (2..6).find(|digit| !bytes.get(at + digit).is_some_and(u8::is_ascii_hexdigit)) {
                None => Ok(at + 6),
                Some(digit) if at + digit >= bytes.len() => Err(self.cut()),
                Some(_) => Err(self.no_escape(at)),
            },
            Some(letter) if escape::byte(*letter).is_some() => Ok(at + 2),
            Some(_) => Err(self.no_escape(at)),
            None => Err(self.cut()),
        }
    }

    #[cold]
    fn no_escape(&self, at: usize) -> Fault {
        // No more than the escape: what is behind it may be part of a secret, which is not known by its end.
        let text = &self.text[at..];
        let digits = text.strip_prefix("\\u").map(|rest| rest.bytes().take_while(u8::is_ascii_hexdigit).count());
        let escape: String = text.chars().take(digits.map_or(2, |digits| digits + 3)).collect();
        Fault::syntax("an escape of JSON", format!("`{}`", excerpt::beginning(&escape)), at)
    }

    #[cold]
    fn cut(&self) -> Fault {
        Fault::syntax("`\"` at the end of a text", END, self.text.len())
    }
}

impl<'a> Quoted<'a> {
    /// Returns the string without its escapes, and the offset of an unpaired surrogate if there is one. The surrogate stays as
    /// it is written: texts that were cut in the middle of an emoji have one.
    pub(super) fn text(&self) -> (Cow<'a, str>, Option<(&'a str, usize)>) {
        if self.has_escapes { unescaped(self.raw, self.start) } else { (Cow::Borrowed(self.raw), None) }
    }
}

fn unescaped(raw: &str, start: usize) -> (Cow<'_, str>, Option<(&str, usize)>) {
    // A character is never longer than its escape, so this is the only allocation.
    let mut text = String::with_capacity(raw.len());
    let mut lone = None;
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let escape = &rest[at..];
        let length = match escape.as_bytes().get(1) {
            Some(b'u') => {
                let (character, length) = unicode(escape);
                match character {
                    Some(character) => text.push(character),
                    None => {
                        let offset = start + raw.len() - escape.len();
                        lone.get_or_insert((&escape[..length], offset));
                        text.push_str(&escape[..length]);
                    }
                }
                length
            }
            Some(letter) => {
                text.push(char::from(escape::byte(*letter).unwrap_or(*letter)));
                2
            }
            None => 1,
        };
        rest = &escape[length..];
    }
    text.push_str(rest);
    (Cow::Owned(text), lone)
}

/// Returns the character of one `\uXXXX`, or of two that form a surrogate pair, and the length of the escape.
fn unicode(escape: &str) -> (Option<char>, usize) {
    let Some(high) = hexadecimal(escape, 2..6) else { return (None, escape.len()) };
    if let Some(character) = char::from_u32(high) {
        return (Some(character), 6);
    }
    let low = match escape.get(6..8) {
        Some("\\u") => hexadecimal(escape, 8..12),
        _ => None,
    };
    match (high, low) {
        (0xD800..=0xDBFF, Some(low @ 0xDC00..=0xDFFF)) => {
            (char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)), 12)
        }
        _ => (None, 6),
    }
}

fn hexadecimal(text: &str, digits: Range<usize>) -> Option<u32> {
    u32::from_str_radix(text.get(digits)?, 16).ok()
}

/// One bit for each level that the readers allow.
#[derive(Default)]
struct Bits([u64; DEEPEST / 64]);

impl Bits {
    fn set(&mut self, index: usize, bit: bool) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word = *word & !(1 << (index % 64)) | u64::from(bit) << (index % 64);
        }
    }

    fn get(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }
}
