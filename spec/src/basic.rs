//! The platform's basic types: the type names that pages use for values without fields.

/// The kind of value that a basic type holds. Type names for the same kind share one variant: `Price` and `BigDecimal`.
///
/// ```
/// use topsdk_spec::Basic;
///
/// assert_eq!(Basic::of("BigDecimal"), Some(Basic::Decimal));
/// assert_eq!(Basic::of("Item"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basic {
    /// Text.
    String,
    /// A 64-bit integer.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A date and time in GMT+8.
    Date,
    /// A decimal number.
    Decimal,
    /// Any JSON.
    Json,
    /// A file to be uploaded.
    File,
}

impl Basic {
    /// Every type name with its basic type.
    pub const WORDS: [(&str, Basic); 11] = [
        ("String", Basic::String),
        ("Number", Basic::Number),
        ("Boolean", Basic::Boolean),
        ("Date", Basic::Date),
        ("Price", Basic::Decimal),
        ("BigDecimal", Basic::Decimal),
        ("Json", Basic::Json),
        ("Map", Basic::Json),
        ("Field List", Basic::String),
        ("byte", Basic::Number),
        ("byte[]", Basic::File),
    ];

    /// Returns the basic type of this type name, or `None` for a class name and any other text.
    pub fn of(word: &str) -> Option<Basic> {
        Basic::WORDS.into_iter().find(|(known, _)| *known == word).map(|(_, basic)| basic)
    }
}

/// Returns whether a page gives no type: the cell is empty, or holds the `null` that the site shows for a type missing from
/// its database.
pub fn is_unnamed(word: &str) -> bool {
    matches!(word, "" | "null")
}
