//! Readers: a response, as XML or JSON in any of its forms, into the slots of an object.
//!
//! [`Slot`]: crate::Slot

mod fault;
mod json;
mod names;
mod root;
mod scalar;
mod scan;
mod state;
mod xml;

use std::{borrow::Cow, fmt};

pub(crate) use json::is_json;
#[cfg(feature = "serde")]
pub(crate) use names::{Found, Names};
#[cfg(feature = "serde")]
pub(crate) use scalar::{fill, push};

use crate::{
    Anomaly, Error, Format, Object, PlatformError, Request, Response, charset,
    error::{BYTES, END, LimitError},
};
use fault::Fault;
use state::{DEEPEST, Settings, State, Unknown};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Decodes responses of the platform.
///
/// The first character tells XML from JSON. The JSON may be normal, simplified with a root, or simplified without one
/// (docs/protocol.md sections 5.3 and 5.4). All forms of one response give equal values.
///
/// * Members that the type does not have are skipped, or [listed](Decoder::report_unknown); missing ones are `None` or an empty list.
/// * Numbers, booleans, dates and decimals may come as text. The empty text and `null` are `None` for them. A `String` keeps
///   the text `null`, and accepts a number, a boolean, or the JSON text of an object or array. A [`Json`](crate::Json) is the
///   content of its string, or the raw JSON of the value, byte for byte.
/// * A list may be an array, an array wrapped in an object with one member, `{}`, `null`, `""`, missing, or a single item
///   without its list. In XML every child of a list's element is an item, whatever its name.
/// * A response has a root whose name ends in `_response`: that of the method, or another one, which is an anomaly. Only
///   simplified JSON may lack a root, and then has at least one documented member or a `request_id`. Anything else is
///   [`Error::NotAResponse`]: something between here and the gateway wrote it, and the call may have been executed.
/// * A body that declares another charset than UTF-8, in its [`Content-Type`](Decoder::for_content_type) or its XML
///   declaration, is converted from it. All offsets count in the body [in UTF-8](Decoder::to_utf8).
/// * A root that is empty, `null`, `""` or `[]` is an empty response. A root with any other text, number or list has no
///   members, and the body is [`Error::NotAResponse`] too: `{"item_update_response":"denied"}` is no success.
/// * Broken syntax is an error.
///
/// # Limits
///
/// A body beyond a limit is [`Error::Limit`], which names the setter that raises it.
///
/// | limit | default | setter |
/// | --- | --- | --- |
/// | levels of objects and lists, or of elements | 128, at most [`DEEPEST`](Decoder::DEEPEST) | [`with_max_depth`](Decoder::with_max_depth) |
/// | bytes of the body | 64 MiB | [`with_max_body`](Decoder::with_max_body) |
/// | items of all lists of a response together | 1,000,000 | [`with_max_list`](Decoder::with_max_list) |
/// | anomalies that are kept; the last one counts the others | 1,000 | |
///
/// # Anomalies
///
/// A contradiction to the documentation is an [`Anomaly`] beside the value, or [`Error::Anomaly`] if the decoder is
/// [strict](Decoder::strict). Nothing is lost silently.
///
/// | `expected` | found in the body | the value |
/// | --- | --- | --- |
/// | a type, such as `Number` or `an object` | a value that is not of this type | `None`, or omitted from its list |
/// | `no second value` | a member that is given twice | the first one counts |
/// | `an item` | `null` in a list of JSON | omitted |
/// | `elements` | text where XML should have only elements | the text is omitted |
/// | `text` | elements where XML should have only text | their tags are kept as they are written, text is decoded |
/// | `an entity of XML` | an entity that XML does not define, such as `&nbsp;` | kept as it is written |
/// | ``a reference, or `&amp;` `` | an `&` that begins no reference | kept as it is written |
/// | `a whole surrogate pair` | half of one among JSON's escapes | kept as it is written |
/// | `nothing beside the items` | a further member of the object around a list | omitted |
/// | `nothing beside the root` | a further member beside the root | omitted |
/// | ``the root of a response of `METHOD` `` | another root | read as if it were the expected one |
///
/// ```
/// use topsdk_codec::{Decoder, Response};
///
/// #[derive(Debug, Default, Response)]
/// #[top(crate = topsdk_codec)]
/// struct ItemGetResponse {
///     num_iid: Option<i64>,
///     title: Option<String>,
/// }
///
/// let body = r#"{"item_get_response":{"num_iid":"abc","title":"小明","request_id":"5m7u"}}"#;
/// let reply = Decoder::new().decode::<ItemGetResponse>(body)?;
/// assert_eq!(reply.value.title.as_deref(), Some("小明"));
/// assert_eq!(reply.request_id.as_deref(), Some("5m7u"));
/// assert_eq!(reply.anomalies[0].to_string(), r#"num_iid: expected Number, found "abc" at byte 32"#);
/// # Ok::<(), topsdk_codec::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    settings: Settings,
}

/// A decoded response. [`Decoder`] has an example.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Decoded<T> {
    /// The response.
    pub value: T,
    /// The call's number, which the platform's support asks for. Old APIs send none.
    pub request_id: Option<String>,
    /// What does not fit the documentation.
    pub anomalies: Vec<Anomaly>,
    /// Members that the documentation does not have, if the decoder [reports](Decoder::report_unknown) them.
    pub unknown: Vec<Anomaly>,
    /// The body as it came; [in UTF-8](Decoder::to_utf8) if it came in another charset.
    pub body: Vec<u8>,
}

/// The parts of a response beside its value. [`Decoder::decode_into`] returns it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Envelope {
    /// The call's number, which the platform's support asks for. Old APIs send none.
    pub request_id: Option<String>,
    /// What does not fit the documentation.
    pub anomalies: Vec<Anomaly>,
    /// Members that the documentation does not have, if the decoder [reports](Decoder::report_unknown) them.
    pub unknown: Vec<Anomaly>,
}

impl Decoder {
    /// The deepest nesting that [`with_max_depth`](Decoder::with_max_depth) allows: it fits into the stack of a thread.
    pub const DEEPEST: usize = DEEPEST;

    /// Returns a tolerant decoder with the default limits: depth 128, 64 MiB, a million list items.
    pub const fn new() -> Decoder {
        Decoder { settings: Settings::new() }
    }

    /// Makes the first anomaly an error, with the same content and an excerpt of the body. For tests.
    #[must_use]
    pub const fn strict(mut self) -> Decoder {
        self.settings.is_strict = true;
        self
    }

    /// Sets the method of the expected response: another root is an anomaly. [`decode_for`](Decoder::decode_for) sets it
    /// from the request.
    #[must_use]
    pub fn for_method(mut self, method: impl Into<Cow<'static, str>>) -> Decoder {
        self.settings.method = Some(method.into());
        self
    }

    /// Lists undocumented members, each with its path and the beginning of its value, in [`Envelope::unknown`]. The default is
    /// `false`, because pages lag behind what the gateway sends. They are not anomalies, even if the decoder is strict.
    ///
    /// ```
    /// # use topsdk_codec::{Decoder, Response};
    /// # #[derive(Debug, Default, Response)]
    /// # #[top(crate = topsdk_codec)]
    /// # struct TimeGetResponse { time: Option<topsdk_codec::Date> }
    /// let body = r#"{"time_get_response":{"time":"2016-01-01 12:00:00","zone":{"hours":8}}}"#;
    /// let decoded = Decoder::new().report_unknown(true).decode::<TimeGetResponse>(body)?;
    /// assert_eq!((decoded.unknown[0].path.as_str(), decoded.unknown[0].found.as_str()), ("zone", r#"{"hours":8}"#));
    /// # Ok::<(), topsdk_codec::Error>(())
    /// ```
    #[must_use]
    pub const fn report_unknown(mut self, reports: bool) -> Decoder {
        self.settings.unknown = if reports { Unknown::Listed } else { Unknown::Skipped };
        self
    }

    /// Sets the requested format: JSON without a root is a response only if [`Format::JsonSimplified`] was requested. Without
    /// this setting it is accepted if it has at least one documented member or a `request_id`.
    #[must_use]
    pub const fn for_format(mut self, format: Format) -> Decoder {
        self.settings.requires_root = !matches!(format, Format::JsonSimplified);
        self
    }

    /// Sets the header `Content-Type` of the response. A charset in it has precedence over that of an XML declaration.
    ///
    /// ```
    /// # use topsdk_codec::{Decoder, Response};
    /// # #[derive(Debug, Default, Response)]
    /// # #[top(crate = topsdk_codec)]
    /// # struct ItemGetResponse { title: Option<String> }
    /// let body = b"{\"item_get_response\":{\"title\":\"\xC9\xCC\xC6\xB7\"}}";
    /// let decoder = Decoder::new().for_content_type("text/javascript;charset=GBK");
    /// let decoded = decoder.decode::<ItemGetResponse>(*body)?;
    /// assert_eq!(decoded.value.title.as_deref(), Some("商品"));
    /// # Ok::<(), topsdk_codec::Error>(())
    /// ```
    #[must_use]
    pub fn for_content_type(mut self, content_type: &str) -> Decoder {
        self.settings.charset = charset::of_content_type(content_type);
        self
    }

    /// Sets how deep objects and lists, or elements, may be nested; 128 by default, at most [`DEEPEST`](Decoder::DEEPEST).
    #[must_use]
    pub const fn with_max_depth(mut self, levels: usize) -> Decoder {
        self.settings.max_depth = if levels < Decoder::DEEPEST { levels } else { Decoder::DEEPEST };
        self
    }

    /// Sets how many bytes a body may have; 64 MiB by default.
    #[must_use]
    pub const fn with_max_body(mut self, bytes: usize) -> Decoder {
        self.settings.max_body = bytes;
        self
    }

    /// Returns the limit of [`with_max_body`](Decoder::with_max_body), in bytes.
    pub const fn max_body(&self) -> usize {
        self.settings.max_body
    }

    /// Sets how many items all lists of a response may have together; a million by default.
    #[must_use]
    pub const fn with_max_list(mut self, items: usize) -> Decoder {
        self.settings.max_list = items;
        self
    }

    /// Decodes a body.
    ///
    /// # Errors
    ///
    /// Those of [`decode_into`](Decoder::decode_into).
    pub fn decode<R: Response>(&self, body: impl Into<Vec<u8>>) -> Result<Decoded<R>, Error> {
        let body = self.to_utf8(body.into())?;
        let mut value = R::default();
        let Envelope { request_id, anomalies, unknown } = self.read(&body, &mut value)?;
        Ok(Decoded { value, request_id, anomalies, unknown, body })
    }

    /// Decodes the response to the request `Q`.
    ///
    /// # Errors
    ///
    /// Those of [`decode`](Decoder::decode).
    pub fn decode_for<Q: Request>(&self, body: impl Into<Vec<u8>>) -> Result<Decoded<Q::Response>, Error> {
        self.clone().for_method(Q::METHOD).decode(body)
    }

    /// Decodes a body into an object, which must be empty: fields that the body does not have keep their values.
    ///
    /// # Errors
    ///
    /// [`Error::Platform`] for an `error_response`; [`Error::NotAResponse`], [`Error::Syntax`] and [`Error::Limit`] for a body
    /// that cannot be read, with the position; [`Error::Anomaly`] if the decoder is strict. The object may then hold a part of
    /// the response.
    pub fn decode_into(&self, body: &[u8], target: &mut dyn Object) -> Result<Envelope, Error> {
        self.read(&self.text(body)?, target)
    }

    /// Converts a body to UTF-8 from the charset it declares. Offsets count in the result.
    ///
    /// A byte order mark declares the charset, else the [`Content-Type`](Decoder::for_content_type), else an XML declaration,
    /// which says UTF-8 afterwards. A body without any of these is returned as it is, and so is a body that is clearly in
    /// UTF-8 in spite of its declaration.
    ///
    /// # Errors
    ///
    /// [`Error::Syntax`] for a body that is not in the charset it declares; [`Error::Limit`].
    pub fn to_utf8(&self, body: Vec<u8>) -> Result<Vec<u8>, Error> {
        match self.text(&body)? {
            Cow::Owned(text) => Ok(text),
            Cow::Borrowed(_) => Ok(body),
        }
    }

    fn text<'b>(&self, body: &'b [u8]) -> Result<Cow<'b, [u8]>, Error> {
        self.check_length(body)?;
        charset::to_utf8(body, self.settings.charset).map_err(|malformed| {
            let expected = format!("{}, which the response declares", malformed.charset);
            let format = if malformed.text.trim_ascii_start().starts_with('<') { "XML" } else { "JSON" };
            let found = if malformed.is_cut_off { END } else { BYTES };
            Fault::syntax(expected, found, malformed.offset).into_error(format, malformed.text.as_bytes())
        })
    }

    /// Decodes a body in UTF-8.
    fn read(&self, body: &[u8], target: &mut dyn Object) -> Result<Envelope, Error> {
        let mut state = State::new(&self.settings);
        let start = if body.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let first = body[start..].iter().copied().find(|byte| !byte.is_ascii_whitespace());
        let (format, result) = match first {
            Some(b'<') => ("XML", xml::read(body, start, &mut state, target)),
            Some(b'{') => ("JSON", json::read(body, start, &mut state, target)),
            other => ("text", Err(root::no_answer(body, other))),
        };
        match result {
            Ok(request_id) => Ok(Envelope {
                request_id,
                anomalies: state.report.into_anomalies(),
                unknown: state.unknown.into_anomalies(),
            }),
            Err(fault) => Err(fault.into_error(format, body)),
        }
    }

    /// Returns the error of the platform that a body holds, or `None` for any other body.
    ///
    /// Use it if the HTTP status is not 200: gateways, and proxies in front of them, refuse with 400, 403 or 5xx *and* an
    /// `error_response`.
    ///
    /// ```
    /// use topsdk_codec::Decoder;
    ///
    /// let refusal = Decoder::new().refusal(br#"{"error_response":{"code":25,"msg":"Invalid signature"}}"#);
    /// assert_eq!(refusal.unwrap().code, "25");
    /// assert_eq!(Decoder::new().refusal(b"<html>502 Bad Gateway</html>"), None);
    /// ```
    pub fn refusal(&self, body: &[u8]) -> Option<Box<PlatformError>> {
        /// No field of a response matters here.
        #[derive(Default, crate::Object)]
        #[top(crate = crate)]
        struct Nothing {}

        match self.decode_into(body, &mut Nothing {}) {
            Err(Error::Platform(error)) => Some(error),
            _ => None,
        }
    }

    /// Reads parameters from JSON, an object without a root, into an object, which must be empty.
    ///
    /// Values may have any form that they have in a response. An unknown name is an anomaly, because the caller wrote it.
    ///
    /// # Errors
    ///
    /// [`Error::Syntax`] for broken JSON and [`Error::Limit`], with the position; [`Error::Anomaly`] if the decoder is strict.
    pub fn parameters(&self, json: &str, target: &mut dyn Object) -> Result<Vec<Anomaly>, Error> {
        self.check_length(json.as_bytes())?;
        let mut state = State::new(&self.settings);
        state.on_unknown = Unknown::Anomaly;
        match json::read_members(json, &mut state, target) {
            Ok(()) => Ok(state.report.into_anomalies()),
            Err(fault) => Err(fault.into_error("JSON", json.as_bytes())),
        }
    }

    fn check_length(&self, body: &[u8]) -> Result<(), Error> {
        if body.len() <= self.settings.max_body {
            return Ok(());
        }
        Err(Error::Limit(Box::new(LimitError {
            what: "bytes",
            limit: self.settings.max_body,
            setter: "with_max_body",
            path: String::new(),
            offset: self.settings.max_body,
        })))
    }
}

impl<T: fmt::Debug> fmt::Debug for Decoded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoded")
            .field("value", &self.value)
            .field("request_id", &self.request_id)
            .field("anomalies", &self.anomalies)
            .field("unknown", &self.unknown)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder::new()
    }
}

#[cfg(test)]
mod tests;
