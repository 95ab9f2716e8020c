//! Calls typed by the spec at run time: fills a request from parameters given as text, and renders the call for other
//! programs. The client sends it.

mod corrections;
mod curl;
mod describe;
mod fill;
mod limits;
mod member;

pub use corrections::{Captured, Corrections, corrections};
pub use curl::curl;
pub use describe::{about, describe, packages, plain, summary, type_of};
pub use fill::fill;
pub use limits::beyond_limits;
