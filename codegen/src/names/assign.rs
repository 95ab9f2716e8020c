//! Assigns a unique name to each item: its stored name, else its best free candidate.

use std::collections::BTreeSet;

/// An item that needs a name.
pub(super) struct NamedItem<O> {
    /// The stored name, which [`Taken::keep`] has reserved.
    pub(super) kept: Option<String>,
    /// Items without a stored name choose in this order, which does not depend on the order of the page.
    pub(super) order: O,
    /// The candidate names, best first. Never empty.
    pub(super) candidates: Vec<String>,
    /// The separator between the first candidate and a number, for when all candidates are taken.
    pub(super) separator: &'static str,
}

/// The names assigned so far.
#[derive(Default)]
pub(super) struct Taken(BTreeSet<String>);

impl Taken {
    /// Reserves a stored name. Returns `None` if another item has it.
    pub(super) fn keep(&mut self, stored: Option<&String>) -> Option<String> {
        stored.filter(|name| self.0.insert((*name).clone())).cloned()
    }

    /// Returns the names of these items, in the items' order.
    pub(super) fn assign<O: Ord>(&mut self, items: Vec<NamedItem<O>>) -> Vec<String> {
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_by(|one, other| items[*one].order.cmp(&items[*other].order));
        let mut names = vec![String::new(); items.len()];
        for index in order {
            let item = &items[index];
            names[index] = item.kept.clone().unwrap_or_else(|| self.first_free(item));
        }
        names
    }

    #[expect(clippy::expect_used, reason = "there are more numbers than names")]
    fn first_free<O>(&mut self, item: &NamedItem<O>) -> String {
        // `a__2` is not snake case, and rustc's lints reject `_` inside a type name (`Self_2`).
        let preferred = item.candidates[0].trim_end_matches('_');
        let numbered = (2_usize..).map(|number| format!("{preferred}{}{number}", item.separator));
        let mut names = item.candidates.iter().cloned().chain(numbered);
        names.find(|name| self.0.insert(name.clone())).expect("some number is free")
    }
}
