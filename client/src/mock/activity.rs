//! Tracks when a connection was last active.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

/// The time of the last activity on a connection, so that idle connections can be closed.
pub(super) struct Activity {
    start: Instant,
    last: AtomicU64,
    /// A request is being answered. The gateway itself takes this time, so the connection does not count as idle.
    pub(super) is_busy: AtomicBool,
    /// Ends the connection, to make room for another one.
    pub(super) evicted: Notify,
    /// The connection is to be reset.
    pub(super) is_reset: AtomicBool,
}

impl Activity {
    pub(super) fn new() -> Activity {
        let (last, is_busy, evicted, is_reset) = Default::default();
        Activity { start: Instant::now(), last, is_busy, evicted, is_reset }
    }

    pub(super) fn touch(&self) {
        self.last.store(self.milliseconds(), Ordering::Relaxed);
    }

    /// Returns how long the connection has been idle, or `None` while a request is being answered.
    pub(super) fn idle(&self) -> Duration {
        if self.is_busy.load(Ordering::Relaxed) {
            return Duration::ZERO;
        }
        Duration::from_millis(self.milliseconds().saturating_sub(self.last.load(Ordering::Relaxed)))
    }

    fn milliseconds(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
