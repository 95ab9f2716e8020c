//! Reads pages, and chooses the one spec of each API: the richest of several forms, unless it must not replace the stored spec.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use rayon::iter::Either;
use rayon::prelude::*;
use topsdk_spec::Api;

use super::degraded::lost_content;
use super::error::LONGEST_METHOD;
use super::files::{Files, Listing, Skipped};
use super::{PAGES, Refusal, UpdateError, form_differences};
use crate::check;
use crate::check::lint::allow::Allowances;
use crate::check::overrides::Overrides;
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::names::Module;
use crate::read::{self, Reading};

/// The path of a page, and the name that its spec records.
type PageFile = (PathBuf, String);

/// One spec per API, and the pages that were refused.
#[derive(Default)]
pub(crate) struct ChosenPages {
    /// By method: the page that takes precedence, and its spec with the overrides applied.
    pub(crate) apis: BTreeMap<String, (String, Api)>,
    pub(crate) refused: Vec<Refused>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) overrides: Vec<String>,
}

/// An API that is left unchanged.
pub(crate) struct Refused {
    /// The method; the name of the page if no spec is known to come from it.
    pub(crate) method: String,
    pub(crate) page: String,
    pub(crate) refusal: Refusal,
}

/// A page that was read.
struct PageForm {
    page: String,
    api: Api,
    diagnostics: Vec<Diagnostic>,
}

impl ChosenPages {
    /// Reads these pages. Chooses the richest form of each API, and reports where the other forms differ from it. Allowed
    /// findings are removed.
    pub(crate) fn read(
        pages: Vec<PageFile>,
        specs: &BTreeMap<String, Api>,
        overrides: &Overrides,
        allowances: &Allowances,
        step: &(dyn Fn() + Sync),
    ) -> ChosenPages {
        let read = pages.into_par_iter().partition_map(|(path, page)| {
            let form = read_one(&path, &page);
            step();
            form.map_or_else(|refusal| Either::Right((page, refusal)), Either::Left)
        });
        let (forms, unreadable): (Vec<PageForm>, Vec<(String, Refusal)>) = read;
        // The API of an unreadable page is the one whose spec came from it, or whose other forms have the same stem.
        let method_of = |page: &str| {
            let from_page = || specs.values().find(|api| api.source.page == page);
            let of_stem =
                || forms.iter().map(|form| (&form.page, &form.api)).find(|(other, _)| stem(other) == stem(page));
            let api = from_page().or_else(|| of_stem().map(|(_, api)| api)).or_else(|| specs.get(stem(page)));
            api.map_or(page, |api| &api.method).to_owned()
        };
        let unreadable =
            unreadable.into_iter().map(|(page, refusal)| Refused { method: method_of(&page), page, refusal });
        let unreadable: Vec<Refused> = unreadable.collect();
        let mut by_method: BTreeMap<String, Vec<PageForm>> = BTreeMap::new();
        for form in forms {
            by_method.entry(form.api.method.clone()).or_default().push(form);
        }

        let mut choice = ChosenPages::default();
        for Refused { method, .. } in &unreadable {
            let others = by_method.remove(method).unwrap_or_default().into_iter();
            choice.refused.extend(others.map(|PageForm { page, .. }| {
                let refusal = Refusal::OtherForm(page.clone());
                Refused { method: method.clone(), page, refusal }
            }));
        }
        choice.refused.extend(unreadable);
        for (method, mut forms) in by_method {
            forms.sort_by_cached_key(|form| (Reverse(form.api.source.layout), form.page.clone()));
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
        let unknown = overrides.unknown_methods(is_known).into_iter().map(|error| {
            let place = Place { page: error.file.clone(), row: Some(error.line), ..Place::default() };
            warning("override-of-no-page", place, error.problem, "remove the file, or correct its method")
        });
        choice.diagnostics.extend(unknown);
        choice
    }

    /// Reports the files and folders among the pages that were not read. They say nothing about their APIs, not even that
    /// these are gone, so the APIs are refused.
    pub(super) fn skip(&mut self, skipped: Vec<Skipped>, specs: &BTreeMap<String, Api>) {
        const HELP: &str =
            "replace it with a regular file that has an ordinary name, or move it out of the folder of pages";
        let found = skipped.iter().map(|(path, reason)| {
            let place = Place { page: path.clone(), ..Place::default() };
            warning("skipped-file", place, format!("skipped, because {reason}"), HELP)
        });
        self.diagnostics.splice(..0, found);
        for (path, reason) in skipped {
            let is_below =
                |page: &str| page.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            let lost = specs.values().filter(|api| is_below(&api.source.page) && !self.apis.contains_key(&api.method));
            self.refused.extend(lost.map(|api| {
                let refusal = Refusal::Skipped(path.clone(), reason);
                Refused { method: api.method.clone(), page: path.clone(), refusal }
            }));
        }
    }

    /// Refuses pages that can be read but must not replace a good spec: degraded pages, and pages that now describe another
    /// API. `accept` lists the methods that the user has accepted.
    pub(super) fn refuse_degraded(&mut self, specs: &BTreeMap<String, Api>, accept: &[String]) {
        let by_page: BTreeMap<&str, &Api> = specs.values().map(|api| (api.source.page.as_str(), api)).collect();
        let mut owners: HashMap<String, &str> = HashMap::new();
        for method in specs.keys().chain(self.apis.keys()) {
            owners.entry(method.to_ascii_lowercase()).or_insert(method);
        }
        // Whether an API was read from a page of at least as rich a layout as before.
        let has =
            |spec: &Api| self.apis.get(&spec.method).is_some_and(|(_, api)| api.source.layout >= spec.source.layout);
        let mut refused: Vec<(String, Refused)> = Vec::new();
        for (method, (page, api)) in &self.apis {
            let from_page = by_page.get(page.as_str()).copied();
            // A page whose method has changed case is handled below as the page of another API.
            let is_other = |other: &&str| other != method && from_page.is_none_or(|spec| spec.method != *other);
            let other = owners.get(&method.to_ascii_lowercase()).copied().filter(is_other);
            let (of, refusal) = match (other, specs.get(method), from_page) {
                (Some(other), ..) => (method, Refusal::SameInAnyCase(page.clone(), method.clone(), other.to_owned())),
                (_, Some(spec), _) if !accept.contains(method) => match lost_content(spec, api) {
                    Some(lost) => (method, Refusal::Lost(page.clone(), method.clone(), lost)),
                    None => continue,
                },
                (_, None, Some(spec)) if !accept.contains(&spec.method) && !has(spec) => {
                    (&spec.method, Refusal::OtherMethod(page.clone(), spec.method.clone(), method.clone()))
                }
                _ => continue,
            };
            refused.push((method.clone(), Refused { method: of.clone(), page: page.clone(), refusal }));
        }
        for (method, refused) in refused {
            // The API may have been removed already, because its own page now describes another API.
            if self.apis.remove(&method).is_some() {
                // A poorer form of the page that described this API may still exist.
                self.apis.remove(&refused.method);
                if self.refused.iter().all(|other| other.method != refused.method) {
                    self.refused.push(refused);
                }
            }
        }
    }

    /// Lints the specs that are new or have changed: findings of the others have been reported before.
    pub(super) fn lint(&mut self, specs: &BTreeMap<String, Api>, allowances: &Allowances) {
        let changed = self.apis.par_iter().filter(|(method, (_, api))| specs.get(*method) != Some(api));
        let found = changed.map(|(method, (_, api))| allowances.filter(method, check::lint(api, None)));
        self.diagnostics.extend(found.collect::<Vec<_>>().into_iter().flatten());
    }
}

/// Returns the pages of a repository, or only the `named` ones with their other forms, and the files and
/// folders that are not read.
pub(super) fn list(files: &Files, named: &[PathBuf]) -> Result<(Vec<PageFile>, Vec<Skipped>), UpdateError> {
    let folder = Files::new(&files.path(PAGES))?;
    let Listing { files: mut pages, mut skipped } = folder.list("")?;
    if pages.is_empty() {
        return Err(UpdateError::NoPages(files.path(PAGES)));
    }
    if !named.is_empty() {
        let wanted = named.iter().map(|named| {
            let real = named.canonicalize().ok();
            let below = real.as_deref().and_then(|real| real.strip_prefix(&folder.real).ok());
            let page = pages.iter().find(|page| below == Some(Path::new(page)));
            page.map(|page| stem(page).to_owned())
                .ok_or_else(|| UpdateError::ForeignPage(named.clone(), files.path(PAGES)))
        });
        let wanted = wanted.collect::<Result<BTreeSet<String>, _>>()?;
        pages.retain(|page| wanted.contains(stem(page)));
        skipped.clear();
    }
    Ok((pages.into_iter().map(|page| (folder.path(&page), page)).collect(), skipped))
}

fn read_one(path: &Path, page: &str) -> Result<PageForm, Refusal> {
    let bytes = std::fs::read(path).map_err(|error| Refusal::File(page.to_owned(), error))?;
    let Reading { api, diagnostics, .. } = read::page(page, &bytes)?;
    match is_method(&api.method) {
        true => Ok(PageForm { page: page.to_owned(), api, diagnostics }),
        false => Err(Refusal::Method(page.to_owned(), api.method)),
    }
}

pub(super) fn warning(name: &'static str, place: Place, message: String, help: &str) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, name, place, message, help: Some(help.to_owned()) }
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
