//! Every documented answer of the catalogue, decoded by its spec alone: all its forms give one value.
//!
//! The catalogue is somebody else's and not part of this project; `TOPSDK_CORPUS` names its folder.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::path::Path;

use topsdk_codec::dynamic::{DynamicObject, DynamicType};
use topsdk_codec::write::{JsonForm, response_json, response_xml};
use topsdk_codec::{Anomaly, Decoder, Error};
use topsdk_spec::Api;
use topsdk_tests::is_the_pages_fault;

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn every_documented_response_decodes_equally_from_every_form() {
    let corpus = topsdk_tests::corpus();
    let mut counts = Counts::default();
    for nasty in [false, true] {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("decode-{nasty}"));
        let apis = topsdk_tests::documents(&corpus, &folder, nasty).expect("the collection can be read");
        assert_eq!(apis.len(), 3_153 + 6);
        apis.iter().for_each(|api| check(api, &mut counts));
    }
    println!("{counts:?}");
    // All but about 40 of 18,954: a sample that is not of its documented type is the page's fault.
    assert!(counts.strict > 18_900 && counts.odd + counts.broken < 60, "{counts:?}");
}

#[derive(Debug, Default)]
struct Counts {
    /// Responses without an anomaly.
    strict: usize,
    /// Responses with anomalies that the page accounts for.
    odd: usize,
    /// Responses that serde_json cannot read either.
    broken: usize,
}

fn check(api: &Api, counts: &mut Counts) {
    let samples = &api.samples;
    let types = DynamicType::response(api);
    let mut first: Option<DynamicObject<'_>> = None;
    for (form, sample) in
        [("XML", &samples.xml), ("JSON", &samples.json), ("simplified JSON", &samples.json_simplified)]
    {
        let Some(sample) = sample else { continue };
        let shown = format!("{} as {form}", api.method);
        let (value, anomalies) = match decode(api, &types, sample) {
            Ok(decoded) => decoded,
            Err(error) => {
                assert!(matches!(error, Error::Syntax(_)) && form != "XML", "{shown}: {error}");
                assert!(serde_json::from_str::<serde::de::IgnoredAny>(sample).is_err(), "{shown}: {error}");
                counts.broken += 1;
                continue;
            }
        };
        match anomalies.as_slice() {
            [] => counts.strict += 1,
            _ => counts.odd += 1,
        }
        for anomaly in anomalies {
            assert!(is_the_pages_fault(api, &anomaly), "{shown}: {anomaly}");
        }
        let first = first.get_or_insert_with(|| value.clone());
        assert_eq!(&value, first, "{shown}");
    }
    let Some(value) = first else { return };
    let xml = response_xml(&value, &api.method).unwrap_or_else(|error| panic!("{}: {error}", api.method));
    let json =
        response_json(&value, &api.method, JsonForm::Normal).unwrap_or_else(|error| panic!("{}: {error}", api.method));
    for body in [xml, json] {
        let (again, anomalies) = decode(api, &types, &body).unwrap_or_else(|error| panic!("{}: {error}", api.method));
        assert_eq!((again, anomalies), (value.clone(), Vec::new()), "{body}");
    }
}

fn decode<'t>(api: &Api, types: &'t DynamicType<'t>, body: &str) -> Result<(DynamicObject<'t>, Vec<Anomaly>), Error> {
    let mut value = DynamicObject::new(types);
    let decoder = Decoder::new().for_method(api.method.clone());
    let envelope = decoder.decode_into(body.as_bytes(), &mut value)?;
    Ok((value, envelope.anomalies))
}
