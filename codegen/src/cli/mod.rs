//! The command line, with one file per subcommand. All decisions about pages, specs and Rust code are made in the library.

mod add;
mod answer;
mod call;
mod catalogue;
mod completions;
mod crate_place;
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
mod progress;
mod release;
mod repository;
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
/// Exit status: 0 done; 1 found something (update --check, fetch --check, watch, lint, diff, a platform error); 2 usage or unreadable input.
#[derive(Parser)]
#[command(name = "topsdk", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How findings and reports are written
    #[arg(long, global = true, value_enum, default_value_t)]
    format: Report,
}

#[derive(Subcommand)]
enum Command {
    /// Read pages and print what they say: one spec a line, as JSON
    Parse(parse::Args),
    /// Show where the tables and samples of pages disagree
    Lint(lint::Args),
    /// Read spec/pages, write spec/apis and generated/src, and say what changed
    Update(update::Args),
    /// Move what is unreleased in CHANGELOG.md under a version
    Release(release::Args),
    /// Say what changed between two specs, pages or folders, and whether it is patch, minor or major
    Diff(diff::Args),
    /// Get the site's catalogue, and say what came and went
    Catalogue(catalogue::Args),
    /// Find APIs of the site's catalogue by method, title or category
    Search(search::Args),
    /// Add APIs by name: their pages from the site, then specs and bindings
    Add(add::Args),
    /// Get the pages themselves from the site, or a mirror of it
    Fetch(fetch::Args),
    /// Say which APIs are new, missing from the site's catalogue, or named in announcements
    Watch(watch::Args),
    /// Write a crate of bindings from specs
    Generate(generate::Args),
    /// Write the file of names that a build script reads
    Names(names::Args),
    /// Read a captured response body by the spec alone and print it as plain JSON
    Decode(decode::Args),
    /// Call an API, its parameters as the spec documents them, and print the answer as plain JSON
    Call(call::Args),
    /// Print the completions for a shell
    Completions(completions::Args),
    /// Serve a gateway on localhost that checks calls and answers with the documented examples
    Mock(mock::Args),
}

/// The output format of findings.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Format {
    /// Text for people.
    Text,
    /// JSON for programs, one object per line.
    Json,
}

/// For whom a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
enum Report {
    /// For people
    #[default]
    Text,
    /// For machines
    Json,
    /// For a pull request (diff, update, watch)
    Markdown,
    /// The entries for a changelog (diff, update)
    Changelog,
}

impl Report {
    /// Returns the format of findings that go with this kind of report.
    fn findings(self) -> Format {
        match self {
            Report::Json => Format::Json,
            Report::Text | Report::Markdown | Report::Changelog => Format::Text,
        }
    }
}

/// Runs the command given by the process arguments and returns its exit status.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse_from(arguments(std::env::args_os().collect())) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(usage(&error)),
    };
    let mut output = Output::new(cli.format.findings());
    let is_report = match cli.format {
        Report::Text | Report::Json => true,
        Report::Markdown => matches!(cli.command, Command::Diff(_) | Command::Update(_) | Command::Watch(_)),
        Report::Changelog => matches!(cli.command, Command::Diff(_) | Command::Update(_)),
    };
    if !is_report {
        output.failure(
            "--format markdown is a report of `topsdk diff`, `update` and `watch`, and --format changelog of `diff` and `update`: \
             use text or json here",
        );
        return ExitCode::from(2);
    }
    let result = match cli.command {
        Command::Parse(args) => parse::run(&args, &mut output),
        Command::Lint(args) => lint::run(&args, &mut output),
        Command::Update(args) => update::run(&args, cli.format, &mut output),
        Command::Release(args) => release::run(&args, &mut output),
        Command::Diff(args) => diff::run(&args, cli.format, &mut output),
        Command::Catalogue(args) => catalogue::run(&args, &mut output),
        Command::Search(args) => search::run(&args, &mut output),
        Command::Add(args) => add::run(&args, cli.format, &mut output),
        Command::Fetch(args) => fetch::run(&args, &mut output),
        Command::Watch(args) => watch::run(&args, cli.format, &mut output),
        Command::Generate(args) => generate::run(&args, &mut output),
        Command::Names(args) => names::run(&args, &mut output),
        Command::Decode(args) => decode::run(&args, &mut output),
        Command::Call(args) => call::run(&args, &mut output),
        Command::Completions(args) => completions::run(&args, command(), &mut output),
        Command::Mock(args) => mock::run(args, &mut output),
    };
    match result.and_then(|status| output.finish().map(|()| status)) {
        Ok(status) => ExitCode::from(status),
        // The reader of the output closed the pipe. Exit silently, as any filter does.
        Err(Stop::Closed) => ExitCode::SUCCESS,
        Err(Stop::Failed(message)) => {
            output.failure(&message);
            ExitCode::from(2)
        }
    }
}

/// Separates the arguments of `call` from the others with `--`: its options depend on the method, and its `--format` is the
/// format on the wire.
fn arguments(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let mut at = 1;
    while let Some(argument) = arguments.get(at).filter(|argument| argument.as_encoded_bytes().starts_with(b"-")) {
        at += if argument == "--format" { 2 } else { 1 };
    }
    if arguments.get(at).is_some_and(|word| word == "help") && arguments.get(at + 1).is_some_and(|word| word == "call")
    {
        arguments.splice(at.., ["call".into(), "--help".into()]);
    }
    if arguments.get(at).is_some_and(|word| word == "call") {
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

/// Prints help, the version or a usage error, and returns the exit status: 0 for help and version, 2 for a usage error.
fn usage(error: &clap::Error) -> u8 {
    // A closed pipe is not an error.
    let _ = error.print();
    if error.use_stderr() { 2 } else { 0 }
}
