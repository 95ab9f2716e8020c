//! The seam between calls and HTTP.

use std::{borrow::Cow, fmt, future::Future, pin::Pin, thread, time::Duration};

use crate::{Body, FileError, block_on::block_on_until, endpoint};

/// A future on the heap, so that a [`Transport`] can be chosen at run time.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Brings calls to the gateway and their answers back, for the asynchronous [`Client`](crate::Client).
///
/// An implementation POSTs [`body`](HttpRequest::body) as [`content_type`](HttpRequest::content_type) to [`url`](HttpRequest::url), gives up
/// after [`timeout`](HttpRequest::timeout), and leaves nothing behind where its future is dropped. It hands on every answer,
/// whatever its status, decompressed; follows no redirect (the body would go to a stranger), repeats nothing (a call may
/// have been done already), and puts neither URL nor body into its errors.
pub trait Transport: Send + Sync {
    /// Sends one call.
    ///
    /// # Errors
    ///
    /// [`TransportError`] where no whole answer came.
    fn send(&self, post: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>>;

    /// Waits, by the clock of whatever runs its futures: before another attempt, and for the limit of calls a second.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;

    /// Runs a task to its end, also if the caller is dropped meanwhile: a token that was refreshed has to be stored. By
    /// default it runs on a thread of its own; a transport whose futures need a runtime spawns it there.
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        run_on_thread(task);
    }
}

/// Runs a task on a thread of its own. Without a thread the task is dropped, which its caller notices.
pub(crate) fn run_on_thread(task: BoxFuture<'static, ()>) {
    let _ = thread::Builder::new().name("topsdk".to_owned()).spawn(|| block_on_until(task, None));
}

/// A call on its way: a POST.
///
/// Its URL and its body hold the session: [`Debug`] shows neither.
#[derive(Clone)]
pub struct HttpRequest {
    pub(crate) what: Cow<'static, str>,
    /// `None` where it is what is called alone.
    pub(crate) methods: Option<Vec<Cow<'static, str>>>,
    pub(crate) url: String,
    pub(crate) content_type: Cow<'static, str>,
    pub(crate) body: Body,
    pub(crate) timeout: Duration,
}

impl HttpRequest {
    /// What is called: an API, such as `taobao.time.get`; `batch`; `oauth`.
    pub fn method(&self) -> &str {
        &self.what
    }

    /// The APIs that are called: one, but for a batch.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        let methods = self.methods.as_deref().unwrap_or(std::slice::from_ref(&self.what));
        methods.iter().map(|method| &**method)
    }

    /// Where it goes, with its query.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it goes, for an error: without the query, and without a password.
    pub fn gateway(&self) -> String {
        endpoint::shown(&self.url)
    }

    /// The value of the header `Content-Type`.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The body.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The body, owned.
    pub fn into_body(self) -> Body {
        self.body
    }

    /// How long it may take, from the beginning to the last byte of the answer.
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

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// The header `Date`, from which a client learns how far its clock is off.
    pub date: Option<String>,
    /// The header `Content-Type`, which may declare the charset of the body.
    pub content_type: Option<String>,
    /// The header `Retry-After`: how long the gateway, or what stands before it, will take no further calls.
    pub retry_after: Option<String>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// An answer of this status and body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> HttpResponse {
        HttpResponse { status, body: body.into(), ..HttpResponse::default() }
    }

    /// With the header `Date`, where the answer has it.
    #[must_use]
    pub fn with_date(mut self, date: Option<String>) -> HttpResponse {
        self.date = date;
        self
    }

    /// With the header `Content-Type`, where the answer has it.
    #[must_use]
    pub fn with_content_type(mut self, content_type: Option<String>) -> HttpResponse {
        self.content_type = content_type;
        self
    }

    /// With the header `Retry-After`, where the answer has it.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Option<String>) -> HttpResponse {
        self.retry_after = retry_after;
        self
    }
}

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The address is none that this transport can send to. Nothing was sent.
    #[error("`{gateway}` is not the address of a gateway; one looks like {}", crate::Endpoint::PRODUCTION.url())]
    Address {
        /// The address.
        gateway: String,
    },
    /// There is no connection, and nothing was sent.
    #[error("no connection to {gateway}; nothing was sent")]
    Connect {
        /// The address.
        gateway: String,
        /// What the network says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The connection took too long, and nothing was sent.
    #[error("no connection to {gateway} within {limit:?}; nothing was sent")]
    ConnectTimeout {
        /// The address.
        gateway: String,
        /// The limit.
        limit: Duration,
    },
    /// The client is asynchronous, and was called from where nothing runs its transport. Nothing was sent.
    #[error("this client runs on tokio, and was called outside of a tokio runtime; nothing was sent")]
    NoRuntime,
    /// A file to be uploaded cannot be opened. Nothing was sent.
    #[error("the file {} cannot be read; nothing was sent", .0.path.display())]
    File(#[source] FileError),
    /// The call took too long. It may have been done all the same.
    #[error("no whole answer of {gateway} within {limit:?}; the call may have been done")]
    Timeout {
        /// The address.
        gateway: String,
        /// The limit.
        limit: Duration,
    },
    /// The answer is larger than the transport takes. The call may have been done.
    #[error("the answer of {gateway} has more than {limit} bytes; the call may have been done")]
    TooLarge {
        /// The address.
        gateway: String,
        /// The limit in bytes, of the body as decompressed.
        limit: usize,
    },
    /// The connection broke, or what came over it is not HTTP. The call may have been done all the same.
    #[error("the connection to {gateway} failed; the call may have been done")]
    Broken {
        /// The address.
        gateway: String,
        /// What the network says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A test asked `Recorded` (feature `test-util`) for an answer that is not there.
    #[error("no answer is recorded for call {call} of `{method}`; {left}")]
    NotRecorded {
        /// What was called.
        method: String,
        /// How many calls of it there have been, this one included.
        call: usize,
        /// What is recorded.
        left: String,
    },
}

impl TransportError {
    /// What kind of error it is, in one word: for metrics.
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

    /// Whether the call may have been done although no answer came. No, where nothing was sent.
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

    /// Whether the same call may succeed when it is sent again.
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

/// How much room is made for a body that promises so many bytes: not all, as a promise costs nothing.
#[cfg(any(feature = "async", feature = "blocking"))]
pub(crate) fn room(promised: usize, limit: usize) -> usize {
    promised.min(limit).min(1 << 20)
}
