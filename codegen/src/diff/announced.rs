//! Compares the platform's own list of changes of a page with a diff.
//!
//! The document endpoint sends a list of the latest changes with each page: `"[+] data->results->tp_order_id"`, `[-]` and
//! `[*]`, for the request and for the response. It names rows, not what changed in them, and covers one change only. Since
//! the old page was saved, there may have been several changes, or none.

use std::collections::HashSet;
use std::fmt;

use topsdk_spec::{Api, Param, Side};

use super::{Change, Diff, Kind};
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::read::{Announced, Announcement, Sign};

/// Returns a finding for each row where the page's list ([`read::announced`](crate::read::announced)) disagrees with the
/// changes from `old` to `new`. `new` is the spec that was read from the same page as the list.
///
/// `diff` may also contain changes of other APIs.
pub fn disagreements(announced: &Announced, old: &Api, new: &Api, diff: &Diff) -> Vec<Diagnostic> {
    let changes: Vec<Change> = diff.changes.iter().filter(|change| change.method == new.method).cloned().collect();
    let found = found(announced, old, new, &changes).into_iter().map(|found| Diagnostic {
        severity: Severity::Warning,
        name: "changes-differ",
        place: Place {
            page: new.source.page.clone(),
            section: found.side.heading().to_owned(),
            path: found.path.clone(),
            ..Place::default()
        },
        message: found.to_string(),
        help: Some("compare with the page on the site: the old page may be several versions behind".to_owned()),
    });
    found.collect()
}

/// A row where the document's list disagrees with its tables or with the diff.
struct Disagreement {
    side: Side,
    /// The names on the path to the row, joined by `.`.
    path: String,
    /// The sign in the list. `None` if only the diff has a change.
    said: Option<Sign>,
    /// What the diff or the tables have.
    found: String,
}

/// Returns the rows where the document's own list disagrees with its tables, or with the changes that a diff found from
/// `old` to `new`.
///
/// * A row that was added or changed must be in the tables. A removed row must not be.
/// * If the list contains anything that `old` does not reflect yet, the list describes changes since `old`. Then a row
///   listed as changed must differ.
/// * A row that was added, removed, renamed or retyped, or whose requirement changed, must be in the list. The list need
///   not contain changes of texts. A change of a version between the old page and the list is reported as well, because the
///   list does not announce it.
fn found(announced: &Announced, old: &Api, new: &Api, changes: &[Change]) -> Vec<Disagreement> {
    let [before, after] = [old, new].map(paths);
    let ours: Vec<Ours<'_>> = changes.iter().filter_map(Ours::of).collect();
    let is_in = |paths: &HashSet<(Side, String)>, said: &Announcement| paths.contains(&(said.side, said.joined()));
    let is_news = announced.changes.iter().any(|said| match said.sign {
        Sign::Added => is_in(&after, said) && !is_in(&before, said),
        Sign::Removed => is_in(&before, said) && !is_in(&after, said),
        Sign::Changed => false,
    });
    let mut found = Vec::new();
    for said in &announced.changes {
        let is_there = is_in(&after, said);
        let text = match said.sign {
            Sign::Added | Sign::Changed if !is_there => "the table has no such row",
            Sign::Removed if is_there && !announced.is_back(said) => "the table still has this row",
            Sign::Changed if is_news && !ours.iter().any(|ours| said.is_above(ours) || ours.is_whole_above(said)) => {
                "nothing of this row has changed"
            }
            _ => continue,
        };
        let (side, sign) = (said.side, Some(said.sign));
        found.push(Disagreement { side, path: said.joined(), said: sign, found: text.to_owned() });
    }
    for ours in ours.iter().filter(|ours| ours.is_of_the_table()) {
        if !announced.changes.iter().any(|said| ours.is_told_by(said)) {
            let found_here = ours.change.kind.name().trim_end_matches('?').to_owned();
            found.push(Disagreement { side: ours.side, path: ours.path.join("."), said: None, found: found_here });
        }
    }
    found
}

impl Announced {
    /// Returns whether a row listed as removed is also listed as added. Then the added row is another one with the same
    /// name.
    fn is_back(&self, removed: &Announcement) -> bool {
        let added = self.changes.iter().filter(|said| said.sign == Sign::Added && said.side == removed.side);
        added.into_iter().any(|added| added.path == removed.path)
    }
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, found) = (self.path.replace('.', "->"), &self.found);
        match self.said {
            Some(Sign::Added) => write!(f, "the page's own list of changes has `[+] {path}`, but {found}"),
            Some(Sign::Removed) => write!(f, "the page's own list of changes has `[-] {path}`, but {found}"),
            Some(Sign::Changed) => write!(f, "the page's own list of changes has `[*] {path}`, but {found}"),
            None => {
                write!(f, "the tables differ here ({found}), and the page's own list of changes does not tell of it")
            }
        }
    }
}

impl Announcement {
    fn joined(&self) -> String {
        self.path.join(".")
    }

    /// Returns whether the change affects this row or one below it.
    fn is_above(&self, ours: &Ours<'_>) -> bool {
        self.side == ours.side && [&ours.path, &ours.new_path].iter().any(|path| starts_with(path, &self.path))
    }
}

/// A change of a table, with its path split into names.
struct Ours<'c> {
    change: &'c Change,
    side: Side,
    path: Vec<&'c str>,
    /// The same path, with the new name if the row was renamed.
    new_path: Vec<&'c str>,
}

impl<'c> Ours<'c> {
    fn of(change: &'c Change) -> Option<Ours<'c>> {
        let side = change.side?;
        let (_, path) = change.path.split_once('.')?;
        let path: Vec<&str> = path.split('.').map(|name| name.strip_suffix("[]").unwrap_or(name)).collect();
        let mut new_path = path.clone();
        if let (Kind::Renamed, Some(last), Some(name)) = (change.kind, new_path.last_mut(), &change.new) {
            *last = name;
        }
        Some(Ours { change, side, path, new_path })
    }

    /// Returns whether the document's list should contain this change.
    fn is_of_the_table(&self) -> bool {
        let kind = self.change.kind;
        matches!(kind, Kind::Added | Kind::Removed | Kind::Renamed | Kind::Type | Kind::List | Kind::Required)
    }

    fn is_told_by(&self, said: &Announcement) -> bool {
        let is_here =
            said.side == self.side && (starts_with(&said.path, &self.path) || starts_with(&said.path, &self.new_path));
        is_here || (said.sign == Sign::Changed && said.is_above(self))
    }

    /// Returns whether this change adds, removes, renames or retypes the announced row or a row that contains it.
    fn is_whole_above(&self, said: &Announcement) -> bool {
        let is_whole = matches!(self.change.kind, Kind::Added | Kind::Removed | Kind::Renamed | Kind::Type);
        is_whole && said.side == self.side && starts_with(&said.path, &self.path)
    }
}

fn starts_with<A: AsRef<str>, B: AsRef<str>>(path: &[A], above: &[B]) -> bool {
    path.len() >= above.len() && path.iter().zip(above).all(|(one, other)| one.as_ref() == other.as_ref())
}

/// Returns the paths of all rows.
fn paths(api: &Api) -> HashSet<(Side, String)> {
    let mut paths = HashSet::new();
    for side in Side::BOTH {
        let mut open: Vec<(String, &[Param])> = vec![(String::new(), api.side(side))];
        while let Some((above, params)) = open.pop() {
            for param in params {
                let path = if above.is_empty() { param.name.clone() } else { format!("{above}.{}", param.name) };
                open.push((path.clone(), &param.fields));
                paths.insert((side, path));
            }
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use topsdk_spec::{Api, Param, Side};

    use crate::diff::diff;
    use crate::read::{Announced, Announcement};

    fn api(response: &[(&str, &str)]) -> Api {
        let field = |(name, word): &(&str, &str)| Param {
            name: (*name).to_owned(),
            type_name: (*word).to_owned(),
            ..Param::default()
        };
        let fields = response.iter().map(field).collect();
        let data =
            Param { name: "data".to_owned(), type_name: "Data".to_owned(), list: true, fields, ..Param::default() };
        Api { method: "taobao.test.get".to_owned(), response: vec![data], ..Api::default() }
    }

    fn told(old: &[(&str, &str)], new: &[(&str, &str)], said: &[&str]) -> Vec<String> {
        let (old, new) = (api(old), api(new));
        let changes = diff(std::slice::from_ref(&old), std::slice::from_ref(&new)).changes;
        let announced = said.iter().map(|text| Announcement::parse(Side::Response, text).unwrap());
        let announced = Announced { changes: announced.collect() };
        let told = super::found(&announced, &old, &new, &changes);
        told.into_iter().map(|told| format!("{:?} {} {}", told.said, told.path, told.found)).collect()
    }

    #[test]
    fn what_both_say_is_silent() {
        let none = Vec::<String>::new();
        let (a, b, c) = (("a", "String"), ("b", "Number"), ("c", "Date"));
        assert_eq!(told(&[a], &[a, b], &["[+] data->b"]), none);
        assert_eq!(told(&[a, b], &[a], &["[-] data->b"]), none);
        assert_eq!(told(&[a, b], &[a, ("b", "String")], &["[*] data->b"]), none);
        assert_eq!(told(&[a, b], &[a, ("b", "String")], &["[*] data"]), none);
        assert_eq!(told(&[a, b], &[a, ("b", "String")], &["[-] data->b", "[+] data->b"]), none);
        assert_eq!(told(&[a, b], &[a, c], &["[-] data->b", "[+] data->c"]), none);
        assert_eq!(told(&[a, b], &[a, b], &["[+] data->b", "[*] data->a", "[-] data->c"]), none, "older than both");
        assert_eq!(told(&[], &[], &[]), none);
    }

    #[test]
    fn what_one_of_them_says_is_told() {
        let (a, b, c) = (("a", "String"), ("b", "Number"), ("c", "Date"));
        assert_eq!(told(&[a], &[a], &["[+] data->b"]), ["Some(Added) data.b the table has no such row"]);
        assert_eq!(told(&[a, b], &[a, b], &["[-] data->b"]), ["Some(Removed) data.b the table still has this row"]);
        assert_eq!(
            told(&[a, b], &[a, b, c], &["[+] data->c", "[*] data->b"]),
            ["Some(Changed) data.b nothing of this row has changed"]
        );
        assert_eq!(told(&[a], &[a, b, c], &["[+] data->c"]), ["None data.b added"]);
        assert_eq!(told(&[a, b], &[a], &["[*] data->a"]), ["None data.b removed"]);
    }
}
