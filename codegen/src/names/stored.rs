//! The names of one API as `names.json` keeps them, and which stored struct a struct of the page is.
//!
//! A struct is found again by its identity: its type, or its place where the places of its type contradict each other. Both
//! are stored, so that the other one is its alias when the page changes from one case to the other.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use topsdk_spec::Side;

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

/// What a struct of the page is found by.
#[derive(Clone, Copy)]
pub(super) struct Identity<'a> {
    pub(super) word: &'a str,
    pub(super) place: &'a str,
    /// Whether it is the struct of that place alone.
    pub(super) is_apart: bool,
    /// Whether it may be what all places of its type were before they contradicted each other: the highest of them.
    pub(super) is_heir: bool,
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

/// A rule that finds candidates for a struct among the stored ones, the best first.
type Step<'s> = dyn Fn(&Identity<'_>) -> Vec<usize> + 's;

/// The stored struct of each struct of one side. No two get the same one.
pub(super) fn find<'n>(stored: &'n [StructNames], structs: &[Identity<'_>]) -> Vec<Option<&'n StructNames>> {
    let mut by_both: HashMap<(&str, &str), usize> = HashMap::new();
    let mut by_word: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut by_place: HashMap<&str, usize> = HashMap::new();
    for (index, names) in stored.iter().enumerate() {
        by_both.entry((&names.word, &names.place)).or_insert(index);
        by_word.entry(&names.word).or_default().push(index);
        // Without a place, it is the request, the response, or a type at whatever place.
        if !names.place.is_empty() {
            by_place.entry(&names.place).or_insert(index);
        }
    }
    let mut is_free = vec![true; stored.len()];
    let mut found = vec![None; structs.len()];
    // First what has not changed at all, then by identity, then by the type that has split.
    let steps: [&Step<'_>; 3] = [
        &|object| by_both.get(&(object.word, object.place)).copied().into_iter().collect(),
        &|object| match object.is_apart {
            true => by_place.get(object.place).copied().into_iter().collect(),
            false => by_word.get(object.word).cloned().unwrap_or_default(),
        },
        &|object| match object.is_apart && object.is_heir {
            true => by_word.get(object.word).cloned().unwrap_or_default(),
            false => Vec::new(),
        },
    ];
    for step in steps {
        for (object, found) in structs.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
            *found = step(object)
                .into_iter()
                .find(|index| is_free.get_mut(*index).is_some_and(|is_free| std::mem::replace(is_free, false)));
        }
    }
    found.into_iter().map(|index| index.and_then(|index| stored.get(index))).collect()
}
