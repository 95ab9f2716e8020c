//! Compares the tables with the samples: which fields each has, and whether lists and objects are shown as such.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use topsdk_spec::{Basic, Side, item_name};

use super::Lint;
use super::catalogue as lints;
use super::report::{LintReport, shown};
use super::table_checks::{not_of_type_message, some_of};
use super::value::{self, ValueType};
use crate::check::side_rows::SideRows;
use crate::page::{Column, SampleKind};
use crate::samples::{Node, Sample, Value, setter_name};

/// Compares one side's table with the samples of that side.
///
/// `wrong_cells` are the rows whose 示例值 is already known not to match its type. Samples that repeat the value are not
/// reported again.
pub(super) fn compare(table: &SideRows<'_>, wrong_cells: &BTreeSet<usize>, report: &mut LintReport<'_>) {
    let is_of_side = |kind: &SampleKind| (*kind == SampleKind::Java) == (table.side == Side::Request);
    let mut comparison = Comparison::new(table, wrong_cells);
    for kind in SampleKind::ALL.into_iter().filter(is_of_side) {
        let Some(sample) = read(kind, report) else { continue };
        // Error responses have no table.
        let is_error = matches!(kind, SampleKind::ErrorXml | SampleKind::ErrorJson);
        let compared = sample.response().filter(|(root, _)| !is_error && *root != "error_response");
        let Some((root, nodes)) = compared else { continue };
        check_root(kind, root, report);
        comparison.kind = kind;
        comparison.members(None, nodes);
    }
    comparison.report(report);
}

/// Reports a response sample whose root is that of another method. This happens when a method is renamed and the samples
/// are not updated. A root that does not end in `_response` is left to the comparison of fields.
fn check_root(kind: SampleKind, root: &str, report: &mut LintReport<'_>) {
    let method = report.api.method.as_str();
    let expected = format!("{}_response", method.strip_prefix("taobao.").unwrap_or(method).replace('.', "_"));
    if root.ends_with("_response") && root != expected {
        let start = kind.of(&report.api.samples).and_then(|text| text.find(root)).unwrap_or_default();
        let span = start..start + root.len();
        let message = format!("the root of the {} is `{root}`, expected `{expected}`", kind.title());
        let help = "the sample is of another method: compare it with the page";
        report.sample(&lints::SAMPLE_OF_ANOTHER_METHOD, kind, span, (String::new(), None), message, help);
    }
}

/// Parses a sample, and reports it if it is not well-formed.
fn read(kind: SampleKind, report: &mut LintReport<'_>) -> Option<Sample> {
    let text = kind.of(&report.api.samples)?;
    let (sample, lint) = match kind {
        SampleKind::Java => (Sample::java(text), &lints::INVALID_JAVA_SAMPLE),
        SampleKind::Xml | SampleKind::ErrorXml => (Sample::xml(text), &lints::INVALID_XML_SAMPLE),
        SampleKind::Json | SampleKind::JsonSimplified | SampleKind::ErrorJson => {
            (Sample::json(text), &lints::INVALID_JSON_SAMPLE)
        }
    };
    if let Some(first) = sample.problems.first() {
        let line = text.bytes().take(first.span.start).filter(|byte| *byte == b'\n').count() + 1;
        let more = match sample.problem_count {
            1 => String::new(),
            2 => "; 1 more problem".to_owned(),
            count => format!("; {} more problems", count - 1),
        };
        let message = format!("the {} is malformed at line {line}: {}{more}", kind.title(), first.message);
        report.sample(lint, kind, first.span.clone(), (String::new(), None), message, "");
    }
    Some(sample)
}

/// Stands in a message for the samples that contain a finding. Texts of the page cannot contain it: see [`shown`].
const SAMPLES: char = '\0';

struct Comparison<'a> {
    table: &'a SideRows<'a>,
    wrong_cells: &'a BTreeSet<usize>,
    /// The rows with a name below a parent row, in the page's order. For the Java sample, the name is the setter's.
    named: HashMap<Option<usize>, HashMap<Cow<'a, str>, Vec<usize>>>,
    /// The object types whose fields some row shows.
    object_types: BTreeSet<&'a str>,
    /// The sample that is compared.
    kind: SampleKind,
    /// The samples that contain each row, as a bit set.
    seen: Vec<u8>,
    /// The samples that show the fields of a row, or those at the top.
    opened: HashMap<Option<usize>, u8>,
    /// The findings by row, each once.
    findings: BTreeMap<(usize, Subject), SampleFinding>,
}

/// What a finding is about, besides its row.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    /// The row itself; the lint's name.
    Row(&'static str),
    /// A field below the row, or at the top, that has no row.
    Unknown(Option<usize>, String),
}

struct SampleFinding {
    lint: &'static Lint,
    /// The first sample that contains the finding, and all of them as a bit set.
    kind: SampleKind,
    kinds: u8,
    span: Range<usize>,
    message: String,
    help: &'static str,
}

impl<'a> Comparison<'a> {
    fn new(table: &'a SideRows<'a>, wrong_cells: &'a BTreeSet<usize>) -> Comparison<'a> {
        let mut named: HashMap<_, HashMap<_, Vec<usize>>> = HashMap::new();
        for (row, found) in table.rows.iter().enumerate() {
            let name = match table.side {
                Side::Request => Cow::Owned(setter_name(&found.param.name)),
                Side::Response => Cow::Borrowed(found.param.name.as_str()),
            };
            named.entry(found.parent).or_default().entry(name).or_default().push(row);
        }
        Comparison {
            table,
            wrong_cells,
            named,
            object_types: table.object_types(),
            kind: SampleKind::Java,
            seen: vec![0; table.rows.len()],
            opened: HashMap::new(),
            findings: BTreeMap::new(),
        }
    }

    /// Returns the rows with a name below a parent row.
    fn rows(&self, parent: Option<usize>, name: &str) -> &[usize] {
        self.named.get(&parent).and_then(|names| names.get(name)).map_or(&[], Vec::as_slice)
    }

    /// Compares the fields of an object or of the root. The recursion depth is that of the sample, which is bounded.
    fn members(&mut self, parent: Option<usize>, nodes: &[Node]) {
        *self.opened.entry(parent).or_default() |= bit(self.kind);
        // The number of earlier nodes with the same name, for the few objects in which several rows share a name.
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for node in nodes {
            let rows = self.rows(parent, &node.name);
            let earlier = match rows.len() {
                0 | 1 => 0,
                _ => *counts.entry(&node.name).and_modify(|count| *count += 1).or_default(),
            };
            match rows.get(earlier).or(rows.last()).copied() {
                Some(row) => {
                    self.seen[row] |= bit(self.kind);
                    if self.table.param(row).list { self.list(row, node) } else { self.single(row, node) }
                }
                // `request_id` is at the top level of responses without being a field (docs/protocol.md section 5.3).
                None if parent.is_none() && node.name == "request_id" => {}
                None => self.report_unknown(parent, node),
            }
        }
    }

    fn single(&mut self, row: usize, node: &Node) {
        let items = match &node.value {
            Value::Items(items) => Some(items),
            // A list in JSON: an object with one member, which has the item name and holds an array.
            Value::Members(members) => match members.as_slice() {
                [Node { name, value: Value::Items(items), .. }] if self.rows(Some(row), name).is_empty() => Some(items),
                _ => None,
            },
            _ => None,
        };
        match items {
            Some(items) if !ValueType::of(&self.table.param(row).type_name).is_some_and(|kind| kind.is_any_json) => {
                let message = format!("is not a list, but {SAMPLES} a list of {}", items.len());
                self.report_row(&lints::VALUE_AS_LIST, row, node, message);
                items.iter().for_each(|item| self.item(row, item));
            }
            _ => self.item(row, node),
        }
    }

    /// Compares a single value, or one item of a list.
    fn item(&mut self, row: usize, node: &Node) {
        let param = self.table.param(row);
        let kind = ValueType::of(&param.type_name);
        match &node.value {
            Value::Members(members) if param.is_object() => self.members(Some(row), members),
            // The row's type is a class whose fields no row shows. Where another row shows them, the site has cut this one off.
            Value::Members(members) if kind.is_none() && !self.object_types.contains(param.type_name.as_str()) => {
                self.members(Some(row), members);
            }
            Value::Text(text) if value::is_absent(text) => {}
            Value::Text(text) if param.is_object() => {
                let message = format!("has fields, but {SAMPLES} the text `{}`", shown(text));
                self.report_row(&lints::VALUE_NOT_OF_TYPE, row, node, message);
            }
            Value::Text(text) => {
                let Some(kind) = kind else { return };
                // Java writes a long number with an `L`.
                let number = text.strip_suffix('L').filter(|_| self.kind == SampleKind::Java).unwrap_or(text);
                let list = param.list && self.kind == SampleKind::Java;
                if !list && !value::is_absent(number) && !kind.takes(number) {
                    self.report_row(&lints::VALUE_NOT_OF_TYPE, row, node, not_of_type_message(param, kind, number));
                }
            }
            Value::Members(members) if kind.is_some_and(|kind| kind.basic != Basic::Json) && !members.is_empty() => {
                let names = some_of(members.iter().map(|member| member.name.as_str()));
                let word = &param.type_name;
                let message = format!("is a {word}, but {SAMPLES} an object of {names}");
                self.report_row(&lints::VALUE_NOT_OF_TYPE, row, node, message);
            }
            Value::Members(_) | Value::Items(_) | Value::Nothing => {}
        }
    }

    fn list(&mut self, row: usize, node: &Node) {
        let param = self.table.param(row);
        let members = match &node.value {
            Value::Nothing => return,
            Value::Text(text) if value::is_absent(text) => return,
            Value::Items(items) => return self.items(row, items),
            // In a request, a list may be one text, and an object list of one item is set like an object.
            _ if self.kind == SampleKind::Java => return self.item(row, node),
            Value::Text(text) => {
                let message = format!("is a list, but {SAMPLES} the single value `{}`", shown(text));
                return self.report_row(&lints::LIST_AS_ONE_VALUE, row, node, message);
            }
            Value::Members(members) => members,
        };
        let item = item_name(if param.type_name.is_empty() { "String" } else { &param.type_name });
        let Some(first) = members.first() else { return };
        let alike = members.iter().all(|member| member.name == first.name);
        // Items may have the same name as the list or as one of their own fields. The item name takes precedence.
        if !alike || first.name != item && !self.rows(Some(row), &first.name).is_empty() {
            let message = format!("is a list, but {SAMPLES} an object without items");
            self.report_row(&lints::LIST_AS_ONE_VALUE, row, node, message);
            if param.is_object() {
                self.members(Some(row), members);
            }
            return;
        }
        let name = shown(&first.name);
        if first.name != item {
            let message =
                format!("has items named `{name}`: expected `{item}`, from the type {}", shown(&param.type_name));
            self.report_row(&lints::ITEM_NAME_DIFFERS, row, first, message);
        }
        if let ([Node { value: Value::Items(items), .. }], false) = (members.as_slice(), self.kind == SampleKind::Xml) {
            return self.items(row, items);
        }
        if self.kind != SampleKind::Xml {
            let message = format!("is a list, but {SAMPLES} `{name}` without an array");
            self.report_row(&lints::LIST_AS_ONE_VALUE, row, first, message);
        }
        self.items(row, members);
    }

    fn items(&mut self, row: usize, items: &[Node]) {
        let param = self.table.param(row);
        let kind = ValueType::of(&param.type_name);
        if let (Some(first), Some(most)) = (items.first(), param.limits.max_list_size)
            && items.len() as u64 > most
        {
            let message = format!("has {} items, but 最大列表长度 is {most}", items.len());
            self.report_row(&lints::SAMPLE_BEYOND_LIMIT, row, first, message);
        }
        for item in items {
            match &item.value {
                Value::Text(text) if !param.is_object() && value::looks_like_list(kind, text) => {
                    let message = format!("is a list, but {SAMPLES} several values in one item: `{}`", shown(text));
                    self.report_row(&lints::LIST_AS_ONE_VALUE, row, item, message);
                }
                _ => self.item(row, item),
            }
        }
    }

    /// Records a finding about a row. The message goes on after the row's name.
    fn report_row(&mut self, lint: &'static Lint, row: usize, node: &Node, message: String) {
        if lint.name == lints::VALUE_NOT_OF_TYPE.name && self.wrong_cells.contains(&row) {
            return;
        }
        let kind = self.kind;
        let finding = SampleFinding { lint, kind, kinds: 0, span: node.span.clone(), message, help: "" };
        self.findings.entry((row, Subject::Row(lint.name))).or_insert(finding).kinds |= bit(kind);
    }

    /// Records a field that the table lacks.
    fn report_unknown(&mut self, parent: Option<usize>, node: &Node) {
        let (table, kind) = (self.table, self.kind);
        let subject = Subject::Unknown(parent, node.name.clone());
        let finding = self.findings.entry((parent.unwrap_or_default(), subject)).or_insert_with(|| {
            let name = shown(&node.name);
            let (message, help) = if kind == SampleKind::Java {
                let owner = parent.map_or("the request".to_owned(), |row| format!("`{}`", table.path(row)));
                let message = format!("the Java sample calls `{name}` on {owner}, but the table has no such parameter");
                (message, "add it by an override; its name on the wire is most likely the setter's in snake case")
            } else {
                let value = match &node.value {
                    Value::Nothing => "without a value".to_owned(),
                    Value::Text(text) => format!("with the value `{}`", shown(text)),
                    Value::Members(_) => "an object".to_owned(),
                    Value::Items(_) => "a list".to_owned(),
                };
                let message = format!("{SAMPLES} `{name}`, {value}, but the table has no such field");
                (message, "add it by an override: `add = { name = …, type = … }`")
            };
            let (lint, span) = (&lints::FIELD_NOT_IN_TABLE, node.name_span.clone());
            SampleFinding { lint, kind, kinds: 0, span, message, help }
        });
        finding.kinds |= bit(kind);
    }

    fn report(self, report: &mut LintReport<'_>) {
        let table = self.table;
        for ((row, subject), SampleFinding { lint, kind, kinds, span, message, help }) in self.findings {
            let message = message.replace(SAMPLES, &samples(kinds, ["shows", "show"]));
            let (path, message) = match subject {
                Subject::Row(_) => (table.path(row), format!("`{}` {message}", shown(&table.param(row).name))),
                Subject::Unknown(parent, name) => (table.path_below(parent, &name), message),
            };
            report.sample(lint, kind, span, (path, Some((table.side, row))), message, help);
        }
        for (row, found) in table.rows.iter().enumerate() {
            let missing = self.opened.get(&found.parent).copied().unwrap_or_default() & !self.seen[row];
            if missing == 0 {
                continue;
            }
            let name = shown(&found.param.name);
            if table.side == Side::Request && found.param.required {
                let message = format!("`{name}` is required, but the Java sample does not set it");
                let help = "if it is optional, correct the row by an override: `required = false`";
                report.cell(&lints::REQUIRED_NOT_IN_SAMPLE, table, row, Column::Required, "必须", message, help);
            } else {
                let message = format!("the table has `{name}`, but {} it", samples(missing, ["lacks", "lack"]));
                // Real pages leave such rows out at the top level. Below it, they are shown without a value.
                let help = match found.param.example.is_empty() && found.parent.is_none() {
                    true => "its 示例值 is empty, and the site may omit such rows from its samples",
                    false => "",
                };
                report.cell(&lints::FIELD_NOT_IN_SAMPLE, table, row, Column::Name, &found.param.name, message, help);
            }
        }
    }
}

fn bit(kind: SampleKind) -> u8 {
    1 << kind as u8
}

/// Returns text such as "the XML sample shows" or "the XML sample and the JSON sample show".
fn samples(kinds: u8, [one, many]: [&str; 2]) -> String {
    let kinds = SampleKind::ALL.into_iter().filter(|kind| kinds & bit(*kind) != 0);
    let titles: Vec<String> = kinds.map(|kind| format!("the {}", kind.title())).collect();
    match titles.split_last() {
        Some((last, [])) => format!("{last} {one}"),
        Some((last, others)) => format!("{} and {last} {many}", others.join(", ")),
        None => String::new(),
    }
}
