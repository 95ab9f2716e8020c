//! Prints responses of the platform for `decode` and `call`.

use topsdk_codec::write::{self, JsonStyle};
use topsdk_codec::{Anomaly, Object, PlatformError};
use topsdk_codegen::call;
use topsdk_spec::Api;

use super::Format;
use super::output::{Output, Stop};
use super::visible::{self, within_line};

/// Prefix of the error codes for a missing permission package (docs/protocol.md, section 7).
const PACKAGE_CODES: &str = "isv.permission-api-package-";

/// What a response contains in addition to its value.
pub(crate) struct Beside<'a> {
    pub(crate) anomalies: &'a [Anomaly],
    pub(crate) unknown: &'a [Anomaly],
    /// Whether an undocumented member is an error.
    pub(crate) is_strict: bool,
}

/// Prints the value as plain JSON, with its anomalies and undocumented members as notes.
pub(crate) fn show(value: &dyn Object, beside: &Beside<'_>, output: &mut Output) -> Result<(), Stop> {
    notes(beside.anomalies, output)?;
    for Anomaly { path, found, offset, .. } in beside.unknown {
        output.note(&match output.format() {
            Format::Text => format!("note: {path}: undocumented member, {found:?} at byte {offset}"),
            Format::Json => serde_json::json!({
                "severity": "note", "name": "undocumented-member", "path": path, "found": found, "offset": offset,
            })
            .to_string(),
        })?;
    }
    if beside.is_strict && !beside.unknown.is_empty() {
        let message = "the answer has members that are not documented; without `--strict` they are notes";
        return Err(Stop::Failed(message.to_owned()));
    }
    output.line(&visible::json(&write::json(value, JsonStyle::Plain).map_err(Stop::failed)?))
}

fn notes(anomalies: &[Anomaly], output: &mut Output) -> Result<(), Stop> {
    for anomaly in anomalies {
        output.note(&match output.format() {
            Format::Text => format!("anomaly: {anomaly}"),
            Format::Json => serde_json::json!({
                "severity": "warning", "name": "anomaly", "path": anomaly.path, "expected": anomaly.expected,
                "found": anomaly.found, "offset": anomaly.offset,
            })
            .to_string(),
        })?;
    }
    Ok(())
}

/// Reports a platform error with all five members, including absent ones, so that scripts can rely on them. If the
/// application lacks a permission package, also lists the packages of the spec.
pub(crate) fn refused(api: &Api, error: &PlatformError, output: &mut Output) -> Result<(), Stop> {
    notes(&error.anomalies, output)?;
    let lacks_package = error.sub_code.as_ref().is_some_and(|code| code.starts_with(PACKAGE_CODES));
    output.note(&match output.format() {
        Format::Text => {
            let shown =
                |member: &Option<String>| member.as_deref().map_or("(none)".into(), |text| within_line(text).into_owned());
            let package = call::packages(api).filter(|_| lacks_package);
            let help = [error.meaning().map(|meaning| meaning.description.to_owned()), package].into_iter().flatten();
            let help: String = help.map(|text| format!("\nhelp: {text}")).collect();
            format!(
                "error: the platform refused the call\n  code: {}\n  msg: {}\n  sub_code: {}\n  sub_msg: {}\n  request_id: {}{help}",
                within_line(&error.code),
                within_line(&error.msg),
                shown(&error.sub_code),
                shown(&error.sub_msg),
                shown(&error.request_id),
            )
        }
        Format::Json => {
            let mut members = serde_json::json!({
                "code": error.code, "msg": error.msg, "sub_code": error.sub_code, "sub_msg": error.sub_msg,
                "request_id": error.request_id,
            });
            if lacks_package && !api.packages.is_empty() {
                members["packages"] = serde_json::json!(api.packages);
            }
            members.to_string()
        }
    })
}
