//! rustdoc says nothing of what is generated: each case of the emitter, and the whole catalogue with values and prose that
//! are hard to quote. The sample of each case is a program that runs.
//!
//! The catalogue is somebody else's and not part of this project; `TOPSDK_CORPUS` names its folder.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use topsdk_codegen::emit::{self, CrateOptions, File, Topsdk};
use topsdk_codegen::names::Register;
use topsdk_spec::Api;
use topsdk_tests::{corpus, documents, put, root, standalone};

#[test]
#[cfg_attr(not(slow), ignore = "compiles crates: needs TOPSDK_SLOW=1")]
fn each_case_of_the_emitter_is_documented_without_a_warning() {
    let cases = root().join("codegen/tests/emitted");
    let mut modules: Vec<_> = fs::read_dir(&cases).unwrap().map(|entry| entry.unwrap().path().join("mod.rs")).collect();
    modules.retain(|module| module.exists());
    modules.sort();
    assert!(modules.len() >= 36, "{}", modules.len());
    let declared: String =
        modules.iter().map(|module| format!("#[path = {module:?}]\npub mod {};\n", case(module))).collect();
    let topsdk = root().join("generated").to_string_lossy().into_owned();
    let options = CrateOptions { name: "emitted", topsdk: Topsdk::At(&topsdk), names: &Register::default() };
    let mut files = emit::krate(&[], &options, |_| None).unwrap();
    files.retain(|file| file.path == "Cargo.toml");
    files.push(File { path: "src/lib.rs".to_owned(), text: format!("//! Cases of the emitter.\n\n{declared}") });
    document(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("documented-cases"), files);
}

#[test]
#[cfg_attr(not(slow), ignore = "compiles crates: needs TOPSDK_SLOW=1")]
fn the_sample_of_each_case_runs() {
    let cases = fs::read_dir(root().join("codegen/tests/emitted")).unwrap();
    let mut apis: Vec<Api> = cases
        .map(|entry| entry.unwrap().path())
        .filter(|case| case.join("mod.rs").exists())
        .filter_map(|case| {
            let mut api = Api::from_json(&fs::read_to_string(case.join("spec.json")).ok()?).unwrap();
            // Most are of one method.
            api.method = format!("{}.{}", api.method, case.file_name()?.to_str()?);
            Some(api)
        })
        .collect();
    apis.sort_by(|one, other| one.method.cmp(&other.method));
    assert!(apis.len() >= 35, "{}", apis.len());
    let topsdk = root().join("generated").to_string_lossy().into_owned();
    let options = CrateOptions { name: "samples", topsdk: Topsdk::At(&topsdk), names: &Register::default() };
    let files = emit::krate(&apis, &options, |_| None).unwrap();
    let said = cargo(&["test", "--doc"], &Path::new(env!("CARGO_TARGET_TMPDIR")).join("documented-samples"), files);
    assert!(said.contains(&format!("{} passed; 0 failed; 0 ignored", apis.len())), "{said}");
}

fn case(module: &Path) -> &str {
    module.parent().unwrap().file_name().unwrap().to_str().unwrap()
}

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn the_catalogue_is_documented_without_a_warning() {
    let corpus = corpus();
    let pages = tempfile::tempdir().unwrap();
    let apis = documents(&corpus, pages.path(), true).unwrap();
    assert!(apis.len() >= 3_153);
    let topsdk = root().join("generated").to_string_lossy().into_owned();
    let options = CrateOptions { name: "catalogue", topsdk: Topsdk::At(&topsdk), names: &Register::default() };
    document(
        &Path::new(env!("CARGO_TARGET_TMPDIR")).join("documented"),
        emit::krate(&apis, &options, |_| None).unwrap(),
    );
}

/// Runs rustdoc over a crate, with warnings denied.
fn document(folder: &Path, files: Vec<File>) {
    cargo(&["doc", "--no-deps"], folder, files);
}

/// What cargo says of a crate where it succeeds.
fn cargo(command: &[&str], folder: &Path, files: Vec<File>) -> String {
    for File { path, text } in standalone(files) {
        put(&folder.join(path), &text);
    }
    // The versions that the repository itself was compiled with are there without a network.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let output = topsdk_tests::cargo()
        .args(command)
        .args(["--offline", "--quiet", "--all-features"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap())
        .env("RUSTDOCFLAGS", "-D warnings")
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said: String = String::from_utf8_lossy(&said).chars().take(8_000).collect();
    assert!(output.status.success(), "{said}");
    said
}
