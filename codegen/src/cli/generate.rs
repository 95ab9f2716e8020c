//! `topsdk generate`: specs to a crate of bindings.

use std::path::PathBuf;

use topsdk_codegen::emit;
use topsdk_codegen::names::{self, Register};
use topsdk_codegen::update::{Crate, Written};

use super::output::{Output, Stop};
use super::{Format, specs};

const ABOUT: &str = "\
A crate that was generated before keeps its names (names.json beside its manifest), its features and what its manifest says of
the package.

Exit status: 0 done; 1 something would change (--check); 2 usage, or specs that cannot be read.";

/// The names of all items of a crate, beside its manifest.
const NAMES: &str = "names.json";

#[derive(clap::Args)]
#[command(after_long_help = ABOUT)]
pub(crate) struct Args {
    /// Specs: files (.json, .jsonl) or folders of them
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    spec: Vec<PathBuf>,
    /// The folder of the crate; one that was generated before is brought up to date
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The crate's name
    #[arg(long = "crate", value_name = "NAME")]
    name: String,
    /// The folder of the crate `topsdk`, to depend on it by path
    #[arg(long, value_name = "PATH")]
    topsdk: Option<PathBuf>,
    /// The names that items have already, in place of the crate's own names.json
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// Write nothing, and fail if anything would change
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let apis = specs::load(&args.spec)?;
    if apis.is_empty() {
        return Err(Stop::Failed(
            "there is no spec in what --spec names; `topsdk parse` makes them of pages".to_owned(),
        ));
    }
    let names = match &args.names {
        Some(path) if !path.exists() => return Err(Stop::Failed(format!("{}: does not exist", path.display()))),
        Some(path) => Register::load(path).map_err(Stop::failed)?,
        None => Register::load(&args.out.join(NAMES)).map_err(Stop::failed)?,
    };
    for found in names::doubts(&apis) {
        output.finding(&found, None)?;
    }
    let topsdk = args.topsdk.as_ref().map(|path| {
        let failed = |error| Stop::Failed(format!("{}: not the folder of a crate: {error}", path.display()));
        path.canonicalize().map_err(failed)
    });
    let topsdk = topsdk.transpose()?;
    let there = Crate::open(&args.out).map_err(Stop::failed)?;
    if args.names.is_none() && there.text("Cargo.toml").is_some() && !args.out.join(NAMES).exists() {
        let path = args.out.join(NAMES);
        output.remark(&format!("{}: not there, so all names of this crate follow from the rules", path.display()))?;
    }
    let options = emit::Options { name: &args.name, topsdk: topsdk.as_deref(), names: &names };
    let files = emit::krate_after(&apis, &options, &|path| there.text(path)).map_err(|errors| {
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        Stop::Failed(errors.join("\nerror: "))
    })?;
    let written = there.write(files, args.check).map_err(Stop::failed)?;
    report(&written, apis.len(), args, output)?;
    Ok(u8::from(args.check && !written.is_up_to_date()))
}

fn report(written: &Written, apis: usize, args: &Args, output: &mut Output) -> Result<(), Stop> {
    let Written { written, removed, total } = written;
    if output.format() == Format::Json {
        let line = serde_json::json!({ "apis": apis, "files": total, "written": written, "removed": removed });
        return output.line(&line.to_string());
    }
    if args.check {
        for path in written {
            output.line(&format!("would be written: {path}"))?;
        }
        for path in removed {
            output.line(&format!("would be removed: {path}"))?;
        }
    }
    let what = match (args.check, written.len() + removed.len()) {
        (true, 0) => "up to date".to_owned(),
        (true, _) => {
            format!(
                "{} would be written, {} removed; nothing was: run it without --check",
                written.len(),
                removed.len()
            )
        }
        (false, _) => format!("{} written, {} removed", written.len(), removed.len()),
    };
    let apis = if apis == 1 { "1 API".to_owned() } else { format!("{apis} APIs") };
    output.line(&format!("{}: {apis}, {total} files, {what}", args.out.display()))
}
