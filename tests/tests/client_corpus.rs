//! The client calls every API of the catalogue at the mock gateway, in every format: each takes the call that the spec
//! asks for, and its answer is what the page documents.
//!
//! The catalogue is somebody else's and not part of this project; `TOPSDK_CORPUS` names its folder.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::path::Path;

use topsdk_client::mock::Gateway;
use topsdk_client::{Reply, blocking};
use topsdk_codec::dynamic::{DynamicObject, DynamicType};
use topsdk_codec::{Date, Decimal, Decoder, File, Format, Json, ListSlot, Object, Session, Slot};
use topsdk_spec::{Api, Param};
use topsdk_tests::is_the_pages_fault;

const APIS: usize = 3_153 + 6;

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn every_api_of_the_catalogue_returns_its_documented_response() {
    let corpus = topsdk_tests::corpus();
    for nasty in [false, true] {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("call-{nasty}"));
        let apis = topsdk_tests::documents(&corpus, &folder, nasty).expect("the collection can be read");
        assert_eq!(apis.len(), APIS);
        let gateway = Gateway::builder("12345678", "S3CRET").apis(apis.clone()).listen("127.0.0.1:0").unwrap();
        let mut counts = Counts::default();
        for format in [Format::Xml, Format::Json, Format::JsonSimplified] {
            let client =
                blocking::Client::builder("12345678", "S3CRET").gateway(gateway.url()).no_proxy().format(format);
            let client = client.build().unwrap();
            apis.iter().for_each(|api| check(api, format, &client, &gateway, &mut counts));
        }
        println!("{counts:?}");
        // All but about 20 of 9,477: a sample that is not of its documented type is the page's fault.
        assert!(counts.odd < 30 && counts.made < 40, "{counts:?}");
        assert_eq!(counts.sound + counts.odd, 3 * APIS);
    }
}

#[derive(Debug, Default)]
struct Counts {
    /// Responses without an anomaly.
    sound: usize,
    /// Responses with anomalies that the page accounts for.
    odd: usize,
    /// Responses for which another sample, or the table, had to stand in.
    made: usize,
}

fn check(api: &Api, format: Format, client: &blocking::Client, gateway: &Gateway, counts: &mut Counts) {
    let shown = format!("{} as {format:?}", api.method);
    let types = DynamicType::request(api);
    let mut request = DynamicObject::new(&types);
    fill(&mut request, &api.request);
    let types = DynamicType::response(api);
    let mut answer = DynamicObject::new(&types);
    let session = Session::new("T0KEN");
    let reply: Reply<()> = client
        .execute_object(&api.method, &request, &mut answer, Some(&session))
        .unwrap_or_else(|error| panic!("{shown}: {error}"));

    let call = gateway.last_call().unwrap();
    assert_eq!((call.method.as_deref(), reply.attempts), (Some(&*api.method), 1), "{shown}");
    if !api.response.iter().any(|field| field.name == "request_id") {
        assert_eq!(reply.request_id.as_deref(), Some(&*call.request_id), "{shown}");
    }
    match reply.anomalies.as_slice() {
        [] => counts.sound += 1,
        _ => counts.odd += 1,
    }
    for anomaly in &reply.anomalies {
        assert!(is_the_pages_fault(api, anomaly), "{shown}: {anomaly}");
    }
    let is_odd = call.notes.iter().any(|note| note.contains("sample as it is"));
    assert_eq!(is_odd, !reply.anomalies.is_empty(), "{shown}: {call}");
    if call.notes.is_empty() || is_odd {
        let samples = &api.samples;
        let own = match format {
            Format::Xml => &samples.xml,
            Format::Json => &samples.json,
            Format::JsonSimplified => &samples.json_simplified,
        };
        let mut documented = DynamicObject::new(&types);
        Decoder::new().decode_into(own.as_deref().expect(&shown).as_bytes(), &mut documented).expect(&shown);
        assert_eq!(answer, documented, "{shown}");
    } else {
        counts.made += 1;
        assert!(call.notes[0].contains("written as") || call.notes[0].starts_with("made from"), "{shown}: {call}");
    }
}

/// Fills what is required with a value that fits its row.
fn fill(object: &mut dyn Object, rows: &[Param]) {
    for row in rows.iter().filter(|row| row.required) {
        let Some(index) = object.schema().names.iter().position(|name| *name == row.name) else { continue };
        match object.slot(index) {
            Slot::String(field) => *field = Some(text(row)),
            Slot::Number(field) => *field = Some(number(row)),
            Slot::Boolean(field) => *field = Some(true),
            Slot::Date(field) => *field = Some(DATE),
            Slot::Decimal(field) => *field = Some(Decimal::from(number(row))),
            Slot::Json(field) => *field = Some(Json::new(text(row))),
            Slot::File(field) => *field = Some(File::new("小.jpg", *b"\xFF\xD8\r\n--")),
            Slot::Object(slot) => fill(slot.insert(), &row.fields),
            Slot::List(ListSlot::String(list)) => list.push(text(row).replace(',', ";")),
            Slot::List(ListSlot::Number(list)) => list.push(number(row)),
            Slot::List(ListSlot::Boolean(list)) => list.push(false),
            Slot::List(ListSlot::Date(list)) => list.push(DATE),
            Slot::List(ListSlot::Decimal(list)) => list.push(Decimal::from(number(row))),
            Slot::List(ListSlot::Json(list)) => list.push(Json::new("{}")),
            Slot::List(ListSlot::Object(list)) => fill(list.push(), &row.fields),
            _ => panic!("{}: a kind of field that this test does not fill", row.name),
        }
    }
}

const DATE: Date = Date::constant(2024, 2, 29, 23, 59, 59, 0);

/// The documented example, as long as documented.
fn text(row: &Param) -> String {
    let length = row.limits.max_length.map_or(usize::MAX, |length| usize::try_from(length).unwrap());
    let text: String = row.example.chars().take(length).collect();
    if text.is_empty() { "x".to_owned() } else { text }
}

/// The documented example, where it is within the documented limits.
fn number(row: &Param) -> i64 {
    let number: i64 = row.example.parse().unwrap_or(1);
    let digits = row.limits.max_length.map_or(18, |length| u32::try_from(length).unwrap().min(18));
    let number = number.rem_euclid(10_i64.pow(digits));
    let limit = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<i64>().ok());
    let number = limit(&row.limits.min).map_or(number, |min| number.max(min));
    limit(&row.limits.max).map_or(number, |max| number.min(max))
}
