//! The readers against hand-written types: a struct with every kind of field.

mod anomalies;
mod charset;
mod envelope;
mod json;
mod limits;
mod xml;

use crate::{Anomaly, Date, Decimal, Decoder, Envelope, Error, File, Json, Object, Record, Response};

/// Every kind of field.
#[derive(Clone, Debug, Default, PartialEq, Response)]
#[top(crate = crate)]
struct Kinds {
    text: Option<String>,
    number: Option<i64>,
    boolean: Option<bool>,
    date: Option<Date>,
    decimal: Option<Decimal>,
    json: Option<Json>,
    file: Option<File>,
    object: Option<Inner>,
    texts: Vec<String>,
    numbers: Vec<i64>,
    booleans: Vec<bool>,
    dates: Vec<Date>,
    #[top(item = "price")]
    decimals: Vec<Decimal>,
    jsons: Vec<Json>,
    objects: Vec<Inner>,
    inner_list: Vec<List>,
    #[top(name = "self")]
    itself: Option<Box<Own>>,
}

#[derive(Clone, Debug, Default, PartialEq, Object)]
#[top(crate = crate)]
struct Inner {
    id: Option<i64>,
    name: Option<String>,
}

/// A type with a field that is named like an item of a list of it.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[top(crate = crate)]
#[top(item = "inner")]
struct List {
    id: Option<i64>,
    inner: Option<Inner>,
}

#[derive(Clone, Debug, Default, PartialEq, Object)]
#[top(crate = crate)]
struct Own {
    id: Option<i64>,
    #[top(name = "self")]
    itself: Option<Box<Own>>,
    list: Vec<Own>,
}

fn tolerant<T: Record>(body: &str) -> Result<(T, Envelope), Error> {
    let mut value = T::default();
    Decoder::new().decode_into(body.as_bytes(), &mut value).map(|envelope| (value, envelope))
}

/// The value of a body that fits the documentation.
#[track_caller]
fn strict<T: Record>(body: &str) -> T {
    let mut value = T::default();
    match Decoder::new().strict().decode_into(body.as_bytes(), &mut value) {
        Ok(_) => value,
        Err(error) => panic!("{error}\n{body}"),
    }
}

/// The value of a body, and its only anomaly, which the strict decoder makes an error.
#[track_caller]
fn one_anomaly(body: &str) -> (Kinds, Anomaly) {
    let (value, envelope) = tolerant::<Kinds>(body).unwrap();
    let [anomaly] = <[Anomaly; 1]>::try_from(envelope.anomalies).unwrap();
    match Decoder::new().strict().decode_into(body.as_bytes(), &mut Kinds::default()) {
        Err(Error::Anomaly(error)) => {
            assert_eq!(error.anomaly, anomaly);
            assert_eq!(error.position.offset, anomaly.offset);
        }
        other => panic!("{other:?}"),
    }
    (value, anomaly)
}

#[track_caller]
fn error(body: &str) -> Error {
    let tolerant = tolerant::<Kinds>(body).expect_err(body);
    let strict = Decoder::new().strict().decode_into(body.as_bytes(), &mut Kinds::default()).expect_err(body);
    assert_eq!(tolerant.to_string(), strict.to_string());
    tolerant
}

/// A response as XML.
fn xml(fields: &str) -> String {
    format!("<kinds_get_response>{fields}</kinds_get_response>")
}

/// A response as JSON.
fn json(members: &str) -> String {
    format!(r#"{{"kinds_get_response":{{{members}}}}}"#)
}
