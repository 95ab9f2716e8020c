//! The names of list items on the wire.

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
    for (index, letter) in type_name.chars().enumerate() {
        if letter.is_ascii_uppercase() {
            if index > 0 {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        } else {
            name.push(letter);
        }
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
