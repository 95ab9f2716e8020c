//! Secrets taken out of what others wrote: a gateway, or something on the way to it, may echo the call.
//!
//! What is shown of a body is cut, by the codec or by whoever wrote it, and a secret may be cut with it. So not only a whole
//! secret is hidden but each piece of [`PIECE`] bytes, and at a cut of any length. A secret may come in the layers of escapes
//! that it was sent or answered in: all of them are looked under.

use std::{borrow::Cow, collections::HashSet};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use memchr::memmem;
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use topsdk_codec::{Anomaly, PlatformError};

use crate::{Error, escapes::Layer};

/// What stands in place of a secret, and where a text is cut.
const HIDDEN: &str = "…";
/// Shorter ones are no secrets, and would be found in any text.
const SHORTEST: usize = 4;
/// Of a longer secret, each piece of so many bytes is hidden.
const PIECE: usize = 8;

/// What must appear in no error and no log.
pub(crate) struct Secrets {
    all: Vec<SecretString>,
}

impl Secrets {
    /// These texts.
    pub(crate) fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Secrets {
        let texts = texts.into_iter().filter(|text| text.len() >= SHORTEST);
        Secrets { all: texts.map(SecretString::from).collect() }
    }

    /// Hides them in a text.
    pub(crate) fn hide(&self, text: &mut String) {
        self.hide_each(vec![text]);
    }

    /// Hides them in what a successful reply has beside its value.
    pub(crate) fn hide_beside<'r>(
        &self,
        request_id: &'r mut Option<String>,
        anomalies: impl Iterator<Item = &'r mut Anomaly>,
    ) {
        // Nearly every reply has a number and no anomaly: no more is done for it than is needed.
        let request_id = request_id.iter_mut().filter(|id| self.have_piece_of(id));
        let texts: Vec<_> = request_id.chain(anomalies.flat_map(texts_of)).collect();
        if !texts.is_empty() {
            self.hide_each(texts);
        }
    }

    /// Hides them in what an error has from outside.
    pub(crate) fn hide_in(&self, error: &mut Error) {
        let texts = match error {
            Error::Platform(error) => texts_of_platform(error),
            Error::Status { source, .. } => vec![&mut source.beginning],
            Error::Answer(error) => texts_of_answer(error),
            Error::OAuth { error, description } => std::iter::once(error).chain(description).collect(),
            _ => return,
        };
        self.hide_each(texts);
    }

    /// Whether a short text has a piece of a secret as it is.
    fn have_piece_of(&self, text: &str) -> bool {
        let is_piece = |piece: &[u8]| {
            self.all.iter().any(|secret| memmem::find(secret.expose_secret().as_bytes(), piece).is_some())
        };
        text.as_bytes().windows(PIECE).any(is_piece)
    }

    fn hide_each(&self, texts: Vec<&mut String>) {
        let forms: Vec<_> = self.all.iter().flat_map(|secret| forms(secret.expose_secret())).collect();
        let pieces = Pieces::of(&forms);
        for text in texts {
            if let Some(hidden) = pieces.hidden(text) {
                *text = hidden;
            }
        }
    }
}

fn texts_of(anomaly: &mut Anomaly) -> [&mut String; 3] {
    [&mut anomaly.path, owned(&mut anomaly.expected), &mut anomaly.found]
}

fn texts_of_platform(error: &mut PlatformError) -> Vec<&mut String> {
    let PlatformError { code, msg, sub_code, sub_msg, request_id, anomalies, .. } = error;
    let members = [code, msg].into_iter().chain([sub_code, sub_msg, request_id].into_iter().flatten());
    members.chain(anomalies.iter_mut().flat_map(texts_of)).collect()
}

fn texts_of_answer(error: &mut topsdk_codec::Error) -> Vec<&mut String> {
    use topsdk_codec::Error::{Anomaly, Limit, NotAnAnswer, Platform, Status, Syntax};

    match error {
        NotAnAnswer(error) => vec![&mut error.found],
        Syntax(error) => {
            vec![&mut error.path, owned(&mut error.expected), &mut error.found, &mut error.position.excerpt]
        }
        Anomaly(error) => texts_of(&mut error.anomaly).into_iter().chain([&mut error.position.excerpt]).collect(),
        Limit(error) => vec![&mut error.path],
        Platform(error) => texts_of_platform(error),
        Status(error) => vec![&mut error.beginning],
        _ => Vec::new(),
    }
}

fn owned<'a>(text: &'a mut Cow<'static, str>) -> &'a mut String {
    text.to_mut()
}

type Form = Zeroizing<Vec<u8>>;

/// A secret as it is, with its blanks as a form has them, and as it looks within Base64.
fn forms(secret: &str) -> Vec<Form> {
    let mut forms = vec![Form::new(secret.as_bytes().to_vec())];
    if secret.contains(' ') {
        forms.push(Form::new(secret.replace(' ', "+").into_bytes()));
    }
    // What is before the secret shifts it by up to two bytes, and shares a character with its beginning, as what is behind
    // it does with its end.
    for shift in 0..3 {
        let shifted = Zeroizing::new([&[0; 2][..shift], secret.as_bytes()].concat());
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let mut encoded = Form::new(engine.encode(&*shifted).into_bytes());
            if shifted.len() % 3 != 0 {
                encoded.pop();
            }
            let shared = encoded.len().min([0, 2, 3][shift]);
            encoded.drain(..shared);
            if encoded.len() >= PIECE {
                forms.push(encoded);
            }
        }
    }
    forms
}

/// What is looked for in a text.
struct Pieces<'f> {
    forms: &'f [Form],
    /// The pieces of all forms, and which lengths there are: that of a whole form where it is shorter than a piece.
    pieces: HashSet<&'f [u8]>,
    lengths: Vec<usize>,
}

impl<'f> Pieces<'f> {
    fn of(forms: &'f [Form]) -> Pieces<'f> {
        let length = |form: &Form| form.len().min(PIECE);
        let pieces = forms.iter().flat_map(|form| form.windows(length(form))).collect();
        let mut lengths: Vec<_> = forms.iter().map(length).collect();
        lengths.sort_unstable();
        lengths.dedup();
        Pieces { forms, pieces, lengths }
    }

    /// The text with all pieces hidden, if there are any.
    fn hidden(&self, text: &str) -> Option<String> {
        let mut is_hidden = vec![false; text.len()];
        let mut layer = Some(Layer::of(text));
        while let Some(outer) = layer {
            self.mark(&outer, &mut is_hidden);
            layer = outer.below();
        }
        is_hidden.contains(&true).then(|| without(text, &is_hidden))
    }

    fn mark(&self, layer: &Layer<'_>, is_hidden: &mut [bool]) {
        let bytes = layer.bytes();
        let mut mark = |start: usize, end: usize| is_hidden[layer.source(start, end)].fill(true);
        for length in self.lengths.iter().copied() {
            for (start, piece) in bytes.windows(length).enumerate() {
                if self.pieces.contains(piece) {
                    mark(start, start + length);
                }
            }
        }
        for cut in memmem::find_iter(bytes, HIDDEN) {
            let before = &bytes[..cut];
            for end in [Some(cut), start_of_cut_escape(before)].into_iter().flatten() {
                let length = self.longest(|form, length| before[..end].ends_with(&form[..length]));
                if length > 0 {
                    mark(end - length, cut);
                }
            }
            let start = cut + HIDDEN.len();
            let length = self.longest(|form, length| bytes[start..].starts_with(&form[form.len() - length..]));
            mark(start, start + length);
        }
    }

    /// The length of the longest piece shorter than a whole one for which this holds.
    fn longest(&self, holds: impl Fn(&[u8], usize) -> bool) -> usize {
        let longest = |form: &Form| (1..form.len().min(PIECE)).rev().find(|length| holds(form, *length));
        self.forms.iter().filter_map(longest).max().unwrap_or_default()
    }
}

/// Where an escape begins that a cut has left without its end.
fn start_of_cut_escape(before: &[u8]) -> Option<usize> {
    const LONGEST: usize = "\\u000".len();
    let from = before.len().saturating_sub(LONGEST);
    let last = before[from..].iter().rposition(|byte| matches!(byte, b'%' | b'\\' | b'&'))?;
    Some(from + last)
}

/// The text with one mark in place of each stretch that is hidden, or with the mark of the cut that is there already.
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
    use proptest::{collection::vec, prelude::*, sample::select};

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
    fn any_text_is_taken() {
        let parts = ["%", "2B", "\\u", "00", "T0KEN", "小", "…", "&#", ";", "\\", "\"", "=user"];
        proptest!(topsdk_random::config(20_000), |(parts in vec(select(parts.to_vec()), 0..12))| {
            let text = parts.concat();
            let shown = hidden(&[SECRET], &text);
            prop_assert!(shown.len() <= text.len(), "{}", shown);
        });
    }
}
