//! quick-xml's events, borrowed from the body, each with its offset; and its errors, as faults of ours.
//!
//! quick-xml finds the markup, and checks that each end tag fits its start tag. Its judgement holds, except where it would
//! let text that is cut off, or not XML at all, pass as an answer; and where it is stricter than the gateway's answers
//! (docs/protocol.md sections 5.2 and 9):
//!
//! * An `&` that begins no reference is a piece of text (`allow_dangling_amp`), and so is `& b;`, which quick-xml takes
//!   for a reference. The reader reports both. Entities that XML does not define are reported too.
//! * A tag's name begins like a name and has no `<`, `&`, `=`, `/` or quote in it. quick-xml takes any text, so that the
//!   `<` of `a < b` would begin an element that goes on to the next `>`, and a body with a stray `<` would look cut off.
//! * The attributes of a tag have no `<` in them, which XML forbids in their values too. Otherwise they may be anything,
//!   because no answer needs them.
//! * An end tag is compared with its start tag as it is written; white space at its end does not count.
//! * Comments may have `--` in them, and instructions any name. Both are passed over, with the declaration.
//! * A DOCTYPE ends the reading: either the body is an HTML page, or somebody attacks.
//! * The body ends too early only where a construct that has begun is not closed; `<!x` is broken, not cut off.

use std::borrow::Cow;

use quick_xml::{
    Error, Reader,
    errors::{IllFormedError, SyntaxError},
    events::{BytesStart, Event},
};

use super::super::{fault::Fault, root};
use crate::{error::END, excerpt};

/// A piece of an XML text. Comments, instructions and the declaration are passed over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Piece<'a> {
    /// A start tag, by its name.
    Open(&'a str),
    /// `<a/>`: open and closed.
    Empty(&'a str),
    /// The end tag of the element opened last.
    Close,
    /// Text without a reference in it. It begins with `&` only where no reference follows.
    Text(&'a str),
    CData(&'a str),
    /// What stands between `&` and `;`.
    Reference(&'a str),
    End,
}

/// What to do with white space before a piece.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Space {
    /// It is text.
    Kept,
    /// Only elements are expected: nobody needs it.
    Skipped,
}

/// The pieces of an XML text.
#[derive(Clone)]
pub(super) struct Events<'a> {
    reader: Reader<&'a [u8]>,
    /// The whole body.
    text: &'a str,
    /// Bytes of the body before the first that `reader` has seen.
    start: usize,
    /// Where the piece read last begins.
    piece_at: usize,
}

impl<'a> Events<'a> {
    pub(super) fn new(text: &'a str, start: usize) -> Events<'a> {
        let mut reader = Reader::from_str(&text[start..]);
        let config = reader.config_mut();
        config.allow_dangling_amp = true;
        // An end tag outside of the root: the reader says better what it expected.
        config.allow_unmatched_ends = true;
        Events { reader, text, start, piece_at: start }
    }

    /// Bytes of the body before the next piece and the white space in front of it.
    #[inline]
    pub(super) fn offset(&self) -> usize {
        self.start + usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// Bytes of the body before the piece read last.
    #[inline]
    pub(super) fn piece_offset(&self) -> usize {
        self.piece_at
    }

    /// The body from a place up to the piece read last.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.piece_at).unwrap_or_default()
    }

    /// The tag read last, as it is written.
    pub(super) fn written(&self) -> &'a str {
        self.text.get(self.piece_at..self.offset()).unwrap_or_default()
    }

    /// How many bytes there are up to the next tag.
    pub(super) fn up_to_tag(&self) -> usize {
        let rest = self.reader.get_ref();
        memchr::memchr(b'<', rest).unwrap_or(rest.len())
    }

    /// The next piece.
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

    /// What is wrong at the piece read last.
    #[cold]
    pub(super) fn unexpected(&self, expected: &'static str) -> Fault {
        self.unexpected_at(self.piece_at, expected)
    }

    /// The body ends where something else has to be.
    #[cold]
    pub(super) fn cut(&self, expected: impl Into<Cow<'static, str>>) -> Fault {
        Fault::syntax(expected, END, self.text.len())
    }

    /// The body is an HTML page.
    #[cold]
    pub(super) fn html(&self) -> Fault {
        root::html(&self.text.as_bytes()[self.start..])
    }

    /// The body is not an answer.
    #[cold]
    pub(super) fn foreign(&self, what: &str) -> Fault {
        root::foreign(what, &self.text.as_bytes()[self.start..])
    }

    /// The content of the piece just read, from its length and the marks around it.
    #[inline]
    fn content(&mut self, length: usize, before: usize, behind: usize) -> &'a str {
        let end = self.offset() - behind;
        let start = end - length;
        self.piece_at = start - before;
        self.text.get(start..end).unwrap_or_default()
    }

    /// The name in a start tag, which ends in `>` or `/>`.
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
        self.unexpected("an answer without DOCTYPE, which no answer has and attacks need")
    }

    /// The fault that is quick-xml's error.
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

    /// quick-xml found no end: the body has been cut off, unless what it took for a beginning is not one.
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

/// Whether a tag's first word can be a name.
#[inline]
fn is_name(word: &str) -> bool {
    let word = word.as_bytes();
    word.first().is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':' | 0x80..))
        && !word.iter().any(|byte| IS_NO_PART[usize::from(*byte)])
}

/// The bytes that are in no name, as they begin or end something else.
const IS_NO_PART: [bool; 256] = {
    let mut no_part = [false; 256];
    let mut bytes: &[u8] = b"<&\"'=/";
    while let [byte, rest @ ..] = bytes {
        no_part[*byte as usize] = true;
        bytes = rest;
    }
    no_part
};
