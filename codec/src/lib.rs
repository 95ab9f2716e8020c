//! The wire of the Taobao Open Platform: values, schema, form, XML, JSON, envelope and signature. No I/O.
//!
//! A struct of an API carries a table of its wire names and two small functions: field *i* as a [`Slot`] to be filled,
//! field *i* as a [`View`] to be read ([`Object`], written by the derive macros). Each format is written once over
//! these and compiled once.

mod error;
mod platform;
mod read;
mod schema;
mod slot;
mod value;
mod view;

pub use error::{AnomalyError, Error, LimitError, NotAnAnswer, Position, SyntaxError};
pub use platform::{Meaning, PlatformError, Remedy};
pub use read::{Anomaly, Decoder, Envelope, Reply};
pub use schema::{Object, Record, Request, Response, Schema};
pub use slot::{ListSlot, ObjectList, ObjectSlot, OptionalObject, Slot};
pub use topsdk_macros::{Object, Request, Response};
pub use value::{Date, Decimal, Field, File, Json, Value};
pub use view::{ListView, ObjectListView, View};

// So that derived code in this crate's doc tests and unit tests can name the crate as a consumer does.
#[cfg(test)]
extern crate self as topsdk_codec;
