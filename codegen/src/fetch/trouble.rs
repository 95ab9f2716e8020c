//! Why a page could not be had, and what follows from it for the page and for the run.

use std::path::PathBuf;
use std::time::Duration;

use crate::catalogue::{CatalogueError, CatalogueRefusal};
use crate::read;
use crate::update;

/// Why a page was not fetched, or not written. What is on disk stays as it is then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// There is no connection, or it broke.
    #[error("{address}: the connection failed: {problem}")]
    Network {
        /// Where, without the query.
        address: String,
        /// What the network says.
        problem: String,
    },
    /// No whole answer came in time.
    #[error("{address}: no whole answer within {limit:?}")]
    Timeout {
        /// Where, without the query.
        address: String,
        /// The limit.
        limit: Duration,
    },
    /// An HTTP status other than 200.
    #[error("{address}: answered with HTTP status {status}")]
    Status {
        /// Where, without the query.
        address: String,
        /// The status.
        status: u16,
        /// For how long the site wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// More bytes than a page can have, decompressed.
    #[error("{address}: the answer has more than {limit} bytes, which no page has")]
    TooLarge {
        /// Where, without the query.
        address: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// A redirect to another host, from https to http, or one of too many.
    #[error("{from}: redirects to {to}, which is not followed; if the pages are there now, name it with --base-url")]
    Redirect {
        /// From where, without the query.
        from: String,
        /// To where, without the query.
        to: String,
    },
    /// A redirect to a login.
    #[error("the site wants a login ({to}); save this page from a browser that is logged in")]
    Login {
        /// To where, without the query.
        to: String,
    },
    /// The site's protection answered.
    #[error("the site blocks these requests ({found}); wait, then run the same command again with a longer --pause")]
    Blocked {
        /// What it said.
        found: String,
        /// For how long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The token is not valid any more, and neither was the one after it.
    #[error("the site calls the page expired ({message}), also with a new token; run the same command again later")]
    Expired {
        /// What it said.
        message: String,
    },
    /// The answer is not the page of an API.
    #[error(transparent)]
    Page(#[from] read::Error),
    /// Nor is it an answer of the document endpoint, which is JSON whatever it says.
    #[error(transparent)]
    NoDocument(read::Error),
    /// The answer is a page in another form.
    #[error("{page}: expected {expected}, found {found}")]
    OtherForm {
        /// Which page.
        page: String,
        /// What was asked for.
        expected: &'static str,
        /// What came.
        found: &'static str,
    },
    /// The answer is not the list that was asked for.
    #[error("{name}: expected JSON of the site, found {found}; is --base-url right?")]
    OtherAnswer {
        /// What was asked for.
        name: String,
        /// What came.
        found: String,
    },
    /// The page is of another API than the number stands for.
    #[error(
        "document {id} is of `{expected}` by the spec, but the answer is of `{found}`; if the number has gone to another API, \
         remove the old page, run `topsdk update`, and fetch the number again"
    )]
    OtherMethod {
        /// The number.
        id: u64,
        /// The API that it stood for.
        expected: String,
        /// The API that answered.
        found: String,
    },
    /// The API that answered has another number.
    #[error("document {id} answers with `{method}`, which is document {known}{}", by(*by_spec))]
    OtherNumber {
        /// The number that was asked for.
        id: u64,
        /// The API that answered.
        method: String,
        /// The number that it has.
        known: u64,
        /// Whether the spec says so; otherwise it is the answer itself, or another one of this run.
        by_spec: bool,
    },
    /// The method cannot be the name of a file.
    #[error("document {id} answers with `{method}`, which is no name of an API")]
    Method {
        /// The number.
        id: u64,
        /// The name.
        method: String,
    },
    /// The page has lost what the page on disk has.
    #[error("{page}: has lost {lost}, which {} has; it is taken for half a page, and the file stays: remove it if the new page is right", file.display())]
    Half {
        /// Which page.
        page: String,
        /// What is missing.
        lost: String,
        /// The file that stays.
        file: PathBuf,
    },
    /// The file belongs to another API; some file systems see no difference between `a.B` and `a.b`.
    #[error("{}: holds the page of `{found}`, so that `{method}` is not written there", file.display())]
    Taken {
        /// The file.
        file: PathBuf,
        /// The API that was to be written.
        method: String,
        /// The API whose page is there.
        found: String,
    },
    /// The stored catalogue cannot be read.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The site's catalogue does not replace the stored one.
    #[error(transparent)]
    Refused(#[from] CatalogueRefusal),
    /// The file cannot be read or written.
    #[error(transparent)]
    Store(#[from] update::Error),
}

fn by(spec: bool) -> &'static str {
    if spec { " by the spec; nothing is written" } else { "; nothing is written" }
}

/// What a trouble means for what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// This page alone: the site has answered, and would say the same again.
    Page,
    /// The site, perhaps: the next page shows whether it is.
    Site,
    /// The site for certain: further requests would only make it worse.
    Run,
}

impl Trouble {
    /// Whether the same request may do better after a while.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Trouble::Network { .. } | Trouble::Timeout { .. } | Trouble::Blocked { .. } => true,
            Trouble::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..),
            Trouble::Page(error) => match error {
                read::Error::Cut { .. } | read::Error::Empty { .. } | read::Error::Json { .. } => true,
                // The site's own failures have codes of HTTP's kind.
                read::Error::Refused { code, .. } => code.starts_with('5'),
                _ => false,
            },
            _ => false,
        }
    }

    pub(super) fn scope(&self) -> Scope {
        match self {
            Trouble::Blocked { .. } | Trouble::Expired { .. } | Trouble::Store(_) => Scope::Run,
            Trouble::Status { status: 429, .. } => Scope::Run,
            Trouble::Network { .. }
            | Trouble::Timeout { .. }
            | Trouble::Status { status: 401 | 403 | 405 | 500.., .. }
            | Trouble::TooLarge { .. }
            | Trouble::Redirect { .. }
            | Trouble::Login { .. }
            | Trouble::NoDocument(_)
            | Trouble::OtherForm { .. } => Scope::Site,
            Trouble::Page(read::Error::Login { .. }) => Scope::Site,
            Trouble::Page(_) if self.is_passing() => Scope::Site,
            _ => Scope::Page,
        }
    }

    /// For how long the site wants to be left alone.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Trouble::Status { retry_after, .. } | Trouble::Blocked { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
