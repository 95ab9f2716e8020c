//! The rule of record types: case by case, and what holds for any table.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use topsdk_spec::structs::{Structs, Value};
use topsdk_spec::{Basic, Param, Side};

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

/// Each struct as `TYPE at PATH`, with its fields as `name: value`: `!` is required, `[]` a list, `Box` a box.
fn shown(side: Side, params: &[Param]) -> Vec<String> {
    let structs = Structs::of(side, params);
    let name = |index: usize| {
        let object = &structs.list[index];
        let apart = if object.is_apart { " alone" } else { "" };
        format!("{}{apart} at {}", object.type_name, object.path.join("."))
    };
    let member = |member: &topsdk_spec::structs::Member<'_>| {
        let value = match member.value {
            Value::Basic(basic) => format!("{basic:?}"),
            Value::Struct(index) => name(index),
        };
        let [list, boxed] =
            [(member.param.list, "[]"), (member.boxed, " Box")].map(|(is, sign)| if is { sign } else { "" });
        let required = if member.required { "!" } else { "" };
        format!("{}{required}: {value}{list}{boxed}", member.param.name)
    };
    let objects = structs.list.iter().enumerate();
    objects
        .map(|(index, object)| {
            let members: Vec<String> = object.members.iter().map(member).collect();
            format!("{} {{ {} }}", name(index), members.join(", "))
        })
        .collect()
}

#[test]
fn places_of_one_type_share_a_struct_with_the_union_of_their_fields() {
    let one = object("one", "Item", vec![required(leaf("id", "Number")), required(leaf("name", "String"))]);
    let two = list(object("two", "Item", vec![required(leaf("id", "Number")), leaf("note", "Price")]));
    let params = [one, two];
    assert_eq!(
        shown(Side::Request, &params),
        [" at  { one: Item at one, two: Item at one[] }", "Item at one { id!: Number, name: String, note: Decimal }",]
    );
    let of_response = shown(Side::Response, &params);
    assert_eq!(of_response[1], "Item at one { id: Number, name: String, note: Decimal }", "no field is required");
}

#[test]
fn contradicting_places_have_structs_of_their_own() {
    let item = |word: &str| object("item", "Item", vec![leaf("id", word)]);
    let holder = |name: &str| object(name, "Holder", vec![item("String")]);
    let params = [holder("deep"), Param { name: "items".to_owned(), ..list(item("Number")) }, holder("last")];
    let structs = Structs::of(Side::Response, &params);
    let found: Vec<(String, bool, bool)> = structs.list[1..]
        .iter()
        .map(|object| (format!("{} {}", object.type_name, object.path.join(".")), object.is_apart, object.is_highest))
        .collect();
    // `Holder` holds another `Item` at each place, so it has two structs as well.
    let expected = [
        ("Holder deep", true),
        ("Item items", true),
        ("Holder last", false),
        ("Item deep.item", false),
        ("Item last.item", false),
    ];
    assert_eq!(found, expected.map(|(what, is_highest)| (what.to_owned(), true, is_highest)));
}

#[test]
fn a_list_and_a_single_value_contradict_each_other() {
    let params =
        [object("a", "Item", vec![list(leaf("id", "Number"))]), object("b", "Item", vec![leaf("id", "Number")])];
    assert!(Structs::of(Side::Response, &params).list[1..].iter().all(|object| object.is_apart));
    // `Price` and `BigDecimal` are one type.
    let params = [object("a", "Item", vec![leaf("id", "Price")]), object("b", "Item", vec![leaf("id", "BigDecimal")])];
    assert!(!Structs::of(Side::Response, &params).list[1].is_apart);
}

#[test]
fn a_parameter_without_fields_uses_the_struct_of_its_type() {
    let params = [leaf("later", "Item"), object("item", "Item", vec![leaf("id", "Number")]), leaf("odd", "Other")];
    assert_eq!(shown(Side::Response, &params)[0], " at  { later: Item at item, item: Item at item, odd: String }");
    // Where the places contradict each other, the nearest one around it, and text without one.
    let inside = |name: &str, word: &str| object(name, "Item", vec![leaf("id", word), leaf("again", "Item")]);
    let params = [inside("a", "Number"), inside("b", "String"), leaf("c", "Item")];
    assert_eq!(
        shown(Side::Response, &params),
        [
            " at  { a: Item alone at a, b: Item alone at b, c: String }",
            "Item alone at a { id: Number, again: Item alone at a Box }",
            "Item alone at b { id: String, again: Item alone at b Box }",
        ]
    );
}

#[test]
fn objects_without_a_type_never_share_a_struct() {
    let unnamed = |name: &str, word: &str| object(name, word, vec![leaf("x", "Date"), leaf("same", word)]);
    let params = [unnamed("a", ""), unnamed("b", ""), unnamed("c", "null"), unnamed("d", "null")];
    let structs = shown(Side::Response, &params);
    assert_eq!(structs.len(), 5, "{structs:#?}");
    assert_eq!(structs[1], " alone at a { x: Date, same: String }");
}

#[test]
fn one_box_breaks_a_cycle_and_lists_need_none() {
    for is_reversed in [false, true] {
        let b = object("b", "B", vec![leaf("a", "A"), list(leaf("all", "A"))]);
        let mut params = vec![leaf("other", "String"), object("a", "A", vec![b, leaf("b2", "B")])];
        if is_reversed {
            params.reverse();
        }
        let structs = shown(Side::Response, &params);
        assert_eq!(structs[1], "A at a { b: B at a.b, b2: B at a.b }");
        assert_eq!(structs[2], "B at a.b { a: A at a Box, all: A at a[] }");
    }
}

#[test]
fn duplicate_siblings_are_one_field_and_unnamed_ones_are_none() {
    let params = [
        required(object("result", "Result", vec![required(leaf("a", "String"))])),
        object("result", "Result", vec![required(leaf("b", "String")), leaf("", "Date")]),
        leaf("result", "Number"),
    ];
    assert_eq!(
        shown(Side::Request, &params),
        [" at  { result: Result at result }", "Result at result { a!: String, b!: String }"]
    );
    let structs = Structs::of(Side::Request, &params);
    let surplus: Vec<(&str, Option<usize>, Option<usize>)> =
        structs.surplus.iter().map(|found| (found.param.type_name.as_str(), found.parent, found.repeats)).collect();
    assert_eq!(surplus, [("Result", None, Some(0)), ("Number", None, Some(0)), ("Date", Some(0), None)]);
}

/// A hundred types, each inside the one before, and a type with 20,000 others that hold it.
#[test]
fn each_back_edge_in_deep_and_wide_tables_has_a_box() {
    let mut deep = leaf("id", "String");
    for level in 0..100 {
        deep = object("next", &format!("T{level}"), vec![deep, leaf("top", "T99")]);
    }
    let wide =
        (0..20_000).map(|number| object(&format!("n{number}"), &format!("W{number}"), vec![leaf("back", "All")]));
    let all = object("all", "All", wide.collect());
    let params = [deep, all];
    let structs = Structs::of(Side::Response, &params);
    assert_eq!(structs.list.len(), 1 + 100 + 1 + 20_000);
    assert_eq!(structs.list.iter().flat_map(|object| &object.members).filter(|member| member.boxed).count(), 20_100);
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const TYPES: [&str; 8] = ["Item", "Node", "Thing", "String", "Price", "Number", "", "null"];

fn param() -> impl Strategy<Value = Param> {
    let own = (0..NAMES.len(), 0..TYPES.len(), prop::bool::weighted(0.2), any::<bool>());
    let leaf = own.prop_map(|(name, word, list, required)| Param { list, required, ..leaf(NAMES[name], TYPES[word]) });
    leaf.prop_recursive(5, 40, 5, |inner| {
        (inner.clone(), prop::collection::vec(inner, 0..5)).prop_map(|(param, fields)| Param { fields, ..param })
    })
}

fn params() -> impl Strategy<Value = Vec<Param>> {
    prop::collection::vec(param(), 0..5)
}

fn distinct(params: &mut Vec<Param>) {
    let mut seen = BTreeSet::new();
    params.retain(|param| seen.insert(param.name.clone()));
    params.iter_mut().for_each(|param| distinct(&mut param.fields));
}

fn reversed(params: &[Param]) -> Vec<Param> {
    params.iter().rev().map(|param| Param { fields: reversed(&param.fields), ..param.clone() }).collect()
}

/// What each place is, by its path, and what each struct has, whatever the order of both.
fn facts(params: &[Param]) -> BTreeSet<String> {
    shown(Side::Request, params)
        .into_iter()
        .map(|object| {
            let (name, members) = object.split_once(" { ").unwrap();
            let members: BTreeSet<&str> = members.trim_end_matches(" }").split(", ").collect();
            format!("{name} {members:?}")
        })
        .collect()
}

proptest! {
    #![proptest_config(topsdk_random::config(2_000))]

    /// A struct is what each of its places shows: nothing of a place is lost, and nothing has another type.
    #[test]
    fn a_struct_has_every_field_of_its_places_and_no_other(params in params(), is_request in any::<bool>()) {
        let side = if is_request { Side::Request } else { Side::Response };
        let structs = Structs::of(side, &params);
        let mut below: BTreeMap<usize, Vec<Vec<usize>>> = BTreeMap::new();
        below.entry(0).or_default().push(structs.below(None).collect());
        for place in structs.places.iter().filter(|place| place.is_object()) {
            let Value::Struct(index) = place.value else { panic!("an object without a struct: {:?}", place.path) };
            prop_assert_eq!(structs.list[index].type_name, &place.param.type_name);
            below.entry(index).or_default().push(place.children.clone().collect());
        }
        prop_assert_eq!(below.len(), structs.list.len(), "each struct has a place");
        for (index, places) in below {
            let object = &structs.list[index];
            prop_assert!(!object.is_apart || places.len() == 1, "{:?}", object.path);
            let mut times: BTreeMap<&str, usize> = BTreeMap::new();
            for child in places.iter().flatten().map(|child| &structs.places[*child]) {
                let members: Vec<_> = object.members.iter().filter(|member| member.param.name == child.param.name).collect();
                prop_assert_eq!(members.len(), 1);
                prop_assert_eq!((members[0].value, members[0].param.list), (child.value, child.param.list));
                *times.entry(&child.param.name).or_default() += 1;
            }
            prop_assert_eq!(times.len(), object.members.len());
            for member in object.members.iter().filter(|member| member.required) {
                prop_assert!(is_request && times[member.param.name.as_str()] == places.len());
            }
        }
    }

    /// Places of a type are structs of their own only where they give a field different types.
    #[test]
    fn structs_are_separate_only_if_their_fields_contradict(params in params()) {
        let structs = Structs::of(Side::Response, &params);
        let mut fields: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
        let mut differ = BTreeSet::new();
        for place in structs.places.iter().filter(|place| place.is_object()) {
            for child in place.children.clone().map(|child| &structs.places[child]) {
                let basic = Basic::of(&child.param.type_name).filter(|_| !child.is_object());
                let word = if basic.is_some() { "" } else { child.param.type_name.as_str() };
                let of_field = fields.entry((&place.param.type_name, &child.param.name)).or_default();
                of_field.insert(format!("{} {basic:?} {word} {:?}", child.param.list, child.value));
                if of_field.len() > 1 {
                    differ.insert(&place.param.type_name);
                }
            }
        }
        for object in structs.list.iter().filter(|object| object.is_apart && !topsdk_spec::is_unnamed(object.type_name)) {
            prop_assert!(differ.iter().any(|word| *word == object.type_name), "{}", object.type_name);
        }
    }

    /// Without the boxes and lists, no struct contains itself; and no box stands where nothing comes back.
    #[test]
    fn boxes_break_every_cycle_and_are_part_of_one(params in params()) {
        let structs = Structs::of(Side::Response, &params);
        let held = |index: usize, is_boxed: bool| -> Vec<usize> {
            let members = structs.list[index].members.iter().filter(|member| !member.param.list);
            let members = members.filter(|member| is_boxed || !member.boxed);
            members.filter_map(|member| if let Value::Struct(to) = member.value { Some(to) } else { None }).collect()
        };
        let reach = |start: usize, is_boxed: bool| {
            let (mut seen, mut open) = (BTreeSet::new(), held(start, is_boxed));
            while let Some(next) = open.pop() {
                if seen.insert(next) {
                    open.extend(held(next, is_boxed));
                }
            }
            seen
        };
        for (index, object) in structs.list.iter().enumerate() {
            prop_assert!(!reach(index, false).contains(&index), "{:?} contains itself", object.path);
            for member in object.members.iter().filter(|member| member.boxed) {
                prop_assert!(!member.param.list);
                prop_assert!(reach(index, true).contains(&index), "{:?} needs no box", object.path);
            }
        }
    }

    #[test]
    fn the_order_of_parameters_does_not_matter(mut params in params()) {
        distinct(&mut params);
        prop_assert_eq!(facts(&params), facts(&reversed(&params)));
        let highest = |params: &[Param]| -> BTreeSet<String> {
            let structs = Structs::of(Side::Request, params).list.into_iter();
            structs.filter(|object| object.is_highest).map(|object| object.path.join(".")).collect()
        };
        prop_assert_eq!(highest(&params), highest(&reversed(&params)));
    }

    /// A parameter at the top of a table changes no struct but the request itself.
    #[test]
    fn a_parameter_that_is_added_changes_no_other_struct(mut params in params(), at in 0usize..5) {
        distinct(&mut params);
        let objects = |params: &[Param]| -> Vec<String> {
            facts(params).into_iter().filter(|fact| !fact.starts_with(" at  ")).collect()
        };
        let before = objects(&params);
        params.insert(at.min(params.len()), leaf("new", "Number"));
        prop_assert_eq!(before, objects(&params));
    }
}
