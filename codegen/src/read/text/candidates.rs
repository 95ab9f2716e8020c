//! Finds which bullets below a row may begin a deeper row, and where that row may end.
//!
//! A leaf begins with `└ name`. An inner object begins with its bare name, which could also be a description.
//! [`crate::tree::choose`] decides between the candidates with the help of the sample.

use topsdk_spec::Side;

use super::cells::is_limit;
use super::lines::Line;
use crate::page::{Children, Column, Row, words};
use crate::tree::Candidate;

/// The price of fixed cells that do not have the form of a row's.
const MALFORMED: u32 = 4;
/// The price of each cell beyond sample value and description.
const SURPLUS: u32 = 4;
/// The price of a missing type, or of one that the site does not use.
const ODD_TYPE: u32 = 1;
/// The price of a name without a leaf's mark: often it is the sample value or the description of the row before.
const BARE: u32 = 1;
/// The price of a leaf's mark in a cell of another row, where it hardly ever occurs.
const SWALLOWED: u32 = 5;
/// Rows with a higher price are not considered.
const HOPELESS: u32 = 12;
/// The maximum number of bullets before the first row that belong to no deeper row.
const LEAD: usize = 8;

/// Finds the candidates among the bullets of one row and adds their rows to `rows`. `marks` is `false` for pages that have
/// lost every `└`.
pub(super) fn candidates(side: Side, bullets: &[&Line<'_>], marks: bool, rows: &mut Vec<Row>) -> Vec<Candidate> {
    let bullets = Bullets { side, bullets, marks };
    let count = bullets.bullets.len();
    let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
    let mut found = Vec::new();
    for lead in (1..=count.min(LEAD)).filter(|&lead| lead == count || bullets.starts(lead)) {
        found.push(Candidate { row: None, start: 0, end: number(lead), price: SURPLUS * number(lead) });
    }
    for start in (0..count).filter(|&start| bullets.starts(start)) {
        let (row, fixed, price) = bullets.row(start);
        let index = rows.len();
        let leaf = row.children == Children::None;
        if !leaf {
            // A variant without fields, for the end of the bullets: no field can follow.
            rows.push(Row { children: Children::None, ..row.clone() });
        }
        rows.push(row);
        let last = rows.len() - 1;
        for (end, extra) in bullets.ends(fixed) {
            let row = Some(if end == count { index } else { last });
            let price = price + extra + if leaf { 0 } else { BARE };
            found.push(Candidate { row, start: number(start), end: number(end), price });
        }
    }
    found
}

struct Bullets<'b> {
    side: Side,
    bullets: &'b [&'b Line<'b>],
    marks: bool,
}

impl Bullets<'_> {
    fn text(&self, index: usize) -> &str {
        self.bullets.get(index).map_or("", |line| line.text)
    }

    /// Returns where the fixed cells of a row end (name, type, and in a request 必须 or 可选), and whether they are complete.
    fn fixed(&self, start: usize) -> (usize, bool) {
        let is_required = |index: usize| words::required(self.text(index)).is_some();
        let typed = words::is_type(self.text(start + 1));
        match self.side {
            Side::Request if typed && is_required(start + 2) => (start + 3, true),
            Side::Request if is_required(start + 1) => (start + 2, true),
            Side::Response if typed => (start + 2, true),
            _ => (start + 1, false),
        }
    }

    /// Returns whether a row can begin at a bullet: it has a leaf's mark, or a name followed by fixed cells.
    fn starts(&self, start: usize) -> bool {
        let (leaf, word) = marked(self.text(start));
        words::is_name(word) && (leaf || self.fixed(start).1)
    }

    /// Returns the row that begins at a bullet, with its fixed cells only, the index at which these end, and its price.
    fn row(&self, start: usize) -> (Row, usize, u32) {
        let (leaf, name) = marked(self.text(start));
        let (fixed, whole) = self.fixed(start);
        let children = match (leaf, self.marks) {
            (true, _) => Children::None,
            (false, true) => Children::Following,
            (false, false) => Children::Unknown,
        };
        let mut row = Row { name: name.to_owned(), children, ..Row::default() };
        let end = self.bullets[start].span().end;
        row.set_span(Column::Name, Some(end - name.len()..end));
        if !whole {
            return (row, fixed, MALFORMED);
        }
        if self.side == Side::Request {
            row.required = words::required(self.text(fixed - 1)).unwrap_or_default();
            row.set_span(Column::Required, Some(self.bullets[fixed - 1].span()));
        }
        let typed = self.side == Side::Response || fixed == start + 3;
        if typed {
            row.set_type(self.text(start + 1));
            row.set_span(Column::Type, Some(self.bullets[start + 1].span()));
        }
        // The site's types are basic types and class names.
        let usual =
            words::is_basic(&row.type_name) || row.type_name.starts_with(|letter: char| letter.is_ascii_uppercase());
        (row, fixed, if typed && usual { 0 } else { ODD_TYPE })
    }

    /// Returns where a row whose fixed cells end at `fixed` may end, each with the price of the cells between.
    fn ends(&self, fixed: usize) -> Vec<(usize, u32)> {
        let mut ends = Vec::new();
        let (mut cells, mut swallowed) = (0, 0);
        for end in fixed..=self.bullets.len() {
            if end > fixed {
                let text = self.text(end - 1);
                cells += u32::from(self.side == Side::Response || !is_limit(text));
                if marked(text).0 && self.starts(end - 1) {
                    swallowed += SWALLOWED;
                }
            }
            let price = cells.saturating_sub(2) * SURPLUS + swallowed;
            if price > HOPELESS || end > fixed + 12 {
                break;
            }
            if end == self.bullets.len() || self.starts(end) {
                ends.push((end, price));
            }
        }
        ends
    }
}

/// Returns whether a bullet has a leaf's mark, and its text without the mark.
pub(super) fn marked(bullet: &str) -> (bool, &str) {
    match bullet.strip_prefix(words::is_branch).map(|name| name.trim_start_matches(words::is_branch)) {
        Some(name) => (true, name.trim()),
        None => (false, bullet),
    }
}
