//! Any value, written in any form, reads back equal.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use proptest::{collection::vec, option, prelude::*};
use topsdk_codec::{
    Date, Decimal, Decoder, Json, Object, Response,
    write::{JsonForm, JsonStyle, json, response_json, response_xml},
};

const METHOD: &str = "taobao.kinds.get";

#[derive(Clone, Debug, Default, PartialEq, Response)]
#[top(crate = topsdk_codec)]
struct Kinds {
    text: Option<String>,
    #[top(name = "Number")]
    number: Option<i64>,
    boolean: Option<bool>,
    date: Option<Date>,
    decimal: Option<Decimal>,
    json: Option<Json>,
    #[top(name = "kinds")]
    inner: Option<Inner>,
    texts: Vec<String>,
    numbers: Vec<i64>,
    booleans: Vec<bool>,
    dates: Vec<Date>,
    #[top(item = "big_decimal")]
    decimals: Vec<Decimal>,
    jsons: Vec<Json>,
    inners: Vec<Inner>,
    #[top(name = "self")]
    itself: Option<Box<Kinds>>,
}

/// A list of these has items of the name that its own field has.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[top(crate = topsdk_codec, item = "inner")]
struct Inner {
    inner: Vec<Inner>,
    name: Option<String>,
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        r#"[ \t\r\n<>&;"'\\/\[\]{}:,a\u{1}-\u{1F}小😀]{0,20}"#,
        Just("null".to_owned()),
        Just("]]>".to_owned()),
        Just("\u{FEFF}".to_owned()),
    ]
    // What no XML can hold; the writer says so.
    .prop_map(|text| {
        text.replace(|c| matches!(c, '\0'..'\t' | '\u{B}' | '\u{C}' | '\u{E}'..' ' | '\u{FFFE}' | '\u{FFFF}'), "_")
    })
}

fn date() -> impl Strategy<Value = Date> {
    let fraction = prop_oneof![Just(0), Just(100_000_000), 0..1_000_000_000];
    (0i16..=9999, 1i8..=12, 1i8..=28, 0i8..24, 0i8..60, 0i8..60, fraction).prop_map(
        |(year, month, day, hour, minute, second, fraction)| {
            Date::new(year, month, day, hour, minute, second, fraction).unwrap()
        },
    )
}

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), any::<i32>(), 0u32..=28).prop_map(|(high, low, scale)| {
        let mantissa = i128::from(high) * i128::from(low.unsigned_abs());
        Decimal::from_i128_with_scale(mantissa, scale)
    })
}

fn inner() -> impl Strategy<Value = Inner> {
    let leaf = option::of(text()).prop_map(|name| Inner { inner: Vec::new(), name });
    leaf.prop_recursive(4, 12, 3, |inner| {
        (vec(inner, 0..3), option::of(text())).prop_map(|(inner, name)| Inner { inner, name })
    })
}

fn flat() -> impl Strategy<Value = Kinds> {
    let one = (
        option::of(text()),
        option::of(any::<i64>()),
        option::of(any::<bool>()),
        option::of(date()),
        option::of(decimal()),
        option::of(text().prop_map(Json::new)),
        option::of(inner()),
    );
    let lists = (
        vec(text(), 0..3),
        vec(any::<i64>(), 0..3),
        vec(any::<bool>(), 0..3),
        vec(date(), 0..3),
        vec(decimal(), 0..3),
        vec(text().prop_map(Json::new), 0..3),
        vec(inner(), 0..3),
    );
    (one, lists).prop_map(|(one, lists)| {
        let (text, number, boolean, date, decimal, json, inner) = one;
        let (texts, numbers, booleans, dates, decimals, jsons, inners) = lists;
        #[rustfmt::skip]
        let kinds = Kinds {
            text, number, boolean, date, decimal, json, inner,
            texts, numbers, booleans, dates, decimals, jsons, inners,
            itself: None,
        };
        kinds
    })
}

fn kinds() -> impl Strategy<Value = Kinds> {
    flat().prop_recursive(3, 8, 1, |kinds| {
        (flat(), kinds).prop_map(|(outer, kinds)| Kinds { itself: Some(Box::new(kinds)), ..outer })
    })
}

fn read(body: &str) -> Result<Kinds, TestCaseError> {
    let decoder = Decoder::new().strict().for_method(METHOD);
    let reply = decoder.decode::<Kinds>(body).map_err(|error| TestCaseError::fail(format!("{error}\n{body}")))?;
    Ok(reply.value)
}

proptest! {
    #![proptest_config(topsdk_random::config(64))]

    #[test]
    fn any_value_written_in_any_form_reads_back_equal(value in kinds()) {
        let xml = response_xml(&value, METHOD).unwrap();
        prop_assert_eq!(&read(&xml)?, &value);
        for form in [JsonForm::Normal, JsonForm::Simplified, JsonForm::Rootless] {
            let body = response_json(&value, METHOD, form).unwrap();
            if body == "{}" {
                // Without a root and without a member, nothing tells that it is the gateway's.
                prop_assert!(read(&body).is_err());
                continue;
            }
            prop_assert_eq!(&read(&body)?, &value, "{}", body);
        }
    }

    #[test]
    fn any_parameters_read_back_equal(value in kinds()) {
        let parameters = json(&value, JsonStyle::Simplified).unwrap();
        let mut again = Kinds::default();
        prop_assert_eq!(Decoder::new().strict().parameters(&parameters, &mut again).unwrap(), []);
        prop_assert_eq!(again, value);
    }

    #[test]
    fn white_space_and_comments_between_tags_change_nothing(value in kinds()) {
        let xml = response_xml(&Kinds { text: None, json: None, ..value.clone() }, METHOD).unwrap();
        let lax = xml.replace("<numbers>", "<numbers list=\"true\"> <!-- - -->\n").replace("</numbers>", "\t</numbers >");
        let body = format!("<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n{lax}<!--top-->");
        prop_assert_eq!(read(&body)?.numbers, value.numbers);
    }
}
