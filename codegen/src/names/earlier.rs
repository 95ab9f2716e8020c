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
        if item == "module" {
            names.module = Some(name);
            continue;
        }
        let (side, rest) = match (item.strip_prefix("request"), item.strip_prefix("response")) {
            (Some(rest), _) => (Side::Request, rest),
            (None, Some(rest)) => (Side::Response, rest),
            (None, None) => continue,
        };
        let (object, of_object): (&str, fn(&mut StructNames, String, String)) = match rest.split_once('#') {
            Some((object, _)) => (object, |object, wire, name| drop(object.fields.insert(wire, name))),
            None => match rest.strip_suffix(" required") {
                Some(object) => (object, |object, _, name| object.required = Some(name)),
                None => (rest, |object, _, name| object.name = Some(name)),
            },
        };
        let wire = rest.split_once('#').map(|(_, wire)| wire.to_owned()).unwrap_or_default();
        let key = object.strip_prefix(' ').unwrap_or_default().to_owned();
        of_object(structs.entry((side, key)).or_default(), wire, name);
    }
    // Several keys may name the same struct: its type, its type at the shallowest path, or that path alone.
    for ((side, key), object) in structs {
        let (word, place) = key.split_once('@').unwrap_or((&key, ""));
        let of_side = match side {
            Side::Request => &mut names.request,
            Side::Response => &mut names.response,
        };
        let same = of_side.iter_mut().find(|other| object.name.is_some() && other.name == object.name);
        let entry = match same {
            Some(same) => same,
            None => {
                of_side.push(StructNames::default());
                let Some(last) = of_side.last_mut() else { continue };
                last
            }
        };
        if entry.word.is_empty() {
            word.clone_into(&mut entry.word);
        }
        if entry.place.is_empty() {
            place.clone_into(&mut entry.place);
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
