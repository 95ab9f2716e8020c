//! Parses basic values from their text, the same in every format (docs/protocol.md section 5.6).
//!
//! For all types but `String` and `Json`, white space around a value is ignored, and the empty text and `null` are no value.

use std::borrow::Cow;

use jiff::{Timestamp, tz::Offset};

use crate::{Date, Decimal, Json, ListSlot, Slot};

/// The error for a text that is not of its field's type.
#[derive(Debug, PartialEq)]
pub(crate) struct Mismatch<'t> {
    /// The documented name of the type.
    pub(crate) expected: &'static str,
    pub(crate) text: Cow<'t, str>,
}

const NUMBER: &str = "Number";
const BOOLEAN: &str = "Boolean";
const DATE: &str = "Date";
const DECIMAL: &str = "Price or BigDecimal";
const FILE: &str = "byte[], which no response carries";
const OBJECT: &str = "an object";
const LIST: &str = "a list";

/// Stores a text in a basic field. On error, the field is unchanged.
pub(crate) fn fill<'t>(slot: Slot<'_>, text: Cow<'t, str>) -> Result<(), Mismatch<'t>> {
    let (fits, expected) = match slot {
        Slot::String(place) => {
            *place = Some(text.into_owned());
            return Ok(());
        }
        Slot::Json(place) => {
            *place = Some(Json::new(text));
            return Ok(());
        }
        Slot::Number(place) => (put(place, &text, number), NUMBER),
        Slot::Boolean(place) => (put(place, &text, boolean), BOOLEAN),
        Slot::Date(place) => (put(place, &text, date), DATE),
        Slot::Decimal(place) => (put(place, &text, decimal), DECIMAL),
        Slot::File(_) => (is_nothing(&text), FILE),
        Slot::Object(_) => (is_nothing(&text), OBJECT),
        Slot::List(_) => (is_nothing(&text), LIST),
        Slot::Unknown => return Ok(()),
    };
    if fits { Ok(()) } else { Err(Mismatch { expected, text }) }
}

/// Appends a text to a list of basic values. On error, the list is unchanged.
pub(crate) fn push<'t>(list: &mut ListSlot<'_>, text: Cow<'t, str>) -> Result<(), Mismatch<'t>> {
    let (fits, expected) = match list {
        ListSlot::String(items) => {
            items.push(text.into_owned());
            return Ok(());
        }
        ListSlot::Json(items) => {
            items.push(Json::new(text));
            return Ok(());
        }
        ListSlot::Number(items) => (append(items, number(text.trim())), NUMBER),
        ListSlot::Boolean(items) => (append(items, boolean(text.trim())), BOOLEAN),
        ListSlot::Date(items) => (append(items, date(text.trim())), DATE),
        ListSlot::Decimal(items) => (append(items, decimal(text.trim())), DECIMAL),
        ListSlot::File(_) => (is_nothing(&text), FILE),
        ListSlot::Object(_) => (false, OBJECT),
    };
    if fits { Ok(()) } else { Err(Mismatch { expected, text }) }
}

/// Returns whether a text stands for no value.
pub(super) fn is_nothing(text: &str) -> bool {
    matches!(text.trim(), "" | "null")
}

fn put<T>(place: &mut Option<T>, text: &str, read: impl FnOnce(&str) -> Option<T>) -> bool {
    let text = text.trim();
    let value = read(text);
    let fits = value.is_some() || is_nothing(text);
    if fits {
        *place = value;
    }
    fits
}

fn append<T>(items: &mut Vec<T>, item: Option<T>) -> bool {
    let fits = item.is_some();
    items.extend(item);
    fits
}

/// Parses an integer. A fraction of zeros (`12.00`) and an exponent are accepted if the number is whole.
fn number(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    if let Some((whole, fraction)) = text.split_once('.')
        && fraction.bytes().all(|digit| digit == b'0')
    {
        return if fraction.is_empty() { None } else { whole.parse().ok() };
    }
    i64::try_from(decimal(text).filter(|decimal| decimal.fract().is_zero())?).ok()
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Parses a decimal of at most 28 digits, without rounding.
fn decimal(text: &str) -> Option<Decimal> {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, Some(exponent)),
        None => (text, None),
    };
    let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(digits);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let exact = Decimal::from_str_exact(digits).ok()?;
    match exponent {
        None => Some(exact),
        Some(_) => Decimal::from_scientific(text).ok(),
    }
}

/// Parses a date as a wall clock time of China. Accepted are `yyyy-MM-dd HH:mm:ss`, with a fraction of up to nine digits or
/// without the seconds; the same followed by `Z` or an offset from UTC; the day alone; milliseconds since the epoch.
///
/// Eight and fourteen digits are refused: they are `yyyyMMdd` and `yyyyMMddHHmmss`, or else the first days of 1970 and the
/// years after 2286. Refused too are digits that lie before 2000 as milliseconds and between 2000 and 2100 as seconds.
fn date(text: &str) -> Option<Date> {
    const CHINA: Offset = Offset::constant(8);
    const YEAR_2000: i64 = 946_656_000;
    const YEAR_2100: i64 = 4_102_416_000;
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        let is_seconds = number < YEAR_2000 * 1_000 && (YEAR_2000..YEAR_2100).contains(&number);
        return match digits.len() {
            8 | 14 => None,
            _ if is_seconds => None,
            _ => Some(CHINA.to_datetime(Timestamp::from_millisecond(number).ok()?)),
        };
    }
    let (time, offset) = match text.get(16..).and_then(|end| end.find(['Z', '+', '-'])) {
        Some(at) => text.split_at_checked(16 + at)?,
        None => (text, ""),
    };
    let date = wall_clock(time.as_bytes())?;
    match offset {
        "" => Some(date),
        offset => Some(CHINA.to_datetime(offset_of(offset)?.to_timestamp(date).ok()?)),
    }
}

/// Parses an offset from UTC: `Z`, `+08:00`, `+0800` or `+08`.
fn offset_of(text: &str) -> Option<Offset> {
    if text == "Z" {
        return Some(Offset::UTC);
    }
    let (sign, digits) = text.split_at_checked(1)?;
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => digits.split_at_checked(2)?,
        5 => digits.split_once(':')?,
        _ => return None,
    };
    let hours = number_of(hours.as_bytes(), 0, 2).filter(|hours| *hours < 24)?;
    let minutes = number_of(minutes.as_bytes(), 0, 2).filter(|minutes| *minutes < 60)?;
    let seconds = i32::try_from(hours * 3_600 + minutes * 60).ok()?;
    Offset::from_seconds(if sign == "-" { -seconds } else { seconds }).ok()
}

/// Parses a time without an offset.
fn wall_clock(bytes: &[u8]) -> Option<Date> {
    let (year, rest) = (number_of(bytes, 0, 4)?, bytes);
    let (month, day) = (pair_behind(rest, 4, b'-')?, pair_behind(rest, 7, b'-')?);
    let (mut hour, mut minute, mut second, mut nanosecond) = (0, 0, 0, 0);
    if rest.len() > 10 {
        if !matches!(rest[10], b' ' | b'T') {
            return None;
        }
        hour = number_of(rest, 11, 2)?;
        minute = pair_behind(rest, 13, b':')?;
        if rest.len() > 16 {
            second = pair_behind(rest, 16, b':')?;
        }
        if rest.len() > 19 {
            nanosecond = nanoseconds(rest)?;
        }
    }
    let small = |number: u32| i8::try_from(number).ok();
    Date::new(
        i16::try_from(year).ok()?,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        i32::try_from(nanosecond).ok()?,
    )
    .ok()
}

fn nanoseconds(date: &[u8]) -> Option<u32> {
    let count = date.len() - 20;
    if date[19] != b'.' || !(1..=9).contains(&count) {
        return None;
    }
    Some(number_of(date, 20, count)? * 10u32.pow(9 - u32::try_from(count).ok()?))
}

fn pair_behind(bytes: &[u8], start: usize, separator: u8) -> Option<u32> {
    if bytes.get(start) != Some(&separator) {
        return None;
    }
    number_of(bytes, start + 1, 2)
}

/// Parses a fraction of at most nine digits.
fn number_of(bytes: &[u8], start: usize, count: usize) -> Option<u32> {
    let digits = bytes.get(start..start + count)?;
    digits.iter().try_fold(0, |number, digit| match digit {
        b'0'..=b'9' => Some(number * 10 + u32::from(digit - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_whole_and_never_rounded() {
        for (text, value) in [
            ("0", Some(0)),
            ("-65", Some(-65)),
            ("7104300007405429232", Some(7_104_300_007_405_429_232)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("9223372036854775807.00", Some(i64::MAX)),
            ("12.00", Some(12)),
            ("-12.0", Some(-12)),
            ("12.", None),
            (".0", None),
            ("12.5", None),
            ("1.5e1", Some(15)),
            ("1E3", Some(1_000)),
            ("1e-1", None),
            ("1e30", None),
            ("1e99999999999", None),
            ("1_000", None),
            ("0x10", None),
            ("itemId", None),
            ("１２", None),
            ("1 2", None),
        ] {
            assert_eq!(number(text), value, "{text}");
        }
    }

    #[test]
    fn decimals_are_exact_with_their_digits() {
        for text in ["9.11", "0", "12.00", "-0.10", "79228162514264337593543950335"] {
            assert_eq!(decimal(text).unwrap().to_string(), text);
        }
        for text in ["1_000.00", ".5", "5.", "", "-", "1,000", "0.12345678901234567890123456789012", "¥1", "1e", "NaN"]
        {
            assert_eq!(decimal(text), None, "{text}");
        }
        assert_eq!(decimal("1.5E2").unwrap().to_string(), "150");
    }

    #[test]
    fn dates_in_every_form_that_was_seen() {
        for (text, value) in [
            ("2019-08-08 15:15:41", "2019-08-08T15:15:41"),
            ("2019-08-08T15:15:41", "2019-08-08T15:15:41"),
            ("2019-08-08", "2019-08-08T00:00:00"),
            ("2019-08-08 15:15", "2019-08-08T15:15:00"),
            ("2024-09-01 00:00:00.100", "2024-09-01T00:00:00.1"),
            ("2024-09-01 00:00:00.123456789", "2024-09-01T00:00:00.123456789"),
            ("1565248541000", "2019-08-08T15:15:41"),
            ("1565248541001", "2019-08-08T15:15:41.001"),
            ("0", "1970-01-01T08:00:00"),
            ("-157766400000", "1965-01-01T08:00:00"),
            ("946656000000", "2000-01-01T00:00:00"),
            ("946655999", "1970-01-12T06:57:35.999"),
            ("4102416000", "1970-02-17T19:33:36"),
            ("2019-07-04T15:32:17+08:00", "2019-07-04T15:32:17"),
            ("2019-07-04T15:32:17Z", "2019-07-04T23:32:17"),
            ("2019-07-04 15:32:17.5Z", "2019-07-04T23:32:17.5"),
            ("2019-12-31T20:00:00.000+0000", "2020-01-01T04:00:00"),
            ("2019-07-04T15:32-05:30", "2019-07-05T05:02:00"),
            ("2019-07-04T15:32:17+08", "2019-07-04T15:32:17"),
        ] {
            assert_eq!(date(text).unwrap_or_else(|| panic!("{text}")).to_string(), value);
        }
        for text in [
            "2019-02-30",
            "2019-13-01",
            "2019-8-8",
            "2019/08/08",
            "2019-08-08 24:00:00",
            "2019-08-08 15:15:60",
            "2019-08-08 15:15:41z",
            "2019-08-08 15:15:41+8",
            "2019-08-08 15:15:41+08:0",
            "2019-08-08 15:15:41+24:00",
            "2019-08-08 15:15:41+08:60",
            "2019-08-08 15:15:41ZZ",
            "2019-08-08+08:00",
            "2019-08-08Z",
            // They are seconds since the epoch.
            "1562225537",
            "946656000",
            "4102415999",
            "2019-08-08 15:15:41.",
            "2019-08-08 15:15:41.1234567890",
            "2019-08-08 15:15:41.小",
            "2019-08-08 15:15:4",
            "2019-08-08 ",
            "2019-08-08x",
            "20190808",
            "20190808151541",
            "99999999999999999999",
            "0000-00-00 00:00:00",
            "小明",
            "-",
            "today",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn booleans_are_words() {
        assert_eq!(boolean("true"), Some(true));
        assert_eq!(boolean("False"), Some(false));
        assert_eq!(boolean("1"), None);
        assert_eq!(boolean("yes"), None);
    }

    #[test]
    fn nothing_is_nothing_for_all_but_texts() {
        let (mut number, mut text) = (Some(1), None);
        for nothing in ["", "null", " \n "] {
            assert_eq!(fill(Slot::Number(&mut number), nothing.into()), Ok(()));
            assert_eq!(number, None);
            assert_eq!(fill(Slot::String(&mut text), nothing.into()), Ok(()));
            assert_eq!(text.as_deref(), Some(nothing));
        }
        assert_eq!(fill(Slot::Number(&mut number), " 12\n".into()), Ok(()));
        assert_eq!(number, Some(12));
        let mismatch = Mismatch { expected: "Number", text: "x".into() };
        assert_eq!(fill(Slot::Number(&mut number), "x".into()), Err(mismatch));
        assert_eq!(number, Some(12));
    }
}
