//! `topsdk decode`: prints captured response bodies as plain JSON, typed by the spec, without compiling anything.

use std::path::PathBuf;

use topsdk_codec::dynamic::{DynamicObject, DynamicType};
use topsdk_codec::{Decoder, Error};
use topsdk_codegen::call::{self, Captured};
use topsdk_spec::Api;

use super::input::Input;
use super::output::{Output, Stop};
use super::{foreign, response, specs};

#[derive(clap::Args)]
#[command(
    after_long_help = "Exit status: 0 done; 1 a body is an error of the platform; 2 a body or the spec cannot be read, or wrong usage."
)]
pub(crate) struct Args {
    /// The method that was called, such as taobao.item.seller.get
    method: String,
    /// The bodies, as XML or any form of JSON: files, folders, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The spec: a file (.json, .jsonl), a page, or a folder of these [default: spec/apis of the repository]
    #[arg(long, value_name = "PATH")]
    spec: Vec<PathBuf>,
    /// Fail on undocumented members, and on the first value that does not fit its documented type
    #[arg(long)]
    strict: bool,
    /// Print a file for spec/overrides that corrects the spec where the bodies differ from it, instead of the bodies
    #[arg(long, conflicts_with = "strict")]
    overrides: bool,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let api = specs::find(&args.spec, &args.method)?;
    let inputs = Input::list(&args.files)?;
    let is_one = inputs.len() == 1;
    let mut captured = Vec::new();
    let mut status = 0;
    for input in inputs {
        if !is_one && !args.overrides {
            output.note(&format!("the response in {}", input.shown))?;
        }
        match decode(&api, args, &input, output) {
            Ok(Some(body)) => captured.push(Captured { name: input.name, body }),
            Ok(None) => status = status.max(1),
            Err(Stop::Failed(message)) => {
                output.failure(&message);
                status = 2;
            }
            Err(closed) => return Err(closed),
        }
    }
    if args.overrides && !captured.is_empty() {
        let corrections = call::corrections(&api, &captured);
        for (name, anomaly) in &corrections.left {
            output.note(&format!("{name}: no override is proposed for {anomaly}"))?;
        }
        match &corrections.file {
            Some(file) => output.line(file.trim_end())?,
            None => output.note("there is nothing to override")?,
        }
    }
    Ok(status)
}

/// Prints one body and returns it in UTF-8. Returns `None` if it is a platform error.
fn decode(api: &Api, args: &Args, input: &Input, output: &mut Output) -> Result<Option<Vec<u8>>, Stop> {
    let body = input.read().map_err(Stop::Failed)?;
    let response = DynamicType::response(api);
    let mut value = DynamicObject::new(&response);
    let decoder = Decoder::new().for_method(args.method.clone()).report_unknown(true);
    let decoder = if args.strict { decoder.strict() } else { decoder };
    let decoded = decoder.to_utf8(body.clone()).and_then(|text| Ok((decoder.decode_into(&text, &mut value)?, text)));
    let (envelope, text) = match decoded {
        Ok(decoded) => decoded,
        Err(Error::Platform(error)) => return response::refused(api, &error, output).map(|()| None),
        Err(Error::Anomaly(error)) => {
            let at = format!("{}:{}:{}", input.shown, error.position.line, error.position.column);
            return Err(Stop::Failed(format!("{at}: {}; without `--strict` this is a note", error.anomaly)));
        }
        Err(error) => {
            let is_other = matches!(error, Error::NotAResponse(_) | Error::Syntax(_));
            let message = match foreign::kind(&body).filter(|_| is_other) {
                Some(kind) => format!("expected the captured body of a response; this is {kind}"),
                None => error.to_string(),
            };
            return Err(Stop::Failed(format!("{}: {message}", input.shown)));
        }
    };
    if args.overrides {
        return Ok(Some(text));
    }
    if text != body {
        output.note("the body was converted to UTF-8; byte offsets refer to the converted text")?;
    }
    if let Some(id) = &envelope.request_id {
        output.note(&format!("request_id {id}"))?;
    }
    response::show(&value, &envelope.anomalies, &envelope.unknown, args.strict, output)?;
    Ok(Some(text))
}
