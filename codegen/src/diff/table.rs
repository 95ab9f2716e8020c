//! Finds the changes in the table of one side as the page shows them. `effects` derives what they do to structs.

use topsdk_spec::structs::Structs;
use topsdk_spec::{Api, Param, Side};

use super::pairs::Pairs;
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

type CellText<'c> = &'c dyn Fn(&Param) -> String;

/// Two lists of siblings to compare.
struct Siblings<'a> {
    rows: [&'a [Param]; 2],
    parents: [Option<usize>; 2],
    /// The path of both parents, including the separator before a name.
    path: String,
}

/// Returns all changes of a table, in the page's order.
pub(super) fn compare<'a>(method: &str, side: Side, versions: [(&'a Api, &Names<'a>); 2]) -> Vec<Draft<'a>> {
    let structs = versions.map(|(_, names)| names.side(side).0);
    let mut table = TableDiff { method, side, structs, drafts: Vec::new() };
    let rows = versions.map(|(api, _)| api.side(side));
    table.siblings(&Siblings { rows, parents: [None, None], path: format!("{}.", super::side_name(side)) });
    table.drafts
}

struct TableDiff<'m, 'a> {
    method: &'m str,
    side: Side,
    structs: [&'m Structs<'a>; 2],
    drafts: Vec<Draft<'a>>,
}

impl<'a> TableDiff<'_, 'a> {
    fn siblings(&mut self, siblings: &Siblings<'a>) {
        let [old, new] = siblings.rows;
        let exact = |param: &'a Param| (param.name.as_str(), param.type_name.as_str(), param.list);
        let pairs = Pairs::of(old, new, exact, |param| &param.name);
        if let Some(names) = pairs.reordered(old, new, |param| &param.name) {
            self.push(Kind::Order, siblings, [None, None], names);
        }
        for row in pairs.rows(old, new) {
            match row {
                [Some(old), Some(new)] => self.row(siblings, old, new),
                [None, new] => drop(self.push(Kind::Added, siblings, row, [None, new].map(summary))),
                [old, None] => drop(self.push(Kind::Removed, siblings, row, [old, None].map(summary))),
            }
        }
    }

    /// Compares both versions of a row, and the rows below it.
    fn row(&mut self, siblings: &Siblings<'a>, old: &'a Param, new: &'a Param) {
        let kind = if old.type_name == new.type_name { Kind::List } else { Kind::Type };
        // If a changed type turns a leaf into an object or the reverse, everything below is added or removed as a whole.
        let is_whole = kind == Kind::Type && old.is_object() != new.is_object();
        let number = |limit: Option<u64>| limit.map(|limit| limit.to_string()).unwrap_or_default();
        let text = |limit: &Option<String>| limit.clone().unwrap_or_default();
        let name = |param: &Param| if old.name == new.name { String::new() } else { param.name.clone() };
        let cells: [(Kind, CellText<'_>); 10] = [
            (Kind::Renamed, &name),
            (kind, if is_whole { &with_fields } else { &typed }),
            (Kind::Required, &|param| if param.required { "required" } else { "optional" }.to_owned()),
            (Kind::Default, &|param| text(&param.limits.default)),
            (Kind::MaxLength, &|param| number(param.limits.max_length)),
            (Kind::MaxListSize, &|param| number(param.limits.max_list_size)),
            (Kind::Min, &|param| text(&param.limits.min)),
            (Kind::Max, &|param| text(&param.limits.max)),
            (Kind::Description, &|param| param.description.clone()),
            (Kind::Example, &|param| param.example.clone()),
        ];
        let is_left_out = self.side == Side::Response || !(old.required && new.required);
        for (kind, cell) in cells {
            let texts = [cell(old), cell(new)];
            if texts[0] != texts[1] {
                let side = self.side;
                let change = self.push(kind, siblings, [Some(old), Some(new)], texts);
                if kind.is_limit() {
                    change.effect = limits::effect(side, kind, is_left_out, [&change.old, &change.new]);
                }
            }
        }
        if !is_whole {
            let place =
                |version: usize, param: &Param| self.structs[version].find(siblings.parents[version], &param.name);
            let parents = [place(0, old), place(1, new)];
            let path = format!("{}{}{}", siblings.path, new.name, if new.list { "[]." } else { "." });
            self.siblings(&Siblings { rows: [&old.fields, &new.fields], parents, path });
        }
    }

    fn push(
        &mut self,
        kind: Kind,
        siblings: &Siblings<'a>,
        rows: [Option<&'a Param>; 2],
        texts: [String; 2],
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

/// Returns a summary of a whole row, if there is one.
fn summary(param: Option<&Param>) -> String {
    let Some(param) = param else { return String::new() };
    let no_type = if param.type_name.is_empty() { "no type" } else { "" };
    let required = if param.required { ", required" } else { "" };
    format!("{no_type}{}{required}", with_fields(param))
}
