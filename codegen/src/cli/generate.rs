//! `topsdk generate`: generates a crate of bindings from specs.

use std::path::{Path, PathBuf};

use topsdk_codegen::check;
use topsdk_codegen::emit::{self, Topsdk};
use topsdk_codegen::names::{self, Register};
use topsdk_codegen::update::{Crate, Written};

use super::output::{Output, Stop};
use super::{Format, crate_place, specs};

const ABOUT: &str = "\
A crate that was generated before keeps its names (names.json beside its manifest), its features and its manifest: only the
features of the APIs change there, and the dependency on topsdk where --topsdk says another path.

Exit status: 0 done; 1 something would change (--check); 2 usage, or specs that cannot be read.";

/// The file with the assigned names of all items of a crate, in the folder of its manifest.
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
    /// The folder of the crate `topsdk`, which a new crate depends on by its path; in a checkout of topsdk it is known
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
    let there = Crate::open(&args.out, args.check).map_err(Stop::failed)?;
    let names = match &args.names {
        Some(path) if !path.exists() => return Err(Stop::Failed(format!("{}: does not exist", path.display()))),
        Some(path) => Register::load(path).map_err(Stop::failed)?,
        None => Register::load(&args.out.join(NAMES)).map_err(Stop::failed)?,
    };
    let types = apis.iter().flat_map(|api| check::types(api, None));
    for found in names::findings(&apis).into_iter().chain(types) {
        output.finding(&found, None)?;
    }
    let folder = crate_place::real(&args.out)?;
    let topsdk = topsdk(args, &folder)?;
    let topsdk = match (&topsdk, &args.topsdk) {
        (None, _) => Topsdk::Kept,
        (Some(path), None) => Topsdk::KeptOr(path),
        (Some(path), Some(_)) => Topsdk::At(path),
    };
    if args.names.is_none() && there.text("Cargo.toml").is_some() && !args.out.join(NAMES).exists() {
        let path = args.out.join(NAMES);
        output.remark(&format!("{}: not there, so all names of this crate follow from the rules", path.display()))?;
    }
    let options = emit::Options { name: &args.name, topsdk, names: &names };
    let files = emit::krate_after(&apis, &options, &|path| there.text(path)).map_err(|errors| {
        let errors: Vec<_> = errors.iter().map(|error| shown(error, args)).collect();
        Stop::Failed(errors.join("\nerror: "))
    })?;
    let written = there.write(files, args.check).map_err(Stop::failed)?;
    report(&written, apis.len(), args, output)?;
    if let Some(missing) = crate_place::missing_in_workspace(&folder)
        && output.format() == Format::Text
    {
        let (manifest, path) = (missing.manifest.display(), &missing.path);
        output.line(&format!(
            "{manifest}: this workspace does not list the crate, and Cargo will not build it; add one of these lines to \
             [workspace], or the path to the list that is there:\n    members = [{path:?}]\n    exclude = [{path:?}]"
        ))?;
    }
    Ok(u8::from(args.check && !written.is_up_to_date()))
}

/// Returns the path of the crate `topsdk`, relative to the new crate.
fn topsdk(args: &Args, folder: &Path) -> Result<Option<String>, Stop> {
    let topsdk = match &args.topsdk {
        Some(path) => {
            let failed = |error| Stop::Failed(format!("{}: not the folder of a crate: {error}", path.display()));
            path.join("Cargo.toml").metadata().map_err(failed)?;
            Some(path.canonicalize().map_err(failed)?)
        }
        None => crate_place::topsdk_of_checkout(folder),
    };
    Ok(topsdk.map(|topsdk| crate_place::relative(folder, &topsdk)))
}

fn shown(error: &emit::Error, args: &Args) -> String {
    match error {
        emit::Error::Manifest(error) => format!("{}: {error}", args.out.join("Cargo.toml").display()),
        error => error.to_string(),
    }
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
