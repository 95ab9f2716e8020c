//! The limits of a client at the gateway, and the end of the gateway with its handle. Three more are part of the clients'
//! contract (`client/tests/clients/contract.rs`): memory, silent connections, and calls in flight at the end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use proptest::{collection::vec, prelude::*, sample::Index};
use topsdk_client::mock::Outcome;

use crate::wire::{Parameters, SEED, builder, connect, post, request, seed};

#[test]
fn a_body_above_the_limit_is_refused_with_and_without_a_length() {
    let gateway = builder().api(seed()).max_body(1000).listen("127.0.0.1:0").unwrap();
    let mut stream = connect(gateway.address());
    stream.write_all(b"POST /router/rest HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\n\r\n").unwrap();
    assert!(first_line(&mut stream).contains(" 413 "));

    let mut stream = connect(gateway.address());
    stream.write_all(b"POST /router/rest HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    let chunk = format!("200\r\n{}\r\n", "x".repeat(512));
    stream.write_all(chunk.repeat(2).as_bytes()).unwrap();
    assert!(first_line(&mut stream).contains(" 413 "));
    assert!(gateway.calls().iter().all(|call| call.outcome == Outcome::Lost));

    let form = |length| "x".repeat(length);
    assert_eq!(request(&gateway, "POST", "/router/rest", "", form(1000).as_bytes()).status, 200);
}

#[test]
fn a_head_above_the_limit_is_refused() {
    let gateway = builder().api(seed()).listen("127.0.0.1:0").unwrap();
    for (target, header) in [("x".repeat(1_000_000), String::new()), ("x".to_owned(), "y".repeat(1_000_000))] {
        let mut stream = connect(gateway.address());
        // The gateway may have hung up before it is all sent.
        let _ = stream.write_all(format!("GET /{target} HTTP/1.1\r\nHost: a\r\nX: {header}\r\n\r\n").as_bytes());
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let line = String::from_utf8_lossy(&bytes);
        // 414 or 431, where it comes through; the reset of a connection with unread bytes may overtake it.
        assert!(line.is_empty() || line.starts_with("HTTP/1.1 414") || line.starts_with("HTTP/1.1 431"), "{line}");
    }
    assert_eq!(gateway.count(), 0);
    assert!(post(&gateway, &Parameters::of(SEED).signed()).text().contains("7627347265"));
}

#[test]
fn slow_clients_are_disconnected() {
    let patience = Duration::from_millis(200);
    let gateway = builder().api(seed()).patience(patience).listen("127.0.0.1:0").unwrap();
    for beginning in [
        "",
        "POST /router/rest HTTP/1.1\r\nHost",
        "POST /router/rest HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab",
        // A whole call, and then nothing.
        "GET /router/rest HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let mut stream = connect(gateway.address());
        stream.write_all(beginning.as_bytes()).unwrap();
        let start = Instant::now();
        let mut bytes = Vec::new();
        // Whether it is a reset or an end of the stream is the system's choice.
        let _ = stream.read_to_end(&mut bytes);
        assert!(start.elapsed() < Duration::from_secs(15), "{beginning:?}");
    }
}

const GET: &[u8] = b"GET /router/rest HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

#[test]
fn connections_above_the_limit_wait_for_a_free_one() {
    let latency = Duration::from_millis(300);
    let gateway = builder().api(seed()).max_connections(2).latency(latency).listen("127.0.0.1:0").unwrap();
    let busy = || {
        let mut stream = connect(gateway.address());
        stream.write_all(GET).unwrap();
        stream
    };
    let start = Instant::now();
    let mut open = [busy(), busy()];
    let mut third = busy();
    assert!(first_line(&mut third).contains(" 200 "));
    assert!(start.elapsed() >= 2 * latency, "{:?}", start.elapsed());
    open.iter_mut().for_each(|stream| assert!(first_line(stream).contains(" 200 "), "a busy connection is not closed"));
}

#[test]
fn invalid_http_and_unknown_paths_get_different_statuses() {
    let gateway = builder().api(seed()).listen("127.0.0.1:0").unwrap();
    let mut stream = connect(gateway.address());
    stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not HTTP\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    assert!(bytes.is_empty() || bytes.starts_with(b"HTTP/1.1 400"));
    for target in ["/", "/router", "/router/rest/", "/sync"] {
        assert_eq!(request(&gateway, "GET", target, "", b"").status, 404, "{target}");
    }
}

#[test]
fn a_client_that_disconnects_is_recorded() {
    let gateway = builder().api(seed()).listen("127.0.0.1:0").unwrap();
    let mut stream = connect(gateway.address());
    stream.write_all(b"POST /router/rest HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab").unwrap();
    let start = Instant::now();
    let wait = || {
        assert!(start.elapsed() < Duration::from_secs(60), "the gateway did not notice");
        std::thread::sleep(Duration::from_millis(5));
    };
    while gateway.count() == 0 {
        wait();
    }
    drop(stream);
    while gateway.calls().is_empty() {
        wait();
    }
    let call = gateway.last_call().unwrap();
    assert_eq!(
        (call.outcome, call.notes.join("; ")),
        (Outcome::Lost, "the connection ended before the body did".to_owned())
    );
}

/// Bodies that were right once, cut, swapped and overwritten: each is answered, as what it has become.
#[test]
fn damaged_bodies_get_a_response() {
    let gateway = builder().api(seed()).listen("127.0.0.1:0").unwrap();
    let form = Parameters::of(SEED).with("param_dedut_open_req", r#"{"value":[{"a":"\ud800"}]}"#).signed().form();
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\nc\r\n--b\r\n\
                     Content-Disposition: form-data; name=\"format\"\r\n\r\njson\r\n--b--\r\n";
    let batch = format!("#PUBLIC#method={SEED}\r\n-S-\r\nN\r\n-S-\r\na=b&c=%E5%B0%8F");
    let bodies = [
        ("application/x-www-form-urlencoded", "/router/rest", form.as_str()),
        ("multipart/form-data; boundary=b", "/router/rest", multipart),
        ("text/plain", "/router/batch", &batch),
    ];
    let edits = vec((any::<Index>(), any::<Index>(), 0..4, any::<u8>()), 1..=4);
    proptest!(topsdk_random::config(600), |(body in 0..bodies.len(), edits in edits)| {
        let (content_type, path, body) = bodies[body];
        let mut body = body.as_bytes().to_vec();
        for (at, other, edit, byte) in edits {
            let (at, other) = (at.index(body.len()), other.index(body.len()));
            match edit {
                0 => body.truncate(at + 1),
                1 => body.swap(at, other),
                2 => body[at] = byte,
                _ => body.extend_from_within(at.min(other)..at.max(other)),
            }
        }
        let target = match path {
            "/router/batch" => format!("{path}?{}", Parameters::public().signed_with(&body).form()),
            path => path.to_owned(),
        };
        let answer = request(&gateway, "POST", &target, &format!("Content-Type: {content_type}\r\n"), &body);
        prop_assert_eq!(answer.status, 200, "{:?}", String::from_utf8_lossy(&body));
        prop_assert!(answer.text().contains("_response"), "{:?}", answer);
    });
    assert!(gateway.count() >= 600);
}

#[test]
fn dropping_the_gateway_ends_calls_in_progress() {
    let gateway = builder().api(seed()).fail("stall".parse().unwrap(), 1.0).listen("127.0.0.1:0").unwrap();
    let address = gateway.address();
    let mut stream = connect(address);
    let call = Parameters::of(SEED).signed().form();
    stream.write_all(format!("GET /router/rest?{call} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).unwrap();
    while gateway.calls().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let start = Instant::now();
    drop(gateway);
    // A stalled response would take five minutes.
    assert!(start.elapsed() < Duration::from_secs(60));
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    assert!(bytes.is_empty());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn only_the_last_thousand_calls_are_kept() {
    let gateway = builder().listen("127.0.0.1:0").unwrap();
    let mut stream = connect(gateway.address());
    for _ in 0..1100 {
        stream.write_all(b"GET /router/rest?format=json HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut end = [0; 7];
        while !end.ends_with(b"\r\n0\r\n\r\n") {
            end.rotate_left(1);
            stream.read_exact(&mut end[6..]).unwrap();
        }
    }
    let calls = gateway.calls();
    assert_eq!((gateway.count(), calls.len(), calls[0].number), (1100, 1000, 101));
}

fn first_line(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).unwrap()
}
