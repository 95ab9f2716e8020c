//! A change of the page changes the snapshots that it should, and no other.
//!
//! What the snapshots of an API hold is made again here from the changed page, by the spec alone: nothing is compiled.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../../codegen/tests/walk_through/steps.rs"]
mod steps;

use std::collections::BTreeMap;

use topsdk_codec::dynamic::{DynamicObject, DynamicType};
use topsdk_codegen::names::{ApiNames, Module, Names};
use topsdk_codegen::read;
use topsdk_tests::snapshots::{self, Examples, Shown};
use topsdk_tests::{SEED as METHOD, root, seed_page};

/// What `docs/changes.md` says of each change.
#[test]
fn documented_changes_move_the_snapshots_they_list() {
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
    seed_page("html")
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
    let stored = ApiNames::default();
    let names = Names::after(&api, &stored);

    let (requests, responses) = (DynamicType::request(&api), DynamicType::response(&api));
    let show = |value: &DynamicObject<'_>| format!("{:#?}", Shown::response(&names, value));
    let mut request = DynamicObject::new(&requests);
    let examples = Examples::of(&api, &mut request, || DynamicObject::new(&responses), show).unwrap();
    assert_eq!(examples.faults, []);
    let mut texts = examples.texts;
    texts.insert("spec", snapshots::spec(&api));
    let module = snapshots::module(&api, &stored, &Module::of(METHOD)).unwrap();
    texts.insert("module", snapshots::without_digest(&api, &module));
    texts
}

#[test]
fn a_meaningless_change_touches_no_snapshot() {
    assert_eq!(changed(&[("<body class=\"api\">", "<body  class=\"api\" id=\"x\">")]), Vec::<&str>::new());
    assert_eq!(changed(&[("\n", "\r\n")]), Vec::<&str>::new());
}

#[test]
fn renaming_a_response_field_touches_all_but_the_request() {
    assert_eq!(changed(&[("current_value", "current_worth")]), ["decoded", "encoded", "module", "spec"]);
}

#[test]
fn renaming_a_request_parameter_touches_no_response() {
    let changes = [(" out_shop_id\n", " out_store_id\n"), ("setOutShopId", "setOutStoreId")];
    assert_eq!(changed(&changes.map(|(old, new)| (old, new))), ["module", "request", "spec"]);
}

#[test]
fn changing_the_type_of_a_response_field_touches_the_response() {
    let number = "current_value\n                </li>\n<li class=\"td-12\">\n   Number";
    let changes = [(number, &*number.replace("Number", "String"))];
    assert_eq!(changed(&changes), ["decoded", "encoded", "module", "spec"]);
}

#[test]
fn changing_the_response_sample_touches_spec_and_examples() {
    let xml = ("order_value&gt;-65&lt;", "order_value&gt;-66&lt;");
    let json = ("order_value&quot;:-65", "order_value&quot;:-66");
    assert_eq!(changed(&[xml, json]), ["decoded", "encoded", "spec"]);
}

#[test]
fn changing_the_request_sample_touches_spec_and_request() {
    assert_eq!(changed(&[("setShopId(&quot;73527452", "setShopId(&quot;73527453")]), ["request", "spec"]);
}

#[test]
fn changing_a_description_touches_spec_and_module() {
    assert_eq!(changed(&[("交易后剩余总金额", "交易后的余额")]), ["module", "spec"]);
}

#[test]
fn a_newly_required_parameter_touches_spec_and_module() {
    let optional =
        "card_id\n                </li>\n<li class=\"td-2\">\n   String\n   </li>\n<li class=\"td-3\">\n 可选";
    assert_eq!(changed(&[(optional, &*optional.replace("可选", "必须"))]), ["module", "spec"]);
}
