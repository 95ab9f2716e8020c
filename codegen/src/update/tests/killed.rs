//! Tests that an update killed at any write is completed by the next one, with the same files as without an interruption.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::{OTHER, Repository, Texts};
use crate::emit::{self, Topsdk};
use crate::names::Register;
use crate::update::{Crate, UpdateError, UpdateOptions, Workspace};

/// The environment variables of a child process of this test: its folder, the number of steps after which it ends, and the
/// version that it releases.
const ROOT: &str = "TOPSDK_KILLED_ROOT";
const LEFT: &str = "TOPSDK_KILLED_LEFT";
const RELEASE: &str = "TOPSDK_KILLED_RELEASE";

/// The value in place of a version that makes the child generate a crate.
const GENERATE: &str = "generate";

/// The exit status of a process that ended at a step.
const KILLED: i32 = 77;

static STEPS: AtomicUsize = AtomicUsize::new(0);

/// A step at which a process may end: half of a file is written, or a file is about to be renamed or removed.
pub(in crate::update) fn step() {
    let Ok(left) = std::env::var(LEFT) else { return };
    if STEPS.fetch_add(1, Ordering::Relaxed) == left.parse::<usize>().unwrap() {
        std::process::exit(KILLED);
    }
}

/// The child process that is killed; not a test of its own.
#[test]
#[ignore = "run by the tests of this file"]
fn child() {
    let Ok(root) = std::env::var(ROOT) else { return };
    let work = std::env::var(RELEASE);
    if work.as_deref() == Ok(GENERATE) {
        return generate(Path::new(&root));
    }
    let workspace = Workspace::open(root).unwrap();
    match work {
        Ok(version) => drop(workspace.release(&version).unwrap()),
        Err(_) => drop(workspace.update(&options(), &|| {}).unwrap()),
    }
}

/// Generates a crate from the specs in `specs.jsonl` beside it.
fn generate(root: &Path) {
    let there = Crate::open(root, false).unwrap();
    let apis = topsdk_spec::load(&root.join("specs.jsonl")).unwrap();
    let names = Register::load(&root.join("names.json")).unwrap();
    let options = emit::CrateOptions { name: "bindings", topsdk: Topsdk::KeptOr("../topsdk"), names: &names };
    let files = emit::krate(&apis, &options, |path| there.text(path)).unwrap();
    there.write(files).unwrap();
}

/// Returns options that accept the removal of any number of pages.
fn options() -> UpdateOptions {
    UpdateOptions { accept: vec!["gone".to_owned()], ..UpdateOptions::default() }
}

/// Runs an update, or a release, in a process that ends after `left` steps. Returns whether it was killed.
fn is_killed(root: &Path, left: usize, release: Option<&str>) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "update::tests::killed::child", "--ignored", "--test-threads=1"]);
    command.env(ROOT, root).env(LEFT, left.to_string());
    if let Some(version) = release {
        command.env(RELEASE, version);
    }
    let output = command.output().unwrap();
    match output.status.code() {
        Some(0) => false,
        Some(KILLED) => true,
        _ => panic!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)),
    }
}

fn page(method: &str) -> String {
    format!("spec/pages/{method}.json")
}

/// Returns the document of an API whose response has this field: a short one, as it is read again after every step.
fn document(method: &str, field: &str) -> String {
    let rows = [field, "unit", "time"].map(|name| format!(r#"{{"name":"{name}","type":"String"}}"#)).join(",");
    format!(r#"{{"data":{{"name":"{method}","requestParams":[],"responseParams":[{rows}]}}}}"#)
}

fn repository(files: &Texts) -> Repository {
    let repository = Repository::empty();
    for (path, text) in files {
        repository.write(path, text);
    }
    repository
}

/// Kills a process at its first step, its second and so on, in copies of a repository, and has `again` complete each.
fn at_every_step(before: &Texts, after: &Texts, release: Option<&str>, again: impl Fn(&Repository) + Sync) {
    const AT_ONCE: usize = 16;
    let mut killed = 0;
    for first in (0..).step_by(AT_ONCE) {
        let count: usize = (first..first + AT_ONCE)
            .into_par_iter()
            .map(|step| {
                let repository = repository(before);
                let is_killed = is_killed(repository.0.path(), step, release);
                if is_killed {
                    for (path, found) in repository.files().iter().filter(|(path, _)| !path.contains(".topsdk-new")) {
                        let is_whole = [before, after].iter().any(|files| files.get(path) == Some(found));
                        assert!(is_whole || path == "spec/unreleased.json", "{step}: {path} is neither old nor new");
                    }
                    again(&repository);
                }
                assert_eq!(repository.files(), *after, "step {step}");
                usize::from(is_killed)
            })
            .sum();
        killed += count;
        if count < AT_ONCE {
            break;
        }
    }
    assert!(killed >= 6, "only {killed} steps");
}

/// Returns a repository in which an update has work of every kind: one API is new, one is removed with its folder, one has
/// changed, and one is again as released.
fn pending() -> Repository {
    let repository = Repository::new();
    repository.write("CHANGELOG.md", "# Changelog\n\nBy hand.\n\n## Unreleased\n\n* By hand.\n");
    for method in ["taobao.gone.get", "taobao.reverted.get", OTHER] {
        repository.write(&page(method), &document(method, "value"));
    }
    repository.update();
    Workspace::open(repository.0.path()).unwrap().release("0.1.0").unwrap();
    repository.write(&page("taobao.reverted.get"), &document("taobao.reverted.get", "worth"));
    repository.update();

    repository.write(&page("taobao.reverted.get"), &document("taobao.reverted.get", "value"));
    repository.write(&page(OTHER), &document(OTHER, "worth"));
    std::fs::remove_file(repository.path(&page("taobao.gone.get"))).unwrap();
    repository.write(&page("tmall.new.get"), &document("tmall.new.get", "value"));
    repository
}

#[test]
fn an_update_killed_at_any_write_is_completed_by_the_next() {
    let before = pending().files();
    let done = repository(&before);
    done.run(&options()).unwrap();
    let after = done.files();
    assert!(!after["CHANGELOG.md"].contains("taobao.reverted.get") || before["CHANGELOG.md"].contains("reverted"));
    assert!(!after["spec/unreleased.json"].contains("taobao.reverted.get"), "{}", after["spec/unreleased.json"]);
    at_every_step(&before, &after, None, |repository| drop(repository.run(&options()).unwrap()));
}

#[test]
fn a_first_update_killed_at_any_write_is_completed_by_the_next() {
    let before = Repository::new().files();
    let done = repository(&before);
    done.update();
    at_every_step(&before, &done.files(), None, |repository| drop(repository.update()));
}

#[test]
fn a_release_killed_at_any_write_is_completed_by_the_next() {
    let unreleased = pending();
    unreleased.run(&options()).unwrap();
    let before = unreleased.files();
    let release =
        |repository: &Repository| drop(Workspace::open(repository.0.path()).unwrap().release("0.2.0").unwrap());
    let done = repository(&before);
    release(&done);
    let after = done.files();
    assert_eq!(after["spec/unreleased.json"], "{}\n");
    at_every_step(&before, &after, Some("0.2.0"), release);
    let again = Workspace::open(done.0.path()).unwrap().release("0.2.0");
    assert!(matches!(again, Err(UpdateError::Version(..))), "{again:?}");
}

#[test]
fn a_generation_killed_at_any_write_is_completed_by_the_next() {
    let spec = |method: &str, field: &str| {
        format!(
            r#"{{"method":"{method}","source":{{"page":"{method}.html","sha256":"00","layout":"html"}},"response":[{{"name":"{field}","type":"Number"}}]}}"#
        ) + "\n"
    };
    let crate_of = |specs: &[String], before: &Texts| {
        let repository = repository(before);
        repository.write("specs.jsonl", &specs.concat());
        repository
    };
    let old = [spec("taobao.item.get", "id"), spec("taobao.gone.get", "id"), spec("tmall.gone.get", "id")];
    let new = [spec("taobao.item.get", "name"), spec("alibaba.new.get", "id")];
    let other = [spec("alitrip.other.get", "id")];
    let first = crate_of(&old, &Texts::new());
    generate(first.0.path());
    let before = crate_of(&new, &first.files()).files();
    let done = repository(&before);
    generate(done.0.path());
    let after = done.files();
    assert!(after["names.json"].contains("alibaba.new.get"), "{after:?}");
    at_every_step(&before, &after, Some(GENERATE), |repository| generate(repository.0.path()));
    // A run with other specs also completes it: no module and no name of the killed run is left.
    let but_manifest = |repository: &Repository| {
        let mut files = repository.files();
        files.remove("Cargo.toml").unwrap();
        files
    };
    let after = crate_of(&other, &after);
    generate(after.0.path());
    let after = but_manifest(&after);
    for step in (0..40).step_by(3) {
        let repository = repository(&before);
        is_killed(repository.0.path(), step, Some(GENERATE));
        repository.write("specs.jsonl", &other.concat());
        generate(repository.0.path());
        assert_eq!(but_manifest(&repository), after, "step {step}");
    }
}
