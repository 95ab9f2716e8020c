//! Handles a call as the platform does: checks it in the platform's order and creates the response. Independent of the
//! network.

use std::{
    collections::BTreeMap,
    sync::{
        OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

use subtle::ConstantTimeEq;
use topsdk_codec::{
    App, Format,
    jiff::{SignedDuration, Timestamp},
    sign::{SignMethod, sign},
};
use topsdk_spec::{Api, Auth};

use crate::multipart::{Broken, attribute};

use super::{
    arguments,
    date::moment_of,
    documented::{self, Documented},
    fault::{Fault, mix},
    form::Parameters,
    limit::Limit,
    oauth::{self, OAuth, TokenStatus},
    received::{Outcome, Received, names},
    refusal::Refusal,
    scripted::Scripted,
};

/// The accepted deviation of a timestamp, in either direction (docs/protocol.md section 2).
const TOLERANCE: SignedDuration = SignedDuration::from_mins(10);

/// The maximum number of requests in a batch.
const BATCH: usize = 20;

/// The separator between the requests of a batch, and between their responses.
const SEPARATOR: &str = "\r\n-S-\r\n";

/// The platform: an application, the APIs, and the responses that the user set.
pub(super) struct Platform {
    pub(super) app: App,
    /// The valid sessions; if this is empty, every session is valid.
    pub(super) sessions: Vec<String>,
    pub(super) apis: BTreeMap<String, DocumentedApi>,
    pub(super) scripted: Scripted,
    pub(super) limit: Option<Limit>,
    pub(super) seed: u64,
    pub(super) clock: GatewayClock,
    pub(super) oauth: OAuth,
}

/// An API and its documented responses, which are created when they are first needed.
pub(super) struct DocumentedApi {
    api: Api,
    documented: [OnceLock<Documented>; 3],
}

impl DocumentedApi {
    pub(super) fn new(api: Api) -> DocumentedApi {
        DocumentedApi { api, documented: Default::default() }
    }

    fn documented(&self, format: Format) -> &Documented {
        let [xml, json, simplified] = &self.documented;
        let place = match format {
            Format::Xml => xml,
            Format::Json => json,
            Format::JsonSimplified => simplified,
        };
        place.get_or_init(|| documented::documented(&self.api, format))
    }
}

/// An HTTP request.
pub(super) struct Incoming<'a> {
    pub(super) verb: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) content_type: &'a str,
    /// The header `top-api-separator`.
    pub(super) separator: Option<&'a str>,
    pub(super) body: &'a [u8],
}

/// The result of an HTTP request.
pub(super) struct Handled {
    pub(super) reply: GatewayResponse,
    pub(super) received: Vec<Received>,
}

/// A response of the gateway or of the authorisation server.
pub(super) enum GatewayResponse {
    /// The response to a call or a batch.
    Gateway { format: Format, body: String },
    /// A token, or the reason for refusing it.
    Token { is_refused: bool, body: String },
    /// The URL to which a user is redirected.
    Redirect { location: String },
}

/// The public parameters of a call, once they have been read.
struct Public {
    format: Format,
    parameters: Parameters,
    /// Whether the body is not a form.
    is_raw: bool,
}

impl Platform {
    /// Executes a call, or each request of a batch. Returns `None` if the path is not one of the gateway's.
    pub(super) fn respond(&self, incoming: &Incoming<'_>, number: u64, fault: Option<&Fault>) -> Option<Handled> {
        let is_batch = match incoming.path {
            "/router/rest" => false,
            "/router/batch" => true,
            "/authorize" | "/token" => return Some(self.authorisation(incoming, number)),
            _ => return None,
        };
        let (public, broken) = read(incoming, is_batch);
        let mut received = Received { number, fault: fault.cloned(), ..Received::default() };
        received.method = public.parameters.text("method").map(str::to_owned);
        if !public.parameters.repeated.is_empty() {
            let repeated = names(&public.parameters.repeated);
            received.notes.push(format!("sent more than once, the first counts: {repeated}"));
        }
        let checked = self.check(incoming, &public, broken, is_batch, &mut received.notes);
        let checked = checked.and_then(|()| match fault {
            Some(Fault::Error { code, sub_code }) => Err(demanded(*code, sub_code.as_deref())),
            _ => Ok(()),
        });
        let format = public.format;
        match (checked, is_batch) {
            (Ok(()), true) => Some(self.batch(incoming, &public, received)),
            (result, _) => {
                let Parameters { texts, files, .. } = public.parameters;
                received.request_id = self.request_id(number, 0);
                (received.parameters, received.files) = (texts, files);
                let result = result.and_then(|()| self.call(format, &mut received));
                let body = finish(result, format, &mut received);
                Some(Handled { reply: GatewayResponse::Gateway { format, body }, received: vec![received] })
            }
        }
    }

    /// Redirects a user or issues a token (docs/protocol.md section 11). This is not a call: the gateway's checks do not
    /// apply.
    fn authorisation(&self, incoming: &Incoming<'_>, number: u64) -> Handled {
        let is_token = incoming.path == "/token";
        let mut received = Received { number, method: Some("oauth".to_owned()), ..Received::default() };
        let mut parameters = Parameters::default();
        let form = if is_token { incoming.body } else { incoming.query.as_bytes() };
        let verb = if is_token { "POST" } else { "GET" };
        let result = match parameters.push_form(form) {
            _ if incoming.verb != verb => Err(oauth::Refused::invalid(format!("it takes {verb} alone"))),
            Err(_) => Err(oauth::Refused::invalid("the parameters are no form")),
            Ok(()) if is_token => self.oauth.token(&self.app, &parameters),
            Ok(()) => self.oauth.authorize(&self.app, &parameters),
        };
        received.parameters = parameters.texts;
        let reply = match result {
            Ok(body) if is_token => GatewayResponse::Token { is_refused: false, body },
            Ok(location) => GatewayResponse::Redirect { location },
            Err(refused) => {
                received.notes.push(refused.description.clone());
                received.outcome = Outcome::Refused { code: 400, msg: refused.error.to_owned() };
                GatewayResponse::Token { is_refused: true, body: refused.body() }
            }
        };
        Handled { reply, received: vec![received] }
    }

    /// Performs the gateway's own checks, on all public parameters except the method and the session, which each request of
    /// a batch has separately.
    fn check(
        &self,
        incoming: &Incoming<'_>,
        public: &Public,
        broken: Option<Broken>,
        is_batch: bool,
        notes: &mut Vec<String>,
    ) -> Result<(), Refusal> {
        if !matches!(incoming.verb, "GET" | "POST") {
            return Err(Refusal::new(9));
        }
        match broken {
            Some(Broken::Encoding) => return Err(Refusal::new(47)),
            Some(Broken::Multipart) => return Err(Refusal::new(3)),
            None => {}
        }
        let text = |name| public.parameters.text(name);
        if !matches!(text("format"), None | Some("xml" | "json")) {
            return Err(Refusal::new(23));
        }
        if !is_batch {
            self.method(text("method"))?;
        }
        match text("app_key") {
            None => return Err(Refusal::new(28)),
            Some(key) if key != self.app.key() => {
                return Err(Refusal::new(29).sub("isv.appkey-not-exists", "the gateway knows another app key"));
            }
            Some(_) => {}
        }
        let timestamp = text("timestamp").ok_or_else(|| Refusal::new(30))?;
        let off = moment_of(timestamp).map(|moment| moment.duration_since(self.now()).abs());
        if off.is_none_or(|off| off > TOLERANCE) {
            return Err(Refusal::new(31));
        }
        match text("v") {
            None => return Err(Refusal::new(32)),
            Some("2.0") => {}
            Some(_) => return Err(Refusal::new(33)),
        }
        self.check_sign(public, incoming.body, notes)?;
        match self.limit.as_ref().and_then(|limit| limit.take(Instant::now())) {
            None => Ok(()),
            Some(seconds) => Err(Refusal::new(7).sub(
                "accesscontrol.limited-by-app-access-count",
                format!("This ban will last for {seconds} more seconds"),
            )),
        }
    }

    /// Checks the signature over query and body together, followed by a body that is not a form (docs/protocol.md section
    /// 3).
    fn check_sign(&self, public: &Public, body: &[u8], notes: &mut Vec<String>) -> Result<(), Refusal> {
        let given = public.parameters.text("sign").ok_or_else(|| Refusal::new(24))?;
        let method = public.parameters.text("sign_method").ok_or_else(|| Refusal::argument(40, "sign_method"))?;
        let method = SignMethod::from_wire(method).ok_or_else(|| Refusal::argument(41, "sign_method"))?;
        let texts = public.parameters.texts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let body = if public.is_raw { body } else { b"" };
        let right = sign(method, self.app.secret(), texts, body);
        if right.as_bytes().ct_eq(given.as_bytes()).into() {
            return Ok(());
        }
        notes.push(self.diagnosis(method, given, public, body));
        Err(Refusal::new(25))
    }

    /// Explains a wrong signature by the mistake that would produce it. The platform itself gives no such hint.
    fn diagnosis(&self, method: SignMethod, given: &str, public: &Public, body: &[u8]) -> String {
        let texts = &public.parameters.texts;
        let all = || texts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let with = |method, body| sign(method, self.app.secret(), all(), body);
        if with(method, body).eq_ignore_ascii_case(given) {
            return "the signature has to be in upper case".to_owned();
        }
        let others = [SignMethod::Md5, SignMethod::Hmac, SignMethod::HmacSha256];
        if let Some(other) = others.into_iter().find(|other| with(*other, body) == given) {
            return format!("the signature is that of {other}, but sign_method says {method}");
        }
        if public.is_raw && with(method, b"") == given {
            return "the body is not signed: it belongs behind the parameters".to_owned();
        }
        let filled = all().filter(|(_, text)| !text.is_empty());
        if sign(method, self.app.secret(), filled, body) == given {
            return "empty values were sent and not signed: do neither, or both".to_owned();
        }
        let names = names(texts.keys().filter(|name| *name != "sign"));
        let tail = if body.is_empty() { "" } else { ", then the body" };
        format!("the signature has to be {method} over the names and values of {names}{tail}")
    }

    fn method(&self, method: Option<&str>) -> Result<(), Refusal> {
        let method = method.ok_or_else(|| Refusal::new(21))?;
        match self.apis.contains_key(method) || self.scripted.has(method) {
            true => Ok(()),
            false => Err(Refusal::new(22)),
        }
    }

    /// Executes one call, and returns the body of its response.
    fn call(&self, format: Format, received: &mut Received) -> Result<String, Refusal> {
        let Some(method) = received.method.as_deref() else { return Err(Refusal::new(21)) };
        let entry = self.apis.get(method);
        if let Some(DocumentedApi { api, .. }) = entry {
            let session = received.parameter("session").filter(|session| !session.is_empty());
            match (api.auth, session) {
                (Some(Auth::None), _) => {}
                (Some(Auth::Required), None) => return Err(Refusal::new(26)),
                (_, None) => {}
                (_, Some(session)) => match self.oauth.session(session) {
                    TokenStatus::Valid => {}
                    TokenStatus::Expired => {
                        return Err(Refusal::new(27).sub("session-expired", "the session has expired"));
                    }
                    TokenStatus::Unknown => {
                        if !self.sessions.is_empty() && !self.sessions.iter().any(|good| good == session) {
                            return Err(Refusal::new(27).sub("sessionkey-not-generated-by-server", "no such session"));
                        }
                    }
                },
            }
            let sent = Parameters {
                texts: std::mem::take(&mut received.parameters),
                files: std::mem::take(&mut received.files),
                repeated: Vec::new(),
            };
            let is_known = |name: &str| is_public(name) || api.request.iter().any(|param| param.name == name);
            let unknown = names(sent.texts.keys().chain(sent.files.keys()).filter(|name| !is_known(name)));
            if !unknown.is_empty() {
                received.notes.push(format!("undocumented, and ignored: {unknown}"));
            }
            let result = arguments::check(&api.request, &sent);
            (received.parameters, received.files) = (sent.texts, sent.files);
            result?;
        }
        let method = received.method.as_deref().unwrap_or_default();
        match (self.scripted.response(method, format), entry) {
            (Some(Ok((text, place))), entry) => {
                received.notes.push(format!("answered with what {place} says"));
                // A response in the requested format, or in no known format, is sent unchanged.
                let is_xml = text.trim_start().starts_with('<');
                let converted = entry
                    .filter(|_| is_xml != (format == Format::Xml))
                    .and_then(|entry| documented::converted(&entry.api, format, &text));
                converted.unwrap_or_else(|| Ok(text.to_string()))
            }
            (Some(Err(problem)), _) => {
                received.notes.push(problem);
                Err(Refusal::new(15).sub("isp.remote-service-error", "the response in the folder cannot be read"))
            }
            (None, Some(entry)) => {
                let documented = entry.documented(format);
                received.notes.extend(documented.note.clone());
                Ok(documented.body(&received.request_id))
            }
            (None, None) => Err(Refusal::new(22)),
        }
    }

    /// Executes each request of a batch (docs/protocol.md section 3.1).
    fn batch(&self, incoming: &Incoming<'_>, public: &Public, whole: Received) -> Handled {
        let format = public.format;
        let number = whole.number;
        let separator = incoming.separator.filter(|separator| !separator.is_empty()).unwrap_or(SEPARATOR);
        let refused = |refusal: Refusal, mut whole: Received| {
            whole.request_id = self.request_id(number, 0);
            whole.parameters = public.parameters.texts.clone();
            let body = finish(Err(refusal), format, &mut whole);
            Handled { reply: GatewayResponse::Gateway { format, body }, received: vec![whole] }
        };
        let Ok(text) = str::from_utf8(incoming.body) else { return refused(Refusal::new(47), whole) };
        let mut lines: Vec<&str> = text.split(separator).collect();
        let mut common = Parameters::default();
        if let Some(line) = lines.first().and_then(|line| line.strip_prefix("#PUBLIC#")) {
            if common.push_form(line.as_bytes()).is_err() {
                return refused(Refusal::new(47), whole);
            }
            lines.remove(0);
        }
        if lines.iter().all(|line| line.is_empty()) || lines.len() > BATCH {
            let refusal = Refusal::argument(41, "body");
            let refusal = refusal.sub("isv.invalid-parameter:body", format!("a batch has 1 to {BATCH} requests"));
            return refused(refusal, whole);
        }
        let mut bodies = Vec::new();
        let mut all = Vec::new();
        for (index, line) in (1..).zip(lines) {
            let mut one = Received { request_id: self.request_id(number, index), ..whole.clone() };
            let mut own = Parameters::default();
            // The letter N stands for a request without parameters.
            let read = if line == "N" { Ok(()) } else { own.push_form(line.as_bytes()) };
            let mut texts = public.parameters.texts.clone();
            texts.extend(common.texts.clone());
            texts.extend(own.texts);
            one.method = texts.get("method").filter(|method| !method.is_empty()).cloned();
            one.parameters = texts;
            let result = read
                .map_err(|_| Refusal::new(47))
                .and_then(|()| self.method(one.method.as_deref()))
                .and_then(|()| self.call(format, &mut one));
            bodies.push(finish(result, format, &mut one));
            all.push(one);
        }
        Handled { reply: GatewayResponse::Gateway { format, body: bodies.join(separator) }, received: all }
    }

    /// Returns a `request_id`: letters and digits, as in real responses, and the same for the same seed.
    fn request_id(&self, number: u64, line: u64) -> String {
        let mut left = mix(self.seed ^ mix(number)) ^ mix(line);
        let mut id = String::with_capacity(13);
        for _ in 0..13 {
            id.extend(char::from_digit((left % 36) as u32, 36));
            left /= 36;
        }
        id
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// The gateway's clock, which may be ahead of this machine's clock.
pub(super) struct GatewayClock {
    milliseconds_ahead: AtomicI64,
}

impl GatewayClock {
    pub(super) fn new(ahead: SignedDuration) -> GatewayClock {
        let clock = GatewayClock { milliseconds_ahead: AtomicI64::default() };
        clock.set_ahead(ahead);
        clock
    }

    pub(super) fn set_ahead(&self, ahead: SignedDuration) {
        let milliseconds =
            i64::try_from(ahead.as_millis()).unwrap_or(if ahead.is_negative() { i64::MIN } else { i64::MAX });
        self.milliseconds_ahead.store(milliseconds, Ordering::Relaxed);
    }

    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(SignedDuration::from_millis(self.milliseconds_ahead.load(Ordering::Relaxed))).unwrap_or(now)
    }
}

/// Reads the parameters of a call from query and body together, and what is malformed in them. The format is determined
/// even then, if possible, so that the error is sent in it.
fn read(incoming: &Incoming<'_>, is_batch: bool) -> (Public, Option<Broken>) {
    let mut parameters = Parameters::default();
    let mut broken = parameters.push_form(incoming.query.as_bytes()).err();
    let (media_type, _) = incoming.content_type.split_once(';').unwrap_or((incoming.content_type, ""));
    let charset = attribute(incoming.content_type, "charset");
    if charset.is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
        broken = broken.or(Some(Broken::Encoding));
    }
    let is_raw = match media_type.trim().to_ascii_lowercase().as_str() {
        _ if is_batch => true,
        "" | "application/x-www-form-urlencoded" => {
            broken = broken.or(parameters.push_form(incoming.body).err());
            false
        }
        "multipart/form-data" => {
            let result = match attribute(incoming.content_type, "boundary") {
                Some(boundary) => parameters.push_multipart(incoming.body, &boundary),
                None => Err(Broken::Multipart),
            };
            broken = broken.or(result.err());
            false
        }
        _ => true,
    };
    let format = match (parameters.text("format"), parameters.text("simplify")) {
        (Some("json"), Some("true")) => Format::JsonSimplified,
        (Some("json"), _) => Format::Json,
        _ => Format::Xml,
    };
    (Public { format, parameters, is_raw }, broken)
}

/// Returns the body of the response, and records the outcome.
fn finish(result: Result<String, Refusal>, format: Format, received: &mut Received) -> String {
    match result {
        Ok(body) => body,
        Err(refusal) => {
            let body = refusal.body(format, &received.request_id);
            received.outcome = Outcome::Refused { code: refusal.code, msg: refusal.msg };
            body
        }
    }
}

/// Returns the error that a [`Fault`] simulates.
fn demanded(code: u16, sub_code: Option<&str>) -> Refusal {
    let refusal = Refusal { sub_code: sub_code.map(str::to_owned), ..Refusal::new(code) };
    match code {
        7 => Refusal { sub_msg: Some("This ban will last for 1 more seconds".to_owned()), ..refusal },
        _ => refusal,
    }
}

/// Returns whether a parameter is a public one (docs/protocol.md section 2).
fn is_public(name: &str) -> bool {
    const NAMES: [&str; 11] = [
        "app_key",
        "format",
        "method",
        "partner_id",
        "session",
        "sign",
        "sign_method",
        "simplify",
        "target_app_key",
        "timestamp",
        "v",
    ];
    NAMES.contains(&name)
}
