//! The time that calls are stamped with: that of China, by the gateway's clock as far as it is known.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimeParser, tz::Offset};
use topsdk_codec::Date;

/// A difference that is no more than a call's way and the seconds that a header leaves out.
const WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// This machine's clock, and how far the gateway's is ahead of it.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    milliseconds_ahead: AtomicI64,
}

impl Clock {
    /// The time in China, whatever the zone of this machine: several SDKs send local time, and are refused with code 31.
    pub(crate) fn now_in_china(&self) -> Date {
        Offset::constant(8).to_datetime(self.now())
    }

    /// Sets itself by the header `Date` of an answer, and tells how far ahead the gateway is of what was believed. `None`
    /// where the header is not there, cannot be read, or tells of no difference that a refusal could come from.
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

    fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_millis(self.milliseconds_ahead.load(Ordering::Relaxed));
        let now = Timestamp::now();
        now.checked_add(ahead).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(seconds_ahead: i64) -> String {
        let date = Timestamp::now().checked_add(SignedDuration::from_secs(seconds_ahead)).unwrap();
        date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    #[test]
    fn the_gateway_s_clock_is_learnt_and_not_learnt_again() {
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
}
