//! What is asked and what the answer goes into, for the engine that knows neither.

use std::borrow::Cow;

use topsdk_codec::{Call, Decoder, Encoded, Envelope, Object, OnDisk, Session};

use crate::{Endpoint, Error};

/// A request on its way to an answer.
pub(crate) trait Operation {
    /// What is called, for people.
    fn what(&self) -> Cow<'static, str>;
    /// The sessions and other secrets in it, which must appear nowhere.
    fn secrets(&self) -> Vec<&str>;
    /// Whether it is about tokens, so that neither what is sent nor the answer may be in a log.
    fn is_secret(&self) -> bool {
        false
    }
    /// The APIs that are called, where they are others than that.
    fn methods(&self) -> Option<Vec<Cow<'static, str>>> {
        None
    }
    /// Where it goes, without a query; `None` where that is not known.
    fn address<'a>(&'a self, gateway: &'a Endpoint) -> Option<Cow<'a, str>>;
    /// Encodes and signs it; what is on disk stays there.
    fn encode(&self, call: &Call<'_>, gateway: &Endpoint) -> Result<Outgoing, Error>;
    /// Whether an answer of this HTTP status has a body to be read.
    fn takes(&self, status: u16) -> bool {
        status == 200
    }
    /// Whether an answer that is an error as a whole has parts that can be read all the same.
    fn has_answers(&self) -> bool {
        false
    }
    /// Forgets what a part of an answer has left behind.
    fn clear(&mut self) {}
    /// Reads the body of the answer.
    fn decode(&mut self, decoder: &Decoder, body: &[u8]) -> Result<Envelope, Error>;
}

/// A request, encoded.
pub(crate) struct Outgoing {
    pub(crate) url: String,
    pub(crate) content_type: Cow<'static, str>,
    pub(crate) body: Vec<u8>,
    pub(crate) files: Vec<OnDisk>,
}

impl Outgoing {
    pub(crate) fn new(encoded: Encoded, files: Vec<OnDisk>, url: &str) -> Outgoing {
        let url = encoded.url(url).into_owned();
        let (content_type, body) = encoded.into_parts();
        Outgoing { url, content_type, body, files }
    }
}

/// Whether an API gives out tokens: `….create` for a code, `….refresh` for a refresh token (docs/protocol.md section 11).
pub(crate) fn gives_tokens(method: &str) -> bool {
    method.starts_with("taobao.top.auth.token.")
}

/// A request to be encoded: one that other threads may see, as the asynchronous client needs, or any other.
pub(crate) trait Source {
    fn object(&self) -> &dyn Object;
}

impl Source for &dyn Object {
    fn object(&self) -> &dyn Object {
        *self
    }
}

impl Source for &(dyn Object + Sync) {
    fn object(&self) -> &dyn Object {
        *self
    }
}

/// One request, and its answer.
pub(crate) struct SingleCall<'a, S> {
    pub(crate) method: Cow<'static, str>,
    pub(crate) request: S,
    pub(crate) answer: &'a mut (dyn Object + Send),
    pub(crate) session: Option<&'a Session>,
}

impl<S: Source> Operation for SingleCall<'_, S> {
    fn what(&self) -> Cow<'static, str> {
        self.method.clone()
    }

    fn secrets(&self) -> Vec<&str> {
        self.session.map(Session::token).into_iter().collect()
    }

    fn is_secret(&self) -> bool {
        gives_tokens(&self.method)
    }

    fn address<'a>(&'a self, gateway: &'a Endpoint) -> Option<Cow<'a, str>> {
        Some(Cow::Borrowed(gateway.url()))
    }

    fn encode(&self, call: &Call<'_>, gateway: &Endpoint) -> Result<Outgoing, Error> {
        let (encoded, files) = match self.session {
            Some(session) => call.clone().session(session).encode_with_files(&self.method, self.request.object()),
            None => call.encode_with_files(&self.method, self.request.object()),
        }?;
        Ok(Outgoing::new(encoded, files, gateway.url()))
    }

    fn clear(&mut self) {
        topsdk_codec::clear(self.answer);
    }

    fn decode(&mut self, decoder: &Decoder, body: &[u8]) -> Result<Envelope, Error> {
        let decoder = decoder.clone().for_method(self.method.clone());
        decoder.decode_into(body, self.answer).map_err(Error::from_decoder)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use topsdk_codec::Response;

    /// A response without fields.
    #[derive(Debug, Default, Response)]
    #[top(crate = topsdk_codec)]
    pub(crate) struct Nothing {}
}
