//! The stored names of one API, and the lookup of a page's structs among them.
//!
//! A struct is identified by its type, or by its path if the fields of the type differ between paths. Both are stored,
//! so that the struct is still found when the page changes from one case to the other.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use topsdk_spec::structs::Struct;
use topsdk_spec::{Side, is_unnamed};

/// The stored names of one API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiNames {
    /// The API's module, below the two segments of its method's prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) module: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) request: Vec<StructNames>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) response: Vec<StructNames>,
}

/// The names of a struct, of its fields, and of the struct of its required fields. Absent names are assigned by the
/// rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct StructNames {
    /// The documented type. Empty for the request and the response, and for an object without a type.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub(super) word: String,
    /// The shallowest path, as written by [`place`]. Empty for the request and the response.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) place: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) required: Option<String>,
    /// The field names, by wire name.
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

    /// Returns every name together with a description of its item.
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

/// Returns a path of wire names as text. Dots in a name are escaped, so that different paths have different texts.
pub(super) fn place(path: &[&str]) -> String {
    let names: Vec<String> = path.iter().map(|name| name.replace('\\', "\\\\").replace('.', "\\.")).collect();
    names.join(".")
}

/// The stored names for a struct of the page.
pub(super) struct Stored<'n> {
    /// The path of the struct, as written by [`place`].
    pub(super) place: String,
    /// The names stored for the struct itself.
    pub(super) own: Option<&'n StructNames>,
    /// The first stored struct of the same type, from which this one may have split. Its field names are reused.
    pub(super) of_type: Option<&'n StructNames>,
}

/// Returns the stored names for each struct of one side. No stored struct is used twice.
pub(super) fn find<'n>(stored: &'n [StructNames], structs: &[Struct<'_>]) -> Vec<Stored<'n>> {
    // A key is a type, a path, or both.
    let mut by_key: HashMap<(Option<&str>, Option<&str>), Vec<usize>> = HashMap::new();
    for (index, StructNames { word, place, .. }) in stored.iter().enumerate() {
        for key in [(Some(word), Some(place)), (Some(word), None), (None, Some(place))] {
            let (word, place) = (key.0.map(String::as_str), key.1.map(String::as_str));
            by_key.entry((word, place)).or_default().push(index);
        }
    }
    let places: Vec<String> = structs.iter().map(|object| place(&object.path)).collect();
    let mut is_free = vec![true; stored.len()];
    let mut found = vec![None; structs.len()];
    // Match unchanged structs first, then by identity, then the shallowest path of a type that has split.
    for step in 0..3 {
        for ((object, place), found) in structs.iter().zip(&places).zip(&mut found).filter(|(_, found)| found.is_none())
        {
            let word = object.type_name;
            let key = match (step, object.is_apart) {
                (0, _) => (Some(word), Some(place.as_str())),
                // The request and the response keep their identity, so the later steps skip them.
                _ if object.path.is_empty() => continue,
                (1, true) => (None, Some(place.as_str())),
                (1, false) => (Some(word), None),
                (_, true) if object.is_highest && !is_unnamed(word) => (Some(word), None),
                _ => continue,
            };
            let mut candidates = by_key.get(&key).into_iter().flatten().copied();
            *found = candidates.find(|index| std::mem::replace(&mut is_free[*index], false));
        }
    }
    let found = found.into_iter().zip(structs).zip(places).map(|((own, object), place)| {
        let of_type = by_key.get(&(Some(object.type_name), None)).filter(|_| !is_unnamed(object.type_name));
        let [own, of_type] = [own, of_type.map(|same| same[0])].map(|index| index.map(|index: usize| &stored[index]));
        Stored { place, own, of_type }
    });
    found.collect()
}
