//! The text of a page with its line starts, for many findings.

use std::ops::Range;

/// How many bytes lie between two counts of letters: a page may be one line, and have a finding in each cell.
const STEP: usize = 512;

/// A decoded page.
#[derive(Clone, Debug)]
pub struct PageText<'a> {
    text: &'a str,
    /// The byte offsets of the line starts.
    starts: Vec<usize>,
    /// How many letters begin before each [`STEP`]th byte.
    letters: Vec<usize>,
}

impl<'a> PageText<'a> {
    /// Finds the line starts of `text`.
    pub fn new(text: &'a str) -> PageText<'a> {
        let feeds = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(feeds.map(|(at, _)| at + 1)).collect();
        let sum = |before: &mut usize, piece| Some(std::mem::replace(before, *before + count(piece)));
        let letters = text.as_bytes().chunks(STEP).chain([&[][..]]).scan(0, sum).collect();
        PageText { text, starts, letters }
    }

    /// Returns the line and the column in characters of a byte offset, both from 1. Offsets beyond the text mean its end.
    pub fn position(&self, at: usize) -> (usize, usize) {
        let at = self.boundary(at);
        let line = self.starts.partition_point(|start| *start <= at);
        (line, self.letters_before(at) - self.letters_before(self.starts[line - 1]) + 1)
    }

    fn letters_before(&self, at: usize) -> usize {
        self.letters[at / STEP] + count(&self.text.as_bytes()[at / STEP * STEP..at])
    }

    /// Returns the text of a line, counted from 1, without its line end, and its byte offset.
    pub(super) fn line(&self, line: usize) -> (&'a str, usize) {
        let start = self.starts[line - 1];
        let text = self.text[start..].split('\n').next().unwrap_or_default();
        (text.strip_suffix('\r').unwrap_or(text), start)
    }

    /// Returns a span that lies within the text and on character boundaries, without surrounding white space.
    pub(super) fn fit(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.boundary(span.start);
        let found = &self.text[start..self.boundary(span.end).max(start)];
        match found.trim() {
            "" => start..start + found.len(),
            trimmed => {
                let start = start + found.len() - found.trim_start().len();
                start..start + trimmed.len()
            }
        }
    }

    /// Returns the start of the character that contains a byte.
    pub(crate) fn boundary(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        (0..=at).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or_default()
    }
}

/// How many letters begin in a part of a text: all bytes of UTF-8 but those that go on with one.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::PageText;

    #[test]
    fn positions_are_lines_and_columns_in_characters() {
        let text = "a中\r\n😀b\n".repeat(300) + &"中a".repeat(2_000);
        let page = PageText::new(&text);
        for (at, _) in text.char_indices().step_by(7).chain([(text.len(), ' ')]) {
            let line = text[..at].matches('\n').count() + 1;
            let letter = text[..at].rsplit('\n').next().unwrap().chars().count() + 1;
            assert_eq!(page.position(at), (line, letter), "{at}");
        }
        assert_eq!(page.position(usize::MAX), page.position(text.len()));
        assert_eq!(PageText::new("").position(5), (1, 1));
    }
}
