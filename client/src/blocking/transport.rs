//! The interface between calls and HTTP for the blocking client.

use std::{thread, time::Duration};

use crate::{HttpRequest, HttpResponse, TransportError};

/// Sends HTTP requests for the blocking [`Client`](super::Client), with the duties of [`crate::Transport`], whose example
/// applies here too.
pub trait Transport: Send + Sync {
    /// Sends one request and waits for its response.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if no complete response arrives.
    fn send(&self, post: HttpRequest) -> Result<HttpResponse, TransportError>;

    /// Waits before another attempt, and for the rate limit.
    fn sleep(&self, duration: Duration) {
        thread::sleep(duration);
    }
}
