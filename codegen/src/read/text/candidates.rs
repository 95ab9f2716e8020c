//! Finds which bullets below a row may begin a deeper row, and where that row may end.
//!
//! A leaf begins with `└ name`. An inner object begins with its bare name, which could also be a description.
//! [`crate::tree::choose`] decides between the candidates with the help of the sample.

use topsdk_spec::Side;

use super::lines::TextLine;
use crate::page::{Children, Column, Row, words};
use crate::tree::Candidate;

/// The price of fixed cells that do not have the form of a row's.
const MALFORMED: usize = 4;
/// The price of each cell beyond sample value and description.
const SURPLUS: usize = 4;
/// The price of a missing type, or of one that the site does not use.
const ODD_TYPE: usize = 1;
/// The price of a name without a leaf's mark: often it is the sample value or the description of the row before.
const BARE: usize = 1;
/// The price of a leaf's mark in a cell of another row, where it hardly ever occurs.
const SWALLOWED: usize = 5;
/// Rows with a higher price are not considered.
const HOPELESS: usize = 12;
/// The maximum number of bullets before the first row that belong to no deeper row.
const LEAD: usize = 8;

/// The maximum number of cells after the fixed ones.
const TRAILING: usize = 12;

/// Finds the candidates among the bullets of one row and adds their rows to `rows`. `marks` is `false` for pages that have
/// lost every `└`.
pub(super) fn candidates(side: Side, bullets: &[TextLine<'_>], marks: bool, rows: &mut Vec<Row>) -> Vec<Candidate> {
    let count = bullets.len();
    let starts: Vec<bool> = (0..count).map(|start| starts_row(side, &bullets[start..])).collect();
    let may_end = |end: usize| end == count || starts[end];
    let candidate = |row, start, end, price| Candidate { row, start, end, price };
    let leads = (1..=count.min(LEAD)).filter(|&end| may_end(end));
    let mut found: Vec<Candidate> = leads.map(|end| candidate(None, 0, end, SURPLUS * end)).collect();
    for start in (0..count).filter(|&start| starts[start]) {
        let (is_leaf, _) = marked(bullets[start].text);
        let fixed = FixedCells::of(side, &bullets[start..]);
        let row = fixed.row(side, &bullets[start..]);
        // The site's types are basic types and class names.
        let is_usual =
            words::is_basic(&row.type_name) || row.type_name.starts_with(|letter: char| letter.is_ascii_uppercase());
        let price = match fixed.is_complete {
            true if is_usual => 0,
            true => ODD_TYPE,
            false => MALFORMED,
        };
        let price = price + if is_leaf { 0 } else { BARE };
        let leaf = rows.len();
        if !is_leaf {
            // A variant without fields, for the end of the bullets: no field can follow.
            rows.push(row.clone());
        }
        let children = match (is_leaf, marks) {
            (true, _) => Children::None,
            (false, true) => Children::Following,
            (false, false) => Children::Unknown,
        };
        let last = rows.len();
        rows.push(Row { children, ..row });
        let first = start + fixed.count;
        let (mut cells, mut swallowed) = (0, 0);
        for end in first..=count.min(first + TRAILING) {
            if end > first {
                let text = bullets[end - 1].text;
                cells += usize::from(side == Side::Response || !words::is_limit(text));
                swallowed += if starts[end - 1] && marked(text).0 { SWALLOWED } else { 0 };
            }
            let extra = cells.saturating_sub(2) * SURPLUS + swallowed;
            if extra > HOPELESS {
                break;
            }
            if may_end(end) {
                found.push(candidate(Some(if end == count { leaf } else { last }), start, end, price + extra));
            }
        }
    }
    found
}

/// Returns whether a row can begin with these cells: a leaf's mark, or a name followed by fixed cells.
fn starts_row(side: Side, cells: &[TextLine<'_>]) -> bool {
    let (is_leaf, word) = marked(cells[0].text);
    words::is_name(word) && (is_leaf || FixedCells::of(side, cells).is_complete)
}

/// The cells at the start of a row that are known by their form: name, type, and in a request 必须 or 可选.
pub(super) struct FixedCells {
    pub(super) count: usize,
    /// Whether the name is followed by the other cells. The type may be missing in a request.
    pub(super) is_complete: bool,
    is_typed: bool,
}

impl FixedCells {
    pub(super) fn of(side: Side, cells: &[TextLine<'_>]) -> FixedCells {
        let text = |index: usize| cells.get(index).map_or("", |cell| cell.text);
        let is_required = |index: usize| side == Side::Request && words::required(text(index)).is_some();
        let (count, is_typed) = match side {
            _ if is_required(1) => (2, false),
            _ if is_required(2) => (3, true),
            Side::Response if words::is_type(text(1)) => (2, true),
            _ => (1, false),
        };
        FixedCells { count, is_complete: count > 1, is_typed }
    }

    /// Returns a row with these cells.
    pub(super) fn row(&self, side: Side, cells: &[TextLine<'_>]) -> Row {
        let (_, name) = marked(cells[0].text);
        let mut row = Row { name: name.to_owned(), ..Row::default() };
        let end = cells[0].span().end;
        row.set_span(Column::Name, Some(end - name.len()..end));
        if self.is_typed {
            row.set_type(cells[1].text);
            row.set_span(Column::Type, Some(cells[1].span()));
        }
        if self.is_complete && side == Side::Request {
            let cell = cells[self.count - 1];
            row.required = words::required(cell.text).unwrap_or_default();
            row.set_span(Column::Required, Some(cell.span()));
        }
        row
    }
}

/// Returns whether a bullet has a leaf's mark, and its text without the mark.
pub(super) fn marked(bullet: &str) -> (bool, &str) {
    match bullet.strip_prefix(words::is_branch).map(|name| name.trim_start_matches(words::is_branch)) {
        Some(name) => (true, name.trim()),
        None => (false, bullet),
    }
}
