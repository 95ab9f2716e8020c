//! Responses written as the gateway writes them, for mocks and tests.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod seed;

use topsdk_codec::{
    Date, Decimal, EncodeError, File, Json, Object, Response,
    write::{JsonForm, JsonStyle, json, response_json, response_xml, root_name, xml},
};

/// The page's sample as JSON, by the site's rules (docs/protocol.md section 5.3).
const SEED_JSON: &str = concat!(
    r#"{"alibaba_alsc_crm_recharge_dedut_update_response":{"result":{"biz_success":true,"result":{"#,
    r#""account_id":"7627347265","#,
    r#""affected_property_list":{"recharge_account_property_open_info":[{"type":"GIFT","value":300}]},"#,
    r#""after_property_list":{"recharge_account_property_open_info":[{"type":"PRE","value":200}]},"#,
    r#""before_property_list":{"recharge_account_property_open_info":[{"type":"TOTAL","value":3000}]},"#,
    r#""brand_id":"767526576123","current_value":4000,"ext_info":{},"flow_id":"7862783618","flow_type":"DEDUT","#,
    r#""operator":"76127653175","operator_name":"小明","order_src":2,"order_time":"2019-08-08 15:15:41","#,
    r#""order_value":-65,"outer_order_id":"8768237162876387236472","remark":"机会均等","shop_id":"736182678","#,
    r#""shop_name":"小王面馆"},"result_code":"200","result_desc":"成功","result_view":"\"\""}}}"#,
);

#[test]
fn the_documented_response_is_written_as_the_page_shows_it() {
    // The page shows a Boolean without a sample as `null`, which is not a value.
    let documented = seed::documented_xml().replace("<empty>null</empty>", "");
    assert_eq!(response_xml(&seed::response(), seed::METHOD).unwrap(), documented);
    assert_eq!(response_json(&seed::response(), seed::METHOD, JsonForm::Normal).unwrap(), SEED_JSON);
}

#[test]
fn simplified_responses_have_arrays_with_and_without_the_root() {
    let mut simplified = SEED_JSON.replace(r#"{"recharge_account_property_open_info":["#, "[");
    simplified = simplified.replace("}]}", "}]");
    assert_eq!(response_json(&seed::response(), seed::METHOD, JsonForm::Simplified).unwrap(), simplified);
    let rootless = simplified
        .strip_prefix(r#"{"alibaba_alsc_crm_recharge_dedut_update_response":"#)
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap();
    assert_eq!(response_json(&seed::response(), seed::METHOD, JsonForm::Rootless).unwrap(), rootless);
}

#[test]
fn roots_follow_the_method() {
    for (method, root) in [
        ("taobao.tbk.order.details.get", "tbk_order_details_get_response"),
        ("alibaba.taobao.ud.smart.order.detail.pull", "alibaba_taobao_ud_smart_order_detail_pull_response"),
        ("taobao.miniapp.userInfo.get", "miniapp_userInfo_get_response"),
        ("taobao.alitrip.x", "alitrip_x_response"),
        ("taobao", "taobao_response"),
    ] {
        assert_eq!(root_name(method), root);
    }
}

#[derive(Clone, Default, Response)]
#[top(crate = ::topsdk_codec)]
struct EveryType {
    text: Option<String>,
    number: Option<i64>,
    flag: Option<bool>,
    date: Option<Date>,
    price: Option<Decimal>,
    json: Option<Json>,
    file: Option<File>,
    texts: Vec<String>,
    numbers: Vec<i64>,
    flags: Vec<bool>,
    dates: Vec<Date>,
    prices: Vec<Decimal>,
    #[top(item = "big_decimal")]
    decimals: Vec<Decimal>,
    jsons: Vec<Json>,
    objects: Vec<ServiceFeeDTO>,
    #[top(item = "other")]
    others: Vec<ServiceFeeDTO>,
    object: Option<Box<EveryType>>,
}

#[derive(Clone, Default, Object)]
#[top(crate = ::topsdk_codec)]
struct ServiceFeeDTO {
    #[top(name = "is_3D")]
    is_3d: Option<bool>,
}

fn every_type() -> EveryType {
    let price: Decimal = "12.00".parse().unwrap();
    EveryType {
        text: Some("https://a.b/c?d=\"e\"&f='<g>'\\ \t\n".into()),
        number: Some(7104300007405429232),
        flag: Some(false),
        date: Some("2024-09-01 00:00:00.1".parse().unwrap()),
        price: Some(price),
        json: Some(Json::new(r#"{"a": 1}"#)),
        file: None,
        texts: vec!["20160513".into(), String::new()],
        numbers: vec![0, -1],
        flags: vec![true],
        dates: vec!["2024-09-01 00:00:00".parse().unwrap()],
        prices: vec![price],
        decimals: vec![price],
        jsons: vec![Json::new("[1]")],
        objects: vec![ServiceFeeDTO { is_3d: Some(true) }, ServiceFeeDTO::default()],
        others: vec![ServiceFeeDTO::default()],
        object: Some(Box::default()),
    }
}

#[test]
fn every_type_is_written_as_the_gateway_writes_it() {
    assert_eq!(
        xml(&every_type(), "r").unwrap(),
        "<r><text>https://a.b/c?d=&quot;e&quot;&amp;f=&apos;&lt;g&gt;&apos;\\ \t\n</text><number>7104300007405429232</number>\
         <flag>false</flag><date>2024-09-01 00:00:00.1</date><price>12.00</price><json>{&quot;a&quot;: 1}</json>\
         <texts><string>20160513</string><string></string></texts><numbers><number>0</number><number>-1</number></numbers>\
         <flags><boolean>true</boolean></flags><dates><date>2024-09-01 00:00:00</date></dates>\
         <prices><price>12.00</price></prices><decimals><big_decimal>12.00</big_decimal></decimals>\
         <jsons><json>[1]</json></jsons>\
         <objects><service_fee_d_t_o><is_3D>true</is_3D></service_fee_d_t_o><service_fee_d_t_o></service_fee_d_t_o></objects>\
         <others><other></other></others><object></object></r>"
    );
    assert_eq!(
        json(&every_type(), JsonStyle::Response).unwrap(),
        concat!(
            r#"{"text":"https:\/\/a.b\/c?d=\"e\"&f='<g>'\\ \t\n","number":7104300007405429232,"flag":false,"#,
            r#""date":"2024-09-01 00:00:00.1","price":"12.00","json":"{\"a\": 1}","texts":{"string":["20160513",""]},"#,
            r#""numbers":{"number":[0,-1]},"flags":{"boolean":[true]},"dates":{"date":["2024-09-01 00:00:00"]},"#,
            r#""prices":{"price":["12.00"]},"decimals":{"big_decimal":["12.00"]},"jsons":{"json":["[1]"]},"#,
            r#""objects":{"service_fee_d_t_o":[{"is_3D":true},{}]},"others":{"other":[{}]},"object":{}}"#,
        )
    );
}

#[test]
fn a_json_response_carries_every_character() {
    let texts: Vec<String> = (0..0x300).filter_map(char::from_u32).map(|c| c.to_string()).collect();
    let value = EveryType { texts, ..EveryType::default() };
    for style in [JsonStyle::Simplified, JsonStyle::Request] {
        let read: serde_json::Value = serde_json::from_str(&json(&value, style).unwrap()).unwrap();
        let read: Vec<_> = read["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        assert_eq!(read, value.texts);
    }
}

#[test]
fn xml_refuses_characters_that_it_cannot_contain() {
    let value = EveryType { texts: vec!["a".into(), "小\u{0}".into()], ..EveryType::default() };
    assert_eq!(
        xml(&value, "r").unwrap_err().to_string(),
        "texts[1]: U+0000 at byte 3 cannot occur in XML 1.0: use JSON, or remove it"
    );
    for (text, written) in [("\r\n", Some("&#13;\n")), ("\u{7F}\u{85}\u{FFFD}😀", Some("\u{7F}\u{85}\u{FFFD}😀"))]
        .into_iter()
        .chain(["\u{1}", "\u{1F}", "\u{FFFE}", "\u{FFFF}"].map(|text| (text, None)))
    {
        let value = EveryType { text: Some(text.into()), ..EveryType::default() };
        let expected = written.map(|written| format!("<r><text>{written}</text></r>"));
        assert_eq!(xml(&value, "r").ok(), expected, "{text:?}");
    }
}

#[test]
fn xml_refuses_names_that_are_not_those_of_elements() {
    #[derive(Default, Object)]
    #[top(crate = ::topsdk_codec)]
    struct Odd {
        #[top(name = "a b")]
        blank: Option<i64>,
        #[top(name = "1小.x-y:z")]
        fine: Option<i64>,
        #[top(item = "x><y")]
        list: Vec<i64>,
    }
    assert_eq!(xml(&Odd { fine: Some(1), ..Odd::default() }, "r").unwrap(), "<r><1小.x-y:z>1</1小.x-y:z></r>");
    for (value, root, error) in [
        (Odd { blank: Some(1), ..Odd::default() }, "r", r#"a b: "a b" cannot be the name of an XML element"#),
        (Odd { list: vec![1], ..Odd::default() }, "r", r#"list[0]: "x><y" cannot be the name of an XML element"#),
        (Odd::default(), "!DOCTYPE", r#"!DOCTYPE: "!DOCTYPE" cannot be the name of an XML element"#),
        (Odd::default(), "", r#": "" cannot be the name of an XML element"#),
    ] {
        assert!(xml(&value, root).unwrap_err().to_string().starts_with(error));
    }
    let odd = Odd { blank: Some(1), list: vec![2], ..Odd::default() };
    assert_eq!(json(&odd, JsonStyle::Response).unwrap(), r#"{"a b":1,"list":{"x><y":[2]}}"#);
}

#[test]
fn a_response_has_no_files() {
    let value = EveryType { file: Some(File::new("a", *b"b")), ..EveryType::default() };
    let error = EncodeError::File { path: "file".into() };
    assert_eq!(xml(&value, "r").unwrap_err(), error);
    assert_eq!(json(&value, JsonStyle::Response).unwrap_err(), error);
}
