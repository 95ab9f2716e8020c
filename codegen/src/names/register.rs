//! `spec/names.json`: names that do not follow from a page alone, because more than one item wished for them. Most
//! repositories have none.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::{Held, Module, modules};

/// The key of an API's module among its names.
const MODULE: &str = "module";

/// Contested names, by method.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Register(BTreeMap<String, Held>);

/// A file that is no register.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct RegisterError {
    path: PathBuf,
    problem: String,
}

impl Register {
    /// Reads a register; an absent file is an empty one.
    ///
    /// # Errors
    /// Where the file cannot be read, or is not a JSON object of objects of texts.
    pub fn load(path: &Path) -> Result<Register, RegisterError> {
        let failed = |problem: String| RegisterError { path: path.to_owned(), problem };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Register::default()),
            Err(error) => return Err(failed(format!("cannot be read: {error}"))),
        };
        let names: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_str(&text)
            .map_err(|error| failed(format!("expected `{{\"METHOD\": {{\"ITEM\": \"NAME\"}}}}`: {error}")))?;
        Ok(Register(names.into_iter().map(|(method, names)| (method, Held(names))).collect()))
    }

    /// The names of an API's items.
    pub fn of(&self, method: &str) -> Option<&Held> {
        self.0.get(method)
    }

    /// The register as text; `None` where it is empty.
    pub(crate) fn to_json(&self) -> Option<String> {
        let names: BTreeMap<&String, &BTreeMap<String, String>> =
            self.0.iter().map(|(method, held)| (method, &held.0)).filter(|(_, names)| !names.is_empty()).collect();
        let text = (!names.is_empty()).then(|| serde_json::to_string_pretty(&names).ok()).flatten()?;
        Some(format!("{text}\n"))
    }

    pub(crate) fn set(&mut self, method: &str, contested: Held) {
        self.0.insert(method.to_owned(), contested);
    }

    pub(crate) fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.0.retain(|method, _| is_kept(method));
    }

    /// The modules that these methods have: what they keep when others are added.
    pub fn modules<'a>(&self, methods: impl Iterator<Item = &'a str>) -> BTreeMap<String, Module> {
        self.modules_after(methods, BTreeMap::new())
    }

    /// The same, where some have modules already that the register does not know.
    pub(crate) fn modules_after<'a>(
        &self,
        methods: impl Iterator<Item = &'a str>,
        mut kept: BTreeMap<String, Module>,
    ) -> BTreeMap<String, Module> {
        let written = self.0.iter().filter_map(|(method, held)| {
            let module = Module::of(method).named(held.0.get(MODULE)?)?;
            Some((method.clone(), module))
        });
        kept.extend(written);
        modules(methods, &kept).into_iter().map(|(method, module)| (method.to_owned(), module)).collect()
    }

    /// Writes down the modules that more than one method wished for.
    pub(crate) fn set_modules(&mut self, modules: &BTreeMap<String, Module>) {
        let mut wishers: HashMap<Module, usize> = HashMap::new();
        for method in modules.keys() {
            *wishers.entry(Module::of(method)).or_default() += 1;
        }
        for (method, module) in modules {
            let wish = Module::of(method);
            let is_contested = *module != wish || wishers.get(&wish).is_some_and(|wishers| *wishers > 1);
            let held = self.0.entry(method.clone()).or_default();
            match is_contested {
                true => held.0.insert(MODULE.to_owned(), module.name.clone()),
                false => held.0.remove(MODULE),
            };
        }
    }
}
