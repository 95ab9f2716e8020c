//! Overrides: corrections of errors on a page, in `spec/overrides/*.toml`.
//!
//! ```toml
//! method = "taobao.item.get"          # every override of the file is about this method
//!
//! [[override]]
//! side = "response"                   # or "request"
//! path = "result.items[].price"       # lists with or without `[]`
//! type = "Price"                      # one or more of: type, required, list, rename
//! reason = "the gateway sends 9.11; the page says Number"
//!
//! [[override]]
//! side = "response"
//! path = "result"                     # the object that gets the field; "" for the top level
//! add = { name = "code", type = "String", description = "…" }
//! before = "message"                  # last, where this is not given
//! reason = "…"
//!
//! [[override]]
//! side = "response"
//! path = "result.code"
//! nth = 2                             # which one, where siblings share the name
//! drop = true
//! reason = "…"
//!
//! [[override]]                        # about the API as a whole: neither side nor path
//! deprecated = "use taobao.item.seller.get"
//! reason = "announced on 2026-03-01: https://…"
//! ```
//!
//! An override that changes nothing is an error: the page was fixed, and the override would hide the next change.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use topsdk_spec::{Api, Basic, Param, Side, param_at, path_of, resolve, siblings_at};

use super::side_rows::SideRows;
use super::toml_file::{FileError, Mistake, TomlFile, mistake, unreadable};

/// All overrides in a folder.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    files: Vec<(TomlFile, OverrideFile)>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OverrideFile {
    method: Spanned<String>,
    #[serde(rename = "override", default)]
    overrides: Vec<Override>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Override {
    side: Option<Side>,
    path: Option<Spanned<String>>,
    nth: Option<Spanned<usize>>,
    #[serde(rename = "type")]
    type_name: Option<Spanned<String>>,
    required: Option<Spanned<bool>>,
    list: Option<Spanned<bool>>,
    rename: Option<Spanned<String>>,
    add: Option<Spanned<Param>>,
    before: Option<Spanned<String>>,
    drop: Option<Spanned<bool>>,
    deprecated: Option<Spanned<String>>,
    reason: Spanned<String>,
}

impl Overrides {
    /// Reads every `.toml` file in a folder, ordered by name. A missing folder has no overrides.
    ///
    /// # Errors
    /// If a file cannot be read, is not TOML, or has an unknown key, or if an override lacks its reason or combines
    /// exclusive changes.
    pub fn load(folder: &Path) -> Result<Overrides, FileError> {
        let failed = |error| unreadable(folder, "the folder of overrides cannot be read", error);
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Overrides::default()),
            entries => entries.and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?,
        };
        let mut paths: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
        let files = paths.iter().map(|path| parse(TomlFile::read(path)?)).collect::<Result<_, _>>()?;
        Ok(Overrides { files })
    }

    /// Parses the text of one file. `name` identifies the file in errors.
    ///
    /// # Errors
    /// As [`Overrides::load`].
    pub fn parse(name: &str, text: &str) -> Result<Overrides, FileError> {
        let file = TomlFile { name: name.to_owned(), text: text.to_owned() };
        Ok(Overrides { files: vec![parse(file)?] })
    }

    /// Applies the overrides for the API's method, in the order of files and lines. Returns a line of the update report for
    /// each: the parameter, what changed, the reason, and the place of the override.
    ///
    /// # Errors
    /// If a path does not exist or is ambiguous, or if an override changes nothing. The API is then unchanged.
    pub fn apply(&self, api: &mut Api) -> Result<Vec<String>, FileError> {
        let mut lines = Vec::new();
        let mut changed = None;
        for (file, document) in self.files.iter().filter(|(_, document)| *document.method.get_ref() == api.method) {
            let changed = changed.get_or_insert_with(|| api.clone());
            for entry in &document.overrides {
                let (place, change) = entry.apply(changed).map_err(|mistake| file.error(mistake))?;
                let (method, reason, line) = (&api.method, entry.reason.get_ref().trim(), file.position(entry.at()).0);
                lines.push(format!("{method}{place}: {change} ({reason}) [{}:{line}]", file.name));
            }
        }
        if let Some(changed) = changed {
            *api = changed;
        }
        Ok(lines)
    }

    /// Returns an error for each file whose method does not exist, because it would never be applied.
    pub fn unknown_methods(&self, exists: impl Fn(&str) -> bool) -> Vec<FileError> {
        let unknown = self.files.iter().filter(|(_, document)| !exists(document.method.get_ref()));
        let error = |(file, OverrideFile { method, .. }): &(TomlFile, OverrideFile)| {
            file.error(mistake(method, format!("no page documents the method `{}`", method.get_ref())))
        };
        unknown.map(error).collect()
    }
}

fn parse(file: TomlFile) -> Result<(TomlFile, OverrideFile), FileError> {
    let document: OverrideFile = file.parse()?;
    document.overrides.iter().try_for_each(Override::check).map_err(|mistake| file.error(mistake))?;
    Ok((file, document))
}

/// Returns the byte offset of a value that is there and wrong.
fn wrong<T>(value: &Option<Spanned<T>>, is_wrong: impl Fn(&T) -> bool) -> Option<usize> {
    value.as_ref().filter(|value| is_wrong(value.get_ref())).map(|value| value.span().start)
}

impl Override {
    /// Returns the byte offset of the override's path in the file, or of its note if it is about the API as a whole.
    fn at(&self) -> usize {
        self.path.as_ref().or(self.deprecated.as_ref()).unwrap_or(&self.reason).span().start
    }

    /// Checks that the override makes exactly one kind of change, and that it is complete.
    fn check(&self) -> Result<(), Mistake> {
        let sets = [self.type_name.is_some(), self.required.is_some(), self.list.is_some(), self.rename.is_some()];
        let kinds = [sets.contains(&true), self.add.is_some(), self.drop.is_some()];
        let kinds = kinds.into_iter().filter(|kind| *kind).count();
        let is_about_api = self.deprecated.is_some();
        let has_target = self.side.is_some() || self.path.is_some() || self.nth.is_some() || self.before.is_some();
        let at_reason = |is_wrong: bool| is_wrong.then(|| self.reason.span().start);
        let is_blank = |text: &String| text.trim().is_empty();
        let mistakes = [
            (at_reason(is_blank(self.reason.get_ref())), "the reason is empty: say how the page is known to be wrong"),
            (wrong(&self.deprecated, is_blank), "the note is empty: say what to call instead of this API"),
            (
                wrong(&self.deprecated, |_| has_target || kinds > 0),
                "`deprecated` applies to the whole API: the only other key is `reason`",
            ),
            (at_reason(self.side.is_none() && !is_about_api), "missing field `side`"),
            (at_reason(self.path.is_none() && !is_about_api), "missing field `path`"),
            (
                wrong(&self.path, |_| kinds != 1),
                "expected `add`, or `drop`, or some of `type`, `required`, `list` and `rename`",
            ),
            (wrong(&self.drop, |drop| !drop), "`drop` can only be true"),
            (wrong(&self.before, |_| self.add.is_none()), "`before` belongs to `add`"),
            (wrong(&self.nth, |nth| *nth == 0), "`nth` counts from 1"),
            (wrong(&self.required, |_| self.side == Some(Side::Response)), "fields of a response are never required"),
            (
                wrong(&self.path, |path| path.is_empty() && self.add.is_none()),
                "the path is empty: only `add` applies to the top level",
            ),
            (wrong(&self.rename, is_blank), "a field needs a name"),
            (wrong(&self.add, |add| is_blank(&add.name)), "a field needs a name"),
        ];
        if let Some((at, problem)) = mistakes.into_iter().find_map(|(at, problem)| Some((at?, problem))) {
            return Err((at, problem.to_owned()));
        }
        let types = self.type_name.iter().map(|name| (name.span(), name.get_ref()));
        let added = self.add.iter().map(|add| (add.span(), &add.get_ref().type_name));
        match types.chain(added).find(|(_, name)| name.ends_with("[]") && *name != "byte[]") {
            Some((span, name)) => {
                let item = name.trim_end_matches("[]").trim_end();
                Err((span.start, format!("a list is written `type = \"{item}\", list = true`")))
            }
            None => Ok(()),
        }
    }

    /// Applies the override to the API. Returns what comes after the method in a report, and what changed.
    fn apply(&self, api: &mut Api) -> Result<(String, String), Mistake> {
        if let Some(note) = &self.deprecated {
            let text = note.get_ref().trim();
            return match api.deprecated.replace(text.to_owned()) {
                Some(_) => Err(mistake(note, "another override sets `deprecated`: delete one of them")),
                None => Ok((String::new(), format!("deprecated: {text}"))),
            };
        }
        #[expect(clippy::expect_used, reason = "`check` rejects other overrides without a side and a path")]
        let (side, path) = self.side.zip(self.path.as_ref()).expect("an override has a side and a path");
        let params = api.side_mut(side);
        let at = if path.get_ref().is_empty() { Vec::new() } else { self.find(side, path, params)? };
        let path = path_of(params, &at);
        let change = match &self.add {
            Some(add) => self.add(add, side, &at, params)?,
            None => self.correct(side, &at, params)?,
        };
        let side = if side == Side::Request { "request" } else { "response" };
        Ok((format!(" {side} {path}").trim_end().to_owned(), change))
    }

    /// Corrects or drops the parameter at an index path, and describes the changes.
    fn correct(&self, side: Side, at: &[usize], params: &mut Vec<Param>) -> Result<String, Mistake> {
        if let Some(name) = &self.type_name
            && param_at(params, at).is_some_and(|param| !param.is_object())
        {
            check_type(name, name.get_ref(), &SideRows::new(side, params).object_types())?;
        }
        let (siblings, index) = existing(siblings_at(params, at));
        if self.drop.is_some() {
            siblings.remove(index);
            return Ok("dropped".to_owned());
        }
        if let Some(name) = &self.rename
            && siblings.iter().position(|sibling| sibling.name == *name.get_ref()).is_some_and(|other| other != index)
        {
            return Err(mistake(name, format!("a sibling is already named `{}`", name.get_ref())));
        }
        let param = &mut siblings[index];
        let changes = [
            self.type_name.as_ref().map(|name| set("type", &mut param.type_name, name)),
            self.list.as_ref().map(|list| set("list", &mut param.list, list)),
            self.required.as_ref().map(|required| set("required", &mut param.required, required)),
            self.rename.as_ref().map(|name| set("name", &mut param.name, name)),
        ];
        Ok(changes.into_iter().flatten().collect::<Result<Vec<_>, _>>()?.join(", "))
    }

    /// Adds a field to the object at an index path, or to the top level if that is empty, and describes the field.
    fn add(&self, add: &Spanned<Param>, side: Side, at: &[usize], params: &mut Vec<Param>) -> Result<String, Mistake> {
        let param = add.get_ref();
        let added = SideRows::new(side, std::slice::from_ref(param));
        let mut types = SideRows::new(side, params).object_types();
        types.extend(added.object_types());
        for row in added.rows.iter().filter(|row| !row.param.is_object()) {
            check_type(add, &row.param.type_name, &types)?;
        }
        let fields = match at {
            [] => params,
            at => {
                let (siblings, index) = existing(siblings_at(params, at));
                &mut siblings[index].fields
            }
        };
        if fields.iter().any(|field| field.name == param.name) {
            let problem = format!("the page has a field `{}` here now: delete this override", param.name);
            return Err(mistake(add, problem));
        }
        let mut index = fields.len();
        if let Some(before) = &self.before {
            let (name, names) = (before.get_ref(), fields.iter().map(|field| field.name.as_str()));
            let missing = || {
                let names = names.clone().collect::<Vec<_>>().join(", ");
                mistake(before, format!("there is no field `{name}` here: expected one of {names}"))
            };
            index = names.clone().position(|field| field == name).ok_or_else(missing)?;
        }
        fields.insert(index, param.clone());
        let list = if param.list { "[]" } else { "" };
        Ok(format!("added `{}` {}{list}", param.name, param.type_name))
    }

    /// Returns the index path of the one parameter that the override is about.
    fn find(&self, side: Side, path: &Spanned<String>, params: &[Param]) -> Result<Vec<usize>, Mistake> {
        let mut found = resolve(params, path.get_ref());
        let count = found.len();
        let times = format!("the page has `{}` {count} times", path.get_ref());
        let index = match (&self.nth, count) {
            (_, 0) => return Err(mistake(path, self.missing(side, params, path.get_ref()))),
            (Some(nth), _) if *nth.get_ref() > count => {
                return Err(mistake(nth, format!("{times}: if it was fixed, delete this override")));
            }
            (Some(nth), _) => nth.get_ref() - 1,
            (None, 1) => 0,
            (None, _) => return Err(mistake(path, format!("{times}: select one by `nth = …`"))),
        };
        Ok(found.swap_remove(index))
    }

    fn missing(&self, side: Side, params: &[Param], path: &str) -> String {
        if let Some(name) = self.rename.as_ref().map(Spanned::get_ref) {
            let renamed = path.rsplit_once('.').map_or(name.clone(), |(parent, _)| format!("{parent}.{name}"));
            if !resolve(params, &renamed).is_empty() {
                return format!("the page names it `{name}` now: delete this override");
            }
        }
        let rows = SideRows::new(side, params);
        let paths: Vec<String> = (0..rows.rows.len()).map(|row| rows.path(row)).collect();
        let last = |path: &str| path.rsplit('.').next().map(str::to_owned);
        let elsewhere = paths.iter().filter(|other| last(other) == last(path));
        let meant = match elsewhere.min_by_key(|other| strsim::levenshtein(path, other)) {
            Some(other) => format!("; did you mean `{other}`?"),
            None => crate::did_you_mean(path, paths.iter().map(String::as_str)),
        };
        let delete = if self.drop.is_some() { ": if the page was fixed, delete this override" } else { "" };
        format!("{} has no `{path}`{delete}{meant}", side.heading())
    }
}

#[expect(clippy::expect_used, reason = "`resolve` returns the paths of parameters that exist")]
fn existing<T>(found: Option<T>) -> T {
    found.expect("the path was resolved")
}

/// Returns an error for a type that is neither basic nor one whose fields the page shows.
fn check_type<T>(at: &Spanned<T>, name: &str, shown: &BTreeSet<&str>) -> Result<(), Mistake> {
    if Basic::of(name).is_some() || shown.contains(name) {
        return Ok(());
    }
    let basic = Basic::WORDS.map(|(word, _)| word);
    let meant = crate::did_you_mean(name, basic.into_iter().chain(shown.iter().copied()));
    let basic = basic.join(", ");
    let expected = format!("expected {basic}, or a type whose fields this side of the page shows{meant}");
    Err(mistake(at, format!("unknown type `{name}`: {expected}")))
}

/// Sets `what` to its new value and returns a description of the change. Returns an error if the value is unchanged.
fn set<T: Clone + PartialEq + fmt::Display>(what: &str, old: &mut T, new: &Spanned<T>) -> Result<String, Mistake> {
    if old == new.get_ref() {
        let problem = format!("this changes nothing: the page has {what} = `{old}`; delete this override");
        return Err(mistake(new, problem));
    }
    let change = format!("{what} {old} -> {}", new.get_ref());
    *old = new.get_ref().clone();
    Ok(change)
}

#[cfg(test)]
mod tests;
