//! The URLs of gateways (docs/protocol.md section 1).

use std::{borrow::Cow, fmt};

/// The URLs of a gateway: one for single calls, one for batches.
///
/// A text is the URL for single calls; the URL for batches differs in its last segment, as in the official SDKs.
///
/// ```
/// use topsdk_client::Endpoint;
///
/// let gateway = Endpoint::from("http://127.0.0.1:8080/router/rest");
/// assert_eq!(gateway.batch_url().as_deref(), Some("http://127.0.0.1:8080/router/batch"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    rest: Cow<'static, str>,
    batch: Option<Cow<'static, str>>,
}

impl Endpoint {
    /// Production, over https. The default.
    pub const PRODUCTION: Endpoint =
        Endpoint::known("https://eco.taobao.com/router/rest", "https://gw.api.taobao.com/router/batch");
    /// Production, over http: sessions and parameters are not encrypted.
    pub const PRODUCTION_HTTP: Endpoint =
        Endpoint::known("http://gw.api.taobao.com/router/rest", "http://gw.api.taobao.com/router/batch");
    /// For applications outside of China, over https.
    pub const OVERSEAS: Endpoint =
        Endpoint::known("https://api.taobao.com/router/rest", "https://api.taobao.com/router/batch");
    /// For applications outside of China, over http: sessions and parameters are not encrypted.
    pub const OVERSEAS_HTTP: Endpoint =
        Endpoint::known("http://api.taobao.com/router/rest", "http://api.taobao.com/router/batch");
    /// The sandbox of older documents, with keys of its own. Current documents no longer name it.
    pub const SANDBOX: Endpoint =
        Endpoint::known("https://gw.api.tbsandbox.com/router/rest", "https://gw.api.tbsandbox.com/router/batch");

    const fn known(rest: &'static str, batch: &'static str) -> Endpoint {
        Endpoint { rest: Cow::Borrowed(rest), batch: Some(Cow::Borrowed(batch)) }
    }

    /// Sets the URL for batches.
    #[must_use]
    pub fn with_batch_url(mut self, url: impl Into<String>) -> Endpoint {
        self.batch = Some(Cow::Owned(url.into()));
        self
    }

    /// Returns the URL for single calls.
    pub fn url(&self) -> &str {
        &self.rest
    }

    /// Returns the URL for batches; `None` if it was not set and the other URL does not end in `/rest`.
    pub fn batch_url(&self) -> Option<Cow<'_, str>> {
        match &self.batch {
            Some(url) => Some(Cow::Borrowed(url)),
            None => Some(Cow::Owned(format!("{}/batch", self.rest.strip_suffix("/rest")?))),
        }
    }
}

impl Default for Endpoint {
    fn default() -> Endpoint {
        Endpoint::PRODUCTION
    }
}

impl From<String> for Endpoint {
    fn from(url: String) -> Endpoint {
        Endpoint { rest: Cow::Owned(url), batch: None }
    }
}

impl From<&str> for Endpoint {
    fn from(url: &str) -> Endpoint {
        Endpoint::from(url.to_owned())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", shown(&self.rest))
    }
}

/// The URLs of the authorisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OAuthUrls {
    pub(crate) authorize: String,
    pub(crate) token: String,
}

impl Default for OAuthUrls {
    fn default() -> OAuthUrls {
        OAuthUrls {
            authorize: "https://oauth.taobao.com/authorize".to_owned(),
            token: "https://oauth.taobao.com/token".to_owned(),
        }
    }
}

/// A URL without its secret parts: user, password and query.
pub(crate) fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => url.rsplit('@').next().unwrap_or_default().to_owned(),
    }
}

/// Returns whether a text can be the URL of a gateway, so that an invalid one is refused before the first call.
pub(crate) fn is_address(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")) else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    !host.is_empty() && !host.starts_with(':') && url.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_displayed_address_has_no_secret() {
        assert_eq!(shown("https://a:s3cret@host:1/router/rest?key=s3cret#s3cret"), "https://host:1/router/rest");
        assert_eq!(shown("a:s3cret@host?s3cret"), "host");
        assert_eq!(shown("https://host/a@b"), "https://host/a@b");
    }

    #[test]
    fn an_address_has_a_scheme_and_a_host() {
        for url in
            ["", "gateway", "http://", "http:///rest", "http://:80/", "ftp://host/", "http://a b/", "https://店/"]
        {
            assert!(!is_address(url), "{url}");
        }
        for url in ["http://host", "https://127.0.0.1:1/router/rest?x=y", "http://u:p@host/", "http://[::1]:80/"] {
            assert!(is_address(url), "{url}");
        }
    }

    #[test]
    fn the_platform_s_gateways_are_those_of_its_documentation() {
        for (gateway, rest, batch) in [
            (Endpoint::default(), "https://eco.taobao.com/router/rest", "https://gw.api.taobao.com/router/batch"),
            (
                Endpoint::PRODUCTION_HTTP,
                "http://gw.api.taobao.com/router/rest",
                "http://gw.api.taobao.com/router/batch",
            ),
            (Endpoint::OVERSEAS, "https://api.taobao.com/router/rest", "https://api.taobao.com/router/batch"),
            (Endpoint::OVERSEAS_HTTP, "http://api.taobao.com/router/rest", "http://api.taobao.com/router/batch"),
        ] {
            assert_eq!((gateway.url(), gateway.batch_url().as_deref()), (rest, Some(batch)));
        }
    }

    #[test]
    fn a_batch_goes_beside_the_single_calls() {
        assert_eq!(Endpoint::PRODUCTION.batch_url().as_deref(), Some("https://gw.api.taobao.com/router/batch"));
        assert_eq!(Endpoint::from("http://host/api").batch_url(), None);
        assert_eq!(
            Endpoint::from("http://host/api").with_batch_url("http://b/").batch_url().as_deref(),
            Some("http://b/")
        );
    }
}
