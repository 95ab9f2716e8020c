//! Pages from a real HTTP server that imitates the document endpoint, in good days and in bad ones.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod add;
mod catalogue;
mod command;
mod degraded;
mod failures;
mod pages;
mod site;
#[cfg(target_os = "linux")]
#[path = "../support/terminal.rs"]
mod terminal;
mod watch;
mod whole;
mod workflows;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use site::Site;
use topsdk_codegen::fetch::{Fetch, FetchOptions, FetchedPage, Form, Known, Outcome, Step, Wanted};

/// A repository with the names and the manifest of bindings, in which no API is yet.
fn repository() -> tempfile::TempDir {
    let repository = tempfile::tempdir().unwrap();
    for folder in ["spec/pages", "generated/src"] {
        fs::create_dir_all(repository.path().join(folder)).unwrap();
    }
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/seed/generated/Cargo.toml");
    fs::copy(manifest, repository.path().join("generated/Cargo.toml")).unwrap();
    repository
}

/// Runs a command that asks a site, as a user would, and returns its exit status, standard output and standard error.
fn topsdk(site: &Site, arguments: &[&str], folder: &Path) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
    command.args(arguments).args(["--base-url", &site.address, "--pause", "0"]).current_dir(folder);
    for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"] {
        command.env_remove(proxy);
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// FetchOptions for a site that is near and patient.
fn options(site: &Site) -> FetchOptions {
    let mut options = FetchOptions::new(Form::Document);
    options.base = site.address.parse().unwrap();
    options.pause = Duration::ZERO;
    options.backoff = Duration::from_millis(1);
    options.timeout = Duration::from_secs(20);
    options
}

/// A run that begins.
fn start(options: FetchOptions, wanted: Vec<Wanted>, known: &Known, folder: &Path) -> Fetch {
    Fetch::start(topsdk_codegen::fetch::Site::new(&options), wanted, known, folder).unwrap()
}

fn wanted(ids: &[u64]) -> Vec<Wanted> {
    ids.iter().map(|id| Wanted { id: *id, method: None }).collect()
}

/// All steps of a run, as `id outcome` or `id waits`.
fn steps(run: &mut Fetch) -> Vec<String> {
    run.map(|step| match step {
        Step::Page(page) => format!("{} {}", page.id, word(&page)),
        Step::Wait { id, .. } => format!("{id} waits"),
        Step::Rest { .. } => "rest".to_owned(),
    })
    .collect()
}

fn word(page: &FetchedPage) -> String {
    match &page.outcome {
        Outcome::New => "new".to_owned(),
        Outcome::Changed => "changed".to_owned(),
        Outcome::Unchanged => "unchanged".to_owned(),
        Outcome::Alike(members) => format!("alike {members:?}"),
        Outcome::Resumed => "resumed".to_owned(),
        Outcome::Refused(_) => "refused".to_owned(),
    }
}

fn run(site: &Site, ids: &[u64], folder: &Path) -> Vec<String> {
    run_with(options(site), ids, folder)
}

fn run_with(options: FetchOptions, ids: &[u64], folder: &Path) -> Vec<String> {
    steps(&mut start(options, wanted(ids), &Known::default(), folder))
}

/// Why the only page of a run was refused.
fn refusal(mut run: Fetch) -> String {
    refusal_of(&mut run)
}

/// Why the next page that is refused was refused.
fn refusal_of(run: &mut Fetch) -> String {
    let refused = run.find_map(|step| match step {
        Step::Page(FetchedPage { outcome: Outcome::Refused(error), .. }) => Some(error.to_string()),
        _ => None,
    });
    refused.unwrap()
}

/// The files of a folder and what is in them.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    files.sort();
    files
}

fn names(folder: &Path) -> Vec<String> {
    files(folder).into_iter().map(|(name, _)| name).collect()
}
