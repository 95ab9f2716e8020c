//! Why a call has no value.

use crate::TransportError;

/// Why a call has no value. Neither the secret nor the session is in any of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request cannot be encoded, and nothing was sent; or the answer is an error of the platform, or cannot be
    /// read.
    #[error(transparent)]
    Codec(#[from] topsdk_codec::Error),
    /// No answer came.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// An answer came, but with another HTTP status than 200, which the platform gives for errors of its own too
    /// (protocol.md section 5.5): it is from something on the way, or the address is not the gateway's.
    #[error("HTTP status {status} from {gateway}, expected 200; the body ({content_type}) begins: {excerpt}")]
    Status {
        /// The status.
        status: u16,
        /// Who answered.
        gateway: String,
        /// What the body is, as its header says.
        content_type: String,
        /// How it begins, control characters escaped.
        excerpt: String,
    },
}

impl From<topsdk_codec::EncodeError> for Error {
    fn from(error: topsdk_codec::EncodeError) -> Error {
        Error::Codec(error.into())
    }
}
