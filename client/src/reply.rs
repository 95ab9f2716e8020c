//! The result of a call.

use std::{fmt, time::Duration};

use topsdk_codec::Anomaly;

/// The response of a call and its metadata. [`Client`](crate::Client) has an example.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Reply<T> {
    /// The response.
    pub value: T,
    /// The platform's identifier of the call, for which its support asks. Old APIs have none.
    pub request_id: Option<String>,
    /// Values that do not fit the documentation.
    pub anomalies: Vec<Anomaly>,
    /// Undocumented fields, if the client's decoder [reports](topsdk_codec::Decoder::report_unknown) them.
    pub unknown: Vec<Anomaly>,
    /// The body as received; [in UTF-8](topsdk_codec::Decoder::to_utf8) if it came in another charset.
    pub body: Vec<u8>,
    /// How long the call took, attempts and waits included.
    pub time: Duration,
    /// The number of attempts.
    pub attempts: u32,
}

impl<T> Reply<T> {
    /// Converts the value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Reply<U> {
        let Reply { value, request_id, anomalies, unknown, body, time, attempts } = self;
        Reply { value: change(value), request_id, anomalies, unknown, body, time, attempts }
    }
}

impl<T: fmt::Debug> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("value", &self.value)
            .field("request_id", &self.request_id)
            .field("anomalies", &self.anomalies)
            .field("unknown", &self.unknown)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("time", &self.time)
            .field("attempts", &self.attempts)
            .finish()
    }
}
