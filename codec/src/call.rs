//! Encodes a call: public parameters, signature, body.

use std::{borrow::Cow, fmt};

use secrecy::{ExposeSecret, SecretString};

use crate::{
    Date, Object, Request,
    sign::{Key, SignMethod},
    write::{self, EncodeError, Form, OnDisk, Parameters, Texts},
};

/// An application's key and secret, as issued by the platform. The secret is wiped from memory when it is dropped.
/// [`Call`] has an example.
#[derive(Clone)]
pub struct App {
    key: String,
    secret: Key,
}

impl App {
    /// Returns the application `key`, which signs with `secret`.
    pub fn new(key: impl Into<String>, secret: impl Into<String>) -> App {
        App { key: key.into(), secret: Key::new(secret.into().into()) }
    }

    /// The application's key, which is public.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The application's secret, for code that sends or checks it. It signs every call: keep it out of logs.
    pub fn secret(&self) -> &str {
        self.secret.secret()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("key", &self.key).field("secret", &format_args!("…")).finish()
    }
}

/// A user's authorisation: the `access_token` of OAuth. It is wiped from memory when it is dropped. [`Call`] has an
/// example.
#[derive(Clone)]
pub struct Session {
    token: SecretString,
}

impl Session {
    /// Returns the session of an access token.
    pub fn new(token: impl Into<String>) -> Session {
        Session { token: token.into().into() }
    }

    /// The access token, for storing it. It acts for the user: keep it out of logs.
    pub fn token(&self) -> &str {
        self.token.expose_secret()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(…)")
    }
}

/// The format of a response. [`Call`] has an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// XML, which cannot carry every character (docs/protocol.md section 9).
    Xml,
    /// JSON, where a list is an object that names its items.
    #[default]
    Json,
    /// JSON with `simplify`, where a list is an array.
    JsonSimplified,
}

/// How a request is sent: the user, the time stamp, the signing method, the format of the response.
///
/// All parameters go into the body, as in the documentation's samples, so that no URL holds a session. In a call with files,
/// the public parameters go into the query and the API's own into the parts of the body, as in the Java SDK.
///
/// ```
/// use topsdk_codec::{App, Call, Request, Response};
///
/// #[derive(Default, Request)]
/// #[top(crate = ::topsdk_codec, method = "taobao.item.seller.get", response = ItemSellerGetResponse)]
/// struct ItemSellerGetRequest {
///     #[top(required)]
///     fields: Vec<String>,
///     num_iid: Option<i64>,
/// }
///
/// #[derive(Default, Response)]
/// #[top(crate = ::topsdk_codec)]
/// struct ItemSellerGetResponse {}
///
/// let app = App::new("12345678", "helloworld");
/// let fields = vec!["num_iid".into(), "title".into()];
/// let request = ItemSellerGetRequest { fields, num_iid: Some(11223344) };
/// let call = Call::new(&app, "2016-01-01 12:00:00".parse()?);
/// let encoded = call.encode(&request)?;
/// assert!(encoded.body().ends_with(b"&v=2.0&fields=num_iid%2Ctitle&num_iid=11223344"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Call<'a> {
    app: &'a App,
    timestamp: Date,
    session: Option<&'a Session>,
    format: Format,
    sign_method: SignMethod,
    partner_id: Option<&'a str>,
    target_app_key: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// Returns a call at `timestamp`, in China's time (GMT+8). The platform accepts ten minutes of difference.
    pub fn new(app: &'a App, timestamp: Date) -> Call<'a> {
        Call {
            app,
            timestamp,
            session: None,
            format: Format::default(),
            sign_method: SignMethod::default(),
            partner_id: None,
            target_app_key: None,
        }
    }

    /// Sets the user. APIs whose page says 必须用户授权 need one.
    #[must_use]
    pub fn session(mut self, session: &'a Session) -> Call<'a> {
        self.session = Some(session);
        self
    }

    /// Sets the format of the response.
    #[must_use]
    pub fn format(mut self, format: Format) -> Call<'a> {
        self.format = format;
        self
    }

    /// Sets the signing method.
    #[must_use]
    pub fn sign_method(mut self, method: SignMethod) -> Call<'a> {
        self.sign_method = method;
        self
    }

    /// Sets `partner_id`, in which SDKs send their version.
    #[must_use]
    pub fn partner_id(mut self, partner_id: &'a str) -> Call<'a> {
        self.partner_id = Some(partner_id);
        self
    }

    /// Sets the application that provides the API, for APIs of other applications.
    #[must_use]
    pub fn target_app_key(mut self, key: &'a str) -> Call<'a> {
        self.target_app_key = Some(key);
        self
    }

    /// Encodes and signs a request. Empty values are neither sent nor signed.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if required parameters are missing (one error lists them all), or if a name or value cannot be sent.
    pub fn encode<R: Request>(&self, request: &R) -> Result<Encoded, EncodeError> {
        self.encode_object(R::METHOD, request)
    }

    /// Encodes and signs a request of an API known only at run time.
    ///
    /// # Errors
    ///
    /// Those of [`encode`](Call::encode).
    pub fn encode_object(&self, method: &str, request: &dyn Object) -> Result<Encoded, EncodeError> {
        let (encoded, on_disk) = self.encode_with_files(method, request)?;
        match on_disk.into_iter().next() {
            None => Ok(encoded),
            Some(file) => Err(EncodeError::OnDisk { path: file.parameter }),
        }
    }

    /// Encodes a request whose files the caller reads from disk while sending: each belongs into the body at its offset.
    ///
    /// # Errors
    ///
    /// Those of [`encode`](Call::encode).
    pub fn encode_with_files(&self, method: &str, request: &dyn Object) -> Result<(Encoded, Vec<OnDisk>), EncodeError> {
        let mut parameters = self.public(Some(method));
        parameters.push_request(request)?;
        let texts = parameters.write(method)?;
        let sign = self.sign([texts.to_sign().as_bytes()]);
        if texts.files().is_empty() {
            let mut form = Form::with_room(texts.to_sign().len() + sign.len());
            texts.push_public(&mut form, &sign);
            texts.push_business(&mut form);
            let body = form.finish().into_bytes();
            let content_type = Cow::Borrowed("application/x-www-form-urlencoded;charset=utf-8");
            let encoded = Encoded { signed: texts.into_signed(), sign, query: String::new(), content_type, body };
            return Ok((encoded, Vec::new()));
        }
        let (content_type, body, on_disk) = write::multipart(texts.business(), texts.files(), &sign)?;
        let query = query(&texts, &sign);
        let content_type = Cow::Owned(content_type);
        Ok((Encoded { signed: texts.into_signed(), sign, query, content_type, body }, on_disk))
    }

    /// Encodes a body that is not a form. It is signed as a whole; the public parameters but `method` go into the query.
    pub(crate) fn encode_raw(&self, content_type: &'static str, body: Vec<u8>) -> Result<Encoded, EncodeError> {
        let texts = self.public(None).write("")?;
        let sign = self.sign([texts.to_sign().as_bytes(), &body]);
        let query = query(&texts, &sign);
        let signed = texts.into_signed() + &String::from_utf8_lossy(&body);
        Ok(Encoded { signed, sign, query, content_type: Cow::Borrowed(content_type), body })
    }

    /// The public parameters and the index of `sign`, in alphabetical order to save the sorting.
    fn public<'p>(&'p self, method: Option<&'p str>) -> Parameters<'p> {
        let mut parameters = Parameters::new();
        parameters.push("app_key", &self.app.key);
        parameters.push("format", if self.format == Format::Xml { "xml" } else { "json" });
        if let Some(method) = method {
            parameters.push("method", method);
        }
        if let Some(partner_id) = self.partner_id {
            parameters.push("partner_id", partner_id);
        }
        if let Some(session) = self.session {
            parameters.push("session", session.token());
        }
        parameters.push_sign();
        parameters.push("sign_method", self.sign_method.as_str());
        if self.format == Format::JsonSimplified {
            parameters.push("simplify", "true");
        }
        if let Some(key) = self.target_app_key {
            parameters.push("target_app_key", key);
        }
        parameters.push_timestamp(self.timestamp);
        parameters.push("v", "2.0");
        parameters
    }

    fn sign<const N: usize>(&self, pieces: [&[u8]; N]) -> String {
        self.app.secret.sign(self.sign_method, pieces.into_iter())
    }
}

fn query(texts: &Texts<'_>, sign: &str) -> String {
    let mut form = Form::with_room(texts.to_sign().len());
    texts.push_public(&mut form, sign);
    form.finish()
}

/// An encoded call: POST `body` as `content_type` to the gateway, with `query` after a `?` if it is not empty.
///
/// It holds the session, so [`Debug`] shows sizes only.
#[derive(Clone)]
pub struct Encoded {
    signed: String,
    sign: String,
    query: String,
    content_type: Cow<'static, str>,
    body: Vec<u8>,
}

impl Encoded {
    /// The query of the URL, percent-encoded, without `?`; empty if the body holds all parameters.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// The URL to POST to: that of the gateway, with the query appended to its own.
    pub fn url<'a>(&self, gateway: &'a str) -> Cow<'a, str> {
        match self.query.as_str() {
            "" => Cow::Borrowed(gateway),
            query => Cow::Owned(format!("{gateway}{}{query}", if gateway.contains('?') { '&' } else { '?' })),
        }
    }

    /// The value of the header `Content-Type`.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body, owned.
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// The value of the header `Content-Type`, and the body, owned.
    pub fn into_parts(self) -> (Cow<'static, str>, Vec<u8>) {
        (self.content_type, self.body)
    }

    /// The signature.
    pub fn sign(&self) -> &str {
        &self.sign
    }

    /// The string that was signed, for debugging a signature that the platform refuses.
    ///
    /// **It holds the session and all parameters**, but not the secret: keep it out of logs.
    pub fn string_to_sign(&self) -> &str {
        &self.signed
    }
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded")
            .field("content_type", &self.content_type)
            .field("query", &format_args!("{} bytes", self.query.len()))
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}
