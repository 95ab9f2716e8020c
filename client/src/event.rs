//! Events of calls, for metrics and logs.

use std::{fmt, sync::Arc, time::Duration};

use crate::Error;

/// An event of a call. [`Builder::on_event`](crate::Builder::on_event) sets the function that receives events, on the
/// thread of the call. They hold no secret and no session; an error may quote the platform's messages.
///
/// ```
/// use topsdk_client::{Client, Event};
///
/// let client = Client::builder("12345678", "secret").on_event(|event| {
///     if let Event::Call { method, attempts, time, result, .. } = event {
///         let result = result.map_or_else(|error| error.kind(), |()| "ok");
///         println!("{method}: {attempts} attempts, {time:?}, {result}");
///     }
/// });
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A call waited for the rate limit.
    Waited {
        /// The method.
        method: &'a str,
        /// How long it waited.
        time: Duration,
    },
    /// An attempt ended.
    Attempt {
        /// The method.
        method: &'a str,
        /// Its number, from 1.
        attempt: u32,
        /// How long it took.
        time: Duration,
        /// Bytes of the decompressed response; 0 if there is none.
        received: usize,
        /// Its result.
        result: Result<(), &'a Error>,
    },
    /// A call will be repeated.
    Retry {
        /// The method.
        method: &'a str,
        /// The number of the attempt that failed.
        attempt: u32,
        /// The wait before the next attempt.
        wait: Duration,
    },
    /// The gateway refused a time stamp, and the client corrected its clock by the response.
    Clock {
        /// By how many seconds the clock was put forward.
        seconds_ahead: i64,
    },
    /// A call ended.
    Call {
        /// The method.
        method: &'a str,
        /// The number of attempts.
        attempts: u32,
        /// How long it took, waits included.
        time: Duration,
        /// The `request_id` of the response.
        request_id: Option<&'a str>,
        /// Its result.
        result: Result<(), &'a Error>,
    },
}

/// The function that receives events, if there is one.
#[derive(Clone, Default)]
pub(crate) struct OnEvent(Option<Arc<Tell>>);

type Tell = dyn Fn(Event<'_>) + Send + Sync;

impl OnEvent {
    pub(crate) fn new(tell: impl Fn(Event<'_>) + Send + Sync + 'static) -> OnEvent {
        OnEvent(Some(Arc::new(tell)))
    }

    pub(crate) fn tell(&self, event: Event<'_>) {
        if let Some(tell) = &self.0 {
            tell(event);
        }
    }
}

impl fmt::Debug for OnEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "OnEvent(…)" } else { "OnEvent" })
    }
}
