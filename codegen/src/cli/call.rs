//! `topsdk call`: sends one call with parameters typed by the spec, without compiling anything.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::iter;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser, ValueParser};
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, FromArgMatches};
use jiff::{Timestamp, tz::Offset};
use topsdk_client::blocking::Client;
use topsdk_client::{Endpoint, Error};
use topsdk_codec::dynamic::{DynamicObject, DynamicType};
use topsdk_codec::{App, Call, Decoder, Format, Session, SignMethod};
use topsdk_codegen::call;
use topsdk_spec::{Api, Auth};

use super::input::Input;
use super::output::{Output, Stop};
use super::{credential, duration, response, specs, variable};

/// All arguments of `call`: its options depend on the method.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(num_args = 0.., allow_hyphen_values = true, trailing_var_arg = true)]
    arguments: Vec<OsString>,
}

/// Call an API with its documented parameters, and print the response as plain JSON
///
/// `topsdk call METHOD --help` lists the parameters of a method with their types and documentation. Each is an option of its
/// own. Text, numbers, booleans and dates are written as they are. Lists are separated by commas, or the option is repeated.
/// Objects are JSON, or @ and the path of a JSON file. Files are @ and a path.
///
/// Give the key, the secret and the session in the environment (TOP_APP_KEY, TOP_APP_SECRET, TOP_SESSION): everybody on the
/// machine can read a command line, and the shell keeps it in its history.
///
/// Exit status: 0 the API responded; 1 the platform refused the call, or the API failed; 2 wrong usage, or no readable response.
#[derive(clap::Parser)]
#[command(name = "topsdk call", bin_name = "topsdk call", max_term_width = 100, no_binary_name = true)]
struct CommonOptions {
    /// The API, such as taobao.item.seller.get
    method: String,
    /// The spec: a file (.json, .jsonl), a page, or a folder of these [default: spec/apis of the repository]
    #[arg(long, value_name = "PATH")]
    spec: Vec<PathBuf>,
    /// The gateway [default: $TOP_GATEWAY, else production over https]
    #[arg(long, value_name = "URL")]
    gateway: Option<String>,
    /// The application's key [default: $TOP_APP_KEY]
    #[arg(long, value_name = "KEY")]
    app_key: Option<String>,
    /// The application's secret; better set TOP_APP_SECRET
    #[arg(long, value_name = "SECRET")]
    secret: Option<String>,
    /// The session of the user; better set TOP_SESSION
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// The format of the response on the wire; the output is the same
    #[arg(long, default_value = "json", value_parser = PossibleValuesParser::new(["json", "xml"])
        .map(|name| if name == "xml" { Format::Xml } else { Format::Json }))]
    format: Format,
    /// How the call is signed
    #[arg(long, default_value = "hmac-sha256", value_parser = PossibleValuesParser::new(["md5", "hmac", "hmac-sha256"])
        .map(|name| SignMethod::from_wire(&name).unwrap_or_default()))]
    sign_method: SignMethod,
    /// Parameters as one JSON object; or @ and the path of a file with it; or - for standard input
    #[arg(long, value_name = "JSON")]
    params: Option<String>,
    /// A parameter whose name is not an option, or is that of a common option
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_and_value)]
    param: Vec<(String, String)>,
    /// The time limit of the call
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration::parse)]
    timeout: Duration,
    /// Fail on undocumented members, and on the first value that does not fit its documented type
    #[arg(long)]
    strict: bool,
    /// Send nothing, and print the call as a curl command, with the session and the signature, but without the secret
    #[arg(long)]
    curl: bool,
    /// Send nothing, and print the string that is signed, with the session, but without the secret
    #[arg(long, conflicts_with = "curl")]
    dry_run: bool,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// Returns the command with the options that do not depend on the method.
pub(crate) fn command() -> Command {
    CommonOptions::command()
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let (method, spec) = method_and_specs(&args.arguments);
    // Without a method, clap prints the help or reports the missing argument.
    let api = method.map(|method| specs::find(&spec, &method)).transpose()?;
    let command = api.as_ref().map_or_else(command, |api| with_parameters(&command(), api));
    let matches = match command.try_get_matches_from(&args.arguments) {
        Ok(matches) => matches,
        Err(error) => return Ok(super::usage(&error)),
    };
    let options = CommonOptions::from_arg_matches(&matches)?;
    match &api {
        Some(api) => call(api, &options, &matches, output),
        None => Err(Stop::Failed("no method is named".to_owned())),
    }
}

/// Finds the method and the `--spec` paths in the arguments, before the parameters of the method are known.
fn method_and_specs(arguments: &[OsString]) -> (Option<String>, Vec<PathBuf>) {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::SetTrue);
    let further = Arg::new("further").num_args(0..);
    // The final parse reports invalid values and further positional arguments.
    let any_value = |arg: Arg| match arg.get_action().takes_values() {
        true => arg.value_parser(ValueParser::os_string()),
        false => arg,
    };
    let mut command = command().disable_help_flag(true).args([help, further]).mut_args(any_value).ignore_errors(true);
    for argument in arguments {
        let argument = argument.to_string_lossy();
        let name = argument.strip_prefix("--").and_then(|option| option.split('=').next()).unwrap_or_default();
        let is_known = command.get_arguments().any(|known| known.get_long() == Some(name));
        if !is_known && !name.is_empty() && !name.starts_with('-') {
            // An unknown option is a parameter, and parameters take a value.
            let parameter = Arg::new(id(name)).long(name.to_owned()).action(ArgAction::Append);
            command = command.arg(parameter.allow_hyphen_values(true));
        }
    }
    let Ok(mut matches) = command.try_get_matches_from(arguments) else { return (None, Vec::new()) };
    let method = matches.remove_one("method").map(|method: OsString| method.to_string_lossy().into_owned());
    let specs = matches.remove_many("spec").into_iter().flatten().map(|path: OsString| path.into());
    (method, specs.collect())
}

/// Returns the command with an option for each parameter of the API whose name can be an option. These options come first
/// in the help.
fn with_parameters(common: &Command, api: &Api) -> Command {
    let mut command = Command::new("topsdk call").bin_name("topsdk call").max_term_width(100);
    command = command.no_binary_name(true).disable_help_flag(true);
    let common_names = common.get_arguments().filter_map(Arg::get_long).chain(["help"]);
    let mut taken: BTreeSet<String> = common_names.map(str::to_owned).collect();
    let names: BTreeSet<&str> = api.request.iter().map(|param| param.name.as_str()).collect();
    let mut left_out = Vec::new();
    let mut seen = BTreeSet::new();
    for param in api.request.iter().filter(|param| seen.insert(&param.name)) {
        let name = param.name.as_str();
        let is_word = name.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.'));
        if !is_word || !taken.insert(name.to_owned()) {
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
        if !names.contains(&*dashed) && taken.insert(dashed.clone()) {
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

/// Returns the parameters given one by one, with their values.
fn given_parameters(api: &Api, options: &CommonOptions, matches: &ArgMatches) -> BTreeMap<String, Vec<String>> {
    let values = |name: &str| Some(matches.try_get_many::<String>(&id(name)).ok()??.cloned().collect());
    let names = api.request.iter().map(|param| &param.name);
    let mut given: BTreeMap<String, Vec<String>> =
        names.filter_map(|name| Some((name.clone(), values(name)?))).collect();
    for (name, value) in &options.param {
        given.entry(name.clone()).or_default().push(value.clone());
    }
    given
}

fn id(name: &str) -> String {
    format!("parameter {name}")
}

fn call(api: &Api, options: &CommonOptions, matches: &ArgMatches, output: &mut Output) -> Result<u8, Stop> {
    let key = credential(options.app_key.clone(), "app key", "TOP_APP_KEY", "--app-key")?;
    let secret = match credential(options.secret.clone(), "secret", "TOP_APP_SECRET", "--secret") {
        // What is signed does not contain the secret.
        Err(_) if options.dry_run => String::new(),
        secret => secret?,
    };
    let session = variable(options.session.clone(), "TOP_SESSION").map(Session::new);
    let gateway = variable(options.gateway.clone(), "TOP_GATEWAY");
    let gateway = gateway.as_deref().map_or(Endpoint::PRODUCTION, Endpoint::from);
    let request_type = DynamicType::request(api);
    let mut request = DynamicObject::new(&request_type);
    let params = options.params.as_deref().map(params).transpose()?;
    if let Err(problems) = call::fill(api, &mut request, params.as_deref(), &given_parameters(api, options, matches)) {
        return refuse(api, &problems, output);
    }
    for problem in call::beyond_limits(api, &request) {
        output.note(&problem)?;
    }
    if let Some(note) = &api.deprecated {
        output.note(&format!("{} is deprecated: {}", api.method, call::plain(note)))?;
    }
    if session.is_none() && api.auth == Some(Auth::Required) {
        let method = &api.method;
        output.note(&format!("according to its documentation, {method} needs a user's session (TOP_SESSION)"))?;
    }

    if !options.curl && !options.dry_run {
        let decoder = Decoder::new().report_unknown(true);
        let client = Client::builder(key, secret)
            .gateway(gateway)
            .format(options.format)
            .sign_method(options.sign_method)
            .decoder(if options.strict { decoder.strict() } else { decoder })
            .build()
            .map_err(|error| Stop::Failed(with_sources(&error)))?;
        let response_type = DynamicType::response(api);
        let mut value = DynamicObject::new(&response_type);
        let mut call = client.call_object(&api.method, &request, &mut value).timeout(options.timeout);
        if let Some(session) = &session {
            call = call.session(session);
        }
        return match call.send() {
            Ok(reply) => response::show(&value, &reply.anomalies, &reply.unknown, options.strict, output).map(|()| 0),
            Err(Error::Platform(error)) => response::refused(api, &error, output).map(|()| 1),
            Err(Error::Encode(error)) => refuse(api, &[error.to_string()], output),
            Err(error) => Err(Stop::Failed(with_sources(&error))),
        };
    }
    let app = App::new(key, secret);
    // The platform's clock is UTC+8, whatever the time zone of this machine.
    let now = Offset::constant(8).to_datetime(Timestamp::now());
    let mut call = Call::new(&app, now).format(options.format).sign_method(options.sign_method);
    if let Some(session) = &session {
        call = call.session(session);
    }
    let (encoded, on_disk) = match call.encode_with_files(&api.method, &request) {
        Ok(encoded) => encoded,
        Err(error) => return refuse(api, &[error.to_string()], output),
    };
    output.line(&match options.curl {
        true => call::curl(gateway.url(), &encoded, &on_disk),
        false => encoded.string_to_sign().to_owned(),
    })?;
    Ok(0)
}

/// Reports why a request cannot be sent.
fn refuse(api: &Api, problems: &[String], output: &mut Output) -> Result<u8, Stop> {
    problems.iter().for_each(|problem| output.failure(problem));
    output.note(&format!("`topsdk call {} --help` describes all parameters", api.method))?;
    Ok(2)
}

/// Returns the parameters in JSON, as given, from a file or from standard input.
fn params(text: &str) -> Result<String, Stop> {
    let path = match text.strip_prefix('@') {
        Some(path) => path,
        None if text == "-" => text,
        None => return Ok(text.to_owned()),
    };
    let input = Input::one(Path::new(path));
    let json = String::from_utf8(input.read().map_err(Stop::Failed)?);
    json.map_err(|error| Stop::Failed(format!("{}: {error}", input.shown)))
}

/// Formats an error with its sources.
fn with_sources(error: &dyn std::error::Error) -> String {
    let errors = iter::successors(Some(error), |error| error.source());
    errors.map(ToString::to_string).collect::<Vec<_>>().join(": ")
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
    fn unusual_parameter_names_give_a_valid_command() {
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
    fn method_and_specs_are_found_in_any_position() {
        let look = |line: &str| {
            let (method, spec) = method_and_specs(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
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
