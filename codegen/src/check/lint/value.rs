//! The valid values of each documented type.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use toml::value::{Datetime, Time};
use topsdk_spec::Basic;

/// The values of a basic type.
#[derive(Clone, Copy)]
pub(super) struct ValueType {
    pub(super) basic: Basic,
    /// Whether any JSON is a value.
    pub(super) is_any_json: bool,
    /// A description of the values, for messages.
    pub(super) expected: &'static str,
    is_valid: fn(&str) -> bool,
}

/// A number, for comparing limits and values.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) struct Decimal(f64, i128);

impl ValueType {
    /// Returns the values of the basic type of this name, or `None` for a class or anything else.
    pub(super) fn of(type_name: &str) -> Option<ValueType> {
        let basic = Basic::of(type_name)?;
        let (expected, is_valid): (_, fn(&str) -> bool) = match (basic, type_name) {
            (Basic::String, _) => ("a text", |_| true),
            (Basic::Number, "byte") => ("a whole number from -128 to 255", |text| {
                text.parse::<i16>().is_ok_and(|number| (-128..=255).contains(&number))
            }),
            (Basic::Number, _) => ("a whole number of at most 64 bits", |text| text.parse::<i64>().is_ok()),
            (Basic::Boolean, _) => ("`true` or `false`", |text| matches!(text, "true" | "false")),
            (Basic::Date, _) => ("`yyyy-MM-dd HH:mm:ss`, a day, or milliseconds", is_date),
            (Basic::Decimal, _) => ("a decimal number", |text| decimal(text).is_some()),
            (Basic::Json, "Map") => ("a JSON object", is_json::<Map<String, Value>>),
            (Basic::Json, _) => ("JSON", is_json::<Value>),
            (Basic::File, _) => ("a file", |_| true),
        };
        Some(ValueType { basic, is_any_json: type_name == "Json", expected, is_valid })
    }

    /// Returns whether values can be compared with 最小值 and 最大值.
    pub(super) fn is_number(self) -> bool {
        matches!(self.basic, Basic::Number | Basic::Decimal)
    }

    /// Returns whether `text` is a value of the type. Surrounding blanks are ignored, as in the codec.
    pub(super) fn takes(self, text: &str) -> bool {
        (self.is_valid)(text.trim())
    }
}

fn is_json<T: DeserializeOwned>(text: &str) -> bool {
    serde_json::from_str::<T>(text).is_ok()
}

/// Returns whether a cell or sample shows no value: it is empty, or the site's placeholder `null`.
pub(super) fn is_absent(text: &str) -> bool {
    matches!(text.trim(), "" | "null")
}

/// Splits a list that is written in one text: separated by `,` as in a request (docs/protocol.md section 4), or JSON.
pub(super) fn items(text: &str) -> Vec<String> {
    let text = text.trim();
    match serde_json::from_str::<Vec<Value>>(text) {
        Ok(items) => items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect(),
        Err(_) => text.split(',').map(|item| item.trim().to_owned()).collect(),
    }
}

/// Returns whether one item of a list looks like a whole list.
pub(super) fn looks_like_list(kind: Option<ValueType>, item: &str) -> bool {
    let item = item.trim();
    if item.starts_with('[') {
        let is_any_json = kind.is_some_and(|kind| kind.is_any_json);
        return !is_any_json && (item.ends_with(']') || item.starts_with("[\""));
    }
    let all = |is: fn(&str) -> bool| item.contains(',') && item.split(',').map(str::trim).all(is);
    match kind.map(|kind| kind.basic) {
        Some(Basic::Number | Basic::Boolean | Basic::Date) => item.contains(','),
        Some(Basic::String) if item.starts_with("http") => all(|piece| piece.starts_with("http")),
        Some(Basic::String) => all(|piece| !piece.is_empty() && piece.bytes().all(|byte| byte.is_ascii_digit())),
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
    is_millis || is_date_time(text) || text.len() == 10 && matches!(text.parse(), Ok(Datetime { date: Some(_), .. }))
}

/// Returns whether a text has the format `yyyy-MM-dd HH:mm:ss` and its day exists.
pub(crate) fn is_date_time(text: &str) -> bool {
    // TOML writes dates the same way, but also takes a `T`, fractions, time zones and leap seconds.
    let is_in_format = text.len() == 19 && text.as_bytes()[10] == b' ';
    is_in_format && matches!(text.parse(), Ok(Datetime { time: Some(Time { second: Some(..60), .. }), .. }))
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
                &[
                    "2023-02-29",
                    "2019-8-8",
                    "10:00:00.0",
                    "2019-08-08 24:00:00",
                    "2019-08-08 23:59:60",
                    "2019-08-08 1:00:00Z",
                    "2019-08-08 01:00+08",
                    "明天",
                    "2019-08-08T10:00:00",
                    "1",
                ],
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
        assert!(ValueType::of("Item").is_none());
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
        let text = ValueType::of("String");
        for (kind, item, list) in [
            (text, "[\"xxxx\"", true),
            (text, "[1,2]", true),
            (text, "123,456", true),
            (text, "http://a,http://b", true),
            (text, "大,小", false),
            (text, "a", false),
            (text, "[笑]好", false),
            (ValueType::of("Number"), "1,2", true),
            (ValueType::of("Json"), "[1,2]", false),
        ] {
            assert_eq!(looks_like_list(kind, item), list, "{item}");
        }
    }
}
