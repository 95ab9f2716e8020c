//! Parses the dates and timestamps of calls.

use topsdk_codec::{
    Date,
    jiff::{Timestamp, tz::Offset},
};

/// Parses a date of a call: only `yyyy-MM-dd HH:mm:ss` is accepted.
pub(super) fn date_of(text: &str) -> Option<Date> {
    let shape: Vec<u8> = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte }).collect();
    (shape == b"0000-00-00 00:00:00").then(|| text.parse().ok())?
}

/// Parses a timestamp: China's time, or milliseconds since 1970, which the platform accepts too.
pub(super) fn moment_of(timestamp: &str) -> Option<Timestamp> {
    match timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Timestamp::from_millisecond(timestamp.parse().ok()?).ok(),
        false => Offset::constant(8).to_timestamp(date_of(timestamp)?).ok(),
    }
}
