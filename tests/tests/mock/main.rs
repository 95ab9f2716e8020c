//! The mock gateway over real sockets, spoken to by hand: it refuses what the platform refuses, and answers as it does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod batch;
mod bounds;
mod checks;
mod faults;
mod oauth;
mod python;
mod responses;
mod wire;
