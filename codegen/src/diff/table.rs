//! Finds the changes in the table of one side as the page shows them. `effects` derives what they do to structs.

use std::cmp::Ordering;

use topsdk_spec::structs::Structs;
use topsdk_spec::{Param, Side};

use super::pairs::Pairs;
use super::{Change, Effect, Kind, side_name, text};

/// A change of a table, and where to find the structs that it may affect.
pub(super) struct Draft<'a> {
    pub(super) change: Change,
    /// The parent places in the old and in the new version. `None` at the top.
    pub(super) parents: [Option<usize>; 2],
    /// The row in each version that has it. Both are `None` if the change is about all rows below the parent.
    pub(super) rows: [Option<&'a Param>; 2],
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
pub(super) fn compare<'a>(
    method: &str,
    side: Side,
    rows: [&'a [Param]; 2],
    structs: [&Structs<'a>; 2],
) -> Vec<Draft<'a>> {
    let mut table = TableDiff { method, side, structs, drafts: Vec::new() };
    table.siblings(&Siblings { rows, parents: [None, None], path: format!("{}.", side_name(side)) });
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
        if let Some(names) = pairs.reordered(old, |param| &param.name) {
            self.push(Kind::Order, siblings, [None, None], names);
        }
        for row in pairs.rows(old, new) {
            match row {
                [Some(old), Some(new)] => self.row(siblings, old, new),
                [None, _] => self.push(Kind::Added, siblings, row, row.map(summary)),
                [_, None] => self.push(Kind::Removed, siblings, row, row.map(summary)),
            }
        }
    }

    /// Compares both versions of a row, and the rows below it.
    fn row(&mut self, siblings: &Siblings<'a>, old: &'a Param, new: &'a Param) {
        let kind = if old.type_name == new.type_name { Kind::List } else { Kind::Type };
        // If a changed type turns a leaf into an object or the reverse, everything below is added or removed as a whole.
        let is_whole = kind == Kind::Type && old.is_object() != new.is_object();
        let name = |param: &Param| if old.name == new.name { String::new() } else { param.name.clone() };
        let cells: [(Kind, CellText<'_>); 10] = [
            (Kind::Renamed, &name),
            (kind, if is_whole { &with_fields } else { &typed }),
            (Kind::Required, &|param| required(param.required)),
            (Kind::Default, &|param| text(&param.limits.default)),
            (Kind::MaxLength, &|param| text(&param.limits.max_length)),
            (Kind::MaxListSize, &|param| text(&param.limits.max_list_size)),
            (Kind::Min, &|param| text(&param.limits.min)),
            (Kind::Max, &|param| text(&param.limits.max)),
            (Kind::Description, &|param| param.description.clone()),
            (Kind::Example, &|param| param.example.clone()),
        ];
        for (kind, cell) in cells {
            let texts = [old, new].map(cell);
            if texts[0] != texts[1] {
                self.push(kind, siblings, [Some(old), Some(new)], texts);
            }
        }
        if !is_whole {
            let [before, after] = siblings.parents;
            let parents = [self.structs[0].find(before, &old.name), self.structs[1].find(after, &new.name)];
            let path = format!("{}{}{}", siblings.path, new.name, if new.list { "[]." } else { "." });
            self.siblings(&Siblings { rows: [&old.fields, &new.fields], parents, path });
        }
    }

    fn push(&mut self, kind: Kind, siblings: &Siblings<'a>, rows: [Option<&'a Param>; 2], texts: [String; 2]) {
        let path = match rows[0].or(rows[1]) {
            Some(param) => format!("{}{}", siblings.path, param.name),
            None => siblings.path.strip_suffix('.').unwrap_or(&siblings.path).to_owned(),
        };
        let mut change = Change::new(self.method, Some(self.side), path, kind, texts);
        if kind.is_limit() {
            let is_left_out = self.side == Side::Response || !rows.iter().flatten().all(|param| param.required);
            let [old, new] = [&change.old, &change.new].map(Option::as_deref);
            change.effect = effect_of_limit(self.side, kind, is_left_out, old, new);
        }
        self.drafts.push(Draft { change, parents: siblings.parents, rows });
    }
}

/// Returns the effect of a changed limit: whether a correct program becomes wrong.
///
/// A request becomes wrong if a value is no longer allowed. A response becomes wrong if it can contain values that were not
/// possible before: a column of 32 characters is too small for 64. A change of a default affects programs that omit the
/// value, if they may (`is_left_out`) and the old page stated a default. Any other change is documentation.
fn effect_of_limit(side: Side, kind: Kind, is_left_out: bool, old: Option<&str>, new: Option<&str>) -> Effect {
    // The change in the range of allowed values. `None` if the bounds cannot be compared; then the range may have narrowed
    // or widened.
    let room = match (old, new) {
        (None, _) => Some(Ordering::Less),
        (_, None) => Some(Ordering::Greater),
        (Some(old), Some(new)) if kind == Kind::Min => compare_numbers(old, new),
        (Some(old), Some(new)) => compare_numbers(new, old),
    };
    match (side, room) {
        _ if kind == Kind::Default => match (old, new) {
            (Some(_), Some(_)) if is_left_out && room != Some(Ordering::Equal) => Effect::DefaultChanged,
            _ => Effect::Documentation,
        },
        (Side::Request, Some(Ordering::Less) | None) => Effect::Narrowed,
        (Side::Response, Some(Ordering::Greater) | None) => Effect::Widened,
        _ => Effect::Documentation,
    }
}

/// Compares two numbers as documented. Returns `None` if one of them is not a number.
fn compare_numbers(one: &str, other: &str) -> Option<Ordering> {
    let (one, other) = (one.trim(), other.trim());
    if let (Ok(one), Ok(other)) = (one.parse::<i128>(), other.parse::<i128>()) {
        return Some(one.cmp(&other));
    }
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    number(one)?.partial_cmp(&number(other)?)
}

pub(super) fn required(is_required: bool) -> String {
    if is_required { "required" } else { "optional" }.to_owned()
}

/// Returns the type as the page shows it.
fn typed(param: &Param) -> String {
    format!("{}{}", param.type_name, if param.list { " []" } else { "" })
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
