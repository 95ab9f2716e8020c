//! Codes, tokens and sessions that the gateway gives out, by hand.

use std::time::Duration;

use topsdk_client::mock::{Gateway, GatewayBuilder, Outcome};

use crate::wire::{Answer, KEY, Parameters, SECRET, api, builder, post, request};

const BACK: &str = "https://shop.example/back?a=b";

fn gateway(builder: GatewayBuilder) -> Gateway {
    let known = api("taobao.user.seller.get", r#","auth":"required""#);
    builder.api(known).session("T0KEN").listen("127.0.0.1:0").unwrap()
}

/// A form of these fields, percent-encoded.
fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

fn token(gateway: &Gateway, fields: &[(&str, &str)]) -> Answer {
    let all = [&[("client_id", KEY), ("client_secret", SECRET)], fields].concat();
    let headers = "Content-Type: application/x-www-form-urlencoded;charset=utf-8\r\n";
    request(gateway, "POST", "/token", headers, form(&all).as_bytes())
}

fn exchange(gateway: &Gateway, code: &str) -> Answer {
    token(gateway, &[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", BACK)])
}

fn refresh(gateway: &Gateway, refresh_token: &str) -> Answer {
    token(gateway, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
}

#[track_caller]
fn member(answer: &Answer, name: &str) -> String {
    assert_eq!((answer.status, &*answer.headers["content-type"]), (200, "application/json;charset=UTF-8"));
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    body[name].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

#[track_caller]
fn refused(answer: &Answer, error: &str, why: &str) {
    assert_eq!(answer.status, 400);
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((&body["error"], &body["error_description"]), (&error.into(), &why.into()));
}

fn called_with(gateway: &Gateway, session: &str) -> Option<(u64, String)> {
    let answer = post(gateway, &Parameters::of("taobao.user.seller.get").with("session", session).signed());
    answer.text().contains("error_response").then(|| answer.error())
}

#[test]
fn a_code_can_be_exchanged_once() {
    let gateway = gateway(builder());
    let query = form(&[("response_type", "code"), ("client_id", KEY), ("redirect_uri", BACK), ("state", "x &=y")]);
    let answer = request(&gateway, "GET", &format!("/authorize?{query}&view=web"), "", b"");
    assert_eq!(answer.status, 302);
    let location = &answer.headers["location"];
    let code = location.strip_prefix("https://shop.example/back?a=b&code=").unwrap();
    let code = code.strip_suffix("&state=x+%26%3Dy").unwrap();

    let answer = exchange(&gateway, code);
    assert_eq!(member(&answer, "taobao_user_nick"), "%E5%95%86%E5%AE%B6%E6%B5%8B%E8%AF%95%E5%B8%90%E5%8F%B717");
    let session = member(&answer, "access_token");
    assert_eq!(called_with(&gateway, &session), None);
    assert_eq!(called_with(&gateway, "T0KEN"), None);
    assert_eq!(called_with(&gateway, "another"), Some((27, "Invalid Session".to_owned())));

    refused(&exchange(&gateway, code), "invalid_grant", "the code has been used");
    refused(&exchange(&gateway, "another"), "invalid_grant", "there is no such code");
    let other = [("grant_type", "authorization_code"), ("redirect_uri", "https://other/")];
    let code = gateway.code(BACK);
    let answer = token(&gateway, &[&other[..], &[("code", &code)]].concat());
    refused(&answer, "invalid_grant", "redirect_uri is not the one that the code was sent to");
    member(&exchange(&gateway, &code), "access_token");
}

#[test]
fn a_refreshed_token_replaces_the_old_one() {
    let gateway = gateway(builder());
    let first = exchange(&gateway, &gateway.code(BACK));
    let second = refresh(&gateway, &member(&first, "refresh_token"));
    assert_ne!(member(&first, "access_token"), member(&second, "access_token"));
    assert_eq!(called_with(&gateway, &member(&second, "access_token")), None);
    assert_eq!(called_with(&gateway, &member(&first, "access_token")).unwrap().0, 27);
    let again = refresh(&gateway, &member(&first, "refresh_token"));
    refused(&again, "invalid_grant", "there is no such refresh_token, or it has been used");
    member(&refresh(&gateway, &member(&second, "refresh_token")), "access_token");
}

#[test]
fn expired_codes_and_tokens_are_refused() {
    let over = Duration::ZERO;
    let expired = gateway(builder().code_lifetime(over));
    refused(&exchange(&expired, &expired.code(BACK)), "invalid_grant", "the code has expired");

    let expired = gateway(builder().session_lifetime(over, over));
    let answer = exchange(&expired, &expired.code(BACK));
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((&body["expires_in"], &body["re_expires_in"]), (&0.into(), &0.into()));
    let session = member(&answer, "access_token");
    let answered = post(&expired, &Parameters::of("taobao.user.seller.get").with("session", &session).signed());
    assert!(answered.text().contains(r#""code":27,"msg":"Invalid Session","sub_code":"session-expired""#));
    let answer = refresh(&expired, &member(&answer, "refresh_token"));
    refused(&answer, "invalid_grant", "the refresh_token has expired");

    // For ever, as far as clocks go.
    let lasting = gateway(builder().session_lifetime(Duration::MAX, Duration::MAX));
    member(&exchange(&lasting, &lasting.code(BACK)), "access_token");
}

#[test]
fn invalid_token_requests_are_refused_without_logging_secrets() {
    let gateway = gateway(builder());
    let code = gateway.code(BACK);
    let good = [("client_id", KEY), ("client_secret", SECRET), ("grant_type", "authorization_code"), ("code", &code)];
    let good = [&good[..], &[("redirect_uri", BACK)]].concat();
    let asked = |fields: &[(&str, &str)]| request(&gateway, "POST", "/token", "", form(fields).as_bytes());
    for (index, (name, _)) in good.iter().enumerate() {
        let without: Vec<_> = good.iter().filter(|(other, _)| other != name).copied().collect();
        refused(&asked(&without), "invalid_request", &format!("{name} is missing"));
        let mut wrong = good.clone();
        wrong[index].1 = "wrong";
        let error = match *name {
            "client_id" | "client_secret" => "invalid_client",
            "grant_type" => "unsupported_grant_type",
            _ => "invalid_grant",
        };
        let answer = asked(&wrong);
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains(&format!("\"error\":\"{error}\"")), "{}", answer.text());
    }
    refused(&request(&gateway, "GET", "/token", "", b""), "invalid_request", "it takes POST alone");
    refused(&request(&gateway, "POST", "/token", "", b"a=%zz"), "invalid_request", "the parameters are no form");
    for query in ["", "response_type=token", "response_type=code&client_id=other"] {
        assert_eq!(request(&gateway, "GET", &format!("/authorize?{query}"), "", b"").status, 400, "{query}");
    }
    for back in ["javascript:alert(1)", "https://a/%0D%0ASet-Cookie:%20a", "https://%E5%BA%97/"] {
        let query = format!("response_type=code&client_id={KEY}&redirect_uri={back}");
        assert_eq!(request(&gateway, "GET", &format!("/authorize?{query}"), "", b"").status, 400, "{back}");
    }
    // None of that has spoilt the code.
    member(&asked(&good), "access_token");
    for call in gateway.calls() {
        assert_eq!(call.method.as_deref(), Some("oauth"));
        let shown = format!("{call} {call:?}");
        assert!(!shown.contains(SECRET) && !shown.contains(&code), "{shown}");
    }
    assert_eq!(gateway.last_call().unwrap().outcome, Outcome::Done);
}

#[test]
fn the_oldest_authorisations_are_forgotten() {
    let gateway = gateway(builder());
    let first = gateway.code(BACK);
    (0..1000).for_each(|_| drop(gateway.code(BACK)));
    refused(&exchange(&gateway, &first), "invalid_grant", "there is no such code");
}
