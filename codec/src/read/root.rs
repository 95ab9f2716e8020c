//! What is around an answer: its root, and the platform's errors in place of one (docs/protocol.md sections 5.1, 5.4, 5.5).

use super::{
    course::{Course, Report},
    fault::{Fault, Kind},
};
use crate::{Object, PlatformError, View, error::EMPTY, excerpt::beginning_of, path::Path};

/// The root of a failure. Nothing else tells one: business answers have members `code` and `msg` of their own.
pub(super) const FAILURE: &str = "error_response";
/// The member beside the fields of every answer.
pub(super) const REQUEST_ID: &str = "request_id";

/// Judges the name of a root, which ends in `_response`.
pub(super) fn check_root(course: &mut Course<'_>, name: &str, offset: usize) -> Result<(), Fault> {
    match &course.settings.method {
        Some(method) if !is_root_of(name, method) => {
            let expected = format!("the root of an answer of `{method}`");
            course.report.add(&Path::ROOT, expected, name, offset)
        }
        _ => Ok(()),
    }
}

/// Whether a name is that of a root, whatever the method: docs/protocol.md section 5.1.
pub(super) fn is_root(name: &str) -> bool {
    name.ends_with("_response")
}

/// Whether answers of an API have this root: docs/protocol.md section 5.1.
pub(super) fn is_root_of(root: &str, method: &str) -> bool {
    let Some(name) = root.strip_suffix("_response") else { return false };
    let method = method.strip_prefix("taobao.").unwrap_or(method);
    let dotted = |byte: u8| if byte == b'.' { b'_' } else { byte };
    name.len() == method.len() && name.bytes().eq(method.bytes().map(dotted))
}

/// Reads a failure's members with `read`, and makes the fault of it that ends the reading.
///
/// What does not fit in them is never an error of its own, also if the decoder is strict: the failure is what counts.
pub(super) fn failure<'d, 'c>(
    course: &mut Course<'d>,
    read: impl FnOnce(&mut Course<'d>, &mut dyn Object) -> Result<(), Fault> + 'c,
) -> Fault {
    let mut failure = Failure::default();
    course.report = Report::new(false);
    if let Err(fault) = read(course, &mut failure) {
        return fault.at(&Path::ROOT.field(FAILURE));
    }
    if failure.code.is_none() && failure.msg.is_none() {
        return Fault::new(Kind::NotAnAnswer {
            found: format!("an `{FAILURE}` without `code` and `msg`"),
            advice: "keep the body and report it",
        });
    }
    Fault::new(Kind::Platform(PlatformError {
        code: failure.code.unwrap_or_default(),
        msg: failure.msg.unwrap_or_default(),
        sub_code: failure.sub_code,
        sub_msg: failure.sub_msg,
        request_id: failure.request_id,
        anomalies: std::mem::replace(&mut course.report, Report::new(false)).into_anomalies(),
        http_status: None,
        retry_after_header: None,
    }))
}

/// The members of an `error_response`; `code` is a number or a text.
#[derive(Default, crate::Object)]
#[top(crate = crate)]
struct Failure {
    code: Option<String>,
    msg: Option<String>,
    sub_code: Option<String>,
    sub_msg: Option<String>,
    request_id: Option<String>,
}

/// An HTML page: a proxy's, a login's, an overloaded server's.
pub(super) fn html(body: &[u8]) -> Fault {
    Fault::new(Kind::NotAnAnswer {
        found: format!("an HTML page, `{}`", beginning_of(body)),
        advice: "look at the HTTP status, and whether the address is that of the gateway",
    })
}

/// XML or JSON that is not an answer: something on the way has written it, and what it knows of the call is unknown.
pub(super) fn foreign(what: &str, body: &[u8]) -> Fault {
    Fault::new(Kind::NotAnAnswer {
        found: format!("{what}, `{}`", beginning_of(body)),
        advice: "look at the HTTP status, and whether the address is that of the gateway; the call may have been executed",
    })
}

/// An API's own field called `request_id` (two have one) is the call's number as well.
pub(super) fn request_id_of(view: View<'_>) -> Option<String> {
    match view {
        View::String(text) => Some(text.to_owned()),
        View::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(super) fn no_answer(body: &[u8], first: Option<u8>) -> Fault {
    let (found, advice) = match first {
        None => (EMPTY.to_owned(), "look at the HTTP status, and call again"),
        Some(b'[') => {
            (format!("a JSON array, `{}`", beginning_of(body)), "look whether the address is that of the gateway")
        }
        Some(_) => (
            format!("neither XML nor JSON, `{}`", beginning_of(body)),
            "look at the HTTP status, at its encoding (gzip?), and whether the address is that of the gateway",
        ),
    };
    Fault::new(Kind::NotAnAnswer { found, advice })
}

/// A body as text.
pub(super) fn text_of(body: &[u8]) -> Result<&str, Fault> {
    str::from_utf8(body).map_err(|error| Fault::syntax("UTF-8", "bytes that are not", error.valid_up_to()))
}
