//! What is refused, with which code.

use jiff::SignedDuration;
use topsdk_client::mock::{Gateway, Outcome};
use topsdk_codec::sign::{SignMethod, sign};

use crate::wire::{KEY, Parameters, SECRET, SEED, api, builder, china, post, post_as, request, seed};

const AUTHORIZED: &str = "taobao.user.seller.get";

fn gateway() -> Gateway {
    let parameters = r#","auth":"required","request":[
        {"name":"fields","type":"String","list":true,"required":true,"limits":{"max_list_size":2}},
        {"name":"num","type":"Number"},{"name":"pic","type":"byte[]"}]"#;
    builder().api(seed()).api(api(AUTHORIZED, parameters)).session("T0KEN").listen("127.0.0.1:0").unwrap()
}

fn authorized() -> Parameters {
    Parameters::of(AUTHORIZED).with("session", "T0KEN").with("fields", "nick")
}

#[track_caller]
fn refused(gateway: &Gateway, parameters: &Parameters, code: u64, msg: &str) {
    assert_eq!(post(gateway, parameters).error(), (code, msg.to_owned()));
}

#[test]
fn signatures_are_checked_for_every_sign_method() {
    let gateway = gateway();
    for method in ["md5", "hmac", "hmac-sha256"] {
        let parameters = Parameters::of(SEED).with("sign_method", method).with("nick", "商家 +%&=");
        assert!(post(&gateway, &parameters.clone().signed()).text().contains("7627347265"), "{method}");

        let texts = parameters.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let other = sign(SignMethod::from_wire(method).unwrap(), "another", texts, b"");
        refused(&gateway, &parameters.clone().with("sign", &other), 25, "Invalid Signature");
        refused(&gateway, &parameters.clone().with("sign", &other[1..]), 25, "Invalid Signature");
        // One byte of one value.
        let signed = parameters.signed();
        refused(&gateway, &signed.clone().with("nick", "商家 +%&= "), 25, "Invalid Signature");
        refused(&gateway, &signed.clone().with("extra", "1"), 25, "Invalid Signature");
        refused(&gateway, &signed.without("nick"), 25, "Invalid Signature");
    }
}

#[test]
fn the_log_explains_a_wrong_signature_without_values() {
    let gateway = gateway();
    let parameters = || Parameters::of(SEED).with("session", "T0KEN").with("empty", "");
    let signed = parameters().signed();
    let digest = signed.0["sign"].clone();
    let md5 = parameters().with("sign_method", "hmac").signed().0["sign"].clone();
    let without = parameters().without("empty").signed().0["sign"].clone();
    for (sign, note) in [
        (digest.to_lowercase(), "the signature has to be in upper case"),
        (
            md5,
            "the signature has to be hmac-sha256 over the names and values of app_key, empty, format, method, session, sign_method, timestamp, v",
        ),
        (without, "empty values were sent and not signed: do neither, or both"),
    ] {
        refused(&gateway, &parameters().with("sign", &sign), 25, "Invalid Signature");
        let call = gateway.last_call().unwrap();
        assert_eq!(call.notes, [note]);
        assert!(!format!("{call} {call:?}").contains("T0KEN"));
        assert!(!format!("{call} {call:?} {gateway:?}").contains(SECRET));
        assert_eq!(call.parameter("session"), Some("T0KEN"));
    }
    // The digest of another method over the same parameters.
    let texts: Vec<_> = signed.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let other = sign(SignMethod::Md5, SECRET, texts, b"");
    refused(&gateway, &signed.with("sign", &other), 25, "Invalid Signature");
    let notes = gateway.last_call().unwrap().notes;
    assert_eq!(notes, ["the signature is that of md5, but sign_method says hmac-sha256"]);
}

#[test]
fn query_and_body_are_signed_together() {
    let gateway = gateway();
    let all = Parameters::of(SEED).with("remark", "a b").signed();
    let business = Parameters(all.0.iter().filter(|(name, _)| *name == "remark").map(own).collect());
    let public = Parameters(all.0.iter().filter(|(name, _)| *name != "remark").map(own).collect());
    let form = "application/x-www-form-urlencoded";
    let query = format!("?{}", public.form());
    assert!(post_as(&gateway, form, &query, business.form().as_bytes()).text().contains("7627347265"));
    let get = format!("/router/rest?{}", all.form());
    assert!(request(&gateway, "GET", &get, "", b"").text().contains("7627347265"));
    assert_eq!(gateway.last_call().unwrap().parameter("remark"), Some("a b"));
    // A body that is no form stands behind the parameters.
    let signed = public.clone().without("sign").signed_with(b"{\"a\":1}");
    let query = format!("?{}", signed.form());
    assert!(post_as(&gateway, "application/json", &query, b"{\"a\":1}").text().contains("7627347265"));
    assert_eq!(post_as(&gateway, "application/json", &query, b"{\"a\":2}").error().0, 25);
}

fn own((name, value): (&String, &String)) -> (String, String) {
    (name.clone(), value.clone())
}

#[test]
fn missing_and_invalid_parameters_have_their_codes() {
    let gateway = gateway();
    let good = || Parameters::of(SEED);
    assert_eq!(post(&gateway, &good().signed()).status, 200);
    for (parameters, code, msg) in [
        (good().without("method"), 21, "Missing Method"),
        (good().with("method", ""), 21, "Missing Method"),
        (good().with("method", "taobao.nothing.get"), 22, "Invalid Method"),
        (good().with("method", &SEED.to_uppercase()), 22, "Invalid Method"),
        (good().with("format", "yaml").without("format").with("format", "JSON"), 23, "Invalid Format"),
        (good().without("app_key"), 28, "Missing App Key"),
        (good().with("app_key", "87654321"), 29, "Invalid App Key"),
        (good().without("timestamp"), 30, "Missing Timestamp"),
        (good().with("timestamp", "now"), 31, "Invalid Timestamp"),
        (good().with("timestamp", "2026-13-01 00:00:00"), 31, "Invalid Timestamp"),
        (good().with("timestamp", &china(11)), 31, "Invalid Timestamp"),
        (good().with("timestamp", &china(-11)), 31, "Invalid Timestamp"),
        (good().without("v"), 32, "Missing Version"),
        (good().with("v", "1.0"), 33, "Invalid Version"),
    ] {
        let parameters = parameters.signed();
        let answer = post(&gateway, &parameters);
        match code {
            // An unknown format is answered in the default one.
            23 => assert!(answer.text().contains(&format!("<code>23</code><msg>{msg}</msg>")), "{}", answer.text()),
            _ => assert_eq!(answer.error(), (code, msg.to_owned())),
        }
        assert_eq!(
            gateway.last_call().unwrap().outcome,
            Outcome::Refused { code: u16::try_from(code).unwrap(), msg: msg.to_owned() }
        );
    }
    refused(&gateway, &good(), 24, "Missing Signature");
    refused(&gateway, &good().with("sign", ""), 24, "Missing Signature");
    let signed = good().signed();
    refused(&gateway, &signed.clone().without("sign_method"), 40, "Missing Required Arguments:sign_method");
    refused(&gateway, &signed.with("sign_method", "sha1"), 41, "Invalid Arguments:sign_method");
}

#[test]
fn timestamps_may_be_off_by_ten_minutes_and_be_in_milliseconds() {
    let gateway = gateway();
    let milliseconds = jiff::Timestamp::now().as_millisecond().to_string();
    for timestamp in [china(9), china(-9), milliseconds] {
        let answer = post(&gateway, &Parameters::of(SEED).with("timestamp", &timestamp).signed());
        assert!(answer.text().contains("7627347265"), "{timestamp}: {}", answer.text());
    }
    // UTC instead of China's time, and a clock that is ahead.
    refused(&gateway, &Parameters::of(SEED).with("timestamp", &china(-480)).signed(), 31, "Invalid Timestamp");
    let ahead = builder().api(seed()).clock_ahead(SignedDuration::from_hours(1)).listen("127.0.0.1:0").unwrap();
    let answer = post(&ahead, &Parameters::of(SEED).signed());
    assert_eq!(answer.error().0, 31);
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(&answer.headers["date"]).unwrap();
    let minutes = date.duration_since(jiff::Timestamp::now()).as_mins();
    assert!((58..=60).contains(&minutes), "{minutes}");
    assert!(post(&ahead, &Parameters::of(SEED).with("timestamp", &china(60)).signed()).text().contains("7627347265"));
}

#[test]
fn a_session_is_required_if_the_page_says_so() {
    let gateway = gateway();
    assert!(post(&gateway, &authorized().signed()).text().contains("user_seller_get_response"));
    refused(&gateway, &authorized().without("session").signed(), 26, "Missing Session");
    refused(&gateway, &authorized().with("session", "").signed(), 26, "Missing Session");
    refused(&gateway, &authorized().with("session", "another").signed(), 27, "Invalid Session");
    // The seed's page says that no authorisation is needed: it is not looked at.
    assert!(post(&gateway, &Parameters::of(SEED).with("session", "x").signed()).text().contains("7627347265"));
}

#[test]
fn parameters_are_checked_for_presence_and_type() {
    let gateway = gateway();
    refused(&gateway, &authorized().without("fields").signed(), 40, "Missing Required Arguments:fields");
    refused(&gateway, &authorized().with("fields", "a,b,c").signed(), 41, "Invalid Arguments:fields");
    refused(&gateway, &authorized().with("num", "x").signed(), 41, "Invalid Arguments:num");
    refused(&gateway, &authorized().with("pic", "text").signed(), 41, "Invalid Arguments:pic");
    let object = r#"{"operator_id":"1","outer_order_id":"2","request_id":"3","biz_channel":"CS"}"#;
    let parameters = Parameters::of(SEED).with("param_dedut_open_req", object).signed();
    refused(&gateway, &parameters, 40, "Missing Required Arguments:param_dedut_open_req.value");
    // Undocumented parameters are ignored, as on the platform, but reported.
    assert_eq!(post(&gateway, &authorized().with("other", "1").signed()).status, 200);
    assert_eq!(gateway.last_call().unwrap().notes[0], "undocumented, and ignored: other");
}

#[test]
fn only_get_and_post_in_upper_case_are_accepted() {
    let gateway = gateway();
    for verb in ["PUT", "DELETE", "post", "Get", "PATCH"] {
        let answer = request(&gateway, verb, "/router/rest?format=json", "", b"");
        assert_eq!(answer.error(), (9, "Http Action Not Allowed".to_owned()), "{verb}");
    }
}

#[test]
fn invalid_utf_8_is_refused() {
    let gateway = gateway();
    let form = "application/x-www-form-urlencoded";
    for (content_type, body) in [
        (form, &b"format=json&nick=%FF"[..]),
        (form, b"format=json&nick=%2"),
        (form, b"format=json&nick=\xD0\xA1\xC3\xF7"),
        ("application/x-www-form-urlencoded; charset=gbk", b"format=json"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xFF\r\n--x--"),
    ] {
        assert_eq!(post_as(&gateway, content_type, "?format=json", body).error(), (47, "Invalid Encoding".to_owned()));
    }
    let broken = post_as(&gateway, "multipart/form-data", "?format=json", b"x");
    assert_eq!(broken.error(), (3, "Upload Fail".to_owned()));
}

#[test]
fn files_are_counted_but_not_signed() {
    let gateway = gateway();
    let parameters = authorized().signed();
    let body = |name: &str, file: &[u8]| {
        let mut body = Vec::new();
        for (name, value) in &parameters.0 {
            let part = format!(
                "--b\r\nContent-Disposition:form-data;name=\"{name}\"\r\nContent-Type:text/plain\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let part = format!(
            "--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"小.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
        );
        body.extend_from_slice(part.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--b--\r\n");
        body
    };
    let multipart = "multipart/form-data;charset=UTF-8;boundary=b";
    let file = [0, 255, 13, 10, 45, 45];
    assert!(post_as(&gateway, multipart, "", &body("pic", &file)).text().contains("user_seller_get_response"));
    let received = gateway.last_call().unwrap();
    assert_eq!((received.files["pic"].name.as_str(), received.files["pic"].size), ("小.jpg", 6));
    assert_eq!(received.files["pic"].content_type, "image/jpeg");
    // A file where a text is documented.
    assert_eq!(post_as(&gateway, multipart, "", &body("num", &file)).error(), (41, "Invalid Arguments:num".to_owned()));
}

#[test]
fn the_first_of_two_values_counts_and_the_second_is_logged() {
    let gateway = gateway();
    let form = Parameters::of(SEED).signed().form() + "&app_key=other";
    let answer = post_as(&gateway, "application/x-www-form-urlencoded", "", form.as_bytes());
    assert!(answer.text().contains("7627347265"));
    let call = gateway.last_call().unwrap();
    assert_eq!(call.parameter("app_key"), Some(KEY));
    assert_eq!(call.notes, ["sent more than once, the first counts: app_key"]);
}
