//! Typed Rust bindings for the Taobao Open Platform (TOP), generated from its documentation pages.
//!
//! A first program, with the feature `blocking`:
//!
//! ```no_run
//! # #[cfg(not(all(feature = "alibaba-alsc", feature = "blocking")))]
//! # fn main() {}
//! # #[cfg(all(feature = "alibaba-alsc", feature = "blocking"))]
//! use topsdk::alibaba::alsc::crm_recharge_dedut_update::{
//!     AlibabaAlscCrmRechargeDedutUpdateRequest, DedutOpenReq, DedutOpenReqRequired,
//! };
//! # #[cfg(all(feature = "alibaba-alsc", feature = "blocking"))]
//! use topsdk::client::blocking::Client;
//!
//! # #[cfg(all(feature = "alibaba-alsc", feature = "blocking"))]
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // TOP_APP_KEY and TOP_APP_SECRET; TOP_GATEWAY for another gateway than the platform's
//!     let client = Client::from_env()?;
//!     let charge = DedutOpenReq::new(DedutOpenReqRequired {
//!         operator_id: "65673527".to_owned(),
//!         outer_order_id: "766348726342638".to_owned(),
//!         request_id: "78sd786a78d678as".to_owned(),
//!         value: 2000,
//!         biz_channel: "CS".to_owned(),
//!     });
//!     let request = AlibabaAlscCrmRechargeDedutUpdateRequest::new()
//!         .with_param_dedut_open_req(charge);
//!     let reply = client.execute(&request, None)?;
//!     let flow = reply.value.result.and_then(|result| result.result);
//!     println!("left: {:?}", flow.and_then(|flow| flow.current_value));
//!     Ok(())
//! }
//! ```
//!
//! Each API is a module under the two segments of its method's prefix: `alibaba.alsc.crm.recharge.dedut.update` is
//! [`alibaba::alsc::crm_recharge_dedut_update`]. The module contains the request, the response and their objects, named as
//! in the official SDKs, and its documentation begins with a sample request.
//!
//! * `codec` encodes and signs requests and decodes responses: form, XML, JSON and simplified JSON.
//! * `client` sends requests: with the feature `async` or `blocking` over HTTP, with the feature `client` alone over your
//!   own transport. By default no HTTP code is compiled.
//! * With the feature `mock`, `client::mock` is a gateway on localhost for tests, and `specs` returns the specs that it
//!   needs.
//! * Every first segment of a method (`alibaba`) and every two-segment prefix (`alibaba-alsc`) is a Cargo feature.

// Generated modules use paths from `::topsdk`, so that they compile in this crate and in any other.
extern crate self as topsdk;

// The generator formats this module.
#[rustfmt::skip]
mod apis;

pub use apis::*;
#[cfg(feature = "client")]
pub use topsdk_client as client;
pub use topsdk_codec as codec;
pub use topsdk_codec::{Date, Decimal, File, Json, Object, Request, Response, jiff, rust_decimal};

/// Includes the modules that a build script generated from your own pages with `topsdk_codegen::Builder`.
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

/// Returns the specs of this crate's APIs, for [`client::mock::Gateway`].
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use topsdk::client::mock::Gateway;
///
/// let builder = Gateway::builder("12345678", "secret").apis(topsdk::specs());
/// let gateway = builder.listen("127.0.0.1:0")?;
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "mock")]
pub fn specs() -> Vec<client::mock::Api> {
    specs_of_lines(include_str!("specs.jsonl"))
}

/// Returns the specs of the pages that a build script read with `topsdk_codegen::Builder`, for `client::mock::Gateway`.
/// Requires the feature `mock`.
///
/// ```ignore
/// let builder = Gateway::builder("12345678", "secret").apis(topsdk::include_specs!());
/// let gateway = builder.listen("127.0.0.1:0")?;
/// ```
///
/// # Panics
/// If the build script used a version of `topsdk_codegen` whose specs this version of `topsdk` cannot read.
#[cfg(feature = "mock")]
#[macro_export]
macro_rules! include_specs {
    () => {
        $crate::specs_of_lines(::core::include_str!(::core::concat!(::core::env!("OUT_DIR"), "/topsdk/specs.jsonl")))
    };
}

/// The implementation of [`include_specs`].
#[cfg(feature = "mock")]
#[doc(hidden)]
#[expect(clippy::expect_used, reason = "the generator wrote the text, and it is compiled in")]
pub fn specs_of_lines(lines: &str) -> Vec<client::mock::Api> {
    let spec = |line| client::mock::Api::from_json(line).expect("specs.jsonl is what topsdk_codegen wrote");
    lines.lines().map(spec).collect()
}
