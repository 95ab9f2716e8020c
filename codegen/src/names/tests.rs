//! Tests of the names of whole APIs: each rule on its own, and random edits that must not rename anything.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use topsdk_spec::{Api, Basic, Param, Side};

use super::{ApiNames, Names, Register, Struct, Type};

fn leaf(name: &str, type_name: &str) -> Param {
    Param { name: name.to_owned(), type_name: type_name.to_owned(), ..Param::default() }
}

fn object(name: &str, type_name: &str, fields: Vec<Param>) -> Param {
    Param { fields, ..leaf(name, type_name) }
}

fn list(param: Param) -> Param {
    Param { list: true, ..param }
}

fn required(param: Param) -> Param {
    Param { required: true, ..param }
}

fn api(request: Vec<Param>, response: Vec<Param>) -> Api {
    Api { method: "taobao.test.get".to_owned(), request, response, ..Api::default() }
}

fn idents(names: &Names<'_>) -> Vec<String> {
    names.structs.iter().map(|object| object.ident.clone()).collect()
}

fn named<'n, 'a>(names: &'n Names<'a>, ident: &str) -> &'n Struct<'a> {
    names
        .structs
        .iter()
        .find(|object| object.ident == ident)
        .unwrap_or_else(|| panic!("{ident} in {:?}", idents(names)))
}

fn fields(object: &Struct<'_>) -> Vec<String> {
    object.fields.iter().map(|field| field.ident.clone()).collect()
}

fn findings(names: &Names<'_>) -> Vec<(&'static str, String)> {
    names.diagnostics.iter().map(|found| (found.name, found.place.path.clone())).collect()
}

#[test]
fn paths_of_one_type_share_a_struct_with_the_union_of_their_fields() {
    let one = object("one", "Item", vec![required(leaf("id", "Number")), required(leaf("name", "String"))]);
    let two = list(object("two", "Item", vec![required(leaf("id", "Number")), leaf("note", "String")]));
    let api = api(vec![one, two], vec![]);
    let names = Names::of(&api);
    assert_eq!(idents(&names), ["TestGetRequest", "Item", "TestGetResponse"]);
    let item = named(&names, "Item");
    assert_eq!(fields(item), ["id", "name", "note"]);
    let required: Vec<bool> = item.fields.iter().map(|field| field.required).collect();
    assert_eq!(required, [true, false, false], "a place that does not show a field does not require it");
}

#[test]
fn response_fields_are_never_required() {
    let api = api(vec![], vec![required(leaf("id", "Number"))]);
    assert!(!Names::of(&api).response().unwrap().fields[0].required);
}

#[test]
fn request_and_response_share_no_struct() {
    let item = || object("item", "Item", vec![leaf("id", "Number")]);
    let api = api(vec![item()], vec![item()]);
    let names = Names::of(&api);
    assert_eq!(idents(&names), ["TestGetRequest", "Item", "TestGetResponse", "ItemReply"]);
    assert_eq!(named(&names, "Item").side, Side::Request);
}

#[test]
fn long_type_names_are_cut_to_a_valid_file_name() {
    let long = |last: &str| "x".repeat(300) + last;
    let both =
        || vec![object("a", &long("a"), vec![leaf("x", "Date")]), object("b", &long("b"), vec![leaf("y", "Date")])];
    let api = Api { method: format!("taobao.{}.get", long("")), ..api(both(), both()) };
    let names = Names::of(&api);
    let idents = idents(&names);
    assert!(idents.iter().all(|ident| "struct..html".len() + ident.len() <= 255), "{idents:?}");
    assert_eq!(idents.iter().collect::<BTreeSet<_>>().len(), 6, "{idents:?}");
}

#[test]
fn names_derived_from_self_have_the_case_of_types() {
    let many = || (0..8).map(|index| required(leaf(&format!("f{index}"), "String"))).collect();
    let both = |name: &str| object(name, "Self", many());
    let again = object("c", "self", vec![leaf("x", "String")]);
    let api =
        api(vec![both("a"), again.clone()], vec![both("b"), again, object("d", "Self_", vec![leaf("x", "Date")])]);
    let names = Names::of(&api);
    let bundles = names.structs.iter().filter_map(|object| object.bundle.clone());
    for ident in idents(&names).into_iter().chain(bundles) {
        assert!(ident == "Self_" || !ident.contains('_'), "{ident} in {:?}", idents(&names));
    }
}

#[test]
fn colliding_type_names_get_suffixes() {
    let response = vec![
        object("a", "TestGetRequest", vec![leaf("x", "String")]),
        object("b", "testGetResponse", vec![leaf("x", "String")]),
        object("c", "data-item", vec![leaf("x", "String")]),
        object("d", "DataItem", vec![leaf("x", "String")]),
        object("e", "AxinFundDTO", vec![leaf("x", "String")]),
        object("f", "AxinFundDto", vec![leaf("x", "String")]),
    ];
    let api = api(vec![], response);
    let expected = [
        "TestGetRequest",
        "TestGetResponse",
        "TestGetRequestReply",
        "TestGetResponseReply",
        "DataItemReply",
        "DataItem",
        "AxinFundDTO",
        "AxinFundDto",
    ];
    assert_eq!(idents(&Names::of(&api)), expected);
}

#[test]
fn contradictory_paths_of_a_type_get_structs_of_their_own() {
    let response = vec![
        object("deep", "Box", vec![object("item", "Item", vec![leaf("id", "String")])]),
        list(object("items", "Item", vec![leaf("id", "Number")])),
        object("last", "Box", vec![object("item", "Item", vec![leaf("id", "String")])]),
    ];
    let api = api(vec![], response);
    let names = Names::of(&api);
    // `Box` contains a different `Item` at each path, so it also needs two structs.
    let expected = ["TestGetRequest", "TestGetResponse", "Box", "Item", "Last", "DeepItem", "LastItem"];
    assert_eq!(idents(&names), expected);
    assert_eq!(named(&names, "Item").fields[0].ty, Type::Basic(Basic::Number));
    assert_eq!(findings(&names).iter().filter(|(name, _)| *name == "type-of-many-shapes").count(), 5);
}

#[test]
fn list_and_single_value_of_one_field_are_a_contradiction() {
    let response =
        vec![object("a", "Item", vec![list(leaf("id", "Number"))]), object("b", "Item", vec![leaf("id", "Number")])];
    let api = api(vec![], response);
    assert_eq!(idents(&Names::of(&api)), ["TestGetRequest", "TestGetResponse", "Item", "B"]);
}

#[test]
fn a_type_cut_off_by_the_site_is_recursive() {
    let node =
        object("node", "Node", vec![leaf("id", "Number"), leaf("parent", "Node"), list(leaf("children", "Node"))]);
    let api = api(vec![], vec![node]);
    let names = Names::of(&api);
    let [_, parent, children] = named(&names, "Node").fields.as_slice() else { panic!("three fields") };
    assert_eq!((parent.ty, parent.boxed), (Type::Object(2), true));
    assert_eq!((children.ty, children.list, children.boxed), (Type::Object(2), true, false), "a Vec needs no Box");
    assert_eq!(findings(&names), []);
}

#[test]
fn one_box_breaks_a_cycle_of_two_types() {
    let b = |fields| object("b", "B", fields);
    let a = |fields| object("a", "A", fields);
    for order in [false, true] {
        let mut top = vec![leaf("other", "String"), a(vec![b(vec![leaf("a", "A"), leaf("x", "String")])])];
        if order {
            top.reverse();
        }
        let api = api(vec![], top);
        let names = Names::of(&api);
        assert!(!named(&names, "A").fields[0].boxed);
        assert!(named(&names, "B").fields[0].boxed, "the back edge is boxed");
    }
}

#[test]
fn rows_without_a_known_type_are_texts() {
    let response =
        vec![leaf("a", ""), leaf("b", "Foo"), list(leaf("c", "null")), object("d", "", vec![leaf("x", "Date")])];
    let api = api(vec![], response);
    let names = Names::of(&api);
    let types: Vec<Type> = names.response().unwrap().fields.iter().map(|field| field.ty).collect();
    assert_eq!(
        types,
        [Type::Basic(Basic::String), Type::Basic(Basic::String), Type::Basic(Basic::String), Type::Object(2)]
    );
    assert_eq!(idents(&names)[2], "D", "an object without a type is named after its field");
}

#[test]
fn siblings_of_one_name_are_one_field() {
    let response = vec![
        object("result", "Result", vec![leaf("a", "String")]),
        object("result", "Result", vec![leaf("b", "String")]),
        leaf("result", "Number"),
    ];
    let api = api(vec![], response);
    let names = Names::of(&api);
    assert_eq!(names.response().unwrap().fields.len(), 1);
    assert_eq!(fields(named(&names, "Result")), ["a", "b"]);
    let severities: Vec<_> = names.diagnostics.iter().map(|found| found.severity).collect();
    assert_eq!(severities, [crate::diagnostic::Severity::Note, crate::diagnostic::Severity::Warning]);
}

#[test]
fn exact_field_name_wins_and_folded_ones_get_numbers() {
    for names in [["itemId", "item_id", "ItemId"], ["item_id", "ItemId", "itemId"]] {
        let api = api(vec![], names.iter().map(|name| leaf(name, "String")).collect());
        let found: BTreeMap<String, String> = Names::of(&api)
            .response()
            .unwrap()
            .fields
            .iter()
            .map(|field| (field.param.name.clone(), field.ident.clone()))
            .collect();
        let expected = [("ItemId", "item_id_2"), ("itemId", "item_id_3"), ("item_id", "item_id")];
        assert_eq!(found, expected.map(|(wire, ident)| (wire.to_owned(), ident.to_owned())).into());
    }
}

#[test]
fn more_than_three_required_parameters_are_a_struct() {
    let params = |count: usize| (0..count).map(|number| required(leaf(&format!("p{number}"), "String"))).collect();
    let three = api(params(3), vec![]);
    assert_eq!(Names::of(&three).request().unwrap().bundle, None);
    let four = api(params(4), vec![object("x", "TestGetRequestRequired", vec![leaf("y", "String")])]);
    let names = Names::of(&four);
    assert_eq!(names.request().unwrap().bundle.as_deref(), Some("TestGetRequestRequired2"));
}

#[test]
fn stored_name_wins_over_new_candidate() {
    let old = api(vec![], vec![object("item", "Item", vec![leaf("itemId", "String")])]);
    let new = api(
        vec![object("item", "Item", vec![leaf("x", "String")])],
        vec![object("item", "Item", vec![leaf("item_id", "String"), leaf("itemId", "String")])],
    );
    let names = Names::of(&old);
    let names = Names::after(&new, names.assigned());
    assert_eq!(idents(&names), ["TestGetRequest", "ItemParam", "TestGetResponse", "Item"]);
    assert_eq!(fields(named(&names, "Item")), ["item_id_2", "item_id"]);
}

#[test]
fn stored_bundle_name_wins_over_new_type() {
    let many = || (0..8).map(|number| required(leaf(&format!("p{number}"), "String"))).collect();
    let old = api(many(), vec![]);
    let new = api(many(), vec![object("x", "TestGetRequestRequired", vec![leaf("y", "String")])]);
    let names = Names::of(&old);
    let names = Names::after(&new, names.assigned());
    assert_eq!(names.request().unwrap().bundle.as_deref(), Some("TestGetRequestRequired"));
    assert_eq!(idents(&names)[2], "TestGetRequestRequiredReply");
}

#[test]
fn a_split_type_leaves_its_name_to_its_shallowest_stored_path() {
    let place = |name: &str, word: &str| object(name, "Item", vec![leaf("itemId", word)]);
    let old = api(vec![], vec![place("b", "String"), place("c", "String")]);
    let new = api(vec![], vec![place("a", "Number"), place("b", "String"), place("c", "String")]);
    let names = Names::of(&old);
    let split = Names::after(&new, names.assigned());
    assert_eq!(idents(&split), ["TestGetRequest", "TestGetResponse", "ItemReply", "Item", "C"]);
    // The names are kept after the types agree again.
    let again = Names::after(&old, split.assigned());
    assert_eq!(idents(&again), ["TestGetRequest", "TestGetResponse", "Item"]);
}

/// Regression: regenerating a crate over itself renamed `response.type` from `String` to `Type`.
#[test]
fn a_type_named_as_a_basic_type_keeps_its_name_when_a_place_is_added() {
    let of_type =
        object("type", "String", vec![leaf("type", "String"), object("id", "String", vec![leaf("type", "Number")])]);
    let before = api(vec![], vec![of_type.clone()]);
    let after = api(vec![], vec![object("id", "String", vec![leaf("id", "String")]), of_type]);
    let kept = written(&Names::of(&before));
    let places = places(&Names::after(&after, &kept));
    assert_eq!(places["response.type"], "String");
}

/// Returns the name at each path: the struct's name for an object, and the field's name for every parameter.
fn places(names: &Names<'_>) -> BTreeMap<String, String> {
    fn walk(names: &Names<'_>, index: usize, rows: &[Param], path: &str, found: &mut BTreeMap<String, String>) {
        let object = &names.structs[index];
        found.insert(path.to_owned(), object.ident.clone());
        for row in rows {
            let Some(field) = object.fields.iter().find(|field| field.param.name == row.name) else { continue };
            let path = format!("{path}.{}", row.name);
            found.insert(format!("{path}="), field.ident.clone());
            if let (Type::Object(index), false) = (field.ty, row.fields.is_empty()) {
                walk(names, index, &row.fields, &path, found);
            }
        }
    }
    let mut found = BTreeMap::new();
    let (request, response) = (&names.structs[0], names.response);
    assert_eq!(request.side, Side::Request);
    let api = names.structs[0].fields.iter().map(|field| field.param.clone()).collect::<Vec<_>>();
    walk(names, 0, &api, "request", &mut found);
    let api = names.structs[response].fields.iter().map(|field| field.param.clone()).collect::<Vec<_>>();
    walk(names, response, &api, "response", &mut found);
    found
}

fn words_apart(names: &Names<'_>) -> BTreeSet<(String, String)> {
    let many = names.diagnostics.iter().filter(|found| found.name == "type-of-many-shapes");
    many.map(|found| (found.place.section.clone(), found.place.text.clone())).collect()
}

const NAMES: [&str; 8] = ["id", "itemId", "item_id", "ItemId", "type", "self", "data", "result"];
const WORDS: [&str; 8] = ["Item", "item", "Result", "String", "TestGetRequest", "Option", "", "3D"];
const BASIC: [&str; 4] = ["String", "Number", "Item", "Unknown"];

fn row() -> impl Strategy<Value = Param> {
    let leaf_of = (0..NAMES.len(), 0..BASIC.len(), any::<bool>(), any::<bool>())
        .prop_map(|(name, word, list, required)| Param { list, required, ..leaf(NAMES[name], BASIC[word]) });
    leaf_of.prop_recursive(4, 24, 4, |inner| {
        (0..NAMES.len(), 0..WORDS.len(), any::<bool>(), prop::collection::vec(inner, 1..4)).prop_map(
            |(name, word, list, mut fields)| {
                distinct(&mut fields);
                Param { list, ..object(NAMES[name], WORDS[word], fields) }
            },
        )
    })
}

fn distinct(rows: &mut Vec<Param>) {
    let mut seen = BTreeSet::new();
    rows.retain(|row| seen.insert(row.name.clone()));
}

fn rows() -> impl Strategy<Value = Vec<Param>> {
    prop::collection::vec(row(), 0..4).prop_map(|mut rows| {
        distinct(&mut rows);
        rows
    })
}

/// Adds a row below the object at `steps`, unless a sibling has the same name.
fn add(rows: &mut Vec<Param>, steps: &[usize], at: usize, row: Param) {
    if let Some((step, rest)) = steps.split_first()
        && let Some(index) = step.checked_rem(rows.len())
        && rows[index].is_object()
    {
        return add(&mut rows[index].fields, rest, at, row);
    }
    if rows.iter().all(|sibling| sibling.name != row.name) {
        rows.insert(at % (rows.len() + 1), row);
    }
}

/// Returns the documented type of each struct, by the struct's name.
fn types<'n>(names: &'n Names<'_>) -> BTreeMap<&'n str, (String, String)> {
    let of = |object: &'n Struct<'_>| (object.side.heading().to_owned(), object.word.to_owned());
    names.structs.iter().map(|object| (object.ident.as_str(), of(object))).collect()
}

fn renames_nothing(old: &Names<'_>, new: &Names<'_>) -> Result<(), TestCaseError> {
    // If an added row makes the fields of a type differ between paths, that path needs a struct of its own. The
    // shallowest path from before keeps the name. All field names and all other structs stay unchanged.
    let contradicted = &words_apart(new) - &words_apart(old);
    let (now, types) = (places(new), types(old));
    for (place, name) in places(old) {
        if place.ends_with('=') || !contradicted.contains(&types[name.as_str()]) {
            prop_assert_eq!(now.get(&place), Some(&name), "{}", place);
        }
    }
    let idents_now: BTreeSet<String> = idents(new).into_iter().collect();
    for ident in idents(old) {
        prop_assert!(idents_now.contains(&ident), "{} is gone", ident);
    }
    Ok(())
}

/// Returns the names as read back from `names.json`.
fn written(names: &Names<'_>) -> ApiNames {
    let mut register = Register::default();
    register.set("taobao.test.get", names.assigned().clone());
    let read = Register::parse(&register.to_json()).unwrap();
    assert_eq!(read, register);
    read.of("taobao.test.get").unwrap().clone()
}

type Edit = (bool, Vec<usize>, usize, Param);

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec((any::<bool>(), prop::collection::vec(0usize..4, 0..4), 0usize..4, row()), 1..4)
}

fn edited(api: &Api, (is_request, steps, at, row): Edit) -> Api {
    let mut after = api.clone();
    add(if is_request { &mut after.request } else { &mut after.response }, &steps, at, row);
    after
}

proptest! {
    #![proptest_config(topsdk_random::config(2000))]

    #[test]
    fn adding_rows_renames_nothing(request in rows(), response in rows(), edits in edits()) {
        let mut before = api(request, response);
        let mut kept = ApiNames::default();
        for edit in edits {
            let after = edited(&before, edit);
            let old = Names::after(&before, &kept);
            // The file is all that is passed from one version to the next.
            kept = written(&old);
            let new = Names::after(&after, &kept);
            renames_nothing(&old, &new)?;
            prop_assert_eq!(places(&Names::after(&after, &written(&new))), places(&new));
            before = after;
        }
    }

    #[test]
    fn names_are_distinct_and_do_not_depend_on_the_order_of_rows(request in rows(), response in rows()) {
        let forth = api(request, response);
        let mut back = forth.clone();
        back.request.reverse();
        back.response.reverse();
        let (names, reversed) = (Names::of(&forth), Names::of(&back));
        prop_assert_eq!(places(&names), places(&reversed));
        let all = idents(&names);
        prop_assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        for object in &names.structs {
            prop_assert_eq!(fields(object).iter().collect::<BTreeSet<_>>().len(), object.fields.len());
        }
    }
}
