//! The wire format of the Taobao Open Platform: values, schemas, form, XML, JSON, envelope and signature. No I/O.
//!
//! The derive macros give each struct a schema with its wire names and two small functions ([`Object`]): field *i* as a
//! [`Slot`] for filling, field *i* as a [`View`] for reading. The reader and the writer of each format work on slots and views,
//! so they are compiled once.

mod anomaly;
pub mod batch;
mod call;
mod charset;
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
#[doc(hidden)]
pub mod sample;
mod schema;
#[cfg(feature = "serde")]
pub mod serde;
pub mod sign;
mod slot;
#[cfg(feature = "time")]
pub mod time;
mod value;
mod view;
mod visible;
pub mod write;

/// The crates of forms and secrets, for `topsdk-client`.
#[doc(hidden)]
pub use {form_urlencoded, secrecy};
/// The crates that define [`Date`] and [`Decimal`].
pub use {jiff, rust_decimal};

pub use anomaly::Anomaly;
pub use call::{App, Call, Encoded, Format, Session};
pub use equal::equal;
pub use error::{AnomalyError, Error, LimitError, NotAResponse, StatusError, SyntaxError};
pub use excerpt::Position;
pub use from_json::from_json;
pub use platform::{Meaning, PlatformError, Remedy};
pub use read::{Decoded, Decoder, Envelope};
pub use schema::{Object, Record, Request, Response, Schema};
pub use sign::SignMethod;
pub use slot::{ListSlot, ObjectList, ObjectSlot, OptionalObject, Slot, clear};
/// The traits of the same names, [`Object`](trait@Object), [`Request`](trait@Request) and [`Response`](trait@Response), link to
/// examples.
pub use topsdk_macros::{Object, Request, Response};
pub use value::{Content, Date, Decimal, Field, File, Json, Value};
pub use view::{ListView, ObjectListView, View};
#[doc(hidden)]
pub use visible::visible;
pub use write::{EncodeError, OnDisk};

/// Derived code calls this for its implementations of serde's traits. Without the feature `serde` there are none.
#[cfg(not(feature = "serde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __serde {
    ($type:ident) => {};
}

/// Compiles and runs the program of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
