//! What answers are taken, and what becomes of others.

use std::io::{Read, Write};

use topsdk_client::{Error, TransportError};

use crate::{
    both::{Kind, NOW, Options, quick, request, twins},
    gateway::{Act, Gateway, response},
};

twins! {
    a_compressed_response_is_decompressed_up_to_the_limit
    a_response_may_be_as_large_as_the_limit_and_no_larger
    a_response_of_a_gigabyte_is_refused_at_the_limit
    a_platform_error_is_recognised_in_each_format
    another_status_than_200_is_an_error_with_the_beginning_of_the_body
    a_redirect_is_not_followed
    a_truncated_response_is_retried_if_the_call_is_idempotent
    an_unreadable_response_may_follow_an_executed_call
}

pub(crate) fn packed(body: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(body).unwrap();
    packer.finish().unwrap()
}

fn a_compressed_response_is_decompressed_up_to_the_limit<K: Kind>() {
    let gateway = Gateway::raw(response("200 OK", "Content-Encoding: gzip\r\n", packed(NOW.as_bytes())));
    let reply = K::build(K::at(&gateway.address)).unwrap().execute(&request(), None).unwrap();
    assert_eq!(reply.value.time.as_deref(), Some("now"));
    assert_eq!(reply.body, NOW.as_bytes());

    let bomb = packed(&vec![b' '; 100_000_000]);
    assert!(bomb.len() < 1_000_000);
    let gateway = Gateway::raw(response("200 OK", "Content-Encoding: gzip\r\n", bomb));
    let client = K::build(K::at(&gateway.address).max_body(1_000_000)).unwrap();
    let error = client.execute(&request(), None).unwrap_err();
    let expected =
        format!("the response from {} has more than 1000000 bytes; the call may have been executed", gateway.address);
    assert_eq!(error.to_string(), expected);
}

fn a_response_may_be_as_large_as_the_limit_and_no_larger<K: Kind>() {
    for (limit, fits) in [(NOW.len(), true), (NOW.len() - 1, false)] {
        let gateway = Gateway::responding(NOW);
        let client = K::build(K::at(&gateway.address).max_body(limit)).unwrap();
        match client.execute(&request(), None) {
            Ok(_) => assert!(fits),
            Err(Error::Transport(TransportError::TooLarge { limit: reported, .. })) => {
                assert!(!fits && reported == limit)
            }
            Err(other) => panic!("{other}"),
        }
    }
}

fn a_response_of_a_gigabyte_is_refused_at_the_limit<K: Kind>() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/router/rest", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // The request fits into one read.
        let _ = stream.read(&mut [0; 4096]);
        let gigabyte = 1_usize << 30;
        let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {gigabyte}\r\n\r\n").as_bytes());
        let chunk = vec![b' '; 1 << 20];
        let written = (0..1024).take_while(|_| stream.write_all(&chunk).is_ok()).count();
        sender.send(written).unwrap();
    });
    let error = K::build(K::at(&address)).unwrap().execute(&request(), None).unwrap_err();
    let limit = 64 << 20;
    assert!(
        matches!(error, Error::Transport(TransportError::TooLarge { limit: reported, .. }) if reported == limit),
        "{error}"
    );
    assert!(error.may_have_been_executed() && !error.is_retryable());
    let mebibytes = receiver.recv().unwrap();
    assert!((60..120).contains(&mebibytes), "the gateway got rid of {mebibytes} MiB");
}

fn a_platform_error_is_recognised_in_each_format<K: Kind>() {
    for body in [
        r#"{"error_response":{"code":27,"msg":"Invalid session","sub_code":"session-expired"}}"#,
        "<error_response><code>27</code><msg>Invalid session</msg><sub_code>session-expired</sub_code></error_response>",
    ] {
        let gateway = Gateway::responding(body);
        let error = K::build(K::at(&gateway.address)).unwrap().execute(&request(), None).unwrap_err();
        assert!(!error.may_have_been_executed() && !error.is_retryable());
        let Error::Platform(error) = error else { panic!("{error}") };
        assert!(error.needs_authorization());
        assert_eq!(error.sub_code.as_deref(), Some("session-expired"));
    }
}

fn another_status_than_200_is_an_error_with_the_beginning_of_the_body<K: Kind>() {
    let body = format!("<html>\n<h1>502 小\u{7}</h1>{}", "x".repeat(5000));
    let gateway = Gateway::raw(response("502 Bad Gateway", "Content-Type: text/html\r\n", body));
    let error = K::build(K::at(&gateway.address)).unwrap().execute(&request(), None).unwrap_err();
    assert_eq!(error.to_string(), format!("unexpected HTTP status 502 from {}", gateway.address));
    assert!(error.is_retryable() && error.may_have_been_executed());
    let Error::Status { source, .. } = error else { panic!() };
    assert_eq!(source.status, 502);
    assert!(source.beginning.starts_with("<html> <h1>502 小"), "{source}");
    assert!(source.to_string().len() < 500);
}

fn a_redirect_is_not_followed<K: Kind>() {
    let stranger = Gateway::responding(NOW);
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let gateway = Gateway::raw(response(status, &format!("Location: {}\r\n", stranger.address), b""));
        let error = K::build(K::at(&gateway.address)).unwrap().execute(&request(), None).unwrap_err();
        assert!(matches!(error, Error::Status { .. }), "{status}: {error}");
    }
    assert_eq!(stranger.connections(), 0);
}

/// Where the end of an answer is the end of its connection, nobody can tell that it is cut but who reads it.
fn a_truncated_response_is_retried_if_the_call_is_idempotent<K: Kind>() {
    for cut in [0, 1, NOW.len() / 2, NOW.len() - 1] {
        let gateway = Gateway::new(move |before, _| {
            let body = if before == 0 { &NOW[..cut] } else { NOW };
            Act::AnswerAndClose(format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}").into_bytes())
        });
        let client = K::build(K::at(&gateway.address).retry(quick(3))).unwrap();
        let reply = client.execute_with(&request(), None, &Options::new().idempotent()).unwrap();
        assert_eq!((reply.value.time.as_deref(), reply.attempts), (Some("now"), 2), "cut at {cut}");
        assert!(reply.anomalies.is_empty());
    }
}

fn an_unreadable_response_may_follow_an_executed_call<K: Kind>() {
    for body in ["", "<html></html>", r#"{"time_get_response":{"time":"#] {
        let gateway = Gateway::new(move |_, _| Act::Answer(response("200 OK", "", body)));
        let error = K::build(K::at(&gateway.address)).unwrap().execute(&request(), None).unwrap_err();
        assert!(matches!(error, Error::Response(_)) && error.may_have_been_executed(), "{body:?}: {error}");
    }
}
