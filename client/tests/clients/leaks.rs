//! Secrets, sessions and values appear where they were asked for and nowhere else.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use topsdk_client::{Batch, Event, Recorded};
use topsdk_codec::{File, Request, Response, Session};
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};

use crate::{
    both::{Blocking, Caller, Kind, NOW, Options, SECRET, TimeGetRequest, quick, refusal, twins},
    gateway::{Act, Gateway, Received, ok, response},
    redaction::printed_error,
};

twins! {
    a_gateway_that_echoes_everything_gets_nothing_into_an_error
    errors_of_the_network_hold_no_session
    the_log_holds_no_secret_and_no_value
    values_are_logged_if_configured
}

/// It needs encoding in a form.
const TOKEN: &str = "T0KEN+of/the=user";
const VALUE: &str = "13800138000";

/// A token by an API instead of by OAuth's own address.
#[derive(Debug, Default, Request)]
#[top(crate = ::topsdk_codec, method = "taobao.top.auth.token.create", response = TokenCreateResponse)]
struct TokenCreateRequest {
    code: Option<String>,
}

#[derive(Debug, Default, Response)]
#[top(crate = ::topsdk_codec)]
struct TokenCreateResponse {
    token_result: Option<String>,
}

fn asked() -> TimeGetRequest {
    TimeGetRequest { text: Some(VALUE.into()), file: None }
}

fn assert_hidden(shown: &str) {
    for secret in [SECRET, TOKEN, "T0KEN%2Bof%2Fthe%3Duser"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

fn a_gateway_that_echoes_everything_gets_nothing_into_an_error<K: Kind>() {
    type Echo = fn(&Received) -> Act;
    let echoes: [Echo; 6] = [
        |received| {
            let (token, form) = (received.field("session").unwrap(), received.text());
            ok(refusal(27, &token, &format!("{SECRET} {form}")))
        },
        |received| Act::Answer(response("500 Oops", "", format!("<p>{SECRET} {} {TOKEN}", received.text()))),
        |received| ok(format!("<html>{SECRET} {} {TOKEN}", received.text())),
        |received| ok(format!(r#"{{"time_get_response":{{"time":"{TOKEN} {SECRET} {}" oops"#, received.text())),
        |_| ok(format!(r#"{{"{TOKEN}{SECRET}_response":{{}}}}"#)),
        |_| ok(format!(r#"{{"time_get_response":{{"time":["{TOKEN}{SECRET}"]}}}}"#)),
    ];
    for echo in echoes {
        let gateway = Gateway::new(move |_, received| echo(received));
        let events = Arc::new(Mutex::new(String::new()));
        let builder = K::at(&gateway.address).on_event({
            let events = Arc::clone(&events);
            move |event: Event<'_>| events.lock().unwrap().push_str(&format!("{event:?}"))
        });
        let client = K::build(builder).unwrap();
        match client.execute(&asked(), Some(&Session::new(TOKEN))) {
            Err(error) => assert_hidden(&printed_error(&error)),
            // Where a text is wanted, an array is one.
            Ok(reply) => assert!(reply.value.time.is_some()),
        }
        assert_hidden(&format!("{client:?} {}", events.lock().unwrap()));
    }
}

fn errors_of_the_network_hold_no_session<K: Kind>() {
    // A call with a file has its session in the query, so that the whole URL would show it.
    let request = TimeGetRequest { file: Some(File::new("a", *b"b")), ..asked() };
    let hung_up = Gateway::raw("");
    let nonsense = Gateway::raw("not HTTP at all\r\n\r\n");
    let password = format!("https://u:{SECRET}@127.0.0.1:1/x?k={SECRET}");
    for address in ["http://127.0.0.1:1/", "https://127.0.0.1:1/x?y", &password, &hung_up.address, &nonsense.address] {
        let client = K::build(K::at(address)).unwrap();
        let error = client.execute(&request, Some(&Session::new(TOKEN))).unwrap_err();
        assert_hidden(&format!("{client:?} {}", printed_error(&error)));
    }
}

/// What was logged, with all spans and all levels.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

impl Log {
    /// Runs `calls` with everything logged that any crate says.
    fn of(calls: impl FnOnce()) -> String {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(log.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, calls);
        let bytes = log.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }
}

/// Calls of every kind, at a gateway that refuses the first and takes the second.
fn calls<K: Kind>(logs_values: bool) {
    let gateway = Gateway::new(|before, received| {
        let body = match before {
            0 => refusal(7, "accesscontrol.limited-by-app-access-count", &format!("{TOKEN} {VALUE}")),
            _ if received.line.contains("/batch") => [NOW; 2].join("\r\n-S-\r\n"),
            _ if received.line.contains("/token") => {
                format!(r#"{{"access_token":"{TOKEN}-new","refresh_token":"R3FRESH-{SECRET}"}}"#)
            }
            _ if received.field("method").is_some_and(|method| method == TokenCreateRequest::METHOD) => {
                format!(r#"{{"top_auth_token_create_response":{{"token_result":"{TOKEN}-new R3FRESH"}}}}"#)
            }
            _ => format!(r#"{{"time_get_response":{{"time":"{TOKEN} {VALUE}","request_id":"5m7u"}}}}"#),
        };
        ok(body)
    });
    let token = gateway.address.replace("router/rest", "token");
    let builder = K::at(&gateway.address).oauth_urls("http://127.0.0.1/", token);
    let client = K::build(builder.retry(quick(3)).log_values(logs_values)).unwrap();
    let session = Session::new(TOKEN);
    assert_eq!(client.execute(&asked(), Some(&session)).unwrap().attempts, 2);
    let upload = TimeGetRequest { file: Some(File::new("a", *b"file of the user")), ..asked() };
    client.execute_with(&upload, Some(&session), &Options::new().idempotent()).unwrap();
    let mut batch = Batch::new();
    batch.push(&asked(), Some(&session)).unwrap();
    batch.push(&asked(), None).unwrap();
    client.execute_batch(&batch).unwrap();
    client.exchange_code("the-code-of-a-user", "http://127.0.0.1/").unwrap();
    let create = || TokenCreateRequest { code: Some("the-code-of-a-user".to_owned()) };
    assert!(client.execute(&create(), None).unwrap().value.token_result.unwrap().contains("R3FRESH"));
    let mut batch = Batch::new();
    batch.push(&create(), None).unwrap();
    batch.push(&create(), None).unwrap();
    client.execute_batch(&batch).unwrap();
    assert_eq!(gateway.received().len(), 7);
}

fn the_log_holds_no_secret_and_no_value<K: Kind>() {
    let log = Log::of(|| calls::<K>(false));
    assert_hidden(&log);
    assert!(!log.contains(VALUE) && !log.contains("file of the user") && !log.contains("the-code-of"), "{log}");
}

fn values_are_logged_if_configured<K: Kind>() {
    let log = Log::of(|| calls::<K>(true));
    assert_hidden(&log);
    assert!(!log.contains("R3FRESH") && !log.contains("the-code-of"), "{log}");
    assert!(log.contains(&format!("text={VALUE}")) && log.contains(r#"{\"time_get_response\""#), "{log}");
    assert!(!log.contains("file of the user"), "{log}");
}

#[test]
fn a_corrected_clock_is_logged() {
    let log = Log::of(|| {
        let gateway = Gateway::new(|before, _| match before {
            0 => {
                let date = "Date: Sun, 06 Nov 2044 08:49:37 GMT\r\n";
                Act::Answer(response("200 OK", date, refusal(31, "isv.timestamp", "")))
            }
            _ => ok(NOW),
        });
        let client = Blocking::build(Blocking::at(&gateway.address).retry(quick(2))).unwrap();
        for _ in 0..2 {
            client.execute(&asked(), None).unwrap();
        }
    });
    let warnings: Vec<_> =
        log.lines().filter(|line| line.contains("calls are now stamped by the gateway's clock")).collect();
    let [line] = warnings[..] else { panic!("{log}") };
    assert!(line.contains("WARN") && line.contains("seconds_ahead=") && line.contains("code 31"), "{line}");
}

#[test]
fn spans_record_the_outcome_of_a_call() {
    let log = Log::of(|| {
        let gateway = Gateway::new(|before, _| match before {
            0 => ok(refusal(7, "accesscontrol.limited-by-app-access-count", "")),
            _ => ok(NOW),
        });
        let client = Blocking::build(Blocking::at(&gateway.address).retry(quick(3))).unwrap();
        client.execute(&asked(), None).unwrap();
    });
    let line =
        |begin: &str| log.lines().find(|line| line.contains(begin) && line.contains("close")).unwrap().to_owned();
    let first = line("attempt=1");
    for field in [r#"method="taobao.time.get""#, r#"code="7""#, "duration_ms=", r#"error="platform""#] {
        assert!(first.contains(field), "{field}: {first}");
    }
    let second = line("attempt=2");
    assert!(second.contains(r#"request_id="5m7u""#), "{second}");
    let call = log.lines().rfind(|line| line.contains("close")).unwrap();
    for field in [r#"call{method="taobao.time.get""#, "attempts=2", r#"request_id="5m7u""#, "duration_ms="] {
        assert!(call.contains(field), "{field}: {call}");
    }
}

#[test]
fn a_fixture_of_json_has_to_fit_the_response() {
    let recorded = Recorded::new().json::<TimeGetRequest>(r#"{"time":"now"}"#).unwrap();
    let client = topsdk_client::blocking::Client::builder("key", SECRET).build_over(recorded).unwrap();
    assert_eq!(client.execute(&TimeGetRequest::default(), None).unwrap().value.time.as_deref(), Some("now"));
    for wrong in [r#"{"tiem":"now"}"#, r#"{"time":}"#, "[]"] {
        assert!(Recorded::new().json::<TimeGetRequest>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn recorded_responses_are_returned_in_order_and_missing_ones_are_named() {
    let recorded = Recorded::new()
        .respond("taobao.time.get", NOW)
        .respond("taobao.time.get", refusal(27, "session-expired", ""))
        .respond("taobao.user.get", "{}");
    let client =
        Caller::Blocking(topsdk_client::blocking::Client::builder("key", SECRET).build_over(recorded.clone()).unwrap());
    assert_eq!(client.execute(&asked(), Some(&Session::new(TOKEN))).unwrap().value.time.as_deref(), Some("now"));
    assert!(client.execute(&asked(), None).unwrap_err().platform().unwrap().needs_authorization());
    let error = client.execute(&asked(), None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no response is recorded for call 3 of `taobao.time.get`; left are 1 of `taobao.user.get`"
    );
    assert!(!error.may_have_been_executed() && !error.is_retryable());
    assert_eq!(recorded.left(), [("taobao.user.get".to_owned(), 1)]);
    let sent = recorded.sent();
    assert_eq!(sent.len(), 3);
    assert_eq!((sent[0].parameter("text"), sent[0].parameter("session")), (Some(VALUE), Some(TOKEN)));
    assert_hidden(&format!("{sent:?} {recorded:?}"));
}
