//! The seam between calls and HTTP, for the blocking client.

use std::{thread, time::Duration};

use crate::{HttpRequest, HttpResponse, TransportError};

/// Brings calls to the gateway and their answers back, for the blocking [`Client`](super::Client). What is said at
/// [`crate::Transport`] holds here too.
pub trait Transport: Send + Sync {
    /// Sends one call, and waits for its answer.
    ///
    /// # Errors
    ///
    /// [`TransportError`] where no whole answer came.
    fn send(&self, post: HttpRequest) -> Result<HttpResponse, TransportError>;

    /// Waits: before another attempt, and for the limit of calls a second.
    fn sleep(&self, duration: Duration) {
        thread::sleep(duration);
    }
}
