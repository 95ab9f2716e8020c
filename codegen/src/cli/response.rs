//! Prints responses of the platform for `decode` and `call`.

use serde_json::json;
use topsdk_codec::write::{self, JsonStyle};
use topsdk_codec::{Anomaly, Object, PlatformError};
use topsdk_codegen::call;
use topsdk_spec::Api;

use super::output::{Output, Stop};
use super::visible::{self, within_line};

/// Prefix of the error codes for a missing permission package (docs/protocol.md, section 7).
const PACKAGE_CODES: &str = "isv.permission-api-package-";

/// Prints a value as plain JSON, with its anomalies and undocumented members as notes. With `strict`, an undocumented member
/// is an error.
pub(crate) fn show(
    value: &dyn Object,
    anomalies: &[Anomaly],
    unknown: &[Anomaly],
    strict: bool,
    output: &mut Output,
) -> Result<(), Stop> {
    notes(anomalies, output)?;
    for Anomaly { path, found, offset, .. } in unknown {
        output.note_as(
            || format!("note: {path}: undocumented member, {found:?} at byte {offset}"),
            || json!({ "severity": "note", "name": "undocumented-member", "path": path, "found": found, "offset": offset }),
        )?;
    }
    if strict && !unknown.is_empty() {
        let message = "the response has undocumented members; without `--strict` they are notes";
        return Err(Stop::Failed(message.to_owned()));
    }
    output.line(&visible::json(&write::json(value, JsonStyle::Plain)?))
}

fn notes(anomalies: &[Anomaly], output: &mut Output) -> Result<(), Stop> {
    anomalies.iter().try_for_each(|anomaly| {
        let Anomaly { path, expected, found, offset, .. } = anomaly;
        output.note_as(
            || format!("anomaly: {anomaly}"),
            || {
                json!({
                    "severity": "warning", "name": "anomaly", "path": path, "expected": expected, "found": found,
                    "offset": offset,
                })
            },
        )
    })
}

/// Reports a platform error with all five members, including absent ones, so that scripts can rely on them. If the
/// application lacks a permission package, also lists the packages of the spec.
pub(crate) fn refused(api: &Api, error: &PlatformError, output: &mut Output) -> Result<(), Stop> {
    let PlatformError { code, msg, sub_code, sub_msg, request_id, .. } = error;
    notes(&error.anomalies, output)?;
    let lacks_package = sub_code.as_ref().is_some_and(|code| code.starts_with(PACKAGE_CODES));
    let text = || {
        let shown = |member: &Option<String>| member.as_deref().map_or("(none)".to_owned(), within_line);
        let meaning = error.meaning().map(|meaning| meaning.description.to_owned());
        let help = meaning.into_iter().chain(call::packages(api).filter(|_| lacks_package));
        let help: String = help.map(|text| format!("\nhelp: {text}")).collect();
        format!(
            "error: the platform refused the call\n  code: {}\n  msg: {}\n  sub_code: {}\n  sub_msg: {}\n  request_id: {}{help}",
            within_line(code),
            within_line(msg),
            shown(sub_code),
            shown(sub_msg),
            shown(request_id),
        )
    };
    output.note_as(text, || {
        let mut members = json!({
            "code": code, "msg": msg, "sub_code": sub_code, "sub_msg": sub_msg, "request_id": request_id,
        });
        if lacks_package && !api.packages.is_empty() {
            members["packages"] = json!(api.packages);
        }
        members
    })
}
