//! `topsdk names`: writes the file of names that a build script reads.

use std::path::PathBuf;

use topsdk_codegen::emit::EmitError;
use topsdk_codegen::names::Register;

use super::output::{Output, Stop, counted, failed_at};
use super::specs;

#[derive(clap::Args)]
#[command(after_long_help = "\
A build script does not know the names that an earlier build assigned. With this file, `Builder::names` gives every item the same \
name again. Items with a name in FILE keep it, new items get one, and items that are gone from the specs lose theirs.

Exit status: 0 done; 1 FILE would change (--check); 2 wrong usage, or specs or names that cannot be read.")]
pub(crate) struct Args {
    /// Specs: files (.json, .jsonl) or folders of them
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    spec: Vec<PathBuf>,
    /// The file of names
    #[arg(long, value_name = "FILE", default_value = "names.json")]
    out: PathBuf,
    /// Write nothing, and fail if the file would change
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let apis = specs::load(&args.spec)?;
    let names = Register::load(&args.out)?.renewed(&apis).map_err(|methods| {
        let twice = methods.into_iter().map(|method| EmitError::Twice(method).to_string());
        Stop::Failed(twice.collect::<Vec<_>>().join("\nerror: "))
    })?;
    let (path, text) = (args.out.display(), names.to_json());
    if std::fs::read(&args.out).is_ok_and(|there| there == text.as_bytes()) {
        output.line(&format!("{path}: up to date"))?;
        return Ok(0);
    }
    if args.check {
        output.line(&format!("{path}: would be written; run without --check to write it"))?;
        return Ok(1);
    }
    std::fs::write(&args.out, text).map_err(|error| failed_at(&args.out, format!("cannot be written: {error}")))?;
    output.line(&format!("{path}: written, {}", counted(apis.len(), "API", "APIs")))?;
    Ok(0)
}
