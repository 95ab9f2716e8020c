//! What a user has granted: a session, and what the next one is asked for with.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use topsdk_codec::{
    EncodeError, Object, Session,
    write::{self, JsonStyle},
};

/// What a user has granted. It acts for the user: [`Debug`] does not show the tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    pub(crate) wire: Wire,
}

/// A token as the platform writes it, and when it came.
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
    /// Seconds since 1970; not the platform's.
    pub(crate) received_at: Option<i64>,
}

impl Token {
    /// The token as JSON, for storing it. It acts for the user: store it where secrets are, keep it out of logs.
    ///
    /// # Errors
    ///
    /// None that a token could give.
    pub fn to_json(&self) -> Result<String, EncodeError> {
        write::json(&self.wire, JsonStyle::Plain)
    }

    /// What calls for this user are made with.
    pub fn session(&self) -> Session {
        Session::new(self.wire.access_token.as_deref().unwrap_or_default())
    }

    /// What the next token is asked for with. It acts for the user: keep it out of logs.
    pub fn refresh_token(&self) -> Option<&str> {
        self.wire.refresh_token.as_deref().filter(|token| !token.is_empty())
    }

    /// How long the session is good for from now; nothing where it is over, `None` where the platform did not say.
    pub fn expires_in(&self) -> Option<Duration> {
        self.left(self.wire.expires_in)
    }

    /// How long the refresh token is good for from now, in the same way.
    pub fn refresh_expires_in(&self) -> Option<Duration> {
        self.left(self.wire.re_expires_in)
    }

    /// The user's number.
    pub fn user_id(&self) -> Option<&str> {
        self.wire.taobao_user_id.as_deref()
    }

    /// The user's name, as the platform wrote it.
    pub fn user_nick(&self) -> Option<&str> {
        self.wire.taobao_user_nick.as_deref()
    }

    /// The number of the sub-account that authorised, if one did.
    pub fn sub_user_id(&self) -> Option<&str> {
        self.wire.sub_taobao_user_id.as_deref()
    }

    /// The name of the sub-account that authorised, if one did.
    pub fn sub_user_nick(&self) -> Option<&str> {
        self.wire.sub_taobao_user_nick.as_deref()
    }

    fn left(&self, seconds: Option<i64>) -> Option<Duration> {
        let end = self.wire.received_at?.saturating_add(seconds?);
        Some(Duration::from_secs(u64::try_from(end.saturating_sub(Timestamp::now().as_second())).unwrap_or(0)))
    }
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

/// What a store fails with.
pub type StoreError = Box<dyn std::error::Error + Send + Sync>;
