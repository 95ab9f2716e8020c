//! What happens to a call, for metrics and logs.

use std::{fmt, sync::Arc, time::Duration};

use crate::Error;

/// What happens to a call: told to the function that [`Builder::on_event`](crate::Builder::on_event) was given, on the
/// thread of the call. It holds no secret and no session; an error may quote the platform's words.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A call got its turn within the limit of calls a second.
    Waited {
        /// The API.
        method: &'a str,
        /// How long it waited for it.
        time: Duration,
    },
    /// An attempt came to its end.
    Attempt {
        /// The API.
        method: &'a str,
        /// Its number, from 1.
        attempt: u32,
        /// How long it took.
        time: Duration,
        /// Bytes of the answer, decompressed; 0 where none came.
        received: usize,
        /// What came of it.
        result: Result<(), &'a Error>,
    },
    /// A call will be sent again.
    Retry {
        /// The API.
        method: &'a str,
        /// The number of the attempt that failed.
        attempt: u32,
        /// How long is waited until then.
        wait: Duration,
    },
    /// The gateway refused a call for its time stamp, and its clock was learnt from its answer.
    Clock {
        /// How many seconds it is ahead of what was believed.
        seconds_ahead: i64,
    },
    /// A call came to its end.
    Call {
        /// The API.
        method: &'a str,
        /// How often it was sent.
        attempts: u32,
        /// How long it took, with all waits.
        time: Duration,
        /// The call's number.
        request_id: Option<&'a str>,
        /// What came of it.
        result: Result<(), &'a Error>,
    },
}

/// Who is told, if anybody.
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
