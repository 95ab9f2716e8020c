//! Errors of encoding.

use crate::path::Path;

/// An error of encoding a request. Nothing was sent. The error shows the value of a parameter only if that text is at
/// fault. [`Call::encode`](crate::Call::encode) returns it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Required parameters are missing. An empty text at the top level is missing, because it would not be sent. The required
    /// fields of an optional object are missing only if the object is there.
    #[error("`{method}` requires parameters that are not set: {}", .paths.join(", "))]
    Missing {
        /// The API.
        method: String,
        /// The paths in documented order, such as `param_dedut_open_req.operator_id` or `items[2].price`.
        paths: Vec<String>,
    },
    /// A parameter of the API has the name of a public parameter (docs/protocol.md section 2), so one would hide the other.
    #[error("`{name}` is a public parameter of the protocol: an API cannot have a parameter of this name")]
    Reserved {
        /// The name.
        name: String,
    },
    /// An item of a comma-separated list contains a comma. The protocol has no escape for it (docs/protocol.md section 4): the
    /// platform would see two items.
    #[error("{path}: the item {item:?} contains a comma, which separates items: split it into two items")]
    Comma {
        /// The item.
        path: String,
        /// Its text.
        item: String,
    },
    /// A file cannot be sent here: inside an object, a list or a batch, or in a response.
    #[error("{path}: a file must be a parameter of the request itself, and cannot be sent in a batch")]
    File {
        /// Its path.
        path: String,
    },
    /// A file on disk cannot be sent here: the whole body must be in memory.
    #[error("{path}: a file on disk is not read by `encode`: use `encode_with_files`, or pass the bytes")]
    OnDisk {
        /// The parameter.
        path: String,
    },
    /// The name or content type of a file cannot stand in the header of its part.
    #[error("{path}: {what}")]
    FileHeader {
        /// The parameter.
        path: String,
        /// What is wrong, and what to do.
        what: &'static str,
    },
    /// A character that XML 1.0 cannot carry, not even as a reference.
    #[error("{path}: U+{:04X} at byte {offset} cannot occur in XML 1.0: use JSON, or remove it", u32::from(*.character))]
    Character {
        /// The path of the text.
        path: String,
        /// The character.
        character: char,
        /// Byte offset in the text.
        offset: usize,
    },
    /// A wire name that cannot be the name of an XML element.
    #[error("{path}: {name:?} cannot be the name of an XML element: use JSON, or correct the name")]
    ElementName {
        /// Its path.
        path: String,
        /// The name.
        name: String,
    },
    /// The date is before the year 0, which `yyyy-MM-dd HH:mm:ss` cannot express.
    #[error("{path}: {date} cannot be written as yyyy-MM-dd HH:mm:ss")]
    Date {
        /// The path of the date.
        path: String,
        /// The date.
        date: crate::Date,
    },
    /// Objects are nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH), which no reader would accept.
    #[error("{path}: objects are nested deeper than {} levels", super::MAX_DEPTH)]
    Depth {
        /// The path at which the limit was exceeded.
        path: String,
    },
    /// The batch has no requests.
    #[error("a batch needs at least one request: the platform refuses an empty one")]
    EmptyBatch,
}

impl EncodeError {
    pub(super) fn file(path: &Path<'_>) -> EncodeError {
        EncodeError::File { path: path.to_string() }
    }
}
