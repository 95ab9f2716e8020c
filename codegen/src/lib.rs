//! Reads documentation pages of the Taobao Open Platform and writes typed Rust bindings.
//!
//! Data flows one way: `page` (the parts of a page) to `read` (a page's bytes to rows) to `tree` (rows to parameters) to
//! `check` (lints, overrides) to `names` (Rust names, assigned once) to `emit` (files) to `diff` (what changed) to `update`
//! (writing the result).

mod builder;
#[cfg(feature = "call")]
pub mod call;
pub mod catalogue;
pub mod check;
pub mod diagnostic;
pub mod diff;
pub mod emit;
#[cfg(feature = "fetch")]
pub mod fetch;
pub mod names;
mod nearest;
pub mod page;
pub mod read;
pub mod samples;
pub mod tree;
pub mod update;

#[cfg(test)]
#[path = "../tests/cost/mod.rs"]
mod cost;

pub use builder::{BuildError, Builder};
pub use nearest::did_you_mean;
