//! `topsdk completions`: what a shell has to know to complete the command line.

use std::path::PathBuf;

use clap::Command;
use clap::builder::PossibleValuesParser;
use clap_complete::{Shell, generate};

use super::output::{Output, Stop};
use super::{repository, specs};

/// The script knows the methods of the specs as they are now: make it again when there are others. For bash, for example:
/// topsdk completions bash > ~/.local/share/bash-completion/completions/topsdk
#[derive(clap::Args)]
pub(crate) struct Args {
    /// For which shell
    shell: Shell,
    /// Specs whose methods are completed: files (.json, .jsonl) or folders; spec/apis of the repository otherwise
    #[arg(long, value_name = "PATH")]
    spec: Vec<PathBuf>,
}

/// Prints the script for a command line, of which `call` and `decode` take methods.
pub(crate) fn run(args: &Args, mut command: Command, output: &mut Output) -> Result<u8, Stop> {
    let methods = methods(args)?;
    if !methods.is_empty() {
        for subcommand in ["call", "decode"] {
            command = command.mut_subcommand(subcommand, |command| {
                command.mut_arg("method", |method| method.value_parser(PossibleValuesParser::new(methods.clone())))
            });
        }
    }
    let mut script = Vec::new();
    generate(args.shell, &mut command, "topsdk", &mut script);
    output.line(String::from_utf8_lossy(&script).trim_end())?;
    Ok(0)
}

fn methods(args: &Args) -> Result<Vec<String>, Stop> {
    let apis = match (args.spec.as_slice(), repository::here()) {
        ([], Some(root)) if root.join("spec/apis").is_dir() => specs::load(&[root.join("spec/apis")])?,
        (paths, _) => specs::load(paths)?,
    };
    let mut methods: Vec<String> = apis.into_iter().map(|api| api.method).collect();
    methods.sort();
    methods.dedup();
    Ok(methods)
}
