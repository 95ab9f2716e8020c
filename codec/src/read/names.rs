//! Finds the field of a member by its wire name.

/// Looks up wire names for one object.
///
/// Members come in documented order, so the search starts after the field found last, and the first comparison usually
/// hits. If members of a hostile object miss again and again, the names are sorted once, so that no object costs more than
/// its members times the logarithm of its fields.
#[derive(Default)]
pub(crate) struct Names {
    next: usize,
    seen: Seen,
    /// The number of comparisons that missed.
    misses: usize,
    /// The indices of the names, sorted by name; empty until sorting pays.
    sorted: Vec<usize>,
}

/// The result of a lookup.
#[derive(Debug, PartialEq)]
pub(crate) enum Found {
    /// The field at this index, found for the first time.
    Field(usize),
    /// The field at this index, which was found before.
    Again,
    /// No field.
    Unknown,
}

impl Names {
    /// Returns the name that is expected next.
    #[inline]
    pub(super) fn expected<'n>(&self, names: &[&'n str]) -> Option<&'n str> {
        names.get(self.next).copied()
    }

    /// Accepts the [expected](Names::expected) name.
    #[inline]
    pub(super) fn take_expected(&mut self) -> Found {
        self.take(self.next)
    }

    /// Looks up a name.
    #[inline]
    pub(crate) fn find(&mut self, names: &[&str], name: &str) -> Found {
        match names.get(self.next) {
            Some(next) if *next == name => self.take(self.next),
            _ => self.search(names, name),
        }
    }

    #[inline]
    fn take(&mut self, index: usize) -> Found {
        self.next = index + 1;
        match self.seen.insert(index) {
            true => Found::Field(index),
            false => Found::Again,
        }
    }

    fn search(&mut self, names: &[&str], name: &str) -> Found {
        let index = if self.sorted.is_empty() {
            let (before, after) = names.split_at(self.next.min(names.len()));
            let found = after.iter().chain(before).position(|candidate| *candidate == name);
            self.misses += found.unwrap_or(names.len());
            // Eight rounds without a hit cost about as much as sorting.
            if names.len() > 16 && self.misses > names.len() * 8 {
                self.sorted = (0..names.len()).collect();
                self.sorted.sort_unstable_by_key(|index| names[*index]);
            }
            found.map(|position| if position < after.len() { self.next + position } else { position - after.len() })
        } else {
            let place = self.sorted.binary_search_by_key(&name, |index| names[*index]);
            place.ok().map(|place| self.sorted[place])
        };
        index.map_or(Found::Unknown, |index| self.take(index))
    }
}

/// A set of indices that allocates only beyond the first 64.
#[derive(Default)]
struct Seen {
    low: u64,
    high: Vec<u64>,
}

impl Seen {
    /// Adds an index. Returns `false` if it is in the set already.
    #[inline]
    fn insert(&mut self, index: usize) -> bool {
        let word = match index / 64 {
            0 => &mut self.low,
            word => {
                if self.high.len() < word {
                    self.high.resize(word, 0);
                }
                &mut self.high[word - 1]
            }
        };
        let bit = 1 << (index % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Names};

    #[test]
    fn names_are_found_in_any_order_and_repeats_are_reported() {
        let schema = ["a", "b", "c"];
        let mut names = Names::default();
        assert_eq!(names.find(&schema, "b"), Found::Field(1));
        assert_eq!(names.find(&schema, "c"), Found::Field(2));
        assert_eq!(names.find(&schema, "a"), Found::Field(0));
        assert_eq!(names.find(&schema, "b"), Found::Again);
        assert_eq!(names.find(&schema, "d"), Found::Unknown);
        assert_eq!(names.find(&[], "d"), Found::Unknown);
    }

    #[test]
    fn a_large_table_is_sorted_after_many_misses_and_finds_the_same() {
        let owned: Vec<String> = (0..1_000).map(|number| format!("field_{number}")).collect();
        let schema: Vec<&str> = owned.iter().map(String::as_str).collect();
        let mut names = Names::default();
        for round in 0..20 {
            assert_eq!(names.find(&schema, "unknown"), Found::Unknown, "{round}");
        }
        assert_eq!(names.sorted.len(), 1_000);
        for index in [999, 3, 64, 63, 500] {
            assert_eq!(names.find(&schema, schema[index]), Found::Field(index));
            assert_eq!(names.find(&schema, schema[index]), Found::Again);
        }
        assert_eq!(names.find(&schema, "unknown"), Found::Unknown);
    }
}
