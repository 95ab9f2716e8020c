//! The blocking transport, over ureq: rustls with verified certificates, gzip, timeouts, a limit to the answer's size.

use std::{
    io::{self, Read},
    time::Duration,
};

use topsdk_codec::Encoded;
use ureq::Agent;

use crate::{Answer, Transport, TransportError};

/// Sends calls and waits for their answers. Connections are kept and used again; a clone shares them.
#[derive(Clone, Debug)]
pub struct Blocking {
    agent: Agent,
    limits: Limits,
}

/// What a [`Blocking`] transport waits for and takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For how long it tries to connect; 15 s by default.
    pub connect: Duration,
    /// How long a call may take from beginning to end; 60 s by default.
    pub whole: Duration,
    /// How many bytes an answer may have, decompressed; 64 MiB by default.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { connect: Duration::from_secs(15), whole: Duration::from_secs(60), body: 64 << 20 }
    }
}

impl Blocking {
    /// A transport with the default [`Limits`].
    pub fn new() -> Blocking {
        Blocking::with_limits(Limits::default())
    }

    /// A transport with these limits.
    pub fn with_limits(limits: Limits) -> Blocking {
        let config = Agent::config_builder()
            .timeout_connect(Some(limits.connect))
            .timeout_global(Some(limits.whole))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("topsdk/", env!("CARGO_PKG_VERSION")))
            .accept("text/xml,text/javascript")
            .build();
        Blocking { agent: config.into(), limits }
    }
}

impl Default for Blocking {
    fn default() -> Blocking {
        Blocking::new()
    }
}

impl Transport for Blocking {
    fn send(&self, gateway: &str, call: &Encoded) -> Result<Answer, TransportError> {
        let response = self
            .agent
            .post(&*call.url(gateway))
            .content_type(call.content_type())
            .send(call.body())
            .map_err(|error| self.fail(error, gateway))?;
        let status = response.status().as_u16();
        let content_type = response.headers().get("content-type").map(|value| {
            // A header may hold bytes that are no text; it is only shown.
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        });
        let body = self.read(response.into_body().into_reader(), gateway)?;
        Ok(Answer { status, content_type, body })
    }
}

impl Blocking {
    /// The body as decompressed: the limit holds against a small one that unpacks to a large one, too.
    fn read(&self, reader: impl Read, gateway: &str) -> Result<Vec<u8>, TransportError> {
        let limit = self.limits.body;
        let mut body = Vec::new();
        // One byte more than allowed tells a body that is too large from one that just fits.
        let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        reader.take(most).read_to_end(&mut body).map_err(|error| self.fail(ureq::Error::from(error), gateway))?;
        match body.len() > limit {
            true => Err(TransportError::TooLarge { gateway: gateway.to_owned(), limit }),
            false => Ok(body),
        }
    }

    fn fail(&self, error: ureq::Error, gateway: &str) -> TransportError {
        let gateway = gateway.to_owned();
        match error {
            // These may hold the whole URL, and that a session.
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::RequireHttpsOnly(_) => {
                TransportError::Address { gateway }
            }
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                TransportError::ConnectTimeout { gateway, limit: self.limits.connect }
            }
            ureq::Error::Timeout(_) => TransportError::Timeout { gateway, limit: self.limits.whole },
            error if is_before_sending(&error) => TransportError::Connect { gateway, source: Box::new(error) },
            error => TransportError::Broken { gateway, source: Box::new(error) },
        }
    }
}

/// Whether an error tells that no byte of the request can have reached the gateway.
fn is_before_sending(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed
        | ureq::Error::InvalidProxyUrl
        | ureq::Error::ConnectProxyFailed(_)
        | ureq::Error::Tls(_)
        | ureq::Error::TlsRequired => true,
        ureq::Error::Io(error) => error.kind() == io::ErrorKind::ConnectionRefused,
        _ => false,
    }
}
