//! Types shared by all readers: rows, the words of headings and columns, encodings, and positions on a page.

pub(crate) mod encoding;
mod origins;
mod rows;
pub(crate) mod words;

pub use origins::{Origins, SampleKind};
pub use rows::{Children, Row, Spans};
pub use words::Column;
