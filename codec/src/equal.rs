//! Compares two objects by their fields.

use crate::{ListView, Object, ObjectListView, View};

/// Returns whether two objects have the same fields with the same values. They may be of different types.
///
/// Generated types have this instead of `PartialEq`, whose derive would add a fifth to the time that a catalogue takes to
/// compile.
///
/// ```
/// use topsdk_codec::{Object, equal};
///
/// #[derive(Debug, Default, Object)]
/// #[top(crate = topsdk_codec)]
/// struct Item {
///     num_iid: Option<i64>,
///     pic_urls: Vec<String>,
/// }
///
/// let item = |num_iid| Item { num_iid: Some(num_iid), pic_urls: vec!["a.png".into()] };
/// assert!(equal(&item(7), &item(7)));
/// assert!(!equal(&item(7), &item(8)));
/// ```
pub fn equal(one: &dyn Object, other: &dyn Object) -> bool {
    let names = one.schema().names;
    names == other.schema().names && (0..names.len()).all(|index| is_same(one.view(index), other.view(index)))
}

fn is_same(one: View<'_>, other: View<'_>) -> bool {
    match one {
        View::Absent => matches!(other, View::Absent),
        View::String(one) => matches!(other, View::String(other) if one == other),
        View::Number(one) => matches!(other, View::Number(other) if one == other),
        View::Boolean(one) => matches!(other, View::Boolean(other) if one == other),
        View::Date(one) => matches!(other, View::Date(other) if one == other),
        View::Decimal(one) => matches!(other, View::Decimal(other) if one == other),
        View::Json(one) => matches!(other, View::Json(other) if one == other),
        View::File(one) => matches!(other, View::File(other) if one == other),
        View::Object(one) => matches!(other, View::Object(other) if equal(one, other)),
        View::List(one) => matches!(other, View::List(other) if is_same_list(one, other)),
    }
}

fn is_same_list(one: ListView<'_>, other: ListView<'_>) -> bool {
    match one {
        ListView::String(one) => matches!(other, ListView::String(other) if one == other),
        ListView::Number(one) => matches!(other, ListView::Number(other) if one == other),
        ListView::Boolean(one) => matches!(other, ListView::Boolean(other) if one == other),
        ListView::Date(one) => matches!(other, ListView::Date(other) if one == other),
        ListView::Decimal(one) => matches!(other, ListView::Decimal(other) if one == other),
        ListView::Json(one) => matches!(other, ListView::Json(other) if one == other),
        ListView::File(one) => matches!(other, ListView::File(other) if one == other),
        ListView::Object(one) => matches!(other, ListView::Object(other) if are_same_objects(one, other)),
    }
}

fn are_same_objects(one: &dyn ObjectListView, other: &dyn ObjectListView) -> bool {
    let is_same = |index| match (one.get(index), other.get(index)) {
        (Some(one), Some(other)) => equal(one, other),
        (one, other) => one.is_none() && other.is_none(),
    };
    one.len() == other.len() && (0..one.len()).all(is_same)
}
