//! What the gateway was sent, for tests to look at.

use std::{collections::BTreeMap, fmt};

use super::{fault::Fault, form::Upload};

/// A call as it came, or one request of a batch.
///
/// [`Debug`] and [`Display`](fmt::Display) show no parameter's value: a session is among them.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Received {
    /// The number of the HTTP request, from 1; the requests of a batch share one.
    pub number: u64,
    /// The answer's `request_id`.
    pub request_id: String,
    /// The API that was called, where one was named.
    pub method: Option<String>,
    /// All parameters that are texts, public ones too; of a request in a batch those that hold for it.
    pub parameters: BTreeMap<String, String>,
    /// The parameters that are files.
    pub files: BTreeMap<String, Upload>,
    /// What the platform made of it.
    pub outcome: Outcome,
    /// What went wrong on demand.
    pub fault: Option<Fault>,
    /// What a developer should know: where the answer is from, why a signature does not fit.
    pub notes: Vec<String>,
}

/// What the platform made of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was done, and answered, though a [`Fault`] may have eaten the answer.
    #[default]
    Done,
    /// It was refused with this code and message.
    Refused {
        /// The code.
        code: u16,
        /// The message.
        msg: String,
    },
    /// It did not get to the platform: what was asked for is no gateway, the body was too large, or a [`Fault`] was before.
    Lost,
}

impl Received {
    /// A parameter's text.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.number, self.method.as_deref().unwrap_or("(no method)"))?;
        match &self.outcome {
            Outcome::Done => f.write_str("done")?,
            Outcome::Refused { code, msg } => write!(f, "refused, {code} {msg}")?,
            Outcome::Lost => f.write_str("not taken")?,
        }
        if let Some(fault) = &self.fault {
            write!(f, ", fault {fault}")?;
        }
        if !self.request_id.is_empty() {
            write!(f, " (request_id {})", self.request_id)?;
        }
        self.notes.iter().try_for_each(|note| write!(f, "; {note}"))
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("number", &self.number)
            .field("request_id", &self.request_id)
            .field("method", &self.method)
            .field("parameters", &self.parameters.keys())
            .field("files", &self.files)
            .field("outcome", &self.outcome)
            .field("fault", &self.fault)
            .field("notes", &self.notes)
            .finish()
    }
}
