//! The rate limit.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::pin,
    sync::{Arc, Mutex as StdMutex, PoisonError},
    task::Poll,
    time::{Duration, Instant},
};

use async_lock::Mutex;

use crate::{BoxFuture, Transport, block_on::block_on_until, blocking::Transport as BlockingTransport};

/// A rate limit in calls per second. Calls proceed in order of arrival, those of blocking clients included. A call that is
/// dropped while it waits does not count.
///
/// The platform counts per app key: give all clients of one key a clone of the same limit.
///
/// ```
/// use topsdk_client::RateLimit;
///
/// let limit = RateLimit::per_second(20);
/// let bursts = RateLimit::per_second(20).with_burst(10);
/// ```
#[derive(Clone)]
pub struct RateLimit {
    state: Arc<LimitState>,
}

struct LimitState {
    /// The time from one call to the next.
    interval: Duration,
    /// How many calls may go at once after an idle time.
    burst: u32,
    /// When the next call is due if calls are evenly spaced. A burst runs ahead of it.
    due: StdMutex<Instant>,
    /// Held by the next call, so that calls go in order.
    queue: Mutex<()>,
}

impl RateLimit {
    /// Creates a limit of this many calls in any second, evenly spaced. 0 counts as 1.
    pub fn per_second(calls: u32) -> RateLimit {
        RateLimit::of(Duration::from_secs(1) / calls.max(1), 1)
    }

    /// Allows this many calls at once after an idle time. A second may then have that many more calls. 0 counts as 1.
    #[must_use]
    pub fn with_burst(self, calls: u32) -> RateLimit {
        RateLimit::of(self.state.interval, calls.max(1))
    }

    fn of(interval: Duration, burst: u32) -> RateLimit {
        let due = StdMutex::new(Instant::now());
        RateLimit { state: Arc::new(LimitState { interval, burst, due, queue: Mutex::new(()) }) }
    }

    /// Waits for this call's turn and returns how long that took; `None` if it does not come in the time that is left.
    pub(crate) async fn turn(&self, transport: &dyn Transport, left: Option<Duration>) -> Option<Duration> {
        let asked = Waiting::now(left);
        let mut place = pin!(self.state.queue.lock());
        let in_time = match left {
            None => None,
            Some(left) => match before(place.as_mut(), || transport.sleep(left)).await {
                None if asked.at.elapsed() >= left => return None,
                in_time => in_time,
            },
        };
        let _place = match in_time {
            Some(place) => place,
            // There is no deadline; or the wait was too short, as a transport for tests does not sleep at all.
            None => place.await,
        };
        for _ in 0..ASKED {
            match self.state.wait() {
                Some(wait) => transport.sleep(asked.is_worth(wait)?).await,
                None => break,
            }
        }
        Some(asked.at.elapsed())
    }

    /// [`turn`](RateLimit::turn), on this thread.
    pub(crate) fn turn_blocking(&self, transport: &dyn BlockingTransport, left: Option<Duration>) -> Option<Duration> {
        let asked = Waiting::now(left);
        let _place = match left {
            None => self.state.queue.lock_blocking(),
            Some(left) => block_on_until(self.state.queue.lock(), asked.at.checked_add(left))?,
        };
        for _ in 0..ASKED {
            match self.state.wait() {
                Some(wait) => transport.sleep(asked.is_worth(wait)?),
                None => break,
            }
        }
        Some(asked.at.elapsed())
    }
}

/// When a call began to wait, and how much time it had.
struct Waiting {
    at: Instant,
    left: Option<Duration>,
}

impl Waiting {
    fn now(left: Option<Duration>) -> Waiting {
        Waiting { at: Instant::now(), left }
    }

    /// Returns the wait if it ends in time: one that does not is not begun, and the turn goes to another call.
    fn is_worth(&self, wait: Duration) -> Option<Duration> {
        match self.left {
            Some(left) if self.at.elapsed().saturating_add(wait) >= left => None,
            _ => Some(wait),
        }
    }
}

/// Returns the output of a future if it is ready before a second one, which is created only if the first has to wait.
async fn before<'e, T>(wanted: impl Future<Output = T>, begin: impl Fn() -> BoxFuture<'e, ()>) -> Option<T> {
    let mut wanted = pin!(wanted);
    let mut end = None;
    poll_fn(|context| match wanted.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => end.get_or_insert_with(&begin).as_mut().poll(context).map(|()| None),
    })
    .await
}

/// How often a call checks for its turn: a transport for tests may not sleep at all.
const ASKED: u32 = 3;

impl LimitState {
    /// Takes a turn, or returns how long it is until the next one.
    fn wait(&self) -> Option<Duration> {
        // The value is valid even if another thread panicked.
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let next = now.max(*due);
        let wait = (next - now).saturating_sub(self.interval.saturating_mul(self.burst - 1));
        if wait.is_zero() {
            *due = next + self.interval;
            return None;
        }
        Some(wait)
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit").field("one_in", &self.state.interval).field("burst", &self.state.burst).finish()
    }
}
