//! Computes what the repository should contain, and how that differs from its files.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rayon::prelude::*;
use topsdk_spec::Api;

use super::changelog::{Changelog, is_entry};
use super::files::Files;
use super::pages::{ChosenPages, Refused};
use super::release::next_version;
use super::specs::{StoredSpecs, is_same, released_json, spec_file};
use super::writes::{Write, WriteStep, differing, stale};
use super::{
    ApiUpdate, CHANGELOG, EMBEDDED, GONE, MANIFEST, MODULES, NAMES, PAGES, UNRELEASED, UpdateError, UpdateOptions,
    UpdateOutcome, UpdateReport,
};
use crate::diff::{Diff, report};
use crate::emit::{self, Entry, Manifest, ManifestError, Samples, module_file};
use crate::names::{Module, Register};

/// The number of APIs that may be removed at once, however few there are.
const FEW: usize = 3;

/// The intended content of the repository.
pub(super) struct Plan<'a> {
    files: &'a Files,
    specs: &'a StoredSpecs,
    choice: ChosenPages,
    register: Register,
    /// The methods of all APIs after the update, with their modules.
    modules: BTreeMap<String, Module>,
    /// The methods whose page was removed, with their modules.
    gone: BTreeMap<String, Module>,
}

impl<'a> Plan<'a> {
    /// Determines which APIs there are after the update.
    ///
    /// # Errors
    /// Returns an error if more than a tenth of the APIs, and more than [`FEW`], have lost their page, except for the
    /// accepted ones: more likely the pages are lost.
    pub(super) fn of(
        files: &'a Files,
        specs: &'a StoredSpecs,
        register: Register,
        choice: ChosenPages,
        options: &UpdateOptions,
    ) -> Result<Plan<'a>, UpdateError> {
        let refused: BTreeSet<&str> = choice.refused.iter().map(|refused| refused.method.as_str()).collect();
        let is_kept = |method: &str| choice.apis.contains_key(method) || refused.contains(method);
        let mut gone = register.modules(specs.by_method.keys().map(String::as_str));
        gone.retain(|method, _| options.pages.is_empty() && !is_kept(method));
        let lost: Vec<String> = gone.keys().filter(|method| !options.accept.contains(method)).cloned().collect();
        let total = specs.by_method.len();
        if lost.len() > FEW && lost.len() * 10 > total && !options.accept.iter().any(|accepted| accepted == GONE) {
            return Err(UpdateError::ManyGone(files.path(PAGES), lost, total));
        }
        let kept = specs.by_method.keys().filter(|method| !gone.contains_key(*method));
        let modules = register.modules(choice.apis.keys().chain(kept).map(String::as_str));
        Ok(Plan { files, specs, choice, register, modules, gone })
    }

    /// Generates all files, and returns the report with the writes: the files that differ from those in the repository.
    /// `step` is called for each module that was generated.
    pub(super) fn compare(mut self, step: &(dyn Fn() + Sync)) -> Result<(UpdateReport, Vec<Write>), UpdateError> {
        let (mut apis, mut writes) = self.emit(step)?;
        let mut shared = self.shared()?;
        let modules: HashSet<String> = self.modules.values().map(module_path).collect();
        let owned: HashSet<&str> = shared.iter().map(|(_, path, _)| path).chain(&modules).map(String::as_str).collect();
        let mut stale: BTreeSet<String> =
            stale(self.files, MODULES, |path| owned.contains(path))?.into_iter().collect();
        for (method, module) in &self.gone {
            let module = stale.take(&module_path(module)).map(|path| (WriteStep::Stale, path, None));
            let own: Vec<Write> = [(WriteStep::Spec, spec_file(method), None)].into_iter().chain(module).collect();
            let spec = &self.specs.by_method[method];
            apis.push(api_update(spec, &spec.source.page, UpdateOutcome::Gone, &own));
            writes.extend(own);
        }
        for Refused { method, page, refusal } in std::mem::take(&mut self.choice.refused) {
            let outcome = UpdateOutcome::Refused(refusal);
            apis.push(ApiUpdate { method, title: String::new(), page, outcome, files: Vec::new() });
        }
        apis.sort_by(|one, other| one.method.cmp(&other.method));
        let mut report = UpdateReport { apis, ..UpdateReport::default() };
        shared.extend(stale.into_iter().map(|path| (WriteStep::Stale, path, None)));
        shared.extend(self.changelog(&mut report)?);
        let shared = differing(self.files, shared)?;
        let paths: BTreeSet<&String> = shared.iter().map(|(_, path, _)| path).collect();
        report.files = paths.into_iter().cloned().collect();
        writes.extend(shared);
        let ChosenPages { diagnostics, overrides, .. } = self.choice;
        Ok((UpdateReport { diagnostics, overrides, ..report }, writes))
    }

    /// Generates the modules and specs of the APIs that were read, and stores their assigned names. Returns their outcomes,
    /// and the files that differ.
    fn emit(&mut self, step: &(dyn Fn() + Sync)) -> Result<(Vec<ApiUpdate>, Vec<Write>), UpdateError> {
        let samples = Samples::Tested("topsdk".to_owned());
        let made = self.choice.apis.par_iter().map(|(method, (_, api))| {
            let names = self.register.names(api);
            let module = &self.modules[method];
            let text = emit::module(api, &names, module, &samples);
            step();
            let own = text.map(|text| {
                let module = (WriteStep::Module, module_path(module), Some(text));
                differing(self.files, vec![module, (WriteStep::Spec, spec_file(method), Some(api.to_json()))])
            });
            (names.assigned().clone(), names.diagnostics, own)
        });
        let made: Vec<_> = made.collect();
        let (mut apis, mut writes) = (Vec::new(), Vec::new());
        for ((method, (page, api)), (assigned, diagnostics, own)) in
            std::mem::take(&mut self.choice.apis).into_iter().zip(made)
        {
            self.choice.diagnostics.extend(diagnostics);
            let is_stored = self.specs.by_method.contains_key(&method);
            match own {
                Ok(own) => {
                    let own = own?;
                    let outcome = match is_stored {
                        true if own.is_empty() => UpdateOutcome::Unchanged,
                        false if !self.specs.unreadable.contains(&method) => UpdateOutcome::New,
                        _ => UpdateOutcome::Changed,
                    };
                    apis.push(api_update(&api, &page, outcome, &own));
                    writes.extend(own);
                    self.register.set(&method, assigned);
                    self.choice.apis.insert(method, (page, api));
                }
                Err(error) => {
                    if !is_stored {
                        self.modules.remove(&method);
                    }
                    self.choice.refused.push(Refused { method, page, refusal: error.into() });
                }
            }
        }
        self.register.retain(|method| self.modules.contains_key(method));
        self.register.set_modules(self.modules.iter().map(|(method, module)| (method.as_str(), module)));
        Ok((apis, writes))
    }

    /// Returns the spec of an API after the update. Returns `None` if there is no such API then.
    fn api(&self, method: &str) -> Option<&Api> {
        self.modules.get(method)?;
        self.choice.apis.get(method).map(|(_, api)| api).or_else(|| self.specs.by_method.get(method))
    }

    /// Returns the files of no single API: the modules of prefixes with the index, the specs for the crate itself, the
    /// features in the manifest, and the assigned names.
    fn shared(&self) -> Result<Vec<Write>, UpdateError> {
        let specs = &self.specs.by_method;
        let entry =
            |(method, module): (&String, &Module)| Some(Entry { api: self.api(method)?, module: module.clone() });
        let entries: Vec<Entry<'_>> = self.modules.iter().filter_map(entry).collect();
        let failed = |error| UpdateError::Manifest(self.files.path(MANIFEST), error);
        let text = self.files.read_text(MANIFEST)?.ok_or(ManifestError::Missing).map_err(failed)?;
        let mut manifest = Manifest::parse(&text).map_err(failed)?;
        let modules = self.modules.values();
        let features = manifest.set_features(modules, specs.keys().map(String::as_str)).map_err(failed)?;
        let is_new = |method: &&String| !specs.contains_key(*method) && !self.specs.unreadable.contains(*method);
        let new = self.choice.apis.keys().filter(is_new).map(|method| features.of_module(&self.modules[method]));
        manifest.add_default(&new.collect()).map_err(failed)?;
        let index = emit::shared(&entries, &features, "mod.rs", "").into_iter();
        let index = index.map(|file| (WriteStep::Index, format!("{MODULES}/{}", file.path), Some(file.text)));
        let specs = emit::spec_lines(entries.iter().map(|entry| entry.api));
        let others = [
            (WriteStep::Index, EMBEDDED, specs),
            (WriteStep::Manifest, MANIFEST, manifest.finish()),
            (WriteStep::Names, NAMES, self.register.to_json()),
        ];
        Ok(index.chain(others.map(|(step, path, text)| (step, path.to_owned(), Some(text)))).collect())
    }

    /// Returns the changelog and the released specs. Reports the changes, the new entries, and the next version.
    fn changelog(&self, report: &mut UpdateReport) -> Result<Vec<Write>, UpdateError> {
        let methods: BTreeSet<&String> = self.modules.keys().chain(self.gone.keys()).collect();
        // The changes of an API are unknown if its old spec cannot be read.
        let known = methods.into_iter().filter(|method| !self.specs.unreadable.contains(*method));
        let versions = known.map(|method| (method, self.specs.by_method.get(method), self.api(method)));
        let changed: Vec<_> = versions.filter(|(_, before, after)| !is_same(*before, *after)).collect();
        report.diff = Diff::of(changed.iter().map(|(_, before, after)| [*before, *after]));

        let mut released = self.specs.released.clone();
        for (method, before, _) in changed {
            // An entry that exists already is the released one.
            released.entry(method.clone()).or_insert_with(|| before.cloned());
        }
        let mut intended = vec![(WriteStep::Released, UNRELEASED.to_owned(), Some(released_json(&released)))];
        released.retain(|method, released| !is_same(released.as_ref(), self.api(method)));
        intended.push((WriteStep::Forgotten, UNRELEASED.to_owned(), Some(released_json(&released))));

        let unreleased = Diff::of(released.iter().map(|(method, released)| [released.as_ref(), self.api(method)]));
        let entries = report::changelog(&unreleased);
        let changelog = Changelog::read(self.files)?;
        let old: HashSet<&str> = changelog.entries().collect();
        if !entries.is_empty() || !old.is_empty() {
            intended.push((WriteStep::Changelog, CHANGELOG.to_owned(), Some(changelog.with(&entries))));
        }
        let new: HashSet<&str> = entries.lines().collect();
        report.outdated = old.difference(&new).count();
        report.changelog = without(&entries, &old);
        if !report.diff.changes.is_empty() {
            report.next = next_version(self.files, &changelog, unreleased.verdict())?;
        }
        Ok(intended)
    }
}

fn api_update(api: &Api, page: &str, outcome: UpdateOutcome, own: &[Write]) -> ApiUpdate {
    let files = own.iter().map(|(_, path, _)| path.clone()).collect();
    ApiUpdate { method: api.method.clone(), title: api.title.clone(), page: page.to_owned(), outcome, files }
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

/// Returns the file of a module, below the root.
fn module_path(module: &Module) -> String {
    format!("{MODULES}/{}", module_file(module))
}
