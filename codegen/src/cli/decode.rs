//! `topsdk decode`: a captured body to plain JSON, typed by the spec; nothing is compiled.

use std::path::PathBuf;

use topsdk_codec::dynamic::{DynamicObject, DynamicType};
use topsdk_codec::{Decoder, Error};

use super::answer::Beside;
use super::input::Input;
use super::output::{Output, Stop};
use super::{answer, foreign, specs};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The API that answered, such as taobao.item.seller.get
    method: String,
    /// The body, as XML or JSON in any of its forms; - for standard input
    file: PathBuf,
    /// Where its spec is: a spec (.json, .jsonl), a page, or a folder of these; spec/apis of the repository otherwise
    #[arg(long, value_name = "PATH")]
    spec: Vec<PathBuf>,
    /// Fail on the first value that does not fit its documented type, and on undocumented members
    #[arg(long)]
    strict: bool,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let api = specs::find(&args.spec, &args.method)?;
    let input = Input::one(&args.file)?;
    let body = input.read().map_err(|error| Stop::Failed(format!("{}: {error}", input.shown)))?;
    let response = DynamicType::response(&api);
    let mut value = DynamicObject::new(&response);
    let decoder = Decoder::new().for_method(args.method.clone()).report_unknown(true);
    let decoder = if args.strict { decoder.strict() } else { decoder };
    let outcome = decoder.to_utf8(body.clone()).and_then(|text| {
        let envelope = decoder.decode_into(&text, &mut value)?;
        Ok((envelope, text != body))
    });
    let (envelope, is_converted) = match outcome {
        Ok(read) => read,
        Err(Error::Platform(error)) => return answer::refused(&api, &error, output).map(|()| 1),
        Err(Error::Anomaly(error)) => {
            let at = format!("{}:{}:{}", input.shown, error.position.line, error.position.column);
            return Err(Stop::Failed(format!("{at}: {}; without `--strict` this is a note", error.anomaly)));
        }
        Err(error) => {
            let is_other = matches!(error, Error::NotAnAnswer(_) | Error::Syntax(_));
            let message = match foreign::kind(&body).filter(|_| is_other) {
                Some(kind) => format!("expected the captured body of a response; this is {kind}"),
                None => error.to_string(),
            };
            return Err(Stop::Failed(format!("{}: {message}", input.shown)));
        }
    };
    if is_converted {
        output.remark("offsets count in the body as UTF-8, which it did not come in")?;
    }
    if let Some(id) = &envelope.request_id {
        output.remark(&format!("request_id {id}"))?;
    }
    let beside = Beside { anomalies: &envelope.anomalies, unknown: &envelope.unknown, is_strict: args.strict };
    answer::show(&value, &beside, output)?;
    Ok(0)
}
