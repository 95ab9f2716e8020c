//! Objects of types made at run time, by a spec.
#![cfg(feature = "spec")]

use topsdk_codec::{
    Date, Decoder, Error, Object, View,
    dynamic::{DynamicObject, DynamicType},
    write::{JsonForm, JsonStyle, json, response_json, response_xml},
};
use topsdk_spec::{Api, Param};

fn leaf(name: &str, type_name: &str) -> Param {
    Param { name: name.to_owned(), type_name: type_name.to_owned(), ..Param::default() }
}

fn list(name: &str, type_name: &str) -> Param {
    Param { list: true, ..leaf(name, type_name) }
}

fn object(name: &str, type_name: &str, fields: Vec<Param>) -> Param {
    Param { fields, ..leaf(name, type_name) }
}

fn required(param: Param) -> Param {
    Param { required: true, ..param }
}

/// An answer with every kind of field.
fn kinds() -> Api {
    Api {
        method: "taobao.kinds.get".to_owned(),
        response: vec![
            leaf("text", "String"),
            leaf("number", "Number"),
            leaf("small", "byte"),
            leaf("boolean", "Boolean"),
            leaf("date", "Date"),
            leaf("price", "Price"),
            leaf("json", "Json"),
            leaf("map", "Map"),
            leaf("odd", "TypeWithoutFields"),
            object("object", "ServiceFeeDTO", vec![leaf("id", "Number")]),
            list("texts", "String"),
            list("prices", "BigDecimal"),
            list("odds", "OddType"),
            Param {
                list: true,
                ..object("objects", "ServiceFeeDTO", vec![leaf("id", "Number"), leaf("name", "String")])
            },
        ],
        ..Api::default()
    }
}

const XML: &str = "<kinds_get_response><text>小明/&lt;</text><number>7</number><small>1</small><boolean>true</boolean>\
    <date>2019-08-08 15:15:41</date><price>12.00</price><json>{&quot;a&quot;:1.50}</json><map>no json</map><odd>x</odd>\
    <object><id>1</id><name>n</name></object><texts><string>a</string></texts>\
    <prices><big_decimal>0.10</big_decimal></prices><odds><odd_type>o</odd_type></odds>\
    <objects><service_fee_d_t_o><id>2</id></service_fee_d_t_o></objects></kinds_get_response>";

#[test]
fn a_response_of_a_spec_is_printed_as_plain_json() {
    let api = kinds();
    let types = DynamicType::response(&api);
    let mut value = DynamicObject::new(&types);
    Decoder::new().strict().decode_into(XML.as_bytes(), &mut value).unwrap();
    let plain = json(&value, JsonStyle::Plain).unwrap();
    assert_eq!(
        plain,
        r#"{"text":"小明/<","number":7,"small":1,"boolean":true,"date":"2019-08-08 15:15:41","price":"12.00","json":{"a":1.50},"map":"no json","odd":"x","object":{"id":1,"name":"n"},"texts":["a"],"prices":["0.10"],"odds":["o"],"objects":[{"id":2}]}"#
    );
    let mut again = DynamicObject::new(&types);
    assert_eq!(Decoder::new().strict().parameters(&plain, &mut again).unwrap(), []);
    assert_eq!(again, value);
}

#[test]
fn a_response_of_a_spec_is_written_as_the_gateway_writes_it() {
    let api = kinds();
    let types = DynamicType::response(&api);
    let mut value = DynamicObject::new(&types);
    Decoder::new().strict().decode_into(XML.as_bytes(), &mut value).unwrap();
    assert_eq!(response_xml(&value, &api.method).unwrap(), XML);
    for form in [JsonForm::Normal, JsonForm::Simplified, JsonForm::Rootless] {
        let body = response_json(&value, &api.method, form).unwrap();
        let mut again = DynamicObject::new(&types);
        Decoder::new().strict().for_method("taobao.kinds.get").decode_into(body.as_bytes(), &mut again).unwrap();
        assert_eq!(again, value, "{body}");
    }
}

#[test]
fn plain_json_embeds_only_what_every_reader_takes() {
    let api = Api { response: vec![leaf("json", "Json"), list("jsons", "Json")], ..Api::default() };
    let types = DynamicType::response(&api);
    for (text, shown) in [
        ("[1, 2.0e5]", "[1, 2.0e5]"),
        (" null ", " null "),
        ("{\"a\":\"b\tc\"}", r#""{\"a\":\"b\tc\"}""#),
        (r#""\ud800""#, r#""\"\\ud800\"""#),
        ("", r#""""#),
        ("{} x", r#""{} x""#),
    ] {
        let mut value = DynamicObject::new(&types);
        let text = text.replace('"', "&quot;");
        let body = format!("<a_response><json>{text}</json><jsons><json>{text}</json></jsons></a_response>");
        Decoder::new().decode_into(body.as_bytes(), &mut value).unwrap();
        let plain = json(&value, JsonStyle::Plain).unwrap();
        assert_eq!(plain, format!(r#"{{"json":{shown},"jsons":[{shown}]}}"#));
        serde_json::from_str::<serde_json::Value>(&plain).unwrap();
    }
}

#[test]
fn parameters_without_a_name_make_no_field_and_responses_require_none() {
    let fields = || vec![required(leaf("", "String")), required(leaf("id", "Number"))];
    let api = Api { request: fields(), response: fields(), ..Api::default() };
    let (request, response) = (DynamicType::request(&api), DynamicType::response(&api));
    let (request, response) = (DynamicObject::new(&request), DynamicObject::new(&response));
    assert_eq!((request.schema().names, request.schema().required), (&["id"][..], &[0][..]));
    assert_eq!((response.schema().names, response.schema().required), (&["id"][..], &[][..]));
}

#[test]
fn parameters_of_a_call_are_read_from_plain_json() {
    let api = Api {
        request: vec![required(object(
            "param",
            "Req",
            vec![required(leaf("operator_id", "String")), leaf("value", "Number"), leaf("biz_date", "Date")],
        ))],
        ..Api::default()
    };
    let types = DynamicType::request(&api);
    let mut request = DynamicObject::new(&types);
    let json = r#"{"param":{"operator_id":65673527,"value":"2000","biz_date":"2019-07-04 15:32:17"}}"#;
    assert_eq!(Decoder::new().parameters(json, &mut request).unwrap(), []);
    assert_eq!(request.schema().required, [0]);
    let View::Object(param) = request.view(0) else { panic!() };
    assert_eq!(param.schema().required, [0]);
    let View::Date(date) = param.view(2) else { panic!() };
    assert_eq!(date, "2019-07-04T15:32:17".parse::<Date>().unwrap());

    let mut typo = DynamicObject::new(&types);
    let anomalies = Decoder::new().parameters(r#"{"param":{"operatorid":1}}"#, &mut typo).unwrap();
    assert_eq!(anomalies[0].to_string(), r#"param.operatorid: expected a documented name, found "1" at byte 10"#);
    for broken in ["", "[]", "{} x", "{\"param\":}", "<a/>"] {
        let result = Decoder::new().parameters(broken, &mut DynamicObject::new(&types));
        assert!(matches!(result, Err(Error::Syntax(_))), "{broken}");
    }
}

#[test]
fn a_type_is_the_union_of_its_places() {
    let api = kinds();
    let types = DynamicType::response(&api);
    let mut value = DynamicObject::new(&types);
    let body = r#"{"object":{"id":1,"name":"documented at another place"}}"#;
    Decoder::new().strict().decode_into(body.as_bytes(), &mut value).unwrap();
    assert_eq!(json(&value, JsonStyle::Plain).unwrap(), body);
}

#[test]
fn places_that_contradict_each_other_are_types_of_their_own() {
    let api = Api {
        response: vec![
            object("a", "Link", vec![leaf("value", "Number")]),
            object("b", "Link", vec![leaf("value", "Boolean")]),
            object("c", "", vec![leaf("value", "Date")]),
            object("d", "", vec![list("value", "String")]),
        ],
        ..Api::default()
    };
    let types = DynamicType::response(&api);
    let mut value = DynamicObject::new(&types);
    let body = r#"{"a":{"value":1},"b":{"value":true},"c":{"value":"2019-08-08 00:00:00"},"d":{"value":["x"]}}"#;
    Decoder::new().strict().decode_into(body.as_bytes(), &mut value).unwrap();
    assert_eq!(json(&value, JsonStyle::Plain).unwrap(), body);
}

#[test]
fn a_type_that_contains_itself_is_read_beyond_where_the_page_cuts_it_off() {
    let area = object("area", "Area", vec![leaf("id", "Number"), list("children", "Area")]);
    let api = Api { response: vec![area], ..Api::default() };
    let types = DynamicType::response(&api);
    let mut value = DynamicObject::new(&types);
    let body = r#"{"area":{"id":1,"children":[{"id":2,"children":[{"id":3}]}]}}"#;
    Decoder::new().strict().decode_into(body.as_bytes(), &mut value).unwrap();
    assert_eq!(json(&value, JsonStyle::Plain).unwrap(), body);
    assert!(format!("{value:?}").contains("\"children\": [{\"id\": Some(2)"));
}

#[test]
fn names_of_siblings_that_repeat_are_one_field() {
    let api = Api {
        response: vec![
            object("a", "Link", vec![leaf("x", "Number")]),
            object("a", "Link", vec![leaf("y", "Number")]),
            leaf("b", "Number"),
            leaf("b", "String"),
        ],
        ..Api::default()
    };
    let types = DynamicType::response(&api);
    let mut value = DynamicObject::new(&types);
    let body = r#"{"a":{"x":1,"y":2},"b":3}"#;
    Decoder::new().strict().decode_into(body.as_bytes(), &mut value).unwrap();
    assert_eq!(json(&value, JsonStyle::Plain).unwrap(), body);
}
