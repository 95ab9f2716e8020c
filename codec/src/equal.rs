//! Compares two objects by their fields.

use crate::{ListView, Object, View};

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
    match (one, other) {
        (View::Absent, View::Absent) => true,
        (View::String(one), View::String(other)) => one == other,
        (View::Number(one), View::Number(other)) => one == other,
        (View::Boolean(one), View::Boolean(other)) => one == other,
        (View::Date(one), View::Date(other)) => one == other,
        (View::Decimal(one), View::Decimal(other)) => one == other,
        (View::Json(one), View::Json(other)) => one == other,
        (View::File(one), View::File(other)) => one == other,
        (View::Object(one), View::Object(other)) => equal(one, other),
        (View::List(one), View::List(other)) => is_same_list(one, other),
        _ => false,
    }
}

fn is_same_list(one: ListView<'_>, other: ListView<'_>) -> bool {
    match (one, other) {
        (ListView::String(one), ListView::String(other)) => one == other,
        (ListView::Number(one), ListView::Number(other)) => one == other,
        (ListView::Boolean(one), ListView::Boolean(other)) => one == other,
        (ListView::Date(one), ListView::Date(other)) => one == other,
        (ListView::Decimal(one), ListView::Decimal(other)) => one == other,
        (ListView::Json(one), ListView::Json(other)) => one == other,
        (ListView::File(one), ListView::File(other)) => one == other,
        (ListView::Object(one), ListView::Object(other)) => {
            let is_same = |index| match (one.get(index), other.get(index)) {
                (Some(one), Some(other)) => equal(one, other),
                (one, other) => one.is_none() && other.is_none(),
            };
            one.len() == other.len() && (0..one.len()).all(is_same)
        }
        _ => false,
    }
}
