//! Both clients at the mock gateway: what one does is what the other checks.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::process::Command;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::Offset};
use topsdk_client::mock::{Api, Gateway, GatewayBuilder, Outcome};
use topsdk_client::{Batch, Client, Error, Reply, TransportError, blocking};
use topsdk_codec::{Decoder, File, Format, Request, Response, Session, SignMethod};
use topsdk_tests::apis::alibaba::alsc::crm_recharge_dedut_update as charge;
use topsdk_tests::seed;

const KEY: &str = "12345678";
const SECRET: &str = "S3CRET";
const PICTURE: &str = "taobao.picture.upload";

#[derive(Debug, Default, Request)]
#[top(crate = topsdk_codec, method = "taobao.picture.upload", response = PictureUploadResponse)]
struct PictureUploadRequest {
    #[top(required)]
    title: Option<String>,
    #[top(required)]
    img: Option<File>,
}

#[derive(Debug, Default, PartialEq, Response)]
#[top(crate = topsdk_codec)]
struct PictureUploadResponse {
    picture_id: Option<i64>,
}

fn builder() -> GatewayBuilder {
    let picture = serde_json::json!({
        "method": PICTURE,
        "auth": "required",
        "source": {"page": "", "sha256": "", "layout": "html"},
        "request": [
            {"name": "title", "type": "String", "required": true},
            {"name": "img", "type": "byte[]", "required": true},
        ],
        "response": [{"name": "picture_id", "type": "Number", "example": "11004900331"}],
    });
    Gateway::builder(KEY, SECRET).api(seed()).api(Api::from_json(&picture.to_string()).unwrap()).session("T0KEN")
}

fn charge() -> charge::AlibabaAlscCrmRechargeDedutUpdateRequest {
    let value = charge::DedutOpenReq::new(charge::DedutOpenReqRequired {
        operator_id: "65673527".to_owned(),
        outer_order_id: "766348726342638".to_owned(),
        request_id: "78sd786a78d678as".to_owned(),
        value: 2000,
        biz_channel: "CS".to_owned(),
    });
    let value = value.with_remark("撒娇好的 +&=%/\\\"<>");
    charge::AlibabaAlscCrmRechargeDedutUpdateRequest::new().with_param_dedut_open_req(value)
}

/// The settings of a client at a gateway, of whichever kind.
macro_rules! at {
    ($kind:ty, $gateway:expr) => {
        <$kind>::builder(KEY, SECRET).gateway($gateway.url()).no_proxy().decoder(Decoder::new().strict())
    };
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(future)
}

#[test]
fn both_clients_work_with_every_signature_and_format() {
    let gateway = builder().listen("127.0.0.1:0").unwrap();
    let check = |reply: Reply<charge::AlibabaAlscCrmRechargeDedutUpdateResponse>| {
        let call = gateway.last_call().unwrap();
        assert_eq!(reply.request_id.as_deref(), Some(&*call.request_id));
        assert_eq!((&call.outcome, call.notes.as_slice()), (&Outcome::Done, &[][..]));
        let sent = call.parameter("param_dedut_open_req").unwrap();
        let sent: serde_json::Value = serde_json::from_str(sent).unwrap();
        assert_eq!(sent["remark"], "撒娇好的 +&=%/\\\"<>");
        let result = reply.value.result.unwrap().result.unwrap();
        assert_eq!(result.account_id.as_deref(), Some("7627347265"));
        assert_eq!(result.after_property_list[0].value, Some(200));
    };
    for method in [SignMethod::Md5, SignMethod::Hmac, SignMethod::HmacSha256] {
        for format in [Format::Xml, Format::Json, Format::JsonSimplified] {
            for gzip in [true, false] {
                let client = at!(blocking::Client, gateway).sign_method(method).format(format).gzip(gzip).build();
                check(client.unwrap().execute(&charge(), None).unwrap());
                let client = at!(Client, gateway).sign_method(method).format(format).gzip(gzip).build().unwrap();
                check(run(client.execute(&charge(), None)).unwrap());
            }
        }
    }
    assert_eq!(gateway.count(), 2 * 3 * 3 * 2);
    let wrong = blocking::Client::builder(KEY, "another").gateway(gateway.url()).no_proxy().build().unwrap();
    let error = wrong.execute(&charge(), None).unwrap_err();
    assert_eq!(error.platform().map(|error| (&*error.code, &*error.msg)), Some(("25", "Invalid Signature")));
}

#[test]
fn a_file_arrives_whole_from_memory_and_from_disk() {
    let gateway = builder().listen("127.0.0.1:0").unwrap();
    let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("小.jpg");
    std::fs::write(&path, &bytes).unwrap();
    let session = Session::new("T0KEN");
    for img in [File::new("小.jpg", bytes.clone()), File::on_disk(&path)] {
        let img = Some(img.with_content_type("image/jpeg"));
        let request = PictureUploadRequest { title: Some("夏天".to_owned()), img };
        let check = |reply: Reply<PictureUploadResponse>| {
            assert_eq!(reply.value, PictureUploadResponse { picture_id: Some(11_004_900_331) });
            let upload = &gateway.last_call().unwrap().files["img"];
            assert_eq!((&*upload.name, &*upload.content_type, upload.size), ("小.jpg", "image/jpeg", bytes.len()));
        };
        check(at!(blocking::Client, gateway).build().unwrap().execute(&request, Some(&session)).unwrap());
        check(run(at!(Client, gateway).build().unwrap().execute(&request, Some(&session))).unwrap());
    }
    let request = PictureUploadRequest { title: Some("夏天".to_owned()), img: Some(File::new("a", *b"b")) };
    let client = at!(blocking::Client, gateway).build().unwrap();
    for (session, code) in [(None, "26"), (Some(Session::new("another")), "27")] {
        let error = client.execute(&request, session.as_ref()).unwrap_err();
        assert_eq!(error.platform().map(|error| &*error.code), Some(code));
    }
}

#[test]
fn each_request_of_a_batch_has_its_own_response() {
    let gateway = builder().listen("127.0.0.1:0").unwrap();
    gateway.respond("taobao.time.get", r#"{"time_get_response":{"time":"2016-01-01 12:00:00"}}"#);
    for format in [Format::Json, Format::JsonSimplified, Format::Xml] {
        let client = at!(blocking::Client, gateway).format(format).build().unwrap();
        let mut batch = Batch::new();
        let good = batch.push(&charge(), None).unwrap();
        let unknown = batch.push(&NoSuchRequest {}, Some(&Session::new("T0KEN"))).unwrap();
        let again = batch.push(&charge(), Some(&Session::new("x"))).unwrap();
        let replies = client.execute_batch(&batch).unwrap();
        for ticket in [good, again] {
            assert_eq!(replies.get(ticket).unwrap().value.result.unwrap().biz_success, Some(true));
        }
        let error = replies.get(unknown).unwrap_err();
        assert_eq!(error.platform().map(|error| &*error.code), Some("22"), "{error}");
        let calls = gateway.calls();
        let sessions: Vec<_> = calls[calls.len() - 3..].iter().map(|call| call.parameter("session")).collect();
        assert_eq!(sessions, [None, Some("T0KEN"), Some("x")]);
    }
}

#[derive(Debug, Default, Request)]
#[top(crate = topsdk_codec, method = "taobao.no.such", response = NoSuchResponse)]
struct NoSuchRequest {}

#[derive(Debug, Default, Response)]
#[top(crate = topsdk_codec)]
struct NoSuchResponse {}

#[test]
fn clients_follow_the_clock_of_the_gateway() {
    let gateway = builder().clock_ahead(SignedDuration::from_hours(2)).listen("127.0.0.1:0").unwrap();
    let client = at!(blocking::Client, gateway).build().unwrap();
    assert_eq!(client.execute(&charge(), None).unwrap().attempts, 2);
    assert_eq!(client.execute(&charge(), None).unwrap().attempts, 1);
    let refused = Outcome::Refused { code: 31, msg: "Invalid Timestamp".to_owned() };
    let outcomes: Vec<_> = gateway.calls().into_iter().map(|call| call.outcome).collect();
    assert_eq!(outcomes, [refused, Outcome::Done, Outcome::Done]);
}

#[test]
fn clients_wait_until_a_ban_ends() {
    let gateway = builder().limit(1).listen("127.0.0.1:0").unwrap();
    let client = at!(blocking::Client, gateway).build().unwrap();
    // Two calls within a second: a machine that is slower than that gets another try.
    let reply = (0..50).map(|_| client.execute(&charge(), None).unwrap()).find(|reply| reply.attempts > 1).unwrap();
    assert!(reply.time >= Duration::from_secs(1), "{:?}", reply.time);
    assert!(gateway.calls().iter().any(|call| matches!(call.outcome, Outcome::Refused { code: 7, .. })));
}

#[test]
fn a_response_above_the_limit_is_not_read() {
    let gateway = builder().listen("127.0.0.1:0").unwrap();
    gateway.respond(PICTURE, format!(r#"{{"picture_upload_response":{{"title":"{}"}}}}"#, "x".repeat(8 << 20)));
    let request = PictureUploadRequest { title: Some("a".to_owned()), img: Some(File::new("a", *b"b")) };
    let session = Session::new("T0KEN");
    // Compressed it is small: what counts is what it unpacks to.
    for gzip in [true, false] {
        let client = at!(blocking::Client, gateway).max_body(1 << 20).gzip(gzip).build().unwrap();
        let blocking = client.execute(&request, Some(&session)).unwrap_err();
        let client = at!(Client, gateway).max_body(1 << 20).gzip(gzip).build().unwrap();
        let asynchronous = run(client.execute(&request, Some(&session))).unwrap_err();
        for error in [blocking, asynchronous] {
            assert!(matches!(error, Error::Transport(TransportError::TooLarge { .. })), "{error:?}");
        }
    }
}

const GATEWAY: &str = "TOPSDK_TEST_GATEWAY";

#[test]
fn timestamps_do_not_depend_on_the_time_zone() {
    if let Ok(url) = std::env::var(GATEWAY) {
        // The child: it calls, and the gateway judges.
        let client = blocking::Client::builder(KEY, SECRET).gateway(url.clone()).no_proxy().build().unwrap();
        client.execute(&charge(), None).unwrap();
        let client = Client::builder(KEY, SECRET).gateway(url).no_proxy().build().unwrap();
        run(client.execute(&charge(), None)).unwrap();
        return;
    }
    let gateway = builder().listen("127.0.0.1:0").unwrap();
    for zone in ["America/New_York", "UTC", "Asia/Kolkata"] {
        let before = gateway.count();
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", "timestamps_do_not_depend_on_the_time_zone"])
            .env(GATEWAY, gateway.url())
            .env("TZ", zone);
        let output = child.output().unwrap();
        assert!(output.status.success(), "{zone}: {}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(gateway.count() - before, 2, "{zone}");
        let calls = gateway.calls();
        for call in &calls[calls.len() - 2..] {
            let stamp: DateTime = call.parameter("timestamp").unwrap().parse().unwrap();
            let seconds = Offset::constant(8).to_datetime(Timestamp::now()).duration_since(stamp).as_secs();
            assert!(call.outcome == Outcome::Done && (0..60).contains(&seconds), "{zone}: {stamp}");
        }
    }
}

/// A user authorises, the session is used until it is over, refreshed, and used again.
#[test]
fn both_clients_are_authorised_by_the_gateway() {
    use std::sync::Mutex;

    use topsdk_client::oauth::{StoreError, Token};

    #[derive(Default)]
    struct Store(Mutex<Option<Token>>);

    impl blocking::TokenStore for Store {
        fn load(&self, _: &str) -> Result<Option<Token>, StoreError> {
            Ok(self.0.lock().unwrap().clone())
        }

        fn save(&self, _: &str, token: &Token) -> Result<(), StoreError> {
            *self.0.lock().unwrap() = Some(token.clone());
            Ok(())
        }
    }

    const BACK: &str = "https://shop.example/back";
    let upload = || PictureUploadRequest {
        title: Some("小".to_owned()),
        img: Some(File::new("a.jpg", &b"jpg"[..]).with_content_type("image/jpeg")),
    };
    // Sessions are asked for anew within five minutes of their end, so that one of a minute never is good enough.
    let gateway = builder().session_lifetime(Duration::from_secs(60), Duration::from_secs(600));
    let gateway = gateway.listen("127.0.0.1:0").unwrap();
    let client =
        at!(blocking::Client, gateway).oauth_urls(gateway.authorize_url(), gateway.token_url()).build().unwrap();
    let url = client.authorize_url(BACK, "state");
    let answer = ureq::Agent::new_with_config(ureq::Agent::config_builder().max_redirects(0).proxy(None).build());
    let answer = answer.get(&url).call().unwrap();
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let code = location.strip_prefix("https://shop.example/back?code=").unwrap().strip_suffix("&state=state").unwrap();

    let token = client.exchange_code(code, BACK).unwrap();
    assert_eq!(token.user_id(), Some("263685215"));
    client.execute(&upload(), Some(&token.session())).unwrap();
    let store = Store(Mutex::new(Some(token.clone())));
    let session = client.session(&store, "user").unwrap();
    assert_ne!(session.token(), token.session().token());
    client.execute(&upload(), Some(&session)).unwrap();
    let error = client.execute(&upload(), Some(&token.session())).unwrap_err();
    assert!(error.platform().is_some_and(|error| error.code == "27" && error.needs_authorization()), "{error}");
    let error = client.refresh_token(token.refresh_token().unwrap()).unwrap_err();
    assert!(matches!(&error, Error::OAuth { error, .. } if error == "invalid_grant"), "{error}");
    let error = client.exchange_code(code, BACK).unwrap_err();
    assert_eq!(error.to_string(), "the authorisation failed: invalid_grant: the code has been used");

    let client = at!(Client, gateway).oauth_urls(gateway.authorize_url(), gateway.token_url()).build().unwrap();
    run(async {
        let token = client.exchange_code(&gateway.code(BACK), BACK).await.unwrap();
        client.execute(&upload(), Some(&token.session())).await.unwrap();
        let newer = client.refresh_token(token.refresh_token().unwrap()).await.unwrap();
        client.execute(&upload(), Some(&newer.session())).await.unwrap();
        assert!(client.execute(&upload(), Some(&token.session())).await.is_err());
        let error = client.exchange_code("another", BACK).await.unwrap_err();
        assert_eq!(error.to_string(), "the authorisation failed: invalid_grant: there is no such code");
    });

    // A refresh token that is over: the user has to come again.
    let gateway = builder().session_lifetime(Duration::ZERO, Duration::ZERO).listen("127.0.0.1:0").unwrap();
    let client =
        at!(blocking::Client, gateway).oauth_urls(gateway.authorize_url(), gateway.token_url()).build().unwrap();
    let token = client.exchange_code(&gateway.code(BACK), BACK).unwrap();
    let store = Store(Mutex::new(Some(token)));
    assert!(matches!(client.session(&store, "user").unwrap_err(), Error::NotAuthorized { .. }));
}
