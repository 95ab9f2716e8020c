//! Hides secrets in texts from a gateway, or from a proxy before it: they may echo the call.
//!
//! Excerpts of a body are cut, by the codec or by the sender, and a secret may be cut with them. Therefore every piece of
//! [`PIECE`] bytes is hidden, and at a cut a piece of any length. Pieces are searched in the text and below its escapes.

use std::{borrow::Cow, collections::HashSet, ops::Range};

use memchr::memmem;
use topsdk_codec::{
    Anomaly, PlatformError,
    secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing},
};

use crate::{Error, escapes::Layer};

/// Replaces a secret, and marks a cut.
const HIDDEN: &str = "…";
/// The codec's replacement for values whose names say that they are secret.
const HIDDEN_BY_CODEC: &str = "(hidden)";
/// Encloses quotations in errors, which may begin or end within a secret.
const QUOTE: u8 = b'`';
/// Shorter pieces beside a quote, or in possible Base64, occur in other texts as well.
const SHORTEST_GUESSED: usize = 3;
/// Shorter texts are not hidden: they would be found in any text.
const SHORTEST: usize = 4;
/// Each piece of this many bytes of a longer secret is hidden.
const PIECE: usize = 8;
/// The minimum number of Base64 characters that contain a piece.
const PIECE_IN_BASE64: usize = (PIECE * 8).div_ceil(6);

/// How many bytes of a text an error keeps, and how many of a text of an anomaly, of which there may be a thousand: a
/// gateway may send as many as a body has, and all of them are searched.
const LONGEST: usize = 16 << 10;
const LONGEST_OF_ANOMALY: usize = 512;

/// The texts that must not appear in errors and logs.
pub(crate) struct Secrets {
    all: Vec<SecretString>,
}

impl Secrets {
    /// Creates the set of these texts.
    pub(crate) fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Secrets {
        let texts = texts.into_iter().filter(|text| text.len() >= SHORTEST);
        Secrets { all: texts.map(SecretString::from).collect() }
    }

    /// Hides the secrets in a text.
    pub(crate) fn hide(&self, text: &mut String) {
        self.hide_in_each(vec![text]);
    }

    /// Hides the secrets in the `request_id` and the anomalies of a successful reply.
    pub(crate) fn hide_beside<'r>(
        &self,
        request_id: &'r mut Option<String>,
        anomalies: impl Iterator<Item = &'r mut Anomaly>,
    ) {
        // Nearly every reply has a plain `request_id` and no anomaly, and is not searched further.
        let request_id = request_id.iter_mut().filter(|id| !is_plain(id) || self.have_piece_of(id));
        let texts: Vec<_> = request_id.map(shortened).chain(anomalies.flat_map(texts_of)).collect();
        if !texts.is_empty() {
            self.hide_in_each(texts);
        }
    }

    /// Hides the secrets in an error's texts from outside.
    pub(crate) fn hide_in(&self, error: &mut Error) {
        let texts = match error {
            Error::Platform(error) => texts_of_platform(error),
            Error::Status { source, .. } => vec![&mut source.beginning],
            Error::Response(error) => texts_of_answer(error),
            Error::OAuth { error, description } => std::iter::once(error).chain(description).map(shortened).collect(),
            _ => return,
        };
        self.hide_in_each(texts);
    }

    /// Returns whether a short text has a piece of a secret as it is.
    fn have_piece_of(&self, text: &str) -> bool {
        let is_piece = |piece: &[u8]| {
            self.all.iter().any(|secret| memmem::find(secret.expose_secret().as_bytes(), piece).is_some())
        };
        text.as_bytes().windows(PIECE).any(is_piece)
    }

    fn hide_in_each(&self, texts: Vec<&mut String>) {
        let forms: Vec<_> = self.all.iter().flat_map(|secret| forms(secret.expose_secret())).collect();
        let pieces = Pieces::of(&forms);
        for text in texts {
            if let Some(hidden) = pieces.hidden(text) {
                *text = hidden;
            }
        }
    }
}

/// Returns whether a text has neither escapes nor Base64: it is short, without marks and capitals.
fn is_plain(text: &str) -> bool {
    const LONGEST: usize = 32;
    text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

fn texts_of(anomaly: &mut Anomaly) -> [&mut String; 3] {
    [&mut anomaly.path, owned(&mut anomaly.expected), &mut anomaly.found].map(|text| cut(text, LONGEST_OF_ANOMALY))
}

fn texts_of_platform(error: &mut PlatformError) -> Vec<&mut String> {
    let PlatformError { code, msg, sub_code, sub_msg, request_id, anomalies, .. } = error;
    let members = [code, msg].into_iter().chain([sub_code, sub_msg, request_id].into_iter().flatten());
    members.map(shortened).chain(anomalies.iter_mut().flat_map(texts_of)).collect()
}

fn texts_of_answer(error: &mut topsdk_codec::Error) -> Vec<&mut String> {
    use topsdk_codec::Error::{Anomaly, Limit, NotAResponse, Platform, Status, Syntax};

    match error {
        NotAResponse(error) => vec![&mut error.found],
        Syntax(error) => {
            let expected = owned(&mut error.expected);
            vec![shortened(&mut error.path), expected, &mut error.found, &mut error.position.excerpt]
        }
        Anomaly(error) => texts_of(&mut error.anomaly).into_iter().chain([&mut error.position.excerpt]).collect(),
        Limit(error) => vec![shortened(&mut error.path)],
        Platform(error) => texts_of_platform(error),
        Status(error) => vec![&mut error.beginning],
        _ => Vec::new(),
    }
}

fn shortened(text: &mut String) -> &mut String {
    cut(text, LONGEST)
}

/// Cuts a text that is too long, and marks the cut.
fn cut(text: &mut String, longest: usize) -> &mut String {
    if text.len() > longest {
        let end = (0..=longest).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
        text.push_str(HIDDEN);
    }
    text
}

fn owned<'a>(text: &'a mut Cow<'static, str>) -> &'a mut String {
    text.to_mut()
}

type Form = Zeroizing<Vec<u8>>;

/// Returns a secret as it is, with `+` for blanks as in a form, and with what looks like an escape in it decoded, also as an
/// excerpt shows that.
fn forms(secret: &str) -> impl Iterator<Item = Form> {
    let in_form = secret.contains(' ').then(|| Form::new(secret.replace(' ', "+").into_bytes()));
    let below = Layer::of(secret).below().map(|layer| Form::new(layer.bytes().to_vec()));
    let shown = below.as_deref().and_then(|form| in_excerpt(form));
    [Form::new(secret.as_bytes().to_vec())].into_iter().chain(in_form).chain(below).chain(shown)
}

/// Returns a form with control characters as the codec's excerpts show them, if there are any.
fn in_excerpt(form: &[u8]) -> Option<Form> {
    let text = str::from_utf8(form).ok()?;
    let shown = |letter: char| match letter {
        '\t' | '\n' | '\r' => ' ',
        letter if letter.is_control() => char::REPLACEMENT_CHARACTER,
        letter => letter,
    };
    text.contains(char::is_control).then(|| Form::new(text.chars().map(shown).collect::<String>().into_bytes()))
}

/// The pieces of all secrets, to search a text for.
struct Pieces<'f> {
    forms: &'f [Form],
    /// The pieces of all forms, and their lengths: a form shorter than a piece is a piece itself.
    pieces: HashSet<&'f [u8]>,
    lengths: Vec<usize>,
    /// Whether a piece begins with these two bytes, which rules out nearly all places of a text.
    begins: Vec<bool>,
}

impl<'f> Pieces<'f> {
    fn of(forms: &'f [Form]) -> Pieces<'f> {
        let length = |form: &Form| form.len().min(PIECE);
        let pieces: HashSet<_> = forms.iter().flat_map(|form| form.windows(length(form))).collect();
        let mut begins = vec![false; 1 << 16];
        pieces.iter().for_each(|piece| begins[beginning(piece)] = true);
        let mut lengths: Vec<_> = forms.iter().map(length).collect();
        lengths.sort_unstable();
        lengths.dedup();
        Pieces { forms, pieces, lengths, begins }
    }

    /// Returns the text with all pieces hidden, if there are any.
    fn hidden(&self, text: &str) -> Option<String> {
        let mut is_hidden = vec![false; text.len()];
        self.mark_layers(Layer::of(text), &mut is_hidden, true);
        is_hidden.contains(&true).then(|| without(text, &is_hidden))
    }

    /// Marks the pieces in a layer and in all below it.
    fn mark_layers(&self, layer: Layer<'_>, is_hidden: &mut [bool], with_base64: bool) {
        let mut layer = Some(layer);
        while let Some(outer) = layer {
            let cuts = cuts(&outer);
            self.mark(&outer, &cuts, is_hidden);
            if with_base64 {
                let bytes = outer.bytes();
                let is_cut = |run: &Range<usize>| {
                    let ends = |cut: &Range<usize>| starts_of_cut_escape(&bytes[..cut.start]).any(|end| end == run.end);
                    let starts =
                        |cut: &Range<usize>| ends_of_cut_escape(&bytes[cut.end..]).any(|at| cut.end + at == run.start);
                    [cuts.iter().any(starts), cuts.iter().any(ends)]
                };
                for decoded in outer.base64(PIECE_IN_BASE64, is_cut) {
                    self.mark_layers(decoded, is_hidden, false);
                }
            }
            layer = outer.below();
        }
    }

    fn mark(&self, layer: &Layer<'_>, cuts: &[Range<usize>], is_hidden: &mut [bool]) {
        let bytes = layer.bytes();
        let mut mark = |start: usize, end: usize| is_hidden[layer.source(start, end)].fill(true);
        for length in self.lengths.iter().copied() {
            for (start, piece) in bytes.windows(length).enumerate() {
                if self.begins[beginning(piece)] && self.pieces.contains(piece) {
                    mark(start, start + length);
                }
            }
        }
        let is_guessed = layer.is_cut().contains(&true);
        let shortest = if is_guessed { SHORTEST_GUESSED } else { 1 };
        let quotes = memchr::memchr_iter(QUOTE, bytes).map(|at| (at..at + 1, SHORTEST_GUESSED));
        let mut ends: Vec<_> = cuts.iter().map(|cut| (cut.clone(), shortest)).chain(quotes).collect();
        ends.sort_unstable_by_key(|(end, _)| end.start);
        for (cut, shortest) in &ends {
            let before = &bytes[..cut.start];
            for end in starts_of_cut_escape(before) {
                let length = self.longest(|form, length| before[..end].ends_with(&form[..length]));
                if length >= *shortest {
                    mark(end - length, cut.start);
                }
            }
            let after = &bytes[cut.end..];
            for start in ends_of_cut_escape(after) {
                let length = self.longest(|form, length| after[start..].starts_with(&form[form.len() - length..]));
                if length >= *shortest {
                    mark(cut.end, cut.end + start + length);
                }
            }
        }
        for pair in ends.windows(2) {
            let between = pair[0].0.end..pair[1].0.start;
            if self.may_be_middle(bytes, &pair[0], &pair[1]) {
                mark(between.start, between.end);
            }
        }
    }

    /// Returns whether the short text between two cuts may be the middle of a secret. Beside a quote it is compared.
    fn may_be_middle(&self, bytes: &[u8], before: &(Range<usize>, usize), behind: &(Range<usize>, usize)) -> bool {
        let (start, end) = (before.0.end, behind.0.start);
        let mut starts = ends_of_cut_escape(&bytes[start..]).map(|at| start + at);
        let ends: Vec<_> = starts_of_cut_escape(&bytes[..end]).collect();
        if before.1 == 1 && behind.1 == 1 {
            let from = starts.max().unwrap_or(start);
            return ends.into_iter().min().unwrap_or(end).saturating_sub(from) < PIECE;
        }
        // No escape is cut at a quote.
        let is_quote = |cut: &Range<usize>| cut.len() == 1 && bytes[cut.start] == QUOTE;
        let (only_start, only_end) = (is_quote(&before.0), is_quote(&behind.0));
        let is_part = |from: usize, to: usize| {
            let middle = bytes.get(from..to).unwrap_or_default();
            (SHORTEST_GUESSED..PIECE).contains(&middle.len())
                && self.forms.iter().any(|form| memmem::find(form, middle).is_some())
        };
        starts.any(|from| {
            (from == start || !only_start) && ends.iter().any(|to| (*to == end || !only_end) && is_part(from, *to))
        })
    }

    /// Returns the length of the longest part, shorter than a piece, for which this holds.
    fn longest(&self, holds: impl Fn(&[u8], usize) -> bool) -> usize {
        let longest = |form: &Form| (1..form.len().min(PIECE)).rev().find(|length| holds(form, *length));
        self.forms.iter().filter_map(longest).max().unwrap_or_default()
    }
}

/// The first two bytes of a piece, as a number.
fn beginning(piece: &[u8]) -> usize {
    usize::from(piece[0]) << 8 | usize::from(piece[1])
}

/// Returns the positions where something was cut off or is already hidden, ascending.
fn cuts(layer: &Layer<'_>) -> Vec<Range<usize>> {
    let bytes = layer.bytes();
    let marks = [HIDDEN, HIDDEN_BY_CODEC].into_iter();
    let mut cuts: Vec<_> =
        marks.flat_map(|mark| memmem::find_iter(bytes, mark).map(|start| start..start + mark.len())).collect();
    let [before, behind] = layer.is_cut();
    cuts.extend(before.then_some(0..0));
    cuts.extend(behind.then_some(bytes.len()..bytes.len()));
    cuts.sort_unstable_by_key(|cut| cut.start);
    cuts
}

/// An escape of XML is the longest one.
const LONGEST_ESCAPE: usize = "&#x0010FFFF;".len();

/// Returns the possible starts of escapes whose end is cut off, nested ones included, and the cut itself.
fn starts_of_cut_escape(before: &[u8]) -> impl Iterator<Item = usize> {
    let from = before.len().saturating_sub(LONGEST_ESCAPE);
    memchr::memchr3_iter(b'%', b'\\', b'&', &before[from..]).map(move |at| from + at).chain([before.len()])
}

/// Returns the possible ends of escapes whose beginning is cut off, and 0.
fn ends_of_cut_escape(after: &[u8]) -> impl Iterator<Item = usize> {
    let after = &after[..after.len().min(LONGEST_ESCAPE)];
    let of_xml = after.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b';')).count();
    // Behind the end of an escape of XML may be the end of one that it was part of.
    let starts = [0].into_iter().chain(memchr::memchr_iter(b';', &after[..of_xml]).map(|at| at + 1));
    // A surrogate pair is two escapes.
    let is_digit = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b'u' | b'x' | b'\\');
    starts.flat_map(move |start| start..=start + after[start..].iter().take_while(is_digit).count())
}

/// Returns the text with one mark in place of each hidden part and the marks beside it.
fn without(text: &str, is_hidden: &[bool]) -> String {
    let mut shown = String::with_capacity(text.len());
    for (start, character) in text.char_indices() {
        let is_hidden = is_hidden[start..start + character.len_utf8()].contains(&true);
        match is_hidden || HIDDEN.starts_with(character) {
            true if shown.ends_with(HIDDEN) => {}
            true => shown.push_str(HIDDEN),
            false => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use base64::{
        Engine as _,
        engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
    };
    use proptest::{collection::vec, prelude::*, sample::select};
    use topsdk_codec::form_urlencoded;

    use super::*;

    const SECRET: &str = "T0KEN+of/the=user\"小~x";

    fn hidden(secrets: &[&str], text: &str) -> String {
        let mut text = text.to_owned();
        Secrets::new(secrets.iter().copied()).hide(&mut text);
        text
    }

    #[test]
    fn secrets_are_hidden_as_they_are_and_as_a_form_has_them() {
        let text = "session=a%2Bb%2Fc&x=a+b/cd y=a%2Bb%2Fcd abc";
        assert_eq!(hidden(&["a+b/c", "a+b/cd", "abc"], text), "session=…&x=… y=… abc");
        assert_eq!(hidden(&["two words"], "a=two+words&b=two%20words"), "a=…&b=…");
    }

    #[test]
    fn secrets_are_hidden_in_every_usual_encoding() {
        let percent: String = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        let json = SECRET.replace('"', "\\\"").replace('/', "\\/");
        let unicode: String = SECRET.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let every: String = SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect();
        for text in [
            SECRET.to_owned(),
            percent.to_lowercase().replace("t0ken", "T0KEN"),
            percent.replace('%', "%25"),
            json.replace('\\', "\\\\").replace('"', "\\\""),
            json,
            unicode.replace("\\u", "\\U").replace("\\U", "\\u"),
            unicode,
            every,
            percent,
            SECRET.replace('"', "&quot;").replace('=', "&#61;").replace('~', "&#x7e;"),
        ] {
            assert_eq!(hidden(&[SECRET], &format!("<{text}>")), "<…>", "{text}");
        }
        for before in ["", "a", "ab", "session="] {
            for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let text = engine.encode(format!("{before}{SECRET}&v=2"));
                let shown = hidden(&[SECRET], &text);
                let (start, end) = shown.split_once(HIDDEN).unwrap();
                assert!(text.starts_with(start) && text.ends_with(end), "{text}: {shown}");
                assert!(start.len() <= (before.len() * 8).div_ceil(6), "{text}: {shown}");
                assert!(end.len() <= ("&v=2".len() * 8).div_ceil(6), "{text}: {shown}");
            }
        }
    }

    #[test]
    fn a_piece_of_eight_is_hidden_anywhere_and_a_shorter_one_at_a_cut() {
        assert_eq!(hidden(&[SECRET], "x T0KEN+of x"), "x … x");
        assert_eq!(hidden(&[SECRET], "x T0KEN+o x"), "x T0KEN+o x");
        assert_eq!(hidden(&[SECRET], "the=user\"\n"), "…\n");
        for length in 1..SECRET.len() {
            if SECRET.is_char_boundary(length) {
                let (start, end) = SECRET.split_at(length);
                assert_eq!(hidden(&[SECRET], &format!("a {start}…")), "a …", "{length}");
                assert_eq!(hidden(&[SECRET], &format!("…{end} b")), "… b", "{length}");
            }
        }
        for cut in ["T0KEN%2…", "T0KEN%…", "T0KEN\\u00…", "T0KEN\\…"] {
            assert_eq!(hidden(&[SECRET], cut), "…");
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in ["", "T0K", "100%", "%zz \\u12 &amp &; \\", "50% of all…", "…the end", "\u{FFFD}%C3%28…%E5"] {
            assert_eq!(hidden(&[SECRET, "s3cr3t-zzz"], text), text);
        }
    }

    #[test]
    fn any_text_can_be_redacted() {
        let parts = ["%", "2B", "\\u", "00", "T0KEN", "小", "…", "&#", ";", "\\", "\"", "=user"];
        proptest!(topsdk_random::config(20_000), |(parts in vec(select(parts.to_vec()), 0..12))| {
            let text = parts.concat();
            let shown = hidden(&[SECRET], &text);
            prop_assert!(shown.chars().count() <= text.chars().count(), "{}", shown);
        });
    }
}
