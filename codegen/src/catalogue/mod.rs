//! The site's catalogue as `spec/catalogue.jsonl` keeps it: entries, look-up, and what may replace it.
//!
//! The platform has no mark for a retired API: it disappears from this catalogue (docs/pages.md, "The site's catalogue").

mod answer;
mod search;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use answer::{CatalogueAnswer, Oddity};

/// Where a repository keeps the catalogue.
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
    /// The categories that it stands in, sorted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub categories: BTreeSet<String>,
}

/// All APIs that the site lists, sorted by method; each document once.
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

/// A line of the file that is no entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{FILE}:{line}: expected an entry with `method` and `doc_id`: {problem}; to fetch the file again, run `topsdk catalogue --accept`"
)]
pub struct CatalogueError {
    /// The line, from 1.
    pub line: usize,
    /// What was found.
    pub problem: String,
}

/// Why a catalogue does not replace the one that is there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueRefusal {
    /// It has no entries.
    #[error("the site's catalogue has no API at all; if that is right, run `topsdk catalogue --accept`")]
    Empty,
    /// It has lost more than a tenth of the entries.
    #[error(
        "the site's catalogue lacks {lost} of the {known} APIs in {FILE}, `{example}` among them; if they are really gone, run `topsdk catalogue --accept`"
    )]
    Lost {
        /// How many entries are missing.
        lost: usize,
        /// How many there are in the catalogue that is there.
        known: usize,
        /// The first of them.
        example: String,
    },
    /// Its documents are of other methods.
    #[error(
        "the site's catalogue is of another site: of {known} documents that {FILE} has, too, {agree} have the same method; check --base-url, or run `topsdk catalogue --accept`"
    )]
    OtherSite {
        /// How many documents have the method that they had.
        agree: usize,
        /// How many documents both catalogues have.
        known: usize,
    },
}

impl Catalogue {
    /// The catalogue of these entries. Entries of one document are united; the method of the first counts.
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

    /// Reads the file's text: an entry a line, in any order.
    ///
    /// # Errors
    /// The first line that is no entry.
    pub fn parse(text: &str) -> Result<Catalogue, CatalogueError> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let read = |(index, line)| {
            serde_json::from_str(line)
                .map_err(|error: serde_json::Error| CatalogueError { line: index + 1, problem: error.to_string() })
        };
        Ok(Catalogue::new(lines.map(read).collect::<Result<Vec<_>, _>>()?))
    }

    /// The file's text: an entry a line, sorted, so that a diff names the APIs that came and went.
    #[expect(clippy::expect_used, reason = "text, a number and a set of texts are always JSON")]
    pub fn to_jsonl(&self) -> String {
        let line = |entry| serde_json::to_string(entry).expect("an entry is JSON") + "\n";
        self.entries.iter().map(line).collect()
    }

    /// All entries, sorted by method, then document.
    pub fn entries(&self) -> &[CatalogueEntry] {
        &self.entries
    }

    /// The entry of a method; of several documents of one method, the latest.
    pub fn find(&self, method: &str) -> Option<&CatalogueEntry> {
        let end = self.entries.partition_point(|entry| entry.method.as_str() <= method);
        self.entries[..end].last().filter(|entry| entry.method == method)
    }

    /// The entries of a category, by its whole name.
    pub fn in_category<'c>(&'c self, category: &'c str) -> impl Iterator<Item = &'c CatalogueEntry> {
        self.entries.iter().filter(move |entry| entry.categories.contains(category))
    }

    /// The categories, with the number of their entries.
    pub fn categories(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for category in self.entries.iter().flat_map(|entry| &entry.categories) {
            *counts.entry(category.as_str()).or_default() += 1;
        }
        counts
    }

    /// Where a method is not in the catalogue: the ones that it may stand for, as the end of a message.
    pub fn did_you_mean(&self, method: &str) -> String {
        let meant = crate::did_you_mean(method, self.entries.iter().map(|entry| entry.method.as_str()));
        match self.search(&[method]).first() {
            // A method without its first or last word is no nearer to it than to others.
            Some(found) if meant.is_empty() && method.contains('.') => format!("; did you mean `{}`?", found.method),
            _ => meant,
        }
    }

    /// Where a name is no category: the ones that it may stand for, as the end of a message.
    pub fn did_you_mean_category(&self, name: &str) -> String {
        match self.search_categories(&[name]).as_slice() {
            [] => crate::did_you_mean(name, self.categories().into_keys()),
            found => {
                let found: Vec<String> = found.iter().take(3).map(|(name, _)| format!("`{name}`")).collect();
                format!("; did you mean {}?", found.join(" or "))
            }
        }
    }

    /// Whether this catalogue may replace an older one.
    ///
    /// # Errors
    /// Where it is empty, lacks more than a tenth of the old entries, or gives fewer than half of the documents that both have
    /// the same method.
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
    fn the_file_is_sorted_and_reads_back() {
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
    fn a_catalogue_that_lost_too_much_replaces_nothing() {
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
    fn a_catalogue_of_another_site_replaces_nothing() {
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
