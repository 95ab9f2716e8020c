//! Fields beyond what one function of derived code takes, around boxed ones: each index is its own field, in both directions.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use topsdk_codec::{Object, Record, Slot, View};

#[derive(Clone, Debug, Default, PartialEq, Object)]
#[top(crate = topsdk_codec)]
#[rustfmt::skip]
struct Many {
    f0: Option<i64>, f1: Option<i64>, f2: Option<i64>, first: Option<Box<Many>>, f4: Option<i64>, f5: Option<i64>,
    f6: Option<i64>, f7: Option<i64>, f8: Option<i64>, f9: Option<i64>, f10: Option<i64>, f11: Option<i64>,
    f12: Option<i64>, f13: Option<i64>, f14: Option<i64>, f15: Option<i64>, f16: Option<i64>, f17: Option<i64>,
    f18: Option<i64>, f19: Option<i64>, f20: Option<i64>, f21: Option<i64>, second: Option<Box<Many>>, third: Option<Box<Many>>,
    f24: Option<i64>, list: Vec<String>,
}

const BOXED: [usize; 3] = [3, 22, 23];
const LIST: usize = 25;

#[test]
fn each_index_is_its_own_field() {
    let names = Many::SCHEMA.names;
    assert_eq!(names.len(), 26);
    for index in 0..names.len() {
        let mut value = Many::default();
        match value.slot(index) {
            Slot::Number(number) => *number = Some(7),
            Slot::Object(object) if BOXED.contains(&index) => _ = object.insert(),
            Slot::List(topsdk_codec::ListSlot::String(list)) if index == LIST => list.push("x".to_owned()),
            _ => panic!("{index}"),
        }
        let shown = format!("{value:?}");
        assert!(shown.contains(&format!("{}: {}", names[index], if index == LIST { "[" } else { "Some(" })), "{shown}");
        for other in 0..names.len() {
            let is_there = match value.view(other) {
                View::Absent => false,
                View::List(list) => !list.is_empty(),
                _ => true,
            };
            assert_eq!(is_there, other == index, "{index} {other}");
        }
    }
    let mut value = Many::default();
    assert!(matches!(value.slot(26), Slot::Unknown) && matches!(value.view(26), View::Absent));
}

#[derive(Default, Object)]
#[top(crate = topsdk_codec)]
struct Empty {}

#[derive(Default, Object)]
#[top(crate = topsdk_codec)]
struct One {
    boxed: Option<Box<One>>,
}

#[test]
fn none_and_one_field() {
    assert!(matches!(Empty {}.slot(0), Slot::Unknown) && matches!(Empty {}.view(0), View::Absent));
    let mut one = One { boxed: Some(Box::default()) };
    assert!(matches!(one.slot(1), Slot::Unknown) && matches!(one.view(1), View::Absent));
    assert!(matches!(one.view(0), View::Object(_)));
}
