//! Basic values to text, the same in every format: protocol.md section 4.

use std::fmt::Write;

use super::EncodeError;
use crate::{Date, Decimal, path::Path};

/// Whether a date keeps the fraction of its second.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Fraction {
    /// A request: the platform takes `yyyy-MM-dd HH:mm:ss` and nothing else, and the official SDKs cut the rest off.
    Cut,
    /// An answer: what was read is written.
    Kept,
}

/// Decimal digits.
pub(super) fn number(out: &mut String, value: i64) {
    // The longest is -9223372036854775808: nineteen digits, that is ten pairs.
    let mut pairs = [[b'0'; 2]; 10];
    let mut start = pairs.len();
    let mut rest = value.unsigned_abs();
    loop {
        start -= 1;
        pairs[start] = PAIRS[(rest % 100) as usize];
        rest /= 100;
        if rest == 0 {
            break;
        }
    }
    let digits = pairs[start..].as_flattened();
    let digits = digits.strip_prefix(b"0").unwrap_or(digits);
    if value < 0 {
        out.push('-');
    }
    out.push_str(str::from_utf8(digits).unwrap_or_default());
}

/// `true` or `false`.
pub(super) fn boolean(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// The digits as they are, trailing zeros too.
pub(super) fn decimal(out: &mut String, value: Decimal) {
    // Writing to a `String` cannot fail.
    let _ = write!(out, "{value}");
}

/// `yyyy-MM-dd HH:mm:ss`.
pub(super) fn date(out: &mut String, value: Date, fraction: Fraction, path: &Path<'_>) -> Result<(), EncodeError> {
    let Ok(year) = u16::try_from(value.year()) else {
        return Err(EncodeError::Date { path: path.to_string(), date: value });
    };
    let [[y1, y2], [y3, y4]] = [year / 100, year % 100].map(|part| PAIRS[usize::from(part)]);
    let parts = [value.month(), value.day(), value.hour(), value.minute(), value.second()];
    let [[m1, m2], [d1, d2], [h1, h2], [i1, i2], [s1, s2]] = parts.map(|part| PAIRS[usize::from(part.unsigned_abs())]);
    let text = [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b' ', h1, h2, b':', i1, i2, b':', s1, s2];
    out.push_str(str::from_utf8(&text).unwrap_or_default());
    let nanoseconds = value.subsec_nanosecond();
    if fraction == Fraction::Kept && nanoseconds != 0 {
        let digits = format!("{nanoseconds:09}");
        out.push('.');
        out.push_str(digits.trim_end_matches('0'));
    }
    Ok(())
}

/// A date as an answer has it, alone.
#[cfg(feature = "serde")]
pub(crate) fn date_text(value: Date) -> Result<String, EncodeError> {
    let mut text = String::new();
    date(&mut text, value, Fraction::Kept, &Path::ROOT)?;
    Ok(text)
}

/// The two decimal digits of each value below 100.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut value = 0;
    while value < 100 {
        pairs[value] = [b'0' + value as u8 / 10, b'0' + value as u8 % 10];
        value += 1;
    }
    pairs
};
