//! Batches: several requests in one call, and their responses (docs/protocol.md section 3.1).

use memchr::memmem;

use crate::{
    Call, Encoded, Object, Request, Session,
    write::{EncodeError, Form, Parameters},
};

/// The separator between requests, and between responses. [`BatchBody`] has an example.
pub const SEPARATOR: &str = "\r\n-S-\r\n";

/// Requests sent in one call to `/router/batch`. They may be of different APIs and for different users.
///
/// ```
/// # use topsdk_codec::{App, Call, Request, Response, Session, batch::{BatchResponses, BatchBody, split}};
/// # #[derive(Default, Request)]
/// # #[top(crate = ::topsdk_codec, method = "taobao.time.get", response = TimeGetResponse)]
/// # struct TimeGetRequest {}
/// # #[derive(Default, Response)]
/// # #[top(crate = ::topsdk_codec)]
/// # struct TimeGetResponse {}
/// let app = App::new("12345678", "helloworld");
/// let mut batch = BatchBody::new();
/// batch.push(&TimeGetRequest {}, None)?;
/// batch.push(&TimeGetRequest {}, Some(&Session::new("test")))?;
/// let encoded = batch.encode(&Call::new(&app, "2016-01-01 12:00:00".parse()?))?;
/// assert_eq!(encoded.body(), b"#PUBLIC#method=taobao.time.get\r\n-S-\r\nN\r\n-S-\r\nsession=test");
///
/// let body = b"{\"a\":1}\r\n-S-\r\n{\"b\":2}";
/// let BatchResponses::Each(responses) = split(body, batch.len()) else { panic!("two responses") };
/// assert_eq!(responses[1], b"{\"b\":2}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct BatchBody {
    requests: Vec<BatchRequest>,
}

/// A request of a batch, with its parameters as a form.
#[derive(Clone)]
struct BatchRequest {
    method: String,
    form: String,
}

impl BatchBody {
    /// Creates an empty batch.
    pub fn new() -> BatchBody {
        BatchBody::default()
    }

    /// Adds a request for the user of `session`, or, if that is `None`, for the user of the whole call.
    ///
    /// # Errors
    ///
    /// The errors of [`Call::encode`], and [`EncodeError::File`] for a request with a file. The batch is then unchanged.
    pub fn push<R: Request>(&mut self, request: &R, session: Option<&Session>) -> Result<(), EncodeError> {
        self.push_object(R::METHOD, request, session)
    }

    /// Adds a request for an API known only at run time.
    ///
    /// # Errors
    ///
    /// The same as for [`push`](BatchBody::push).
    pub fn push_object(
        &mut self,
        method: &str,
        request: &dyn Object,
        session: Option<&Session>,
    ) -> Result<(), EncodeError> {
        let mut parameters = Parameters::new();
        parameters.push_request(request)?;
        let texts = parameters.write(method)?;
        if let Some((name, _)) = texts.files().first() {
            return Err(EncodeError::File { path: (*name).to_owned() });
        }
        let mut form = Form::with_room(texts.to_sign().len());
        texts.push_business(&mut form);
        if let Some(session) = session.filter(|session| !session.token().is_empty()) {
            form.push("session", session.token());
        }
        self.requests.push(BatchRequest { method: method.to_owned(), form: form.finish() });
        Ok(())
    }

    /// Returns the number of requests.
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// Returns whether the batch has no requests.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Encodes and signs the batch as one call: the public parameters go into the query, the requests into the body.
    ///
    /// If all requests are of one API, the body names the method once, as the official SDKs do.
    ///
    /// # Errors
    ///
    /// [`EncodeError::EmptyBatch`], and the encoding errors of the call's public parameters.
    pub fn encode(&self, call: &Call<'_>) -> Result<Encoded, EncodeError> {
        let [first, others @ ..] = self.requests.as_slice() else { return Err(EncodeError::EmptyBatch) };
        let is_common = !others.is_empty() && others.iter().all(|line| line.method == first.method);
        let mut body = Vec::new();
        if is_common {
            body.extend_from_slice(b"#PUBLIC#");
            body.extend_from_slice(method_field(&first.method).as_bytes());
        }
        for line in &self.requests {
            if !body.is_empty() {
                body.extend_from_slice(SEPARATOR.as_bytes());
            }
            match (is_common, line.form.is_empty()) {
                (true, true) => body.push(b'N'),
                (true, false) => {}
                (false, true) => body.extend_from_slice(method_field(&line.method).as_bytes()),
                (false, false) => {
                    body.extend_from_slice(method_field(&line.method).as_bytes());
                    body.push(b'&');
                }
            }
            body.extend_from_slice(line.form.as_bytes());
        }
        call.encode_raw("text/plain;charset=UTF-8", body)
    }
}

fn method_field(method: &str) -> String {
    let mut form = Form::with_room(method.len());
    form.push("method", method);
    form.finish()
}

/// The responses in the body of a batch response. [`BatchBody`] has an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchResponses<'a> {
    /// One response per request, in the order of the requests.
    Each(Vec<&'a [u8]>),
    /// The platform refused the whole batch; this is its error.
    Whole(&'a [u8]),
}

/// Splits the body of a batch response into the responses to its `count` requests. [`BatchBody`] has an example.
pub fn split(body: &[u8], count: usize) -> BatchResponses<'_> {
    let mut responses = Vec::new();
    let mut start = 0;
    // One part more than expected shows that there are too many. A hostile body may contain millions of separators.
    for end in memmem::find_iter(body, SEPARATOR).take(count) {
        responses.push(&body[start..end]);
        start = end + SEPARATOR.len();
    }
    responses.push(&body[start..]);
    match responses.len() == count {
        true => BatchResponses::Each(responses),
        false => BatchResponses::Whole(body),
    }
}
