//! What is asked and what the answer goes into, for the engine that knows neither.

use std::borrow::Cow;

use topsdk_codec::{Call, Decoder, Encoded, Envelope, Object, OnDisk, Request, Session};

use crate::{Error, Gateway};

/// A request on its way to an answer.
pub(crate) trait Exchange {
    /// What is called, for people.
    fn what(&self) -> Cow<'static, str>;
    /// The sessions and other secrets in it, which must appear nowhere.
    fn secrets(&self) -> Vec<&str>;
    /// The APIs that are called.
    fn methods(&self) -> Vec<Cow<'static, str>> {
        vec![self.what()]
    }
    /// Encodes and signs it; what is on disk stays there.
    fn encode(&self, call: &Call<'_>, gateway: &Gateway) -> Result<Outgoing, Error>;
    /// Whether an answer of this HTTP status has a body to be read.
    fn takes(&self, status: u16) -> bool {
        status == 200
    }
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
        Outgoing {
            url: encoded.url(url).into_owned(),
            content_type: Cow::Owned(encoded.content_type().to_owned()),
            body: encoded.into_body(),
            files,
        }
    }
}

/// One request, and its answer.
pub(crate) struct Single<'a> {
    method: Cow<'static, str>,
    request: &'a (dyn Object + Sync),
    answer: &'a mut (dyn Object + Send),
    session: Option<&'a Session>,
}

impl<'a> Single<'a> {
    /// A request whose API is known at compile time.
    pub(crate) fn typed<R>(request: &'a R, answer: &'a mut R::Response, session: Option<&'a Session>) -> Single<'a>
    where
        R: Request<Response: Send> + Sync,
    {
        Single { method: Cow::Borrowed(R::METHOD), request, answer, session }
    }

    /// A request whose API is known only at run time.
    pub(crate) fn dynamic(
        method: &str,
        request: &'a (dyn Object + Sync),
        answer: &'a mut (dyn Object + Send),
        session: Option<&'a Session>,
    ) -> Single<'a> {
        Single { method: Cow::Owned(method.to_owned()), request, answer, session }
    }
}

impl Exchange for Single<'_> {
    fn what(&self) -> Cow<'static, str> {
        self.method.clone()
    }

    fn secrets(&self) -> Vec<&str> {
        self.session.map(Session::token).into_iter().collect()
    }

    fn encode(&self, call: &Call<'_>, gateway: &Gateway) -> Result<Outgoing, Error> {
        let (encoded, files) = match self.session {
            Some(session) => call.clone().session(session).encode_with_files(&self.method, self.request),
            None => call.encode_with_files(&self.method, self.request),
        }?;
        Ok(Outgoing::new(encoded, files, gateway.url()))
    }

    fn decode(&mut self, decoder: &Decoder, body: &[u8]) -> Result<Envelope, Error> {
        decoder.clone().for_method(self.method.clone()).decode_into(body, self.answer).map_err(Error::from_decoder)
    }
}
