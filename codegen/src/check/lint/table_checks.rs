//! Lints on the parameter tables alone: types, sample values, limits, names.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use topsdk_spec::{Basic, Limits, Param};

use super::catalogue as lints;
use super::report::{LintReport, shown};
use super::value::{self, ValueType};
use crate::check::side_rows::SideRows;
use crate::page::Column;

/// Checks one side. Returns the rows whose 示例值 does not match its type, because the samples repeat that value.
pub(super) fn check(table: &SideRows<'_>, report: &mut LintReport<'_>) -> BTreeSet<usize> {
    check_types(table, report);
    let rows = 0..table.rows.len();
    let wrong = rows.clone().filter(|row| check_value(table, *row, Column::Example, report)).collect();
    rows.filter(|row| table.param(*row).limits != Limits::default()).for_each(|row| check_limits(table, row, report));
    check_siblings(table, report);
    check_classes(table, report);
    wrong
}

/// Checks the cells 类型. No other code judges them.
pub(super) fn check_types(table: &SideRows<'_>, report: &mut LintReport<'_>) {
    let classes = table.object_types();
    (0..table.rows.len()).for_each(|row| check_type(table, row, &classes, report));
}

fn check_type(table: &SideRows<'_>, row: usize, classes: &BTreeSet<&str>, report: &mut LintReport<'_>) {
    let Param { name, type_name, .. } = table.param(row);
    let is_object = table.param(row).is_object();
    if is_object != Basic::of(type_name).is_some() {
        return;
    }
    let (name, class) = (shown(name), shown(type_name));
    let (lint, message, help) = if is_object {
        let help = "name its class in an override, or find out where its fields belong";
        (&lints::BASIC_TYPE_WITH_FIELDS, format!("`{name}` is a {class}, but has fields of its own"), help.to_owned())
    } else if type_name.is_empty() {
        (&lints::MISSING_TYPE, format!("`{name}` has no type"), "give its type by an override".to_owned())
    } else if let Some(meant) = misspelt(type_name) {
        let help = match meant {
            "" => "give the type by an override".to_owned(),
            meant => format!("if it means {meant}, correct it by an override: `type = \"{meant}\"`"),
        };
        (&lints::UNKNOWN_TYPE, format!("unrecognised type `{class}` of `{name}`"), help)
    } else if !classes.contains(type_name.as_str()) {
        let message = format!("`{name}` is an object of the type {class}, whose fields the page does not show");
        (&lints::OBJECT_WITHOUT_FIELDS, message, "add the fields by an override where they are known".to_owned())
    } else {
        // The site cuts off a recursive type after some levels. Another row shows its fields.
        return;
    };
    report.cell(lint, table, row, Column::Type, type_name, message, &help);
}

/// Returns the basic type that a misspelt type name most likely means. Empty if there is no likely one, `None` for a
/// class name.
fn misspelt(type_name: &str) -> Option<&'static str> {
    let meant = match type_name.to_ascii_lowercase().as_str() {
        "string" | "str" | "text" | "varchar" | "char" | "character" | "charsequence" => "String",
        "number" | "int" | "integer" | "long" | "short" | "bigint" | "biginteger" => "Number",
        "boolean" | "bool" => "Boolean",
        "date" | "datetime" | "timestamp" | "time" => "Date",
        "price" | "float" | "double" => "Price",
        "bigdecimal" | "decimal" => "BigDecimal",
        "json" | "jsonobject" => "Json",
        "map" | "hashmap" => "Map",
        "list" | "array" | "object" | "null" | "void" | "arraylist" => "",
        _ => {
            let class = type_name.starts_with(|first: char| first.is_ascii_uppercase())
                && type_name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | ' ' | '.' | '$'));
            return (!class).then_some("");
        }
    };
    Some(meant)
}

/// Checks the 示例值 or the default of a row against its type and limits. Returns whether it does not match the type.
fn check_value(table: &SideRows<'_>, row: usize, column: Column, report: &mut LintReport<'_>) -> bool {
    let param = table.param(row);
    let (what, text, of_type, of_limits, help) = match column {
        Column::Example => {
            let help = "if the value is right, correct the type by an override; if it is a placeholder, allow it";
            ("sample", param.example.as_str(), &lints::VALUE_NOT_OF_TYPE, &lints::SAMPLE_BEYOND_LIMIT, help)
        }
        _ => {
            let text = param.limits.default.as_deref().unwrap_or_default();
            ("default", text, &lints::DEFAULT_NOT_OF_TYPE, &lints::DEFAULT_BEYOND_LIMIT, "")
        }
    };
    // The site fills an object's 示例值 with arbitrary text (its class, `1`, `null`), which no sample shows.
    let kind = ValueType::of(&param.type_name).filter(|_| !param.is_object() && !value::is_absent(text));
    let Some(kind) = kind else { return false };
    let name = shown(&param.name);
    let items = if param.list { value::items(text) } else { vec![text.to_owned()] };
    // An item may be left out of a list.
    let wrong = items.iter().find(|item| !(param.list && value::is_absent(item) || kind.takes(item)));
    if let Some(wrong) = wrong {
        let message = format!("`{name}` {}", not_of_type_message(param, kind, wrong));
        report.cell(of_type, table, row, column, text, message, help);
    } else if let Some(beyond) = beyond_limit(param, kind, text, &items) {
        report.cell(of_limits, table, row, column, text, format!("the {what} of `{name}` {beyond}"), "");
    }
    wrong.is_some()
}

/// Returns what is wrong with a value that does not match its row's type, to be said after the row's name.
pub(super) fn not_of_type_message(param: &Param, kind: ValueType, value: &str) -> String {
    let (list, word) = (if param.list { "[]" } else { "" }, &param.type_name);
    format!("is a {word}{list}: expected {}, found `{}`", kind.expected, shown(value))
}

/// Returns which limit of its own row a value breaks, as the end of a message.
fn beyond_limit(param: &Param, kind: ValueType, text: &str, items: &[String]) -> Option<String> {
    let limits = &param.limits;
    // The limit of a list also applies to a String that holds a list in one text.
    let count = value::items(text).len();
    if let Some(most) = limits.max_list_size.filter(|most| count as u64 > *most) {
        return Some(format!("has {count} items, but 最大列表长度 is {most}"));
    }
    items.iter().find_map(|item| {
        let length = item.chars().count();
        if let Some(most) = limits.max_length.filter(|most| length as u64 > *most) {
            return Some(format!("has {length} characters, but 最大长度 is {most}"));
        }
        let number = value::decimal(item).filter(|_| kind.is_number())?;
        let bounds = [("最小值", &limits.min, Ordering::Less), ("最大值", &limits.max, Ordering::Greater)];
        bounds.into_iter().find_map(|(title, bound, wrong)| {
            let bound = bound.as_deref()?;
            let is_beyond = number.partial_cmp(&value::decimal(bound)?) == Some(wrong);
            is_beyond.then(|| format!("is {}, but {title} is {}", shown(item), shown(bound)))
        })
    })
}

fn check_limits(table: &SideRows<'_>, row: usize, report: &mut LintReport<'_>) {
    let param = table.param(row);
    let limits = &param.limits;
    let name = shown(&param.name);
    check_value(table, row, Column::Limits, report);
    let default = limits.default.as_deref().filter(|default| param.is_object() && !value::is_absent(default));
    if let Some(default) = default {
        let message = format!("`{name}` is an object: it cannot have the default `{}`", shown(default));
        report.cell(&lints::DEFAULT_NOT_OF_TYPE, table, row, Column::Limits, default, message, "");
    }
    if !ValueType::of(&param.type_name).is_some_and(ValueType::is_number) {
        return;
    }
    let bounds = [("最小值", limits.min.as_deref()), ("最大值", limits.max.as_deref())];
    let [least, most] = bounds.map(|(title, bound)| {
        let bound = bound?;
        let number = value::decimal(bound);
        if number.is_none() {
            let message = format!("the {title} of `{name}` is not a number: `{}`", shown(bound));
            report.cell(&lints::UNREADABLE_LIMIT, table, row, Column::Limits, bound, message, "");
        }
        number.map(|number| (number, bound))
    });
    if let (Some((least, text)), Some((most, _))) = (least, most)
        && least > most
    {
        let message = format!("the 最小值 of `{name}` exceeds its 最大值");
        report.cell(&lints::UNREADABLE_LIMIT, table, row, Column::Limits, text, message, "");
    }
}

fn check_siblings(table: &SideRows<'_>, report: &mut LintReport<'_>) {
    let mut first: HashMap<(Option<usize>, &str), usize> = HashMap::new();
    for (row, found) in table.rows.iter().enumerate() {
        let name = found.param.name.as_str();
        let earlier = *first.entry((found.parent, name)).or_insert(row);
        if earlier == row {
            continue;
        }
        let message = format!("the name `{}` repeats that of row {}", shown(name), earlier + 1);
        let help = if table.param(earlier) == found.param {
            "the rows are equal: drop this one by an override (`nth = 2`, `drop = true`)"
        } else {
            "the rows differ: find out which one the gateway means and drop the other by an override"
        };
        report.cell(&lints::DUPLICATE_SIBLING, table, row, Column::Name, name, message, help);
    }
}

/// Reports, once, each type name that has different fields at different paths.
fn check_classes(table: &SideRows<'_>, report: &mut LintReport<'_>) {
    type Fields<'a> = BTreeMap<&'a str, (&'a str, bool)>;
    let fields = |row: usize| -> Fields<'_> {
        let fields = table.param(row).fields.iter();
        fields.map(|field| (field.name.as_str(), (field.type_name.as_str(), field.list))).collect()
    };
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, found) in table.rows.iter().enumerate() {
        if found.param.is_object() && !found.param.type_name.is_empty() {
            places.entry(&found.param.type_name).or_default().push(row);
        }
    }
    for (class, rows) in places {
        let there = fields(rows[0]);
        let mut differing = rows.iter().filter(|row| fields(**row) != there);
        let Some(row) = differing.next() else { continue };
        let here = fields(*row);
        let only =
            |of: &Fields<'_>, other: &Fields<'_>| some_of(of.keys().filter(|name| !other.contains_key(*name)).copied());
        let retyped = here.iter().filter(|(name, field)| there.get(*name).is_some_and(|other| other != *field));
        let differences = [
            ("only here", only(&here, &there)),
            ("only there", only(&there, &here)),
            ("of another type", some_of(retyped.map(|(name, _)| *name))),
        ];
        let differences = differences.into_iter().filter(|(_, names)| !names.is_empty());
        let differences: Vec<String> = differences.map(|(what, names)| format!("{what}: {names}")).collect();
        let more = match differing.count() {
            0 => String::new(),
            1 => "; 1 more place differs".to_owned(),
            more => format!("; {more} more places differ"),
        };
        let (name, first, differences) = (shown(class), table.path(rows[0]), differences.join("; "));
        let message = format!("{name} has other fields than at `{first}` ({differences}){more}");
        report.cell(&lints::TYPE_NAME_REUSED, table, *row, Column::Type, class, message, "");
    }
}

/// Returns the first few of many names, for a message.
pub(super) fn some_of<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    let first: Vec<String> = names.iter().take(6).map(|name| format!("`{}`", shown(name))).collect();
    match names.len() {
        ..=6 => first.join(", "),
        count => format!("{} and {} more", first.join(", "), count - 6),
    }
}
