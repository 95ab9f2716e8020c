//! Finds the walk over rows that agrees with a sample best. The parent module defines the problem.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

use topsdk_spec::item_name;

use super::search::{Edge, Search};
use super::shape::{Names, Shape};
use super::{Ambiguity, Block, Candidate, Choice, Groups, MAX_DEPTH, Tree};
use crate::page::{Children, Row};

const UNMATCHED: u32 = 3;
const PASSED_OVER: u32 = 2;
const OUT_OF_ORDER: u32 = 3;
const OTHER_KIND: u32 = 1;
const OTHER_NAME: u32 = 1;
const NO_FIELDS: u32 = 3;

/// The cost of a group whose search hit its limit: higher than for any other sample.
const UNSOLVED: u32 = 1_000_000;

/// How many children of a sample node are searched for a name. Bounds the work per state.
const WINDOW: usize = 64;

/// The maximum number of states for all groups of a table, in addition to those proportional to its rows. A real table
/// takes two states per row. A group that agrees with nothing takes some ten thousand.
const STATES: usize = 200_000;

/// The fields of types at positions that are certain, by type name.
type Known<'r> = HashMap<&'r str, HashSet<&'r str>>;

/// Solves every group of rows against one sample. Returns the cost, which is lower the better they agree.
pub(super) fn all(rows: &[Row], groups: &Groups, shape: &Shape) -> (u32, Tree) {
    let keys = keys(rows, shape);
    let mut solver = Solver::new(rows, &keys, shape, rows.len());
    let mut tree = groups.exact();
    let mut cost = 0u32;
    for group in 0..=rows.len() {
        let (under, members) = match group {
            0 => (None, &groups.top),
            _ => (Some(group - 1), &groups.below[group - 1]),
        };
        let node = under.map_or(Some(0), |under| solver.nodes[under]);
        for &member in members {
            solver.depths[member] = under.map_or(1, |under| solver.depths[under] + 1);
        }
        if groups.open[group] {
            cost = cost.saturating_add(solver.group(under, node, members, &mut tree));
        } else {
            solver.step_along(node, members);
        }
    }
    (cost, tree)
}

/// Chooses the rows of each block. The result is `None` for a block whose search hit the limit.
pub(super) fn choose(rows: &[Row], blocks: &[Block], shape: &Shape) -> Vec<Option<Choice>> {
    let cells = blocks.iter().map(|block| block.cells as usize).sum();
    let keys = keys(rows, shape);
    let mut solver = Solver::new(rows, &keys, shape, cells);
    blocks.iter().map(|block| solver.block(block)).collect()
}

/// Returns each row's name as the sample spells it.
fn keys(rows: &[Row], shape: &Shape) -> Vec<String> {
    rows.iter().map(|row| shape.key(&row.name)).collect()
}

/// Converts a count of rows, cells or children, which the size limit of a page keeps far below `u32`.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

struct Solver<'r> {
    rows: &'r [Row],
    shape: &'r Shape,
    /// Each row's name as the sample spells it.
    keys: &'r [String],
    /// Every name in the sample.
    names: HashSet<&'r str>,
    /// The sample node that contains each row's fields.
    nodes: Vec<Option<u32>>,
    known: Known<'r>,
    /// The depth of each row, from 1.
    depths: Vec<usize>,
    /// The number of states left. It is shared, so that many hard groups take no longer than a few.
    states: usize,
}

/// A row to be placed.
#[derive(Clone, Copy)]
struct Place<'r> {
    from: u32,
    state: State,
    frame: Frame<'r>,
    row: usize,
    end: u32,
    price: u32,
}

/// An open object. Objects that are equal in all of these fields are merged.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Frame<'r> {
    /// The sample node that contains its fields.
    node: Option<u32>,
    parent: u32,
    /// The index of the parent node's child that follows this object.
    resume: u32,
    /// The type name. It only distinguishes objects that are not in the sample.
    type_name: &'r str,
    depth: u32,
}

/// A position before a cell, in the innermost open object.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    /// The next cell, or the next row if the page separates rows.
    next: u32,
    frame: u32,
    /// The index of the next child in the sample.
    child: u32,
    /// Whether the previous row opened the frame.
    fresh: bool,
}

#[derive(Clone, Copy)]
enum Step {
    Close,
    Skip,
    Place { row: usize, end: u32, opens: bool, node: Option<u32> },
    End,
}

/// Every possible open object, by number.
struct Frames<'r> {
    all: Vec<Frame<'r>>,
    ids: HashMap<Frame<'r>, u32>,
}

impl<'r> Frames<'r> {
    fn new(root: Frame<'r>) -> Frames<'r> {
        Frames { all: vec![root], ids: HashMap::new() }
    }

    fn get(&self, id: u32) -> Frame<'r> {
        self.all[id as usize]
    }

    /// Returns the frame that a row opens, or `None` if it would be too deep.
    fn open(&mut self, frame: Frame<'r>) -> Option<u32> {
        if frame.depth as usize >= MAX_DEPTH {
            return None;
        }
        let next = u32::try_from(self.all.len()).ok()?;
        // The type only distinguishes objects that are not in the sample.
        let key = if frame.node.is_some() { Frame { type_name: "", ..frame } } else { frame };
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            self.all.push(frame);
        }
        Some(id)
    }
}

/// The search of one group.
struct Walks<'r> {
    frames: Frames<'r>,
    search: Search<State, Step>,
    /// The ways to read the cells, ordered by first cell.
    candidates: Vec<Candidate>,
    cells: u32,
    /// The names that the rows may have.
    names: HashSet<&'r str>,
}

impl Walks<'_> {
    fn relax(&mut self, from: u32, cost: u32, step: Step, to: State) {
        self.search.relax(from, cost, step, to, to.next);
    }

    /// Returns the indices of the candidates that begin at a cell.
    fn at(&self, cell: u32) -> std::ops::Range<usize> {
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
            known: Known::new(),
            depths: vec![0; rows.len()],
            states: STATES + 4 * cells,
        }
    }

    /// Finds the sample nodes of rows whose parents are known.
    fn step_along(&mut self, node: Option<u32>, members: &[usize]) {
        let Some(node) = node else { return };
        let shape = self.shape;
        let children = &shape.nodes[node as usize].children;
        let mut next = 0;
        for &row in members {
            let found = (next..children.len().min(next + WINDOW))
                .chain(0..next.min(WINDOW))
                .find(|&child| shape.nodes[children[child] as usize].name == self.keys[row]);
            if let Some(child) = found {
                next = child + 1;
                self.nodes[row] = self.fields_of(row, children[child]).first().map(|&(node, _)| node);
            }
        }
    }

    /// Returns the sample nodes that may contain the fields of a row that matches `node`, each with its cost.
    fn fields_of(&self, row: usize, node: u32) -> Vec<(u32, u32)> {
        let (row, shape) = (&self.rows[row], self.shape);
        let children = &shape.nodes[node as usize].children;
        if shape.style == Names::Java || shape.nodes[node as usize].array {
            return vec![(node, 0)];
        }
        match (row.list, children[..].first()) {
            (_, None) => vec![(node, 0)],
            (true, Some(&item)) if children.len() == 1 => {
                if shape.nodes[item as usize].name == item_name(&row.type_name) {
                    vec![(item, 0)]
                } else {
                    vec![(item, OTHER_NAME), (node, PASSED_OVER)]
                }
            }
            (true, Some(_)) => vec![(node, OTHER_KIND)],
            (false, Some(&item))
                if children.len() == 1 && shape.nodes[item as usize].name == item_name(&row.type_name) =>
            {
                vec![(node, 0), (item, OTHER_KIND)]
            }
            (false, Some(_)) => vec![(node, 0)],
        }
    }

    /// Solves one group of rows and writes the result into the tree. Returns the cost.
    fn group(&mut self, under: Option<usize>, node: Option<u32>, members: &[usize], tree: &mut Tree) -> u32 {
        let candidates =
            (0..).zip(members).map(|(at, &row)| Candidate { row: Some(row), start: at, end: at + 1, price: 0 });
        let mut walks = self.walks(under, node, candidates.collect(), number(members.len()));
        let Some(end) = self.run(&mut walks) else {
            tree.unsolved.push(under);
            self.place_deepest(under, members, tree);
            return UNSOLVED;
        };
        let (choices, optimal) = self.choices(&walks, end);
        let mut walk = self.walk(&walks, end, &optimal, &Known::new());
        let mut learned = std::mem::take(&mut self.known);
        self.learn(&mut learned, under, &walk, &choices);
        if choices.iter().any(|depths| depths.len() > 1) {
            walk = self.walk(&walks, end, &optimal, &learned);
        }
        self.known = learned;
        self.replay(under, &walk, &choices, tree);
        walks.search.cost(end)
    }

    /// Chooses the rows of a block. Returns `None` if the search hit its limit.
    fn block(&mut self, block: &Block) -> Option<Choice> {
        let node = block.node.and_then(|node| self.fields_of(block.under, node).first().map(|&(node, _)| node));
        let mut walks = self.walks(Some(block.under), node, block.candidates.clone(), block.cells);
        let end = self.run(&mut walks)?;
        let (choices, optimal) = self.choices(&walks, end);
        let mut choice = Choice::default();
        let mut doubtful: BTreeSet<u32> =
            (0..).zip(&choices).filter(|(_, depths)| !depths.is_empty()).map(|(start, _)| start).collect();
        for (state, step) in self.walk(&walks, end, &optimal, &Known::new()) {
            if let Step::Place { row, end, node, .. } = step {
                doubtful.remove(&state.next);
                choice.rows.push((Candidate { row: Some(row), start: state.next, end, price: 0 }, node));
            }
        }
        choice.doubtful = doubtful.into_iter().collect();
        Some(choice)
    }

    fn walks(&self, under: Option<usize>, node: Option<u32>, candidates: Vec<Candidate>, cells: u32) -> Walks<'r> {
        let type_name = under.map_or("", |under| self.rows[under].type_name.as_str());
        let depth = number(under.map_or(0, |under| self.depths[under]));
        let names = candidates.iter().filter_map(|candidate| Some(self.keys[candidate.row?].as_str())).collect();
        Walks {
            frames: Frames::new(Frame { node, parent: 0, resume: 0, type_name, depth }),
            search: Search::new(State { next: 0, frame: 0, child: 0, fresh: false }),
            candidates,
            cells,
            names,
        }
    }

    /// Runs the search. Returns the final state, or `None` if the search would take too many states.
    fn run(&mut self, walks: &mut Walks<'r>) -> Option<u32> {
        let budget = (50_000 + 4 * walks.cells as usize).min(self.states);
        let end = State { next: walks.cells + 1, frame: 0, child: 0, fresh: false };
        let mut found: Option<u32> = None;
        while let Some(id) = walks.search.next() {
            let (state, cost) = (walks.search.state(id), walks.search.cost(id));
            if found.is_some_and(|end| cost > walks.search.cost(end)) {
                break;
            }
            if state == end {
                found = Some(id);
                continue;
            }
            if walks.search.len() > budget {
                found = None;
                break;
            }
            let frame = walks.frames.get(state.frame);
            let left = self.passed_over(walks, frame.node, state.child as usize, usize::MAX);
            if state.frame != 0 {
                let cost = left + if state.fresh { NO_FIELDS } else { 0 };
                let to = State { next: state.next, frame: frame.parent, child: frame.resume, fresh: false };
                walks.relax(id, cost, Step::Close, to);
            } else if state.next == walks.cells {
                walks.relax(id, left, Step::End, end);
            }
            for index in walks.at(state.next) {
                let Candidate { row, end, price, .. } = walks.candidates[index];
                match row {
                    Some(row) => self.place(walks, Place { from: id, state, frame, row, end, price }),
                    None => walks.relax(id, price, Step::Skip, State { next: end, ..state }),
                }
            }
        }
        self.states = self.states.saturating_sub(walks.search.len());
        found
    }

    /// Adds every way to make a row a field of the innermost open object.
    fn place(&self, walks: &mut Walks<'r>, place: Place<'r>) {
        let (key, shape, kind) = (self.keys[place.row].as_str(), self.shape, self.rows[place.row].children);
        let node = place.frame.node;
        let children = node.map_or(&[][..], |node| shape.children(node));
        let name = |child: usize| shape.name(children[child]);
        let next = place.state.child as usize;
        let window = next..children.len().min(next + WINDOW);
        let mut matches = 0;
        for child in window.clone().filter(|&child| name(child) == key).take(2) {
            matches += 1;
            let cost = self.passed_over(walks, node, next, child);
            self.place_as(walks, place, Some(children[child]), child + 1, cost);
        }
        if matches == 0
            && let Some(child) = (next.saturating_sub(WINDOW)..next).find(|&child| name(child) == key)
        {
            self.place_as(walks, place, Some(children[child]), next, OUT_OF_ORDER);
        }
        let absent = !self.names.contains(key);
        if kind == Children::Following
            && absent
            && let Some(child) = window
                .clone()
                .find(|&child| !walks.names.contains(name(child)) && !shape.children(children[child]).is_empty())
        {
            let cost = self.passed_over(walks, node, next, child) + OTHER_NAME;
            self.place_as(walks, place, Some(children[child]), child + 1, cost);
        }
        let cost = match (absent, kind) {
            (true, Children::Following) => OTHER_KIND + OTHER_NAME,
            (true, _) => 0,
            (false, _) => UNMATCHED,
        };
        self.place_as(walks, place, None, next, cost);
    }

    /// Places a row that matches `node`, or that matches nothing.
    fn place_as(&self, walks: &mut Walks<'r>, place: Place<'r>, node: Option<u32>, resume: usize, cost: u32) {
        let Place { from, state, frame, row, end, price } = place;
        let (cost, resume) = (cost + price, number(resume));
        let fields = match node {
            Some(node) => self.fields_of(row, node).into_iter().map(|(node, cost)| (Some(node), cost)).collect(),
            None => vec![(None, 0)],
        };
        let empty = node.is_none_or(|node| self.shape.children(node).is_empty());
        let Row { children: kind, list, type_name, .. } = &self.rows[row];
        if *kind != Children::Following {
            // The sample has an object and the table has a leaf: a map, or JSON kept as text.
            let as_leaf = *kind == Children::None && !empty && !list && !is_free(type_name);
            let cost = cost + if as_leaf || (*kind == Children::Unknown && !empty) { OTHER_KIND } else { 0 };
            let node = fields.first().and_then(|&(node, _)| node);
            let leaf = State { next: end, frame: state.frame, child: resume, fresh: false };
            walks.relax(from, cost, Step::Place { row, end, opens: false, node }, leaf);
        }
        if *kind == Children::Following || (*kind == Children::Unknown && !empty) {
            let price = if empty && node.is_some() { OTHER_KIND } else { 0 };
            for (node, extra) in fields {
                let opened = Frame { node, parent: state.frame, resume, type_name, depth: frame.depth + 1 };
                if let Some(opened) = walks.frames.open(opened) {
                    let to = State { next: end, frame: opened, child: 0, fresh: true };
                    walks.relax(from, cost + price + extra, Step::Place { row, end, opens: true, node }, to);
                }
            }
        }
    }

    /// Returns the cost of skipping a range of a sample node's children. Only children whose name is in the table count.
    fn passed_over(&self, walks: &Walks<'r>, node: Option<u32>, from: usize, to: usize) -> u32 {
        let children = node.map_or(&[][..], |node| self.shape.children(node));
        let to = to.min(children.len()).min(from + WINDOW);
        let left = children.get(from..to).unwrap_or_default();
        PASSED_OVER * number(left.iter().filter(|&&child| walks.names.contains(self.shape.name(child))).count())
    }

    /// Returns, for each cell, the depths of a row that begins there in any of the cheapest walks, and the states on
    /// these walks in walk order.
    fn choices(&self, walks: &Walks<'r>, end: u32) -> (Vec<BTreeSet<u32>>, Vec<u32>) {
        let mut choices = vec![BTreeSet::new(); walks.cells as usize];
        let depth = |state: State| walks.frames.get(state.frame).depth;
        let mut optimal = walks.search.on_cheapest(end);
        for &id in &optimal {
            for edge in walks.search.edges_into(id) {
                let state = walks.search.state(edge.from);
                if let Step::Place { .. } = edge.step {
                    choices[state.next as usize].insert(depth(state));
                }
            }
        }
        // Walks proceed to later cells and, between two rows, to shallower frames.
        optimal.sort_unstable_by_key(|&id| {
            let state = walks.search.state(id);
            (state.next, Reverse(depth(state)), id)
        });
        (choices, optimal)
    }

    /// Returns the steps of the cheapest walk that fits the known types best. Among equals, the deepest.
    fn walk(&self, walks: &Walks<'r>, end: u32, optimal: &[u32], known: &Known<'r>) -> Vec<(State, Step)> {
        type Best = ((u32, u64), Option<Edge<Step>>);
        let mut best: HashMap<u32, Best> = HashMap::with_capacity(optimal.len());
        for &id in optimal {
            let mut least = (id == 0).then_some(((0, 0), None));
            for edge in walks.search.edges_into(id) {
                let Some(&((hints, shallow), _)) = best.get(&edge.from) else { continue };
                let price = match edge.step {
                    Step::Place { row, .. } => {
                        let frame = walks.frames.get(walks.search.state(edge.from).frame);
                        let hint = match known.get(frame.type_name) {
                            Some(names) if names.contains(self.rows[row].name.as_str()) => 0,
                            Some(_) => 2,
                            None => 1,
                        };
                        (hints + hint, shallow + u64::from(u32::MAX - frame.depth))
                    }
                    _ => (hints, shallow),
                };
                if least.is_none_or(|(found, _)| price < found) {
                    least = Some((price, Some(edge)));
                }
            }
            best.extend(least.map(|least| (id, least)));
        }
        let mut steps = Vec::new();
        let mut id = end;
        while let Some((_, Some(edge))) = best.get(&id) {
            steps.push((walks.search.state(edge.from), edge.step));
            id = edge.from;
        }
        steps.reverse();
        steps
    }

    /// Records the fields of objects that have a certain position, if the fields' positions are certain too.
    fn learn(&self, known: &mut Known<'r>, under: Option<usize>, walk: &[(State, Step)], choices: &[BTreeSet<u32>]) {
        let mut open: Vec<(&str, bool)> = vec![(under.map_or("", |under| self.rows[under].type_name.as_str()), true)];
        for &(state, step) in walk {
            match step {
                Step::Close => drop(open.pop()),
                Step::Place { row, opens, .. } => {
                    let row = &self.rows[row];
                    let certain = choices[state.next as usize].len() <= 1;
                    if let Some(&(type_name, true)) = open.last()
                        && certain
                        && !type_name.is_empty()
                    {
                        known.entry(type_name).or_default().insert(&row.name);
                    }
                    if opens {
                        open.push((&row.type_name, certain));
                    }
                }
                Step::Skip | Step::End => {}
            }
        }
    }

    /// Writes a walk into the tree, including the other possible parents of each row.
    fn replay(&mut self, under: Option<usize>, walk: &[(State, Step)], choices: &[BTreeSet<u32>], tree: &mut Tree) {
        let base = under.map_or(0, |under| self.depths[under]);
        let mut open: Vec<usize> = Vec::new();
        let mut closed: Vec<usize> = Vec::new();
        for &(state, step) in walk {
            match step {
                Step::Close => closed.extend(open.pop()),
                Step::Place { row, opens, node, .. } => {
                    let parent = open.last().copied().or(under);
                    let depth = base + open.len();
                    let chain: Vec<usize> = open.iter().chain(closed.iter().rev()).copied().collect();
                    let others = choices[state.next as usize].iter().filter(|&&other| other as usize != depth);
                    let others: Vec<Option<usize>> = others
                        .map(|&other| match (other as usize).checked_sub(base + 1) {
                            None => under,
                            Some(above) => chain.get(above).or(chain.last()).copied().or(under),
                        })
                        .collect();
                    if !others.is_empty() {
                        let candidates = std::iter::once(parent).chain(others).collect();
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
                Step::Skip | Step::End => {}
            }
        }
    }

    /// Fallback if the search hits its limit: makes each row a field of the object that was opened last.
    fn place_deepest(&mut self, under: Option<usize>, members: &[usize], tree: &mut Tree) {
        let mut parent = under;
        for (index, &row) in members.iter().enumerate() {
            let depth = parent.map_or(0, |parent| self.depths[parent]);
            tree.parents[row] = parent;
            self.depths[row] = depth + 1;
            if self.rows[row].children == Children::Following && index + 1 < members.len() && depth + 2 < MAX_DEPTH {
                parent = Some(row);
            }
        }
    }
}

/// Returns whether a value of this type may be an object whose fields the table does not show.
fn is_free(type_name: &str) -> bool {
    matches!(type_name, "Json" | "Map" | "") || !crate::page::words::is_basic(type_name)
}
