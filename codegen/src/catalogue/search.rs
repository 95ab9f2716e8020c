//! Searches the catalogue by words, with the best matches first.

use std::cmp::Reverse;

use super::{Catalogue, CatalogueEntry};

impl Catalogue {
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
    let rate = |(at, _)| match (
        is_edge(method[..at].chars().next_back()),
        is_edge(method[at + word.len()..].chars().next()),
    ) {
        (true, true) => 12,
        (true, false) => 8,
        (false, _) => 5,
    };
    method.match_indices(word).map(rate).max().unwrap_or_default()
}

fn is_edge(letter: Option<char>) -> bool {
    letter.is_none_or(|letter| matches!(letter, '.' | '_' | '-'))
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
