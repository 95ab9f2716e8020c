//! Limits calls per second and bans an application that exceeds the limit (docs/protocol.md section 8).

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use super::locked;

/// The length of a ban.
const BAN: Duration = Duration::from_secs(1);

/// A limit of calls per second.
pub(super) struct Limit {
    calls: u32,
    window: Mutex<Window>,
}

struct Window {
    start: Instant,
    count: u32,
    banned_until: Option<Instant>,
}

impl Limit {
    pub(super) fn new(calls: u32) -> Limit {
        Limit { calls, window: Mutex::new(Window { start: Instant::now(), count: 0, banned_until: None }) }
    }

    /// Counts a call, and returns for how many more seconds all calls are refused, if they are.
    pub(super) fn take(&self, now: Instant) -> Option<u64> {
        let mut window = locked(&self.window);
        if window.banned_until.is_none_or(|end| end <= now) {
            window.banned_until = None;
            if now.duration_since(window.start) >= Duration::from_secs(1) {
                (window.start, window.count) = (now, 0);
            }
            window.count = window.count.saturating_add(1);
            if window.count > self.calls {
                window.banned_until = Some(now + BAN);
            }
        }
        // Whole seconds, rounded up: a caller that waits that long is not refused again.
        let left = window.banned_until?.duration_since(now);
        Some(left.as_secs() + u64::from(left.subsec_nanos() > 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_call_too_many_bans_all_for_a_second() {
        let limit = Limit::new(2);
        let start = Instant::now();
        let at = |milliseconds| limit.take(start + Duration::from_millis(milliseconds));
        assert_eq!([at(0), at(10)], [None, None]);
        assert_eq!([at(20), at(1000)], [Some(1), Some(1)]);
        // The ban ends at 1020, and a second begins.
        assert_eq!([at(1020), at(1020), at(1500)], [None, None, Some(1)]);
    }
}
