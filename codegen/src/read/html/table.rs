//! Reads the rows of a parameter table: its own rows, and the lists of fields between them.

use std::collections::BTreeSet;

use ego_tree::NodeId;
use ego_tree::iter::Edge;

use super::dom::{Document, Element, Misfit, name, walk};
use super::elements::{cells, class_column, has_rows, inner_text, is_object, lines, text};
use crate::diagnostic::Severity;
use crate::page::words::{self, Section, clip};
use crate::page::{Children, Column, Row};
use crate::read::html_to_markdown;
use crate::read::report::ReadReport;
use topsdk_spec::Side;

/// A table of the page, with the meaning of its columns.
pub(super) struct Table<'d> {
    pub(super) section: Option<Section>,
    pub(super) element: Element<'d>,
    /// The cells of each line (`tr`), without those of nested tables.
    pub(super) lines: Vec<Vec<Element<'d>>>,
    /// The cells of the first line.
    pub(super) titles: Vec<String>,
    /// The columns by their titles; empty for a table without titles.
    columns: Vec<Option<Column>>,
}

impl<'d> Table<'d> {
    /// Finds the lines and columns of a table.
    pub(super) fn new(section: Option<Section>, element: Element<'d>) -> Table<'d> {
        let mut lines = Vec::new();
        // A `tr` is a child of the table or of one of its bodies, never deeper.
        for child in element.children() {
            match name(child) {
                "tr" => lines.push(cells(child)),
                "thead" | "tbody" | "tfoot" => {
                    lines.extend(child.children().filter(|node| name(*node) == "tr").map(cells))
                }
                _ => {}
            }
        }
        let titles: Vec<String> = lines.first().into_iter().flatten().map(|&cell| text(cell)).collect();
        let mut columns: Vec<Option<Column>> = titles.iter().map(|title| words::column(title)).collect();
        if !columns.contains(&Some(Column::Name)) || columns.iter().flatten().count() < 2 {
            columns.clear();
        }
        Table { section, element, lines, titles, columns }
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.columns.contains(&Some(column))
    }

    /// Returns whether the table has names and types.
    pub(super) fn is_of_parameters(&self) -> bool {
        self.has(Column::Name) && self.has(Column::Type)
    }

    /// Returns whether the columns are those of one side's parameters.
    pub(super) fn is_of(&self, side: Side) -> bool {
        let is_side = match side {
            Side::Request => self.has(Column::Required),
            Side::Response => self.has(Column::Example) && !self.has(Column::Required),
        };
        is_side && self.is_of_parameters()
    }

    /// Reads the rows of the table, in page order. Returns the element of each row, too.
    pub(super) fn rows(&self, side: Side, page: &Document<'_>, report: &mut ReadReport) -> (Vec<Row>, Vec<NodeId>) {
        let titled = !self.columns.is_empty();
        let mut columns = self.columns.clone();
        if !titled {
            columns.extend(Column::of(side).iter().copied().map(Some));
            if !self.lines.is_empty() {
                let message = "the table has no column titles; read in the site's order".to_owned();
                report.add(Severity::Warning, "untitled-columns", side.heading(), message);
            }
        }
        for (index, title) in self.titles.iter().enumerate().take(columns.len()) {
            let (before, after) = columns.split_at_mut(index);
            let problem = match after[0] {
                None => "is not one that the site has",
                // Limits are lines, wherever they stand.
                column if column != Some(Column::Limits) && before.contains(&column) => "occurs twice",
                _ => continue,
            };
            after[0] = None;
            let message = format!("the column {title:?} {problem}; it is ignored");
            let place = page.place(self.lines[0][index]);
            report.add_span(Severity::Warning, "unknown-column", side.heading(), place, message);
        }
        let (rows, elements, objects) = (Vec::new(), Vec::new(), Vec::new());
        let mut reader = RowReader { columns: &columns, page, side, report, rows, elements, objects };
        let mut last = None;
        for line in self.lines.iter().skip(usize::from(titled)) {
            match line[..] {
                [] => {}
                [cell] if has_rows(cell) => reader.fields(cell, last),
                [cell] if columns.len() > 1 => reader.stray(cell),
                _ => last = Some(reader.line(line)),
            }
        }
        for index in reader.objects {
            let row = &reader.rows[index];
            // For object types, a lint reports the missing fields.
            if row.children == Children::None && words::is_basic(&row.type_name) {
                let message = format!("{:?} is marked as an object, but no fields follow", row.name);
                reader.report.add_row(Severity::Warning, "mark-without-fields", side, index, None, message);
            }
        }
        (reader.rows, reader.elements)
    }
}

struct RowReader<'r> {
    columns: &'r [Option<Column>],
    page: &'r Document<'r>,
    side: Side,
    report: &'r mut ReadReport,
    rows: Vec<Row>,
    elements: Vec<NodeId>,
    /// The table's own rows that are marked as objects.
    objects: Vec<usize>,
}

/// A cell of a row, with the items after it that belong to it.
struct RowCell<'d> {
    element: Element<'d>,
    column: Option<Column>,
    more: Vec<Element<'d>>,
}

impl RowReader<'_> {
    /// Reads the lists of fields below a row: each `ul` is a row, and a `div` that contains rows belongs to the row before
    /// it.
    fn fields(&mut self, cell: Element<'_>, above: Option<usize>) {
        let first = self.rows.len();
        let misfits = self.page.misfits_in(cell);
        // For each open block: the parent of its rows, and its last row.
        let mut blocks = vec![(above, None)];
        walk(cell, |edge| {
            match edge {
                Edge::Open(node) if name(node) == "div" => {
                    let (under, last) = blocks.last().copied().unwrap_or_default();
                    blocks.push((last.or(under), None));
                }
                Edge::Close(node) if name(node) == "div" => drop(blocks.pop()),
                Edge::Open(node) if node.value().is_text() => match self.rows[first..].last_mut() {
                    // The description before it has closed its own cell.
                    Some(row) if misfits.iter().any(Misfit::ends_block) => {
                        describe(&mut row.description, std::iter::once(node), " ");
                    }
                    _ => self.stray(node),
                },
                Edge::Open(node) if self.page.rows.contains(&node.id()) => {
                    if let Some((under, last)) = blocks.last_mut() {
                        *last = Some(self.field(node, *under));
                    }
                    return false;
                }
                _ => {}
            }
            true
        });
        // A stray `</div>` in a description closes blocks of fields: the nesting is unknown.
        let is_nested = !misfits.iter().any(|misfit| misfit.what.starts_with("`</div>`"));
        self.settle(first, above, is_nested);
    }

    /// Sets `children` of the rows from `first` on, as far as the markup determines it: until then, they are what the mark
    /// of each row shows. `is_nested` is whether the markup shows the nesting.
    fn settle(&mut self, first: usize, above: Option<usize>, is_nested: bool) {
        let rows = &mut self.rows;
        let unders = rows[first..].iter().filter_map(|row| row.under).filter(|under| is_nested && *under >= first);
        let mut parents: BTreeSet<usize> = unders.collect();
        if let Some(&leaf) = parents.iter().find(|row| rows[**row].children == Children::None) {
            let message = format!(
                "{:?} is marked as a row without fields, but the markup nests rows in it; the samples decide",
                rows[leaf].name
            );
            self.report.add_row(Severity::Warning, "contradictory-nesting", self.side, leaf, Column::Name, message);
            parents.clear();
        }
        let marked = rows[first..].iter().any(|row| row.children != Children::Unknown);
        for (index, row) in rows.iter_mut().enumerate().skip(first) {
            row.under = row.under.filter(|under| parents.contains(under)).or(above);
            row.children = match row.children {
                _ if parents.contains(&index) => Children::Own,
                Children::Unknown if !parents.is_empty() => Children::None,
                // docs/pages.md, "Parameter tables": a child that has children itself has no "└".
                Children::Unknown if marked => Children::Following,
                mark => mark,
            };
        }
        if let Some(above) = above.filter(|_| rows.len() > first) {
            rows[above].children = Children::Own;
        }
    }

    /// Reads a line of the table itself.
    fn line(&mut self, cells: &[Element<'_>]) -> usize {
        // The columns are known by their positions or, if the row has too few cells, by their classes.
        let is_short = cells.len() < self.columns.len();
        let classes: Vec<_> = cells.iter().filter(|_| is_short).map(|cell| class_column(*cell)).collect();
        let is_classed = classes.first() == Some(&Some(Column::Name)) && classes.iter().all(Option::is_some);
        let row = by_position(cells, if is_classed { &classes } else { self.columns });
        let index = self.row(&row, cells[0].parent(), None);
        // Only a list of fields below the row shows that it has fields.
        if std::mem::take(&mut self.rows[index].children) == Children::Following {
            self.objects.push(index);
        }
        index
    }

    /// Reads a row of fields.
    fn field(&mut self, list: Element<'_>, under: Option<usize>) -> usize {
        let cells = self.items(list);
        let row = self.row(&cells, Some(list), under);
        // If a description closes its own cell, the rest of it is next to the cells.
        let loose = list.children().filter(|item| name(*item) != "li");
        describe(&mut self.rows[row].description, loose, " ");
        row
    }

    /// Returns the cells of a row of fields: by their classes if it has them, wherever the parser put the cells, else by
    /// their positions.
    fn items<'d>(&self, list: Element<'d>) -> Vec<RowCell<'d>> {
        let mut cells: Vec<RowCell<'d>> = Vec::new();
        let mut unknown = self.columns.iter().filter(|column| column.is_none()).count();
        for element in list.descendants().filter(|node| name(*node) == "li") {
            if let Some(column) = class_column(element) {
                cells.push(RowCell { element, column: Some(column), more: Vec::new() });
            } else if let Some(last) = cells.last_mut().filter(|last| last.element.parent() == element.parent()) {
                // The cell of an unknown column, which is already reported.
                match unknown {
                    0 => last.more.push(element),
                    _ => unknown -= 1,
                }
            }
        }
        if cells.first().is_some_and(|cell| cell.column == Some(Column::Name)) {
            return cells;
        }
        let items: Vec<Element<'d>> = list.children().filter(|item| name(*item) == "li").collect();
        by_position(&items, self.columns)
    }

    /// Reads the cells of a row. Its mark shows whether fields follow (docs/pages.md, "Parameter tables"): `└` that none
    /// do; an icon, or the class of a row that can be opened, that some do.
    fn row(&mut self, cells: &[RowCell<'_>], element: Option<Element<'_>>, under: Option<usize>) -> usize {
        let index = self.rows.len();
        let mut row = Row { under, children: Children::Unknown, ..Row::default() };
        for &RowCell { element: cell, column, ref more } in cells {
            // The cell of an unknown column, which is already reported.
            let Some(column) = column else { continue };
            if row.span(column).is_none() {
                row.set_span(column, self.page.place(cell));
            }
            match column {
                Column::Name => {
                    let content = text(cell);
                    if content.starts_with(words::is_branch) {
                        row.children = Children::None;
                    } else if is_object(cell) {
                        row.children = Children::Following;
                    }
                    let bare = content.trim_start_matches(|letter| words::is_branch(letter) || letter == ' ');
                    row.name = bare.trim().to_owned();
                }
                Column::Type => row.set_type(&text(cell)),
                Column::Required => {
                    let content = text(cell);
                    let required = words::required(&content);
                    if required.is_none() && !content.is_empty() {
                        let (name, content) = (&row.name, clip(&content));
                        let message = format!("{name:?}: expected 必须 or 可选, found {content:?}; read as 可选");
                        self.warn("unknown-word", column, message);
                    }
                    row.required = required.unwrap_or(row.required);
                }
                Column::Example => row.example = inner_text(cell).trim().to_owned(),
                Column::Limits => {
                    for line in std::iter::once(&cell).chain(more).flat_map(|cell| lines(*cell)) {
                        if words::add_limit(&mut row.limits, &line).is_err() {
                            let (name, line) = (&row.name, clip(&line));
                            let message =
                                format!("{name:?}: the limit {line:?} is not one that the site has; it is ignored");
                            self.warn("unknown-limit", column, message);
                        }
                    }
                }
                Column::Description => row.description = html_to_markdown::from_nodes(std::iter::once(cell)),
            }
        }
        for cell in cells.iter().filter(|cell| cell.column != Some(Column::Limits)).flat_map(|cell| &cell.more) {
            describe(&mut row.description, std::iter::once(*cell), "\n- ");
        }
        self.rows.push(row);
        self.elements.extend(element.map(|element| element.id()));
        index
    }

    fn stray(&mut self, node: Element<'_>) {
        let content = text(node);
        if !content.is_empty() {
            let message = format!("the text {:?} is between the rows; it is ignored", clip(&content));
            let place = self.page.place(node);
            self.report.add_span(Severity::Warning, "stray-text", self.side.heading(), place, message);
        }
    }

    /// Reports a cell of the row that is being read.
    fn warn(&mut self, name: &'static str, column: Column, message: String) {
        self.report.add_row(Severity::Warning, name, self.side, self.rows.len(), column, message);
    }
}

/// Returns the cells of a row by their positions. If there are more than columns, some belong to the cell before them:
/// those after the limits that read like a limit (docs/pages.md, "Parameter tables"), and those after the last column.
fn by_position<'d>(items: &[Element<'d>], columns: &[Option<Column>]) -> Vec<RowCell<'d>> {
    let mut cells: Vec<RowCell<'d>> = Vec::new();
    let mut extra = items.len().saturating_sub(columns.len());
    for &element in items {
        let column = columns.get(cells.len()).copied();
        let is_limit = |last: &RowCell<'_>| last.column == Some(Column::Limits) && words::is_limit(&text(element));
        match cells.last_mut().filter(|last| extra > 0 && (column.is_none() || is_limit(last))) {
            Some(last) => {
                extra -= 1;
                last.more.push(element);
            }
            None => cells.push(RowCell { element, column: column.flatten(), more: Vec::new() }),
        }
    }
    cells
}

/// Adds the text of these nodes to a description, if they have any.
fn describe<'d>(description: &mut String, nodes: impl Iterator<Item = Element<'d>>, separator: &str) {
    let more = html_to_markdown::from_nodes(nodes);
    if !more.is_empty() {
        description.push_str(if description.is_empty() { separator.trim_start() } else { separator });
        description.push_str(&more);
    }
}
