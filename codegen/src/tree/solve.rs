//! Finds the walk over rows that agrees with a sample best. The parent module defines the problem.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use indexmap::IndexMap;
use topsdk_spec::{Basic, item_name};

use super::shape::Shape;
use super::{MAX_DEPTH, Tree, is_open};
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

/// One way to read some cells below a row: as a row of their own, or as part of the row above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The index of the row that the cells would be, or `None` if they are not a row.
    pub(crate) row: Option<usize>,
    /// The index of the first cell.
    pub(crate) start: usize,
    /// The index after the last cell.
    pub(crate) end: usize,
    /// The cost of reading the cells like this. 0 if nothing speaks against it.
    pub(crate) price: usize,
}

/// The cells below one row, or at the top. If the page shows the rows, each is one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CellBlock {
    /// The index of the row above.
    pub(crate) under: Option<usize>,
    /// The sample node of the row above.
    pub(crate) node: Option<usize>,
    /// The number of cells.
    pub(crate) cells: usize,
    /// The ways to read the cells, ordered by [`Candidate::start`].
    pub(crate) candidates: Vec<Candidate>,
}

/// The rows chosen for a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChosenRows {
    pub(crate) rows: Vec<PlacedRow>,
    /// Cells that begin a row in another choice of equal cost.
    pub(crate) uncertain: Vec<usize>,
}

/// A row on a walk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PlacedRow {
    pub(crate) row: usize,
    /// The index of its first cell.
    pub(crate) start: usize,
    /// The index after its last cell.
    pub(crate) end: usize,
    /// The sample node that holds its value or its fields.
    pub(crate) node: Option<usize>,
    /// The number of objects that it is in, below the row that all of them are below.
    pub(crate) depth: usize,
    /// Whether the rows after it are its fields.
    pub(crate) opens: bool,
}

/// Chooses the candidates of each block that agree with the sample best. The same search determines where rows begin and
/// what they are fields of. The result is `None` for a block with too many possible choices.
pub(crate) fn choose(rows: &[Row], blocks: &[CellBlock], shape: &Shape) -> Vec<Option<ChosenRows>> {
    let keys = keys(rows, shape);
    let mut solver = Solver::new(rows, &keys, shape, blocks.iter().map(|block| block.cells).sum());
    let choose = |block: &CellBlock| {
        let node = block.under.and_then(|under| solver.fields_of(under, block.node)[0].0);
        let walks = solver.search(block, node)?;
        let rows = solver.best(&walks);
        let chosen: HashSet<usize> = rows.iter().map(|row| row.start).collect();
        let begins_row = (0..block.cells).filter(|&cell| !walks.depths[cell].is_empty());
        Some(ChosenRows { uncertain: begins_row.filter(|cell| !chosen.contains(cell)).collect(), rows })
    };
    blocks.iter().map(choose).collect()
}

/// Solves every group of rows that the page leaves open against one sample. `shown` is the tree that the page shows.
/// Returns the cost, which is lower the better rows and sample agree.
pub(super) fn solve(rows: &[Row], shown: &Tree, shape: &Shape) -> (usize, Tree) {
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
        let node = under.map_or(Some(0), |under| solver.nodes[under]);
        if members.iter().any(|&row| is_open(&rows[row..=row])) {
            cost += solver.group(under, node, members, &mut tree);
        } else {
            solver.match_names(node, members);
        }
    }
    (cost, tree)
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
    /// The type name if the object is not in the sample, else empty.
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

/// A state that a walk has reached.
struct Reached {
    /// The cost of the cheapest walks to the state.
    cost: usize,
    /// The last step of each of these walks.
    steps: Vec<Step>,
}

/// The number of the state where a step starts, and the row that it places. `None` closes the innermost object, or passes
/// cells that are no row.
type Step = (usize, Option<PlacedRow>);

/// Dijkstra's algorithm over the walks of one group. It keeps all cheapest walks, not only one.
struct Search<'r> {
    /// The names that the rows may have.
    names: HashSet<&'r str>,
    /// Every object that a walk has opened, with the type name of the first row that opened it.
    frames: IndexMap<Frame<'r>, &'r str>,
    /// The states reached so far. The start has number 0.
    reached: IndexMap<WalkState, Reached>,
    queue: BinaryHeap<(Reverse<usize>, usize, usize)>,
}

/// All cheapest walks of one group.
struct Walks<'r> {
    search: Search<'r>,
    end: usize,
    /// The states on the walks, in walk order.
    order: Vec<usize>,
    /// For each cell, the depths of a row that begins there.
    depths: Vec<BTreeSet<usize>>,
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
            states: STATES + 4 * cells,
        }
    }

    /// Finds the sample nodes of rows whose parents are known.
    fn match_names(&mut self, node: Option<usize>, members: &[usize]) {
        let children = self.shape.children(node).iter().rev();
        let by_name: HashMap<&str, usize> =
            children.map(|&child| (self.shape.node(child).name.as_str(), child)).collect();
        for &row in members {
            (self.nodes[row], _) = self.fields_of(row, by_name.get(self.keys[row].as_str()).copied())[0];
        }
    }

    /// Returns the sample nodes that may contain the fields of a row that matches `node`, each with its cost.
    fn fields_of(&self, row: usize, node: Option<usize>) -> Vec<(Option<usize>, usize)> {
        if node.is_none_or(|node| self.shape.is_without_items(node)) {
            return vec![(node, 0)];
        }
        let (row, children) = (&self.rows[row], self.shape.children(node));
        let only = children.first().copied().filter(|_| children.len() == 1);
        let is_item = only.is_some_and(|only| self.shape.node(only).name == item_name(&row.type_name));
        match (row.list, is_item) {
            (true, true) => vec![(only, 0)],
            (true, false) if only.is_some() => vec![(only, OTHER_NAME), (node, SKIPPED)],
            (true, false) => vec![(node, OTHER_KIND)],
            (false, true) => vec![(node, 0), (only, OTHER_KIND)],
            (false, false) => vec![(node, 0)],
        }
    }

    /// Solves one group of rows and writes the result into the tree. Returns the cost.
    fn group(&mut self, under: Option<usize>, node: Option<usize>, members: &[usize], tree: &mut Tree) -> usize {
        let candidate = |(at, &row)| Candidate { row: Some(row), start: at, end: at + 1, price: 0 };
        let candidates = (0..).zip(members).map(candidate).collect();
        let block = CellBlock { under, node, cells: members.len(), candidates };
        let Some(walks) = self.search(&block, node) else {
            tree.unsolved.push(under);
            return UNSOLVED;
        };
        let mut rows = self.best(&walks);
        self.learn(under, &rows, &walks.depths);
        if walks.depths.iter().any(|depths| depths.len() > 1) {
            rows = self.best(&walks);
        }
        self.write(under, &rows, &walks.depths, tree);
        walks.search.reached[walks.end].cost
    }

    /// Finds the cheapest walks over a block, whose fields are in a sample node. Returns `None` if that would take too many
    /// states.
    fn search(&mut self, block: &CellBlock, node: Option<usize>) -> Option<Walks<'r>> {
        let CellBlock { under, cells, candidates, .. } = block;
        let type_name = under.map_or("", |under| self.rows[under].type_name.as_str());
        let start = WalkState { next: 0, frame: 0, child: 0, fresh: false };
        let end = WalkState { next: cells + 1, ..start };
        let mut search = Search {
            names: candidates.iter().filter_map(|candidate| Some(self.keys[candidate.row?].as_str())).collect(),
            frames: IndexMap::from([(Frame { node, parent: 0, resume: 0, type_name, depth: 0 }, type_name)]),
            reached: IndexMap::from([(start, Reached { cost: 0, steps: Vec::new() })]),
            queue: BinaryHeap::from([(Reverse(0), 0, 0)]),
        };
        let limit = (50_000 + 4 * cells).min(self.states);
        let mut found: Option<usize> = None;
        while let Some(id) = search.next() {
            let state = search.state(id);
            if found.is_some_and(|end| search.reached[id].cost > search.reached[end].cost) {
                break;
            }
            if state == end {
                found = Some(id);
                continue;
            }
            if search.reached.len() > limit {
                found = None;
                break;
            }
            let frame = search.frame(id);
            let closed = match state.frame {
                0 => Some(end).filter(|_| state.next == *cells),
                _ => Some(WalkState { next: state.next, frame: frame.parent, child: frame.resume, fresh: false }),
            };
            if let Some(closed) = closed {
                let skipped = self.skipped(&search, frame.node, state.child, usize::MAX);
                search.relax(id, skipped + if state.fresh { NO_FIELDS } else { 0 }, None, closed);
            }
            let first = candidates.partition_point(|candidate| candidate.start < state.next);
            for candidate in candidates[first..].iter().take_while(|candidate| candidate.start == state.next) {
                match candidate.row {
                    Some(row) => self.place(&mut search, id, candidate, row),
                    None => search.relax(id, candidate.price, None, WalkState { next: candidate.end, ..state }),
                }
            }
        }
        self.states = self.states.saturating_sub(search.reached.len());
        found.map(|end| search.finish(end, *cells))
    }

    /// Adds every way to make a row a field of the object that is open in the state `from`.
    fn place(&self, search: &mut Search<'r>, from: usize, candidate: &Candidate, row: usize) {
        let (state, frame) = (search.state(from), search.frame(from));
        let (key, shape) = (self.keys[row].as_str(), self.shape);
        let Row { children: kind, list, type_name, .. } = &self.rows[row];
        let children = shape.children(frame.node);
        let next = state.child;
        let ahead = next..children.len().min(next + WINDOW);
        let skipped = |child| self.skipped(search, frame.node, next, child);
        let is_key = |child: &usize| shape.node(children[*child]).name == key;
        // Each way: the index of the child that the row matches, the index of the child that follows, and the cost.
        let named = ahead.clone().filter(is_key).take(2);
        let mut ways: Vec<_> = named.map(|child| (Some(child), child + 1, skipped(child))).collect();
        if ways.is_empty() {
            let behind = (next.saturating_sub(WINDOW)..next).find(is_key);
            ways.extend(behind.map(|child| (Some(child), next, OUT_OF_ORDER)));
        }
        let is_object = *kind == Children::Following;
        let is_absent = !self.names.contains(key);
        if is_object && is_absent {
            let is_other = |child: &usize| {
                let node = &shape.node(children[*child]);
                !search.names.contains(node.name.as_str()) && !node.children.is_empty()
            };
            let other = ahead.clone().find(is_other);
            ways.extend(other.map(|child| (Some(child), child + 1, skipped(child) + OTHER_NAME)));
        }
        let unmatched = match (is_absent, is_object) {
            (true, true) => OTHER_KIND + OTHER_NAME,
            (true, false) => 0,
            (false, _) => UNMATCHED,
        };
        ways.push((None, next, unmatched));
        let placed =
            PlacedRow { row, start: candidate.start, end: candidate.end, depth: frame.depth, ..PlacedRow::default() };
        for (child, resume, cost) in ways {
            let cost = cost + candidate.price;
            let node = child.map(|child| children[child]);
            let fields = self.fields_of(row, node);
            let is_empty = shape.children(node).is_empty();
            if !is_object {
                // The sample has an object and the table has a leaf: a map, or JSON kept as text.
                let is_text = *kind == Children::None && (*list || is_free(type_name));
                let cost = cost + if is_empty || is_text || *kind == Children::Own { 0 } else { OTHER_KIND };
                let to = WalkState { next: candidate.end, child: resume, fresh: false, ..state };
                search.relax(from, cost, Some(PlacedRow { node: fields[0].0, ..placed }), to);
            }
            // An object that would be too deep is not opened.
            if (is_object || (*kind == Children::Unknown && !is_empty)) && frame.depth + 1 < MAX_DEPTH {
                let cost = cost + if is_empty && node.is_some() { OTHER_KIND } else { 0 };
                for (node, extra) in fields {
                    let shown = if node.is_some() { "" } else { type_name };
                    let opened = Frame { node, parent: state.frame, resume, type_name: shown, depth: frame.depth + 1 };
                    let entry = search.frames.entry(opened);
                    let frame = entry.index();
                    entry.or_insert(type_name);
                    let to = WalkState { next: candidate.end, frame, child: 0, fresh: true };
                    search.relax(from, cost + extra, Some(PlacedRow { node, opens: true, ..placed }), to);
                }
            }
        }
    }

    /// Returns the cost of skipping a range of a sample node's children. Only children whose name is in the table count.
    fn skipped(&self, search: &Search<'r>, node: Option<usize>, from: usize, to: usize) -> usize {
        let children = self.shape.children(node);
        let to = to.min(children.len()).min(from + WINDOW);
        let left = children.get(from..to).unwrap_or_default();
        SKIPPED * left.iter().filter(|&&child| search.names.contains(self.shape.node(child).name.as_str())).count()
    }

    /// Returns the rows on the cheapest walk that fits the known types best. Among equals, the deepest.
    fn best(&self, walks: &Walks<'r>) -> Vec<PlacedRow> {
        let search = &walks.search;
        // The best walk to each state: its price, and its last step.
        let mut best: HashMap<usize, ((usize, u64), Step)> = HashMap::new();
        for &id in &walks.order {
            for &(from, step) in search.reached[id].steps.iter().rev() {
                let (mut unfit, mut shallow) = best.get(&from).map_or((0, 0), |&(price, _)| price);
                if let Some(placed) = step {
                    unfit += match self.known.get(search.frames[search.state(from).frame]) {
                        Some(names) if names.contains(self.rows[placed.row].name.as_str()) => 0,
                        Some(_) => 2,
                        None => 1,
                    };
                    shallow += (1 << 32) - placed.depth as u64;
                }
                if best.get(&id).is_none_or(|&(least, _)| (unfit, shallow) < least) {
                    best.insert(id, ((unfit, shallow), (from, step)));
                }
            }
        }
        let mut rows = Vec::new();
        let mut id = walks.end;
        while let Some(&(_, (from, step))) = best.get(&id) {
            rows.extend(step);
            id = from;
        }
        rows.reverse();
        rows
    }

    /// Records the fields of objects that have a certain position, if the fields' positions are certain too.
    fn learn(&mut self, under: Option<usize>, placed: &[PlacedRow], depths: &[BTreeSet<usize>]) {
        let rows = self.rows;
        // The open objects: their type, and whether their position is certain.
        let mut open = vec![(under.map_or("", |under| rows[under].type_name.as_str()), true)];
        for placed in placed {
            open.truncate(placed.depth + 1);
            let is_certain = depths[placed.start].len() == 1;
            if let Some(&(type_name, true)) = open.last().filter(|(name, _)| is_certain && !name.is_empty()) {
                self.known.entry(type_name).or_default().insert(&rows[placed.row].name);
            }
            if placed.opens {
                open.push((&rows[placed.row].type_name, is_certain));
            }
        }
    }

    /// Writes the rows of a walk into the tree, including the other possible parents of each row.
    fn write(&mut self, under: Option<usize>, placed: &[PlacedRow], depths: &[BTreeSet<usize>], tree: &mut Tree) {
        // The open objects, outermost first, and those that the walk closes before the next row.
        let mut path: Vec<usize> = Vec::new();
        for placed in placed {
            let row = placed.row;
            let parent = |depth: usize| match depth.checked_sub(1) {
                None => under,
                Some(above) => path.get(above).or(path.last()).copied().or(under),
            };
            tree.parents[row] = parent(placed.depth);
            let others = depths[placed.start].iter().filter(|&&other| other != placed.depth);
            let candidates: Vec<_> = std::iter::once(&placed.depth).chain(others).map(|&depth| parent(depth)).collect();
            if candidates.len() > 1 {
                tree.ambiguous.push((row, candidates));
            }
            self.nodes[row] = placed.node;
            path.truncate(placed.depth);
            if placed.opens {
                path.push(row);
            } else if self.rows[row].children == Children::Following {
                tree.childless.push(row);
            }
        }
    }
}

impl<'r> Search<'r> {
    fn state(&self, id: usize) -> WalkState {
        self.reached.keys()[id]
    }

    fn frame(&self, id: usize) -> Frame<'r> {
        self.frames.keys()[self.state(id).frame]
    }

    /// Returns the cheapest state that was not expanded yet. Among equally cheap states, the one with the most progress
    /// comes first.
    fn next(&mut self) -> Option<usize> {
        while let Some((Reverse(cost), _, id)) = self.queue.pop() {
            if cost == self.reached[id].cost {
                return Some(id);
            }
        }
        None
    }

    /// Records a step to a state, which may be new.
    fn relax(&mut self, from: usize, cost: usize, step: Option<PlacedRow>, to: WalkState) {
        let cost = self.reached[from].cost + cost;
        let entry = self.reached.entry(to);
        let id = entry.index();
        let reached = entry.or_insert(Reached { cost: usize::MAX, steps: Vec::new() });
        if cost < reached.cost {
            (reached.cost, reached.steps) = (cost, Vec::new());
            self.queue.push((Reverse(cost), to.next, id));
        }
        if cost == reached.cost {
            reached.steps.push((from, step));
        }
    }

    /// Returns the cheapest walks to the state `end`.
    fn finish(self, end: usize, cells: usize) -> Walks<'r> {
        let mut seen = vec![false; self.reached.len()];
        let mut depths = vec![BTreeSet::new(); cells];
        let (mut order, mut left) = (Vec::new(), vec![end]);
        while let Some(id) = left.pop() {
            if std::mem::replace(&mut seen[id], true) {
                continue;
            }
            order.push(id);
            for (from, step) in &self.reached[id].steps {
                left.push(*from);
                if let Some(row) = step {
                    depths[row.start].insert(row.depth);
                }
            }
        }
        // Walks proceed to later cells and, between two rows, to shallower frames.
        order.sort_unstable_by_key(|&id| (self.state(id).next, Reverse(self.frame(id).depth), id));
        Walks { search: self, end, order, depths }
    }
}

/// Returns whether a value of this type may be an object whose fields the table does not show.
fn is_free(type_name: &str) -> bool {
    matches!(Basic::of(type_name), None | Some(Basic::Json))
}
