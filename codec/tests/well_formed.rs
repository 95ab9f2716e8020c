//! What is well formed: as serde_json and quick-xml judge it, but for what is documented.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use proptest::{collection::vec, prelude::*, sample::select};
use quick_xml::events::Event;
use topsdk_codec::{Decoder, Error, Json, Response};

#[derive(Debug, Default, Response)]
#[top(crate = topsdk_codec)]
struct Answer {
    a: Option<String>,
    b: Option<i64>,
    c: Vec<String>,
    d: Option<Json>,
    e: Vec<Answer>,
    f: Option<Box<Answer>>,
}

fn is_broken(result: Result<impl Sized, Error>) -> bool {
    match result {
        Ok(_) | Err(Error::Platform(_)) => false,
        Err(Error::Syntax(_) | Error::NotAResponse(_)) => true,
        Err(other) => panic!("{other}"),
    }
}

/// Pieces of JSON, mostly in a wrong order; without control characters, which this reader takes in texts.
fn json() -> impl Strategy<Value = String> {
    const PIECES: [&str; 33] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\":",
        "\"b\":",
        "\"c\":",
        "\"d\":",
        "\"e\":",
        "\"f\":",
        "\"x\":",
        "\"a\"",
        "\"\\u00e9\\n\"",
        "\\",
        "\\u12",
        "0",
        "-",
        "-1.5e+3",
        "1.",
        "01",
        "1e",
        "true",
        "false",
        "null",
        "nul",
        " ",
        "{}",
        "[]",
        "小",
        "\"\\ud83d\\ude00\"",
    ];
    vec(select(&PIECES[..]), 0..12).prop_map(|pieces| pieces.concat())
}

/// JSON with a byte gone, added or changed.
fn nearly_json() -> impl Strategy<Value = String> {
    const DOCUMENT: &str = r#"{"a":"x\"\u5c0f","b":-12.50e1,"c":{"string":["a","b"]},"d":{"k":[1,null,{}]},"e":[{"a":1},{"f":{"b":2}}],"x":[true,[false]]}"#;
    const BYTES: &[u8] = b"{}[],:\"\\0123456789.eE+-tfn ux";
    (0..DOCUMENT.len(), 0..3, select(BYTES)).prop_map(|(at, change, byte)| {
        let mut document = DOCUMENT.as_bytes().to_vec();
        match change {
            0 => drop(document.remove(at)),
            1 => document.insert(at, byte),
            _ => document[at] = byte,
        }
        String::from_utf8(document).unwrap()
    })
}

fn agrees_with_serde_json(document: &str) -> Result<(), TestCaseError> {
    // Whether the root is an object is not a matter of syntax.
    let expected = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(document).is_err()
        && serde_json::from_str::<serde::de::IgnoredAny>(document).is_err();
    if document.trim_start().starts_with('{') {
        let mut answer = Answer::default();
        prop_assert_eq!(is_broken(Decoder::new().parameters(document, &mut answer)), expected, "{}", document);
        // Without a root it may be well-formed and not an answer.
        prop_assert!(!expected || is_broken(Decoder::new().decode::<Answer>(document)), "{}", document);
    }
    let inside = format!("{{\"a_response\":{{\"x\":{document}}}}}");
    let expected = serde_json::from_str::<serde::de::IgnoredAny>(&inside).is_err();
    prop_assert_eq!(is_broken(Decoder::new().decode::<Answer>(inside.as_str())), expected, "{}", inside);
    Ok(())
}

/// Pieces of XML, mostly in a wrong order.
fn xml() -> impl Strategy<Value = String> {
    const PIECES: [&str; 32] = [
        "<a>",
        "</a>",
        "<b>",
        "</b >",
        "<c>",
        "</c>",
        "<c/>",
        "<e>",
        "</e>",
        "<f>",
        "</f>",
        "<x y=\"1>\">",
        "</x>",
        "<x />",
        "text",
        "1",
        "&amp;",
        "&#23567;",
        "&nbsp;",
        "&",
        ";",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?",
        "?>",
        "<x y='",
        "'>",
        " ",
        "\r\n",
        "小",
    ];
    vec(select(&PIECES[..]), 0..12).prop_map(|pieces| format!("<a_response>{}</a_response>", pieces.concat()))
}

/// XML with a byte gone, added or changed.
fn nearly_xml() -> impl Strategy<Value = String> {
    const DOCUMENT: &str = "<?xml version=\"1.0\" ?><a_response><a>x&lt;y</a><b>12</b><c list=\"true\"><string>a</string><string/></c><d><![CDATA[{}]]></d><e><q><a>1</a></q></e><x><y z='>'/>t</x></a_response><!--h-->";
    const BYTES: &[u8] = b"<>/&;ax=\"' ";
    (0..DOCUMENT.len(), 0..3, select(BYTES)).prop_map(|(at, change, byte)| {
        let mut document = DOCUMENT.as_bytes().to_vec();
        match change {
            0 => drop(document.remove(at)),
            1 => document.insert(at, byte),
            _ => document[at] = byte,
        }
        String::from_utf8(document).unwrap()
    })
}

/// quick-xml's judgement, and what it leaves to its caller: one root, all ends, nothing around it.
fn is_broken_by_quick_xml(document: &str) -> bool {
    let mut reader = quick_xml::Reader::from_str(document);
    // Documented: an `&` that begins no reference is an anomaly.
    reader.config_mut().allow_dangling_amp = true;
    let (mut depth, mut roots) = (0, 0);
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => {
                roots += usize::from(depth == 0);
                depth += 1;
            }
            Ok(Event::Empty(_)) => roots += usize::from(depth == 0),
            Ok(Event::End(_)) => depth -= 1,
            Ok(Event::Text(text)) if depth == 0 && !text.trim().is_empty() => return true,
            Ok(Event::CData(_) | Event::GeneralRef(_)) if depth == 0 => return true,
            Ok(Event::DocType(_)) | Err(_) => return true,
            Ok(Event::Eof) => return depth != 0 || roots != 1,
            Ok(_) => {}
        }
    }
}

/// What quick-xml lets pass and this reader does not: names that are none, `<` among attributes.
fn has_bad_tag(document: &str) -> bool {
    let mut reader = quick_xml::Reader::from_str(document);
    reader.config_mut().allow_dangling_amp = true;
    loop {
        let bad = match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                tag.attributes_raw().contains('<') || is_bad_name(tag.name().0)
            }
            Ok(Event::End(tag)) => is_bad_name(tag.name().0),
            Ok(Event::Eof) | Err(_) => return false,
            Ok(_) => false,
        };
        if bad {
            return true;
        }
    }
}

fn is_bad_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == ':')
        || name.contains(['<', '&', '"', '\'', '=', ';', '/', ' '])
}

fn agrees_with_quick_xml(document: &str) -> Result<(), TestCaseError> {
    let result = Decoder::new().decode::<Answer>(document);
    // Well-formed, and yet not an answer.
    let has_text_alone = matches!(&result, Err(Error::NotAResponse(error)) if error.found.contains("holds text alone"));
    let broken = is_broken(result);
    if is_broken_by_quick_xml(document) {
        prop_assert!(broken, "too tolerant: {}", document);
    } else if !has_bad_tag(document) {
        prop_assert!(!broken || has_text_alone, "too strict: {}", document);
    }
    Ok(())
}

proptest! {
    #![proptest_config(topsdk_random::config(4096))]

    #[test]
    fn json_is_as_broken_as_serde_json_finds_it(random in json(), near in nearly_json()) {
        agrees_with_serde_json(&random)?;
        agrees_with_serde_json(&near)?;
    }

    #[test]
    fn xml_is_at_least_as_broken_as_quick_xml_finds_it(random in xml(), near in nearly_xml()) {
        agrees_with_quick_xml(&random)?;
        agrees_with_quick_xml(&near)?;
    }

    #[test]
    fn no_bytes_make_the_readers_panic(bytes in vec(any::<u8>(), 0..200), first in select(&b"<{ "[..])) {
        let mut body = vec![first];
        body.extend(bytes);
        let _ = Decoder::new().decode::<Answer>(body.clone());
        let _ = Decoder::new().strict().decode::<Answer>(body);
    }
}
