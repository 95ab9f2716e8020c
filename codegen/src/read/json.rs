//! JSON values with their position in the text: serde_json's raw values are slices of the text.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
pub(super) use serde_json::value::RawValue;

/// A member of an object; `None` if it is missing or `null`.
pub(super) type Raw<'a> = Option<&'a RawValue>;

/// Returns the byte offset of a slice of a text.
pub(super) fn offset(text: &str, slice: &str) -> usize {
    (slice.as_ptr() as usize).saturating_sub(text.as_ptr() as usize).min(text.len())
}

/// A syntax error in a text that should be JSON.
pub(super) struct SyntaxError<'a> {
    pub(super) text: &'a str,
    /// The byte offset of the error in `text`.
    pub(super) at: usize,
    /// The error message, without the position.
    pub(super) message: String,
    /// Whether the text ends too early.
    pub(super) ends: bool,
}

/// Checks that a text is valid JSON, to its end and at any depth.
pub(super) fn check(text: &str) -> Result<(), SyntaxError<'_>> {
    parse::<IgnoredAny>(text).map(drop)
}

/// Parses a text as one value.
pub(super) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, SyntaxError<'a>> {
    serde_json::from_str(text).map_err(|error| {
        let start = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        let mut at = (start + error.column().saturating_sub(1)).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        SyntaxError { text, at, message, ends: error.is_eof() }
    })
}

/// Returns a value as text: a string without its escapes; a number, boolean, object or list as written; `null` as the empty
/// string.
pub(super) fn text(value: Raw<'_>) -> String {
    let written = value.map_or("null", RawValue::get);
    match written {
        "null" => String::new(),
        _ if written.starts_with('"') => {
            serde_json::from_str::<LossyString>(written).map_or_else(|_| written.to_owned(), |text| text.0)
        }
        _ => written.to_owned(),
    }
}

/// Returns the items of a list. Some programs write a list as an object that contains only objects and lists: its values
/// are the items. Any other value is the only item of a list that is not written as one.
pub(super) fn items(list: Raw<'_>) -> Vec<&RawValue> {
    let Some(value) = list else { return Vec::new() };
    let begins = |value: &RawValue, mark: char| value.get().starts_with(mark);
    let items = if begins(value, '[') {
        elements(value)
    } else if begins(value, '{') {
        let values = values(value);
        if values.iter().all(|value| begins(value, '{') || begins(value, '[')) {
            let inner = |value| if begins(value, '[') { elements(value) } else { vec![value] };
            values.into_iter().flat_map(inner).collect()
        } else {
            vec![value]
        }
    } else {
        vec![value]
    };
    items.into_iter().filter(|item| !matches!(item.get(), "null" | "\"\"")).collect()
}

#[expect(clippy::expect_used, reason = "a raw value that begins with `[` is a list")]
fn elements(list: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(list.get()).expect("a list of values")
}

#[expect(clippy::expect_used, reason = "a raw value that begins with `{` is an object")]
fn values(object: &RawValue) -> Vec<&RawValue> {
    let object: JsonObject<'_> = serde_json::from_str(object.get()).expect("an object");
    object.0.into_iter().map(|(_, value)| value).collect()
}

/// The members of an object, in order.
pub(super) struct JsonObject<'a>(Vec<(String, &'a RawValue)>);

impl<'a> JsonObject<'a> {
    /// Parses an object. A duplicate member is an error.
    pub(super) fn parse(text: &'a str) -> Result<JsonObject<'a>, SyntaxError<'a>> {
        let object: JsonObject<'a> = parse(text)?;
        let mut names = HashSet::new();
        match object.0.iter().find(|(name, _)| !names.insert(name.as_str())) {
            Some((name, value)) => {
                let message = format!("expected no second member {name:?}");
                Err(SyntaxError { text: value.get(), at: 0, message, ends: false })
            }
            None => Ok(object),
        }
    }

    pub(super) fn get(&self, name: &str) -> Raw<'a> {
        let (_, value) = self.0.iter().find(|(member, _)| member == name)?;
        (value.get() != "null").then_some(value)
    }

    /// Returns a member as text; see [`text`].
    pub(super) fn text(&self, name: &str) -> String {
        text(self.get(name))
    }

    /// Returns the names of the first members.
    pub(super) fn names(&self) -> String {
        self.0.iter().take(8).map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl<'de> Deserialize<'de> for JsonObject<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<JsonObject<'de>, D::Error> {
        struct MemberVisitor;
        impl<'de> Visitor<'de> for MemberVisitor {
            type Value = JsonObject<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonObject<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((LossyString(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(JsonObject(members))
            }
        }
        deserializer.deserialize_map(MemberVisitor)
    }
}

/// A string. A lone surrogate, which occurs in texts cut by programs, becomes U+FFFD.
struct LossyString(String);

impl<'de> Deserialize<'de> for LossyString {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<LossyString, D::Error> {
        struct StringVisitor;
        impl Visitor<'_> for StringVisitor {
            type Value = LossyString;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<LossyString, E> {
                Ok(LossyString(text.to_owned()))
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<LossyString, E> {
                Ok(LossyString(String::from_utf8_lossy(bytes).replace("\u{FFFD}\u{FFFD}\u{FFFD}", "\u{FFFD}")))
            }
        }
        deserializer.deserialize_bytes(StringVisitor)
    }
}
