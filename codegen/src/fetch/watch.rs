//! Compares the catalogue and the announcements with the APIs of a repository. Absence alone is never reported as
//! retirement.

use std::collections::{BTreeMap, BTreeSet};

use super::announcements::Announcement;
use crate::catalogue::{Catalogue, CatalogueEntry};

/// The APIs and announcements that need attention.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// Entries in the site's catalogue that the stored one lacks.
    pub new: Vec<CatalogueEntry>,
    /// Methods of specs that the site's catalogue lacks.
    pub unlisted: Vec<String>,
    /// Announcements that name methods of specs.
    pub announced: Vec<Announced>,
}

/// An announcement that names a method of a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The method.
    pub method: String,
    /// The announcement.
    pub announcement: Announcement,
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
            new: site.entries().iter().filter(is_new).cloned().collect(),
            unlisted: specs.iter().filter(is_unlisted).cloned().collect(),
            announced: Vec::new(),
        }
    }

    /// Adds an announcement for each method of a spec that it names, with the first sentence that names the method.
    pub fn announce(&mut self, announcement: &Announcement, text: &str, specs: &BTreeSet<String>) {
        let mut named: BTreeMap<&str, &str> = BTreeMap::new();
        let ends = |letter| matches!(letter, '。' | '！' | '？' | '；' | '\n');
        for sentence in text.split_inclusive(ends).chain([announcement.title.as_str()]) {
            let is_other = |letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-'));
            for word in sentence.split(is_other).map(|word| word.trim_matches(['.', '-'])) {
                if let Some(method) = specs.get(word) {
                    named.entry(method).or_insert(sentence.trim());
                }
            }
        }
        self.announced.extend(named.into_iter().map(|(method, sentence)| Announced {
            method: method.to_owned(),
            announcement: announcement.clone(),
            sentence: sentence.to_owned(),
        }));
    }

    /// Returns whether nothing needs attention.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.unlisted.is_empty() && self.announced.is_empty()
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
}
