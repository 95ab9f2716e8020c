//! The reader's error type.

use std::borrow::Cow;

use crate::{
    PlatformError,
    anomaly::Anomaly,
    error::{AnomalyError, Error, LimitError, NotAResponse, SyntaxError},
    excerpt,
    path::Path,
};

/// An error of a reader. It is one pointer wide, because every function of the readers may return it.
#[derive(Debug)]
pub(super) struct Fault(Box<FaultDetails>);

#[derive(Debug)]
struct FaultDetails {
    kind: FaultKind,
    path: Option<String>,
}

#[derive(Debug)]
pub(super) enum FaultKind {
    Platform(PlatformError),
    NotAResponse { found: String, advice: &'static str },
    Syntax { expected: Cow<'static, str>, found: String, offset: usize },
    Anomaly(Anomaly),
    Limit { what: &'static str, limit: usize, setter: &'static str, offset: usize },
}

impl Fault {
    #[cold]
    pub(super) fn new(kind: FaultKind) -> Fault {
        Fault(Box::new(FaultDetails { kind, path: None }))
    }

    /// The body's syntax is broken.
    #[cold]
    pub(super) fn syntax(expected: impl Into<Cow<'static, str>>, found: impl Into<String>, offset: usize) -> Fault {
        Fault::new(FaultKind::Syntax { expected: expected.into(), found: found.into(), offset })
    }

    /// Sets the path, unless an inner function has set it.
    #[cold]
    pub(super) fn at(mut self, path: &Path<'_>) -> Fault {
        self.0.path.get_or_insert_with(|| path.to_string());
        self
    }

    /// Converts to the public error.
    pub(super) fn into_error(self, format: &'static str, body: &[u8]) -> Error {
        let FaultDetails { kind, path } = *self.0;
        let path = path.unwrap_or_default();
        match kind {
            FaultKind::Platform(error) => Error::Platform(Box::new(error)),
            FaultKind::NotAResponse { found, advice } => Error::NotAResponse(Box::new(NotAResponse { found, advice })),
            FaultKind::Syntax { expected, found, offset } => {
                let position = excerpt::position(body, offset);
                Error::Syntax(Box::new(SyntaxError { format, path, expected, found, position }))
            }
            FaultKind::Anomaly(anomaly) => {
                let position = excerpt::position(body, anomaly.offset);
                Error::Anomaly(Box::new(AnomalyError { anomaly, position }))
            }
            FaultKind::Limit { what, limit, setter, offset } => {
                Error::Limit(Box::new(LimitError { what, limit, setter, path, offset }))
            }
        }
    }
}
