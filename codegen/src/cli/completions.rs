//! `topsdk completions`: prints the completion script for a shell.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Command;
use clap::builder::PossibleValuesParser;
use clap_complete::{Shell, generate};

use super::output::{Output, Stop};
use super::{repository, specs};

#[derive(clap::Args)]
#[command(after_long_help = "\
In bash, zsh and fish, the script also completes methods: those of the specs for `call` and `decode`, and those of the stored \
catalogue for `add`. Make the script again when there are new ones.

Where the shells look for the script:
  bash  ~/.local/share/bash-completion/completions/topsdk
  zsh   ~/.zfunc/_topsdk, with fpath+=~/.zfunc before compinit in ~/.zshrc
  fish  ~/.config/fish/completions/topsdk.fish

Exit status: 0 done; 2 specs or the catalogue cannot be read, or wrong usage.")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
    /// Specs or pages whose methods are completed: files or folders [default: spec/apis of the repository]
    #[arg(long, value_name = "PATH")]
    spec: Vec<PathBuf>,
}

/// Prints the completion script. `call`, `decode` and `add` complete methods.
pub(crate) fn run(args: &Args, mut command: Command, output: &mut Output) -> Result<u8, Stop> {
    let known = safe(specs::load_or_stored(&args.spec)?.into_iter().map(|api| api.method));
    let catalogue = repository::catalogue()?.unwrap_or_default();
    let listed = safe(catalogue.entries().iter().map(|entry| entry.method.clone()));
    let completed = [("call", "method", &known), ("decode", "method", &known), ("add", "methods", &listed)];
    let completed = completed.into_iter().filter(|(_, _, methods)| !methods.is_empty());
    for (subcommand, argument, methods) in completed.clone() {
        command = command.mut_subcommand(subcommand, |command| {
            command.mut_arg(argument, |method| method.value_parser(PossibleValuesParser::new(methods)))
        });
    }
    let mut script = Vec::new();
    generate(args.shell, &mut command, "topsdk", &mut script);
    output.line(String::from_utf8_lossy(&script).trim_end())?;
    if args.shell == Shell::Fish {
        // The script generated for fish does not complete the values of positional arguments.
        for (subcommand, _, methods) in completed {
            let methods = methods.join(" ");
            output.line(&format!(
                "complete -c topsdk -n \"__fish_topsdk_using_subcommand {subcommand}\" -a \"{methods}\""
            ))?;
        }
    }
    Ok(0)
}

/// Returns the methods that are safe in a script, sorted. A shell executes the script, so methods with a special character
/// are skipped.
fn safe(methods: impl Iterator<Item = String>) -> Vec<String> {
    let is_safe = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    methods.filter(|method| method.chars().all(is_safe)).collect::<BTreeSet<String>>().into_iter().collect()
}
