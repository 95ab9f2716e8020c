//! The site's catalogue as stored in `spec/catalogue.jsonl`: entries, look-up, search, and rules for replacing it.
//!
//! The platform does not mark retired APIs: they disappear from this catalogue (docs/pages.md, "The site's catalogue").

mod response;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

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

/// An invalid line of the catalogue file: its number, from 1, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{FILE}:{0}: expected an entry with `method` and `doc_id`: {1}; to fetch the file again, run `topsdk catalogue --accept`"
)]
pub struct CatalogueError(usize, String);

/// Why a catalogue may not replace the stored one, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CatalogueRefusal(String);

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
        let failed = |index: usize, error: serde_json::Error| CatalogueError(index + 1, error.to_string());
        let read = |(index, line)| serde_json::from_str(line).map_err(|error| failed(index, error));
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

    /// Returns the entries whose method, title or category contains all words, best first. Case does not matter.
    ///
    /// ```
    /// use topsdk_codegen::catalogue::Catalogue;
    ///
    /// let catalogue = Catalogue::parse(concat!(
    ///     r#"{"method":"taobao.trade.get","doc_id":1,"title":"订单详情","categories":["交易API"]}"#, "\n",
    ///     r#"{"method":"taobao.item.get","doc_id":2,"title":"商品详情","categories":["商品API"]}"#, "\n",
    /// ))?;
    /// assert_eq!(catalogue.search(&["详情"]).len(), 2);
    /// assert_eq!(catalogue.search(&["交易", "get"])[0].method, "taobao.trade.get");
    /// # Ok::<(), topsdk_codegen::catalogue::CatalogueError>(())
    /// ```
    pub fn search<W: AsRef<str>>(&self, words: &[W]) -> Vec<&CatalogueEntry> {
        let words: Vec<String> = words.iter().map(|word| word.as_ref().to_lowercase()).collect();
        let rated = self.entries.iter().filter_map(|entry| Some((rate(entry, &words)?, entry)));
        let mut found: Vec<(u32, &CatalogueEntry)> = rated.collect();
        // Among equal ratings, prefer shorter entries: they contain less that was not searched for.
        let length = |entry: &CatalogueEntry| entry.method.len() + entry.title.len();
        found.sort_by_key(|(rate, entry)| (Reverse(*rate), length(entry), entry.method.as_str(), entry.doc_id));
        found.into_iter().map(|(_, entry)| entry).collect()
    }

    /// Returns the categories whose name contains all words, with the number of their entries, largest first.
    pub fn search_categories<W: AsRef<str>>(&self, words: &[W]) -> Vec<(&str, usize)> {
        let words: Vec<String> = words.iter().map(|word| word.as_ref().to_lowercase()).collect();
        let has_all = |name: &str| words.iter().all(|word| name.to_lowercase().contains(word));
        let mut found: Vec<(&str, usize)> =
            self.categories().into_iter().filter(|(category, _)| has_all(category)).collect();
        found.sort_by_key(|(category, count)| (Reverse(*count), *category));
        found
    }

    /// Checks whether this catalogue may replace an older one.
    ///
    /// # Errors
    /// If this catalogue is empty, lacks more than a tenth of the old entries, or agrees on the method for fewer than half
    /// of the documents that are in both.
    pub fn replaces(&self, old: &Catalogue) -> Result<(), CatalogueRefusal> {
        let refused = |problem: String| Err(CatalogueRefusal(format!("{problem} run `topsdk catalogue --accept`")));
        if self.entries.is_empty() {
            return refused("the site's catalogue lists no APIs; if that is right,".to_owned());
        }
        let methods: BTreeMap<u64, &str> =
            self.entries.iter().map(|entry| (entry.doc_id, entry.method.as_str())).collect();
        let (common, lost): (Vec<_>, Vec<_>) =
            old.entries.iter().partition(|entry| methods.contains_key(&entry.doc_id));
        let agree = common.iter().filter(|entry| methods[&entry.doc_id] == entry.method).count();
        if agree * 2 < common.len() {
            return refused(format!(
                "the catalogue belongs to another site: of the {} documents that {FILE} also has, {agree} have the same method; \
                 check --base-url, or",
                common.len()
            ));
        }
        match lost.first() {
            Some(first) if lost.len() * 10 > old.entries.len() => refused(format!(
                "the site's catalogue lacks {} of the {} APIs in {FILE}, `{}` among them; if they are really gone,",
                lost.len(),
                old.entries.len(),
                first.method
            )),
            _ => Ok(()),
        }
    }
}

/// Returns how well an entry matches, or `None` if a word does not occur.
fn rate(entry: &CatalogueEntry, words: &[String]) -> Option<u32> {
    let (method, title) = (entry.method.to_lowercase(), entry.title.to_lowercase());
    let mut sum = 0;
    for word in words {
        let category = entry.categories.iter().map(|category| in_text(&category.to_lowercase(), word) / 2).max();
        match in_method(&method, word) + in_text(&title, word) + category.unwrap_or_default() {
            0 => return None,
            rate => sum += rate,
        }
    }
    Some(sum)
}

/// Rates how well a word matches a method: all of it, whole words between dots, the start of a word, or anywhere.
fn in_method(method: &str, word: &str) -> u32 {
    if method == word {
        return 100;
    }
    let edges = ['.', '_', '-'];
    let rate = |(at, _)| {
        let (before, after) = (&method[..at], &method[at + word.len()..]);
        let begins = before.is_empty() || before.ends_with(edges);
        let ends = after.is_empty() || after.starts_with(edges);
        if begins && ends {
            12
        } else if begins {
            8
        } else {
            5
        }
    };
    method.match_indices(word).map(rate).max().unwrap_or_default()
}

/// Rates how well a word matches a title or the name of a category, with or without its `API` suffix.
fn in_text(text: &str, word: &str) -> u32 {
    match text.trim_end_matches("api") {
        core if text == word || core == word => 12,
        _ if text.starts_with(word) => 8,
        _ if text.contains(word) => 6,
        _ => 0,
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
        let error = error.to_string();
        assert!(error.starts_with("spec/catalogue.jsonl:3: ") && error.contains("missing field `doc_id`"), "{error}");
    }

    #[test]
    fn a_catalogue_that_lost_a_tenth_is_refused() {
        let old = numbered(1..=20);
        assert_eq!(numbered(3..=40).replaces(&old), Ok(()), "a tenth may go");
        let refusal = |new: Catalogue, old| new.replaces(old).unwrap_err().to_string();
        assert_eq!(
            refusal(numbered(4..=40), &old),
            "the site's catalogue lacks 3 of the 20 APIs in spec/catalogue.jsonl, `a.b.m1` among them; if they are really gone, \
             run `topsdk catalogue --accept`"
        );
        let empty = "the site's catalogue lists no APIs; if that is right, run `topsdk catalogue --accept`";
        assert_eq!(refusal(numbered([]), &old), empty);
        assert_eq!(refusal(numbered([]), &Catalogue::default()), empty);
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
        assert_eq!(
            renamed(11).replaces(&old).unwrap_err().to_string(),
            "the catalogue belongs to another site: of the 20 documents that spec/catalogue.jsonl also has, 9 have the same \
             method; check --base-url, or run `topsdk catalogue --accept`"
        );
    }

    fn catalogue() -> Catalogue {
        let lines = [
            ("taobao.trades.sold.get", "查询卖家已卖出的交易数据", "交易API"),
            ("taobao.trades.sold.increment.get", "查询卖家已卖出的增量交易数据", "交易API"),
            ("taobao.trade.fullinfo.get", "获取单笔订单的详细信息", "交易API"),
            ("taobao.oldtrades.sold", "x", "交易API"),
            ("taobao.item.get", "订单商品", "商品API"),
            ("tmall.item.Get", "商品", "天猫商品API"),
        ];
        let line = |(index, (method, title, category)): (usize, &(&str, &str, &str))| {
            format!(r#"{{"method":"{method}","doc_id":{},"title":"{title}","categories":["{category}"]}}"#, index + 1)
        };
        Catalogue::parse(&lines.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")).unwrap()
    }

    fn found(words: &[&str]) -> Vec<String> {
        catalogue().search(words).into_iter().map(|entry| entry.method.clone()).collect()
    }

    #[test]
    fn all_words_must_match_and_the_best_match_comes_first() {
        assert_eq!(
            found(&["trades.sold"]),
            ["taobao.trades.sold.get", "taobao.trades.sold.increment.get", "taobao.oldtrades.sold"]
        );
        assert_eq!(found(&["交易", "订单"]), ["taobao.trade.fullinfo.get"]);
        assert_eq!(found(&["商品"]), ["tmall.item.Get", "taobao.item.get"]);
        assert_eq!(found(&["ITEM", "get", "天猫"]), ["tmall.item.Get"]);
        assert_eq!(found(&["taobao.item.get"])[0], "taobao.item.get");
        assert!(found(&["nothing"]).is_empty());
    }

    #[test]
    fn categories_are_found_by_words_of_their_names() {
        let catalogue = catalogue();
        assert_eq!(catalogue.search_categories::<&str>(&[]), [("交易API", 4), ("商品API", 1), ("天猫商品API", 1)]);
        assert_eq!(catalogue.search_categories(&["商品", "api"]), [("商品API", 1), ("天猫商品API", 1)]);
    }

    #[test]
    fn suggestions_for_a_misspelt_method_are_the_nearest() {
        let catalogue = catalogue();
        assert_eq!(catalogue.did_you_mean("taobao.trade.sold.get"), "; did you mean `taobao.trades.sold.get`?");
        assert_eq!(catalogue.did_you_mean("sold.increment"), "; did you mean `taobao.trades.sold.increment.get`?");
        assert_eq!(catalogue.did_you_mean("qimen.x.y"), "");
    }
}
