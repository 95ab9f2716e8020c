//! Computes what the repository should contain, and how that differs from its files.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::diff::{Diff, report};
use rayon::prelude::*;
use topsdk_spec::Api;

use super::changelog::{Changelog, is_entry};
use super::files::Files;
use super::pages::{ChosenPages, Refused};
use super::specs::{StoredSpecs, spec_file};
use super::unreleased::Unreleased;
use super::writes::{Intended, WriteStep, Writes};
use super::{
    ApiUpdate, CHANGELOG, EMBEDDED, GONE, MANIFEST, MODULES, NAMES, PAGES, UNRELEASED, UpdateError, UpdateOutcome,
    UpdateReport, version,
};
use crate::emit::{self, Entry, Manifest, ManifestError, Samples, module_file};
use crate::names::{Module, Register};

/// The number of APIs that may be removed at once, however few there are.
const FEW: usize = 3;

/// The intended content of the repository.
pub(super) struct Plan<'a> {
    specs: &'a StoredSpecs,
    choice: ChosenPages,
    register: Register,
    /// The methods of all APIs after the update, with their modules.
    modules: BTreeMap<String, Module>,
    /// The methods whose page was removed, with their modules.
    gone: BTreeMap<String, Module>,
    /// The texts of the modules and specs of the APIs that were read.
    texts: BTreeMap<String, [String; 2]>,
}

impl<'a> Plan<'a> {
    pub(super) fn of(specs: &'a StoredSpecs, register: Register, choice: ChosenPages, is_all: bool) -> Plan<'a> {
        let refused: BTreeSet<&str> = choice.refused.iter().map(|refused| refused.method.as_str()).collect();
        let is_gone = |method: &str| is_all && !choice.apis.contains_key(method) && !refused.contains(method);
        let mut gone = register.modules(specs.by_method.keys().map(String::as_str));
        gone.retain(|method, _| is_gone(method));
        let kept = specs.by_method.keys().filter(|method| !gone.contains_key(*method));
        let all: BTreeSet<&str> = choice.apis.keys().chain(kept).map(String::as_str).collect();
        let modules = register.modules(all);
        Plan { specs, choice, register, modules, gone, texts: BTreeMap::new() }
    }

    /// Refuses to remove many APIs at once: more likely their pages are lost. `accept` lists the APIs that may be removed.
    ///
    /// # Errors
    /// Returns an error if more than a tenth of the APIs, and more than [`FEW`], have lost their page.
    pub(super) fn refuse_loss(&self, files: &Files, accept: &[String]) -> Result<(), UpdateError> {
        let methods: Vec<String> = self.gone.keys().filter(|method| !accept.contains(method)).cloned().collect();
        let (lost, total) = (methods.len(), self.specs.by_method.len());
        if lost > FEW && lost * 10 > total && !accept.iter().any(|accepted| accepted == GONE) {
            return Err(UpdateError::ManyGone { folder: files.path(PAGES), methods, total });
        }
        Ok(())
    }

    /// Generates the modules of the APIs that were read, and stores their assigned names.
    pub(super) fn emit(&mut self, step: &(dyn Fn() + Sync)) {
        let samples = Samples::Tested("topsdk".to_owned());
        let made = self.choice.apis.par_iter().map(|(method, (_, api))| {
            let names = self.register.names(api);
            let module = emit::module(api, &names, self.module(method), &samples);
            step();
            (method.clone(), names.assigned().clone(), names.diagnostics, module.map(|module| [module, api.to_json()]))
        });
        for (method, assigned, diagnostics, texts) in made.collect::<Vec<_>>() {
            self.choice.diagnostics.extend(diagnostics);
            match texts {
                Ok(texts) => {
                    self.register.set(&method, assigned);
                    self.texts.insert(method, texts);
                }
                Err(error) => {
                    self.choice.refuse(&method, error.into());
                    if !self.specs.by_method.contains_key(&method) {
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
    pub(super) fn compare(mut self, files: &Files) -> Result<(UpdateReport, Writes), UpdateError> {
        let mut intended = self.shared(files)?;
        let kept = self.modules.values().map(module_path);
        let owned: HashSet<String> = intended.iter().map(|(_, path, _)| path.clone()).chain(kept).collect();
        for (method, [module, spec]) in std::mem::take(&mut self.texts) {
            intended.push((WriteStep::Module, module_path(self.module(&method)), Some(module)));
            intended.push((WriteStep::Spec, spec_file(&method), Some(spec)));
        }
        intended.extend(self.gone.keys().map(|method| (WriteStep::Spec, spec_file(method), None)));
        let of_gone: HashSet<String> = self.gone.values().map(module_path).collect();
        for path in files.list(MODULES)?.files {
            if !owned.contains(&path) && files.is_generated(&path)? {
                intended.push((if of_gone.contains(&path) { WriteStep::Stale } else { WriteStep::Index }, path, None));
            }
        }
        let mut writes = Writes::default();
        writes.add(files, intended)?;
        let apis = self.apis(&writes.paths());
        let mut report = UpdateReport { diff: difference(&apis), apis, ..UpdateReport::default() };
        self.changelog(files, &mut report, &mut writes)?;
        let ChosenPages { diagnostics, overrides, .. } = self.choice;
        Ok((UpdateReport { files: writes.shared(), diagnostics, overrides, ..report }, writes))
    }

    /// Returns the outcome for each API, given the files that differ.
    fn apis(&mut self, differing: &HashSet<(WriteStep, &str)>) -> Vec<ApiUpdate> {
        let files = |files: [(WriteStep, String); 2]| -> Vec<String> {
            let differing = files.into_iter().filter(|(step, path)| differing.contains(&(*step, path)));
            differing.map(|(_, path)| path).collect()
        };
        let mut apis = Vec::new();
        for (method, (page, api)) in std::mem::take(&mut self.choice.apis) {
            let module = module_path(self.module(&method));
            let files = files([(WriteStep::Module, module), (WriteStep::Spec, spec_file(&method))]);
            let before = self.specs.by_method.get(&method).cloned().map(Box::new);
            let outcome = match before {
                None if self.specs.unreadable.contains(&method) => UpdateOutcome::Changed,
                None => UpdateOutcome::New,
                Some(_) if files.is_empty() => UpdateOutcome::Unchanged,
                Some(_) => UpdateOutcome::Changed,
            };
            apis.push(ApiUpdate { method, page, outcome, files, before, after: Some(Box::new(api)) });
        }
        for (method, module) in &self.gone {
            let files = files([(WriteStep::Spec, spec_file(method)), (WriteStep::Stale, module_path(module))]);
            let before = self.specs.by_method.get(method).cloned().map(Box::new);
            let page = before.as_ref().map_or_else(String::new, |api| api.source.page.clone());
            apis.push(ApiUpdate {
                method: method.clone(),
                page,
                outcome: UpdateOutcome::Gone,
                files,
                before,
                after: None,
            });
        }
        for Refused { method, page, refusal } in std::mem::take(&mut self.choice.refused) {
            let outcome = UpdateOutcome::Refused(refusal);
            apis.push(ApiUpdate { method, page, outcome, files: Vec::new(), before: None, after: None });
        }
        apis.sort_by(|one, other| one.method.cmp(&other.method));
        apis
    }

    /// Returns the files of no single API: the modules of prefixes with the index, the specs for the crate itself, the
    /// features in the manifest, and the assigned names.
    fn shared(&self, files: &Files) -> Result<Vec<Intended>, UpdateError> {
        let specs = &self.specs.by_method;
        let api = |method: &String| self.choice.apis.get(method).map(|(_, api)| api).or_else(|| specs.get(method));
        let entry = |(method, module): (_, &Module)| Some(Entry { api: api(method)?, module: module.clone() });
        let entries: Vec<Entry<'_>> = self.modules.iter().filter_map(entry).collect();
        let failed = |error| UpdateError::Manifest(files.path(MANIFEST), error);
        let text = files.read_text(MANIFEST)?.ok_or(ManifestError::Missing).map_err(failed)?;
        let mut manifest = Manifest::parse(&text).map_err(failed)?;
        let modules = entries.iter().map(|entry| &entry.module);
        let features = manifest.set_features(modules, specs.keys().map(String::as_str)).map_err(failed)?;
        let is_new = |method: &&String| !specs.contains_key(*method) && !self.specs.unreadable.contains(*method);
        let new = self.choice.apis.keys().filter(is_new).map(|method| features.of_module(self.module(method)));
        manifest.add_default(new).map_err(failed)?;
        let files = emit::shared(&entries, &features, "mod.rs", "").into_iter();
        let index = files.map(|file| (WriteStep::Index, format!("{MODULES}/{}", file.path), Some(file.text)));
        let mut shared: Vec<Intended> = index.collect();
        let specs = emit::spec_lines(entries.iter().map(|entry| entry.api));
        shared.push((WriteStep::Index, EMBEDDED.to_owned(), Some(specs)));
        shared.push((WriteStep::Manifest, MANIFEST.to_owned(), Some(manifest.finish())));
        shared.push((WriteStep::Names, NAMES.to_owned(), Some(self.register.to_json())));
        Ok(shared)
    }

    /// Writes the changes since the last release to the changelog, and determines the next version.
    fn changelog(&self, files: &Files, report: &mut UpdateReport, writes: &mut Writes) -> Result<(), UpdateError> {
        let known = report.apis.iter().filter(|api| !matches!(api.outcome, UpdateOutcome::Refused(_)));
        let now: HashMap<&str, Option<&Api>> = known.map(|api| (api.method.as_str(), api.after.as_deref())).collect();
        let now = |method: &str| now.get(method).copied().unwrap_or_else(|| self.specs.by_method.get(method));
        let mut unreleased = Unreleased::read(files)?;
        unreleased.remember(&report.apis);
        let mut intended = vec![(WriteStep::Released, UNRELEASED.to_owned(), Some(unreleased.to_json()))];
        unreleased.forget(now);
        intended.push((WriteStep::Forgotten, UNRELEASED.to_owned(), Some(unreleased.to_json())));

        let diff = unreleased.diff(now);
        let entries = report::changelog(&diff);
        let changelog = Changelog::read(files)?;
        if !entries.is_empty() || changelog.entries().next().is_some() {
            intended.push((WriteStep::Changelog, CHANGELOG.to_owned(), Some(changelog.with(&entries))));
        }
        writes.add(files, intended)?;
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
    let is_known = |api: &&ApiUpdate| match api.outcome {
        UpdateOutcome::Unchanged | UpdateOutcome::Refused(_) => false,
        UpdateOutcome::Changed => api.before.is_some(),
        UpdateOutcome::New | UpdateOutcome::Gone => true,
    };
    Diff::of(apis.iter().filter(is_known).map(|api| [api.before.as_deref(), api.after.as_deref()]))
}

/// Returns the file of a module, below the root.
fn module_path(module: &Module) -> String {
    format!("{MODULES}/{}", module_file(module))
}
