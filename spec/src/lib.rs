//! What a documentation page of the Taobao Open Platform says, as data, with no opinion about Rust.
//!
//! [`Api`] is one page. Its JSON form, one file an API under `spec/apis/`, is made to be read in a pull request: keys
//! in one fixed order, nothing that is empty or false, the same bytes for the same content.
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

mod basic;
mod item_name;
mod json;
mod load;
mod path;
pub mod structs;

pub use basic::{Basic, is_unnamed};
pub use item_name::item_name;
pub use json::ReadError;
pub use load::{LoadError, load};
pub use path::{Side, nearest, param_at, path_of, resolve, siblings_at};

use serde::{Deserialize, Serialize};

/// One API, as its documentation page describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// The API's name on the wire, such as `taobao.item.seller.get`; its case is kept.
    pub method: String,
    /// The page's number (apiId, docId and articleId are the same number). A page saved as text has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_id: Option<u64>,
    /// The Chinese name that stands behind the method.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The sentence or two under the title, as Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The last step of the page's breadcrumb, such as `本地生活API`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// Whether the call needs a user's authorisation; `None` where the page does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// The labels beside the title, such as `聚石塔内调用`, but for the one that [`auth`](Api::auth) tells. Only documents have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// The permission packages (`applyScopes`) of which an application needs one to call the API. Only documents have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<Package>,
    /// Why programs should not call the API any more, and what to call in its place. No page says so; an override does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// Whether the platform's catalogue, when it was last fetched, did not list the API. That alone does not mean that the API is
    /// retired (docs/pages.md, "The site's catalogue").
    #[serde(default, skip_serializing_if = "is_false")]
    pub unlisted: bool,
    /// Which page this was read from.
    pub source: Source,
    /// The request parameters, in the page's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request: Vec<Param>,
    /// The response fields below the root, in the page's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response: Vec<Param>,
    /// The table 错误码解释.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorCode>,
    /// The samples that the page shows.
    #[serde(default, skip_serializing_if = "Samples::is_empty")]
    pub samples: Samples,
}

/// Whether an API needs the authorisation (`session`) of a user.
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

/// A permission package: a set of APIs that an application applies for as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Its name, such as `淘宝客【推广者】单品券高效转链`.
    pub name: String,
    /// What the page says about it, as Markdown; mostly nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where to apply for it, as the page has it: often without a scheme (`//open.taobao.com/…`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// The page that a spec was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The page's file, relative to the folder of the pages.
    pub page: String,
    /// SHA-256 of the page's bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// In which form the page was saved.
    pub layout: Layout,
}

/// The form in which a page was saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// The page's plain text. Knows no depth, no number and only the samples on show: the poorest form.
    Text,
    /// The page copied as Markdown. Depth only where its author drew it.
    Markdown,
    /// The page as the server renders it.
    #[default]
    Html,
    /// The answer of the document endpoint: the richest form.
    Document,
}

/// A request parameter or a response field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// The name on the wire.
    pub name: String,
    /// The documented type word (`String`, `Number`, …) or an object's class name, without a list's `[]`. May be empty.
    #[serde(rename = "type", default, skip_serializing_if = "String::is_empty")]
    pub type_name: String,
    /// Whether it is a list (`Item []`). `byte[]` is a file, not a list.
    #[serde(default, skip_serializing_if = "is_false")]
    pub list: bool,
    /// Whether the page says 必须. Response fields never are.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// The cell 示例值, as it stands on the page.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub example: String,
    /// The cell 描述, as Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The cell 更多限制.
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// The fields of an object, in the page's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Param>,
}

/// What the cell 更多限制 says.
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

/// One row of the table 错误码解释.
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

/// The samples of a page, each as it stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Samples {
    /// The request in Java. Its nesting is the request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub java: Option<String>,
    /// The response as XML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xml: Option<String>,
    /// The response as JSON. Generated by the site, so not always well formed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<String>,
    /// The response as JSON with `simplify=true`. Only document answers have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json_simplified: Option<String>,
    /// A failure as XML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_xml: Option<String>,
    /// A failure as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_json: Option<String>,
}

impl Param {
    /// Whether this is an object: it has fields of its own.
    pub fn is_object(&self) -> bool {
        !self.fields.is_empty()
    }
}

impl Limits {
    /// Whether the cell says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Limits::default()
    }
}

impl Samples {
    /// Whether the page shows no sample.
    pub fn is_empty(&self) -> bool {
        *self == Samples::default()
    }
}

fn is_false(value: &bool) -> bool {
    !value
}
