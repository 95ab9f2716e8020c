//! Any two pages: the diff's verdict is what a program would need.

use proptest::prelude::*;
use topsdk_codegen::diff::{Verdict, diff};
use topsdk_spec::{Api, Param};

use super::{shown, verdict_of_surfaces};

/// Few names and words, so that types meet at many places and contradict each other.
const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const LEAVES: [&str; 6] = ["String", "Number", "Price", "BigDecimal", "Item", "Node"];
const OBJECTS: [&str; 4] = ["Item", "Node", "Thing", ""];

fn rows() -> impl Strategy<Value = Vec<Param>> {
    let leaf =
        (0..NAMES.len(), 0..LEAVES.len(), any::<bool>(), any::<bool>()).prop_map(|(name, word, list, required)| {
            Param {
                name: NAMES[name].to_owned(),
                type_name: LEAVES[word].to_owned(),
                list,
                required,
                ..Param::default()
            }
        });
    let row = leaf.prop_recursive(4, 24, 4, |row| {
        let fields = prop::collection::vec(row, 1..4);
        (0..NAMES.len(), 0..OBJECTS.len(), prop::bool::weighted(0.3), any::<bool>(), fields).prop_map(
            |(name, word, list, required, fields)| Param {
                name: NAMES[name].to_owned(),
                type_name: OBJECTS[word].to_owned(),
                list,
                required,
                fields,
                ..Param::default()
            },
        )
    });
    prop::collection::vec(row, 0..5)
}

/// What may happen to a table, at a row that the numbers choose.
#[derive(Clone, Debug)]
enum Edit {
    Add(Vec<usize>, Box<Param>),
    Remove(Vec<usize>),
    Retype(Vec<usize>, usize),
    List(Vec<usize>),
    Require(Vec<usize>),
    Rename(Vec<usize>, usize),
    Reverse(Vec<usize>),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = || prop::collection::vec(0..8_usize, 1..4);
    prop_oneof![
        3 => (at(), rows()).prop_filter_map("a row", |(at, rows)| Some(Edit::Add(at, Box::new(rows.into_iter().next()?)))),
        2 => at().prop_map(Edit::Remove),
        2 => (at(), 0..LEAVES.len()).prop_map(|(at, word)| Edit::Retype(at, word)),
        1 => at().prop_map(Edit::List),
        2 => at().prop_map(Edit::Require),
        1 => (at(), 0..NAMES.len()).prop_map(|(at, name)| Edit::Rename(at, name)),
        1 => at().prop_map(Edit::Reverse),
    ]
}

fn apply(rows: &mut Vec<Param>, edit: &Edit) {
    let (Edit::Add(at, _)
    | Edit::Remove(at)
    | Edit::Retype(at, _)
    | Edit::List(at)
    | Edit::Require(at)
    | Edit::Rename(at, _)
    | Edit::Reverse(at)) = edit;
    let mut rows = rows;
    let (last, above) = at.split_last().unwrap();
    for index in above {
        let count = rows.len();
        if count == 0 || rows[index % count].fields.is_empty() {
            break;
        }
        rows = &mut rows[index % count].fields;
    }
    let count = rows.len();
    if let Edit::Add(_, row) = edit {
        rows.insert(last % (count + 1), Param::clone(row));
    }
    if count == 0 {
        return;
    }
    let at = last % count;
    match edit {
        Edit::Add(..) => {}
        Edit::Remove(_) => drop(rows.remove(at)),
        Edit::Retype(_, word) => LEAVES[*word].clone_into(&mut rows[at].type_name),
        Edit::List(_) => rows[at].list ^= true,
        Edit::Require(_) => rows[at].required ^= true,
        Edit::Rename(_, name) => NAMES[*name].clone_into(&mut rows[at].name),
        Edit::Reverse(_) => rows.reverse(),
    }
}

fn api(request: Vec<Param>, response: Vec<Param>) -> Api {
    Api { method: "taobao.test.get".to_owned(), request, response, ..Api::default() }
}

/// Without changes the surfaces are equal, and so they are with patches.
fn is_told(old: &Api, new: &Api) -> Result<(), TestCaseError> {
    let found = diff(std::slice::from_ref(old), std::slice::from_ref(new));
    let told = found.verdict().max(Verdict::Patch);
    let changes = shown(&found.changes);
    prop_assert_eq!(
        told,
        verdict_of_surfaces(old, new),
        "{:#?}\n{}\n{}",
        changes,
        old.to_json_line(),
        new.to_json_line()
    );
    prop_assert_eq!(found.changes.is_empty(), old == new, "{:#?}", changes);
    Ok(())
}

proptest! {
    #![proptest_config(topsdk_random::config(2_000))]

    #[test]
    fn a_few_edits_get_the_verdict_that_programs_need(
        request in rows(), response in rows(), edits in prop::collection::vec((any::<bool>(), edit()), 1..4),
    ) {
        let old = api(request, response);
        let mut new = old.clone();
        for (is_request, edit) in &edits {
            apply(if *is_request { &mut new.request } else { &mut new.response }, edit);
        }
        is_told(&old, &new)?;
    }

    #[test]
    fn any_two_pages_get_the_verdict_that_programs_need(
        old in (rows(), rows()), new in (rows(), rows()),
    ) {
        is_told(&api(old.0, old.1), &api(new.0, new.1))?;
    }
}

/// What random pages have found.
#[test]
fn pages_that_failed_before_get_the_verdict_that_programs_need() {
    let item = |name: &str, list: bool, fields: Vec<Param>| Param {
        name: name.to_owned(),
        type_name: "Item".to_owned(),
        list,
        fields,
        ..Param::default()
    };
    let text = |name: &str| Param { name: name.to_owned(), type_name: "String".to_owned(), ..Param::default() };
    let of_type = |word: &str, param: Param| Param { type_name: word.to_owned(), ..param };
    // A sibling that repeats a name is no field: what it becomes below another name is new.
    let first = item("a", false, vec![item("a", false, Vec::new())]);
    let old = vec![first.clone(), item("a", true, vec![item("a", false, vec![text("b")])])];
    let new = vec![first, item("b", true, vec![item("a", false, vec![text("a")])])];
    is_told(&api(old, Vec::new()), &api(new, Vec::new())).unwrap();

    // A place has a struct of its own before and after, whatever its type is called.
    let request = vec![item("a", false, vec![text("a")])];
    let fields = || vec![item("a", false, vec![text("c")]), Param { name: "c".to_owned(), list: true, ..text("c") }];
    let unnamed = vec![Param { type_name: String::new(), ..item("a", false, fields()) }];
    is_told(&api(request.clone(), unnamed), &api(request, vec![item("a", false, fields())])).unwrap();

    // An object without a type is called by its last name, wherever it has gone.
    let list = |name: &str, fields| item(name, true, fields);
    let unnamed = || vec![of_type("", item("a", false, vec![text("a")]))];
    let old = vec![list("b", Vec::new()), list("b", unnamed())];
    let new = vec![list("b", Vec::new()), list("a", unnamed())];
    is_told(&api(Vec::new(), old), &api(Vec::new(), new)).unwrap();

    // A type of which the places no longer contradict each other keeps its name, though the request has one of that name now.
    let below = |word: &str| {
        let number = of_type("Number", text("a"));
        let fields =
            vec![of_type("Node", item("a", false, vec![text("a")])), of_type(word, item("b", false, vec![number]))];
        vec![of_type("Thing", item("d", false, fields))]
    };
    let request = vec![item("a", false, vec![of_type("Thing", item("a", false, vec![text("a")]))])];
    is_told(&api(Vec::new(), below("Thing")), &api(request, below("Node"))).unwrap();
}
