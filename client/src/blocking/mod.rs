//! The blocking client: the same calls as [`Client`](crate::Client), on the caller's thread.

mod pages;
mod transport;
#[cfg(feature = "blocking")]
mod ureq_transport;

use std::{borrow::Cow, fmt, sync::Arc};

use topsdk_codec::{Object, Request, Session};

use crate::{
    Batch, BatchReply, BuildError, Builder, Error, Reply,
    batch::BatchOperation,
    call::{BatchCallBuilder, CallBuilder, ObjectCallBuilder, Options},
    client_methods::client_methods,
    engine::{Engine, Step},
    oauth::{self, Grant, StoredToken, TokenRequest},
    operation::{Operation, SingleCall},
    token::{StoreError, Token},
};
pub use pages::Pages;
pub use transport::Transport;

/// The application's store of its users' tokens, for the blocking client. `user` is the application's name for a user. The
/// asynchronous [`TokenStore`](crate::oauth::TokenStore) has an example.
pub trait TokenStore: Send + Sync {
    /// Returns the token of a user, if there is one.
    ///
    /// # Errors
    ///
    /// The store's own.
    fn load(&self, user: &str) -> Result<Option<Token>, StoreError>;

    /// Saves the token of a user in place of an earlier one.
    ///
    /// # Errors
    ///
    /// The store's own.
    fn save(&self, user: &str, token: &Token) -> Result<(), StoreError>;
}

/// The blocking client of an application. Cheap to clone; clones share connections, rate limit and clock.
///
/// [`build`](Builder::build) uses ureq (feature `blocking`); [`build_over`](Builder::build_over) uses any other
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

client_methods! {
    feature: "blocking",
    asynchrony: [],
    wait: [],
    request: [Request<Response: Send>],
    source: &dyn Object,
}

impl Client {
    /// Returns the session of a user whose token is in `store`. A token that expires within five minutes is refreshed and
    /// saved first; calls for the same user wait for that, calls for other users do not.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] if the user has to authorise (again); [`Error::TokenStore`]; as for
    /// [`refresh_token`](Client::refresh_token).
    pub fn session(&self, store: &dyn TokenStore, user: &str) -> Result<Session, Error> {
        if let StoredToken::Usable(session) = stored(store, user)? {
            return Ok(session);
        }
        let lock = self.inner.engine.refreshing.of(user);
        let _alone = lock.lock_blocking();
        let refresh_token = match stored(store, user)? {
            StoredToken::Usable(session) => return Ok(session),
            StoredToken::Expiring { refresh_token } => refresh_token,
        };
        let token = self.refresh_token(&refresh_token)?;
        match store.save(user, &token) {
            Ok(()) => Ok(token.session()),
            Err(source) => Err(Error::TokenStore { source, token: Some(Box::new(token)) }),
        }
    }

    /// Returns the pages of a list as an iterator. After each page, `next` gets the request and the response. It changes
    /// the request so that it asks for the next page, and returns whether there is one.
    ///
    /// The platform's APIs page in two dozen ways (`page_no`, `cursor`, `has_next`, `total_results`, …), so `next` is up to
    /// the caller.
    ///
    /// ```no_run
    /// # fn run(client: topsdk_client::blocking::Client, session: topsdk_codec::Session) -> Result<(), topsdk_client::Error> {
    /// # use topsdk_codec::{Request, Response};
    /// # #[derive(Default, Request)]
    /// # #[top(crate = topsdk_codec, method = "taobao.trades.sold.get", response = TradesResponse)]
    /// # struct TradesRequest { page_no: Option<i64> }
    /// # #[derive(Default, Response)]
    /// # #[top(crate = topsdk_codec)]
    /// # struct TradesResponse { has_next: Option<bool> }
    /// let request = TradesRequest { page_no: Some(1), ..TradesRequest::default() };
    /// let pages = client.pages(request, |request, response| {
    ///     request.page_no = request.page_no.map(|page| page + 1);
    ///     response.has_next == Some(true)
    /// });
    /// for reply in pages.session(&session).idempotent() {
    ///     println!("{:?}", reply?.value.has_next);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn pages<R, F>(&self, request: R, next: F) -> Pages<R, F>
    where
        R: Request<Response: Send>,
        F: FnMut(&mut R, &R::Response) -> bool,
    {
        Pages::new(self.clone(), request, next)
    }

    fn run(&self, operation: &mut dyn Operation, options: &Options) -> Result<Reply<()>, Error> {
        let Inner { engine, transport } = &*self.inner;
        let mut state = engine.begin(operation, options);
        let span = state.span();
        let _entered = span.enter();
        if let Err(error) = state.check(operation) {
            return state.end(Err(error));
        }
        loop {
            if let Some(limit) = &engine.limit
                && let Err(error) = state.waited(limit.turn_blocking(&**transport, state.left()))
            {
                return state.end(Err(error));
            }
            let post = match state.post(operation) {
                Ok(post) => post,
                Err(error) => return state.end(Err(error)),
            };
            let sent = state.attempt_span().in_scope(|| transport.send(post));
            match state.settle(operation, sent) {
                Step::Done(result) => return state.end(result),
                Step::Retry(wait) => transport.sleep(wait),
            }
        }
    }
}

impl Builder<Client> {
    /// Creates the client over ureq with rustls.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if a setting is invalid.
    #[cfg(feature = "blocking")]
    pub fn build(self) -> Result<Client, BuildError> {
        let (engine, http) = self.engine()?;
        let transport = ureq_transport::UreqTransport::new(&http, engine.gateway.url())?;
        Ok(Client::new(engine, Arc::new(transport)))
    }

    /// Creates the client over a configured ureq agent, such as one with its own resolver or certificates.
    ///
    /// The caller is then responsible for these: certificates are verified, no redirect is followed (the body holds the
    /// session), a status of 400 and above is not an error of the agent (`http_status_as_error(false)`, as the platform's
    /// errors may have one), and connections are configured.
    /// [`root_certificate`](Builder::root_certificate), [`proxy`](Builder::proxy), [`gzip`](Builder::gzip),
    /// [`pool`](Builder::pool), [`user_agent`](Builder::user_agent) and [`connect_timeout`](Builder::connect_timeout) have
    /// no effect.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if a setting is invalid.
    #[cfg(feature = "blocking")]
    pub fn build_with(self, agent: ureq::Agent) -> Result<Client, BuildError> {
        let (engine, http) = self.engine()?;
        let transport = ureq_transport::UreqTransport::over(agent, &http, engine.gateway.url());
        Ok(Client::new(engine, Arc::new(transport)))
    }
}

/// Loads and classifies the token of a user.
fn stored(store: &dyn TokenStore, user: &str) -> Result<StoredToken, Error> {
    let token = store.load(user).map_err(|source| Error::TokenStore { source, token: None })?;
    oauth::classify(user, token)
}
