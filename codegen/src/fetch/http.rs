//! Sends requests to one host: rate, robots.txt, proxies, redirects, cookies, limits, certificates.

use std::collections::BTreeMap;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use robotstxt::DefaultMatcher;
use ureq::http::{HeaderMap, Uri, header};
use ureq::{Agent, Proxy};

use super::address::{TOKEN, not_followed, redirect, shown};
use super::error::BLOCKED;
use super::{FetchError, FetchOptions};

/// The maximum number of redirects in a row. Pages of the site have at most one.
const MAX_REDIRECTS: usize = 5;

/// The maximum time to establish a connection.
const CONNECT: Duration = Duration::from_secs(15);

/// The number of bytes of a robots.txt that are read.
const MAX_ROBOTS: usize = 500 << 10;

/// The maximum number of cookies. Limits the memory that a hostile site can fill.
const MAX_COOKIES: usize = 64;

/// The user agent that a robots.txt can address.
const ROBOT: &str = "topsdk";

/// The `User-Agent` header: the project, and where to report problems.
const USER_AGENT: &str = concat!("topsdk/", env!("CARGO_PKG_VERSION"), " (+", env!("CARGO_PKG_REPOSITORY"), "/issues)");

/// An HTTP client that keeps the cookies of earlier responses.
pub(super) struct Http {
    pub(super) options: FetchOptions,
    agent: Agent,
    /// When the last response was complete.
    last: Option<Instant>,
    /// The site's robots.txt, once it has been requested.
    robots: Option<String>,
    pub(super) cookies: Cookies,
}

/// The cookies of the host, by name.
///
/// A mirror repeats the site's cookies with the site's `Domain`, and a general cookie store would refuse them. Here, every
/// cookie is returned only to the host that sent it.
type Cookies = BTreeMap<String, String>;

/// A response with any status.
pub(super) struct SiteResponse {
    /// The requested address, without the query.
    pub(super) address: String,
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
        let (options, agent) = (options.clone(), config.into());
        Http { options, agent, last: None, robots: None, cookies: Cookies::new() }
    }

    /// Returns the cookie that the endpoints also expect in the address. Empty if there is none.
    pub(super) fn token(&self) -> String {
        self.cookies.get(TOKEN).cloned().unwrap_or_default()
    }

    /// Requests an address at the rate of the run, following redirects. Requests the site's robots.txt first, once.
    pub(super) fn get(&mut self, address: &str) -> Result<SiteResponse, FetchError> {
        if self.robots.is_none() {
            self.robots = Some(self.get_robots()?);
        }
        let robots = self.robots.as_deref().unwrap_or_default();
        match DefaultMatcher::default().one_agent_allowed_by_robots(robots, ROBOT, address) {
            true => self.get_paced(address),
            false => Err(FetchError::Robots(shown(address))),
        }
    }

    /// Requests the site's robots.txt. A missing file excludes nothing. A site that cannot be reached is an error, because
    /// its rules are unknown.
    fn get_robots(&mut self) -> Result<String, FetchError> {
        let response = self.get_paced(&self.options.base.robots());
        match response.and_then(|response| response.check_status().map(|()| rules(&response.body))) {
            Ok(rules) => Ok(rules),
            Err(error) if error.is_transient() => Err(error),
            Err(_) => Ok(String::new()),
        }
    }

    fn get_paced(&mut self, address: &str) -> Result<SiteResponse, FetchError> {
        if let Some(last) = self.last {
            // Adds up to half of the pause at random, so that requests do not come at fixed intervals.
            let pause = self.options.pause;
            let pause = pause.saturating_add((pause / 2).mul_f64(fastrand::f64()));
            thread::sleep(pause.saturating_sub(last.elapsed()));
        }
        let response = self.get_now(address);
        self.last = Some(Instant::now());
        response
    }

    fn get_now(&mut self, requested: &str) -> Result<SiteResponse, FetchError> {
        let mut address = requested.to_owned();
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.agent.get(&address).config().proxy(self.proxy(&address)?).build();
            if !self.cookies.is_empty() {
                let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
                request = request.header(header::COOKIE, pairs.join("; "));
            }
            let response = request.call().map_err(|error| self.failed(error, &address))?;
            let (parts, body) = response.into_parts();
            let cookies = parts.headers.get_all(header::SET_COOKIE).iter();
            cookies.filter_map(|cookie| cookie.to_str().ok()).for_each(|cookie| absorb(&mut self.cookies, cookie));
            let location = parts.headers.get(header::LOCATION).and_then(|location| location.to_str().ok());
            if let (301 | 302 | 303 | 307 | 308, Some(location)) = (parts.status.as_u16(), location) {
                address = redirect(&address, location)?;
                continue;
            }
            // The limit also stops a small body that unpacks to a large one.
            let body = body.into_with_config().limit(self.options.max_body).read_to_vec();
            return Ok(SiteResponse {
                address: shown(requested),
                status: parts.status.as_u16(),
                retry_after: retry_after(&parts.headers),
                body: body.map_err(|error| self.failed(error, &address))?,
            });
        }
        Err(not_followed(&address, "itself, again and again"))
    }

    /// Returns the proxy for an address from the environment, by the same rules as the client crate.
    fn proxy(&self, address: &str) -> Result<Option<Proxy>, FetchError> {
        let Ok(uri) = address.parse::<Uri>() else { return Ok(None) };
        let (scheme, host) = (uri.scheme_str().unwrap_or_default(), uri.host().unwrap_or_default());
        let proxy = topsdk_client::environment_proxy(scheme, host)?;
        proxy.map(|proxy| Proxy::new(&proxy)).transpose().map_err(|error| self.failed(error, address))
    }

    fn failed(&self, error: ureq::Error, address: &str) -> FetchError {
        let address = shown(address);
        let connection =
            |problem: &str| FetchError::Network(address.clone(), format!("the connection failed: {problem}"));
        match error {
            ureq::Error::Timeout(_) => {
                let limit = self.options.timeout;
                FetchError::Network(address, format!("no complete response within {limit:?}"))
            }
            ureq::Error::BodyExceedsLimit(limit) => {
                FetchError::NoPage(format!("{address}: the response has more than {limit} bytes, which no page has"))
            }
            // These messages may contain the whole address, including the token.
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::RequireHttpsOnly(_) => {
                connection("the address cannot be requested")
            }
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                connection("it was closed before the response was complete")
            }
            error => connection(&error.to_string()),
        }
    }
}

impl SiteResponse {
    /// Returns an error unless the status is 200.
    pub(super) fn check_status(&self) -> Result<(), FetchError> {
        match self.status {
            200 => Ok(()),
            status => Err(FetchError::Status(self.address.clone(), status, self.retry_after)),
        }
    }

    /// Returns the error for a response of the bot protection. `found` is its mark.
    pub(super) fn blocked(&self, found: String) -> FetchError {
        FetchError::Blocked(found, self.retry_after.unwrap_or_default().max(BLOCKED))
    }
}

/// Stores the cookie of one `Set-Cookie` header, or removes an expired one.
fn absorb(cookies: &mut Cookies, header: &str) {
    let mut parts = header.split(';').map(str::trim);
    let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
    let is_over = parts.filter_map(|attribute| attribute.split_once('=')).any(|(name, age)| {
        name.trim().eq_ignore_ascii_case("max-age") && age.trim().parse::<i64>().is_ok_and(|age| age <= 0)
    });
    let (name, value) = (name.trim(), value.trim());
    if is_over || value.is_empty() {
        cookies.remove(name);
    } else if !name.is_empty() && (cookies.len() < MAX_COOKIES || cookies.contains_key(name)) {
        cookies.insert(name.to_owned(), value.to_owned());
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

    #[test]
    fn cookies_are_returned_until_they_expire() {
        let mut cookies = Cookies::new();
        absorb(&mut cookies, "_tb_token_=abc=; Path=/; Domain=.taobao.com; HttpOnly");
        absorb(&mut cookies, "t=1;Max-Age=60");
        absorb(&mut cookies, "no cookie");
        absorb(&mut cookies, "=no name");
        assert_eq!(cookies, [("_tb_token_", "abc="), ("t", "1")].map(|(k, v)| (k.to_owned(), v.to_owned())).into());
        absorb(&mut cookies, "_tb_token_=; Path=/");
        absorb(&mut cookies, "t=1; max-age=0");
        assert_eq!(cookies, Cookies::new());
    }

    #[test]
    fn the_number_of_cookies_is_limited() {
        let mut cookies = Cookies::new();
        for index in 0..1000 {
            absorb(&mut cookies, &format!("a{index}=1"));
        }
        absorb(&mut cookies, "a0=2");
        assert_eq!((cookies.len(), cookies["a0"].as_str()), (MAX_COOKIES, "2"));
    }
}
