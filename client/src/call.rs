//! Calls before they are sent: request, session and options.

use std::{fmt, sync::Arc, time::Duration};

use topsdk_codec::{Object, Session};

use crate::{Batch, Progress, Retry, body::OnProgress};

/// The options of one call.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) is_idempotent: bool,
    pub(crate) retry: Option<Retry>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) target_app_key: Option<String>,
    pub(crate) on_progress: Option<OnProgress>,
}

/// The setters that calls, batches and pages share. The argument is the field with their [`Options`].
macro_rules! setters {
    ($($options:tt)+) => {
        /// Marks the call as idempotent: executing it twice has the same effect as executing it once, as for all reads. It
        /// is then repeated even after a timeout, a broken connection or a fault of the service.
        pub fn idempotent(mut self) -> Self {
            self.$($options)+.is_idempotent = true;
            self
        }

        /// Sets how long each attempt may take; the client's [`timeout`](crate::Builder::timeout) by default.
        pub fn timeout(mut self, timeout: Duration) -> Self {
            self.$($options)+.timeout = Some(timeout);
            self
        }

        /// Sets the retry policy of this call; the client's [`retry`](crate::Builder::retry) by default.
        pub fn retry(mut self, retry: Retry) -> Self {
            self.$($options)+.retry = Some(retry);
            self
        }

        /// Sets the app key of another application that provides the API.
        pub fn target_app_key(mut self, key: impl Into<String>) -> Self {
            self.$($options)+.target_app_key = Some(key.into());
            self
        }
    };
}
pub(crate) use setters;

/// A call of an API, made by `client.call(&request)` and sent by `send`.
///
/// ```no_run
/// # async fn run(client: topsdk_client::Client, session: topsdk_codec::Session) -> Result<(), topsdk_client::Error> {
/// # use topsdk_codec::{Date, Request, Response};
/// # #[derive(Default, Request)]
/// # #[top(crate = topsdk_codec, method = "taobao.time.get", response = TimeGetResponse)]
/// # struct TimeGetRequest {}
/// # #[derive(Default, Response)]
/// # #[top(crate = topsdk_codec)]
/// # struct TimeGetResponse { time: Option<Date> }
/// use std::time::Duration;
///
/// let request = TimeGetRequest::default();
/// let call = client.call(&request).session(&session).idempotent().timeout(Duration::from_secs(5));
/// let reply = call.send().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a call is sent by `send`"]
pub struct CallBuilder<'a, C, R> {
    pub(crate) client: &'a C,
    pub(crate) request: &'a R,
    pub(crate) session: Option<&'a Session>,
    pub(crate) options: Options,
}

impl<'a, C, R> CallBuilder<'a, C, R> {
    pub(crate) fn new(client: &'a C, request: &'a R) -> Self {
        CallBuilder { client, request, session: None, options: Options::default() }
    }

    /// Sets the session of the user for whom the call is made.
    pub fn session(mut self, session: &'a Session) -> Self {
        self.session = Some(session);
        self
    }

    setters!(options);

    /// Sets a function that receives the progress of an upload, after each piece that goes to the network. It starts again
    /// from 0 if the call is repeated.
    pub fn on_progress(mut self, report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.options.on_progress = Some(Arc::new(report));
        self
    }
}

/// A call of an API that is known only at run time, made by `client.call_object(…)` and sent by `send`.
///
/// ```no_run
/// # fn run(client: topsdk_client::blocking::Client) -> Result<(), topsdk_client::Error> {
/// use topsdk_codec::dynamic::{DynamicObject, DynamicType, Kind};
///
/// let request = DynamicType::new("");
/// let mut types = DynamicType::new("time_get_response");
/// types.field(DynamicType::ROOT, "time", Kind::Date);
/// let mut response = DynamicObject::new(&types);
/// let request = DynamicObject::new(&request);
/// client.call_object("taobao.time.get", &request, &mut response).idempotent().send()?;
/// println!("{response:?}");
/// # Ok(())
/// # }
/// ```
#[must_use = "a call is sent by `send`"]
pub struct ObjectCallBuilder<'a, C> {
    pub(crate) client: &'a C,
    pub(crate) method: &'a str,
    pub(crate) request: &'a (dyn Object + Sync),
    pub(crate) response: &'a mut (dyn Object + Send),
    pub(crate) session: Option<&'a Session>,
    pub(crate) options: Options,
}

impl<'a, C> ObjectCallBuilder<'a, C> {
    pub(crate) fn new(
        client: &'a C,
        method: &'a str,
        request: &'a (dyn Object + Sync),
        response: &'a mut (dyn Object + Send),
    ) -> Self {
        ObjectCallBuilder { client, method, request, response, session: None, options: Options::default() }
    }

    /// Sets the session of the user for whom the call is made.
    pub fn session(mut self, session: &'a Session) -> Self {
        self.session = Some(session);
        self
    }

    setters!(options);
}

/// A call of a [`Batch`], made by `client.call_batch(&batch)` and sent by `send`. Each request in it has its own session.
#[must_use = "a batch is sent by `send`"]
pub struct BatchCallBuilder<'a, C> {
    pub(crate) client: &'a C,
    pub(crate) batch: &'a Batch,
    pub(crate) options: Options,
}

impl<'a, C> BatchCallBuilder<'a, C> {
    pub(crate) fn new(client: &'a C, batch: &'a Batch) -> Self {
        BatchCallBuilder { client, batch, options: Options::default() }
    }

    setters!(options);
}

impl<C, R: fmt::Debug> fmt::Debug for CallBuilder<'_, C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallBuilder")
            .field("request", &self.request)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl<C> fmt::Debug for ObjectCallBuilder<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ObjectCallBuilder");
        shown.field("method", &self.method).field("options", &self.options).finish_non_exhaustive()
    }
}

impl<C> fmt::Debug for BatchCallBuilder<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("BatchCallBuilder");
        shown.field("batch", &self.batch).field("options", &self.options).finish_non_exhaustive()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("is_idempotent", &self.is_idempotent)
            .field("retry", &self.retry)
            .field("timeout", &self.timeout)
            .field("target_app_key", &self.target_app_key)
            .finish_non_exhaustive()
    }
}
