//! The valid values of each documented type.

use topsdk_spec::Basic;

/// A basic type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueType {
    Text,
    Number,
    Boolean,
    Date,
    Decimal,
    Json,
    Map,
    Byte,
    File,
}

/// A number, for comparing limits and values.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) struct Decimal(f64, i128);

impl ValueType {
    /// Returns the basic type of this name, or `None` for a class or anything else.
    pub(super) fn of(type_name: &str) -> Option<ValueType> {
        Some(match Basic::of(type_name)? {
            Basic::Number if type_name == "byte" => ValueType::Byte,
            Basic::Json if type_name == "Map" => ValueType::Map,
            Basic::String => ValueType::Text,
            Basic::Number => ValueType::Number,
            Basic::Boolean => ValueType::Boolean,
            Basic::Date => ValueType::Date,
            Basic::Decimal => ValueType::Decimal,
            Basic::Json => ValueType::Json,
            Basic::File => ValueType::File,
        })
    }

    /// Returns a description of the type's values, for messages.
    pub(super) fn expected(self) -> &'static str {
        match self {
            ValueType::Text => "a text",
            ValueType::Number => "a whole number of at most 64 bits",
            ValueType::Boolean => "`true` or `false`",
            ValueType::Date => "`yyyy-MM-dd HH:mm:ss`, a day, or milliseconds",
            ValueType::Decimal => "a decimal number",
            ValueType::Json => "JSON",
            ValueType::Map => "a JSON object",
            ValueType::Byte => "a whole number from -128 to 255",
            ValueType::File => "a file",
        }
    }

    /// Returns whether values can be compared with 最小值 and 最大值.
    pub(super) fn is_number(self) -> bool {
        matches!(self, ValueType::Number | ValueType::Decimal | ValueType::Byte)
    }

    /// Returns whether `text` is a value of the type. Surrounding blanks are ignored, as in the codec.
    pub(super) fn takes(self, text: &str) -> bool {
        let text = text.trim();
        match self {
            ValueType::Text | ValueType::File => true,
            ValueType::Number => text.parse::<i64>().is_ok(),
            ValueType::Boolean => matches!(text, "true" | "false"),
            ValueType::Date => is_date(text),
            ValueType::Decimal => decimal(text).is_some(),
            ValueType::Json => serde_json::from_str::<serde_json::Value>(text).is_ok(),
            ValueType::Map => serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok(),
            ValueType::Byte => text.parse::<i16>().is_ok_and(|number| (-128..=255).contains(&number)),
        }
    }
}

/// Returns whether a cell or sample shows no value: it is empty, or the site's placeholder `null`.
pub(super) fn is_absent(text: &str) -> bool {
    matches!(text.trim(), "" | "null")
}

/// Splits a list that is written in one text: separated by `,` as in a request (docs/protocol.md section 4), or JSON.
pub(super) fn items(text: &str) -> Vec<String> {
    let text = text.trim();
    if text.starts_with('[')
        && let Ok(items) = serde_json::from_str::<Vec<serde_json::Value>>(text)
    {
        return items
            .into_iter()
            .map(|item| match item {
                serde_json::Value::String(text) => text,
                other => other.to_string(),
            })
            .collect();
    }
    text.split(',').map(|item| item.trim().to_owned()).collect()
}

/// Returns whether one item of a list looks like a whole list.
pub(super) fn looks_like_list(kind: Option<ValueType>, item: &str) -> bool {
    let item = item.trim();
    if item.starts_with('[') {
        return kind != Some(ValueType::Json) && (item.ends_with(']') || item.starts_with("[\""));
    }
    let all = |is: fn(&str) -> bool| item.contains(',') && item.split(',').map(str::trim).all(is);
    match kind {
        Some(ValueType::Number | ValueType::Byte | ValueType::Boolean | ValueType::Date) => item.contains(','),
        Some(ValueType::Text) if item.starts_with("http") => all(|piece| piece.starts_with("http")),
        Some(ValueType::Text) => all(|piece| !piece.is_empty() && piece.bytes().all(|byte| byte.is_ascii_digit())),
        _ => false,
    }
}

/// Parses a number of any size. Returns `None` if the text is not a number.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sound = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().filter(|byte| *byte == b'.').count() <= 1
        && digits.bytes().any(|byte| byte.is_ascii_digit());
    // Whole numbers are compared exactly, because identifiers exceed the precision of a float.
    sound.then(|| text.parse().ok().map(|number| Decimal(number, text.parse().unwrap_or_default()))).flatten()
}

fn is_date(text: &str) -> bool {
    // Milliseconds since 1970.
    let is_millis = text.len() >= 10 && text.parse::<i64>().is_ok() && !text.starts_with(['-', '+']);
    is_millis || is_day(text) || is_date_time(text)
}

/// Returns whether a text has the format `yyyy-MM-dd HH:mm:ss` and its day exists.
pub(crate) fn is_date_time(text: &str) -> bool {
    text.split_once(' ').is_some_and(|(day, time)| {
        let time = numbers(time, ':', [2, 2, 2]);
        is_day(day) && time.is_some_and(|[hour, minute, second]| hour < 24 && minute < 60 && second < 60)
    })
}

fn is_day(text: &str) -> bool {
    let Some([year, month, day]) = numbers(text, '-', [4, 2, 2]) else { return false };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Returns the numbers between the separators, if each has the expected number of digits.
fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[u32; N]> {
    let parts = <[&str; N]>::try_from(text.split(separator).collect::<Vec<_>>()).ok()?;
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_sound = parts.iter().zip(digits).all(|(part, digits)| part.len() == digits && is_number(part));
    is_sound.then(|| parts.map(|part| part.bytes().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))))
}

#[cfg(test)]
mod tests {
    use super::{ValueType, decimal, items, looks_like_list};

    #[test]
    fn each_basic_type_accepts_its_values_alone() {
        for (word, sound, wrong) in [
            (
                "Number",
                &["0", "-65", "7104300007405429232", " 1 "][..],
                &["itemId", "20.3", "9223372036854775808", "1L", "1,2"][..],
            ),
            ("Boolean", &["true", "false"], &["1", "TRUE", "是"]),
            (
                "Date",
                &["2024-02-29 23:59:59", "2019-08-08", "1563782400000"],
                &["2023-02-29", "2019-8-8", "2019-08-08 24:00:00", "明天", "2019-08-08T10:00:00", "1"],
            ),
            ("Price", &["9.11", "0", "-1", "12.00"], &["9.1.1", "￥9", "", ".", "1e3"]),
            ("BigDecimal", &["123456789012345678901234567890.5"], &["x"]),
            ("Json", &["{\"a\":1}", "[]", "1"], &["{a:1}", "abc"]),
            ("Map", &["{\"a\":1}"], &["[]", "k:v"]),
            ("byte", &["1", "-128"], &["1024", "a"]),
            ("String", &["", "anything"], &[]),
            ("byte[]", &["anything"], &[]),
            ("Field List", &["a,b"], &[]),
        ] {
            let kind = ValueType::of(word).unwrap();
            for text in sound {
                assert!(kind.takes(text), "{word} {text}");
            }
            for text in wrong {
                assert!(!kind.takes(text), "{word} {text}");
            }
        }
        assert_eq!(ValueType::of("Item"), None);
    }

    #[test]
    fn compares_whole_numbers_beyond_the_precision_of_floats() {
        assert!(decimal("7104300007405429233") > decimal("7104300007405429232"));
        assert!(decimal("-2") < decimal("-1.5"));
        assert!(decimal("2.5") > decimal("2"));
        for text in ["", "-", ".", "nan", "inf", "1e3", "1.2.3"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn splits_lists_at_commas_or_as_json() {
        assert_eq!(items("1, 2,3"), ["1", "2", "3"]);
        assert_eq!(items("[\"a,b\", 2]"), ["a,b", "2"]);
        assert_eq!(items("[a"), ["[a"]);
    }

    #[test]
    fn recognises_items_that_look_like_lists() {
        for (kind, item, list) in [
            (Some(ValueType::Text), "[\"xxxx\"", true),
            (Some(ValueType::Text), "[1,2]", true),
            (Some(ValueType::Text), "123,456", true),
            (Some(ValueType::Text), "http://a,http://b", true),
            (Some(ValueType::Text), "大,小", false),
            (Some(ValueType::Text), "a", false),
            (Some(ValueType::Text), "[笑]好", false),
            (Some(ValueType::Number), "1,2", true),
            (Some(ValueType::Json), "[1,2]", false),
        ] {
            assert_eq!(looks_like_list(kind, item), list, "{item}");
        }
    }
}
