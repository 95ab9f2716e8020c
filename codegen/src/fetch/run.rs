//! One run: fetches page after page at a limited rate, until all are finished or the site blocks or cannot be reached.
//! Checks each page, and writes it unless it reads the same as the file on disk.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::time::Duration;
use std::{mem, thread};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use topsdk_spec::Layout;

use super::error::{FailureScope, FetchError};
use super::journal::{Journal, Line};
use super::site::Site;
use super::wanted::{Known, Wanted};
use super::{FetchOptions, FetchedPage, Outcome, REST_AFTER, Step};
use crate::read::{self, Reading};
use crate::update::degraded::lost_content;
use crate::update::files::Files;
use crate::update::pages::is_method;

/// The number of consecutive failures, each possibly affecting the whole site, after which the run ends.
const MAX_FAILURES: u32 = 3;

/// The wait after each further block in the same run.
const BLOCKED_AGAIN: Duration = Duration::from_secs(10 * 60);

/// A run. Each step is executed when the iterator is advanced.
pub struct Fetch {
    options: FetchOptions,
    known: Known,
    site: Site,
    /// The folder of the pages.
    files: Files,
    journal: Journal,
    left: VecDeque<Wanted>,
    /// How often the first page that is left has failed.
    retries: u32,
    /// A wait or a rest that was announced and not yet taken.
    pause: Duration,
    /// The number of documents requested since the last rest.
    asked: u32,
    /// The number under which each method was fetched in this run.
    fetched: BTreeMap<String, u64>,
    failures: u32,
    is_stopped: bool,
    /// Whether another run may be able to fetch more.
    is_unfinished: bool,
}

impl Fetch {
    /// Starts a run, or continues the same run after an interruption. Sends nothing yet.
    ///
    /// # Errors
    /// If the folder of pages or of the journal is missing or cannot be written.
    pub fn start(site: Site, mut wanted: Vec<Wanted>, known: &Known, folder: &Path) -> Result<Fetch, FetchError> {
        let options = site.options().clone();
        let mut seen = BTreeSet::new();
        wanted.retain(|page| seen.insert(page.id));
        let journal = match &options.journal {
            Some(journal) if wanted.len() > 1 && !options.check => {
                Journal::open(journal, &name(&wanted, &options, folder), options.restart)?
            }
            // Nothing to continue.
            _ => Journal::default(),
        };
        wanted.sort_by_key(|page| journal.failed.contains(&page.id));
        Ok(Fetch {
            site,
            files: Files::new(folder)?,
            options,
            known: known.clone(),
            journal,
            left: wanted.into(),
            retries: 0,
            pause: Duration::ZERO,
            asked: 0,
            fetched: BTreeMap::new(),
            failures: 0,
            is_stopped: false,
            is_unfinished: false,
        })
    }

    /// Returns the number of pages that are not finished yet.
    pub fn left(&self) -> usize {
        self.left.len()
    }

    /// Returns the number of pages that will be requested from the site: those left, except the ones that an interrupted
    /// run has fetched.
    pub fn pending(&self) -> usize {
        self.left.iter().filter(|page| !self.journal.done.contains_key(&page.id)).count()
    }

    /// Returns whether the run ended early, because the site blocks it or cannot be reached.
    pub fn is_stopped(&self) -> bool {
        self.is_stopped
    }

    /// Returns the page if it was fetched before an interruption.
    fn resumed(&mut self, wanted: &Wanted) -> Option<FetchedPage> {
        let (method, file) = self.journal.done.get(&wanted.id)?.clone();
        if wanted.method.as_ref().is_some_and(|expected| *expected != method) || !self.files.path(&file).is_file() {
            return None;
        }
        self.fetched.insert(method.clone(), wanted.id);
        Some(FetchedPage { id: wanted.id, method: Some(method), file: Some(file), outcome: Outcome::Resumed })
    }

    fn ask(&mut self, Wanted { id, method: expected }: &Wanted) -> Result<FetchedPage, FetchError> {
        let (bytes, reading) = self.site.page(*id)?;
        self.check(*id, expected.as_deref(), &reading)?;
        let method = reading.api.method.clone();
        let (bytes, reading) = with_number(*id, bytes, reading)?;
        let file = self.known.file(&method, self.options.form);
        let outcome = self.keep(&file, &bytes, &reading)?;
        self.fetched.insert(method.clone(), *id);
        self.journal.add(Line::Done(*id, method.clone(), file.clone()))?;
        self.failures = 0;
        Ok(FetchedPage { id: *id, method: Some(method), file: Some(file), outcome })
    }

    /// Refuses a page whose method or number does not match the expected one.
    fn check(&self, id: u64, expected: Option<&str>, reading: &Reading) -> Result<(), FetchError> {
        let found = &reading.api.method;
        let rejected = |problem| Err(FetchError::Rejected(format!("document {id} {problem}")));
        if !is_method(found) {
            return rejected(format!("has the method `{found}`, which is not a valid method name"));
        }
        if let Some(expected) = expected.filter(|expected| expected != found) {
            return rejected(format!(
                "belongs to `{found}`, expected `{expected}`; if the number now belongs to another API, remove the old page, run \
                 `topsdk update`, and fetch the number again"
            ));
        }
        let is_accepted = self.options.accept.contains(found);
        let numbers = [
            (self.known.id(found).filter(|_| !is_accepted), "the spec (a new number is taken with --accept)"),
            (reading.api.doc_id, "the document itself"),
            (self.fetched.get(found).copied(), "another response of this run"),
        ];
        match numbers.into_iter().find(|(known, _)| known.is_some_and(|known| known != id)) {
            Some((Some(known), by)) => rejected(format!(
                "belongs to `{found}`, which has number {known} according to {by}; nothing was written"
            )),
            _ => Ok(()),
        }
    }

    /// Writes the page unless it reads the same as the file on disk. Refuses to replace the page of another API, or a good
    /// page with a degraded one.
    fn keep(&self, file: &str, bytes: &[u8], new: &Reading) -> Result<Outcome, FetchError> {
        let (page, method, path) = (&new.api.source.page, &new.api.method, self.files.path(file));
        let old = self.files.read(file)?;
        if old.as_deref() == Some(bytes) {
            return Ok(Outcome::Unchanged);
        }
        // If the file on disk is not a page, nothing is lost.
        if let Some(bytes_before) = &old
            && let Ok(before) = read::page(page, bytes_before)
        {
            if before.api.method != *method {
                return Err(FetchError::Rejected(format!(
                    "{}: contains the page of `{}`; the page of `{method}` was not written",
                    path.display(),
                    before.api.method
                )));
            }
            let is_accepted = self.options.accept.contains(method);
            if let Some(lost) = lost_content(&before.api, &new.api).filter(|_| !is_accepted) {
                return Err(FetchError::Rejected(format!(
                    "{page}: has lost {lost}, which {} has; if the API really changed, accept it with `--accept {method}`",
                    path.display()
                )));
            }
            if says_the_same(&before, new) {
                return Ok(Outcome::Alike(differing(bytes_before, bytes)));
            }
        }
        if !self.options.check {
            self.files.write(file, bytes, false)?;
        }
        Ok(if old.is_some() { Outcome::Changed } else { Outcome::New })
    }

    /// Ends a page that could not be fetched, and perhaps the run.
    fn refuse(&mut self, Wanted { id, method }: Wanted, mut why: FetchError) -> FetchedPage {
        let scope = why.scope();
        self.failures = if scope == FailureScope::Page { 0 } else { self.failures + 1 };
        self.is_stopped = scope == FailureScope::Run
            || self.failures >= MAX_FAILURES
            // The site asks for a longer wait than allowed.
            || why.retry_after().is_some_and(|wait| wait > self.options.longest_wait);
        self.is_unfinished |= self.is_stopped || scope != FailureScope::Page;
        // A failure to write the journal is ignored: the page has failed for another reason.
        if let FetchError::Blocked(_, wait) = &mut why {
            drop(self.journal.add(Line::Blocked));
            *wait = if self.journal.blocks > 1 { (*wait).max(BLOCKED_AGAIN) } else { *wait };
        } else if scope != FailureScope::Page {
            drop(self.journal.add(Line::Failed(id)));
        }
        FetchedPage { id, method, file: None, outcome: Outcome::Refused(why) }
    }
}

impl Iterator for Fetch {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let Some(wanted) = self.left.front().filter(|_| !self.is_stopped).cloned() else {
            // The journal stays if repeating the run may fetch more.
            if !self.is_unfinished {
                self.journal.end();
            }
            return None;
        };
        if let Some(page) = self.resumed(&wanted) {
            self.left.pop_front();
            return Some(Step::Page(page));
        }
        if self.retries == 0 {
            if self.asked >= REST_AFTER && !self.options.rest().is_zero() {
                (self.asked, self.pause) = (0, self.options.rest());
                return Some(Step::Rest(self.pause));
            }
            self.asked += 1;
        }
        thread::sleep(mem::take(&mut self.pause));
        let page = match self.ask(&wanted) {
            Ok(page) => page,
            Err(why) => match self.options.retry(&why, self.retries) {
                Some(pause) => {
                    (self.retries, self.pause) = (self.retries + 1, pause);
                    return Some(Step::Wait { id: wanted.id, pause, why });
                }
                None => self.refuse(wanted, why),
            },
        };
        self.left.pop_front();
        self.retries = 0;
        Some(Step::Page(page))
    }
}

/// Returns a name that identifies this run: the pages, the site, and the folder.
fn name(wanted: &[Wanted], options: &FetchOptions, folder: &Path) -> String {
    let mut digest = Sha256::new();
    digest.update(format!("{} {:?} {}\n", options.base, options.form, folder.display()));
    match &options.selection {
        Some(selection) => digest.update(selection),
        None => wanted.iter().for_each(|page| digest.update(format!("{}\n", page.id))),
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Adds the number that a document was fetched by if it has none. Without it, the spec does not say where the page is, and
/// the page cannot be fetched again. Everything else stays as received.
fn with_number(id: u64, bytes: Vec<u8>, reading: Reading) -> Result<(Vec<u8>, Reading), FetchError> {
    if reading.api.doc_id.is_some() || reading.api.source.layout != Layout::Document {
        return Ok((bytes, reading));
    }
    let Some(at) = read::first_document_member(&bytes) else { return Ok((bytes, reading)) };
    let mut numbered = bytes[..at].to_vec();
    numbered.extend_from_slice(format!("\"id\":{id},").as_bytes());
    numbered.extend_from_slice(&bytes[at..]);
    let reading = read::page(&reading.api.source.page, &numbered)?;
    Ok((numbered, reading))
}

/// Returns whether two pages give the same spec and the same findings, apart from positions on the page.
fn says_the_same(old: &Reading, new: &Reading) -> bool {
    let said = |reading: &Reading| {
        let (mut api, mut findings) = (reading.api.clone(), reading.diagnostics.clone());
        api.source.sha256.clear();
        findings.iter_mut().for_each(|finding| finding.place.span = None);
        (api, findings)
    };
    said(old) == said(new)
}

/// Returns the members that differ between two documents, regardless of order and envelope. HTML pages have none.
fn differing(old: &[u8], new: &[u8]) -> Vec<String> {
    let members = |bytes: &[u8]| {
        let mut document: Map<String, Value> = serde_json::from_slice(bytes).unwrap_or_default();
        match document.remove("data") {
            Some(Value::Object(data)) => data,
            _ => document,
        }
    };
    let (old, new) = (members(old), members(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names.into_iter().filter(|name| old.get(*name) != new.get(*name)).cloned().collect()
}
