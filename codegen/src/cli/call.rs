//! `topsdk call`: sends one call with parameters typed by the spec, without compiling anything.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, FromArgMatches, ValueEnum};
use jiff::{Timestamp, tz::Offset};
use topsdk_client::blocking::Client;
use topsdk_client::{Endpoint, Error};
use topsdk_codec::dynamic::{DynamicObject, DynamicType};
use topsdk_codec::{App, Call, Decoder, EncodeError, Session, SignMethod};
use topsdk_codegen::call::{self, Given};
use topsdk_spec::{Api, Auth};

use super::answer::Beside;
use super::output::{Output, Stop};
use super::{answer, duration, specs};

/// Whatever stands behind `call`: which options there are depends on the method.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(num_args = 0.., allow_hyphen_values = true, trailing_var_arg = true)]
    arguments: Vec<OsString>,
}

/// Call an API, its parameters as the spec documents them, and print the answer as plain JSON
///
/// `topsdk call METHOD --help` lists the parameters of a method with their types and documentation. Each is an option of its
/// own: text, numbers, booleans and dates as they are; lists with commas, or given again and again; objects as JSON, or @ and
/// the path of a file with it; files as @ and their path.
///
/// Key, secret and session are best given by the environment (TOP_APP_KEY, TOP_APP_SECRET, TOP_SESSION): what stands on a command
/// line can be read by everybody on the machine, and is kept in the shell's history.
///
/// Exit status: 0 the API answered; 1 the platform refused the call, or the API failed; 2 usage, or no answer that can be read.
#[derive(clap::Parser)]
#[command(name = "topsdk call", bin_name = "topsdk call", max_term_width = 100)]
struct Options {
    /// The API, such as taobao.item.seller.get
    method: String,
    /// Where its spec is: a spec (.json, .jsonl), a page, or a folder of these; spec/apis of the repository otherwise
    #[arg(long, value_name = "PATH")]
    spec: Vec<PathBuf>,
    /// The gateway; TOP_GATEWAY otherwise, else production over https
    #[arg(long, value_name = "URL")]
    gateway: Option<String>,
    /// The application's key; TOP_APP_KEY otherwise
    #[arg(long, value_name = "KEY")]
    app_key: Option<String>,
    /// The application's secret; better TOP_APP_SECRET
    #[arg(long, value_name = "SECRET")]
    secret: Option<String>,
    /// The session of the user that the call is for; better TOP_SESSION
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// The format of the answer on the wire; what is printed is the same
    #[arg(long, value_enum, default_value_t = Wire::Json)]
    format: Wire,
    /// How the call is signed
    #[arg(long, value_enum, default_value_t = Sign::HmacSha256)]
    sign_method: Sign,
    /// Parameters as one JSON object; @ and the path of a file with it, or - for standard input
    #[arg(long, value_name = "JSON")]
    params: Option<String>,
    /// A parameter whose name is an option of this command, too
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    param: Vec<(String, String)>,
    /// How long the call may take
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration::parse)]
    timeout: Duration,
    /// Fail on the first value of the answer that does not fit its documented type
    #[arg(long)]
    strict: bool,
    /// Send nothing, and print the call as a command of curl: with the session and the signature, without the secret
    #[arg(long)]
    curl: bool,
    /// Send nothing, and print the string that is signed: with the session, without the secret
    #[arg(long, conflicts_with = "curl")]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Wire {
    Json,
    Xml,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Sign {
    Md5,
    Hmac,
    HmacSha256,
}

/// Returns the command with the options that do not depend on the method.
pub(crate) fn command() -> Command {
    Options::command()
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let (method, spec) = first_look(&args.arguments);
    let api = match &method {
        Some(method) => Some(specs::find(&spec, method)?),
        // Without a method, clap prints the help or reports the missing argument.
        None => None,
    };
    let mut command = command();
    if let Some(api) = &api {
        command = with_parameters(&command, api);
    }
    let program = std::iter::once(OsString::from("topsdk call"));
    let matches = match command.try_get_matches_from(program.chain(args.arguments.iter().cloned())) {
        Ok(matches) => matches,
        Err(error) => return Ok(super::usage(&error)),
    };
    let options = Options::from_arg_matches(&matches).map_err(Stop::failed)?;
    match &api {
        Some(api) => call(api, &options, &given(api, &options, &matches), output),
        None => Err(Stop::Failed("no method is named".to_owned())),
    }
}

/// Finds the method and the `--spec` paths in the arguments, before the parameters of the method are known.
fn first_look(arguments: &[OsString]) -> (Option<String>, Vec<PathBuf>) {
    let command = command();
    let takes_value = |name: &str| {
        let option = command.get_arguments().find(|option| option.get_long() == Some(name));
        // An unknown option is a parameter, and parameters take a value.
        option.map_or(!matches!(name, "help"), |option| option.get_action().takes_values())
    };
    let (mut method, mut spec) = (None, Vec::new());
    let mut arguments = arguments.iter().map(|argument| argument.to_string_lossy());
    while let Some(argument) = arguments.next() {
        let Some(option) = argument.strip_prefix("--") else {
            if method.is_none() && !argument.starts_with('-') {
                method = Some(argument.into_owned());
            }
            continue;
        };
        if option.is_empty() {
            continue;
        }
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None if takes_value(option) => (option, arguments.next().map(|value| value.into_owned())),
            None => (option, None),
        };
        if name == "spec" {
            spec.extend(value.map(PathBuf::from));
        }
    }
    (method, spec)
}

/// Returns the command with an option for each parameter of the API whose name can be an option. These options come first
/// in the help.
fn with_parameters(common: &Command, api: &Api) -> Command {
    let mut command = Command::new("topsdk call").bin_name("topsdk call").max_term_width(100).disable_help_flag(true);
    let taken = |command: &Command, name: &str| {
        let mut options = common.get_arguments().chain(command.get_arguments());
        name == "help" || options.any(|option| option.get_long() == Some(name))
    };
    let mut left_out = Vec::new();
    let mut seen = BTreeSet::new();
    for param in &api.request {
        let name = param.name.as_str();
        if !seen.insert(name) {
            continue;
        }
        let is_word = name.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.'));
        if !is_word || taken(&command, name) {
            left_out.push(format!("  --param '{}=…'  {}", call::plain(name), call::summary(param)));
            continue;
        }
        let dashed = name.replace('_', "-");
        let mut option = Arg::new(id(name))
            .long(name.to_owned())
            .value_name(call::type_of(param))
            .help(call::summary(param))
            .long_help(call::describe(param))
            .help_heading("Parameters")
            .action(ArgAction::Append)
            .allow_negative_numbers(true);
        if dashed != name && !taken(&command, &dashed) && !api.request.iter().any(|other| other.name == dashed) {
            option = option.alias(dashed);
        }
        command = command.arg(option);
    }
    if !left_out.is_empty() {
        command = command.after_help(format!("Further parameters:\n{}", left_out.join("\n")));
    }
    // clap prints headings in the order of their options.
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).help("Print help");
    for argument in common.get_arguments().cloned().chain([help]) {
        let is_option = argument.get_long().is_some();
        command = command.arg(if is_option { argument.help_heading("Common options") } else { argument });
    }
    let about = call::about(api);
    command.about(about.clone()).long_about(about)
}

/// Returns the parameters given one by one.
fn given(api: &Api, options: &Options, matches: &ArgMatches) -> Vec<Given> {
    let mut given: Vec<Given> = Vec::new();
    let mut add = |name: &str, value: &str| match given.iter_mut().find(|given| given.name == name) {
        Some(given) => given.values.push(value.to_owned()),
        None => given.push(Given { name: name.to_owned(), values: vec![value.to_owned()] }),
    };
    let names: BTreeSet<&str> = api.request.iter().map(|param| param.name.as_str()).collect();
    for name in names {
        if let Ok(Some(values)) = matches.try_get_many::<String>(&id(name)) {
            values.for_each(|value| add(name, value));
        }
    }
    options.param.iter().for_each(|(name, value)| add(name, value));
    given
}

fn id(name: &str) -> String {
    format!("parameter {name}")
}

fn call(api: &Api, options: &Options, given: &[Given], output: &mut Output) -> Result<u8, Stop> {
    let is_sent = !options.curl && !options.dry_run;
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let key = options.app_key.clone().or_else(|| variable("TOP_APP_KEY"));
    let secret = options.secret.clone().or_else(|| variable("TOP_APP_SECRET"));
    let session = options.session.clone().or_else(|| variable("TOP_SESSION")).map(Session::new);
    let key = key.ok_or_else(|| Stop::Failed("no app key: set TOP_APP_KEY, or give --app-key".to_owned()))?;
    let secret = match secret {
        None if options.dry_run => String::new(),
        None => return Err(Stop::Failed("no secret: set TOP_APP_SECRET, or give --secret".to_owned())),
        Some(secret) => secret,
    };

    let request_type = DynamicType::request(api);
    let mut request = DynamicObject::new(&request_type);
    let gateway = options.gateway.clone().or_else(|| variable("TOP_GATEWAY"));
    let gateway = gateway.as_deref().map_or(Endpoint::PRODUCTION, Endpoint::from);
    let params = options.params.as_deref().map(params).transpose()?;
    if let Err(problems) = call::fill(api, &mut request, params.as_deref(), given) {
        for problem in problems {
            output.failure(&problem.to_string());
        }
        help(api, output)?;
        return Ok(2);
    }
    for problem in call::beyond_limits(api, &request) {
        output.remark(&problem.to_string())?;
    }
    if let Some(note) = &api.deprecated {
        output.remark(&format!("{} is deprecated: {}", api.method, call::plain(note)))?;
    }
    if session.is_none() && api.auth == Some(Auth::Required) {
        let text = format!("{} needs a user's session (TOP_SESSION), by its documentation", api.method);
        output.remark(&text)?;
    }

    if is_sent {
        let decoder = Decoder::new().report_unknown(true);
        let client = Client::builder(key, secret)
            .gateway(gateway.clone())
            .format(options.format.into())
            .sign_method(options.sign_method.into())
            .decoder(if options.strict { decoder.strict() } else { decoder })
            .build()
            .map_err(|error| Stop::Failed(chain(&error)))?;
        let answer_type = DynamicType::response(api);
        let mut value = DynamicObject::new(&answer_type);
        let mut call = client.call_object(&api.method, &request, &mut value).timeout(options.timeout);
        if let Some(session) = &session {
            call = call.session(session);
        }
        return match call.send() {
            Ok(reply) => {
                let beside = Beside { anomalies: &reply.anomalies, unknown: &reply.unknown, is_strict: options.strict };
                answer::show(&value, &beside, output).map(|()| 0)
            }
            Err(Error::Platform(error)) => answer::refused(api, &error, output).map(|()| 1),
            Err(Error::Encode(error)) => unsendable(api, &error, output),
            Err(error) => Err(Stop::Failed(chain(&error))),
        };
    }
    let app = App::new(key, secret);
    // The platform's clock is UTC+8, whatever the time zone of this machine.
    let now = Offset::constant(8).to_datetime(Timestamp::now());
    let mut call = Call::new(&app, now).format(options.format.into()).sign_method(options.sign_method.into());
    if let Some(session) = &session {
        call = call.session(session);
    }
    let (encoded, on_disk) = match call.encode_with_files(&api.method, &request) {
        Ok(encoded) => encoded,
        Err(error) => return unsendable(api, &error, output),
    };
    output.line(&match options.curl {
        true => call::curl(gateway.url(), &encoded, &on_disk),
        false => encoded.string_to_sign().to_owned(),
    })?;
    Ok(0)
}

fn unsendable(api: &Api, error: &EncodeError, output: &mut Output) -> Result<u8, Stop> {
    output.failure(&error.to_string());
    help(api, output)?;
    Ok(2)
}

fn help(api: &Api, output: &mut Output) -> Result<(), Stop> {
    output.remark(&format!("`topsdk call {} --help` describes all parameters", api.method))
}

/// Returns the parameters in JSON, as given, from a file or from standard input.
fn params(text: &str) -> Result<String, Stop> {
    let mut json = String::new();
    match text.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Stop::Failed(format!("--params: {path}: cannot be read: {error}"))),
        None if text == "-" => match std::io::stdin().lock().read_to_string(&mut json) {
            Ok(_) => Ok(json),
            Err(error) => Err(Stop::Failed(format!("--params: standard input cannot be read: {error}"))),
        },
        None => Ok(text.to_owned()),
    }
}

/// Formats an error with the chain of its sources.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected a name, =, and a value".to_owned()),
    }
}

impl From<Wire> for topsdk_codec::Format {
    fn from(wire: Wire) -> topsdk_codec::Format {
        match wire {
            Wire::Json => topsdk_codec::Format::Json,
            Wire::Xml => topsdk_codec::Format::Xml,
        }
    }
}

impl From<Sign> for SignMethod {
    fn from(sign: Sign) -> SignMethod {
        match sign {
            Sign::Md5 => SignMethod::Md5,
            Sign::Hmac => SignMethod::Hmac,
            Sign::HmacSha256 => SignMethod::HmacSha256,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process;

    use topsdk_codegen::read;
    use topsdk_spec::Param;

    use super::*;

    fn longs(command: &Command) -> Vec<&str> {
        command.get_arguments().filter_map(Arg::get_long).collect()
    }

    #[test]
    fn names_that_can_be_no_option_do_no_harm() {
        let names = [
            "",
            "-",
            "--",
            "-x",
            "a b",
            "a=b",
            "名",
            "help",
            "h",
            "version",
            "V",
            "format",
            "spec",
            "method",
            "params",
            "param",
            "timeout",
            "app-key",
            "app_key",
            "a_b",
            "a-b",
            "a_b",
            "A_B",
            "a.b",
            "_",
            "is_3D",
            "sign-method",
            "\u{1b}[31m",
        ];
        let param =
            |name: &&str| Param { name: (*name).to_owned(), type_name: "String".to_owned(), ..Param::default() };
        let api = Api { method: "a.b".to_owned(), request: names.iter().map(param).collect(), ..Api::default() };
        let command = with_parameters(&command(), &api);
        command.clone().debug_assert();
        let longs = longs(&command);
        for name in ["a_b", "a-b", "A_B", "a.b", "is_3D", "app_key", "V", "h"] {
            assert_eq!(longs.iter().filter(|long| **long == name).count(), 1, "{name}");
        }
        let further = command.get_after_help().unwrap().to_string();
        assert!(!further.contains('\u{1b}'), "{further:?}");
        for name in ["'format=…'", "'help=…'", "'名=…'", "'a b=…'"] {
            assert!(further.contains(name), "{name}: {further}");
        }
    }

    #[test]
    fn method_and_specs_are_found_wherever_they_stand() {
        let look = |line: &str| {
            let (method, spec) = first_look(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
            (
                method.unwrap_or_default(),
                spec.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(","),
            )
        };
        let method = "a.b".to_owned();
        assert_eq!(look("a.b"), (method.clone(), String::new()));
        assert_eq!(look("--curl --format xml --spec x a.b --spec=y"), (method.clone(), "x,y".to_owned()));
        assert_eq!(look("--title v a.b --dry-run"), (method.clone(), String::new()));
        assert_eq!(look("--title=v -- a.b"), (method, String::new()));
        assert_eq!(look("--help"), (String::new(), String::new()));
    }

    #[test]
    #[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
    fn every_method_of_the_catalogue_has_a_command_line() {
        let corpus = std::env::var_os("TOPSDK_CORPUS").unwrap();
        let file = Path::new(&corpus).join("catalogue.jsonl.xz");
        let python = "import lzma,sys; sys.stdout.buffer.write(lzma.open(sys.argv[1]).read())";
        let output = process::Command::new("python3").args(["-c", python]).arg(file).output().unwrap();
        let lines: Vec<&str> = std::str::from_utf8(&output.stdout).unwrap().lines().collect();
        assert!(lines.len() > 3000);
        for line in lines {
            let api = read::page("document", line.as_bytes()).unwrap().api;
            let mut command = with_parameters(&command(), &api);
            command.build();
            let names: BTreeSet<&str> = api.request.iter().map(|param| param.name.as_str()).collect();
            let further = command.get_after_help().map(|text| text.to_string().lines().count() - 1).unwrap_or_default();
            assert_eq!(
                longs(&command).len() - 1,
                longs(&super::command()).len() + names.len() - further,
                "{}",
                api.method
            );
            assert!(command.render_long_help().to_string().contains(&api.method));
        }
    }
}
