//! Fills the parameters of a request from text.
//!
//! Each text is read according to its documented type: strings as they are; numbers, booleans, dates and decimals in their
//! text form; lists separated by commas, repeated, or as JSON; objects as JSON; files, and JSON from disk, as `@` and a
//! path. The codec's decoder validates the values.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use serde::de::IgnoredAny;
use topsdk_codec::dynamic::DynamicObject;
use topsdk_codec::{Anomaly, Decoder, File, Json, ListSlot, Object, Slot};
use topsdk_spec::{Api, Param};

use crate::did_you_mean;

/// The values given for one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Name of the parameter on the wire.
    pub name: String,
    /// The values as text, in order. A list may have more than one.
    pub values: Vec<String>,
}

/// A problem with the given parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path of the parameter, such as `param_dedut_open_req.card_id`. Empty if the problem concerns all parameters.
    pub path: String,
    /// What was expected and what was found, with a suggestion if a name is similar.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "{path}: {}", self.message),
        }
    }
}

/// Fills an empty request from a JSON object of parameters and from parameters given one by one.
///
/// Missing required parameters are detected later, when the request is encoded.
///
/// # Errors
/// Returns all problems at once.
pub fn fill(
    api: &Api,
    request: &mut DynamicObject<'_>,
    params: Option<&str>,
    given: &[Given],
) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    if let Some(params) = params {
        match serde_json::from_str::<BTreeMap<String, IgnoredAny>>(params) {
            Ok(names) => {
                for Given { name, .. } in given.iter().filter(|given| names.contains_key(&given.name)) {
                    problems.push(problem(name, "given twice: among the parameters in JSON, and by itself"));
                }
                read(api, request, params, &mut problems);
            }
            Err(error) => problems.push(problem("", &format!("the parameters are no JSON object: {error}"))),
        }
    }
    let mut members = Vec::new();
    for Given { name, values } in given {
        let Some(index) = request.schema().names.iter().position(|known| known == name) else {
            let known = request.schema().names.iter().copied();
            problems.push(problem(name, &format!("no parameter of the API{}", did_you_mean(name, known))));
            continue;
        };
        match value(request.slot(index), values) {
            Ok(Some(json)) => members.push(format!("{}:{json}", text(name))),
            Ok(None) => {}
            Err(message) => problems.push(problem(name, &message)),
        }
    }
    read(api, request, &format!("{{{}}}", members.join(",")), &mut problems);
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Decodes a JSON object of parameters into the request with the codec.
fn read(api: &Api, request: &mut DynamicObject<'_>, json: &str, problems: &mut Vec<Problem>) {
    match Decoder::new().parameters(json, request) {
        Ok(anomalies) => problems.extend(anomalies.iter().map(|anomaly| of_anomaly(api, anomaly))),
        Err(error) => problems.push(problem("", &format!("the parameters cannot be read: {error}"))),
    }
}

/// Returns a parameter's value as JSON. Returns `None` if the value was written directly to the slot (files and raw JSON).
fn value(slot: Slot<'_>, values: &[String]) -> Result<Option<String>, String> {
    let one = || match values {
        [value] => Ok(value.as_str()),
        _ => Err(format!("given {} times, and it is no list", values.len())),
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
        Slot::List(ListSlot::Object(_) | ListSlot::Json(_)) => {
            let mut items = Vec::new();
            for value in values {
                let json = well_formed(value)?;
                match json.trim().strip_prefix('[').and_then(|json| json.strip_suffix(']')) {
                    Some(inner) if inner.trim().is_empty() => {}
                    Some(inner) => items.push(inner.to_owned()),
                    None => items.push(json),
                }
            }
            format!("[{}]", items.join(","))
        }
        Slot::List(ListSlot::File(_)) => return Err("a list of files, which the protocol cannot send".to_owned()),
        Slot::List(list) => {
            let is_text = matches!(list, ListSlot::String(_));
            let mut items = Vec::new();
            for value in values {
                match serde_json::from_str::<Vec<IgnoredAny>>(value) {
                    Ok(_) => items.extend(
                        value.trim().strip_prefix('[').and_then(|json| json.strip_suffix(']')).map(str::to_owned),
                    ),
                    // The protocol joins items with commas and has no way to escape one (docs/protocol.md section 4).
                    Err(_) => {
                        for item in value.split(',') {
                            items.push(if is_text { text(item) } else { text(something(item)?) });
                        }
                    }
                }
            }
            items.retain(|item| !item.trim().is_empty());
            format!("[{}]", items.join(","))
        }
        _ => text(something(one()?)?),
    }))
}

/// Rejects an empty text and `null`, which the codec would decode as an absent value.
fn something(value: &str) -> Result<&str, String> {
    match value.trim() {
        "" | "null" => Err(format!("expected a value of its type, found {value:?}")),
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

#[expect(clippy::expect_used, reason = "memory takes all that is written")]
fn text(value: &str) -> String {
    serde_json::to_string(value).expect("a value is JSON")
}

fn of_anomaly(api: &Api, anomaly: &Anomaly) -> Problem {
    let Anomaly { path, expected, found, .. } = anomaly;
    if expected == "a documented name" {
        let (above, name) = path.rsplit_once('.').unwrap_or(("", path));
        let known = fields(api, above).iter().map(|field| field.name.as_str());
        return problem(path, &format!("no documented name{}", did_you_mean(name, known)));
    }
    problem(path, &format!("expected {expected}, found {found:?}"))
}

/// Returns the fields at the path of an anomaly, such as `items[2].price`.
fn fields<'a>(api: &'a Api, path: &str) -> &'a [Param] {
    let names = path.split('.').filter(|name| !name.is_empty());
    names.fold(&api.request[..], |fields, name| {
        let name = name.split('[').next().unwrap_or_default();
        let Some(param) = fields.iter().find(|param| param.name == name) else { return &[] };
        match param.fields.as_slice() {
            // A page shows the fields of a recursive type once, not again where the type contains itself.
            [] => of_type(&api.request, &param.type_name).unwrap_or_default(),
            fields => fields,
        }
    })
}

fn of_type<'a>(params: &'a [Param], type_name: &str) -> Option<&'a [Param]> {
    params.iter().find_map(|param| match param.fields.as_slice() {
        [] => None,
        fields if param.type_name == type_name => Some(fields),
        fields => of_type(fields, type_name),
    })
}

fn problem(path: &str, message: &str) -> Problem {
    Problem { path: path.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use topsdk_codec::dynamic::DynamicType;
    use topsdk_codec::{ListView, View};

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

    fn given(name: &str, values: &[&str]) -> Vec<Given> {
        vec![Given { name: name.to_owned(), values: values.iter().map(|value| (*value).to_owned()).collect() }]
    }

    /// Returns the problems reported for one parameter.
    fn said(name: &str, values: &[&str]) -> String {
        let api = api();
        let types = DynamicType::request(&api);
        let problems = fill(&api, &mut DynamicObject::new(&types), None, &given(name, values)).unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    proptest! {
        #![proptest_config(topsdk_random::config(256))]

        #[test]
        fn texts_are_as_they_were_given(text: String, items in prop::collection::vec("[^,\\[]{1,9}[^,\\[ ]", 1..4)) {
            let api = api();
            let types = DynamicType::request(&api);
            let mut request = DynamicObject::new(&types);
            let mut all = given("text", &[&text]);
            all.extend(given("odd", &[&text]));
            all.extend(given("texts", &[&items.join(","), &items[0]]));
            prop_assert_eq!(fill(&api, &mut request, None, &all), Ok(()));
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
        fn nothing_that_is_given_breaks_out_of_its_place(text: String) {
            let api = api();
            let types = DynamicType::request(&api);
            for name in ["number", "json", "node", "text", "texts"] {
                let mut request = DynamicObject::new(&types);
                let hostile = format!("{text}\"}},\"odd\":\"x\",\"a\":{{\"b\":\"");
                let _ = fill(&api, &mut request, None, &given(name, &[&hostile]));
                prop_assert!(matches!(request.view(4), View::Absent), "{}", name);
            }
        }
    }

    #[test]
    fn a_type_that_holds_itself_has_its_names_at_every_depth() {
        let said = said("node", &[r#"{"inside":{"inside":{"lable":"x"}}}"#]);
        assert_eq!(said, "node.inside.inside.lable: no documented name; did you mean `label`?");
    }

    #[test]
    fn all_that_is_wrong_is_said() {
        let api = api();
        let types = DynamicType::request(&api);
        let mut request = DynamicObject::new(&types);
        let all = [given("number", &["x"]), given("text", &["a", "b"]), given("json", &["{"])].concat();
        let problems = fill(&api, &mut request, Some(r#"{"nod":1,"text":"c"}"#), &all).unwrap_err();
        let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["text", "nod", "text", "json", "number"]);
    }
}
