//! `names.json`: the stored name of every item of every API, so that an addition never renames anything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use topsdk_spec::Api;

use super::{ApiNames, Module, Names, earlier};

/// The format version that is written.
const FORMAT: u32 = 1;

/// The names of a set of APIs: the file `names.json`.
///
/// ```json
/// {
///   "format": 1,
///   "apis": {
///     "taobao.item.get": {
///       "module": "get",
///       "request": [{"name": "ItemGetRequest", "fields": {"numIid": "num_iid"}}],
///       "response": [
///         {"name": "ItemGetResponse", "fields": {"item": "item"}},
///         {"type": "Item", "place": "item", "name": "Item", "fields": {"title": "title"}}
///       ]
///     }
///   }
/// }
/// ```
///
/// A struct is identified by its `type`, or by its `place` if the fields of the type differ between paths. `required` is
/// the name of the struct of its required fields. Absent names are assigned by the rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Register(BTreeMap<String, ApiNames>);

/// The error for a file that is not a valid register.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct RegisterError {
    path: PathBuf,
    problem: String,
}

/// The contents of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents<A> {
    format: u32,
    apis: A,
}

/// The format version alone, which decides how to read the rest.
#[derive(Deserialize)]
struct Header {
    format: Option<u32>,
}

impl Register {
    /// Reads a register. An absent file is an empty register. A file in the older format, without `"format": 1`, is
    /// converted.
    ///
    /// # Errors
    /// If the file cannot be read, has another format, or holds a name that is not a Rust identifier.
    pub fn load(path: &Path) -> Result<Register, RegisterError> {
        let failed = |problem: String| RegisterError { path: path.to_owned(), problem };
        match std::fs::read_to_string(path) {
            Ok(text) => Register::parse(&text).map_err(failed),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Register::default()),
            Err(error) => Err(failed(format!("cannot be read: {error}"))),
        }
    }

    pub(super) fn parse(text: &str) -> Result<Register, String> {
        let not_names = |error: serde_json::Error| {
            format!(
                "expected the names that `topsdk` wrote, {{\"format\": {FORMAT}, \"apis\": {{…}}}}: {error}; restore the \
                 file, or remove it to name everything by the rules again"
            )
        };
        let header: Header = serde_json::from_str(text).map_err(not_names)?;
        let apis: BTreeMap<String, ApiNames> = match header.format {
            None => earlier::read(text).map_err(not_names)?,
            Some(FORMAT) => serde_json::from_str::<Contents<_>>(text).map_err(not_names)?.apis,
            Some(other) => {
                return Err(format!("has format {other}, and this version of topsdk reads format {FORMAT}: update it"));
            }
        };
        for (method, names) in &apis {
            if let Some(module) = &names.module
                && Module::of(method).named(module).is_none()
            {
                return Err(format!("`{method}`: `{module}` cannot be the name of a module"));
            }
            if let Some((item, name)) = names.all().find(|(_, name)| !is_ident(name)) {
                return Err(format!(
                    "`{method}`, {item}: `{name}` is not a Rust identifier of ASCII letters and digits"
                ));
            }
        }
        Ok(Register(apis))
    }

    /// Returns the stored names of an API's items.
    pub fn of(&self, method: &str) -> Option<&ApiNames> {
        self.0.get(method)
    }

    /// Assigns the names of an API. Stored names are kept.
    pub fn names<'a>(&self, api: &'a Api) -> Names<'a> {
        Names::after(api, self.of(&api.method).unwrap_or(&ApiNames::default()))
    }

    /// Returns the methods of all APIs with stored names.
    pub(crate) fn methods(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Returns the register as the text of `names.json`.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(&Contents { format: FORMAT, apis: &self.0 });
        #[expect(clippy::expect_used, reason = "maps of texts to texts are always JSON")]
        let text = text.expect("a register is JSON");
        format!("{text}\n")
    }

    /// Returns the names of all items of these APIs. Stored names are kept.
    ///
    /// # Errors
    /// Returns the methods that occur in more than one of the APIs.
    pub fn renewed(&self, apis: &[Api]) -> Result<Register, Vec<String>> {
        let named: Vec<ApiNames> = apis.par_iter().map(|api| self.names(api).assigned().clone()).collect();
        let mut renewed = Register::default();
        let mut repeated = Vec::new();
        for (api, names) in apis.iter().zip(named) {
            if renewed.0.insert(api.method.clone(), names).is_some() {
                repeated.push(api.method.clone());
            }
        }
        let modules = self.modules(renewed.methods());
        renewed.set_modules(modules.iter().map(|(method, module)| (method.as_str(), module)));
        if repeated.is_empty() { Ok(renewed) } else { Err(repeated) }
    }

    pub(crate) fn set(&mut self, method: &str, names: ApiNames) {
        self.0.insert(method.to_owned(), names);
    }

    pub(crate) fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.0.retain(|method, _| is_kept(method));
    }

    /// Returns a distinct module for each method. Stored modules are kept. If several methods fold to one module (`a.b.c-d`,
    /// `a.b.c.d`), the method spelled exactly like the module gets it, else the one that sorts first. The others get a
    /// number.
    pub fn modules<'a>(&self, methods: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, Module> {
        let ranked = methods.into_iter().map(|method| {
            let module = Module::of(method);
            match self.of(method).and_then(|names| module.clone().named(names.module.as_ref()?)) {
                Some(stored) => (false, false, method, stored),
                None => (true, method.replace('.', "_") != module.segments().join("_"), method, module),
            }
        });
        let mut taken = BTreeSet::new();
        let mut modules = BTreeMap::new();
        for (.., method, preferred) in ranked.collect::<BTreeSet<_>>() {
            let mut module = preferred.clone();
            let mut number = 2_usize;
            while !taken.insert(module.clone()) {
                module.name = format!("{}_{number}", preferred.name);
                number += 1;
            }
            modules.insert(method.to_owned(), module);
        }
        modules
    }

    /// Stores the modules of these methods.
    pub(crate) fn set_modules<'m>(&mut self, modules: impl IntoIterator<Item = (&'m str, &'m Module)>) {
        for (method, module) in modules {
            self.0.entry(method.to_owned()).or_default().module = Some(module.name.clone());
        }
    }
}

/// Returns whether a name from a file is a valid Rust identifier.
fn is_ident(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::Register;

    #[test]
    fn round_trips_through_json() {
        let text = r#"{
  "format": 1,
  "apis": {
    "a.b.c": {
      "module": "c",
      "request": [
        {
          "name": "ABCRequest",
          "required": "ABCRequestRequired",
          "fields": {
            "itemId": "item_id"
          }
        }
      ],
      "response": [
        {
          "type": "Item",
          "place": "data.a\\.b",
          "name": "Item"
        }
      ]
    }
  }
}
"#;
        assert_eq!(Register::parse(text).unwrap().to_json(), text);
    }

    #[test]
    fn rejects_an_invalid_register() {
        let names = |names: &str| format!(r#"{{"format": 1, "apis": {{"a.b.c": {names}}}}}"#);
        for (text, expected) in [
            ("[]".to_owned(), "expected the names that `topsdk` wrote"),
            (r#"{"format": 2, "apis": {}}"#.to_owned(), "has format 2, and this version of topsdk reads format 1"),
            (r#"{"format": 1}"#.to_owned(), "missing field `apis`"),
            (names(r#"{"requests": []}"#), "unknown field `requests`"),
            (names(r#"{"module": "../x"}"#), "`a.b.c`: `../x` cannot be the name of a module"),
            (names(r#"{"module": "mod"}"#), "cannot be the name of a module"),
            (names(r#"{"request": [{"name": "Item { }"}]}"#), "`a.b.c`, request: `Item { }` is not a Rust identifier"),
            (
                names(r#"{"response": [{"type": "Item", "place": "a", "name": ""}]}"#),
                "`a.b.c`, response, struct at `a`: `` is not",
            ),
            (
                names(r#"{"response": [{"type": "Item", "fields": {"x": "r#type"}}]}"#),
                "response, type `Item`, field `x`: `r#type` is not",
            ),
            (names(r#"{"response": [{"required": "类"}]}"#), "response: `类` is not"),
        ] {
            let error = Register::parse(&text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn methods_with_the_same_module_get_numbers_in_any_order() {
        let methods = ["a.b.c-d", "a.b.cD", "a.b.c.d"];
        let expected = [("a.b.c-d", "c_d_2"), ("a.b.c.d", "c_d"), ("a.b.cD", "c_d_3")];
        for start in 0..3 {
            let mut rotated = methods;
            rotated.rotate_left(start);
            let found = Register::default().modules(rotated);
            let found: Vec<(&str, &str)> =
                found.iter().map(|(method, module)| (method.as_str(), module.name.as_str())).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn stored_module_wins_over_a_new_method() {
        let before = Register::default().modules(["a.b.c-d"]);
        let mut stored = Register::default();
        stored.set_modules(before.iter().map(|(method, module)| (method.as_str(), module)));
        let after = stored.modules(["a.b.c-d", "a.b.c.d"]);
        assert_eq!(after["a.b.c-d"].name, "c_d");
        assert_eq!(after["a.b.c.d"].name, "c_d_2");
    }
}
