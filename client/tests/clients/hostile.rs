//! Gateways that mean harm: slow, endless, contradictory, and quoting what they were sent where nobody looks for it.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use topsdk_client::{Error, Event, Retry, TransportError};
use topsdk_codec::{Decoder, Format, Session};

use crate::{
    both::{Kind, NOW, Options, quick, refusal, request, twins},
    gateway::{Act, Gateway, ok, response},
    oauth::token,
    redaction::{LONG, assert_no_part, printed_error},
};

twins! {
    a_contradictory_body_is_never_a_success
    a_head_that_quotes_the_session_is_not_quoted
    bytes_that_trickle_do_not_outlast_the_timeout
    texts_of_errors_are_bounded
    a_token_that_is_cut_off_is_not_in_the_error
    an_absurd_pause_or_clock_is_no_harm
}

/// An error beside, before, behind or in place of a response: never `Ok`.
fn a_contradictory_body_is_never_a_success<K: Kind>() {
    for body in [
        r#"{"time_get_response":{"time":"now"},"error_response":{"code":15,"msg":"x"}}"#,
        r#"{"error_response":{"code":15,"msg":"x"},"time_get_response":{"time":"now"}}"#,
        r#"{"error_response":null}"#,
        r#"{"error_response":[]}"#,
        r#"{"error_response":"denied"}"#,
        r#"{"error_response":{"code":null,"msg":null}}"#,
        r#"{"time_get_response":{"time":"now"}} behind"#,
        "{\"time_get_response\":{\"time\":\"now\"}}\0",
        r#"callback({"time_get_response":{"time":"now"}})"#,
        r#"[{"time_get_response":{"time":"now"}}]"#,
        "<time_get_response><time>now</time></time_get_response><error_response><code>15</code></error_response>",
        "<error_response/>",
        "HTTP/1.1 200 OK\r\n\r\n{\"time_get_response\":{\"time\":\"now\"}}",
        "null",
        "0",
        "<",
        "",
    ] {
        for format in [Format::Json, Format::JsonSimplified, Format::Xml] {
            let gateway = Gateway::responding(body);
            let client = K::build(K::at(&gateway.address).decoder(Decoder::new()).format(format)).unwrap();
            let error = client.execute(&request(), None).expect_err(body);
            assert!(error.may_have_been_executed(), "{body}: {error}");
        }
    }
}

/// Status lines, headers and chunks that hold the session.
fn a_head_that_quotes_the_session_is_not_quoted<K: Kind>() {
    let length = NOW.len();
    for head in [
        format!("HTTP/1.1 200 {LONG}\r\nContent-Length: 3\r\n\r\nabc"),
        format!("HTTP/1.1 {LONG}\r\n\r\n"),
        format!("{LONG} 200 OK\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nContent-Length: {LONG}\r\n\r\n{NOW}"),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {LONG}\r\n\r\n{NOW}"),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{LONG}\r\n{NOW}"),
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: {LONG}\r\nContent-Length: {length}\r\n\r\n{NOW}"),
        format!("HTTP/1.1 200 OK\r\nContent-Type: a/b;charset={LONG}\r\nContent-Length: {length}\r\n\r\n{NOW}"),
        format!("HTTP/1.1 200 OK\r\nContent-Type: a/b;charset={LONG}\r\nContent-Length: 3\r\n\r\n\u{fffd}"),
        format!("HTTP/1.1 200 OK\r\n{LONG}\r\nContent-Length: 3\r\n\r\nabc"),
        format!("HTTP/1.1 200 OK\r\n{LONG}: \u{1}\r\nContent-Length: 3\r\n\r\nabc"),
        format!("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/{LONG}\r\nContent-Length: 0\r\n\r\n"),
        format!("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"{LONG}\"\r\nContent-Length: 0\r\n\r\n"),
        format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: {LONG}\r\nConnection: Upgrade\r\n\r\n"),
        format!("HTTP/1.1 503 No\r\nRetry-After: {LONG}\r\nDate: {LONG}\r\nContent-Length: 0\r\n\r\n"),
        format!("HTTP/1.1 000 {LONG}\r\nContent-Length: 0\r\n\r\n"),
    ] {
        let gateway = Gateway::raw(head);
        let events = Arc::new(Mutex::new(String::new()));
        let noted = Arc::clone(&events);
        let note = move |event: Event<'_>| noted.lock().unwrap().push_str(&format!("{event:?}"));
        let client = K::build(K::at(&gateway.address).on_event(note)).unwrap();
        let printed = match client.execute(&request(), Some(&Session::new(LONG))) {
            Ok(reply) => format!("{reply:?}"),
            Err(error) => printed_error(&error),
        };
        assert_no_part(&format!("{printed} {}", events.lock().unwrap()), LONG);
    }
}

/// A server that reads a request's beginning and then writes what `serve` does.
fn trickling(serve: fn(TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/router/rest", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 8192]);
            serve(stream);
        }
    });
    address
}

/// Writes a head and then a few bytes again and again, until the client hangs up.
fn trickle(mut stream: TcpStream, head: &[u8], piece: &[u8]) {
    let _ = stream.write_all(head);
    while stream.write_all(piece).is_ok() {
        thread::sleep(Duration::from_millis(2));
    }
}

fn bytes_that_trickle_do_not_outlast_the_timeout<K: Kind>() {
    let trickles: [fn(TcpStream); 4] = [
        |stream| trickle(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b" "),
        |stream| trickle(stream, b"HTTP/1.1 200 OK\r\n", b"X"),
        |stream| trickle(stream, b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        |stream| trickle(stream, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ];
    for serve in trickles {
        let address = trickling(serve);
        let deadline = Retry::never().deadline(Duration::from_millis(400));
        for builder in [K::at(&address).timeout(Duration::from_millis(400)), K::at(&address).retry(deadline)] {
            let start = Instant::now();
            let error = K::build(builder).unwrap().execute(&request(), None).unwrap_err();
            assert!(matches!(error, Error::Transport(TransportError::Timeout { .. })), "{error:?}");
            assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        }
    }
}

/// An error keeps 16 KiB of a text, so that neither memory nor the search for secrets grows with what a gateway sends.
fn texts_of_errors_are_bounded<K: Kind>() {
    const MEBIBYTE: usize = 1 << 20;
    for text in ["A", "…", "%25", "a%2Bb\\u0026 &amp; aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ", "小"] {
        let text = text.repeat(MEBIBYTE / text.len());
        let gateway = Gateway::new({
            let text = text.clone();
            move |_, received| match received.field("text").as_deref() {
                Some("error") => ok(refusal(15, "CD07", &text)),
                Some("member") => ok(format!(r#"{{"time_get_response":{{"{text}":1,"request_id":"{text}"}}}}"#)),
                _ => Act::Answer(response("500 Oops", "", &text)),
            }
        });
        let client = K::build(K::at(&gateway.address).decoder(Decoder::new().report_unknown(true))).unwrap();
        let asked = |text: &str| crate::both::TimeGetRequest { text: Some(text.to_owned()), file: None };
        let session = Session::new(LONG);
        let error = client.execute(&asked("error"), Some(&session)).unwrap_err();
        let sub_msg = error.platform().unwrap().sub_msg.as_ref().unwrap();
        assert!((1..=(16 << 10) + 3).contains(&sub_msg.len()) && sub_msg.ends_with('…'), "{}", sub_msg.len());
        let error = client.execute(&asked("status"), Some(&session)).unwrap_err();
        assert!(error.to_string().len() < 1_000);
        let reply = client.execute(&asked("member"), Some(&session)).unwrap();
        let path = &reply.unknown[0].path;
        assert!((1..=512 + 3).contains(&path.len()) && path.ends_with('…'), "{}", path.len());
        assert!(reply.request_id.is_some_and(|id| id.len() <= (16 << 10) + 3));
    }
}

/// The client does not know a new token before it is read, but the names of its members tell.
fn a_token_that_is_cut_off_is_not_in_the_error<K: Kind>() {
    let whole = token(LONG, 86400);
    let gateway = Gateway::new({
        let whole = whole.clone();
        move |before, _| ok(&whole[..before])
    });
    let client = K::build(K::at(&gateway.address).oauth_urls("http://127.0.0.1/", &gateway.address)).unwrap();
    for _ in 0..whole.len() {
        let error = client.exchange_code("the-code", "http://127.0.0.1/").unwrap_err();
        assert_no_part(&printed_error(&error), LONG);
    }
    for status in ["500 Oops", "302 Found"] {
        let body = format!("<html>{whole} access_token={LONG}&x=1");
        let gateway = Gateway::new(move |_, _| Act::Answer(response(status, "", &body)));
        let client = K::build(K::at(&gateway.address).oauth_urls("http://127.0.0.1/", &gateway.address)).unwrap();
        let error = client.exchange_code("the-code", "http://127.0.0.1/").unwrap_err();
        assert_no_part(&printed_error(&error), LONG);
    }
}

/// Neither overflows, and neither is waited for.
fn an_absurd_pause_or_clock_is_no_harm<K: Kind>() {
    for (pause, attempts) in [
        ("18446744073709551615", 1),
        ("99999999999999999999999", 2),
        ("-1", 2),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 2),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 2),
    ] {
        let header = format!("Retry-After: {pause}\r\n");
        let gateway = Gateway::new(move |_, _| Act::Answer(response("503 Busy", &header, "")));
        let client = K::build(K::at(&gateway.address).retry(quick(2))).unwrap();
        let error = client.execute_with(&request(), None, &Options::new().idempotent()).unwrap_err();
        assert!(matches!(error, Error::Status { .. }), "{pause}: {error}");
        assert_eq!(gateway.received().len(), attempts, "{pause}");
    }
    let ban = "This ban will last for 18446744073709551615 more seconds";
    let gateway = Gateway::responding(refusal(7, "", ban));
    let client = K::build(K::at(&gateway.address).retry(quick(2))).unwrap();
    assert_eq!(client.execute(&request(), None).unwrap_err().retry_after(), Some(Duration::from_secs(u64::MAX)));
    for date in ["Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 0001 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"] {
        let header = format!("Date: {date}\r\n");
        let gateway = Gateway::new(move |before, _| match before {
            0 => Act::Answer(response("200 OK", &header, refusal(31, "", ""))),
            _ => ok(NOW),
        });
        let client = K::build(K::at(&gateway.address).retry(quick(3))).unwrap();
        let _ = client.execute(&request(), None);
        client.execute(&request(), None).unwrap();
    }
}
