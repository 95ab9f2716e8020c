//! `topsdk mock`: a gateway on localhost that checks what the platform checks and responds with the documented samples.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use topsdk_client::mock::{Fault, Gateway, Outcome, ParseFaultError, Received};

use super::output::{Output, Stop, failed_at};
use super::{credential, specs};

#[derive(clap::Args)]
#[command(after_long_help = "Exit status: 0 stopped by a signal; 2 the gateway cannot start, or wrong usage.")]
pub(crate) struct Args {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: String,
    /// The app key that calls must have [default: $TOP_APP_KEY]
    #[arg(long, value_name = "KEY")]
    app_key: Option<String>,
    /// The secret that calls must be signed with [default: $TOP_APP_SECRET]
    #[arg(long, value_name = "SECRET")]
    secret: Option<String>,
    /// The APIs: specs (.json, .jsonl), pages, or folders of these [default: spec/apis of the repository]
    #[arg(long, num_args = 1.., value_name = "PATH")]
    spec: Vec<PathBuf>,
    /// A valid session; without this option, every session is valid
    #[arg(long, value_name = "SESSION")]
    session: Vec<String>,
    /// A folder of responses that replace the samples: METHOD.json, METHOD.xml
    #[arg(long, value_name = "DIR")]
    responses: Option<PathBuf>,
    /// The delay before each response, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// Let this share of calls fail, from 0 to 1. KIND is reset, stall, half, status:502 or
    /// error:15:isp.remote-service-timeout
    #[arg(long, value_name = "KIND@RATE", value_parser = failure)]
    fail: Vec<(Fault, f64)>,
    /// The maximum number of calls a second; after one more, all calls are refused for a second (code 7)
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// The lifetime of sessions from /token, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 24 * 60 * 60)]
    expires_in: u64,
    /// The time in which such a session can be refreshed, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30 * 24 * 60 * 60)]
    re_expires_in: u64,
    /// Selects the calls that fail: equal seeds, equal calls
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// Parses a fault and its rate, such as `reset@0.01` or `reset@1%`.
fn failure(text: &str) -> Result<(Fault, f64), String> {
    let (kind, rate) = text.rsplit_once('@').ok_or("expected KIND@RATE, such as reset@0.01 or reset@1%")?;
    let fault = kind.parse().map_err(|error: ParseFaultError| error.to_string())?;
    let parsed = match rate.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => rate.parse(),
    };
    match parsed {
        Ok(rate) if (0.0..=1.0).contains(&rate) => Ok((fault, rate)),
        _ => Err(format!("expected a rate from 0 to 1, or from 0% to 100%, found `{rate}`")),
    }
}

pub(crate) fn run(args: Args, output: &mut Output) -> Result<u8, Stop> {
    let app_key = credential(args.app_key, "app key", "TOP_APP_KEY", "--app-key")?;
    let secret = credential(args.secret, "secret", "TOP_APP_SECRET", "--secret")?;
    let mut apis = specs::load_some(&specs::given_or_stored(&args.spec)?)?;
    apis.sort_by(|one, other| one.method.cmp(&other.method));
    for pair in apis.chunk_by(|one, other| one.method == other.method).filter(|pair| pair.len() > 1) {
        output.note(&format!("there are several specs of {}; the last one is used", pair[0].method))?;
    }
    let mut builder = Gateway::builder(app_key, secret)
        .apis(apis)
        .latency(Duration::from_millis(args.latency))
        .seed(args.seed)
        .watch(log(output.is_json()));
    builder = args.session.into_iter().fold(builder, |builder, session| builder.session(session));
    builder = args.fail.into_iter().fold(builder, |builder, (fault, rate)| builder.fail(fault, rate));
    match args.responses {
        Some(folder) if !folder.is_dir() => return Err(failed_at(&folder, "not a folder")),
        Some(folder) => builder = builder.responses(folder),
        None => {}
    }
    if let Some(calls) = args.limit {
        builder = builder.limit(calls);
    }
    let [lifetime, refresh] = [args.expires_in, args.re_expires_in].map(Duration::from_secs);
    builder = builder.session_lifetime(lifetime, refresh);
    let gateway = builder
        .listen(&*args.listen)
        .map_err(|error| Stop::Failed(format!("cannot listen on {}: {error}", args.listen)))?;
    let stopper = gateway.stopper();
    // If no handler can be set, a signal ends the process at once, which is the default.
    drop(ctrlc::set_handler(move || stopper.stop()));
    output.line(&format!("listening on {}", gateway.url()))?;
    output.finish()?;
    gateway.serve();
    Ok(0)
}

/// Logs each call as a line on standard error. The gateway continues if standard error is closed.
fn log(is_json: bool) -> impl Fn(&Received) + Send + Sync {
    move |call| {
        let line = if is_json { json(call).to_string() } else { call.to_string() };
        drop(writeln!(io::stderr(), "{line}"));
    }
}

/// Returns a call as JSON without the values of its parameters, because a session is among them.
fn json(call: &Received) -> serde_json::Value {
    let (outcome, code, msg) = match &call.outcome {
        Outcome::Done => ("done", None, None),
        Outcome::Refused { code, msg } => ("refused", Some(code), Some(msg)),
        _ => ("lost", None, None),
    };
    json!({
        "number": call.number, "method": call.method, "request_id": call.request_id, "outcome": outcome, "code": code,
        "msg": msg, "fault": call.fault.as_ref().map(ToString::to_string), "notes": call.notes,
    })
}
