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
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use topsdk_spec::{Api, Basic, Param, Side, nearest, param_at, path_of, resolve, siblings_at};

use super::file::{File, FileError};

/// All overrides in a folder.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    files: Vec<(File, Document)>,
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
struct Document {
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
        let unreadable = |error| FileError {
            file: folder.display().to_string(),
            line: 0,
            column: 0,
            problem: "the folder of overrides cannot be read".to_owned(),
            source: Some(error),
        };
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Overrides::default()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut paths = BTreeSet::new();
        for entry in entries {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                paths.insert(path);
            }
        }
        let files = paths.iter().map(|path| parse(File::read(path)?)).collect::<Result<_, _>>()?;
        Ok(Overrides { files })
    }

    /// Parses the text of one file. `name` identifies the file in errors.
    ///
    /// # Errors
    /// As [`Overrides::load`].
    pub fn parse(name: &str, text: &str) -> Result<Overrides, FileError> {
        let file = File { name: name.to_owned(), text: text.to_owned() };
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
                let done = entry.apply(changed).map_err(|(at, problem)| file.error(at, problem))?;
                let (at, Change { side, path, change }) = done;
                applied.push(Applied {
                    method: api.method.clone(),
                    side,
                    path,
                    change,
                    reason: entry.reason.get_ref().trim().to_owned(),
                    file: file.name.clone(),
                    line: file.position(at).0,
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
                let problem = format!("there is no page of the method `{}`", document.method.get_ref());
                file.error(document.method.span().start, problem)
            })
            .collect()
    }
}

/// The byte offset of an error in the file, and its message.
type Mistake = (usize, String);

/// The parameter that an override changes.
struct Target<'a> {
    side: Side,
    path: &'a Spanned<String>,
}

/// A change made by an override.
struct Change {
    side: Option<Side>,
    path: String,
    change: String,
}

fn parse(file: File) -> Result<(File, Document), FileError> {
    let document: Document = file.parse()?;
    for entry in &document.overrides {
        entry.check().map_err(|(at, problem)| file.error(at, problem))?;
    }
    Ok((file, document))
}

impl Override {
    /// Checks that the override makes exactly one kind of change, and that it is complete.
    fn check(&self) -> Result<(), Mistake> {
        if self.reason.get_ref().trim().is_empty() {
            return Err((
                self.reason.span().start,
                "the reason is empty: say how the page is known to be wrong".to_owned(),
            ));
        }
        if let Some(note) = &self.deprecated {
            return self.check_deprecated(note);
        }
        let Target { side, path } = self.target()?;
        let at = path.span().start;
        let changes =
            self.type_name.is_some() || self.required.is_some() || self.list.is_some() || self.rename.is_some();
        let kinds = usize::from(changes) + usize::from(self.add.is_some()) + usize::from(self.drop.is_some());
        if kinds != 1 {
            let problem =
                "an override says either `add`, or `drop`, or some of `type`, `required`, `list` and `rename`";
            return Err((at, problem.to_owned()));
        }
        if let Some(drop) = self.drop.as_ref().filter(|drop| !drop.get_ref()) {
            return Err((drop.span().start, "`drop` can only be true".to_owned()));
        }
        if let Some(before) = self.before.as_ref().filter(|_| self.add.is_none()) {
            return Err((before.span().start, "`before` belongs to `add`".to_owned()));
        }
        if let Some(nth) = self.nth.as_ref().filter(|nth| *nth.get_ref() == 0) {
            return Err((nth.span().start, "`nth` counts from 1".to_owned()));
        }
        if let Some(required) = self.required.as_ref().filter(|_| side == Side::Response) {
            return Err((required.span().start, "fields of a response are never required".to_owned()));
        }
        if path.get_ref().is_empty() && self.add.is_none() {
            return Err((at, "the path is empty: only `add` can be about the top level".to_owned()));
        }
        let names = [self.rename.as_ref().map(|name| (name.span().start, name.get_ref().as_str()))];
        let added = self.add.as_ref().map(|add| (add.span().start, add.get_ref().name.as_str()));
        if let Some((at, _)) = names.into_iter().chain([added]).flatten().find(|(_, name)| name.trim().is_empty()) {
            return Err((at, "a field needs a name".to_owned()));
        }
        let types = self.type_name.iter().map(|name| (name.span().start, name.get_ref().as_str()));
        let added = self.add.iter().map(|add| (add.span().start, add.get_ref().type_name.as_str()));
        if let Some((at, name)) = types.chain(added).find(|(_, name)| name.ends_with("[]") && *name != "byte[]") {
            let item = name.trim_end_matches("[]").trim_end();
            return Err((at, format!("a list is written `type = \"{item}\", list = true`")));
        }
        Ok(())
    }

    /// Checks that an override about the API as a whole has no other keys.
    fn check_deprecated(&self, note: &Spanned<String>) -> Result<(), Mistake> {
        let Override { side, path, nth, type_name, required, list, rename, add, before, drop, .. } = self;
        let others = [
            side.is_some(),
            path.is_some(),
            nth.is_some(),
            type_name.is_some(),
            required.is_some(),
            list.is_some(),
            rename.is_some(),
            add.is_some(),
            before.is_some(),
            drop.is_some(),
        ];
        let problem = match note.get_ref().trim().is_empty() {
            true => "the note is empty: say what to call in place of this API",
            false if others.contains(&true) => {
                "`deprecated` is about the API as a whole: only `reason` stands beside it"
            }
            false => return Ok(()),
        };
        Err((note.span().start, problem.to_owned()))
    }

    /// Returns the override's side and path, both of which are required.
    fn target(&self) -> Result<Target<'_>, Mistake> {
        let missing = |name: &str| (self.reason.span().start, format!("missing field `{name}`"));
        let side = self.side.ok_or_else(|| missing("side"))?;
        Ok(Target { side, path: self.path.as_ref().ok_or_else(|| missing("path"))? })
    }

    /// Applies the override to the API. Returns the byte offset to report, and the change.
    fn apply(&self, api: &mut Api) -> Result<(usize, Change), Mistake> {
        if let Some(note) = &self.deprecated {
            let at = note.span().start;
            if api.deprecated.is_some() {
                return Err((at, "another override says `deprecated` already: delete one of them".to_owned()));
            }
            let note = note.get_ref().trim();
            api.deprecated = Some(note.to_owned());
            return Ok((at, Change { side: None, path: String::new(), change: format!("deprecated: {note}") }));
        }
        let target = self.target()?;
        Ok((target.path.span().start, self.correct(&target, api)?))
    }

    fn correct(&self, target: &Target<'_>, api: &mut Api) -> Result<Change, Mistake> {
        let side = target.side;
        if let Some(add) = &self.add {
            let place = self.add(add, target, api)?;
            let added = std::slice::from_ref(add.get_ref());
            check_types(added, &classes(api.side(side), BTreeSet::new()))
                .map_err(|problem| (add.span().start, problem))?;
            return Ok(place);
        }
        let at = self.find(target, api)?;
        if let Some(name) = &self.type_name
            && param_at(api.side(side), &at).is_some_and(|param| !param.is_object())
        {
            check_type(name.get_ref(), &classes(api.side(side), BTreeSet::new()))
                .map_err(|problem| (name.span().start, problem))?;
        }
        let path = path_of(api.side(side), &at);
        // The path was resolved above, so both exist.
        let lost = || (target.path.span().start, format!("`{path}` is not there any more"));
        let (siblings, index) = siblings_at(api.side_mut(side), &at).ok_or_else(lost)?;
        if self.drop.is_some() {
            siblings.remove(index);
            return Ok(Change { side: Some(side), path, change: "dropped".to_owned() });
        }
        if let Some(name) = &self.rename
            && let Some(other) = siblings.iter().position(|sibling| sibling.name == *name.get_ref())
            && other != index
        {
            return Err((name.span().start, format!("there is a field `{}` beside it already", name.get_ref())));
        }
        let param = siblings.get_mut(index).ok_or_else(lost)?;
        let mut changes = Vec::new();
        if let Some(name) = &self.type_name {
            changes.push(set("type", &mut param.type_name, name)?);
        }
        if let Some(list) = &self.list {
            changes.push(set("list", &mut param.list, list)?);
        }
        if let Some(required) = &self.required {
            changes.push(set("required", &mut param.required, required)?);
        }
        if let Some(name) = &self.rename {
            changes.push(set("name", &mut param.name, name)?);
        }
        Ok(Change { side: Some(side), path, change: changes.join(", ") })
    }

    fn add(&self, add: &Spanned<Param>, target: &Target<'_>, api: &mut Api) -> Result<Change, Mistake> {
        let (param, side) = (add.get_ref(), target.side);
        let (path, fields) = if target.path.get_ref().is_empty() {
            (String::new(), api.side_mut(side))
        } else {
            let at = self.find(target, api)?;
            let path = path_of(api.side(side), &at);
            let parent = siblings_at(api.side_mut(side), &at).and_then(|(siblings, index)| siblings.get_mut(index));
            let Some(parent) = parent else {
                return Err((target.path.span().start, format!("`{path}` is not there any more")));
            };
            (path, &mut parent.fields)
        };
        if fields.iter().any(|field| field.name == param.name) {
            let problem = format!("the page has a field `{}` here now: delete this override", param.name);
            return Err((add.span().start, problem));
        }
        let index = match &self.before {
            None => fields.len(),
            Some(before) => {
                let index = fields.iter().position(|field| field.name == *before.get_ref());
                let names = || fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", ");
                index.ok_or_else(|| {
                    (before.span().start, format!("there is no field `{}` here, only {}", before.get_ref(), names()))
                })?
            }
        };
        let list = if param.list { "[]" } else { "" };
        let change = format!("added `{}` {}{list}", param.name, param.type_name);
        fields.insert(index, param.clone());
        Ok(Change { side: Some(side), path, change })
    }

    /// Returns the index path of the one parameter that the override is about.
    fn find(&self, target: &Target<'_>, api: &Api) -> Result<Vec<usize>, Mistake> {
        let at = target.path.span().start;
        let params = api.side(target.side);
        let path = target.path.get_ref();
        let mut found = resolve(params, path);
        let count = found.len();
        if let Some(nth) = &self.nth {
            if *nth.get_ref() > count && count > 0 {
                let problem =
                    format!("`{path}` stands {count} times on the page: if that was fixed, delete this override");
                return Err((nth.span().start, problem));
            }
            if count > 0 {
                return Ok(found.swap_remove(nth.get_ref() - 1));
            }
        }
        match found.pop() {
            Some(found) if count == 1 => Ok(found),
            Some(_) => Err((at, format!("`{path}` stands {count} times on the page: say which by `nth = …`"))),
            None => Err((at, self.missing(target.side, params, path))),
        }
    }

    fn missing(&self, side: Side, params: &[Param], path: &str) -> String {
        let side = side.heading();
        if self.drop.is_some() {
            let hint = nearest(params, path).map_or(String::new(), |near| format!(" (the nearest is `{near}`)"));
            return format!("{side} has no `{path}`{hint}: if the page was fixed, delete this override");
        }
        if let Some(name) = &self.rename {
            let renamed = path
                .rsplit_once('.')
                .map_or(name.get_ref().clone(), |(parent, _)| format!("{parent}.{}", name.get_ref()));
            if let Some(found) = resolve(params, &renamed).first()
                && param_at(params, found).is_some()
            {
                return format!("the page calls it `{}` now: delete this override", name.get_ref());
            }
        }
        match nearest(params, path) {
            Some(near) => format!("{side} has no `{path}`; the nearest is `{near}`"),
            None => format!("{side} has no `{path}`, nor anything like it"),
        }
    }
}

/// Returns the object types whose fields are shown, added to those in `known`.
fn classes<'p>(params: &'p [Param], mut known: BTreeSet<&'p str>) -> BTreeSet<&'p str> {
    for param in params.iter().filter(|param| param.is_object()) {
        known.insert(&param.type_name);
        known = classes(&param.fields, known);
    }
    known
}

/// Checks the type of each parameter without fields.
fn check_types(params: &[Param], classes: &BTreeSet<&str>) -> Result<(), String> {
    params.iter().try_for_each(|param| match param.is_object() {
        true => check_types(&param.fields, classes),
        false => check_type(&param.type_name, classes),
    })
}

/// Returns an error for a type that is neither basic nor one whose fields the page shows.
fn check_type(name: &str, classes: &BTreeSet<&str>) -> Result<(), String> {
    if Basic::of(name).is_some() || classes.contains(name) {
        return Ok(());
    }
    let basic = Basic::WORDS.map(|(word, _)| word);
    let meant = crate::did_you_mean(name, basic.into_iter().chain(classes.iter().copied()));
    Err(format!(
        "unknown type `{name}`: expected {}, or a type whose fields this side of the page shows{meant}",
        basic.join(", ")
    ))
}

/// Sets `what` to its new value and returns a description of the change. Returns an error if the value is unchanged.
fn set<T: Clone + PartialEq + fmt::Display>(what: &str, old: &mut T, new: &Spanned<T>) -> Result<String, Mistake> {
    if old == new.get_ref() {
        let problem = format!("this changes nothing: the page says {what} = `{old}` itself now; delete this override");
        return Err((new.span().start, problem));
    }
    let change = format!("{what} {old} -> {}", new.get_ref());
    *old = new.get_ref().clone();
    Ok(change)
}

#[cfg(test)]
mod tests;
