//! Which failed calls are repeated, and when.
//!
//! The policy is our own: it depends on the platform's codes and on whether a call may have been executed, which no retry
//! library asks.

use std::time::Duration;

use crate::{Error, refusals::is_flow_control};

/// The retry policy: which failed calls are repeated, how often, and after which wait. Each attempt is signed anew.
///
/// By default only calls that cannot have been executed are repeated: those whose connection was refused, and those that
/// the platform's flow control refused (docs/protocol.md section 8). A call that may have been executed is repeated only if
/// it is idempotent: marked [so](crate::CallBuilder::idempotent), or a read with [`reads`](Retry::reads). Faults of the
/// service are repeated for every call with [`on_service_fault`](Retry::on_service_fault).
///
/// ```
/// use std::time::Duration;
/// use topsdk_client::Retry;
///
/// let (first, longest) = (Duration::from_millis(100), Duration::from_secs(3));
/// let retry = Retry::default().attempts(5).backoff(first, longest);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    attempts: u32,
    first: Duration,
    longest: Duration,
    deadline: Option<Duration>,
    on_connect: bool,
    on_limit: bool,
    on_service_fault: bool,
    reads: bool,
}

/// How long after its start a call may be repeated if there is no deadline.
const RETRY_WINDOW: Duration = Duration::from_secs(60);

/// A failed attempt.
pub(crate) struct Failed {
    /// Its number, from 1.
    pub(crate) attempt: u32,
    /// Whether the call may be executed twice.
    pub(crate) is_idempotent: bool,
    /// The time since the call started.
    pub(crate) elapsed: Duration,
    /// How long an attempt of the call may take.
    pub(crate) timeout: Duration,
}

impl Default for Retry {
    /// Three attempts, with waits of 100 ms to 5 s, and no wait that ends more than 60 s after the start of the call. A
    /// pause that the platform demands is not waited for if it is longer than the timeout of an attempt.
    fn default() -> Retry {
        Retry {
            attempts: 3,
            first: Duration::from_millis(100),
            longest: Duration::from_secs(5),
            deadline: None,
            on_connect: true,
            on_limit: true,
            on_service_fault: false,
            reads: false,
        }
    }
}

impl Retry {
    /// Returns a policy that sends each call once.
    pub fn never() -> Retry {
        Retry::default().attempts(1)
    }

    /// Sets the maximum number of attempts, the first one included; 3 by default.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Retry {
        self.attempts = attempts;
        self
    }

    /// Sets the backoff: the wait before the second attempt, which doubles before each further one up to `longest`; 100 ms
    /// and 5 s by default. A wait is shortened by up to half at random, so that callers that failed together do not come
    /// back together. If the platform demands a pause, that is waited for instead.
    #[must_use]
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Retry {
        self.first = first;
        self.longest = longest;
        self
    }

    /// Sets the deadline: how long a call may take with all attempts and waits, those for the rate limit included. A wait
    /// that would end later is not started: the error is returned at once. An attempt gets no more time than is left. There
    /// is no deadline by default.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Retry {
        self.deadline = Some(deadline);
        self
    }

    /// Sets whether a call is repeated if no connection could be established; true by default.
    #[must_use]
    pub fn on_connect(mut self, is_on: bool) -> Retry {
        self.on_connect = is_on;
        self
    }

    /// Sets whether a call is repeated that flow control refused; true by default.
    #[must_use]
    pub fn on_limit(mut self, is_on: bool) -> Retry {
        self.on_limit = is_on;
        self
    }

    /// Sets whether every call is repeated, idempotent or not, after a fault of the service that the documentation calls
    /// temporary: codes 3 and 10, and most `isp.…` (docs/protocol.md section 7). False by default, as the service may have
    /// executed the call.
    #[must_use]
    pub fn on_service_fault(mut self, is_on: bool) -> Retry {
        self.on_service_fault = is_on;
        self
    }

    /// Sets whether a call counts as [idempotent](crate::CallBuilder::idempotent) if its method ends in `.get`, `.query`,
    /// `.search` or `.list`; false by default. A batch counts if all its methods do.
    ///
    /// The platform promises nothing about these names. Check the methods that you call before you turn this on.
    ///
    /// ```
    /// use topsdk_client::{Client, Retry};
    ///
    /// // After a timeout `taobao.item.get` is sent again, `taobao.item.update` is not.
    /// let client = Client::builder("12345678", "secret").retry(Retry::default().reads(true));
    /// ```
    #[must_use]
    pub fn reads(mut self, is_on: bool) -> Retry {
        self.reads = is_on;
        self
    }

    /// Returns whether this policy takes a method for a read.
    pub(crate) fn is_read(&self, method: &str) -> bool {
        self.reads && [".get", ".query", ".search", ".list"].iter().any(|ending| method.ends_with(ending))
    }

    /// Returns the time left until the deadline, if there is one.
    pub(crate) fn left(&self, elapsed: impl FnOnce() -> Duration) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_sub(elapsed()))
    }

    /// Returns whether another attempt may follow this one.
    pub(crate) fn allows_after(&self, attempt: u32) -> bool {
        attempt < self.attempts
    }

    /// Returns how long to wait before the next attempt, if there is one.
    pub(crate) fn wait_after(&self, error: &Error, failed: &Failed) -> Option<Duration> {
        if !self.allows_after(failed.attempt) || !self.covers(error, failed.is_idempotent) {
            return None;
        }
        let backoff = self.jittered(self.doubled(failed.attempt));
        // A little more than the platform demands, as clocks differ, and at random, so that not all callers come at once.
        let wait = error.retry_after().map_or(backoff, |ban| ban.saturating_add(self.jittered(self.first)));
        let is_in_time = match self.deadline {
            Some(deadline) => failed.elapsed.saturating_add(wait) < deadline,
            // A caller with a short timeout does not want to wait much longer than that.
            None => wait <= failed.timeout.max(self.longest) && failed.elapsed.saturating_add(wait) < RETRY_WINDOW,
        };
        is_in_time.then_some(wait)
    }

    fn covers(&self, error: &Error, is_idempotent: bool) -> bool {
        match error {
            Error::Transport(error) if !error.may_have_been_executed() => self.on_connect && error.is_retryable(),
            Error::Platform(error) if is_flow_control(error) => self.on_limit,
            Error::Platform(error) => error.is_retryable() && (is_idempotent || self.on_service_fault),
            error => is_idempotent && error.is_retryable(),
        }
    }

    fn doubled(&self, attempt: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }

    fn jittered(&self, wait: Duration) -> Duration {
        wait.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransportError;

    fn failed(attempt: u32) -> Failed {
        Failed { attempt, is_idempotent: false, elapsed: Duration::ZERO, timeout: Duration::from_secs(60) }
    }

    /// Returns the waits after the first attempts that fail, for many runs.
    fn waits(retry: &Retry, attempts: u32) -> Vec<Vec<Duration>> {
        let error = Error::Transport(TransportError::ConnectTimeout { gateway: String::new(), limit: Duration::ZERO });
        let after = |attempt| retry.wait_after(&error, &failed(attempt));
        (1..=attempts).map(|attempt| (0..200).filter_map(|_| after(attempt)).collect()).collect()
    }

    #[test]
    fn waits_are_doubled_up_to_the_longest_and_no_two_callers_wait_alike() {
        let retry = Retry::default().attempts(6).backoff(Duration::from_millis(100), Duration::from_millis(500));
        let waits = waits(&retry, 6);
        for (waits, most) in waits.iter().zip([100, 200, 400, 500, 500]) {
            let most = Duration::from_millis(most);
            assert_eq!(waits.len(), 200);
            assert!(waits.iter().all(|wait| *wait >= most / 2 && *wait <= most), "{most:?}: {waits:?}");
            let (least, greatest) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(*greatest - *least > most / 10, "{most:?}: from {least:?} to {greatest:?}");
        }
        assert!(waits[5].is_empty(), "there are six attempts");
    }

    #[test]
    fn a_ban_is_not_outwaited_by_a_call_with_little_time() {
        let ban = |seconds: u64| {
            let body = format!(
                r#"{{"error_response":{{"code":7,"msg":"App Call Limited","sub_code":"accesscontrol.limited-by-app-access-count","sub_msg":"This ban will last for {seconds} more seconds"}}}}"#
            );
            let error = topsdk_codec::Decoder::new().decode::<crate::operation::tests::Nothing>(body.as_bytes());
            Error::from_decoder(error.unwrap_err())
        };
        let retry = Retry::default();
        let with = |timeout| Failed { timeout: Duration::from_secs(timeout), ..failed(1) };
        assert!(retry.wait_after(&ban(55), &with(60)).is_some_and(|wait| wait >= Duration::from_secs(55)));
        assert_eq!(retry.wait_after(&ban(55), &with(10)), None);
        assert!(retry.wait_after(&ban(1), &with(10)).is_some());
        assert_eq!(retry.clone().deadline(Duration::from_secs(30)).wait_after(&ban(55), &with(60)), None);
        assert_eq!(Retry::never().wait_after(&ban(1), &with(60)), None);
    }

    #[test]
    fn reads_are_recognised_by_the_last_part_of_the_method() {
        let retry = Retry::default().reads(true);
        for method in ["taobao.item.get", "taobao.trades.query", "a.search", "alibaba.alsc.shops.list"] {
            assert!(retry.is_read(method), "{method}");
            assert!(!Retry::default().is_read(method), "{method}");
        }
        for method in [
            "",
            "get",
            "taobao.item.add",
            "taobao.item.budget",
            "taobao.get.add",
            "a.getlist",
            "a.get.",
            "batch",
            "oauth",
        ] {
            assert!(!retry.is_read(method), "{method}");
        }
    }

    #[test]
    fn nothing_overflows() {
        let retry = Retry::default().attempts(u32::MAX).backoff(Duration::MAX, Duration::MAX);
        assert!(waits(&retry, 3).iter().all(Vec::is_empty), "no wait is begun that never ends");
        let retry = Retry::default().attempts(u32::MAX).backoff(Duration::from_nanos(1), Duration::from_millis(1));
        let error = Error::Transport(TransportError::ConnectTimeout { gateway: String::new(), limit: Duration::ZERO });
        for attempt in [32, 33, 64, 1000, u32::MAX - 1] {
            let wait = retry.wait_after(&error, &failed(attempt)).unwrap();
            assert!(wait <= Duration::from_millis(1), "{attempt}: {wait:?}");
        }
    }
}
