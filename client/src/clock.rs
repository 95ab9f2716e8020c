//! The time stamps of calls: China's time, corrected by the gateway's clock.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use topsdk_codec::{
    Date,
    jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimeParser, tz::Offset},
};

/// A difference that the duration of a call and the precision of the header explain.
const WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// This machine's clock with a correction by the gateway's.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    milliseconds_ahead: AtomicI64,
}

impl Clock {
    /// Returns the time in China, whatever the time zone of this machine.
    pub(crate) fn now_in_china(&self) -> Date {
        Offset::constant(8).to_datetime(self.now())
    }

    /// Corrects the clock by the header `Date` of a response, and returns by how much. `None` if the header is missing or
    /// invalid, or if the difference is too small to be the reason of a refusal.
    pub(crate) fn learn(&self, date: Option<&str>) -> Option<SignedDuration> {
        let gateway = DateTimeParser::new().parse_timestamp(date?.trim()).ok()?;
        let ahead = gateway.duration_since(self.now());
        if ahead.abs() <= WITHIN {
            return None;
        }
        let milliseconds = gateway.as_millisecond().saturating_sub(Timestamp::now().as_millisecond());
        self.milliseconds_ahead.store(milliseconds, Ordering::Relaxed);
        Some(ahead)
    }

    /// Returns how many milliseconds ahead of this machine's clock calls are stamped now.
    pub(crate) fn ahead(&self) -> i64 {
        self.milliseconds_ahead.load(Ordering::Relaxed)
    }

    /// Returns whether the clock was corrected since it was this far ahead: a call stamped then may be refused while one
    /// stamped now is accepted.
    pub(crate) fn was_set_since(&self, milliseconds_ahead: i64) -> bool {
        SignedDuration::from_millis(self.ahead().saturating_sub(milliseconds_ahead)).abs() > WITHIN
    }

    fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_millis(self.ahead());
        let now = Timestamp::now();
        now.checked_add(ahead).unwrap_or(now)
    }
}

/// Parses a header `Retry-After`: a number of seconds, or a date, from which the header `Date` of the same response is
/// subtracted.
pub(crate) fn pause(retry_after: &str, date: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = retry_after.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = |text: &str| DateTimeParser::new().parse_timestamp(text.trim()).ok();
    let now = date.and_then(moment).unwrap_or_else(Timestamp::now);
    Some(moment(retry_after)?.duration_since(now).try_into().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(seconds_ahead: i64) -> String {
        let date = Timestamp::now().checked_add(SignedDuration::from_secs(seconds_ahead)).unwrap();
        date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    #[test]
    fn the_clock_is_corrected_and_not_corrected_again() {
        let clock = Clock::default();
        assert_eq!(clock.learn(None), None);
        assert_eq!(clock.learn(Some("yesterday")), None);
        assert_eq!(clock.learn(Some(&header(30))), None);

        for ahead in [3600, -7200] {
            let learnt = clock.learn(Some(&header(ahead))).unwrap();
            assert!(learnt.abs() > WITHIN, "{learnt}");
            assert_eq!(clock.learn(Some(&header(ahead))), None);
            let off = clock.now().duration_since(Timestamp::now()).as_secs() - ahead;
            assert!(off.abs() <= 2, "{off}");
        }
        // A machine whose clock was set right meanwhile.
        assert!(clock.learn(Some(&header(0))).is_some());
    }

    #[test]
    fn a_pause_is_a_number_of_seconds_or_a_moment() {
        let date = Some("Wed, 21 Oct 2026 07:28:00 GMT");
        assert_eq!(pause(" 120 ", None), Some(Duration::from_secs(120)));
        assert_eq!(pause("Wed, 21 Oct 2026 07:29:30 GMT", date), Some(Duration::from_secs(90)));
        assert_eq!(pause("Wed, 21 Oct 2026 07:27:00 GMT", date), Some(Duration::ZERO));
        assert_eq!(pause("Wed, 21 Oct 2020 07:27:00 GMT", None), Some(Duration::ZERO));
        for text in ["", "soon", "-1", "1.5"] {
            assert_eq!(pause(text, date), None, "{text:?}");
        }
    }

    #[test]
    fn a_call_stamped_before_the_correction_is_recognised() {
        let clock = Clock::default();
        let stamped = clock.ahead();
        assert!(!clock.was_set_since(stamped));
        clock.learn(Some(&header(3600))).unwrap();
        assert!(clock.was_set_since(stamped));
        assert!(!clock.was_set_since(clock.ahead()));
    }
}
