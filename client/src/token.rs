//! A user's token: the session, and the refresh token for the next one.

use std::{borrow::Cow, fmt, time::Duration};

use percent_encoding::percent_decode_str;
use subtle::ConstantTimeEq;
use topsdk_codec::{
    EncodeError, Object, Session,
    jiff::Timestamp,
    secrecy::{ExposeSecret, SecretString, zeroize::Zeroize},
    write::{self, JsonStyle},
};

/// A user's token, which authorises calls for the user. [`Debug`] does not show it, it is wiped from memory when it is
/// dropped, and comparing takes the same time wherever two tokens differ. The module [`oauth`](crate::oauth) has an
/// example.
#[derive(Clone)]
pub struct Token {
    access_token: SecretString,
    refresh_token: Option<SecretString>,
    /// All members but these two.
    rest: Wire,
}

/// A token on the wire, and when it was received.
#[derive(Clone, Default, PartialEq, Eq, Object)]
#[top(crate = topsdk_codec)]
pub(crate) struct Wire {
    pub(crate) access_token: Option<String>,
    pub(crate) refresh_token: Option<String>,
    pub(crate) expires_in: Option<i64>,
    pub(crate) re_expires_in: Option<i64>,
    pub(crate) r1_expires_in: Option<i64>,
    pub(crate) r2_expires_in: Option<i64>,
    pub(crate) w1_expires_in: Option<i64>,
    pub(crate) w2_expires_in: Option<i64>,
    pub(crate) taobao_user_id: Option<String>,
    pub(crate) taobao_user_nick: Option<String>,
    pub(crate) sub_taobao_user_id: Option<String>,
    pub(crate) sub_taobao_user_nick: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) error_description: Option<String>,
    /// Seconds since 1970. Written by this crate, not by the platform.
    pub(crate) received_at: Option<i64>,
}

impl Token {
    pub(crate) fn new(mut wire: Wire) -> Token {
        let access_token = wire.access_token.take().unwrap_or_default().into();
        let refresh_token = wire.refresh_token.take().filter(|token| !token.is_empty()).map(SecretString::from);
        Token { access_token, refresh_token, rest: wire }
    }

    /// Returns the token as JSON, to be stored where secrets are kept. Keep it out of logs.
    ///
    /// # Errors
    ///
    /// Does not fail for a valid token.
    pub fn to_json(&self) -> Result<String, EncodeError> {
        let mut wire = self.rest.clone();
        wire.access_token = Some(self.access_token.expose_secret().to_owned());
        wire.refresh_token = self.refresh_token().map(str::to_owned);
        let json = write::json(&wire, JsonStyle::Plain);
        wire.access_token.zeroize();
        wire.refresh_token.zeroize();
        json
    }

    /// Returns the session for calls of this user.
    pub fn session(&self) -> Session {
        Session::new(self.access_token.expose_secret())
    }

    /// Returns the refresh token, which is exchanged for the next token. Keep it out of logs.
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_ref().map(SecretString::expose_secret)
    }

    /// Returns how long the session is still valid: zero if it has expired, `None` if the platform did not say.
    pub fn expires_in(&self) -> Option<Duration> {
        self.left(self.rest.expires_in)
    }

    /// Returns how long the refresh token is still valid, in the same way.
    pub fn refresh_expires_in(&self) -> Option<Duration> {
        self.left(self.rest.re_expires_in)
    }

    /// Returns the user's number.
    pub fn user_id(&self) -> Option<&str> {
        self.rest.taobao_user_id.as_deref()
    }

    /// Returns the user's nick, decoded: the platform percent-encodes it.
    pub fn user_nick(&self) -> Option<Cow<'_, str>> {
        self.rest.taobao_user_nick.as_deref().map(decoded)
    }

    /// Returns the number of the sub-account, if a sub-account authorised.
    pub fn sub_user_id(&self) -> Option<&str> {
        self.rest.sub_taobao_user_id.as_deref()
    }

    /// Returns the nick of the sub-account, decoded, if a sub-account authorised.
    pub fn sub_user_nick(&self) -> Option<Cow<'_, str>> {
        self.rest.sub_taobao_user_nick.as_deref().map(decoded)
    }

    fn left(&self, seconds: Option<i64>) -> Option<Duration> {
        let end = self.rest.received_at?.saturating_add(seconds?);
        Some(Duration::from_secs(u64::try_from(end.saturating_sub(Timestamp::now().as_second())).unwrap_or(0)))
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Token) -> bool {
        let same = |one: Option<&str>, other: Option<&str>| {
            one.unwrap_or_default().as_bytes().ct_eq(other.unwrap_or_default().as_bytes())
        };
        let access_token = same(Some(self.access_token.expose_secret()), Some(other.access_token.expose_secret()));
        let refresh_token = same(self.refresh_token(), other.refresh_token());
        bool::from(access_token & refresh_token) && self.rest == other.rest
    }
}

impl Eq for Token {}

/// Decodes a percent-encoded text; returns it unchanged if the result is not UTF-8.
fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text))
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("user_id", &self.user_id())
            .field("user_nick", &self.user_nick())
            .field("expires_in", &self.expires_in())
            .finish_non_exhaustive()
    }
}

/// The error of a token store. [`TokenStore`](crate::oauth::TokenStore) has an example.
pub type StoreError = Box<dyn std::error::Error + Send + Sync>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_equal_where_everything_in_them_is() {
        let token = |access: &str, refresh: Option<&str>, user: &str| {
            Token::new(Wire {
                access_token: Some(access.to_owned()),
                refresh_token: refresh.map(str::to_owned),
                taobao_user_id: Some(user.to_owned()),
                ..Wire::default()
            })
        };
        let one = token("T0KEN", Some("R3FRESH"), "1");
        assert_eq!(one, one.clone());
        assert_eq!(
            one,
            Token::from_json(&one.to_json().unwrap()).map(|read| Token { rest: one.rest.clone(), ..read }).unwrap()
        );
        for other in [
            token("T0KEM", Some("R3FRESH"), "1"),
            token("T0KEN1", Some("R3FRESH"), "1"),
            token("T0KEN", Some("R3FRESG"), "1"),
            token("T0KEN", None, "1"),
            token("T0KEN", Some("R3FRESH"), "2"),
        ] {
            assert_ne!(one, other);
        }
        assert!(!format!("{one:?}").contains("0KE") && !format!("{one:?}").contains("3FRE"));
    }
}
