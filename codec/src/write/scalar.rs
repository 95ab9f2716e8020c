//! Basic values to text, the same in every format: protocol.md section 4.

use std::fmt::Write;

use super::{EncodeError, path::Path};
use crate::{Date, Decimal};

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
    // The longest is -9223372036854775808.
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push('-');
    }
    out.push_str(std::str::from_utf8(&digits[start..]).unwrap_or_default());
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
    out.push_str(two_digits(year / 100));
    out.push_str(two_digits(year % 100));
    let rest =
        [("-", value.month()), ("-", value.day()), (" ", value.hour()), (":", value.minute()), (":", value.second())];
    for (separator, part) in rest {
        out.push_str(separator);
        out.push_str(two_digits(part.unsigned_abs().into()));
    }
    let nanoseconds = value.subsec_nanosecond();
    if fraction == Fraction::Kept && nanoseconds != 0 {
        let digits = format!("{nanoseconds:09}");
        out.push('.');
        out.push_str(digits.trim_end_matches('0'));
    }
    Ok(())
}

/// Two decimal digits of a value below 100.
fn two_digits(value: u16) -> &'static str {
    const PAIRS: &str = "\
        0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
        5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    let start = usize::from(value) * 2;
    PAIRS.get(start..start + 2).unwrap_or_default()
}
