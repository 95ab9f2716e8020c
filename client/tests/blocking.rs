//! Calls over real sockets: a gateway of a few lines reads each request to its end and answers what the test says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../../codec/tests/seed/mod.rs"]
mod seed;

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    thread::{self, JoinHandle},
    time::Duration,
};

use hmac::{Hmac, KeyInit, Mac};
use jiff::{Timestamp, civil::DateTime, tz::Offset};
use sha2::Sha256;
use topsdk_client::{BuildError, Builder, Error, Retry, TransportError, blocking::Client};
use topsdk_codec::{Decoder, Format, Request, Response, Session};

const SECRET: &str = "S3CRET";

/// What the gateway was sent.
struct Received {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Received {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The fields of the form, decoded without the library.
    fn fields(&self) -> Vec<(String, String)> {
        let text = |text: &str| {
            let mut bytes = Vec::new();
            let mut rest = text.bytes();
            while let Some(byte) = rest.next() {
                bytes.push(match byte {
                    b'+' => b' ',
                    b'%' => {
                        let hex = [rest.next().unwrap(), rest.next().unwrap()];
                        u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
                    }
                    other => other,
                });
            }
            String::from_utf8(bytes).unwrap()
        };
        let fields = self.body.split('&').map(|field| field.split_once('=').unwrap());
        fields.map(|(name, value)| (text(name), text(value))).collect()
    }

    fn field(&self, name: &str) -> Option<String> {
        self.fields().into_iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }
}

/// A gateway on localhost that takes one call and answers `response`, byte for byte.
fn gateway(response: Vec<u8>) -> (String, JoinHandle<Received>) {
    serve(move |mut stream| stream.write_all(&response).unwrap())
}

fn serve(answer: impl FnOnce(TcpStream) + Send + 'static) -> (String, JoinHandle<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/router/rest", listener.local_addr().unwrap());
    let handle = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let headers: Vec<_> = lines[1..]
            .iter()
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut received = Received { line: lines[0].clone(), headers, body: String::new() };
        let length: usize = received.header("content-length").unwrap().parse().unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        received.body = String::from_utf8(body).unwrap();
        answer(stream);
        received
    });
    (address, handle)
}

fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut response = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    response.extend_from_slice(body);
    response
}

fn client(gateway: &str) -> Client {
    builder(gateway).build().unwrap()
}

fn builder(gateway: &str) -> Builder<Client> {
    Client::builder("12345678", SECRET).gateway(gateway).decoder(Decoder::new().strict()).retry(Retry::never())
}

#[derive(Debug, Default, Request)]
#[top(crate = ::topsdk_codec, method = "taobao.time.get", response = TimeGetResponse)]
struct TimeGetRequest {
    file: Option<topsdk_codec::File>,
}

#[derive(Debug, Default, Response)]
#[top(crate = ::topsdk_codec)]
struct TimeGetResponse {
    time: Option<String>,
}

#[test]
fn the_documented_request_is_answered_with_the_documented_response() {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?>{}<!--top011184081134.na62-->",
        seed::documented_xml().replace("</result></", "</result><request_id>5m7u</request_id></")
    );
    let (address, gateway) = gateway(response("200 OK", "Content-Type: text/xml;charset=UTF-8\r\n", body.as_bytes()));
    let client = builder(&address).format(Format::Xml).build().unwrap();
    let reply = client.execute(&seed::request(), Some(&Session::new("T0KEN"))).unwrap();
    assert_eq!(reply.value, seed::response());
    assert_eq!(reply.request_id.as_deref(), Some("5m7u"));
    assert_eq!(reply.body, body.as_bytes());

    let received = gateway.join().unwrap();
    assert_eq!(received.line, "POST /router/rest HTTP/1.1");
    assert_eq!(received.header("content-type"), Some("application/x-www-form-urlencoded;charset=utf-8"));
    assert_eq!(received.header("accept-encoding"), Some("gzip"));
    assert_eq!(received.header("user-agent"), Some("topsdk/0.1.0"));
    assert_eq!(received.field("session").as_deref(), Some("T0KEN"));
    assert_eq!(received.field("format").as_deref(), Some("xml"));
    assert_eq!(received.field("app_key").as_deref(), Some("12345678"));
    assert!(received.field("param_dedut_open_req").unwrap().contains(r#""remark":"撒娇好的""#));
}

#[test]
fn the_gateway_can_verify_the_signature_and_the_time() {
    let (address, gateway) = gateway(response("200 OK", "", br#"{"time_get_response":{"time":"now"}}"#));
    client(&address).execute(&TimeGetRequest::default(), None).unwrap();

    let received = gateway.join().unwrap();
    let mut fields = received.fields();
    fields.sort();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    for (name, value) in fields.iter().filter(|(name, _)| name != "sign") {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    let digest: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(received.field("sign"), Some(digest));
    assert_eq!(received.field("session"), None);

    let sent: DateTime = received.field("timestamp").unwrap().parse().unwrap();
    let now = Offset::constant(8).to_datetime(Timestamp::now());
    let seconds = now.duration_since(sent).as_secs();
    assert!((0..30).contains(&seconds), "{sent} was sent at {now}");
}

#[test]
fn a_compressed_answer_is_unpacked_but_not_beyond_the_limit() {
    let packed = |body: &[u8]| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(body).unwrap();
        response("200 OK", "Content-Encoding: gzip\r\n", &packer.finish().unwrap())
    };
    let (address, _) = gateway(packed(br#"{"time_get_response":{"time":"now"}}"#));
    assert_eq!(client(&address).execute(&TimeGetRequest::default(), None).unwrap().value.time.as_deref(), Some("now"));

    let (address, _) = gateway(packed(&vec![b' '; 10_000_000]));
    let client = builder(&address).max_body(1_000_000).build().unwrap();
    let error = client.execute(&TimeGetRequest::default(), None).unwrap_err();
    let told = format!("the answer of {address} has more than 1000000 bytes; the call may have been done");
    assert_eq!(error.to_string(), told);
}

#[test]
fn an_answer_may_be_as_large_as_the_limit_and_no_larger() {
    let body = br#"{"time_get_response":{"time":"now"}}"#;
    for (limit, fits) in [(body.len(), true), (body.len() - 1, false)] {
        let (address, _) = gateway(response("200 OK", "", body));
        let client = builder(&address).max_body(limit).build().unwrap();
        match client.execute(&TimeGetRequest::default(), None) {
            Ok(_) => assert!(fits),
            Err(Error::Transport(TransportError::TooLarge { limit: told, .. })) => assert!(!fits && told == limit),
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn a_platform_error_is_one_whatever_the_format() {
    for body in [
        r#"{"error_response":{"code":27,"msg":"Invalid session","sub_code":"session-expired"}}"#,
        "<error_response><code>27</code><msg>Invalid session</msg><sub_code>session-expired</sub_code></error_response>",
    ] {
        let (address, _) = gateway(response("200 OK", "", body.as_bytes()));
        let error = client(&address).execute(&TimeGetRequest::default(), None).unwrap_err();
        let Error::Platform(error) = error else { panic!("{error}") };
        assert!(error.needs_authorization());
        assert_eq!(error.sub_code.as_deref(), Some("session-expired"));
    }
}

#[test]
fn another_status_than_200_is_an_error_with_the_beginning_of_the_body() {
    let body = format!("<html>\n<h1>502 小\u{7}</h1>{}", "x".repeat(5000));
    let (address, _) = gateway(response("502 Bad Gateway", "Content-Type: text/html\r\n", body.as_bytes()));
    let error = client(&address).execute(&TimeGetRequest::default(), None).unwrap_err();
    assert_eq!(error.to_string(), format!("{address} answered otherwise than a gateway does"));
    let Error::Status { source, .. } = error else { panic!() };
    assert_eq!(source.status, 502);
    assert!(source.beginning.starts_with("<html> <h1>502 小"), "{source}");
    assert!(source.to_string().len() < 500);
}

#[test]
fn a_redirect_is_not_followed() {
    let (elsewhere, stranger) = gateway(response("200 OK", "", b"{}"));
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let (address, _) = gateway(response(status, &format!("Location: {elsewhere}\r\n"), b""));
        let error = client(&address).execute(&TimeGetRequest::default(), None).unwrap_err();
        assert!(matches!(error, Error::Status { .. }), "{status}: {error}");
    }
    assert!(!stranger.is_finished());
}

#[test]
fn nothing_is_sent_where_a_parameter_is_missing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}/router/rest", listener.local_addr().unwrap());
    let mut request = seed::request();
    request.param_dedut_open_req.as_mut().unwrap().operator_id = None;
    let error = client(&address).execute(&request, None).unwrap_err();
    assert!(error.to_string().contains("param_dedut_open_req.operator_id"), "{error}");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_gateway_that_does_not_answer_ends_in_a_timeout() {
    let (address, _) = serve(|stream| {
        thread::sleep(Duration::from_secs(5));
        drop(stream);
    });
    let client = builder(&address).timeout(Duration::from_millis(300)).build().unwrap();
    let error = client.execute(&TimeGetRequest::default(), None).unwrap_err();
    assert_eq!(error.to_string(), format!("no whole answer of {address} within 300ms; the call may have been done"));
}

#[test]
fn a_gateway_that_is_not_there_and_one_that_hangs_up_are_told_apart() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("http://127.0.0.1:{port}/router/rest");
    let error = client(&address).execute(&TimeGetRequest::default(), None).unwrap_err();
    assert!(matches!(error, Error::Transport(TransportError::Connect { .. })), "{error}");

    for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":", "not HTTP at all\r\n\r\n"] {
        let (address, _) = gateway(answer.as_bytes().to_vec());
        let error = client(&address).execute(&TimeGetRequest::default(), None).unwrap_err();
        assert!(matches!(error, Error::Transport(TransportError::Broken { .. })), "{answer:?}: {error}");
    }
}

#[test]
fn no_error_shows_a_secret_or_a_session() {
    // A call with a file has its session in the query, so that the whole URL would show it.
    let request = TimeGetRequest { file: Some(topsdk_codec::File::new("a", *b"b")) };
    for address in ["http://127.0.0.1:1/", "https://127.0.0.1:1/x?y", "https://u:S3CRET@127.0.0.1:1/x?k=S3CRET"] {
        let client = client(address);
        let error = client.execute(&request, Some(&Session::new("T0KEN"))).unwrap_err();
        let mut shown = format!("{client:?} {error} {error:?}");
        let mut source = std::error::Error::source(&error);
        while let Some(error) = source {
            shown.push_str(&error.to_string());
            source = error.source();
        }
        assert!(!shown.contains("T0KEN") && !shown.contains(SECRET), "{address}: {shown}");
    }
}

#[test]
fn what_cannot_be_a_gateway_is_refused_before_the_first_call() {
    for address in ["", "gateway", "http://", "http://a b/", "ftp://127.0.0.1/"] {
        let error = builder(address).build().unwrap_err();
        assert!(matches!(error, BuildError::Gateway { .. }), "{address}: {error}");
    }
}
