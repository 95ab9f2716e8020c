//! The operations that the engine sends and decodes: one request, a batch or a token, all with one trait.

use std::borrow::Cow;

use topsdk_codec::{Call, Decoder, Encoded, Envelope, Object, OnDisk, Session};

use crate::{Endpoint, Error};

/// Something that is sent to the platform and whose response is decoded.
pub(crate) trait Operation {
    /// The method, or `batch` or `oauth`, for logs and events.
    fn what(&self) -> Cow<'static, str>;
    /// The sessions and other secrets in it, to be hidden in errors and logs.
    fn secrets(&self) -> Vec<&str>;
    /// Whether request and response hold tokens, and must not be logged.
    fn is_secret(&self) -> bool {
        false
    }
    /// The methods, if there are several.
    fn methods(&self) -> Option<Vec<Cow<'static, str>>> {
        None
    }
    /// The URL without its query; `None` if it is unknown.
    fn address<'a>(&'a self, gateway: &'a Endpoint) -> Option<Cow<'a, str>>;
    /// Encodes and signs it. Files on disk are not read yet.
    fn encode(&self, call: &Call<'_>, gateway: &Endpoint) -> Result<EncodedRequest, Error>;
    /// Whether the body of a response with this HTTP status is decoded.
    fn takes(&self, status: u16) -> bool {
        status == 200
    }
    /// Whether parts of a response can be used although the response as a whole is an error.
    fn has_responses(&self) -> bool {
        false
    }
    /// Discards the partial response before the retry.
    fn clear(&mut self) {}
    /// Decodes the body of the response.
    fn decode(&mut self, decoder: &Decoder, body: &[u8]) -> Result<Envelope, Error>;
}

/// An encoded request.
pub(crate) struct EncodedRequest {
    pub(crate) url: String,
    pub(crate) content_type: Cow<'static, str>,
    pub(crate) body: Vec<u8>,
    pub(crate) files: Vec<OnDisk>,
}

impl EncodedRequest {
    pub(crate) fn new(encoded: Encoded, files: Vec<OnDisk>, url: &str) -> EncodedRequest {
        let url = encoded.url(url).into_owned();
        let (content_type, body) = encoded.into_parts();
        EncodedRequest { url, content_type, body, files }
    }
}

/// Whether an API returns tokens: `….create` for a code, `….refresh` for a refresh token (docs/protocol.md section 11).
pub(crate) fn gives_tokens(method: &str) -> bool {
    method.starts_with("taobao.top.auth.token.")
}

/// A request to encode: a shared one that is `Sync`, as the asynchronous client needs, or any.
pub(crate) trait RequestSource {
    fn object(&self) -> &dyn Object;
}

impl RequestSource for &dyn Object {
    fn object(&self) -> &dyn Object {
        *self
    }
}

impl RequestSource for &(dyn Object + Sync) {
    fn object(&self) -> &dyn Object {
        *self
    }
}

/// One request and its response.
pub(crate) struct SingleCall<'a, S> {
    pub(crate) method: Cow<'static, str>,
    pub(crate) request: S,
    pub(crate) response: &'a mut (dyn Object + Send),
    pub(crate) session: Option<&'a Session>,
}

impl<S: RequestSource> Operation for SingleCall<'_, S> {
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

    fn encode(&self, call: &Call<'_>, gateway: &Endpoint) -> Result<EncodedRequest, Error> {
        let (encoded, files) = match self.session {
            Some(session) => call.clone().session(session).encode_with_files(&self.method, self.request.object()),
            None => call.encode_with_files(&self.method, self.request.object()),
        }?;
        Ok(EncodedRequest::new(encoded, files, gateway.url()))
    }

    fn clear(&mut self) {
        topsdk_codec::clear(self.response);
    }

    fn decode(&mut self, decoder: &Decoder, body: &[u8]) -> Result<Envelope, Error> {
        let decoder = decoder.clone().for_method(self.method.clone());
        decoder.decode_into(body, self.response).map_err(Error::from_decoder)
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
