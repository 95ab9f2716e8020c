//! Turns quick-xml's events into pieces with offsets, borrowed from the body, and its errors into ours.
//!
//! quick-xml finds the markup and checks that each end tag matches its start tag. We differ where it would accept a body
//! that is cut off or not XML, and where it is stricter than real gateways (docs/protocol.md sections 5.2 and 9):
//!
//! * An `&` that begins no reference is text (`allow_dangling_amp`), and so is `& b;`, which quick-xml takes for a
//!   reference. The reader reports both, and also entities that XML does not define.
//! * The name of a tag must begin like a name and have no `<`, `&`, `=`, `/` or quote. quick-xml accepts any text: the `<` of
//!   `a < b` would begin an element that ends at the next `>`, and a body with a stray `<` would look cut off.
//! * The attributes of a tag must have no `<`, which XML forbids in their values too. Otherwise they are ignored.
//! * An end tag is compared with its start tag as it is written, except for white space at its end.
//! * Comments may contain `--`, and instructions may have any name. Both are skipped, and so is the declaration.
//! * A DOCTYPE is an error: the body is an HTML page or an attack.
//! * A body is cut off only if a construct is not closed; `<!x` is broken, not cut off.

use std::borrow::Cow;

use quick_xml::{
    Error, Reader,
    errors::{IllFormedError, SyntaxError},
    events::{BytesStart, Event},
};

use super::super::{fault::Fault, root};
use crate::{error::END, excerpt};

/// A piece of XML. Comments, instructions and the declaration are skipped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Piece<'a> {
    /// The name of a start tag.
    Open(&'a str),
    /// The name of an empty element, `<a/>`.
    Empty(&'a str),
    /// The end tag of the innermost open element.
    Close,
    /// Text without references. An `&` at its start begins no reference.
    Text(&'a str),
    CData(&'a str),
    /// A reference, without its `&` and `;`.
    Reference(&'a str),
    End,
}

/// How to treat white space before a piece.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Space {
    /// As text.
    Kept,
    /// Skip it: only elements are expected.
    Skipped,
}

/// An iterator over the pieces of a body.
#[derive(Clone)]
pub(super) struct Events<'a> {
    reader: Reader<&'a [u8]>,
    /// The whole body.
    text: &'a str,
    /// Byte offset in the body at which `reader` began.
    start: usize,
    /// Byte offset of the piece read last.
    piece_at: usize,
}

impl<'a> Events<'a> {
    pub(super) fn new(text: &'a str, start: usize) -> Events<'a> {
        let mut reader = Reader::from_str(&text[start..]);
        let config = reader.config_mut();
        config.allow_dangling_amp = true;
        // An end tag outside the root: our own message says what was expected.
        config.allow_unmatched_ends = true;
        Events { reader, text, start, piece_at: start }
    }

    /// Returns the byte offset of the next piece, including the white space before it.
    #[inline]
    pub(super) fn offset(&self) -> usize {
        self.start + usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// Returns the byte offset of the piece read last.
    #[inline]
    pub(super) fn piece_offset(&self) -> usize {
        self.piece_at
    }

    /// Returns the body from an offset up to the piece read last.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.piece_at).unwrap_or_default()
    }

    /// Returns the tag read last, as it is written.
    pub(super) fn written(&self) -> &'a str {
        self.text.get(self.piece_at..self.offset()).unwrap_or_default()
    }

    /// Returns the number of bytes up to the next tag.
    pub(super) fn up_to_tag(&self) -> usize {
        let rest = self.reader.get_ref();
        memchr::memchr(b'<', rest).unwrap_or(rest.len())
    }

    /// Reads the next piece.
    #[inline]
    pub(super) fn next(&mut self, space: Space) -> Result<Piece<'a>, Fault> {
        self.reader.config_mut().trim_text_start = space == Space::Skipped;
        loop {
            self.piece_at = self.offset();
            return match self.reader.read_event() {
                Ok(Event::Start(tag)) => Ok(Piece::Open(self.name(&tag, 1)?)),
                Ok(Event::End(_)) => Ok(Piece::Close),
                Ok(Event::Text(text)) => Ok(Piece::Text(self.content(text.len(), 0, 0))),
                Ok(Event::Empty(tag)) => Ok(Piece::Empty(self.name(&tag, 2)?)),
                Ok(Event::GeneralRef(name)) => Ok(Piece::Reference(self.content(name.len(), 1, 1))),
                Ok(Event::CData(text)) => Ok(Piece::CData(self.content(text.len(), 9, 3))),
                Ok(Event::Comment(_) | Event::PI(_) | Event::Decl(_)) => continue,
                Ok(Event::DocType(doctype)) => Err(self.doctype(&doctype)),
                Ok(Event::Eof) => Ok(Piece::End),
                Err(error) => Err(self.broken(&error)),
            };
        }
    }

    /// Returns a syntax error at the piece read last.
    #[cold]
    pub(super) fn unexpected(&self, expected: &'static str) -> Fault {
        self.unexpected_at(self.piece_at, expected)
    }

    /// Returns the error of a body that ends too early.
    #[cold]
    pub(super) fn cut(&self, expected: impl Into<Cow<'static, str>>) -> Fault {
        Fault::syntax(expected, END, self.text.len())
    }

    /// Returns the error of an HTML page.
    #[cold]
    pub(super) fn html(&self) -> Fault {
        root::html(&self.text.as_bytes()[self.start..])
    }

    /// Returns the error of a body that is not a response.
    #[cold]
    pub(super) fn foreign(&self, what: &str) -> Fault {
        root::foreign(what, &self.text.as_bytes()[self.start..])
    }

    /// Returns the content of the piece just read, given its length and the length of its delimiters.
    #[inline]
    fn content(&mut self, length: usize, before: usize, behind: usize) -> &'a str {
        let end = self.offset() - behind;
        let start = end - length;
        self.piece_at = start - before;
        self.text.get(start..end).unwrap_or_default()
    }

    /// Returns the name in a start tag, which ends in `>` or `/>`.
    #[inline]
    fn name(&mut self, tag: &BytesStart<'_>, behind: usize) -> Result<&'a str, Fault> {
        let content = self.content(tag.len(), 1, behind);
        let (name, attributes) = content.split_at(tag.name().0.len());
        if !is_name(name) {
            return Err(self.unexpected("an element's name behind `<`, or `&lt;`"));
        }
        match attributes.bytes().position(|byte| byte == b'<') {
            None => Ok(name),
            Some(at) => Err(self.unexpected_at(self.piece_at + 1 + name.len() + at, "`>`")),
        }
    }

    #[cold]
    fn unexpected_at(&self, offset: usize, expected: &'static str) -> Fault {
        let rest = self.text.get(offset..).unwrap_or_default();
        let found = rest.trim_start();
        if found.is_empty() {
            return self.cut(expected);
        }
        Fault::syntax(expected, format!("`{}`", excerpt::beginning(found)), offset + rest.len() - found.len())
    }

    #[cold]
    fn doctype(&self, doctype: &str) -> Fault {
        if doctype.trim_start().get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html")) {
            return self.html();
        }
        self.unexpected("a response without DOCTYPE, which the gateway never sends and attacks need")
    }

    /// Converts an error of quick-xml.
    #[cold]
    fn broken(&self, error: &Error) -> Fault {
        let offset = self.start + usize::try_from(self.reader.error_position()).unwrap_or(usize::MAX);
        match error {
            Error::Syntax(error) => self.broken_syntax(error, offset),
            Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
                let tag = |name| format!("`</{}>`", excerpt::beginning(name));
                Fault::syntax(tag(expected), tag(found), offset)
            }
            Error::IllFormed(IllFormedError::MissingDoctypeName) => self.doctype(""),
            other => Fault::syntax(format!("well-formed XML ({other})"), "something else", offset),
        }
    }

    /// Returns the error for a construct without an end: the body is cut off, unless the construct is broken.
    #[cold]
    fn broken_syntax(&self, error: &SyntaxError, offset: usize) -> Fault {
        const DOCTYPE: &str = "<!DOCTYPE";
        let rest = self.text.get(offset..).unwrap_or_default();
        let (beginning, end) = match error {
            SyntaxError::UnclosedDoctype => match rest.split_at_checked(DOCTYPE.len()) {
                Some((word, doctype)) if word.eq_ignore_ascii_case(DOCTYPE) => return self.doctype(doctype),
                _ => (DOCTYPE, "the end of a DOCTYPE"),
            },
            SyntaxError::UnclosedPI if rest.starts_with("<?>") => {
                return self.unexpected("an instruction's name behind `<?`");
            }
            SyntaxError::UnclosedPI | SyntaxError::UnclosedXmlDecl => ("<?", "`?>` at the end of an instruction"),
            SyntaxError::UnclosedCData => ("<![CDATA[", "`]]>` at the end of a CDATA section"),
            SyntaxError::UnclosedComment => ("<!--", "`-->` at the end of a comment"),
            SyntaxError::InvalidBangMarkup => ("<!--", "a comment or a CDATA section"),
            SyntaxError::UnclosedTag => ("<", "`>`"),
            SyntaxError::UnclosedSingleQuotedAttributeValue | SyntaxError::UnclosedDoubleQuotedAttributeValue => {
                ("<", "the end of an attribute's value")
            }
        };
        if beginning == "<" {
            let tag = rest.trim_start_matches(['<', '/']);
            let name = tag.split([' ', '\t', '\r', '\n', '>', '/']).next().unwrap_or_default();
            if !tag.is_empty() && !is_name(name) {
                return self.unexpected_at(offset, "an element's name behind `<`, or `&lt;`");
            }
        }
        match rest.starts_with(beginning) || beginning.starts_with(rest) {
            true => self.cut(end),
            false => self.unexpected_at(offset, "a comment or a CDATA section"),
        }
    }
}

/// Returns whether the first word of a tag can be a name.
#[inline]
fn is_name(word: &str) -> bool {
    let word = word.as_bytes();
    word.first().is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':' | 0x80..))
        && !word.iter().any(|byte| IS_NO_PART[usize::from(*byte)])
}

/// The bytes that no name contains: they begin or end another construct.
const IS_NO_PART: [bool; 256] = {
    let mut no_part = [false; 256];
    let mut bytes: &[u8] = b"<&\"'=/";
    while let [byte, rest @ ..] = bytes {
        no_part[*byte as usize] = true;
        bytes = rest;
    }
    no_part
};
