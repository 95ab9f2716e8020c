//! `topsdk generate`: generates a crate of bindings from specs.

use std::fs;
use std::path::{Component, Path, PathBuf};

use serde_json::json;
use toml_edit::{DocumentMut, Item, Value};
use topsdk_codegen::check;
use topsdk_codegen::emit::{self, EmitError, Topsdk};
use topsdk_codegen::names::{self, Register};
use topsdk_codegen::update::{Crate, Written};

use super::output::{Output, Stop, counted, failed_at};
use super::{repository, specs};

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
    let own_names = args.out.join("names.json");
    let names = match &args.names {
        Some(path) if !path.exists() => return Err(failed_at(path, "does not exist")),
        path => Register::load(path.as_ref().unwrap_or(&own_names))?,
    };
    let types = apis.iter().flat_map(|api| check::types(api, None));
    for found in names::findings(&apis).into_iter().chain(types) {
        output.finding(&found, None)?;
    }
    let folder = real(&args.out)?;
    let topsdk = topsdk(args.topsdk.as_deref(), &folder)?;
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
    let files = emit::krate(&apis, &options, |path| there.text(path)).map_err(|errors| {
        let shown = errors.iter().map(|error| match error {
            EmitError::Manifest(error) => format!("{}: {error}", args.out.join("Cargo.toml").display()),
            error => error.to_string(),
        });
        Stop::Failed(shown.collect::<Vec<_>>().join("\nerror: "))
    })?;
    let written = there.write(files)?;
    report(&written, apis.len(), args, output)?;
    if let Some((manifest, path)) = missing_in_workspace(&folder).filter(|_| !output.is_json()) {
        let manifest = manifest.display();
        output.line(&format!(
            "{manifest}: this workspace does not list the crate, so Cargo will not build it; add one of these lines to \
             [workspace], or the path to the list that is there:\n    members = [{path:?}]\n    exclude = [{path:?}]"
        ))?;
    }
    Ok(u8::from(args.check && !written.is_up_to_date()))
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

/// Returns the absolute path of a folder with symbolic links resolved. The folder need not exist.
fn real(folder: &Path) -> Result<PathBuf, Stop> {
    let failed = |error| failed_at(folder, format!("cannot be read: {error}"));
    let whole = std::path::absolute(folder).map_err(failed)?;
    let there = whole.ancestors().find(|folder| folder.exists()).unwrap_or(&whole);
    let rest = whole.strip_prefix(there).unwrap_or(Path::new(""));
    Ok(there.canonicalize().map_err(failed)?.join(rest))
}

/// Returns the path of the crate `topsdk`, relative to the folder of the new crate.
fn topsdk(given: Option<&Path>, folder: &Path) -> Result<Option<String>, Stop> {
    let topsdk = match given {
        Some(path) => {
            let found = path.join("Cargo.toml").metadata().and_then(|_| path.canonicalize());
            Some(found.map_err(|error| failed_at(path, format!("not the folder of a crate: {error}")))?)
        }
        None => topsdk_of_checkout(folder),
    };
    Ok(topsdk.map(|topsdk| relative(folder, &topsdk)))
}

/// Returns the folder of the crate `topsdk` in the checkout that contains `folder`, else in the current checkout.
fn topsdk_of_checkout(folder: &Path) -> Option<PathBuf> {
    let above = folder.ancestors().find(|folder| folder.join("spec/pages").is_dir()).map(Path::to_owned);
    let topsdk = above.or_else(repository::here)?.join("generated");
    let is_topsdk = manifest(&topsdk)?.get("package")?.get("name")?.as_str()? == "topsdk";
    topsdk.canonicalize().ok().filter(|_| is_topsdk)
}

fn manifest(folder: &Path) -> Option<DocumentMut> {
    fs::read_to_string(folder.join("Cargo.toml")).ok()?.parse().ok()
}

/// Returns the relative path from one folder to another, with `/` as separator. Returns `to` itself if they share no root.
fn relative(from: &Path, to: &Path) -> String {
    let shared = from.components().zip(to.components()).take_while(|(one, other)| one == other).count();
    if shared == 0 {
        return to.to_string_lossy().into_owned();
    }
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let down = to.components().skip(shared);
    let path: Vec<_> = up.chain(down).map(|part| part.as_os_str().to_string_lossy()).collect();
    if path.is_empty() { ".".to_owned() } else { path.join("/") }
}

/// Finds the workspace that Cargo would use for a crate in this folder, the nearest one above it. Returns the path of its
/// manifest, and the path of the crate relative to the workspace. Returns `None` if there is no workspace, or if its manifest
/// has the crate as a member, excludes it or depends on it.
fn missing_in_workspace(folder: &Path) -> Option<(PathBuf, String)> {
    let mut manifests = folder.ancestors().skip(1).filter_map(|root| Some((root, manifest(root)?)));
    let (root, manifest) =
        manifests.find(|(_, manifest)| manifest.get("workspace").is_some_and(Item::is_table_like))?;
    let path = relative(root, folder);
    let list = |key: &str| {
        let list = manifest["workspace"].get(key).and_then(Item::as_array);
        list.into_iter().flatten().filter_map(Value::as_str)
    };
    let is_member = list("members").any(|member| {
        let member = member.trim_start_matches("./").trim_end_matches('/');
        glob::Pattern::new(member).is_ok_and(|pattern| pattern.matches_with(&path, SEGMENTS))
    });
    let is_excluded = list("exclude").any(|excluded| Path::new(&path).starts_with(excluded));
    let is_dependency = manifest.get("dependencies").and_then(Item::as_table_like).is_some_and(|dependencies| {
        let mut paths = dependencies.iter().filter_map(|(_, item)| item.get("path")?.as_str());
        paths.any(|path| root.join(path).canonicalize().is_ok_and(|path| path == folder))
    });
    (!is_member && !is_excluded && !is_dependency).then(|| (root.join("Cargo.toml"), path))
}

/// Glob options in which `*` matches within one path segment.
const SEGMENTS: glob::MatchOptions =
    glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{missing_in_workspace, relative};

    #[test]
    fn relative_path_leads_from_one_folder_to_the_other() {
        for (from, to, path) in [
            ("/a/b/c", "/a/topsdk/generated", "../../topsdk/generated"),
            ("/a", "/a/b", "b"),
            ("/a/b", "/a", ".."),
            ("/a", "/a", "."),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)), path);
        }
    }

    #[test]
    fn workspace_members_and_exclusions_are_recognised() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let krate = root.join("crates/apis");
        fs::create_dir_all(&krate).unwrap();
        for (manifest, is_missing) in [
            ("[workspace]\nmembers = [\"app\"]\n", true),
            ("[workspace]\nmembers = [\"*\"]\n", true),
            ("[workspace]\nmembers = [\"crates/*\"]\n", false),
            ("[workspace]\nmembers = [\"./crates/apis/\"]\n", false),
            ("[workspace]\nexclude = [\"crates\"]\n", false),
            ("[workspace]\nexclude = [\"crate\"]\n", true),
            ("[workspace]\n[dependencies]\napis = { path = \"crates/apis\" }\n", false),
        ] {
            fs::write(root.join("Cargo.toml"), manifest).unwrap();
            let missing = missing_in_workspace(&krate);
            assert_eq!(missing.is_some(), is_missing, "{manifest}");
            assert!(missing.is_none_or(|(_, path)| path == "crates/apis"), "{manifest}");
        }
    }
}
