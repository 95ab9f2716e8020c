//! Batches: several requests in one call (docs/protocol.md section 3.1).

use std::{
    borrow::Cow,
    fmt,
    marker::PhantomData,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use topsdk_codec::{
    App, Call, Decoder, EncodeError, Envelope, Object, PlatformError, Request, Response, Session,
    batch::{self as wire, BatchResponses as Bodies},
};

use crate::{
    Endpoint, Error, Reply,
    operation::{EncodedRequest, Operation, gives_tokens},
    refusals::{is_flow_control, is_wrong_time},
    secrets::Secrets,
};

/// The largest batch that the platform accepts. Its documentation gives no number; users report 20.
pub(crate) const LIMIT: usize = 20;

/// Several requests for one call, of different APIs and for different users, but without files.
///
/// Each gets a [`Ticket`], with which [`BatchReply::get`] returns its response.
///
/// ```no_run
/// # async fn run(client: topsdk_client::Client, session: topsdk_codec::Session) -> Result<(), Box<dyn std::error::Error>> {
/// # use topsdk_codec::{Date, Request, Response};
/// # #[derive(Default, Request)]
/// # #[top(crate = topsdk_codec, method = "taobao.time.get", response = TimeGetResponse)]
/// # struct TimeGetRequest {}
/// # #[derive(Default, Response)]
/// # #[top(crate = topsdk_codec)]
/// # struct TimeGetResponse { time: Option<Date> }
/// use topsdk_client::Batch;
///
/// let mut batch = Batch::new();
/// let here = batch.push(&TimeGetRequest {}, None)?;
/// let there = batch.push(&TimeGetRequest {}, Some(&session))?;
/// let responses = client.execute_batch(&batch).await?;
/// println!("{:?}", responses.get(here)?.value.time);
/// match responses.get(there) {
///     Ok(reply) => println!("{:?}", reply.value.time),
///     Err(error) => println!("only this one failed: {error}"),
/// }
/// # Ok(())
/// # }
/// ```
pub struct Batch {
    id: u64,
    wire: wire::BatchBody,
    entries: Vec<BatchRequest>,
}

struct BatchRequest {
    method: Cow<'static, str>,
    session: Option<Session>,
}

/// Identifies a request of a [`Batch`], whose example shows its use.
pub struct Ticket<R> {
    batch: u64,
    index: usize,
    request: PhantomData<fn() -> R>,
}

impl<R> Clone for Ticket<R> {
    fn clone(&self) -> Ticket<R> {
        *self
    }
}

impl<R> Copy for Ticket<R> {}

impl<R> fmt::Debug for Ticket<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ticket({})", self.index)
    }
}

/// Marks the [`Ticket`] of an API that is known only at run time.
#[derive(Debug)]
pub enum Dynamic {}

impl Batch {
    /// Creates an empty batch.
    pub fn new() -> Batch {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Batch { id: NEXT.fetch_add(1, Ordering::Relaxed), wire: wire::BatchBody::new(), entries: Vec::new() }
    }

    /// Adds a request, for the user of `session` if there is one.
    ///
    /// # Errors
    ///
    /// If the request cannot be encoded, or has a file. The batch is then unchanged.
    pub fn push<R: Request>(&mut self, request: &R, session: Option<&Session>) -> Result<Ticket<R>, EncodeError> {
        self.add(Cow::Borrowed(R::METHOD), request, session)
    }

    /// Adds a request of an API that is known only at run time.
    ///
    /// # Errors
    ///
    /// As for [`push`](Batch::push).
    pub fn push_object(
        &mut self,
        method: &str,
        request: &dyn Object,
        session: Option<&Session>,
    ) -> Result<Ticket<Dynamic>, EncodeError> {
        self.add(Cow::Owned(method.to_owned()), request, session)
    }

    fn add<R>(
        &mut self,
        method: Cow<'static, str>,
        request: &dyn Object,
        session: Option<&Session>,
    ) -> Result<Ticket<R>, EncodeError> {
        self.wire.push_object(&method, request, session)?;
        self.entries.push(BatchRequest { method, session: session.cloned() });
        Ok(Ticket { batch: self.id, index: self.entries.len() - 1, request: PhantomData })
    }

    /// Returns the number of requests.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are no requests.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn sessions(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|entry| entry.session.as_ref().map(Session::token))
    }
}

impl Default for Batch {
    fn default() -> Batch {
        Batch::new()
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries.iter().map(|entry| &entry.method)).finish()
    }
}

/// A batch that is being sent.
pub(crate) struct BatchOperation<'b> {
    batch: &'b Batch,
    bodies: Vec<Vec<u8>>,
}

impl<'b> BatchOperation<'b> {
    /// Starts a batch.
    ///
    /// # Errors
    ///
    /// [`Error::BatchTooLarge`].
    pub(crate) fn new(batch: &'b Batch, limit: usize) -> Result<BatchOperation<'b>, Error> {
        match batch.len() > limit {
            true => Err(Error::BatchTooLarge { requests: batch.len(), limit }),
            false => Ok(BatchOperation { batch, bodies: Vec::new() }),
        }
    }

    /// Returns the responses.
    pub(crate) fn responses(self, app: &App, decoder: &Decoder, reply: Reply<()>) -> BatchReply {
        BatchReply {
            id: self.batch.id,
            methods: self.batch.entries.iter().map(|entry| entry.method.clone()).collect(),
            secrets: Secrets::new(self.batch.sessions().chain([app.secret()])),
            bodies: self.bodies,
            decoder: decoder.clone(),
            time: reply.time,
            attempts: reply.attempts,
        }
    }
}

impl Operation for BatchOperation<'_> {
    fn what(&self) -> Cow<'static, str> {
        Cow::Borrowed("batch")
    }

    fn secrets(&self) -> Vec<&str> {
        self.batch.sessions().collect()
    }

    fn is_secret(&self) -> bool {
        self.batch.entries.iter().any(|entry| gives_tokens(&entry.method))
    }

    fn methods(&self) -> Option<Vec<Cow<'static, str>>> {
        Some(self.batch.entries.iter().map(|entry| entry.method.clone()).collect())
    }

    fn address<'a>(&'a self, gateway: &'a Endpoint) -> Option<Cow<'a, str>> {
        gateway.batch_url()
    }

    fn encode(&self, call: &Call<'_>, gateway: &Endpoint) -> Result<EncodedRequest, Error> {
        let url = self.address(gateway).ok_or(Error::NoBatchAddress)?;
        Ok(EncodedRequest::new(self.batch.wire.encode(call)?, Vec::new(), &url))
    }

    /// The responses before the one that is cut off can be used.
    fn has_responses(&self) -> bool {
        !self.bodies.is_empty()
    }

    fn clear(&mut self) {
        self.bodies.clear();
    }

    /// Each response is decoded when the caller asks for it. Here only the batch as a whole is checked: an error of the
    /// platform to a batch of one may mean the request or the batch.
    fn decode(&mut self, decoder: &Decoder, body: &[u8]) -> Result<Envelope, Error> {
        match wire::split(body, self.batch.len()) {
            Bodies::Each(bodies) => {
                if let [body] = bodies.as_slice()
                    && let Some(error) = refusal(decoder, body)
                    && (is_flow_control(&error) || is_wrong_time(&error))
                {
                    return Err(Error::Platform(error));
                }
                let cut = bodies.last().and_then(|last| cut_off(decoder, last));
                self.bodies = bodies.into_iter().map(<[u8]>::to_vec).collect();
                cut.map_or_else(|| Ok(Envelope::default()), |error| Err(Error::Response(error)))
            }
            Bodies::Whole(body) => Err(match refusal(decoder, body) {
                Some(error) => Error::Platform(error),
                None => Error::BatchCount { requests: self.batch.len() },
            }),
        }
    }
}

/// Returns the platform's error in a body, if it is one.
fn refusal(decoder: &Decoder, body: &[u8]) -> Option<Box<PlatformError>> {
    match decoder.decode_into(body, &mut NoFields::default()) {
        Err(topsdk_codec::Error::Platform(error)) => Some(error),
        _ => None,
    }
}

/// Returns the syntax error of the last response if it is cut off, because then the whole body is cut off.
fn cut_off(decoder: &Decoder, body: &[u8]) -> Option<topsdk_codec::Error> {
    match decoder.decode_into(body, &mut NoFields::default()) {
        Err(topsdk_codec::Error::Syntax(error)) if error.is_cut_off() => Some(topsdk_codec::Error::Syntax(error)),
        _ => None,
    }
}

#[derive(Default, Response)]
#[top(crate = topsdk_codec)]
struct NoFields {}

/// The responses to a [`Batch`], whose example shows their use.
pub struct BatchReply {
    id: u64,
    methods: Vec<Cow<'static, str>>,
    bodies: Vec<Vec<u8>>,
    decoder: Decoder,
    secrets: Secrets,
    /// How long the batch took, attempts and waits included.
    pub time: Duration,
    /// The number of attempts.
    pub attempts: u32,
}

impl BatchReply {
    /// Returns the response to one request.
    ///
    /// # Errors
    ///
    /// The platform's error for this request, or that its response cannot be read; [`Error::NotInBatch`] for a ticket of
    /// another batch.
    pub fn get<R: Request>(&self, ticket: Ticket<R>) -> Result<Reply<R::Response>, Error> {
        let mut value = R::Response::default();
        let reply = self.read(ticket, &mut value)?;
        Ok(reply.map(|()| value))
    }

    /// Decodes the response to a request of an API that is known only at run time into `response`, which has to be empty.
    ///
    /// # Errors
    ///
    /// As for [`get`](BatchReply::get). `response` may then hold a part of the response.
    pub fn get_object(&self, ticket: Ticket<Dynamic>, response: &mut dyn Object) -> Result<Reply<()>, Error> {
        self.read(ticket, response)
    }

    fn read<R>(&self, ticket: Ticket<R>, response: &mut dyn Object) -> Result<Reply<()>, Error> {
        let (Some(body), Some(method), true) =
            (self.bodies.get(ticket.index), self.methods.get(ticket.index), ticket.batch == self.id)
        else {
            return Err(Error::NotInBatch);
        };
        match self.decoder.clone().for_method(method.clone()).decode_into(body, response) {
            Ok(Envelope { mut request_id, mut anomalies, mut unknown, .. }) => {
                self.secrets.hide_beside(&mut request_id, anomalies.iter_mut().chain(&mut unknown));
                let (body, time, attempts) = (body.clone(), self.time, self.attempts);
                Ok(Reply { value: (), request_id, anomalies, unknown, body, time, attempts })
            }
            Err(error) => {
                let mut error = Error::from_decoder(error);
                self.secrets.hide_in(&mut error);
                Err(error)
            }
        }
    }
}

impl fmt::Debug for BatchReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchReply")
            .field("methods", &self.methods)
            .field("time", &self.time)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
