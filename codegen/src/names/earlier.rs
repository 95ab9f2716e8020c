//! Reads the `names.json` format that precedes `"format": 1`: `{"METHOD": {"ITEM": "NAME"}}`. It holds only the names
//! that were the first candidate of more than one item.
//!
//! An item is `module`, `request Item`, `response Item@data.items` (at one path), or `response @data.items` (of any
//! type), each optionally followed by ` required` or `#field`.

use std::collections::BTreeMap;

use topsdk_spec::Side;

use super::stored::{ApiNames, StructNames};

/// Returns the names in such a file, by method.
pub(super) fn read(text: &str) -> Result<BTreeMap<String, ApiNames>, serde_json::Error> {
    let apis: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_str(text)?;
    Ok(apis.into_iter().map(|(method, items)| (method, api(items))).collect())
}

fn api(items: BTreeMap<String, String>) -> ApiNames {
    let mut names = ApiNames::default();
    let mut structs: BTreeMap<(Side, String), StructNames> = BTreeMap::new();
    for (item, name) in items {
        let (side, rest) = match (item.strip_prefix("request"), item.strip_prefix("response")) {
            (Some(rest), _) => (Side::Request, rest),
            (None, Some(rest)) => (Side::Response, rest),
            (None, None) => {
                if item == "module" {
                    names.module = Some(name);
                }
                continue;
            }
        };
        let (object, wire) = rest.split_once('#').map_or((rest, None), |(object, wire)| (object, Some(wire)));
        let bundle = object.strip_suffix(" required").filter(|_| wire.is_none());
        let key = bundle.unwrap_or(object).strip_prefix(' ').unwrap_or_default().to_owned();
        let entry = structs.entry((side, key)).or_default();
        match wire {
            Some(wire) => drop(entry.fields.insert(wire.to_owned(), name)),
            None if bundle.is_some() => entry.required = Some(name),
            None => entry.name = Some(name),
        }
    }
    // Several keys may name the same struct: its type, its type at the shallowest path, or that path alone.
    for ((side, key), object) in structs {
        let (word, place) = key.split_once('@').unwrap_or((&key, ""));
        let of_side = if side == Side::Request { &mut names.request } else { &mut names.response };
        let same = of_side.iter().position(|other| object.name.is_some() && other.name == object.name);
        let index = same.unwrap_or(of_side.len());
        if index == of_side.len() {
            of_side.push(StructNames::default());
        }
        let entry = &mut of_side[index];
        for (text, found) in [(&mut entry.word, word), (&mut entry.place, place)] {
            if text.is_empty() {
                found.clone_into(text);
            }
        }
        entry.name = object.name.or(entry.name.take());
        entry.required = object.required.or(entry.required.take());
        entry.fields.extend(object.fields);
    }
    names
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
