//! Parses the site's catalogue response leniently: trees of any depth with any member names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Catalogue, CatalogueEntry};
use crate::page::words::{clip, is_method};

/// The `docType` of an API's document. Articles have 1, folders 0.
const API: u64 = 2;

/// The parsed catalogue response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogueResponse {
    /// The APIs in the response.
    pub catalogue: Catalogue,
    /// The invalid or contradictory entries.
    pub oddities: BTreeSet<Oddity>,
}

/// An invalid or contradictory entry of the response.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Oddity {
    /// The same document is listed with two methods.
    #[error("the catalogue lists document {doc_id} as `{kept}` and as `{other}`; the first is used")]
    TwoMethods {
        /// The document.
        doc_id: u64,
        /// The method that is used, which comes first.
        kept: String,
        /// The ignored method.
        other: String,
    },
    /// The name is not a valid method.
    #[error("the catalogue lists document {doc_id} as {name:?}, which is not a method; the entry is ignored")]
    NotMethod {
        /// The document.
        doc_id: u64,
        /// The first characters of the name.
        name: String,
    },
    /// The entry of an API has no document number.
    #[error("the catalogue lists `{name}` without a document number (`docId`: {found}); the entry is ignored")]
    NoNumber {
        /// The name.
        name: String,
        /// What was found instead of the number.
        found: String,
    },
}

impl CatalogueResponse {
    /// Reads `data` of the site's response.
    pub fn read(data: &Value) -> CatalogueResponse {
        let mut response = Reader::default();
        response.node(data, "");
        CatalogueResponse { catalogue: Catalogue::new(response.entries), oddities: response.oddities }
    }
}

#[derive(Default)]
struct Reader {
    entries: Vec<CatalogueEntry>,
    methods: BTreeMap<u64, String>,
    oddities: BTreeSet<Oddity>,
}

impl Reader {
    /// Reads a tree, an entry, or a list of these. Entries and folders have a `docType`. A node without one is a tree, and
    /// its name is the category of everything below it.
    fn node(&mut self, node: &Value, category: &str) {
        let node = match node {
            Value::Array(items) => return items.iter().for_each(|item| self.node(item, category)),
            Value::Object(node) => node,
            _ => return,
        };
        let named = |key| node.get(key).and_then(Value::as_str).map(str::trim).filter(|name| !name.is_empty());
        let category = match node.get("docType") {
            Some(kind) => {
                if number(kind) == Some(API) {
                    let doc_id = node.get("docId").unwrap_or(&Value::Null);
                    self.entry(
                        doc_id,
                        named("name").unwrap_or_default(),
                        named("subName").unwrap_or_default(),
                        category,
                    );
                }
                category
            }
            None => named("name").or(named("treeName")).unwrap_or(category),
        };
        node.values().for_each(|value| self.node(value, category));
    }

    fn entry(&mut self, doc_id: &Value, name: &str, title: &str, category: &str) {
        let oddity = match number(doc_id).filter(|id| *id > 0) {
            None => Oddity::NoNumber { name: clip(name), found: clip(&doc_id.to_string()) },
            Some(doc_id) if !is_method(name) => Oddity::NotMethod { doc_id, name: clip(name) },
            Some(doc_id) => {
                let kept = self.methods.entry(doc_id).or_insert_with(|| name.to_owned()).clone();
                if kept == name {
                    let categories: BTreeSet<String> =
                        Some(category.to_owned()).filter(|category| !category.is_empty()).into_iter().collect();
                    self.entries.push(CatalogueEntry { method: kept, doc_id, title: title.to_owned(), categories });
                    return;
                }
                Oddity::TwoMethods { doc_id, kept, other: name.to_owned() }
            }
        };
        self.oddities.insert(oddity);
    }
}

/// Returns a number that may be written as text.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &str) -> CatalogueResponse {
        CatalogueResponse::read(&serde_json::from_str(data).unwrap())
    }

    #[test]
    fn all_trees_are_read_at_any_depth_and_articles_are_not() {
        let response = read(
            r#"{"id":1,"name":"API文档","treeCategories":[
              {"id":0,"name":"第0部分","catelogTrees":[{"id":5,"name":"交易API","treeName":"x","catelogList":[
                {"docId":2,"docType":2,"name":" a.b.two ","subName":"二","id":900,"pid":5,"children":[]},
                {"docId":0,"docType":0,"name":"更多","children":[{"docId":"3","docType":"2","name":"a.b.three","subName":null,
                  "children":[{"docId":4,"docType":2,"name":"a.b.four"}]}]},
                {"docId":101,"docType":1,"name":"API调用方法详解","children":[]}]}]},
              {"id":1,"name":"第1部分","catelogTrees":[{"id":6,"name":null,"treeName":"用户API","catelogList":[
                {"docId":2,"docType":2,"name":"a.b.two","subName":"二"}]}]}]}"#,
        );
        assert_eq!(response.oddities, BTreeSet::new());
        assert_eq!(
            response.catalogue.to_jsonl(),
            "{\"method\":\"a.b.four\",\"doc_id\":4,\"categories\":[\"交易API\"]}\n\
             {\"method\":\"a.b.three\",\"doc_id\":3,\"categories\":[\"交易API\"]}\n\
             {\"method\":\"a.b.two\",\"doc_id\":2,\"title\":\"二\",\"categories\":[\"交易API\",\"用户API\"]}\n"
        );
    }

    #[test]
    fn what_is_wrong_with_an_entry_is_reported_once() {
        let response = read(
            r#"{"treeCategories":[{"name":"t","catelogTrees":[{"name":"c","catelogList":[
                {"docId":7,"docType":2,"name":"a.b.first"},{"docId":7,"docType":2,"name":"a.b.other"},
                {"docId":7,"docType":2,"name":"a.b.other"},{"docId":8,"docType":2,"name":"../evil"},
                {"docId":null,"docType":2,"name":"a.b.lost"},{"docId":0,"docType":2,"name":"a.b.zero"}]}]}]}"#,
        );
        assert_eq!(response.catalogue.to_jsonl(), "{\"method\":\"a.b.first\",\"doc_id\":7,\"categories\":[\"c\"]}\n");
        let oddities: Vec<String> = response.oddities.iter().map(ToString::to_string).collect();
        assert_eq!(
            oddities,
            [
                "the catalogue lists document 7 as `a.b.first` and as `a.b.other`; the first is used",
                "the catalogue lists document 8 as \"../evil\", which is not a method; the entry is ignored",
                "the catalogue lists `a.b.lost` without a document number (`docId`: null); the entry is ignored",
                "the catalogue lists `a.b.zero` without a document number (`docId`: 0); the entry is ignored",
            ]
        );
    }

    #[test]
    fn any_json_is_read_without_an_error() {
        for data in ["null", "[]", "{}", "3", r#"{"treeCategories":{"docType":2}}"#] {
            assert_eq!(read(data).catalogue.entries(), [], "{data}");
        }
    }
}
