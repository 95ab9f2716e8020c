//! Reads the site's catalogue response leniently: trees of any depth with any member names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Catalogue, CatalogueEntry};
use crate::page::words::{clip, is_method};

/// The `docType` of an API's document. Articles have 1, folders 0.
const API: u64 = 2;

impl Catalogue {
    /// Reads `data` of the site's response. Returns a message for each entry that is invalid or contradicts another one.
    pub fn from_response(data: &Value) -> (Catalogue, Vec<String>) {
        let mut nodes = Vec::new();
        collect(data, "", &mut nodes);
        let mut methods: BTreeMap<u64, &str> = BTreeMap::new();
        let (mut entries, mut oddities, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (node, category) in nodes {
            let name = text(node, "name").unwrap_or_default();
            let found = &node["docId"];
            let oddity = match number(found).filter(|id| *id > 0) {
                None => {
                    let (name, found) = (clip(name), clip(&found.to_string()));
                    format!("lists `{name}` without a document number (`docId`: {found}); the entry is ignored")
                }
                Some(doc_id) if !is_method(name) => {
                    format!("lists document {doc_id} as {:?}, which is not a method; the entry is ignored", clip(name))
                }
                Some(doc_id) => {
                    let kept = *methods.entry(doc_id).or_insert(name);
                    if kept == name {
                        let title = text(node, "subName").unwrap_or_default().to_owned();
                        let categories = Some(category.to_owned()).filter(|category| !category.is_empty());
                        let (method, categories) = (name.to_owned(), categories.into_iter().collect());
                        entries.push(CatalogueEntry { method, doc_id, title, categories });
                        continue;
                    }
                    format!("lists document {doc_id} as `{kept}` and as `{name}`; the first is used")
                }
            };
            if seen.insert(oddity.clone()) {
                oddities.push(format!("the catalogue {oddity}"));
            }
        }
        (Catalogue::new(entries), oddities)
    }
}

/// Collects the nodes of APIs with their categories. Entries and folders have a `docType`. A node without one is a tree, and
/// its name is the category of everything below it.
fn collect<'d>(node: &'d Value, category: &'d str, found: &mut Vec<(&'d Value, &'d str)>) {
    match node {
        Value::Array(items) => items.iter().for_each(|item| collect(item, category, found)),
        Value::Object(members) => {
            let kind = members.get("docType");
            let named = || text(node, "name").or(text(node, "treeName"));
            let category = if kind.is_some() { category } else { named().unwrap_or(category) };
            if kind.and_then(number) == Some(API) {
                found.push((node, category));
            }
            members.values().for_each(|value| collect(value, category, found));
        }
        _ => {}
    }
}

/// Returns the text of a member, unless it is empty.
fn text<'d>(node: &'d Value, name: &str) -> Option<&'d str> {
    node.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// Returns a number that may be written as text.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &str) -> (Catalogue, Vec<String>) {
        Catalogue::from_response(&serde_json::from_str(data).unwrap())
    }

    #[test]
    fn all_trees_are_read_at_any_depth_and_articles_are_not() {
        let (catalogue, oddities) = read(
            r#"{"id":1,"name":"API文档","treeCategories":[
              {"id":0,"name":"第0部分","catelogTrees":[{"id":5,"name":"交易API","treeName":"x","catelogList":[
                {"docId":2,"docType":2,"name":" a.b.two ","subName":"二","id":900,"pid":5,"children":[]},
                {"docId":0,"docType":0,"name":"更多","children":[{"docId":"3","docType":"2","name":"a.b.three","subName":null,
                  "children":[{"docId":4,"docType":2,"name":"a.b.four"}]}]},
                {"docId":101,"docType":1,"name":"API调用方法详解","children":[]}]}]},
              {"id":1,"name":"第1部分","catelogTrees":[{"id":6,"name":null,"treeName":"用户API","catelogList":[
                {"docId":2,"docType":2,"name":"a.b.two","subName":"二"}]}]}]}"#,
        );
        assert_eq!(oddities, [""; 0]);
        assert_eq!(
            catalogue.to_jsonl(),
            "{\"method\":\"a.b.four\",\"doc_id\":4,\"categories\":[\"交易API\"]}\n\
             {\"method\":\"a.b.three\",\"doc_id\":3,\"categories\":[\"交易API\"]}\n\
             {\"method\":\"a.b.two\",\"doc_id\":2,\"title\":\"二\",\"categories\":[\"交易API\",\"用户API\"]}\n"
        );
    }

    #[test]
    fn what_is_wrong_with_an_entry_is_reported_once() {
        let (catalogue, oddities) = read(
            r#"{"treeCategories":[{"name":"t","catelogTrees":[{"name":"c","catelogList":[
                {"docId":7,"docType":2,"name":"a.b.first"},{"docId":7,"docType":2,"name":"a.b.other"},
                {"docId":7,"docType":2,"name":"a.b.other"},{"docId":8,"docType":2,"name":"../evil"},
                {"docId":null,"docType":2,"name":"a.b.lost"},{"docId":0,"docType":2,"name":"a.b.zero"}]}]}]}"#,
        );
        assert_eq!(catalogue.to_jsonl(), "{\"method\":\"a.b.first\",\"doc_id\":7,\"categories\":[\"c\"]}\n");
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
            assert_eq!(read(data).0.entries(), [], "{data}");
        }
    }
}
