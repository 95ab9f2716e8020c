//! Which item a name belongs to, as a text that a file can keep: `response Item` is a type, `response Item@data.items` a type
//! at one place, `request Item#itemId` a field, `request required` the struct of required fields.

use std::fmt;

use topsdk_spec::Side;

/// A struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key(String);

impl Key {
    /// The request or the response itself.
    pub(crate) fn root(side: Side) -> Key {
        Key(match side {
            Side::Request => "request".to_owned(),
            Side::Response => "response".to_owned(),
        })
    }

    /// The struct of a documented type.
    pub(crate) fn object(side: Side, word: &str) -> Key {
        let Key(side) = Key::root(side);
        Key(format!("{side} {word}"))
    }

    /// The type at this place alone.
    pub(crate) fn at(&self, place: &str) -> Key {
        Key(format!("{self}@{place}"))
    }

    /// A field of the struct.
    pub(crate) fn field(&self, wire: &str) -> String {
        format!("{self}#{wire}")
    }

    /// The struct of its required fields.
    pub(crate) fn bundle(&self) -> String {
        format!("{self} required")
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
