//! Sends requests to one host: rate, robots.txt, proxies, redirects, cookies, limits, certificates.

use std::io::{self, Read};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use robotstxt::DefaultMatcher;
use ureq::http::{HeaderMap, Uri, header};
use ureq::{Agent, Proxy};

use super::address::{self, shown};
use super::cookies::Jar;
use super::{FetchError, FetchOptions};

/// The maximum number of redirects in a row. Pages of the site have at most one.
const MAX_REDIRECTS: usize = 5;

/// The maximum time to establish a connection.
const CONNECT: Duration = Duration::from_secs(15);

/// The number of bytes of a robots.txt that are read.
const MAX_ROBOTS: usize = 500 << 10;

/// The user agent that a robots.txt can address.
const ROBOT: &str = "topsdk";

/// The `User-Agent` header: the project, and where to report problems.
const USER_AGENT: &str = concat!("topsdk/", env!("CARGO_PKG_VERSION"), " (+", env!("CARGO_PKG_REPOSITORY"), "/issues)");

/// An HTTP client that keeps the cookies of earlier responses.
pub(super) struct Http {
    agent: Agent,
    timeout: Duration,
    pause: Duration,
    /// When the last response was complete.
    last: Option<Instant>,
    max_body: usize,
    robots_address: String,
    /// The site's robots.txt, once it has been requested.
    robots: Option<String>,
    pub(super) jar: Jar,
}

/// A response with any status.
pub(super) struct SiteResponse {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    /// The decompressed body.
    pub(super) body: Vec<u8>,
}

impl Http {
    pub(super) fn new(options: &FetchOptions) -> Http {
        let config = Agent::config_builder()
            .https_only(!options.base.is_plain())
            .timeout_connect(Some(CONNECT.min(options.timeout)))
            .timeout_global(Some(options.timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(USER_AGENT)
            .accept("application/json, text/html;q=0.9")
            .proxy(None)
            .build();
        Http {
            agent: config.into(),
            timeout: options.timeout,
            pause: options.pause,
            last: None,
            max_body: options.max_body,
            robots_address: options.base.robots(),
            robots: None,
            jar: Jar::default(),
        }
    }

    /// Requests an address at the rate of the run, following redirects. Requests the site's robots.txt first, once.
    pub(super) fn get(&mut self, address: &str) -> Result<SiteResponse, FetchError> {
        if self.robots.is_none() {
            self.robots = Some(self.get_robots()?);
        }
        let robots = self.robots.as_deref().unwrap_or_default();
        match DefaultMatcher::default().one_agent_allowed_by_robots(robots, ROBOT, address) {
            true => self.get_paced(address),
            false => Err(FetchError::Robots { address: shown(address) }),
        }
    }

    /// Requests the site's robots.txt. A missing file excludes nothing. A site that cannot be reached is an error, because
    /// its rules are unknown.
    fn get_robots(&mut self) -> Result<String, FetchError> {
        let address = self.robots_address.clone();
        match self.get_paced(&address) {
            Ok(SiteResponse { status: 200, body, .. }) => Ok(rules(&body)),
            Ok(SiteResponse { status: status @ (408 | 425 | 429 | 500..), retry_after, .. }) => {
                Err(FetchError::Status { address, status, retry_after })
            }
            Err(error) if error.is_transient() => Err(error),
            Ok(_) | Err(_) => Ok(String::new()),
        }
    }

    fn get_paced(&mut self, address: &str) -> Result<SiteResponse, FetchError> {
        if let Some(last) = self.last {
            // Adds up to half of the pause at random, so that requests do not come at fixed intervals.
            let pause = self.pause.saturating_add((self.pause / 2).mul_f64(fastrand::f64()));
            thread::sleep(pause.saturating_sub(last.elapsed()));
        }
        let response = self.get_now(address);
        self.last = Some(Instant::now());
        response
    }

    fn get_now(&mut self, address: &str) -> Result<SiteResponse, FetchError> {
        let mut address = address.to_owned();
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.agent.get(&address).config().proxy(self.proxy(&address)?).build();
            if let Some(cookies) = self.jar.header() {
                request = request.header(header::COOKIE, cookies);
            }
            let response = request.call().map_err(|error| self.failed(error, &address))?;
            for cookie in response.headers().get_all(header::SET_COOKIE) {
                if let Ok(cookie) = cookie.to_str() {
                    self.jar.absorb(cookie);
                }
            }
            let status = response.status().as_u16();
            let location = response.headers().get(header::LOCATION).and_then(|location| location.to_str().ok());
            if let (301 | 302 | 303 | 307 | 308, Some(location)) = (status, location) {
                address = address::redirect(&address, location)?;
                continue;
            }
            let retry_after = retry_after(response.headers());
            let body = self.body(response.into_body().into_reader(), &address)?;
            return Ok(SiteResponse { status, retry_after, body });
        }
        Err(FetchError::Redirect { from: shown(&address), to: "itself, again and again".to_owned() })
    }

    /// Returns the proxy for an address from the environment, by the same rules as the client crate.
    fn proxy(&self, address: &str) -> Result<Option<Proxy>, FetchError> {
        let Ok(uri) = address.parse::<Uri>() else { return Ok(None) };
        let (scheme, host) = (uri.scheme_str().unwrap_or_default(), uri.host().unwrap_or_default());
        let proxy = topsdk_client::environment_proxy(scheme, host)?;
        proxy.map(|proxy| Proxy::new(&proxy)).transpose().map_err(|error| self.failed(error, address))
    }

    /// Reads the decompressed body. The limit also stops a small body that unpacks to a large one.
    fn body(&self, reader: impl Read, address: &str) -> Result<Vec<u8>, FetchError> {
        let mut body = Vec::new();
        let most = u64::try_from(self.max_body).unwrap_or(u64::MAX).saturating_add(1);
        reader.take(most).read_to_end(&mut body).map_err(|error| self.failed(ureq::Error::from(error), address))?;
        match body.len() > self.max_body {
            true => Err(FetchError::TooLarge { address: shown(address), limit: self.max_body }),
            false => Ok(body),
        }
    }

    fn failed(&self, error: ureq::Error, address: &str) -> FetchError {
        let address = shown(address);
        let problem = match error {
            ureq::Error::Timeout(_) => return FetchError::Timeout { address, limit: self.timeout },
            // These messages may contain the whole address, including the token.
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::RequireHttpsOnly(_) => {
                "the address cannot be requested".to_owned()
            }
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                "it was closed before the response was complete".to_owned()
            }
            error => error.to_string(),
        };
        FetchError::Network { address, problem }
    }
}

/// Decodes a robots.txt. Bytes outside of ASCII become `?`, because no address that we request contains them.
fn rules(body: &[u8]) -> String {
    body.iter().take(MAX_ROBOTS).map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect()
}

/// Parses the `Retry-After` header: seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = rfc2822::parse(value).ok()?.timestamp();
    // A time in the past means no wait.
    Some(Duration::try_from(then.duration_since(Timestamp::now())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(topsdk_random::config(500))]

        #[test]
        fn any_robots_txt_is_parsed_without_a_panic(lines in prop::collection::vec((0..4usize, any::<Vec<u8>>()), 0..20)) {
            let words: [&[u8]; 4] = [b"User-agent: ", b"Disallow: /", b"allow:*$", b""];
            let text: Vec<u8> = lines.into_iter().flat_map(|(word, rest)| [words[word], &rest, b"\n"].concat()).collect();
            let rules = rules(&text);
            DefaultMatcher::default().one_agent_allowed_by_robots(&rules, ROBOT, "https://a.example/handler/x?docId=1");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let after = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, value.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(after(" 120 "), Some(Duration::from_secs(120)));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let far = after("Fri, 31 Dec 2100 23:59:59 GMT").unwrap();
        assert!(far > Duration::from_secs(86_400 * 365));
        assert_eq!((after("soon"), after("-1"), after("1e9")), (None, None, None));
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
