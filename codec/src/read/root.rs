//! The envelope: roots of responses, and errors of the platform (docs/protocol.md sections 5.1, 5.4, 5.5).

use super::{
    fault::{Fault, FaultKind},
    state::{Report, State},
};
use crate::{
    Object, PlatformError, View,
    error::{BYTES, EMPTY, END},
    excerpt::beginning_of,
    path::Path,
};

/// The root of an error. Only the root tells: responses have members `code` and `msg` of their own.
pub(super) const FAILURE: &str = "error_response";
/// The member that every response may have beside its documented fields.
pub(super) const REQUEST_ID: &str = "request_id";

/// Classifies the name of a root, which ends in `_response`.
pub(super) fn check_root(state: &mut State<'_>, name: &str, offset: usize) -> Result<(), Fault> {
    match &state.settings.method {
        Some(method) if !is_root_of(name, method) => {
            let expected = format!("the root of a response of `{method}`");
            state.report.add(&Path::ROOT, expected, name, offset)
        }
        _ => Ok(()),
    }
}

/// Returns whether a name is the root of some method (docs/protocol.md section 5.1).
pub(super) fn is_root(name: &str) -> bool {
    name.ends_with("_response")
}

/// Returns whether responses of an API have this root (docs/protocol.md section 5.1).
pub(super) fn is_root_of(root: &str, method: &str) -> bool {
    let Some(name) = root.strip_suffix("_response") else { return false };
    let method = method.strip_prefix("taobao.").unwrap_or(method);
    let dotted = |byte: u8| if byte == b'.' { b'_' } else { byte };
    name.len() == method.len() && name.bytes().eq(method.bytes().map(dotted))
}

/// Reads the members of an `error_response` with `read` and returns the error.
///
/// Anomalies in it are never an error of their own, even if the decoder is strict: the platform's error matters more.
pub(super) fn failure<'d, 'c>(
    state: &mut State<'d>,
    read: impl FnOnce(&mut State<'d>, &mut dyn Object) -> Result<(), Fault> + 'c,
) -> Fault {
    let mut failure = Failure::default();
    state.report = Report::new(false);
    if let Err(fault) = read(state, &mut failure) {
        return fault.at(&Path::ROOT.field(FAILURE));
    }
    if failure.code.is_none() && failure.msg.is_none() {
        return Fault::new(FaultKind::NotAResponse {
            found: format!("an `{FAILURE}` without `code` and `msg`"),
            advice: "keep the body and report it",
        });
    }
    Fault::new(FaultKind::Platform(PlatformError {
        code: failure.code.unwrap_or_default(),
        msg: failure.msg.unwrap_or_default(),
        sub_code: failure.sub_code,
        sub_msg: failure.sub_msg,
        request_id: failure.request_id,
        anomalies: std::mem::replace(&mut state.report, Report::new(false)).into_anomalies(),
        http_status: None,
        retry_after_header: None,
    }))
}

/// The members of an `error_response`. `code` is a number or a text.
#[derive(Default, crate::Object)]
#[top(crate = crate)]
struct Failure {
    code: Option<String>,
    msg: Option<String>,
    sub_code: Option<String>,
    sub_msg: Option<String>,
    request_id: Option<String>,
}

/// Returns the error of an HTML page: from a proxy, a login, or an overloaded server.
pub(super) fn html(body: &[u8]) -> Fault {
    Fault::new(FaultKind::NotAResponse {
        found: format!("an HTML page, `{}`", beginning_of(body)),
        advice: "check the HTTP status and the gateway's URL",
    })
}

/// Returns the error of XML or JSON that is not a response: something between here and the gateway wrote it.
pub(super) fn foreign(what: &str, body: &[u8]) -> Fault {
    Fault::new(FaultKind::NotAResponse {
        found: format!("{what}, `{}`", beginning_of(body)),
        advice: "check the HTTP status and the gateway's URL; the call may have been executed",
    })
}

/// Returns the documented field `request_id`, which two APIs have: it is the number of the call as well.
pub(super) fn request_id_of(view: View<'_>) -> Option<String> {
    match view {
        View::String(text) => Some(text.to_owned()),
        View::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(super) fn no_answer(body: &[u8], first: Option<u8>) -> Fault {
    let (found, advice) = match first {
        None => (EMPTY.to_owned(), "check the HTTP status, and retry the call"),
        Some(b'[') => (format!("a JSON array, `{}`", beginning_of(body)), "check the gateway's URL"),
        Some(_) => (
            format!("neither XML nor JSON, `{}`", beginning_of(body)),
            "check the HTTP status, the content encoding (gzip?) and the gateway's URL",
        ),
    };
    Fault::new(FaultKind::NotAResponse { found, advice })
}

/// Returns a body as text.
pub(super) fn text_of(body: &[u8]) -> Result<&str, Fault> {
    str::from_utf8(body).map_err(|error| {
        let start = body.trim_ascii_start();
        let begins = |tag: &str| start.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag.as_bytes()));
        if begins("<!doctype html") || begins("<html") {
            return html(body);
        }
        let found = if error.error_len().is_none() { END } else { BYTES };
        Fault::syntax("UTF-8", found, error.valid_up_to())
    })
}
