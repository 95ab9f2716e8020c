//! The proxy that the environment names for an address, by the rules that curl and the asynchronous transport have.
//!
//! ureq takes whichever variable there is for every address, that of http for https too, and a header of a visitor where
//! the program is a CGI program (its server sets `HTTP_PROXY` by the header `Proxy`).

use ureq::{Proxy, http::Uri};

/// The variables that count.
#[derive(Clone, Default)]
pub(super) struct Environment {
    http: Option<String>,
    https: Option<String>,
    all: Option<String>,
    no: String,
}

impl Environment {
    /// Those of this process.
    pub(super) fn new() -> Environment {
        Environment::of(|name| std::env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Environment {
        let either = |name: &str| {
            let given = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
            given(&name.to_uppercase()).or_else(|| given(name))
        };
        Environment {
            http: if variable("REQUEST_METHOD").is_some() { None } else { either("http_proxy") },
            https: either("https_proxy"),
            all: either("all_proxy"),
            no: either("no_proxy").unwrap_or_default(),
        }
    }

    /// The proxy for an address, if there is one. One that is no address is passed over, as an empty one is.
    pub(super) fn proxy(&self, uri: &Uri) -> Option<Proxy> {
        let of_scheme = if uri.scheme_str() == Some("https") { &self.https } else { &self.http };
        let proxy = of_scheme.as_ref().or(self.all.as_ref())?;
        if self.goes_directly(uri.host()?) { None } else { Proxy::new(proxy.trim()).ok() }
    }

    /// Whether `NO_PROXY` names a host: itself, a domain that it is in, or all with `*`.
    fn goes_directly(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        self.no.split(',').map(|entry| entry.trim().to_ascii_lowercase()).any(|entry| {
            let domain = entry.trim_start_matches('*').trim_start_matches('.');
            match domain {
                "" => entry == "*",
                domain => host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(variables: &[(&str, &str)], address: &str) -> Option<String> {
        let of = |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        Environment::of(of).proxy(&address.parse().unwrap()).map(|proxy| proxy.host().to_owned())
    }

    #[test]
    fn each_scheme_has_its_variable_and_both_have_one_to_fall_back_on() {
        let both = [("http_proxy", "http://plain:1"), ("HTTPS_PROXY", "secure:2")];
        assert_eq!(proxy(&both, "http://a/").as_deref(), Some("plain"));
        assert_eq!(proxy(&both, "https://a/").as_deref(), Some("secure"));
        assert_eq!(proxy(&both[..1], "https://a/"), None);
        assert_eq!(proxy(&both[1..], "http://a/"), None);
        let all = [("all_proxy", " http://other:3 "), ("HTTP_PROXY", ""), ("https_proxy", "secure")];
        assert_eq!(proxy(&all, "http://a/").as_deref(), Some("other"));
        assert_eq!(proxy(&all, "https://a/").as_deref(), Some("secure"));
        assert_eq!(proxy(&[("http_proxy", "no address")], "http://a/"), None);
    }

    #[test]
    fn a_visitor_of_a_cgi_program_names_no_proxy() {
        let cgi = [("HTTP_PROXY", "http://stranger"), ("REQUEST_METHOD", "GET"), ("HTTPS_PROXY", "http://ours")];
        assert_eq!(proxy(&cgi, "http://a/"), None);
        assert_eq!(proxy(&cgi, "https://a/").as_deref(), Some("ours"));
    }

    #[test]
    fn hosts_and_their_domains_are_left_out() {
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
        ] {
            let variables = [("http_proxy", "http://proxy"), ("no_proxy", no)];
            assert_eq!(proxy(&variables, address).is_none(), is_direct, "{no:?} {address}");
        }
    }
}
