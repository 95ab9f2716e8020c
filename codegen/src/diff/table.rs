//! What changed in the table of one side, as the page shows it; what it does to structs is `effects`' business.

use std::rc::Rc;

use topsdk_spec::{Param, Side};

use super::pairs::{Row, pairs, reordered, rows};
use super::structs::Structs;
use super::{Change, Kind, limits};

/// A change of a table, and where the structs are that it may touch.
pub(super) struct Draft<'a> {
    pub(super) change: Change,
    /// The nodes below which it is: `None` at the top.
    pub(super) old_parent: Option<usize>,
    pub(super) new_parent: Option<usize>,
    /// What the row is called in each version that has it. Neither, where it is about all rows below the parent.
    pub(super) old_name: Option<&'a str>,
    pub(super) new_name: Option<&'a str>,
}

/// What is still to be compared, last first.
enum Open<'a> {
    List(Rc<Siblings<'a>>),
    Row(Row, Rc<Siblings<'a>>),
}

/// Two lists of siblings.
struct Siblings<'a> {
    old: &'a [Param],
    new: &'a [Param],
    old_parent: Option<usize>,
    new_parent: Option<usize>,
    /// The path of both parents, with what stands between it and a name.
    path: String,
}

/// All changes of a table, in the page's order.
pub(super) fn compare<'a>(
    method: &str,
    side: Side,
    old: &Structs<'a>,
    new: &Structs<'a>,
    tables: [&'a [Param]; 2],
) -> Vec<Draft<'a>> {
    let path = format!("{}.", super::side_name(side));
    let [old_table, new_table] = tables;
    let top = Siblings { old: old_table, new: new_table, old_parent: None, new_parent: None, path };
    let mut table = Table { method, side, drafts: Vec::new() };
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
                open.extend(table.row(row, &siblings, old, new).map(|below| Open::List(Rc::new(below))))
            }
        }
    }
    table.drafts
}

struct Table<'m, 'a> {
    method: &'m str,
    side: Side,
    drafts: Vec<Draft<'a>>,
}

impl<'a> Table<'_, 'a> {
    /// Compares one row; what is below it is left to be compared.
    fn row(&mut self, row: Row, siblings: &Siblings<'a>, old: &Structs<'a>, new: &Structs<'a>) -> Option<Siblings<'a>> {
        let (is_renamed, before, after) = match row {
            Row::Added(index) => {
                let param = siblings.new.get(index)?;
                self.push(Kind::Added, siblings, (None, Some(param)), (None, Some(declared(param))));
                return None;
            }
            Row::Removed(index) => {
                let param = siblings.old.get(index)?;
                self.push(Kind::Removed, siblings, (Some(param), None), (Some(declared(param)), None));
                return None;
            }
            Row::Renamed { old, new } => (true, siblings.old.get(old)?, siblings.new.get(new)?),
            Row::Both { old, new } => (false, siblings.old.get(old)?, siblings.new.get(new)?),
        };
        let both = (Some(before), Some(after));
        if is_renamed {
            self.push(Kind::Renamed, siblings, both, (Some(before.name.clone()), Some(after.name.clone())));
        }
        let mut texts = |kind, old: String, new: String| {
            if old != new {
                let shown = |text: String| (!text.is_empty()).then_some(text);
                self.push(kind, siblings, both, (shown(old), shown(new)));
            }
        };
        let kind = if before.type_name == after.type_name { Kind::List } else { Kind::Type };
        // With another type, an object that was none, or is none any more, has come or gone as a whole.
        let is_whole = kind == Kind::Type && before.is_object() != after.is_object();
        let shown = if is_whole { with_fields } else { typed };
        texts(kind, shown(before), shown(after));
        let required = |param: &Param| if param.required { "required" } else { "optional" }.to_owned();
        texts(Kind::Required, required(before), required(after));
        for limits::Changed { kind, effect, old, new } in limits::changed(self.side, before, after) {
            self.push(kind, siblings, both, (old, new));
            if let Some(draft) = self.drafts.last_mut() {
                draft.change.effect = effect;
            }
        }
        let mut texts = |kind, old: String, new: String| {
            if old != new {
                let shown = |text: String| (!text.is_empty()).then_some(text);
                self.push(kind, siblings, both, (shown(old), shown(new)));
            }
        };
        texts(Kind::Description, before.description.clone(), after.description.clone());
        texts(Kind::Example, before.example.clone(), after.example.clone());
        if is_whole || (before.fields.is_empty() && after.fields.is_empty()) {
            return None;
        }
        Some(Siblings {
            old: &before.fields,
            new: &after.fields,
            old_parent: old.tree.find(siblings.old_parent, &before.name),
            new_parent: new.tree.find(siblings.new_parent, &after.name),
            path: format!("{}{}{}", siblings.path, after.name, if after.list { "[]." } else { "." }),
        })
    }

    fn order(&mut self, siblings: &Siblings<'a>, pairs: &[Option<usize>]) {
        let Some((new, old)) = reordered(pairs) else { return };
        let names = |table: &[Param], rows: Vec<usize>| {
            let names: Vec<&str> = rows.iter().filter_map(|row| Some(table.get(*row)?.name.as_str())).collect();
            Some(names.join(", "))
        };
        self.push(Kind::Order, siblings, (None, None), (names(siblings.old, old), names(siblings.new, new)));
    }

    fn push(
        &mut self,
        kind: Kind,
        siblings: &Siblings<'a>,
        rows: (Option<&'a Param>, Option<&'a Param>),
        texts: (Option<String>, Option<String>),
    ) {
        let path = match rows.0.or(rows.1) {
            Some(param) => format!("{}{}", siblings.path, param.name),
            None => siblings.path.strip_suffix('.').unwrap_or(&siblings.path).to_owned(),
        };
        self.drafts.push(Draft {
            change: Change::new(self.method, Some(self.side), path, kind, texts),
            old_parent: siblings.old_parent,
            new_parent: siblings.new_parent,
            old_name: rows.0.map(|param| param.name.as_str()),
            new_name: rows.1.map(|param| param.name.as_str()),
        });
    }
}

/// The type as the page shows it.
fn typed(param: &Param) -> String {
    match param.list {
        true => format!("{} []", param.type_name),
        false => param.type_name.clone(),
    }
}

/// The type with how much is below it.
fn with_fields(param: &Param) -> String {
    match param.fields.len() {
        0 => typed(param),
        1 => format!("{}, 1 field", typed(param)),
        fields => format!("{}, {fields} fields", typed(param)),
    }
}

/// A whole row in short.
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
