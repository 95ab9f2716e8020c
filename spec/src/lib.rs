//! The contents of a documentation page of the Taobao Open Platform as data, independent of Rust.
//!
//! [`Api`] is one page. Its JSON form, one file per API under `spec/apis/`, is meant for review in pull requests: the keys
//! have a fixed order, empty and false values are omitted, and equal contents give equal bytes.
//!
//! ```
//! use topsdk_spec::{Api, Param};
//!
//! let api = Api {
//!     method: "taobao.time.get".to_owned(),
//!     response: vec![Param { name: "time".to_owned(), type_name: "Date".to_owned(), ..Param::default() }],
//!     ..Api::default()
//! };
//! assert_eq!(Api::from_json(&api.to_json())?, api);
//! # Ok::<(), topsdk_spec::ReadError>(())
//! ```

mod json;
mod load;
mod path;
pub mod structs;
mod type_names;

pub use json::ReadError;
pub use load::{LoadError, load};
pub use path::{Side, param_at, path_of, resolve, siblings_at};
pub use type_names::{Basic, is_unnamed, item_name};

use serde::{Deserialize, Serialize};

/// An API as described by its documentation page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// The method, such as `taobao.item.seller.get`, in its original case.
    pub method: String,
    /// The page's number (apiId, docId and articleId are the same number). Pages saved as text have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_id: Option<u64>,
    /// The Chinese name shown after the method.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The short description under the title, as Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The last step of the page's breadcrumb, such as `本地生活API`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// The call's need for a user's authorisation; `None` if the page does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// The labels beside the title, such as `聚石塔内调用`, without the one for [`auth`](Api::auth). Only documents have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// The permission packages (`applyScopes`). An application needs one of them to call the API. Only documents have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<Package>,
    /// Why programs should no longer call the API, and what to call instead. It comes from an override: no page says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// Whether the API was missing from the platform's catalogue when that was last fetched. This alone does not mean that
    /// the API is retired (docs/pages.md, "The site's catalogue").
    #[serde(default, skip_serializing_if = "is_default")]
    pub unlisted: bool,
    /// The page that the spec was parsed from.
    pub source: Source,
    /// The request parameters, in page order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request: Vec<Param>,
    /// The response fields below the root, in page order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response: Vec<Param>,
    /// The rows of the table 错误码解释.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorCode>,
    /// The samples on the page.
    #[serde(default, skip_serializing_if = "is_default")]
    pub samples: Samples,
}

/// An API's need for a user's authorisation (`session`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// 不需用户授权.
    None,
    /// 必须用户授权.
    Required,
    /// 可选授权.
    Optional,
}

/// A permission package: a set of APIs that an application applies for together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The name, such as `淘宝客【推广者】单品券高效转链`.
    pub name: String,
    /// The page's description of it, as Markdown; usually empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The URL for applications, as on the page: often without a scheme (`//open.taobao.com/…`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// The page that a spec was parsed from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The page's file, relative to the pages folder.
    pub page: String,
    /// SHA-256 of the page's bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// The format in which the page was saved.
    pub layout: Layout,
}

/// The format in which a page was saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// The page's plain text, the poorest format: no nesting, no page number, and only the visible samples.
    Text,
    /// The page copied as Markdown. It has nesting only where the author marked it.
    Markdown,
    /// The page as rendered by the server.
    #[default]
    Html,
    /// The response of the document endpoint, the richest format.
    Document,
}

/// A request parameter or a response field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// The name on the wire.
    pub name: String,
    /// The documented type name (`String`, `Number`, …), or an object's class name, without a list's `[]`. May be empty.
    #[serde(rename = "type", default, skip_serializing_if = "String::is_empty")]
    pub type_name: String,
    /// Whether this is a list (`Item []`). `byte[]` is a file, not a list.
    #[serde(default, skip_serializing_if = "is_default")]
    pub list: bool,
    /// Whether the page says 必须. Always false for response fields.
    #[serde(default, skip_serializing_if = "is_default")]
    pub required: bool,
    /// The cell 示例值, verbatim.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub example: String,
    /// The cell 描述, as Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The cell 更多限制.
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: Limits,
    /// The fields of an object, in page order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Param>,
}

/// The contents of the cell 更多限制.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// 默认值.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// 最大长度, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// 最大列表长度.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_list_size: Option<u64>,
    /// 最小值, as documented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// 最大值, as documented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
}

/// A row of the table 错误码解释.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorCode {
    /// The cell 错误码.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// The cell 错误描述.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The cell 解决方案.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub solution: String,
}

/// The samples of a page, verbatim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Samples {
    /// The request in Java. Its nesting is that of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub java: Option<String>,
    /// The response as XML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xml: Option<String>,
    /// The response as JSON. The site generates it, so it is not always well formed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<String>,
    /// The response as JSON with `simplify=true`. Only documents have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json_simplified: Option<String>,
    /// An error response as XML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_xml: Option<String>,
    /// An error response as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_json: Option<String>,
}

impl Param {
    /// Returns whether this is an object, which has fields of its own.
    pub fn is_object(&self) -> bool {
        !self.fields.is_empty()
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
