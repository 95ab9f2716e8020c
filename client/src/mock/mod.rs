//! A gateway on localhost for tests, made from specs (feature `mock`).
//!
//! The gateway is a real HTTP server. It checks what the platform checks (signature, timestamp, session, parameters;
//! docs/protocol.md sections 2 to 4), answers each API with the sample of its page, authorises users (section 11), and
//! simulates faults. It runs on its own thread, so blocking programs can use it too, and stops when its handle is dropped.
//!
//! ```
//! use topsdk_client::mock::{Api, Gateway, Outcome};
//!
//! // A spec as `topsdk parse` prints it; `load` reads them from files and folders.
//! let api = Api::from_json(r#"{
//!     "method": "taobao.time.get", "source": {"page": "", "sha256": "", "layout": "html"},
//!     "response": [{"name": "time", "type": "Date", "example": "2016-01-01 12:00:00"}]
//! }"#)?;
//! let gateway = Gateway::builder("12345678", "secret").api(api).listen("127.0.0.1:0")?;
//! assert!(gateway.url().starts_with("http://127.0.0.1:"));
//!
//! // … call `gateway.url()`, and look at what came:
//! assert!(gateway.calls().iter().all(|call| call.outcome == Outcome::Done));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod activity;
mod arguments;
mod body;
mod date;
mod documented;
mod fault;
mod form;
mod limit;
mod oauth;
mod platform;
mod received;
mod refusal;
mod scripted;
mod server;

use std::{
    collections::BTreeMap,
    fmt, io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::watch;
use topsdk_codec::{App, jiff::SignedDuration};

pub use fault::{Fault, ParseFaultError};
pub use form::Upload;
pub use received::{Outcome, Received};
pub use topsdk_spec::{Api, LoadError, load};

use fault::Dice;
use limit::Limit;
use oauth::{Lifetimes, OAuth};
use platform::{DocumentedApi, GatewayClock, Platform};
use scripted::Scripted;
use server::{Bounds, Phase, Server};

/// A running gateway. It stops when it is dropped. [The module](self) has an example.
pub struct Gateway {
    address: SocketAddr,
    server: Arc<Server>,
    phase: watch::Sender<Phase>,
    thread: Option<JoinHandle<()>>,
}

/// Builds a [`Gateway`].
#[must_use]
pub struct GatewayBuilder {
    app: App,
    apis: BTreeMap<String, DocumentedApi>,
    sessions: Vec<String>,
    folder: Option<PathBuf>,
    dice: Dice,
    latency: Duration,
    limit: Option<u32>,
    ahead: SignedDuration,
    lifetimes: Lifetimes,
    bounds: Bounds,
    watch: Option<Watch>,
}

type Watch = Box<dyn Fn(&Received) + Send + Sync>;

impl Gateway {
    /// Returns a builder for a gateway with one application and no API.
    pub fn builder(app_key: impl Into<String>, secret: impl Into<String>) -> GatewayBuilder {
        GatewayBuilder {
            app: App::new(app_key, secret),
            apis: BTreeMap::new(),
            sessions: Vec::new(),
            folder: None,
            dice: Dice::default(),
            latency: Duration::ZERO,
            limit: None,
            ahead: SignedDuration::ZERO,
            lifetimes: Lifetimes::default(),
            bounds: Bounds::default(),
            watch: None,
        }
    }

    /// Returns the URL for calls: `http://127.0.0.1:PORT/router/rest`. Batches go to `/router/batch`.
    pub fn url(&self) -> String {
        format!("http://{}/router/rest", self.address)
    }

    /// Returns the URL at which users authorise: it grants access at once and redirects to `redirect_uri` with a code. Use
    /// it in [`oauth_urls`](crate::Builder::oauth_urls), together with [`token_url`](Gateway::token_url).
    pub fn authorize_url(&self) -> String {
        format!("http://{}/authorize", self.address)
    }

    /// Returns the URL at which codes are exchanged for tokens, and tokens are refreshed.
    pub fn token_url(&self) -> String {
        format!("http://{}/token", self.address)
    }

    /// Returns a code, such as a user brings back to `redirect_uri`.
    pub fn code(&self, redirect_uri: &str) -> String {
        self.server.platform.oauth.grant(redirect_uri)
    }

    /// Returns the address on which the gateway listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the last calls, oldest first: at most a thousand, with at most 64 MiB of parameters. Each request of a batch
    /// is a call. [`GatewayBuilder::watch`] receives all calls.
    pub fn calls(&self) -> Vec<Received> {
        locked(&self.server.calls).all()
    }

    /// Returns the last call.
    pub fn last_call(&self) -> Option<Received> {
        locked(&self.server.calls).last().cloned()
    }

    /// Returns the number of HTTP requests received, whatever their outcome.
    pub fn count(&self) -> u64 {
        self.server.count()
    }

    /// Returns the number of open connections.
    pub fn connections(&self) -> usize {
        self.server.connections()
    }

    /// Sets the response of `method` from now on, as XML or JSON. The method needs no spec, and the response may be an
    /// `error_response`. It is sent unchanged if it has the requested format, and otherwise converted by the spec.
    pub fn respond(&self, method: impl Into<String>, response: impl Into<String>) {
        self.server.platform.scripted.set(method.into(), response.into().into());
    }

    /// Sets the gateway's clock from now on. [`GatewayBuilder::clock_ahead`] sets it at the start.
    pub fn set_clock_ahead(&self, ahead: SignedDuration) {
        self.server.platform.clock.set_ahead(ahead);
    }

    /// Returns a handle that stops the gateway from another thread, such as a signal handler.
    pub fn stopper(&self) -> Stopper {
        Stopper { phase: self.phase.clone() }
    }

    /// Serves until a [`Stopper`] stops it, or the process ends.
    pub fn serve(mut self) {
        if let Some(thread) = self.thread.take() {
            // The thread's panic was reported on standard error.
            let _ = thread.join();
        }
    }
}

/// Stops a [`Gateway`] gracefully.
#[derive(Clone, Debug)]
pub struct Stopper {
    phase: watch::Sender<Phase>,
}

impl Stopper {
    /// Accepts no more connections and requests. Calls in flight are answered, then [`Gateway::serve`] returns.
    pub fn stop(&self) {
        self.phase.send_if_modified(|phase| {
            let is_running = *phase == Phase::Running;
            if is_running {
                *phase = Phase::Draining;
            }
            is_running
        });
    }
}

impl GatewayBuilder {
    /// Adds the API of this spec. It replaces an earlier one with the same method.
    pub fn api(mut self, api: Api) -> GatewayBuilder {
        self.apis.insert(api.method.clone(), DocumentedApi::new(api));
        self
    }

    /// Adds the APIs of these specs.
    pub fn apis(self, apis: impl IntoIterator<Item = Api>) -> GatewayBuilder {
        apis.into_iter().fold(self, GatewayBuilder::api)
    }

    /// Accepts this session, in addition to those issued at [`token_url`](Gateway::token_url). Without this setting every
    /// session is valid.
    pub fn session(mut self, token: impl Into<String>) -> GatewayBuilder {
        self.sessions.push(token.into());
        self
    }

    /// Sets how long a code of [`authorize_url`](Gateway::authorize_url) is valid; half an hour by default.
    pub fn code_lifetime(mut self, lifetime: Duration) -> GatewayBuilder {
        self.lifetimes.code = lifetime;
        self
    }

    /// Sets how long sessions issued at [`token_url`](Gateway::token_url) are valid (`expires_in`), and how long they can
    /// be refreshed (`re_expires_in`); a day and 30 days by default. Calls with an expired session are refused with code
    /// 27.
    pub fn session_lifetime(mut self, session: Duration, refresh: Duration) -> GatewayBuilder {
        (self.lifetimes.session, self.lifetimes.refresh) = (session, refresh);
        self
    }

    /// Responds to a method with `METHOD.json` or `METHOD.xml` of this folder, if there is one, as with [`Gateway::respond`].
    /// The file is read again for each call.
    pub fn responses(mut self, folder: impl Into<PathBuf>) -> GatewayBuilder {
        self.folder = Some(folder.into());
        self
    }

    /// Delays each response.
    pub fn latency(mut self, latency: Duration) -> GatewayBuilder {
        self.latency = latency;
        self
    }

    /// Simulates this fault at a rate from 0 to 1. A call meets at most one of several faults.
    pub fn fail(mut self, fault: Fault, rate: f64) -> GatewayBuilder {
        self.dice.faults.push((fault, rate));
        self
    }

    /// Sets the seed that chooses the calls that fail. The same seed chooses the same numbers of calls.
    pub fn seed(mut self, seed: u64) -> GatewayBuilder {
        self.dice.seed = seed;
        self
    }

    /// Limits the calls per second. If a call exceeds the limit, all calls are refused with code 7 for a second.
    pub fn limit(mut self, calls: u32) -> GatewayBuilder {
        self.limit = Some(calls);
        self
    }

    /// Sets how far the gateway's clock is ahead of this machine's, for timestamps and the header `Date`. A running gateway
    /// has [`set_clock_ahead`](Gateway::set_clock_ahead).
    pub fn clock_ahead(mut self, ahead: SignedDuration) -> GatewayBuilder {
        self.ahead = ahead;
        self
    }

    /// Limits the bytes of a request body; 64 MiB by default. A larger one gets the HTTP status 413.
    pub fn max_body(mut self, bytes: usize) -> GatewayBuilder {
        self.bounds.body = bytes;
        self
    }

    /// Limits the bytes of all request bodies in memory; 256 MiB by default, and at least the limit of one body. Further
    /// requests wait for room.
    pub fn max_memory(mut self, bytes: usize) -> GatewayBuilder {
        self.bounds.memory = bytes;
        self
    }

    /// Limits the open connections; 1,024 by default. Others wait, and idle connections are closed to make room.
    pub fn max_connections(mut self, connections: usize) -> GatewayBuilder {
        self.bounds.connections = connections;
        self
    }

    /// Sets how long to wait for the next bytes of a request, and for the next request on a connection; 30 seconds by
    /// default.
    pub fn patience(mut self, patience: Duration) -> GatewayBuilder {
        self.bounds.patience = patience;
        self
    }

    /// Calls `watch` for each call, after its outcome is known and before its response is sent. It runs on the gateway's
    /// thread: nothing else is served meanwhile.
    pub fn watch(mut self, watch: impl Fn(&Received) + Send + Sync + 'static) -> GatewayBuilder {
        self.watch = Some(Box::new(watch));
        self
    }

    /// Starts to listen. `127.0.0.1:0` chooses a free port.
    ///
    /// # Errors
    ///
    /// If the address is not available, if the rates of faults add up to more than 1, or if no thread can be started.
    pub fn listen(self, address: impl ToSocketAddrs) -> io::Result<Gateway> {
        if !self.dice.is_fair() {
            let message = "each fault's rate is from 0 to 1, and so are all together";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let platform = Platform {
            app: self.app,
            sessions: self.sessions,
            apis: self.apis,
            scripted: Scripted::new(self.folder),
            limit: self.limit.map(Limit::new),
            seed: self.dice.seed,
            clock: GatewayClock::new(self.ahead),
            oauth: OAuth::new(self.lifetimes, self.dice.seed),
        };
        let server = Arc::new(Server::new(platform, self.dice, self.latency, self.bounds, self.watch));
        let (phase, phases) = watch::channel(Phase::Running);
        let serving = server.clone();
        let thread = thread::Builder::new().name("topsdk-mock".to_owned()).spawn(move || {
            runtime.block_on(server::run(serving, listener, phases));
        })?;
        Ok(Gateway { address, server, phase, thread: Some(thread) })
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.phase.send_replace(Phase::Over);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Hides the secret.
impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Hides the secret and the sessions.
impl fmt::Debug for GatewayBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayBuilder").field("app", &self.app).field("apis", &self.apis.len()).finish_non_exhaustive()
    }
}

/// Locks a mutex. Poisoning can be ignored: no code in this module panics in the middle of a change.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
