//! The proxy that the environment names for an address, by the rules of curl, for both transports.
//!
//! ureq and reqwest read the environment differently: ureq uses any variable for every URL, and `NO_PROXY` and SOCKS do not
//! mean the same in both. Therefore the variables are read here, and the libraries are given the proxy to use.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::builder::{BuildError, Proxy};

/// The variables that name proxies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    http: Option<String>,
    https: Option<String>,
    all: Option<String>,
    no: String,
}

/// Reads the variables for a transport, unless the builder names a proxy or none.
///
/// # Errors
///
/// [`BuildError::Proxy`] if the URL of a proxy is invalid: a misspelt proxy must not be bypassed.
pub(crate) fn environment(proxy: &Proxy) -> Result<Option<Environment>, BuildError> {
    let (environment, is_usable) = match proxy {
        Proxy::Environment => {
            let environment = Environment::new();
            let is_usable = environment.is_usable();
            (Some(environment), is_usable)
        }
        Proxy::None => (None, true),
        Proxy::At(url) => (None, is_proxy(url)),
    };
    if is_usable { Ok(environment) } else { Err(BuildError::Proxy) }
}

/// Returns the proxy that the environment names for connections to a host, by the rules that the clients follow:
/// `HTTP_PROXY` or `HTTPS_PROXY`, else `ALL_PROXY`; `None` without one, or where `NO_PROXY` names the host, its domain or
/// its network.
///
/// For programs that send other requests than calls beside a client. `host` is without a port.
///
/// # Errors
///
/// [`BuildError::Proxy`] if a variable holds no valid address of a proxy.
pub fn environment_proxy(scheme: &str, host: &str) -> Result<Option<String>, BuildError> {
    let environment = environment(&Proxy::Environment)?;
    Ok(environment.and_then(|environment| environment.proxy(scheme, host).map(str::to_owned)))
}

/// The schemes of proxies that both libraries know.
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

impl Environment {
    /// Reads the variables of this process.
    fn new() -> Environment {
        Environment::of(|name| std::env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Environment {
        let either = |name: &str| {
            let given =
                |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
            given(&name.to_uppercase()).or_else(|| given(name))
        };
        let proxy = |name: &str| {
            either(name).map(|proxy| if proxy.contains("://") { proxy } else { format!("http://{proxy}") })
        };
        Environment {
            // For a CGI program, a web server sets `HTTP_PROXY` from the visitor's header `Proxy`.
            http: if variable("REQUEST_METHOD").is_some() { None } else { proxy("http_proxy") },
            https: proxy("https_proxy"),
            all: proxy("all_proxy"),
            no: either("no_proxy").unwrap_or_default(),
        }
    }

    /// Returns whether the URL of every named proxy is valid.
    fn is_usable(&self) -> bool {
        [&self.http, &self.https, &self.all].into_iter().flatten().all(|proxy| is_proxy(proxy))
    }

    /// Returns the URL of the proxy for a host, if there is one.
    pub(crate) fn proxy(&self, scheme: &str, host: &str) -> Option<&str> {
        let of_scheme = if scheme == "https" { &self.https } else { &self.http };
        let proxy = of_scheme.as_ref().or(self.all.as_ref())?;
        (!self.goes_directly(host)).then_some(proxy)
    }

    /// Returns whether `NO_PROXY` names a host, a domain or a network that it is in, or `*`.
    fn goes_directly(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        let address = host.parse::<IpAddr>().ok();
        self.no.split([',', ' ']).map(str::to_ascii_lowercase).any(|entry| match (entry.as_str(), address) {
            ("", _) => false,
            ("*", _) => true,
            (entry, Some(address)) => {
                let entry = entry.trim_matches(['[', ']']);
                entry.parse() == Ok(address) || entry.parse::<IpNet>().is_ok_and(|network| network.contains(&address))
            }
            (entry, None) => {
                let domain = entry.trim_start_matches('*').trim_start_matches('.');
                host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
        })
    }
}

/// Returns whether a text is the URL of a proxy: a scheme that both libraries know, and a host.
fn is_proxy(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    SCHEMES.contains(&scheme.to_ascii_lowercase().as_str())
        && !host.is_empty()
        && !host.starts_with(':')
        && url.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(variables: &[(&str, &str)], address: &str) -> Option<String> {
        let of = |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        let (scheme, rest) = address.split_once("://").unwrap();
        let authority = rest.split('/').next().unwrap();
        let host = if authority.starts_with('[') {
            &authority[..=authority.find(']').unwrap()]
        } else {
            authority.split(':').next().unwrap()
        };
        Environment::of(of).proxy(scheme, host).map(str::to_owned)
    }

    #[test]
    fn each_scheme_has_its_variable_and_both_have_one_to_fall_back_on() {
        let both = [("http_proxy", "http://plain:1"), ("HTTPS_PROXY", "secure:2")];
        assert_eq!(proxy(&both, "http://a/").as_deref(), Some("http://plain:1"));
        assert_eq!(proxy(&both, "https://a/").as_deref(), Some("http://secure:2"));
        assert_eq!(proxy(&both[..1], "https://a/"), None);
        assert_eq!(proxy(&both[1..], "http://a/"), None);
        let all = [("all_proxy", " http://other:3 "), ("HTTP_PROXY", ""), ("https_proxy", "secure:2")];
        assert_eq!(proxy(&all, "http://a/").as_deref(), Some("http://other:3"));
        assert_eq!(proxy(&all, "https://a/").as_deref(), Some("http://secure:2"));

        let is_usable =
            |variable, proxy: &str| Environment::of(|name| (name == variable).then(|| proxy.to_owned())).is_usable();
        for good in ["host:1", "http://u:p@host:1", "socks5://[::1]:1080", "SOCKS5h://host", "https://host/", ""] {
            assert!(is_usable("all_proxy", good), "{good}");
        }
        for bad in ["no address", "http://", "ftp://host", "socks://host", "http://:1", "http://店"] {
            assert!(!is_usable("HTTPS_PROXY", bad), "{bad}");
        }
    }

    #[test]
    fn a_header_of_a_cgi_request_sets_no_proxy() {
        let cgi = [("HTTP_PROXY", "http://stranger"), ("REQUEST_METHOD", "GET"), ("HTTPS_PROXY", "http://ours")];
        assert_eq!(proxy(&cgi, "http://a/"), None);
        assert_eq!(proxy(&cgi, "https://a/").as_deref(), Some("http://ours"));
    }

    #[test]
    fn no_proxy_excludes_hosts_and_their_domains() {
        for (no, address, is_direct) in [
            ("taobao.com", "http://taobao.com/", true),
            ("other, TAOBAO.com ", "http://Eco.taobao.com/", true),
            (".taobao.com", "http://eco.taobao.com/", true),
            ("*.taobao.com", "http://eco.taobao.com/", true),
            ("taobao.com", "http://nottaobao.com/", false),
            ("eco.taobao.com", "http://taobao.com/", false),
            ("127.0.0.1,::1", "http://127.0.0.1:80/", true),
            ("127.0.0.1,::1", "http://[::1]:80/", true),
            ("*", "http://a/", true),
            ("", "http://a/", false),
            (",, ", "http://a/", false),
            ("10.0.0.0/8", "http://10.1.2.3:80/", true),
            ("10.0.0.0/8", "http://11.1.2.3/", false),
            ("fd00::/8, [::1]", "http://[fd12::1]/", true),
            ("fd00::/8, [::1]", "http://[::1]/", true),
            ("0.0.1", "http://127.0.0.1/", false),
            ("10.0.0.0/8", "http://10.example.com/", false),
            ("other taobao.com", "http://eco.taobao.com/", true),
        ] {
            let variables = [("http_proxy", "http://proxy"), ("no_proxy", no)];
            assert_eq!(proxy(&variables, address).is_none(), is_direct, "{no:?} {address}");
        }
    }
}
