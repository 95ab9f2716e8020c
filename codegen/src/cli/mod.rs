//! The command line, with one file per subcommand. All decisions about pages, specs and Rust code are made in the library.

mod add;
mod call;
mod catalogue;
mod completions;
mod decode;
mod diff;
mod duration;
mod fetch;
mod foreign;
mod generate;
mod input;
mod lint;
mod mock;
mod names;
mod output;
mod parse;
mod release;
mod repository;
mod response;
mod search;
mod site;
mod specs;
mod update;
mod visible;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use output::{Output, Stop};

/// Typed Rust bindings for the Taobao Open Platform, generated from its documentation pages.
///
/// Exit status: 0 done; 1 something was found (lint, diff, watch, --check, a platform error); 2 wrong usage, or unreadable input.
#[derive(Parser)]
#[command(name = "topsdk", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// The format of findings and reports
    #[arg(long, global = true, value_enum, default_value_t)]
    format: ReportFormat,
}

#[derive(Subcommand)]
enum Command {
    /// Print the specs of pages as JSON, one per line
    Parse(parse::Args),
    /// Report where the tables and samples of pages disagree
    Lint(lint::Args),
    /// Update spec/apis and generated/src from spec/pages, and report what changed
    Update(update::Args),
    /// Move the unreleased entries of CHANGELOG.md under a version
    Release(release::Args),
    /// Report the changes between two sets of specs or pages: patch, minor or major
    Diff(diff::Args),
    /// Fetch and store the site's catalogue, and report the APIs that are new or gone
    Catalogue(catalogue::Args),
    /// Find APIs in the site's catalogue by method, title or category
    Search(search::Args),
    /// Add APIs by name: fetch their pages from the site, then write specs and bindings
    Add(add::Args),
    /// Fetch pages from the site, or from a mirror of it
    Fetch(fetch::Args),
    /// Report APIs that are new or missing in the site's catalogue, or named in announcements
    Watch(watch::Args),
    /// Generate a crate of bindings from specs
    Generate(generate::Args),
    /// Write the file of names that a build script reads
    Names(names::Args),
    /// Print captured responses as plain JSON, typed by the spec
    Decode(decode::Args),
    /// Call an API with its documented parameters, and print the response as plain JSON
    Call(call::Args),
    /// Print the completion script for a shell
    Completions(completions::Args),
    /// Serve a gateway on localhost that checks calls and responds with the samples
    Mock(mock::Args),
}

/// The format of findings and reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
enum ReportFormat {
    /// For people
    #[default]
    Text,
    /// For programs: one object per line
    Json,
    /// For a pull request (diff, update, watch)
    Markdown,
    /// The entries for a changelog (diff, update)
    Changelog,
}

/// Runs the command given by the process arguments and returns its exit status.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse_from(arguments(std::env::args_os().collect())) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(usage(&error)),
    };
    let mut output = Output::new(cli.format);
    let result = run_command(cli, &mut output);
    match result.and_then(|status| output.finish().map(|()| status)) {
        Ok(status) => ExitCode::from(status),
        // The reader of the output closed the pipe. Exit silently, as any filter does.
        Err(Stop::Closed) => ExitCode::SUCCESS,
        Err(Stop::Failed(message)) => {
            output.failure(&message);
            ExitCode::from(2)
        }
        Err(Stop::Several(messages)) => {
            messages.iter().for_each(|message| output.failure(message));
            ExitCode::from(2)
        }
    }
}

fn run_command(cli: Cli, output: &mut Output) -> Result<u8, Stop> {
    let has_format = match cli.format {
        ReportFormat::Text | ReportFormat::Json => true,
        ReportFormat::Markdown if matches!(cli.command, Command::Watch(_)) => true,
        ReportFormat::Markdown | ReportFormat::Changelog => {
            matches!(cli.command, Command::Diff(_) | Command::Update(_))
        }
    };
    if !has_format {
        return Err(Stop::Failed(
            "--format markdown is a report of `topsdk diff`, `update` and `watch`, and --format changelog of `diff` and \
             `update`: use text or json here"
                .to_owned(),
        ));
    }
    match cli.command {
        Command::Parse(args) => parse::run(&args, output),
        Command::Lint(args) => lint::run(&args, output),
        Command::Update(args) => update::run(&args, output),
        Command::Release(args) => release::run(&args, output),
        Command::Diff(args) => diff::run(&args, output),
        Command::Catalogue(args) => catalogue::run(&args, output),
        Command::Search(args) => search::run(&args, output),
        Command::Add(args) => add::run(&args, output),
        Command::Fetch(args) => fetch::run(&args, output),
        Command::Watch(args) => watch::run(&args, output),
        Command::Generate(args) => generate::run(&args, output),
        Command::Names(args) => names::run(&args, output),
        Command::Decode(args) => decode::run(&args, output),
        Command::Call(args) => call::run(&args, output),
        Command::Completions(args) => completions::run(&args, command(), output),
        Command::Mock(args) => mock::run(args, output),
    }
}

/// Separates the arguments of `call` from the others with `--`: its options depend on the method, and its `--format` is the
/// format on the wire.
fn arguments(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let mut at = 1;
    while let Some(argument) = arguments.get(at).filter(|argument| argument.as_encoded_bytes().starts_with(b"-")) {
        at += if argument == "--format" { 2 } else { 1 };
    }
    let is_at = |arguments: &[OsString], at: usize, word: &str| arguments.get(at).is_some_and(|found| found == word);
    if is_at(&arguments, at, "help") && is_at(&arguments, at + 1, "call") {
        arguments.splice(at.., ["call".into(), "--help".into()]);
    }
    if is_at(&arguments, at, "call") {
        arguments.insert(at + 1, "--".into());
    }
    arguments
}

/// Returns the full command line, including the options of `call` that do not depend on the method.
fn command() -> clap::Command {
    Cli::command().mut_subcommand("call", |shown| {
        let about = shown.get_about().cloned().unwrap_or_default();
        call::command().name("call").bin_name("topsdk call").about(about)
    })
}

/// Returns the value of an option, else of the environment variable that replaces it. An empty value does not count.
fn variable(option: Option<String>, name: &str) -> Option<String> {
    option.or_else(|| std::env::var(name).ok()).filter(|value| !value.is_empty())
}

/// Returns the app key or the secret, as [`variable`] does. Without it, the error names both ways to give it.
fn credential(option: Option<String>, what: &str, name: &str, flag: &str) -> Result<String, Stop> {
    variable(option, name).ok_or_else(|| Stop::Failed(format!("no {what}: set {name}, or give {flag}")))
}

/// Prints help, the version or a usage error, and returns the exit status: 0 for help and version, 2 for a usage error.
fn usage(error: &clap::Error) -> u8 {
    // A closed pipe is not an error.
    let _ = error.print();
    if error.use_stderr() { 2 } else { 0 }
}
