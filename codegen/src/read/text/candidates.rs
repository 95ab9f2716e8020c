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
    // The rows that begin with a leaf's mark, or with a name followed by fixed cells.
    let begins = |start: usize| {
        let cells = &bullets[start..];
        let (is_leaf, word) = marked(cells[0].text);
        if !words::is_name(word) {
            return None;
        }
        let (row, fixed) = fixed_cells(side, cells);
        (is_leaf || fixed > 1).then_some((is_leaf, row, fixed))
    };
    let starts: Vec<Option<(bool, Row, usize)>> = (0..count).map(begins).collect();
    let may_end = |end: usize| end == count || starts[end].is_some();
    let candidate = |row, start, end, price| Candidate { row, start, end, price };
    let leads = (1..=count.min(LEAD)).filter(|&end| may_end(end));
    let mut found: Vec<Candidate> = leads.map(|end| candidate(None, 0, end, SURPLUS * end)).collect();
    for (start, begun) in starts.iter().enumerate() {
        let Some((is_leaf, row, fixed)) = begun else { continue };
        // The site's types are basic types and class names.
        let is_usual =
            words::is_basic(&row.type_name) || row.type_name.starts_with(|letter: char| letter.is_ascii_uppercase());
        let price = match *fixed > 1 {
            true if is_usual => 0,
            true => ODD_TYPE,
            false => MALFORMED,
        };
        let price = price + if *is_leaf { 0 } else { BARE };
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
        rows.push(Row { children, ..row.clone() });
        let first = start + fixed;
        let (mut cells, mut swallowed) = (0, 0);
        for end in first..=count.min(first + TRAILING) {
            if end > first {
                let text = bullets[end - 1].text;
                cells += usize::from(side == Side::Response || !words::is_limit(text));
                let is_marked_row = starts[end - 1].as_ref().is_some_and(|(is_leaf, ..)| *is_leaf);
                swallowed += if is_marked_row { SWALLOWED } else { 0 };
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

/// Returns a row with the cells at the start that are known by their form (name, type, and in a request 必须 or 可选), and
/// the number of these cells. Type and 必须 may be missing.
pub(super) fn fixed_cells(side: Side, cells: &[TextLine<'_>]) -> (Row, usize) {
    let text = |index: usize| cells.get(index).map_or("", |cell| cell.text);
    let required = |index: usize| Some(text(index)).filter(|_| side == Side::Request).and_then(words::required);
    let (is_typed, required) = match (required(1), required(2)) {
        (Some(required), _) => (false, Some(required)),
        (None, Some(required)) => (true, Some(required)),
        (None, None) => (side == Side::Response && words::is_type(text(1)), None),
    };
    let (_, name) = marked(cells[0].text);
    let mut row = Row { name: name.to_owned(), required: required.unwrap_or_default(), ..Row::default() };
    let end = cells[0].span().end;
    row.set_span(Column::Name, Some(end - name.len()..end));
    let mut count = 1;
    if is_typed {
        row.set_type(cells[count].text);
        row.set_span(Column::Type, Some(cells[count].span()));
        count += 1;
    }
    if required.is_some() {
        row.set_span(Column::Required, Some(cells[count].span()));
        count += 1;
    }
    (row, count)
}

/// Returns whether a bullet has a leaf's mark, and its text without the mark.
pub(super) fn marked(bullet: &str) -> (bool, &str) {
    match bullet.strip_prefix(words::is_branch).map(|name| name.trim_start_matches(words::is_branch)) {
        Some(name) => (true, name.trim()),
        None => (false, bullet),
    }
}
