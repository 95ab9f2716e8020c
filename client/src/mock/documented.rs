//! The documented response of an API in each format (docs/protocol.md sections 5.2 to 5.4).

use topsdk_codec::{
    Anomaly, Decimal, Decoder, EncodeError, Format, Json, ListSlot, Object, Slot,
    dynamic::{DynamicObject, DynamicType},
    write::{JsonForm, response_json, response_xml},
};
use topsdk_spec::{Api, Param};

use super::{
    date::date_of,
    refusal::{Refusal, document},
};

/// A response without its `request_id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Documented {
    before: String,
    /// The text after the `request_id`; `None` if there is no place for one.
    after: Option<String>,
    /// Where it comes from, if not from the page's sample in this format.
    pub(super) note: Option<String>,
}

impl Documented {
    /// Returns the body of the response to the call with this `request_id`.
    pub(super) fn body(&self, request_id: &str) -> String {
        match &self.after {
            Some(after) => [&self.before, request_id, after].concat(),
            None => self.before.clone(),
        }
    }
}

/// Returns the documented response: the page's sample in this format, else another sample converted to this format, else a
/// response made of the sample values in the response table.
pub(super) fn documented(api: &Api, format: Format) -> Documented {
    let types = DynamicType::response(api);
    let samples = &api.samples;
    let (own, own_name) = match format {
        Format::Xml => (&samples.xml, "XML"),
        Format::Json => (&samples.json, "JSON"),
        Format::JsonSimplified => (&samples.json_simplified, "simplified JSON"),
    };
    let own_fault = match own.as_deref().map(|sample| decoded(&types, sample)) {
        Some(Ok((_, anomalies))) => {
            // A broken sample is sent as it is: a client should learn of it.
            let note = anomalies.first().map(|first| {
                let count = anomalies.len();
                format!("the page's {own_name} sample as it is, {count} of whose values do not fit the page's table: {first}")
            });
            return with_number(api, format, &types, own.as_deref().unwrap_or_default().trim(), note);
        }
        Some(Err(error)) => format!("its {own_name} sample is faulty ({error})"),
        None => format!("it has no {own_name} sample"),
    };
    let others = [("JSON", &samples.json), ("XML", &samples.xml), ("simplified JSON", &samples.json_simplified)];
    for (name, sample) in others.into_iter().filter(|(name, _)| *name != own_name) {
        let Some(Ok((value, _))) = sample.as_deref().map(|sample| decoded(&types, sample)) else { continue };
        if let Ok(text) = written(api, format, &value) {
            // HTML pages show no simplified JSON; only the document endpoint has it.
            let is_usual = format == Format::JsonSimplified && own.is_none();
            let note = format!("the page's {name} sample, written as {own_name}: {own_fault}");
            return with_number(api, format, &types, &text, (!is_usual).then_some(note));
        }
    }
    let mut value = DynamicObject::new(&types);
    fill(&mut value, &api.response);
    let (text, what) = match written(api, format, &value) {
        Ok(text) => (text, "made from the sample values of the page's table".to_owned()),
        Err(error) => {
            let text = written(api, format, &DynamicObject::new(&types)).unwrap_or_default();
            (text, format!("empty, as the sample values of the page's table cannot be written ({error})"))
        }
    };
    let note = format!("{what}: {own_fault}, and no other one can be read");
    with_number(api, format, &types, &text, Some(note))
}

/// Returns a response that the user wrote, in the requested format: as it is if it has that format, else converted by the
/// spec. Returns `None` if it cannot be read.
pub(super) fn converted(api: &Api, format: Format, text: &str) -> Option<Result<String, Refusal>> {
    let types = DynamicType::response(api);
    match decoded(&types, text) {
        Ok((value, _)) => written(api, format, &value).ok().map(Ok),
        Err(topsdk_codec::Error::Platform(error)) => Some(Err(Refusal {
            code: error.code.parse().ok()?,
            msg: error.msg,
            sub_code: error.sub_code,
            sub_msg: error.sub_msg,
        })),
        Err(_) => None,
    }
}

type Decoded<'t> = Result<(DynamicObject<'t>, Vec<Anomaly>), topsdk_codec::Error>;

fn decoded<'t>(types: &'t DynamicType<'t>, sample: &str) -> Decoded<'t> {
    let mut value = DynamicObject::new(types);
    let envelope = Decoder::new().decode_into(sample.as_bytes(), &mut value)?;
    Ok((value, envelope.anomalies))
}

fn written(api: &Api, format: Format, value: &DynamicObject<'_>) -> Result<String, EncodeError> {
    match format {
        Format::Xml => response_xml(value, &api.method),
        Format::Json => response_json(value, &api.method, JsonForm::Normal),
        // Documented samples have a root.
        Format::JsonSimplified => response_json(value, &api.method, JsonForm::Simplified),
    }
}

/// Splits a response for the `request_id` as the last member of the root, if the response has none of its own.
fn with_number(api: &Api, format: Format, types: &DynamicType<'_>, text: &str, note: Option<String>) -> Documented {
    const NUMBER: &str = "number0of0the0call";
    let whole = |text: &str| match format {
        Format::Xml => document(text),
        Format::Json | Format::JsonSimplified => text.to_owned(),
    };
    let has_field = api.response.iter().any(|param| param.name == "request_id");
    let room = (!has_field).then(|| room(format, text)).flatten();
    if let Some((before, opening, closing, after)) = room {
        // Fails if the text does not end with the root, for example because a comment follows.
        let tried = [before, opening, NUMBER, closing, after].concat();
        let mut value = DynamicObject::new(types);
        let number =
            Decoder::new().decode_into(tried.as_bytes(), &mut value).ok().and_then(|envelope| envelope.request_id);
        if number.as_deref() == Some(NUMBER) {
            let tried = whole(&tried);
            if let Some((before, after)) = tried.split_once(NUMBER) {
                return Documented { before: before.to_owned(), after: Some(after.to_owned()), note };
            }
        }
    }
    Documented { before: whole(text), after: None, note }
}

/// Returns the text up to the end of the root's members, the text around a `request_id` there, and the rest.
fn room(format: Format, text: &str) -> Option<(&str, &str, &str, &str)> {
    match format {
        Format::Xml => {
            let (before, after) = text.split_at(text.rfind("</")?);
            Some((before.trim_end(), "<request_id>", "</request_id>", after))
        }
        Format::Json | Format::JsonSimplified => {
            let inner = text.trim_end().strip_suffix('}')?.trim_end().strip_suffix('}')?.trim_end();
            let opening = if inner.ends_with('{') { r#""request_id":""# } else { r#","request_id":""# };
            Some((inner, opening, "\"", &text[inner.len()..]))
        }
    }
}

/// Fills an object with the sample values of its parameters. A sample that is not of its type leaves its field empty.
fn fill(object: &mut dyn Object, rows: &[Param]) {
    for row in rows {
        let Some(index) = object.schema().names.iter().position(|name| *name == row.name) else { continue };
        let sample = row.example.as_str();
        match object.slot(index) {
            Slot::String(field) => *field = text(sample),
            Slot::Number(field) => *field = sample.parse().ok(),
            Slot::Boolean(field) => *field = sample.parse().ok(),
            Slot::Date(field) => *field = date_of(sample),
            Slot::Decimal(field) => *field = sample.parse::<Decimal>().ok(),
            Slot::Json(field) => *field = text(sample).map(Json::new),
            Slot::Object(slot) => fill(slot.insert(), &row.fields),
            Slot::List(list) => fill_list(list, row),
            // No response has files. Types of values that codec adds are found by a test below.
            Slot::File(_) | Slot::Unknown | _ => {}
        }
    }
}

fn fill_list(list: ListSlot<'_>, row: &Param) {
    let items = || row.example.split(',').map(str::trim).filter(|item| !item.is_empty());
    match list {
        ListSlot::String(list) => list.extend(items().map(str::to_owned)),
        ListSlot::Number(list) => list.extend(items().filter_map(|item| item.parse::<i64>().ok())),
        ListSlot::Boolean(list) => list.extend(items().filter_map(|item| item.parse::<bool>().ok())),
        ListSlot::Date(list) => list.extend(items().filter_map(date_of)),
        ListSlot::Decimal(list) => list.extend(items().filter_map(|item| item.parse::<Decimal>().ok())),
        ListSlot::Json(list) => list.extend(text(&row.example).map(Json::new)),
        // Two rows of one name fill one list.
        ListSlot::Object(list) if !list.is_empty() => {}
        ListSlot::Object(list) => fill(list.push(), &row.fields),
        ListSlot::File(_) | _ => {}
    }
}

fn text(sample: &str) -> Option<String> {
    (!sample.is_empty()).then(|| sample.to_owned())
}

#[cfg(test)]
mod tests {
    use topsdk_spec::{Basic, Samples};

    use super::*;

    fn api(samples: Samples) -> Api {
        let row = |name: &str, type_name: &str, example: &str| Param {
            name: name.to_owned(),
            type_name: type_name.to_owned(),
            example: example.to_owned(),
            ..Param::default()
        };
        let items = Param { list: true, fields: vec![row("id", "Number", "7")], ..row("items", "Item", "") };
        let ids = Param { list: true, ..row("ids", "Number", "1,2,x") };
        let response = vec![row("name", "String", "a/b"), row("at", "Date", "yesterday"), items, ids];
        Api { method: "taobao.thing.get".to_owned(), response, samples, ..Api::default() }
    }

    #[test]
    fn the_sample_is_sent_with_a_request_id_as_its_last_member() {
        let api = api(Samples {
            xml: Some("<thing_get_response>\n  <name>x</name>\n</thing_get_response>\n".to_owned()),
            json: Some("{\n  \"thing_get_response\":{\n  }\n}\n".to_owned()),
            json_simplified: Some(r#"{"thing_get_response":{"name":"x"}}"#.to_owned()),
            ..Samples::default()
        });
        assert_eq!(
            documented(&api, Format::Xml).body("5m"),
            "<?xml version=\"1.0\" encoding=\"utf-8\" ?><thing_get_response>\n  <name>x</name><request_id>5m</request_id>\
             </thing_get_response><!--top.mock-->"
        );
        assert_eq!(
            documented(&api, Format::Json).body("5m"),
            "{\n  \"thing_get_response\":{\"request_id\":\"5m\"\n  }\n}"
        );
        assert_eq!(
            documented(&api, Format::JsonSimplified).body("5m"),
            r#"{"thing_get_response":{"name":"x","request_id":"5m"}}"#
        );
        assert_eq!(documented(&api, Format::Json).note, None);
    }

    #[test]
    fn a_sample_without_room_for_a_request_id_is_sent_as_it_is() {
        let mut api = api(Samples {
            xml: Some("<thing_get_response/>".to_owned()),
            json: Some(r#"{"name":"x"}"#.to_owned()),
            ..Samples::default()
        });
        assert!(documented(&api, Format::Xml).body("5m").contains("<thing_get_response/><!--"));
        assert_eq!(documented(&api, Format::Json).body("5m"), r#"{"name":"x"}"#);
        api.samples.json = Some(r#"{"thing_get_response":{"request_id":"mine"}}"#.to_owned());
        api.response.push(Param { name: "request_id".to_owned(), ..Param::default() });
        assert_eq!(documented(&api, Format::Json).body("5m"), r#"{"thing_get_response":{"request_id":"mine"}}"#);
    }

    #[test]
    fn a_missing_sample_is_converted_from_another_one_and_logged() {
        let xml = "<thing_get_response><name>x</name><ids><number>3</number></ids></thing_get_response>";
        let api = api(Samples { xml: Some(xml.to_owned()), json: Some("{,".to_owned()), ..Samples::default() });
        let json = documented(&api, Format::Json);
        assert_eq!(json.body("5m"), r#"{"thing_get_response":{"name":"x","ids":{"number":[3]},"request_id":"5m"}}"#);
        let note = json.note.unwrap();
        assert!(
            note.starts_with("the page's XML sample, written as JSON: its JSON sample is faulty (broken JSON"),
            "{note}"
        );
        let simplified = documented(&api, Format::JsonSimplified);
        assert_eq!(simplified.body("5m"), r#"{"thing_get_response":{"name":"x","ids":[3],"request_id":"5m"}}"#);
        assert_eq!(simplified.note, None);
    }

    #[test]
    fn a_sample_that_contradicts_its_table_is_sent_and_logged() {
        let json = r#"{"thing_get_response":{"name":"x","at":"soon"}}"#;
        let api = api(Samples { json: Some(json.to_owned()), ..Samples::default() });
        let response = documented(&api, Format::Json);
        assert_eq!(response.body("5m"), r#"{"thing_get_response":{"name":"x","at":"soon","request_id":"5m"}}"#);
        let note = response.note.unwrap();
        assert!(note.contains("1 of whose values do not fit the page's table: at: expected Date, found"), "{note}");
    }

    #[test]
    fn without_a_sample_the_table_makes_the_response() {
        let api = api(Samples::default());
        let json = documented(&api, Format::Json);
        assert_eq!(
            json.body("5m"),
            r#"{"thing_get_response":{"name":"a\/b","items":{"item":[{"id":7}]},"ids":{"number":[1,2]},"request_id":"5m"}}"#
        );
        assert!(
            json.note.unwrap().starts_with("made from the sample values of the page's table: it has no JSON sample")
        );
        assert!(documented(&api, Format::Xml).body("5m").contains("<items><item><id>7</id></item></items>"));
    }

    #[test]
    fn a_response_has_a_value_of_every_basic_type() {
        let response = |list: bool| {
            // `Field List` is a list by itself.
            let words = Basic::WORDS.into_iter().filter(|(word, _)| !list || *word != "Field List");
            let rows = words.map(|(word, basic)| {
                let example = match basic {
                    Basic::String => "text",
                    Basic::Number | Basic::Decimal => "7",
                    Basic::Boolean => "true",
                    Basic::Date => "2024-01-02 03:04:05",
                    Basic::Json => "{}",
                    Basic::File => "a.png",
                };
                let (name, example) = (format!("of_{}", word.replace([' ', '[', ']'], "_")), example.to_owned());
                Param { name, type_name: word.to_owned(), example, list, ..Param::default() }
            });
            rows.collect()
        };
        for list in [false, true] {
            let api = Api { method: "taobao.thing.get".to_owned(), response: response(list), ..Api::default() };
            for format in [Format::Json, Format::JsonSimplified, Format::Xml] {
                let documented = documented(&api, format);
                let body = documented.body("5m");
                for row in api.response.iter().filter(|row| row.type_name != "byte[]") {
                    assert!(body.contains(&row.name), "{format:?}: no {} in {body}: {documented:?}", row.name);
                }
            }
        }
    }

    #[test]
    fn a_table_that_cannot_be_written_makes_an_empty_response_and_is_logged() {
        let mut api = api(Samples::default());
        api.response[0].example = "\u{1}".to_owned();
        let xml = documented(&api, Format::Xml);
        assert!(xml.body("5m").contains("?><thing_get_response><request_id>5m</request_id></thing_get_response><!--"));
        assert!(
            xml.note
                .unwrap()
                .starts_with("empty, as the sample values of the page's table cannot be written (name: U+0001")
        );
        assert!(documented(&api, Format::Json).body("5m").contains(r#""name":"\u0001""#));
    }
}
