//! A change of the page changes the snapshots that it should, and no other.
//!
//! What the snapshots of an API hold is made again here from the changed page, by the spec alone: nothing is compiled.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;

use topsdk::codec::dynamic::{DynamicObject, DynamicType};
use topsdk::codec::write::{self, JsonForm, JsonStyle};
use topsdk::codec::{App, Call, Decoder};
use topsdk_codegen::names::{Module, Names};
use topsdk_codegen::samples::{Sample, Value};
use topsdk_codegen::{emit, read};
use topsdk_tests::{fill, root};

const METHOD: &str = "alibaba.alsc.crm.recharge.dedut.update";

/// The snapshots that differ once `changes` are made to the page.
fn changed(changes: &[(&str, &str)]) -> Vec<&'static str> {
    let page = fs::read_to_string(root().join(format!("spec/pages/{METHOD}.html"))).unwrap();
    let mut changed = page.clone();
    for (old, new) in changes {
        assert!(changed.contains(old), "the page does not hold {old}");
        changed = changed.replace(old, new);
    }
    let (before, after) = (snapshots(&page), snapshots(&changed));
    before.keys().filter(|name| before[*name] != after[*name]).copied().collect()
}

fn snapshots(page: &str) -> BTreeMap<&'static str, String> {
    let api = read::page(&format!("{METHOD}.html"), page.as_bytes()).unwrap().api;
    let digest = &api.source.sha256;
    let samples = emit::Samples::Tested("topsdk".to_owned());
    let module = emit::module(&api, &Names::of(&api), &Module::of(METHOD), &samples).unwrap();

    let response = DynamicType::response(&api);
    let mut value = DynamicObject::new(&response);
    let xml = api.samples.xml.as_ref().unwrap();
    Decoder::new().strict().for_method(METHOD).decode_into(xml.as_bytes(), &mut value).unwrap();
    let encoded = [
        write::response_xml(&value, METHOD).unwrap(),
        write::response_json(&value, METHOD, JsonForm::Normal).unwrap(),
        write::response_json(&value, METHOD, JsonForm::Simplified).unwrap(),
    ];

    let request = DynamicType::request(&api);
    let mut parameters = DynamicObject::new(&request);
    let sample = Sample::java(api.samples.java.as_ref().unwrap());
    let Some(Value::Members(members)) = sample.root.map(|root| root.value) else { panic!("the sample sets nothing") };
    let mut left = Vec::new();
    fill(&mut parameters, &members, &mut left);
    assert_eq!(left, Vec::<String>::new());
    let app = App::new("12345678", "helloworld");
    let call = Call::new(&app, "2016-01-01 12:00:00".parse().unwrap());
    let request = call.encode_object(METHOD, &parameters).unwrap();

    BTreeMap::from([
        ("spec", api.to_json().replace(digest, "")),
        ("module", module.replace(digest, "")),
        ("decoded", write::json(&value, JsonStyle::Plain).unwrap()),
        ("encoded", encoded.join("\n")),
        ("request", format!("{} {}", request.string_to_sign(), request.sign())),
    ])
}

#[test]
fn a_change_that_means_nothing_touches_no_snapshot() {
    assert_eq!(changed(&[("<body class=\"api\">", "<body  class=\"api\" id=\"x\">")]), Vec::<&str>::new());
    assert_eq!(changed(&[("\n", "\r\n")]), Vec::<&str>::new());
}

#[test]
fn a_response_field_of_another_name_touches_all_but_the_request() {
    assert_eq!(changed(&[("current_value", "current_worth")]), ["decoded", "encoded", "module", "spec"]);
}

#[test]
fn a_request_parameter_of_another_name_touches_the_request_and_no_answer() {
    let changes = [(" out_shop_id\n", " out_store_id\n"), ("setOutShopId", "setOutStoreId")];
    assert_eq!(changed(&changes.map(|(old, new)| (old, new))), ["module", "request", "spec"]);
}

#[test]
fn a_response_field_of_another_type_touches_the_answer() {
    let number = "current_value\n                </li>\n<li class=\"td-12\">\n   Number";
    let changes = [(number, &*number.replace("Number", "String"))];
    assert_eq!(changed(&changes), ["decoded", "encoded", "module", "spec"]);
}

#[test]
fn a_value_of_the_documented_answer_touches_spec_and_examples() {
    assert_eq!(changed(&[("order_value&gt;-65&lt;", "order_value&gt;-66&lt;")]), ["decoded", "encoded", "spec"]);
}

#[test]
fn a_value_of_the_documented_request_touches_spec_and_request() {
    assert_eq!(changed(&[("setShopId(&quot;73527452", "setShopId(&quot;73527453")]), ["request", "spec"]);
}

#[test]
fn a_description_touches_spec_and_module() {
    assert_eq!(changed(&[("交易后剩余总金额", "交易后的余额")]), ["module", "spec"]);
}

#[test]
fn a_parameter_that_must_be_sent_now_touches_spec_and_module() {
    let optional =
        "card_id\n                </li>\n<li class=\"td-2\">\n   String\n   </li>\n<li class=\"td-3\">\n 可选";
    assert_eq!(changed(&[(optional, &*optional.replace("可选", "必须"))]), ["module", "spec"]);
}
