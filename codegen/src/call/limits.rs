//! Checks a request against documented limits. Pages are not always right about them: the platform may accept the request.

use topsdk_codec::{Decimal, ListView, Object, View};
use topsdk_spec::{Api, Limits, Param};

use super::ParameterProblem;

/// The problem with a kind of value that the codec has and this module does not know yet.
const UNKNOWN_KIND: &str = "the limits of this kind of value are not checked";

/// Returns the values that are outside of the documented limits for length, range and list size.
pub fn beyond_limits(api: &Api, request: &dyn Object) -> Vec<ParameterProblem> {
    let mut found = Vec::new();
    object(&api.request, request, "", &mut found);
    found
}

fn object(params: &[Param], object: &dyn Object, above: &str, found: &mut Vec<ParameterProblem>) {
    let schema = object.schema();
    for (index, name) in schema.names.iter().enumerate() {
        let Some(param) = params.iter().find(|param| param.name == *name) else { continue };
        let path = if above.is_empty() { param.name.clone() } else { format!("{above}.{name}") };
        value(param, &object.view(index), &path, found);
    }
}

fn value(param: &Param, view: &View<'_>, path: &str, found: &mut Vec<ParameterProblem>) {
    let limits = &param.limits;
    match view {
        View::String(text) => length(limits, text, path, found),
        View::Number(number) => {
            length(limits, &number.to_string(), path, found);
            range(limits, Decimal::from(*number), path, found);
        }
        View::Decimal(number) => range(limits, *number, path, found),
        View::Object(inside) => object(&param.fields, *inside, path, found),
        View::List(list) => {
            if let Some(most) = limits.max_list_size.filter(|most| list.len() as u64 > *most) {
                found.push(problem(path, format!("at most {most} items by the documentation, found {}", list.len())));
            }
            match list {
                ListView::String(texts) => {
                    texts
                        .iter()
                        .enumerate()
                        .for_each(|(at, text)| length(limits, text, &format!("{path}[{at}]"), found));
                }
                ListView::Object(objects) => {
                    for at in 0..objects.len() {
                        if let Some(inside) = objects.get(at) {
                            object(&param.fields, inside, &format!("{path}[{at}]"), found);
                        }
                    }
                }
                // Nothing but the size of such a list has a limit.
                ListView::Number(_) | ListView::Boolean(_) | ListView::Date(_) | ListView::Decimal(_) => {}
                ListView::Json(_) | ListView::File(_) => {}
                _ => found.push(problem(path, UNKNOWN_KIND.to_owned())),
            }
        }
        View::Absent | View::Boolean(_) | View::Date(_) | View::Json(_) | View::File(_) => {}
        _ => found.push(problem(path, UNKNOWN_KIND.to_owned())),
    }
}

fn length(limits: &Limits, text: &str, path: &str, found: &mut Vec<ParameterProblem>) {
    let length = text.chars().count();
    if let Some(most) = limits.max_length.filter(|most| length as u64 > *most) {
        found.push(problem(path, format!("at most {most} letters by the documentation, found {length}")));
    }
}

fn range(limits: &Limits, number: Decimal, path: &str, found: &mut Vec<ParameterProblem>) {
    // A limit that is not a number cannot be checked.
    let limit = |limit: &Option<String>| limit.as_deref().and_then(|limit| limit.trim().parse::<Decimal>().ok());
    if let Some(least) = limit(&limits.min).filter(|least| number < *least) {
        found.push(problem(path, format!("at least {least} by the documentation, found {number}")));
    }
    if let Some(most) = limit(&limits.max).filter(|most| number > *most) {
        found.push(problem(path, format!("at most {most} by the documentation, found {number}")));
    }
}

fn problem(path: &str, message: String) -> ParameterProblem {
    ParameterProblem { path: path.to_owned(), message }
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
            beyond_limits(&api, &request).iter().map(ToString::to_string).collect::<Vec<_>>()
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
