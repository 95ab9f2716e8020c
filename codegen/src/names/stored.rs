//! The names of one API as `names.json` keeps them, and which stored struct a struct of the page is.
//!
//! A struct is found again by its identity: its type, or its place where the places of its type contradict each other. Both
//! are stored, so that the other one is its alias when the page changes from one case to the other.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use topsdk_spec::structs::Struct;
use topsdk_spec::{Side, is_unnamed};

/// The names of one API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiNames {
    /// The API's module, under the two segments of its method's prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) module: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) request: Vec<StructNames>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) response: Vec<StructNames>,
}

/// The names of a struct, its fields, and the struct of its required fields. What is absent is named by the rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct StructNames {
    /// The documented type; absent for the request and the response, and for an object without a type.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub(super) word: String,
    /// The highest place, as [`place`] writes it; absent for the request and the response.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) place: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) required: Option<String>,
    /// By wire name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) fields: BTreeMap<String, String>,
}

impl ApiNames {
    pub(super) fn side(&self, side: Side) -> &[StructNames] {
        match side {
            Side::Request => &self.request,
            Side::Response => &self.response,
        }
    }

    /// Every name with where it stands.
    pub(super) fn all(&self) -> impl Iterator<Item = (String, &String)> {
        let sides = [("request", &self.request), ("response", &self.response)];
        sides.into_iter().flat_map(|(side, structs)| {
            let names = structs.iter().flat_map(StructNames::all);
            names.map(move |(item, name)| (format!("{side}{item}"), name))
        })
    }
}

impl StructNames {
    fn all(&self) -> impl Iterator<Item = (String, &String)> {
        let object = match (self.word.as_str(), self.place.as_str()) {
            ("", "") => String::new(),
            (word, "") => format!(", type `{word}`"),
            (_, place) => format!(", struct at `{place}`"),
        };
        let fields = self.fields.iter().map(|(wire, name)| (format!(", field `{wire}`"), name));
        let own = self.name.iter().chain(&self.required).map(|name| (String::new(), name));
        own.chain(fields).map(move |(item, name)| (format!("{object}{item}"), name))
    }
}

/// A path of wire names as text. A dot in a name is escaped, so that two places never are one text.
pub(super) fn place(path: &[&str]) -> String {
    let names: Vec<String> = path.iter().map(|name| name.replace('\\', "\\\\").replace('.', "\\.")).collect();
    names.join(".")
}

/// What is stored about a struct of the page.
#[derive(Clone, Copy)]
pub(super) struct Stored<'n> {
    /// The struct itself.
    pub(super) own: Option<&'n StructNames>,
    /// The first one of its type, from which it may have split: fields are called as there.
    pub(super) of_type: Option<&'n StructNames>,
}

/// What a stored struct is found by.
#[derive(PartialEq, Eq, Hash)]
enum Key<'k> {
    Both(&'k str, &'k str),
    Type(&'k str),
    Place(&'k str),
}

/// What is stored about each struct of one side, whose paths are `places`. No two structs get the same stored one.
pub(super) fn find<'n>(stored: &'n [StructNames], structs: &[Struct<'_>], places: &[String]) -> Vec<Stored<'n>> {
    let mut by_key: HashMap<Key<'_>, Vec<usize>> = HashMap::new();
    for (index, StructNames { word, place, .. }) in stored.iter().enumerate() {
        for key in [Key::Both(word, place), Key::Type(word), Key::Place(place)] {
            by_key.entry(key).or_default().push(index);
        }
    }
    let mut is_free = vec![true; stored.len()];
    let mut found = vec![None; structs.len()];
    // First what has not changed at all, then by identity, then the highest place of a type that has split.
    for step in 0..3 {
        for ((object, place), found) in structs.iter().zip(places).zip(&mut found).filter(|(_, found)| found.is_none())
        {
            let word = object.type_name;
            let key = match (step, object.is_apart) {
                (0, _) => Some(Key::Both(word, place)),
                // The request and the response never become anything else.
                _ if object.path.is_empty() => None,
                (1, true) => Some(Key::Place(place)),
                (1, false) => Some(Key::Type(word)),
                _ => (object.is_apart && object.is_highest && !is_unnamed(word)).then_some(Key::Type(word)),
            };
            let mut candidates = key.and_then(|key| by_key.get(&key)).into_iter().flatten().copied();
            *found = candidates.find(|index| std::mem::replace(&mut is_free[*index], false));
        }
    }
    let found = found.into_iter().zip(structs).map(|(own, object)| {
        let of_type = by_key.get(&Key::Type(object.type_name)).and_then(|same| same.first());
        let of_type = of_type.filter(|_| !is_unnamed(object.type_name));
        Stored { own: own.map(|index: usize| &stored[index]), of_type: of_type.map(|index| &stored[*index]) }
    });
    found.collect()
}
