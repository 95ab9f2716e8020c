//! Where each byte of a sample stands on its page, whose markup writes it otherwise: entities, escapes, indents.

use std::ops::Range;

/// Pairs of offsets: in the sample, and on the page.
pub(super) struct Alignment {
    pairs: Vec<(usize, usize)>,
    start: usize,
}

/// How the page writes the sample's letters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// As they are; a text page may indent lines.
    Plain,
    /// With HTML's entities.
    Html,
    /// As a text of JSON.
    Json,
}

impl Alignment {
    /// Pairs `sample` with `raw`, which begins at byte `start` of the page, in whichever writing goes furthest.
    ///
    /// Costs one pass over both texts and writing. Behind a place where no writing fits, nothing is paired.
    pub(super) fn new(raw: &str, sample: &str, start: usize) -> Alignment {
        let mut best = Vec::new();
        let mut furthest = None;
        for writing in [Writing::Plain, Writing::Html, Writing::Json] {
            let (pairs, end) = pair(raw, sample, writing);
            if furthest < Some(end) {
                (best, furthest) = (pairs, Some(end));
            }
            if end == sample.len() {
                break;
            }
        }
        Alignment { pairs: best, start }
    }

    /// The bytes of the page that hold these bytes of the sample.
    pub(super) fn span(&self, span: Range<usize>) -> Option<Range<usize>> {
        let (end, _) = self.pairs.last()?;
        if span.end > *end {
            return None;
        }
        // Of an indent that only the page has, a span that begins behind it holds nothing, nor one that ends before it.
        let before = self.pairs.partition_point(|(sample, _)| *sample <= span.start).checked_sub(1)?;
        let (sample, raw) = self.pairs.get(before)?;
        let start = self.start + raw + (span.start - sample);
        let behind = self.pairs.partition_point(|(sample, _)| *sample < span.end);
        let end = match self.pairs.get(behind) {
            Some((sample, raw)) if *sample == span.end => *raw,
            _ => self.pairs.get(behind.checked_sub(1)?).map(|(sample, raw)| raw + (span.end - sample))?,
        };
        Some(start..start.max(self.start + end))
    }
}

/// Pairs the starts of runs that are written alike; each run lasts up to the next pair. Also how far that went.
fn pair(raw: &str, sample: &str, writing: Writing) -> (Vec<(usize, usize)>, usize) {
    let mut pairs = vec![(0, 0)];
    let (mut i, mut j) = (0, 0);
    while let Some(letter) = sample[j..].chars().next() {
        let rest = &raw[i..];
        let Some(found) = rest.chars().next() else { break };
        if let Some(length) = written(rest, letter, writing) {
            i += length;
            j += letter.len_utf8();
            if length != letter.len_utf8() {
                pairs.push((j, i));
            }
        } else if found == letter {
            i += found.len_utf8();
            j += letter.len_utf8();
        } else if found.is_whitespace() {
            pairs.push((j, i));
            i += rest.find(|next: char| next == letter || !next.is_whitespace()).unwrap_or(rest.len());
            pairs.push((j, i));
        } else if letter.is_whitespace() {
            let rest = &sample[j..];
            j += rest.find(|next: char| next == found || !next.is_whitespace()).unwrap_or(rest.len());
            pairs.push((j, i));
        } else {
            break;
        }
    }
    pairs.push((j, i));
    (pairs, j)
}

/// How many bytes at the start of `raw` stand for `letter`, where they are not the letter itself.
fn written(raw: &str, letter: char, writing: Writing) -> Option<usize> {
    match (writing, raw.as_bytes().first()?) {
        (Writing::Html, b'&') => {
            let end = raw.bytes().take(12).position(|byte| byte == b';')?;
            let named = match &raw[1..end] {
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "quot" => '"',
                "apos" => '\'',
                "nbsp" => '\u{a0}',
                number => {
                    let number = number.strip_prefix('#')?;
                    let hexadecimal = number.strip_prefix(['x', 'X']);
                    let (digits, radix) = hexadecimal.map_or((number, 10), |digits| (digits, 16));
                    char::from_u32(u32::from_str_radix(digits, radix).ok()?)?
                }
            };
            (named == letter).then_some(end + 1)
        }
        (Writing::Json, b'\\') => {
            let escaped = raw[1..].chars().next()?;
            let meant = match escaped {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'u' => {
                    let length = if letter > '\u{ffff}' { 12 } else { 6 };
                    let code = u32::from_str_radix(raw.get(2..6)?, 16).ok()?;
                    return (length == 12 || code == u32::from(letter))
                        .then_some(length)
                        .filter(|length| raw.is_char_boundary(*length));
                }
                other => other,
            };
            (meant == letter).then_some(1 + escaped.len_utf8())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Alignment;

    /// The bytes of the page that stand for the first `wanted` in the sample.
    fn on_page<'a>(raw: &'a str, sample: &str, wanted: &str) -> Option<&'a str> {
        let at = sample.find(wanted).unwrap();
        let span = Alignment::new(raw, sample, 0).span(at..at + wanted.len())?;
        Some(&raw[span])
    }

    #[test]
    fn the_page_may_write_a_sample_in_four_ways() {
        assert_eq!(on_page("<a>\n    <b>1</b>", "<a>\n    <b>1</b>", "<b>"), Some("<b>"));
        assert_eq!(
            on_page("&lt;a&gt;\r\n&lt;b&gt;&amp;amp;中&lt;/b&gt;", "<a>\n<b>&amp;中</b>", "&amp;中"),
            Some("&amp;amp;中")
        );
        assert_eq!(
            on_page(r#"{\n\"a\":\"\u4e2d\/\ud83d\ude00\"}"#, "{\n\"a\":\"中/😀\"}", "😀\""),
            Some(r#"\ud83d\ude00\""#)
        );
        assert_eq!(on_page("{\n        \"a\":\n            1}", "{\n    \"a\":\n        1}", "1"), Some("1"));
        assert_eq!(on_page("{\n        \"a\":1,\n    \"b\":2}", "{\n\"a\":1,\n\"b\":2}", "1,"), Some("1,"));
        assert_eq!(on_page("\n  {\"a\": 1}", "{\"a\": 1}", "\"a\""), Some("\"a\""));
    }

    #[test]
    fn behind_what_does_not_fit_nothing_is_known() {
        assert_eq!(on_page("abc<br>def", "abc\ndef", "def"), None);
        assert_eq!(on_page("abc<br>def", "abc\ndef", "bc"), Some("bc"));
        assert_eq!(on_page("", "abc", "b"), None);
    }

    #[test]
    fn hostile_texts_end() {
        for raw in ["&", "\\", "\\u", " ", "&#", "中\\u中"] {
            for sample in ["&", "\\", "u", "\n", "😀"] {
                Alignment::new(&raw.repeat(50_000), &sample.repeat(50_000), 0);
            }
        }
    }
}
