//! When something last happened on a connection.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// When something last happened on a connection, so that one on which nothing does can be closed.
pub(super) struct Activity {
    start: Instant,
    last: AtomicU64,
    /// A request is being answered: whatever that takes is the gateway's own doing.
    pub(super) is_busy: AtomicBool,
    /// The connection is to be reset.
    pub(super) is_reset: AtomicBool,
}

impl Activity {
    pub(super) fn new() -> Activity {
        let (last, is_busy, is_reset) = Default::default();
        Activity { start: Instant::now(), last, is_busy, is_reset }
    }

    pub(super) fn touch(&self) {
        self.last.store(self.milliseconds(), Ordering::Relaxed);
    }

    pub(super) fn is_older_than(&self, patience: Duration) -> bool {
        let idle = self.milliseconds().saturating_sub(self.last.load(Ordering::Relaxed));
        !self.is_busy.load(Ordering::Relaxed) && u128::from(idle) >= patience.as_millis()
    }

    fn milliseconds(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
