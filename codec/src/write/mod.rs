//! Writers: objects to JSON, XML, form and multipart bodies. Each works on [`View`](crate::View)s.

mod error;
mod form;
mod json;
mod multipart;
mod percent;
mod scalar;
mod xml;

pub use error::EncodeError;
pub(crate) use form::{Parameters, Texts};
#[cfg(feature = "serde")]
pub(crate) use json::is_absent;
pub use json::{JsonStyle, json};
pub use multipart::OnDisk;
pub(crate) use multipart::multipart;
pub(crate) use percent::Form;
#[cfg(feature = "serde")]
pub(crate) use scalar::date_text;
pub use xml::xml;

use crate::Object;

/// The deepest nesting of objects, the same as in the readers. [`EncodeError`] names it when it is exceeded.
pub const MAX_DEPTH: usize = 128;

/// One of the three JSON forms of a response (docs/protocol.md sections 5.3 and 5.4). [`response_json`] has an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JsonForm {
    /// A root, and lists with their item names in between.
    #[default]
    Normal,
    /// A root, and lists as arrays: what the documentation shows for `simplify`.
    Simplified,
    /// No root, and lists as arrays: what the SDKs read for `simplify`.
    Rootless,
}

/// Returns the root of a method's responses (docs/protocol.md section 5.1).
///
/// ```
/// use topsdk_codec::write::root_name;
///
/// assert_eq!(root_name("taobao.tbk.order.details.get"), "tbk_order_details_get_response");
/// assert_eq!(root_name("alibaba.item.edit.get"), "alibaba_item_edit_get_response");
/// ```
pub fn root_name(method: &str) -> String {
    let mut root = method.strip_prefix("taobao.").unwrap_or(method).replace('.', "_");
    root.push_str("_response");
    root
}

/// Writes the response of an API as XML, as documented but without white space. For mocks and tests. [`response_json`]
/// has an example.
///
/// # Errors
///
/// Those of [`xml()`].
pub fn response_xml(value: &dyn Object, method: &str) -> Result<String, EncodeError> {
    xml(value, &root_name(method))
}

/// Writes the response of an API as JSON, as documented but without white space. For mocks and tests.
///
/// ```
/// use topsdk_codec::{Object, write::{JsonForm, response_json, response_xml}};
///
/// #[derive(Default, Object)]
/// #[top(crate = topsdk_codec)]
/// struct Item {
///     num_iid: Option<i64>,
/// }
///
/// let item = Item { num_iid: Some(7) };
/// let json = response_json(&item, "taobao.item.get", JsonForm::Normal)?;
/// assert_eq!(json, r#"{"item_get_response":{"num_iid":7}}"#);
/// let xml = response_xml(&item, "taobao.item.get")?;
/// assert!(xml.contains("<item_get_response><num_iid>7</num_iid></item_get_response>"));
/// # Ok::<(), topsdk_codec::EncodeError>(())
/// ```
///
/// # Errors
///
/// Those of [`json()`].
pub fn response_json(value: &dyn Object, method: &str, form: JsonForm) -> Result<String, EncodeError> {
    match form {
        JsonForm::Normal => json::rooted(value, &root_name(method), JsonStyle::Response),
        JsonForm::Simplified => json::rooted(value, &root_name(method), JsonStyle::Simplified),
        JsonForm::Rootless => json(value, JsonStyle::Simplified),
    }
}
