//! JSON's own forms: docs/protocol.md sections 5.3, 5.4 and 5.6.

use super::{Inner, Kinds, List, error, json, one_anomaly, strict};
use crate::{Error, Json};

fn kinds(members: &str) -> Kinds {
    strict(&json(members))
}

#[test]
fn a_list_is_wrapped_or_plain_or_one_object_instead_of_an_array() {
    let one = [Inner { id: Some(1), name: None }];
    for list in [
        r#"{"inner":[{"id":1}]}"#,
        r#"{"any_name":[{"id":1}]}"#,
        r#"{"inner":{"id":1}}"#,
        r#"{"any_name":{"id":1}}"#,
        r#"[{"id":1}]"#,
        r#"{"id":1}"#,
        r#"{"id":1,"other":[]}"#,
    ] {
        assert_eq!(kinds(&format!(r#""objects":{list}"#)).objects, one, "{list}");
    }
    for list in [r#"{"string":["a"]}"#, r#"{"x":["a"]}"#, r#"{"string":"a"}"#, r#"["a"]"#, r#""a""#] {
        assert_eq!(kinds(&format!(r#""texts":{list}"#)).texts, ["a"], "{list}");
    }
    for list in [r#"{"number":[7]}"#, r#"{"number":7}"#, "[7]", "7", r#"["7"]"#, r#""7""#] {
        assert_eq!(kinds(&format!(r#""numbers":{list}"#)).numbers, [7], "{list}");
    }
}

#[test]
fn a_list_that_is_nothing_in_any_form_is_empty() {
    for list in ["{}", "null", "[]", r#""""#, r#""null""#, r#"{"inner":[]}"#, r#"{"inner":null}"#, r#"{"inner":""}"#] {
        assert_eq!(kinds(&format!(r#""objects":{list},"numbers":{list},"texts":{list}"#)), Kinds::default(), "{list}");
    }
    assert_eq!(kinds(r#""objects":[{}]"#).objects, [Inner::default()]);
    assert_eq!(kinds(r#""texts":[""]"#).texts, [""]);
}

#[test]
fn an_item_with_a_field_named_like_the_wrapper_is_still_found() {
    let two = [List { id: None, inner: Some(Inner { id: Some(3), name: None }) }];
    for list in [r#"{"inner":[{"inner":{"id":3}}]}"#, r#"[{"inner":{"id":3}}]"#, r#"{"inner":{"inner":{"id":3}}}"#] {
        assert_eq!(kinds(&format!(r#""inner_list":{list}"#)).inner_list, two, "{list}");
    }
}

#[test]
fn a_list_of_json_keeps_each_item_byte_for_byte() {
    let jsons = |list: &str| kinds(&format!(r#""jsons":{list}"#)).jsons;
    assert_eq!(jsons(r#"[{"a" : 1.0}, [ 2 ],"x",3]"#), ["{\"a\" : 1.0}", "[ 2 ]", "x", "3"].map(Json::new));
    assert_eq!(jsons(r#"{"json":[{"a":1}]}"#), [Json::new(r#"{"a":1}"#)]);
    assert_eq!(jsons(r#"{"a":1,"b":[]}"#), [Json::new(r#"{"a":1,"b":[]}"#)]);
}

#[test]
fn scalars_come_bare_or_as_text() {
    let bare = kinds(r#""number":-65,"boolean":false,"date":1565248541000,"decimal":9.110"#);
    let text = kinds(r#""number":"-65","boolean":"false","date":"2019-08-08 15:15:41","decimal":"9.110""#);
    assert_eq!(bare, text);
    assert_eq!(bare.decimal.unwrap().to_string(), "9.110");
    assert_eq!(kinds(r#""number":12.00"#).number, Some(12));
    assert_eq!(kinds(r#""number":" 12 ""#).number, Some(12));
    assert_eq!(kinds(r#""number":9007199254740993"#).number, Some(9_007_199_254_740_993));
}

#[test]
fn nothing_in_any_form_is_none_but_a_text_keeps_the_text_null() {
    for nothing in ["null", r#""""#, r#""null""#] {
        let members = ["number", "boolean", "date", "decimal", "object", "file", "self"];
        let members: Vec<String> = members.iter().map(|name| format!(r#""{name}":{nothing}"#)).collect();
        assert_eq!(kinds(&members.join(",")), Kinds::default(), "{nothing}");
    }
    assert_eq!(kinds(r#""object":[]"#).object, None);
    assert_eq!(kinds(r#""object":{}"#).object, Some(Inner::default()));
    assert_eq!(kinds(r#""text":"null","json":"null""#).text.as_deref(), Some("null"));
    assert_eq!(kinds(r#""text":"""#).text.as_deref(), Some(""));
    assert_eq!(kinds(r#""text":null,"json":null"#), Kinds::default());
}

#[test]
fn a_text_takes_numbers_booleans_and_objects_as_they_are_written() {
    for (value, text) in [
        ("1.50", "1.50"),
        ("8768237162876387236472", "8768237162876387236472"),
        ("true", "true"),
        (r#"{"a" : [1, 2.0],"b":"\/"}"#, r#"{"a" : [1, 2.0],"b":"\/"}"#),
        ("[ ]", "[ ]"),
    ] {
        assert_eq!(kinds(&format!(r#""text": {value} "#)).text.as_deref(), Some(text));
        assert_eq!(kinds(&format!(r#""json": {value} "#)).json, Some(Json::new(text)));
    }
    assert_eq!(kinds(r#""json":"{\"a\":1}""#).json, Some(Json::new(r#"{"a":1}"#)));
}

#[test]
fn escapes_and_raw_control_characters_are_read() {
    assert_eq!(kinds(r#""text":"\"\\\/\b\f\n\r\t\u5c0f\uD83D\uDE00x""#).text.unwrap(), "\"\\/\u{8}\u{c}\n\r\t小😀x");
    assert_eq!(kinds("\"text\":\"a\tb\r\nc\u{1}\"").text.unwrap(), "a\tb\r\nc\u{1}");
    assert_eq!(kinds(r#""\u0074ext":"a""#).text.unwrap(), "a");
    assert_eq!(kinds(r#""text\u0000":"a""#).text, None);
}

#[test]
fn texts_of_every_length_end_where_they_end() {
    for length in 0..70 {
        for tail in ["", "\\n", "小", "\\\\"] {
            let body = json(&format!(r#""text":"{}{tail}","number":1"#, "a".repeat(length)));
            let value = strict::<Kinds>(&body);
            let tail = tail.replace("\\n", "\n").replace("\\\\", "\\");
            assert_eq!(value.text.unwrap(), "a".repeat(length) + &tail);
            assert_eq!(value.number, Some(1));
        }
    }
}

#[test]
fn half_a_surrogate_pair_is_kept_as_written() {
    for half in [r"\uD83D", r"\ude00"] {
        let body = json(&format!(r#""text":"小{half}明""#));
        let (value, anomaly) = one_anomaly(&body);
        assert_eq!(value.text.unwrap(), format!("小{half}明"));
        assert_eq!((anomaly.path.as_str(), anomaly.found.as_str()), ("text", half));
        assert_eq!(&body[anomaly.offset..][..6], half);
    }
    let (value, _) = one_anomaly(&json(r#""text":"\uD83D\uD83D\uDE00""#));
    assert_eq!(value.text.unwrap(), r"\uD83D😀");
}

#[test]
fn members_come_in_any_order_and_unknown_ones_are_skipped() {
    let value = kinds(
        r#""unknown":{"a":[{"b":"}]"},[[]],{}],"c":-1.5e+10,"d":null},"object":{"x":1,"name":"n","id":2,"y":[]},"text":"t""#,
    );
    assert_eq!(value.object, Some(Inner { id: Some(2), name: Some("n".to_owned()) }));
    assert_eq!(value.text.as_deref(), Some("t"));
}

#[test]
fn broken_json_is_an_error_with_its_place() {
    for (body, expected, found, offset) in [
        (r#"{"status":,}"#, "a value", "`,`", 10),
        (r#"{"brand_id":xxx}"#, "a value", "`x`", 12),
        (r#"{"text":"a""#, "`,` or `}`", "the end of the body", 11),
        (r#"{"text":"a"#, "`\"` at the end of a text", "the end of the body", 10),
        (r#"{"text":"a\"#, "`\"` at the end of a text", "the end of the body", 11),
        (r#"{"text":"\x"}"#, "an escape of JSON", "`\\x`", 9),
        (r#"{"text":"\u12G4"}"#, "an escape of JSON", "`\\u12G`", 9),
        (r#"{"text""a"}"#, "`:`", "`\"`", 7),
        (r#"{text:"a"}"#, "a member's name in quotes", "`t`", 1),
        (r#"{"text":"a",}"#, "a member's name in quotes", "`}`", 12),
        (r#"{"texts":["a",]}"#, "a value", "`]`", 14),
        (r#"{"texts":["a"}"#, "`,` or `]`", "`}`", 13),
        (r#"{"x":["a"}"#, "`,` or `]`", "`}`", 9),
        (r#"{"x":{"a":1]}"#, "`,` or `}`", "`]`", 11),
        (r#"{"number":01}"#, "`,` or `}`", "`1`", 11),
        (r#"{"number":-}"#, "a digit", "`}`", 11),
        (r#"{"number":1.}"#, "a digit", "`}`", 12),
        (r#"{"number":1e}"#, "a digit", "`}`", 12),
        (r#"{"number":+1}"#, "a value", "`+`", 10),
        (r#"{"boolean":tru}"#, "a value", "`t`", 11),
        (r#"{"boolean":truex}"#, "`,` or `}`", "`x`", 15),
        (r#"{"text":'a'}"#, "a value", "`'`", 8),
        ("{\u{a0}}", "a member's name in quotes", "`\\u{a0}`", 1),
        (r#"{"a_response":{}} {}"#, "nothing after the response", "`{`", 18),
        (r#"{"a_response":{}}]"#, "nothing after the response", "`]`", 17),
        ("{", "a member's name in quotes", "the end of the body", 1),
    ] {
        let Error::Syntax(error) = error(body) else { panic!("{body}") };
        assert_eq!(error.format, "JSON");
        assert_eq!(
            (&*error.expected, error.found.as_str(), error.position.offset),
            (expected, found, offset),
            "{body}"
        );
    }
}

#[test]
fn an_error_inside_a_field_names_it() {
    let body = json("\n\"objects\":{\"inner\":[{\"id\":1},\n {\"name\":x}]}");
    assert_eq!(
        error(&body).to_string(),
        "broken JSON at line 3, column 10 (byte 63), in `objects[1].name`: expected a value, found `x`; \
         keep the body and report it: the gateway does not write this. Around: \
         `… \"objects\":{\"inner\":[{\"id\":1}, {\"name\":x}]}}}`"
    );
    assert!(error(&body[..60]).to_string().contains("cut off"));
}

#[test]
fn bytes_that_are_not_utf8_are_an_error_where_they_stand() {
    let mut body = json(r#""text":"ab""#).into_bytes();
    body[32] = 0xFF;
    let Err(Error::Syntax(error)) = crate::Decoder::new().decode::<Kinds>(body) else { panic!() };
    assert_eq!((&*error.expected, error.position.offset), ("UTF-8", 32));
}
