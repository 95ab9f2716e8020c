//! Why a page was not fetched, and what follows for the page and for the run.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use topsdk_client::BuildError;

use crate::catalogue::{CatalogueError, CatalogueRefusal};
use crate::{read, update};

/// How long to leave the site alone after a block.
pub(super) const BLOCKED: Duration = Duration::from_secs(5 * 60);

/// Why a page was not fetched or not written. The file on disk stays as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// There is no connection, or it broke.
    #[error("{address}: the connection failed: {problem}")]
    Network {
        /// The address, without the query.
        address: String,
        /// The network's message.
        problem: String,
    },
    /// A proxy that the environment names cannot be used.
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
        /// How long the site asks to wait.
        retry_after: Option<Duration>,
    },
    /// More bytes than a page can have, decompressed.
    #[error("{address}: the response has more than {limit} bytes, which no page has")]
    TooLarge {
        /// The address, without the query.
        address: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// A redirect to another host, from https to http, or one of too many.
    #[error("{from}: redirects to {to}, which is not followed; if the pages have moved there, give it as --base-url")]
    Redirect {
        /// The address that redirects, without the query.
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
    /// The site's protection answered instead of the page.
    #[error("the site blocks these requests ({found}); run the same command again in {}: it continues there", shown(*wait))]
    Blocked {
        /// What gave the protection away.
        found: String,
        /// How long to leave the site alone.
        wait: Duration,
    },
    /// The session is not valid, and neither is a new one.
    #[error("the site calls the session expired ({message}), although it is new; run the same command again later")]
    Expired {
        /// The site's message.
        message: String,
    },
    /// The response is not the page of an API.
    #[error(transparent)]
    Page(#[from] read::Error),
    /// The response is no page of an API, and may be the same for every page.
    #[error(transparent)]
    NoPage(read::Error),
    /// The response is neither what was asked for nor anything that is known.
    #[error("{name}: expected {expected}, found {found}; is --base-url right?")]
    Unexpected {
        /// What was asked for.
        name: String,
        /// What it should be.
        expected: &'static str,
        /// What came.
        found: String,
    },
    /// The page is of another API than its number stands for.
    #[error(
        "document {id} should be of `{expected}`, and is of `{found}`; if the number belongs to another API now, remove the old \
         page, run `topsdk update`, and fetch the number again"
    )]
    OtherMethod {
        /// The number.
        id: u64,
        /// The API that the spec or the catalogue has for it.
        expected: String,
        /// The API of the response.
        found: String,
    },
    /// The API of the response has another number.
    #[error("document {id} is of `{method}`, which is document {known} by {by}; nothing is written")]
    OtherNumber {
        /// The number that was asked for.
        id: u64,
        /// The API of the response.
        method: String,
        /// The number that it has.
        known: u64,
        /// What says so.
        by: &'static str,
    },
    /// The method cannot be the name of a file.
    #[error("document {id} is of `{method}`, which is no name of an API")]
    Method {
        /// The number.
        id: u64,
        /// The name.
        method: String,
    },
    /// The page lacks what the page on disk has.
    #[error("{page}: has lost {lost}, which {} has; if the API has really changed, accept it with `--accept {method}`", file.display())]
    Lost {
        /// The page.
        page: String,
        /// Its API.
        method: String,
        /// What is missing.
        lost: String,
        /// The file that stays.
        file: PathBuf,
    },
    /// The file belongs to another API; some file systems do not tell `a.B` from `a.b`.
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

fn shown(wait: Duration) -> String {
    SignedDuration::try_from(wait).map_or_else(|_| format!("{wait:?}"), |wait| format!("{wait:#}"))
}

/// What a failure concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// This page alone: another attempt would get the same response.
    Page,
    /// Perhaps the site: the next page shows.
    Site,
    /// The site: further requests would only make it worse.
    Run,
}

impl FetchError {
    /// Whether another attempt may succeed after a pause.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            FetchError::Network { .. } | FetchError::Timeout { .. } => true,
            FetchError::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..),
            FetchError::Page(read::Error::Cut { .. } | read::Error::Json { .. }) => true,
            // The site's own failures have codes like those of HTTP.
            FetchError::Page(read::Error::Refused { code, .. }) => code.starts_with('5'),
            _ => false,
        }
    }

    pub(super) fn scope(&self) -> Scope {
        match self {
            FetchError::Blocked { .. }
            | FetchError::Expired { .. }
            | FetchError::Proxy(_)
            | FetchError::Robots { .. }
            | FetchError::Store(_)
            | FetchError::Status { status: 429, .. } => Scope::Run,
            FetchError::Status { status: 401 | 403 | 405 | 500.., .. }
            | FetchError::TooLarge { .. }
            | FetchError::Redirect { .. }
            | FetchError::Login { .. }
            | FetchError::NoPage(_)
            | FetchError::Unexpected { .. }
            | FetchError::Page(read::Error::Login { .. }) => Scope::Site,
            error if error.is_transient() => Scope::Site,
            _ => Scope::Page,
        }
    }

    /// How long the site asks to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            FetchError::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
