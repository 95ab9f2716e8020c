//! The examples of the client, each run: at the mock gateway, over a real socket.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr, reason = "examples and tests")]
#![allow(dead_code, unreachable_pub, reason = "an example is a program of its own, for who runs it by hand")]

#[path = "../../generated/examples/batch.rs"]
mod batch;
#[path = "../../generated/examples/charge.rs"]
mod charge;
#[path = "../../generated/examples/custom_transport.rs"]
mod custom_transport;
#[path = "../../generated/examples/pages.rs"]
mod pages;
#[path = "../../generated/examples/recorded.rs"]
mod recorded;
#[path = "../../generated/examples/upload.rs"]
mod upload;

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use charge::Outcome;
use topsdk::{
    Request,
    alibaba::alsc::crm_recharge_dedut_update::AlibabaAlscCrmRechargeDedutUpdateRequest,
    client::{
        Client, blocking,
        mock::{Api, Fault, Gateway},
    },
    codec::Session,
};
use topsdk_spec::Auth;
use topsdk_tests::seed;

const METHOD: &str = AlibabaAlscCrmRechargeDedutUpdateRequest::METHOD;

fn gateway() -> topsdk::client::mock::GatewayBuilder {
    let mut api = seed();
    // Its page asks for no session; these tests want to see one refused.
    api.auth = Some(Auth::Required);
    Gateway::builder("12345678", "secret").session("T0KEN").api(api)
}

fn client(gateway: &Gateway) -> blocking::Client {
    blocking::Client::builder("12345678", "secret").gateway(gateway.url()).build().unwrap()
}

#[test]
fn a_charge_and_its_outcomes() {
    let listening = gateway().listen("127.0.0.1:0").unwrap();
    let session = Session::new("T0KEN");
    let charge = |session: &Session| charge::charge(&client(&listening), Some(session), "766348726342638");
    assert_eq!(charge(&session).unwrap(), Outcome::Done { left: Some(4000) });
    assert_eq!(listening.calls()[0].parameter("session"), Some("T0KEN"));

    assert_eq!(charge(&Session::new("0LD-T0KEN")).unwrap(), Outcome::NotAuthorized);
    listening.respond(
        METHOD,
        r#"{"x_response":{"result":{"biz_success":false,"result_code":"4711","result_desc":"余额不足"}}}"#,
    );
    let refused = Outcome::Refused { code: Some("4711".into()), why: Some("余额不足".into()) };
    assert_eq!(charge(&session).unwrap(), refused);
    listening
        .respond(METHOD, r#"{"error_response":{"code":15,"msg":"x","sub_code":"isp.top-remote-connection-timeout"}}"#);
    assert_eq!(charge(&session).unwrap(), Outcome::Unknown);
    listening.respond(METHOD, r#"{"error_response":{"code":10,"msg":"Service Currently Unavailable"}}"#);
    assert_eq!(charge(&session).unwrap(), Outcome::Unknown);
    listening.respond(
        METHOD,
        r#"{"error_response":{"code":7,"msg":"App Call Limited","sub_msg":"This ban will last for 3600 more seconds"}}"#,
    );
    assert_eq!(charge(&session).unwrap(), Outcome::Later);
    listening.respond(METHOD, r#"{"error_response":{"code":11,"msg":"Insufficient ISV Permissions"}}"#);
    assert_eq!(charge(&session).unwrap_err().platform().unwrap().code, "11");

    let cut = gateway().fail(Fault::Reset, 1.0).listen("127.0.0.1:0").unwrap();
    assert_eq!(charge::charge(&client(&cut), Some(&session), "766348726342638").unwrap(), Outcome::Unknown);
    let nobody = client(&gateway().listen("127.0.0.1:0").unwrap());
    assert_eq!(charge::charge(&nobody, Some(&session), "766348726342638").unwrap(), Outcome::Later);
}

#[test]
fn all_pages_of_a_list_or_an_error() {
    use topsdk::client::{Error, Recorded};

    let page = |numbers: [i64; 2], has_next: bool| {
        format!(r#"{{"trades":[{{"tid":{}}},{{"tid":{}}}],"has_next":{has_next}}}"#, numbers[0], numbers[1])
    };
    let client =
        |recorded: &Recorded| blocking::Client::builder("12345678", "secret").build_over(recorded.clone()).unwrap();
    let session = Session::new("T0KEN");
    let first = Recorded::new().json::<pages::TradesSoldGetRequest>(&page([1, 2], true)).unwrap();
    let recorded = first.json::<pages::TradesSoldGetRequest>(&page([3, 4], false)).unwrap();
    assert_eq!(pages::trades(&client(&recorded), &session).unwrap(), [1, 2, 3, 4]);
    let sent: Vec<_> = recorded.sent().iter().map(|sent| sent.parameter("page_no").unwrap().to_owned()).collect();
    assert_eq!(sent, ["1", "2"]);

    let lost = Recorded::new().json::<pages::TradesSoldGetRequest>(&page([1, 2], true)).unwrap();
    assert!(matches!(pages::trades(&client(&lost), &session), Err(Error::Transport(_))));
}

#[test]
fn an_upload_from_disk() {
    let spec = r#"{"method": "taobao.picture.upload", "source": {"page": "", "sha256": "", "layout": "html"},
        "request": [{"name": "picture_category_id", "type": "Number"}, {"name": "img", "type": "byte[]"},
            {"name": "image_input_title", "type": "String"}],
        "response": [{"name": "picture", "type": "Picture", "fields": [
            {"name": "picture_id", "type": "Number", "example": "7"},
            {"name": "picture_path", "type": "String", "example": "http://img.example/7.jpg"}]}]}"#;
    let gateway = gateway().api(Api::from_json(spec).unwrap()).listen("127.0.0.1:0").unwrap();
    let client = Client::builder("12345678", "secret").gateway(gateway.url()).build().unwrap();
    let photo: Vec<u8> = (0..1_000_000_u32).map(|index| (index % 251) as u8).collect();
    let mut file = tempfile::Builder::new().suffix(".jpg").tempfile().unwrap();
    file.write_all(&photo).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let path = runtime.block_on(upload::upload(&client, &Session::new("T0KEN"), file.path())).unwrap();
    assert_eq!(path.as_deref(), Some("http://img.example/7.jpg"));
    let calls = gateway.calls();
    let sent = &calls[0].files["img"];
    assert_eq!((sent.content_type.as_str(), sent.size), ("image/jpeg", photo.len()));
}

#[test]
fn a_batch_of_several_shops() {
    let gateway = gateway().session("0THER").listen("127.0.0.1:0").unwrap();
    let client = Client::builder("12345678", "secret").gateway(gateway.url()).build().unwrap();
    let orders =
        [("1", "T0KEN"), ("2", "0LD-T0KEN"), ("3", "0THER")].map(|(order, token)| (order, Session::new(token)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let left = runtime.block_on(batch::charge_all(&client, &orders)).unwrap();
    assert_eq!((&left[0], &left[2]), (&Ok(Some(4000)), &Ok(Some(4000))));
    let refused = left[1].as_ref().unwrap_err();
    assert!(refused.contains("27 ") && !refused.contains("0LD-T0KEN"), "{refused}");
    assert_eq!(gateway.count(), 1);
}

#[test]
fn a_custom_transport() {
    let gateway = gateway().listen("127.0.0.1:0").unwrap();
    let sent = Arc::new(AtomicU64::new(0));
    let builder = blocking::Client::builder("12345678", "secret").gateway(gateway.url());
    let client = builder.build_over(custom_transport::Counting::new(sent.clone())).unwrap();
    let outcome = charge::charge(&client, Some(&Session::new("T0KEN")), "766348726342638").unwrap();
    assert_eq!(outcome, Outcome::Done { left: Some(4000) });
    assert!(sent.load(Ordering::Relaxed) > 300);
}
