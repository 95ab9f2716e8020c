//! One request to one host: redirects, cookies, limits, certificates.

use std::io::{self, Read};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use ureq::Agent;
use ureq::http::{HeaderMap, header};

use super::Options;
use super::address::{self, shown};
use super::cookies::Jar;
use super::trouble::Trouble;

/// Redirects in a row; a page of the site has one at most.
const MOST_REDIRECTS: usize = 5;

/// For how long a connection is tried.
const CONNECT: Duration = Duration::from_secs(15);

/// Sends requests, with the cookies that came before.
pub(super) struct Http {
    agent: Agent,
    timeout: Duration,
    pause: Duration,
    /// When the last answer was there.
    last: Option<Instant>,
    max_body: usize,
    pub(super) jar: Jar,
}

/// What came, whatever its status.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    /// Decompressed.
    pub(super) body: Vec<u8>,
}

impl Http {
    pub(super) fn new(options: &Options) -> Http {
        let config = Agent::config_builder()
            .https_only(!options.base.is_plain())
            .timeout_connect(Some(CONNECT.min(options.timeout)))
            .timeout_global(Some(options.timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("topsdk/", env!("CARGO_PKG_VERSION")))
            .accept("application/json, text/html;q=0.9")
            .build();
        Http {
            agent: config.into(),
            timeout: options.timeout,
            pause: options.pause,
            last: None,
            max_body: options.max_body,
            jar: Jar::default(),
        }
    }

    /// Gets an address, after redirects, having left the site alone for a while.
    pub(super) fn get(&mut self, address: &str) -> Result<Answer, Trouble> {
        if let Some(last) = self.last {
            thread::sleep(self.pause.saturating_sub(last.elapsed()));
        }
        let answer = self.get_now(address);
        self.last = Some(Instant::now());
        answer
    }

    fn get_now(&mut self, address: &str) -> Result<Answer, Trouble> {
        let mut address = address.to_owned();
        for _ in 0..=MOST_REDIRECTS {
            let mut request = self.agent.get(&address);
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
            return Ok(Answer { status, retry_after, body });
        }
        Err(Trouble::Redirect { from: shown(&address), to: "itself, again and again".to_owned() })
    }

    /// The body as decompressed: the limit holds against a small one that unpacks to a large one, too.
    fn body(&self, reader: impl Read, address: &str) -> Result<Vec<u8>, Trouble> {
        let mut body = Vec::new();
        let most = u64::try_from(self.max_body).unwrap_or(u64::MAX).saturating_add(1);
        reader.take(most).read_to_end(&mut body).map_err(|error| self.failed(ureq::Error::from(error), address))?;
        match body.len() > self.max_body {
            true => Err(Trouble::TooLarge { address: shown(address), limit: self.max_body }),
            false => Ok(body),
        }
    }

    fn failed(&self, error: ureq::Error, address: &str) -> Trouble {
        let address = shown(address);
        let problem = match error {
            ureq::Error::Timeout(_) => return Trouble::Timeout { address, limit: self.timeout },
            // These may hold the whole address, and that the token.
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::RequireHttpsOnly(_) => {
                "the address is not one that can be asked".to_owned()
            }
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                "it was closed before the whole answer had come".to_owned()
            }
            error => error.to_string(),
        };
        Trouble::Network { address, problem }
    }
}

/// The header `Retry-After`: seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = rfc2822::parse(value).ok()?.timestamp();
    // A time that is over means now.
    Some(Duration::try_from(then.duration_since(Timestamp::now())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

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
