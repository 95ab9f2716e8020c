//! The parts that all readers share: rows, the words of headings and columns, encodings, and where things stand on a page.

pub(crate) mod encoding;
mod origins;
mod rows;
pub(crate) mod words;

pub use origins::{Origins, SampleKind};
pub use rows::{Children, Column, Row, Spans};
