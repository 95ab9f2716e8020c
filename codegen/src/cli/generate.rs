//! `topsdk generate`: generates a crate of bindings from specs.

use std::path::{Path, PathBuf};

use serde_json::json;
use topsdk_codegen::check;
use topsdk_codegen::emit::{self, Topsdk};
use topsdk_codegen::names::{self, Register};
use topsdk_codegen::update::{Crate, Written};

use super::output::{Output, Stop, counted, failed_at};
use super::{crate_place, specs};

/// The file with the assigned names of all items of a crate, in the folder of its manifest.
const NAMES: &str = "names.json";

#[derive(clap::Args)]
#[command(after_long_help = "\
A crate that was generated before keeps its names (names.json beside its manifest) and its manifest. In the manifest only the \
features of the APIs change, and the dependency on topsdk if --topsdk gives another path.

Exit status: 0 done; 1 something would change (--check); 2 wrong usage, or specs that cannot be read.")]
pub(crate) struct Args {
    /// Specs: files (.json, .jsonl) or folders of them
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    spec: Vec<PathBuf>,
    /// The folder of the crate; a crate that is there is updated
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The crate's name
    #[arg(long = "crate", value_name = "NAME")]
    name: String,
    /// The folder of the crate `topsdk`, on which a new crate depends by its path [default: that of the checkout of topsdk]
    #[arg(long, value_name = "PATH")]
    topsdk: Option<PathBuf>,
    /// The file of names to keep [default: names.json of the crate]
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// Write nothing, and fail if anything would change
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let apis = specs::load_some(&args.spec)?;
    let there = Crate::open(&args.out, args.check)?;
    let own_names = args.out.join(NAMES);
    let names = match &args.names {
        Some(path) if !path.exists() => return Err(failed_at(path, "does not exist")),
        path => Register::load(path.as_ref().unwrap_or(&own_names))?,
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
    if args.names.is_none() && there.text("Cargo.toml").is_some() && !own_names.exists() {
        let path = own_names.display();
        output.note(&format!("{path}: does not exist, so all names of this crate follow from the rules"))?;
    }
    let options = emit::CrateOptions { name: &args.name, topsdk, names: &names };
    let files = emit::krate_after(&apis, &options, &|path| there.text(path)).map_err(|errors| {
        let errors: Vec<_> = errors.iter().map(|error| shown(error, args)).collect();
        Stop::Failed(errors.join("\nerror: "))
    })?;
    let written = there.write(files, args.check)?;
    report(&written, apis.len(), args, output)?;
    if let Some(missing) = crate_place::missing_in_workspace(&folder)
        && !output.is_json()
    {
        let (manifest, path) = (missing.manifest.display(), &missing.path);
        output.line(&format!(
            "{manifest}: this workspace does not list the crate, so Cargo will not build it; add one of these lines to \
             [workspace], or the path to the list that is there:\n    members = [{path:?}]\n    exclude = [{path:?}]"
        ))?;
    }
    Ok(u8::from(args.check && !written.is_up_to_date()))
}

/// Returns the path of the crate `topsdk`, relative to the new crate.
fn topsdk(args: &Args, folder: &Path) -> Result<Option<String>, Stop> {
    let topsdk = match &args.topsdk {
        Some(path) => {
            let failed = |error| failed_at(path, format!("not the folder of a crate: {error}"));
            path.join("Cargo.toml").metadata().map_err(failed)?;
            Some(path.canonicalize().map_err(failed)?)
        }
        None => crate_place::topsdk_of_checkout(folder),
    };
    Ok(topsdk.map(|topsdk| crate_place::relative(folder, &topsdk)))
}

fn shown(error: &emit::EmitError, args: &Args) -> String {
    match error {
        emit::EmitError::Manifest(error) => format!("{}: {error}", args.out.join("Cargo.toml").display()),
        error => error.to_string(),
    }
}

fn report(written: &Written, apis: usize, args: &Args, output: &mut Output) -> Result<(), Stop> {
    let Written { written, removed, total } = written;
    if args.check && !output.is_json() {
        written.iter().try_for_each(|path| output.line(&format!("would be written: {path}")))?;
        removed.iter().try_for_each(|path| output.line(&format!("would be removed: {path}")))?;
    }
    let text = || {
        let what = match (args.check, written.len(), removed.len()) {
            (true, 0, 0) => "up to date".to_owned(),
            (true, written, removed) => {
                format!("{written} would be written, {removed} removed; run without --check to write them")
            }
            (false, written, removed) => format!("{written} written, {removed} removed"),
        };
        format!("{}: {}, {total} files, {what}", args.out.display(), counted(apis, "API", "APIs"))
    };
    output.line_as(text, || json!({ "apis": apis, "files": total, "written": written, "removed": removed }))
}
