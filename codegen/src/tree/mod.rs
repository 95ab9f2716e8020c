//! Nests rows as parameters: finds the parent of each row.
//!
//! Some pages nest their rows explicitly. In a page as text, and in a flat run of rows in one list, a row is only known
//! to be somewhere below another one, and perhaps whether it has fields. The page's samples show the nesting, because
//! the site generates them from the tables: each parameter in order, with one item per list (docs/pages.md, "Samples").
//! So finding the parents is a search problem:
//!
//! > Of all trees over the rows, in their order, that the page allows, which one agrees with the sample best?
//!
//! **Allowed trees.** The row after an object is its first field. The row after a leaf is a field of any open object. So
//! a tree corresponds to a walk over the rows: before each row, some open objects close, then the row becomes a field of
//! the innermost open object.
//!
//! **Cost.** A tree is matched with the sample from the top: a row may match a child of its parent's sample node if the
//! names agree, in order. In XML and JSON, list items have a node of their own, named by [`topsdk_spec::item_name`],
//! which is stepped over. Each disagreement has a cost: a row whose name occurs elsewhere in the sample but is not
//! matched here (3), a part of the sample that is skipped although the table has its name (2), a row matched out of
//! order (3), a leaf matched with an object or the reverse (1), an object with another name (1), an object without
//! fields (3). Names that occur only in the table or only in the sample cost nothing.
//!
//! **Search.** A state is (next row, open objects, next child in the sample). Equal states are merged, so the walks form
//! an acyclic graph. Dijkstra's algorithm finds the cheapest walk and, among equally cheap states, expands the one with
//! the most progress first. If sample and table agree, as in the site's own samples, each state has one successor of
//! cost 0, and the search takes linear time. The number of states is bounded, per object and per table. Above the bound
//! (a hostile page), rows stay where the page shows them, and that is reported.
//!
//! **Cells.** In the text of a page, it is not even known where a row below the top level begins. There, a walk goes
//! from cell to cell instead of from row to row, and each way to read some cells as a row is a `Candidate` with its
//! own cost. `choose` runs the same search.
//!
//! **Ambiguity.** All cheapest walks are considered. A row that has different depths in them is reported with its
//! candidate parents. The walk that is used is the one whose objects best match the fields of other objects of the same
//! type whose position is certain; among those, the deepest.

mod shape;
mod solve;

use topsdk_spec::Param;

use crate::page::{Children, Row};
pub use shape::Shape;
pub(crate) use solve::{Candidate, CellBlock, ChosenRows, PlacedRow, choose};

/// The maximum nesting depth of parameters. The JSON of a spec nests twice as deep, and JSON readers stop at 128.
pub const MAX_DEPTH: usize = 60;

/// The maximum number of samples tried. A page has three response samples and one or two request samples.
const MAX_SAMPLES: usize = 4;

/// The parents of a table's rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The parent of each row. `None` at the top level.
    pub parents: Vec<Option<usize>>,
    /// The rows that have several possible parents according to the page and its samples, each with these parents. The
    /// first one was used.
    pub ambiguous: Vec<(usize, Vec<Option<usize>>)>,
    /// Rows marked as objects that no row can be a field of.
    pub childless: Vec<usize>,
    /// The rows below which the search hit its limit, so that their parents are those that the page shows. `None` is the
    /// top level.
    pub unsolved: Vec<Option<usize>>,
}

/// The error for parameters that nest deeper than [`MAX_DEPTH`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooDeep {
    /// The index of the row that is too deep.
    pub row: usize,
}

/// Returns whether the page leaves any row's parent undetermined, so that the samples are needed.
pub fn is_open(rows: &[Row]) -> bool {
    rows.iter().any(|row| matches!(row.children, Children::Following | Children::Unknown))
}

/// Determines the parent of each row. Samples are tried in order, and the first one with the lowest cost is used.
///
/// # Errors
/// If rows nest deeper than [`MAX_DEPTH`].
pub fn grow(rows: &[Row], samples: &[Shape]) -> Result<Tree, TooDeep> {
    // A row can only be below a row that precedes it.
    let parents = rows.iter().enumerate().map(|(row, found)| found.under.filter(|&under| under < row)).collect();
    let mut tree = Tree { parents, ..Tree::default() };
    if is_open(rows) {
        tree = solved(rows, &tree, samples);
    }
    let mut depths = vec![1; rows.len()];
    for (row, parent) in tree.parents.iter().enumerate() {
        depths[row] = parent.map_or(1, |parent| depths[parent] + 1);
        if depths[row] > MAX_DEPTH {
            return Err(TooDeep { row });
        }
    }
    Ok(tree)
}

fn solved(rows: &[Row], shown: &Tree, samples: &[Shape]) -> Tree {
    let mut samples = samples.iter().filter(|shape| !shape.is_empty()).take(MAX_SAMPLES);
    let nothing = Shape::default();
    let mut best = solve::solve(rows, shown, samples.next().unwrap_or(&nothing));
    for sample in samples {
        if best.0 == 0 {
            break;
        }
        let found = solve::solve(rows, shown, sample);
        if found.0 < best.0 {
            best = found;
        }
    }
    best.1
}

/// Returns the parameters of a table, and each row's path to its parameter: indices from the top of the table.
pub fn params(rows: &[Row], tree: &Tree) -> (Vec<Param>, Vec<Vec<usize>>) {
    let mut top = Vec::new();
    let mut paths: Vec<Vec<usize>> = Vec::with_capacity(rows.len());
    for (row, parent) in rows.iter().zip(&tree.parents) {
        let mut path = parent.map_or_else(Vec::new, |parent| paths[parent].clone());
        let siblings = path.iter().fold(&mut top, |fields: &mut Vec<Param>, &index| &mut fields[index].fields);
        path.push(siblings.len());
        siblings.push(param(row));
        paths.push(path);
    }
    (top, paths)
}

fn param(row: &Row) -> Param {
    Param {
        name: row.name.clone(),
        type_name: row.type_name.clone(),
        list: row.list,
        required: row.required,
        example: row.example.clone(),
        description: row.description.clone(),
        limits: row.limits.clone(),
        fields: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use topsdk_spec::Side;

    use super::{Candidate, CellBlock, Shape, choose};
    use crate::page::{Children, Row};

    fn row(name: &str, children: Children) -> Row {
        Row { name: name.to_owned(), type_name: "String".to_owned(), children, ..Row::default() }
    }

    /// Chooses rows from the cells `a`, `String`, `b`, `String`: either one row with a sample and a description, or two
    /// rows.
    fn chosen(sample: &str) -> Vec<Vec<usize>> {
        let rows = [row("r", Children::Own), row("a", Children::None), row("b", Children::None)];
        let candidate = |row, start, end, price| Candidate { row: Some(row), start, end, price };
        let candidates = vec![candidate(1, 0, 2, 0), candidate(1, 0, 4, 1), candidate(2, 2, 4, 1)];
        let shape = Shape::parse(Side::Response, sample).unwrap();
        let node = shape.node(0).children.first().copied();
        let block = CellBlock { under: Some(0), node, cells: 4, candidates };
        let choices = choose(&rows, &[block], &shape);
        choices.into_iter().flatten().map(|choice| choice.rows.iter().map(|row| row.row).collect()).collect()
    }

    #[test]
    fn sample_shows_where_rows_begin() {
        assert_eq!(chosen("<x><r><a>1</a><b>2</b></r></x>"), [vec![1, 2]]);
        assert_eq!(chosen("<x><r><a>1</a></r></x>"), [vec![1]]);
    }

    #[test]
    fn cells_without_candidates_are_unsolved() {
        let block = CellBlock { under: Some(0), node: None, cells: 2, candidates: Vec::new() };
        assert_eq!(choose(&[row("r", Children::Own)], &[block], &Shape::default()), [None]);
    }
}
