//! How a client is set up.

use std::{fmt, marker::PhantomData, time::Duration};

use topsdk_codec::{
    App, Decoder, Format, SignMethod,
    environment::{MissingVariable, variable},
};

use crate::{
    Endpoint, Event, RateLimit, Retry, batch,
    clock::Clock,
    endpoint::{self, OAuthUrls},
    engine::{Engine, LONGEST},
    event::OnEvent,
    user_locks::UserLocks,
};

/// Sets up a client, [`Client`](crate::Client) or [`blocking::Client`](crate::blocking::Client), with the same settings.
///
/// What is not said is as the documentation advises it: production over https, HMAC-SHA256, JSON.
pub struct Builder<C> {
    app: App,
    gateway: Endpoint,
    format: Format,
    sign_method: SignMethod,
    partner_id: Option<String>,
    target_app_key: Option<String>,
    decoder: Decoder,
    retry: Retry,
    limit: Option<RateLimit>,
    on_event: OnEvent,
    logs_values: bool,
    batch_limit: usize,
    oauth: OAuthUrls,
    max_body: Option<usize>,
    http: Http,
    client: PhantomData<fn() -> C>,
}

/// What the transports of this crate are set up with.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    pub(crate) connect_timeout: Duration,
    pub(crate) timeout: Duration,
    pub(crate) user_agent: String,
    pub(crate) proxy: Proxy,
    pub(crate) trust: Trust,
    pub(crate) is_compressed: bool,
    pub(crate) idle_connections: usize,
    pub(crate) idle_for: Duration,
    pub(crate) max_body: usize,
}

/// What certificates of gateways are verified by.
#[derive(Clone)]
pub(crate) enum Trust {
    /// Mozilla's roots, as compiled in.
    WebPki,
    /// These roots alone, each PEM or DER.
    Roots(Vec<Vec<u8>>),
    /// The platform's own verifier.
    #[cfg(feature = "platform-verifier")]
    Platform,
}

/// By which way connections go.
#[derive(Clone)]
pub(crate) enum Proxy {
    Environment,
    None,
    At(String),
}

/// Why a client cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The app key or the secret is empty.
    #[error("a client needs the key and the secret of an application")]
    App,
    /// The gateway's address is none.
    #[error("`{gateway}` is not the address of a gateway; one looks like {}", Endpoint::PRODUCTION.url())]
    Gateway {
        /// The address.
        gateway: String,
    },
    /// The address of the proxy, given or from the environment, is invalid. Nothing goes past a proxy.
    #[error(
        "the address of the proxy cannot be used; one looks like http://user:password@host:port or socks5://host:port"
    )]
    Proxy,
    /// A root certificate is neither PEM nor DER.
    #[error("a root certificate cannot be read: give each as PEM or DER")]
    RootCertificate,
    /// An environment variable that [`Builder::from_env`] needs is missing.
    #[error(transparent)]
    Environment(#[from] MissingVariable),
    /// The user agent holds what cannot stand in a header.
    #[error("the user agent holds a character that cannot stand in a header: use printable ASCII")]
    UserAgent,
    /// The transport cannot be set up.
    #[error("the transport cannot be set up")]
    Transport(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl<C> Builder<C> {
    pub(crate) fn new(key: impl Into<String>, secret: impl Into<String>) -> Builder<C> {
        Builder {
            app: App::new(key, secret),
            gateway: Endpoint::default(),
            format: Format::default(),
            sign_method: SignMethod::default(),
            partner_id: None,
            target_app_key: None,
            decoder: Decoder::new(),
            retry: Retry::default(),
            limit: None,
            on_event: OnEvent::default(),
            logs_values: false,
            batch_limit: batch::LIMIT,
            oauth: OAuthUrls::default(),
            max_body: None,
            http: Http::default(),
            client: PhantomData,
        }
    }

    /// Sets up a client from the environment: `TOP_APP_KEY` and `TOP_APP_SECRET`, and `TOP_GATEWAY` for another gateway than
    /// [`Endpoint::PRODUCTION`].
    ///
    /// # Errors
    ///
    /// [`BuildError::Environment`], which names the variable that is missing.
    pub fn from_env() -> Result<Builder<C>, BuildError> {
        let builder = Builder::new(variable("TOP_APP_KEY")?, variable("TOP_APP_SECRET")?);
        Ok(match variable("TOP_GATEWAY") {
            Ok(gateway) => builder.gateway(gateway),
            Err(_) => builder,
        })
    }

    /// Another gateway than [`Endpoint::PRODUCTION`], or an address of one's own.
    #[must_use]
    pub fn gateway(mut self, gateway: impl Into<Endpoint>) -> Builder<C> {
        self.gateway = gateway.into();
        self
    }

    /// The format of answers; [`Format::Json`] by default.
    #[must_use]
    pub fn format(mut self, format: Format) -> Builder<C> {
        self.format = format;
        self
    }

    /// How calls are signed; [`SignMethod::HmacSha256`] by default.
    #[must_use]
    pub fn sign_method(mut self, method: SignMethod) -> Builder<C> {
        self.sign_method = method;
        self
    }

    /// The parameter `partner_id`, in which SDKs put their version; none by default.
    #[must_use]
    pub fn partner_id(mut self, partner_id: impl Into<String>) -> Builder<C> {
        self.partner_id = Some(partner_id.into());
        self
    }

    /// The application that provides the called APIs, where it is not the platform.
    #[must_use]
    pub fn target_app_key(mut self, key: impl Into<String>) -> Builder<C> {
        self.target_app_key = Some(key.into());
        self
    }

    /// How answers are read: strictly, or with other limits.
    #[must_use]
    pub fn decoder(mut self, decoder: Decoder) -> Builder<C> {
        self.decoder = decoder;
        self
    }

    /// When a call that failed is sent again.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Builder<C> {
        self.retry = retry;
        self
    }

    /// No more calls than this. Clones of a [`RateLimit`] count together.
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Builder<C> {
        self.limit = Some(limit);
        self
    }

    /// Calls a function for everything that happens to a call: for metrics. It should be quick, as the call waits for it.
    #[must_use]
    pub fn on_event(mut self, tell: impl Fn(Event<'_>) + Send + Sync + 'static) -> Builder<C> {
        self.on_event = OnEvent::new(tell);
        self
    }

    /// Whether requests and answers stand in the log (by `tracing`, at level `INFO`); no by default, as they are your
    /// customers'. The secret and the session of a call do not, even then, and neither do calls for tokens. (What ureq logs
    /// by itself at level `TRACE` is the wire, session and all: leave that off.)
    #[must_use]
    pub fn log_values(mut self, is_on: bool) -> Builder<C> {
        self.logs_values = is_on;
        self
    }

    /// How many requests a batch may have; 20 by default. The platform refuses larger ones.
    #[must_use]
    pub fn batch_limit(mut self, requests: usize) -> Builder<C> {
        self.batch_limit = requests;
        self
    }

    /// Other addresses for the authorisation of users than `https://oauth.taobao.com/authorize` and `…/token`.
    #[must_use]
    pub fn oauth_urls(mut self, authorize: impl Into<String>, token: impl Into<String>) -> Builder<C> {
        self.oauth = OAuthUrls { authorize: authorize.into(), token: token.into() };
        self
    }

    /// For how long a connection is tried; 15 s by default.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Builder<C> {
        self.http.connect_timeout = timeout;
        self
    }

    /// How long a call may take, from the beginning to the last byte of the answer; 60 s by default. Each attempt has that
    /// much.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Builder<C> {
        self.http.timeout = timeout;
        self
    }

    /// The header `User-Agent`; this crate's name and version by default.
    #[must_use]
    pub fn user_agent(mut self, agent: impl Into<String>) -> Builder<C> {
        self.http.user_agent = agent.into();
        self
    }

    /// Sends calls through a proxy, such as `http://user:password@host:port` or `socks5://host:port`. By default the
    /// environment names it (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`; `NO_PROXY` lists hosts, domains, addresses and
    /// networks that are called directly). The blocking client asks the proxy for a way through
    /// (`CONNECT`), also to a gateway over http.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<String>) -> Builder<C> {
        self.http.proxy = Proxy::At(url.into());
        self
    }

    /// Sends calls through no proxy, whatever the environment says.
    #[must_use]
    pub fn no_proxy(mut self) -> Builder<C> {
        self.http.proxy = Proxy::None;
        self
    }

    /// Trusts this root certificate, PEM or DER, and no other than those given here, in place of Mozilla's roots: for a
    /// gateway or a proxy with a certificate of one's own. Certificates are always verified.
    #[must_use]
    pub fn root_certificate(mut self, certificate: impl Into<Vec<u8>>) -> Builder<C> {
        match &mut self.http.trust {
            Trust::Roots(roots) => roots.push(certificate.into()),
            trust => *trust = Trust::Roots(vec![certificate.into()]),
        }
        self
    }

    /// Verifies certificates as the platform does (Windows, macOS, the certificates installed on Linux), in place of
    /// Mozilla's roots.
    #[cfg(feature = "platform-verifier")]
    #[must_use]
    pub fn platform_verifier(mut self) -> Builder<C> {
        self.http.trust = Trust::Platform;
        self
    }

    /// Whether answers may come compressed; yes by default.
    #[must_use]
    pub fn gzip(mut self, is_on: bool) -> Builder<C> {
        self.http.is_compressed = is_on;
        self
    }

    /// How many connections are kept open while nothing is sent, and for how long; 10 for 15 s by default.
    #[must_use]
    pub fn pool(mut self, connections: usize, idle: Duration) -> Builder<C> {
        self.http.idle_connections = connections;
        self.http.idle_for = idle;
        self
    }

    /// How many bytes an answer may have, decompressed; the limit of the [`decoder`](Builder::decoder) by default, which is
    /// 64 MiB unless it was set. What comes beyond is not even read.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Builder<C> {
        self.max_body = Some(bytes);
        self
    }

    pub(crate) fn engine(self) -> Result<(Engine, Http), BuildError> {
        let Builder { app, gateway, mut http, .. } = self;
        http.max_body = self.max_body.unwrap_or(self.decoder.max_body());
        for time in [&mut http.connect_timeout, &mut http.timeout, &mut http.idle_for] {
            *time = (*time).min(LONGEST);
        }
        if app.key().is_empty() || app.secret().is_empty() {
            return Err(BuildError::App);
        }
        let urls = [Some(gateway.url().into()), gateway.batch_url(), Some(self.oauth.token.as_str().into())];
        for url in urls.into_iter().flatten() {
            if !endpoint::is_address(&url) {
                return Err(BuildError::Gateway { gateway: endpoint::shown(&url) });
            }
        }
        if !http.user_agent.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(BuildError::UserAgent);
        }
        let engine = Engine {
            app,
            gateway,
            format: self.format,
            sign_method: self.sign_method,
            partner_id: self.partner_id,
            target_app_key: self.target_app_key,
            decoder: self.decoder.with_max_body(http.max_body).for_format(self.format),
            timeout: http.timeout,
            retry: self.retry,
            limit: self.limit,
            clock: Clock::default(),
            on_event: self.on_event,
            logs_values: self.logs_values,
            batch_limit: self.batch_limit,
            oauth: self.oauth,
            refreshing: UserLocks::default(),
        };
        Ok((engine, http))
    }
}

impl Default for Http {
    fn default() -> Http {
        Http {
            connect_timeout: Duration::from_secs(15),
            timeout: Duration::from_secs(60),
            user_agent: concat!("topsdk/", env!("CARGO_PKG_VERSION")).to_owned(),
            proxy: Proxy::Environment,
            trust: Trust::WebPki,
            is_compressed: true,
            idle_connections: 10,
            idle_for: Duration::from_secs(15),
            max_body: 64 << 20,
        }
    }
}

impl<C> fmt::Debug for Builder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("app", &self.app).field("gateway", &self.gateway).finish_non_exhaustive()
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trust::WebPki => f.write_str("WebPki"),
            Trust::Roots(roots) => write!(f, "Roots({})", roots.len()),
            #[cfg(feature = "platform-verifier")]
            Trust::Platform => f.write_str("Platform"),
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Proxy::Environment => f.write_str("Environment"),
            Proxy::None => f.write_str("None"),
            Proxy::At(url) => write!(f, "At({})", endpoint::shown(url)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_limits_are_as_documented_unless_told_otherwise() {
        let (engine, http) = Builder::<()>::new("key", "secret").engine().unwrap();
        assert_eq!((http.connect_timeout, http.timeout), (Duration::from_secs(15), Duration::from_secs(60)));
        assert_eq!(engine.timeout, http.timeout);
        assert!(http.is_compressed && http.max_body == 64 << 20 && engine.limit.is_none());
        assert_eq!((http.idle_connections, http.idle_for), (10, Duration::from_secs(15)));
        assert!(matches!(http.proxy, Proxy::Environment));

        let builder =
            Builder::<()>::new("key", "secret").timeout(Duration::MAX).connect_timeout(Duration::from_secs(1));
        let (engine, http) = builder.engine().unwrap();
        assert_eq!((engine.timeout, http.timeout, http.connect_timeout), (LONGEST, LONGEST, Duration::from_secs(1)));
    }
}
