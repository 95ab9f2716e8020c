//! Derived types through serde's formats: one for people, one that is not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod seed;

use topsdk_codec::{
    Date, Decimal, File, Json, Object,
    write::{JsonStyle, json},
};

#[derive(Clone, Debug, Default, PartialEq, Object)]
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
    jsons: Vec<Json>,
    files: Vec<File>,
    objects: Vec<EveryType>,
    #[top(name = "type")]
    object: Option<Box<EveryType>>,
}

fn every_type() -> EveryType {
    let file = || File::new("a.jpg", *b"\xFF\0").with_content_type("image/jpeg");
    EveryType {
        text: Some("null \"小\"\u{0}".into()),
        number: Some(i64::MIN),
        flag: Some(false),
        date: Some("2024-09-01 00:00:00.1".parse().unwrap()),
        price: Some("-12.00".parse().unwrap()),
        json: Some(Json::new(r#"{"a": 1}"#)),
        file: Some(file()),
        texts: vec![String::new(), "null".into()],
        numbers: vec![i64::MAX, 0],
        flags: vec![true, false],
        dates: vec!["0000-01-01".parse().unwrap()],
        prices: vec!["0.10".parse().unwrap()],
        jsons: vec![Json::new("")],
        files: vec![file()],
        objects: vec![EveryType::default(), EveryType { number: Some(1), ..EveryType::default() }],
        object: Some(Box::new(EveryType { text: Some(String::new()), ..EveryType::default() })),
    }
}

#[test]
fn a_value_reads_back_equal_from_a_format_for_people_and_from_one_that_is_not() {
    let value = every_type();
    let text = serde_json::to_string(&value).unwrap();
    assert_eq!(serde_json::from_str::<EveryType>(&text).unwrap(), value);
    let tree = serde_json::to_value(&value).unwrap();
    assert_eq!(serde_json::from_value::<EveryType>(tree).unwrap(), value);
    let bytes = postcard::to_allocvec(&value).unwrap();
    assert_eq!(postcard::from_bytes::<EveryType>(&bytes).unwrap(), value);
}

#[test]
fn the_members_are_those_of_a_request_parameter() {
    let text = serde_json::to_string(&seed::request().param_dedut_open_req.unwrap()).unwrap();
    assert_eq!(text, json(&seed::request().param_dedut_open_req.unwrap(), JsonStyle::Request).unwrap());
    assert_eq!(
        serde_json::from_str::<seed::DedutOpenReq>(&text).unwrap(),
        seed::request().param_dedut_open_req.unwrap()
    );
}

#[test]
fn scalars_are_read_in_every_form_that_the_platform_writes() {
    let read = |text: &str| serde_json::from_str::<EveryType>(text).unwrap();
    let value =
        EveryType { number: Some(12), flag: Some(true), price: Some("9.11".parse().unwrap()), ..EveryType::default() };
    assert_eq!(read(r#"{"number":"12","flag":"true","price":9.11,"date":"","unknown":[{}],"texts":null}"#), value);
    let value =
        EveryType { text: Some("7".into()), numbers: vec![1, 2], texts: vec!["1".into()], ..EveryType::default() };
    assert_eq!(read(r#"{"text":7,"numbers":["1",2],"texts":[1],"number":null,"type":null}"#), value);
}

#[test]
fn a_value_of_a_wrong_type_is_an_error_that_names_the_field() {
    for (text, message) in [
        (r#"{"number":"abc"}"#, r#"`number`: expected Number, found "abc""#),
        (r#"{"objects":[{"flags":["maybe"]}]}"#, r#"an item of `flags`: expected Boolean, found "maybe""#),
        (r#"{"number":1,"number":2}"#, "`number` is given twice"),
        (r#"{"number":{}}"#, "`number`: expected no map"),
        (r#"{"number":[]}"#, "`number`: expected no list"),
        (r#"{"numbers":[null]}"#, "an item of `numbers`"),
        (r#"{"type":3}"#, r#"`type`: expected an object, found "3""#),
        (r#"[]"#, "a map of wire names"),
    ] {
        let error = serde_json::from_str::<EveryType>(text).unwrap_err().to_string();
        assert!(error.contains(message), "{text}: {error}");
    }
    let value = EveryType { date: Some("-000001-01-01".parse().unwrap()), ..EveryType::default() };
    assert!(serde_json::to_string(&value).unwrap_err().to_string().contains("-000001-01-01"));
}
