//! Texts without their escapes: those of URLs, of JSON and of XML, whichever stand there, layer by layer.

use std::{borrow::Cow, ops::Range};

/// How many layers of escapes are taken off a text: an XML text with JSON in it that holds a form in a text of JSON.
const LAYERS: usize = 4;

/// The bytes of a text with some layers of escapes taken off, and where in the text they come from.
pub(crate) struct Layer<'t> {
    bytes: Cow<'t, [u8]>,
    /// From which byte on what place of the text goes with it, ascending.
    places: Vec<(usize, usize)>,
    depth: usize,
}

impl<'t> Layer<'t> {
    /// The text as it is.
    pub(crate) fn of(text: &'t str) -> Layer<'t> {
        Layer { bytes: Cow::Borrowed(text.as_bytes()), places: vec![(0, 0)], depth: 0 }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where these bytes come from in the text.
    pub(crate) fn source(&self, start: usize, end: usize) -> Range<usize> {
        self.place(start)..self.place(end)
    }

    /// The next layer, if there are escapes in this one.
    pub(crate) fn below(self) -> Option<Layer<'t>> {
        if self.depth == LAYERS {
            return None;
        }
        let mut below = Layer { bytes: Cow::Owned(Vec::new()), places: Vec::new(), depth: self.depth + 1 };
        let (mut copied, mut next) = (0, 0);
        while let Some(at) = memchr::memchr3(b'%', b'\\', b'&', &self.bytes[next..]) {
            let start = next + at;
            let Some((escaped, length)) = escape(&self.bytes[start..]) else {
                next = start + 1;
                continue;
            };
            below.copy(&self, copied..start);
            below.places.push((below.bytes.len(), self.place(start)));
            below.bytes.to_mut().extend_from_slice(&escaped);
            next = start + length;
            copied = next;
        }
        if copied == 0 {
            return None;
        }
        below.copy(&self, copied..self.bytes.len());
        Some(below)
    }

    /// Takes over bytes of the layer above, and where they come from.
    fn copy(&mut self, above: &Layer<'_>, part: Range<usize>) {
        let start = self.bytes.len();
        self.places.push((start, above.place(part.start)));
        let inside = &above.places[above.places.partition_point(|(from, _)| *from <= part.start)..];
        let inside = inside.iter().take_while(|(from, _)| *from < part.end);
        self.places.extend(inside.map(|(from, place)| (start + from - part.start, *place)));
        self.bytes.to_mut().extend_from_slice(&above.bytes[part]);
    }

    fn place(&self, byte: usize) -> usize {
        let next = self.places.partition_point(|(from, _)| *from <= byte);
        let (from, place) = next.checked_sub(1).map_or((0, 0), |last| self.places[last]);
        // Within what an escape stands for there is no place but the escape's own.
        let end = self.places.get(next).map_or(usize::MAX, |(_, place)| *place);
        (place + byte - from).min(end)
    }
}

/// What the escape at the beginning stands for, and how long it is.
fn escape(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    match text {
        [b'%', digits @ ..] => Some((vec![u8::try_from(hexadecimal(digits.get(..2)?)?).ok()?], 3)),
        [b'\\', b'u', digits @ ..] => Some((utf8(hexadecimal(digits.get(..4)?)?)?, 6)),
        [b'\\', letter, ..] => {
            let (_, escaped) = [(b'b', 8), (b'f', 12), (b'n', b'\n'), (b'r', b'\r'), (b't', b'\t')]
                .into_iter()
                .chain([b'"', b'\\', b'/', b'\''].map(|mark| (mark, mark)))
                .find(|(name, _)| name == letter)?;
            Some((vec![escaped], 2))
        }
        [b'&', name @ ..] => {
            const LONGEST: usize = "#x10FFFF;".len();
            let end = name.iter().take(LONGEST).position(|byte| *byte == b';')?;
            let escaped = match &name[..end] {
                b"amp" => b"&".to_vec(),
                b"lt" => b"<".to_vec(),
                b"gt" => b">".to_vec(),
                b"quot" => b"\"".to_vec(),
                b"apos" => b"'".to_vec(),
                [b'#', b'x' | b'X', digits @ ..] => utf8(hexadecimal(digits)?)?,
                [b'#', digits @ ..] => utf8(str::from_utf8(digits).ok()?.parse().ok()?)?,
                _ => return None,
            };
            Some((escaped, end + 2))
        }
        _ => None,
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    let digits = str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

fn utf8(number: u32) -> Option<Vec<u8>> {
    char::from_u32(number).map(|character| character.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layer_knows_where_it_comes_from() {
        let text = r#"a\\u0026amp;%2525z"#;
        let first = Layer::of(text).below().unwrap();
        assert_eq!(first.bytes(), br"a\u0026amp;%25z");
        assert_eq!(&text[first.source(1, 2)], r"\\");
        let second = first.below().unwrap();
        assert_eq!(second.bytes(), b"a&amp;%z");
        let third = second.below().unwrap();
        assert_eq!(third.bytes(), b"a&%z");
        assert_eq!(&text[third.source(1, 2)], r"\\u0026amp;");
        assert_eq!(&text[third.source(2, 3)], "%2525");
        assert_eq!(&text[third.source(3, 4)], "z");
        assert!(third.below().is_none());
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in
            ["", "%", "%2", "%zz", "\\", "\\x", "\\u12", "\\ud800", "&", "&amp", "&nothing;", "&#;", "&#xZ;", "小%E5"]
        {
            let layer = Layer::of(text).below();
            assert_eq!(layer.is_some(), text == "小%E5", "{text}");
        }
    }
}
