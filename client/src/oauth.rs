//! Authorisation by users (docs/protocol.md section 11).
//!
//! The application sends a user to [`authorize_url`](crate::Client::authorize_url). The user comes back to the
//! application's own URL with a code, which [`exchange_code`](crate::Client::exchange_code) exchanges for a [`Token`]. Its
//! [`session`](Token::session) is used for calls. The application stores tokens in a [`TokenStore`].
//!
//! ```no_run
//! # fn run(client: topsdk_client::blocking::Client) -> Result<(), topsdk_client::Error> {
//! let url = client.authorize_url("https://shop.example/back", "a random text");
//! // The user visits `url`, authorises the application, and comes back to
//! // https://shop.example/back?code=…&state=…
//! let token = client.exchange_code("the code", "https://shop.example/back")?;
//! println!("{:?} authorised for {:?}", token.user_nick(), token.expires_in());
//! # Ok(())
//! # }
//! ```

use std::{borrow::Cow, time::Duration};

use topsdk_codec::{App, Call, Decoder, Envelope, Session, form_urlencoded::Serializer, jiff::Timestamp};

pub use crate::token::{StoreError, Token};
use crate::{
    BoxFuture, Endpoint, Error,
    endpoint::OAuthUrls,
    operation::{EncodedRequest, Operation},
    token::Wire,
};

/// Returns the URL at which a user authorises.
pub(crate) fn authorize_url(app: &App, urls: &OAuthUrls, redirect_uri: &str, state: &str) -> String {
    let query = Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", app.key())
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("state", state)
        .append_pair("view", "web")
        .finish();
    format!("{}?{query}", urls.authorize)
}

impl Token {
    /// Parses a token from JSON: the output of [`to_json`](Token::to_json), or the `token_result` of
    /// `taobao.top.auth.token.create` and `….refresh`, which counts as received now.
    ///
    /// # Errors
    ///
    /// [`Error::Response`] for broken JSON, [`Error::OAuth`] if it holds an error or no token.
    pub fn from_json(json: &str) -> Result<Token, Error> {
        let mut wire = Wire::default();
        Decoder::new().parameters(json, &mut wire).map_err(Error::Response)?;
        if wire.access_token.as_deref().unwrap_or_default().is_empty() {
            return Err(Error::OAuth {
                error: wire.error.unwrap_or_else(|| "no access_token".to_owned()),
                description: wire.error_description,
            });
        }
        wire.received_at.get_or_insert_with(|| Timestamp::now().as_second());
        Ok(Token::new(wire))
    }
}

/// The application's store of its users' tokens, for the asynchronous client. `user` is the application's name for a user.
///
/// ```
/// use std::{collections::HashMap, future::ready, sync::Mutex};
/// use topsdk_client::{BoxFuture, oauth::{StoreError, Token, TokenStore}};
///
/// /// Keeps tokens in memory. A real store keeps them where secrets are kept.
/// #[derive(Default)]
/// struct InMemory(Mutex<HashMap<String, Token>>);
///
/// impl TokenStore for InMemory {
///     fn load<'a>(&'a self, user: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>> {
///         Box::pin(ready(Ok(self.0.lock().unwrap().get(user).cloned())))
///     }
///
///     fn save<'a>(&'a self, user: &'a str, token: &'a Token) -> BoxFuture<'a, Result<(), StoreError>> {
///         self.0.lock().unwrap().insert(user.to_owned(), token.clone());
///         Box::pin(ready(Ok(())))
///     }
/// }
/// ```
pub trait TokenStore: Send + Sync {
    /// Returns the token of a user, if there is one.
    ///
    /// # Errors
    ///
    /// The store's own.
    fn load<'a>(&'a self, user: &'a str) -> BoxFuture<'a, Result<Option<Token>, StoreError>>;

    /// Saves the token of a user in place of an earlier one.
    ///
    /// # Errors
    ///
    /// The store's own.
    fn save<'a>(&'a self, user: &'a str, token: &'a Token) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// A session that expires sooner is refreshed first, as calls may wait and be repeated.
pub(crate) const SOON: Duration = Duration::from_secs(300);

/// The state of a stored token.
pub(crate) enum StoredToken {
    Usable(Session),
    Expiring { refresh_token: String },
}

/// Classifies a stored token.
pub(crate) fn classify(user: &str, token: Option<Token>) -> Result<StoredToken, Error> {
    let Some(token) = token else { return Err(Error::NotAuthorized { user: user.to_owned() }) };
    if token.expires_in().is_none_or(|left| left > SOON) {
        return Ok(StoredToken::Usable(token.session()));
    }
    match token.refresh_token() {
        Some(refresh_token) if token.refresh_expires_in().is_none_or(|left| !left.is_zero()) => {
            Ok(StoredToken::Expiring { refresh_token: refresh_token.to_owned() })
        }
        _ => Err(Error::NotAuthorized { user: user.to_owned() }),
    }
}

/// A request for a token.
pub(crate) struct TokenRequest<'a> {
    app: &'a App,
    url: &'a str,
    grant: Grant<'a>,
    token: Option<Token>,
}

/// What a token is exchanged for.
pub(crate) enum Grant<'a> {
    Code { code: &'a str, redirect_uri: &'a str },
    Refresh { refresh_token: &'a str },
}

impl<'a> TokenRequest<'a> {
    pub(crate) fn new(app: &'a App, urls: &'a OAuthUrls, grant: Grant<'a>) -> TokenRequest<'a> {
        TokenRequest { app, url: &urls.token, grant, token: None }
    }

    /// Returns the token of the response.
    pub(crate) fn token(self) -> Result<Token, Error> {
        self.token.ok_or_else(|| Error::OAuth { error: "no access_token".to_owned(), description: None })
    }
}

impl Operation for TokenRequest<'_> {
    fn what(&self) -> Cow<'static, str> {
        Cow::Borrowed("oauth")
    }

    fn secrets(&self) -> Vec<&str> {
        match self.grant {
            Grant::Code { code, .. } => vec![code],
            Grant::Refresh { refresh_token } => vec![refresh_token],
        }
    }

    fn is_secret(&self) -> bool {
        true
    }

    fn address<'a>(&'a self, _: &'a Endpoint) -> Option<Cow<'a, str>> {
        Some(Cow::Borrowed(self.url))
    }

    /// Not signed: the form holds the secret itself.
    fn encode(&self, _: &Call<'_>, _: &Endpoint) -> Result<EncodedRequest, Error> {
        let mut form = Serializer::new(String::new());
        form.append_pair("client_id", self.app.key()).append_pair("client_secret", self.app.secret());
        match self.grant {
            Grant::Code { code, redirect_uri } => form
                .append_pair("grant_type", "authorization_code")
                .append_pair("code", code)
                .append_pair("redirect_uri", redirect_uri),
            Grant::Refresh { refresh_token } => {
                form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", refresh_token)
            }
        };
        Ok(EncodedRequest {
            url: self.url.to_owned(),
            content_type: Cow::Borrowed("application/x-www-form-urlencoded;charset=utf-8"),
            body: form.finish().into_bytes(),
            files: Vec::new(),
        })
    }

    /// A refused code or token has the status 400.
    fn takes(&self, status: u16) -> bool {
        matches!(status, 200 | 400)
    }

    fn decode(&mut self, _: &Decoder, body: &[u8]) -> Result<Envelope, Error> {
        self.token = Some(Token::from_json(&String::from_utf8_lossy(body))?);
        Ok(Envelope::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN_RESPONSE: &str = r#"{"w2_expires_in":0,"taobao_user_id":"263685215","taobao_user_nick":"%E5%95%86","expires_in":"86400",
        "re_expires_in":0,"access_token":"T0KEN","refresh_token":"R3FRESH","token_type":"Bearer"}"#;

    #[test]
    fn a_token_is_stored_and_read_back_and_not_shown() {
        let token = Token::from_json(TOKEN_RESPONSE).unwrap();
        assert_eq!(token.session().token(), "T0KEN");
        assert_eq!((token.user_id(), token.refresh_token()), (Some("263685215"), Some("R3FRESH")));
        assert_eq!(token.user_nick().as_deref(), Some("商"));
        assert_eq!(Token::from_json(&token.to_json().unwrap()).unwrap().user_nick(), token.user_nick());
        assert!(token.expires_in().is_some_and(|left| left > Duration::from_secs(86_000)));
        assert_eq!(token.refresh_expires_in(), Some(Duration::ZERO));
        assert_eq!(Token::from_json(&token.to_json().unwrap()).unwrap(), token);
        let shown = format!("{token:?}");
        assert!(!shown.contains("T0KEN") && !shown.contains("R3FRESH"), "{shown}");
    }

    #[test]
    fn a_response_without_a_token_is_an_error() {
        let error = Token::from_json(r#"{"error":"invalid_grant","error_description":"code is used"}"#).unwrap_err();
        assert_eq!(error.to_string(), "the authorisation failed: invalid_grant: code is used");
        assert!(Token::from_json("{}").is_err());
        assert!(matches!(Token::from_json("<html>"), Err(Error::Response(_))));
    }

    #[test]
    fn a_stored_token_is_used_refreshed_or_asked_for_again() {
        let token = |expires_in: i64, re_expires_in: i64| {
            let mut wire = Wire::default();
            Decoder::new().parameters(TOKEN_RESPONSE, &mut wire).unwrap();
            wire.received_at = Some(Timestamp::now().as_second());
            Some(Token::new(Wire { expires_in: Some(expires_in), re_expires_in: Some(re_expires_in), ..wire }))
        };
        assert!(matches!(classify("u", token(3600, 0)), Ok(StoredToken::Usable(_))));
        assert!(matches!(classify("u", token(10, 3600)), Ok(StoredToken::Expiring { .. })));
        assert!(matches!(classify("u", token(10, 0)), Err(Error::NotAuthorized { .. })));
        assert!(matches!(classify("u", None), Err(Error::NotAuthorized { .. })));
    }
}
