//! Times as calls write them.

use jiff::{Timestamp, tz::Offset};
use topsdk_codec::Date;

/// A date as calls have it: `yyyy-MM-dd HH:mm:ss` and nothing else.
pub(super) fn date_of(text: &str) -> Option<Date> {
    let shape: Vec<u8> = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte }).collect();
    (shape == b"0000-00-00 00:00:00").then(|| text.parse().ok())?
}

/// The moment of a timestamp: the time in China, or milliseconds since 1970, which production takes as well.
pub(super) fn moment_of(timestamp: &str) -> Option<Timestamp> {
    match timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Timestamp::from_millisecond(timestamp.parse().ok()?).ok(),
        false => Offset::constant(8).to_timestamp(date_of(timestamp)?).ok(),
    }
}
