//! What does not fit: kept beside the value, or an error if the decoder is strict.

use super::{Inner, Kinds, json, one_anomaly, tolerant, xml};
use crate::{Decoder, Error};

#[test]
fn a_value_of_a_wrong_type_is_none_and_reported_with_its_path() {
    for (name, value, expected) in [
        ("number", "abc", "Number"),
        ("number", "12.50", "Number"),
        ("number", "9223372036854775808", "Number"),
        ("number", "8768237162876387236472", "Number"),
        ("boolean", "yes", "Boolean"),
        ("date", "2019-02-30 00:00:00", "Date"),
        ("decimal", "1,000.00", "Price or BigDecimal"),
        ("decimal", "0.1234567890123456789012345678901", "Price or BigDecimal"),
        ("file", "AAAA", "byte[], which no response carries"),
        ("object", "abc", "an object"),
    ] {
        for body in [xml(&format!("<{name}>{value}</{name}>")), json(&format!(r#""{name}":"{value}""#))] {
            let (decoded, anomaly) = one_anomaly(&body);
            assert_eq!(decoded, Kinds::default());
            assert_eq!((anomaly.path.as_str(), &*anomaly.expected, anomaly.found.as_str()), (name, expected, value));
            let at = body[anomaly.offset..].trim_start_matches('"');
            assert!(at.starts_with(value), "{at}");
        }
    }
}

#[test]
fn a_bare_number_beyond_i64_keeps_its_text() {
    let (_, anomaly) = one_anomaly(&json(r#""number":8768237162876387236472"#));
    assert_eq!(anomaly.found, "8768237162876387236472");
    let (_, anomaly) = one_anomaly(&json(r#""number":{"a":1}"#));
    assert_eq!(anomaly.found, r#"{"a":1}"#);
}

#[test]
fn an_item_of_a_wrong_type_is_omitted_and_reported() {
    for body in [
        xml("<numbers><number>1</number><number>x</number><number>3</number></numbers>"),
        json(r#""numbers":{"number":[1,"x",3]}"#),
        json(r#""numbers":[1,"x",3]"#),
    ] {
        let (value, anomaly) = one_anomaly(&body);
        assert_eq!(value.numbers, [1, 3]);
        assert_eq!((anomaly.path.as_str(), anomaly.found.as_str()), ("numbers[1]", "x"));
    }
    for body in
        [xml("<objects><inner><id>1</id></inner><inner>x</inner></objects>"), json(r#""objects":[{"id":1},"x"]"#)]
    {
        let (value, anomaly) = one_anomaly(&body);
        assert_eq!(value.objects.len(), 1);
        assert_eq!(
            (anomaly.path.as_str(), &*anomaly.expected, anomaly.found.as_str()),
            ("objects[1]", "an object", "x")
        );
    }
    let (value, anomaly) = one_anomaly(&json(r#""texts":["a",null]"#));
    assert_eq!((value.texts.len(), anomaly.path.as_str(), anomaly.found.as_str()), (1, "texts[1]", "null"));
    let (_, anomaly) = one_anomaly(&xml("<numbers><number/></numbers>"));
    assert_eq!((anomaly.path.as_str(), anomaly.found.as_str()), ("numbers[0]", ""));
}

#[test]
fn a_place_deep_inside_has_its_whole_path() {
    let body = json(r#""self":{"list":{"own":[{"id":1},{"self":{"id":"x"}}]}}"#);
    let (_, anomaly) = one_anomaly(&body);
    assert_eq!(anomaly.path, "self.list[1].self.id");
    assert_eq!(
        anomaly.to_string(),
        format!("self.list[1].self.id: expected Number, found \"x\" at byte {}", anomaly.offset)
    );
    let body = xml("<self><list><own><id>1</id></own><own><self><id>x</id></self></own></list></self>");
    assert_eq!(one_anomaly(&body).1.path, "self.list[1].self.id");
}

#[test]
fn a_repeated_member_is_reported_and_the_first_counts() {
    for body in [json(r#""number":1,"text":"a","number":2"#), xml("<number>1</number><text>a</text><number>2</number>")]
    {
        let (value, anomaly) = one_anomaly(&body);
        assert_eq!((value.number, value.text.as_deref()), (Some(1), Some("a")));
        assert_eq!(
            (anomaly.path.as_str(), &*anomaly.expected, anomaly.found.as_str()),
            ("number", "no second value", "2")
        );
    }
    let (value, anomaly) = one_anomaly(&json(r#""objects":[{"id":1}],"objects":[{"id":2}]"#));
    assert_eq!((value.objects.len(), anomaly.path.as_str()), (1, "objects"));
}

#[test]
fn text_among_elements_and_elements_among_text_are_reported() {
    let (value, anomaly) = one_anomaly(&xml("<object>x<id>1</id></object>"));
    assert_eq!(value.object, Some(Inner { id: Some(1), name: None }));
    assert_eq!((anomaly.path.as_str(), anomaly.found.as_str()), ("object", "x"));
    let (_, anomaly) = one_anomaly(&xml("<object><id>1</id>y</object>"));
    assert_eq!((anomaly.path.as_str(), anomaly.found.as_str()), ("object", "y"));
    let (_, anomaly) = one_anomaly(&xml("<texts>z<string>a</string></texts>"));
    assert_eq!((anomaly.path.as_str(), anomaly.found.as_str()), ("texts", "z"));
    let (value, anomaly) = one_anomaly(&xml("<text>a<b c=\"1\">d</b><e/>f</text>"));
    assert_eq!(value.text.unwrap(), "a<b c=\"1\">d</b><e/>f");
    assert_eq!((anomaly.path.as_str(), &*anomaly.expected), ("text", "text"));
}

#[test]
fn text_around_markup_is_decoded_and_the_tags_stay() {
    for (written, read) in [
        ("don&apos;t <b>x</b> &amp; y", "don't <b>x</b> & y"),
        ("<b k=\"1\">&lt;x&gt;</b >", "<b k=\"1\"><x></b >"),
        ("a<br/>b<br />&#23567;", "a<br/>b<br />小"),
        ("<p>a<i>b &amp; c</i></p>\n<p/>", "<p>a<i>b & c</i></p>\n<p/>"),
        ("<b><![CDATA[1 < 2]]></b>", "<b>1 < 2</b>"),
        ("<b/><!-- no -->c", "<b/>c"),
    ] {
        let body = xml(&format!("<text>{written}</text>"));
        let (value, anomaly) = one_anomaly(&body);
        assert_eq!(value.text.unwrap(), read);
        assert_eq!((anomaly.path.as_str(), &*anomaly.expected), ("text", "text"));
        let (value, anomaly) = one_anomaly(&xml(&format!("<texts><string>{written}</string></texts>")));
        assert_eq!((value.texts.as_slice(), anomaly.path.as_str()), ([read.to_owned()].as_slice(), "texts[0]"));
        let failure = format!("<error_response><code>15</code><sub_msg>{written}</sub_msg></error_response>");
        for decoder in [Decoder::new(), Decoder::new().strict()] {
            let Err(Error::Platform(error)) = decoder.decode::<Kinds>(failure.as_str()) else { panic!("{failure}") };
            assert_eq!(error.sub_msg.as_deref(), Some(read));
            assert_eq!(error.anomalies[0].path, "error_response.sub_msg");
            assert_eq!(error.anomalies.len(), 1);
        }
    }
    let (value, envelope) = tolerant::<Kinds>(&xml("<text>a &nbsp; <b>&</b></text>")).unwrap();
    assert_eq!(value.text.unwrap(), "a &nbsp; <b>&</b>");
    assert_eq!(
        envelope.anomalies.iter().map(|anomaly| &*anomaly.found).collect::<Vec<_>>(),
        ["&nbsp;", "&", "a &nbsp; <b>&</b>"]
    );
}

#[test]
fn members_beside_the_items_of_a_list_are_reported() {
    let (value, anomaly) = one_anomaly(&json(r#""objects":{"inner":[{"id":1}],"total":5}"#));
    assert_eq!(value.objects.len(), 1);
    assert_eq!((anomaly.path.as_str(), anomaly.found.as_str()), ("objects", "total"));
}

#[test]
fn the_strict_error_shows_line_column_and_excerpt() {
    let body = json("\n  \"number\": \"abc\"");
    let error = Decoder::new().strict().decode::<Kinds>(body).unwrap_err();
    assert_eq!(
        error.to_string(),
        "number: expected Number, found \"abc\" at byte 36 (line 2, column 13); correct the type, or decode without \
         `strict()`. Around: `{\"kinds_get_response\":{ \"number\": \"abc\"}}`"
    );
}

#[test]
fn what_is_found_is_short_and_never_a_token() {
    let (_, anomaly) = one_anomaly(&json(&format!(r#""number":"{}""#, "9".repeat(10_000))));
    assert_eq!(anomaly.found.chars().count(), 81);

    #[derive(Debug, Default, crate::Response)]
    #[top(crate = crate)]
    struct Token {
        access_token: Option<i64>,
        x: Option<i64>,
    }
    for body in [
        r#"{"token_create_response":{"access_token":"S3CR3T","x":"y"}}"#,
        "<token_create_response><access_token>S3CR3T</access_token><x>y</x></token_create_response>",
    ] {
        let (value, envelope) = tolerant::<Token>(body).unwrap();
        assert_eq!((value.access_token, value.x), (None, None));
        assert_eq!(envelope.anomalies[0].found, "(hidden)");
        assert_eq!(envelope.anomalies[1].found, "y");
        let error = Decoder::new().strict().decode::<Token>(body).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("S3CR3T"), "{error:?}");
        let broken = body.replace("y", "&x;<").replace("\"}}", "}}");
        if let Err(Error::Syntax(error)) = tolerant::<Token>(&broken) {
            assert!(!format!("{error} {error:?}").contains("S3CR3T"), "{error:?}");
        }
    }
}

#[test]
fn a_hostile_number_of_anomalies_is_counted_and_not_kept() {
    let body = json(&format!(r#""numbers":["x"{}]"#, ",\"x\"".repeat(99_999)));
    let (_, envelope) = tolerant::<Kinds>(&body).unwrap();
    assert_eq!(envelope.anomalies.len(), 1_001);
    assert_eq!(envelope.anomalies[1_000].path, "numbers[999]");
    assert_eq!(envelope.anomalies[1_000].found, "99000 more behind this one");
}

#[test]
fn undocumented_members_are_listed_if_configured() {
    let seen = |decoder: Decoder, body: &str| {
        let decoded = decoder.decode::<Kinds>(body).unwrap();
        assert_eq!(decoded.anomalies, []);
        assert_eq!((decoded.value.number, decoded.request_id.as_deref()), (Some(1), Some("5m7u")));
        decoded
            .unknown
            .into_iter()
            .map(|unknown| {
                assert!(
                    body[unknown.offset..]
                        .trim_start_matches(['"', '<'])
                        .starts_with(unknown.path.rsplit('.').next().unwrap())
                );
                (unknown.path, unknown.found)
            })
            .collect::<Vec<_>>()
    };
    let expected = [("new", "{a}"), ("objects[1].extra", "x"), ("object.session_key", "(hidden)"), ("empty", "")];
    for body in [
        xml(
            "<number>1</number><new>{a}</new><objects><inner><id>1</id></inner><inner><extra>x</extra></inner></objects>\
             <object><session_key>S3CR3T</session_key></object><empty/><request_id>5m7u</request_id>",
        ),
        json(
            r#""number":1,"new":"{a}","objects":[{"id":1},{"extra":"x"}],"object":{"session_key":"S3CR3T"},
                "empty":"","request_id":"5m7u""#,
        ),
        r#"{"number":1,"new":"{a}","objects":[{"id":1},{"extra":"x"}],"object":{"session_key":"S3CR3T"},
            "empty":"","request_id":"5m7u"}"#
            .to_owned(),
    ] {
        let found = seen(Decoder::new().strict().report_unknown(true), &body);
        let found: Vec<_> = found.iter().map(|(path, found)| (path.as_str(), found.trim_matches('"'))).collect();
        assert_eq!(found, expected, "{body}");
        assert_eq!(seen(Decoder::new().strict(), &body), []);
    }
    let many = json(&format!(r#""x":1{}"#, ",\"x\":1".repeat(5_000)));
    let unknown = Decoder::new().report_unknown(true).decode::<Kinds>(many).unwrap().unknown;
    assert_eq!((unknown.len(), unknown[1_000].found.as_str()), (1_001, "4001 more behind this one"));
}
