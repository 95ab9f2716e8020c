//! Lints on the parameter tables alone: types, sample values, limits, names.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use topsdk_spec::Param;

use super::catalogue as lints;
use super::report::{LintReport, shown};
use super::side_rows::SideRows;
use super::value::{self, ValueType};
use crate::page::Column;

/// Checks one side. Returns the rows whose 示例值 does not match its type, because the samples repeat that value.
pub(super) fn check(table: &SideRows<'_>, report: &mut LintReport<'_>) -> BTreeSet<usize> {
    check_types(table, report);
    let mut wrong = BTreeSet::new();
    for (row, found) in table.rows.iter().enumerate() {
        if check_example(table, row, report) {
            wrong.insert(row);
        }
        if !found.param.limits.is_empty() {
            check_limits(table, row, report);
        }
    }
    check_siblings(table, report);
    check_classes(table, report);
    wrong
}

/// Returns the object types whose fields some row shows.
pub(super) fn classes<'a>(table: &SideRows<'a>) -> BTreeSet<&'a str> {
    table.rows.iter().filter(|row| row.param.is_object()).map(|row| row.param.type_name.as_str()).collect()
}

/// Checks the cells 类型. No other code judges them.
pub(super) fn check_types(table: &SideRows<'_>, report: &mut LintReport<'_>) {
    let classes = classes(table);
    (0..table.rows.len()).for_each(|row| check_type(table, row, &classes, report));
}

fn check_type(table: &SideRows<'_>, row: usize, classes: &BTreeSet<&str>, report: &mut LintReport<'_>) {
    let Param { name, type_name, .. } = table.param(row);
    let object = table.param(row).is_object();
    let basic = ValueType::of(type_name).is_some();
    if object && basic {
        let message = format!("`{}` is a {type_name}, but has fields of its own", shown(name));
        let help = "give it the class's name by an override, or look where its fields belong";
        report.cell(&lints::BASIC_TYPE_WITH_FIELDS, table, row, Column::Type, type_name, message, help);
    }
    if object || basic {
        return;
    }
    if type_name.is_empty() {
        let message = format!("`{}` has no type", shown(name));
        report.cell(&lints::MISSING_TYPE, table, row, Column::Type, "", message, "give its type by an override");
    } else if let Some(meant) = misspelt(type_name) {
        let message = format!("the type `{}` of `{}` is no word that pages use", shown(type_name), shown(name));
        let help = if meant.is_empty() {
            "give the type by an override".to_owned()
        } else {
            format!("if {meant} is meant, say so by an override: `type = \"{meant}\"`")
        };
        report.cell(&lints::UNKNOWN_TYPE, table, row, Column::Type, type_name, message, help);
    } else if !classes.contains(type_name.as_str()) {
        // The site cuts off a recursive type after some levels. Then another row shows its fields.
        let message = format!(
            "`{}` is an object of the type {}, whose fields the page does not show",
            shown(name),
            shown(type_name)
        );
        let help = "add the fields by an override where they are known";
        report.cell(&lints::OBJECT_WITHOUT_FIELDS, table, row, Column::Type, type_name, message, help);
    }
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

/// Checks the cell 示例值. Returns `true` if it does not match its type.
fn check_example(table: &SideRows<'_>, row: usize, report: &mut LintReport<'_>) -> bool {
    let param = table.param(row);
    // The site fills an object's cell with arbitrary text (its class, `1`, `null`), which no sample shows.
    let Some(kind) = ValueType::of(&param.type_name) else { return false };
    if param.is_object() || value::is_absent(&param.example) {
        return false;
    }
    if let Some(wrong) = not_of_type(param, kind, &param.example) {
        let message = not_of_type_message(param, kind, &wrong);
        let help = "if the value is right, correct the type by an override; if it is a placeholder, allow it";
        report.cell(&lints::VALUE_NOT_OF_TYPE, table, row, Column::Example, &param.example, message, help);
        return true;
    }
    if let Some(message) = beyond_limit(param, kind, &param.example) {
        let message = format!("the sample of `{}` {message}", shown(&param.name));
        report.cell(&lints::SAMPLE_BEYOND_LIMIT, table, row, Column::Example, &param.example, message, None);
    }
    false
}

/// Returns the message about a value that does not match its row's type.
pub(super) fn not_of_type_message(param: &Param, kind: ValueType, value: &str) -> String {
    let list = if param.list { "[]" } else { "" };
    format!(
        "`{}` is a {}{list}: {} was expected, `{}` was found",
        shown(&param.name),
        param.type_name,
        kind.expected(),
        shown(value)
    )
}

/// Returns the text, or the item in it, that does not match the type.
fn not_of_type(param: &Param, kind: ValueType, text: &str) -> Option<String> {
    if param.list {
        return value::items(text).into_iter().find(|item| !value::is_absent(item) && !kind.takes(item));
    }
    (!kind.takes(text)).then(|| text.to_owned())
}

/// Returns which limit of its own row a value breaks, as the end of a message.
fn beyond_limit(param: &Param, kind: ValueType, text: &str) -> Option<String> {
    let limits = &param.limits;
    let items = if param.list { value::items(text) } else { vec![text.to_owned()] };
    if let Some(most) = limits.max_list_size {
        // The limit also applies to a String that holds a list in one text.
        let count = value::items(text).len();
        if u64::try_from(count).is_ok_and(|count| count > most) {
            return Some(format!("has {count} items, 最大列表长度 is {most}"));
        }
    }
    for item in &items {
        let length = item.chars().count();
        if let Some(most) = limits.max_length.filter(|most| u64::try_from(length).is_ok_and(|length| length > *most)) {
            return Some(format!("has {length} characters, 最大长度 is {most}"));
        }
        let Some(number) = value::decimal(item).filter(|_| kind.is_number()) else { continue };
        if let Some(least) = limits.min.as_deref()
            && value::decimal(least).is_some_and(|least| number < least)
        {
            return Some(format!("is {}, 最小值 is {}", shown(item), shown(least)));
        }
        if let Some(most) = limits.max.as_deref()
            && value::decimal(most).is_some_and(|most| number > most)
        {
            return Some(format!("is {}, 最大值 is {}", shown(item), shown(most)));
        }
    }
    None
}

fn check_limits(table: &SideRows<'_>, row: usize, report: &mut LintReport<'_>) {
    let param = table.param(row);
    let limits = &param.limits;
    let kind = ValueType::of(&param.type_name);
    if let Some(default) = limits.default.as_deref().filter(|default| !value::is_absent(default)) {
        let wrong = match kind {
            Some(kind) if !param.is_object() => not_of_type(param, kind, default)
                .map(|wrong| not_of_type_message(param, kind, &wrong))
                .or_else(|| beyond_default(table, row, kind, default, report)),
            _ if !param.is_object() => None,
            _ => {
                Some(format!("`{}` is an object: it cannot have the default `{}`", shown(&param.name), shown(default)))
            }
        };
        if let Some(message) = wrong {
            report.cell(&lints::DEFAULT_NOT_OF_TYPE, table, row, Column::Limits, default, message, None);
        }
    }
    if !kind.is_some_and(ValueType::is_number) {
        return;
    }
    let bounds = [limits.min.as_deref(), limits.max.as_deref()];
    for (bound, title) in bounds.into_iter().zip(["最小值", "最大值"]) {
        if let Some(bound) = bound.filter(|bound| value::decimal(bound).is_none()) {
            let message = format!("the {title} of `{}` is no number: `{}`", shown(&param.name), shown(bound));
            report.cell(&lints::UNREADABLE_LIMIT, table, row, Column::Limits, bound, message, None);
        }
    }
    let [least, most] = bounds.map(|bound| bound.and_then(value::decimal));
    if let (Some(least), Some(most)) = (least, most)
        && least > most
    {
        let message = format!("the 最小值 of `{}` is more than its 最大值", shown(&param.name));
        let text = limits.min.as_deref().unwrap_or_default();
        report.cell(&lints::UNREADABLE_LIMIT, table, row, Column::Limits, text, message, None);
    }
}

/// Reports a default beyond its own limits. Always returns `None`, so that the caller reports nothing else.
fn beyond_default(
    table: &SideRows<'_>,
    row: usize,
    kind: ValueType,
    default: &str,
    report: &mut LintReport<'_>,
) -> Option<String> {
    let param = table.param(row);
    if let Some(message) = beyond_limit(param, kind, default) {
        let message = format!("the default of `{}` {message}", shown(&param.name));
        report.cell(&lints::DEFAULT_BEYOND_LIMIT, table, row, Column::Limits, default, message, None);
    }
    None
}

fn check_siblings(table: &SideRows<'_>, report: &mut LintReport<'_>) {
    let mut first: HashMap<(Option<usize>, &str), usize> = HashMap::new();
    for (row, found) in table.rows.iter().enumerate() {
        let name = found.param.name.as_str();
        let Some(earlier) = first.get(&(found.parent, name)) else {
            first.insert((found.parent, name), row);
            continue;
        };
        let same = table.param(*earlier) == found.param;
        let message = format!("`{}` is a name twice: row {} has it too", shown(name), earlier + 1);
        let help = if same {
            "both rows say the same: drop this one by an override (`nth = 2`, `drop = true`)"
        } else {
            "the rows differ: find out which one the gateway means and drop the other by an override"
        };
        report.cell(&lints::DUPLICATE_SIBLING, table, row, Column::Name, name, message, help);
    }
}

/// Reports, once, each type name that has different fields at different paths.
fn check_classes(table: &SideRows<'_>, report: &mut LintReport<'_>) {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, found) in table.rows.iter().enumerate() {
        if found.param.is_object() && !found.param.type_name.is_empty() {
            places.entry(&found.param.type_name).or_default().push(row);
        }
    }
    for (class, rows) in places {
        let fields = |row: usize| {
            let fields = table.param(row).fields.iter();
            fields
                .map(|field| (field.name.as_str(), (field.type_name.as_str(), field.list)))
                .collect::<BTreeMap<_, _>>()
        };
        let Some((first, others)) = rows.split_first() else { continue };
        let there = fields(*first);
        let mut differing = others.iter().filter(|row| fields(**row) != there);
        let Some(row) = differing.next() else { continue };
        let here = fields(*row);
        let names = |of: &BTreeMap<&str, _>, but: &BTreeMap<&str, _>| {
            of.keys().filter(|name| !but.contains_key(*name)).map(|name| (*name).to_owned()).collect::<Vec<_>>()
        };
        let retyped = here.iter().filter(|(name, kind)| there.get(*name).is_some_and(|other| other != *kind));
        let mut differences = Vec::new();
        for (what, names) in [
            ("only here", names(&here, &there)),
            ("only there", names(&there, &here)),
            ("of another type", retyped.map(|(name, _)| (*name).to_owned()).collect()),
        ] {
            if !names.is_empty() {
                differences.push(format!("{what}: {}", some_of(&names)));
            }
        }
        let more = differing.count();
        let more = if more == 0 { String::new() } else { format!("; {more} more places differ") };
        let message = format!(
            "{} has other fields than at `{}` ({}){more}",
            shown(class),
            table.path(*first),
            differences.join("; ")
        );
        report.cell(&lints::TYPE_NAME_REUSED, table, *row, Column::Type, class, message, None);
    }
}

/// Returns the first few of many names, for a message.
pub(super) fn some_of(names: &[String]) -> String {
    let mut text = names.iter().take(6).map(|name| format!("`{}`", shown(name))).collect::<Vec<_>>().join(", ");
    if names.len() > 6 {
        text.push_str(&format!(" and {} more", names.len() - 6));
    }
    text
}
