//! `topsdk generate`: specs to a crate of bindings.

use std::path::PathBuf;

use topsdk_codegen::emit;
use topsdk_codegen::names::Register;
use topsdk_codegen::workspace;

use super::output::{Output, Stop};
use super::{Format, specs};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Specs: files (.json, .jsonl) or folders of them
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    spec: Vec<PathBuf>,
    /// The folder of the crate
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The crate's name
    #[arg(long = "crate", value_name = "NAME")]
    name: String,
    /// The folder of the crate `topsdk`, to depend on it by path
    #[arg(long, value_name = "PATH")]
    topsdk: Option<PathBuf>,
    /// Names that were given to items before, as `topsdk update` keeps them in spec/names.json
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
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
        None => Register::default(),
    };
    let topsdk = args.topsdk.as_ref().map(|path| {
        let failed = |error| Stop::Failed(format!("{}: not the folder of a crate: {error}", path.display()));
        path.canonicalize().map_err(failed)
    });
    let topsdk = topsdk.transpose()?;
    let options = emit::Options { name: &args.name, topsdk: topsdk.as_deref(), names: &names };
    let files = emit::krate(&apis, &options).map_err(|errors| {
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        Stop::Failed(errors.join("\nerror: "))
    })?;
    let written = workspace::write_crate(&args.out, files).map_err(Stop::failed)?;
    output.line(&match output.format() {
        Format::Text => format!(
            "{}: {} APIs, {} files, {} written, {} removed",
            args.out.display(),
            apis.len(),
            written.total,
            written.written.len(),
            written.removed.len(),
        ),
        Format::Json => serde_json::json!({
            "apis": apis.len(), "files": written.total, "written": written.written, "removed": written.removed,
        })
        .to_string(),
    })?;
    Ok(0)
}
