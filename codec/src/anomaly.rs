//! What does not fit in an answer that can be read.

use std::{borrow::Cow, fmt};

/// Something in an answer that the documentation does not tell of: the value there is absent, or as the text says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Anomaly {
    /// The field, such as `result.result.after_property_list[3].value`; empty for the whole.
    pub path: String,
    /// What the documentation says: a type's word, or what else had to be there.
    pub expected: Cow<'static, str>,
    /// What is there: the beginning of the text, or `(hidden)` where it is a secret.
    pub found: String,
    /// Bytes of the body before it.
    pub offset: usize,
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "expected {}, found {:?} at byte {}", self.expected, self.found, self.offset)
    }
}
