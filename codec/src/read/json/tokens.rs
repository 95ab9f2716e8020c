//! JSON's tokens, borrowed from the body.
//!
//! As strict as JSON is, but that control characters may stand in texts as they are (docs/protocol.md section 9.6). Numbers are
//! only delimited: no `f64` is between a number's digits and its field.

use std::{borrow::Cow, ops::Range};

use super::super::{
    course::{Course, DEEPEST},
    fault::Fault,
    scan,
};
use crate::{error::END, escape, excerpt};

/// A place in a JSON text.
#[derive(Clone)]
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// Whether texts may hold control characters and halves of surrogate pairs.
    is_tolerant: bool,
}

/// A text between its quotes, as it is written.
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

    /// A reader that takes what every reader of JSON takes.
    pub(super) fn strict(text: &'a str) -> Tokens<'a> {
        Tokens { text, at: 0, is_tolerant: false }
    }

    /// The whole text.
    pub(super) fn whole(&self) -> &'a str {
        self.text
    }

    /// Bytes before the next token, or before white space in front of it.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// The first byte of the next token.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        match self.text.as_bytes().get(self.at) {
            Some(b' ' | b'\n' | b'\r' | b'\t') => self.peek_behind_space(),
            other => other.copied(),
        }
    }

    /// The documented samples are indented, and some gateways answer so: blanks are counted many at a time.
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

    /// Takes the next token if it is this character.
    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Takes the next token, which has to be this character.
    #[inline]
    pub(super) fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), Fault> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    /// Takes the comma before a further member or item; `false` if the object or array ends here instead.
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

    /// Takes a member's name and its colon, if it is this name, written plainly.
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
        // A name that JSON writes with an escape stands there for another one.
        if scan::either(name.as_bytes(), 0, b'"', b'\\') < name.len() {
            return None;
        }
        self.at = end + 2;
        self.text.get(start..end)
    }

    /// Takes a text, if it is one without escapes.
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

    /// Takes a whole number of at most 18 digits, if it is one.
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

    /// A member's name, and its colon.
    pub(super) fn name(&mut self) -> Result<Cow<'a, str>, Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a member's name in quotes"));
        }
        let name = self.quoted()?;
        self.expect(b':', "`:`")?;
        Ok(name.text().0)
    }

    /// A text; its opening quote is next.
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

    /// A number as it is written; a digit or `-` is next.
    pub(super) fn number(&mut self) -> Result<&'a str, Fault> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        if bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        match bytes.get(self.at) {
            // A zero stands alone: `01` ends behind it.
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

    /// `true`, `false` or `null`; its first letter is next.
    pub(super) fn word(&mut self) -> Result<&'a str, Fault> {
        let rest = &self.text.as_bytes()[self.at..];
        let Some(word) = ["true", "false", "null"].into_iter().find(|word| rest.starts_with(word.as_bytes())) else {
            return Err(self.unexpected("a value"));
        };
        let start = self.at;
        self.at += word.len();
        Ok(&self.text[start..self.at])
    }

    /// Goes over a value of any kind, checking its syntax and its depth, and gives it as it is written. Needs no stack: a
    /// bit a level tells an object from an array.
    pub(super) fn skip(&mut self, course: &Course<'_>) -> Result<&'a str, Fault> {
        self.peek();
        let start = self.at;
        let mut is_object = Bits::default();
        let mut depth = 0;
        loop {
            match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    if course.depth + depth == course.settings.max_depth {
                        return Err(course.too_deep(self.at));
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

    /// What is wrong at the next token.
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

    /// One digit or more.
    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.text.as_bytes().get(self.at) {
            self.at += 1;
        }
        if self.at == start { Err(self.unexpected("a digit")) } else { Ok(()) }
    }

    /// The end of the escape at a backslash.
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
        Fault::syntax("an escape of JSON", format!("`{}`", excerpt::beginning(&self.text[at..])), at)
    }

    #[cold]
    fn cut(&self) -> Fault {
        Fault::syntax("`\"` at the end of a text", END, self.text.len())
    }
}

impl<'a> Quoted<'a> {
    /// The text without its escapes; and half of a surrogate pair, if one stands there alone, with its offset. The half
    /// stays as it is written: texts that were cut in the middle of an emoji have one.
    pub(super) fn text(&self) -> (Cow<'a, str>, Option<(&'a str, usize)>) {
        if self.has_escapes { unescaped(self.raw, self.start) } else { (Cow::Borrowed(self.raw), None) }
    }
}

fn unescaped(raw: &str, start: usize) -> (Cow<'_, str>, Option<(&str, usize)>) {
    // What escapes stand for is never longer than they are, so this is the only allocation.
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

/// The character of a `\uXXXX`, or of two of them that make a surrogate pair, and the length of what was read.
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

/// As many bits as the readers go deep.
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
