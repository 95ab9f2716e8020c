//! The blocking transport over ureq: rustls with verified certificates, gzip, timeouts, and a limit of the response's size.

use std::{
    borrow::Cow,
    io::{self, Read},
    time::Duration,
};

use ureq::{
    Agent, SendBody,
    config::AutoHeaderValue,
    http::Uri,
    tls::{Certificate, RootCerts, TlsConfig},
};

use crate::{
    BuildError, HttpRequest, HttpResponse, TransportError,
    blocking::Transport,
    builder::{Http, Proxy, Trust},
    certificates::parse_certificates,
    endpoint::shown,
    environment::{Environment, environment},
    transport::room,
};

/// Sends requests and reuses connections.
pub(crate) struct UreqTransport {
    agent: Agent,
    /// The URL of nearly all calls, which is parsed once.
    usual: Option<(String, Uri)>,
    /// The proxies of the environment, if they are used.
    environment: Option<Environment>,
    connect_timeout: Duration,
    timeout: Duration,
    max_body: usize,
}

impl UreqTransport {
    /// Creates a transport. Most calls go to the URL `usual`.
    pub(crate) fn new(http: &Http, usual: &str) -> Result<UreqTransport, BuildError> {
        let usual = usual.parse().ok().map(|uri: Uri| (usual.to_owned(), uri));
        let environment = environment(&http.proxy)?;
        let proxy = match (&http.proxy, &environment, &usual) {
            (Proxy::At(url), ..) => Some(ureq::Proxy::new(url).map_err(|_| BuildError::Proxy)?),
            (_, Some(environment), Some((_, uri))) => proxy_for(environment, uri).map_err(|_| BuildError::Proxy)?,
            _ => None,
        };
        let encoding = if http.is_compressed { AutoHeaderValue::Default } else { AutoHeaderValue::None };
        let config = Agent::config_builder()
            .timeout_connect(Some(http.connect_timeout))
            .timeout_global(Some(http.timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(&http.user_agent)
            .accept("text/xml,text/javascript")
            .accept_encoding(encoding)
            .proxy(proxy)
            .tls_config(tls(&http.trust)?)
            .max_idle_connections(http.idle_connections)
            .max_idle_connections_per_host(http.idle_connections)
            .max_idle_age(http.idle_for)
            .build();
        Ok(UreqTransport { usual, environment, ..UreqTransport::over(Agent::new_with_config(config), http, "") })
    }

    /// Creates a transport over the caller's agent.
    pub(crate) fn over(agent: Agent, http: &Http, usual: &str) -> UreqTransport {
        UreqTransport {
            agent,
            usual: usual.parse().ok().map(|uri: Uri| (usual.to_owned(), uri)),
            environment: None,
            connect_timeout: http.connect_timeout,
            timeout: http.timeout,
            max_body: http.max_body,
        }
    }
}

impl Transport for UreqTransport {
    fn send(&self, post: HttpRequest) -> Result<HttpResponse, TransportError> {
        let sending = Sending { url: &post.url, timeout: post.timeout, transport: self };
        let uri = match &self.usual {
            Some((usual, uri)) if *usual == post.url => Cow::Borrowed(uri),
            _ => Cow::Owned(post.url.parse().map_err(|_| TransportError::Address { gateway: shown(&post.url) })?),
        };
        let mut request = self.agent.post(&*uri).content_type(&*post.content_type);
        if let (Cow::Owned(uri), Some(environment)) = (&uri, &self.environment) {
            let proxy = proxy_for(environment, uri).map_err(|error| sending.fail(error))?;
            request = request.config().proxy(proxy).build();
        }
        if post.timeout != self.timeout {
            request = request.config().timeout_global(Some(post.timeout)).build();
        }
        let sent = match post.body.into_bytes() {
            Ok(bytes) => request.send(bytes),
            Err(body) => {
                let mut reader = body.open().map_err(TransportError::File)?;
                let whole = reader.whole();
                request.header("Content-Length", whole).send(SendBody::from_reader(&mut reader))
            }
        };
        let response = sent.map_err(|error| sending.fail(error))?;
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let head = HttpResponse::default()
            .with_content_type(header("content-type"))
            .with_date(header("date"))
            .with_retry_after(header("retry-after"));
        let body = response.into_body();
        let expected = body.content_length().and_then(|length| usize::try_from(length).ok());
        let body = sending.read(body.into_reader(), expected.unwrap_or(0))?;
        Ok(HttpResponse { status, body, ..head })
    }
}

/// A request that is being sent.
struct Sending<'t> {
    /// The URL with its query, which holds the session: do not show it.
    url: &'t str,
    timeout: Duration,
    transport: &'t UreqTransport,
}

impl Sending<'_> {
    /// Reads the decompressed body, up to the limit.
    fn read(&self, reader: impl Read, expected: usize) -> Result<Vec<u8>, TransportError> {
        let limit = self.transport.max_body;
        // One byte more than expected, so that the buffer does not grow when the end is read.
        let mut body = Vec::with_capacity(room(expected, limit) + 1);
        // One byte more than the limit distinguishes a body that is too large from one that just fits.
        let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        match reader.take(most).read_to_end(&mut body) {
            Err(error) => Err(self.fail(ureq::Error::from(error))),
            Ok(_) if body.len() > limit => Err(TransportError::TooLarge { gateway: shown(self.url), limit }),
            Ok(_) => Ok(body),
        }
    }

    fn fail(&self, error: ureq::Error) -> TransportError {
        let gateway = shown(self.url);
        match error {
            // These may hold the URL with the session.
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::RequireHttpsOnly(_) => {
                TransportError::Address { gateway }
            }
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                TransportError::ConnectTimeout { gateway, limit: self.transport.connect_timeout.min(self.timeout) }
            }
            ureq::Error::Timeout(_) => TransportError::Timeout { gateway, limit: self.timeout },
            error if is_before_sending(&error) => TransportError::Connect { gateway, source: Box::new(error) },
            error => TransportError::Broken { gateway, source: Box::new(error) },
        }
    }
}

fn tls(trust: &Trust) -> Result<TlsConfig, BuildError> {
    let roots = match trust {
        Trust::WebPki => RootCerts::WebPki,
        Trust::Roots(given) => {
            let roots = parse_certificates(given)?;
            RootCerts::from(roots.iter().map(|root| Certificate::from_der(root).to_owned()))
        }
        #[cfg(feature = "platform-verifier")]
        Trust::Platform => RootCerts::PlatformVerifier,
    };
    Ok(TlsConfig::builder().root_certs(roots).build())
}

/// Returns the proxy that the environment names for a URL.
fn proxy_for(environment: &Environment, uri: &Uri) -> Result<Option<ureq::Proxy>, ureq::Error> {
    let proxy = environment.proxy(uri.scheme_str().unwrap_or_default(), uri.host().unwrap_or_default());
    proxy.map(ureq::Proxy::new).transpose()
}

/// Returns whether an error means that no byte of the request reached the gateway.
fn is_before_sending(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed
        | ureq::Error::InvalidProxyUrl
        | ureq::Error::ConnectProxyFailed(_)
        | ureq::Error::Tls(_)
        | ureq::Error::TlsRequired => true,
        ureq::Error::Io(error) => {
            error.kind() == io::ErrorKind::ConnectionRefused || is_of_lookup(error) || is_of_handshake(error)
        }
        ureq::Error::Rustls(error) => is_refusal_of_peer(error),
        _ => false,
    }
}

/// Returns whether a host was not found. The standard library has no error kind for that: this is its message, and
/// Windows's codes.
fn is_of_lookup(error: &io::Error) -> bool {
    const NO_SUCH_HOST: [i32; 3] = [11001, 11002, 11004];
    match error.raw_os_error() {
        Some(code) => cfg!(windows) && NO_SUCH_HOST.contains(&code),
        None => error.to_string().starts_with("failed to lookup address information"),
    }
}

/// Returns whether the TLS handshake failed. ureq performs it during the first write.
fn is_of_handshake(error: &io::Error) -> bool {
    error.get_ref().and_then(|error| error.downcast_ref()).is_some_and(is_refusal_of_peer)
}

fn is_refusal_of_peer(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::InvalidCertificate(_) | rustls::Error::PeerIncompatible(_))
}
