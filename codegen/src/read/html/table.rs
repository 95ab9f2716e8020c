//! Reads the rows of a parameter table: its own rows, and the lists of fields between them.

use std::collections::HashSet;

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use scraper::Node;

use super::dom::{Document, Element, Misfit, walk};
use super::elements::{
    cells, class_column, content_of, has_rows, is_block, is_list, is_marked, is_name_cell, is_object, is_row, lines,
    name, text, words_of,
};
use crate::diagnostic::Severity;
use crate::page::words::{self, clip};
use crate::page::{Children, Column, Row};
use crate::read::html_to_markdown;
use crate::read::report::ReadReport;
use topsdk_spec::Side;

/// A table of the page, with the meaning of its columns.
pub(super) struct Table<'d> {
    element: Option<Element<'d>>,
    lines: Vec<Vec<Element<'d>>>,
    columns: Vec<Option<Column>>,
    titles: Vec<String>,
    /// The number of lines in the header.
    header: usize,
}

impl<'d> Table<'d> {
    /// Reads the lines (`tr`) of a table, without those of nested tables.
    pub(super) fn new(table: Element<'d>) -> Table<'d> {
        let mut lines = Vec::new();
        // A `tr` is a child of the table or of one of its bodies, never deeper.
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
            Table { element: Some(table), lines, columns, titles, header: 1 }
        } else {
            Table { element: Some(table), lines, columns: vec![], titles, header: 0 }
        }
    }

    /// Returns an empty table.
    pub(super) fn empty() -> Table<'d> {
        Table { element: None, lines: Vec::new(), columns: Vec::new(), titles: Vec::new(), header: 0 }
    }

    pub(super) fn element(&self) -> Option<Element<'d>> {
        self.element
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

    /// Returns the nodes of all rows of fields in the table, and of their cells.
    ///
    /// A list whose items have a row's classes is always a row, even inside another one: a `<ul>` that a description leaves
    /// open encloses the rows after it. A list without these classes is a row if it is outside of all rows. Inside a row
    /// without classes, it is a row only if it has a row's cells and either a row's mark or a name and a type.
    fn others(&self) -> HashSet<NodeId> {
        let mut others = HashSet::new();
        let mut classed = HashSet::new();
        let mut open: Vec<Element<'d>> = Vec::new();
        for edge in self.lines.iter().filter(|line| line.len() == 1).flat_map(|line| line[0].traverse()) {
            match edge {
                Edge::Open(node) if name(node) == "ul" => {
                    let items = || node.children().filter(|item| name(*item) == "li");
                    let is_row = match open.iter().rev().find(|list| others.contains(&list.id())) {
                        None => items().next().is_some(),
                        Some(row) if classed.contains(&row.id()) => false,
                        Some(_) => {
                            let (count, columns) = (items().count(), self.columns.len().max(1));
                            // The only mark of an object's row is its icon, which copies of a page lose.
                            is_marked(node) && count >= columns || is_row(node) && count == columns
                        }
                    };
                    open.push(node);
                    if is_row {
                        others.insert(node.id());
                    }
                }
                Edge::Open(node) if name(node) == "li" && class_column(node).is_some() => {
                    others.insert(node.id());
                    if let (true, Some(list)) = (is_name_cell(node), open.last()) {
                        others.insert(list.id());
                        classed.insert(list.id());
                    }
                }
                Edge::Close(node) if open.last() == Some(&node) => {
                    open.pop();
                }
                _ => {}
            }
        }
        others
    }

    /// Returns whether the table has names and types.
    pub(super) fn is_of_parameters(&self) -> bool {
        self.has(Column::Name) && self.has(Column::Type)
    }

    /// Returns whether the columns are those of one side's parameters.
    pub(super) fn is_of(&self, side: Side) -> bool {
        self.is_of_parameters()
            && match side {
                Side::Request => self.has(Column::Required),
                Side::Response => self.has(Column::Example) && !self.has(Column::Required),
            }
    }

    /// Reads the rows of the table, in page order.
    pub(super) fn rows(mut self, side: Side, page: &Document<'_>, report: &mut ReadReport) -> Read {
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
        for (index, title) in self.titles.iter().enumerate().take(self.columns.len()) {
            let (before, after) = self.columns.split_at_mut(index);
            let problem = match after[0] {
                None => "is not one that the site has",
                // Limits are lines, wherever they stand.
                column if column != Some(Column::Limits) && before.contains(&column) => "stands twice",
                _ => continue,
            };
            after[0] = None;
            let message = format!("the column {title:?} {problem}; it is left out");
            let place = page.place(self.lines[0][index], |_| false);
            report.add_span(Severity::Warning, "unknown-column", side.heading(), place, message);
        }
        let mut others: Vec<NodeId> = self.others().into_iter().collect();
        others.sort_unstable();
        let mut reader = Reader {
            columns: &self.columns,
            page,
            side,
            report,
            others,
            rows: Vec::new(),
            marks: Vec::new(),
            elements: Vec::new(),
        };
        let mut last = None;
        for line in &self.lines[self.header.min(self.lines.len())..] {
            match line[..] {
                [] => {}
                [cell] if has_rows(cell) => reader.fields(cell, last),
                [cell] if self.columns.len() > 1 => reader.stray(cell),
                _ => last = Some(reader.line(line)),
            }
        }
        reader.finish()
    }
}

/// The rows of a table that were read.
pub(super) struct Read {
    pub(super) rows: Vec<Row>,
    /// The element that each row was read from.
    pub(super) elements: Vec<NodeId>,
}

struct Reader<'r> {
    columns: &'r [Option<Column>],
    page: &'r Document<'r>,
    side: Side,
    report: &'r mut ReadReport,
    /// The nodes of all rows of fields and of their cells, sorted. They do not belong to an earlier cell that encloses
    /// them.
    others: Vec<NodeId>,
    rows: Vec<Row>,
    marks: Vec<Mark>,
    elements: Vec<NodeId>,
}

/// A cell of a row, with the items after it that belong to it.
struct Cell<'d> {
    element: Element<'d>,
    column: Option<Column>,
    more: Vec<Element<'d>>,
}

/// The mark in a row's name cell, which shows whether fields follow (docs/pages.md, "Parameter tables").
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// `└`: no fields follow.
    Leaf,
    /// The icon, or the class of a row that can be opened: fields follow.
    Object,
    /// No mark.
    Bare,
}

impl Reader<'_> {
    fn finish(self) -> Read {
        for (index, row) in self.rows.iter().enumerate() {
            let is_empty = row.under.is_none() && row.children == Children::None;
            // For object types, a lint reports the missing fields.
            if is_empty && self.marks[index] == Mark::Object && words::is_basic(&row.type_name) {
                let message = format!("{:?} is marked as an object, but no fields follow", row.name);
                self.report.add_row(Severity::Warning, "mark-without-fields", self.side, index, None, message);
            }
        }
        Read { rows: self.rows, elements: self.elements }
    }

    /// Sets `children` of the rows from `first` on, as far as the markup determines it.
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
                // docs/pages.md, "Parameter tables": a child that has children itself has no "└".
                (_, Mark::Bare) if marked && !nested => Children::Following,
                (_, Mark::Bare) if nested => Children::None,
                (_, Mark::Bare) => Children::Unknown,
            };
        }
    }

    /// Reads the lists of fields below a row: each `ul` is a row, and a block that contains rows belongs to the row before
    /// it.
    fn fields(&mut self, cell: Element<'_>, under: Option<usize>) {
        // For each open block: the parent of its rows, and its last row.
        let mut blocks: Vec<(Option<usize>, Option<usize>)> = vec![(under, None)];
        let mut open_rows = 0;
        let first = self.rows.len();
        let early = self.page.misfits_in(cell);
        for edge in cell.traverse() {
            match edge {
                Edge::Open(node) if node == cell => {}
                Edge::Open(node) if name(node) == "ul" && self.others.binary_search(&node.id()).is_ok() => {
                    open_rows += 1;
                    let (under, _) = blocks.last().copied().unwrap_or_default();
                    let row = self.field(node, under);
                    if let Some(block) = blocks.last_mut() {
                        block.1 = Some(row);
                    }
                }
                Edge::Open(node) => match node.value() {
                    Node::Text(_)
                        if open_rows == 0 && self.rows.len() > first && early.iter().any(Misfit::ends_block) =>
                    {
                        self.go_on(node)
                    }
                    Node::Text(_) if open_rows == 0 => self.stray(node),
                    Node::Element(element) if is_block(element.name()) && (open_rows == 0 || is_list(node)) => {
                        let (under, last) = blocks.last().copied().unwrap_or_default();
                        blocks.push((last.or(under), None));
                    }
                    _ => {}
                },
                Edge::Close(node) if node == cell => {}
                Edge::Close(node) if name(node) == "ul" && self.others.binary_search(&node.id()).is_ok() => {
                    open_rows -= 1
                }
                Edge::Close(node) if is_block(name(node)) && (open_rows == 0 || is_list(node)) => {
                    blocks.pop();
                }
                Edge::Close(_) => {}
            }
        }
        if early.iter().any(|misfit| misfit.what.starts_with("`</div>`")) {
            // A stray `</div>` in a description closes blocks of fields: the nesting is unknown.
            for row in &mut self.rows[first..] {
                (row.under, row.children) = (under, Children::None);
            }
        }
        self.settle(first, under);
    }

    /// Adds text after a row's cells to its description, which has closed its own cell.
    fn go_on(&mut self, node: Element<'_>) {
        let words = html_to_markdown::from_nodes(std::iter::once(node), |_| false);
        let Some(row) = self.rows.last_mut().filter(|_| !words.is_empty()) else { return };
        if !row.description.is_empty() {
            row.description.push(' ');
        }
        row.description.push_str(&words);
    }

    /// Reads a line of the table itself.
    fn line(&mut self, cells: &[Element<'_>]) -> usize {
        let columns = self.assign(cells);
        let cell = |(&element, column)| Cell { element, column, more: Vec::new() };
        let mut found: Vec<Cell<'_>> = cells.iter().zip(columns).map(cell).collect();
        let more = found.split_off(found.len().min(self.columns.len()));
        if let Some(last) = found.last_mut() {
            last.more = more.into_iter().map(|cell| cell.element).collect();
        }
        self.row(&found, cells.first().and_then(|cell| cell.parent()), None)
    }

    /// Reads a row of fields.
    fn field(&mut self, list: Element<'_>, under: Option<usize>) -> usize {
        let cells = self.items(list);
        let row = self.row(&cells, Some(list), under);
        // If a description closes its own cell, the rest of it is next to the cells.
        let beside = list.children().filter(|item| name(*item) != "li");
        let loose = html_to_markdown::from_nodes(beside, |node| self.others.binary_search(&node.id()).is_ok());
        if !loose.is_empty() {
            let description = &mut self.rows[row].description;
            if !description.is_empty() {
                description.push(' ');
            }
            description.push_str(&loose);
        }
        row
    }

    /// Returns the cells of a row of fields: by their classes if it has them, wherever the parser put the cells, else by
    /// their positions. Items between two cells belong to the cell before them: limits are such items (docs/pages.md,
    /// "Parameter tables").
    fn items<'d>(&self, list: Element<'d>) -> Vec<Cell<'d>> {
        let mut cells: Vec<Cell<'d>> = Vec::new();
        let mut unknown = self.columns.iter().filter(|column| column.is_none()).count();
        let is_other =
            |node: Element<'_>| node != list && name(node) == "ul" && self.others.binary_search(&node.id()).is_ok();
        for edge in walk(list, is_other) {
            let Edge::Open(node) = edge else { continue };
            if name(node) != "li" {
                continue;
            }
            if let Some(column) = class_column(node) {
                cells.push(Cell { element: node, column: Some(column), more: Vec::new() });
            } else if let Some(last) = cells.last_mut().filter(|last| last.element.parent() == node.parent()) {
                // The cell of an unknown column, which is already reported.
                match unknown {
                    0 => last.more.push(node),
                    _ => unknown -= 1,
                }
            }
        }
        if cells.first().is_some_and(|cell| cell.column == Some(Column::Name)) {
            return cells;
        }
        cells.clear();
        let items: Vec<Element<'d>> = list.children().filter(|item| name(*item) == "li").collect();
        let mut extra = items.len().saturating_sub(self.columns.len());
        let mut columns = self.columns.iter().copied();
        for element in items {
            let limits = cells.last().is_some_and(|last| last.column == Some(Column::Limits));
            let more = cells.len() == self.columns.len() || (limits && words::is_limit(&text(element)));
            match cells.last_mut() {
                Some(last) if more && extra > 0 => {
                    extra -= 1;
                    last.more.push(element);
                }
                _ => cells.push(Cell { element, column: columns.next().flatten(), more: Vec::new() }),
            }
        }
        cells
    }

    fn row(&mut self, cells: &[Cell<'_>], element: Option<Element<'_>>, under: Option<usize>) -> usize {
        let index = self.rows.len();
        let mut row = Row { under, ..Row::default() };
        let mut mark = Mark::Bare;
        let others = std::mem::take(&mut self.others);
        for Cell { element: cell, column, more } in cells {
            let skip = |node: Element<'_>| node != *cell && others.binary_search(&node.id()).is_ok();
            let content = || words_of(*cell, skip);
            match column {
                Some(Column::Name) => {
                    let content = content();
                    let bare = content.trim_start_matches(|letter| words::is_branch(letter) || letter == ' ');
                    mark = if content.starts_with(words::is_branch) {
                        Mark::Leaf
                    } else if is_object(*cell, skip) {
                        Mark::Object
                    } else {
                        Mark::Bare
                    };
                    row.name = bare.trim().to_owned();
                }
                Some(Column::Type) => row.set_type(&content()),
                Some(Column::Required) => {
                    let content = content();
                    match words::required(&content) {
                        Some(required) => row.required = required,
                        None if content.is_empty() => {}
                        None => self.unknown_word(&row, &content),
                    }
                }
                Some(Column::Example) => row.example = content_of(*cell, skip).trim().to_owned(),
                Some(Column::Limits) => {
                    for line in std::iter::once(cell).chain(more).flat_map(|cell| lines(*cell, skip)) {
                        if let Err(line) = words::add_limit(&mut row.limits, &line) {
                            self.unknown_limit(&row, line);
                        }
                    }
                }
                Some(Column::Description) => {
                    row.description = html_to_markdown::from_nodes(std::iter::once(*cell), skip)
                }
                // The cell of an unknown column, which is already reported.
                None => {}
            }
            if *column != Some(Column::Limits) {
                for cell in more {
                    let more = html_to_markdown::from_nodes(std::iter::once(*cell), skip);
                    if !more.is_empty() {
                        if !row.description.is_empty() {
                            row.description.push('\n');
                        }
                        row.description.push_str(&format!("- {more}"));
                    }
                }
            }
            if let Some(column) = column.filter(|column| row.span(*column).is_none()) {
                row.set_span(column, self.page.place(*cell, skip));
            }
        }
        self.others = others;
        if let Some(under) = under {
            self.rows[under].children = Children::Own;
        }
        self.elements.extend(element.map(|element| element.id()));
        self.rows.push(row);
        self.marks.push(mark);
        index
    }

    /// Returns the column of each cell in a row: by its position or, if the row has too few cells, by its class.
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

    fn stray(&mut self, node: Element<'_>) {
        let content = text(node);
        if !content.is_empty() {
            let message = format!("the text {:?} stands between the rows; it is left out", clip(&content));
            let place = self.page.place(node, |_| false);
            self.report.add_span(Severity::Warning, "stray-text", self.side.heading(), place, message);
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
