//! Reads the pages of the repository, and chooses which of several forms of a page takes precedence.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use topsdk_spec::Api;

use super::degraded::lost_content;
use super::error::LONGEST_METHOD;
use super::files::{Files, Skipped};
use super::{PAGES, Refusal, UpdateError, form_differences};
use crate::catalogue::Catalogue;
use crate::check;
use crate::check::lint::allow::Allowances;
use crate::check::overrides::Overrides;
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::names::Module;
use crate::read::{self, Reading};

/// All pages, each either read or refused.
pub(crate) struct Pages {
    read: Vec<(String, Result<PageForm, Refusal>)>,
    skipped: Vec<Skipped>,
}

/// A page that was read.
struct PageForm {
    page: String,
    api: Api,
    diagnostics: Vec<Diagnostic>,
}

/// One spec per API, and the pages that were refused.
#[derive(Default)]
pub(crate) struct ChosenPages {
    /// By method: the page that takes precedence, and its spec with the overrides applied.
    pub(crate) apis: BTreeMap<String, (String, Api)>,
    pub(crate) refused: Vec<Refused>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) overrides: Vec<String>,
    skipped: Vec<Skipped>,
}

/// An API that is left unchanged.
pub(crate) struct Refused {
    /// The method; the name of the page if no spec is known to come from it.
    pub(crate) method: String,
    pub(crate) page: String,
    pub(crate) refusal: Refusal,
}

impl ChosenPages {
    /// Refuses pages that can be read but must not replace a good spec: degraded pages, and pages that now describe another
    /// API. `accept` lists the methods that the user has accepted.
    pub(super) fn refuse_degraded(&mut self, specs: &BTreeMap<String, Api>, accept: &[String]) {
        let mut refusals: Vec<(String, Refusal)> = Vec::new();
        let by_page: BTreeMap<&str, &Api> = specs.values().map(|api| (api.source.page.as_str(), api)).collect();
        let accepts = |method: &String| accept.contains(method);
        let mut owners: HashMap<String, &str> = HashMap::new();
        for method in specs.keys().chain(self.apis.keys()) {
            owners.entry(method.to_ascii_lowercase()).or_insert(method);
        }
        for (method, (page, api)) in &self.apis {
            let from_page = by_page.get(page.as_str());
            // A page whose method has changed case is handled below as the page of another API.
            let is_other = |other: &&&str| *other != method && from_page.is_none_or(|spec| spec.method != **other);
            let other = owners.get(&method.to_ascii_lowercase()).filter(is_other).map(|other| (*other).to_owned());
            let (page, method) = (page.clone(), method.clone());
            let refusal = match (other, specs.get(&method), from_page) {
                (Some(other), ..) => Some(Refusal::SameInAnyCase { page, method: method.clone(), other }),
                (_, Some(spec), _) if !accepts(&method) => {
                    lost_content(spec, api).map(|what| Refusal::Lost { page, method: method.clone(), what })
                }
                (_, None, Some(spec)) if !accepts(&spec.method) && !self.has(spec) => {
                    Some(Refusal::OtherMethod { page, was: spec.method.clone(), is: method.clone() })
                }
                _ => None,
            };
            refusals.extend(refusal.map(|refusal| (method, refusal)));
        }
        for (method, refusal) in refusals {
            self.refuse(&method, refusal);
        }
        // A page that exists but is not read says nothing about its API, not even that it is gone.
        for Skipped { path, reason } in &self.skipped {
            let lost =
                specs.values().filter(|api| is_page(&api.source.page, path) && !self.apis.contains_key(&api.method));
            self.refused.extend(lost.map(|api| {
                let refusal = Refusal::Skipped(path.clone(), reason);
                Refused { method: api.method.clone(), page: path.clone(), refusal }
            }));
        }
    }

    /// Marks the APIs that the stored catalogue does not list.
    pub(super) fn mark_unlisted(&mut self, catalogue: &Catalogue) {
        for (method, (_, api)) in &mut self.apis {
            api.unlisted = catalogue.find(method).is_none();
        }
    }

    /// Lints the specs that are new or have changed: findings of the others have been reported before.
    pub(super) fn lint(&mut self, specs: &BTreeMap<String, Api>, allowances: &Allowances) {
        let changed = self.apis.par_iter().filter(|(method, (_, api))| specs.get(*method) != Some(api));
        let found = changed.map(|(method, (_, api))| allowances.filter(method, check::lint(api, None)));
        self.diagnostics.extend(found.collect::<Vec<_>>().into_iter().flatten());
    }

    /// Returns whether the API of a spec was read from a page of at least as rich a layout as before.
    fn has(&self, spec: &Api) -> bool {
        self.apis.get(&spec.method).is_some_and(|(_, api)| api.source.layout >= spec.source.layout)
    }

    /// Removes an API from those that were read, and refuses it. If its page described another API before, the refusal is
    /// recorded for that API, whose spec came from the page.
    pub(crate) fn refuse(&mut self, method: &str, refusal: Refusal) {
        // The API may have been removed already, if its page described another API before.
        let Some((page, _)) = self.apis.remove(method) else { return };
        let method = match &refusal {
            Refusal::OtherMethod { was, .. } => {
                // A poorer form of its page may still exist.
                self.apis.remove(was);
                was.clone()
            }
            _ => method.to_owned(),
        };
        if !self.refused.iter().any(|refused| refused.method == method) {
            self.refused.push(Refused { method, page, refusal });
        }
    }
}

impl Pages {
    /// Reads all pages, or only the given ones with their other forms.
    pub(super) fn read(files: &Files, named: &[PathBuf], step: &(dyn Fn() + Sync)) -> Result<Pages, UpdateError> {
        let folder = files.path(PAGES);
        let listing = files.list(PAGES)?;
        let below = |path: &str| path.strip_prefix(PAGES).map(|path| path.trim_start_matches('/').to_owned());
        let mut pages: Vec<String> = listing.files.iter().filter_map(|path| below(path)).collect();
        if pages.is_empty() {
            return Err(UpdateError::NoPages(folder));
        }
        let mut skipped = listing.skipped;
        if !named.is_empty() {
            let wanted = named
                .iter()
                .map(|page| found(page, &folder, &pages))
                .collect::<Result<BTreeSet<String>, UpdateError>>()?;
            pages.retain(|page| wanted.contains(stem(page)));
            skipped.clear();
        }
        let paths = pages.into_iter().map(|page| (files.path(&format!("{PAGES}/{page}")), page)).collect();
        let below = |Skipped { path, reason }| Some(Skipped { path: below(&path)?, reason });
        Ok(Pages { skipped: skipped.into_iter().filter_map(below).collect(), ..Pages::read_files(paths, step) })
    }

    /// Reads these files. Each comes with the page name that its spec records.
    pub(crate) fn read_files(pages: Vec<(PathBuf, String)>, step: &(dyn Fn() + Sync)) -> Pages {
        let read = pages.into_par_iter().map(|(path, page)| {
            let reading = read_one(&path, &page);
            step();
            (page, reading)
        });
        Pages { read: read.collect(), skipped: Vec::new() }
    }

    /// Chooses the richest form of each API, and reports where the other forms differ from it. Allowed findings are removed.
    pub(crate) fn choose(
        self,
        specs: &BTreeMap<String, Api>,
        overrides: Overrides,
        allowances: &Allowances,
    ) -> ChosenPages {
        let mut choice = ChosenPages { skipped: self.skipped, ..ChosenPages::default() };
        choice.diagnostics.extend(choice.skipped.iter().map(skipped));
        let mut by_method: BTreeMap<String, Vec<PageForm>> = BTreeMap::new();
        let mut broken = Vec::new();
        for (page, result) in self.read {
            match result {
                Ok(form) => by_method.entry(form.api.method.clone()).or_default().push(form),
                Err(refusal) => broken.push((page, refusal)),
            }
        }
        for (page, refusal) in broken {
            // The API of an unreadable page is the one whose spec came from it, or whose other forms have the same stem.
            let from_page = specs.values().find(|api| api.source.page == page);
            let of_name = by_method.iter().find(|(_, forms)| forms.iter().any(|form| stem(&form.page) == stem(&page)));
            let method = from_page.map(|api| &api.method).or(of_name.map(|(method, _)| method)).cloned();
            let method = method.or_else(|| specs.contains_key(stem(&page)).then(|| stem(&page).to_owned()));
            let others = method.as_ref().and_then(|method| by_method.remove(method)).unwrap_or_default();
            let method = method.unwrap_or_else(|| page.clone());
            for PageForm { page, .. } in others {
                let refusal = Refusal::OtherForm(page.clone());
                choice.refused.push(Refused { method: method.clone(), page, refusal });
            }
            choice.refused.push(Refused { method, page, refusal });
        }
        for (method, mut forms) in by_method {
            forms.sort_by(|one, other| {
                let richer = other.api.source.layout.cmp(&one.api.source.layout);
                richer.then_with(|| one.page.cmp(&other.page))
            });
            let mut forms = forms.into_iter();
            let Some(PageForm { page, mut api, mut diagnostics }) = forms.next() else { continue };
            for other in forms {
                diagnostics.extend(other.diagnostics);
                diagnostics.extend(form_differences::differences(&api, &other.api));
            }
            choice.diagnostics.extend(allowances.filter(&method, diagnostics));
            match overrides.apply(&mut api) {
                Ok(applied) => {
                    choice.overrides.extend(applied);
                    choice.apis.insert(method, (page, api));
                }
                Err(error) => choice.refused.push(Refused { method, page, refusal: error.into() }),
            }
        }
        let is_known = |method: &str| {
            choice.apis.contains_key(method)
                || specs.contains_key(method)
                || choice.refused.iter().any(|refused| refused.method == method)
        };
        for error in overrides.unknown_methods(is_known) {
            choice.diagnostics.push(Diagnostic {
                severity: Severity::Warning,
                name: "override-of-no-page",
                place: Place { page: error.file.clone(), row: Some(error.line), ..Place::default() },
                message: error.problem,
                help: Some("remove the file, or correct its method".to_owned()),
            });
        }
        choice
    }
}

fn read_one(path: &Path, page: &str) -> Result<PageForm, Refusal> {
    let bytes = std::fs::read(path).map_err(|error| Refusal::File(page.to_owned(), error))?;
    let Reading { api, diagnostics, .. } = read::page(page, &bytes)?;
    match is_method(&api.method) {
        true => Ok(PageForm { page: page.to_owned(), api, diagnostics }),
        false => Err(Refusal::Method { page: page.to_owned(), method: api.method }),
    }
}

/// Returns the finding that a file or folder among the pages is skipped.
fn skipped(Skipped { path, reason }: &Skipped) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        name: "skipped-file",
        place: Place { page: path.clone(), ..Place::default() },
        message: format!("skipped, because {reason}"),
        help: Some(
            "replace it with a regular file that has an ordinary name, or move it out of the folder of pages"
                .to_owned(),
        ),
    }
}

/// Returns whether a page is the file at this path, or is below it.
fn is_page(page: &str, path: &str) -> bool {
    page.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns whether a method can be the file name of a spec and of a module, on every file system.
pub(crate) fn is_method(method: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    method.starts_with(|first: char| first.is_ascii_alphanumeric())
        && !method.ends_with('.')
        && !method.contains("..")
        && method.chars().all(is_letter)
        && method.len() <= LONGEST_METHOD
        && Module::of(method).segments().iter().all(|segment| segment.len() < 240)
}

/// Returns the file name of a page without its extension. All forms of a page share it.
fn stem(page: &str) -> &str {
    let name = page.rsplit('/').next().unwrap_or(page);
    match name.rsplit_once('.') {
        Some((stem, "html" | "htm" | "txt" | "text" | "json" | "md")) => stem,
        _ => name,
    }
}

/// Returns the stem of a page given by path.
fn found(page: &Path, folder: &Path, pages: &[String]) -> Result<String, UpdateError> {
    let foreign = || UpdateError::ForeignPage { page: page.to_owned(), folder: folder.to_owned() };
    let (real, folder) = page.canonicalize().ok().zip(folder.canonicalize().ok()).ok_or_else(foreign)?;
    let below = real.strip_prefix(&folder).map_err(|_| foreign())?;
    let name = below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    pages.iter().find(|page| **page == name).map(|page| stem(page).to_owned()).ok_or_else(foreign)
}
