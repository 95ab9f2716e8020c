//! Conversions of dates from and to the crate `time` (feature `time`).
//!
//! ```
//! use time::{OffsetDateTime, PrimitiveDateTime};
//! use topsdk_codec::{Date, time::{from_offset, from_primitive, to_offset, to_primitive}};
//!
//! let date: Date = "2024-09-01 08:00:00".parse()?;
//! assert_eq!(to_primitive(date).to_string(), "2024-09-01 8:00:00.0");
//! assert_eq!(from_primitive(to_primitive(date)), Some(date));
//!
//! let utc = OffsetDateTime::from_unix_timestamp(1_725_148_800)?;
//! assert_eq!(from_offset(utc), Some(date));
//! assert_eq!(to_offset(date), utc);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use ::time::{Duration, OffsetDateTime, PrimitiveDateTime, UtcOffset};
use jiff::SignedDuration;

use crate::Date;

const EPOCH: Date = Date::constant(1970, 1, 1, 0, 0, 0, 0);
const TIMES_EPOCH: PrimitiveDateTime =
    PrimitiveDateTime::new(OffsetDateTime::UNIX_EPOCH.date(), OffsetDateTime::UNIX_EPOCH.time());

/// China is eight hours ahead of UTC all year round.
const CHINA: UtcOffset = match UtcOffset::from_hms(8, 0, 0) {
    Ok(offset) => offset,
    Err(_) => UtcOffset::UTC,
};

/// Converts a wall clock time of China. Returns `None` if its year is not from -9999 to 9999. [The module](self) has an
/// example.
pub fn from_primitive(date: PrimitiveDateTime) -> Option<Date> {
    let since = date - TIMES_EPOCH;
    EPOCH.checked_add(SignedDuration::new(since.whole_seconds(), since.subsec_nanoseconds())).ok()
}

/// Converts a moment to China's time. Returns `None` if its year is not from -9999 to 9999. [The module](self) has an
/// example.
pub fn from_offset(date: OffsetDateTime) -> Option<Date> {
    let date = date.checked_to_offset(CHINA)?;
    from_primitive(PrimitiveDateTime::new(date.date(), date.time()))
}

/// Converts to the wall clock time of China. [The module](self) has an example.
pub fn to_primitive(date: Date) -> PrimitiveDateTime {
    // Both types have the years from -9999 to 9999: the conversion cannot fail.
    let since = date.duration_since(EPOCH);
    TIMES_EPOCH.saturating_add(Duration::new(since.as_secs(), since.subsec_nanos()))
}

/// Converts to the moment at which China's clocks show this time, at China's offset. [The module](self) has an example.
pub fn to_offset(date: Date) -> OffsetDateTime {
    to_primitive(date).assume_offset(CHINA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_date_go_there_and_back() {
        for date in [Date::MIN, Date::MAX, Date::constant(2024, 2, 29, 23, 59, 59, 999_999_999)] {
            assert_eq!(from_primitive(to_primitive(date)), Some(date));
            assert_eq!(from_offset(to_offset(date)), Some(date));
        }
    }
}
