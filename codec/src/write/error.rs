//! Why a value cannot be written.

use crate::path::Path;

/// Why a value cannot be put on the wire. Nothing has been sent when it comes up, and no value of a parameter is in it
/// but where the text itself is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Parameters that the API requires hold nothing. An empty text at the top counts as nothing, because it would not
    /// be sent; a required field of an optional object that is absent is not missing.
    #[error("`{method}` requires parameters that hold nothing: {}; set them", .paths.join(", "))]
    Missing {
        /// The API.
        method: String,
        /// Each path in documented order, such as `param_dedut_open_req.operator_id` or `items[2].price`.
        paths: Vec<String>,
    },
    /// A parameter of the API has the name of a public one (docs/protocol.md section 2), so that one would hide the other.
    #[error("`{name}` is a parameter of the protocol; an API cannot have one of that name")]
    Reserved {
        /// The name.
        name: String,
    },
    /// An item of a list that is sent as one text, joined by commas, has a comma itself. The protocol knows no escape
    /// for it (docs/protocol.md section 4): the platform would see two items.
    #[error("{path}: the item {item:?} holds a comma, and items are joined by commas; make it two items")]
    Comma {
        /// The item.
        path: String,
        /// Its text.
        item: String,
    },
    /// A file stands where no file can be sent: in an object, in a list, in a batch, in an answer.
    #[error("{path}: a file can only be sent as a parameter of its own, in a call of its own")]
    File {
        /// Where.
        path: String,
    },
    /// A file on disk stands where the whole body has to be in memory.
    #[error("{path}: a file on disk is read while it is sent: use `encode_with_files`, or give its bytes")]
    OnDisk {
        /// The parameter.
        path: String,
    },
    /// A file's name or type cannot stand in the header of its part.
    #[error("{path}: {what}")]
    FileHeader {
        /// The parameter.
        path: String,
        /// What is wrong, and what to do.
        what: &'static str,
    },
    /// A character that XML 1.0 cannot hold, not even as a reference.
    #[error("{path}: U+{:04X} at byte {offset} cannot stand in XML 1.0; use JSON, or take it out", u32::from(*.character))]
    Character {
        /// The text's place.
        path: String,
        /// The character.
        character: char,
        /// Bytes of the text before it.
        offset: usize,
    },
    /// A wire name that cannot be the name of an XML element.
    #[error("{path}: {name:?} cannot be the name of an XML element; use JSON, or correct the name")]
    ElementName {
        /// Where.
        path: String,
        /// The name.
        name: String,
    },
    /// A date before the year 0, which `yyyy-MM-dd HH:mm:ss` cannot express.
    #[error("{path}: {date} cannot be written as yyyy-MM-dd HH:mm:ss")]
    Date {
        /// The date's place.
        path: String,
        /// The date.
        date: crate::Date,
    },
    /// Objects stand in objects more than [`MAX_DEPTH`](super::MAX_DEPTH) deep; no reader would take it.
    #[error("{path}: objects are nested more than {} deep", super::MAX_DEPTH)]
    Depth {
        /// Where the limit was passed.
        path: String,
    },
    /// A batch without a request.
    #[error("a batch needs a request: the platform answers an empty one with an error")]
    EmptyBatch,
}

impl EncodeError {
    pub(super) fn file(path: &Path<'_>) -> EncodeError {
        EncodeError::File { path: path.to_string() }
    }
}
