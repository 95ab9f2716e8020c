//! What can go wrong with an answer, or with a request before it is sent.

use std::{borrow::Cow, fmt};

use crate::{
    EncodeError, PlatformError,
    anomaly::Anomaly,
    excerpt::{self, Position},
};

/// Why there is no value.
///
/// What is kept of a body is a short excerpt, in which the values of sessions, tokens and secrets are hidden.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The platform answered that it did not do it.
    #[error(transparent)]
    Platform(Box<PlatformError>),
    /// The body is not an answer of the platform: empty, an HTML page, another thing.
    #[error(transparent)]
    NotAnAnswer(Box<NotAnAnswer>),
    /// The answer has another HTTP status than 200.
    #[error(transparent)]
    Status(Box<StatusError>),
    /// The body is broken XML or broken JSON.
    #[error(transparent)]
    Syntax(Box<SyntaxError>),
    /// A value does not fit its type, and the decoder is [strict](crate::Decoder::strict).
    #[error(transparent)]
    Anomaly(Box<AnomalyError>),
    /// The body is larger, deeper or longer than the decoder allows.
    #[error(transparent)]
    Limit(Box<LimitError>),
    /// The request cannot be written; nothing has been sent.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// A body that is not an answer of the platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an answer of the platform, found {found}; {advice}")]
#[non_exhaustive]
pub struct NotAnAnswer {
    /// What the body is, with its beginning.
    pub found: String,
    /// What to do.
    pub advice: &'static str,
}

impl NotAnAnswer {
    /// Whether there is nothing in the body at all: it was lost on its way, and the same call may bring it.
    pub fn is_empty_body(&self) -> bool {
        self.found == EMPTY
    }
}

/// An answer with another HTTP status than 200, which the platform gives with errors of its own too (docs/protocol.md section
/// 5.5): it is from something on the way, or the address is not the gateway's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the HTTP status 200, found {status}; look at the address. The body begins: `{beginning}`")]
#[non_exhaustive]
pub struct StatusError {
    /// The status.
    pub status: u16,
    /// How the body begins; values of tokens, sessions and secrets are hidden.
    pub beginning: String,
}

impl StatusError {
    /// The error of an answer with this status and body.
    pub fn new(status: u16, body: &[u8]) -> StatusError {
        StatusError { status, beginning: excerpt::beginning_of(body) }
    }
}

/// Broken XML or JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("broken {format} at {position}{}: expected {expected}, found {found}; {}. Around: `{}`",
    In(.path), advice(.found), .position.excerpt)]
#[non_exhaustive]
pub struct SyntaxError {
    /// `XML` or `JSON`.
    pub format: &'static str,
    /// The field that was being read, such as `result.result.after_property_list[3].value`; empty at the root.
    pub path: String,
    /// What had to stand there.
    pub expected: Cow<'static, str>,
    /// What stands there.
    pub found: String,
    /// Where.
    pub position: Position,
}

impl SyntaxError {
    /// Whether the body ends too early: it was cut off on its way, and the same call may bring the whole.
    pub fn is_cut_off(&self) -> bool {
        self.found == END
    }
}

/// A value that does not fit its type, as an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{anomaly} (line {}, column {}); {}. Around: `{}`",
    .position.line, .position.column, against(.anomaly), .position.excerpt)]
#[non_exhaustive]
pub struct AnomalyError {
    /// What a decoder that is not strict would have reported beside the value.
    pub anomaly: Anomaly,
    /// Where.
    pub position: Position,
}

/// A body beyond a limit of the decoder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer has more than {limit} {what}{}; if it is genuine, raise the limit with `{setter}`", In(.path))]
#[non_exhaustive]
pub struct LimitError {
    /// What there are too many of.
    pub what: &'static str,
    /// How many are allowed.
    pub limit: usize,
    /// The setter of [`Decoder`](crate::Decoder) that allows more.
    pub setter: &'static str,
    /// The field that was being read; empty where it is the whole.
    pub path: String,
    /// Bytes before the place where the limit was passed.
    pub offset: usize,
}

/// A path in a sentence, where there is one.
struct In<'a>(&'a str);

impl fmt::Display for In<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => Ok(()),
            path => write!(f, ", in `{path}`"),
        }
    }
}

fn against(anomaly: &Anomaly) -> &'static str {
    match anomaly.path.as_str() {
        "" => "look whether the body answers this method, or decode without `strict()`",
        _ => "correct the type, or decode without `strict()`",
    }
}

fn advice(found: &str) -> &'static str {
    match found {
        END => "the answer was cut off: call again",
        _ => "keep the body and report it, the gateway does not write this",
    }
}

/// What a body is that has nothing in it.
pub(crate) const EMPTY: &str = "an empty body";
/// What a reader finds where the body ends too early.
pub(crate) const END: &str = "the end of the body";
