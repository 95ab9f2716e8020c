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

/// An application at a gateway, asynchronously. Cheap to clone; clones share connections, limit and clock.
///
/// Dropping the future of a call gives the call up: its connection is closed, and nothing goes on. Whether the platform has
/// executed it already, nobody can tell then.
///
/// [`build`](Builder::build) makes it over reqwest (feature `async`), which needs tokio;
/// [`build_over`](Builder::build_over) over any other [`Transport`].
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    transport: Arc<dyn Transport>,
}

client_methods! {
    asynchrony: [async],
    wait: [.await],
    request: [Request<Response: Send> + Sync],
    source: &(dyn Object + Sync),
}

#[cfg(feature = "async")]
impl Client {
    /// The client that the environment describes, as [`Builder::from_env`] has it, with all other settings by default.
    ///
    /// # Errors
    ///
    /// [`BuildError`]: a variable that is missing is named.
    pub fn from_env() -> Result<Client, BuildError> {
        Builder::<Client>::from_env()?.build()
    }
}

impl Client {
    /// The session of a user whose token is in `store`. A token that is about to expire is refreshed and stored; calls for
    /// the same user meanwhile wait for that, calls for others do not.
    ///
    /// Refresh tokens can be used once. So a refresh that has begun goes on to the end, and its token is stored, also if
    /// this future is dropped: as a task of the tokio runtime, or as [`Transport::spawn`] has it.
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

    /// The pages of a list: repeats a call while `next`, which is given the request and the response of the page before,
    /// returns true. `next` changes the request so that it asks for the next page.
    ///
    /// The APIs of the platform page in two dozen ways (`page_no`, `cursor`, `has_next`, `total_results`, …), so the caller
    /// says how.
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
    /// The client, over reqwest with rustls.
    ///
    /// # Errors
    ///
    /// [`BuildError`], for a setting that cannot be used.
    #[cfg(feature = "async")]
    pub fn build(self) -> Result<Client, BuildError> {
        let (engine, http) = self.engine()?;
        let transport = ReqwestTransport::new(&http, engine.gateway.url())?;
        Ok(Client::new(engine, Arc::new(transport)))
    }

    /// The client, over a reqwest client that was set up elsewhere: with proxies, resolvers or certificates of its own.
    ///
    /// What the caller then answers for: that certificates are verified, that no redirect is followed (the body, with the
    /// session, would go elsewhere), that reqwest repeats nothing (a call may have been executed already), and the settings
    /// of connections. [`root_certificate`](Builder::root_certificate), [`proxy`](Builder::proxy), [`gzip`](Builder::gzip),
    /// [`pool`](Builder::pool) and [`connect_timeout`](Builder::connect_timeout) have no effect.
    ///
    /// # Errors
    ///
    /// [`BuildError`], for a setting that cannot be used.
    #[cfg(feature = "async")]
    pub fn build_with(self, client: reqwest::Client) -> Result<Client, BuildError> {
        let (engine, http) = self.engine()?;
        let transport = ReqwestTransport::over(client, &http, engine.gateway.url())?;
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

/// What a store has for a user.
async fn stored(store: &(impl TokenStore + ?Sized), user: &str) -> Result<StoredToken, Error> {
    let token = store.load(user).await.map_err(|source| Error::TokenStore { source, token: None })?;
    oauth::classify(user, token)
}
