//! Maps bytes of a sample to the page, whose markup represents them differently: entities, escapes, indents.

use std::ops::Range;

use topsdk_spec::Layout;

use crate::samples::{entity, escape};

/// Pairs of corresponding offsets in the sample and on the page.
pub(super) struct SamplePlaces {
    pairs: Vec<(usize, usize)>,
    start: usize,
}

impl SamplePlaces {
    /// Pairs `sample` with `raw`, which begins at byte `start` of the page.
    ///
    /// Takes one pass over both texts. Stops pairing where the page differs from the sample in a way that its layout
    /// does not explain.
    pub(super) fn new(raw: &str, sample: &str, start: usize, layout: Layout) -> SamplePlaces {
        SamplePlaces { pairs: pair(raw, sample, layout), start }
    }

    /// Returns the byte range on the page of a byte range in the sample.
    pub(super) fn span(&self, span: Range<usize>) -> Option<Range<usize>> {
        let (end, _) = self.pairs.last()?;
        if span.end > *end {
            return None;
        }
        // Exclude an indent that only the page has, if it is at the start or the end of the span.
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

/// Pairs the starts of runs that are identical in both texts. Each run extends to the next pair.
fn pair(raw: &str, sample: &str, layout: Layout) -> Vec<(usize, usize)> {
    let mut pairs = vec![(0, 0)];
    let (mut i, mut j) = (0, 0);
    while let Some(letter) = sample[j..].chars().next() {
        let rest = &raw[i..];
        let Some(found) = rest.chars().next() else { break };
        let written = match (layout, found) {
            // A non-breaking space on the page is a blank in the sample.
            (Layout::Html, '&') if rest.starts_with("&nbsp;") => Some((' ', 6)),
            (Layout::Html, '&') => entity(rest),
            (Layout::Document, '\\') => escape(rest),
            _ => None,
        };
        if let Some((_, length)) = written.filter(|(meant, _)| *meant == letter) {
            i += length;
            j += letter.len_utf8();
            pairs.push((j, i));
        } else if found == letter {
            i += found.len_utf8();
            j += letter.len_utf8();
        } else if found.is_whitespace() {
            // Only the page has this indent, or the page has more of it.
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
    pairs
}

#[cfg(test)]
mod tests {
    use topsdk_spec::Layout;

    use super::SamplePlaces;

    /// Returns the bytes of the page that correspond to the first `wanted` in the sample.
    fn on_page<'a>(layout: Layout, raw: &'a str, sample: &str, wanted: &str) -> Option<&'a str> {
        let at = sample.find(wanted).unwrap();
        let span = SamplePlaces::new(raw, sample, 0, layout).span(at..at + wanted.len())?;
        Some(&raw[span])
    }

    #[test]
    fn finds_parts_of_samples_in_every_layout() {
        for (layout, raw, sample, wanted, found) in [
            (Layout::Text, "<a>\n    <b>1</b>", "<a>\n    <b>1</b>", "<b>", "<b>"),
            (
                Layout::Html,
                "&lt;a&gt;\r\n&lt;b&gt;&amp;amp;&nbsp;中&lt;/b&gt;",
                "<a>\n<b>&amp; 中</b>",
                "&amp; 中",
                "&amp;amp;&nbsp;中",
            ),
            (
                Layout::Document,
                r#"{\n\"a\":\"\u4e2d\/\\\ud83d\ude00\"}"#,
                "{\n\"a\":\"中/\\😀\"}",
                "😀\"",
                r#"\ud83d\ude00\""#,
            ),
            (Layout::Text, "{\n        \"a\":\n            1}", "{\n    \"a\":\n        1}", "1", "1"),
            (Layout::Text, "{\n        \"a\":1,\n    \"b\":2}", "{\n\"a\":1,\n\"b\":2}", "1,", "1,"),
            (Layout::Markdown, "\n  {\"a\": 1}", "{\"a\": 1}", "\"a\"", "\"a\""),
        ] {
            assert_eq!(on_page(layout, raw, sample, wanted), Some(found), "{raw}");
        }
    }

    #[test]
    fn finds_nothing_behind_an_unexplained_difference() {
        let on_page = |raw, wanted| on_page(Layout::Html, raw, "abc\ndef", wanted);
        assert_eq!(on_page("abc<br>def", "def"), None);
        assert_eq!(on_page("abc<br>def", "bc"), Some("bc"));
        assert_eq!(on_page("", "b"), None);
    }

    #[test]
    fn hostile_texts_take_bounded_time() {
        for raw in ["&", "\\", "\\u", " ", "&#", "中\\u中", "\\ud83d"] {
            for sample in ["&", "\\", "u", "\n", "😀"] {
                for layout in [Layout::Html, Layout::Document] {
                    SamplePlaces::new(&raw.repeat(50_000), &sample.repeat(50_000), 0, layout);
                }
            }
        }
    }
}
