//! HTTP by hand: what is sent is what the test says, and what comes back is all of it.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, tz::Offset};
use topsdk_client::mock::{Api, Gateway, GatewayBuilder};
use topsdk_codec::sign::{SignMethod, sign};

pub(crate) const KEY: &str = "12345678";
pub(crate) const SECRET: &str = "S3CRET";
pub(crate) use topsdk_tests::{SEED, seed};

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Code and message of an error, which is JSON.
    #[track_caller]
    pub(crate) fn error(&self) -> (u64, String) {
        assert_eq!(self.status, 200, "{self:?}");
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        let error = &body["error_response"];
        assert!(error["request_id"].as_str().is_some_and(|id| id.len() == 13), "{body}");
        (error["code"].as_u64().unwrap(), error["msg"].as_str().unwrap().to_owned())
    }
}

/// A call's parameters, with what every call needs.
#[derive(Clone)]
pub(crate) struct Parameters(pub(crate) BTreeMap<String, String>);

impl Parameters {
    pub(crate) fn of(method: &str) -> Parameters {
        Parameters::public().with("method", method)
    }

    pub(crate) fn public() -> Parameters {
        let parameters = Parameters(BTreeMap::new());
        let parameters = parameters.with("app_key", KEY).with("v", "2.0").with("format", "json");
        parameters.with("sign_method", "hmac-sha256").with("timestamp", &china(0))
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Parameters {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Parameters {
        self.0.remove(name);
        self
    }

    /// Signed, with a body that is no form behind.
    pub(crate) fn signed_with(self, body: &[u8]) -> Parameters {
        let method = SignMethod::from_wire(&self.0["sign_method"]).unwrap();
        let digest = sign(method, SECRET, self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())), body);
        self.with("sign", &digest)
    }

    pub(crate) fn signed(self) -> Parameters {
        self.signed_with(b"")
    }

    pub(crate) fn form(&self) -> String {
        let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
        let fields: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        fields.join("&")
    }
}

/// The time in China, so many minutes from now.
pub(crate) fn china(minutes: i64) -> String {
    let now = Timestamp::now().checked_add(SignedDuration::from_mins(minutes)).unwrap();
    Offset::constant(8).to_datetime(now).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A spec written for a test: members of JSON behind the method.
pub(crate) fn api(method: &str, members: &str) -> Api {
    let source = r#""source":{"page":"","sha256":"","layout":"html"}"#;
    Api::from_json(&format!(r#"{{"method":"{method}",{source}{members}}}"#)).unwrap()
}

pub(crate) fn builder() -> GatewayBuilder {
    Gateway::builder(KEY, SECRET)
}

/// POSTs a form of all parameters.
pub(crate) fn post(gateway: &Gateway, parameters: &Parameters) -> Answer {
    post_as(gateway, "application/x-www-form-urlencoded;charset=utf-8", "", parameters.form().as_bytes())
}

pub(crate) fn post_as(gateway: &Gateway, content_type: &str, query: &str, body: &[u8]) -> Answer {
    request(gateway, "POST", &format!("/router/rest{query}"), &format!("Content-Type: {content_type}\r\n"), body)
}

pub(crate) fn request(gateway: &Gateway, verb: &str, target: &str, headers: &str, body: &[u8]) -> Answer {
    exchange(gateway.address(), verb, target, headers, body).unwrap()
}

pub(crate) fn exchange(
    address: SocketAddr,
    verb: &str,
    target: &str,
    headers: &str,
    body: &[u8],
) -> io::Result<Answer> {
    let mut stream = connect(address);
    let head = format!(
        "{verb} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    read(&bytes).ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, format!("{} bytes", bytes.len())))
}

/// A connection on which no test waits for ever.
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// An answer of which nothing is missing.
pub(crate) fn read(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let mut lines = std::str::from_utf8(&bytes[..end]).ok()?.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    assert_eq!(headers.get("transfer-encoding").map(String::as_str), Some("chunked"), "{headers:?}");
    let (mut body, mut rest) = (Vec::new(), &bytes[end + 4..]);
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?, 16).ok()?;
        body.extend_from_slice(rest.get(line + 2..line + 2 + size)?);
        rest = rest.get(line + 4 + size..)?;
        if size == 0 {
            return Some(Answer { status, headers, body });
        }
    }
}
