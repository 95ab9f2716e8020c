//! The errors of calls.

use std::time::Duration;

use topsdk_codec::{EncodeError, PlatformError, StatusError, visible};

use crate::{
    TransportError,
    token::{StoreError, Token},
};

/// The reason why a call failed. No error shows the secret or a session.
///
/// Check [`may_have_been_executed`](Error::may_have_been_executed) before you repeat a call that changes something:
///
/// ```no_run
/// # fn run(client: topsdk_client::blocking::Client) -> Result<(), topsdk_client::Error> {
/// # use topsdk_codec::{Request, Response};
/// # #[derive(Default, Request)]
/// # #[top(crate = topsdk_codec, method = "taobao.item.add", response = ItemAddResponse)]
/// # struct ItemAddRequest {}
/// # #[derive(Default, Response)]
/// # #[top(crate = topsdk_codec)]
/// # struct ItemAddResponse {}
/// match client.execute(&ItemAddRequest::default(), None) {
///     Ok(reply) => println!("added: {:?}", reply.request_id),
///     Err(error) if error.may_have_been_executed() => println!("check whether it was added: {error}"),
///     Err(error) => println!("not added: {error}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request cannot be encoded. Nothing was sent.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// No complete response arrived.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The platform returned an error.
    #[error(transparent)]
    Platform(Box<PlatformError>),
    /// A response arrived with an HTTP status other than 200.
    #[error("unexpected HTTP status {} from {gateway}", .source.status)]
    Status {
        /// The URL, without query and password.
        gateway: String,
        /// The status and the beginning of the body.
        source: Box<StatusError>,
        /// The header `Retry-After`: how long further calls will be refused.
        retry_after: Option<Duration>,
    },
    /// The response cannot be decoded, or a value does not fit its type and the decoder is strict. The call has probably
    /// been executed.
    #[error("the response cannot be read; the call may have been executed")]
    Response(#[source] topsdk_codec::Error),
    /// The deadline passed while the call waited for the rate limit. Nothing was sent.
    #[error("the deadline passed after {elapsed:?}, while the call waited for the rate limit; nothing was sent")]
    Deadline {
        /// How long the call waited.
        elapsed: Duration,
    },
    /// The gateway has no URL for batches. Nothing was sent.
    #[error("the gateway's URL does not end in `/rest`: set the URL for batches with `Endpoint::with_batch_url`")]
    NoBatchAddress,
    /// A batch has more requests than the platform accepts. Nothing was sent.
    #[error(
        "a batch of {requests} requests exceeds the limit of {limit}: send several batches, or raise `batch_limit`"
    )]
    BatchTooLarge {
        /// The number of requests.
        requests: usize,
        /// The limit.
        limit: usize,
    },
    /// The response to a batch does not have one part for each request, and is not a platform error.
    #[error(
        "the response to a batch of {requests} requests has a different number of parts; they may have been executed"
    )]
    BatchCount {
        /// The number of requests that were sent.
        requests: usize,
    },
    /// The authorisation of a user failed: the code or the refresh token is wrong, used or expired.
    #[error(
        "the authorisation failed: {}{}",
        visible(.error),
        .description.as_ref().map(|text| format!(": {}", visible(text))).unwrap_or_default()
    )]
    OAuth {
        /// The platform's code, such as `invalid_grant`.
        error: String,
        /// The platform's explanation.
        description: Option<String>,
    },
    /// A user has no token, or one that can no longer be refreshed: the user has to authorise the application (again).
    #[error("the user `{user}` has no valid token: send the user to `authorize_url`")]
    NotAuthorized {
        /// The application's name for the user.
        user: String,
    },
    /// The token store failed.
    #[error("the token store failed")]
    TokenStore {
        /// The store's error.
        source: StoreError,
        /// The new token, if it could not be saved. The old one may be invalid by now.
        token: Option<Box<Token>>,
    },
    /// A list has more pages than the maximum. The pages before this error are complete; no further page was requested.
    #[error("there are more than {maximum} pages: raise `maximum`, or check the function that asks for the next page")]
    TooManyPages {
        /// The maximum.
        maximum: usize,
    },
    /// The ticket belongs to another batch.
    #[error("the ticket belongs to another batch")]
    NotInBatch,
}

impl Error {
    /// Converts a decoder's error.
    pub(crate) fn from_decoder(error: topsdk_codec::Error) -> Error {
        match error {
            topsdk_codec::Error::Platform(error) => Error::Platform(error),
            error => Error::Response(error),
        }
    }

    /// Returns the kind of error in one word, for metrics.
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

    /// Returns the platform's error, if this is one.
    pub fn platform(&self) -> Option<&PlatformError> {
        match self {
            Error::Platform(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the platform's code, such as `50`.
    pub fn code(&self) -> Option<&str> {
        self.platform().map(|error| error.code.as_str())
    }

    /// Returns the platform's detailed code, such as `isv.invalid-parameter`, which refines [`code`](Error::code).
    pub fn sub_code(&self) -> Option<&str> {
        self.platform()?.sub_code.as_deref()
    }

    /// Returns the `request_id`, for which the platform's support asks.
    pub fn request_id(&self) -> Option<&str> {
        self.platform()?.request_id.as_deref()
    }

    /// Returns the HTTP status, if it is other than 200.
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::Status { source, .. } => Some(source.status),
            Error::Platform(error) => error.http_status,
            _ => None,
        }
    }

    /// Returns whether the application lacks a permission (`isv.permission-…`), such as the package that an API belongs to.
    /// Permissions are granted in the platform's console.
    pub fn is_permission(&self) -> bool {
        self.sub_code().is_some_and(|code| code.starts_with("isv.permission-"))
    }

    /// Returns whether the same call may succeed if it is sent again. Check
    /// [`may_have_been_executed`](Error::may_have_been_executed) before you do so.
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::Transport(error) => error.is_retryable(),
            Error::Platform(error) => error.is_retryable(),
            // A proxy or the gateway is overloaded or restarts.
            Error::Status { source, .. } => matches!(source.status, 429 | 500 | 502..=504),
            Error::Deadline { .. } => true,
            // The response was cut off on its way, which only the decoder could notice.
            Error::Response(topsdk_codec::Error::Syntax(error)) => error.is_cut_off(),
            Error::Response(topsdk_codec::Error::NotAResponse(error)) => error.is_empty_body(),
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

    /// Returns whether the platform may have executed the call. False if nothing was sent, or if the gateway or the API
    /// refused the call; true in all other cases. Do not repeat a call that moves money while this is true: find out first.
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

    /// Returns how long the gateway, or a proxy before it, will refuse further calls: by the platform's
    /// [words](PlatformError::retry_after) or by the header `Retry-After`, whichever is longer.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::Status { retry_after, .. } => *retry_after,
            _ => self.platform().and_then(PlatformError::retry_after),
        }
    }
}
