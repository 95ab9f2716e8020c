//! The asynchronous client.

mod pages;

use std::{borrow::Cow, fmt, sync::Arc};

use async_lock::Mutex;
use topsdk_codec::{Object, Request, Session};
use tracing::Instrument;

#[cfg(feature = "async")]
use crate::reqwest_transport::ReqwestTransport;
use crate::{
    Batch, BatchReply, BuildError, Builder, Error, Reply, Transport,
    batch::BatchOperation,
    call::{BatchCallBuilder, CallBuilder, ObjectCallBuilder, Options},
    client_methods::client_methods,
    engine::{Engine, Step},
    oauth::{self, Grant, StoredToken, TokenRequest, TokenStore},
    operation::{Operation, SingleCall},
    token::Token,
};
pub use pages::Pages;

/// The asynchronous client of an application. Cheap to clone; clones share connections, rate limit and clock.
///
/// Dropping the future of a call cancels it and closes its connection. The platform may have executed the call.
///
/// [`build`](Builder::build) uses reqwest (feature `async`), which needs tokio; [`build_over`](Builder::build_over) uses
/// any other [`Transport`].
///
/// ```no_run
/// # #[cfg(feature = "async")]
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use topsdk_client::Client;
/// # use topsdk_codec::{Date, Request, Response};
/// # #[derive(Default, Request)]
/// # #[top(crate = topsdk_codec, method = "taobao.time.get", response = TimeGetResponse)]
/// # struct TimeGetRequest {}
/// # #[derive(Default, Response)]
/// # #[top(crate = topsdk_codec)]
/// # struct TimeGetResponse { time: Option<Date> }
///
/// let client = Client::builder("12345678", "secret").build()?;
/// let reply = client.execute(&TimeGetRequest::default(), None).await?;
/// println!("{:?}", reply.value.time);
/// # Ok(())
/// # }
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
    feature: "async",
    asynchrony: [async],
    wait: [.await],
    request: [Request<Response: Send> + Sync],
    source: &(dyn Object + Sync),
}

impl Client {
    /// Returns the session of a user whose token is in `store`. A token that expires within five minutes is refreshed and
    /// saved first; calls for the same user wait for that, calls for other users do not.
    ///
    /// Refresh tokens can be used once. Therefore a refresh that has begun is completed and its token saved even if this
    /// future is dropped: it runs as a task of the tokio runtime, or as [`Transport::spawn`] does it.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] if the user has to authorise (again); [`Error::TokenStore`]; as for
    /// [`refresh_token`](Client::refresh_token).
    pub async fn session<S>(&self, store: &Arc<S>, user: &str) -> Result<Session, Error>
    where
        S: TokenStore + ?Sized + 'static,
    {
        if let StoredToken::Usable(session) = stored(&**store, user).await? {
            return Ok(session);
        }
        let alone = self.inner.engine.refreshing.of(user).lock_arc().await;
        let refresh_token = match stored(&**store, user).await? {
            StoredToken::Usable(session) => return Ok(session),
            StoredToken::Expiring { refresh_token } => refresh_token,
        };
        let outcome = Arc::new(Mutex::new(None));
        let mut slot = outcome.lock_arc().await;
        let (client, store, user) = (self.clone(), Arc::clone(store), user.to_owned());
        let refresh = async move {
            *slot = Some(client.refreshed(&*store, &user, &refresh_token).await);
            drop(alone);
        };
        self.inner.transport.spawn(Box::pin(refresh.in_current_span()));
        let ended = "the runtime ended while the token was refreshed";
        outcome.lock().await.take().unwrap_or_else(|| Err(Error::TokenStore { source: ended.into(), token: None }))
    }

    async fn refreshed(
        &self,
        store: &(impl TokenStore + ?Sized),
        user: &str,
        refresh_token: &str,
    ) -> Result<Session, Error> {
        let token = self.refresh_token(refresh_token).await?;
        match store.save(user, &token).await {
            Ok(()) => Ok(token.session()),
            Err(source) => Err(Error::TokenStore { source, token: Some(Box::new(token)) }),
        }
    }

    /// Returns the pages of a list as a stream. After each page, `next` gets the request and the response. It changes the
    /// request so that it asks for the next page, and returns whether there is one.
    ///
    /// The platform's APIs page in two dozen ways (`page_no`, `cursor`, `has_next`, `total_results`, …), so `next` is up to
    /// the caller.
    ///
    /// ```no_run
    /// # async fn run(client: topsdk_client::Client, session: topsdk_codec::Session) -> Result<(), topsdk_client::Error> {
    /// # use topsdk_codec::{Request, Response};
    /// # #[derive(Clone, Default, Request)]
    /// # #[top(crate = topsdk_codec, method = "taobao.trades.sold.get", response = TradesResponse)]
    /// # struct TradesRequest { page_no: Option<i64> }
    /// # #[derive(Default, Response)]
    /// # #[top(crate = topsdk_codec)]
    /// # struct TradesResponse { has_next: Option<bool> }
    /// let request = TradesRequest { page_no: Some(1), ..TradesRequest::default() };
    /// let mut pages = client.pages(request, |request, response| {
    ///     request.page_no = request.page_no.map(|page| page + 1);
    ///     response.has_next == Some(true)
    /// });
    /// pages = pages.session(&session).idempotent();
    /// while let Some(reply) = pages.next().await {
    ///     println!("{:?}", reply?.value.has_next);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn pages<R, F>(&self, request: R, next: F) -> Pages<R, F>
    where
        R: Request<Response: Send> + Clone + Send + Sync + 'static,
        F: FnMut(&mut R, &R::Response) -> bool,
    {
        Pages::new(self.clone(), request, next)
    }

    async fn run(&self, operation: &mut (dyn Operation + Send), options: &Options) -> Result<Reply<()>, Error> {
        let Inner { engine, transport } = &*self.inner;
        let mut state = engine.begin(operation, options);
        let span = state.span();
        async {
            if let Err(error) = state.check(operation) {
                return state.end(Err(error));
            }
            loop {
                if let Some(limit) = &engine.limit
                    && let Err(error) = state.waited(limit.turn(&**transport, state.left()).await)
                {
                    return state.end(Err(error));
                }
                let post = match state.post(operation) {
                    Ok(post) => post,
                    Err(error) => return state.end(Err(error)),
                };
                let sent = transport.send(post).instrument(state.attempt_span()).await;
                match state.settle(operation, sent) {
                    Step::Done(result) => return state.end(result),
                    Step::Retry(wait) => transport.sleep(wait).await,
                }
            }
        }
        .instrument(span)
        .await
    }
}

impl Builder<Client> {
    /// Creates the client over reqwest with rustls.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if a setting is invalid.
    #[cfg(feature = "async")]
    pub fn build(self) -> Result<Client, BuildError> {
        let (engine, http) = self.engine()?;
        let transport = ReqwestTransport::new(&http, engine.gateway.url())?;
        Ok(Client::new(engine, Arc::new(transport)))
    }

    /// Creates the client over a configured reqwest client, such as one with its own resolver or certificates.
    ///
    /// The caller is then responsible for these: certificates are verified, no redirect is followed (the body holds the
    /// session), reqwest repeats nothing (the call may have been executed), and connections are configured.
    /// [`root_certificate`](Builder::root_certificate), [`proxy`](Builder::proxy), [`gzip`](Builder::gzip),
    /// [`pool`](Builder::pool) and [`connect_timeout`](Builder::connect_timeout) have no effect.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if a setting is invalid.
    #[cfg(feature = "async")]
    pub fn build_with(self, client: reqwest::Client) -> Result<Client, BuildError> {
        let (engine, http) = self.engine()?;
        let transport = ReqwestTransport::over(client, &http, engine.gateway.url())?;
        Ok(Client::new(engine, Arc::new(transport)))
    }
}

/// Loads and classifies the token of a user.
async fn stored(store: &(impl TokenStore + ?Sized), user: &str) -> Result<StoredToken, Error> {
    let token = store.load(user).await.map_err(|source| Error::TokenStore { source, token: None })?;
    oauth::classify(user, token)
}
