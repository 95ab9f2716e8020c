//! Overrides: corrections, in `spec/overrides/*.toml`, of what a page says wrongly.
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
//! ```
//!
//! An override that changes nothing is an error: the page has been fixed, and the override would hide the next change.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use topsdk_spec::{Api, Param, Side, nearest, param_at, path_of, resolve, siblings_at};

use super::file::{File, FileError};

/// All overrides of a folder.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    files: Vec<(File, Document)>,
}

/// One override that has been applied; its `Display` is a line for the report of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The API's method.
    pub method: String,
    /// The side of the API.
    pub side: Side,
    /// The path that the override names, as the page spells it.
    pub path: String,
    /// What was changed, such as `type Number -> Price`.
    pub change: String,
    /// Why.
    pub reason: String,
    /// The file that the override stands in.
    pub file: String,
    /// Its line there, from 1.
    pub line: usize,
}

impl fmt::Display for Applied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Applied { method, side, path, change, reason, file, line } = self;
        let side = match side {
            Side::Request => "request",
            Side::Response => "response",
        };
        let path = if path.is_empty() { String::new() } else { format!(" {path}") };
        write!(formatter, "{method} {side}{path}: {change} ({reason}) [{file}:{line}]")
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    method: Spanned<String>,
    #[serde(rename = "override", default)]
    overrides: Vec<Entry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    side: Side,
    path: Spanned<String>,
    nth: Option<Spanned<usize>>,
    #[serde(rename = "type")]
    type_name: Option<Spanned<String>>,
    required: Option<Spanned<bool>>,
    list: Option<Spanned<bool>>,
    rename: Option<Spanned<String>>,
    add: Option<Spanned<Param>>,
    before: Option<Spanned<String>>,
    drop: Option<Spanned<bool>>,
    reason: Spanned<String>,
}

impl Overrides {
    /// Reads every `.toml` file of a folder, in the order of their names. A folder that does not exist holds none.
    ///
    /// # Errors
    /// Where a file cannot be read, is not TOML, has a key that no override has, or an override lacks its reason or
    /// says two things at once.
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

    /// Reads one file's text; `name` is what errors call it.
    ///
    /// # Errors
    /// As [`Overrides::load`].
    pub fn parse(name: &str, text: &str) -> Result<Overrides, FileError> {
        let file = File { name: name.to_owned(), text: text.to_owned() };
        Ok(Overrides { files: vec![parse(file)?] })
    }

    /// Applies the overrides of the API's method, in the order of files and lines, and says what each changed.
    ///
    /// # Errors
    /// Where a path does not exist or is not the only one, or an override changes nothing. The API is left as it was.
    pub fn apply(&self, api: &mut Api) -> Result<Vec<Applied>, FileError> {
        let mut applied = Vec::new();
        let mut changed = None;
        for (file, document) in &self.files {
            if *document.method.get_ref() != api.method {
                continue;
            }
            let changed = changed.get_or_insert_with(|| api.clone());
            for entry in &document.overrides {
                let Place { path, change } = entry.apply(changed).map_err(|(at, problem)| file.error(at, problem))?;
                applied.push(Applied {
                    method: api.method.clone(),
                    side: entry.side,
                    path,
                    change,
                    reason: entry.reason.get_ref().trim().to_owned(),
                    file: file.name.clone(),
                    line: file.position(entry.path.span().start).0,
                });
            }
        }
        if let Some(changed) = changed {
            *api = changed;
        }
        Ok(applied)
    }

    /// An error for each file whose method is none of those that exist: nothing would ever apply it.
    pub fn strangers(&self, exists: impl Fn(&str) -> bool) -> Vec<FileError> {
        let strange = self.files.iter().filter(|(_, document)| !exists(document.method.get_ref()));
        strange
            .map(|(file, document)| {
                let problem = format!("there is no page of the method `{}`", document.method.get_ref());
                file.error(document.method.span().start, problem)
            })
            .collect()
    }
}

/// Where a mistake stands in the file, and what it is.
type Mistake = (usize, String);

/// What an override was about, and what it did there.
struct Place {
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

impl Entry {
    /// Whether the override says one thing, and says it fully.
    fn check(&self) -> Result<(), Mistake> {
        let at = self.path.span().start;
        if self.reason.get_ref().trim().is_empty() {
            return Err((
                self.reason.span().start,
                "the reason is empty: say how the page is known to be wrong".to_owned(),
            ));
        }
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
        if let Some(required) = self.required.as_ref().filter(|_| self.side == Side::Response) {
            return Err((required.span().start, "fields of a response are never required".to_owned()));
        }
        if self.path.get_ref().is_empty() && self.add.is_none() {
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

    fn apply(&self, api: &mut Api) -> Result<Place, Mistake> {
        if let Some(add) = &self.add {
            return self.add(add, api);
        }
        let at = self.find(api)?;
        let path = path_of(api.side(self.side), &at);
        // The path was found, so both are there; without a panic the compiler cannot be told.
        let lost = || (self.path.span().start, format!("`{path}` is not there any more"));
        let (siblings, index) = siblings_at(api.side_mut(self.side), &at).ok_or_else(lost)?;
        if self.drop.is_some() {
            siblings.remove(index);
            return Ok(Place { path, change: "dropped".to_owned() });
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
        Ok(Place { path, change: changes.join(", ") })
    }

    fn add(&self, add: &Spanned<Param>, api: &mut Api) -> Result<Place, Mistake> {
        let param = add.get_ref();
        let (path, fields) = if self.path.get_ref().is_empty() {
            (String::new(), api.side_mut(self.side))
        } else {
            let at = self.find(api)?;
            let path = path_of(api.side(self.side), &at);
            let parent =
                siblings_at(api.side_mut(self.side), &at).and_then(|(siblings, index)| siblings.get_mut(index));
            let Some(parent) = parent else {
                return Err((self.path.span().start, format!("`{path}` is not there any more")));
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
        Ok(Place { path, change })
    }

    /// The one parameter that the override is about.
    fn find(&self, api: &Api) -> Result<Vec<usize>, Mistake> {
        let at = self.path.span().start;
        let params = api.side(self.side);
        let path = self.path.get_ref();
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
            None => Err((at, self.missing(api, path))),
        }
    }

    fn missing(&self, api: &Api, path: &str) -> String {
        let params = api.side(self.side);
        let side = self.side.heading();
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

/// Gives `what` its new value and says so; an error where it has it already.
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
mod tests {
    use topsdk_spec::{Api, Param};

    use super::Overrides;

    fn param(name: &str, type_name: &str, fields: Vec<Param>) -> Param {
        Param { name: name.to_owned(), type_name: type_name.to_owned(), fields, ..Param::default() }
    }

    fn api() -> Api {
        let mut items = param("items", "Item", vec![param("x", "Number", vec![]), param("y", "String", vec![])]);
        items.list = true;
        let twice = || param("twice", "String", vec![]);
        let result = param("result", "Result", vec![param("value", "Number", vec![]), items, twice(), twice()]);
        let mut id = param("id", "Number", vec![]);
        id.required = true;
        Api { method: "a.b".to_owned(), request: vec![id], response: vec![result], ..Api::default() }
    }

    fn overrides(entry: &str) -> Overrides {
        Overrides::parse("a.toml", &text(entry)).unwrap()
    }

    fn text(entry: &str) -> String {
        format!("method = \"a.b\"\n\n[[override]]\n{entry}\n")
    }

    /// What the override changed, and the API's changed side as `name:type` with nested fields.
    fn applied(entry: &str) -> (String, String) {
        let mut api = api();
        let applied = overrides(entry).apply(&mut api).unwrap();
        fn outline(params: &[Param]) -> String {
            let one = |param: &Param| {
                let list = if param.list { "[]" } else { "" };
                let required = if param.required { "!" } else { "" };
                let fields =
                    if param.fields.is_empty() { String::new() } else { format!("{{{}}}", outline(&param.fields)) };
                format!("{}{required}:{}{list}{fields}", param.name, param.type_name)
            };
            params.iter().map(one).collect::<Vec<_>>().join(" ")
        }
        let lines: Vec<String> = applied.iter().map(ToString::to_string).collect();
        (lines.join("\n"), format!("{} | {}", outline(&api.request), outline(&api.response)))
    }

    fn error(entry: &str) -> String {
        let mut changed = api();
        let error = match Overrides::parse("a.toml", &text(entry)) {
            Ok(overrides) => overrides.apply(&mut changed).unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(changed, api(), "a failed override must change nothing");
        error.to_string()
    }

    #[test]
    fn each_kind_of_correction_is_applied_and_shown() {
        for (entry, line, outline) in [
            (
                "side = \"response\"\npath = \"result.value\"\ntype = \"String\"\nreason = \"seen\"",
                "a.b response result.value: type Number -> String (seen) [a.toml:5]",
                "id!:Number | result:Result{value:String items:Item[]{x:Number y:String} twice:String twice:String}",
            ),
            (
                "side = \"request\"\npath = \"id\"\nrequired = false\nlist = true\nrename = \"ids\"\nreason = \"seen\"",
                "a.b request id: list false -> true, required true -> false, name id -> ids (seen) [a.toml:5]",
                "ids:Number[] | result:Result{value:Number items:Item[]{x:Number y:String} twice:String twice:String}",
            ),
            (
                "side = \"response\"\npath = \"result.items.y\"\ndrop = true\nreason = \"seen\"",
                "a.b response result.items[].y: dropped (seen) [a.toml:5]",
                "id!:Number | result:Result{value:Number items:Item[]{x:Number} twice:String twice:String}",
            ),
            (
                "side = \"response\"\npath = \"result.items[]\"\nadd = { name = \"z\", type = \"Number\", list = true }\nbefore = \"y\"\nreason = \"seen\"",
                "a.b response result.items: added `z` Number[] (seen) [a.toml:5]",
                "id!:Number | result:Result{value:Number items:Item[]{x:Number z:Number[] y:String} twice:String twice:String}",
            ),
            (
                "side = \"request\"\npath = \"\"\nadd = { name = \"z\", type = \"Z\", fields = [{ name = \"q\", type = \"String\" }] }\nreason = \"seen\"",
                "a.b request: added `z` Z (seen) [a.toml:5]",
                "id!:Number z:Z{q:String} | result:Result{value:Number items:Item[]{x:Number y:String} twice:String twice:String}",
            ),
            (
                "side = \"response\"\npath = \"result.twice\"\nnth = 2\ndrop = true\nreason = \"seen\"",
                "a.b response result.twice: dropped (seen) [a.toml:5]",
                "id!:Number | result:Result{value:Number items:Item[]{x:Number y:String} twice:String}",
            ),
        ] {
            assert_eq!(applied(entry), (line.to_owned(), outline.to_owned()));
        }
    }

    #[test]
    fn an_override_that_changes_nothing_is_an_error() {
        for (entry, message) in [
            (
                "side = \"response\"\npath = \"result.value\"\ntype = \"Number\"\nreason = \"r\"",
                "a.toml:6:8: this changes nothing: the page says type = `Number` itself now; delete this override",
            ),
            (
                "side = \"response\"\npath = \"result.value\"\ntype = \"Price\"\nlist = false\nreason = \"r\"",
                "a.toml:7:8: this changes nothing: the page says list = `false`",
            ),
            ("side = \"request\"\npath = \"id\"\nrequired = true\nreason = \"r\"", "a.toml:6:12: this changes nothing"),
            (
                "side = \"request\"\npath = \"ident\"\nrename = \"id\"\nreason = \"r\"",
                "a.toml:5:8: the page calls it `id` now",
            ),
            (
                "side = \"response\"\npath = \"result\"\nadd = { name = \"value\", type = \"String\" }\nreason = \"r\"",
                "a.toml:6:7: the page has a field `value` here now",
            ),
            (
                "side = \"response\"\npath = \"result.valu\"\ndrop = true\nreason = \"r\"",
                "a.toml:5:8: 响应参数 has no `result.valu` (the nearest is `result.value`): if the page was fixed, delete",
            ),
            (
                "side = \"response\"\npath = \"result.twice\"\nnth = 3\ndrop = true\nreason = \"r\"",
                "a.toml:6:7: `result.twice` stands 2 times",
            ),
        ] {
            let found = error(entry);
            assert!(found.starts_with(message), "{found}");
        }
    }

    #[test]
    fn a_path_that_does_not_exist_names_the_nearest() {
        for (entry, message) in [
            (
                "side = \"response\"\npath = \"result.items[].z\"\ntype = \"Price\"\nreason = \"r\"",
                "a.toml:5:8: 响应参数 has no `result.items[].z`; the nearest is `result.items[].x`",
            ),
            (
                "side = \"response\"\npath = \"data.value\"\ntype = \"Price\"\nreason = \"r\"",
                "a.toml:5:8: 响应参数 has no `data.value`; the nearest is `result.value`",
            ),
            (
                "side = \"request\"\npath = \"整个\"\ntype = \"Price\"\nreason = \"r\"",
                "a.toml:5:8: 请求参数 has no `整个`, nor anything like it",
            ),
            (
                "side = \"response\"\npath = \"result.twice\"\ntype = \"Price\"\nreason = \"r\"",
                "a.toml:5:8: `result.twice` stands 2 times on the page: say which",
            ),
            (
                "side = \"response\"\npath = \"result.value\"\nrename = \"items\"\nreason = \"r\"",
                "a.toml:6:10: there is a field `items` beside it",
            ),
            (
                "side = \"response\"\npath = \"result\"\nadd = { name = \"z\" }\nbefore = \"q\"\nreason = \"r\"",
                "a.toml:7:10: there is no field `q` here, only value, items",
            ),
        ] {
            let found = error(entry);
            assert!(found.starts_with(message), "{found}");
        }
    }

    #[test]
    fn a_file_says_one_thing_at_a_time_and_why() {
        for (entry, place, message) in [
            ("side = \"request\"\npath = \"id\"\ntype = \"String\"", "a.toml:3:1", "reason"),
            (
                "side = \"request\"\npath = \"id\"\ntype = \"String\"\nreason = \" \"",
                "a.toml:7:10",
                "the reason is empty",
            ),
            (
                "side = \"request\"\npath = \"id\"\ntypo = \"String\"\nreason = \"r\"",
                "a.toml:6:1",
                "unknown field `typo`",
            ),
            (
                "side = \"both\"\npath = \"id\"\ntype = \"String\"\nreason = \"r\"",
                "a.toml:4:8",
                "unknown variant `both`",
            ),
            ("side = \"request\"\npath = \"id\"\nreason = \"r\"", "a.toml:5:8", "either `add`, or `drop`"),
            (
                "side = \"request\"\npath = \"id\"\ntype = \"String\"\ndrop = true\nreason = \"r\"",
                "a.toml:5:8",
                "either `add`, or `drop`",
            ),
            (
                "side = \"request\"\npath = \"id\"\ndrop = false\nreason = \"r\"",
                "a.toml:6:8",
                "`drop` can only be true",
            ),
            (
                "side = \"request\"\npath = \"id\"\nnth = 0\ndrop = true\nreason = \"r\"",
                "a.toml:6:7",
                "`nth` counts from 1",
            ),
            (
                "side = \"request\"\npath = \"id\"\ndrop = true\nbefore = \"x\"\nreason = \"r\"",
                "a.toml:7:10",
                "`before` belongs to `add`",
            ),
            ("side = \"request\"\npath = \"\"\ndrop = true\nreason = \"r\"", "a.toml:5:8", "the path is empty"),
            (
                "side = \"request\"\npath = \"\"\nadd = { name = \"\" }\nreason = \"r\"",
                "a.toml:6:7",
                "a field needs a name",
            ),
            (
                "side = \"request\"\npath = \"id\"\ntype = \"Number []\"\nreason = \"r\"",
                "a.toml:6:8",
                "a list is written `type = \"Number\", list = true`",
            ),
            (
                "side = \"response\"\npath = \"result.value\"\nrequired = true\nreason = \"r\"",
                "a.toml:6:12",
                "never required",
            ),
            (
                "side = \"request\"\npath = \"id\"\nadd = { name = \"x\", kind = 1 }\nreason = \"r\"",
                "a.toml:6",
                "unknown field `kind`",
            ),
            ("side = ", "a.toml:4", ""),
        ] {
            let found = error(entry);
            assert!(found.starts_with(place) && found.contains(message), "{found}");
        }
        let message = Overrides::parse("a.toml", "[[override]]\n").unwrap_err().to_string();
        assert!(message.contains("method") || message.contains("side"), "{message}");
    }

    #[test]
    fn overrides_of_other_methods_are_left_alone_and_those_of_none_are_named() {
        let overrides = overrides("side = \"request\"\npath = \"id\"\ndrop = true\nreason = \"r\"");
        let mut other = Api { method: "a.c".to_owned(), ..api() };
        assert_eq!(overrides.apply(&mut other).unwrap(), []);
        assert_eq!(other.request, api().request);
        assert!(overrides.strangers(|method| method == "a.b").is_empty());
        let strangers = overrides.strangers(|method| method == "a.c");
        assert_eq!(strangers[0].to_string(), "a.toml:1:10: there is no page of the method `a.b`");
    }

    #[test]
    fn a_folder_is_read_in_the_order_of_names_and_may_not_exist() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, entry: &str| std::fs::write(folder.path().join(name), text(entry)).unwrap();
        file("b.toml", "side = \"request\"\npath = \"id\"\ntype = \"Price\"\nreason = \"second\"");
        file("a.toml", "side = \"request\"\npath = \"id\"\ntype = \"String\"\nreason = \"first\"");
        std::fs::write(folder.path().join("README.md"), "not TOML").unwrap();
        let mut api = api();
        let applied = Overrides::load(folder.path()).unwrap().apply(&mut api).unwrap();
        assert_eq!(
            applied.iter().map(|applied| applied.change.as_str()).collect::<Vec<_>>(),
            ["type Number -> String", "type String -> Price"]
        );
        assert!(Overrides::load(&folder.path().join("none")).unwrap().files.is_empty());
        file("c.toml", "side");
        assert!(Overrides::load(folder.path()).unwrap_err().to_string().contains("c.toml:4"));
    }
}
