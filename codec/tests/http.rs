//! The types of `http` at the seam.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod seed;

use topsdk_codec::{App, Call, Decoder, Error, File, Request, Session};

#[derive(Default, Request)]
#[top(crate = ::topsdk_codec, method = "taobao.picture.upload", response = seed::DedutUpdateResponse)]
struct Upload {
    img: Option<File>,
}

#[test]
fn a_call_is_a_post_with_all_parameters_in_its_body() {
    let app = App::new("12345678", "secret");
    let encoded = Call::new(&app, "2016-01-01 12:00:00".parse().unwrap()).encode(&seed::request()).unwrap();
    let body = encoded.body().to_vec();
    let request = encoded.into_http("https://eco.taobao.com/router/rest").unwrap();
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://eco.taobao.com/router/rest");
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded;charset=utf-8");
    assert_eq!(request.body(), &body);
}

#[test]
fn a_call_with_a_file_appends_to_the_query_of_the_gateway() {
    let (app, session) = (App::new("12345678", "secret"), Session::new("T0KEN"));
    let call = Call::new(&app, "2016-01-01 12:00:00".parse().unwrap()).session(&session);
    let upload = || call.encode(&Upload { img: Some(File::new("a.jpg", *b"x")) }).unwrap();
    let uri = upload().into_http("http://127.0.0.1:1/router/rest").unwrap().uri().to_string();
    assert!(uri.starts_with("http://127.0.0.1:1/router/rest?app_key=12345678&"), "{uri}");
    let uri = upload().into_http("http://127.0.0.1:1/router/rest?a=b").unwrap().uri().to_string();
    assert!(uri.starts_with("http://127.0.0.1:1/router/rest?a=b&app_key=12345678&"), "{uri}");
    let error = upload().into_http("not a gateway").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("T0KEN"));
}

#[test]
fn a_response_is_decoded_if_its_status_is_200_and_a_refusal_always() {
    let decoder = Decoder::new().strict();
    let xml = seed::documented_xml();
    let reply = decoder.decode_http::<seed::DedutUpdateResponse>(http::Response::new(xml.as_str())).unwrap();
    assert_eq!(reply.value, seed::response());
    let response = http::Response::builder().status(502).body("<html>down").unwrap();
    let Err(Error::Status(error)) = decoder.decode_http::<seed::DedutUpdateResponse>(response) else { panic!() };
    assert_eq!((error.status, error.beginning.as_str()), (502, "<html>down"));
    let refused = r#"{"error_response":{"code":11,"msg":"Insufficient isv permissions"}}"#;
    let response = http::Response::builder().status(403).body(refused).unwrap();
    let Err(Error::Platform(error)) = decoder.decode_http::<seed::DedutUpdateResponse>(response) else { panic!() };
    assert_eq!((error.code.as_str(), error.http_status), ("11", Some(403)));
}
