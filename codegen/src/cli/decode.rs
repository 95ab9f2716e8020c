//! `topsdk decode`: a captured body to plain JSON, typed by the spec; nothing is compiled.

use std::path::PathBuf;

use topsdk_codec::dynamic::{DynamicObject, DynamicType};
use topsdk_codec::write::{self, JsonStyle};
use topsdk_codec::{Decoder, Error, PlatformError};

use super::input::Input;
use super::output::{Output, Stop};
use super::{Format, specs};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The API that answered, such as taobao.item.seller.get
    method: String,
    /// The body, as XML or JSON in any of its forms; - for standard input
    file: PathBuf,
    /// Where its spec is: a file (.json, .jsonl) or a folder of them; spec/apis of the repository otherwise
    #[arg(long, value_name = "PATH")]
    spec: Vec<PathBuf>,
    /// Fail on the first value that does not fit its documented type
    #[arg(long)]
    strict: bool,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let api = specs::find(&args.spec, &args.method)?;
    let input = Input::one(&args.file)?;
    let body = input.read().map_err(|error| Stop::Failed(format!("{}: {error}", input.shown)))?;
    let response = DynamicType::response(&api);
    let mut value = DynamicObject::new(&response);
    let decoder = Decoder::new().for_method(args.method.clone());
    let decoder = if args.strict { decoder.strict() } else { decoder };
    let envelope = match decoder.decode_into(&body, &mut value) {
        Ok(envelope) => envelope,
        Err(Error::Platform(error)) => return refused(&error, output).map(|()| 1),
        Err(error) => return Err(Stop::Failed(format!("{}: {error}", input.shown))),
    };
    // What is odd about the body as a whole is its root: whoever names the method wants to know that another one answered.
    if let Some(anomaly) = envelope.anomalies.iter().find(|anomaly| anomaly.path.is_empty()) {
        return Err(Stop::Failed(format!("{}: {anomaly}: is this the answer of another method?", input.shown)));
    }
    for anomaly in &envelope.anomalies {
        output.note(&match output.format() {
            Format::Text => format!("anomaly: {anomaly}"),
            Format::Json => serde_json::json!({
                "severity": "warning", "name": "anomaly", "path": anomaly.path, "expected": anomaly.expected,
                "found": anomaly.found, "offset": anomaly.offset,
            })
            .to_string(),
        })?;
    }
    output.line(&write::json(&value, JsonStyle::Plain).map_err(Stop::failed)?)?;
    Ok(0)
}

/// All five members, also those that are absent: a script should find each where it looks for it.
fn refused(error: &PlatformError, output: &mut Output) -> Result<(), Stop> {
    output.note(&match output.format() {
        Format::Text => {
            let shown = |member: &Option<String>| member.clone().unwrap_or_else(|| "(none)".to_owned());
            let meaning = error.meaning().map(|meaning| format!("\nhelp: {}", meaning.description)).unwrap_or_default();
            format!(
                "error: the platform refused the call\n  code: {}\n  msg: {}\n  sub_code: {}\n  sub_msg: {}\n  request_id: {}{meaning}",
                error.code,
                error.msg,
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
