//! Addresses of pages, on the site or on a mirror, and the rules for following redirects.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Position, Url};

use super::error::BLOCKED;
use super::{FetchError, Form};
use crate::read;

/// The cookie that the endpoints also expect in the address.
pub(super) const TOKEN: &str = "_tb_token_";

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
pub struct Base(Url);

/// Text that is not a [`Base`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the address of a site: {1}; one looks like {site}", site = Form::Document.site())]
pub struct BaseError(String, &'static str);

impl Base {
    /// Returns the address of the public site.
    #[expect(clippy::expect_used, reason = "the addresses are constants, and a test parses both")]
    pub(super) fn of(form: Form) -> Base {
        form.site().parse().expect("the address of a public site")
    }

    /// Returns whether the address asks for unencrypted http. Otherwise, only https is used.
    pub(super) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// Returns the address of the site's `robots.txt`, at the root of the host.
    pub(super) fn robots(&self) -> String {
        format!("{}/robots.txt", &self.0[..Position::BeforePath])
    }

    /// Returns the addresses of pages that hold no parameters but set the cookies.
    pub(super) fn shells(&self, id: u64) -> [String; 2] {
        [format!("{self}/api.htm?docId={id}&docType=2"), format!("{self}/")]
    }

    /// Returns the address of a document (docs/pages.md, "The document endpoint (pages rendered in the browser)"), without
    /// the token. `kind` is a `docType` such as [`API`].
    pub(super) fn document(&self, id: u64, kind: u8) -> String {
        format!("{self}/handler/document/getDocument.json?isEn=false&treeId=&docId={id}&docType={kind}")
    }

    /// Returns the address of the catalogue, without the token. The misspelling is the site's.
    pub(super) fn catalogue(&self) -> String {
        format!("{self}/handler/document/getApiCatelogConfig.json?scopeId=&treeId=&docId={ANY}&docType=2&tag=")
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
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl FromStr for Base {
    type Err = BaseError;

    fn from_str(text: &str) -> Result<Base, BaseError> {
        // What is before an `@` may be a password.
        let shown = text.rsplit_once('@').map_or(text, |(_, behind)| behind);
        let failed = |problem| Err(BaseError(shown.to_owned(), problem));
        match Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http")) {
            None => failed("expected https:// or http:// and a host"),
            Some(url) if !url.username().is_empty() || url.password().is_some() => {
                failed("expected no user and no password in it")
            }
            Some(url) if url.query().or(url.fragment()).is_some() => failed("expected nothing behind its path"),
            Some(url) => Ok(Base(url)),
        }
    }
}

/// Returns the address with the token of the session.
pub(super) fn with_token(address: &str, token: &str) -> String {
    format!("{address}&{TOKEN}={}", utf8_percent_encode(token, NON_ALPHANUMERIC))
}

/// Returns the target of a redirect if it may be followed: only on the same host, and never from https to http. Cookies and
/// the token in the address belong to the host, and a page from another host is not the page that was requested.
pub(super) fn redirect(from: &str, location: &str) -> Result<String, FetchError> {
    let refused = || not_followed(from, &shown(location));
    let here = Url::parse(from).map_err(|_| refused())?;
    let mut there = here.join(location).map_err(|_| refused())?;
    there.set_fragment(None);
    if read::protection_mark(&there.as_str().to_ascii_lowercase()).is_some() {
        return Err(FetchError::Blocked(format!("a redirect to {}", shown(there.as_str())), BLOCKED));
    }
    if there.host_str().is_some_and(|host| host.starts_with("login.")) || there.path().contains("/login") {
        let to = shown(there.as_str());
        let login = format!("the site asks for a login ({to}); save this page from a browser that is logged in");
        return Err(FetchError::NoPage(login));
    }
    let is_upgrade = here.scheme() == "http" && there.scheme() == "https" && here.host() == there.host();
    match is_upgrade || here[..Position::BeforePath] == there[..Position::BeforePath] {
        true => Ok(there.into()),
        false => Err(refused()),
    }
}

/// Returns the error for a redirect that is not followed.
pub(super) fn not_followed(from: &str, to: &str) -> FetchError {
    let from = shown(from);
    FetchError::NoPage(format!(
        "{from}: redirects to {to}, which is not followed; if the pages have moved there, pass it as --base-url"
    ))
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
            ("https://OPEN.taobao.com/a", "https://open.taobao.com/a"),
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
        let login = to("https://login.taobao.com/member/login.jhtml?x=1").to_string();
        assert!(login.contains("asks for a login (https://login.taobao.com/member/login.jhtml)"), "{login}");
        assert!(matches!(to("/_____tmd_____/punish?x5secdata=1"), FetchError::Blocked(..)));
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
        assert_eq!(
            [Form::Document, Form::Html].map(|form| Base::of(form).to_string()),
            [Form::Document, Form::Html].map(Form::site)
        );
        assert_eq!("https://a.example/b//".parse::<Base>().unwrap().to_string(), "https://a.example/b");
    }
}
