//! Pages from the site to a folder: fetched politely, checked before they are kept, never a degraded page over a good one.
//!
//! ```no_run
//! use topsdk_codegen::fetch::{Fetch, Form, Known, Options, Outcome, Site, Step};
//!
//! let known = Known::new(&[]);
//! let wanted = vec![known.find("45864")?];
//! let site = Site::new(&Options::new(Form::Document));
//! for step in Fetch::start(site, wanted, &known, "spec/pages".as_ref())? {
//!     match step {
//!         Step::Page(page) => println!("{}: {:?}", page.id, page.outcome),
//!         Step::Wait { pause, why, .. } => println!("waiting {pause:?}: {why}"),
//!         Step::Rest { pause } => println!("resting {pause:?}"),
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod announcements;
mod catalogue;
mod cookies;
mod error;
mod http;
mod journal;
mod run;
mod site;
mod store;
mod wanted;
mod watch;

use std::path::PathBuf;
use std::time::Duration;

use topsdk_spec::Layout;

pub use address::{Base, BaseError};
pub use announcements::{Announcement, Announcements};
pub use catalogue::CatalogueFile;
pub use error::FetchError;
pub use run::Fetch;
pub use site::Site;
pub use wanted::{Known, Wanted, WantedError, list_lines};
pub use watch::{Announced, Watch};

/// In which form a page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The JSON of the document endpoint: the richest form.
    Document,
    /// The page as the server renders it.
    Html,
}

impl Form {
    /// Where the site gives pages of this form.
    pub fn site(self) -> &'static str {
        match self {
            Form::Document => "https://open.taobao.com",
            Form::Html => "https://developer.alibaba.com",
        }
    }

    /// What a file of this form is called.
    fn ending(self) -> &'static str {
        match self {
            Form::Document => "json",
            Form::Html => "html",
        }
    }

    fn layout(self) -> Layout {
        match self {
            Form::Document => Layout::Document,
            Form::Html => Layout::Html,
        }
    }
}

/// So many documents are fetched between two rests.
const REST_AFTER: u32 = 100;

/// The rest after [`REST_AFTER`] documents, by default.
const REST: Duration = Duration::from_secs(60);

/// How pages are fetched.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The site.
    pub base: Base,
    /// The form of the pages.
    pub form: Form,
    /// The pause between two requests, to which up to half as much is added at random; 1 s. At zero there is neither pause nor rest.
    pub pause: Duration,
    /// The rest after each 100 documents; 60 s.
    pub rest: Duration,
    /// How often a request that failed is repeated where that may help; 3 times.
    pub retries: u32,
    /// The wait before the first repetition, doubled for each further one; 2 s.
    pub backoff: Duration,
    /// The longest wait, also where the site asks for more: then the run ends; 5 min.
    pub longest_wait: Duration,
    /// The time for one request, from beginning to end; 60 s.
    pub timeout: Duration,
    /// How old a session may become before it is renewed; 10 min, as the site's end after about 15.
    pub max_session: Duration,
    /// Bytes of one response, decompressed; 16 MiB.
    pub max_body: usize,
    /// Write nothing, only report what would change.
    pub check: bool,
    /// APIs, by method, whose pages may have lost what they had or have another number.
    pub accept: Vec<String>,
    /// The folder for the journal of the run, from which the same run continues after an interruption; `None` keeps no journal.
    pub journal: Option<PathBuf>,
    /// What the pages are, such as `all`, if their numbers may differ when the run is continued; else the numbers tell.
    pub selection: Option<String>,
    /// Start over even if the same run was interrupted.
    pub restart: bool,
}

impl Options {
    /// The defaults, for the site itself.
    pub fn new(form: Form) -> Options {
        Options {
            base: Base::of(form),
            form,
            pause: Duration::from_secs(1),
            rest: REST,
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

    /// How long so many pages take by pauses and rests alone.
    pub fn expected(&self, pages: usize) -> Duration {
        let pages = u32::try_from(pages).unwrap_or(u32::MAX);
        // The random part of a pause is a quarter of it on average.
        let pauses = self.pause.saturating_add(self.pause / 4).saturating_mul(pages);
        pauses.saturating_add(self.rest().saturating_mul(pages.saturating_sub(1) / REST_AFTER))
    }

    /// The pause before a request that failed is repeated, if that may help; `attempts` have failed before.
    fn retry(&self, error: &FetchError, attempts: u32) -> Option<Duration> {
        let backoff = self.backoff.saturating_mul(1 << attempts.min(16)).min(self.longest_wait);
        let pause = error.retry_after().unwrap_or_default().max(backoff);
        (error.is_transient() && attempts < self.retries && pause <= self.longest_wait).then_some(pause)
    }

    fn rest(&self) -> Duration {
        if self.pause.is_zero() { Duration::ZERO } else { self.rest }
    }
}

/// What happens in a run.
#[derive(Debug)]
pub enum Step {
    /// A page is done, one way or the other.
    Page(Page),
    /// A request failed, and is repeated after a pause, which begins when the next step is asked for.
    Wait {
        /// The page's number.
        id: u64,
        /// How long.
        pause: Duration,
        /// Why it failed.
        why: FetchError,
    },
    /// The site is left alone for a while, which begins when the next step is asked for.
    Rest {
        /// How long.
        pause: Duration,
    },
}

/// What became of one page.
#[derive(Debug)]
pub struct Page {
    /// Its number.
    pub id: u64,
    /// Its API; the expected one if the page was refused.
    pub method: Option<String>,
    /// The file that holds it, below the folder of pages; `None` if it was refused.
    pub file: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a page.
#[derive(Debug)]
pub enum Outcome {
    /// The file is new.
    New,
    /// The file said something else before.
    Changed,
    /// Every byte is equal.
    Unchanged,
    /// It reads as the file on disk, which stays. These members of the document differ; nothing is read of them.
    Alike(Vec<String>),
    /// It was fetched before this run was interrupted.
    Resumed,
    /// It could not be fetched. The file on disk stays.
    Refused(FetchError),
}
