//! The site's catalogue as stored in `spec/catalogue.jsonl`: entries, look-up, and rules for replacing it.
//!
//! The platform does not mark retired APIs: they disappear from this catalogue (docs/pages.md, "The site's catalogue").

mod response;
mod search;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use response::{CatalogueResponse, Oddity};

/// The path of the catalogue file in a repository.
pub const FILE: &str = "spec/catalogue.jsonl";

/// An API in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueEntry {
    /// The API's method.
    pub method: String,
    /// The number of its document: `docId` and `apiId` of its address.
    pub doc_id: u64,
    /// Its Chinese name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The categories that list it, sorted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub categories: BTreeSet<String>,
}

/// All APIs that the site lists, sorted by method. Each document occurs once.
///
/// ```
/// use topsdk_codegen::catalogue::Catalogue;
///
/// let catalogue = Catalogue::parse(r#"{"method":"taobao.time.get","doc_id":120,"title":"时间","categories":["系统API"]}"#)?;
/// assert_eq!(catalogue.find("taobao.time.get").map(|entry| entry.doc_id), Some(120));
/// assert_eq!(catalogue.in_category("系统API").count(), 1);
/// # Ok::<(), topsdk_codegen::catalogue::CatalogueError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    entries: Vec<CatalogueEntry>,
}

/// An invalid line of the catalogue file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{FILE}:{line}: expected an entry with `method` and `doc_id`: {problem}; to fetch the file again, run `topsdk catalogue --accept`"
)]
pub struct CatalogueError {
    /// The line number, from 1.
    pub line: usize,
    /// What is wrong with the line.
    pub problem: String,
}

/// Why a catalogue may not replace the stored one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueRefusal {
    /// It has no entries.
    #[error("the site's catalogue lists no APIs; if that is right, run `topsdk catalogue --accept`")]
    Empty,
    /// More than a tenth of the stored entries are missing.
    #[error(
        "the site's catalogue lacks {lost} of the {known} APIs in {FILE}, `{example}` among them; if they are really gone, run `topsdk catalogue --accept`"
    )]
    Lost {
        /// How many entries are missing.
        lost: usize,
        /// The number of stored entries.
        known: usize,
        /// The first missing method.
        example: String,
    },
    /// Its documents have other methods.
    #[error(
        "the catalogue belongs to another site: of the {known} documents that {FILE} also has, {agree} have the same method; check --base-url, or run `topsdk catalogue --accept`"
    )]
    OtherSite {
        /// The number of common documents that have the same method.
        agree: usize,
        /// The number of documents that are in both catalogues.
        known: usize,
    },
}

impl Catalogue {
    /// Builds a catalogue. Entries of one document are merged; the method of the first is used.
    pub fn new(entries: impl IntoIterator<Item = CatalogueEntry>) -> Catalogue {
        let mut documents: BTreeMap<u64, CatalogueEntry> = BTreeMap::new();
        for entry in entries {
            match documents.get_mut(&entry.doc_id) {
                Some(known) => known.categories.extend(entry.categories),
                None => drop(documents.insert(entry.doc_id, entry)),
            }
        }
        let mut entries: Vec<CatalogueEntry> = documents.into_values().collect();
        entries.sort_by(|one, other| (&one.method, one.doc_id).cmp(&(&other.method, other.doc_id)));
        Catalogue { entries }
    }

    /// Parses the text of the file: one entry per line, in any order.
    ///
    /// # Errors
    /// The first invalid line.
    pub fn parse(text: &str) -> Result<Catalogue, CatalogueError> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let read = |(index, line)| {
            serde_json::from_str(line)
                .map_err(|error: serde_json::Error| CatalogueError { line: index + 1, problem: error.to_string() })
        };
        Ok(Catalogue::new(lines.map(read).collect::<Result<Vec<_>, _>>()?))
    }

    /// Returns the text of the file: one entry per line, sorted, so that a diff shows which APIs were added and removed.
    #[expect(clippy::expect_used, reason = "text, a number and a set of texts are always JSON")]
    pub fn to_jsonl(&self) -> String {
        let line = |entry| serde_json::to_string(entry).expect("an entry is JSON") + "\n";
        self.entries.iter().map(line).collect()
    }

    /// Returns all entries, sorted by method, then document number.
    pub fn entries(&self) -> &[CatalogueEntry] {
        &self.entries
    }

    /// Returns the entry of a method. If the method has several documents, returns the latest.
    pub fn find(&self, method: &str) -> Option<&CatalogueEntry> {
        let end = self.entries.partition_point(|entry| entry.method.as_str() <= method);
        self.entries[..end].last().filter(|entry| entry.method == method)
    }

    /// Returns the entries of a category, by its full name.
    pub fn in_category<'c>(&'c self, category: &'c str) -> impl Iterator<Item = &'c CatalogueEntry> {
        self.entries.iter().filter(move |entry| entry.categories.contains(category))
    }

    /// Returns the categories and the number of their entries.
    pub fn categories(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for category in self.entries.iter().flat_map(|entry| &entry.categories) {
            *counts.entry(category.as_str()).or_default() += 1;
        }
        counts
    }

    /// Returns suggestions for an unknown method, as the end of a message.
    pub fn did_you_mean(&self, method: &str) -> String {
        let meant = crate::did_you_mean(method, self.entries.iter().map(|entry| entry.method.as_str()));
        match self.search(&[method]).first() {
            // The edit distance cannot find a method whose first or last word is missing: others are just as near.
            Some(found) if meant.is_empty() && method.contains('.') => format!("; did you mean `{}`?", found.method),
            _ => meant,
        }
    }

    /// Returns suggestions for an unknown category, as the end of a message.
    pub fn did_you_mean_category(&self, name: &str) -> String {
        match self.search_categories(&[name]).as_slice() {
            [] => crate::did_you_mean(name, self.categories().into_keys()),
            found => {
                let found: Vec<String> = found.iter().take(3).map(|(name, _)| format!("`{name}`")).collect();
                format!("; did you mean {}?", found.join(" or "))
            }
        }
    }

    /// Checks whether this catalogue may replace an older one.
    ///
    /// # Errors
    /// If this catalogue is empty, lacks more than a tenth of the old entries, or agrees on the method for fewer than half
    /// of the documents that are in both.
    pub fn replaces(&self, old: &Catalogue) -> Result<(), CatalogueRefusal> {
        if self.entries.is_empty() {
            return Err(CatalogueRefusal::Empty);
        }
        let methods: BTreeMap<u64, &str> =
            self.entries.iter().map(|entry| (entry.doc_id, entry.method.as_str())).collect();
        let (common, lost): (Vec<_>, Vec<_>) =
            old.entries.iter().partition(|entry| methods.contains_key(&entry.doc_id));
        let agree = common.iter().filter(|entry| methods[&entry.doc_id] == entry.method).count();
        if agree * 2 < common.len() {
            return Err(CatalogueRefusal::OtherSite { agree, known: common.len() });
        }
        match lost.first() {
            Some(first) if lost.len() * 10 > old.entries.len() => Err(CatalogueRefusal::Lost {
                lost: lost.len(),
                known: old.entries.len(),
                example: first.method.clone(),
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(doc_id: u64, method: &str) -> CatalogueEntry {
        CatalogueEntry { method: method.to_owned(), doc_id, title: String::new(), categories: BTreeSet::new() }
    }

    fn numbered(ids: impl IntoIterator<Item = u64>) -> Catalogue {
        Catalogue::new(ids.into_iter().map(|id| entry(id, &format!("a.b.m{id}"))))
    }

    #[test]
    fn the_catalogue_file_is_sorted_and_read_back_unchanged() {
        let mut first = entry(9, "a.b.y");
        first.categories = ["乙".to_owned(), "甲".to_owned()].into();
        first.title = "标题".to_owned();
        let catalogue = Catalogue::new([first, entry(3, "a.b.z"), entry(2, "a.b.x"), entry(1, "a.b.y")]);
        let text = catalogue.to_jsonl();
        assert_eq!(
            text,
            "{\"method\":\"a.b.x\",\"doc_id\":2}\n{\"method\":\"a.b.y\",\"doc_id\":1}\n\
             {\"method\":\"a.b.y\",\"doc_id\":9,\"title\":\"标题\",\"categories\":[\"乙\",\"甲\"]}\n{\"method\":\"a.b.z\",\"doc_id\":3}\n"
        );
        assert_eq!(Catalogue::parse(&text), Ok(catalogue.clone()));
        assert_eq!(catalogue.find("a.b.y").map(|entry| entry.doc_id), Some(9));
        assert_eq!((catalogue.find("a.b.w"), catalogue.find("a.b.zz")), (None, None));
        assert_eq!(catalogue.categories(), [("乙", 1), ("甲", 1)].into());
        let error = Catalogue::parse("{\"method\":\"a.b\",\"doc_id\":1}\n\n{\"method\":\"a.b\"}\n").unwrap_err();
        assert_eq!(error.line, 3);
        assert!(error.to_string().contains("missing field `doc_id`"), "{error}");
    }

    #[test]
    fn a_catalogue_that_lost_a_tenth_is_refused() {
        let old = numbered(1..=20);
        assert_eq!(numbered(3..=40).replaces(&old), Ok(()), "a tenth may go");
        assert_eq!(
            numbered(4..=40).replaces(&old),
            Err(CatalogueRefusal::Lost { lost: 3, known: 20, example: "a.b.m1".to_owned() })
        );
        assert_eq!(numbered([]).replaces(&old), Err(CatalogueRefusal::Empty));
        assert_eq!(numbered([]).replaces(&Catalogue::default()), Err(CatalogueRefusal::Empty));
        assert_eq!(numbered([1]).replaces(&Catalogue::default()), Ok(()));
    }

    #[test]
    fn a_catalogue_of_another_site_is_refused() {
        let old = numbered(1..=20);
        let renamed = |count: u64| {
            Catalogue::new(
                (1..=20).map(|id| entry(id, &if id <= count { format!("x.y.{id}") } else { format!("a.b.m{id}") })),
            )
        };
        assert_eq!(renamed(10).replaces(&old), Ok(()));
        assert_eq!(renamed(11).replaces(&old), Err(CatalogueRefusal::OtherSite { agree: 9, known: 20 }));
    }
}
