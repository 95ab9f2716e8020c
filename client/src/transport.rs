//! The seam between calls and HTTP.

use std::time::Duration;

use topsdk_codec::Encoded;

/// Brings an encoded call to the gateway, and its answer back.
///
/// An implementation POSTs [`body`](Encoded::body) as [`content_type`](Encoded::content_type) to `gateway`, with
/// [`query`](Encoded::query) behind a `?` where it is not empty. It hands on every answer, whatever its status, decompressed;
/// follows no redirect (the body would go to a stranger), repeats nothing (a call may have been done already), and puts
/// neither query nor body into its errors.
pub trait Transport {
    /// Sends one call.
    ///
    /// # Errors
    ///
    /// [`TransportError`] where no whole answer came.
    fn send(&self, gateway: &str, call: &Encoded) -> Result<Answer, TransportError>;
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The gateway's address is not one.
    #[error("`{gateway}` is not the address of a gateway; one looks like {}", crate::GATEWAY)]
    Address {
        /// The address.
        gateway: String,
    },
    /// There is no connection, and nothing was sent.
    #[error("no connection to {gateway}; nothing was sent")]
    Connect {
        /// The address.
        gateway: String,
        /// What the network says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The connection took too long, and nothing was sent.
    #[error("no connection to {gateway} within {limit:?}; nothing was sent")]
    ConnectTimeout {
        /// The address.
        gateway: String,
        /// The limit.
        limit: Duration,
    },
    /// The call took too long. It may have been done all the same.
    #[error("no whole answer of {gateway} within {limit:?}; the call may have been done")]
    Timeout {
        /// The address.
        gateway: String,
        /// The limit.
        limit: Duration,
    },
    /// The answer is larger than the transport takes.
    #[error("the answer of {gateway} has more than {limit} bytes")]
    TooLarge {
        /// The address.
        gateway: String,
        /// The limit in bytes, of the body as decompressed.
        limit: usize,
    },
    /// The connection broke, or what came over it is not HTTP. The call may have been done all the same.
    #[error("the connection to {gateway} failed; the call may have been done")]
    Broken {
        /// The address.
        gateway: String,
        /// What the network says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
