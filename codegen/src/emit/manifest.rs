//! Edits the parts of a manifest that the generator owns: the features of APIs, and the dependency on `topsdk`. The rest
//! stays byte for byte as it is.

use std::collections::BTreeSet;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Key, Table, Value, value};

use super::features::{Features, possible_features};
use crate::names::Module;

const TOPSDK: &str = "topsdk";

/// The reason why a manifest cannot be edited. The message does not name the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The file does not exist, or is not text.
    #[error("expected a manifest in UTF-8, found none")]
    Missing,
    /// The file is not TOML.
    #[error("not a manifest: {0}")]
    Syntax(#[from] toml_edit::TomlError),
    /// An item of this name should be a table, and is of this type.
    #[error("expected `[{0}]` to be a table under a header of its own, found {1}")]
    Table(&'static str, &'static str),
    /// The crate has the first name, and the second was given.
    #[error(
        "the crate is called `{0}`, not `{1}`; generate it under that name, or change the name in its manifest first"
    )]
    Name(String, String),
    /// There is no dependency on `topsdk`, and the path of that crate is unknown.
    #[error("there is no dependency on `topsdk`; name the folder of that crate with --topsdk PATH")]
    NoTopsdk,
    /// The dependency on `topsdk` is inherited from the workspace.
    #[error("the dependency on `topsdk` is inherited from the workspace; change it there, or leave --topsdk out")]
    Inherited,
}

/// The location of `topsdk` for a crate. Paths are relative to the crate, with `/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topsdk<'a> {
    /// The location in the manifest.
    Kept,
    /// The location in the manifest, else this path.
    KeptOr(&'a str),
    /// This path, whatever the manifest says.
    At(&'a str),
}

/// A manifest that is being edited.
#[derive(Debug)]
pub(crate) struct Manifest<'t> {
    text: &'t str,
    document: DocumentMut,
    /// The rendered document before any edit.
    unedited: String,
}

/// The byte order mark, which some editors write at the start.
const MARK: char = '\u{feff}';

impl<'t> Manifest<'t> {
    pub(crate) fn parse(text: &'t str) -> Result<Manifest<'t>, ManifestError> {
        // `toml_edit` does not preserve line endings, so they and the byte order mark are restored at the end.
        let document: DocumentMut = text.trim_start_matches(MARK).replace("\r\n", "\n").parse()?;
        Ok(Manifest { text, unedited: document.to_string(), document })
    }

    /// Chooses the features of these modules. Those that are there stay.
    pub(crate) fn features<'a>(&self, modules: impl IntoIterator<Item = &'a Module>) -> Features {
        let features = self.document.get("features").and_then(Item::as_table_like).into_iter();
        let names = features.flat_map(|features| features.iter().map(|(name, _)| name.to_owned()));
        Features::of(modules, &names.collect())
    }

    /// Returns an error if the package is not called `given`.
    pub(super) fn check_name(&self, given: &str) -> Result<(), ManifestError> {
        match self.document.get("package").and_then(|package| package.get("name")?.as_str()) {
            Some(there) if there != given => Err(ManifestError::Name(there.to_owned(), given.to_owned())),
            _ => Ok(()),
        }
    }

    /// Sets the features of these modules, and returns them. Removes those that only modules of `earlier` methods may have
    /// had, both as features and from the lists of other features.
    pub(crate) fn set_features<'a>(
        &mut self,
        modules: impl IntoIterator<Item = &'a Module>,
        earlier: impl IntoIterator<Item = &'a str>,
    ) -> Result<Features, ManifestError> {
        let features = self.features(modules);
        let (wanted, possible) = (features.all(), possible_features(earlier));
        let is_wanted = |(key, _): &(Key, Item)| wanted.contains_key(key.get());
        let is_gone = |name: &str| possible.contains(name) && !wanted.contains_key(name);
        let table = table(&mut self.document, "features")?;
        let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
        let mut entries: Vec<(Key, Item)> = names.iter().filter_map(|name| table.remove_entry(name)).collect();
        let first = entries.iter_mut().find(|entry| is_wanted(entry) || is_gone(entry.0.get()));
        let lead = first.and_then(|(key, _)| {
            let lead = key.leaf_decor().prefix().cloned();
            key.leaf_decor_mut().set_prefix("");
            lead
        });
        entries.retain(|(key, _)| !is_gone(key.get()));
        entries.iter_mut().filter_map(|(_, item)| item.as_array_mut()).for_each(|list| remove(list, is_gone));
        for (name, parts) in &wanted {
            match entries.iter_mut().find(|(key, _)| key.get() == name) {
                Some((_, Item::Value(Value::Array(list)))) => parts.iter().for_each(|part| add(list, part)),
                Some((_, item)) => *item = value(parts.iter().collect::<Array>()),
                None => {
                    let next = entries.iter().position(|entry| is_wanted(entry) && entry.0.get() > name.as_str());
                    let end = entries.iter().rposition(is_wanted).map(|last| last + 1);
                    let entry = (Key::new(name), value(parts.iter().collect::<Array>()));
                    entries.insert(next.or(end).unwrap_or(entries.len()), entry);
                }
            }
        }
        // A comment above the first feature stays above the first feature.
        if let (Some(lead), Some((key, _))) = (lead, entries.iter_mut().find(|entry| is_wanted(entry))) {
            key.leaf_decor_mut().set_prefix(lead);
        }
        for (key, item) in entries {
            table.insert_formatted(&key, item);
        }
        Ok(features)
    }

    /// Adds these features to the default ones. A feature whose first segment is on by default is not added.
    /// The order of the set puts a first segment before its prefixes.
    pub(crate) fn add_default(&mut self, features: &BTreeSet<String>) -> Result<(), ManifestError> {
        if features.is_empty() {
            return Ok(());
        }
        let table = table(&mut self.document, "features")?;
        let is_within = |whole: &str, part: &str| part.strip_prefix(whole).is_some_and(|rest| rest.starts_with('-'));
        let list = table.entry("default").or_insert_with(|| value(Array::new()));
        if let Some(list) = list.as_array_mut() {
            for feature in features {
                if !list.iter().filter_map(Value::as_str).any(|on| is_within(on, feature)) {
                    add(list, feature);
                }
            }
        }
        Ok(())
    }

    /// Sets the dependency on `topsdk`.
    pub(super) fn set_topsdk(&mut self, topsdk: Topsdk<'_>) -> Result<(), ManifestError> {
        let is_there = self.document.get("dependencies").is_some_and(|all| all.get(TOPSDK).is_some());
        let path = match (topsdk, is_there) {
            (Topsdk::Kept, false) => return Err(ManifestError::NoTopsdk),
            (Topsdk::Kept | Topsdk::KeptOr(_), true) => return Ok(()),
            (Topsdk::KeptOr(path), false) | (Topsdk::At(path), _) => path,
        };
        let at_path = |version: &str| InlineTable::from_iter([("path", path), ("version", version)]);
        let dependencies = table(&mut self.document, "dependencies")?;
        let Some(dependency) = dependencies.get_mut(TOPSDK) else {
            let mut dependency = at_path(env!("CARGO_PKG_VERSION"));
            dependency.insert("default-features", false.into());
            dependencies.insert(TOPSDK, value(dependency));
            return Ok(());
        };
        if let Some(version) = dependency.as_str() {
            let new = at_path(version);
            replace(dependency, new);
        } else if let Some(dependency) = dependency.as_table_like_mut() {
            if dependency.contains_key("workspace") {
                return Err(ManifestError::Inherited);
            }
            for other in ["git", "branch", "tag", "rev", "registry"] {
                dependency.remove(other);
            }
            match dependency.get_mut("path") {
                Some(old) if old.as_str() == Some(path) => {}
                Some(old) => replace(old, path),
                None => drop(dependency.insert("path", value(path))),
            }
        }
        Ok(())
    }

    /// Returns the edited text. Old lines have their own line endings, and new ones that of the first line.
    pub(crate) fn finish(self) -> String {
        let edited = self.document.to_string();
        if edited == self.unedited {
            return self.text.to_owned();
        }
        let before = self.text.trim_start_matches(MARK);
        let mut text = self.text[..self.text.len() - before.len()].to_owned();
        let mut lines = before.split_inclusive('\n');
        let usual = if lines.clone().next().is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" };
        for line in edited.lines() {
            let mut rest = lines.clone();
            let same = rest.find(|old| old.trim_end_matches(['\r', '\n']) == line);
            if same.is_some() {
                lines = rest;
            }
            match same {
                Some(old) if old.ends_with('\n') => text.push_str(old),
                _ => text.extend([line, usual]),
            }
        }
        text
    }
}

fn table<'d>(document: &'d mut DocumentMut, name: &'static str) -> Result<&'d mut Table, ManifestError> {
    let item = document.entry(name).or_insert_with(toml_edit::table);
    let found = item.type_name();
    item.as_table_mut().ok_or(ManifestError::Table(name, found))
}

/// Inserts a text before the first greater one.
fn add(list: &mut Array, text: &str) {
    if list.iter().any(|item| item.as_str() == Some(text)) {
        return;
    }
    let next = list.iter().position(|item| item.as_str() > Some(text)).unwrap_or(list.len());
    let neighbour = list.get(next.min(list.len().saturating_sub(1)));
    match neighbour.filter(|_| has_lines(list)).map(|item| item.decor().prefix().cloned().unwrap_or_default()) {
        Some(prefix) => list.insert_formatted(next, Value::from(text).decorated(prefix, "")),
        None => {
            list.insert(next, text);
            list.fmt();
        }
    }
}

fn remove(list: &mut Array, is_gone: impl Fn(&str) -> bool) {
    let before = list.len();
    list.retain(|item| !item.as_str().is_some_and(&is_gone));
    if list.len() < before && !has_lines(list) {
        list.fmt();
    }
}

/// Returns whether a list spans several lines, and so was laid out by hand.
fn has_lines(list: &Array) -> bool {
    list.to_string().contains('\n')
}

/// Replaces a value. Keeps the blanks and comments around it.
fn replace(item: &mut Item, new: impl Into<Value>) {
    let mut new = new.into();
    if let Some(old) = item.as_value() {
        *new.decor_mut() = old.decor().clone();
    }
    *item = Item::Value(new);
}

#[cfg(test)]
mod tests {
    use super::{Manifest, ManifestError, Topsdk};
    use crate::names::Module;

    fn set_features(manifest: &mut Manifest<'_>, methods: &[&str], earlier: &[&str]) {
        let modules: Vec<Module> = methods.iter().map(|method| Module::of(method)).collect();
        manifest.set_features(&modules, earlier.iter().copied()).unwrap();
    }

    fn edit(text: &str, edit: impl FnOnce(&mut Manifest<'_>)) -> String {
        let mut manifest = Manifest::parse(text).unwrap();
        edit(&mut manifest);
        manifest.finish()
    }

    const OWNED: &str = "\u{feff}# Mine.\r\n[package]\r\nname='x' # single\r\n\n[features]\r\nmine = [\"a-b\"] \r\n\
                         # Features of APIs:\r\na = [\"a-b\"]\r\na-b = []\r\nlast = [\r\n  'a-b', # why\r\n]\r\n\n[lints]\nworkspace = true";

    #[test]
    fn only_features_of_apis_change_in_a_manifest() {
        let same = edit(OWNED, |manifest| set_features(manifest, &["a.b.c"], &[]));
        assert_eq!(same, OWNED);
        let more = edit(OWNED, |manifest| set_features(manifest, &["a.b.c", "a.a.c", "Z.z.z"], &[]));
        let expected = OWNED
            .replace("a = [\"a-b\"]\r\na-b", "a = [\"a-a\", \"a-b\"]\r\na-a = []\r\na-b")
            .replace("a-b = []\r\n", "a-b = []\r\nz = [\"z-z\"]\r\nz-z = []\r\n");
        assert_eq!(more.trim_end(), expected);
    }

    #[test]
    fn removed_features_leave_all_lists_and_the_first_comment_stays_first() {
        let less = edit(OWNED, |manifest| set_features(manifest, &["c.d.e"], &["a.b.c", "unknown.x.y"]));
        assert!(less.contains("mine = [] \r\nlast = [ # why\r\n]"), "{less}");
        assert!(less.contains("# Features of APIs:\r\nc = [\"c-d\"]\r\nc-d = []\r\n"), "{less}");
        assert!(!less.contains("a-b"), "{less}");
    }

    #[test]
    fn a_new_feature_joins_the_defaults_unless_its_segment_is_there() {
        let features = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let add = |text: &str| edit(text, |manifest| manifest.add_default(&features(&["a-b", "c-d"])).unwrap());
        let segment = edit("", |manifest| manifest.add_default(&features(&["a-b", "a"])).unwrap());
        assert_eq!(segment, "[features]\ndefault = [\"a\"]\n", "a new segment covers its prefixes");
        assert_eq!(add("[features]\ndefault = [\"c\"]\n"), "[features]\ndefault = [\"a-b\", \"c\"]\n");
        assert_eq!(
            add("[features]\ndefault = [\n    \"b\",\n]\n"),
            "[features]\ndefault = [\n    \"a-b\",\n    \"b\",\n    \"c-d\",\n]\n"
        );
    }

    #[test]
    fn the_dependency_on_topsdk_keeps_edits_of_its_owner() {
        let at = |text: &str, topsdk| edit(text, |manifest| manifest.set_topsdk(topsdk).unwrap());
        for (before, after) in [
            ("topsdk = \"1\" # why\n", "topsdk = { path = \"../t\", version = \"1\" } # why\n"),
            (
                "topsdk = { features = [\"serde\"], path = '../old' } # why\n",
                "topsdk = { features = [\"serde\"], path = \"../t\" } # why\n",
            ),
            ("topsdk = { git = \"https://x\", rev = \"1\" }\n", "topsdk = { path = \"../t\" }\n"),
        ] {
            let manifest = format!("[dependencies]\n{before}other = \"1\"\n");
            assert_eq!(at(&manifest, Topsdk::At("../t")), format!("[dependencies]\n{after}other = \"1\"\n"));
            assert_eq!(at(&manifest, Topsdk::KeptOr("../t")), manifest);
            assert_eq!(at(&manifest, Topsdk::Kept), manifest);
        }
        let added = at("[dependencies]\n", Topsdk::KeptOr("../t"));
        let version = env!("CARGO_PKG_VERSION");
        let expected = format!(
            "[dependencies]\ntopsdk = {{ path = \"../t\", version = \"{version}\", default-features = false }}\n"
        );
        assert_eq!(added, expected);
        let none = Manifest::parse("").unwrap().set_topsdk(Topsdk::Kept);
        assert!(matches!(none, Err(ManifestError::NoTopsdk)));
        let inherited =
            Manifest::parse("[dependencies]\ntopsdk.workspace = true\n").unwrap().set_topsdk(Topsdk::At("t"));
        assert!(matches!(inherited, Err(ManifestError::Inherited)));
    }
}
