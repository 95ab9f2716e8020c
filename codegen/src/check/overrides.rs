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
use super::toml_file::{FileError, TomlFile};

/// All overrides in a folder.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    files: Vec<(TomlFile, OverrideFile)>,
}

/// An override that was applied. Its `Display` is a line of the update report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The API's method.
    pub method: String,
    /// The side of the API, or `None` if the override is about the API as a whole.
    pub side: Option<Side>,
    /// The path given by the override, as the page spells it.
    pub path: String,
    /// The change, such as `type Number -> Price`.
    pub change: String,
    /// The reason given by the override.
    pub reason: String,
    /// The file that contains the override.
    pub file: String,
    /// The override's line in the file, from 1.
    pub line: usize,
}

impl fmt::Display for Applied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Applied { method, side, path, change, reason, file, line } = self;
        let side = match side {
            Some(Side::Request) => " request",
            Some(Side::Response) => " response",
            None => "",
        };
        let path = if path.is_empty() { String::new() } else { format!(" {path}") };
        write!(formatter, "{method}{side}{path}: {change} ({reason}) [{file}:{line}]")
    }
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
        let unreadable = |error| FileError::unreadable(folder, "the folder of overrides cannot be read", error);
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Overrides::default()),
            entries => entries.and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(unreadable)?,
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

    /// Applies the overrides for the API's method, in the order of files and lines, and returns what each one changed.
    ///
    /// # Errors
    /// If a path does not exist or is ambiguous, or if an override changes nothing. The API is then unchanged.
    pub fn apply(&self, api: &mut Api) -> Result<Vec<Applied>, FileError> {
        let mut applied = Vec::new();
        let mut changed = None;
        for (file, document) in &self.files {
            if *document.method.get_ref() != api.method {
                continue;
            }
            let changed = changed.get_or_insert_with(|| api.clone());
            for entry in &document.overrides {
                let change = entry.apply(changed).map_err(|(at, problem)| file.error(at, problem))?;
                applied.push(Applied {
                    method: api.method.clone(),
                    side: entry.side,
                    path: change.path,
                    change: change.text,
                    reason: entry.reason.get_ref().trim().to_owned(),
                    file: file.name.clone(),
                    line: file.position(change.at).0,
                });
            }
        }
        if let Some(changed) = changed {
            *api = changed;
        }
        Ok(applied)
    }

    /// Returns an error for each file whose method does not exist, because it would never be applied.
    pub fn unknown_methods(&self, exists: impl Fn(&str) -> bool) -> Vec<FileError> {
        let unknown = self.files.iter().filter(|(_, document)| !exists(document.method.get_ref()));
        unknown
            .map(|(file, document)| {
                let problem = format!("no page documents the method `{}`", document.method.get_ref());
                file.error(document.method.span().start, problem)
            })
            .collect()
    }
}

/// The byte offset of an error in the file, and its message.
type Mistake = (usize, String);

fn mistake<T>(at: &Spanned<T>, problem: impl Into<String>) -> Mistake {
    (at.span().start, problem.into())
}

/// Returns the byte offset of a value that is there and wrong.
fn wrong<T>(value: &Option<Spanned<T>>, is_wrong: impl Fn(&T) -> bool) -> Option<usize> {
    value.as_ref().filter(|value| is_wrong(value.get_ref())).map(|value| value.span().start)
}

/// A change made by an override.
struct OverrideChange {
    /// The byte offset of the override's path in the file, or of its note.
    at: usize,
    path: String,
    text: String,
}

fn parse(file: TomlFile) -> Result<(TomlFile, OverrideFile), FileError> {
    let document: OverrideFile = file.parse()?;
    for entry in &document.overrides {
        entry.check().map_err(|(at, problem)| file.error(at, problem))?;
    }
    Ok((file, document))
}

impl Override {
    /// Checks that the override makes exactly one kind of change, and that it is complete.
    fn check(&self) -> Result<(), Mistake> {
        if self.reason.get_ref().trim().is_empty() {
            return Err(mistake(&self.reason, "the reason is empty: say how the page is known to be wrong"));
        }
        if let Some(note) = &self.deprecated {
            return self.check_deprecated(note);
        }
        let (side, path) = self.target()?;
        let sets = [self.type_name.is_some(), self.required.is_some(), self.list.is_some(), self.rename.is_some()];
        let kinds = [sets.contains(&true), self.add.is_some(), self.drop.is_some()];
        let at_path = |is_wrong: bool| is_wrong.then_some(path.span().start);
        let mistakes = [
            (
                at_path(kinds.into_iter().filter(|kind| *kind).count() != 1),
                "expected `add`, or `drop`, or some of `type`, `required`, `list` and `rename`",
            ),
            (wrong(&self.drop, |drop| !drop), "`drop` can only be true"),
            (wrong(&self.before, |_| self.add.is_none()), "`before` belongs to `add`"),
            (wrong(&self.nth, |nth| *nth == 0), "`nth` counts from 1"),
            (wrong(&self.required, |_| side == Side::Response), "fields of a response are never required"),
            (
                at_path(path.get_ref().is_empty() && self.add.is_none()),
                "the path is empty: only `add` applies to the top level",
            ),
            (wrong(&self.rename, |name| name.trim().is_empty()), "a field needs a name"),
            (wrong(&self.add, |add| add.name.trim().is_empty()), "a field needs a name"),
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

    /// Checks an override about the API as a whole, which has no other keys.
    fn check_deprecated(&self, note: &Spanned<String>) -> Result<(), Mistake> {
        if note.get_ref().trim().is_empty() {
            return Err(mistake(note, "the note is empty: say what to call instead of this API"));
        }
        let Override {
            side: None,
            path: None,
            nth: None,
            type_name: None,
            required: None,
            list: None,
            rename: None,
            add: None,
            before: None,
            drop: None,
            ..
        } = self
        else {
            return Err(mistake(note, "`deprecated` applies to the whole API: the only other key is `reason`"));
        };
        Ok(())
    }

    /// Returns the override's side and path, both of which are required.
    fn target(&self) -> Result<(Side, &Spanned<String>), Mistake> {
        let missing = |name: &str| mistake(&self.reason, format!("missing field `{name}`"));
        Ok((self.side.ok_or_else(|| missing("side"))?, self.path.as_ref().ok_or_else(|| missing("path"))?))
    }

    /// Applies the override to the API.
    fn apply(&self, api: &mut Api) -> Result<OverrideChange, Mistake> {
        if let Some(note) = &self.deprecated {
            if api.deprecated.is_some() {
                return Err(mistake(note, "another override sets `deprecated`: delete one of them"));
            }
            let reason = note.get_ref().trim();
            api.deprecated = Some(reason.to_owned());
            return Ok(OverrideChange {
                at: note.span().start,
                path: String::new(),
                text: format!("deprecated: {reason}"),
            });
        }
        let (side, path) = self.target()?;
        let at = path.span().start;
        let params = api.side_mut(side);
        let (path, text) = match &self.add {
            Some(add) => self.add(add, side, path, params)?,
            None => self.correct(side, path, params)?,
        };
        Ok(OverrideChange { at, path, text })
    }

    /// Returns the path of the corrected parameter and a description of the changes.
    fn correct(
        &self,
        side: Side,
        path: &Spanned<String>,
        params: &mut Vec<Param>,
    ) -> Result<(String, String), Mistake> {
        let at = self.find(side, path, params)?;
        let path = path_of(params, &at);
        if let Some(name) = &self.type_name
            && param_at(params, &at).is_some_and(|param| !param.is_object())
        {
            check_type(name, name.get_ref(), &SideRows::new(side, params).object_types())?;
        }
        let (siblings, index) = existing(siblings_at(params, &at));
        if self.drop.is_some() {
            siblings.remove(index);
            return Ok((path, "dropped".to_owned()));
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
        Ok((path, changes.into_iter().flatten().collect::<Result<Vec<_>, _>>()?.join(", ")))
    }

    /// Returns the path of the object that gets the field, and a description of the field.
    fn add(
        &self,
        add: &Spanned<Param>,
        side: Side,
        path: &Spanned<String>,
        params: &mut Vec<Param>,
    ) -> Result<(String, String), Mistake> {
        let param = add.get_ref();
        let added = SideRows::new(side, std::slice::from_ref(param));
        let mut types = SideRows::new(side, params).object_types();
        types.extend(added.object_types());
        for row in added.rows.iter().filter(|row| !row.param.is_object()) {
            check_type(add, &row.param.type_name, &types)?;
        }
        let (path, fields) = if path.get_ref().is_empty() {
            (String::new(), params)
        } else {
            let at = self.find(side, path, params)?;
            let path = path_of(params, &at);
            let (siblings, index) = existing(siblings_at(params, &at));
            (path, &mut siblings[index].fields)
        };
        if fields.iter().any(|field| field.name == param.name) {
            let problem = format!("the page has a field `{}` here now: delete this override", param.name);
            return Err(mistake(add, problem));
        }
        let index = match &self.before {
            None => fields.len(),
            Some(before) => fields.iter().position(|field| field.name == *before.get_ref()).ok_or_else(|| {
                let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                mistake(
                    before,
                    format!("there is no field `{}` here: expected one of {}", before.get_ref(), names.join(", ")),
                )
            })?,
        };
        fields.insert(index, param.clone());
        let list = if param.list { "[]" } else { "" };
        Ok((path, format!("added `{}` {}{list}", param.name, param.type_name)))
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
    let problem =
        format!("unknown type `{name}`: expected {basic}, or a type whose fields this side of the page shows{meant}");
    Err(mistake(at, problem))
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
