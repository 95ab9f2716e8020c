//! The calls that the gateway received, for tests to inspect.

use std::{
    borrow::Cow,
    collections::{BTreeMap, VecDeque},
    fmt,
};

use super::{fault::Fault, form::Upload};

/// A received call, or one request of a batch.
///
/// [`Debug`] and [`Display`](fmt::Display) do not show the values of parameters, as a session is among them.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Received {
    /// The number of the HTTP request, from 1. The requests of a batch share one number.
    pub number: u64,
    /// The `request_id` of the response.
    pub request_id: String,
    /// The called method, if the call names one.
    pub method: Option<String>,
    /// All text parameters, public ones included. For a request of a batch, those that apply to it.
    pub parameters: BTreeMap<String, String>,
    /// The file parameters.
    pub files: BTreeMap<String, Upload>,
    /// The outcome.
    pub outcome: Outcome,
    /// The simulated fault, if there was one.
    pub fault: Option<Fault>,
    /// Hints for the developer: where the response comes from, why a signature is wrong.
    pub notes: Vec<String>,
}

/// The outcome of a call. [The module](super) has an example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The call was executed and answered, although a [`Fault`] may have suppressed the response.
    #[default]
    Done,
    /// The call was refused with this code and message.
    Refused {
        /// The code.
        code: u16,
        /// The message.
        msg: String,
    },
    /// The call did not reach the platform: the path is not one of the gateway's, the body was too large, or a [`Fault`]
    /// came first.
    Lost,
}

/// The last calls, limited by their number and by the bytes of their parameters.
#[derive(Default)]
pub(super) struct Kept {
    calls: VecDeque<Received>,
    bytes: usize,
}

impl Kept {
    /// The maximum number of stored calls.
    const CALLS: usize = 1000;

    /// The maximum number of bytes of their parameters.
    const BYTES: usize = 64 << 20;

    pub(super) fn push(&mut self, received: Received) {
        self.bytes += received.size();
        self.calls.push_back(received);
        while self.calls.len() > Kept::CALLS || (self.bytes > Kept::BYTES && self.calls.len() > 1) {
            let Some(oldest) = self.calls.pop_front() else { return };
            self.bytes -= oldest.size();
        }
    }

    /// Returns the calls, oldest first.
    pub(super) fn all(&self) -> Vec<Received> {
        self.calls.iter().cloned().collect()
    }

    pub(super) fn last(&self) -> Option<&Received> {
        self.calls.back()
    }
}

impl Received {
    /// Returns the number of bytes of the parameters.
    fn size(&self) -> usize {
        self.parameters.iter().map(|(name, text)| name.len() + text.len()).sum()
    }

    /// Returns the text of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.number, self.method.as_deref().map_or("(no method)".into(), name))?;
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

/// Returns a name from a call for a log. A text that does not look like a name is hidden: it may be a value, or end the
/// line.
pub(super) fn name(sent: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    match sent.len() <= 100 && sent.bytes().all(is_plain) {
        true => Cow::Borrowed(sent),
        false => Cow::Owned(format!("(a name of {} bytes)", sent.len())),
    }
}

/// Returns several such names, separated by commas.
pub(super) fn names<'a>(sent: impl IntoIterator<Item = &'a String>) -> String {
    sent.into_iter().map(|sent| name(sent)).collect::<Vec<_>>().join(", ")
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("number", &self.number)
            .field("request_id", &self.request_id)
            .field("method", &self.method.as_deref().map(name))
            .field("parameters", &format_args!("[{}]", names(self.parameters.keys())))
            .field("files", &self.files)
            .field("outcome", &self.outcome)
            .field("fault", &self.fault)
            .field("notes", &self.notes)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_calls_are_bounded_in_number_and_size() {
        let call = |number, bytes| {
            let parameters = [("a".to_owned(), "x".repeat(bytes))].into();
            Received { number, parameters, ..Received::default() }
        };
        let mut kept = Kept::default();
        (1..=1001).for_each(|number| kept.push(call(number, 10)));
        assert_eq!((kept.all().len(), kept.all()[0].number), (1000, 2));
        kept.push(call(1002, Kept::BYTES - 50));
        let numbers: Vec<u64> = kept.all().iter().map(|call| call.number).collect();
        assert_eq!(numbers, [998, 999, 1000, 1001, 1002]);
        kept.push(call(1003, Kept::BYTES * 2));
        assert_eq!((kept.all().len(), kept.last().unwrap().number), (1, 1003));
        kept.push(call(1004, 10));
        assert_eq!((kept.all().len(), kept.last().unwrap().number), (1, 1004));
    }

    #[test]
    fn a_path_is_displayed_on_one_line() {
        let received = Received {
            number: 7,
            method: Some("a\n\u{1b}[31m".to_owned()),
            parameters: [("fields", "nick"), ("{\"session\":\"T0KEN\"}", "")]
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .into(),
            outcome: Outcome::Refused { code: 25, msg: "Invalid Signature".to_owned() },
            fault: Some(Fault::Half),
            notes: vec!["a note".to_owned()],
            ..Received::default()
        };
        let shown = "7 (a name of 7 bytes): refused, 25 Invalid Signature, fault half; a note";
        assert_eq!(received.to_string(), shown);
        let debug = format!("{received:?}");
        assert!(debug.contains("parameters: [fields, (a name of 19 bytes)]"), "{debug}");
        assert!(!debug.contains("nick") && !debug.contains("T0KEN") && !debug.contains('\n'), "{debug}");
    }
}
