//! One run: fetches page after page at a limited rate, until all are finished or the site blocks or cannot be reached.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};
use topsdk_spec::Layout;

use super::error::{FailureScope, FetchError};
use super::journal::Journal;
use super::site::Site;
use super::store::Store;
use super::wanted::{Known, Wanted, distinct};
use super::{FetchOptions, FetchedPage, Outcome, REST_AFTER, Step};
use crate::read::{self, Reading};
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
    store: Store,
    journal: Option<Journal>,
    left: VecDeque<Wanted>,
    current: Option<Current>,
    /// The number of documents requested since the last rest.
    asked: u32,
    /// A rest that was announced and not yet taken.
    rest: Duration,
    /// The number under which each method was fetched in this run.
    fetched: BTreeMap<String, u64>,
    failures: u32,
    stopped: bool,
    /// Whether a page failed that another run may be able to fetch.
    is_unfinished: bool,
}

/// The page that is being requested.
struct Current {
    wanted: Wanted,
    retries: u32,
    /// Whether the session was already renewed for this page.
    renewed: bool,
    wait: Duration,
}

impl Fetch {
    /// Starts a run, or continues the same run after an interruption. Sends nothing yet.
    ///
    /// # Errors
    /// If the folder of pages or of the journal is missing or cannot be written.
    pub fn start(site: Site, wanted: Vec<Wanted>, known: &Known, folder: &Path) -> Result<Fetch, FetchError> {
        let options = site.options().clone();
        let mut wanted = distinct(wanted);
        let journal = match &options.journal {
            // Nothing to continue.
            Some(_) if wanted.len() < 2 || options.check => None,
            Some(journal) => Some(Journal::open(journal, &name(&wanted, &options, folder), options.restart)?),
            None => None,
        };
        if let Some(journal) = &journal {
            wanted.sort_by_key(|page| journal.has_failed(page.id));
        }
        Ok(Fetch {
            site,
            store: Store::open(folder, &options)?,
            options,
            known: known.clone(),
            journal,
            left: wanted.into(),
            current: None,
            asked: 0,
            rest: Duration::ZERO,
            fetched: BTreeMap::new(),
            failures: 0,
            stopped: false,
            is_unfinished: false,
        })
    }

    /// Returns the number of pages that have not been requested yet.
    pub fn left(&self) -> usize {
        self.left.len()
    }

    /// Returns the number of pages that will be requested from the site: those left, except the ones that an interrupted
    /// run has fetched.
    pub fn pending(&self) -> usize {
        let is_done = |page: &&Wanted| self.journal.as_ref().is_some_and(|journal| journal.find(page.id).is_some());
        self.left.len() - self.left.iter().filter(is_done).count()
    }

    /// Returns whether the run ended early, because the site blocks it or cannot be reached.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Returns the page if it was fetched before an interruption.
    fn resumed(&mut self, wanted: &Wanted) -> Option<FetchedPage> {
        let (method, file) = self.journal.as_ref()?.find(wanted.id)?.clone();
        if wanted.method.as_ref().is_some_and(|expected| *expected != method) || !self.store.path(&file).is_file() {
            return None;
        }
        self.fetched.insert(method.clone(), wanted.id);
        Some(FetchedPage { id: wanted.id, method: Some(method), file: Some(file), outcome: Outcome::Resumed })
    }

    fn ask(&mut self, current: &mut Current) -> Result<FetchedPage, FetchError> {
        let Wanted { id, method: expected } = &current.wanted;
        let (bytes, reading) = self.site.page(*id, &mut current.renewed)?;
        self.check(*id, expected.as_deref(), &reading)?;
        let method = reading.api.method.clone();
        let (bytes, reading) = with_number(*id, bytes, reading)?;
        let file = self.known.file(&method, self.options.form);
        let outcome = self.store.keep(&file, &bytes, &reading)?;
        self.fetched.insert(method.clone(), *id);
        if let Some(journal) = &mut self.journal {
            journal.add(*id, &method, &file)?;
        }
        Ok(FetchedPage { id: *id, method: Some(method), file: Some(file), outcome })
    }

    /// Refuses a page whose method or number does not match the expected one.
    fn check(&self, id: u64, expected: Option<&str>, reading: &Reading) -> Result<(), FetchError> {
        let method = reading.api.method.clone();
        if !is_method(&method) {
            return Err(FetchError::Method { id, method });
        }
        if let Some(expected) = expected.filter(|expected| *expected != method) {
            return Err(FetchError::OtherMethod { id, expected: expected.to_owned(), found: method });
        }
        let is_accepted = self.options.accept.contains(&method);
        let numbers = [
            (self.known.id(&method).filter(|_| !is_accepted), "the spec (a new number is taken with --accept)"),
            (reading.api.doc_id, "the document itself"),
            (self.fetched.get(&method).copied(), "another response of this run"),
        ];
        match numbers.into_iter().find(|(known, _)| known.is_some_and(|known| known != id)) {
            Some((Some(known), by)) => Err(FetchError::OtherNumber { id, method, known, by }),
            _ => Ok(()),
        }
    }

    /// Handles a failure: schedules a retry, or ends the page and perhaps the run.
    fn after(&mut self, mut current: Current, mut why: FetchError) -> Step {
        let id = current.wanted.id;
        if let Some(pause) = self.options.retry(&why, current.retries) {
            current.retries += 1;
            current.wait = pause;
            self.current = Some(current);
            return Step::Wait { id, pause, why };
        }
        // The site asks for a longer wait than allowed: end the run.
        self.stopped |= why.retry_after().is_some_and(|wait| wait > self.options.longest_wait);
        self.failures = if why.scope() == FailureScope::Page { 0 } else { self.failures + 1 };
        self.stopped |= why.scope() == FailureScope::Run || self.failures >= MAX_FAILURES;
        self.is_unfinished |= why.scope() != FailureScope::Page;
        // A failure to write the journal is ignored: the page has failed for another reason.
        match (&mut why, &mut self.journal) {
            (FetchError::Blocked { wait, .. }, journal) => {
                let blocks = journal.as_mut().and_then(|journal| journal.block().ok()).unwrap_or(1);
                *wait = if blocks > 1 { (*wait).max(BLOCKED_AGAIN) } else { *wait };
            }
            (why, Some(journal)) if why.scope() != FailureScope::Page => drop(journal.fail(id)),
            _ => {}
        }
        Step::Page(FetchedPage { id, method: current.wanted.method, file: None, outcome: Outcome::Refused(why) })
    }

    /// Removes the journal if repeating the run would fetch nothing more.
    fn end(&mut self) {
        let is_over = self.left.is_empty() && !self.stopped && !self.is_unfinished;
        if let Some(journal) = self.journal.take_if(|_| is_over) {
            journal.end();
        }
    }
}

impl Iterator for Fetch {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let mut current = match self.current.take() {
            Some(current) => current,
            None if self.stopped => return None,
            None => {
                let Some(wanted) = self.left.pop_front() else {
                    self.end();
                    return None;
                };
                if let Some(page) = self.resumed(&wanted) {
                    return Some(Step::Page(page));
                }
                if self.asked >= REST_AFTER && !self.options.rest().is_zero() {
                    (self.asked, self.rest) = (0, self.options.rest());
                    self.left.push_front(wanted);
                    return Some(Step::Rest { pause: self.rest });
                }
                self.asked += 1;
                Current { wanted, retries: 0, renewed: false, wait: Duration::ZERO }
            }
        };
        thread::sleep(current.wait.max(std::mem::take(&mut self.rest)));
        Some(match self.ask(&mut current) {
            Ok(page) => {
                self.failures = 0;
                Step::Page(page)
            }
            Err(why) => self.after(current, why),
        })
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
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
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
