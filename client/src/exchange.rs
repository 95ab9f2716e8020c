//! What is asked and what the answer goes into, for the engine that knows neither.

use std::borrow::Cow;

use topsdk_codec::{
    Call, Decoder, EncodeError, Encoded, Envelope, Object, OnDisk, Request, Session,
    write::{self, JsonStyle},
};

use crate::{Error, Gateway};

/// A request on its way to an answer.
pub(crate) trait Exchange {
    /// What is called, for people.
    fn what(&self) -> Cow<'static, str>;
    /// Where to, without the query; `None` where the gateway has no address for it.
    fn url<'g>(&self, gateway: &'g Gateway) -> Option<Cow<'g, str>>;
    /// The sessions and other secrets in it, which must appear nowhere.
    fn secrets(&self) -> Vec<&str>;
    /// The APIs that are called.
    fn methods(&self) -> Vec<Cow<'static, str>> {
        vec![self.what()]
    }
    /// Encodes and signs it; what is on disk stays there.
    fn encode(&self, call: &Call<'_>) -> Result<(Encoded, Vec<OnDisk>), EncodeError>;
    /// Reads the body of the answer.
    fn decode(&mut self, decoder: &Decoder, body: &[u8]) -> Result<Envelope, Error>;
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

    fn url<'g>(&self, gateway: &'g Gateway) -> Option<Cow<'g, str>> {
        Some(Cow::Borrowed(gateway.url()))
    }

    fn secrets(&self) -> Vec<&str> {
        self.session.map(Session::token).into_iter().collect()
    }

    fn encode(&self, call: &Call<'_>) -> Result<(Encoded, Vec<OnDisk>), EncodeError> {
        match self.session {
            Some(session) => call.clone().session(session).encode_with_files(&self.method, self.request),
            None => call.encode_with_files(&self.method, self.request),
        }
    }

    fn decode(&mut self, decoder: &Decoder, body: &[u8]) -> Result<Envelope, Error> {
        decoder.clone().for_method(self.method.clone()).decode_into(body, self.answer).map_err(Error::from_decoder)
    }
}
