//! Transports for topsdk: what brings an encoded call to the platform and its answer back.
//!
//! [`Client`] puts application, gateway and [`Transport`] together; [`blocking`] is a transport over ureq (feature
//! `blocking`). Any other HTTP client does as well: implement [`Transport`], which is one function.

#[cfg(feature = "blocking")]
pub mod blocking;
mod client;
mod error;
#[cfg(feature = "mock")]
pub mod mock;
mod transport;

pub use client::{Client, GATEWAY};
pub use error::Error;
pub use transport::{Answer, Transport, TransportError};
