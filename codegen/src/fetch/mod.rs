//! Fetches pages from the site into a folder: limits the request rate, checks each page, and never replaces a good page
//! with a degraded one.
//!
//! ```no_run
//! use topsdk_codegen::fetch::{Fetch, Form, Known, FetchOptions, Outcome, Site, Step};
//!
//! let known = Known::new(&[]);
//! let wanted = vec![known.find("45864")?];
//! let site = Site::new(&FetchOptions::new(Form::Document));
//! for step in Fetch::start(site, wanted, &known, "spec/pages".as_ref())? {
//!     match step {
//!         Step::Page(page) => println!("{}: {:?}", page.id, page.outcome),
//!         Step::Wait { pause, why, .. } => println!("waiting {pause:?}: {why}"),
//!         Step::Rest(pause) => println!("resting {pause:?}"),
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod catalogue;
mod error;
mod http;
mod journal;
mod run;
mod site;
mod wanted;
mod watch;

use std::path::PathBuf;
use std::time::Duration;

pub use address::{Base, BaseError};
pub use catalogue::CatalogueFile;
pub use error::FetchError;
pub use run::Fetch;
pub use site::Site;
pub use wanted::{Known, Wanted, WantedError, list_lines};
pub use watch::{Announced, Announcement, Watch};

/// The format in which a page is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON from the document endpoint: the most complete format.
    Document,
    /// HTML as the server renders it.
    Html,
}

impl Form {
    /// Returns the address of the site that serves pages in this form.
    pub fn site(self) -> &'static str {
        match self {
            Form::Document => "https://open.taobao.com",
            Form::Html => "https://developer.alibaba.com",
        }
    }
}

/// The number of documents fetched between two rests.
const REST_AFTER: u32 = 100;

/// Settings for fetching pages.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FetchOptions {
    /// The site.
    pub base: Base,
    /// The form of the pages.
    pub form: Form,
    /// The pause between two requests, 1 s by default. Up to half as much is added at random. Zero disables pauses and
    /// rests.
    pub pause: Duration,
    /// The rest after each 100 documents, 60 s by default.
    pub rest: Duration,
    /// The maximum number of retries of a request whose failure may be temporary, 3 by default.
    pub retries: u32,
    /// The wait before the first retry, 2 s by default. It doubles with each further retry.
    pub backoff: Duration,
    /// The longest wait, 5 min by default. If the site asks for more, the run ends.
    pub longest_wait: Duration,
    /// The time limit of one request from start to end, 60 s by default.
    pub timeout: Duration,
    /// The age at which a session is renewed, 10 min by default. The site's sessions end after about 15.
    pub max_session: Duration,
    /// The maximum size of one response in bytes, decompressed, 16 MiB by default.
    pub max_body: u64,
    /// Writes nothing and only reports what would change.
    pub check: bool,
    /// The methods whose pages may have lost content or have a different number.
    pub accept: Vec<String>,
    /// The folder for the journal of the run, which lets the same run continue after an interruption. `None` keeps no
    /// journal.
    pub journal: Option<PathBuf>,
    /// Identifies the set of pages, such as `all`, if their numbers may differ when the run continues. If `None`, the page
    /// numbers identify the run.
    pub selection: Option<String>,
    /// Starts over even if the same run was interrupted.
    pub restart: bool,
}

impl FetchOptions {
    /// Returns the default options for the public site.
    pub fn new(form: Form) -> FetchOptions {
        FetchOptions {
            base: Base::of(form),
            form,
            pause: Duration::from_secs(1),
            rest: Duration::from_secs(60),
            retries: 3,
            backoff: Duration::from_secs(2),
            longest_wait: Duration::from_secs(300),
            timeout: Duration::from_secs(60),
            max_session: Duration::from_secs(600),
            max_body: 16 << 20,
            check: false,
            accept: Vec::new(),
            journal: None,
            selection: None,
            restart: false,
        }
    }

    /// Returns how long this number of pages takes, counting pauses and rests only.
    pub fn expected(&self, pages: usize) -> Duration {
        let pages = u32::try_from(pages).unwrap_or(u32::MAX);
        // The random part of a pause averages a quarter of the pause.
        let pauses = self.pause.saturating_add(self.pause / 4).saturating_mul(pages);
        pauses.saturating_add(self.rest().saturating_mul(pages.saturating_sub(1) / REST_AFTER))
    }

    /// Returns the pause before the next attempt, or `None` if a retry cannot help. `attempts` is the number of earlier
    /// failures.
    fn retry(&self, error: &FetchError, attempts: u32) -> Option<Duration> {
        let backoff = self.backoff.saturating_mul(1 << attempts.min(16)).min(self.longest_wait);
        let pause = error.retry_after().unwrap_or_default().max(backoff);
        (error.is_transient() && attempts < self.retries && pause <= self.longest_wait).then_some(pause)
    }

    fn rest(&self) -> Duration {
        if self.pause.is_zero() { Duration::ZERO } else { self.rest }
    }
}

/// An event of a run.
#[derive(Debug)]
pub enum Step {
    /// A page is finished, successfully or not.
    Page(FetchedPage),
    /// A request failed. The retry follows after a pause, which begins when the next step is requested.
    Wait {
        /// The page's number.
        id: u64,
        /// The length of the pause.
        pause: Duration,
        /// Why the request failed.
        why: FetchError,
    },
    /// A rest of this length between documents, which begins when the next step is requested.
    Rest(Duration),
}

/// The result for one page.
#[derive(Debug)]
pub struct FetchedPage {
    /// The page's number.
    pub id: u64,
    /// The method of the page, or the expected one if the page was refused.
    pub method: Option<String>,
    /// The file that holds the page, relative to the folder of pages. `None` if the page was refused.
    pub file: Option<String>,
    /// What happened to the page.
    pub outcome: Outcome,
}

/// What happened to a page.
#[derive(Debug)]
pub enum Outcome {
    /// The file is new.
    New,
    /// The content of the file changed.
    Changed,
    /// The file is identical, byte for byte.
    Unchanged,
    /// The page reads the same as the file on disk, which is not replaced. Holds the members of the document that differ;
    /// the reader uses none of them.
    Alike(Vec<String>),
    /// The page was fetched before this run was interrupted.
    Resumed,
    /// The page could not be fetched. The file on disk is not changed.
    Refused(FetchError),
}
