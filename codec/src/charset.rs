//! Converts bodies to UTF-8 from their declared charset.

use std::{borrow::Cow, ops::Range};

use encoding_rs::{DecoderResult, Encoding, UTF_8};
use memchr::memmem;
use quick_xml::{Reader, events::Event};

/// The end of an XML declaration is searched in this many bytes of a body.
const LONGEST_DECLARATION: usize = 256;
/// The first character with three bytes in UTF-8; all Chinese characters follow it. A GBK text may happen to be valid
/// UTF-8, but then decodes to characters before this one.
const LONG_IN_UTF8: char = '\u{800}';

/// A body contains bytes that are invalid in the charset it declares.
#[derive(Debug)]
pub(crate) struct Malformed {
    /// The declared charset.
    pub(crate) charset: &'static str,
    /// The body in UTF-8, with U+FFFD for each invalid sequence.
    pub(crate) text: String,
    /// Byte offset of the first invalid sequence in `text`.
    pub(crate) offset: usize,
    /// Whether the body ends in the middle of a character.
    pub(crate) is_cut_off: bool,
}

/// Returns the charset that a `Content-Type` header declares, or `None` if it declares no charset or an unknown one.
pub(crate) fn of_content_type(content_type: &str) -> Option<&'static Encoding> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| Encoding::for_label_no_replacement(value.as_bytes()))
            .flatten()
    })
}

/// Returns the body in UTF-8. A byte order mark takes precedence over `charset`, and `charset` over an XML declaration.
///
/// A body that is clearly UTF-8 is returned unchanged, whatever it declares: proxies that convert a text often keep its
/// declaration.
pub(crate) fn to_utf8<'b>(body: &'b [u8], charset: Option<&'static Encoding>) -> Result<Cow<'b, [u8]>, Malformed> {
    let (body, encoding) = match Encoding::for_bom(body) {
        Some((encoding, length)) if encoding != UTF_8 => (&body[length..], encoding),
        Some(_) => return Ok(Cow::Borrowed(body)),
        None => match charset.or_else(|| of_declaration(body)) {
            Some(encoding) if encoding != UTF_8 && !is_utf8(body, encoding) => (body, encoding),
            _ => return Ok(Cow::Borrowed(body)),
        },
    };
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(body.len()).unwrap_or_default();
    let mut text = String::with_capacity(room);
    let (result, read) = decoder.decode_to_string_without_replacement(body, &mut text, true);
    match result {
        DecoderResult::InputEmpty => Ok(Cow::Owned(declaring_utf8(text).into_bytes())),
        _ => {
            let (whole, _) = encoding.decode_without_bom_handling(body);
            let (charset, is_cut_off) = (encoding.name(), read == body.len());
            Err(Malformed { charset, offset: text.len(), text: whole.into_owned(), is_cut_off })
        }
    }
}

/// Corrects the XML declaration of a converted text, so that it is not converted again.
fn declaring_utf8(mut text: String) -> String {
    if let Some(label) = declared(text.as_bytes()) {
        text.replace_range(label, "UTF-8");
    }
    text
}

/// Returns the charset in the XML declaration.
fn of_declaration(body: &[u8]) -> Option<&'static Encoding> {
    // A declaration in single bytes cannot be in UTF-16, whatever it says.
    Encoding::for_label_no_replacement(&body[declared(body)?]).filter(|encoding| encoding.is_ascii_compatible())
}

/// Returns the range of the charset's name in the XML declaration.
fn declared(body: &[u8]) -> Option<Range<usize>> {
    let start = body.len() - body.trim_ascii_start().len();
    let head = &body[start..body.len().min(start + LONGEST_DECLARATION)];
    if !head.starts_with(b"<?xml") {
        return None;
    }
    let head = &head[..memmem::find(head, b"?>")? + 2];
    let Event::Decl(declaration) = Reader::from_str(str::from_utf8(head).ok()?).read_event().ok()? else { return None };
    let label = declaration.encoding()?.ok()?;
    let start = start + memmem::find(head, label.as_bytes())?;
    Some(start..start + label.len())
}

/// Returns whether a body that declares `encoding` is certainly UTF-8.
fn is_utf8(body: &[u8], encoding: &'static Encoding) -> bool {
    if !encoding.is_ascii_compatible() {
        return false;
    }
    let tells = |letter: char| letter >= LONG_IN_UTF8 || (encoding.is_single_byte() && !letter.is_ascii());
    body.is_ascii() || str::from_utf8(body).is_ok_and(|text| text.chars().any(tells))
}
