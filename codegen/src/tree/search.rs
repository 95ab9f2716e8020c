//! Dijkstra's algorithm over a graph whose states are discovered during the search. It keeps all cheapest walks, not
//! only one.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::Hash;

/// A state that a walk has reached.
#[derive(Debug)]
pub(super) struct Reached<S, M> {
    pub(super) state: S,
    /// The cost of the cheapest walks to the state.
    pub(super) cost: usize,
    /// The last step of each of these walks, after the number of the state where it starts.
    pub(super) steps: Vec<(usize, M)>,
}

#[derive(Debug)]
pub(super) struct Search<S, M> {
    /// The states reached so far. The start has number 0.
    pub(super) reached: Vec<Reached<S, M>>,
    ids: HashMap<S, usize>,
    queue: BinaryHeap<(Reverse<usize>, usize, usize)>,
}

impl<S: Copy + Eq + Hash, M> Search<S, M> {
    pub(super) fn new(start: S) -> Search<S, M> {
        Search {
            reached: vec![Reached { state: start, cost: 0, steps: Vec::new() }],
            ids: HashMap::from([(start, 0)]),
            queue: BinaryHeap::from([(Reverse(0), 0, 0)]),
        }
    }

    pub(super) fn at(&self, id: usize) -> &Reached<S, M> {
        &self.reached[id]
    }

    /// Returns the cheapest state that was not expanded yet. Among equally cheap states, the one with the most progress
    /// comes first.
    pub(super) fn next(&mut self) -> Option<usize> {
        while let Some((Reverse(cost), _, id)) = self.queue.pop() {
            if cost == self.at(id).cost {
                return Some(id);
            }
        }
        None
    }

    /// Records a step to a state, which may be new. `progress` orders equally cheap states.
    pub(super) fn relax(&mut self, from: usize, cost: usize, step: M, to: S, progress: usize) {
        let cost = self.at(from).cost.saturating_add(cost);
        let next = self.reached.len();
        let id = *self.ids.entry(to).or_insert(next);
        if id == next {
            self.reached.push(Reached { state: to, cost: usize::MAX, steps: Vec::new() });
        }
        let reached = &mut self.reached[id];
        if cost < reached.cost {
            reached.cost = cost;
            reached.steps.clear();
            self.queue.push((Reverse(cost), progress, id));
        }
        if cost == reached.cost {
            reached.steps.push((from, step));
        }
    }

    /// Returns the states on the cheapest walks to `end`, in no particular order.
    pub(super) fn on_cheapest(&self, end: usize) -> Vec<usize> {
        let mut seen = vec![false; self.reached.len()];
        seen[end] = true;
        let mut found = vec![end];
        let mut at = 0;
        while let Some(&id) = found.get(at) {
            for &(from, _) in &self.at(id).steps {
                if !std::mem::replace(&mut seen[from], true) {
                    found.push(from);
                }
            }
            at += 1;
        }
        found
    }
}
