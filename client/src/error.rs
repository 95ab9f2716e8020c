//! Why a call has no value.

use std::time::Duration;

use topsdk_codec::{EncodeError, PlatformError, StatusError};

use crate::{
    TransportError,
    token::{StoreError, Token},
};

/// Why a call has no value. Neither the secret nor the session is in any of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request cannot be encoded. Nothing was sent.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// No answer came.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The platform answered that it did not do it.
    #[error(transparent)]
    Platform(Box<PlatformError>),
    /// An answer came, but with another HTTP status than 200.
    #[error("{gateway} answered otherwise than a gateway does")]
    Status {
        /// Who answered.
        gateway: String,
        /// What.
        source: Box<StatusError>,
        /// How long no further calls will be taken, by the header `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// The answer cannot be read, or one of its values does not fit and the decoder is strict. The call was done, as far
    /// as one can tell.
    #[error("the answer cannot be read; the call may have been done")]
    Response(#[source] topsdk_codec::Error),
    /// The limit of calls a second left no time for the call within its deadline. Nothing was sent.
    #[error("the deadline was over after {elapsed:?}, before it was this call's turn; nothing was sent")]
    Deadline {
        /// How long the call had waited.
        elapsed: Duration,
    },
    /// The gateway has no address for batches. Nothing was sent.
    #[error("the address of the gateway does not end in `/rest`: say where batches go with `Endpoint::with_batch_url`")]
    NoBatchAddress,
    /// A batch has more requests than the platform takes. Nothing was sent.
    #[error("a batch of {requests} requests, and the platform takes {limit}: send several, or raise `batch_limit`")]
    BatchTooLarge {
        /// How many it has.
        requests: usize,
        /// How many may be.
        limit: usize,
    },
    /// The answer of a batch does not have one for each request, and is no error of the platform either.
    #[error("the answer of a batch of {requests} requests has not as many answers; they may have been done")]
    BatchCount {
        /// How many were sent.
        requests: usize,
    },
    /// The authorisation of a user failed: the code or the refresh token is wrong, used or expired.
    #[error("the authorisation failed: {error}{}", .description.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
    OAuth {
        /// The platform's word for it, such as `invalid_grant`.
        error: String,
        /// The same in words.
        description: Option<String>,
    },
    /// A user has no token, or none that could be refreshed: the user has to authorise the application (again).
    #[error("`{user}` has not authorised the application, or not lately: go through `authorize_url` again")]
    NotAuthorized {
        /// What the application calls the user.
        user: String,
    },
    /// The store of tokens failed.
    #[error("the store of tokens failed")]
    TokenStore {
        /// What it says.
        source: StoreError,
        /// The new token that it did not take: the old one may be good for nothing by now.
        token: Option<Box<Token>>,
    },
    /// A list has more pages than were expected. The pages before this error are whole; no further one was called for.
    #[error("there are more than {maximum} pages: raise `maximum`, or mend the function that asks for the next page")]
    TooManyPages {
        /// How many pages were called for.
        maximum: usize,
    },
    /// A ticket of another batch.
    #[error("the ticket is of another batch")]
    NotInBatch,
}

impl Error {
    /// What a decoder says, said by the client.
    pub(crate) fn from_decoder(error: topsdk_codec::Error) -> Error {
        match error {
            topsdk_codec::Error::Platform(error) => Error::Platform(error),
            error => Error::Response(error),
        }
    }

    /// What kind of error it is, in one word: for metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Encode(_) => "encode",
            Error::Transport(error) => error.kind(),
            Error::Platform(_) => "platform",
            Error::Status { .. } => "status",
            Error::Response(_) => "response",
            Error::Deadline { .. } => "deadline",
            Error::NoBatchAddress => "no_batch_address",
            Error::BatchTooLarge { .. } => "batch_too_large",
            Error::BatchCount { .. } => "batch_count",
            Error::OAuth { .. } => "oauth",
            Error::NotAuthorized { .. } => "not_authorized",
            Error::TokenStore { .. } => "token_store",
            Error::TooManyPages { .. } => "too_many_pages",
            Error::NotInBatch => "not_in_batch",
        }
    }

    /// What the platform said, if it did.
    pub fn platform(&self) -> Option<&PlatformError> {
        match self {
            Error::Platform(error) => Some(error),
            _ => None,
        }
    }

    /// The platform's code, such as `50`.
    pub fn code(&self) -> Option<&str> {
        self.platform().map(|error| error.code.as_str())
    }

    /// The platform's code of the fault behind its [`code`](Error::code), such as `isv.invalid-parameter`.
    pub fn sub_code(&self) -> Option<&str> {
        self.platform()?.sub_code.as_deref()
    }

    /// The number of the call, for which the platform's support asks.
    pub fn request_id(&self) -> Option<&str> {
        self.platform()?.request_id.as_deref()
    }

    /// The HTTP status of the answer, if it was the reason of the error.
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::Status { source, .. } => Some(source.status),
            Error::Platform(error) => error.http_status,
            _ => None,
        }
    }

    /// Whether the application lacks a permission (`isv.permission-…`), such as the package that an API belongs to. It is
    /// granted in the platform's console.
    pub fn is_permission(&self) -> bool {
        self.sub_code().is_some_and(|code| code.starts_with("isv.permission-"))
    }

    /// Whether the same call may succeed when it is sent again. Look at
    /// [`may_have_been_executed`](Error::may_have_been_executed) before doing so.
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::Transport(error) => error.is_retryable(),
            Error::Platform(error) => error.is_retryable(),
            // Something between here and the gateway is overloaded or restarts.
            Error::Status { source, .. } => matches!(source.status, 429 | 500 | 502..=504),
            Error::Deadline { .. } => true,
            // It was cut off on its way, and nobody but its reader could tell.
            Error::Response(topsdk_codec::Error::Syntax(error)) => error.is_cut_off(),
            Error::Response(topsdk_codec::Error::NotAnAnswer(error)) => error.is_empty_body(),
            Error::BatchCount { .. } => true,
            Error::Encode(_)
            | Error::Response(_)
            | Error::NoBatchAddress
            | Error::BatchTooLarge { .. }
            | Error::OAuth { .. }
            | Error::NotAuthorized { .. }
            | Error::TokenStore { .. }
            | Error::TooManyPages { .. }
            | Error::NotInBatch => false,
        }
    }

    /// Whether the platform may have done what was asked although there is no value. No, where nothing was sent, or the
    /// gateway or the API refused the call; yes, where one cannot tell.
    pub fn may_have_been_executed(&self) -> bool {
        match self {
            Error::Encode(_)
            | Error::Deadline { .. }
            | Error::NoBatchAddress
            | Error::BatchTooLarge { .. }
            | Error::OAuth { .. }
            | Error::NotAuthorized { .. }
            | Error::TokenStore { .. }
            | Error::TooManyPages { .. } => false,
            Error::Transport(error) => error.may_have_been_executed(),
            Error::Platform(error) => error.may_have_been_executed(),
            Error::Status { .. } | Error::Response(_) | Error::BatchCount { .. } | Error::NotInBatch => true,
        }
    }

    /// How long the gateway, or what stands before it, will refuse further calls: by the platform's
    /// [words](PlatformError::retry_after) or by the header `Retry-After`, whichever is longer.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::Status { retry_after, .. } => *retry_after,
            _ => self.platform().and_then(PlatformError::retry_after),
        }
    }
}
