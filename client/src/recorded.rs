//! A transport with recorded responses, for users' tests.

use std::{
    borrow::Cow,
    collections::{BTreeMap, VecDeque},
    fmt,
    io::{self, Read},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use topsdk_codec::{
    EncodeError, Request,
    batch::SEPARATOR,
    form_urlencoded, from_json,
    write::{JsonForm, response_json, root_name},
};

use crate::{
    BoxFuture, HttpRequest, HttpResponse, Transport, TransportError, blocking,
    multipart::{self, Broken, Part, attribute},
    operation::gives_tokens,
};

/// A transport that returns recorded responses and keeps the requests, for tests of code that calls the platform, without a
/// network.
///
/// Responses are recorded for each method and returned in order. A call without a recorded response fails with
/// [`TransportError::NotRecorded`], which lists those that are left. Clones share everything: a test keeps one and passes
/// the other to a client. Waits are noted and end at once.
///
/// ```
/// use topsdk_client::{Recorded, blocking::Client};
/// # use topsdk_codec::{Request, Response};
/// # #[derive(Default, Request)]
/// # #[top(crate = topsdk_codec, method = "taobao.item.get", response = ItemGetResponse)]
/// # struct ItemGetRequest { num_iid: Option<i64> }
/// # #[derive(Default, Response)]
/// # #[top(crate = topsdk_codec)]
/// # struct ItemGetResponse { title: Option<String> }
///
/// let recorded = Recorded::new().respond("taobao.item.get", r#"{"item_get_response":{"title":"小明"}}"#);
/// let client = Client::builder("12345678", "secret").build_over(recorded.clone())?;
///
/// let reply = client.execute(&ItemGetRequest { num_iid: Some(7) }, None)?;
/// assert_eq!(reply.value.title.as_deref(), Some("小明"));
/// assert_eq!(recorded.sent()[0].parameter("num_iid"), Some("7"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Recorded {
    state: Arc<Mutex<Recording>>,
}

#[derive(Default)]
struct Recording {
    responses: BTreeMap<String, VecDeque<Result<HttpResponse, TransportError>>>,
    sent: Vec<Sent>,
    waits: Vec<Duration>,
}

impl Recorded {
    /// Creates a transport without recorded responses.
    pub fn new() -> Recorded {
        Recorded::default()
    }

    /// Records a body for the next call of `method`: XML or JSON in any form, a response or a platform error.
    #[must_use]
    pub fn respond(self, method: impl Into<String>, body: impl Into<Vec<u8>>) -> Recorded {
        self.record(method, Ok(HttpResponse::new(200, body)))
    }

    /// Records a value for the next call of the request `R`.
    ///
    /// # Errors
    ///
    /// If the value cannot be written, such as one with a file.
    pub fn value<R: Request>(self, value: &R::Response) -> Result<Recorded, EncodeError> {
        let body = response_json(value, R::METHOD, JsonForm::Normal)?;
        Ok(self.respond(R::METHOD, body))
    }

    /// Records a response for the next call of the request `R`, given as JSON of its documented fields without the root: a
    /// fixture in one line.
    ///
    /// # Errors
    ///
    /// As for [`from_json`]: a fixture that does not fit the type proves nothing.
    pub fn json<R: Request>(self, fields: &str) -> Result<Recorded, topsdk_codec::Error> {
        from_json::<R::Response>(fields)?;
        Ok(self.respond(R::METHOD, format!("{{\"{}\":{fields}}}", root_name(R::METHOD))))
    }

    /// Records the result of the next call of `method`: a response with another status, or a network error.
    #[must_use]
    pub fn record(self, method: impl Into<String>, outcome: Result<HttpResponse, TransportError>) -> Recorded {
        self.state().responses.entry(method.into()).or_default().push_back(outcome);
        self
    }

    /// Returns the requests sent so far, in order; those of a batch one by one.
    pub fn sent(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    /// Returns the methods whose recorded responses are not used yet, with their number.
    pub fn left(&self) -> Vec<(String, usize)> {
        let state = self.state();
        let left = state.responses.iter().filter(|(_, responses)| !responses.is_empty());
        left.map(|(method, responses)| (method.clone(), responses.len())).collect()
    }

    /// Returns the waits before another attempt and for the rate limit, which did not take any time.
    pub fn waits(&self) -> Vec<Duration> {
        self.state().waits.clone()
    }

    fn state(&self) -> MutexGuard<'_, Recording> {
        // Only a panicking test can have poisoned the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reply(&self, post: HttpRequest) -> Result<HttpResponse, TransportError> {
        let methods: Vec<String> = post.methods().map(str::to_owned).collect();
        let is_batch = post.method() == "batch";
        let sent = Sent::read(post)?;
        let mut state = self.state();
        state.sent.extend(sent);
        let mut responses = methods.iter().map(|method| state.next(method));
        if !is_batch {
            return responses.next().unwrap_or_else(|| Ok(HttpResponse::default()));
        }
        let bodies = responses.map(|response| Ok(response?.body)).collect::<Result<Vec<_>, _>>()?;
        Ok(HttpResponse::new(200, bodies.join(SEPARATOR.as_bytes())))
    }
}

impl Recording {
    fn next(&mut self, method: &str) -> Result<HttpResponse, TransportError> {
        if let Some(response) = self.responses.get_mut(method).and_then(VecDeque::pop_front) {
            return response;
        }
        let left = self.responses.iter().filter(|(_, responses)| !responses.is_empty());
        let left: Vec<_> = left.map(|(method, responses)| format!("{} of `{method}`", responses.len())).collect();
        Err(TransportError::NotRecorded {
            method: method.to_owned(),
            call: self.sent.iter().filter(|sent| sent.method == method).count(),
            left: match left.is_empty() {
                true => "nothing is left".to_owned(),
                false => format!("left are {}", left.join(", ")),
            },
        })
    }
}

impl Transport for Recorded {
    fn send(&self, post: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(async move { self.reply(post) })
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.state().waits.push(duration);
        Box::pin(std::future::ready(()))
    }
}

impl blocking::Transport for Recorded {
    fn send(&self, post: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.reply(post)
    }

    fn sleep(&self, duration: Duration) {
        self.state().waits.push(duration);
    }
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One after the other: each takes the lock.
        let sent = self.state().sent.len();
        let left = self.left();
        f.debug_struct("Recorded").field("sent", &sent).field("left", &left).finish()
    }
}

/// A request that was sent. [`Recorded`] has an example.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// The method.
    pub method: String,
    /// All parameters, public ones included, sorted by name.
    pub parameters: Vec<(String, String)>,
    /// The files.
    pub files: Vec<SentFile>,
}

/// A file that was sent. [`Sent`] holds it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentFile {
    /// The parameter's name.
    pub parameter: String,
    /// The file's name.
    pub name: String,
    /// The content type, such as `image/jpeg`.
    pub content_type: String,
    /// The content.
    pub bytes: Vec<u8>,
}

impl Sent {
    /// Returns the value of a parameter, if it was sent.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Parses the requests of a call.
    fn read(post: HttpRequest) -> Result<Vec<Sent>, TransportError> {
        let gateway = post.gateway();
        let mut sent = Sent { method: post.method().to_owned(), parameters: Vec::new(), files: Vec::new() };
        sent.parameters.extend(form(post.url().split_once('?').map_or("", |(_, query)| query).as_bytes()));
        let boundary = attribute(post.content_type(), "boundary").map(Cow::into_owned);
        let is_batch = post.method() == "batch";
        let methods: Vec<_> = post.methods().map(str::to_owned).collect();
        let mut body = Vec::new();
        let mut reader = post.into_body().open().map_err(TransportError::File)?;
        if let Err(error) = reader.read_to_end(&mut body) {
            return Err(TransportError::Broken { gateway, source: Box::new(error) });
        }
        if is_batch {
            return Ok(sent.lines(&methods, &body));
        }
        match boundary {
            Some(boundary) => sent.read_parts(&boundary, &body).map_err(|error| {
                let source = Box::new(io::Error::new(io::ErrorKind::InvalidData, error));
                TransportError::Broken { gateway, source }
            })?,
            None => sent.parameters.extend(form(&body)),
        }
        sent.parameters.sort();
        Ok(vec![sent])
    }

    /// Parses the requests of a batch, each with the parameters of the whole batch.
    fn lines(&self, methods: &[String], body: &[u8]) -> Vec<Sent> {
        let text = String::from_utf8_lossy(body);
        let mut lines: Vec<_> = text.split(SEPARATOR).collect();
        let common = match lines.first().and_then(|line| line.strip_prefix("#PUBLIC#")) {
            Some(line) => {
                lines.remove(0);
                form(line.as_bytes())
            }
            None => Vec::new(),
        };
        let requests = methods.iter().zip(lines).map(|(method, line)| {
            let own = if line == "N" { Vec::new() } else { form(line.as_bytes()) };
            let mut parameters = [self.parameters.clone(), common.clone(), own].concat();
            parameters.sort();
            Sent { method: method.clone(), parameters, files: Vec::new() }
        });
        requests.collect()
    }

    fn read_parts(&mut self, boundary: &str, body: &[u8]) -> Result<(), Broken> {
        for Part { name, file_name, content_type, content } in multipart::parts(body, boundary)? {
            match file_name {
                None => self.parameters.push((name, String::from_utf8_lossy(content).into_owned())),
                Some(file_name) => self.files.push(SentFile {
                    parameter: name,
                    name: file_name,
                    content_type: content_type.to_owned(),
                    bytes: content.to_vec(),
                }),
            }
        }
        Ok(())
    }
}

fn form(bytes: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(bytes).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.parameters.iter().map(|(name, value)| match name.as_str() {
            "session" | "client_secret" | "refresh_token" => (name, "…"),
            "code" if self.method == "oauth" || gives_tokens(&self.method) => (name, "…"),
            _ => (name, value.as_str()),
        });
        f.debug_struct("Sent")
            .field("method", &self.method)
            .field("parameters", &shown.collect::<Vec<_>>())
            .field("files", &self.files)
            .finish()
    }
}

impl fmt::Debug for SentFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentFile")
            .field("parameter", &self.parameter)
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .field("bytes", &format_args!("{} bytes", self.bytes.len()))
            .finish()
    }
}
