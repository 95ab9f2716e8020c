//! The platform's basic types: the words that a page uses for values without fields.

/// What a value of a basic type is. Words for the same kind of value are one: `Price` and `BigDecimal`.
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
    /// A whole number of 64 bits.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A point in time, GMT+8.
    Date,
    /// A decimal number.
    Decimal,
    /// Any JSON.
    Json,
    /// A file to be uploaded.
    File,
}

impl Basic {
    /// Every word with what it stands for.
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

    /// The basic type of this word; `None` for a class and for anything else.
    pub fn of(word: &str) -> Option<Basic> {
        Basic::WORDS.into_iter().find(|(known, _)| *known == word).map(|(_, basic)| basic)
    }
}

/// Whether a page gives no type: the cell is empty, or holds the `null` that the site shows for a type that its database
/// lacks.
pub fn is_unnamed(word: &str) -> bool {
    matches!(word, "" | "null")
}
