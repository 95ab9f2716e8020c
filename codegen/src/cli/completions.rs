//! `topsdk completions`: prints the completion script for a shell.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Command;
use clap::builder::PossibleValuesParser;
use clap_complete::{Shell, generate};
use topsdk_codegen::fetch::CatalogueFile;

use super::output::{Output, Stop};
use super::{repository, specs};

const ABOUT: &str = "\
In bash, zsh and fish the methods of the specs (call, decode) and of the stored catalogue (add) are completed as they are now: make the script again when there are others.

bash:  topsdk completions bash > ~/.local/share/bash-completion/completions/topsdk
zsh:   topsdk completions zsh > ~/.zfunc/_topsdk, with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc
fish:  topsdk completions fish > ~/.config/fish/completions/topsdk.fish";

#[derive(clap::Args)]
#[command(after_long_help = ABOUT)]
pub(crate) struct Args {
    /// For which shell
    shell: Shell,
    /// Specs or pages whose methods are completed: files or folders; spec/apis of the repository otherwise
    #[arg(long, value_name = "PATH")]
    spec: Vec<PathBuf>,
}

/// Prints the completion script. `call`, `decode` and `add` complete methods.
pub(crate) fn run(args: &Args, mut command: Command, output: &mut Output) -> Result<u8, Stop> {
    let methods = methods(args)?;
    let listed = listed()?;
    let completed = [("call", "method", &methods), ("decode", "method", &methods), ("add", "methods", &listed)];
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
            output.line(&format!(
                "complete -c topsdk -n \"__fish_topsdk_using_subcommand {subcommand}\" -a \"{}\"",
                methods.join(" ")
            ))?;
        }
    }
    Ok(0)
}

fn methods(args: &Args) -> Result<Vec<String>, Stop> {
    let apis = match (args.spec.as_slice(), repository::here()) {
        ([], Some(root)) if root.join("spec/apis").is_dir() => specs::load(&[root.join("spec/apis")])?,
        (paths, _) => specs::load(paths)?,
    };
    Ok(words(apis.into_iter().map(|api| api.method)))
}

/// Returns the methods of the stored catalogue.
fn listed() -> Result<Vec<String>, Stop> {
    let Some(root) = repository::here() else { return Ok(Vec::new()) };
    let catalogue = CatalogueFile::open(&root).and_then(|file| file.read()).map_err(Stop::failed)?.unwrap_or_default();
    Ok(words(catalogue.entries().iter().map(|entry| entry.method.clone())))
}

/// Returns the methods that are safe in a script, sorted. A shell executes the script, so methods with a special character
/// are skipped.
fn words(methods: impl Iterator<Item = String>) -> Vec<String> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    methods.filter(|method| method.chars().all(is_word)).collect::<BTreeSet<String>>().into_iter().collect()
}
