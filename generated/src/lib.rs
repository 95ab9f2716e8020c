//! Typed Rust bindings for the Taobao Open Platform (TOP), generated from its documentation pages.

// Generated modules name everything from `::topsdk`, so that they compile in this crate and in any other.
extern crate self as topsdk;

pub use topsdk_codec as codec;
