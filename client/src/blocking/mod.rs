//! The blocking client: the same as [`Client`](crate::Client), on the thread that calls it.

#[cfg(feature = "blocking")]
mod over_ureq;
mod transport;

use std::{borrow::Cow, fmt, sync::Arc};

use topsdk_codec::{Object, Request, Session};

use crate::{
    Batch, BatchReply, BuildError, Builder, Error, Options, Reply,
    batch::InBatch,
    engine::{Engine, Step},
    exchange::{Dynamic, Exchange, Single, Typed},
    oauth::{self, Asking, Grant, Stored},
    token::{StoreError, Token},
};
pub use transport::Transport;

/// Where an application keeps its users' tokens, for the blocking client. `user` is whatever the application calls a user.
pub trait TokenStore: Send + Sync {
    /// The token of a user, if there is one.
    ///
    /// # Errors
    ///
    /// The store's own.
    fn load(&self, user: &str) -> Result<Option<Token>, StoreError>;

    /// Keeps the token of a user in place of an earlier one.
    ///
    /// # Errors
    ///
    /// The store's own.
    fn save(&self, user: &str, token: &Token) -> Result<(), StoreError>;
}

/// An application at a gateway, on the thread that calls it. Cheap to clone; clones share connections, limit and clock.
///
/// [`build`](Builder::build) makes it over ureq (feature `blocking`); [`build_over`](Builder::build_over) over any other
/// [`Transport`].
///
/// ```no_run
/// # #[cfg(feature = "blocking")] {
/// use topsdk_client::blocking::Client;
/// # use topsdk_codec::{Date, Request, Response};
/// # #[derive(Default, Request)]
/// # #[top(crate = topsdk_codec, method = "taobao.time.get", response = TimeGetResponse)]
/// # struct TimeGetRequest {}
/// # #[derive(Default, Response)]
/// # #[top(crate = topsdk_codec)]
/// # struct TimeGetResponse { time: Option<Date> }
///
/// let client = Client::builder("12345678", "secret").build()?;
/// let reply = client.execute(&TimeGetRequest::default(), None)?;
/// println!("{:?}", reply.value.time);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    transport: Arc<dyn Transport>,
}

impl Client {
    /// Sets up a client for the application `app_key`, which signs with `secret`.
    pub fn builder(app_key: impl Into<String>, secret: impl Into<String>) -> Builder<Client> {
        Builder::new(app_key, secret)
    }

    pub(crate) fn new(engine: Engine, transport: Arc<dyn Transport>) -> Client {
        Client { inner: Arc::new(Inner { engine, transport }) }
    }

    /// Sends a request, for the user of `session` if there is one, and reads its answer.
    ///
    /// # Errors
    ///
    /// [`Error`]: from encoding, before anything is sent; from the network; from the platform; from reading the answer.
    pub fn execute<R>(&self, request: &R, session: Option<&Session>) -> Result<Reply<R::Response>, Error>
    where
        R: Request<Response: Send> + Sync,
    {
        self.execute_with(request, session, &Options::new())
    }

    /// [`execute`](Client::execute), with what this call has of its own.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn execute_with<R>(
        &self,
        request: &R,
        session: Option<&Session>,
        options: &Options,
    ) -> Result<Reply<R::Response>, Error>
    where
        R: Request<Response: Send> + Sync,
    {
        let mut answer = Typed::<R::Response>::default();
        let mut single = Single { method: Cow::Borrowed(R::METHOD), request, answer: &mut answer, session };
        let reply = self.run(&mut single, options)?;
        Ok(reply.map(|()| answer.0))
    }

    /// [`execute`](Client::execute) for an API known only at run time: the answer goes into `answer`, which has to be
    /// empty, such as a new [`DynamicObject`](topsdk_codec::dynamic::DynamicObject).
    ///
    /// # Errors
    ///
    /// As there. `answer` may then hold a part of it.
    pub fn execute_object(
        &self,
        method: &str,
        request: &(dyn Object + Sync),
        answer: &mut (dyn Object + Send),
        session: Option<&Session>,
        options: &Options,
    ) -> Result<Reply<()>, Error> {
        let method = Cow::Owned(method.to_owned());
        self.run(&mut Single { method, request, answer: &mut Dynamic(answer), session }, options)
    }

    /// Sends several requests in one call. Each has its own answer or error; the batch as a whole is sent again as a single
    /// call is.
    ///
    /// # Errors
    ///
    /// Where the batch as a whole failed: as for [`execute`](Client::execute), and [`Error::BatchTooLarge`].
    pub fn execute_batch(&self, batch: &Batch) -> Result<BatchReply, Error> {
        self.execute_batch_with(batch, &Options::new())
    }

    /// [`execute_batch`](Client::execute_batch), with what this call has of its own.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn execute_batch_with(&self, batch: &Batch, options: &Options) -> Result<BatchReply, Error> {
        let engine = &self.inner.engine;
        let mut exchange = InBatch::new(batch, engine.batch_limit)?;
        let reply = self.run(&mut exchange, options)?;
        Ok(exchange.answers(&engine.app, &engine.decoder, reply))
    }

    /// Where to send a user who is to authorise the application. The user comes back to `redirect_uri`, with a code and with
    /// `state`, which should be random and be compared: it tells that it is the same user.
    pub fn authorize_url(&self, redirect_uri: &str, state: &str) -> String {
        let engine = &self.inner.engine;
        oauth::authorize_url(&engine.app, &engine.oauth, redirect_uri, state)
    }

    /// The token for the code that a user came back with; `redirect_uri` as it was in
    /// [`authorize_url`](Client::authorize_url).
    ///
    /// # Errors
    ///
    /// [`Error::OAuth`] where the platform refuses the code; as for [`execute`](Client::execute).
    pub fn exchange_code(&self, code: &str, redirect_uri: &str) -> Result<Token, Error> {
        self.ask(Grant::Code { code, redirect_uri })
    }

    /// A new token for the [`refresh_token`](Token::refresh_token) of an old one.
    ///
    /// # Errors
    ///
    /// [`Error::OAuth`] where the platform refuses it; as for [`execute`](Client::execute).
    pub fn refresh_token(&self, refresh_token: &str) -> Result<Token, Error> {
        self.ask(Grant::Refresh { refresh_token })
    }

    /// The session of a user whose token is in `store`. A token that is about to end is refreshed and stored; callers at
    /// the same time wait for one refresh.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] where the user has to authorise (again); [`Error::TokenStore`]; as for
    /// [`refresh_token`](Client::refresh_token).
    pub fn session(&self, store: &dyn TokenStore, user: &str) -> Result<Session, Error> {
        let failed = |token| move |source| Error::TokenStore { source, token };
        if let Stored::Good(session) = oauth::judge(user, store.load(user).map_err(failed(None))?)? {
            return Ok(session);
        }
        let _alone = self.inner.engine.refreshing.lock_blocking();
        match oauth::judge(user, store.load(user).map_err(failed(None))?)? {
            Stored::Good(session) => Ok(session),
            Stored::Stale { refresh_token } => {
                let token = self.refresh_token(&refresh_token)?;
                let saved = store.save(user, &token);
                saved.map_err(failed(Some(Box::new(token.clone()))))?;
                Ok(token.session())
            }
        }
    }

    fn ask(&self, grant: Grant<'_>) -> Result<Token, Error> {
        let engine = &self.inner.engine;
        let mut asking = Asking::new(&engine.app, &engine.oauth, grant);
        self.run(&mut asking, &Options::new())?;
        asking.token()
    }

    fn run(&self, exchange: &mut dyn Exchange, options: &Options) -> Result<Reply<()>, Error> {
        let Inner { engine, transport } = &*self.inner;
        let mut course = engine.begin(exchange, options);
        let span = course.span();
        let _entered = span.enter();
        loop {
            if let Some(limit) = &engine.limit
                && let Err(error) = course.waited(limit.turn_blocking(&**transport, course.left()))
            {
                return course.end(Err(error));
            }
            let post = match course.post(exchange) {
                Ok(post) => post,
                Err(error) => return course.end(Err(error)),
            };
            let sent = course.attempt_span().in_scope(|| transport.send(post));
            match course.settle(exchange, sent) {
                Step::Done(result) => return course.end(result),
                Step::Again(wait) => transport.sleep(wait),
            }
        }
    }
}

impl Builder<Client> {
    /// The client, over ureq with rustls.
    ///
    /// # Errors
    ///
    /// [`BuildError`], for a setting that cannot be used.
    #[cfg(feature = "blocking")]
    pub fn build(self) -> Result<Client, BuildError> {
        let (engine, http) = self.engine()?;
        let transport = over_ureq::OverUreq::new(&http, engine.gateway.url())?;
        Ok(Client::new(engine, Arc::new(transport)))
    }

    /// The client, over another transport. Timeouts of connections, user agent, proxy, compression and pool are its own.
    ///
    /// # Errors
    ///
    /// [`BuildError`], for a setting that cannot be used.
    pub fn build_over(self, transport: impl Transport + 'static) -> Result<Client, BuildError> {
        let (engine, _) = self.engine()?;
        Ok(Client::new(engine, Arc::new(transport)))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.inner.engine).finish()
    }
}
