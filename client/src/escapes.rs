//! Decodes the escapes of URLs, JSON and XML, and Base64, layer by layer, and maps each decoded byte to its source.

use std::{borrow::Cow, ops::Range};

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// How many layers are decoded: XML that holds JSON that holds JSON with a form in it.
const LAYERS: usize = 4;

/// The bytes of a text after some layers of escapes were decoded, with their positions in the text.
pub(crate) struct Layer<'t> {
    bytes: Cow<'t, [u8]>,
    /// Pairs of a byte index and its position in the text, ascending. The bytes after each pair follow one by one.
    places: Vec<(usize, usize)>,
    depth: usize,
    /// Whether something was cut off before the bytes, and after them.
    is_cut: [bool; 2],
}

/// Decodes any part of a Base64 text.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

impl<'t> Layer<'t> {
    /// Returns the text itself as the first layer.
    pub(crate) fn of(text: &'t str) -> Layer<'t> {
        Layer { bytes: Cow::Borrowed(text.as_bytes()), places: vec![(0, 0)], depth: 0, is_cut: [false; 2] }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns whether something was cut off before the bytes, and after them.
    pub(crate) fn is_cut(&self) -> [bool; 2] {
        self.is_cut
    }

    /// Decodes the runs of Base64: four layers each, as a group of four characters may begin at any of the first four. Runs
    /// of fewer than `shortest` characters are skipped unless `is_cut` says that they are cut before or after.
    pub(crate) fn base64(&self, shortest: usize, is_cut: impl Fn(&Range<usize>) -> [bool; 2]) -> Vec<Layer<'static>> {
        let mut layers = Vec::new();
        let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
        let mut end = 0;
        while let Some(start) = self.bytes[end..].iter().position(is_base64).map(|at| end + at) {
            end = start
                + self.bytes[start..].iter().position(|byte| !is_base64(byte)).unwrap_or(self.bytes.len() - start);
            let is_cut = is_cut(&(start..end));
            if end - start < shortest && is_cut == [false; 2] {
                continue;
            }
            let standard = |byte: &u8| match byte {
                b'-' => b'+',
                b'_' => b'/',
                byte => *byte,
            };
            let run: Vec<u8> = self.bytes[start..end].iter().map(standard).collect();
            for first in 0..4.min(run.len()) {
                // One character alone is not a whole byte.
                let length = run.len() - first - usize::from((run.len() - first) % 4 == 1);
                let Ok(bytes) = BASE64.decode(&run[first..first + length]) else { continue };
                let groups = 0..=bytes.len() / 3;
                let places = groups.map(|group| (3 * group, self.place(start + first + 4 * group))).collect();
                layers.push(Layer { bytes: Cow::Owned(bytes), places, depth: self.depth + 1, is_cut });
            }
        }
        layers
    }

    /// Returns the position of these bytes in the text.
    pub(crate) fn source(&self, start: usize, end: usize) -> Range<usize> {
        self.place(start)..self.place(end)
    }

    /// Decodes the next layer, if there are escapes in this one.
    pub(crate) fn below(self) -> Option<Layer<'t>> {
        if self.depth == LAYERS {
            return None;
        }
        let (depth, is_cut) = (self.depth + 1, self.is_cut);
        let mut below = Layer { bytes: Cow::Owned(Vec::new()), places: Vec::new(), depth, is_cut };
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

    /// Copies bytes of the layer above with their places.
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
        // All bytes of an escape have the place of the escape.
        let end = self.places.get(next).map_or(usize::MAX, |(_, place)| *place);
        (place + byte - from).min(end)
    }
}

/// Decodes the escape at the beginning, and returns its length.
fn escape(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    match text {
        [b'%', digits @ ..] => Some((vec![u8::try_from(hexadecimal(digits.get(..2)?)?).ok()?], 3)),
        [b'\\', b'u', ..] => {
            let unit = |text: &[u8]| {
                let digits = text.strip_prefix(b"\\u")?.get(..4)?;
                u16::try_from(hexadecimal(digits)?).ok()
            };
            // Two escapes where the character needs a surrogate pair.
            let units = [0, 6].into_iter().map_while(|at| unit(text.get(at..)?));
            let character = char::decode_utf16(units).next()?.ok()?;
            Some((character.to_string().into_bytes(), 6 * character.len_utf16()))
        }
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
    fn a_surrogate_pair_is_one_character() {
        let text = r"a\ud83d\ude00\u0062\ud83d";
        let layer = Layer::of(text).below().unwrap();
        assert_eq!(layer.bytes(), r"a😀b\ud83d".as_bytes());
        assert_eq!(&text[layer.source(1, 5)], r"\ud83d\ude00");
    }

    #[test]
    fn other_text_than_escapes_stays() {
        for text in
            ["", "%", "%2", "%zz", "\\", "\\x", "\\u12", "\\ud800", "&", "&amp", "&nothing;", "&#;", "&#xZ;", "小%E5"]
        {
            let layer = Layer::of(text).below();
            assert_eq!(layer.is_some(), text == "小%E5", "{text}");
        }
    }
}
