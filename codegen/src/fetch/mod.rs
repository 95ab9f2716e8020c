//! Pages from the site to a folder: asked for politely, judged before they are kept, never half a page over a whole one.
//!
//! ```no_run
//! use topsdk_codegen::fetch::{Fetch, Form, Known, Options, Outcome, Step};
//!
//! let known = Known::new(&[]);
//! let wanted = vec![known.find("45864")?];
//! for step in Fetch::start(wanted, &known, "spec/pages".as_ref(), Options::new(Form::Document))? {
//!     match step {
//!         Step::Page(page) => println!("{}: {:?}", page.id, page.outcome),
//!         Step::Wait { pause, why, .. } => println!("waiting {pause:?}: {why}"),
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod catalogue;
mod cookies;
mod http;
mod journal;
mod run;
mod site;
mod store;
mod trouble;
mod wanted;

use std::path::PathBuf;
use std::time::Duration;

use topsdk_spec::Layout;

pub use address::{Base, BaseError};
pub use catalogue::CatalogueFile;
pub use run::Fetch;
pub use site::Site;
pub use trouble::Trouble;
pub use wanted::{Known, Wanted, WantedError};

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

/// How pages are asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// From where.
    pub base: Base,
    /// In which form.
    pub form: Form,
    /// Between two requests; 1 s.
    pub pause: Duration,
    /// How often a page is asked for again where that may help; 3 times.
    pub retries: u32,
    /// Before the first of these times, doubled for each further one; 2 s.
    pub backoff: Duration,
    /// What is waited for at most, also where the site asks for more: then the run ends; 5 min.
    pub longest_wait: Duration,
    /// For one request, from beginning to end; 60 s.
    pub timeout: Duration,
    /// Bytes of one answer, decompressed; 16 MiB.
    pub max_body: usize,
    /// Write nothing, only say what would change.
    pub check: bool,
    /// The folder for the journal of the run, from which the same run goes on after an interruption. Without it, none is kept.
    pub journal: Option<PathBuf>,
    /// Begin anew, also where the same run was interrupted.
    pub restart: bool,
}

impl Options {
    /// The defaults, for the site itself.
    pub fn new(form: Form) -> Options {
        Options {
            base: Base::of(form),
            form,
            pause: Duration::from_secs(1),
            retries: 3,
            backoff: Duration::from_secs(2),
            longest_wait: Duration::from_secs(300),
            timeout: Duration::from_secs(60),
            max_body: 16 << 20,
            check: false,
            journal: None,
            restart: false,
        }
    }
}

/// What happens in a run.
#[derive(Debug)]
pub enum Step {
    /// A page is done, one way or the other.
    Page(Page),
    /// A request failed, and is sent again after a pause: that begins when the next step is asked for.
    Wait {
        /// The page's number.
        id: u64,
        /// How long.
        pause: Duration,
        /// What was the matter.
        why: Trouble,
    },
}

/// What became of one page.
#[derive(Debug)]
pub struct Page {
    /// Its number.
    pub id: u64,
    /// Its API; what was expected, where the answer did not say.
    pub method: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a page. Paths are below the folder of pages.
#[derive(Debug)]
pub enum Outcome {
    /// There was none, and now it is there.
    New {
        /// Where.
        file: String,
    },
    /// It says something else than before.
    Changed {
        /// Where.
        file: String,
    },
    /// Not one byte is different.
    Unchanged {
        /// Where.
        file: String,
    },
    /// It is not the same file, but reads the same; what is on disk stays.
    Alike {
        /// Where.
        file: String,
        /// The members that differ, of a document; nothing is read of them.
        members: Vec<String>,
    },
    /// It had been fetched before this run was interrupted.
    Resumed {
        /// Where.
        file: String,
    },
    /// It could not be had. What is on disk stays.
    Refused(Trouble),
}
