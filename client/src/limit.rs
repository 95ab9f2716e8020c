//! A limit of calls a second.

use std::{
    fmt,
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

use async_lock::Mutex;
use governor::{DefaultDirectRateLimiter, Quota, clock::Clock as _};

use crate::{Transport, blocking};

/// A limit of calls a second. Calls get their turn in the order in which they came, those of blocking clients too, and
/// one that is dropped while it waits takes no turn.
///
/// The platform counts by app key: let all clients of one key share a limit by giving each a clone of it.
///
/// ```
/// use topsdk_client::RateLimit;
///
/// let limit = RateLimit::per_second(20);
/// let bursts = RateLimit::per_second(20).with_burst(10);
/// ```
#[derive(Clone)]
pub struct RateLimit {
    state: Arc<State>,
}

struct State {
    quota: Quota,
    limiter: DefaultDirectRateLimiter,
    /// Held by the call whose turn is next: the limiter alone favours whoever asks at the right moment.
    queue: Mutex<()>,
}

impl RateLimit {
    /// At most so many calls in any second, evenly spaced. 0 counts as 1.
    pub fn per_second(calls: u32) -> RateLimit {
        let calls = NonZeroU32::new(calls).unwrap_or(NonZeroU32::MIN);
        RateLimit::of(Quota::per_second(calls).allow_burst(NonZeroU32::MIN))
    }

    /// Lets so many calls go at once after a pause. A second may then have that many more. 0 counts as 1.
    #[must_use]
    pub fn with_burst(self, calls: u32) -> RateLimit {
        RateLimit::of(self.state.quota.allow_burst(NonZeroU32::new(calls).unwrap_or(NonZeroU32::MIN)))
    }

    fn of(quota: Quota) -> RateLimit {
        RateLimit {
            state: Arc::new(State { quota, limiter: DefaultDirectRateLimiter::direct(quota), queue: Mutex::new(()) }),
        }
    }

    /// Waits for a turn, and tells for how long.
    pub(crate) async fn turn(&self, transport: &dyn Transport) -> Duration {
        let asked = Instant::now();
        let _place = self.state.queue.lock().await;
        for _ in 0..ASKED {
            match self.state.wait() {
                Some(wait) => transport.sleep(wait).await,
                None => break,
            }
        }
        asked.elapsed()
    }

    /// [`turn`](RateLimit::turn), on this thread.
    pub(crate) fn turn_blocking(&self, transport: &dyn blocking::Transport) -> Duration {
        let asked = Instant::now();
        let _place = self.state.queue.lock_blocking();
        for _ in 0..ASKED {
            match self.state.wait() {
                Some(wait) => transport.sleep(wait),
                None => break,
            }
        }
        asked.elapsed()
    }
}

/// How often a call asks for its turn: once more than clocks need. A transport for tests may sleep no time at all.
const ASKED: u32 = 3;

impl State {
    /// Takes a turn, or tells how long it is until there is one.
    fn wait(&self) -> Option<Duration> {
        self.limiter.check().err().map(|early| early.wait_time_from(self.limiter.clock().now()))
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit")
            .field("one_in", &self.state.quota.replenish_interval())
            .field("burst", &self.state.quota.burst_size())
            .finish()
    }
}
