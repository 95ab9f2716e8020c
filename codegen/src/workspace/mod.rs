//! The repository: `spec/pages` -> `spec/apis` -> `generated/src/apis`, and what changed on the way.

mod files;
mod forms;
mod manifest;
mod pages;
mod register;
mod warm;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use topsdk_spec::Api;

use crate::check::FileError;
use crate::check::overrides::{Applied, Overrides};
use crate::diagnostic::Diagnostic;
use crate::emit::{self, Entry, Features, Samples, module_file, prefixes, roots};
use crate::names::{Held, Module, Names, modules};
use crate::read;
use files::Files;
use pages::{Choice, Pages};
pub use register::{Register, RegisterError};

/// Where the modules are, below the root.
const MODULES: &str = "generated/src/apis";
/// Where the specs are.
const SPECS: &str = "spec/apis";
/// Where the pages are.
const PAGES: &str = "spec/pages";
/// Where the overrides are.
const OVERRIDES: &str = "spec/overrides";
/// Names that more than one item of an API wished for.
const NAMES: &str = "spec/names.json";
/// The manifest with the features of the APIs.
const MANIFEST: &str = "generated/Cargo.toml";

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
}

/// What an update did, or would do.
#[derive(Debug, Default)]
pub struct Update {
    /// Every API, by method; those that were refused before they had a method, by page.
    pub apis: Vec<ApiUpdate>,
    /// Files of no single API that changed (modules of prefixes, the manifest's features, contested names), below the root.
    pub files: Vec<String>,
    /// What was found on the pages that were read.
    pub diagnostics: Vec<Diagnostic>,
    /// The overrides that were applied.
    pub overrides: Vec<Applied>,
    /// Nothing has changed since the last update, not one byte, so no page was read. This many diagnostics were given then.
    pub warm: Option<usize>,
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

/// Why nothing of an API was touched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The page cannot be read.
    #[error(transparent)]
    Page(#[from] read::Error),
    /// The file of the page cannot be read.
    #[error("{page}: the file cannot be read: {source}")]
    File {
        /// The page.
        page: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// An override does not fit the page.
    #[error(transparent)]
    Override(#[from] FileError),
    /// The page's method cannot be the name of a file.
    #[error(
        "{page}: `{method}` is not the name of an API: expected letters, digits, `.`, `-` and `_`, at most {} of them",
        pages::LONGEST_METHOD
    )]
    Method {
        /// The page.
        page: String,
        /// What stands where the method should.
        method: String,
    },
    /// Another page of the same API cannot be read, and it may be the one that counts.
    #[error("{page}: another form of the same API cannot be read, and it may hold what this one lacks")]
    OtherForm {
        /// The page that can be read.
        page: String,
    },
    /// The generated code is not Rust.
    #[error(transparent)]
    Emit(#[from] emit::Error),
}

/// Why nothing at all was done, or not all of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no `spec/pages`.
    #[error("{}: not a repository of topsdk: there is no folder `spec/pages`", root.display())]
    NotARepository {
        /// The folder.
        root: PathBuf,
    },
    /// `spec/pages` holds no page. Nothing is removed then: the folder is more likely to be lost than the platform.
    #[error("{}: there is no page in this folder", folder.display())]
    NoPages {
        /// The folder.
        folder: PathBuf,
    },
    /// A page that was named is not in the repository.
    #[error("{}: not a page in {}; copy it there first", page.display(), folder.display())]
    ForeignPage {
        /// The page.
        page: PathBuf,
        /// The folder of the pages.
        folder: PathBuf,
    },
    /// A mistake in the overrides.
    #[error(transparent)]
    Overrides(#[from] FileError),
    /// A mistake in the contested names.
    #[error(transparent)]
    Names(#[from] RegisterError),
    /// The manifest has no place for the features.
    #[error("{MANIFEST}: expected the lines `{}` and `{}` under `[features]`", manifest::START, manifest::END)]
    Manifest,
    /// A file would be written elsewhere, because a folder on its way is a link.
    #[error("{}: leads out of the repository; nothing is written there", path.display())]
    Outside {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{}: cannot be {doing}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read`, `written`, `removed` or `listed`.
        doing: &'static str,
        /// What the operating system says.
        source: std::io::Error,
    },
}

impl Update {
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
            false => Err(Error::NotARepository { root }),
        }
    }

    /// Reads the pages, makes specs and modules of them, and writes what differs from what is there.
    ///
    /// A page that cannot be read leaves everything of its API as it is, and the other APIs go on. Each file is written whole or
    /// not at all.
    ///
    /// # Errors
    /// Where the repository itself is not in order, or a file cannot be written. Files written before stay.
    pub fn update(&self, options: &Options) -> Result<Update, Error> {
        let files = Files::new(&self.root)?;
        if options.pages.is_empty()
            && let Some(update) = warm::recall(&files)?
        {
            return Ok(update);
        }
        let register = Register::load(&self.root.join(NAMES))?;
        let overrides = Overrides::load(&self.root.join(OVERRIDES))?;
        let specs = specs(&files)?;
        let pages = Pages::read(&files, &options.pages)?;
        let chosen = pages.choose(&specs, overrides);
        let mut plan = Plan::of(&specs, &register, chosen, options.pages.is_empty());
        plan.emit();
        let update = plan.carry_out(&files, options.check)?;
        if options.pages.is_empty() && !options.check {
            warm::remember(&files, &update)?;
        }
        Ok(update)
    }
}

/// The specs on disk, by method. One that cannot be read is as good as none: its page says it again.
fn specs(files: &Files) -> Result<BTreeMap<String, Api>, Error> {
    let paths: Vec<String> = files.list(SPECS)?.into_iter().filter(|path| path.ends_with(".json")).collect();
    let specs: Vec<Option<Api>> = paths
        .par_iter()
        .map(|path| {
            Ok(files
                .read_text(path)?
                .and_then(|text| Api::from_json(&text).ok())
                .filter(|api| spec_file(&api.method) == *path))
        })
        .collect::<Result<_, Error>>()?;
    Ok(specs.into_iter().flatten().map(|api| (api.method.clone(), api)).collect())
}

fn spec_file(method: &str) -> String {
    format!("{SPECS}/{method}.json")
}

/// What the repository should hold.
struct Plan<'a> {
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
    fn of(specs: &'a BTreeMap<String, Api>, register: &Register, choice: Choice, is_all: bool) -> Plan<'a> {
        let refused: BTreeSet<&str> = choice.refused.iter().map(|refused| refused.method.as_str()).collect();
        let is_gone =
            |method: &String| is_all && !choice.apis.contains_key(method) && !refused.contains(method.as_str());
        let kept = register.modules(specs.keys().map(String::as_str));
        let file = |method: &String| kept.get(method).map(|module| format!("{MODULES}/{}", module_file(module)));
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
    fn emit(&mut self) {
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

    fn carry_out(self, files: &Files, check: bool) -> Result<Update, Error> {
        let title = |method: &String| match self.choice.apis.get(method) {
            Some((_, api)) => api.title.as_str(),
            None => self.specs.get(method).map_or("", |api| api.title.as_str()),
        };
        let entries: Vec<Entry<'_>> =
            self.modules.iter().map(|(method, module)| Entry { method, title: title(method), module }).collect();
        let features = Features::of(entries.iter().map(|entry| entry.module));
        let mut shared: Vec<(String, String)> = prefixes(&entries, Some(&features))
            .into_iter()
            .map(|file| (format!("{MODULES}/{}", file.path), file.text))
            .collect();
        shared.push((
            format!("{MODULES}/mod.rs"),
            format!("// @generated by topsdk. Do not edit.\n\n{}", roots(&entries)),
        ));
        let manifest = files.read_text(MANIFEST)?.unwrap_or_default();
        shared.push((MANIFEST.to_owned(), manifest::with_features(&manifest, &features).ok_or(Error::Manifest)?));
        let mut update = Update::default();
        let writer = files.writer(check);
        let written = self.choice.apis.par_iter().map(|(method, (page, api))| {
            let Some((module, text)) = self.modules.get(method).zip(self.texts.get(method)) else { return Ok(None) };
            let module = (format!("{MODULES}/{}", module_file(module)), text.clone());
            let written = writer.write_all(vec![module, (spec_file(method), api.to_json())])?;
            let before = self.specs.get(method);
            let outcome = match before {
                None => Outcome::New,
                Some(_) if written.is_empty() => Outcome::Unchanged,
                Some(_) => Outcome::Changed,
            };
            Ok(Some(ApiUpdate {
                method: method.clone(),
                page: page.clone(),
                outcome,
                files: written,
                before: before.cloned().map(Box::new),
                after: Some(Box::new(api.clone())),
            }))
        });
        update.apis = written.collect::<Result<Vec<_>, Error>>()?.into_iter().flatten().collect();

        let expected: BTreeSet<String> = shared.iter().map(|(path, _)| path.clone()).collect();
        update.files = writer.write_all(shared)?;
        update.files.extend(writer.write_or_remove(NAMES, self.register.to_json())?);

        // What is left of vanished APIs, and modules that no API has.
        let mut gone: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for method in self.gone.keys() {
            gone.entry(method).or_default().extend(writer.remove(&spec_file(method))?);
        }
        let owned: BTreeSet<String> =
            self.modules.values().map(|module| format!("{MODULES}/{}", module_file(module))).collect();
        for path in files.list(MODULES)? {
            if owned.contains(&path) || expected.contains(&path) || !files.is_generated(&path)? {
                continue;
            }
            let removed = writer.remove(&path)?;
            match self.gone.iter().find(|(_, module)| **module == path) {
                Some((method, _)) => gone.entry(method).or_default().extend(removed),
                None => update.files.extend(removed),
            }
        }
        for (method, files) in gone {
            let before = self.specs.get(method);
            update.apis.push(ApiUpdate {
                method: method.to_owned(),
                page: before.map_or_else(String::new, |api| api.source.page.clone()),
                outcome: Outcome::Gone,
                files,
                before: before.cloned().map(Box::new),
                after: None,
            });
        }
        for pages::Refused { method, page, refusal } in self.choice.refused {
            let outcome = Outcome::Refused(refusal);
            update.apis.push(ApiUpdate { method, page, outcome, files: Vec::new(), before: None, after: None });
        }
        update.apis.sort_by(|one, other| one.method.cmp(&other.method));
        update.files.sort();
        update.diagnostics = self.choice.diagnostics;
        update.overrides = self.choice.overrides;
        Ok(update)
    }
}

/// A path below the root as the system writes it.
fn native(root: &Path, path: &str) -> PathBuf {
    path.split('/').fold(root.to_owned(), |folder, name| folder.join(name))
}
