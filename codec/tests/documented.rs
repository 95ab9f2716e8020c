//! The documented answer of the seed page, in every form in which it comes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod seed;

use seed::{DedutUpdateResponse, response, sample};
use topsdk_codec::Decoder;

/// What the site's rules make of the same sample: bare numbers and booleans, lists in their item's name.
const JSON: &str = r#"{
    "alibaba_alsc_crm_recharge_dedut_update_response":{
        "result":{
            "biz_success":true,
            "result":{
                "account_id":"7627347265",
                "affected_property_list":{
                    "recharge_account_property_open_info":[
                        {
                            "type":"GIFT",
                            "value":300
                        }
                    ]
                },
                "after_property_list":{"recharge_account_property_open_info":[{"type":"PRE","value":200}]},
                "before_property_list":{"recharge_account_property_open_info":[{"type":"TOTAL","value":3000}]},
                "brand_id":"767526576123",
                "current_value":4000,
                "ext_info":{"empty":null},
                "flow_id":"7862783618",
                "flow_type":"DEDUT",
                "operator":"76127653175",
                "operator_name":"小明",
                "order_src":2,
                "order_time":"2019-08-08 15:15:41",
                "order_value":-65,
                "outer_order_id":"8768237162876387236472",
                "remark":"机会均等",
                "shop_id":"736182678",
                "shop_name":"小王面馆"
            },
            "result_code":"200",
            "result_desc":"成功",
            "result_view":"\"\""
        }
    }
}"#;

fn simplified() -> String {
    JSON.replace("{\"recharge_account_property_open_info\":[{", "[{")
        .replace("}]}", "}]")
        .replace("{\n                    \"recharge_account_property_open_info\":[", "[")
        .replace("                    ]\n                },", "                    ],")
}

fn rootless() -> String {
    let simplified = simplified();
    let inside = simplified.split_once(':').unwrap().1.trim_end().strip_suffix('}').unwrap();
    inside.to_owned()
}

fn strict(body: &str) -> DedutUpdateResponse {
    Decoder::new().strict().decode(body).unwrap().value
}

#[test]
fn the_documented_xml_decodes_to_the_documented_values() {
    assert_eq!(strict(sample()), response());
}

#[test]
fn every_form_of_json_decodes_to_the_same_values() {
    for body in [JSON, &simplified(), &rootless()] {
        assert_eq!(strict(body), response(), "{body}");
    }
    assert!(!simplified().contains("recharge_account_property_open_info"));
    assert!(!rootless().contains("update_response"));
}

#[test]
fn white_space_between_tokens_is_ignored() {
    let compact_xml = seed::documented_xml();
    let compact_json: String = JSON.lines().map(str::trim).collect();
    for body in [compact_xml.as_str(), &compact_json, &sample().replace('\n', "\r\n"), &JSON.replace('\n', "\r\n\t")] {
        assert_eq!(strict(body), response());
    }
}

#[test]
fn text_around_a_response_is_ignored() {
    let body = format!(
        "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\" ?>{}<!--top011184081134.na62-->\n",
        sample()
            .replace("_list>", "_list list=\"true\">")
            .replace("</affected_property_list list=\"true\">", "</affected_property_list>")
            .replace("</after_property_list list=\"true\">", "</after_property_list>")
            .replace("</before_property_list list=\"true\">", "</before_property_list>"),
    );
    assert_eq!(strict(&body), response());
}

#[test]
fn a_response_cut_anywhere_is_an_error_and_never_a_panic() {
    for body in [sample().to_owned(), JSON.to_owned(), rootless()] {
        for end in 0..body.trim_end().len() {
            let cut = &body.as_bytes()[..end];
            assert!(
                Decoder::new().decode::<DedutUpdateResponse>(cut).is_err(),
                "{end}: {:?}",
                String::from_utf8_lossy(cut)
            );
        }
    }
}

#[test]
fn any_byte_may_be_wrong_without_a_panic() {
    for body in [sample().to_owned(), JSON.to_owned()] {
        for at in 0..body.len() {
            for byte in [b'<', b'"', b'\\', b'&', b'}', b'[', 0, 0xFF, b'7'] {
                let mut body = body.clone().into_bytes();
                body[at] = byte;
                let _ = Decoder::new().decode::<DedutUpdateResponse>(body);
            }
        }
    }
}
