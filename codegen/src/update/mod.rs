//! The repository: `spec/pages` -> `spec/apis` -> `generated/src/apis`, and what changed on the way.

mod changelog;
mod error;
pub(crate) mod files;
mod forms;
mod lock;
pub(crate) mod loss;
mod output;
pub(crate) mod pages;
mod plan;
mod release;
mod specs;
mod unreleased;
mod version;
mod writes;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use crate::diff::Diff;
use topsdk_spec::Api;

use crate::catalogue::{self, Catalogue};
use crate::check::lint::allow::Allowances;
use crate::check::overrides::{Applied, Overrides};
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::emit::{Features, Manifest, ManifestError, raw};
use crate::names::Register;
pub use error::{Error, Refusal};
use files::Files;
use lock::Lock;
pub use output::{Crate, Written};
use pages::Pages;
use plan::Plan;
pub use release::Release;
use specs::Specs;
pub use version::NextVersion;

/// Where the modules are, below the root.
const MODULES: &str = "generated/src/apis";
/// Where the specs are.
const SPECS: &str = "spec/apis";
/// Where the pages are.
const PAGES: &str = "spec/pages";
/// Where the overrides are.
const OVERRIDES: &str = "spec/overrides";
/// Findings that may stay.
const ALLOWANCES: &str = "spec/lint.toml";
/// The assigned names.
const NAMES: &str = "spec/names.json";
/// The specs as they were released, of APIs that have changed since.
const UNRELEASED: &str = "spec/unreleased.json";
/// The specs of all APIs, for the crate itself: a packaged crate cannot read what is outside of its folder.
const EMBEDDED: &str = "generated/src/specs.jsonl";
/// The manifest with the features of the APIs.
const MANIFEST: &str = "generated/Cargo.toml";
/// What users of the crate have to know about each release.
const CHANGELOG: &str = "CHANGELOG.md";

/// What [`Options::accept`] names to let many APIs go at once.
const GONE: &str = "gone";

/// A repository of pages, specs and generated modules.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
}

/// What to do.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only these pages, which are in `spec/pages`; all, where this is empty. The other APIs stay as they are.
    pub pages: Vec<PathBuf>,
    /// Write nothing.
    pub check: bool,
    /// APIs, by method, whose pages may have lost what they had, have become the page of another API, or be gone with many
    /// others; `gone` accepts any number of pages that are gone.
    pub accept: Vec<String>,
}

/// What an update did, or would do.
#[derive(Debug, Default)]
pub struct UpdateReport {
    /// Every API, by method; those that were refused before they had a method, by page.
    pub apis: Vec<ApiUpdate>,
    /// Files of no single API that changed (modules of prefixes, the manifest's features, assigned names, the changelog),
    /// below the root.
    pub files: Vec<String>,
    /// What changed for users of the crate since the last update.
    pub diff: Diff,
    /// The entries of the changelog that are new; empty without any.
    pub changelog: String,
    /// How many entries of earlier updates say what is no longer so, and are removed.
    pub outdated: usize,
    /// The version to release next; `None` without changes, and where the manifest has no version of three numbers.
    pub next: Option<NextVersion>,
    /// What was found on the pages that were read; of lints, on those that are new or say something else now.
    pub diagnostics: Vec<Diagnostic>,
    /// The overrides that were applied.
    pub overrides: Vec<Applied>,
}

/// What became of one API.
#[derive(Debug)]
pub struct ApiUpdate {
    /// Its name on the wire; the page's file where the page could not be read.
    pub method: String,
    /// The page that it was read from, below `spec/pages`.
    pub page: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The files that changed, below the root.
    pub files: Vec<String>,
    /// The spec as it was.
    pub before: Option<Box<Api>>,
    /// The spec as it is.
    pub after: Option<Box<Api>>,
}

/// Where the bindings of an API are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The API.
    pub method: String,
    /// The path of its module, such as `topsdk::taobao::time_get`.
    pub module: String,
    /// The Cargo feature that turns the module on.
    pub feature: String,
}

/// What became of an API.
#[derive(Debug)]
pub enum Outcome {
    /// There was no spec of it.
    New,
    /// Its spec or its module changed.
    Changed,
    /// Nothing changed.
    Unchanged,
    /// Its page is gone: spec and module are removed.
    Gone,
    /// Nothing of it was touched.
    Refused(Refusal),
}

impl UpdateReport {
    /// Whether nothing had to change and nothing was refused.
    pub fn is_up_to_date(&self) -> bool {
        self.files.is_empty() && self.apis.iter().all(|api| matches!(api.outcome, Outcome::Unchanged))
    }
}

impl Workspace {
    /// The repository in this folder.
    ///
    /// # Errors
    /// Where the folder holds no `spec/pages`.
    pub fn open(root: impl Into<PathBuf>) -> Result<Workspace, Error> {
        let root = root.into();
        match root.join(PAGES).is_dir() {
            true => Ok(Workspace { root }),
            false => Err(Error::NotARepository(root)),
        }
    }

    /// Reads the pages, makes specs and modules of them, and writes what differs from what is there, with the changelog's
    /// entries.
    ///
    /// A page that cannot be read or is degraded leaves everything of its API as it is, and the other APIs go on. Each file is written whole or not at all, the specs last. An update that ends on the way is completed by
    /// the next one.
    ///
    /// # Errors
    /// Where the repository itself is not in order, or another update is at work; no file has changed then. And where a file
    /// cannot be written: then the next update completes this one.
    pub fn update(&self, options: &Options) -> Result<UpdateReport, Error> {
        self.update_watched(options, &|| {})
    }

    /// The same, watched: `step` is called for each page that was read and for each module that was made, by any thread.
    ///
    /// # Errors
    /// As of [`Workspace::update`].
    pub fn update_watched(&self, options: &Options, step: &(dyn Fn() + Sync)) -> Result<UpdateReport, Error> {
        let files = Files::new(&self.root)?;
        let _lock = if options.check { Lock::share(&files)? } else { Lock::take(&files)? };
        let register = Register::load(&self.root.join(NAMES))?;
        let overrides = Overrides::load(&self.root.join(OVERRIDES))?;
        let allowances = Allowances::load(&self.root.join(ALLOWANCES))?;
        let specs = Specs::read(&files)?;
        let pages = Pages::read(&files, &options.pages, step)?;
        let mut choice = pages.choose(&specs.by_method, overrides);
        if let Some(text) = files.read(catalogue::FILE)? {
            choice.mark_unlisted(&Catalogue::parse(&String::from_utf8_lossy(&text))?);
        }
        choice.doubt(&specs.by_method, &options.accept);
        choice.lint(&specs.by_method, &allowances);
        if let Some(path) = specs.lost(|method| choice.apis.contains_key(method)) {
            return Err(Error::Spec(files.path(&path)));
        }
        if !specs.by_method.is_empty() && !files.path(NAMES).exists() {
            choice.diagnostics.push(Diagnostic {
                severity: Severity::Warning,
                name: "names-by-rules",
                place: Place { page: NAMES.to_owned(), ..Place::default() },
                message: "expected the names of the APIs that are there, found no such file".to_owned(),
                help: Some("all names follow from the rules; restore the file to keep the earlier ones".to_owned()),
            });
        }
        let mut plan = Plan::of(&specs, register, choice, options.pages.is_empty());
        plan.refuse_loss(&files, &options.accept)?;
        plan.emit(step);
        let (report, mut writes) = plan.compare(&files)?;
        if !options.check {
            writes.carry_out(&files)?;
        }
        Ok(report)
    }

    /// The modules of these APIs, with their features. An API that has none is left out.
    ///
    /// # Errors
    /// Where the names or the manifest of the crate cannot be read.
    pub fn bindings(&self, methods: &[String]) -> Result<Vec<Binding>, Error> {
        let files = Files::new(&self.root)?;
        let register = Register::load(&self.root.join(NAMES))?;
        let modules = register.modules(register.methods());
        let failed = |source| Error::Manifest { path: files.path(MANIFEST), source };
        let text = files.read_text(MANIFEST)?.ok_or(ManifestError::Missing).map_err(failed)?;
        let features = Features::of(modules.values(), &Manifest::parse(&text).map_err(failed)?.features());
        let found = methods.iter().filter_map(|method| {
            let module = modules.get(method)?;
            let path = format!("topsdk::{}", module.segments().map(raw).join("::"));
            let feature = features.gate(&module.first, &module.second);
            Some(Binding { method: method.clone(), module: path, feature })
        });
        Ok(found.collect())
    }

    /// How many pages there are, in all forms.
    ///
    /// # Errors
    /// Where the folder cannot be listed.
    pub fn page_count(&self) -> Result<usize, Error> {
        Ok(Files::new(&self.root)?.list(PAGES)?.files.len())
    }
}
