//! Updates the repository: `spec/pages` -> `spec/apis` -> `generated/src/apis`, and reports what changed.

mod changelog;
pub(crate) mod degraded;
mod error;
pub(crate) mod files;
mod form_differences;
mod output;
pub(crate) mod pages;
mod plan;
mod release;
mod specs;
mod writes;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use crate::catalogue::{self, Catalogue};
use crate::check::lint::allow::Allowances;
use crate::check::overrides::Overrides;
use crate::diagnostic::{Diagnostic, Place};
use crate::diff::Diff;
use crate::emit::{Manifest, ManifestError, module_path};
use crate::names::Register;
pub use error::{Refusal, UpdateError};
use files::Files;
pub use output::{Crate, Written};
use pages::ChosenPages;
use plan::Plan;
pub use release::{NextVersion, Release};
use specs::StoredSpecs;

// The files and folders of a repository.
const MODULES: &str = "generated/src/apis";
const SPECS: &str = "spec/apis";
const PAGES: &str = "spec/pages";
const OVERRIDES: &str = "spec/overrides";
const ALLOWANCES: &str = "spec/lint.toml";
const NAMES: &str = "spec/names.json";
/// The specs as of the last release, for the APIs that have changed since.
const UNRELEASED: &str = "spec/unreleased.json";
/// The specs of all APIs, for the crate itself: a packaged crate cannot read files outside of its folder.
const EMBEDDED: &str = "generated/src/specs.jsonl";
const MANIFEST: &str = "generated/Cargo.toml";
const CHANGELOG: &str = "CHANGELOG.md";

/// The folders that an update writes to, and whether it also writes to their subfolders.
const FOLDERS: [(&str, bool); 3] = [("", false), ("generated", true), ("spec", true)];

/// The value in [`UpdateOptions::accept`] that allows the removal of many APIs at once.
const GONE: &str = "gone";

/// A repository of pages, specs and generated modules.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
}

/// Options of an update.
#[derive(Clone, Debug, Default)]
pub struct UpdateOptions {
    /// The pages to read, which must be in `spec/pages`; empty means all pages. The other APIs stay as they are.
    pub pages: Vec<PathBuf>,
    /// Whether to only compare, without writing anything.
    pub check: bool,
    /// The methods of APIs whose pages may lose content, become the page of another API, or be removed together with many
    /// others. `gone` accepts the removal of any number of pages.
    pub accept: Vec<String>,
}

/// The result of an update, or with `check` what an update would do.
#[derive(Debug, Default)]
pub struct UpdateReport {
    /// Every API, sorted by method. An API that was refused before its method was known is listed under its page.
    pub apis: Vec<ApiUpdate>,
    /// Changed files that belong to no single API (modules of prefixes, the features in the manifest, assigned names, the
    /// changelog), below the root.
    pub files: Vec<String>,
    /// The changes for users of the crate since the last update.
    pub diff: Diff,
    /// The new entries of the changelog; empty if there are none.
    pub changelog: String,
    /// The number of entries of earlier updates that no longer apply and are removed.
    pub outdated: usize,
    /// The version to release next. `None` if nothing changed, or if the version in the manifest does not have three
    /// numbers.
    pub next: Option<NextVersion>,
    /// The findings on the pages that were read. Of lints, only those of new or changed specs.
    pub diagnostics: Vec<Diagnostic>,
    /// A line for each override that was applied: the parameter, what changed, the reason, and the place of the override.
    pub overrides: Vec<String>,
}

/// The result of an update for one API.
#[derive(Debug)]
pub struct ApiUpdate {
    /// The method; the file name of the page if the page could not be read.
    pub method: String,
    /// The Chinese title; empty if the page was refused.
    pub title: String,
    /// The page that the API was read from, below `spec/pages`.
    pub page: String,
    /// The outcome.
    pub outcome: UpdateOutcome,
    /// The changed files, below the root.
    pub files: Vec<String>,
}

/// The module and the feature of an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The method of the API.
    pub method: String,
    /// The path of its module, such as `topsdk::taobao::time_get`.
    pub module: String,
    /// The Cargo feature that enables the module.
    pub feature: String,
}

/// The outcome of an update for an API.
#[derive(Debug)]
pub enum UpdateOutcome {
    /// The API had no spec.
    New,
    /// The spec or the module changed.
    Changed,
    /// Nothing changed.
    Unchanged,
    /// The page was removed; the spec and the module are removed too.
    Gone,
    /// The page was refused; nothing of the API changed.
    Refused(Refusal),
}

impl UpdateReport {
    /// Returns whether nothing had to change and nothing was refused.
    pub fn is_up_to_date(&self) -> bool {
        self.files.is_empty() && self.apis.iter().all(|api| matches!(api.outcome, UpdateOutcome::Unchanged))
    }
}

impl Workspace {
    /// Opens the repository in this folder.
    ///
    /// # Errors
    /// Returns an error if the folder has no `spec/pages`.
    pub fn open(root: impl Into<PathBuf>) -> Result<Workspace, UpdateError> {
        let root = root.into();
        match root.join(PAGES).is_dir() {
            true => Ok(Workspace { root }),
            false => Err(UpdateError::NotARepository(root)),
        }
    }

    /// Reads the pages, generates specs and modules from them, and writes every file that differs, including the changelog.
    ///
    /// A page that is degraded or cannot be read leaves the files of its API unchanged; the other APIs are still updated.
    /// Each file is replaced atomically, the specs last. If an update is interrupted, the next update completes it.
    ///
    /// `step` is called for each page that was read and for each module that was generated, from any thread.
    ///
    /// # Errors
    /// Returns an error if the repository is invalid or another update is running; no file has changed then. Also returns
    /// an error if a file cannot be written; the next update then completes this one.
    pub fn update(&self, options: &UpdateOptions, step: &(dyn Fn() + Sync)) -> Result<UpdateReport, UpdateError> {
        let files = Files::new(&self.root)?;
        let files = if options.check { files.shared()? } else { files.locked()? };
        let register = Register::load(&self.root.join(NAMES))?;
        let overrides = Overrides::load(&self.root.join(OVERRIDES))?;
        let allowances = Allowances::load(&self.root.join(ALLOWANCES))?;
        let specs = StoredSpecs::read(&files)?;
        let (pages, skipped) = pages::list(&files, &options.pages)?;
        let mut choice = ChosenPages::read(pages, &specs.by_method, &overrides, &allowances, step);
        if let Some(text) = files.read(catalogue::FILE)? {
            let catalogue = Catalogue::parse(&String::from_utf8_lossy(&text))?;
            choice.apis.iter_mut().for_each(|(method, (_, api))| api.unlisted = catalogue.find(method).is_none());
        }
        choice.refuse_degraded(&specs.by_method, &options.accept);
        choice.skip(skipped, &specs.by_method);
        choice.lint(&specs.by_method, &allowances);
        if let Some(lost) = specs.unreadable.iter().find(|method| !choice.apis.contains_key(*method)) {
            return Err(UpdateError::Spec(files.path(&specs::spec_file(lost))));
        }
        if !specs.by_method.is_empty() && !files.path(NAMES).exists() {
            let message = "this file is missing, so the names of all APIs were assigned anew".to_owned();
            let help = "restore the file from version control to keep the earlier names";
            let place = Place { page: NAMES.to_owned(), ..Place::default() };
            choice.diagnostics.push(pages::warning("names-by-rules", place, message, help));
        }
        let (report, writes) = Plan::of(&files, &specs, register, choice, options)?.compare(step)?;
        if !options.check {
            writes::carry_out(&files, &FOLDERS, writes)?;
        }
        Ok(report)
    }

    /// Returns the modules of these APIs with their features. An API without a module is omitted.
    ///
    /// # Errors
    /// Returns an error if the names or the manifest of the crate cannot be read.
    pub fn bindings(&self, methods: &[String]) -> Result<Vec<Binding>, UpdateError> {
        let files = Files::new(&self.root)?;
        let register = Register::load(&self.root.join(NAMES))?;
        let modules = register.modules(register.methods());
        let failed = |error| UpdateError::Manifest(files.path(MANIFEST), error);
        let text = files.read_text(MANIFEST)?.ok_or(ManifestError::Missing).map_err(failed)?;
        let features = Manifest::parse(&text).map_err(failed)?.features(modules.values());
        let found = methods.iter().filter_map(|method| {
            let module = modules.get(method)?;
            let path = format!("topsdk::{}", module_path(module));
            let feature = features.of_module(module);
            Some(Binding { method: method.clone(), module: path, feature })
        });
        Ok(found.collect())
    }

    /// Returns the number of pages, in all forms.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be listed.
    pub fn page_count(&self) -> Result<usize, UpdateError> {
        Ok(Files::new(&self.root)?.list(PAGES)?.files.len())
    }
}
