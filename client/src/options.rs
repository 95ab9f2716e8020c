//! What one call has of its own.

use std::{fmt, sync::Arc, time::Duration};

use crate::{Progress, Retry, body::OnProgress};

/// What one call has of its own, beside its request and its session.
///
/// ```
/// use std::time::Duration;
/// use topsdk_client::Options;
///
/// let options = Options::new().idempotent().timeout(Duration::from_secs(5));
/// ```
#[derive(Clone, Default)]
pub struct Options {
    pub(crate) is_idempotent: bool,
    pub(crate) retry: Option<Retry>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) target_app_key: Option<String>,
    pub(crate) on_progress: Option<OnProgress>,
}

impl Options {
    /// Nothing of its own.
    pub fn new() -> Options {
        Options::default()
    }

    /// Says that doing it twice is doing it once, as with all that only reads: the call is sent again after a timeout, a
    /// cut connection or a fault of the service as well.
    #[must_use]
    pub fn idempotent(mut self) -> Options {
        self.is_idempotent = true;
        self
    }

    /// With a policy other than the client's.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Options {
        self.retry = Some(retry);
        self
    }

    /// How long an attempt may take, if not as long as the client says.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Options {
        self.timeout = Some(timeout);
        self
    }

    /// To an API that another application provides.
    #[must_use]
    pub fn target_app_key(mut self, key: impl Into<String>) -> Options {
        self.target_app_key = Some(key.into());
        self
    }

    /// Is told how far an upload is, after each piece that goes to the network; from the beginning again where the call
    /// is sent again.
    #[must_use]
    pub fn on_progress(mut self, tell: impl Fn(Progress) + Send + Sync + 'static) -> Options {
        self.on_progress = Some(Arc::new(tell));
        self
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
