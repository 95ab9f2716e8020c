//! The type names of pages: the platform's basic types, which have no fields, and the names of list items on the wire.

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

/// Returns the name of an item of a list whose elements have the documented type `type_name`.
///
/// Each capital becomes `_` and its lower case, without `_` at the start. All other characters are copied, and acronyms are
/// not grouped (docs/protocol.md section 6, checked there on 2,000 lists of the official SDKs).
///
/// ```
/// assert_eq!(topsdk_spec::item_name("ServiceFeeDTO"), "service_fee_d_t_o");
/// assert_eq!(topsdk_spec::item_name("String"), "string");
/// ```
pub fn item_name(type_name: &str) -> String {
    let mut name = String::with_capacity(type_name.len() + 8);
    for (index, letter) in type_name.char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::item_name;

    #[test]
    fn item_names_match_the_official_sdks() {
        for (type_name, item) in [
            ("PublisherOrderDto", "publisher_order_dto"),
            ("PublisherRefundOrderDTO", "publisher_refund_order_d_t_o"),
            ("NTbkItem", "n_tbk_item"),
            ("OAPIFormDataReqVO", "o_a_p_i_form_data_req_v_o"),
            ("FormComponent2Vo", "form_component2_vo"),
            ("B2BTicketInfo", "b2_b_ticket_info"),
            ("Item4IsvDto", "item4_isv_dto"),
            ("tk3rdPubId", "tk3rd_pub_id"),
            ("Number", "number"),
        ] {
            assert_eq!(item_name(type_name), item);
        }
    }
}
