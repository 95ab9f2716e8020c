//! What is checked once a page is read: lints (where a page contradicts itself) and overrides (corrections to it).

pub mod lint;
mod positions;

pub use lint::lint;
pub use positions::{Column, Positions, SampleKind};
