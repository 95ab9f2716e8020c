//! Computes what the repository should contain, and how that differs from its files.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::diff::{Diff, diff, report};
use rayon::prelude::*;
use topsdk_spec::Api;

use super::changelog::{Changelog, is_entry};
use super::files::{Change, Files};
use super::pages::{Choice, Refused};
use super::specs::{Specs, spec_file};
use super::unreleased::{Unreleased, slice};
use super::writes::{Step, Writes};
use super::{
    ApiUpdate, CHANGELOG, EMBEDDED, Error, GONE, MANIFEST, MODULES, NAMES, Outcome, PAGES, UNRELEASED, UpdateReport,
    version,
};
use crate::emit::{
    self, Entry, Features, Manifest, ManifestError, Samples, module_file, possible_features, prefixes, root,
};
use crate::names::{ApiNames, Module, Names, Register};

/// The number of APIs that may be removed at once, however few there are.
const FEW: usize = 3;

/// The intended content of the repository.
pub(super) struct Plan<'a> {
    specs: &'a BTreeMap<String, Api>,
    /// The methods whose specs cannot be read.
    unreadable: &'a BTreeSet<String>,
    choice: Choice,
    register: Register,
    /// The methods of all APIs after the update, with their modules.
    modules: BTreeMap<String, Module>,
    /// The methods whose page was removed, with the files of their modules.
    gone: BTreeMap<String, String>,
    /// The texts of the generated modules.
    texts: BTreeMap<String, String>,
}

impl<'a> Plan<'a> {
    pub(super) fn of(specs: &'a Specs, register: Register, choice: Choice, is_all: bool) -> Plan<'a> {
        let Specs { by_method: specs, unreadable } = specs;
        let refused: BTreeSet<&str> = choice.refused.iter().map(|refused| refused.method.as_str()).collect();
        let is_gone =
            |method: &String| is_all && !choice.apis.contains_key(method) && !refused.contains(method.as_str());
        let kept = register.modules(specs.keys().map(String::as_str)).into_iter();
        let gone: BTreeMap<String, String> =
            kept.filter(|(method, _)| is_gone(method)).map(|(method, module)| (method, module_path(&module))).collect();
        let there = specs.keys().filter(|method| !gone.contains_key(*method));
        let all: BTreeSet<&str> = choice.apis.keys().chain(there).map(String::as_str).collect();
        let modules = register.modules(all.into_iter());
        Plan { specs, unreadable, choice, register, modules, gone, texts: BTreeMap::new() }
    }

    /// Refuses to remove many APIs at once: more likely their pages are lost. `accept` lists the APIs that may be removed.
    ///
    /// # Errors
    /// Returns an error if more than a tenth of the APIs, and more than [`FEW`], have lost their page.
    pub(super) fn refuse_loss(&self, files: &Files, accept: &[String]) -> Result<(), Error> {
        let methods: Vec<String> = self.gone.keys().filter(|method| !accept.contains(method)).cloned().collect();
        let (lost, total) = (methods.len(), self.specs.len());
        if lost > FEW && lost * 10 > total && !accept.iter().any(|accepted| accepted == GONE) {
            return Err(Error::ManyGone { folder: files.path(PAGES), methods, total });
        }
        Ok(())
    }

    /// Generates the modules of the APIs that were read, and stores their assigned names.
    pub(super) fn emit(&mut self, step: &(dyn Fn() + Sync)) {
        let samples = Samples::Tested("topsdk".to_owned());
        let none = ApiNames::default();
        let made = self.choice.apis.par_iter().map(|(method, (_, api))| {
            let names = Names::after(api, self.register.of(method).unwrap_or(&none));
            let text = emit::module(api, &names, self.module(method), &samples);
            step();
            (method.clone(), names.assigned().clone(), names.diagnostics, text)
        });
        for (method, assigned, diagnostics, text) in made.collect::<Vec<_>>() {
            self.choice.diagnostics.extend(diagnostics);
            match text {
                Ok(text) => {
                    self.register.set(&method, assigned);
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
        self.register.set_modules(self.modules.iter().map(|(method, module)| (method.as_str(), module)));
    }

    /// Returns the module of an API that exists after the update.
    #[expect(clippy::expect_used, reason = "`of` gives every API that was read a module")]
    fn module(&self, method: &str) -> &Module {
        self.modules.get(method).expect("the module of an API")
    }

    /// Compares with the files that exist, and returns the report and the writes.
    pub(super) fn compare(mut self, files: &Files) -> Result<(UpdateReport, Writes), Error> {
        let mut writes = Writes::default();
        let mut apis = self.apis(files, &mut writes)?;
        let shared = self.shared(files, &mut writes)?;
        apis.extend(self.rest(files, shared, &mut writes)?);
        writes.extend(Step::Names, Change::write(files, NAMES, &self.register.to_json())?);
        for Refused { method, page, refusal } in std::mem::take(&mut self.choice.refused) {
            let outcome = Outcome::Refused(refusal);
            apis.push(ApiUpdate { method, page, outcome, files: Vec::new(), before: None, after: None });
        }
        apis.sort_by(|one, other| one.method.cmp(&other.method));

        let diff = difference(&apis);
        let mut report = UpdateReport { apis, diff, ..UpdateReport::default() };
        self.changelog(files, &mut report, &mut writes)?;
        let Choice { diagnostics, overrides, .. } = self.choice;
        Ok((UpdateReport { files: writes.shared(), diagnostics, overrides, ..report }, writes))
    }

    /// Returns the APIs that were read, with their changed files.
    fn apis(&self, files: &Files, writes: &mut Writes) -> Result<Vec<ApiUpdate>, Error> {
        let found = self.choice.apis.par_iter().map(|(method, (page, api))| {
            #[expect(clippy::expect_used, reason = "an API whose module was not made has been refused")]
            let text = self.texts.get(method).expect("the text of a module");
            let module = Change::write(files, &module_path(self.module(method)), text)?;
            let spec = Change::write(files, &spec_file(method), &api.to_json())?;
            let before = self.specs.get(method);
            let outcome = match before {
                None if self.unreadable.contains(method) => Outcome::Changed,
                None => Outcome::New,
                Some(_) if module.is_none() && spec.is_none() => Outcome::Unchanged,
                Some(_) => Outcome::Changed,
            };
            let (before, after) = (before.cloned().map(Box::new), Some(Box::new(api.clone())));
            let files = module.iter().chain(&spec).map(|change| change.path().to_owned()).collect();
            let api = ApiUpdate { method: method.clone(), page: page.clone(), outcome, files, before, after };
            Ok((api, module, spec))
        });
        let found = found.collect::<Result<Vec<_>, Error>>()?;
        let mut apis = Vec::new();
        for (api, module, spec) in found {
            apis.push(api);
            writes.extend(Step::Module, module);
            writes.extend(Step::Spec, spec);
        }
        Ok(apis)
    }

    /// Writes the files of no single API: the modules of prefixes with the index, whose paths are returned, and the
    /// features in the manifest.
    fn shared(&self, files: &Files, writes: &mut Writes) -> Result<BTreeSet<String>, Error> {
        let api = |method: &String| match self.choice.apis.get(method) {
            Some((_, api)) => Some(api),
            None => self.specs.get(method),
        };
        let title = |method: &String| api(method).map_or("", |api| api.title.as_str());
        let entries: Vec<Entry<'_>> =
            self.modules.iter().map(|(method, module)| Entry { method, title: title(method), module }).collect();
        let text = files.read_text(MANIFEST)?;
        let failed = |source| Error::Manifest { path: files.path(MANIFEST), source };
        let mut manifest =
            Manifest::parse(text.as_deref().ok_or(ManifestError::Missing).map_err(failed)?).map_err(failed)?;
        let features = Features::of(entries.iter().map(|entry| entry.module), &manifest.features());
        let before: Vec<Module> = self.specs.keys().map(|method| Module::of(method)).collect();
        manifest.set_features(&features, &possible_features(&before)).map_err(failed)?;
        let is_new = |method: &&String| !self.specs.contains_key(*method) && !self.unreadable.contains(*method);
        let new = self.choice.apis.keys().filter(is_new).map(|method| features.of_module(self.module(method)));
        manifest.add_default(&new.collect()).map_err(failed)?;
        writes.extend(Step::Manifest, Change::write(files, MANIFEST, &manifest.finish())?);
        let lines = emit::spec_lines(self.modules.keys().filter_map(api));
        writes.extend(Step::Index, Change::write(files, EMBEDDED, &lines)?);
        let mut shared = vec![
            (format!("{MODULES}/index.rs"), emit::index_page(&entries, &features)),
            (format!("{MODULES}/mod.rs"), root(&[], &entries)),
        ];
        for emit::File { path, text } in prefixes(&entries, Some(&features)) {
            shared.push((format!("{MODULES}/{path}"), text));
        }
        for (path, text) in &shared {
            writes.extend(Step::Index, Change::write(files, path, text)?);
        }
        Ok(shared.into_iter().map(|(path, _)| path).collect())
    }

    /// Returns the removed APIs with their remaining files, and removes modules that belong to no API.
    fn rest(&self, files: &Files, shared: BTreeSet<String>, writes: &mut Writes) -> Result<Vec<ApiUpdate>, Error> {
        let mut removed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for method in self.gone.keys() {
            let spec = Change::remove(files, &spec_file(method));
            removed.insert(method, spec.iter().map(|spec| spec.path().to_owned()).collect());
            writes.extend(Step::Spec, spec);
        }
        let methods: HashMap<&str, &str> =
            self.gone.iter().map(|(method, path)| (path.as_str(), method.as_str())).collect();
        let owned: BTreeSet<String> = self.modules.values().map(module_path).collect();
        for path in files.list(MODULES)?.files {
            if owned.contains(&path) || shared.contains(&path) || !files.is_generated(&path)? {
                continue;
            }
            let change = Change::remove(files, &path);
            match methods.get(path.as_str()).and_then(|method| removed.get_mut(method)) {
                Some(removed) => {
                    removed.push(path);
                    writes.extend(Step::Stale, change);
                }
                None => writes.extend(Step::Index, change),
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

    /// Writes the changes since the last release to the changelog, and determines the next version.
    fn changelog(&self, files: &Files, report: &mut UpdateReport, writes: &mut Writes) -> Result<(), Error> {
        let refused = |api: &&ApiUpdate| matches!(api.outcome, Outcome::Refused(_));
        let now: HashMap<&str, Option<&Api>> = report
            .apis
            .iter()
            .filter(|api| !refused(api))
            .map(|api| (api.method.as_str(), api.after.as_deref()))
            .collect();
        let now = |method: &str| now.get(method).copied().unwrap_or_else(|| self.specs.get(method));
        let mut unreleased = Unreleased::read(files)?;
        unreleased.remember(&report.apis);
        let remembered = unreleased.to_json();
        writes.extend(Step::Released, Change::write(files, UNRELEASED, &remembered)?);
        unreleased.forget(now);
        writes.extend(Step::Forgotten, Change::next(UNRELEASED, &remembered, &unreleased.to_json()));

        let diff = unreleased.diff(now);
        let entries = report::changelog(&diff);
        let changelog = Changelog::read(files)?;
        if !entries.is_empty() || changelog.entries().next().is_some() {
            writes.extend(Step::Changelog, Change::write(files, CHANGELOG, &changelog.with(&entries))?);
        }
        let old: HashSet<&str> = changelog.entries().collect();
        let new: HashSet<&str> = entries.lines().collect();
        report.outdated = old.difference(&new).count();
        report.changelog = without(&entries, &old);
        if !report.diff.changes.is_empty() {
            report.next = version::next(files, &changelog, diff.verdict())?;
        }
        Ok(())
    }
}

/// Returns the sections of these entries, without the entries that exist already and without sections that are then empty.
fn without(entries: &str, old: &HashSet<&str>) -> String {
    let sections = entries.split("### ").filter_map(|section| {
        let lines: Vec<&str> = section.lines().filter(|line| !old.contains(line)).collect();
        let has_entries = lines.iter().any(|line| is_entry(line));
        has_entries.then(|| format!("### {}\n", lines.join("\n").trim_end()))
    });
    sections.collect::<Vec<_>>().join("\n")
}

/// Returns the changes for users of the crate. An API whose old spec cannot be read has no known changes.
fn difference(apis: &[ApiUpdate]) -> Diff {
    let changes = apis.iter().filter(|api| !matches!(api.outcome, Outcome::Unchanged | Outcome::Refused(_)));
    let changes = changes.flat_map(|api| match (&api.before, &api.after) {
        (None, Some(_)) if !matches!(api.outcome, Outcome::New) => Vec::new(),
        (before, after) => diff(slice(before.as_deref()), slice(after.as_deref())).changes,
    });
    Diff { changes: changes.collect() }
}

/// Returns the file of a module, below the root.
fn module_path(module: &Module) -> String {
    format!("{MODULES}/{}", module_file(module))
}
