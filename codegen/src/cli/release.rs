//! `topsdk release`: moves the unreleased entries of the changelog under a version.

use std::path::PathBuf;

use topsdk_codegen::update::{Release, Workspace};

use super::output::{Output, Stop};
use super::{Format, repository};

const ABOUT: &str = "\
Moves all that stands under Unreleased in CHANGELOG.md under VERSION, and empties spec/unreleased.json. The manifest and the
tag are yours.

Exit status: 0 done; 2 the version cannot be released, or usage.";

#[derive(clap::Args)]
#[command(after_long_help = ABOUT)]
pub(crate) struct Args {
    /// The version, such as 0.2.0
    version: String,
    /// The repository; the nearest folder with spec/pages otherwise
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let workspace = Workspace::open(repository::root_or(args.root.as_ref())?).map_err(Stop::failed)?;
    let Release { entries, files, next } = workspace.release(&args.version).map_err(Stop::failed)?;
    if let Some(next) = next.filter(|next| next.next != args.version) {
        let (verdict, since) = (next.verdict, &next.since);
        output.remark(&format!("the changes since {since} are {verdict}, which asks for {}", next.next))?;
    }
    match output.format() {
        Format::Json => {
            let line = serde_json::json!({ "version": args.version, "entries": entries, "files": files });
            output.line(&line.to_string())?;
        }
        Format::Text => {
            for file in &files {
                output.line(&format!("wrote {file}"))?;
            }
            let entries = if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") };
            output.line(&format!("{}: {entries} of APIs", args.version))?;
        }
    }
    Ok(0)
}
