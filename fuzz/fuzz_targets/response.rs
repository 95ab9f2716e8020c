//! A response with every kind of field, and what must hold for any body of one.

use topsdk_codec::{
    Date, Decimal, Decoder, Error, File, Json, Response,
    write::{JsonForm, response_json, response_xml},
};

#[derive(Clone, Debug, Default, PartialEq, Response)]
#[top(crate = topsdk_codec)]
pub struct Answer {
    s: Option<String>,
    n: Option<i64>,
    b: Option<bool>,
    d: Option<Date>,
    p: Option<Decimal>,
    j: Option<Json>,
    f: Option<File>,
    ss: Vec<String>,
    ns: Vec<i64>,
    bs: Vec<bool>,
    ds: Vec<Date>,
    ps: Vec<Decimal>,
    js: Vec<Json>,
    os: Vec<Answer>,
    o: Option<Box<Answer>>,
}

/// Decodes a body; what a strict decoder takes has no anomalies, and reads back equal from every form it is written in.
pub fn check(body: &[u8]) {
    let tolerant = Decoder::new().decode::<Answer>(body);
    let strict = Decoder::new().strict().decode::<Answer>(body);
    match (&tolerant, &strict) {
        (Ok(tolerant), Ok(strict)) => assert_eq!(tolerant, strict),
        (Ok(tolerant), Err(Error::Anomaly(error))) => assert_eq!(tolerant.anomalies[0], error.anomaly),
        (Err(tolerant), Err(strict)) if !matches!(strict, Error::Anomaly(_)) => {
            assert_eq!(tolerant.to_string(), strict.to_string());
        }
        (Err(_), Err(Error::Anomaly(_))) => {}
        (tolerant, strict) => panic!("{tolerant:?}\n{strict:?}"),
    }
    for error in [tolerant.as_ref().err(), strict.as_ref().err()].into_iter().flatten() {
        assert!(!error.to_string().is_empty());
    }
    let Ok(reply) = tolerant else { return };
    let written = [
        response_xml(&reply.value, "taobao.a"),
        response_json(&reply.value, "taobao.a", JsonForm::Normal),
        response_json(&reply.value, "taobao.a", JsonForm::Simplified),
        response_json(&reply.value, "taobao.a", JsonForm::Rootless),
    ];
    // What cannot be written is a character that XML lacks, or a date before the year 0.
    for body in written.into_iter().flatten() {
        // An empty response without a root is not a response.
        if body == "{}" {
            continue;
        }
        let again = Decoder::new().strict().decode::<Answer>(body.as_str()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again.value, reply.value, "{body}");
    }
}
