//! What the repository should hold, and making it so.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rayon::prelude::*;
use topsdk_spec::diff::{Diff, Verdict, diff, report};
use topsdk_spec::{Api, Layout};

use super::changelog::Changelog;
use super::files::Files;
use super::pages::{Choice, Refused};
use super::transaction::{Change, Transaction};
use super::{
    ApiUpdate, CHANGELOG, Error, MANIFEST, MODULES, NAMES, Outcome, PAGES, Specs, Update, manifest, spec_file, version,
};
use crate::check;
use crate::diagnostic::Diagnostic;
use crate::emit::{self, Entry, Features, Samples, module_file, prefixes, root};
use crate::names::{Held, Module, Names, Register, modules};
use crate::read;

/// What the repository should hold.
pub(super) struct Plan<'a> {
    specs: &'a BTreeMap<String, Api>,
    /// The methods whose specs cannot be read.
    unreadable: &'a BTreeSet<String>,
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
    pub(super) fn of(specs: &'a Specs, register: &Register, choice: Choice, is_all: bool) -> Plan<'a> {
        let Specs { by_method: specs, unreadable } = specs;
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
        Plan { specs, unreadable, choice, register: register.clone(), modules, gone, texts: BTreeMap::new() }
    }

    /// Makes the modules of the APIs that were read, and settles their names.
    pub(super) fn emit(&mut self, step: &(dyn Fn() + Sync)) {
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
                step();
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

    /// Finds what differs from what is there, with what is left of APIs that are gone, and says what that means.
    pub(super) fn carry_out<'f>(mut self, files: &'f Files) -> Result<(Update, Transaction<'f>), Error> {
        let shared = self.shared(files)?;
        let owned: BTreeSet<String> = self.modules.values().map(module_path).collect();
        let expected: BTreeSet<String> = shared.iter().map(|(path, _)| path.clone()).chain(owned).collect();

        let (mut apis, mut changes) = self.apis(files)?;
        let mut of_none = Vec::new();
        for (path, text) in shared {
            of_none.extend(Change::write(files, &path, &text)?);
        }
        of_none.extend(match self.register.to_json() {
            Some(text) => Change::write(files, NAMES, &text)?,
            None => Change::remove(files, NAMES)?,
        });
        let (gone, removed) = self.rest(files, &expected, &mut of_none)?;
        apis.extend(gone);
        changes.extend(removed);
        for Refused { method, page, refusal } in std::mem::take(&mut self.choice.refused) {
            let outcome = Outcome::Refused(refusal);
            apis.push(ApiUpdate { method, page, outcome, files: Vec::new(), before: None, after: None });
        }
        apis.sort_by(|one, other| one.method.cmp(&other.method));

        let diff = difference(&apis);
        for api in &apis {
            self.choice.diagnostics.extend(unannounced(files, api, &diff)?);
        }
        let entries = report::changelog(&diff);
        let (mut next, mut takes_back) = (None, false);
        if !entries.is_empty() {
            let text = files.read(CHANGELOG)?.map(String::from_utf8).transpose();
            let text = text.map_err(|_| Error::NotText { path: files.path(CHANGELOG) })?;
            let mut changelog = Changelog::of(text.as_deref());
            takes_back = changelog.add(&entries);
            of_none.extend(Change::write(files, CHANGELOG, &changelog.text())?);
            // What was never released breaks nobody when it goes: then only what is left counts.
            let verdict = if takes_back { Verdict::None } else { diff.verdict() };
            next = version::next(files, &changelog, verdict)?;
        }
        let mut changed: Vec<String> = of_none.iter().map(|change| change.path().to_owned()).collect();
        changed.sort();
        changes.extend(of_none);
        let Choice { diagnostics, overrides, .. } = self.choice;
        let update = Update {
            apis,
            files: changed,
            diff,
            changelog: entries,
            takes_back,
            next,
            recovery: None,
            diagnostics,
            overrides,
            warm: None,
        };
        Ok((update, Transaction::new(files, changes)))
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
            (format!("{MODULES}/mod.rs"), root(&[], &entries)),
        ];
        for emit::File { path, text } in prefixes(&entries, Some(&features)) {
            shared.push((format!("{MODULES}/{path}"), text));
        }
        Ok(shared)
    }

    /// The APIs that were read, and which of their files differ.
    fn apis(&self, files: &Files) -> Result<(Vec<ApiUpdate>, Vec<Change>), Error> {
        let found = self.choice.apis.par_iter().map(|(method, (page, api))| {
            let Some((module, text)) = self.modules.get(method).zip(self.texts.get(method)) else { return Ok(None) };
            let mut changes = Vec::new();
            changes.extend(Change::write(files, &module_path(module), text)?);
            changes.extend(Change::write(files, &spec_file(method), &api.to_json())?);
            let before = self.specs.get(method);
            let outcome = match before {
                None if self.unreadable.contains(method) => Outcome::Changed,
                None => Outcome::New,
                Some(_) if changes.is_empty() => Outcome::Unchanged,
                Some(_) => Outcome::Changed,
            };
            let (before, after) = (before.cloned().map(Box::new), Some(Box::new(api.clone())));
            let files = changes.iter().map(|change| change.path().to_owned()).collect();
            Ok(Some((ApiUpdate { method: method.clone(), page: page.clone(), outcome, files, before, after }, changes)))
        });
        let found = found.collect::<Result<Vec<_>, Error>>()?;
        let (apis, changes): (Vec<_>, Vec<_>) = found.into_iter().flatten().unzip();
        Ok((apis, changes.into_iter().flatten().collect()))
    }

    /// The APIs that are gone with what is left of them, and modules that no API has.
    fn rest(
        &self,
        files: &Files,
        expected: &BTreeSet<String>,
        of_none: &mut Vec<Change>,
    ) -> Result<(Vec<ApiUpdate>, Vec<Change>), Error> {
        let mut removed: BTreeMap<&str, Vec<Change>> = BTreeMap::new();
        for method in self.gone.keys() {
            removed.entry(method).or_default().extend(Change::remove(files, &spec_file(method))?);
        }
        for path in files.list(MODULES)? {
            if expected.contains(&path) || !files.is_generated(&path)? {
                continue;
            }
            let change = Change::remove(files, &path)?;
            let of = self.gone.iter().find(|(_, module)| **module == path);
            match of.and_then(|(method, _)| removed.get_mut(method.as_str())) {
                Some(changes) => changes.extend(change),
                None => of_none.extend(change),
            }
        }
        let mut apis = Vec::new();
        let mut all = Vec::new();
        for (method, changes) in removed {
            let before = self.specs.get(method);
            apis.push(ApiUpdate {
                method: method.to_owned(),
                page: before.map_or_else(String::new, |api| api.source.page.clone()),
                outcome: Outcome::Gone,
                files: changes.iter().map(|change| change.path().to_owned()).collect(),
                before: before.cloned().map(Box::new),
                after: None,
            });
            all.extend(changes);
        }
        Ok((apis, all))
    }
}

/// What changed for users of the crate. Of an API whose spec could not be read nobody knows.
fn difference(apis: &[ApiUpdate]) -> Diff {
    let changes = apis.iter().filter(|api| !matches!(api.outcome, Outcome::Unchanged | Outcome::Refused(_)));
    let changes = changes.flat_map(|api| match (&api.before, &api.after) {
        (None, Some(_)) if !matches!(api.outcome, Outcome::New) => Vec::new(),
        (before, after) => diff(of(before), of(after)).changes,
    });
    Diff { changes: changes.collect() }
}

/// Where a document's own list of changes does not agree with what changed.
fn unannounced(files: &Files, api: &ApiUpdate, diff: &Diff) -> Result<Vec<Diagnostic>, Error> {
    let (Outcome::Changed, Some(before), Some(after)) = (&api.outcome, &api.before, &api.after) else {
        return Ok(Vec::new());
    };
    if after.source.layout != Layout::Document {
        return Ok(Vec::new());
    }
    let page = files.read(&format!("{PAGES}/{}", api.page))?.unwrap_or_default();
    let Some(announced) = read::announced(&page) else { return Ok(Vec::new()) };
    Ok(check::announced::disagreements(&announced, before, after, diff))
}

fn of(api: &Option<Box<Api>>) -> &[Api] {
    api.as_deref().map(std::slice::from_ref).unwrap_or_default()
}

/// The file of a module, below the root.
fn module_path(module: &Module) -> String {
    format!("{MODULES}/{}", module_file(module))
}
