//! Where on a page a cell or a sample stands, for findings to point at.

use std::ops::Range;

use topsdk_spec::Side;

use crate::page::{Column, Origins, SampleKind};

/// Where on a page things stand. A spec without its page knows no position: then `()` serves.
pub trait Positions {
    /// The decoded text of the page, which the positions count in.
    fn text(&self) -> Option<&str> {
        None
    }

    /// The bytes of a parameter's cell, by the parameter's index path.
    fn cell(&self, side: Side, at: &[usize], column: Column) -> Option<Range<usize>> {
        let _ = (side, at, column);
        None
    }

    /// The bytes of a sample.
    fn sample(&self, kind: SampleKind) -> Option<Range<usize>> {
        let _ = kind;
        None
    }
}

impl Positions for () {}

impl Positions for Origins {
    fn text(&self) -> Option<&str> {
        Some(Origins::text(self))
    }

    fn cell(&self, side: Side, at: &[usize], column: Column) -> Option<Range<usize>> {
        Origins::cell(self, side, at, column)
    }

    fn sample(&self, kind: SampleKind) -> Option<Range<usize>> {
        Origins::sample(self, kind)
    }
}
