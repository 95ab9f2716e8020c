//! Reads the rows of a pipe table: columns by their titles, nesting by the marks before the names.

use topsdk_spec::{ErrorCode, Side};

use super::blocks::{Line, is_mark};
use crate::diagnostic::Severity;
use crate::page::words::{self, LimitKind, clip};
use crate::page::{Children, Column, Row};
use crate::read::html_to_markdown;
use crate::read::report::ReadReport;

/// The content of a column's cells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Cell(Column),
    /// A single kind of limit.
    Limit(LimitKind),
}

/// Returns whether the first row of a table contains the titles of a parameter table.
pub(super) fn is_parameters(titles: &Line) -> bool {
    titles.cells.iter().any(|title| words::column(&title.plain) == Some(Column::Name)) && titles.cells.len() > 1
}

/// Reads the rows of a parameter table.
pub(super) fn rows(side: Side, table: &[Line], report: &mut ReadReport) -> Vec<Row> {
    let Some((titles, lines)) = table.split_first() else { return Vec::new() };
    let mut columns: Vec<Option<Holds>> = Vec::new();
    for title in &titles.cells {
        let holds = match words::column(&title.plain) {
            Some(column) => Some(Holds::Cell(column)),
            None => words::known_limit(&title.plain).map(Holds::Limit),
        };
        let message = match holds {
            None => "is not one that a page has",
            found if columns.contains(&found) => "stands twice",
            found => {
                columns.push(found);
                continue;
            }
        };
        let message = format!("the column {:?} {message}; its cells are left out", clip(title.plain.trim()));
        report.add_span(Severity::Warning, "unknown-column", side.heading(), title.span.clone(), message);
        columns.push(None);
    }
    let mut table = Table { side, columns, report, rows: Vec::new() };
    let widths: Vec<usize> = lines.iter().map(|line| table.row(line)).collect();
    let mut rows = table.rows;
    nest(&mut rows, &widths);
    rows
}

/// Reads the rows of a table of error codes. Returns `None` if its titles are not those of error codes.
pub(super) fn error_codes(table: &[Line]) -> Option<Vec<ErrorCode>> {
    let (titles, lines) = table.split_first()?;
    let columns: Vec<Option<usize>> = titles.cells.iter().map(|title| words::error_column(&title.plain)).collect();
    if columns.iter().flatten().count() < 2 {
        return None;
    }
    let code = |line: &Line| {
        let mut texts = [String::new(), String::new(), String::new()];
        for (cell, column) in line.cells.iter().zip(&columns) {
            if let Some(column) = column {
                texts[*column] = one_line(&cell.plain);
            }
        }
        let [code, message, solution] = texts;
        ErrorCode { code, message, solution }
    };
    Some(lines.iter().map(code).filter(|error| *error != ErrorCode::default()).collect())
}

/// Sets the parent of each row. If the names have several indent widths, these are the depths. With a single width, rows
/// may be deeper than they are drawn; without any indent, the nesting is unknown.
fn nest(rows: &mut [Row], widths: &[usize]) {
    let mut levels: Vec<usize> = widths.iter().copied().filter(|width| *width > 0).collect();
    levels.sort_unstable();
    levels.dedup();
    let mut above: Vec<usize> = Vec::new();
    for index in 0..rows.len() {
        above.retain(|&row| widths[row] < widths[index]);
        if let Some(&parent) = above.last() {
            rows[index].under = Some(parent);
            rows[parent].children = Children::Own;
        }
        // All open rows have a smaller indent.
        above.push(index);
    }
    for (row, &width) in rows.iter_mut().zip(widths) {
        let told = levels.len() > 1 || (levels.len() == 1 && width == 0);
        if !told && row.children == Children::None {
            row.children = Children::Unknown;
        }
    }
}

struct Table<'r> {
    side: Side,
    columns: Vec<Option<Holds>>,
    report: &'r mut ReadReport,
    rows: Vec<Row>,
}

impl Table<'_> {
    /// Reads one row and returns the indent of its name.
    fn row(&mut self, line: &Line) -> usize {
        let (mut row, mut width) = (Row::default(), 0);
        let index = self.rows.len();
        for (place, cell) in line.cells.iter().enumerate() {
            let Some(holds) = self.columns.get(place).copied().flatten() else { continue };
            let text = one_line(&cell.plain);
            match holds {
                Holds::Cell(Column::Name) => {
                    let (indent, name) = indent(&cell.plain);
                    (row.name, width) = (name.to_owned(), indent);
                }
                Holds::Cell(Column::Type) => row.set_type(&text),
                Holds::Cell(Column::Required) => match words::required(&text) {
                    Some(required) => row.required = required,
                    None if text.is_empty() => {}
                    None => {
                        let message =
                            format!("{:?}: expected 必须 or 可选, found {:?}; read as 可选", row.name, clip(&text));
                        let column = Column::Required;
                        self.report.add_row(Severity::Warning, "unknown-word", self.side, index, column, message);
                    }
                },
                Holds::Cell(Column::Example) => cell.plain.trim().clone_into(&mut row.example),
                Holds::Cell(Column::Description) => row.description = html_to_markdown::from_fragment(&cell.html),
                Holds::Cell(Column::Limits) => {
                    for limit in cell.plain.lines().map(one_line).filter(|limit| !limit.is_empty()) {
                        if words::add_limit(&mut row.limits, &limit).is_err() {
                            self.unknown_limit(&row, &limit);
                        }
                    }
                }
                Holds::Limit(kind) => {
                    if !words::says_none(&text) && words::set_limit(&mut row.limits, kind, &text).is_err() {
                        self.unknown_limit(&row, &text);
                    }
                }
            }
            let (column, start) = match holds {
                Holds::Cell(Column::Name) => (Column::Name, cell.name),
                Holds::Cell(column) => (column, cell.span.start),
                Holds::Limit(_) => (Column::Limits, cell.span.start),
            };
            if row.span(column).is_none() {
                row.set_span(column, Some(start..cell.span.end).filter(|span| !span.is_empty()));
            }
        }
        if !line.surplus.is_empty() {
            let message = format!(
                "{:?}: the row has more cells than the table has columns; {:?} is taken as the end of its description",
                row.name,
                clip(&line.surplus)
            );
            self.report.add_row(Severity::Warning, "ambiguous-cells", self.side, index, Column::Description, message);
            self.report.help("write `\\|` for a `|` inside a cell");
            row.description = format!("{}|{}", row.description, line.surplus);
        }
        self.rows.push(row);
        width
    }

    fn unknown_limit(&mut self, row: &Row, limit: &str) {
        let message =
            format!("{:?}: the limit {:?} is not one that the site has; it is left out", row.name, clip(limit));
        self.report.add_row(Severity::Warning, "unknown-limit", self.side, self.rows.len(), Column::Limits, message);
    }
}

/// Returns the indent of a name, and the name without the blanks, lines and marks that draw the tree.
fn indent(cell: &str) -> (usize, &str) {
    let name = cell.trim_start_matches(|letter: char| is_mark(letter) || letter.is_whitespace());
    let before = &cell[..cell.len() - name.len()];
    let drawn = before.trim_end();
    if drawn.is_empty() {
        return (before.chars().count(), name.trim());
    }
    let outer = drawn.trim_end_matches(is_mark);
    // `└──` is one mark, however long it is drawn; `└└` are two.
    let marks =
        drawn[outer.len()..].chars().filter(|mark| !matches!(mark, '\u{2500}' | '\u{2501}' | '\u{2574}')).count();
    (outer.chars().count() + marks.max(1), name.trim())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
