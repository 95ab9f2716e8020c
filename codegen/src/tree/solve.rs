//! The search for the tree that agrees with a sample best; the module above states the problem.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use topsdk_spec::item_name;

use super::shape::{Names, Shape};
use super::{Ambiguity, Groups, MAX_DEPTH, Tree};
use crate::page::{Children, Row};

const UNMATCHED: u32 = 3;
const PASSED_OVER: u32 = 2;
const OUT_OF_ORDER: u32 = 3;
const OTHER_KIND: u32 = 1;
const OTHER_NAME: u32 = 1;
const NO_FIELDS: u32 = 3;

/// How far a name is looked for among the children of one sample node: bounds the work of one state.
const WINDOW: usize = 64;

/// How many states all groups of a table together may take, beside those that its rows take anyway. A real table takes
/// two a row; one group that agrees with nothing takes some ten thousand.
const STATES: usize = 200_000;

/// The types of objects whose fields are certain, with their names.
type Known<'r> = HashMap<&'r str, HashSet<&'r str>>;

/// Solves every group of rows against one sample. The price tells how well they agree.
pub(super) fn all(rows: &[Row], groups: &Groups, shape: &Shape) -> (u32, Tree) {
    let names = shape.nodes.iter().map(|node| node.name.as_str()).collect();
    let keys = rows.iter().map(|row| shape.key(&row.name)).collect();
    let mut solver = Solver {
        rows,
        shape,
        keys,
        names,
        nodes: vec![None; rows.len()],
        known: Known::new(),
        depths: vec![0; rows.len()],
        states: STATES + 4 * rows.len(),
    };
    let mut tree = groups.exact();
    tree.solved = true;
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

struct Solver<'r> {
    rows: &'r [Row],
    shape: &'r Shape,
    /// Each row's name as the sample writes it.
    keys: Vec<String>,
    /// Every name in the sample.
    names: HashSet<&'r str>,
    /// For each row the sample node that its fields are children of.
    nodes: Vec<Option<u32>>,
    known: Known<'r>,
    /// For each row its depth, from 1.
    depths: Vec<usize>,
    /// How many states are left: many groups that are hard to solve take no longer than a few.
    states: usize,
}

/// An open object. Objects that agree in all of this are one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Frame<'r> {
    /// The sample node that its fields are children of.
    node: Option<u32>,
    parent: u32,
    /// Which child of the parent's node follows this object.
    resume: u32,
    /// Its type, which tells apart only objects that the sample lacks.
    type_name: &'r str,
    depth: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    /// The next row, as an index into the group's members.
    next: u32,
    frame: u32,
    child: u32,
    /// The frame was opened by the row before.
    fresh: bool,
}

#[derive(Clone, Copy)]
enum Move {
    Close,
    Place { opens: Option<u32>, node: Option<u32> },
    End,
}

#[derive(Clone, Copy)]
struct Edge {
    from: u32,
    cost: u32,
    step: Move,
    older: u32,
}

const NO_EDGE: u32 = u32::MAX;

struct Search<'r> {
    frames: Vec<Frame<'r>>,
    frame_ids: HashMap<Frame<'r>, u32>,
    states: Vec<(State, u32, u32)>,
    ids: HashMap<State, u32>,
    edges: Vec<Edge>,
    heap: BinaryHeap<(Reverse<u32>, u32, u32)>,
}

impl<'r> Search<'r> {
    fn new(node: Option<u32>, type_name: &'r str, depth: u32) -> Search<'r> {
        let root = Frame { node, parent: 0, resume: 0, type_name, depth };
        let mut search = Search {
            frames: vec![root],
            frame_ids: HashMap::new(),
            states: Vec::new(),
            ids: HashMap::new(),
            edges: Vec::new(),
            heap: BinaryHeap::new(),
        };
        let start = State { next: 0, frame: 0, child: 0, fresh: false };
        search.ids.insert(start, 0);
        search.states.push((start, 0, NO_EDGE));
        search.heap.push((Reverse(0), 0, 0));
        search
    }

    /// The frame that a row opens; `None` where it would be too deep.
    fn open(&mut self, frame: Frame<'r>) -> Option<u32> {
        if frame.depth as usize >= MAX_DEPTH {
            return None;
        }
        let next = u32::try_from(self.frames.len()).ok()?;
        // The type tells apart only what the sample lacks.
        let mut key = frame;
        if key.node.is_some() {
            key.type_name = "";
        }
        let id = *self.frame_ids.entry(key).or_insert(next);
        if id == next {
            self.frames.push(frame);
        }
        Some(id)
    }

    fn relax(&mut self, from: u32, cost: u32, step: Move, to: State) {
        let total = self.states[from as usize].1.saturating_add(cost);
        let id = match self.ids.get(&to) {
            Some(&id) => id,
            None => {
                let id = u32::try_from(self.states.len()).unwrap_or(u32::MAX);
                self.ids.insert(to, id);
                self.states.push((to, u32::MAX, NO_EDGE));
                id
            }
        };
        let state = &mut self.states[id as usize];
        if total > state.1 {
            return;
        }
        let better = total < state.1;
        let older = if better { NO_EDGE } else { state.2 };
        state.1 = total;
        state.2 = u32::try_from(self.edges.len()).unwrap_or(NO_EDGE);
        self.edges.push(Edge { from, cost, step, older });
        if better {
            self.heap.push((Reverse(total), to.next, id));
        }
    }

    /// The edges that reach a state at its least price.
    fn edges_into(&self, id: u32) -> impl Iterator<Item = Edge> + '_ {
        let (_, least, mut next) = self.states[id as usize];
        std::iter::from_fn(move || {
            while next != NO_EDGE {
                let edge = self.edges[next as usize];
                next = edge.older;
                if self.states[edge.from as usize].1.saturating_add(edge.cost) == least {
                    return Some(edge);
                }
            }
            None
        })
    }
}

impl<'r> Solver<'r> {
    /// Finds the sample nodes of rows whose places are known.
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

    /// The sample nodes that the fields of a row can be children of, if the row matches `node`; with the price.
    fn fields_of(&self, row: usize, node: u32) -> Vec<(u32, u32)> {
        let (row, shape) = (&self.rows[row], self.shape);
        let children = &shape.nodes[node as usize].children;
        if shape.names == Names::Java || shape.nodes[node as usize].array {
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

    /// Solves one group of rows; its price. Puts what it finds into the tree.
    fn group(&mut self, under: Option<usize>, node: Option<u32>, members: &[usize], tree: &mut Tree) -> u32 {
        let depth = under.map_or(0, |under| self.depths[under]);
        let type_name = under.map_or("", |under| self.rows[under].type_name.as_str());
        let mut search = Search::new(node, type_name, u32::try_from(depth).unwrap_or(u32::MAX));
        let found = self.run(&mut search, members);
        self.states = self.states.saturating_sub(search.states.len());
        let Some(end) = found else {
            tree.unsolved.push(under);
            self.place_deepest(under, members, tree);
            return 1_000_000;
        };
        let (choices, optimal) = self.choices(&search, end, members.len());
        let mut walk = self.walk(&search, end, &optimal, members, &Known::new());
        let certain = choices.iter().all(|depths| depths.len() <= 1);
        let mut learned = std::mem::take(&mut self.known);
        self.learn(&mut learned, under, members, &walk, &choices);
        if !certain {
            walk = self.walk(&search, end, &optimal, members, &learned);
        }
        self.known = learned;
        self.replay(under, members, &walk, &choices, tree);
        search.states[end as usize].1
    }

    /// Runs the search; the final state, or nothing where it would take too many states.
    fn run(&self, search: &mut Search<'r>, members: &[usize]) -> Option<u32> {
        let budget = (50_000 + 4 * members.len()).min(self.states);
        let in_table: HashSet<&str> = members.iter().map(|&row| self.keys[row].as_str()).collect();
        let count = u32::try_from(members.len()).ok()?;
        let end = State { next: count + 1, frame: 0, child: 0, fresh: false };
        let mut found: Option<u32> = None;
        while let Some((Reverse(cost), _, id)) = search.heap.pop() {
            if found.is_some_and(|least| cost > least) {
                break;
            }
            let (state, least, _) = search.states[id as usize];
            if cost > least {
                continue;
            }
            if state == end {
                found = Some(cost);
                continue;
            }
            if search.states.len() > budget {
                return None;
            }
            let frame = search.frames[state.frame as usize];
            let left = self.passed_over(frame.node, state.child as usize, usize::MAX, &in_table);
            if state.frame != 0 {
                let cost = left + if state.fresh { NO_FIELDS } else { 0 };
                let to = State { next: state.next, frame: frame.parent, child: frame.resume, fresh: false };
                search.relax(id, cost, Move::Close, to);
            } else if state.next == count {
                search.relax(id, left, Move::End, end);
            }
            if state.next < count {
                self.place(search, id, state, frame, members[state.next as usize], &in_table);
            }
        }
        found?;
        search.ids.get(&end).copied()
    }

    /// Every way to make a row a field of the innermost open object.
    fn place(
        &self,
        search: &mut Search<'r>,
        id: u32,
        state: State,
        frame: Frame<'r>,
        row: usize,
        in_table: &HashSet<&str>,
    ) {
        let (key, shape) = (self.keys[row].as_str(), self.shape);
        let children = frame.node.map_or(&[][..], |node| &shape.nodes[node as usize].children[..]);
        let name = |child: usize| shape.nodes[children[child] as usize].name.as_str();
        let next = state.child as usize;
        let window = next..children.len().min(next + WINDOW);
        let mut matches = 0;
        for child in window.clone().filter(|&child| name(child) == key).take(2) {
            matches += 1;
            let cost = self.passed_over(frame.node, next, child, in_table);
            self.place_as(search, id, state, row, Some(children[child]), child + 1, cost);
        }
        if matches == 0
            && let Some(child) = (next.saturating_sub(WINDOW)..next).find(|&child| name(child) == key)
        {
            self.place_as(search, id, state, row, Some(children[child]), next, OUT_OF_ORDER);
        }
        let absent = !self.names.contains(key);
        if self.rows[row].children == Children::Following
            && absent
            && let Some(child) = window.clone().find(|&child| {
                !in_table.contains(name(child)) && !shape.nodes[children[child] as usize].children.is_empty()
            })
        {
            let cost = self.passed_over(frame.node, next, child, in_table) + OTHER_NAME;
            self.place_as(search, id, state, row, Some(children[child]), child + 1, cost);
        }
        let cost = match (absent, self.rows[row].children) {
            (true, Children::Following) => OTHER_KIND + OTHER_NAME,
            (true, _) => 0,
            (false, _) => UNMATCHED,
        };
        self.place_as(search, id, state, row, None, next, cost);
    }

    /// Places a row that matches `node`, or nothing.
    #[allow(clippy::too_many_arguments, reason = "one step of the search, said in full")]
    fn place_as(
        &self,
        search: &mut Search<'r>,
        id: u32,
        state: State,
        row: usize,
        node: Option<u32>,
        resume: usize,
        cost: u32,
    ) {
        let resume = u32::try_from(resume).unwrap_or(u32::MAX);
        let fields = match node {
            Some(node) => self.fields_of(row, node).into_iter().map(|(node, cost)| (Some(node), cost)).collect(),
            None => vec![(None, 0)],
        };
        let empty = node.is_none_or(|node| self.shape.nodes[node as usize].children.is_empty());
        let leaf = State { next: state.next + 1, frame: state.frame, child: resume, fresh: false };
        let kind = self.rows[row].children;
        if kind != Children::Following {
            // An object where the table has a leaf: a map, or JSON kept as text.
            let as_leaf =
                kind == Children::None && !empty && !self.rows[row].list && !is_free(&self.rows[row].type_name);
            let cost = cost + if as_leaf || (kind == Children::Unknown && !empty) { OTHER_KIND } else { 0 };
            let node = fields.first().and_then(|&(node, _)| node);
            search.relax(id, cost, Move::Place { opens: None, node }, leaf);
        }
        if kind == Children::Following || (kind == Children::Unknown && !empty) {
            let depth = search.frames[state.frame as usize].depth + 1;
            let price = if empty && node.is_some() { OTHER_KIND } else { 0 };
            for (node, extra) in fields {
                let type_name = self.rows[row].type_name.as_str();
                let frame = Frame { node, parent: state.frame, resume, type_name, depth };
                if let Some(opened) = search.open(frame) {
                    let to = State { next: state.next + 1, frame: opened, child: 0, fresh: true };
                    search.relax(id, cost + price + extra, Move::Place { opens: Some(opened), node }, to);
                }
            }
        }
    }

    /// The price of leaving out the children of a sample node from one to another: those that the table has at all.
    fn passed_over(&self, node: Option<u32>, from: usize, to: usize, in_table: &HashSet<&str>) -> u32 {
        let Some(node) = node else { return 0 };
        let children = &self.shape.nodes[node as usize].children;
        let to = to.min(children.len()).min(from + WINDOW);
        let left = children.get(from..to).unwrap_or_default();
        let count =
            left.iter().filter(|&&child| in_table.contains(self.shape.nodes[child as usize].name.as_str())).count();
        PASSED_OVER * u32::try_from(count).unwrap_or(u32::MAX / PASSED_OVER)
    }

    /// The depths at which each row stands in any of the cheapest walks, and the states on these walks.
    fn choices(&self, search: &Search<'r>, end: u32, count: usize) -> (Vec<BTreeSet<u32>>, Vec<u32>) {
        let mut choices = vec![BTreeSet::new(); count];
        let mut seen = vec![false; search.states.len()];
        let mut work = vec![end];
        let mut optimal = Vec::new();
        seen[end as usize] = true;
        while let Some(id) = work.pop() {
            optimal.push(id);
            for edge in search.edges_into(id) {
                let state = search.states[edge.from as usize].0;
                if let Move::Place { .. } = edge.step {
                    choices[state.next as usize].insert(search.frames[state.frame as usize].depth);
                }
                if !std::mem::replace(&mut seen[edge.from as usize], true) {
                    work.push(edge.from);
                }
            }
        }
        // Walks go on to later rows and, between two rows, to shallower frames.
        optimal.sort_unstable_by_key(|&id| {
            let state = search.states[id as usize].0;
            (state.next, Reverse(search.frames[state.frame as usize].depth), id)
        });
        (choices, optimal)
    }

    /// Of the cheapest walks the one that fits the known types best, then the deepest: its moves in order.
    fn walk(
        &self,
        search: &Search<'r>,
        end: u32,
        optimal: &[u32],
        members: &[usize],
        known: &Known<'r>,
    ) -> Vec<(State, Move)> {
        let mut best: HashMap<u32, ((u32, u64), Option<Edge>)> = HashMap::with_capacity(optimal.len());
        for &id in optimal {
            let mut least: Option<((u32, u64), Option<Edge>)> = (id == 0).then_some(((0, 0), None));
            for edge in search.edges_into(id) {
                let Some(&((hints, shallow), _)) = best.get(&edge.from) else { continue };
                let state = search.states[edge.from as usize].0;
                let price = match edge.step {
                    Move::Place { .. } => {
                        let frame = search.frames[state.frame as usize];
                        let row = self.rows[members[state.next as usize]].name.as_str();
                        let hint = match known.get(frame.type_name) {
                            Some(names) if names.contains(row) => 0,
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
            if let Some(least) = least {
                best.insert(id, least);
            }
        }
        let mut moves = Vec::new();
        let mut id = end;
        while let Some((_, Some(edge))) = best.get(&id) {
            moves.push((search.states[edge.from as usize].0, edge.step));
            id = edge.from;
        }
        moves.reverse();
        moves
    }

    /// Notes the fields of objects whose places, and whose fields' places, are certain.
    fn learn(
        &self,
        known: &mut Known<'r>,
        under: Option<usize>,
        members: &[usize],
        walk: &[(State, Move)],
        choices: &[BTreeSet<u32>],
    ) {
        let mut open: Vec<(&str, bool)> = vec![(under.map_or("", |under| self.rows[under].type_name.as_str()), true)];
        for &(state, step) in walk {
            match step {
                Move::Close => {
                    open.pop();
                }
                Move::Place { opens, .. } => {
                    let row = &self.rows[members[state.next as usize]];
                    let certain = choices[state.next as usize].len() <= 1;
                    if let Some(&(type_name, true)) = open.last()
                        && certain
                        && !type_name.is_empty()
                    {
                        known.entry(type_name).or_default().insert(&row.name);
                    }
                    if opens.is_some() {
                        open.push((&row.type_name, certain));
                    }
                }
                Move::End => {}
            }
        }
    }

    /// Writes a walk into the tree, and what else each row could have been a field of.
    fn replay(
        &mut self,
        under: Option<usize>,
        members: &[usize],
        walk: &[(State, Move)],
        choices: &[BTreeSet<u32>],
        tree: &mut Tree,
    ) {
        let base = under.map_or(0, |under| self.depths[under]);
        let mut open: Vec<usize> = Vec::new();
        let mut closed: Vec<usize> = Vec::new();
        for &(state, step) in walk {
            match step {
                Move::Close => closed.extend(open.pop()),
                Move::Place { opens, node } => {
                    let row = members[state.next as usize];
                    let parent = open.last().copied().or(under);
                    let depth = base + open.len();
                    let others = choices[state.next as usize].iter().filter(|&&other| other as usize != depth);
                    let chain: Vec<usize> = open.iter().chain(closed.iter().rev()).copied().collect();
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
                    if opens.is_some() {
                        open.push(row);
                    } else if self.rows[row].children == Children::Following {
                        tree.childless.push(row);
                    }
                }
                Move::End => {}
            }
        }
    }

    /// The way out where the search gives up: each row is a field of the object that was opened last.
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

/// Whether a value of this type may be an object that the table does not spell out.
fn is_free(type_name: &str) -> bool {
    matches!(type_name, "Json" | "Map" | "") || !crate::page::words::is_basic(type_name)
}
