//! Both clients over real sockets. Each test is written once and runs with both: `twins!` makes two of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod both;
#[path = "../../../codec/tests/form/mod.rs"]
mod form;
mod gateway;
mod hostile;
#[path = "../../../codec/tests/seed/mod.rs"]
mod seed;

mod batch;
mod calls;
mod connections;
mod contract;
mod environment;
mod leaks;
mod limit;
mod oauth;
mod pages;
mod redaction;
mod responses;
mod retry;
mod time;
mod upload;
mod wire;
