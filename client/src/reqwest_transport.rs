//! The asynchronous transport over reqwest: rustls with verified certificates, gzip, timeouts, and a limit of the
//! response's size.

use std::{
    future::Future,
    io::{self, Read},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use reqwest::{
    Client, Request,
    header::{ACCEPT, CONTENT_TYPE, DATE, HOST, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT},
    redirect::Policy,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::{runtime::Handle, task::JoinHandle};

use crate::{
    BoxFuture, BuildError, HttpRequest, HttpResponse, Transport, TransportError,
    body::Reader,
    builder::{Http, Proxy, Trust},
    certificates::parse_certificates,
    endpoint::shown,
    environment::environment,
    transport::{room, run_on_thread},
};

/// Sends requests on tokio and reuses connections.
pub(crate) struct ReqwestTransport {
    client: Client,
    /// The URL of nearly all calls, and a request to it that is cloned, so that the URL is parsed once.
    usual: Option<(String, Request)>,
    connect_timeout: Duration,
    timeout: Duration,
    max_body: usize,
}

/// The content type of all calls but uploads and batches.
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded;charset=utf-8");

impl ReqwestTransport {
    /// Creates a transport. Most calls go to the URL `usual`.
    pub(crate) fn new(http: &Http, usual: &str) -> Result<ReqwestTransport, BuildError> {
        let headers = headers(http)?;
        let builder = Client::builder()
            .tls_backend_preconfigured(tls(&http.trust)?)
            .http1_only()
            .default_headers(headers.clone())
            .referer(false)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .gzip(http.is_compressed)
            .connect_timeout(http.connect_timeout)
            .timeout(http.timeout)
            .pool_max_idle_per_host(http.idle_connections)
            .pool_idle_timeout(http.idle_for);
        let environment = environment(&http.proxy)?;
        let builder = match (&http.proxy, environment) {
            (_, Some(environment)) => builder.proxy(reqwest::Proxy::custom(move |url| {
                environment.proxy(url.scheme(), url.host_str().unwrap_or_default()).map(str::to_owned)
            })),
            (Proxy::At(url), None) => builder.proxy(reqwest::Proxy::all(url).map_err(|_| BuildError::Proxy)?),
            (_, None) => builder.no_proxy(),
        };
        let client = builder.build().map_err(|error| BuildError::Transport(Box::new(error)))?;
        Ok(ReqwestTransport::with(client, headers, http, usual))
    }

    /// Creates a transport over the caller's client.
    pub(crate) fn over(client: Client, http: &Http, usual: &str) -> Result<ReqwestTransport, BuildError> {
        Ok(ReqwestTransport::with(client, headers(http)?, http, usual))
    }

    fn with(client: Client, headers: HeaderMap, http: &Http, usual: &str) -> ReqwestTransport {
        let usual = match client.post(usual).headers(headers).header(CONTENT_TYPE, FORM).build() {
            Ok(mut request) => {
                if let Some(host) = host(request.url()) {
                    request.headers_mut().insert(HOST, host);
                }
                Some((usual.to_owned(), request))
            }
            Err(_) => None,
        };
        ReqwestTransport {
            client,
            usual,
            connect_timeout: http.connect_timeout,
            timeout: http.timeout,
            max_body: http.max_body,
        }
    }

    /// Returns a request without a body.
    fn request(&self, url: &str, content_type: &str) -> reqwest::Result<Request> {
        match &self.usual {
            Some((usual, request)) if usual == url && FORM == content_type => request.try_clone(),
            _ => None,
        }
        .map_or_else(|| self.client.post(url).header(CONTENT_TYPE, content_type).build(), Ok)
    }

    async fn operation(&self, post: HttpRequest) -> Result<HttpResponse, TransportError> {
        let (url, timeout) = (post.url, post.timeout);
        let fail = |error| self.fail(error, shown(&url), timeout);
        let mut request = self.request(&url, &post.content_type).map_err(fail)?;
        let body = match post.body.into_bytes() {
            Ok(bytes) => bytes.into(),
            Err(body) => {
                let reader = tokio::task::spawn_blocking(|| body.open()).await;
                let reader = reader.map_err(|error| broken(shown(&url), error))?.map_err(TransportError::File)?;
                reqwest::Body::wrap(Stream::Idle(reader))
            }
        };
        *request.body_mut() = Some(body);
        if timeout != self.timeout {
            *request.timeout_mut() = Some(timeout);
        }
        let mut response = self.client.execute(request).await.map_err(fail)?;
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let head = HttpResponse::default()
            .with_content_type(header(CONTENT_TYPE))
            .with_date(header(DATE))
            .with_retry_after(header(RETRY_AFTER));
        let promised = response.content_length().and_then(|length| usize::try_from(length).ok());
        let mut body = Vec::with_capacity(room(promised.unwrap_or(0), self.max_body));
        while let Some(chunk) = response.chunk().await.map_err(fail)? {
            if body.len() + chunk.len() > self.max_body {
                return Err(TransportError::TooLarge { gateway: shown(&url), limit: self.max_body });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpResponse { status, body, ..head })
    }

    fn fail(&self, error: reqwest::Error, gateway: String, timeout: Duration) -> TransportError {
        // The URL may hold a session.
        let error = error.without_url();
        match (error.is_connect(), error.is_timeout()) {
            _ if error.is_builder() => TransportError::Address { gateway },
            (true, true) => TransportError::ConnectTimeout { gateway, limit: self.connect_timeout.min(timeout) },
            (true, false) => TransportError::Connect { gateway, source: Box::new(error) },
            (false, true) => TransportError::Timeout { gateway, limit: timeout },
            (false, false) => broken(gateway, error),
        }
    }
}

fn broken(gateway: String, error: impl std::error::Error + Send + Sync + 'static) -> TransportError {
    TransportError::Broken { gateway, source: Box::new(error) }
}

/// Returns the header `Host` as hyper derives it for a request without one.
fn host(url: &reqwest::Url) -> Option<HeaderValue> {
    let host = url.host_str()?;
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    HeaderValue::try_from(host).ok()
}

fn headers(http: &Http) -> Result<HeaderMap, BuildError> {
    let user_agent = HeaderValue::from_str(&http.user_agent).map_err(|_| BuildError::UserAgent)?;
    let accept = HeaderValue::from_static("text/xml,text/javascript");
    Ok(HeaderMap::from_iter([(ACCEPT, accept), (USER_AGENT, user_agent)]))
}

/// TLS with the same provider and roots as ureq.
fn tls(trust: &Trust) -> Result<ClientConfig, BuildError> {
    let failed = |error| BuildError::Transport(Box::new(error));
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(failed)?;
    let roots = match trust {
        Trust::WebPki => RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Trust::Roots(given) => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(parse_certificates(given)?);
            roots
        }
        #[cfg(feature = "platform-verifier")]
        Trust::Platform => {
            use rustls_platform_verifier::BuilderVerifierExt;

            return Ok(config.with_platform_verifier().map_err(failed)?.with_no_client_auth());
        }
    };
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

impl Transport for ReqwestTransport {
    fn send(&self, post: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(async {
            // Without a runtime reqwest panics.
            match Handle::try_current() {
                Ok(_) => self.operation(post).await,
                Err(_) => Err(TransportError::NoRuntime),
            }
        })
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(task)),
            Err(_) => run_on_thread(task),
        }
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // Without a runtime `send` fails, and reports that.
            if Handle::try_current().is_ok() {
                tokio::time::sleep(duration).await;
            }
        })
    }
}

/// A body that is read from disk while it is sent, on tokio's blocking threads.
enum Stream {
    Idle(Reader),
    Reading(JoinHandle<(Reader, io::Result<Vec<u8>>)>),
    Over,
}

/// How many bytes are read at a time.
const PIECE: usize = 64 << 10;

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            match std::mem::replace(&mut *self, Stream::Over) {
                Stream::Over => return Poll::Ready(None),
                Stream::Idle(reader) => *self = Stream::Reading(tokio::task::spawn_blocking(|| read(reader))),
                Stream::Reading(mut task) => match Pin::new(&mut task).poll(context) {
                    Poll::Pending => {
                        *self = Stream::Reading(task);
                        return Poll::Pending;
                    }
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(io::Error::other(error)))),
                    Poll::Ready(Ok((_, Err(error)))) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready(Ok((_, Ok(piece)))) if piece.is_empty() => return Poll::Ready(None),
                    Poll::Ready(Ok((reader, Ok(piece)))) => {
                        *self = Stream::Idle(reader);
                        return Poll::Ready(Some(Ok(Frame::data(piece.into()))));
                    }
                },
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Stream::Idle(reader) => SizeHint::with_exact(reader.left()),
            Stream::Reading(_) => SizeHint::default(),
            Stream::Over => SizeHint::with_exact(0),
        }
    }
}

fn read(mut reader: Reader) -> (Reader, io::Result<Vec<u8>>) {
    let mut piece = vec![0; PIECE];
    let read = reader.read(&mut piece).map(|count| {
        piece.truncate(count);
        piece
    });
    (reader, read)
}
