//! What does not fit, and the faults that end a reading.

use std::{borrow::Cow, fmt};

use super::excerpt;
use crate::{
    PlatformError,
    error::{AnomalyError, Error, LimitError, NotAnAnswer, SyntaxError},
    path::Path,
};

/// Something in an answer that the documentation does not tell of: the value there is absent, or as the text says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Anomaly {
    /// The field, such as `result.result.after_property_list[3].value`; empty for the whole.
    pub path: String,
    /// What the documentation says: a type's word, or what else had to be there.
    pub expected: Cow<'static, str>,
    /// What is there: the beginning of the text, or `(hidden)` where it is a secret.
    pub found: String,
    /// Bytes of the body before it.
    pub offset: usize,
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "expected {}, found {:?} at byte {}", self.expected, self.found, self.offset)
    }
}

/// How many anomalies are kept, so that a hostile body cannot fill the memory with them.
pub(super) const KEPT: usize = 1_000;

/// The anomalies of one reading.
pub(super) struct Report {
    is_strict: bool,
    kept: Vec<Anomaly>,
    left_out: usize,
}

impl Report {
    pub(super) fn new(is_strict: bool) -> Report {
        Report { is_strict, kept: Vec::new(), left_out: 0 }
    }

    /// Notes that a value is not what its field's type is.
    #[cold]
    pub(super) fn add(
        &mut self,
        path: &Path<'_>,
        expected: impl Into<Cow<'static, str>>,
        found: &str,
        offset: usize,
    ) -> Result<(), Fault> {
        if self.kept.len() == KEPT {
            self.left_out += 1;
            return Ok(());
        }
        let found = if path.names().any(excerpt::is_secret) { excerpt::hidden() } else { excerpt::beginning(found) };
        let anomaly = Anomaly { path: path.to_string(), expected: expected.into(), found, offset };
        if self.is_strict {
            return Err(Fault::new(Kind::Anomaly(anomaly)));
        }
        self.kept.push(anomaly);
        Ok(())
    }

    /// All anomalies; the last one tells how many more there were than are kept.
    pub(super) fn into_anomalies(mut self) -> Vec<Anomaly> {
        if self.left_out > 0 {
            let (path, offset) = self.kept.last().map(|last| (last.path.clone(), last.offset)).unwrap_or_default();
            let expected = Cow::Owned(format!("no more than {KEPT} anomalies"));
            self.kept.push(Anomaly {
                path,
                expected,
                found: format!("{} more behind this one", self.left_out),
                offset,
            });
        }
        self.kept
    }
}

/// Why a reading ended. One pointer wide, because every function of the readers may return it.
#[derive(Debug)]
pub(super) struct Fault(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    path: Option<String>,
}

#[derive(Debug)]
pub(super) enum Kind {
    Platform(PlatformError),
    NotAnAnswer { found: String, advice: &'static str },
    Syntax { expected: Cow<'static, str>, found: String, offset: usize },
    Anomaly(Anomaly),
    Limit { what: &'static str, limit: usize, setter: &'static str, offset: usize },
}

impl Fault {
    #[cold]
    pub(super) fn new(kind: Kind) -> Fault {
        Fault(Box::new(Inner { kind, path: None }))
    }

    /// The body's syntax is broken.
    #[cold]
    pub(super) fn syntax(expected: impl Into<Cow<'static, str>>, found: impl Into<String>, offset: usize) -> Fault {
        Fault::new(Kind::Syntax { expected: expected.into(), found: found.into(), offset })
    }

    /// Says where it happened, if nothing further inside has said so.
    #[cold]
    pub(super) fn at(mut self, path: &Path<'_>) -> Fault {
        self.0.path.get_or_insert_with(|| path.to_string());
        self
    }

    /// The error for the caller, who knows neither reader nor offset.
    pub(super) fn into_error(self, format: &'static str, body: &[u8]) -> Error {
        let Inner { kind, path } = *self.0;
        let path = path.unwrap_or_default();
        match kind {
            Kind::Platform(error) => Error::Platform(Box::new(error)),
            Kind::NotAnAnswer { found, advice } => Error::NotAnAnswer(Box::new(NotAnAnswer { found, advice })),
            Kind::Syntax { expected, found, offset } => {
                let position = excerpt::position(body, offset);
                Error::Syntax(Box::new(SyntaxError { format, path, expected, found, position }))
            }
            Kind::Anomaly(anomaly) => {
                let position = excerpt::position(body, anomaly.offset);
                Error::Anomaly(Box::new(AnomalyError { anomaly, position }))
            }
            Kind::Limit { what, limit, setter, offset } => {
                Error::Limit(Box::new(LimitError { what, limit, setter, path, offset }))
            }
        }
    }
}
