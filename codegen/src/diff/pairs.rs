//! Matches the rows of an old table with the rows of a new one.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use topsdk_spec::Param;

use super::Kind;

/// The matched rows of two versions of a table.
pub(crate) struct Pairs {
    /// The old row of each new row.
    pub(crate) old_of_new: Vec<Option<usize>>,
    /// Whether no new row is matched with this old row.
    pub(crate) is_removed: Vec<bool>,
}

impl Pairs {
    /// Matches rows with equal names in order; fully equal rows are matched first.
    ///
    /// `exact` distinguishes rows that share a name, as siblings and error codes sometimes do.
    pub(crate) fn of<'r, R, E: Hash + Eq>(
        old: &'r [R],
        new: &'r [R],
        exact: impl Fn(&'r R) -> E,
        name: impl Fn(&'r R) -> &'r str,
    ) -> Pairs {
        let mut pairs = Pairs { old_of_new: vec![None; new.len()], is_removed: vec![true; old.len()] };
        let some = |row| Some(exact(row));
        pairs.match_by(old.iter().map(some), new.iter().map(some));
        pairs.match_by(old.iter().map(|row| Some(name(row))), new.iter().map(|row| Some(name(row))));
        pairs
    }

    /// Matches the rows that are left and have equal keys, in order. A row without a key is not matched.
    fn match_by<K: Hash + Eq>(&mut self, old: impl Iterator<Item = Option<K>>, new: impl Iterator<Item = Option<K>>) {
        let mut by_key: HashMap<K, VecDeque<usize>> = HashMap::new();
        let old = old.enumerate().filter_map(|(index, key)| Some((index, key?)));
        for (index, key) in old.filter(|(index, _)| self.is_removed[*index]) {
            by_key.entry(key).or_default().push_back(index);
        }
        for (found, key) in self.old_of_new.iter_mut().zip(new).filter(|(found, _)| found.is_none()) {
            *found = key.and_then(|key| by_key.get_mut(&key)?.pop_front());
            if let Some(index) = *found {
                self.is_removed[index] = false;
            }
        }
    }

    /// Returns the names in the part of the table whose rows are reordered: in the old and in the new order.
    pub(crate) fn reordered<R>(&self, old: &[R], name: impl Fn(&R) -> &str) -> Option<[String; 2]> {
        let kept: Vec<usize> = self.old_of_new.iter().copied().flatten().collect();
        let mut sorted = kept.clone();
        sorted.sort_unstable();
        let first = kept.iter().zip(&sorted).position(|(row, sorted)| row != sorted)?;
        let last = kept.iter().zip(&sorted).rposition(|(row, sorted)| row != sorted)?;
        let names =
            |rows: &[usize]| rows[first..=last].iter().map(|row| name(&old[*row])).collect::<Vec<_>>().join(", ");
        Some([names(&sorted), names(&kept)])
    }

    /// Returns the old and the new version of each row: in the order of the new page, and removed rows where they were.
    ///
    /// A removed and an added name are the same row renamed if both stand between the same neighbours and have the same type
    /// and description.
    pub(crate) fn rows<'a>(mut self, old: &'a [Param], new: &'a [Param]) -> Vec<[Option<&'a Param>; 2]> {
        let is_left = self.is_removed.clone();
        let old_rows = (0..old.len()).map(|row| Some(row).filter(|row| !is_left[*row])).collect();
        let new_rows = self.old_of_new.clone();
        self.match_by(identities(old, old_rows), identities(new, new_rows));
        let removed = |start: usize| {
            let here = (start..old.len()).take_while(|index| is_left[*index]);
            here.filter(|index| self.is_removed[*index]).map(|index| [Some(&old[index]), None])
        };
        let mut rows: Vec<_> = removed(0).collect();
        for (param, index) in new.iter().zip(&self.old_of_new) {
            rows.push([index.map(|index| &old[index]), Some(param)]);
            if let Some(index) = index.filter(|index| !is_left[*index]) {
                rows.extend(removed(index + 1));
            }
        }
        rows
    }
}

/// Returns what identifies each row apart from its name: its position, which is the preceding row that both pages have, its
/// type, and what the page says about it. Returns `None` where the page says nothing. `old` are the old rows of the rows.
fn identities(params: &[Param], old: Vec<Option<usize>>) -> impl Iterator<Item = Option<impl Hash + Eq>> {
    let mut before = None;
    params.iter().zip(old).map(move |(param, row)| {
        before = row.or(before);
        let (kind, texts) = match (param.description.as_str(), param.example.as_str()) {
            ("", _) if param.is_object() => {
                (Kind::Struct, param.fields.iter().map(|field| field.name.as_str()).collect())
            }
            ("", "") => return None,
            ("", example) => (Kind::Example, vec![example]),
            (description, _) => (Kind::Description, vec![description]),
        };
        Some((before, &param.type_name, param.list, kind, texts))
    })
}

#[cfg(test)]
mod tests {
    use super::Pairs;

    #[test]
    fn equal_rows_are_matched_before_rows_with_the_same_name() {
        let old = [("a", 1), ("a", 2), ("b", 1)];
        let new = [("a", 2), ("b", 3), ("a", 3), ("a", 4)];
        let pairs = Pairs::of(&old, &new, |row| *row, |row| row.0);
        assert_eq!(pairs.old_of_new, [Some(1), Some(2), Some(0), None]);
        assert_eq!(pairs.is_removed, [false, false, false]);
    }

    #[test]
    fn only_the_reordered_part_is_shown() {
        let order = |old: &[&str], new: &[&str]| {
            let pairs = Pairs::of(old, new, |name| *name, |name| name);
            pairs.reordered(old, |name| name)
        };
        let moved = order(&["a", "b", "c", "d"], &["a", "x", "c", "b", "d"]);
        assert_eq!(moved, Some(["b, c".to_owned(), "c, b".to_owned()]));
        assert_eq!(order(&["a", "b", "c"], &["a", "x", "c"]), None);
        assert_eq!(order(&[], &[]), None);
    }
}
