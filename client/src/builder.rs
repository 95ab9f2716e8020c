//! The settings of a client.

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

/// Builds a [`Client`](crate::Client) or a [`blocking::Client`](crate::blocking::Client), which have the same settings.
///
/// The defaults are production over https, HMAC-SHA256 and JSON.
///
/// ```
/// # #[cfg(feature = "blocking")] {
/// use topsdk_client::{RateLimit, Retry, blocking::Client};
///
/// let client = Client::builder("12345678", "secret")
///     .rate_limit(RateLimit::per_second(20))
///     .retry(Retry::default().reads(true))
///     .build()?;
/// # }
/// # Ok::<(), topsdk_client::BuildError>(())
/// ```
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

/// The settings of this crate's transports.
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

/// How certificates are verified.
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

/// Which proxy is used.
#[derive(Clone)]
pub(crate) enum Proxy {
    Environment,
    None,
    At(String),
}

/// Why a client cannot be built. [`Builder::build`] has an example.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The app key or the secret is empty.
    #[error("a client needs the key and the secret of an application")]
    App,
    /// The gateway URL is invalid.
    #[error("`{gateway}` is not the URL of a gateway; expected one such as {}", Endpoint::PRODUCTION.url())]
    Gateway {
        /// The URL, without query and password.
        gateway: String,
    },
    /// The proxy's URL, given or from the environment, is invalid. A proxy is never bypassed.
    #[error("the proxy's URL is invalid; expected one such as http://user:password@host:port or socks5://host:port")]
    Proxy,
    /// A root certificate is neither PEM nor DER.
    #[error("a root certificate cannot be read: give each as PEM or DER")]
    RootCertificate,
    /// A variable that [`Builder::from_env`] needs is missing.
    #[error(transparent)]
    Environment(#[from] MissingVariable),
    /// The user agent is not a valid header.
    #[error("the user agent has a character that a header cannot have: use printable ASCII")]
    UserAgent,
    /// The HTTP library failed.
    #[error("the transport cannot be built")]
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

    /// Creates a builder from the environment: `TOP_APP_KEY`, `TOP_APP_SECRET`, and optionally `TOP_GATEWAY` for a gateway
    /// other than [`Endpoint::PRODUCTION`].
    ///
    /// # Errors
    ///
    /// [`BuildError::Environment`], which names the missing variable.
    pub fn from_env() -> Result<Builder<C>, BuildError> {
        let builder = Builder::new(variable("TOP_APP_KEY")?, variable("TOP_APP_SECRET")?);
        Ok(match variable("TOP_GATEWAY") {
            Ok(gateway) => builder.gateway(gateway),
            Err(_) => builder,
        })
    }

    /// Sets the gateway; [`Endpoint::PRODUCTION`] by default.
    #[must_use]
    pub fn gateway(mut self, gateway: impl Into<Endpoint>) -> Builder<C> {
        self.gateway = gateway.into();
        self
    }

    /// Sets the format of responses; [`Format::Json`] by default.
    #[must_use]
    pub fn format(mut self, format: Format) -> Builder<C> {
        self.format = format;
        self
    }

    /// Sets how calls are signed; [`SignMethod::HmacSha256`] by default.
    #[must_use]
    pub fn sign_method(mut self, method: SignMethod) -> Builder<C> {
        self.sign_method = method;
        self
    }

    /// Sets the parameter `partner_id`, in which SDKs send their version; absent by default.
    #[must_use]
    pub fn partner_id(mut self, partner_id: impl Into<String>) -> Builder<C> {
        self.partner_id = Some(partner_id.into());
        self
    }

    /// Sets the app key of the application that provides the called APIs, if it is not the platform.
    #[must_use]
    pub fn target_app_key(mut self, key: impl Into<String>) -> Builder<C> {
        self.target_app_key = Some(key.into());
        self
    }

    /// Sets how responses are decoded: strictly, or with other limits.
    #[must_use]
    pub fn decoder(mut self, decoder: Decoder) -> Builder<C> {
        self.decoder = decoder;
        self
    }

    /// Sets the retry policy.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Builder<C> {
        self.retry = retry;
        self
    }

    /// Sets the rate limit. Clones of a [`RateLimit`] count together. There is none by default.
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Builder<C> {
        self.limit = Some(limit);
        self
    }

    /// Sets a function that receives every [`Event`], for metrics. The call waits for it, so it should be quick. [`Event`]
    /// has an example.
    #[must_use]
    pub fn on_event(mut self, tell: impl Fn(Event<'_>) + Send + Sync + 'static) -> Builder<C> {
        self.on_event = OnEvent::new(tell);
        self
    }

    /// Sets whether requests and responses are logged (by `tracing`, at level `INFO`); false by default, as they hold
    /// customers' data. The secret, sessions and calls for tokens are never logged. (ureq itself logs the wire at level
    /// `TRACE`, sessions included: leave that off.)
    #[must_use]
    pub fn log_values(mut self, is_on: bool) -> Builder<C> {
        self.logs_values = is_on;
        self
    }

    /// Sets the largest batch; 20 by default. The platform refuses larger ones.
    #[must_use]
    pub fn batch_limit(mut self, requests: usize) -> Builder<C> {
        self.batch_limit = requests;
        self
    }

    /// Sets the URLs for the authorisation of users; `https://oauth.taobao.com/authorize` and `…/token` by default.
    #[must_use]
    pub fn oauth_urls(mut self, authorize: impl Into<String>, token: impl Into<String>) -> Builder<C> {
        self.oauth = OAuthUrls { authorize: authorize.into(), token: token.into() };
        self
    }

    /// Sets how long connecting may take; 15 s by default.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Builder<C> {
        self.http.connect_timeout = timeout;
        self
    }

    /// Sets how long each attempt may take, up to the last byte of the response; 60 s by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Builder<C> {
        self.http.timeout = timeout;
        self
    }

    /// Sets the header `User-Agent`; this crate's name and version by default.
    #[must_use]
    pub fn user_agent(mut self, agent: impl Into<String>) -> Builder<C> {
        self.http.user_agent = agent.into();
        self
    }

    /// Sets the proxy, such as `http://user:password@host:port` or `socks5://host:port`. By default the
    /// environment names it (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`; `NO_PROXY` lists hosts, domains, addresses and
    /// networks that are called directly). The blocking client uses `CONNECT` even for a gateway over http.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<String>) -> Builder<C> {
        self.http.proxy = Proxy::At(url.into());
        self
    }

    /// Uses no proxy, and ignores the environment.
    #[must_use]
    pub fn no_proxy(mut self) -> Builder<C> {
        self.http.proxy = Proxy::None;
        self
    }

    /// Adds a root certificate, PEM or DER. The roots added here are trusted in place of Mozilla's, for a gateway or a
    /// proxy with its own certificate. Certificates are always verified.
    #[must_use]
    pub fn root_certificate(mut self, certificate: impl Into<Vec<u8>>) -> Builder<C> {
        match &mut self.http.trust {
            Trust::Roots(roots) => roots.push(certificate.into()),
            trust => *trust = Trust::Roots(vec![certificate.into()]),
        }
        self
    }

    /// Verifies certificates as the operating system does (Windows, macOS, the certificates installed on Linux), in place
    /// of Mozilla's roots.
    #[cfg(feature = "platform-verifier")]
    #[must_use]
    pub fn platform_verifier(mut self) -> Builder<C> {
        self.http.trust = Trust::Platform;
        self
    }

    /// Sets whether responses may be compressed; true by default.
    #[must_use]
    pub fn gzip(mut self, is_on: bool) -> Builder<C> {
        self.http.is_compressed = is_on;
        self
    }

    /// Sets the maximum number of idle connections and how long they stay open; 10 for 15 s by default.
    #[must_use]
    pub fn pool(mut self, connections: usize, idle: Duration) -> Builder<C> {
        self.http.idle_connections = connections;
        self.http.idle_for = idle;
        self
    }

    /// Sets how many bytes a decompressed response may have; the limit of the [`decoder`](Builder::decoder) by default,
    /// which is 64 MiB unless it was set. Bytes beyond the limit are not read.
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
    fn times_and_limits_are_as_documented_by_default() {
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
