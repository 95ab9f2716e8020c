//! Reads the site's announcements, which say in prose that an API will be retired. Their structure is known from one source
//! only, so parsing is lenient.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::Value;

use super::address::Base;
use crate::page::words::clip;
use crate::read;

/// The site's times are in China's time zone.
const CHINA: Offset = Offset::constant(8);

/// An entry in the list of announcements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The number of its document.
    pub id: u64,
    /// Its title.
    pub title: String,
    /// When it was last changed. `None` if the list does not say.
    pub time: Option<Timestamp>,
    /// The address of its page.
    pub address: String,
}

/// The list of announcements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announcements {
    /// The announcements that have a title and a number.
    pub list: Vec<Announcement>,
    /// A description of the response if it is not such a list, or only partly.
    pub misfit: Option<String>,
}

impl Announcement {
    /// Returns whether the last change is known and was before `time`.
    pub fn is_before(&self, time: Timestamp) -> bool {
        self.time.is_some_and(|changed| changed < time)
    }

    /// Returns the date of the last change in China, such as `2026-11-26`.
    pub fn date(&self) -> Option<String> {
        Some(CHINA.to_datetime(self.time?).date().to_string())
    }
}

impl Announcements {
    /// Reads the list from `data` of the site's response: every object that has a title and a number.
    pub(super) fn read(data: &Value, base: &Base) -> Announcements {
        let results = data.get("queryResults").and_then(Value::as_array);
        let mut found = Announcements::default();
        match results {
            Some(results) => results.iter().for_each(|result| found.collect(result, base)),
            None => found.collect(data, base),
        }
        let fitting = found.list.len();
        found.misfit = match results {
            Some(results) if fitting < results.len() => {
                Some(format!("a list of {} with {fitting} that have a title and a number", results.len()))
            }
            None if fitting == 0 => Some(shape(data)),
            _ => None,
        };
        found
    }

    fn collect(&mut self, value: &Value, base: &Base) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, base)),
            Value::Object(members) => {
                let text = |name| value.get(name).and_then(Value::as_str).map(str::trim);
                let id = value.get("id").or(value.get("docId")).and_then(whole).filter(|id| *id > 0);
                match (id, text("title").filter(|title| !title.is_empty())) {
                    (Some(id), Some(title)) => self.list.push(Announcement {
                        id: id.unsigned_abs(),
                        title: title.to_owned(),
                        time: value.get("gmtModified").and_then(time),
                        address: base.announcement_page(id.unsigned_abs(), text("url").unwrap_or_default()),
                    }),
                    _ => members.values().for_each(|member| self.collect(member, base)),
                }
            }
            _ => {}
        }
    }
}

/// Returns the text of an announcement from `data` of the site's response.
///
/// # Errors
/// A description of the response if it is not an announcement.
pub(super) fn text(data: &Value) -> Result<String, String> {
    data.get("content").and_then(Value::as_str).map(read::plain).ok_or_else(|| shape(data))
}

/// Parses a time: milliseconds as a number or as text, or a date.
fn time(value: &Value) -> Option<Timestamp> {
    match whole(value) {
        Some(milliseconds) => Timestamp::from_millisecond(milliseconds).ok(),
        None => {
            let text = value.as_str()?.trim();
            CHINA.to_timestamp(text.parse().ok()?).ok()
        }
    }
}

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Describes a value in a few words.
fn shape(value: &Value) -> String {
    match value {
        Value::Object(members) if members.is_empty() => "an empty object".to_owned(),
        Value::Object(members) => {
            let names: Vec<&str> = members.keys().take(8).map(String::as_str).collect();
            format!("an object with {}", clip(&names.join(", ")))
        }
        Value::Array(items) => format!("a list of length {}", items.len()),
        other => clip(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    fn read(data: &str) -> Announcements {
        Announcements::read(&json(data), &"https://a.example".parse().unwrap())
    }

    #[test]
    fn announcements_are_read_with_numbers_as_numbers_or_as_texts() {
        let found = read(
            r#"{"id":9,"title":"公告","total":4,"queryResults":[{"id":1,"title":" 一 ","docType":12,"gmtModified":1764086400000,"url":""},
                {"docId":"2","title":"二","gmtModified":"1764086400000","url":"/x?id=2"},
                {"id":3,"title":"三","gmtModified":"2025-11-26 00:00:00","url":"https://b.example/"},
                {"id":4,"title":"四","gmtModified":null,"url":"javascript:alert(1)"}]}"#,
        );
        let shown = |one: &Announcement| format!("{} {} {:?} {}", one.id, one.title, one.date(), one.address);
        assert_eq!(
            found.list.iter().map(shown).collect::<Vec<_>>(),
            [
                "1 一 Some(\"2025-11-26\") https://a.example/doc.htm?docId=1&docType=12",
                "2 二 Some(\"2025-11-26\") https://a.example/x?id=2",
                "3 三 Some(\"2025-11-26\") https://b.example/",
                "4 四 None https://a.example/doc.htm?docId=4&docType=12",
            ]
        );
        assert_eq!(found.misfit, None);
        assert_eq!(read(r#"{"queryResults":[]}"#), Announcements::default());
        assert_eq!(read(r#"{"page":{"list":[{"id":1,"title":"一"}]}}"#).list.len(), 1);
    }

    #[test]
    fn an_unexpected_shape_is_described() {
        for (data, shape, fitting) in [
            ("{}", "an empty object", 0),
            ("null", "null", 0),
            (r#"{"results":[],"total":0}"#, "an object with results, total", 0),
            (
                r#"{"queryResults":[{"id":1},{"id":2,"title":"二"}]}"#,
                "a list of 2 with 1 that have a title and a number",
                1,
            ),
            ("[[],3]", "a list of length 2", 0),
        ] {
            let found = read(data);
            assert_eq!((found.misfit.as_deref(), found.list.len()), (Some(shape), fitting), "{data}");
        }
        assert_eq!(text(&json(r#"{"body":"x"}"#)), Err("an object with body".to_owned()));
        assert_eq!(text(&json(r#"{"content":"<p>接口 <b>a.b.c</b></p><p>下线</p>"}"#)).unwrap(), "接口 a.b.c\n\n下线");
    }
}
