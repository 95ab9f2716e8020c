//! Writes basic values as text, the same in every format (docs/protocol.md section 4).

use std::fmt::Write;

use jiff::fmt::temporal::DateTimePrinter;

use super::EncodeError;
use crate::{Date, Decimal, path::Path};

/// Whether a date keeps the fraction of its second.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Fraction {
    /// In a request: the platform accepts only `yyyy-MM-dd HH:mm:ss`, and the official SDKs cut off the fraction.
    Cut,
    /// In a response: the fraction is kept.
    Kept,
}

/// Writes an integer.
pub(super) fn number(out: &mut String, value: i64) {
    out.push_str(itoa::Buffer::new().format(value));
}

/// Writes `true` or `false`.
pub(super) fn boolean(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Writes a decimal with all its digits, including trailing zeros.
pub(super) fn decimal(out: &mut String, value: Decimal) {
    // Writing to a `String` cannot fail.
    let _ = write!(out, "{value}");
}

/// Writes a date as `yyyy-MM-dd HH:mm:ss`.
pub(super) fn date(out: &mut String, value: Date, fraction: Fraction, path: &Path<'_>) -> Result<(), EncodeError> {
    const KEPT: DateTimePrinter = DateTimePrinter::new().separator(b' ');
    const CUT: DateTimePrinter = KEPT.precision(Some(0));
    let printer = match fraction {
        Fraction::Cut => CUT,
        Fraction::Kept => KEPT,
    };
    let is_printed = value.year() >= 0 && printer.print_datetime(&value, &mut *out).is_ok();
    if is_printed { Ok(()) } else { Err(EncodeError::Date { path: path.to_string(), date: value }) }
}

/// Returns a date as it stands in a response.
#[cfg(feature = "serde")]
pub(crate) fn date_text(value: Date) -> Result<String, EncodeError> {
    let mut text = String::new();
    date(&mut text, value, Fraction::Kept, &Path::ROOT)?;
    Ok(text)
}
