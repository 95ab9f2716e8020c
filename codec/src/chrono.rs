//! Conversions of dates from and to the crate `chrono` (feature `chrono`).
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use topsdk_codec::{Date, chrono::{from_datetime, from_naive, to_datetime, to_naive}};
//!
//! let date: Date = "2024-09-01 08:00:00".parse()?;
//! assert_eq!(to_naive(date).to_string(), "2024-09-01 08:00:00");
//! assert_eq!(from_naive(to_naive(date)), Some(date));
//!
//! let utc = DateTime::<Utc>::UNIX_EPOCH + chrono::TimeDelta::days(19_967);
//! assert_eq!(from_datetime(&utc), Some(date));
//! assert_eq!(to_datetime(date), utc);
//! # Ok::<(), jiff::Error>(())
//! ```

use ::chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use jiff::SignedDuration;

use crate::Date;

const EPOCH: Date = Date::constant(1970, 1, 1, 0, 0, 0, 0);

/// China is eight hours ahead of UTC all year round.
const CHINA: TimeDelta = TimeDelta::hours(8);

/// Converts a wall clock time of China. Returns `None` if its year is not from -9999 to 9999. [The module](self) has an
/// example.
pub fn from_naive(date: NaiveDateTime) -> Option<Date> {
    let since = date.signed_duration_since(DateTime::UNIX_EPOCH.naive_utc());
    EPOCH.checked_add(SignedDuration::new(since.num_seconds(), since.subsec_nanos())).ok()
}

/// Converts a moment to China's time. Returns `None` if its year is not from -9999 to 9999. [The module](self) has an
/// example.
pub fn from_datetime<Z: TimeZone>(date: &DateTime<Z>) -> Option<Date> {
    from_naive(date.naive_utc().checked_add_signed(CHINA)?)
}

/// Converts to the wall clock time of China. [The module](self) has an example.
pub fn to_naive(date: Date) -> NaiveDateTime {
    // Any `Date` is far within the range of `chrono`, whose years go beyond 200,000.
    let since = date.duration_since(EPOCH);
    DateTime::UNIX_EPOCH.naive_utc()
        + TimeDelta::seconds(since.as_secs())
        + TimeDelta::nanoseconds(since.subsec_nanos().into())
}

/// Converts to the moment at which China's clocks show this time. [The module](self) has an example.
pub fn to_datetime(date: Date) -> DateTime<Utc> {
    (to_naive(date) - CHINA).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_date_go_there_and_back() {
        for date in [Date::MIN, Date::MAX, Date::constant(2024, 2, 29, 23, 59, 59, 999_999_999)] {
            assert_eq!(from_naive(to_naive(date)), Some(date));
            assert_eq!(from_datetime(&to_datetime(date)), Some(date));
        }
    }

    #[test]
    fn a_date_outside_of_the_years_of_the_wire_is_none() {
        assert_eq!(from_naive(NaiveDateTime::MAX), None);
        assert_eq!(from_naive(NaiveDateTime::MIN), None);
        assert_eq!(from_datetime(&DateTime::<Utc>::MAX_UTC), None);
    }
}
