//! Matches the rows of an old table with the rows of a new one.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use topsdk_spec::Param;

/// Returns the old row of each new row. Rows with equal keys are matched in order, and fully equal rows are matched first.
///
/// `exact` distinguishes rows that share the key `name`, as siblings and error codes sometimes do.
pub(super) fn pairs<'r, R, E: Hash + Eq, N: Hash + Eq>(
    old: &'r [R],
    new: &'r [R],
    exact: impl Fn(&'r R) -> E,
    name: impl Fn(&'r R) -> N,
) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = vec![None; new.len()];
    let mut is_free = vec![true; old.len()];
    let mut by_key: HashMap<E, VecDeque<usize>> = HashMap::new();
    for (index, row) in old.iter().enumerate() {
        by_key.entry(exact(row)).or_default().push_back(index);
    }
    for (row, found) in new.iter().zip(&mut found) {
        *found = by_key.get_mut(&exact(row)).and_then(VecDeque::pop_front);
        if let Some(is_free) = found.and_then(|index| is_free.get_mut(index)) {
            *is_free = false;
        }
    }
    let mut by_key: HashMap<N, VecDeque<usize>> = HashMap::new();
    for (index, row) in old.iter().enumerate().filter(|(index, _)| is_free.get(*index) == Some(&true)) {
        by_key.entry(name(row)).or_default().push_back(index);
    }
    for (row, found) in new.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
        *found = by_key.get_mut(&name(row)).and_then(VecDeque::pop_front);
    }
    found
}

/// Returns the part of a table whose rows are reordered, as positions in the new and in the old table.
pub(super) fn reordered(old_of_new: &[Option<usize>]) -> Option<(Vec<usize>, Vec<usize>)> {
    let pairs: Vec<(usize, usize)> =
        old_of_new.iter().enumerate().filter_map(|(new, old)| Some((new, (*old)?))).collect();
    let mut sorted: Vec<usize> = pairs.iter().map(|(_, old)| *old).collect();
    sorted.sort_unstable();
    let differs = |(pair, sorted): (&(usize, usize), &usize)| pair.1 != *sorted;
    let first = pairs.iter().zip(&sorted).position(differs)?;
    let last = pairs.iter().zip(&sorted).rposition(differs)?;
    let new = pairs.get(first..=last)?.iter().map(|(new, _)| *new).collect();
    Some((new, sorted.get(first..=last)?.to_vec()))
}

/// A row in a comparison of siblings. Rows are in the order of the new page, and removed rows appear where they were.
pub(super) enum Row {
    Both { old: usize, new: usize },
    Renamed { old: usize, new: usize },
    Removed(usize),
    Added(usize),
}

/// The evidence that two rows with different names are the same row: what the page says about them apart from the name.
#[derive(PartialEq, Eq, Hash)]
enum Evidence<'a> {
    Description(&'a str),
    Fields(Vec<&'a str>),
    Example(&'a str),
}

impl<'a> Evidence<'a> {
    fn of(param: &'a Param) -> Option<Evidence<'a>> {
        Some(if !param.description.is_empty() {
            Evidence::Description(&param.description)
        } else if param.is_object() {
            Evidence::Fields(param.fields.iter().map(|field| field.name.as_str()).collect())
        } else if !param.example.is_empty() {
            Evidence::Example(&param.example)
        } else {
            return None;
        })
    }
}

/// Returns the comparison of two lists of siblings. `old_of_new` comes from [`pairs`].
///
/// A removed and an added name are the same row renamed if both stand between the same neighbours and have the same type
/// and description. Each row is examined once, regardless of the number of candidates.
pub(super) fn rows(old: &[Param], new: &[Param], old_of_new: &[Option<usize>]) -> Vec<Row> {
    let mut is_gone = vec![true; old.len()];
    for index in old_of_new.iter().flatten() {
        if let Some(is_gone) = is_gone.get_mut(*index) {
            *is_gone = false;
        }
    }
    // A position is identified by the preceding row that both pages have.
    let mut gone: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
    let mut candidates: HashMap<_, VecDeque<usize>> = HashMap::new();
    let mut before = None;
    for (index, param) in old.iter().enumerate() {
        if is_gone.get(index) != Some(&true) {
            before = Some(index);
            continue;
        }
        gone.entry(before).or_default().push(index);
        if let Some(evidence) = Evidence::of(param) {
            let key = (before, param.type_name.as_str(), param.list, evidence);
            candidates.entry(key).or_default().push_back(index);
        }
    }
    let mut renamed = vec![None; new.len()];
    let mut before = None;
    for ((param, paired), renamed) in new.iter().zip(old_of_new).zip(&mut renamed) {
        if paired.is_some() {
            before = *paired;
        } else if let Some(evidence) = Evidence::of(param) {
            let key = (before, param.type_name.as_str(), param.list, evidence);
            *renamed = candidates.get_mut(&key).and_then(VecDeque::pop_front);
            if let Some(is_gone) = renamed.and_then(|index: usize| is_gone.get_mut(index)) {
                *is_gone = false;
            }
        }
    }
    let mut rows = Vec::with_capacity(old.len().max(new.len()));
    let mut left = |before: Option<usize>, rows: &mut Vec<Row>| {
        let here = gone.remove(&before).unwrap_or_default();
        rows.extend(here.into_iter().filter(|index| is_gone.get(*index) == Some(&true)).map(Row::Removed));
    };
    left(None, &mut rows);
    for (index, (paired, renamed)) in old_of_new.iter().zip(renamed).enumerate() {
        match (paired, renamed) {
            (Some(old), _) => {
                rows.push(Row::Both { old: *old, new: index });
                left(Some(*old), &mut rows);
            }
            (None, Some(old)) => rows.push(Row::Renamed { old, new: index }),
            (None, None) => rows.push(Row::Added(index)),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::{pairs, reordered};

    #[test]
    fn equal_rows_are_paired_before_rows_of_one_name() {
        let old = [("a", 1), ("a", 2), ("b", 1)];
        let new = [("a", 2), ("b", 3), ("a", 3), ("a", 4)];
        assert_eq!(pairs(&old, &new, |row| *row, |row| row.0), [Some(1), Some(2), Some(0), None]);
    }

    #[test]
    fn only_the_part_that_moved_is_shown() {
        assert_eq!(reordered(&[Some(0), None, Some(2), Some(1), Some(3)]), Some((vec![2, 3], vec![1, 2])));
        assert_eq!(reordered(&[Some(0), None, Some(4)]), None);
        assert_eq!(reordered(&[]), None);
    }
}
