//! Checks a request against documented limits. Pages are not always right about them: the platform may accept the request.

use topsdk_codec::{Decimal, ListView, Object, View};
use topsdk_spec::{Api, Limits, Param};

/// Returns the values that are outside of the documented limits for length, range and list size, each as a sentence that
/// begins with the parameter's path.
pub fn beyond_limits(api: &Api, request: &dyn Object) -> Vec<String> {
    let mut found = Vec::new();
    object(&api.request, request, "", &mut found);
    found
}

/// Checks the fields of an object. `above` is its path and a dot.
fn object(params: &[Param], object: &dyn Object, above: &str, found: &mut Vec<String>) {
    for (index, name) in object.schema().names.iter().enumerate() {
        if let Some(param) = params.iter().find(|param| param.name == *name) {
            value(param, &object.view(index), &format!("{above}{name}"), found);
        }
    }
}

fn value(param: &Param, view: &View<'_>, path: &str, found: &mut Vec<String>) {
    match view {
        View::String(text) => length(&param.limits, text, path, found),
        View::Number(number) => {
            length(&param.limits, &number.to_string(), path, found);
            range(&param.limits, Decimal::from(*number), path, found);
        }
        View::Decimal(number) => range(&param.limits, *number, path, found),
        View::Object(inside) => object(&param.fields, *inside, &format!("{path}."), found),
        View::List(list) => items(param, list, path, found),
        View::Absent | View::Boolean(_) | View::Date(_) | View::Json(_) | View::File(_) => {}
        _ => found.push(unchecked(path)),
    }
}

fn items(param: &Param, list: &ListView<'_>, path: &str, found: &mut Vec<String>) {
    if let Some(most) = param.limits.max_list_size.filter(|most| list.len() as u64 > *most) {
        found.push(format!("{path}: at most {most} items by the documentation, found {}", list.len()));
    }
    match list {
        ListView::String(texts) => {
            let texts = texts.iter().enumerate();
            texts.for_each(|(at, text)| length(&param.limits, text, &format!("{path}[{at}]"), found));
        }
        ListView::Object(objects) => {
            let objects = (0..objects.len()).filter_map(|at| Some((at, objects.get(at)?)));
            objects.for_each(|(at, inside)| object(&param.fields, inside, &format!("{path}[{at}]."), found));
        }
        // Nothing but the size of such a list has a limit.
        ListView::Number(_) | ListView::Boolean(_) | ListView::Date(_) | ListView::Decimal(_) => {}
        ListView::Json(_) | ListView::File(_) => {}
        _ => found.push(unchecked(path)),
    }
}

/// Returns the problem with a kind of value that the codec has and this module does not know yet.
fn unchecked(path: &str) -> String {
    format!("{path}: the limits of this kind of value are not checked")
}

fn length(limits: &Limits, text: &str, path: &str, found: &mut Vec<String>) {
    let length = text.chars().count();
    if let Some(most) = limits.max_length.filter(|most| length as u64 > *most) {
        found.push(format!("{path}: at most {most} letters by the documentation, found {length}"));
    }
}

fn range(limits: &Limits, number: Decimal, path: &str, found: &mut Vec<String>) {
    // A limit that is not a number cannot be checked.
    let limit = |limit: &Option<String>| limit.as_deref().and_then(|limit| limit.trim().parse::<Decimal>().ok());
    if let Some(least) = limit(&limits.min).filter(|least| number < *least) {
        found.push(format!("{path}: at least {least} by the documentation, found {number}"));
    }
    if let Some(most) = limit(&limits.max).filter(|most| number > *most) {
        found.push(format!("{path}: at most {most} by the documentation, found {number}"));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use topsdk_codec::dynamic::{DynamicObject, DynamicType};

    use super::*;
    use crate::call::fill;

    #[test]
    fn values_beyond_a_limit_are_reported_with_their_path() {
        let param = |name: &str, type_name: &str, list: bool, limits: Limits| Param {
            name: name.to_owned(),
            type_name: type_name.to_owned(),
            list,
            limits,
            ..Param::default()
        };
        let short = || Limits { max_length: Some(2), max_list_size: Some(1), ..Limits::default() };
        let range = || Limits { min: Some("1".to_owned()), max: Some("9.5".to_owned()), ..Limits::default() };
        let item =
            Param { fields: vec![param("price", "Price", false, range())], ..param("items", "Item", true, short()) };
        let request = vec![
            param("name", "String", false, short()),
            param("tags", "String", true, short()),
            param("count", "Number", false, range()),
            param("digits", "Number", false, short()),
            param("odd", "Number", false, Limits { max: Some("many".to_owned()), ..Limits::default() }),
            item,
        ];
        let api = Api { method: "a.b".to_owned(), request, ..Api::default() };
        let types = DynamicType::request(&api);
        let reported = |json: &str| {
            let mut request = DynamicObject::new(&types);
            fill(&api, &mut request, Some(json), &BTreeMap::new()).unwrap();
            beyond_limits(&api, &request)
        };
        assert_eq!(
            reported(
                r#"{"name":"一二三","tags":["abc","d"],"count":10,"digits":123,"odd":99,"items":[{"price":1},{"price":"0.5"}]}"#
            ),
            [
                "name: at most 2 letters by the documentation, found 3",
                "tags: at most 1 items by the documentation, found 2",
                "tags[0]: at most 2 letters by the documentation, found 3",
                "count: at most 9.5 by the documentation, found 10",
                "digits: at most 2 letters by the documentation, found 3",
                "items: at most 1 items by the documentation, found 2",
                "items[1].price: at least 1 by the documentation, found 0.5",
            ]
        );
        assert_eq!(
            reported(r#"{"name":"一二","tags":["ab"],"count":9,"digits":12,"odd":99,"items":[{"price":"9.5"}]}"#),
            [""; 0]
        );
    }
}
