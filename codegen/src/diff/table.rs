//! Finds the changes in the table of one side as the page shows them. `effects` derives what they do to structs.

use std::rc::Rc;

use topsdk_spec::structs::Structs;
use topsdk_spec::{Api, Param, Side};

use super::pairs::{Row, pairs, reordered, rows};
use super::{Change, Kind, limits};
use crate::names::Names;

/// A change of a table, and where to find the structs that it may affect.
pub(super) struct Draft<'a> {
    pub(super) change: Change,
    /// The parent places in the old and in the new version. `None` at the top.
    pub(super) parents: [Option<usize>; 2],
    /// The name of the row in each version that has it. Both are `None` if the change is about all rows below the parent.
    pub(super) names: [Option<&'a str>; 2],
}

/// Work that is still to do, last item first.
enum Open<'a> {
    List(Rc<Siblings<'a>>),
    Row(Row, Rc<Siblings<'a>>),
}

/// Two lists of siblings to compare.
struct Siblings<'a> {
    old: &'a [Param],
    new: &'a [Param],
    parents: [Option<usize>; 2],
    /// The path of both parents, including the separator before a name.
    path: String,
}

/// Returns all changes of a table, in the page's order.
pub(super) fn compare<'a>(method: &str, side: Side, versions: [(&'a Api, &Names<'a>); 2]) -> Vec<Draft<'a>> {
    let path = format!("{}.", super::side_name(side));
    let [old, new] = versions.map(|(api, _)| api.side(side));
    let top = Siblings { old, new, parents: [None, None], path };
    let structs = versions.map(|(_, names)| names.side(side).0);
    let mut table = Table { method, side, structs, drafts: Vec::new() };
    let mut open = vec![Open::List(Rc::new(top))];
    while let Some(next) = open.pop() {
        match next {
            Open::List(siblings) => {
                let pairs = pairs(
                    siblings.old,
                    siblings.new,
                    |param| (param.name.as_str(), param.type_name.as_str(), param.list),
                    |param| param.name.as_str(),
                );
                table.order(&siblings, &pairs);
                let rows = rows(siblings.old, siblings.new, &pairs);
                open.extend(rows.into_iter().rev().map(|row| Open::Row(row, Rc::clone(&siblings))));
            }
            Open::Row(row, siblings) => {
                open.extend(table.row(row, &siblings).map(|below| Open::List(Rc::new(below))));
            }
        }
    }
    table.drafts
}

struct Table<'m, 'a> {
    method: &'m str,
    side: Side,
    structs: [&'m Structs<'a>; 2],
    drafts: Vec<Draft<'a>>,
}

impl<'a> Table<'_, 'a> {
    /// Compares one row. Returns the lists below it, if they have to be compared.
    fn row(&mut self, row: Row, siblings: &Siblings<'a>) -> Option<Siblings<'a>> {
        let (is_renamed, before, after) = match row {
            Row::Added(index) => {
                let param = &siblings.new[index];
                self.push(Kind::Added, siblings, [None, Some(param)], (None, Some(declared(param))));
                return None;
            }
            Row::Removed(index) => {
                let param = &siblings.old[index];
                self.push(Kind::Removed, siblings, [Some(param), None], (Some(declared(param)), None));
                return None;
            }
            Row::Renamed { old, new } => (true, &siblings.old[old], &siblings.new[new]),
            Row::Both { old, new } => (false, &siblings.old[old], &siblings.new[new]),
        };
        let both = [Some(before), Some(after)];
        if is_renamed {
            self.push(Kind::Renamed, siblings, both, (Some(before.name.clone()), Some(after.name.clone())));
        }
        let kind = if before.type_name == after.type_name { Kind::List } else { Kind::Type };
        // If a changed type turns a leaf into an object or the reverse, everything below is added or removed as a whole.
        let is_whole = kind == Kind::Type && before.is_object() != after.is_object();
        let typed = if is_whole { with_fields } else { typed };
        self.texts(kind, siblings, both, typed);
        let required = |param: &Param| if param.required { "required" } else { "optional" }.to_owned();
        self.texts(Kind::Required, siblings, both, required);
        for limits::Changed { kind, effect, old, new } in limits::changed(self.side, before, after) {
            self.push(kind, siblings, both, (old, new)).effect = effect;
        }
        self.texts(Kind::Description, siblings, both, |param| param.description.clone());
        self.texts(Kind::Example, siblings, both, |param| param.example.clone());
        if is_whole || (before.fields.is_empty() && after.fields.is_empty()) {
            return None;
        }
        let place = |version: usize, param: &Param| self.structs[version].find(siblings.parents[version], &param.name);
        Some(Siblings {
            old: &before.fields,
            new: &after.fields,
            parents: [place(0, before), place(1, after)],
            path: format!("{}{}{}", siblings.path, after.name, if after.list { "[]." } else { "." }),
        })
    }

    /// Adds a change if the rows differ in `text`.
    fn texts(
        &mut self,
        kind: Kind,
        siblings: &Siblings<'a>,
        rows: [Option<&'a Param>; 2],
        text: impl Fn(&Param) -> String,
    ) {
        let [old, new] = rows.map(|row| row.map(&text).filter(|text| !text.is_empty()));
        if old != new {
            self.push(kind, siblings, rows, (old, new));
        }
    }

    fn order(&mut self, siblings: &Siblings<'a>, pairs: &[Option<usize>]) {
        let Some((new, old)) = reordered(pairs) else { return };
        let names = |table: &[Param], rows: Vec<usize>| {
            let names: Vec<&str> = rows.iter().map(|row| table[*row].name.as_str()).collect();
            Some(names.join(", "))
        };
        self.push(Kind::Order, siblings, [None, None], (names(siblings.old, old), names(siblings.new, new)));
    }

    fn push(
        &mut self,
        kind: Kind,
        siblings: &Siblings<'a>,
        rows: [Option<&'a Param>; 2],
        texts: (Option<String>, Option<String>),
    ) -> &mut Change {
        let path = match rows[0].or(rows[1]) {
            Some(param) => format!("{}{}", siblings.path, param.name),
            None => siblings.path.strip_suffix('.').unwrap_or(&siblings.path).to_owned(),
        };
        let change = Change::new(self.method, Some(self.side), path, kind, texts);
        let names = rows.map(|row| row.map(|param| param.name.as_str()));
        self.drafts.push(Draft { change, parents: siblings.parents, names });
        let last = self.drafts.len() - 1;
        &mut self.drafts[last].change
    }
}

/// Returns the type as the page shows it.
fn typed(param: &Param) -> String {
    match param.list {
        true => format!("{} []", param.type_name),
        false => param.type_name.clone(),
    }
}

/// Returns the type and the number of fields below it.
fn with_fields(param: &Param) -> String {
    match param.fields.len() {
        0 => typed(param),
        1 => format!("{}, 1 field", typed(param)),
        fields => format!("{}, {fields} fields", typed(param)),
    }
}

/// Returns a summary of a whole row.
fn declared(param: &Param) -> String {
    let mut text = with_fields(param);
    if param.type_name.is_empty() {
        text.insert_str(0, "no type");
    }
    if param.required {
        text.push_str(", required");
    }
    text
}
