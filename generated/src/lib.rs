//! Typed Rust bindings for the Taobao Open Platform (TOP), generated from its documentation pages.
//!
//! Each API is a module under the two segments of its method's prefix: `alibaba.alsc.crm.recharge.dedut.update` is
//! [`alibaba::alsc::crm_recharge_dedut_update`]. It holds a request, a response and the objects in them, named as in the
//! official SDKs, and begins with a sample of the documented request.
//!
//! * [`codec`] writes and signs requests and reads responses: form, XML, JSON and simplified JSON.
//! * With the feature `async` or `blocking`, `client` sends them; with `client` alone it does so over a transport of your
//!   own. By default no HTTP is compiled.
//! * With the feature `mock`, `client::mock` is a gateway on localhost for tests.
//! * Every first segment of a method (`alibaba`) and every two-segment prefix (`alibaba-alsc`) is a Cargo feature.

// Generated modules name everything from `::topsdk`, so that they compile in this crate and in any other.
extern crate self as topsdk;

// Formatted by the generator.
#[rustfmt::skip]
mod apis;

pub use apis::*;
#[cfg(feature = "client")]
pub use topsdk_client as client;
pub use topsdk_codec as codec;
pub use topsdk_codec::{Date, Decimal, File, Json, Object, Request, Response, jiff, rust_decimal};

/// The modules that a build script made with `topsdk_codegen::Builder` of pages of your own.
///
/// ```ignore
/// mod apis {
///     topsdk::include_apis!();
/// }
/// use apis::taobao::item::seller_get::ItemSellerGetRequest;
/// ```
#[macro_export]
macro_rules! include_apis {
    () => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/topsdk/apis.rs"));
    };
}
