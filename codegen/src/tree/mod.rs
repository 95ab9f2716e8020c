//! Rows to parameters: each row gets the parameter that it is a field of.
//!
//! A page that nests its rows tells it. The page as text, and a flat run of rows in one list, tell of a row only that
//! it stands somewhere below another one, and perhaps whether it has fields itself. The samples of the page have the
//! nesting, as the site generates them from the tables: each parameter in order, one item a list (docs/pages.md, "Samples").
//! So the question is a search with a right answer:
//!
//! > Of all trees over the rows, in their order, that the page allows, which one agrees with the sample best?
//!
//! **What the page allows.** The row behind an object is its first field; the row behind a leaf is a field of any
//! object that is open. So a tree is a walk: before each row some open objects close, then the row joins the innermost.
//!
//! **What agreement is.** A tree is matched with the sample from the top: a row may match a child of what its parent
//! matches, if the names agree, in order. List items have a node of their own in XML and JSON, named by
//! [`topsdk_spec::item_name`]; it is stepped over. Each disagreement has a price: a row whose name the sample has
//! elsewhere but which is not matched here (3), a part of the sample that is passed over although the table has its
//! name (2), a row matched out of order (3), a leaf matched with an object or the reverse (1), an object with another
//! name (1), an object without fields (3). What only one side has at all costs nothing: it decides nothing.
//!
//! **The search.** A state is (next row, open objects, next child in the sample). States that agree in these are one,
//! so the walks form a graph without cycles, and the cheapest walk is found by Dijkstra's algorithm, the furthest
//! state first among equally cheap ones. Where sample and table agree, which the site's own samples do, each state has one
//! free successor: the search walks down both in step and takes linear time. The number of states is bounded, for
//! one object and for the whole table; beyond that (a hostile page) rows are placed without the sample, and that is reported.
//!
//! **Cells.** The text of a page does not even tell where a row below the top begins. There a walk goes from cell to cell
//! instead of from row to row, and each way to read some cells as a row is a [`Candidate`] with a price of its own:
//! [`choose`] is the same search.
//!
//! **Ambiguity.** All cheapest walks are kept. A row that stands at different depths in them is reported with its
//! candidates. Among them that walk is taken whose objects have the fields that objects of the same type have where
//! the place is certain, and then the deepest.

mod search;
mod shape;
mod solve;

use topsdk_spec::Param;

use crate::page::{Children, Row};
use crate::samples::Sample;
pub use shape::Shape;
use shape::{Names, Source};

/// How deep parameters may nest: a spec is JSON of twice that depth, and readers of JSON stop at 128.
pub const MAX_DEPTH: usize = 60;

/// How many samples are tried. A page has three of a response and one or two of a request.
const MAX_SAMPLES: usize = 4;

/// The tree of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// For each row the row that it is a field of; `None` at the top.
    pub parents: Vec<Option<usize>>,
    /// The rows whose place is not certain.
    pub ambiguous: Vec<Ambiguity>,
    /// Rows that are marked as objects, but nothing can be a field of them.
    pub childless: Vec<usize>,
    /// The rows below which the search was given up.
    pub unsolved: Vec<Option<usize>>,
}

/// A row that the page and its samples allow in several places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambiguity {
    /// The row.
    pub row: usize,
    /// What it may be a field of; `None` is the top of the table. The first is where it was put.
    pub candidates: Vec<Option<usize>>,
}

/// One way to read some cells below a row: as a row, or as more of the row above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The row that they would be, by index; `None` where they are no row.
    pub row: Option<usize>,
    /// The first of the cells.
    pub start: u32,
    /// Behind the last of them.
    pub end: u32,
    /// How little the cells look like such a row; 0 where nothing speaks against it.
    pub price: u32,
}

/// The cells below one row, where the page does not tell which of them begin a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The row above, by index.
    pub under: usize,
    /// The sample's node for it.
    pub node: Option<u32>,
    /// How many cells there are.
    pub cells: u32,
    /// The ways to read them, in the order of [`Candidate::start`].
    pub candidates: Vec<Candidate>,
}

/// The rows chosen for a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// In order, each with the sample's node that has its value or its fields.
    pub rows: Vec<(Candidate, Option<u32>)>,
    /// Cells that begin a row in another choice that is as good.
    pub doubtful: Vec<u32>,
}

/// Parameters that nest deeper than [`MAX_DEPTH`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooDeep {
    /// The row that is too deep.
    pub row: usize,
}

/// Reads the shape of a response sample: XML or JSON, well formed or not.
pub fn response_shape(text: &str) -> Option<Shape> {
    let text = text.trim_start();
    if text.starts_with('{') {
        Shape::of(Sample::json(text), Source::Json(text))
    } else {
        Shape::of(Sample::xml(text), Source::Xml)
    }
}

/// Reads the shape of a request sample: Java, CURL or JSON.
pub fn request_shape(text: &str) -> Option<Shape> {
    let text = text.trim_start();
    if text.starts_with('{') {
        Shape::of(Sample::json(text), Source::Json(text))
    } else if text.starts_with("curl") {
        Shape::of(Sample::curl(text), Source::Json(text))
    } else {
        Shape::of(Sample::java(text), Source::Java(text))
    }
}

/// Whether the page leaves the parent of any row open, so that its samples have to tell.
pub fn is_open(rows: &[Row]) -> bool {
    rows.iter().any(|row| matches!(row.children, Children::Following | Children::Unknown))
}

/// Gives each row its parent. Several samples are tried in their order; the first one that agrees best decides.
///
/// # Errors
/// Where rows nest deeper than [`MAX_DEPTH`].
pub fn grow(rows: &[Row], samples: &[Shape]) -> Result<Tree, TooDeep> {
    let groups = Groups::new(rows);
    let mut best: Option<(u32, Tree)> = None;
    if is_open(rows) {
        let none = Shape::new(Names::Wire);
        let candidates: Vec<&Shape> = samples.iter().filter(|shape| !shape.is_empty()).take(MAX_SAMPLES).collect();
        let candidates = if candidates.is_empty() { vec![&none] } else { candidates };
        for shape in candidates {
            let (cost, tree) = solve::all(rows, &groups, shape);
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, tree));
            }
            if cost == 0 {
                break;
            }
        }
    }
    let tree = best.map_or_else(|| groups.exact(), |(_, tree)| tree);
    let mut depths = vec![1; rows.len()];
    for (row, parent) in tree.parents.iter().enumerate() {
        if let Some(parent) = parent {
            depths[row] = depths[*parent] + 1;
        }
        if depths[row] > MAX_DEPTH {
            return Err(TooDeep { row });
        }
    }
    Ok(tree)
}

/// Chooses, for each block, the candidates that agree with the sample best: the same search, which finds out at once
/// where rows begin and what they are fields of. `None` for a block that allows too many choices.
pub fn choose(rows: &[Row], blocks: &[Block], sample: Option<&Shape>) -> Vec<Option<Choice>> {
    let none = Shape::new(Names::Wire);
    solve::choose(rows, blocks, sample.unwrap_or(&none))
}

/// The parameters of a table, and for each row the way to its parameter: indices from the top of the table.
pub fn params(rows: &[Row], tree: &Tree) -> (Vec<Param>, Vec<Vec<usize>>) {
    let mut paths: Vec<Vec<usize>> = Vec::with_capacity(rows.len());
    let mut counts = vec![0; rows.len() + 1];
    for &parent in &tree.parents {
        let count = &mut counts[parent.map_or(0, |parent| parent + 1)];
        let mut path = parent.map_or_else(Vec::new, |parent| paths[parent].clone());
        path.push(*count);
        *count += 1;
        paths.push(path);
    }
    let mut fields: Vec<Vec<Param>> = counts.into_iter().map(Vec::with_capacity).collect();
    for (index, row) in rows.iter().enumerate().rev() {
        let mut below = std::mem::take(&mut fields[index + 1]);
        below.reverse();
        let param = Param {
            name: row.name.clone(),
            type_name: row.type_name.clone(),
            list: row.list,
            required: row.required,
            example: row.example.clone(),
            description: row.description.clone(),
            limits: row.limits.clone(),
            fields: below,
        };
        fields[tree.parents[index].map_or(0, |parent| parent + 1)].push(param);
    }
    let mut top = std::mem::take(&mut fields[0]);
    top.reverse();
    (top, paths)
}

/// The rows by the row that they stand somewhere below.
struct Groups {
    top: Vec<usize>,
    below: Vec<Vec<usize>>,
    open: Vec<bool>,
}

impl Groups {
    fn new(rows: &[Row]) -> Groups {
        let mut groups =
            Groups { top: Vec::new(), below: vec![Vec::new(); rows.len()], open: vec![false; rows.len() + 1] };
        for (index, row) in rows.iter().enumerate() {
            // A row can only stand below one that precedes it.
            let under = row.under.filter(|&under| under < index);
            match under {
                Some(under) => groups.below[under].push(index),
                None => groups.top.push(index),
            }
            groups.open[under.map_or(0, |under| under + 1)] |= is_open(std::slice::from_ref(row));
        }
        groups
    }

    /// The tree where the page leaves no parent open.
    fn exact(&self) -> Tree {
        let mut tree = Tree { parents: vec![None; self.below.len()], ..Tree::default() };
        for (under, members) in self.below.iter().enumerate() {
            for &member in members {
                tree.parents[member] = Some(under);
            }
        }
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, Candidate, choose, response_shape};
    use crate::page::{Children, Row};

    fn row(name: &str, children: Children) -> Row {
        Row { name: name.to_owned(), type_name: "String".to_owned(), children, ..Row::default() }
    }

    /// The cells are `a`, `String`, `b`, `String`: one row with a sample and a description, or two.
    fn chosen(sample: &str) -> Vec<Vec<usize>> {
        let rows = [row("r", Children::Own), row("a", Children::None), row("b", Children::None)];
        let candidate = |row, start, end, price| Candidate { row: Some(row), start, end, price };
        let candidates = vec![candidate(1, 0, 2, 0), candidate(1, 0, 4, 1), candidate(2, 2, 4, 1)];
        let shape = response_shape(sample);
        let node = shape.as_ref().and_then(|shape| shape.children(0).first().copied());
        let block = Block { under: 0, node, cells: 4, candidates };
        let choices = choose(&rows, &[block], shape.as_ref());
        choices
            .into_iter()
            .flatten()
            .map(|choice| choice.rows.iter().map(|(row, _)| row.row.unwrap()).collect())
            .collect()
    }

    #[test]
    fn the_sample_tells_where_rows_begin() {
        assert_eq!(chosen("<x><r><a>1</a><b>2</b></r></x>"), [vec![1, 2]]);
        assert_eq!(chosen("<x><r><a>1</a></r></x>"), [vec![1]]);
    }

    #[test]
    fn cells_that_no_candidate_takes_are_not_solved() {
        let block = Block { under: 0, node: None, cells: 2, candidates: Vec::new() };
        assert_eq!(choose(&[row("r", Children::Own)], &[block], None), [None]);
    }
}
