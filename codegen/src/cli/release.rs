//! `topsdk release`: moves the unreleased entries of the changelog under a version.

use serde_json::json;
use topsdk_codegen::update::{Release, Workspace};

use super::output::{Output, Stop, counted};
use super::repository::RootArgs;

#[derive(clap::Args)]
#[command(after_long_help = "\
Moves the section Unreleased of CHANGELOG.md under VERSION, and empties spec/unreleased.json. Set the version in the manifest and \
the tag yourself.

Exit status: 0 done; 2 the version cannot be released, or wrong usage.")]
pub(crate) struct Args {
    /// The version, such as 0.2.0
    version: String,
    #[command(flatten)]
    root: RootArgs,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let workspace = Workspace::open(args.root.root()?)?;
    let Release { entries, files, next } = workspace.release(&args.version)?;
    if let Some(next) = next.filter(|next| next.version != args.version) {
        let (verdict, since) = (next.verdict, &next.since);
        output.note(&format!("the changes since {since} are {verdict}, which asks for {}", next.version))?;
    }
    if !output.is_json() {
        files.iter().try_for_each(|file| output.line(&format!("wrote {file}")))?;
    }
    let text = || format!("{}: {} of APIs", args.version, counted(entries, "entry", "entries"));
    output.line_as(text, || json!({ "version": args.version, "entries": entries, "files": files }))?;
    Ok(0)
}
