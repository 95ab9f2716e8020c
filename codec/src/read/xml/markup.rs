//! XML's tags and texts, borrowed from the body.
//!
//! quick-xml's bare loop over an answer costs more than this reader with all its values: it checks the encoding of each
//! piece, copies each name to compare it with its end tag, and hands out events that may own their text. Here the body is
//! checked once, and the caller, who knows which tag comes next, has it compared where it stands. The tests compare the
//! two on what is well formed.

use std::borrow::Cow;

use super::super::{anomaly::Fault, excerpt, scan};
use crate::error::END;

/// A place in an XML text.
#[derive(Clone)]
pub(super) struct Markup<'a> {
    text: &'a str,
    at: usize,
    /// Where the token read last begins.
    token_at: usize,
}

/// A piece of an XML text. Comments, processing instructions and the declaration are passed over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Open(&'a str),
    /// `<a/>`: open and closed.
    Empty(&'a str),
    Close(&'a str),
    /// Text without a reference in it.
    Text(&'a str),
    CData(&'a str),
    /// What stands between `&` and `;`.
    Reference(&'a str),
    /// An `&` that begins no reference.
    Ampersand,
    Doctype(&'a str),
    End,
}

impl<'a> Markup<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Markup<'a> {
        Markup { text, at, token_at: at }
    }

    /// The whole text.
    pub(super) fn whole(&self) -> &'a str {
        self.text.trim_start_matches('\u{FEFF}')
    }

    /// Bytes before what comes next.
    #[inline]
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// Bytes before the token read last.
    #[inline]
    pub(super) fn token_offset(&self) -> usize {
        self.token_at
    }

    /// Goes back, so that the token read last comes again.
    pub(super) fn back(&mut self) {
        self.at = self.token_at;
    }

    /// The text from a place up to the token read last.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.token_at).unwrap_or_default()
    }

    /// How many bytes there are up to the next tag.
    pub(super) fn up_to_tag(&self) -> usize {
        let rest = &self.text.as_bytes()[self.at..];
        memchr::memchr(b'<', rest).unwrap_or(rest.len())
    }

    /// Takes white space and the tag `<name>`, if that comes next.
    #[inline]
    pub(super) fn take_open(&mut self, name: &str) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let start = self.blanks() + 1;
        let end = start + name.len();
        if bytes.get(start - 1) != Some(&b'<')
            || bytes.get(end) != Some(&b'>')
            || bytes.get(start..end) != Some(name.as_bytes())
        {
            return None;
        }
        self.token_at = start - 1;
        self.at = end + 1;
        self.text.get(start..end)
    }

    /// Whether, behind white space, an element comes next.
    #[inline]
    pub(super) fn is_at_element(&self) -> bool {
        let start = self.blanks();
        let bytes = self.text.as_bytes();
        bytes.get(start) == Some(&b'<') && bytes.get(start + 1).copied().is_some_and(begins_name)
    }

    /// Takes the text up to the tag `</name>`, and that tag, if there is nothing else in between.
    #[inline]
    pub(super) fn take_text_and_close(&mut self, name: &str) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let end = scan::either(bytes, self.at, b'<', b'&');
        let (start, close) = (end + 2, end + 2 + name.len());
        if bytes.get(end..start) != Some(b"</")
            || bytes.get(close) != Some(&b'>')
            || bytes.get(start..close) != Some(name.as_bytes())
        {
            return None;
        }
        let text = self.text.get(self.at..end)?;
        self.token_at = end;
        self.at = close + 1;
        Some(text)
    }

    /// The next piece.
    pub(super) fn next(&mut self) -> Result<Token<'a>, Fault> {
        loop {
            self.token_at = self.at;
            let bytes = self.text.as_bytes();
            return match bytes.get(self.at) {
                None => Ok(Token::End),
                Some(b'<') => match bytes.get(self.at + 1) {
                    Some(b'!' | b'?') => match self.declaration()? {
                        Some(token) => Ok(token),
                        None => continue,
                    },
                    Some(b'/') => self.close(),
                    Some(_) => self.open(),
                    None => Err(self.cut("`>`")),
                },
                Some(b'&') => Ok(self.reference()),
                Some(_) => {
                    self.at = scan::either(bytes, self.at, b'<', b'&');
                    Ok(Token::Text(&self.text[self.token_at..self.at]))
                }
            };
        }
    }

    /// What is wrong at the token read last.
    #[cold]
    pub(super) fn unexpected(&self, expected: &'static str) -> Fault {
        if self.token_at == self.text.len() {
            return self.cut(expected);
        }
        let found = format!("`{}`", excerpt::beginning(&self.text[self.token_at..]));
        Fault::syntax(expected, found, self.token_at)
    }

    /// The body ends where something else has to be.
    #[cold]
    pub(super) fn cut(&self, expected: impl Into<Cow<'static, str>>) -> Fault {
        Fault::syntax(expected, END, self.text.len())
    }

    #[inline]
    fn blanks(&self) -> usize {
        let mut at = self.at;
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.text.as_bytes().get(at) {
            at += 1;
        }
        at
    }

    /// A start tag, its attributes passed over.
    fn open(&mut self) -> Result<Token<'a>, Fault> {
        let name = self.name(1)?;
        let bytes = self.text.as_bytes();
        loop {
            let Some(byte) = bytes.get(self.at) else { return Err(self.cut("`>`")) };
            self.at += 1;
            match byte {
                b'>' => return Ok(Token::Open(name)),
                b'/' if bytes.get(self.at) == Some(&b'>') => {
                    self.at += 1;
                    return Ok(Token::Empty(name));
                }
                b'"' | b'\'' => match memchr::memchr(*byte, &bytes[self.at..]) {
                    Some(length) => self.at += length + 1,
                    None => return Err(self.cut("the end of an attribute's value")),
                },
                b'/' if self.at == bytes.len() => return Err(self.cut("`>`")),
                b'<' | b'/' => {
                    self.token_at = self.at - 1;
                    return Err(self.unexpected("`>`"));
                }
                _ => {}
            }
        }
    }

    fn close(&mut self) -> Result<Token<'a>, Fault> {
        let name = self.name(2)?;
        self.at = self.blanks();
        match self.text.as_bytes().get(self.at) {
            Some(b'>') => {
                self.at += 1;
                Ok(Token::Close(name))
            }
            Some(_) => Err(self.unexpected("an end tag")),
            None => Err(self.cut("`>`")),
        }
    }

    /// An element's name behind a tag's first characters.
    #[inline]
    fn name(&mut self, skipped: usize) -> Result<&'a str, Fault> {
        let start = self.at + skipped;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        match rest.first() {
            Some(byte) if begins_name(*byte) => {}
            Some(_) => return Err(self.unexpected("an element's name behind `<`, or `&lt;`")),
            None => return Err(self.cut("an element's name")),
        }
        let length = rest.iter().position(|byte| ends_name(*byte)).unwrap_or(rest.len());
        self.at = start + length;
        match rest.get(length) {
            Some(b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>') => Ok(&self.text[start..self.at]),
            Some(_) => Err(self.unexpected("an element's name")),
            None => Err(self.cut("`>`")),
        }
    }

    /// What begins with `<!` or `<?`; `None` for what is passed over.
    #[cold]
    fn declaration(&mut self) -> Result<Option<Token<'a>>, Fault> {
        let rest = &self.text[self.at..];
        let is_doctype = rest.get(2..9).is_some_and(|word| word.eq_ignore_ascii_case("DOCTYPE"));
        let (begin, end, expected) = match rest {
            _ if rest.starts_with("<?") && !rest.as_bytes().get(2).copied().is_none_or(begins_name) => {
                return Err(self.unexpected("an instruction's name behind `<?`"));
            }
            _ if rest.starts_with("<?") => ("<?", "?>", "`?>` at the end of an instruction"),
            _ if rest.starts_with("<!--") => ("<!--", "-->", "`-->` at the end of a comment"),
            _ if rest.starts_with("<![CDATA[") => ("<![CDATA[", "]]>", "`]]>` at the end of a CDATA section"),
            _ if is_doctype => return Ok(Some(Token::Doctype(&rest[9..]))),
            _ if ["<!--", "<![CDATA[", "<!DOCTYPE"].iter().any(|long| long.starts_with(rest)) => {
                return Err(self.cut("a comment or a CDATA section"));
            }
            _ => return Err(self.unexpected("a comment or a CDATA section")),
        };
        let content = &rest[begin.len()..];
        let Some(length) = memchr::memmem::find(content.as_bytes(), end.as_bytes()) else {
            return Err(self.cut(expected));
        };
        self.at += begin.len() + length + end.len();
        Ok((end == "]]>").then(|| Token::CData(&content[..length])))
    }

    fn reference(&mut self) -> Token<'a> {
        let rest = &self.text[self.at + 1..];
        let is_part =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b'_' | b'-' | b'.' | b':') || byte >= 0x80;
        let length = rest.bytes().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        if length == 0 || rest.as_bytes().get(length) != Some(&b';') {
            self.at += 1;
            return Token::Ampersand;
        }
        self.at += length + 2;
        Token::Reference(&rest[..length])
    }
}

fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':') || byte >= 0x80
}

fn ends_name(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>' | b'<' | b'&' | b'"' | b'\'' | b'=')
}
