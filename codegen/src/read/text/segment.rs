//! Cutting the bullets below a row into rows: where does each begin?
//!
//! A leaf begins with `└ name`; an inner object begins with its bare name, which a description could be as well. The
//! sample has the names in the page's order, so the cut is the one whose names agree with the sample's best: the
//! cheapest walk over (next bullet, next name of the sample), by Dijkstra's algorithm. Where page and sample agree each
//! step is free and there is one of it.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use super::cells::is_limit;
use crate::page::words;
use crate::tree::Shape;
use topsdk_spec::Side;

/// A row among the bullets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The sample's node for it.
    pub(super) node: Option<u32>,
}

/// A cut, and the bullets that begin a row in another cut that is as good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Segments {
    /// Bullets before the first row.
    pub(super) lead: usize,
    pub(super) rows: Vec<Segment>,
    pub(super) doubtful: Vec<usize>,
    pub(super) gave_up: bool,
}

const MALFORMED: u32 = 4;
const SURPLUS: u32 = 4;
const SKIPPED: u32 = 2;
const ODD_TYPE: u32 = 1;
const SWALLOWED: u32 = 5;
/// A row that is this far from one is not looked at.
const HOPELESS: u32 = 12;
const OTHER_KIND: u32 = 3;

/// How far the sample's next names are looked through for a row's.
const WINDOW: usize = 48;

/// Cuts the bullets; `under` is the sample's node for the row above them. Pages without any `└` lost it.
pub(super) fn segment(
    side: Side,
    bullets: &[&str],
    shape: Option<&Shape>,
    under: Option<u32>,
    marks: bool,
) -> Segments {
    let sample = Sample::new(shape, under);
    let mut search =
        Search { side, bullets, sample, marks, ids: HashMap::new(), states: Vec::new(), heap: BinaryHeap::new() };
    search.run()
}

/// The names below a node in the sample's order.
struct Sample<'s> {
    shape: Option<&'s Shape>,
    nodes: Vec<(u32, bool)>,
    names: HashSet<&'s str>,
}

impl<'s> Sample<'s> {
    fn new(shape: Option<&'s Shape>, under: Option<u32>) -> Sample<'s> {
        let mut nodes = Vec::new();
        let mut names = HashSet::new();
        if let (Some(shape), Some(under)) = (shape, under) {
            let mut work = vec![(under, false)];
            while let Some((node, item)) = work.pop() {
                if node != under {
                    nodes.push((node, item));
                    names.insert(shape.name(node));
                }
                let children = shape.children(node);
                // The only child may be the item of a list, which is no row.
                let item = shape.has_items() && children.len() == 1;
                work.extend(children.iter().rev().map(|&child| (child, item)));
            }
        }
        Sample { shape, nodes, names }
    }

    /// The next node of that name, and the price of what is passed over. Where that may be the item of a list, also
    /// the one behind it: an item can have a field of its own name.
    fn find(&self, from: usize, name: &str) -> Vec<(usize, u32)> {
        let mut found = Vec::new();
        let Some(shape) = self.shape else { return found };
        let mut cost = 0;
        for (index, &(node, item)) in self.nodes.iter().enumerate().skip(from).take(WINDOW) {
            if shape.name(node) == name {
                found.push((index, cost));
                if !item || found.len() == 3 {
                    break;
                }
            }
            cost += if item { 0 } else { SKIPPED };
        }
        found
    }

    fn rest(&self, from: usize) -> u32 {
        let left = self.nodes.iter().skip(from).take(WINDOW).filter(|(_, item)| !item).count();
        SKIPPED * u32::try_from(left).unwrap_or(0)
    }
}

struct Search<'b, 's> {
    side: Side,
    bullets: &'b [&'b str],
    sample: Sample<'s>,
    marks: bool,
    ids: HashMap<(usize, usize), usize>,
    states: Vec<Node>,
    heap: BinaryHeap<(Reverse<u32>, usize, usize)>,
}

/// A state: before this bullet, before this name of the sample.
struct Node {
    bullet: usize,
    name: usize,
    cost: u32,
    from: Vec<(usize, u32, Option<u32>)>,
}

impl Search<'_, '_> {
    fn run(&mut self) -> Segments {
        let count = self.bullets.len();
        let budget = 20_000 + 4 * count;
        // Bullets before the first row belong to the row above.
        for lead in 0..=count.min(8) {
            if lead == count || self.starts(lead) {
                let cost = if lead == 0 { 0 } else { SURPLUS * u32::try_from(lead).unwrap_or(1) };
                self.reach(None, lead, 0, cost, None);
            }
        }
        let mut best: Option<u32> = None;
        let mut ends: Vec<usize> = Vec::new();
        while let Some((Reverse(cost), _, id)) = self.heap.pop() {
            if best.is_some_and(|best| cost > best) {
                break;
            }
            let Node { bullet, name, cost: least, .. } = self.states[id];
            if cost > least {
                continue;
            }
            if bullet == count && name == usize::MAX {
                best = Some(cost);
                ends.push(id);
            } else if bullet == count {
                let cost = cost + self.sample.rest(name);
                self.reach(Some(id), count, usize::MAX, cost, None);
            } else if self.states.len() > budget {
                break;
            } else {
                self.step(id, bullet, name, cost);
            }
        }
        match ends.first() {
            Some(&end) => self.trace(end),
            None => self.by_marks(),
        }
    }

    /// Every row that can begin at a bullet.
    fn step(&mut self, id: usize, start: usize, name: usize, cost: u32) {
        let (leaf, word) = marked(self.bullets[start]);
        let (fixed, malformed) = self.fixed(start);
        let type_name = self.bullets.get(start + 1).map_or("", |cell| cell.trim_end_matches("[]").trim());
        let price = match (malformed, self.side, fixed - start) {
            (true, ..) => MALFORMED,
            (false, Side::Request, 2) => ODD_TYPE,
            // The site's types are basic words and the names of classes.
            _ if !words::is_basic(type_name) && !type_name.starts_with(|letter: char| letter.is_ascii_uppercase()) => {
                ODD_TYPE
            }
            _ => 0,
        };
        // The sample's node, and what is certain about it.
        let key = self.sample.shape.map(|shape| shape.key(word)).unwrap_or_default();
        let mut ways: Vec<(Option<u32>, usize, u32)> = Vec::new();
        for (index, skipped) in self.sample.find(name, &key) {
            let node = self.sample.nodes[index].0;
            ways.push((Some(node), index + 1, skipped + self.other_kind(node, leaf)));
        }
        let known = self.sample.names.contains(key.as_str());
        ways.push((None, name, if leaf { 0 } else { 3 } + if known { 2 } else { 0 }));
        let last = (fixed + 12).min(self.bullets.len());
        let (mut surplus, mut swallowed) = (0, 0);
        for end in fixed..=last {
            if end > fixed {
                let cells = &self.bullets[fixed..end];
                let limits = cells.iter().filter(|cell| is_limit(cell)).count();
                let limits = if self.side == Side::Request { limits } else { 0 };
                // What is marked as a leaf is hardly a value.
                if marked(self.bullets[end - 1]).0 && self.starts(end - 1) {
                    swallowed += SWALLOWED;
                }
                surplus = u32::try_from((cells.len() - limits).saturating_sub(2)).unwrap_or(0) * SURPLUS;
            }
            if surplus + swallowed > HOPELESS {
                break;
            }
            if end == self.bullets.len() || self.starts(end) {
                for &(node, name, extra) in &ways {
                    self.reach(Some(id), end, name, cost + price + extra + surplus + swallowed, node);
                }
            }
        }
    }

    /// The price of a leaf that the sample shows as an object, or the reverse.
    fn other_kind(&self, node: u32, leaf: bool) -> u32 {
        let Some(shape) = self.sample.shape else { return 0 };
        let children = shape.children(node);
        // A list of basic values has one child without children.
        let object =
            children.len() > 1 || children.iter().any(|&child| !shape.has_items() || !shape.children(child).is_empty());
        match leaf {
            true if object => 1,
            false if self.marks && children.is_empty() => OTHER_KIND,
            _ => 0,
        }
    }

    /// Where the fixed cells of a row end: name, type, and in a request 必须 or 可选.
    fn fixed(&self, start: usize) -> (usize, bool) {
        let cell = |index: usize| self.bullets.get(index).copied().unwrap_or_default();
        let is_required = |index: usize| words::required(cell(index)).is_some();
        match self.side {
            Side::Request if words::is_type(cell(start + 1)) && is_required(start + 2) => (start + 3, false),
            Side::Request if is_required(start + 1) => (start + 2, false),
            Side::Response if words::is_type(cell(start + 1)) => (start + 2, false),
            _ => (start + 1, true),
        }
    }

    /// Whether a row can begin at a bullet: a leaf's mark, or a name with the cells that follow one.
    fn starts(&self, start: usize) -> bool {
        let (leaf, word) = marked(self.bullets[start]);
        words::is_name(word) && (leaf || !self.fixed(start).1)
    }

    fn reach(&mut self, from: Option<usize>, bullet: usize, name: usize, cost: u32, node: Option<u32>) {
        let next = self.states.len();
        let id = *self.ids.entry((bullet, name)).or_insert(next);
        if id == next {
            self.states.push(Node { bullet, name, cost: u32::MAX, from: Vec::new() });
        }
        let state = &mut self.states[id];
        if cost < state.cost {
            state.cost = cost;
            state.from.clear();
            self.heap.push((Reverse(cost), bullet, id));
        }
        if cost == state.cost {
            state.from.extend(from.map(|from| (from, cost, node)));
        }
    }

    /// The rows of the first of the cheapest cuts, and where the others differ.
    fn trace(&self, end: usize) -> Segments {
        let mut starts = BTreeSet::new();
        let mut seen = HashSet::from([end]);
        let mut work = vec![end];
        while let Some(id) = work.pop() {
            for &(from, ..) in &self.states[id].from {
                starts.insert(self.states[from].bullet);
                if seen.insert(from) {
                    work.push(from);
                }
            }
        }
        let mut rows = Vec::new();
        let mut id = end;
        while let Some(&(from, _, node)) = self.states[id].from.first() {
            let (start, end) = (self.states[from].bullet, self.states[id].bullet);
            if start < end {
                rows.push(Segment { start, end, node });
                starts.remove(&start);
            }
            id = from;
        }
        rows.reverse();
        starts.remove(&self.bullets.len());
        let lead = self.states[id].bullet;
        Segments { lead, rows, doubtful: starts.into_iter().collect(), gave_up: false }
    }

    /// The way out where the search gives up: a row at each `└`.
    fn by_marks(&self) -> Segments {
        let starts: Vec<usize> = (0..self.bullets.len())
            .filter(|&start| {
                let (leaf, word) = marked(self.bullets[start]);
                leaf && words::is_name(word)
            })
            .collect();
        let ends = starts.iter().skip(1).copied().chain([self.bullets.len()]);
        let rows = starts.iter().zip(ends).map(|(&start, end)| Segment { start, end, node: None }).collect();
        let lead = starts.first().copied().unwrap_or(self.bullets.len());
        Segments { lead, rows, doubtful: Vec::new(), gave_up: true }
    }
}

/// A bullet's text without a leaf's mark, and whether it had one.
pub(super) fn marked(bullet: &str) -> (bool, &str) {
    match bullet.strip_prefix(words::is_branch).map(|name| name.trim_start_matches(words::is_branch)) {
        Some(name) => (true, name.trim()),
        None => (false, bullet),
    }
}
