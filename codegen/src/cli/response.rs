//! Prints responses of the platform for `decode` and `call`.

use std::collections::BTreeMap;

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
    for anomaly in anomalies {
        let Anomaly { path, expected, found, offset, .. } = anomaly;
        let json = json!({
            "severity": "warning", "name": "anomaly", "path": path, "expected": expected, "found": found,
            "offset": offset,
        });
        output.note_as(|| format!("anomaly: {anomaly}"), || json)?;
    }
    Ok(())
}

/// Reports a platform error with all five members, including absent ones, so that scripts can rely on them. If the
/// application lacks a permission package, also lists the packages of the spec.
pub(crate) fn refused(api: &Api, error: &PlatformError, output: &mut Output) -> Result<(), Stop> {
    let PlatformError { code, msg, sub_code, sub_msg, request_id, .. } = error;
    notes(&error.anomalies, output)?;
    let members = [
        ("code", Some(code)),
        ("msg", Some(msg)),
        ("sub_code", sub_code.as_ref()),
        ("sub_msg", sub_msg.as_ref()),
        ("request_id", request_id.as_ref()),
    ];
    let lacks_package = sub_code.as_ref().is_some_and(|code| code.starts_with(PACKAGE_CODES));
    let text = || {
        let shown = |text: Option<&String>| text.map_or("(none)".to_owned(), |text| within_line(text));
        let lines = members.map(|(name, text)| format!("\n  {name}: {}", shown(text))).concat();
        let meaning = error.meaning().map(|meaning| meaning.description.to_owned());
        let help = meaning.into_iter().chain(call::packages(api).filter(|_| lacks_package));
        let help: String = help.map(|text| format!("\nhelp: {text}")).collect();
        format!("error: the platform refused the call{lines}{help}")
    };
    output.note_as(text, || {
        let mut json = json!(BTreeMap::from(members));
        if lacks_package && !api.packages.is_empty() {
            json["packages"] = json!(api.packages);
        }
        json
    })
}
