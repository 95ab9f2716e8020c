//! What the gateway was sent, for tests to look at.

use std::{
    borrow::Cow,
    collections::{BTreeMap, VecDeque},
    fmt,
};

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

/// The last calls: so many, and so many bytes of parameters, whatever comes.
#[derive(Default)]
pub(super) struct Kept {
    calls: VecDeque<Received>,
    bytes: usize,
}

impl Kept {
    /// How many calls are kept.
    const CALLS: usize = 1000;

    /// How many bytes their parameters have together.
    const BYTES: usize = 64 << 20;

    pub(super) fn push(&mut self, received: Received) {
        self.bytes += received.size();
        self.calls.push_back(received);
        while self.calls.len() > Kept::CALLS || (self.bytes > Kept::BYTES && self.calls.len() > 1) {
            let Some(oldest) = self.calls.pop_front() else { return };
            self.bytes -= oldest.size();
        }
    }

    /// Oldest first.
    pub(super) fn all(&self) -> Vec<Received> {
        self.calls.iter().cloned().collect()
    }

    pub(super) fn last(&self) -> Option<&Received> {
        self.calls.back()
    }
}

impl Received {
    /// The bytes of its parameters.
    fn size(&self) -> usize {
        self.parameters.iter().map(|(name, text)| name.len() + text.len()).sum()
    }

    /// A parameter's text.
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

/// A name that a caller sent, for a log: what does not look like a name may be a value, or end the line.
pub(super) fn name(sent: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    match sent.len() <= 100 && sent.bytes().all(is_plain) {
        true => Cow::Borrowed(sent),
        false => Cow::Owned(format!("(a name of {} bytes)", sent.len())),
    }
}

/// Several of them.
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
    fn what_is_kept_is_bounded_in_number_and_in_size() {
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
    fn what_is_shown_is_one_line_of_names() {
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
