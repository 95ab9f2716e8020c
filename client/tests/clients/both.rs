//! One face for both clients, so that a test is written once.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use topsdk_client::{
    Batch, BatchReply, BuildError, Builder, Client, Error, Event, Progress, Reply, Retry, blocking,
    oauth::{StoreError, Token, TokenStore},
};
use topsdk_codec::{Decoder, Object, Request, Response, Session};

pub(crate) const KEY: &str = "12345678";
/// What stands between the requests of a batch, and between their responses.
pub(crate) const SEPARATOR: &str = "\r\n-S-\r\n";
pub(crate) const SECRET: &str = "S3CRET-of-the-app";

/// Makes two tests of each: one with the blocking client and one with the other.
macro_rules! twins {
    ($($name:ident)*) => {
        mod blocking {
            $(#[test] fn $name() { super::$name::<crate::both::Blocking>(); })*
        }
        mod asynchronous {
            $(#[test] fn $name() { super::$name::<crate::both::Async>(); })*
        }
    };
}
pub(crate) use twins;

/// One of the two clients.
pub(crate) trait Kind: 'static {
    type Client: Clone + Send + Sync;

    fn new() -> Builder<Self::Client>;
    fn build(builder: Builder<Self::Client>) -> Result<Caller, BuildError>;

    /// A strict client at this gateway that repeats nothing.
    fn at(gateway: &str) -> Builder<Self::Client> {
        Self::new().gateway(gateway).decoder(Decoder::new().strict()).retry(Retry::never()).no_proxy()
    }
}

pub(crate) struct Blocking;
pub(crate) struct Async;

impl Kind for Blocking {
    type Client = blocking::Client;

    fn new() -> Builder<blocking::Client> {
        blocking::Client::builder(KEY, SECRET)
    }

    fn build(builder: Builder<blocking::Client>) -> Result<Caller, BuildError> {
        builder.build().map(Caller::Blocking)
    }
}

impl Kind for Async {
    type Client = Client;

    fn new() -> Builder<Client> {
        Client::builder(KEY, SECRET)
    }

    fn build(builder: Builder<Client>) -> Result<Caller, BuildError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Ok(Caller::Async(builder.build()?, Arc::new(runtime)))
    }
}

/// What one call has of its own, for either client.
#[derive(Clone, Default)]
pub(crate) struct Options {
    is_idempotent: bool,
    retry: Option<Retry>,
    timeout: Option<Duration>,
    target_app_key: Option<String>,
    on_progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
}

impl Options {
    pub(crate) fn new() -> Options {
        Options::default()
    }

    pub(crate) fn idempotent(self) -> Options {
        Options { is_idempotent: true, ..self }
    }

    pub(crate) fn retry(self, retry: Retry) -> Options {
        Options { retry: Some(retry), ..self }
    }

    pub(crate) fn timeout(self, timeout: Duration) -> Options {
        Options { timeout: Some(timeout), ..self }
    }

    pub(crate) fn target_app_key(self, key: &str) -> Options {
        Options { target_app_key: Some(key.to_owned()), ..self }
    }

    pub(crate) fn on_progress(self, report: impl Fn(Progress) + Send + Sync + 'static) -> Options {
        Options { on_progress: Some(Arc::new(report)), ..self }
    }
}

/// A call of either client with these options.
macro_rules! with {
    ($call:expr, $options:expr) => {{
        let mut call = $call;
        if $options.is_idempotent {
            call = call.idempotent();
        }
        if let Some(retry) = $options.retry.clone() {
            call = call.retry(retry);
        }
        if let Some(timeout) = $options.timeout {
            call = call.timeout(timeout);
        }
        if let Some(key) = &$options.target_app_key {
            call = call.target_app_key(key);
        }
        call
    }};
    ($call:expr, $session:expr, $options:expr) => {{
        let mut call = with!($call, $options);
        if let Some(session) = $session {
            call = call.session(session);
        }
        if let Some(report) = $options.on_progress.clone() {
            call = call.on_progress(move |progress| report(progress));
        }
        call
    }};
}

/// A client, called from a thread.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    Blocking(blocking::Client),
    Async(Client, Arc<tokio::runtime::Runtime>),
}

impl Caller {
    pub(crate) fn execute<R>(&self, request: &R, session: Option<&Session>) -> Result<Reply<R::Response>, Error>
    where
        R: Request<Response: Send> + Sync,
    {
        self.execute_with(request, session, &Options::new())
    }

    pub(crate) fn execute_with<R>(
        &self,
        request: &R,
        session: Option<&Session>,
        options: &Options,
    ) -> Result<Reply<R::Response>, Error>
    where
        R: Request<Response: Send> + Sync,
    {
        match self {
            Caller::Blocking(client) => with!(client.call(request), session, options).send(),
            Caller::Async(client, runtime) => runtime.block_on(with!(client.call(request), session, options).send()),
        }
    }

    pub(crate) fn execute_batch(&self, batch: &Batch) -> Result<BatchReply, Error> {
        match self {
            Caller::Blocking(client) => client.execute_batch(batch),
            Caller::Async(client, runtime) => runtime.block_on(client.execute_batch(batch)),
        }
    }

    pub(crate) fn execute_batch_with(&self, batch: &Batch, options: &Options) -> Result<BatchReply, Error> {
        match self {
            Caller::Blocking(client) => with!(client.call_batch(batch), options).send(),
            Caller::Async(client, runtime) => runtime.block_on(with!(client.call_batch(batch), options).send()),
        }
    }

    pub(crate) fn execute_object_idempotently(
        &self,
        method: &str,
        request: &(dyn Object + Sync),
        response: &mut (dyn Object + Send),
    ) -> Result<Reply<()>, Error> {
        match self {
            Caller::Blocking(client) => client.call_object(method, request, response).idempotent().send(),
            Caller::Async(client, runtime) => {
                runtime.block_on(client.call_object(method, request, response).idempotent().send())
            }
        }
    }

    /// All pages, with a maximum if there is one.
    pub(crate) fn pages<R, F>(
        &self,
        request: R,
        next: F,
        session: &Session,
        maximum: Option<usize>,
    ) -> Vec<Result<Reply<R::Response>, Error>>
    where
        R: Request<Response: Send> + Clone + Send + Sync + 'static,
        F: FnMut(&mut R, &R::Response) -> bool,
    {
        match self {
            Caller::Blocking(client) => {
                let pages = client.pages(request, next).session(session).timeout(Duration::from_secs(20));
                match maximum {
                    Some(maximum) => pages.maximum(maximum).collect(),
                    None => pages.collect(),
                }
            }
            Caller::Async(client, runtime) => runtime.block_on(async {
                let mut pages = client.pages(request, next).session(session).timeout(Duration::from_secs(20));
                if let Some(maximum) = maximum {
                    pages = pages.maximum(maximum);
                }
                let mut all = Vec::new();
                while let Some(page) = pages.next().await {
                    all.push(page);
                }
                all
            }),
        }
    }

    pub(crate) fn authorize_url(&self, redirect_uri: &str, state: &str) -> String {
        match self {
            Caller::Blocking(client) => client.authorize_url(redirect_uri, state),
            Caller::Async(client, _) => client.authorize_url(redirect_uri, state),
        }
    }

    pub(crate) fn exchange_code(&self, code: &str, redirect_uri: &str) -> Result<Token, Error> {
        match self {
            Caller::Blocking(client) => client.exchange_code(code, redirect_uri),
            Caller::Async(client, runtime) => runtime.block_on(client.exchange_code(code, redirect_uri)),
        }
    }

    pub(crate) fn session(&self, store: &Arc<Store>, user: &str) -> Result<Session, Error> {
        match self {
            Caller::Blocking(client) => client.session(&**store, user),
            Caller::Async(client, runtime) => runtime.block_on(client.session(store, user)),
        }
    }
}

/// The simplest call, with the response that [`NOW`] is.
#[derive(Clone, Debug, Default, Request)]
#[top(crate = ::topsdk_codec, method = "taobao.time.get", response = TimeGetResponse)]
pub(crate) struct TimeGetRequest {
    pub(crate) text: Option<String>,
    pub(crate) file: Option<topsdk_codec::File>,
}

#[derive(Debug, Default, Response)]
#[top(crate = ::topsdk_codec)]
pub(crate) struct TimeGetResponse {
    pub(crate) time: Option<String>,
}

/// A call that changes something.
#[derive(Clone, Debug, Default, Request)]
#[top(crate = ::topsdk_codec, method = "taobao.item.add", response = ItemAddResponse)]
pub(crate) struct ItemAddRequest {}

#[derive(Debug, Default, Response)]
#[top(crate = ::topsdk_codec)]
pub(crate) struct ItemAddResponse {}

pub(crate) const NOW: &str = r#"{"time_get_response":{"time":"now","request_id":"5m7u"}}"#;

pub(crate) fn request() -> TimeGetRequest {
    TimeGetRequest::default()
}

/// An error of the platform.
pub(crate) fn refusal(code: u32, sub_code: &str, sub_msg: &str) -> String {
    format!(r#"{{"error_response":{{"code":{code},"msg":"x","sub_code":"{sub_code}","sub_msg":"{sub_msg}"}}}}"#)
}

/// The events of a client, in short.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<String>>>);

impl Events {
    pub(crate) fn to(&self) -> impl Fn(Event<'_>) + Send + Sync + 'static {
        let events = self.clone();
        move |event| events.0.lock().unwrap().push(short(event))
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

fn short(event: Event<'_>) -> String {
    let of = |result: Result<(), &Error>| result.map_or_else(Error::kind, |()| "reply");
    match event {
        Event::Attempt { attempt, result, .. } => format!("attempt {attempt}: {}", of(result)),
        Event::Retry { .. } => "again".to_owned(),
        Event::Clock { seconds_ahead } => format!("clock {}", seconds_ahead / 60),
        Event::Call { attempts, result, .. } => format!("call of {attempts}: {}", of(result)),
        Event::Waited { .. } => "waited".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Tokens in memory.
#[derive(Default)]
pub(crate) struct Store {
    pub(crate) token: Mutex<Option<Token>>,
    pub(crate) is_broken: bool,
}

impl blocking::TokenStore for Store {
    fn load(&self, _: &str) -> Result<Option<Token>, StoreError> {
        Ok(self.token.lock().unwrap().clone())
    }

    fn save(&self, _: &str, token: &Token) -> Result<(), StoreError> {
        if self.is_broken {
            return Err("the disk is full".into());
        }
        *self.token.lock().unwrap() = Some(token.clone());
        Ok(())
    }
}

impl TokenStore for Store {
    fn load<'a>(&'a self, user: &'a str) -> topsdk_client::BoxFuture<'a, Result<Option<Token>, StoreError>> {
        Box::pin(async move { blocking::TokenStore::load(self, user) })
    }

    fn save<'a>(&'a self, user: &'a str, token: &'a Token) -> topsdk_client::BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { blocking::TokenStore::save(self, user, token) })
    }
}

/// Quick repetitions.
pub(crate) fn quick(attempts: u32) -> Retry {
    Retry::default().attempts(attempts).backoff(Duration::from_millis(2), Duration::from_millis(10))
}
