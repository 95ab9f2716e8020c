//! Fills the parameters of a request from text.
//!
//! Each text is read according to its documented type: strings as they are; numbers, booleans, dates and decimals in their
//! text form; lists separated by commas, repeated, or as JSON; objects as JSON; files, and JSON from disk, as `@` and a
//! path. The codec's decoder validates the values.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use topsdk_codec::dynamic::DynamicObject;
use topsdk_codec::{Anomaly, Decoder, File, Json, ListSlot, Object, Slot};
use topsdk_spec::Api;

use super::member::{Member, fields};
use crate::did_you_mean;

/// Fills an empty request from a JSON object of parameters, and from parameters given one by one: the name on the wire with its
/// values as text. A list may have several values.
///
/// Missing required parameters are detected later, when the request is encoded.
///
/// # Errors
/// Returns all problems at once. Each is a sentence that begins with the parameter's path, such as
/// `param_dedut_open_req.card_id`, and says what was expected and what was found.
pub fn fill(
    api: &Api,
    request: &mut DynamicObject<'_>,
    params: Option<&str>,
    given: &BTreeMap<String, Vec<String>>,
) -> Result<(), Vec<String>> {
    let mut problems = Vec::new();
    if let Some(params) = params {
        match serde_json::from_str::<BTreeMap<String, IgnoredAny>>(params) {
            Ok(names) => {
                let twice = given.keys().filter(|name| names.contains_key(*name));
                problems.extend(twice.map(|name| format!("{name}: given twice: in the JSON object, and on its own")));
                read(api, request, params, &mut problems);
            }
            Err(error) => problems.push(format!("expected a JSON object of parameters: {error}")),
        }
    }
    let mut members = Vec::new();
    for (name, values) in given {
        let names = &request.schema().names;
        let Some(index) = names.iter().position(|known| known == name) else {
            let meant = did_you_mean(name, names.iter().copied());
            problems.push(format!("{name}: the API has no such parameter{meant}"));
            continue;
        };
        match value(request.slot(index), values) {
            Ok(Some(json)) => members.push(format!("{}:{json}", text(name))),
            Ok(None) => {}
            Err(message) => problems.push(format!("{name}: {message}")),
        }
    }
    read(api, request, &format!("{{{}}}", members.join(",")), &mut problems);
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Decodes a JSON object of parameters into the request with the codec.
fn read(api: &Api, request: &mut DynamicObject<'_>, json: &str, problems: &mut Vec<String>) {
    match Decoder::new().parameters(json, request) {
        Ok(anomalies) => problems.extend(anomalies.iter().map(|anomaly| problem(api, anomaly))),
        Err(error) => problems.push(format!("the parameters cannot be read: {error}")),
    }
}

/// Returns a parameter's value as JSON. Returns `None` if the value was written directly to the slot (files and raw JSON).
fn value(slot: Slot<'_>, values: &[String]) -> Result<Option<String>, String> {
    let one = || match values {
        [value] => Ok(value.as_str()),
        _ => Err(format!("given {} times, but it is not a list", values.len())),
    };
    Ok(Some(match slot {
        Slot::File(file) => {
            *file = Some(of_disk(one()?)?);
            return Ok(None);
        }
        Slot::Json(json) => {
            *json = Some(Json::new(well_formed(one()?)?));
            return Ok(None);
        }
        Slot::Object(_) => well_formed(one()?)?,
        Slot::String(_) => text(one()?),
        Slot::List(ListSlot::File(_)) => return Err("a list of files, which the protocol cannot send".to_owned()),
        Slot::List(list) => {
            let mut items = Vec::new();
            for value in values {
                let is_json = matches!(list, ListSlot::Object(_) | ListSlot::Json(_));
                let value = if is_json { well_formed(value)? } else { value.clone() };
                match serde_json::from_str::<Vec<&RawValue>>(&value) {
                    Ok(array) => items.extend(array.into_iter().map(|item| item.get().to_owned())),
                    Err(_) if is_json => items.push(value),
                    // The protocol joins items with commas and has no way to escape one (docs/protocol.md section 4).
                    Err(_) => {
                        for item in value.split(',') {
                            let is_text = matches!(list, ListSlot::String(_));
                            items.push(text(if is_text { item } else { present(item)? }));
                        }
                    }
                }
            }
            format!("[{}]", items.join(","))
        }
        _ => text(present(one()?)?),
    }))
}

/// Rejects an empty text and `null`, which the codec would decode as an absent value.
fn present(value: &str) -> Result<&str, String> {
    match value.trim() {
        "" | "null" => Err(format!("expected a value, found {value:?}")),
        value => Ok(value),
    }
}

/// Returns JSON as given, or the content of the file named after `@`, which no JSON text begins with.
fn well_formed(value: &str) -> Result<String, String> {
    let json = match value.strip_prefix('@') {
        Some(path) => fs::read_to_string(path).map_err(|error| format!("{path}: cannot be read: {error}"))?,
        None => value.to_owned(),
    };
    match serde_json::from_str::<IgnoredAny>(&json) {
        Ok(_) => Ok(json),
        Err(error) => Err(format!("expected JSON, or @ and the path of a file with it: {error}")),
    }
}

/// Returns the file named after `@`. It is opened when the request is sent.
fn of_disk(value: &str) -> Result<File, String> {
    let path = value.strip_prefix('@').ok_or("expected @ and the path of a file")?;
    match fs::metadata(path) {
        Ok(file) if file.is_file() && Path::new(path).file_name().is_some() => Ok(File::on_disk(path)),
        Ok(_) => Err(format!("{path}: expected a file")),
        Err(error) => Err(format!("{path}: cannot be read: {error}")),
    }
}

fn text(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

/// Describes an anomaly, and suggests a name for an unknown one.
fn problem(api: &Api, Anomaly { path, expected, found, .. }: &Anomaly) -> String {
    let place = if path.is_empty() { String::new() } else { format!("{path}: ") };
    if expected != "a documented name" {
        return format!("{place}expected {expected}, found {found:?}");
    }
    let meant = Member::resolve(&api.request, path).map(|member| {
        let known = fields(&api.request, &member.object).iter().map(|field| field.name.as_str());
        did_you_mean(&member.name, known)
    });
    format!("{place}not a documented name{}", meant.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use topsdk_codec::dynamic::DynamicType;
    use topsdk_codec::{ListView, View};
    use topsdk_spec::Param;

    use super::*;

    fn api() -> Api {
        let param = |name: &str, type_name: &str, list| Param {
            name: name.to_owned(),
            type_name: type_name.to_owned(),
            list,
            ..Param::default()
        };
        let node = |fields| Param { fields, ..param("node", "Node", false) };
        // A recursive type, cut off by the site after one level.
        let inside = Param { name: "inside".to_owned(), ..node(Vec::new()) };
        let request = vec![
            param("text", "String", false),
            param("texts", "String", true),
            param("number", "Number", false),
            param("json", "Json", false),
            param("odd", "Unheard", false),
            node(vec![param("label", "String", false), inside]),
        ];
        Api { method: "a.b".to_owned(), request, ..Api::default() }
    }

    fn given<const N: usize>(parameters: [(&str, &[&str]); N]) -> BTreeMap<String, Vec<String>> {
        let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        parameters.into_iter().map(|(name, values)| (name.to_owned(), owned(values))).collect()
    }

    /// Returns the problems reported for one parameter.
    fn reported(name: &str, values: &[&str]) -> String {
        let api = api();
        let types = DynamicType::request(&api);
        let problems = fill(&api, &mut DynamicObject::new(&types), None, &given([(name, values)])).unwrap_err();
        problems.join("\n")
    }

    proptest! {
        #![proptest_config(topsdk_random::config(256))]

        #[test]
        fn texts_are_read_unchanged(text: String, items in prop::collection::vec("[^,\\[]{1,9}[^,\\[ ]", 1..4)) {
            let api = api();
            let types = DynamicType::request(&api);
            let mut request = DynamicObject::new(&types);
            let texts = [&*items.join(","), &items[0]];
            let given = given([("text", &[&text]), ("odd", &[&text]), ("texts", &texts)]);
            prop_assert_eq!(fill(&api, &mut request, None, &given), Ok(()));
            for index in [0, 4] {
                match request.view(index) {
                    View::String(found) => prop_assert_eq!(found, &text),
                    _ => prop_assert!(text.is_empty(), "{:?}", text),
                }
            }
            let View::List(ListView::String(found)) = request.view(1) else { panic!("a list of texts") };
            prop_assert_eq!(&found[..found.len() - 1], &items[..]);
            prop_assert_eq!(found.last(), items.first());
        }

        #[test]
        fn hostile_values_stay_in_their_parameter(text: String) {
            let api = api();
            let types = DynamicType::request(&api);
            for name in ["number", "json", "node", "text", "texts"] {
                let mut request = DynamicObject::new(&types);
                let hostile = format!("{text}\"}},\"odd\":\"x\",\"a\":{{\"b\":\"");
                let _ = fill(&api, &mut request, None, &given([(name, &[&hostile])]));
                prop_assert!(matches!(request.view(4), View::Absent), "{}", name);
            }
        }
    }

    #[test]
    fn names_of_a_recursive_type_are_known_at_every_depth() {
        let reported = reported("node", &[r#"{"inside":{"inside":{"lable":"x"}}}"#]);
        assert_eq!(reported, "node.inside.inside.lable: not a documented name; did you mean `label`?");
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let api = api();
        let types = DynamicType::request(&api);
        let mut request = DynamicObject::new(&types);
        let given = given([("number", &["x"]), ("text", &["a", "b"]), ("json", &["{"])]);
        let problems = fill(&api, &mut request, Some(r#"{"nod":1,"text":"c"}"#), &given).unwrap_err();
        let paths: Vec<&str> = problems.iter().filter_map(|problem| problem.split(':').next()).collect();
        assert_eq!(paths, ["text", "nod", "json", "text", "number"]);
    }
}
