//! The codec's errors: about a response, or about a request before it is sent.

use std::{borrow::Cow, fmt};

use crate::{
    EncodeError, PlatformError,
    anomaly::Anomaly,
    excerpt::{self, Position},
    visible::visible,
};

/// An error of encoding or decoding. [`PlatformError`] has an example.
///
/// Errors keep a short excerpt of the body, with the values of sessions, tokens and secrets hidden.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The platform returned an `error_response`.
    #[error(transparent)]
    Platform(Box<PlatformError>),
    /// The body is not a response of the platform: it is empty, an HTML page, or something else.
    #[error(transparent)]
    NotAResponse(Box<NotAResponse>),
    /// The HTTP status is not 200.
    #[error(transparent)]
    Status(Box<StatusError>),
    /// The body is broken XML or broken JSON.
    #[error(transparent)]
    Syntax(Box<SyntaxError>),
    /// A value is not of its type, and the decoder is [strict](crate::Decoder::strict).
    #[error(transparent)]
    Anomaly(Box<AnomalyError>),
    /// The body is larger, deeper or longer than the decoder allows.
    #[error(transparent)]
    Limit(Box<LimitError>),
    /// The request cannot be encoded; nothing was sent.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// The body is not a response of the platform. [`Decoder`](crate::Decoder) says what a response is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a response of the platform, found {found}; {advice}")]
#[non_exhaustive]
pub struct NotAResponse {
    /// What the body is, and how it begins.
    pub found: String,
    /// What to do.
    pub advice: &'static str,
}

impl NotAResponse {
    /// Returns whether the body is empty: it was lost on the way, and the same call may succeed.
    pub fn is_empty_body(&self) -> bool {
        self.found == EMPTY
    }
}

/// The HTTP status is not 200, and the body is not an error of the platform (docs/protocol.md section 5.5). The response is
/// from something between here and the gateway, or the address is not the gateway's.
/// [`Decoder::refusal`](crate::Decoder::refusal) has an example.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the HTTP status 200, found {status}; check the gateway's URL. The body begins: `{beginning}`")]
#[non_exhaustive]
pub struct StatusError {
    /// The status.
    pub status: u16,
    /// How the body begins; values of tokens, sessions and secrets are hidden.
    pub beginning: String,
}

impl StatusError {
    /// Returns the error of a response with this status and body.
    pub fn new(status: u16, body: &[u8]) -> StatusError {
        StatusError { status, beginning: excerpt::beginning_of(body) }
    }
}

/// Broken XML or JSON. [`Decoder`](crate::Decoder) has an example of decoding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("broken {format} at {position}{}: expected {expected}, found {found}; {}. Around: `{}`",
    In(.path), advice(.found), .position.excerpt)]
#[non_exhaustive]
pub struct SyntaxError {
    /// `XML` or `JSON`.
    pub format: &'static str,
    /// The field that was being read, such as `result.result.after_property_list[3].value`; empty at the root.
    pub path: String,
    /// What was expected.
    pub expected: Cow<'static, str>,
    /// What was found.
    pub found: String,
    /// Where.
    pub position: Position,
}

impl SyntaxError {
    /// Returns whether the body ends too early: it was cut off on the way, and the same call may succeed.
    pub fn is_cut_off(&self) -> bool {
        self.found == END
    }
}

/// A value is not of its type, and the decoder is strict. [`Decoder`](crate::Decoder) has an example.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{anomaly} (line {}, column {}); {}. Around: `{}`",
    .position.line, .position.column, against(.anomaly), .position.excerpt)]
#[non_exhaustive]
pub struct AnomalyError {
    /// The anomaly that a lenient decoder would have reported beside the value.
    pub anomaly: Anomaly,
    /// Where.
    pub position: Position,
}

/// The body exceeds a limit of the decoder. [`Decoder`](crate::Decoder) lists the limits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the response has more than {limit} {what}{}; if it is genuine, raise the limit with `{setter}`", In(.path))]
#[non_exhaustive]
pub struct LimitError {
    /// The thing of which there are too many.
    pub what: &'static str,
    /// The limit.
    pub limit: usize,
    /// The setter of [`Decoder`](crate::Decoder) that raises the limit.
    pub setter: &'static str,
    /// The field that was being read; empty for the whole body.
    pub path: String,
    /// Byte offset at which the limit was exceeded.
    pub offset: usize,
}

/// Displays a path inside a sentence, or nothing if it is empty.
struct In<'a>(&'a str);

impl fmt::Display for In<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => Ok(()),
            path => write!(f, ", in `{}`", visible(path)),
        }
    }
}

fn against(anomaly: &Anomaly) -> &'static str {
    match anomaly.path.as_str() {
        "" => "check that the body is a response of this method, or decode without `strict()`",
        _ => "correct the type, or decode without `strict()`",
    }
}

fn advice(found: &str) -> &'static str {
    match found {
        END => "the response was cut off: retry the call",
        BYTES => "declare its charset in `Content-Type` or in the XML declaration",
        _ => "keep the body and report it: the gateway does not write this",
    }
}

/// The value of [`NotAResponse::found`] for an empty body.
pub(crate) const EMPTY: &str = "an empty body";
/// The value of [`SyntaxError::found`] for bytes that are not in the expected charset.
pub(crate) const BYTES: &str = "bytes that are not";
/// The value of [`SyntaxError::found`] where the body ends too early.
pub(crate) const END: &str = "the end of the body";
