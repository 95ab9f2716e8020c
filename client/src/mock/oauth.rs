//! Authorisation of users (docs/protocol.md section 11): codes, tokens, and how long they are valid.
//!
//! There is no login: `/authorize` grants access at once and redirects to the URL that the application gave.

use std::{
    collections::VecDeque,
    sync::Mutex,
    time::{Duration, Instant},
};

use subtle::ConstantTimeEq;
use topsdk_codec::{
    App, Object,
    form_urlencoded::Serializer,
    write::{self, JsonStyle},
};

use super::{fault::mix, form::Parameters, locked};

/// The number of authorisations that are stored. The oldest ones are dropped.
const GRANTS: usize = 1000;

/// How long codes and tokens are valid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lifetimes {
    pub(super) code: Duration,
    pub(super) session: Duration,
    pub(super) refresh: Duration,
}

impl Default for Lifetimes {
    fn default() -> Lifetimes {
        let day = Duration::from_secs(24 * 60 * 60);
        Lifetimes { code: Duration::from_secs(30 * 60), session: day, refresh: 30 * day }
    }
}

/// The authorisations so far.
pub(super) struct OAuth {
    lifetimes: Lifetimes,
    seed: u64,
    grants: Mutex<Grants>,
}

#[derive(Default)]
struct Grants {
    /// The number of codes and tokens issued so far, so that each one differs.
    given: u64,
    all: VecDeque<IssuedCode>,
}

struct IssuedCode {
    code: Issued,
    redirect_uri: String,
    /// The tokens for which the code was exchanged, and those of later refreshes.
    token: Option<(Issued, Issued)>,
}

/// A code or token, and when it expires.
struct Issued {
    text: String,
    until: Instant,
}

impl Issued {
    fn is(&self, text: &str) -> bool {
        self.text.as_bytes().ct_eq(text.as_bytes()).into()
    }

    fn is_over(&self) -> bool {
        self.until <= Instant::now()
    }
}

/// An error of `/token` (RFC 6749 section 5.2).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) error: &'static str,
    pub(super) description: String,
}

impl Refused {
    fn new(error: &'static str, description: impl Into<String>) -> Refused {
        Refused { error, description: description.into() }
    }

    /// Returns the error of a malformed request.
    pub(super) fn invalid(description: impl Into<String>) -> Refused {
        Refused::new("invalid_request", description)
    }

    /// Returns the body of the response.
    pub(super) fn body(&self) -> String {
        let members = Failure { error: Some(self.error.to_owned()), error_description: Some(self.description.clone()) };
        write::json(&members, JsonStyle::Plain).unwrap_or_default()
    }
}

/// The status of a session.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TokenStatus {
    Valid,
    Expired,
    /// Not issued by this gateway.
    Unknown,
}

impl OAuth {
    pub(super) fn new(lifetimes: Lifetimes, seed: u64) -> OAuth {
        OAuth { lifetimes, seed, grants: Mutex::default() }
    }

    /// Issues a code, as `/authorize` does.
    pub(super) fn grant(&self, redirect_uri: &str) -> String {
        let mut grants = locked(&self.grants);
        let code = self.good(&mut grants, self.lifetimes.code);
        let text = code.text.clone();
        if grants.all.len() == GRANTS {
            grants.all.pop_front();
        }
        grants.all.push_back(IssuedCode { code, redirect_uri: redirect_uri.to_owned(), token: None });
        text
    }

    /// Returns the URL to which `/authorize` redirects the user.
    pub(super) fn authorize(&self, app: &App, query: &Parameters) -> Result<String, Refused> {
        expect(query, "response_type", "code", "unsupported_response_type")?;
        expect(query, "client_id", app.key(), "invalid_client")?;
        let redirect_uri = required(query, "redirect_uri")?;
        // The URL is sent in a header.
        if !redirect_uri.starts_with("http") || !redirect_uri.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Refused::invalid("redirect_uri is not the address of a page"));
        }
        let mut back = Serializer::new(String::new());
        back.append_pair("code", &self.grant(redirect_uri));
        if let Some(state) = query.text("state") {
            back.append_pair("state", state);
        }
        let mark = if redirect_uri.contains('?') { '&' } else { '?' };
        Ok(format!("{redirect_uri}{mark}{}", back.finish()))
    }

    /// Returns the token that a request to `/token` asks for, as JSON.
    pub(super) fn token(&self, app: &App, form: &Parameters) -> Result<String, Refused> {
        expect(form, "client_id", app.key(), "invalid_client")?;
        expect(form, "client_secret", app.secret(), "invalid_client")?;
        match required(form, "grant_type")? {
            "authorization_code" => self.exchange(required(form, "code")?, required(form, "redirect_uri")?),
            "refresh_token" => self.refresh(required(form, "refresh_token")?),
            _ => Err(Refused::new("unsupported_grant_type", "grant_type is authorization_code or refresh_token")),
        }
    }

    /// Returns the status of a session.
    pub(super) fn session(&self, session: &str) -> TokenStatus {
        let grants = locked(&self.grants);
        let mut tokens = grants.all.iter().filter_map(|grant| grant.token.as_ref());
        match tokens.find(|(good, _)| good.is(session)) {
            None => TokenStatus::Unknown,
            Some((good, _)) if good.is_over() => TokenStatus::Expired,
            Some(_) => TokenStatus::Valid,
        }
    }

    fn exchange(&self, code: &str, redirect_uri: &str) -> Result<String, Refused> {
        let refused = |why: &str| Err(Refused::new("invalid_grant", why));
        let mut grants = locked(&self.grants);
        let (session, refresh) = self.pair(&mut grants);
        let Some(grant) = grants.all.iter_mut().find(|grant| grant.code.is(code)) else {
            return refused("there is no such code");
        };
        if grant.token.is_some() {
            return refused("the code has been used");
        }
        if grant.code.is_over() {
            return refused("the code has expired");
        }
        if grant.redirect_uri != redirect_uri {
            return refused("redirect_uri is not the one that the code was sent to");
        }
        let body = self.body(&session, &refresh);
        grant.token = Some((session, refresh));
        Ok(body)
    }

    /// Replaces the tokens of an authorisation. The old ones are invalid from then on.
    fn refresh(&self, token: &str) -> Result<String, Refused> {
        let refused = |why: &str| Err(Refused::new("invalid_grant", why));
        let mut grants = locked(&self.grants);
        let (session, refresh) = self.pair(&mut grants);
        let mut tokens = grants.all.iter_mut().filter_map(|grant| grant.token.as_mut());
        let Some(old) = tokens.find(|(_, old)| old.is(token)) else {
            return refused("there is no such refresh_token, or it has been used");
        };
        if old.1.is_over() {
            return refused("the refresh_token has expired");
        }
        let body = self.body(&session, &refresh);
        *old = (session, refresh);
        Ok(body)
    }

    fn pair(&self, grants: &mut Grants) -> (Issued, Issued) {
        (self.good(grants, self.lifetimes.session), self.good(grants, self.lifetimes.refresh))
    }

    /// Creates a new, unique code or token, the same for the same seed.
    fn good(&self, grants: &mut Grants, lifetime: Duration) -> Issued {
        grants.given += 1;
        let low = mix(self.seed ^ mix(grants.given));
        let text = format!("{low:016x}{:016x}", mix(low));
        // If the clock cannot represent that time, the token is valid practically for ever.
        let now = Instant::now();
        Issued { text, until: now.checked_add(lifetime).unwrap_or(now + Duration::from_secs(u64::from(u32::MAX))) }
    }

    fn body(&self, session: &Issued, refresh: &Issued) -> String {
        let seconds = |lifetime: Duration| Some(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX));
        let Lifetimes { session: long, refresh: longer, .. } = self.lifetimes;
        let token = TokenMembers {
            access_token: Some(session.text.clone()),
            refresh_token: Some(refresh.text.clone()),
            token_type: Some("Bearer".to_owned()),
            expires_in: seconds(long),
            re_expires_in: seconds(longer),
            r1_expires_in: seconds(long),
            r2_expires_in: seconds(long),
            w1_expires_in: seconds(long),
            w2_expires_in: seconds(long),
            taobao_user_id: Some("263685215".to_owned()),
            // Percent-encoded: 商家测试帐号17.
            taobao_user_nick: Some("%E5%95%86%E5%AE%B6%E6%B5%8B%E8%AF%95%E5%B8%90%E5%8F%B717".to_owned()),
        };
        write::json(&token, JsonStyle::Plain).unwrap_or_default()
    }
}

fn required<'p>(parameters: &'p Parameters, name: &str) -> Result<&'p str, Refused> {
    parameters.text(name).ok_or_else(|| Refused::invalid(format!("{name} is missing")))
}

fn expect(parameters: &Parameters, name: &str, right: &str, error: &'static str) -> Result<(), Refused> {
    match required(parameters, name)?.as_bytes().ct_eq(right.as_bytes()).into() {
        true => Ok(()),
        false => Err(Refused::new(error, format!("{name} is wrong"))),
    }
}

#[derive(Default, Object)]
#[top(crate = topsdk_codec)]
struct TokenMembers {
    access_token: Option<String>,
    refresh_token: Option<String>,
    token_type: Option<String>,
    expires_in: Option<i64>,
    re_expires_in: Option<i64>,
    r1_expires_in: Option<i64>,
    r2_expires_in: Option<i64>,
    w1_expires_in: Option<i64>,
    w2_expires_in: Option<i64>,
    taobao_user_id: Option<String>,
    taobao_user_nick: Option<String>,
}

#[derive(Default, Object)]
#[top(crate = topsdk_codec)]
struct Failure {
    error: Option<String>,
    error_description: Option<String>,
}
