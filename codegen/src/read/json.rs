//! JSON values with their position in the text: serde_json's raw values are slices of the text.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_bytes::ByteBuf;
use serde_json::value::RawValue;

use super::error::PageProblem;
use crate::diagnostic::PageText;

/// A value in a text.
#[derive(Clone, Copy, Default)]
pub(super) struct Json<'a> {
    pub(super) content: &'a str,
    /// The value as it is written in `content`. Empty for `null` and a missing value.
    pub(super) written: &'a str,
}

impl<'a> Json<'a> {
    /// Reads a text, which must be one valid value, to its end and at any depth.
    pub(super) fn new(content: &'a str) -> Result<Json<'a>, PageProblem> {
        let json = Json { content, written: content.trim_start_matches('\u{feff}').trim() };
        json.parse::<IgnoredAny>().map(|_| json)
    }

    /// Parses the value as this type.
    pub(super) fn parse<T: Deserialize<'a>>(self) -> Result<T, PageProblem> {
        serde_json::from_str(self.written).map_err(|error| {
            if error.is_eof() {
                let (section, detail) = ("the document", "the JSON is not closed");
                return PageProblem::Cut { offset: self.content.len(), section, detail };
            }
            let lines = self.written.split_inclusive('\n').take(error.line().saturating_sub(1));
            let at = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
            let message = error.to_string();
            self.problem(at, message.split(" at line ").next().unwrap_or_default())
        })
    }

    /// Returns the error about byte `at` of the value.
    fn problem(self, at: usize, message: &str) -> PageProblem {
        let text = PageText::new(self.content);
        let at = text.boundary(self.offset() + at);
        let (line, column) = text.position(at);
        let found: String = self.content[at..].chars().take(20).collect();
        PageProblem::Json { line, column, message: format!("{message}, found {found:?}") }
    }

    /// Returns the byte offset of the value.
    pub(super) fn offset(self) -> usize {
        (self.written.as_ptr() as usize).saturating_sub(self.content.as_ptr() as usize)
    }

    /// Returns the span of the value; for a string, the part between the quotes. Returns `None` if it is empty.
    pub(super) fn span(self) -> Option<Range<usize>> {
        let quote = usize::from(self.written.starts_with('"'));
        let span = self.offset() + quote..self.offset() + self.written.len() - quote;
        Some(span).filter(|span| !span.is_empty())
    }

    /// Returns whether the value begins with a mark: `{` for an object, `[` for a list.
    pub(super) fn is(self, mark: char) -> bool {
        self.written.starts_with(mark)
    }

    /// Returns the value as text without white space around it: a string without its escapes, any other value as written.
    pub(super) fn text(self) -> String {
        match self.is('"') {
            true => lossy(&self.checked::<ByteBuf>()).trim().to_owned(),
            false => self.written.to_owned(),
        }
    }

    /// Returns the items of a list. Some programs write a list as an object that contains only objects and lists: its
    /// values are the items. Any other value is the only item of a list that is not written as one.
    pub(super) fn items(self) -> Vec<Json<'a>> {
        let mut items = match self.written.chars().next() {
            Some('[') => self.checked::<Vec<&RawValue>>().into_iter().map(|item| self.part(item)).collect(),
            Some('{') => {
                let values: Vec<Json<'a>> = self.members().into_iter().map(|(_, value)| value).collect();
                let items_of = |value: Json<'a>| if value.is('[') { value.items() } else { vec![value] };
                match values.iter().all(|value| value.is('{') || value.is('[')) {
                    true => values.into_iter().flat_map(items_of).collect(),
                    false => vec![self],
                }
            }
            _ => vec![self],
        };
        items.retain(|item| !matches!(item.written, "" | "\"\""));
        items
    }

    /// Returns the members of an object. Other values have none; a duplicate member is an error.
    pub(super) fn object(self) -> Result<JsonObject<'a>, PageProblem> {
        let members = if self.is('{') { self.members() } else { Vec::new() };
        let mut names = HashSet::new();
        match members.iter().find(|(name, _)| !names.insert(name.as_str())) {
            Some((name, value)) => Err(value.problem(0, &format!("expected no second member {name:?}"))),
            None => Ok(JsonObject(members)),
        }
    }

    fn members(self) -> Vec<(String, Json<'a>)> {
        let Members(members) = self.checked();
        members.into_iter().map(|(name, value)| (lossy(&name), self.part(value))).collect()
    }

    /// Parses the value as the type that its first character tells.
    #[expect(clippy::expect_used, reason = "the text is valid JSON as a whole")]
    fn checked<T: Deserialize<'a>>(self) -> T {
        serde_json::from_str(self.written).expect("a part of valid JSON")
    }

    fn part(self, value: &'a RawValue) -> Json<'a> {
        let written = value.get();
        Json { written: if written == "null" { &written[..0] } else { written }, ..self }
    }
}

/// The members of an object, in order.
pub(super) struct JsonObject<'a>(Vec<(String, Json<'a>)>);

impl<'a> JsonObject<'a> {
    pub(super) fn get(&self, name: &str) -> Json<'a> {
        self.0.iter().find(|(member, _)| member == name).map(|(_, value)| *value).unwrap_or_default()
    }

    /// Returns a member as text; see [`Json::text`].
    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).text()
    }

    /// Returns the names of the first members.
    pub(super) fn names(&self) -> String {
        self.0.iter().take(8).map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// The names and values of an object, in order.
struct Members<'a>(Vec<(ByteBuf, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members<'de>, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                std::iter::from_fn(|| map.next_entry().transpose()).collect::<Result<_, _>>().map(Members)
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// Decodes a string. A lone surrogate, which occurs in texts cut by programs, becomes U+FFFD.
fn lossy(string: &[u8]) -> String {
    String::from_utf8_lossy(string).replace("\u{FFFD}\u{FFFD}\u{FFFD}", "\u{FFFD}")
}
