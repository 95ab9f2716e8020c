//! Anomalies: values of a readable response that do not match the documentation.

use std::{borrow::Cow, fmt};

use crate::visible::visible;

/// A place in a response that contradicts the documentation. The value there is `None`, or kept as the text says.
/// [`Decoder`](crate::Decoder) has an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Anomaly {
    /// The path of the field, such as `result.result.after_property_list[3].value`; empty for the whole response.
    pub path: String,
    /// What the documentation says: a type name, or a description of the expected content.
    pub expected: Cow<'static, str>,
    /// What was found: the beginning of the text, or `(hidden)` if it is a secret.
    pub found: String,
    /// Byte offset in the body, or in the body [in UTF-8](crate::Decoder::to_utf8) if it came in another charset.
    pub offset: usize,
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", visible(&self.path))?;
        }
        write!(f, "expected {}, found {:?} at byte {}", visible(&self.expected), self.found, self.offset)
    }
}
