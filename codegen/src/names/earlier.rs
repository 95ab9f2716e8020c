//! Reads the `names.json` format that precedes `"format": 1`: `{"METHOD": {"ITEM": "NAME"}}`. It holds only the names
//! that were the first candidate of more than one item.
//!
//! An item is `module`, `request Item`, `response Item@data.items` (at one path), or `response @data.items` (of any
//! type), each optionally followed by ` required` or `#field`.

use std::collections::BTreeMap;

use super::stored::{ApiNames, StructNames};

/// Returns the names in such a file, by method.
pub(super) fn read(text: &str) -> Result<BTreeMap<String, ApiNames>, serde_json::Error> {
    let apis: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_str(text)?;
    Ok(apis.into_iter().map(|(method, items)| (method, api(items))).collect())
}

fn api(mut items: BTreeMap<String, String>) -> ApiNames {
    let mut names = ApiNames { module: items.remove("module"), ..ApiNames::default() };
    for (side, found) in [("request", &mut names.request), ("response", &mut names.response)] {
        let mut structs: BTreeMap<&str, StructNames> = BTreeMap::new();
        for (item, name) in items.iter().filter_map(|(item, name)| Some((item.strip_prefix(side)?, name))) {
            let (object, wire) = item.split_once('#').map_or((item, None), |(object, wire)| (object, Some(wire)));
            let bundle = object.strip_suffix(" required").filter(|_| wire.is_none());
            let entry = structs.entry(bundle.unwrap_or(object).strip_prefix(' ').unwrap_or_default()).or_default();
            match wire {
                Some(wire) => drop(entry.fields.insert(wire.to_owned(), name.clone())),
                None if bundle.is_some() => entry.required = Some(name.clone()),
                None => entry.name = Some(name.clone()),
            }
        }
        for (key, object) in structs {
            add(found, key, object);
        }
    }
    names
}

/// Adds the names under a key. Several keys may name the same struct: its type, its type at the shallowest path, or that
/// path alone.
fn add(found: &mut Vec<StructNames>, key: &str, object: StructNames) {
    let (word, place) = key.split_once('@').unwrap_or((key, ""));
    let object = StructNames { word: word.to_owned(), place: place.to_owned(), ..object };
    let Some(same) = found.iter_mut().find(|other| object.name.is_some() && other.name == object.name) else {
        return found.push(object);
    };
    for (text, other) in [(&mut same.word, object.word), (&mut same.place, object.place)] {
        if text.is_empty() {
            *text = other;
        }
    }
    same.required = object.required.or(same.required.take());
    same.fields.extend(object.fields);
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::names::stored::StructNames;

    #[test]
    fn keys_of_one_struct_become_one_entry() {
        let text = r##"{"a.b.c": {
            "module": "c_2",
            "request Item": "ItemParam", "request Item@item": "ItemParam", "request required": "ABCRequestRequired2",
            "response Item@data.item": "DataItem", "response @data.item": "DataItem",
            "response Item@data.item#itemId": "item_id_2", "response#item_id": "item_id"
        }}"##;
        let apis = read(text).unwrap();
        let names = &apis["a.b.c"];
        assert_eq!(names.module.as_deref(), Some("c_2"));
        let field = |wire: &str, name: &str| [(wire.to_owned(), name.to_owned())].into();
        let object = |word: &str, place: &str, name: &str| StructNames {
            word: word.to_owned(),
            place: place.to_owned(),
            name: Some(name.to_owned()),
            ..StructNames::default()
        };
        let root = StructNames { required: Some("ABCRequestRequired2".to_owned()), ..StructNames::default() };
        assert_eq!(names.request, [root, object("Item", "item", "ItemParam")]);
        let item = StructNames { fields: field("itemId", "item_id_2"), ..object("Item", "data.item", "DataItem") };
        let root = StructNames { fields: field("item_id", "item_id"), ..StructNames::default() };
        assert_eq!(names.response, [root, item]);
    }
}
