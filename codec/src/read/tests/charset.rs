//! Responses in other charsets than UTF-8.

use encoding_rs::{BIG5, Encoding, GB18030, GBK, SHIFT_JIS, UTF_8, WINDOWS_1252};

use super::{Kinds, json, xml};
use crate::{Decoder, Error};

fn declaration(charset: &str) -> String {
    format!("<?xml version=\"1.0\" encoding='{charset}' standalone=\"yes\"?>\n")
}

fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    let (bytes, _, has_unmappable) = encoding.encode(text);
    assert!(!has_unmappable, "{text}");
    bytes.into_owned()
}

fn utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes_of).collect()
}

#[track_caller]
fn text(decoder: &Decoder, body: &[u8]) -> String {
    decoder.decode::<Kinds>(body).unwrap().value.text.unwrap()
}

#[test]
fn the_content_type_declares_the_charset() {
    for (label, encoding) in [
        ("GBK", GBK),
        ("gb2312", GBK),
        ("\"GB18030\"", GB18030),
        ("big5", BIG5),
        ("Shift_JIS", SHIFT_JIS),
        ("UTF-8", UTF_8),
    ] {
        // One character alone is valid UTF-8 in GBK, too.
        for written in ["小", "小明", "abc"] {
            let decoder = Decoder::new().strict().for_content_type(&format!("text/xml; charset={label} ; x=y"));
            let body = json(&format!(r#""text":"{written}""#));
            assert_eq!(text(&decoder, &encoded(&body, encoding)), written, "{label}");
            // It counts before the declaration.
            let body = declaration("utf-8") + &xml(&format!("<text>{written}</text>"));
            assert_eq!(text(&decoder, &encoded(&body, encoding)), written, "{label}");
        }
    }
    let decoder = Decoder::new().for_content_type("text/plain;charset=ISO-8859-1");
    assert_eq!(text(&decoder, &encoded(&json(r#""text":"é""#), WINDOWS_1252)), "é");
}

#[test]
fn an_xml_declaration_declares_the_charset() {
    for written in ["小", "小明"] {
        for start in ["", "\n "] {
            let body = format!("{start}{}{}", declaration("GBK"), xml(&format!("<text>{written}</text>")));
            let decoded = Decoder::new().strict().decode::<Kinds>(encoded(&body, GBK)).unwrap();
            assert_eq!(decoded.value.text.as_deref(), Some(written));
            // The text can be decoded again.
            assert_eq!(String::from_utf8(decoded.body.clone()).unwrap(), body.replace("GBK", "UTF-8"));
            assert_eq!(text(&Decoder::new(), &decoded.body), written);
        }
    }
}

#[test]
fn utf16_is_known_by_its_mark_or_by_the_content_type() {
    let body = json(r#""text":"小明""#);
    assert_eq!(text(&Decoder::new(), &utf16(&format!("\u{FEFF}{body}"), u16::to_le_bytes)), "小明");
    assert_eq!(text(&Decoder::new(), &utf16(&format!("\u{FEFF}{body}"), u16::to_be_bytes)), "小明");
    let decoder = Decoder::new().for_content_type("application/json; charset=utf-16be");
    assert_eq!(text(&decoder, &utf16(&body, u16::to_be_bytes)), "小明");
    // A declaration of it in one byte a character is wrong.
    let body = declaration("UTF-16") + &xml("<text>小明</text>");
    assert_eq!(text(&Decoder::new(), body.as_bytes()), "小明");
}

#[test]
fn what_is_utf8_beyond_doubt_stays_so() {
    let body = declaration("GBK") + &xml("<text>小明</text>");
    let decoded = Decoder::new().decode::<Kinds>(body.clone()).unwrap();
    assert_eq!((decoded.value.text.as_deref(), decoded.body), (Some("小明"), body.into_bytes()));
    for content_type in
        ["text/xml;charset=GBK", "text/xml;charset=ISO-8859-1", "text/xml;charset=klingon", "text/xml", "", ";;="]
    {
        let decoder = Decoder::new().for_content_type(content_type);
        assert_eq!(text(&decoder, json(r#""text":"小明é""#).as_bytes()), "小明é", "{content_type}");
    }
    let marked = format!("\u{FEFF}{}", json(r#""text":"é""#));
    assert_eq!(text(&Decoder::new().for_content_type("text/xml;charset=GBK"), marked.as_bytes()), "é");
}

#[test]
fn offsets_count_in_utf8() {
    let body = encoded(&json(r#""text":"小明","number":"abc""#), GBK);
    let decoder = Decoder::new().for_content_type("text/javascript;charset=GBK");
    let decoded = decoder.decode::<Kinds>(&*body).unwrap();
    assert!(decoded.body[decoded.anomalies[0].offset..].starts_with(b"\"abc\""));
    assert_eq!(decoder.to_utf8(body.clone()).unwrap(), decoded.body);
    let Err(Error::Anomaly(error)) = decoder.strict().decode::<Kinds>(body) else { panic!() };
    assert_eq!(error.position.offset, decoded.anomalies[0].offset);
    assert!(error.position.excerpt.contains("小明"), "{error}");
}

#[test]
fn bytes_that_are_not_in_the_declared_charset_are_an_error_where_they_stand() {
    let decoder = Decoder::new().for_content_type("text/javascript;charset=GBK");
    let mut body = encoded(&json(r#""text":"小明?""#), GBK);
    let place = body.iter().position(|byte| *byte == b'?').unwrap();
    body[place] = 0xFF;
    let error = decoder.decode::<Kinds>(&*body).unwrap_err();
    assert_eq!(
        error.to_string(),
        "broken JSON at line 1, column 34 (byte 37): expected GBK, which the response declares, found bytes that are not; \
         declare its charset in `Content-Type` or in the XML declaration. Around: \
         `{\"kinds_get_response\":{\"text\":\"小明\u{FFFD}\"}}`"
    );
    // The first half of a character.
    for (decoder, cut) in [(&decoder, &body[..33]), (&Decoder::new(), &json(r#""text":"小""#).as_bytes()[..33])] {
        let Err(Error::Syntax(error)) = decoder.decode::<Kinds>(cut) else { panic!() };
        assert!(error.is_cut_off(), "{error}");
    }
}

#[test]
fn an_html_page_in_any_charset_is_called_so() {
    for start in ["<!DOCTYPE html>\n<html><title>", "<HTML><title>"] {
        let error = Decoder::new().decode::<Kinds>(encoded(&format!("{start}登录</title>"), GBK)).unwrap_err();
        assert!(matches!(&error, Error::NotAResponse(error) if error.found.starts_with("an HTML page")), "{error}");
    }
}
