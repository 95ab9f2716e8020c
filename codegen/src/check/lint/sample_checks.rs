//! Compares the tables with the samples: which fields each has, and whether lists and objects are shown as such.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use topsdk_spec::{Side, item_name};

use super::Lint;
use super::catalogue as lints;
use super::report::{LintReport, shown};
use super::side_rows::SideRows;
use super::table_checks::{not_of_type_message, some_of};
use super::value::{self, ValueType};
use crate::page::{Column, SampleKind};
use crate::samples::{Node, Sample, Value, setter_name};

/// Compares one side's table with the samples of that side.
///
/// `wrong_cells` are the rows whose 示例值 is already known not to match its type. Samples that repeat the value are not
/// reported again.
pub(super) fn compare(table: &SideRows<'_>, wrong_cells: &BTreeSet<usize>, report: &mut LintReport<'_>) {
    let kinds: &[SampleKind] = match table.side {
        Side::Request => &[SampleKind::Java],
        Side::Response => &[SampleKind::Xml, SampleKind::Json, SampleKind::JsonSimplified],
    };
    let mut comparison = Comparison::new(table, wrong_cells);
    for kind in kinds {
        let Some(sample) = read(*kind, report) else { continue };
        let root = match (kind, &sample.root) {
            (SampleKind::Java, Some(Node { value: Value::Members(setters), .. })) => Some(setters.as_slice()),
            (SampleKind::Java, _) => None,
            _ => sample.response().filter(|(root, _)| *root != "error_response").map(|(root, fields)| {
                check_root(*kind, root, report);
                fields
            }),
        };
        if let Some(nodes) = root {
            comparison.run(*kind, nodes);
        }
    }
    comparison.report(report);
}

/// Reports a response sample whose root is that of another method. This happens when a method is renamed and the samples
/// are not updated. A root that does not end in `_response` is left to the comparison of fields.
fn check_root(kind: SampleKind, root: &str, report: &mut LintReport<'_>) {
    let method = report.api.method.as_str();
    let expected = format!("{}_response", method.strip_prefix("taobao.").unwrap_or(method).replace('.', "_"));
    if root.ends_with("_response") && root != expected {
        let text = kind.of(&report.api.samples).unwrap_or_default();
        let start = text.find(root).unwrap_or_default();
        let message = format!("the root of the {} is `{root}`, expected `{expected}`", kind.title());
        let help = "the sample is of another method: compare it with the page";
        report.sample(
            &lints::SAMPLE_OF_ANOTHER_METHOD,
            kind,
            start..start + root.len(),
            (String::new(), None),
            message,
            help,
        );
    }
}

/// Checks the samples of error responses, which have no table.
pub(super) fn check_failures(report: &mut LintReport<'_>) {
    for kind in [SampleKind::ErrorXml, SampleKind::ErrorJson] {
        read(kind, report);
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
            2 => "; there is one more such place".to_owned(),
            count => format!("; there are {} more such places", count - 1),
        };
        let message = format!("the {} is broken in its line {line}: {}{more}", kind.title(), first.message);
        report.sample(lint, kind, first.span.clone(), (String::new(), None), message, None);
    }
    Some(sample)
}

struct Comparison<'a> {
    table: &'a SideRows<'a>,
    wrong_cells: &'a BTreeSet<usize>,
    /// The rows with a name below a parent row, in the page's order. For the Java sample, the name is the setter's.
    named: HashMap<(Option<usize>, Cow<'a, str>), Vec<usize>>,
    /// The object types whose fields some row shows.
    classes: BTreeSet<&'a str>,
    /// The samples that have been compared, as a bit set.
    compared: u8,
    /// For each row, the samples that contain it (`seen`) and those that show its fields (`opened`).
    seen: Vec<u8>,
    opened: Vec<u8>,
    /// The findings about rows (`marks`) and the fields without a row (`unknown`), each once, with the samples that
    /// contain it.
    marks: BTreeMap<(usize, &'static str), Mark>,
    unknown: BTreeMap<(Option<usize>, String), Mark>,
    kind: SampleKind,
}

struct Mark {
    lint: &'static Lint,
    kinds: u8,
    kind: SampleKind,
    span: Range<usize>,
    message: String,
}

impl<'a> Comparison<'a> {
    fn new(table: &'a SideRows<'a>, wrong_cells: &'a BTreeSet<usize>) -> Comparison<'a> {
        let mut named: HashMap<_, Vec<usize>> = HashMap::new();
        for (row, found) in table.rows.iter().enumerate() {
            let name = match table.side {
                Side::Request => Cow::Owned(setter_name(&found.param.name)),
                Side::Response => Cow::Borrowed(found.param.name.as_str()),
            };
            named.entry((found.parent, name)).or_default().push(row);
        }
        Comparison {
            table,
            wrong_cells,
            named,
            classes: super::table_checks::classes(table),
            compared: 0,
            seen: vec![0; table.rows.len()],
            opened: vec![0; table.rows.len()],
            marks: BTreeMap::new(),
            unknown: BTreeMap::new(),
            kind: SampleKind::Java,
        }
    }

    fn run(&mut self, kind: SampleKind, nodes: &[Node]) {
        self.kind = kind;
        self.compared |= bit(kind);
        self.members(None, nodes);
    }

    /// Compares the fields of an object or of the root. The recursion depth is that of the sample, which is bounded.
    fn members(&mut self, parent: Option<usize>, nodes: &[Node]) {
        if let Some(row) = parent {
            self.opened[row] |= bit(self.kind);
        }
        // The number of earlier nodes with the same name, for the few objects in which several rows share a name.
        let mut counts: HashMap<usize, usize> = HashMap::new();
        for node in nodes {
            let rows = self.named.get(&(parent, Cow::Borrowed(node.name.as_str()))).map(Vec::as_slice);
            let row = match rows {
                Some([row]) => Some(*row),
                Some(rows) => rows.first().and_then(|first| {
                    let count = counts.entry(*first).or_default();
                    *count += 1;
                    rows.get(*count - 1).or(rows.last()).copied()
                }),
                None => None,
            };
            if let Some(row) = row {
                self.seen[row] |= bit(self.kind);
                self.value(row, node);
            } else if parent.is_some() || node.name != "request_id" {
                // `request_id` is at the top level of responses without being a field (docs/protocol.md section 5.3).
                self.unknown(parent, node);
            }
        }
    }

    fn value(&mut self, row: usize, node: &Node) {
        if self.table.param(row).list {
            self.list(row, node);
        } else {
            self.single(row, node);
        }
    }

    fn single(&mut self, row: usize, node: &Node) {
        let items = match &node.value {
            Value::Items(items) => Some(items),
            // A list in JSON: an object with one member, which has the item name and holds an array.
            Value::Members(members) => match members.as_slice() {
                [Node { name, value: Value::Items(items), .. }] if !self.has_field(row, name) => Some(items),
                _ => None,
            },
            _ => None,
        };
        let param = self.table.param(row);
        match items {
            Some(items) if ValueType::of(&param.type_name) != Some(ValueType::Json) => {
                let message = format!("`{}` is no list, but {{}} a list of {} here", shown(&param.name), items.len());
                self.mark(&lints::VALUE_AS_LIST, row, node, message);
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
            Value::Text(text) if value::is_absent(text) => {}
            Value::Text(text) if param.is_object() => {
                let message = format!("`{}` has fields, but {{}} the text `{}` here", shown(&param.name), shown(text));
                self.mark(&lints::VALUE_NOT_OF_TYPE, row, node, message);
            }
            Value::Text(text) => {
                let Some(kind) = kind else { return };
                // Java writes a long number with an `L`.
                let number = text.strip_suffix('L').filter(|_| self.kind == SampleKind::Java).unwrap_or(text);
                let list = param.list && self.kind == SampleKind::Java;
                if !list && !value::is_absent(number) && !kind.takes(number) {
                    let message = not_of_type_message(param, kind, number);
                    self.mark(&lints::VALUE_NOT_OF_TYPE, row, node, message);
                }
            }
            Value::Members(members) if kind.is_none() => {
                // The row's type is a class, and the page shows no fields for it here. If another row shows them, the
                // site has cut this one off.
                if !self.classes.contains(param.type_name.as_str()) {
                    self.opened[row] |= bit(self.kind);
                    members.iter().for_each(|member| self.unknown(Some(row), member));
                }
            }
            Value::Members(members)
                if !matches!(kind, Some(ValueType::Json | ValueType::Map)) && !members.is_empty() =>
            {
                let names: Vec<String> = members.iter().take(7).map(|member| member.name.clone()).collect();
                let message = format!(
                    "`{}` is a {}, but {{}} an object here, of {}",
                    shown(&param.name),
                    param.type_name,
                    some_of(&names)
                );
                self.mark(&lints::VALUE_NOT_OF_TYPE, row, node, message);
            }
            Value::Members(_) | Value::Items(_) | Value::Nothing => {}
        }
    }

    fn list(&mut self, row: usize, node: &Node) {
        let param = self.table.param(row);
        let members = match &node.value {
            Value::Nothing => return,
            Value::Text(text) if value::is_absent(text) => return,
            // In a request, a list may be one text, and an object list of one item is set like an object.
            _ if self.kind == SampleKind::Java && !matches!(node.value, Value::Items(_)) => {
                return self.item(row, node);
            }
            Value::Text(text) => {
                let message =
                    format!("`{}` is a list, but {{}} the one value `{}` here", shown(&param.name), shown(text));
                return self.mark(&lints::LIST_AS_ONE_VALUE, row, node, message);
            }
            Value::Items(items) => return self.items(row, items.iter()),
            Value::Members(members) => members,
        };
        let item = item_name(if param.type_name.is_empty() { "String" } else { &param.type_name });
        let Some(first) = members.first() else { return };
        let alike = members.iter().all(|member| member.name == first.name);
        // Items may have the same name as the list or as one of their own fields. The item name takes precedence.
        if !alike || first.name != item && self.has_field(row, &first.name) {
            let message = format!("`{}` is a list, but {{}} one object without items here", shown(&param.name));
            self.mark(&lints::LIST_AS_ONE_VALUE, row, node, message);
            if param.is_object() {
                self.members(Some(row), members);
            }
            return;
        }
        if first.name != item {
            let message = format!(
                "the items of `{}` are called `{}`, but the type {} makes it `{item}`",
                shown(&param.name),
                shown(&first.name),
                shown(&param.type_name)
            );
            self.mark(&lints::ITEM_NAME_DIFFERS, row, first, message);
        }
        if self.kind == SampleKind::Xml {
            return self.items(row, members.iter());
        }
        if let [Node { value: Value::Items(items), .. }] = members.as_slice() {
            return self.items(row, items.iter());
        }
        let message =
            format!("`{}` is a list, but {{}} `{}` without an array here", shown(&param.name), shown(&first.name));
        self.mark(&lints::LIST_AS_ONE_VALUE, row, first, message);
        self.items(row, members.iter());
    }

    fn items<'n>(&mut self, row: usize, items: impl ExactSizeIterator<Item = &'n Node>) {
        let param = self.table.param(row);
        let kind = ValueType::of(&param.type_name);
        let count = items.len();
        for item in items {
            if let Some(most) =
                param.limits.max_list_size.filter(|most| u64::try_from(count).is_ok_and(|count| count > *most))
            {
                let message = format!("`{}` has {count} items here, 最大列表长度 is {most}", shown(&param.name));
                self.mark(&lints::SAMPLE_BEYOND_LIMIT, row, item, message);
            }
            match &item.value {
                Value::Text(text) if !param.is_object() && value::looks_like_list(kind, text) => {
                    let message = format!(
                        "`{}` is a list, but {{}} several values in one item here: `{}`",
                        shown(&param.name),
                        shown(text)
                    );
                    self.mark(&lints::LIST_AS_ONE_VALUE, row, item, message);
                }
                _ => self.item(row, item),
            }
        }
    }

    fn has_field(&self, row: usize, name: &str) -> bool {
        self.named.contains_key(&(Some(row), Cow::Borrowed(name)))
    }

    /// Records a finding about a row. The `{}` in the message is replaced by the samples that contain it.
    fn mark(&mut self, lint: &'static Lint, row: usize, node: &Node, message: String) {
        if lint.name == lints::VALUE_NOT_OF_TYPE.name && self.wrong_cells.contains(&row) {
            return;
        }
        let (kind, span) = (self.kind, node.span.clone());
        let mark = self.marks.entry((row, lint.name)).or_insert(Mark { lint, kinds: 0, kind, span, message });
        mark.kinds |= bit(kind);
    }

    fn unknown(&mut self, parent: Option<usize>, node: &Node) {
        let kind = self.kind;
        let mark = self.unknown.entry((parent, node.name.clone())).or_insert_with(|| Mark {
            lint: &lints::FIELD_NOT_IN_TABLE,
            kinds: 0,
            kind,
            span: node.name_span.clone(),
            message: what_is_shown(&node.value),
        });
        mark.kinds |= bit(kind);
    }

    fn report(self, report: &mut LintReport<'_>) {
        let table = self.table;
        for ((row, _), mark) in self.marks {
            let message = mark.message.replacen("{}", &show(mark.kinds), 1);
            report.sample(mark.lint, mark.kind, mark.span, (table.path(row), Some((table.side, row))), message, None);
        }
        for ((parent, name), mark) in self.unknown {
            let path = table.path_below(parent, &name);
            let row = parent.unwrap_or_default();
            let (message, help) = if mark.kind == SampleKind::Java {
                let owner = parent.map_or("the request".to_owned(), |row| format!("`{}`", table.path(row)));
                let message =
                    format!("the Java sample calls `{}` on {owner}, but the table has no such parameter", shown(&name));
                (message, "add it by an override; its name on the wire is most likely the setter's in snake case")
            } else {
                let message = format!(
                    "{} `{}`, {}, but the table has no such field",
                    show(mark.kinds),
                    shown(&name),
                    mark.message
                );
                (message, "add it by an override: `add = { name = …, type = … }`")
            };
            report.sample(mark.lint, mark.kind, mark.span, (path, Some((table.side, row))), message, help);
        }
        for (row, found) in table.rows.iter().enumerate() {
            let above = found.parent.map_or(self.compared, |parent| self.opened[parent]);
            let missing = above & !self.seen[row];
            if missing == 0 {
                continue;
            }
            let name = shown(&found.param.name);
            if table.side == Side::Request && found.param.required {
                let message = format!("`{name}` is required, but the Java sample does not set it");
                let help = "if it is not required, say so by an override: `required = false`";
                report.cell(&lints::REQUIRED_NOT_IN_SAMPLE, table, row, Column::Required, "必须", message, help);
            } else {
                let lack = lacks(missing);
                let message = format!("`{name}` stands in the table, but {lack}");
                // Real pages leave such rows out at the top level. Below it, they are shown without a value.
                let empty = found.param.example.is_empty() && found.parent.is_none();
                let help = empty
                    .then(|| "its 示例值 is empty, and the site may leave such rows out of its samples".to_owned());
                report.cell(&lints::FIELD_NOT_IN_SAMPLE, table, row, Column::Name, &found.param.name, message, help);
            }
        }
    }
}

fn what_is_shown(value: &Value) -> String {
    match value {
        Value::Nothing => "without a value".to_owned(),
        Value::Text(text) => format!("which is `{}`", shown(text)),
        Value::Members(_) => "an object".to_owned(),
        Value::Items(_) => "a list".to_owned(),
    }
}

fn bit(kind: SampleKind) -> u8 {
    match kind {
        SampleKind::Java => 1,
        SampleKind::Xml => 2,
        SampleKind::Json => 4,
        SampleKind::JsonSimplified => 8,
        SampleKind::ErrorXml => 16,
        SampleKind::ErrorJson => 32,
    }
}

/// Returns text such as "the XML sample shows" or "the XML and the JSON sample show".
fn show(kinds: u8) -> String {
    let (samples, many) = samples(kinds);
    format!("{samples} {}", if many { "show" } else { "shows" })
}

fn lacks(kinds: u8) -> String {
    let (samples, many) = samples(kinds);
    format!("{samples} {} it", if many { "lack" } else { "lacks" })
}

fn samples(kinds: u8) -> (String, bool) {
    let titles: Vec<_> =
        SampleKind::ALL.iter().filter(|kind| kinds & bit(**kind) != 0).map(|kind| kind.title()).collect();
    match titles.as_slice() {
        [] => (String::new(), false),
        [title] => (format!("the {title}"), false),
        [titles @ .., last] => (format!("the {} and the {last}", titles.join(", the ")), true),
    }
}
