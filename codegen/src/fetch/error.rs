//! Errors of fetching, and what each means for the page and for the run.

use std::time::Duration;

use jiff::SignedDuration;
use topsdk_client::BuildError;

use crate::catalogue::{CatalogueError, CatalogueRefusal};
use crate::read::{self, PageProblem};
use crate::update;

/// The wait after the site blocks a request.
pub(super) const BLOCKED: Duration = Duration::from_secs(5 * 60);

/// Why a page was not fetched or not written. The file on disk is not changed. Addresses are without the query, which holds
/// the token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The connection failed, or the response was not complete in time: the address and the problem.
    #[error("{0}: {1}")]
    Network(String, String),
    /// A proxy from the environment cannot be used.
    #[error("the environment names a proxy: {0}")]
    Proxy(#[from] BuildError),
    /// An HTTP status other than 200: the address, the status, and how long the site asks to wait, if it says so.
    #[error("{0}: unexpected HTTP status {1}")]
    Status(String, u16, Option<Duration>),
    /// The site's `robots.txt` excludes this address.
    #[error("{0}: the site's robots.txt asks programs not to fetch it; save the page from a browser instead")]
    Robots(String),
    /// The site's bot protection responded instead of the page: its mark, and how long to wait before the next request.
    #[error("the site blocks these requests ({0}); run the same command again in {wait}: it continues there", wait = shown(*.1))]
    Blocked(String, Duration),
    /// The site rejects the session, and a new one too, with this message.
    #[error("the site rejects a new session as expired ({0}); run the same command again later")]
    Expired(String),
    /// The response is no page, and may be the same for every page: too large, a redirect that is not followed, or a login.
    #[error("{0}")]
    NoPage(String),
    /// The response is something else: the name of the request, the expected content, and the content that was found.
    #[error("{0}: expected {1}, found {2}; is --base-url right?")]
    Unexpected(String, &'static str, String),
    /// The response is not the page of an API.
    #[error(transparent)]
    Page(#[from] read::Error),
    /// The page belongs to another API or number than expected, or lacks content that the page on disk has.
    #[error("{0}")]
    Rejected(String),
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
            FetchError::Network(..) | FetchError::Status(_, 408 | 425 | 429 | 500.., _) => true,
            FetchError::Page(error) => match &error.problem {
                PageProblem::Cut { .. } | PageProblem::Json { .. } => true,
                // The site reports its own failures with codes that resemble HTTP statuses.
                PageProblem::Refused { code, .. } => code.starts_with('5'),
                _ => false,
            },
            _ => false,
        }
    }

    pub(super) fn scope(&self) -> FailureScope {
        use FetchError::{Blocked, Expired, NoPage, Page, Proxy, Robots, Status, Store, Unexpected};
        match self {
            Blocked(..) | Expired(_) | Proxy(_) | Robots(_) | Store(_) | Status(_, 429, _) => FailureScope::Run,
            NoPage(_) | Unexpected(..) | Status(_, 401 | 403 | 405, _) => FailureScope::Site,
            Page(read::Error { problem: PageProblem::Login(_), .. }) => FailureScope::Site,
            error if error.is_transient() => FailureScope::Site,
            _ => FailureScope::Page,
        }
    }

    /// Returns how long the site asks to wait, if it says so.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            FetchError::Status(_, _, retry_after) => *retry_after,
            _ => None,
        }
    }
}
