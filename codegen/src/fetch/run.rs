//! One run: page after page, with pauses between them, until all are done or the site has had enough.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};
use topsdk_spec::Layout;

use super::journal::Journal;
use super::site::Site;
use super::store::{Kept, Store};
use super::trouble::{Scope, Trouble};
use super::wanted::{Known, Wanted, distinct};
use super::{Options, Outcome, Page, Step};
use crate::read::{self, Reading};
use crate::update::pages::is_method;

/// After as many failures in a row that may be the site's, the run ends.
const MOST_FAILURES: u32 = 3;

/// A run. Each step is done when it is asked for.
pub struct Fetch {
    options: Options,
    known: Known,
    site: Site,
    store: Store,
    journal: Option<Journal>,
    left: VecDeque<Wanted>,
    current: Option<Current>,
    /// By method: the number it was fetched by in this run.
    fetched: BTreeMap<String, u64>,
    failures: u32,
    stopped: bool,
    /// Whether a page failed that another run may get.
    is_unfinished: bool,
}

/// The page that is being asked for.
struct Current {
    wanted: Wanted,
    retries: u32,
    /// Whether it has had a new token.
    renewed: bool,
    wait: Duration,
}

impl Fetch {
    /// Begins a run, or goes on with the same one where that was interrupted. Nothing is sent yet.
    ///
    /// # Errors
    /// Where the folder of pages or of the journal is not there or cannot be written.
    pub fn start(wanted: Vec<Wanted>, known: &Known, folder: &Path, options: Options) -> Result<Fetch, Trouble> {
        let mut wanted = distinct(wanted);
        let journal = match &options.journal {
            // Nothing is there to go on with.
            Some(_) if wanted.len() < 2 || options.check => None,
            Some(journal) => Some(Journal::open(journal, &name(&wanted, &options, folder), options.restart)?),
            None => None,
        };
        if let Some(journal) = &journal {
            wanted.sort_by_key(|page| journal.has_failed(page.id));
        }
        Ok(Fetch {
            site: Site::new(&options),
            store: Store::open(folder, options.form, options.check)?,
            options,
            known: known.clone(),
            journal,
            left: wanted.into(),
            current: None,
            fetched: BTreeMap::new(),
            failures: 0,
            stopped: false,
            is_unfinished: false,
        })
    }

    /// How many pages have not been asked for.
    pub fn left(&self) -> usize {
        self.left.len()
    }

    /// Whether the run ended before all pages had been asked for, because the site had had enough, or could not be reached.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// What was done of it before an interruption.
    fn resumed(&mut self, wanted: &Wanted) -> Option<Page> {
        let (method, file) = self.journal.as_ref()?.find(wanted.id)?.clone();
        if wanted.method.as_ref().is_some_and(|expected| *expected != method) || !self.store.path(&file).is_file() {
            return None;
        }
        self.fetched.insert(method.clone(), wanted.id);
        Some(Page { id: wanted.id, method: Some(method), outcome: Outcome::Resumed { file } })
    }

    fn ask(&mut self, current: &mut Current) -> Result<Page, Trouble> {
        let Wanted { id, method: expected } = &current.wanted;
        let (bytes, reading) = self.site.page(*id, &mut current.renewed)?;
        self.check(*id, expected.as_deref(), &reading)?;
        let method = reading.api.method.clone();
        let (bytes, reading) = with_number(*id, bytes, reading)?;
        let file = self.known.file(&method, self.options.form);
        let kept = self.store.keep(&file, &bytes, &reading)?;
        self.fetched.insert(method.clone(), *id);
        if let Some(journal) = &mut self.journal {
            journal.add(*id, &method, &file)?;
        }
        let outcome = match kept {
            Kept::New => Outcome::New { file },
            Kept::Changed => Outcome::Changed { file },
            Kept::Unchanged => Outcome::Unchanged { file },
            Kept::Alike(members) => Outcome::Alike { file, members },
        };
        Ok(Page { id: *id, method: Some(method), outcome })
    }

    /// Whether the API that answered is the one that the number stands for.
    fn check(&self, id: u64, expected: Option<&str>, reading: &Reading) -> Result<(), Trouble> {
        let method = reading.api.method.clone();
        if !is_method(&method) {
            return Err(Trouble::Method { id, method });
        }
        if let Some(expected) = expected.filter(|expected| *expected != method) {
            return Err(Trouble::OtherMethod { id, expected: expected.to_owned(), found: method });
        }
        let by_spec = self.known.id(&method).map(|known| (known, true));
        let by_answer = reading.api.doc_id.or(self.fetched.get(&method).copied()).map(|known| (known, false));
        match [by_spec, by_answer].into_iter().flatten().find(|(known, _)| *known != id) {
            Some((known, by_spec)) => Err(Trouble::OtherNumber { id, method, known, by_spec }),
            None => Ok(()),
        }
    }

    /// What comes after a failure: another attempt, or the end of the page, and perhaps of the run.
    fn after(&mut self, mut current: Current, why: Trouble) -> Step {
        let id = current.wanted.id;
        if why.is_passing() && current.retries < self.options.retries {
            let backoff = self.options.backoff.saturating_mul(1 << current.retries.min(16));
            let pause = why.retry_after().unwrap_or_default().max(backoff.min(self.options.longest_wait));
            if pause <= self.options.longest_wait {
                current.retries += 1;
                current.wait = pause;
                self.current = Some(current);
                return Step::Wait { id, pause, why };
            }
            // Whoever asks for more than we wait is left alone.
            self.stopped = true;
        }
        self.failures += 1;
        self.stopped |= match why.scope() {
            Scope::Page => {
                self.failures = 0;
                false
            }
            Scope::Site => self.failures >= MOST_FAILURES,
            Scope::Run => true,
        };
        if why.scope() != Scope::Page {
            self.is_unfinished = true;
            if let Some(journal) = &mut self.journal {
                // Where the journal cannot be written, it is a poorer one; the page has failed for another reason.
                let _ = journal.fail(id);
            }
        }
        Step::Page(Page { id, method: current.wanted.method, outcome: Outcome::Refused(why) })
    }

    /// Forgets the journal where nothing is left that the same run could still do.
    fn end(&mut self) {
        let is_over = self.left.is_empty() && !self.stopped && !self.is_unfinished;
        if let Some(journal) = self.journal.take_if(|_| is_over) {
            // The pages are there; a journal that stays is old tomorrow.
            let _ = journal.end();
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
                Current { wanted, retries: 0, renewed: false, wait: Duration::ZERO }
            }
        };
        thread::sleep(current.wait);
        Some(match self.ask(&mut current) {
            Ok(page) => {
                self.failures = 0;
                Step::Page(page)
            }
            Err(why) => self.after(current, why),
        })
    }
}

/// What tells this run from others: what is asked for, from where, to where.
fn name(wanted: &[Wanted], options: &Options, folder: &Path) -> String {
    let mut digest = Sha256::new();
    digest.update(format!("{} {:?} {}\n", options.base, options.form, folder.display()));
    for page in wanted {
        digest.update(format!("{}\n", page.id));
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The number that a page was fetched by, put into a document that lacks it: the spec would not know where its page is, and
/// nobody could fetch it again. All else stays as it came.
fn with_number(id: u64, bytes: Vec<u8>, reading: Reading) -> Result<(Vec<u8>, Reading), Trouble> {
    if reading.api.doc_id.is_some() || reading.api.source.layout != Layout::Document {
        return Ok((bytes, reading));
    }
    let Some(at) = read::document_start(&bytes) else { return Ok((bytes, reading)) };
    let mut numbered = bytes[..at].to_vec();
    numbered.extend_from_slice(format!("\"id\":{id},").as_bytes());
    numbered.extend_from_slice(&bytes[at..]);
    let reading = read::page(&reading.api.source.page, &numbered)?;
    Ok((numbered, reading))
}
