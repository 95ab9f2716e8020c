//! The interface between calls and HTTP.

use std::{borrow::Cow, fmt, future::Future, pin::Pin, thread, time::Duration};

use crate::{Body, FileError, block_on::block_on_until, endpoint};

/// A future on the heap, so that a [`Transport`] can be chosen at run time.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends HTTP requests for the asynchronous [`Client`](crate::Client).
///
/// An implementation POSTs [`body`](HttpRequest::body) as [`content_type`](HttpRequest::content_type) to
/// [`url`](HttpRequest::url), gives up after [`timeout`](HttpRequest::timeout), and cleans up if its future is dropped. It
/// returns every response, decompressed, with any status. It follows no redirect (the body holds the session), retries
/// nothing (the call may have been executed), and puts neither URL nor body into its errors.
///
/// ```
/// use std::{future::ready, time::Duration};
/// use topsdk_client::{BoxFuture, Client, HttpRequest, HttpResponse, Transport, TransportError};
///
/// /// Returns the same response to every call, and never waits.
/// struct Fixed;
///
/// impl Transport for Fixed {
///     fn send(&self, _: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
///         Box::pin(ready(Ok(HttpResponse::new(200, r#"{"time_get_response":{}}"#))))
///     }
///
///     fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
///         Box::pin(ready(()))
///     }
/// }
///
/// let client = Client::builder("12345678", "secret").build_over(Fixed)?;
/// # Ok::<(), topsdk_client::BuildError>(())
/// ```
pub trait Transport: Send + Sync {
    /// Sends one request.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if no complete response arrives.
    fn send(&self, post: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>>;

    /// Waits before another attempt, and for the rate limit. Uses the timer of the runtime that runs the futures.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;

    /// Runs a task to its end, even if the caller is dropped: a refreshed token has to be stored. The default runs it on a
    /// thread of its own; a transport whose futures need a runtime spawns it there.
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        run_on_thread(task);
    }
}

/// Runs a task on a thread of its own. If no thread can be started, the task is dropped, which its caller notices.
pub(crate) fn run_on_thread(task: BoxFuture<'static, ()>) {
    let _ = thread::Builder::new().name("topsdk".to_owned()).spawn(|| block_on_until(task, None));
}

/// An HTTP request to the gateway: a POST.
///
/// URL and body hold the session: [`Debug`] shows neither. [`Transport`] shows its use.
#[derive(Clone)]
pub struct HttpRequest {
    pub(crate) what: Cow<'static, str>,
    /// `None` if `what` is the only one.
    pub(crate) methods: Option<Vec<Cow<'static, str>>>,
    pub(crate) url: String,
    pub(crate) content_type: Cow<'static, str>,
    pub(crate) body: Body,
    pub(crate) timeout: Duration,
}

impl HttpRequest {
    /// Returns the method, such as `taobao.time.get`; `batch` or `oauth` for these.
    pub fn method(&self) -> &str {
        &self.what
    }

    /// Returns the methods: several for a batch, otherwise one.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        let methods = self.methods.as_deref().unwrap_or(std::slice::from_ref(&self.what));
        methods.iter().map(|method| &**method)
    }

    /// Returns the URL with its query.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the URL for an error message: without query and password.
    pub fn gateway(&self) -> String {
        endpoint::shown(&self.url)
    }

    /// Returns the value of the header `Content-Type`.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// Returns the body.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Returns the body, owned.
    pub fn into_body(self) -> Body {
        self.body
    }

    /// Returns how long the request may take, up to the last byte of the response.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.what)
            .field("gateway", &self.gateway())
            .field("content_type", &self.content_type)
            .field("body", &self.body)
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// An HTTP response. [`Transport`] shows its use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// The header `Date`, by which the client corrects its clock.
    pub date: Option<String>,
    /// The header `Content-Type`, which may declare the charset of the body.
    pub content_type: Option<String>,
    /// The header `Retry-After`: how long further calls will be refused.
    pub retry_after: Option<String>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// Creates a response with this status and body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> HttpResponse {
        HttpResponse { status, body: body.into(), ..HttpResponse::default() }
    }

    /// Sets the header `Date`, if the response has it.
    #[must_use]
    pub fn with_date(mut self, date: Option<String>) -> HttpResponse {
        self.date = date;
        self
    }

    /// Sets the header `Content-Type`, if the response has it.
    #[must_use]
    pub fn with_content_type(mut self, content_type: Option<String>) -> HttpResponse {
        self.content_type = content_type;
        self
    }

    /// Sets the header `Retry-After`, if the response has it.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Option<String>) -> HttpResponse {
        self.retry_after = retry_after;
        self
    }
}

/// The reason why no complete response arrived. [`Transport`] has an example.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The gateway's URL is invalid. Nothing was sent.
    #[error("`{gateway}` is not the URL of a gateway; expected one such as {}", crate::Endpoint::PRODUCTION.url())]
    Address {
        /// The URL, without query and password.
        gateway: String,
    },
    /// No connection could be established. Nothing was sent.
    #[error("no connection to {gateway}; nothing was sent")]
    Connect {
        /// The URL, without query and password.
        gateway: String,
        /// The error of the network.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Connecting took too long. Nothing was sent.
    #[error("no connection to {gateway} within {limit:?}; nothing was sent")]
    ConnectTimeout {
        /// The URL, without query and password.
        gateway: String,
        /// The limit.
        limit: Duration,
    },
    /// The asynchronous client was called outside of a tokio runtime. Nothing was sent.
    #[error("the asynchronous client needs a tokio runtime, and was called outside of one; nothing was sent")]
    NoRuntime,
    /// A file to upload cannot be opened. Nothing was sent.
    #[error("the file {} cannot be read; nothing was sent", .0.path.display())]
    File(#[source] FileError),
    /// The call took too long. It may have been executed.
    #[error("no complete response from {gateway} within {limit:?}; the call may have been executed")]
    Timeout {
        /// The URL, without query and password.
        gateway: String,
        /// The limit.
        limit: Duration,
    },
    /// The response is larger than [`max_body`](crate::Builder::max_body). The call may have been executed.
    #[error("the response from {gateway} has more than {limit} bytes; the call may have been executed")]
    TooLarge {
        /// The URL, without query and password.
        gateway: String,
        /// The limit in bytes of the decompressed body.
        limit: usize,
    },
    /// The connection broke, or the response is not HTTP. The call may have been executed.
    #[error("the connection to {gateway} failed; the call may have been executed")]
    Broken {
        /// The URL, without query and password.
        gateway: String,
        /// The error of the network.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// `Recorded` (feature `test-util`) has no response for a call.
    #[error("no response is recorded for call {call} of `{method}`; {left}")]
    NotRecorded {
        /// The method.
        method: String,
        /// The number of calls of the method, this one included.
        call: usize,
        /// The responses that are left.
        left: String,
    },
}

impl TransportError {
    /// Returns the kind of error in one word, for metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            TransportError::Address { .. } => "address",
            TransportError::Connect { .. } => "connect",
            TransportError::ConnectTimeout { .. } => "connect_timeout",
            TransportError::NoRuntime => "no_runtime",
            TransportError::File(_) => "file",
            TransportError::Timeout { .. } => "timeout",
            TransportError::TooLarge { .. } => "too_large",
            TransportError::Broken { .. } => "broken",
            TransportError::NotRecorded { .. } => "not_recorded",
        }
    }

    /// Returns whether the call may have been executed. False if nothing was sent.
    pub fn may_have_been_executed(&self) -> bool {
        match self {
            TransportError::Address { .. }
            | TransportError::Connect { .. }
            | TransportError::ConnectTimeout { .. }
            | TransportError::NoRuntime
            | TransportError::File(_)
            | TransportError::NotRecorded { .. } => false,
            TransportError::Timeout { .. } | TransportError::TooLarge { .. } | TransportError::Broken { .. } => true,
        }
    }

    /// Returns whether the same call may succeed if it is sent again.
    pub fn is_retryable(&self) -> bool {
        match self {
            TransportError::Connect { .. }
            | TransportError::ConnectTimeout { .. }
            | TransportError::Timeout { .. }
            | TransportError::Broken { .. } => true,
            TransportError::Address { .. }
            | TransportError::NoRuntime
            | TransportError::File(_)
            | TransportError::TooLarge { .. }
            | TransportError::NotRecorded { .. } => false,
        }
    }
}

/// The capacity reserved for a body of this `Content-Length`: at most 1 MiB, as the header may lie.
#[cfg(any(feature = "async", feature = "blocking"))]
pub(crate) fn room(promised: usize, limit: usize) -> usize {
    promised.min(limit).min(1 << 20)
}
