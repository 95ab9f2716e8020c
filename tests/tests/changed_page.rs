//! A change of the page changes the snapshots that it should, and no other.
//!
//! What the snapshots of an API hold is made again here from the changed page, by the spec alone: nothing is compiled.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../../codegen/tests/walk_through/steps.rs"]
mod steps;

use std::collections::BTreeMap;
use std::fs;

use topsdk_codec::Decoder;
use topsdk_codec::dynamic::{DynamicObject, DynamicType};
use topsdk_codegen::names::{Held, Names};
use topsdk_codegen::read;
use topsdk_tests::root;
use topsdk_tests::snapshots::{self, Shown};

const METHOD: &str = "alibaba.alsc.crm.recharge.dedut.update";

/// What CONTRIBUTING.md says of each change that it walks through.
#[test]
fn the_changes_of_the_walk_through_move_the_snapshots_that_it_names() {
    let steps = steps::read(root());
    assert_eq!(steps.len(), 4);
    let page = seed();
    let before = of_page(&page);
    for step in steps {
        let after = of_page(&step.apply(&page));
        let moved: Vec<&str> = before.keys().filter(|name| before[*name] != after[*name]).copied().collect();
        assert_eq!(moved, step.snapshots, "{}", step.title);
    }
}

fn seed() -> String {
    fs::read_to_string(root().join(format!("spec/pages/{METHOD}.html"))).unwrap()
}

/// The snapshots that differ once `changes` are made to the page.
fn changed(changes: &[(&str, &str)]) -> Vec<&'static str> {
    let page = seed();
    let mut changed = page.clone();
    for (old, new) in changes {
        assert!(changed.contains(old), "the page does not hold {old}");
        changed = changed.replace(old, new);
    }
    let (before, after) = (of_page(&page), of_page(&changed));
    before.keys().filter(|name| before[*name] != after[*name]).copied().collect()
}

/// The snapshots of a page, as `documented` makes them of the generated types.
fn of_page(page: &str) -> BTreeMap<&'static str, String> {
    let api = read::page(&format!("{METHOD}.html"), page.as_bytes()).unwrap().api;
    let held = Held::default();
    let names = Names::after(&api, &held);

    let types = DynamicType::response(&api);
    let mut response = DynamicObject::new(&types);
    let sample = snapshots::response_sample(&api).unwrap();
    Decoder::new().strict().for_method(METHOD).decode_into(sample.as_bytes(), &mut response).unwrap();

    let types = DynamicType::request(&api);
    let mut request = DynamicObject::new(&types);
    assert_eq!(snapshots::fill_request(&api, &mut request).unwrap(), Vec::<String>::new());

    let made = BTreeMap::from([
        ("spec", snapshots::spec(&api)),
        ("module", snapshots::without_digest(&api, &snapshots::module(&api, &held).unwrap())),
        ("decoded", format!("{:#?}", Shown::response(&names, &response))),
        ("encoded", snapshots::encoded(&response, METHOD).unwrap()),
        ("request", snapshots::request(&request, METHOD).unwrap()),
    ]);
    assert_eq!(made.keys().copied().collect::<Vec<_>>(), snapshots::names(&api));
    made
}

/// What is made here is what is under review, so that what changes here changes there.
#[test]
fn without_a_change_they_are_the_snapshots_that_are_there() {
    for (name, text) in of_page(&seed()) {
        let path = root().join(format!("tests/apis/{METHOD}/{name}.snap"));
        let snapshot = fs::read_to_string(path).unwrap();
        let (_, content) = snapshot.strip_prefix("---\n").unwrap().split_once("\n---\n").unwrap();
        assert_eq!(text.trim_end(), content.trim_end(), "{name}");
    }
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
