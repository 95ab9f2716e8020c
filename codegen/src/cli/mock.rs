//! `topsdk mock`: a gateway on localhost that checks what the platform checks and responds with the documented samples.

use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use topsdk_client::mock::{Fault, Gateway, Outcome, Received};

use super::output::{Output, Stop};
use super::{Format, repository, specs};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to listen; port 0 is one that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: String,
    /// The app key that calls have to have; TOP_APP_KEY otherwise
    #[arg(long, value_name = "KEY")]
    app_key: Option<String>,
    /// The secret that calls have to be signed with; TOP_APP_SECRET otherwise
    #[arg(long, value_name = "SECRET")]
    secret: Option<String>,
    /// The APIs: specs (.json, .jsonl), pages, or folders of these; spec/apis of the repository otherwise
    #[arg(long, num_args = 1.., value_name = "PATH")]
    spec: Vec<PathBuf>,
    /// A session that is good; without any, every one is
    #[arg(long, value_name = "SESSION")]
    session: Vec<String>,
    /// A folder of other answers: METHOD.json, METHOD.xml
    #[arg(long, value_name = "DIR")]
    answers: Option<PathBuf>,
    /// Wait that many milliseconds before each answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// Fail that way at a rate from 0 to 1: reset, stall, half, status:502, error:15:isp.remote-service-timeout
    #[arg(long, value_name = "KIND@RATE")]
    fail: Vec<Failure>,
    /// Take that many calls a second, and refuse all for a second after one more (code 7)
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// For how many seconds a session is good that /token gives out; a day otherwise
    #[arg(long, value_name = "SECONDS")]
    expires_in: Option<u64>,
    /// For how many seconds it can be refreshed; 30 days otherwise
    #[arg(long, value_name = "SECONDS")]
    re_expires_in: Option<u64>,
    /// Which calls fail: the same ones for the same number
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// A fault and its rate, written as `reset@0.01` or `reset@1%`.
#[derive(Clone)]
struct Failure {
    fault: Fault,
    rate: f64,
}

impl FromStr for Failure {
    type Err = String;

    fn from_str(text: &str) -> Result<Failure, String> {
        let (kind, rate) = text.rsplit_once('@').ok_or("a rate stands behind the kind: reset@0.01 or reset@1%")?;
        let fault = kind.parse().map_err(|error: topsdk_client::mock::ParseFaultError| error.to_string())?;
        let parsed = match rate.strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
            None => rate.parse(),
        };
        match parsed {
            Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(Failure { fault, rate }),
            _ => Err(format!("`{rate}` is no rate: one is from 0 to 1, or from 0% to 100%")),
        }
    }
}

pub(crate) fn run(args: Args, output: &mut Output) -> Result<u8, Stop> {
    let app_key = given(args.app_key, "TOP_APP_KEY", "--app-key")?;
    let secret = given(args.secret, "TOP_APP_SECRET", "--secret")?;
    let paths = match args.spec.is_empty() {
        true => vec![repository::root("name specs with --spec")?.join("spec/apis")],
        false => args.spec,
    };
    let mut apis = specs::load(&paths)?;
    if apis.is_empty() {
        return Err(Stop::Failed(
            "there is no spec in what --spec names; `topsdk parse` makes them of pages".to_owned(),
        ));
    }
    apis.sort_by(|one, other| one.method.cmp(&other.method));
    for pair in apis.windows(2) {
        if let [one, other] = pair
            && one.method == other.method
        {
            output
                .note(&format!("warning: there are two specs of {}; the one that was read last counts", one.method))?;
        }
    }
    if let Some(folder) = &args.answers
        && !folder.is_dir()
    {
        return Err(Stop::Failed(format!("{}: not a folder", folder.display())));
    }
    let mut builder = Gateway::builder(app_key, secret)
        .apis(apis)
        .latency(Duration::from_millis(args.latency))
        .seed(args.seed)
        .watch(log(output.format()));
    builder = args.session.into_iter().fold(builder, |builder, session| builder.session(session));
    builder = args.fail.into_iter().fold(builder, |builder, Failure { fault, rate }| builder.fail(fault, rate));
    if let Some(folder) = args.answers {
        builder = builder.answers(folder);
    }
    if let Some(calls) = args.limit {
        builder = builder.limit(calls);
    }
    let seconds = |given: Option<u64>, days: u64| Duration::from_secs(given.unwrap_or(days * 24 * 60 * 60));
    builder = builder.session_lifetime(seconds(args.expires_in, 1), seconds(args.re_expires_in, 30));
    let gateway = builder
        .listen(&*args.listen)
        .map_err(|error| Stop::Failed(format!("cannot listen on {}: {error}", args.listen)))?;
    output.line(&format!("listening on {}", gateway.url()))?;
    output.finish()?;
    let stopper = gateway.stopper();
    // If no handler can be set, a signal ends the process at once, which is the default.
    drop(ctrlc::set_handler(move || stopper.stop()));
    gateway.serve();
    Ok(0)
}

/// Logs each call as a line on standard error. The gateway continues if standard error is closed.
fn log(format: Format) -> impl Fn(&Received) + Send + Sync {
    move |call| {
        let line = match format {
            Format::Text => call.to_string(),
            Format::Json => json(call).to_string(),
        };
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
    serde_json::json!({
        "number": call.number, "method": call.method, "request_id": call.request_id, "outcome": outcome, "code": code,
        "msg": msg, "fault": call.fault.as_ref().map(ToString::to_string), "notes": call.notes,
    })
}

/// Returns an argument, or the environment variable that replaces it.
fn given(argument: Option<String>, variable: &str, name: &str) -> Result<String, Stop> {
    let missing = || Stop::Failed(format!("neither {name} nor the variable {variable} is given"));
    argument.or_else(|| std::env::var(variable).ok()).filter(|value| !value.is_empty()).ok_or_else(missing)
}
