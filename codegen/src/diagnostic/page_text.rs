//! The text of a page with its line starts, for many findings.

use std::ops::Range;

/// A decoded page.
#[derive(Clone, Debug)]
pub struct PageText<'a> {
    text: &'a str,
    /// The byte offsets of the line starts.
    starts: Vec<usize>,
}

impl<'a> PageText<'a> {
    /// Finds the line starts of `text`.
    pub fn new(text: &'a str) -> PageText<'a> {
        let feeds = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        PageText { text, starts: std::iter::once(0).chain(feeds.map(|(at, _)| at + 1)).collect() }
    }

    /// Returns the line and the column in characters of a byte offset, both from 1. Offsets beyond the text mean its end.
    pub fn position(&self, at: usize) -> (usize, usize) {
        let at = self.boundary(at);
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        (line, self.text.get(start..at).unwrap_or_default().chars().count() + 1)
    }

    /// Returns the text of a line, counted from 1, without its line end, and its byte offset.
    pub(crate) fn line(&self, line: usize) -> (&'a str, usize) {
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        let text = self.text.get(start..end).unwrap_or_default();
        let text = text.strip_suffix('\n').unwrap_or(text);
        (text.strip_suffix('\r').unwrap_or(text), start)
    }

    /// Returns a span that lies within the text and on character boundaries, without surrounding white space.
    pub(super) fn fit(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.boundary(span.start);
        let end = self.boundary(span.end).max(start);
        let found = self.text.get(start..end).unwrap_or_default();
        let trimmed = found.trim();
        if trimmed.is_empty() {
            return start..end;
        }
        let start = start + (found.len() - found.trim_start().len());
        start..start + trimmed.len()
    }

    /// Returns the start of the character that contains a byte.
    fn boundary(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        (0..=at).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or_default()
    }
}
