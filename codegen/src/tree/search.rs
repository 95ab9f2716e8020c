//! Dijkstra's algorithm over a graph whose states are discovered during the search. It keeps all cheapest walks, not
//! only one.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::Hash;

/// A step from one state to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge<M> {
    /// The state where the edge starts.
    pub(super) from: u32,
    pub(super) step: M,
    cost: u32,
    /// The edge into the same state that was found before this one.
    older: u32,
}

/// The states discovered so far. The start has number 0.
#[derive(Debug)]
pub(super) struct Search<S, M> {
    /// Each state, with the cost of the cheapest walk to it and the last edge into it.
    states: Vec<(S, u32, u32)>,
    ids: HashMap<S, u32>,
    edges: Vec<Edge<M>>,
    heap: BinaryHeap<(Reverse<u32>, u32, u32)>,
}

const NO_EDGE: u32 = u32::MAX;

impl<S: Copy + Eq + Hash, M: Copy> Search<S, M> {
    pub(super) fn new(start: S) -> Search<S, M> {
        Search {
            states: vec![(start, 0, NO_EDGE)],
            ids: HashMap::from([(start, 0)]),
            edges: Vec::new(),
            heap: BinaryHeap::from([(Reverse(0), 0, 0)]),
        }
    }

    /// Returns the number of states discovered so far.
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    pub(super) fn state(&self, id: u32) -> S {
        self.states[id as usize].0
    }

    /// Returns the cost of the cheapest walk to a state.
    pub(super) fn cost(&self, id: u32) -> u32 {
        self.states[id as usize].1
    }

    /// Returns the cheapest state that was not expanded yet. Among equally cheap states, the one with the most progress
    /// comes first.
    pub(super) fn next(&mut self) -> Option<u32> {
        while let Some((Reverse(cost), _, id)) = self.heap.pop() {
            if cost == self.cost(id) {
                return Some(id);
            }
        }
        None
    }

    /// Records a step to a state, which may be new. `progress` orders equally cheap states.
    pub(super) fn relax(&mut self, from: u32, cost: u32, step: M, to: S, progress: u32) {
        let total = self.cost(from).saturating_add(cost);
        // The caller stops the search long before the number of states exceeds `u32`.
        let next = u32::try_from(self.states.len()).unwrap_or(u32::MAX);
        let id = *self.ids.entry(to).or_insert(next);
        if id == next {
            self.states.push((to, u32::MAX, NO_EDGE));
        }
        let edge = u32::try_from(self.edges.len()).unwrap_or(NO_EDGE);
        let (_, least, last) = &mut self.states[id as usize];
        if total > *least {
            return;
        }
        let better = total < *least;
        let older = if better { NO_EDGE } else { *last };
        (*least, *last) = (total, edge);
        self.edges.push(Edge { from, cost, step, older });
        if better {
            self.heap.push((Reverse(total), progress, id));
        }
    }

    /// Returns the last edges of the cheapest walks to a state.
    pub(super) fn edges_into(&self, id: u32) -> impl Iterator<Item = Edge<M>> + '_ {
        let (_, least, mut next) = self.states[id as usize];
        std::iter::from_fn(move || {
            while next != NO_EDGE {
                let edge = self.edges[next as usize];
                next = edge.older;
                if self.cost(edge.from).saturating_add(edge.cost) == least {
                    return Some(edge);
                }
            }
            None
        })
    }

    /// Returns the states on the cheapest walks to `end`, in no particular order.
    pub(super) fn on_cheapest(&self, end: u32) -> Vec<u32> {
        let mut seen = vec![false; self.states.len()];
        seen[end as usize] = true;
        let mut found = vec![end];
        let mut at = 0;
        while let Some(&id) = found.get(at) {
            for edge in self.edges_into(id) {
                if !std::mem::replace(&mut seen[edge.from as usize], true) {
                    found.push(edge.from);
                }
            }
            at += 1;
        }
        found
    }
}
