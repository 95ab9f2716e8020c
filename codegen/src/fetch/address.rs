//! Addresses of pages, on the site or on a mirror, and the rules for following redirects.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::Uri;

use super::error::BLOCKED;
use super::{FetchError, Form};
use crate::read;

/// The document number for requests that are not about a document. Any valid number works.
pub(super) const ANY: u64 = 45864;

/// The values of `docType`: an API's document, the list of announcements (whose number is 0), and an announcement.
pub(super) const API: u8 = 2;
pub(super) const ANNOUNCEMENTS: u8 = 11;
pub(super) const ANNOUNCEMENT: u8 = 12;

/// The base address of all pages: scheme, host, and optionally a path.
///
/// ```
/// use topsdk_codegen::fetch::Base;
///
/// let mirror: Base = "http://127.0.0.1:8080/top/".parse()?;
/// assert_eq!(mirror.to_string(), "http://127.0.0.1:8080/top");
/// assert!("ftp://open.taobao.com".parse::<Base>().is_err());
/// # Ok::<(), topsdk_codegen::fetch::BaseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base(String);

/// Text that is not a [`Base`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the address of a site: {problem}; one looks like {}", Form::Document.site())]
pub struct BaseError {
    /// The text, without anything that may be a password.
    text: String,
    problem: &'static str,
}

impl Base {
    /// Returns the address of the public site.
    pub(super) fn of(form: Form) -> Base {
        Base(form.site().to_owned())
    }

    /// Returns whether the address asks for unencrypted http. Otherwise, only https is used.
    pub(super) fn is_plain(&self) -> bool {
        self.0.starts_with("http://")
    }

    /// Returns the address of the site's `robots.txt`, at the root of the host.
    pub(super) fn robots(&self) -> String {
        let host = self.0.match_indices('/').nth(2).map_or(self.0.len(), |(at, _)| at);
        format!("{}/robots.txt", &self.0[..host])
    }

    /// Returns the addresses of pages that hold no parameters but set the cookies.
    pub(super) fn shells(&self, id: u64) -> [String; 2] {
        [format!("{self}/api.htm?docId={id}&docType=2"), format!("{self}/")]
    }

    /// Returns the address of a document (docs/pages.md, "The document endpoint (pages rendered in the browser)"). `kind`
    /// is a `docType` such as [`API`].
    pub(super) fn document(&self, id: u64, kind: u8, token: &str) -> String {
        let token = utf8_percent_encode(token, NON_ALPHANUMERIC);
        format!(
            "{self}/handler/document/getDocument.json?isEn=false&treeId=&docId={id}&docType={kind}&_tb_token_={token}"
        )
    }

    /// Returns the address of the catalogue. The misspelling is the site's.
    pub(super) fn catalogue(&self, token: &str) -> String {
        let token = utf8_percent_encode(token, NON_ALPHANUMERIC);
        format!(
            "{self}/handler/document/getApiCatelogConfig.json?scopeId=&treeId=&docId={ANY}&docType=2&tag=&_tb_token_={token}"
        )
    }

    /// Returns the address of an announcement's page. `url` is the address that the site gives, possibly empty.
    pub(super) fn announcement_page(&self, id: u64, url: &str) -> String {
        match url {
            _ if url.starts_with("https://") || url.starts_with("http://") => url.to_owned(),
            _ if url.starts_with('/') && !url.starts_with("//") => format!("{self}{url}"),
            _ => format!("{self}/doc.htm?docId={id}&docType={ANNOUNCEMENT}"),
        }
    }

    /// Returns the address of a page that the server renders.
    pub(super) fn html(&self, id: u64) -> String {
        format!("{self}/docs/api.htm?apiId={id}")
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Base {
    type Err = BaseError;

    fn from_str(text: &str) -> Result<Base, BaseError> {
        let failed = |problem| {
            let shown = text.rsplit_once('@').map_or(text, |(_, behind)| behind);
            Err(BaseError { text: shown.to_owned(), problem })
        };
        let Ok(uri) = text.parse::<Uri>() else { return failed("not a URL") };
        let (Some("https" | "http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return failed("expected https:// or http:// and a host");
        };
        if authority.as_str().contains('@') {
            return failed("expected no user and no password in it");
        }
        if uri.query().is_some() || text.contains('#') {
            return failed("expected nothing behind its path");
        }
        Ok(Base(text.trim_end_matches('/').to_owned()))
    }
}

/// Returns the target of a redirect if it may be followed: only on the same host, and never from https to http. Cookies and
/// the token in the address belong to the host, and a page from another host is not the page that was requested.
pub(super) fn redirect(from: &str, location: &str) -> Result<String, FetchError> {
    let refused = || FetchError::Redirect { from: shown(from), to: shown(location) };
    let here: Uri = from.parse().map_err(|_| refused())?;
    let root = |uri: &Uri| Some((uri.scheme_str()?.to_owned(), uri.authority()?.as_str().to_ascii_lowercase()));
    let (scheme, authority) = root(&here).ok_or_else(refused)?;
    let location = location.split('#').next().unwrap_or_default();
    let target = if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else if location.split(['/', '?']).next().is_some_and(|start| start.contains(':')) {
        location.to_owned()
    } else {
        let folder = here.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{location}")
    };
    let there: Uri = target.parse().map_err(|_| refused())?;
    if read::protection_mark(&target.to_ascii_lowercase()).is_some() {
        return Err(FetchError::Blocked { found: format!("a redirect to {}", shown(&target)), wait: BLOCKED });
    }
    if there.host().is_some_and(|host| host.starts_with("login.")) || there.path().contains("/login") {
        return Err(FetchError::Login { to: shown(&target) });
    }
    let (new_scheme, new_authority) = root(&there).ok_or_else(refused)?;
    let is_upgrade = scheme == "http" && new_scheme == "https" && here.host() == there.host();
    match (new_scheme == scheme && new_authority == authority) || is_upgrade {
        true => Ok(target),
        false => Err(refused()),
    }
}

/// Returns the address for use in messages, without the query, because the query holds the token.
pub(super) fn shown(address: &str) -> String {
    address.split(['?', '#']).next().unwrap_or_default().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_on_the_host() {
        let from = "https://open.taobao.com/handler/document?docId=1&_tb_token_=secret";
        for (location, to) in [
            ("/a?b=1#c", "https://open.taobao.com/a?b=1"),
            ("b.htm", "https://open.taobao.com/handler/b.htm"),
            ("//open.taobao.com/a", "https://open.taobao.com/a"),
            ("https://OPEN.taobao.com/a", "https://OPEN.taobao.com/a"),
            ("a?to=https://x.example/", "https://open.taobao.com/handler/a?to=https://x.example/"),
        ] {
            assert_eq!(redirect(from, location).unwrap(), to);
        }
        for location in [
            "http://open.taobao.com/a",
            "https://open.taobao.com:8443/a",
            "https://evil.example/a",
            "//evil.example/a",
            "https://open.taobao.com@evil.example/a",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "",
        ] {
            match redirect(from, location) {
                // An empty reference resolves to the folder on the same host, which is harmless.
                Ok(to) => assert!(location.is_empty() && to.starts_with("https://open.taobao.com/"), "{to}"),
                Err(trouble) => assert!(!trouble.to_string().contains("secret"), "{trouble}"),
            }
        }
        assert_eq!(redirect("http://a.example/x", "https://a.example/y").unwrap(), "https://a.example/y");
    }

    #[test]
    fn redirects_to_a_login_and_to_the_bot_protection_differ() {
        let to = |location| redirect("https://open.taobao.com/a", location).unwrap_err();
        assert!(matches!(to("https://login.taobao.com/member/login.jhtml?x=1"), FetchError::Login { .. }));
        assert!(matches!(to("/_____tmd_____/punish?x5secdata=1"), FetchError::Blocked { .. }));
    }

    #[test]
    fn a_base_has_a_host_and_no_password() {
        for text in
            ["", "open.taobao.com", "https://", "ftp://a", "https://a/?b", "https://a/#b", "https://u:secret@a/"]
        {
            let error = text.parse::<Base>().unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        assert_eq!("https://a.example:1/b/c".parse::<Base>().unwrap().robots(), "https://a.example:1/robots.txt");
        assert_eq!("https://a.example".parse::<Base>().unwrap().robots(), "https://a.example/robots.txt");
        assert_eq!("https://a.example/b//".parse::<Base>().unwrap().to_string(), "https://a.example/b");
    }
}
