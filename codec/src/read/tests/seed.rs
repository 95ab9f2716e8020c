//! The documented answer of `alibaba.alsc.crm.recharge.dedut.update`, in every form, typed by hand.

use super::strict;
use crate::{Date, Decoder, Object, Response};

#[derive(Clone, Debug, Default, PartialEq, Response)]
#[top(crate = crate)]
struct UpdateResponse {
    result: Option<CommonResult>,
}

#[derive(Clone, Debug, Default, PartialEq, Object)]
#[top(crate = crate)]
struct CommonResult {
    biz_success: Option<bool>,
    result: Option<RechargeAccountFlowDetailOpenInfo>,
    result_code: Option<String>,
    result_desc: Option<String>,
    result_view: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Object)]
#[top(crate = crate)]
struct RechargeAccountFlowDetailOpenInfo {
    account_id: Option<String>,
    affected_property_list: Vec<RechargeAccountPropertyOpenInfo>,
    after_property_list: Vec<RechargeAccountPropertyOpenInfo>,
    before_property_list: Vec<RechargeAccountPropertyOpenInfo>,
    brand_id: Option<String>,
    current_value: Option<i64>,
    ext_info: Option<Extinfo>,
    flow_id: Option<String>,
    flow_type: Option<String>,
    operator: Option<String>,
    operator_name: Option<String>,
    order_src: Option<i64>,
    order_time: Option<Date>,
    order_value: Option<i64>,
    outer_order_id: Option<String>,
    remark: Option<String>,
    shop_id: Option<String>,
    shop_name: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Object)]
#[top(crate = crate)]
struct RechargeAccountPropertyOpenInfo {
    #[top(name = "type")]
    kind: Option<String>,
    value: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Object)]
#[top(crate = crate)]
struct Extinfo {
    empty: Option<bool>,
}

fn documented() -> UpdateResponse {
    let text = |text: &str| Some(text.to_owned());
    let property = |kind, value| vec![RechargeAccountPropertyOpenInfo { kind: text(kind), value: Some(value) }];
    UpdateResponse {
        result: Some(CommonResult {
            biz_success: Some(true),
            result: Some(RechargeAccountFlowDetailOpenInfo {
                account_id: text("7627347265"),
                affected_property_list: property("GIFT", 300),
                after_property_list: property("PRE", 200),
                before_property_list: property("TOTAL", 3000),
                brand_id: text("767526576123"),
                current_value: Some(4000),
                ext_info: Some(Extinfo { empty: None }),
                flow_id: text("7862783618"),
                flow_type: text("DEDUT"),
                operator: text("76127653175"),
                operator_name: text("小明"),
                order_src: Some(2),
                order_time: Some("2019-08-08T15:15:41".parse().unwrap()),
                order_value: Some(-65),
                outer_order_id: text("8768237162876387236472"),
                remark: text("机会均等"),
                shop_id: text("736182678"),
                shop_name: text("小王面馆"),
            }),
            result_code: text("200"),
            result_desc: text("成功"),
            result_view: text("\"\""),
        }),
    }
}

/// The sample of the page itself, whose text form is in the repository.
fn xml() -> String {
    let page = include_str!("../../../../spec/pages/alibaba.alsc.crm.recharge.dedut.update.txt");
    const ROOT: &str = "alibaba_alsc_crm_recharge_dedut_update_response>";
    let start = page.find(&format!("<{ROOT}")).unwrap();
    let end = page.find(&format!("</{ROOT}")).unwrap() + 2 + ROOT.len();
    page[start..end].to_owned()
}

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

#[test]
fn the_documented_xml_decodes_to_the_documented_values() {
    assert_eq!(strict::<UpdateResponse>(&xml()), documented());
}

#[test]
fn every_form_of_json_decodes_to_the_same_values() {
    for body in [JSON, &simplified(), &rootless()] {
        assert_eq!(strict::<UpdateResponse>(body), documented(), "{body}");
    }
    assert!(!simplified().contains("recharge_account_property_open_info"));
    assert!(!rootless().contains("update_response"));
}

#[test]
fn white_space_between_tokens_counts_for_nothing() {
    let compact_xml: String = xml().lines().map(str::trim).collect();
    let compact_json: String = JSON.lines().map(str::trim).collect();
    for body in [compact_xml.as_str(), &compact_json, &xml().replace('\n', "\r\n"), &JSON.replace('\n', "\r\n\t")] {
        assert_eq!(strict::<UpdateResponse>(body), documented());
    }
}

#[test]
fn what_a_real_answer_has_around_it_counts_for_nothing() {
    let body = format!(
        "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\" ?>{}<!--top011184081134.na62-->\n",
        xml()
            .replace("_list>", "_list list=\"true\">")
            .replace("</affected_property_list list=\"true\">", "</affected_property_list>")
            .replace("</after_property_list list=\"true\">", "</after_property_list>")
            .replace("</before_property_list list=\"true\">", "</before_property_list>"),
    );
    assert_eq!(strict::<UpdateResponse>(&body), documented());
}

#[test]
fn an_answer_cut_anywhere_is_an_error_and_never_a_panic() {
    for body in [xml(), JSON.to_owned(), rootless()] {
        for end in 0..body.trim_end().len() {
            let cut = &body.as_bytes()[..end];
            assert!(Decoder::new().decode::<UpdateResponse>(cut).is_err(), "{end}: {:?}", String::from_utf8_lossy(cut));
        }
    }
}

#[test]
fn any_byte_may_be_wrong_without_a_panic() {
    for body in [xml(), JSON.to_owned()] {
        for at in 0..body.len() {
            for byte in [b'<', b'"', b'\\', b'&', b'}', b'[', 0, 0xFF, b'7'] {
                let mut body = body.clone().into_bytes();
                body[at] = byte;
                let _ = Decoder::new().decode::<UpdateResponse>(body);
            }
        }
    }
}
