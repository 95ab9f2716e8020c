//! A call that is typed by the spec alone: the parameters that somebody gave as text into a request, and the same call for
//! other programs. Sending it is the client's part.

mod corrections;
mod curl;
mod describe;
mod fill;
mod limits;

pub use corrections::{Captured, Corrections, corrections};
pub use curl::curl;
pub use describe::{about, describe, packages, plain, summary, type_of};
pub use fill::{Given, Problem, fill};
pub use limits::beyond_limits;
