//! An answer of the platform, as `decode` and `call` show it.

use topsdk_codec::write::{self, JsonStyle};
use topsdk_codec::{Anomaly, Object, PlatformError};

use super::Format;
use super::output::{Output, Stop};
use super::visible::{self, within_line};

/// What an answer has beside its value.
pub(crate) struct Beside<'a> {
    pub(crate) anomalies: &'a [Anomaly],
    pub(crate) unknown: &'a [Anomaly],
    /// Whether an undocumented member is a failure.
    pub(crate) is_strict: bool,
}

/// The value as plain JSON, with its anomalies and undocumented members as notes.
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

/// All five members, also those that are absent: a script should find each where it looks for it.
pub(crate) fn refused(error: &PlatformError, output: &mut Output) -> Result<(), Stop> {
    notes(&error.anomalies, output)?;
    output.note(&match output.format() {
        Format::Text => {
            let shown =
                |member: &Option<String>| member.as_deref().map_or("(none)".into(), |text| within_line(text).into_owned());
            let meaning = error.meaning().map(|meaning| format!("\nhelp: {}", meaning.description)).unwrap_or_default();
            format!(
                "error: the platform refused the call\n  code: {}\n  msg: {}\n  sub_code: {}\n  sub_msg: {}\n  request_id: {}{meaning}",
                within_line(&error.code),
                within_line(&error.msg),
                shown(&error.sub_code),
                shown(&error.sub_msg),
                shown(&error.request_id),
            )
        }
        Format::Json => serde_json::json!({
            "code": error.code, "msg": error.msg, "sub_code": error.sub_code, "sub_msg": error.sub_msg,
            "request_id": error.request_id,
        })
        .to_string(),
    })
}
