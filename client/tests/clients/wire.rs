//! What a broken or hostile server, or something on the way to it, does to answers.

use std::{thread, time::Duration};

use topsdk_client::{Error, TransportError};

use crate::{
    both::{Kind, NOW, request, twins},
    gateway::{Act, Gateway, ok, response},
    responses::packed,
};

twins! {
    a_response_that_ends_at_any_byte_is_an_error
    a_chunked_response_is_read_to_its_end
    a_response_in_broken_chunks_is_an_error
    a_broken_compressed_response_is_an_error
    a_response_in_a_declared_charset_is_decoded
    a_refusal_in_a_declared_charset_is_decoded_whatever_the_status
    a_response_in_an_undeclared_charset_is_an_error
    an_interim_response_is_skipped
    a_response_of_http_1_0_is_read
    a_response_with_two_lengths_is_an_error
    no_call_gets_the_response_of_another_call
    a_connection_that_the_gateway_has_closed_is_not_used_again
    a_connection_that_closes_during_the_next_call_is_an_error
    headers_without_end_are_not_read_without_end
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";

/// The body in chunks of this size.
fn chunked(headers: &str, body: &[u8], size: usize) -> Vec<u8> {
    let mut answer = format!("{CHUNKED}{headers}\r\n").into_bytes();
    for chunk in body.chunks(size) {
        answer.extend_from_slice(format!("{:X};name=\"value\"\r\n", chunk.len()).as_bytes());
        answer.extend_from_slice(chunk);
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(b"0\r\n\r\n");
    answer
}

/// What comes of an answer that the gateway sends and hangs up.
fn after<K: Kind>(answer: impl Into<Vec<u8>>) -> Result<Option<String>, Error> {
    let gateway = Gateway::raw(answer);
    let reply = K::build(K::at(&gateway.address)).unwrap().execute(&request(), None);
    assert_eq!(gateway.received().len(), 1, "nothing is sent a second time behind the client's back");
    reply.map(|reply| reply.value.time)
}

fn a_response_that_ends_at_any_byte_is_an_error<K: Kind>() {
    let gzip = packed(NOW.as_bytes());
    for whole in [
        response("200 OK", "Content-Type: text/javascript\r\n", NOW),
        response("200 OK", "Content-Encoding: gzip\r\n", &gzip),
        chunked("", NOW.as_bytes(), 7),
        chunked("Content-Encoding: gzip\r\n", &gzip, 11),
    ] {
        assert_eq!(after::<K>(whole.clone()).unwrap().as_deref(), Some("now"));
        // The chunk of size 0 is the end of the body, and there is nothing behind it but an empty line.
        let last = if whole.starts_with(CHUNKED.as_bytes()) { whole.len() - 2 } else { whole.len() };
        for end in 0..last {
            let error = after::<K>(&whole[..end]).expect_err(&format!("it ends at byte {end} of {}", whole.len()));
            assert!(matches!(error, Error::Transport(TransportError::Broken { .. })), "{end}: {error:?}");
            assert!(error.may_have_been_executed() && error.is_retryable());
        }
    }
}

fn a_chunked_response_is_read_to_its_end<K: Kind>() {
    for size in [1, 2, 16, 1000] {
        assert_eq!(after::<K>(chunked("", NOW.as_bytes(), size)).unwrap().as_deref(), Some("now"), "{size}");
    }
    let mut trailers = chunked("Trailer: Checksum\r\n", NOW.as_bytes(), 10);
    trailers.truncate(trailers.len() - 2);
    trailers.extend_from_slice(b"Checksum: 7\r\n\r\n");
    assert_eq!(after::<K>(trailers).unwrap().as_deref(), Some("now"));
}

fn a_response_in_broken_chunks_is_an_error<K: Kind>() {
    let whole = String::from_utf8(chunked("", NOW.as_bytes(), 20)).unwrap();
    for (right, wrong) in [
        ("14;name", "zz;name"),
        ("14;name", "-1;name"),
        ("14;name", "FFFFFFFFFFFFFFFFFF;name"),
        ("14;name", "15;name"),
        ("14;name", "13;name"),
    ] {
        let broken = whole.replacen(right, wrong, 1);
        assert_ne!(broken, whole);
        let error = after::<K>(broken).expect_err(wrong);
        assert!(error.may_have_been_executed(), "{wrong}: {error:?}");
    }
}

fn a_broken_compressed_response_is_an_error<K: Kind>() {
    let gzip = packed(NOW.as_bytes());
    let with = |body: &[u8]| response("200 OK", "Content-Encoding: gzip\r\n", body);
    for end in 1..gzip.len() {
        let error = after::<K>(with(&gzip[..end])).expect_err(&format!("it ends at byte {end} of {}", gzip.len()));
        assert!(error.may_have_been_executed(), "{end}: {error:?}");
    }
    // Any byte of the packed data or of its checksum; the head has a time and a system that count for nothing.
    for place in 10..gzip.len() {
        let mut broken = gzip.clone();
        broken[place] ^= 0x55;
        assert!(after::<K>(with(&broken)).is_err(), "byte {place} of {}", gzip.len());
    }
    assert!(after::<K>(with(NOW.as_bytes())).is_err());
}

/// An answer with 小明 in GBK.
const GBK: &[u8] = b"{\"time_get_response\":{\"time\":\"\xD0\xA1\xC3\xF7\"}}";

fn a_response_in_a_declared_charset_is_decoded<K: Kind>() {
    let header = "Content-Type: text/javascript;charset=GBK\r\n";
    assert_eq!(after::<K>(response("200 OK", header, GBK)).unwrap().as_deref(), Some("小明"));
    let head = b"<?xml version=\"1.0\" encoding=\"GBK\" ?><time_get_response><time>";
    let xml = [head, &b"\xD0\xA1\xC3\xF7"[..], b"</time></time_get_response>"].concat();
    assert_eq!(after::<K>(response("200 OK", "Content-Type: text/xml\r\n", &xml)).unwrap().as_deref(), Some("小明"));

    let gateway = Gateway::raw(response("200 OK", header, GBK));
    let reply = K::build(K::at(&gateway.address)).unwrap().execute(&request(), None).unwrap();
    assert_eq!(String::from_utf8(reply.body).unwrap(), r#"{"time_get_response":{"time":"小明"}}"#);
}

fn a_refusal_in_a_declared_charset_is_decoded_whatever_the_status<K: Kind>() {
    let body = b"{\"error_response\":{\"code\":11,\"msg\":\"\xD0\xA1\xC3\xF7\"}}";
    for status in ["200 OK", "403 Forbidden"] {
        let error = after::<K>(response(status, "Content-Type: application/json; charset=\"gb18030\"\r\n", body));
        assert_eq!(error.unwrap_err().platform().unwrap().msg, "小明");
    }
    let error = after::<K>(response("502 Bad Gateway", "Content-Type: text/html;charset=gbk\r\n", b"\xD0\xA1\xC3\xF7"));
    assert!(matches!(error, Err(Error::Status { .. })), "{error:?}");
    // What is not in the charset is still the error that the status tells.
    let error = after::<K>(response("502 Bad Gateway", "Content-Type: text/html;charset=gbk\r\n", b"\xFF\xFF"));
    assert!(matches!(error, Err(Error::Status { .. })), "{error:?}");
}

fn a_response_in_an_undeclared_charset_is_an_error<K: Kind>() {
    let error = after::<K>(response("200 OK", "Content-Type: text/javascript\r\n", GBK)).unwrap_err();
    let Error::Response(source) = &error else { panic!("{error:?}") };
    assert!(source.to_string().contains("expected UTF-8"), "{source}");
    assert!(error.may_have_been_executed() && !error.is_retryable());
}

fn an_interim_response_is_skipped<K: Kind>() {
    for interim in ["100 Continue\r\n", "102 Processing\r\n", "103 Early Hints\r\nLink: </a>\r\n"] {
        let interim = format!("HTTP/1.1 {interim}\r\n").into_bytes();
        let answer = [interim, response("200 OK", "", NOW)].concat();
        assert_eq!(after::<K>(answer.clone()).unwrap().as_deref(), Some("now"), "{}", String::from_utf8_lossy(&answer));
    }
    let error = after::<K>("HTTP/1.1 204 No Content\r\n\r\n").unwrap_err();
    assert!(matches!(error, Error::Status { .. }) && error.may_have_been_executed(), "{error:?}");
}

fn a_response_of_http_1_0_is_read<K: Kind>() {
    for head in ["HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "HTTP/1.1 200\r\n\r\n"] {
        assert_eq!(after::<K>(format!("{head}{NOW}")).unwrap().as_deref(), Some("now"), "{head}");
    }
}

/// Readers that use the one and readers that use the other disagree where the next response begins.
fn a_response_with_two_lengths_is_an_error<K: Kind>() {
    let length = NOW.len();
    for head in [
        format!("Content-Length: {length}\r\nContent-Length: {}\r\n", length - 1),
        "Content-Length: -1\r\n".to_owned(),
        "Content-Length: 99999999999999999999999\r\n".to_owned(),
        format!("Content-Length: {length}x\r\n"),
    ] {
        let error = after::<K>(format!("HTTP/1.1 200 OK\r\n{head}\r\n{NOW}")).expect_err(&head);
        assert!(error.may_have_been_executed(), "{head}: {error:?}");
    }
}

/// A second answer to one call must not be taken for that of the next one: it may be another user's.
fn no_call_gets_the_response_of_another_call<K: Kind>() {
    let theirs = response("200 OK", "", r#"{"time_get_response":{"time":"theirs"}}"#);
    let first = [response("200 OK", "", NOW), theirs.clone()].concat();
    for pause in [0, 100] {
        let first = first.clone();
        let gateway = Gateway::new(move |before, _| match before {
            0 => Act::Answer(first.clone()),
            _ => ok(NOW),
        });
        let client = K::build(K::at(&gateway.address)).unwrap();
        assert_eq!(client.execute(&request(), None).unwrap().value.time.as_deref(), Some("now"));
        thread::sleep(Duration::from_millis(pause));
        match client.execute(&request(), None) {
            Ok(reply) => assert_eq!(reply.value.time.as_deref(), Some("now"), "after {pause} ms"),
            Err(error) => assert!(matches!(error, Error::Transport(_)), "{error:?}"),
        }
    }
    // And one that comes when the connection is idle.
    let gateway = Gateway::new(move |before, _| match before {
        0 => Act::AnswerTwice(response("200 OK", "", NOW), Duration::from_millis(50), theirs.clone()),
        _ => ok(NOW),
    });
    let client = K::build(K::at(&gateway.address)).unwrap();
    assert_eq!(client.execute(&request(), None).unwrap().value.time.as_deref(), Some("now"));
    thread::sleep(Duration::from_millis(200));
    assert_eq!(client.execute(&request(), None).unwrap().value.time.as_deref(), Some("now"));
    assert_eq!(gateway.connections(), 2, "a connection on which somebody spoke out of turn is not used again");
}

fn a_connection_that_the_gateway_has_closed_is_not_used_again<K: Kind>() {
    // It does not say so beforehand.
    let gateway = Gateway::raw(response("200 OK", "Connection: keep-alive\r\n", NOW));
    let client = K::build(K::at(&gateway.address)).unwrap();
    for calls in 1..5 {
        client.execute(&request(), None).unwrap();
        gateway.wait_for(calls, calls);
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!((gateway.received().len(), gateway.connections()), (4, 4));
}

/// The call was on its way then: nobody knows whether it was done, and it is not sent again.
fn a_connection_that_closes_during_the_next_call_is_an_error<K: Kind>() {
    let gateway = Gateway::new(|before, _| match before {
        0 => ok(NOW),
        _ => Act::AnswerAndClose(Vec::new()),
    });
    let client = K::build(K::at(&gateway.address)).unwrap();
    client.execute(&request(), None).unwrap();
    // The connection may not be back in time for the next call.
    thread::sleep(Duration::from_millis(20));
    let error = client.execute(&request(), None).unwrap_err();
    assert!(matches!(error, Error::Transport(TransportError::Broken { .. })), "{error:?}");
    assert!(error.may_have_been_executed());
    assert_eq!((gateway.received().len(), gateway.connections()), (2, 1));
}

fn headers_without_end_are_not_read_without_end<K: Kind>() {
    let mut answer = b"HTTP/1.1 200 OK\r\n".to_vec();
    for number in 0..200_000 {
        answer.extend_from_slice(format!("X-{number}: {number}\r\n").as_bytes());
    }
    for answer in [answer, [b"HTTP/1.1 200 ", &[b'O'; 4 << 20][..]].concat()] {
        let error = after::<K>(answer).unwrap_err();
        assert!(matches!(error, Error::Transport(TransportError::Broken { .. })), "{error:?}");
    }
}
