//! The wire of the Taobao Open Platform: values, schema, form, XML, JSON, envelope and signature. No I/O.
//!
//! A struct of an API carries a table of its wire names and two small functions: field *i* as a [`Slot`] to be filled,
//! field *i* as a [`View`] to be read ([`Object`], written by the derive macros). Each format is written once over
//! these and compiled once.

mod anomaly;
pub mod batch;
mod call;
#[cfg(feature = "chrono")]
pub mod chrono;
#[doc(hidden)]
pub mod derived;
pub mod dynamic;
pub mod environment;
mod equal;
mod error;
mod escape;
mod excerpt;
mod from_json;
#[cfg(feature = "http")]
mod http;
mod path;
mod platform;
mod read;
mod schema;
#[cfg(feature = "serde")]
pub mod serde;
pub mod sign;
mod slot;
#[cfg(feature = "time")]
pub mod time;
mod value;
mod view;
pub mod write;

/// The crates of [`Date`] and [`Decimal`].
pub use {jiff, rust_decimal};

pub use anomaly::Anomaly;
pub use call::{App, Call, Encoded, Format, OnDisk, Session};
pub use equal::equal;
pub use error::{AnomalyError, Error, LimitError, NotAnAnswer, StatusError, SyntaxError};
pub use excerpt::Position;
pub use from_json::from_json;
pub use platform::{Meaning, PlatformError, Remedy};
pub use read::{Decoded, Decoder, Envelope};
pub use schema::{Object, Record, Request, Response, Schema};
pub use sign::SignMethod;
pub use slot::{ListSlot, ObjectList, ObjectSlot, OptionalObject, Slot};
pub use topsdk_macros::{Object, Request, Response};
pub use value::{Content, Date, Decimal, Field, File, Json, Value};
pub use view::{ListView, ObjectListView, View};
pub use write::EncodeError;

/// What derived code calls for its implementations of serde's traits, which this build is without.
#[cfg(not(feature = "serde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __serde {
    ($type:ident) => {};
}

/// The README's program, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
