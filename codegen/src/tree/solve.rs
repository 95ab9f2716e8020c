//! Finds the walk over rows that agrees with a sample best. The parent module defines the problem.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

use topsdk_spec::{Basic, item_name};

use super::search::Search;
use super::shape::Shape;
use super::{Ambiguity, Candidate, CellBlock, ChosenRows, MAX_DEPTH, Tree, is_open};
use crate::page::{Children, Row};

const UNMATCHED: usize = 3;
const SKIPPED: usize = 2;
const OUT_OF_ORDER: usize = 3;
const OTHER_KIND: usize = 1;
const OTHER_NAME: usize = 1;
const NO_FIELDS: usize = 3;

/// The cost of a group whose search hit its limit: higher than for any other sample.
const UNSOLVED: usize = 1_000_000;

/// How many children of a sample node are searched for a name. Bounds the work per state.
const WINDOW: usize = 64;

/// The maximum number of states for all groups of a table, in addition to those proportional to its rows. A real table
/// takes two states per row. A group that agrees with nothing takes some ten thousand.
const STATES: usize = 200_000;

/// Solves every group of rows that the page leaves open against one sample. `shown` is the tree that the page shows.
/// Returns the cost, which is lower the better rows and sample agree.
pub(super) fn all(rows: &[Row], shown: &Tree, shape: &Shape) -> (usize, Tree) {
    let keys = keys(rows, shape);
    let mut solver = Solver::new(rows, &keys, shape, rows.len());
    let mut tree = shown.clone();
    let mut cost = 0;
    // The rows by the row that they are somewhere below. The first group is the top level.
    let mut groups = vec![Vec::new(); rows.len() + 1];
    for (row, under) in shown.parents.iter().enumerate() {
        groups[under.map_or(0, |under| under + 1)].push(row);
    }
    for (group, members) in groups.iter().enumerate() {
        let under = group.checked_sub(1);
        let (node, depth) = under.map_or((Some(0), 0), |under| (solver.nodes[under], solver.depths[under]));
        for &member in members {
            solver.depths[member] = depth + 1;
        }
        if members.iter().any(|&row| is_open(&rows[row..=row])) {
            cost = solver.group(under, node, members, &mut tree).saturating_add(cost);
        } else {
            solver.match_names(node, members);
        }
    }
    (cost, tree)
}

/// Chooses the rows of each block. The result is `None` for a block whose search hit the limit.
pub(super) fn choose(rows: &[Row], blocks: &[CellBlock], shape: &Shape) -> Vec<Option<ChosenRows>> {
    let cells = blocks.iter().map(|block| block.cells).sum();
    let keys = keys(rows, shape);
    let mut solver = Solver::new(rows, &keys, shape, cells);
    blocks.iter().map(|block| solver.block(block)).collect()
}

/// Returns each row's name as the sample spells it.
fn keys(rows: &[Row], shape: &Shape) -> Vec<String> {
    rows.iter().map(|row| shape.key(&row.name)).collect()
}

struct Solver<'r> {
    rows: &'r [Row],
    shape: &'r Shape,
    /// Each row's name as the sample spells it.
    keys: &'r [String],
    /// Every name in the sample.
    names: HashSet<&'r str>,
    /// The sample node that contains each row's fields.
    nodes: Vec<Option<usize>>,
    /// The fields of types at positions that are certain, by type name.
    known: HashMap<&'r str, HashSet<&'r str>>,
    /// The depth of each row, from 1.
    depths: Vec<usize>,
    /// The number of states left. It is shared, so that many hard groups take no longer than a few.
    states: usize,
}

/// An open object. Objects that are equal in all of these fields are merged.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Frame<'r> {
    /// The sample node that contains its fields.
    node: Option<usize>,
    parent: usize,
    /// The index of the parent node's child that follows this object.
    resume: usize,
    type_name: &'r str,
    depth: usize,
}

/// A position before a cell, in the innermost open object.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct WalkState {
    /// The next cell, or the next row if the page separates rows.
    next: usize,
    frame: usize,
    /// The index of the next child in the sample.
    child: usize,
    /// Whether the previous row opened the frame.
    fresh: bool,
}

#[derive(Clone, Copy)]
enum WalkStep {
    /// Closes the innermost object, at the end also the outermost one.
    Close,
    /// Passes cells that are no row.
    Skip,
    Place {
        row: usize,
        end: usize,
        opens: bool,
        node: Option<usize>,
    },
}

/// The search of one group.
struct Walks<'r> {
    /// Every object that a walk has opened, by number.
    frames: Vec<Frame<'r>>,
    frame_ids: HashMap<Frame<'r>, usize>,
    search: Search<WalkState, WalkStep>,
    /// The ways to read the cells, ordered by first cell.
    candidates: Vec<Candidate>,
    cells: usize,
    /// The names that the rows may have.
    names: HashSet<&'r str>,
}

impl<'r> Walks<'r> {
    /// Returns the number of the frame that a row opens, or `None` if it would be too deep.
    fn open(&mut self, frame: Frame<'r>) -> Option<usize> {
        if frame.depth >= MAX_DEPTH {
            return None;
        }
        // The type only distinguishes objects that are not in the sample.
        let key = if frame.node.is_some() { Frame { type_name: "", ..frame } } else { frame };
        let next = self.frames.len();
        let id = *self.frame_ids.entry(key).or_insert(next);
        if id == next {
            self.frames.push(frame);
        }
        Some(id)
    }

    fn relax(&mut self, from: usize, cost: usize, step: WalkStep, to: WalkState) {
        self.search.relax(from, cost, step, to, to.next);
    }

    fn state(&self, id: usize) -> WalkState {
        self.search.at(id).state
    }

    fn frame(&self, state: WalkState) -> Frame<'r> {
        self.frames[state.frame]
    }

    /// Returns the indices of the candidates that begin at a cell.
    fn candidates_at(&self, cell: usize) -> std::ops::Range<usize> {
        let first = self.candidates.partition_point(|candidate| candidate.start < cell);
        first..self.candidates.partition_point(|candidate| candidate.start <= cell)
    }
}

impl<'r> Solver<'r> {
    fn new(rows: &'r [Row], keys: &'r [String], shape: &'r Shape, cells: usize) -> Solver<'r> {
        Solver {
            rows,
            shape,
            keys,
            names: shape.names().collect(),
            nodes: vec![None; rows.len()],
            known: HashMap::new(),
            depths: vec![0; rows.len()],
            states: STATES + 4 * cells,
        }
    }

    /// Finds the sample nodes of rows whose parents are known.
    fn match_names(&mut self, node: Option<usize>, members: &[usize]) {
        let shape = self.shape;
        let children = node.map_or(&[][..], |node| shape.children(node));
        let by_name: HashMap<&str, usize> = children.iter().rev().map(|&child| (shape.name(child), child)).collect();
        for &row in members {
            let node = by_name.get(self.keys[row].as_str());
            self.nodes[row] = node.and_then(|&node| self.fields_of(row, node).first().map(|&(node, _)| node));
        }
    }

    /// Returns the sample nodes that may contain the fields of a row that matches `node`, each with its cost.
    fn fields_of(&self, row: usize, node: usize) -> Vec<(usize, usize)> {
        let (row, children) = (&self.rows[row], self.shape.children(node));
        let Some(&item) = children.first().filter(|_| !self.shape.is_without_items(node)) else {
            return vec![(node, 0)];
        };
        let is_only = children.len() == 1;
        match (row.list, is_only && self.shape.name(item) == item_name(&row.type_name)) {
            (true, true) => vec![(item, 0)],
            (true, false) if is_only => vec![(item, OTHER_NAME), (node, SKIPPED)],
            (true, false) => vec![(node, OTHER_KIND)],
            (false, true) => vec![(node, 0), (item, OTHER_KIND)],
            (false, false) => vec![(node, 0)],
        }
    }

    /// Solves one group of rows and writes the result into the tree. Returns the cost.
    fn group(&mut self, under: Option<usize>, node: Option<usize>, members: &[usize], tree: &mut Tree) -> usize {
        let candidates =
            (0..).zip(members).map(|(at, &row)| Candidate { row: Some(row), start: at, end: at + 1, price: 0 });
        let mut walks = self.walks(under, node, candidates.collect(), members.len());
        let Some(end) = self.run(&mut walks) else {
            tree.unsolved.push(under);
            return UNSOLVED;
        };
        let (depths, cheapest) = self.cheapest(&walks, end);
        let mut walk = self.walk(&walks, end, &cheapest);
        self.learn(under, &walk, &depths);
        if depths.iter().any(|depths| depths.len() > 1) {
            walk = self.walk(&walks, end, &cheapest);
        }
        self.replay(under, &walk, &depths, tree);
        walks.search.at(end).cost
    }

    /// Chooses the rows of a block. Returns `None` if the search hit its limit.
    fn block(&mut self, block: &CellBlock) -> Option<ChosenRows> {
        let node = block.node.and_then(|node| self.fields_of(block.under, node).first().map(|&(node, _)| node));
        let mut walks = self.walks(Some(block.under), node, block.candidates.clone(), block.cells);
        let end = self.run(&mut walks)?;
        let (depths, cheapest) = self.cheapest(&walks, end);
        let begins_row = (0..).zip(&depths).filter(|(_, depths)| !depths.is_empty()).map(|(cell, _)| cell);
        let mut choice = ChosenRows { rows: Vec::new(), uncertain: begins_row.collect() };
        for (state, step) in self.walk(&walks, end, &cheapest) {
            if let WalkStep::Place { row, end, node, .. } = step {
                choice.uncertain.remove(&state.next);
                choice.rows.push((Candidate { row: Some(row), start: state.next, end, price: 0 }, node));
            }
        }
        Some(choice)
    }

    fn walks(&self, under: Option<usize>, node: Option<usize>, candidates: Vec<Candidate>, cells: usize) -> Walks<'r> {
        let type_name = under.map_or("", |under| self.rows[under].type_name.as_str());
        let depth = under.map_or(0, |under| self.depths[under]);
        let names = candidates.iter().filter_map(|candidate| Some(self.keys[candidate.row?].as_str())).collect();
        Walks {
            frames: vec![Frame { node, parent: 0, resume: 0, type_name, depth }],
            frame_ids: HashMap::new(),
            search: Search::new(WalkState { next: 0, frame: 0, child: 0, fresh: false }),
            candidates,
            cells,
            names,
        }
    }

    /// Runs the search. Returns the final state, or `None` if the search would take too many states.
    fn run(&mut self, walks: &mut Walks<'r>) -> Option<usize> {
        let limit = (50_000 + 4 * walks.cells).min(self.states);
        let end = WalkState { next: walks.cells + 1, frame: 0, child: 0, fresh: false };
        let mut found: Option<usize> = None;
        while let Some(id) = walks.search.next() {
            let (state, cost) = (walks.state(id), walks.search.at(id).cost);
            if found.is_some_and(|end| cost > walks.search.at(end).cost) {
                break;
            }
            if state == end {
                found = Some(id);
                continue;
            }
            if walks.search.reached.len() > limit {
                found = None;
                break;
            }
            let frame = walks.frame(state);
            let closed = match state.frame {
                0 => Some(end).filter(|_| state.next == walks.cells),
                _ => Some(WalkState { next: state.next, frame: frame.parent, child: frame.resume, fresh: false }),
            };
            if let Some(closed) = closed {
                let left = self.skipped(walks, frame.node, state.child, usize::MAX);
                walks.relax(id, left + if state.fresh { NO_FIELDS } else { 0 }, WalkStep::Close, closed);
            }
            for index in walks.candidates_at(state.next) {
                let candidate = walks.candidates[index];
                match candidate.row {
                    Some(row) => self.place(walks, id, candidate, row),
                    None => {
                        walks.relax(id, candidate.price, WalkStep::Skip, WalkState { next: candidate.end, ..state })
                    }
                }
            }
        }
        self.states = self.states.saturating_sub(walks.search.reached.len());
        found
    }

    /// Adds every way to make a row a field of the object that is open in the state `from`.
    fn place(&self, walks: &mut Walks<'r>, from: usize, Candidate { end, price, .. }: Candidate, row: usize) {
        let state = walks.state(from);
        let frame = walks.frame(state);
        let (key, shape) = (self.keys[row].as_str(), self.shape);
        let Row { children: kind, list, type_name, .. } = &self.rows[row];
        let children = frame.node.map_or(&[][..], |node| shape.children(node));
        let name = |child: usize| shape.name(children[child]);
        let next = state.child;
        let window = next..children.len().min(next + WINDOW);
        // Each way: the index of the child that the row matches, the index of the child that follows, and the cost.
        let mut ways: Vec<(Option<usize>, usize, usize)> = Vec::new();
        for child in window.clone().filter(|&child| name(child) == key).take(2) {
            ways.push((Some(child), child + 1, self.skipped(walks, frame.node, next, child)));
        }
        if ways.is_empty()
            && let Some(child) = (next.saturating_sub(WINDOW)..next).find(|&child| name(child) == key)
        {
            ways.push((Some(child), next, OUT_OF_ORDER));
        }
        let is_object = *kind == Children::Following;
        let is_absent = !self.names.contains(key);
        if is_object && is_absent {
            let is_other =
                |child: &usize| !walks.names.contains(name(*child)) && !shape.children(children[*child]).is_empty();
            let other = window.clone().find(is_other);
            ways.extend(
                other.map(|child| (Some(child), child + 1, self.skipped(walks, frame.node, next, child) + OTHER_NAME)),
            );
        }
        let cost = match (is_absent, is_object) {
            (true, true) => OTHER_KIND + OTHER_NAME,
            (true, false) => 0,
            (false, _) => UNMATCHED,
        };
        ways.push((None, next, cost));
        for (child, resume, cost) in ways {
            let (cost, resume, node) = (cost + price, resume, child.map(|child| children[child]));
            let fields = match node {
                Some(node) => self.fields_of(row, node).into_iter().map(|(node, cost)| (Some(node), cost)).collect(),
                None => vec![(None, 0)],
            };
            let is_empty = node.is_none_or(|node| shape.children(node).is_empty());
            if !is_object {
                // The sample has an object and the table has a leaf: a map, or JSON kept as text.
                let is_text = *kind == Children::None && (*list || is_free(type_name));
                let cost = cost + if is_empty || is_text || *kind == Children::Own { 0 } else { OTHER_KIND };
                let node = fields.first().and_then(|&(node, _)| node);
                let to = WalkState { next: end, frame: state.frame, child: resume, fresh: false };
                walks.relax(from, cost, WalkStep::Place { row, end, opens: false, node }, to);
            }
            if is_object || (*kind == Children::Unknown && !is_empty) {
                let cost = cost + if is_empty && node.is_some() { OTHER_KIND } else { 0 };
                for (node, extra) in fields {
                    let opened = Frame { node, parent: state.frame, resume, type_name, depth: frame.depth + 1 };
                    if let Some(opened) = walks.open(opened) {
                        let to = WalkState { next: end, frame: opened, child: 0, fresh: true };
                        walks.relax(from, cost + extra, WalkStep::Place { row, end, opens: true, node }, to);
                    }
                }
            }
        }
    }

    /// Returns the cost of skipping a range of a sample node's children. Only children whose name is in the table count.
    fn skipped(&self, walks: &Walks<'r>, node: Option<usize>, from: usize, to: usize) -> usize {
        let children = node.map_or(&[][..], |node| self.shape.children(node));
        let to = to.min(children.len()).min(from + WINDOW);
        let left = children.get(from..to).unwrap_or_default();
        SKIPPED * left.iter().filter(|&&child| walks.names.contains(self.shape.name(child))).count()
    }

    /// Returns, for each cell, the depths of a row that begins there in any of the cheapest walks, and the states on
    /// these walks in walk order.
    fn cheapest(&self, walks: &Walks<'r>, end: usize) -> (Vec<BTreeSet<usize>>, Vec<usize>) {
        let mut depths = vec![BTreeSet::new(); walks.cells];
        let depth = |state: WalkState| walks.frame(state).depth;
        let mut cheapest = walks.search.on_cheapest(end);
        for (from, step) in cheapest.iter().flat_map(|&id| &walks.search.at(id).steps) {
            if let WalkStep::Place { .. } = step {
                let state = walks.state(*from);
                depths[state.next].insert(depth(state));
            }
        }
        // Walks proceed to later cells and, between two rows, to shallower frames.
        cheapest.sort_unstable_by_key(|&id| {
            let state = walks.state(id);
            (state.next, Reverse(depth(state)), id)
        });
        (depths, cheapest)
    }

    /// Returns the steps of the cheapest walk that fits the known types best. Among equals, the deepest.
    fn walk(&self, walks: &Walks<'r>, end: usize, cheapest: &[usize]) -> Vec<(WalkState, WalkStep)> {
        // The price of the best walk to each state, and its last step.
        let mut prices: HashMap<usize, (usize, u64)> = HashMap::from([(0, (0, 0))]);
        let mut last: HashMap<usize, (usize, WalkStep)> = HashMap::with_capacity(cheapest.len());
        for &id in cheapest {
            for &(from, step) in walks.search.at(id).steps.iter().rev() {
                let Some(&(mut unfit, mut shallow)) = prices.get(&from) else { continue };
                if let WalkStep::Place { row, .. } = step {
                    let frame = walks.frame(walks.state(from));
                    unfit += match self.known.get(frame.type_name) {
                        Some(names) if names.contains(self.rows[row].name.as_str()) => 0,
                        Some(_) => 2,
                        None => 1,
                    };
                    shallow += (1 << 32) - frame.depth as u64;
                }
                if prices.get(&id).is_none_or(|least| (unfit, shallow) < *least) {
                    prices.insert(id, (unfit, shallow));
                    last.insert(id, (from, step));
                }
            }
        }
        let mut steps = Vec::new();
        let mut id = end;
        while let Some(&(from, step)) = last.get(&id) {
            steps.push((walks.state(from), step));
            id = from;
        }
        steps.reverse();
        steps
    }

    /// Records the fields of objects that have a certain position, if the fields' positions are certain too.
    fn learn(&mut self, under: Option<usize>, walk: &[(WalkState, WalkStep)], depths: &[BTreeSet<usize>]) {
        let rows = self.rows;
        let mut open: Vec<(&str, bool)> = vec![(under.map_or("", |under| rows[under].type_name.as_str()), true)];
        for &(state, step) in walk {
            match step {
                WalkStep::Close => drop(open.pop()),
                WalkStep::Place { row, opens, .. } => {
                    let is_certain = depths[state.next].len() <= 1;
                    if let Some(&(type_name, true)) = open.last().filter(|(name, _)| is_certain && !name.is_empty()) {
                        self.known.entry(type_name).or_default().insert(&rows[row].name);
                    }
                    if opens {
                        open.push((&rows[row].type_name, is_certain));
                    }
                }
                WalkStep::Skip => {}
            }
        }
    }

    /// Writes a walk into the tree, including the other possible parents of each row.
    fn replay(
        &mut self,
        under: Option<usize>,
        walk: &[(WalkState, WalkStep)],
        depths: &[BTreeSet<usize>],
        tree: &mut Tree,
    ) {
        let base = under.map_or(0, |under| self.depths[under]);
        let mut open: Vec<usize> = Vec::new();
        let mut closed: Vec<usize> = Vec::new();
        for &(state, step) in walk {
            match step {
                WalkStep::Close => closed.extend(open.pop()),
                WalkStep::Place { row, opens, node, .. } => {
                    let parent = open.last().copied().or(under);
                    let depth = base + open.len();
                    let chain: Vec<usize> = open.iter().chain(closed.iter().rev()).copied().collect();
                    let others = depths[state.next].iter().filter(|&&other| other != depth);
                    let others = others.map(|other| match other.checked_sub(base + 1) {
                        None => under,
                        Some(above) => chain.get(above).or(chain.last()).copied().or(under),
                    });
                    let candidates: Vec<Option<usize>> = std::iter::once(parent).chain(others).collect();
                    if candidates.len() > 1 {
                        tree.ambiguous.push(Ambiguity { row, candidates });
                    }
                    tree.parents[row] = parent;
                    self.nodes[row] = node;
                    self.depths[row] = depth + 1;
                    closed.clear();
                    if opens {
                        open.push(row);
                    } else if self.rows[row].children == Children::Following {
                        tree.childless.push(row);
                    }
                }
                WalkStep::Skip => {}
            }
        }
    }
}

/// Returns whether a value of this type may be an object whose fields the table does not show.
fn is_free(type_name: &str) -> bool {
    matches!(Basic::of(type_name), None | Some(Basic::Json))
}
