//! A parameter table to rows: its own rows, and the lists of fields between them.

use std::collections::HashMap;
use std::ops::Range;

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::Node;

use super::source::visible;
use crate::diagnostic::Severity;
use crate::page::words::{self, clip};
use crate::page::{Children, Column, Row};
use crate::read::markdown;
use crate::read::report::Report;
use topsdk_spec::Side;

type Element<'d> = NodeRef<'d, Node>;

/// A table of the page with the meaning of its columns.
pub(super) struct Table<'d> {
    lines: Vec<Vec<Element<'d>>>,
    columns: Vec<Option<Column>>,
    titles: Vec<String>,
    /// How many lines the header takes.
    header: usize,
}

impl<'d> Table<'d> {
    /// Reads the lines of a table; those of tables inside it are not its own.
    pub(super) fn new(table: Element<'d>) -> Table<'d> {
        let mut lines = Vec::new();
        // tr stand in the table, or in one of its bodies: never deeper.
        for child in table.children() {
            match name(child) {
                "tr" => lines.push(cells(child)),
                "thead" | "tbody" | "tfoot" => {
                    lines.extend(child.children().filter(|node| name(*node) == "tr").map(cells))
                }
                _ => {}
            }
        }
        let titles: Vec<String> = lines.first().into_iter().flatten().map(|&cell| text(cell)).collect();
        let columns: Vec<Option<Column>> = titles.iter().map(|title| words::column(title)).collect();
        let known = columns.contains(&Some(Column::Name)) && columns.iter().flatten().count() > 1;
        if known {
            Table { lines, columns, titles, header: 1 }
        } else {
            Table { lines, columns: vec![], titles, header: 0 }
        }
    }

    /// A table of nothing.
    pub(super) fn empty() -> Table<'d> {
        Table { lines: Vec::new(), columns: Vec::new(), titles: Vec::new(), header: 0 }
    }

    pub(super) fn titles(&self) -> &[String] {
        &self.titles
    }

    pub(super) fn lines(&self) -> &[Vec<Element<'d>>] {
        &self.lines
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.columns.contains(&Some(column))
    }

    /// Whether its columns are those of one side's parameters.
    pub(super) fn is_of(&self, side: Side) -> bool {
        let named = self.has(Column::Name) && self.has(Column::Type);
        named
            && match side {
                Side::Request => self.has(Column::Required),
                Side::Response => self.has(Column::Example) && !self.has(Column::Required),
            }
    }

    /// The rows of the table, in the page's order.
    pub(super) fn rows(mut self, side: Side, page: &Located<'_>, report: &mut Report) -> Vec<Row> {
        if self.header == 0 {
            self.columns = match side {
                Side::Request => Column::ALL.map(Some).to_vec(),
                Side::Response => [Column::Name, Column::Type, Column::Example, Column::Description].map(Some).to_vec(),
            };
            if !self.lines.is_empty() {
                let message = "the table has no column titles; read in the site's order".to_owned();
                report.add(Severity::Warning, "untitled-columns", side.heading(), message);
            }
        }
        for (title, column) in self.titles.iter().zip(&self.columns) {
            if column.is_none() {
                let message = format!("the column {title:?} is not one that the site has; it is left out");
                report.add_text(Severity::Warning, "unknown-column", side.heading(), title, message);
            }
        }
        let mut reader = Reader { columns: &self.columns, page, side, report, rows: Vec::new(), marks: Vec::new() };
        let mut last = None;
        for line in &self.lines[self.header.min(self.lines.len())..] {
            match line[..] {
                [] => {}
                [cell] if has_rows(cell) => reader.fields(cell, last),
                [cell] if self.columns.len() > 1 => reader.stray(&text(cell)),
                _ => last = Some(reader.row(line, None)),
            }
        }
        reader.finish()
    }
}

/// The decoded page and where its cells stand.
pub(super) struct Located<'p> {
    pub(super) text: &'p str,
    pub(super) cells: &'p HashMap<NodeId, Range<usize>>,
}

struct Reader<'r> {
    columns: &'r [Option<Column>],
    page: &'r Located<'r>,
    side: Side,
    report: &'r mut Report,
    rows: Vec<Row>,
    marks: Vec<Mark>,
}

/// What a row's name cell says about its fields (html.md, "Children").
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// `└`: none.
    Leaf,
    /// The icon, or the class of what opens: some.
    Object,
    /// Neither.
    Bare,
}

impl Reader<'_> {
    fn finish(self) -> Vec<Row> {
        for (index, row) in self.rows.iter().enumerate() {
            let is_empty = row.under.is_none() && row.children == Children::None;
            // Of an object's type the lints say that its fields are missing.
            if is_empty && self.marks[index] == Mark::Object && words::is_basic(&row.type_name) {
                let message = format!("{:?} is marked as an object, but no fields follow", row.name);
                self.report.add_row(Severity::Warning, "mark-without-fields", self.side, index, None, message);
            }
        }
        self.rows
    }

    /// Says of the rows below one row where their fields are, as far as the markup tells.
    fn settle(&mut self, first: usize, above: Option<usize>) {
        let contradicted =
            |&index: &usize| self.marks[index] == Mark::Leaf && self.rows[index].children == Children::Own;
        if let Some(leaf) = (first..self.rows.len()).find(contradicted) {
            let message = format!(
                "{:?} is marked as a row without fields, but the markup nests rows in it; the samples decide",
                self.rows[leaf].name
            );
            self.report.add_row(Severity::Warning, "contradictory-nesting", self.side, leaf, Column::Name, message);
            for row in &mut self.rows[first..] {
                (row.under, row.children) = (above, Children::None);
            }
        }
        let nested = self.rows[first..].iter().any(|row| row.children == Children::Own);
        let marked = self.marks[first..].iter().any(|mark| *mark != Mark::Bare);
        for (row, mark) in self.rows[first..].iter_mut().zip(&self.marks[first..]) {
            row.children = match (row.children, mark) {
                (Children::Own, _) => Children::Own,
                (_, Mark::Leaf) => Children::None,
                (_, Mark::Object) => Children::Following,
                // html.md: a child that has children itself has no "└".
                (_, Mark::Bare) if marked && !nested => Children::Following,
                (_, Mark::Bare) if nested => Children::None,
                (_, Mark::Bare) => Children::Unknown,
            };
        }
    }

    /// Reads the lists of fields below a row: each `ul` is a row, and a list inside a list belongs to the row before.
    fn fields(&mut self, cell: Element<'_>, under: Option<usize>) {
        // Each list: what its rows stand below, and its last row.
        let mut lists: Vec<(Option<usize>, Option<usize>)> = vec![(under, None)];
        let mut inside: Option<NodeId> = None;
        let first = self.rows.len();
        for edge in cell.traverse() {
            match edge {
                Edge::Open(node) if node == cell => {}
                Edge::Open(node) => match name(node) {
                    "ul" if inside.is_none() => {
                        inside = Some(node.id());
                        let items: Vec<_> = node.children().filter(|item| name(*item) == "li").collect();
                        if items.is_empty() {
                            self.stray(&text(node));
                            continue;
                        }
                        let (under, _) = lists.last().copied().unwrap_or_default();
                        let row = self.row(&items, under);
                        // A description that ends its own cell goes on beside the cells.
                        let loose = markdown::from_nodes(node.children().filter(|item| name(*item) != "li"));
                        if !loose.is_empty() {
                            let description = &mut self.rows[row].description;
                            if !description.is_empty() {
                                description.push(' ');
                            }
                            description.push_str(&loose);
                        }
                        if let Some(list) = lists.last_mut() {
                            list.1 = Some(row);
                        }
                    }
                    "" if inside.is_none() => {
                        if let Node::Text(text) = node.value() {
                            self.stray(text);
                        }
                    }
                    kind if inside.is_none() && is_list(kind) => {
                        let (under, last) = lists.last().copied().unwrap_or_default();
                        lists.push((last.or(under), None));
                    }
                    _ => {}
                },
                Edge::Close(node) if inside == Some(node.id()) => inside = None,
                Edge::Close(node) if node != cell && inside.is_none() && is_list(name(node)) => {
                    lists.pop();
                }
                Edge::Close(_) => {}
            }
        }
        self.settle(first, under);
    }

    fn row(&mut self, cells: &[Element<'_>], under: Option<usize>) -> usize {
        let index = self.rows.len();
        let mut row = Row { under, ..Row::default() };
        let columns = self.assign(cells);
        let mut mark = Mark::Bare;
        let mut extra = Vec::new();
        for (place, (cell, column)) in cells.iter().zip(columns).enumerate() {
            match column {
                Some(Column::Name) => {
                    let content = text(*cell);
                    let bare = content.trim_start_matches(|letter| words::is_branch(letter) || letter == ' ');
                    mark = if content.starts_with(words::is_branch) {
                        Mark::Leaf
                    } else if is_object(*cell) {
                        Mark::Object
                    } else {
                        Mark::Bare
                    };
                    row.name = bare.trim().to_owned();
                }
                Some(Column::Type) => row.set_type(&text(*cell)),
                Some(Column::Required) => {
                    let content = text(*cell);
                    match words::required(&content) {
                        Some(required) => row.required = required,
                        None if content.is_empty() => {}
                        None => self.unknown_word(&row, &content),
                    }
                }
                Some(Column::Example) => row.example = inner_text(*cell).trim().to_owned(),
                Some(Column::Limits) => {
                    for line in lines(*cell) {
                        if let Err(line) = words::add_limit(&mut row.limits, &line) {
                            self.unknown_limit(&row, line);
                        }
                    }
                }
                Some(Column::Description) => {
                    row.description = markdown::from_nodes(std::iter::once(*cell));
                }
                // Of a column that the site does not have, which was said.
                None if place < self.columns.len() => {}
                None => extra.push(*cell),
            }
            if let Some(column) = column {
                let span = self.page.cells.get(&cell.id()).and_then(|range| visible(self.page.text, range));
                row.set_span(column, span);
            }
        }
        // Behind the cells that have titles: more of the last one.
        for cell in extra {
            let more = markdown::from_nodes(std::iter::once(cell));
            if !more.is_empty() {
                if !row.description.is_empty() {
                    row.description.push('\n');
                }
                row.description.push_str(&format!("- {more}"));
            }
        }
        if let Some(under) = under {
            self.rows[under].children = Children::Own;
        }
        self.rows.push(row);
        self.marks.push(mark);
        index
    }

    /// Which column each cell of a row belongs to: by its place; where a row has too few cells, by their classes.
    fn assign(&self, cells: &[Element<'_>]) -> Vec<Option<Column>> {
        if cells.len() < self.columns.len() {
            let classes: Vec<Option<Column>> = cells.iter().map(|cell| class_column(*cell)).collect();
            if classes.first() == Some(&Some(Column::Name)) && classes.iter().all(Option::is_some) {
                return classes;
            }
        }
        let extra = cells.len().saturating_sub(self.columns.len());
        self.columns.iter().copied().chain(std::iter::repeat_n(None, extra)).collect()
    }

    fn stray(&mut self, content: &str) {
        let content = content.split_whitespace().collect::<Vec<_>>().join(" ");
        if !content.is_empty() {
            let message = format!("the text {:?} stands between the rows; it is left out", clip(&content));
            self.report.add_text(Severity::Warning, "stray-text", self.side.heading(), &content, message);
        }
    }

    fn unknown_word(&mut self, row: &Row, content: &str) {
        let message = format!("{:?}: expected 必须 or 可选, found {:?}; read as 可选", row.name, clip(content));
        self.report.add_row(Severity::Warning, "unknown-word", self.side, self.rows.len(), Column::Required, message);
    }

    fn unknown_limit(&mut self, row: &Row, line: &str) {
        let message =
            format!("{:?}: the limit {:?} is not one that the site has; it is left out", row.name, clip(line));
        self.report.add_row(Severity::Warning, "unknown-limit", self.side, self.rows.len(), Column::Limits, message);
    }
}

/// An element's name; nothing for what is none.
pub(super) fn name<'d>(node: Element<'d>) -> &'d str {
    node.value().as_element().map_or("", |element| element.name())
}

/// The text of an element as it is, with line ends where it has them.
pub(super) fn inner_text(node: Element<'_>) -> String {
    let words = |inner: Element<'_>| match inner.value() {
        Node::Text(text) => Some(text.to_string()),
        Node::Element(element) if element.name() == "br" => Some("\n".to_owned()),
        _ => None,
    };
    node.descendants().filter_map(words).collect()
}

/// The text of an element as a reader sees it on one line.
pub(super) fn text(node: Element<'_>) -> String {
    let content = inner_text(node);
    let mut line = String::with_capacity(content.len());
    // Editors of pages leave blanks without a width.
    for word in
        content.split(|letter: char| letter.is_whitespace() || matches!(letter, '\u{200b}' | '\u{feff}' | '\u{2060}'))
    {
        if !line.is_empty() && !word.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// The lines of a cell: one a `br`, one a `li`.
fn lines(node: Element<'_>) -> Vec<String> {
    let mut lines = vec![String::new()];
    for edge in node.traverse() {
        match edge {
            Edge::Open(inner) => match inner.value() {
                Node::Text(text) => {
                    if let Some(line) = lines.last_mut() {
                        line.push_str(text);
                    }
                }
                Node::Element(element) if matches!(element.name(), "br" | "li" | "p" | "div") => {
                    lines.push(String::new())
                }
                _ => {}
            },
            Edge::Close(inner) if matches!(name(inner), "li" | "p" | "div") => lines.push(String::new()),
            Edge::Close(_) => {}
        }
    }
    lines
        .iter()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect()
}

fn cells(line: Element<'_>) -> Vec<Element<'_>> {
    line.children().filter(|cell| matches!(name(*cell), "td" | "th")).collect()
}

/// Whether a cell holds rows of fields.
fn has_rows(cell: Element<'_>) -> bool {
    cell.descendants().any(|node| name(node) == "ul")
}

/// Whether a list reads like a row: a leaf's mark, or a name and a type.
pub(super) fn is_row(list: Element<'_>) -> bool {
    let mut items = list.children().filter(|item| name(*item) == "li");
    let (Some(first), Some(second), Some(_)) = (items.next(), items.next(), items.next()) else { return false };
    let first = text(first);
    let word = first.trim_start_matches('└').trim();
    words::is_name(word) && (word.len() < first.len() || words::is_type(&text(second)))
}

/// Elements that only style text. One that a description leaves open goes on round the rows behind it, for the parser
/// as for a browser, and means nothing there.
const STYLES: [&str; 24] = [
    "a", "abbr", "b", "big", "center", "cite", "code", "del", "em", "font", "i", "ins", "label", "mark", "nobr", "p",
    "s", "small", "span", "strike", "strong", "sub", "tt", "u",
];

/// Whether an element can hold rows: any block.
fn is_list(name: &str) -> bool {
    !matches!(name, "" | "ul") && !STYLES.contains(&name)
}

/// Whether a name's cell has the icon that opens a row, or the row the class that goes with it.
fn is_object(cell: Element<'_>) -> bool {
    let is_icon = |node: Element<'_>| matches!(name(node), "span" | "i" | "img" | "em") && text(node).is_empty();
    let icon = cell.descendants().skip(1).any(is_icon);
    let class = cell.parent().and_then(|row| row.value().as_element()?.attr("class"));
    icon || class.is_some_and(|class| class.to_ascii_lowercase().contains("trigger"))
}

/// The classes of the cells below the top (html.md): `td-1` to `td-6` in a request, `td-11` to `td-14` in a response.
fn class_column(cell: Element<'_>) -> Option<Column> {
    let element = cell.value().as_element()?;
    element.classes().find_map(|class| {
        Some(match class.strip_prefix("td-")? {
            "1" | "11" => Column::Name,
            "2" | "12" => Column::Type,
            "3" => Column::Required,
            "4" | "13" => Column::Example,
            "5" => Column::Limits,
            "6" | "14" => Column::Description,
            _ => return None,
        })
    })
}
