//! Why a call has no value.

use topsdk_codec::StatusError;

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
    /// An answer came, but with another HTTP status than 200.
    #[error("{gateway} answered otherwise than a gateway does")]
    Status {
        /// Who answered.
        gateway: String,
        /// What.
        source: Box<StatusError>,
    },
}

impl From<topsdk_codec::EncodeError> for Error {
    fn from(error: topsdk_codec::EncodeError) -> Error {
        Error::Codec(error.into())
    }
}
