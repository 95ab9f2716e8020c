//! What the repository should hold, and making it so.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rayon::prelude::*;
use topsdk_spec::Api;

use super::files::{Files, Writer};
use super::pages::{Choice, Refused};
use super::{ApiUpdate, Error, MANIFEST, MODULES, NAMES, Outcome, Update, manifest, spec_file};
use crate::diagnostic::Diagnostic;
use crate::emit::{self, Entry, Features, Samples, module_file, prefixes, roots};
use crate::names::{Held, Module, Names, Register, modules};

/// What the repository should hold.
pub(super) struct Plan<'a> {
    specs: &'a BTreeMap<String, Api>,
    choice: Choice,
    register: Register,
    /// The methods of all APIs that will be there, with their modules.
    modules: BTreeMap<String, Module>,
    /// Methods whose page is gone, and the files of their modules.
    gone: BTreeMap<String, String>,
    /// The texts of the modules that were made anew.
    texts: BTreeMap<String, String>,
}

/// The module of an API, made anew.
struct Made {
    method: String,
    contested: Held,
    diagnostics: Vec<Diagnostic>,
    text: Result<String, emit::Error>,
}

impl<'a> Plan<'a> {
    pub(super) fn of(specs: &'a BTreeMap<String, Api>, register: &Register, choice: Choice, is_all: bool) -> Plan<'a> {
        let refused: BTreeSet<&str> = choice.refused.iter().map(|refused| refused.method.as_str()).collect();
        let is_gone =
            |method: &String| is_all && !choice.apis.contains_key(method) && !refused.contains(method.as_str());
        let kept = register.modules(specs.keys().map(String::as_str));
        let file = |method: &String| kept.get(method).map(module_path);
        let gone: BTreeMap<String, String> = specs
            .keys()
            .filter(|method| is_gone(method))
            .map(|method| (method.clone(), file(method).unwrap_or_default()))
            .collect();
        let there = specs.keys().filter(|method| !gone.contains_key(*method));
        let all: BTreeSet<&str> = choice.apis.keys().chain(there).map(String::as_str).collect();
        let modules = modules(all, &kept).into_iter().map(|(method, module)| (method.to_owned(), module)).collect();
        Plan { specs, choice, register: register.clone(), modules, gone, texts: BTreeMap::new() }
    }

    /// Makes the modules of the APIs that were read, and settles their names.
    pub(super) fn emit(&mut self) {
        let samples = Samples::Tested("topsdk".to_owned());
        let none = Held::default();
        let made: Vec<Made> = self
            .choice
            .apis
            .par_iter()
            .filter_map(|(method, (_, api))| {
                let module = self.modules.get(method)?;
                let held = self.register.of(method).unwrap_or(&none);
                // What has a name already keeps it, whatever the new page brings.
                let names = match self.specs.get(method).filter(|before| *before != api) {
                    Some(before) => Names::after(api, Names::after(before, held).held()),
                    None => Names::after(api, held),
                };
                let text = emit::module(api, &names, module, &samples);
                let contested = names.contested().clone();
                Some(Made { method: method.clone(), contested, diagnostics: names.diagnostics, text })
            })
            .collect();
        // The reader may have said the same of the same place.
        let place = |found: &Diagnostic| {
            let place = &found.place;
            (found.name, place.page.clone(), place.section.clone(), place.path.replace("[]", ""))
        };
        let said: HashSet<_> = self.choice.diagnostics.iter().map(place).collect();
        for Made { method, contested, diagnostics, text } in made {
            self.choice.diagnostics.extend(diagnostics.into_iter().filter(|found| !said.contains(&place(found))));
            match text {
                Ok(text) => {
                    self.register.set(&method, contested);
                    self.texts.insert(method, text);
                }
                Err(error) => {
                    self.choice.refuse(&method, error.into());
                    if !self.specs.contains_key(&method) {
                        self.modules.remove(&method);
                    }
                }
            }
        }
        self.register.retain(|method| self.modules.contains_key(method));
        self.register.set_modules(&self.modules);
    }

    /// Writes what differs, and removes what is left of APIs that are gone.
    pub(super) fn carry_out(self, files: &Files, check: bool) -> Result<Update, Error> {
        let writer = files.writer(check);
        // Whatever may be wrong with the repository comes up here, before anything is written.
        let shared = self.shared(files)?;
        let owned: BTreeSet<String> = self.modules.values().map(module_path).collect();
        let expected: BTreeSet<String> = shared.iter().map(|(path, _)| path.clone()).chain(owned).collect();

        let mut apis = self.write_apis(&writer)?;
        let mut changed = writer.write_all(shared)?;
        changed.extend(writer.write_or_remove(NAMES, self.register.to_json())?);
        apis.extend(self.remove_rest(files, &writer, &expected, &mut changed)?);
        for Refused { method, page, refusal } in self.choice.refused {
            let outcome = Outcome::Refused(refusal);
            apis.push(ApiUpdate { method, page, outcome, files: Vec::new(), before: None, after: None });
        }
        apis.sort_by(|one, other| one.method.cmp(&other.method));
        changed.sort();
        let Choice { diagnostics, overrides, .. } = self.choice;
        Ok(Update { apis, files: changed, diagnostics, overrides, warm: None })
    }

    /// The files of no single API: the modules of prefixes, and the manifest with their features.
    fn shared(&self, files: &Files) -> Result<Vec<(String, String)>, Error> {
        let title = |method: &String| match self.choice.apis.get(method) {
            Some((_, api)) => api.title.as_str(),
            None => self.specs.get(method).map_or("", |api| api.title.as_str()),
        };
        let entries: Vec<Entry<'_>> =
            self.modules.iter().map(|(method, module)| Entry { method, title: title(method), module }).collect();
        let manifest = files.read_text(MANIFEST)?.unwrap_or_default();
        let features = Features::of(entries.iter().map(|entry| entry.module), &emit::manifest_features(&manifest));
        let mut shared = vec![
            (MANIFEST.to_owned(), manifest::with_features(&manifest, &features).ok_or(Error::Manifest)?),
            (format!("{MODULES}/index.rs"), emit::index_page(&entries, &features)),
            (format!("{MODULES}/mod.rs"), format!("// @generated by topsdk. Do not edit.\n\n{}", roots(&entries))),
        ];
        for emit::File { path, text } in prefixes(&entries, Some(&features)) {
            shared.push((format!("{MODULES}/{path}"), text));
        }
        Ok(shared)
    }

    fn write_apis(&self, writer: &Writer<'_>) -> Result<Vec<ApiUpdate>, Error> {
        let written = self.choice.apis.par_iter().map(|(method, (page, api))| {
            let Some((module, text)) = self.modules.get(method).zip(self.texts.get(method)) else { return Ok(None) };
            let files = vec![(module_path(module), text.clone()), (spec_file(method), api.to_json())];
            let files = writer.write_all(files)?;
            let before = self.specs.get(method);
            let outcome = match before {
                None => Outcome::New,
                Some(_) if files.is_empty() => Outcome::Unchanged,
                Some(_) => Outcome::Changed,
            };
            let (before, after) = (before.cloned().map(Box::new), Some(Box::new(api.clone())));
            Ok(Some(ApiUpdate { method: method.clone(), page: page.clone(), outcome, files, before, after }))
        });
        Ok(written.collect::<Result<Vec<_>, Error>>()?.into_iter().flatten().collect())
    }

    /// Removes the specs of APIs that are gone, and the modules that no API has.
    fn remove_rest(
        &self,
        files: &Files,
        writer: &Writer<'_>,
        expected: &BTreeSet<String>,
        changed: &mut Vec<String>,
    ) -> Result<Vec<ApiUpdate>, Error> {
        let mut removed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for method in self.gone.keys() {
            removed.entry(method).or_default().extend(writer.remove(&spec_file(method))?);
        }
        for path in files.list(MODULES)? {
            if expected.contains(&path) || !files.is_generated(&path)? {
                continue;
            }
            let path = writer.remove(&path)?;
            let of = self.gone.iter().find(|(_, module)| Some(*module) == path.as_ref());
            match of.and_then(|(method, _)| removed.get_mut(method.as_str())) {
                Some(files) => files.extend(path),
                None => changed.extend(path),
            }
        }
        let gone = removed.into_iter().map(|(method, files)| {
            let before = self.specs.get(method);
            ApiUpdate {
                method: method.to_owned(),
                page: before.map_or_else(String::new, |api| api.source.page.clone()),
                outcome: Outcome::Gone,
                files,
                before: before.cloned().map(Box::new),
                after: None,
            }
        });
        Ok(gone.collect())
    }
}

/// The file of a module, below the root.
fn module_path(module: &Module) -> String {
    format!("{MODULES}/{}", module_file(module))
}
