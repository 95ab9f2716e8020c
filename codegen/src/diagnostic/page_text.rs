//! A page's text with its lines counted once, for many findings to point into.

use std::ops::Range;

/// A decoded page.
#[derive(Clone, Debug)]
pub struct PageText<'a> {
    text: &'a str,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl<'a> PageText<'a> {
    /// Counts the lines of `text`.
    pub fn new(text: &'a str) -> PageText<'a> {
        let feeds = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        PageText { text, starts: std::iter::once(0).chain(feeds.map(|(at, _)| at + 1)).collect() }
    }

    /// The line and the character in it of a byte, both from 1. A byte beyond the text is its end.
    pub fn position(&self, at: usize) -> (usize, usize) {
        let at = self.boundary(at);
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        (line, self.text.get(start..at).unwrap_or_default().chars().count() + 1)
    }

    /// The text of a line, from 1, without its end; where it begins.
    pub(crate) fn line(&self, line: usize) -> (&'a str, usize) {
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        let text = self.text.get(start..end).unwrap_or_default();
        let text = text.strip_suffix('\n').unwrap_or(text);
        (text.strip_suffix('\r').unwrap_or(text), start)
    }

    /// A span within the text, between letters, and without blanks round it if it holds more than blanks.
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

    /// The start of the letter that a byte belongs to.
    fn boundary(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        (0..=at).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or_default()
    }
}
