//! Finds what changed between two versions of the pages, and what each change means for users of the generated crate.
//!
//! [`diff`] compares specs. A change is described as the page shows it (row, cell, old and new text). Its verdict is what
//! the compiler says about a program that uses the old version. All rules are in one table: [`Effect`].
//!
//! Four files compare one API: `table` compares its tables row by row (`pairs` matches the rows), `page` compares the rest,
//! and `effects` compares the structs of both versions and assigns each difference to the change that caused it.

mod effects;
mod page;
mod pairs;
pub mod report;
mod rules;
mod table;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use topsdk_spec::{Api, Side};

pub(crate) use pairs::Pairs;
pub use rules::{Effect, Kind, RULES, Verdict};

use crate::names::Names;

/// All changes from one set of specs to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Sorted by method; within a method the worst first, then in the page's order.
    pub changes: Vec<Change>,
}

/// One change. As JSON, it also has the verdict of its effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The method.
    pub method: String,
    /// The location: `request.items[].id` for a parameter (the old name if it was renamed), `request` for the table,
    /// `errors.isv.invalid-parameter` for an error code, `samples.java`, `title`, …; empty for the API as a whole.
    pub path: String,
    /// What changed there.
    #[serde(rename = "change")]
    pub kind: Kind,
    /// The effect on the generated crate.
    #[serde(flatten, serialize_with = "with_verdict")]
    pub effect: Effect,
    /// The table that contains the change. `None` for the rest of the page.
    pub side: Option<Side>,
    /// The text on the old page, if there is any. For a sample, the lines that differ.
    pub old: Option<String>,
    /// The text on the new page, if there is any.
    pub new: Option<String>,
}

/// Compares two sets of specs. Their order and their `source` do not matter.
///
/// If a method has several specs, the one with the richest layout is used, as in `topsdk update`. If several have this
/// layout, the first of them is used.
///
/// ```
/// use topsdk_spec::{Api, Param, Side};
/// use topsdk_codegen::diff::{Kind, Verdict, diff};
///
/// let field = |name: &str| Param { name: name.to_owned(), type_name: "String".to_owned(), ..Param::default() };
/// let api = |response| Api { method: "taobao.time.get".to_owned(), response, ..Api::default() };
/// let found = diff(&[api(vec![field("time")])], &[api(vec![field("time"), field("zone")])]);
/// assert_eq!(found.verdict(), Verdict::Minor);
/// assert_eq!((found.changes[0].kind, found.changes[0].path.as_str()), (Kind::Added, "response.zone"));
/// ```
pub fn diff(old: &[Api], new: &[Api]) -> Diff {
    let (old, new) = (by_method(old), by_method(new));
    let methods: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    Diff::of(methods.into_iter().map(|method| [old.get(method).copied(), new.get(method).copied()]))
}

impl Diff {
    /// Compares the old and the new spec of each API.
    pub(crate) fn of<'a>(apis: impl IntoIterator<Item = [Option<&'a Api>; 2]>) -> Diff {
        let changes = apis.into_iter().flat_map(|versions| match versions {
            [Some(old), Some(new)] => api_changes(old, new),
            [Some(old), None] => vec![whole(old, Kind::ApiRemoved)],
            [None, Some(new)] => vec![whole(new, Kind::ApiAdded)],
            [None, None] => Vec::new(),
        });
        let mut changes: Vec<Change> = changes.collect();
        // The sort is stable: changes with the same verdict stay in the page's order.
        changes.sort_by(|one, other| {
            (&one.method, Reverse(one.verdict())).cmp(&(&other.method, Reverse(other.verdict())))
        });
        Diff { changes }
    }

    /// Returns the worst verdict, or [`Verdict::None`] without changes.
    pub fn verdict(&self) -> Verdict {
        self.changes.iter().map(Change::verdict).max().unwrap_or_default()
    }
}

impl Change {
    /// Returns what the change means for the version number.
    pub fn verdict(&self) -> Verdict {
        self.effect.verdict()
    }

    /// Returns the change of a cell. An empty text means that the page shows nothing there.
    fn new(method: &str, side: Option<Side>, path: String, kind: Kind, texts: [String; 2]) -> Change {
        let effect = if kind.is_documentation() || side.is_none() { Effect::Documentation } else { Effect::NoStruct };
        let [old, new] = texts.map(|text| Some(text).filter(|text| !text.is_empty()));
        Change { method: method.to_owned(), side, path, kind, effect, old, new }
    }
}

fn with_verdict<S: Serializer>(effect: &Effect, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry("verdict", &effect.verdict())?;
    map.serialize_entry("effect", effect)?;
    map.end()
}

/// Returns the text of a cell that may be absent.
fn text(cell: &Option<impl ToString>) -> String {
    cell.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// Returns the first part of paths in this table.
fn side_name(side: Side) -> &'static str {
    match side {
        Side::Request => "request",
        Side::Response => "response",
    }
}

fn by_method(apis: &[Api]) -> BTreeMap<&str, &Api> {
    let mut by_method: BTreeMap<&str, &Api> = BTreeMap::new();
    for api in apis {
        let kept = by_method.entry(&api.method).or_insert(api);
        if api.source.layout > kept.source.layout {
            *kept = api;
        }
    }
    by_method
}

fn whole(api: &Api, kind: Kind) -> Change {
    let (none, title) = (String::new(), api.title.clone());
    let texts = if kind == Kind::ApiAdded { [none, title] } else { [title, none] };
    Change { effect: kind.plain_effect(), ..Change::new(&api.method, None, String::new(), kind, texts) }
}

fn api_changes(old: &Api, new: &Api) -> Vec<Change> {
    let mut changes = page::head(old, new);
    // Equal tables produce equal structs.
    if Side::BOTH.iter().any(|side| old.side(*side) != new.side(*side)) {
        let before = Names::of(old);
        let after = Names::after(new, before.assigned());
        for side in Side::BOTH {
            let structs = [&before, &after].map(|names| names.side(side).0);
            let drafts = table::compare(&new.method, side, [old.side(side), new.side(side)], structs);
            changes.extend(effects::explain(&new.method, side, [&before, &after], drafts));
        }
    }
    changes.extend(page::foot(old, new));
    changes
}
