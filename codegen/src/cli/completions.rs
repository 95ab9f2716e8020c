//! `topsdk completions`: what a shell has to know to complete the command line.

use std::path::PathBuf;

use clap::Command;
use clap::builder::PossibleValuesParser;
use clap_complete::{Shell, generate};

use super::output::{Output, Stop};
use super::{repository, specs};

const ABOUT: &str = "\
In bash, zsh and fish the methods of the specs are completed as they are now: make the script again when there are others.

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
    if args.shell == Shell::Fish && !methods.is_empty() {
        // What arguments without a name may be is not in what is generated for fish.
        for subcommand in ["call", "decode"] {
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
    // A shell reads the script as a program: nothing goes into it that could mean more than itself.
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    let mut methods: Vec<String> =
        apis.into_iter().map(|api| api.method).filter(|method| method.chars().all(is_word)).collect();
    methods.sort();
    methods.dedup();
    Ok(methods)
}
