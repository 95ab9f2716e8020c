//! What the catalogue and the announcements of the site say about the APIs of a repository. Absence alone is never reported
//! as retirement.
//!
//! Announcements say in prose that an API will be retired. Their structure is known from one source only, so parsing is
//! lenient.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Serialize;
use serde_json::Value;

use super::address::Base;
use crate::catalogue::{Catalogue, CatalogueEntry};
use crate::page::words::clip;
use crate::read;

/// The site's times are in China's time zone.
const CHINA: Offset = Offset::constant(8);

/// The APIs and announcements that need attention.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// The number of APIs in the site's catalogue.
    pub apis: usize,
    /// The number of APIs in the specs.
    pub specs: usize,
    /// Entries in the site's catalogue that the stored one lacks.
    pub new: Vec<CatalogueEntry>,
    /// Methods of specs that the site's catalogue lacks.
    pub unlisted: Vec<String>,
    /// Announcements that name methods of specs.
    pub announced: Vec<Announced>,
    /// Messages about what could not be read or compared.
    pub problems: Vec<String>,
}

/// An announcement that names a method of a spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Announced {
    /// The method.
    pub method: String,
    /// The title of the announcement.
    pub title: String,
    /// The date of its last change in China, such as `2026-11-26`. `None` if the site does not say.
    pub date: Option<String>,
    /// The address of its page.
    pub address: String,
    /// The sentence that names the method.
    pub sentence: String,
}

impl Watch {
    /// Compares the site's catalogue with the stored one and with the methods of the specs. Without a stored catalogue, no
    /// API is reported as new.
    pub fn new(site: &Catalogue, stored: Option<&Catalogue>, specs: &BTreeSet<String>) -> Watch {
        let is_new = |entry: &&CatalogueEntry| stored.is_some_and(|stored| stored.find(&entry.method).is_none());
        let is_unlisted = |method: &&String| site.find(method).is_none();
        Watch {
            apis: site.entries().len(),
            specs: specs.len(),
            new: site.entries().iter().filter(is_new).cloned().collect(),
            unlisted: specs.iter().filter(is_unlisted).cloned().collect(),
            announced: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Adds an announcement for each method of a spec that it names, with the first sentence that names the method.
    pub fn announce(&mut self, announcement: &Announcement, text: &str, specs: &BTreeSet<String>) {
        let Announcement { title, time, address, .. } = announcement;
        let mut named: BTreeMap<&str, &str> = BTreeMap::new();
        let ends = |letter| matches!(letter, '。' | '！' | '？' | '；' | '\n');
        for sentence in text.split_inclusive(ends).chain([title.as_str()]) {
            let is_other = |letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-'));
            for word in sentence.split(is_other).map(|word| word.trim_matches(['.', '-'])) {
                if let Some(method) = specs.get(word) {
                    named.entry(method).or_insert(sentence.trim());
                }
            }
        }
        self.announced.extend(named.into_iter().map(|(method, sentence)| Announced {
            method: method.to_owned(),
            title: title.clone(),
            date: time.map(|time| CHINA.to_datetime(time).date().to_string()),
            address: address.clone(),
            sentence: sentence.to_owned(),
        }));
    }

    /// Returns whether nothing needs attention.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.unlisted.is_empty() && self.announced.is_empty()
    }
}

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

impl Announcement {
    /// Reads the list of announcements from `data` of the site's response: every object that has a title and a number. Also
    /// returns a description of the response if it is not such a list, or only partly.
    pub(super) fn list(data: &Value, base: &Base) -> (Vec<Announcement>, Option<String>) {
        let mut list = Vec::new();
        match data.get("queryResults").and_then(Value::as_array) {
            Some(results) => {
                results.iter().for_each(|result| collect(result, base, &mut list));
                let (all, fitting) = (results.len(), list.len());
                let misfit = || format!("a list of {all} with {fitting} that have a title and a number");
                (list, (fitting < all).then(misfit))
            }
            None => {
                collect(data, base, &mut list);
                let misfit = list.is_empty().then(|| shape(data));
                (list, misfit)
            }
        }
    }

    /// Returns the text of an announcement from `data` of the site's response, or else a description of the response.
    pub(super) fn text(data: &Value) -> Result<String, String> {
        data.get("content").and_then(Value::as_str).map(read::plain).ok_or_else(|| shape(data))
    }
}

fn collect(value: &Value, base: &Base, list: &mut Vec<Announcement>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, base, list)),
        Value::Object(members) => {
            let text = |name| value.get(name).and_then(Value::as_str).map(str::trim);
            let id = value.get("id").or(value.get("docId")).and_then(whole).filter(|id| *id > 0);
            match (id.map(i64::unsigned_abs), text("title").filter(|title| !title.is_empty())) {
                (Some(id), Some(title)) => list.push(Announcement {
                    id,
                    title: title.to_owned(),
                    time: value.get("gmtModified").and_then(time),
                    address: base.announcement_page(id, text("url").unwrap_or_default()),
                }),
                _ => members.values().for_each(|member| collect(member, base, list)),
            }
        }
        _ => {}
    }
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

    fn catalogue(methods: &[&str]) -> Catalogue {
        let line = |(id, method): (usize, &&str)| format!("{{\"method\":\"{method}\",\"doc_id\":{}}}\n", id + 1);
        Catalogue::parse(&methods.iter().enumerate().map(line).collect::<String>()).unwrap()
    }

    fn specs(methods: &[&str]) -> BTreeSet<String> {
        methods.iter().map(|method| (*method).to_owned()).collect()
    }

    #[test]
    fn the_catalogue_is_compared_with_the_stored_one_and_with_the_specs() {
        let site = catalogue(&["a.b.one", "a.b.two", "a.b.new"]);
        let specs = specs(&["a.b.one", "a.b.gone"]);
        let watch = Watch::new(&site, Some(&catalogue(&["a.b.one", "a.b.two", "a.b.gone"])), &specs);
        assert_eq!(watch.new.iter().map(|entry| entry.method.as_str()).collect::<Vec<_>>(), ["a.b.new"]);
        assert_eq!(watch.unlisted, ["a.b.gone"]);
        let watch = Watch::new(&site, None, &specs);
        assert_eq!((watch.new.len(), watch.unlisted.len()), (0, 1), "nothing is new where nothing was known");
    }

    #[test]
    fn an_announcement_matches_whole_methods_only() {
        let specs = specs(&["a.b.get", "a.b.get.list", "a.b.put"]);
        let sentences = |title: &str, text: &str| {
            let announcement = Announcement { id: 1, title: title.to_owned(), time: None, address: String::new() };
            let mut watch = Watch::default();
            watch.announce(&announcement, text, &specs);
            watch.announced.into_iter().map(|found| format!("{}: {}", found.method, found.sentence)).collect::<Vec<_>>()
        };
        assert_eq!(
            sentences("公告", "您好。接口a.b.get将下线，请用a.b.put。a.b.get 再见。"),
            ["a.b.get: 接口a.b.get将下线，请用a.b.put。", "a.b.put: 接口a.b.get将下线，请用a.b.put。"]
        );
        assert_eq!(sentences("关于a.b.put的公告", "详情"), ["a.b.put: 关于a.b.put的公告"]);
        assert_eq!(
            sentences("x", "a.b.get.list, xa.b.put a.b.put.more a_a.b.put"),
            ["a.b.get.list: a.b.get.list, xa.b.put a.b.put.more a_a.b.put"]
        );
        assert_eq!(sentences("x", "End of a.b.get."), ["a.b.get: End of a.b.get."]);
    }

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    fn read(data: &str) -> (Vec<Announcement>, Option<String>) {
        Announcement::list(&json(data), &"https://a.example".parse().unwrap())
    }

    #[test]
    fn announcements_are_read_with_numbers_as_numbers_or_as_texts() {
        let (list, misfit) = read(
            r#"{"id":9,"title":"公告","total":4,"queryResults":[{"id":1,"title":" 一 ","docType":12,"gmtModified":1764086400000,"url":""},
                {"docId":"2","title":"二","gmtModified":"1764086400000","url":"/x?id=2"},
                {"id":3,"title":"三","gmtModified":"2025-11-26 00:00:00","url":"https://b.example/"},
                {"id":4,"title":"四","gmtModified":null,"url":"javascript:alert(1)"}]}"#,
        );
        let shown = |one: &Announcement| {
            let mut watch = Watch::default();
            watch.announce(one, "a.b", &["a.b".to_owned()].into());
            let Announced { title, date, address, .. } = &watch.announced[0];
            format!("{} {title} {date:?} {address}", one.id)
        };
        assert_eq!(
            list.iter().map(shown).collect::<Vec<_>>(),
            [
                "1 一 Some(\"2025-11-26\") https://a.example/doc.htm?docId=1&docType=12",
                "2 二 Some(\"2025-11-26\") https://a.example/x?id=2",
                "3 三 Some(\"2025-11-26\") https://b.example/",
                "4 四 None https://a.example/doc.htm?docId=4&docType=12",
            ]
        );
        assert_eq!(misfit, None);
        assert_eq!(read(r#"{"queryResults":[]}"#), (Vec::new(), None));
        assert_eq!(read(r#"{"page":{"list":[{"id":1,"title":"一"}]}}"#).0.len(), 1);
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
            let (list, misfit) = read(data);
            assert_eq!((misfit.as_deref(), list.len()), (Some(shape), fitting), "{data}");
        }
        assert_eq!(Announcement::text(&json(r#"{"body":"x"}"#)), Err("an object with body".to_owned()));
        assert_eq!(
            Announcement::text(&json(r#"{"content":"<p>接口 <b>a.b.c</b></p><p>下线</p>"}"#)).unwrap(),
            "接口 a.b.c\n\n下线"
        );
    }
}
