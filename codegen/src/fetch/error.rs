//! Errors of fetching, and what each means for the page and for the run.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use topsdk_client::BuildError;

use crate::catalogue::{CatalogueError, CatalogueRefusal};
use crate::read::{self, PageProblem};
use crate::update;

/// The wait after the site blocks a request.
pub(super) const BLOCKED: Duration = Duration::from_secs(5 * 60);

/// Why a page was not fetched or not written. The file on disk is not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The connection could not be established, or it broke.
    #[error("{address}: the connection failed: {problem}")]
    Network {
        /// The address, without the query.
        address: String,
        /// The message of the network error.
        problem: String,
    },
    /// A proxy from the environment cannot be used.
    #[error("the environment names a proxy: {0}")]
    Proxy(#[from] BuildError),
    /// The response was not complete in time.
    #[error("{address}: no complete response within {limit:?}")]
    Timeout {
        /// The address, without the query.
        address: String,
        /// The limit.
        limit: Duration,
    },
    /// An HTTP status other than 200.
    #[error("{address}: unexpected HTTP status {status}")]
    Status {
        /// The address, without the query.
        address: String,
        /// The status.
        status: u16,
        /// How long the site asks to wait, if it says so.
        retry_after: Option<Duration>,
    },
    /// The response is larger than any page, decompressed.
    #[error("{address}: the response has more than {limit} bytes, which no page has")]
    TooLarge {
        /// The address, without the query.
        address: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// A redirect that is not followed: to another host, from https to http, or after too many others.
    #[error("{from}: redirects to {to}, which is not followed; if the pages have moved there, pass it as --base-url")]
    Redirect {
        /// The redirecting address, without the query.
        from: String,
        /// Its target, without the query.
        to: String,
    },
    /// A redirect to a login.
    #[error("the site asks for a login ({to}); save this page from a browser that is logged in")]
    Login {
        /// The login's address, without the query.
        to: String,
    },
    /// The site's `robots.txt` excludes the address.
    #[error("{address}: the site's robots.txt asks programs not to fetch it; save the page from a browser instead")]
    Robots {
        /// The address, without the query.
        address: String,
    },
    /// The site's bot protection responded instead of the page.
    #[error("the site blocks these requests ({found}); run the same command again in {}: it continues there", shown(*wait))]
    Blocked {
        /// The mark by which the protection was recognised.
        found: String,
        /// How long to wait before the next request.
        wait: Duration,
    },
    /// The site rejects the session, and a new one too.
    #[error("the site rejects a new session as expired ({message}); run the same command again later")]
    Expired {
        /// The site's message.
        message: String,
    },
    /// The response is not the page of an API.
    #[error(transparent)]
    Page(#[from] read::Error),
    /// The response is not the page of an API, and may be the same for every page.
    #[error(transparent)]
    NoPage(read::Error),
    /// The response is neither what was requested nor a known kind of error.
    #[error("{name}: expected {expected}, found {found}; is --base-url right?")]
    Unexpected {
        /// What was requested.
        name: String,
        /// The expected content.
        expected: &'static str,
        /// The content that was found.
        found: String,
    },
    /// The page belongs to another API than its number does.
    #[error(
        "document {id} belongs to `{found}`, expected `{expected}`; if the number now belongs to another API, remove the old \
         page, run `topsdk update`, and fetch the number again"
    )]
    OtherMethod {
        /// The page's number.
        id: u64,
        /// The method that the spec or the catalogue has for this number.
        expected: String,
        /// The method in the response.
        found: String,
    },
    /// The API in the response is known under another number.
    #[error("document {id} belongs to `{method}`, which has number {known} according to {by}; nothing was written")]
    OtherNumber {
        /// The number that was requested.
        id: u64,
        /// The method in the response.
        method: String,
        /// The number known for this method.
        known: u64,
        /// Where the known number comes from.
        by: &'static str,
    },
    /// The method cannot be used as a file name.
    #[error("document {id} has the method `{method}`, which is not a valid method name")]
    Method {
        /// The page's number.
        id: u64,
        /// The invalid method.
        method: String,
    },
    /// The page lacks content that the page on disk has.
    #[error("{page}: has lost {lost}, which {} has; if the API really changed, accept it with `--accept {method}`", file.display())]
    Lost {
        /// The page.
        page: String,
        /// Its method.
        method: String,
        /// What is missing.
        lost: String,
        /// The file on disk, which is not changed.
        file: PathBuf,
    },
    /// The file holds the page of another API. Some file systems treat `a.B` and `a.b` as the same name.
    #[error("{}: contains the page of `{found}`; the page of `{method}` was not written", file.display())]
    Taken {
        /// The file.
        file: PathBuf,
        /// The method of the new page.
        method: String,
        /// The method of the page in the file.
        found: String,
    },
    /// The stored catalogue cannot be read.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The site's catalogue may not replace the stored one.
    #[error(transparent)]
    Refused(#[from] CatalogueRefusal),
    /// The file cannot be read or written.
    #[error(transparent)]
    Store(#[from] update::UpdateError),
}

fn shown(wait: Duration) -> String {
    SignedDuration::try_from(wait).map_or_else(|_| format!("{wait:?}"), |wait| format!("{wait:#}"))
}

/// What a failure affects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureScope {
    /// Only this page: a retry would get the same response.
    Page,
    /// Possibly the whole site: the next page will tell.
    Site,
    /// The whole site: further requests would make it worse.
    Run,
}

impl FetchError {
    /// Returns whether a retry after a pause may succeed.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            FetchError::Network { .. } | FetchError::Timeout { .. } => true,
            FetchError::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..),
            FetchError::Page(read::Error { problem: PageProblem::Cut { .. } | PageProblem::Json { .. }, .. }) => true,
            // The site reports its own failures with codes that resemble HTTP statuses.
            FetchError::Page(read::Error { problem: PageProblem::Refused { code, .. }, .. }) => code.starts_with('5'),
            _ => false,
        }
    }

    pub(super) fn scope(&self) -> FailureScope {
        match self {
            FetchError::Blocked { .. }
            | FetchError::Expired { .. }
            | FetchError::Proxy(_)
            | FetchError::Robots { .. }
            | FetchError::Store(_)
            | FetchError::Status { status: 429, .. } => FailureScope::Run,
            FetchError::Status { status: 401 | 403 | 405 | 500.., .. }
            | FetchError::TooLarge { .. }
            | FetchError::Redirect { .. }
            | FetchError::Login { .. }
            | FetchError::NoPage(_)
            | FetchError::Unexpected { .. }
            | FetchError::Page(read::Error { problem: PageProblem::Login(_), .. }) => FailureScope::Site,
            error if error.is_transient() => FailureScope::Site,
            _ => FailureScope::Page,
        }
    }

    /// Returns how long the site asks to wait, if it says so.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            FetchError::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
