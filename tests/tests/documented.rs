//! The documented examples of every API in this repository, and of the pages that the tests own, through their generated types.
//!
//! One folder of snapshots for each API: `tests/apis/METHOD/`, and `tests/fixtures/METHOD/` for the pages in `tests/pages/`,
//! which show what the generator makes of a recursive type, a list at the top, contested names, a request without parameters and
//! an upload. A snapshot shows; `Examples` proves that what is decoded can be written and read again, and a fault of a page's
//! sample has to be one that `lint` reports. The build script lists the APIs.
//!
//! `INSTA_UPDATE=always` accepts all snapshots in one run and clears away what belongs to no API.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use topsdk::codec::Request;
use topsdk_codegen::check::overrides::Overrides;
use topsdk_codegen::names::{ApiNames, Module, Register};
use topsdk_codegen::{emit, read};
use topsdk_spec::Api;
use topsdk_tests::root;
use topsdk_tests::snapshots::{self, Examples};

const ACCEPT: &str = "\
    accept them:   INSTA_UPDATE=always cargo test -p topsdk-tests --test documented\n\
    review them:   cargo insta test --review -p topsdk-tests --test documented";

/// Where pages are, and what is expected of them.
struct Place {
    /// The folder of all snapshots, in the repository.
    folder: &'static str,
    spec: fn(&str) -> Api,
    module: fn(&Api) -> String,
    methods: &'static [&'static str],
}

/// A test for each API of a place: its name, and the API's request.
macro_rules! documented {
    (REPOSITORY $($tests:tt)*) => {
        const REPOSITORY: Place =
            Place { folder: "tests/apis", spec, module, methods: documented!(@methods $($tests)*) };
        documented!(@tests REPOSITORY $($tests)*);
    };
    (FIXTURES $($tests:tt)*) => {
        const FIXTURES: Place =
            Place { folder: "tests/fixtures", spec: fixture, module: module_of_fixture, methods: documented!(@methods $($tests)*) };
        documented!(@tests FIXTURES $($tests)*);
    };
    (@methods $($test:ident: $request:path;)*) => { &[$(<$request as Request>::METHOD),*] };
    (@tests $place:ident $($test:ident: $request:path;)*) => {
        $(
            #[test]
            fn $test() {
                documented::<$request>(&$place);
            }
        )*
    };
}

include!(concat!(env!("OUT_DIR"), "/documented.rs"));

fn documented<R>(place: &Place)
where
    R: Request,
    R::Response: Debug,
{
    let api = (place.spec)(R::METHOD);
    let show = |value: &R::Response| format!("{value:#?}");
    let examples = Examples::of(&api, &mut R::default(), R::Response::default, show).unwrap();
    let unreported = examples.unreported(&api);
    assert!(unreported.is_empty(), "{}: `topsdk lint` does not report {unreported:#?}", R::METHOD);
    let mut texts = examples.texts;
    texts.insert("spec", snapshots::spec(&api));
    texts.insert("module", snapshots::without_digest(&api, &(place.module)(&api)));
    let folder = root().join(place.folder).join(R::METHOD);
    let expected: BTreeSet<String> = texts.keys().map(|name| format!("{name}.snap")).collect();
    // insta clears away a pending file that is no longer needed, and nobody would know that it was there.
    let mut open = if std::env::var("INSTA_UPDATE").is_ok_and(|mode| mode == "no") {
        clear(&folder, &expected, accepts())
    } else {
        Vec::new()
    };
    for (name, text) in &texts {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let assert = || settings.bind(|| insta::assert_snapshot!(*name, text));
        // All of them in one run, whatever becomes of the first.
        if catch_unwind(AssertUnwindSafe(assert)).is_err() {
            open.push(format!("{name}.snap is missing, or differs from what is made now"));
        }
    }
    open.extend(clear(&folder, &expected, accepts()));
    open.dedup();
    assert!(open.is_empty(), "the snapshots of {}:\n* {}\n{ACCEPT}", R::METHOD, open.join("\n* "));
}

/// The spec of an API: what its page says, with the overrides.
fn spec(method: &str) -> Api {
    let text = fs::read_to_string(root().join("spec/apis").join(format!("{method}.json"))).unwrap();
    let api = Api::from_json(&text).unwrap();
    assert_eq!(api.to_json(), text);
    let page = fs::read(root().join("spec/pages").join(&api.source.page)).unwrap();
    let mut read = read::page(&api.source.page, &page).unwrap().api;
    Overrides::load(&root().join("spec/overrides")).unwrap().apply(&mut read).unwrap();
    assert_eq!(read, api, "run `cargo run --release -- update`");
    api
}

/// The module of an API: what its spec gives.
fn module(api: &Api) -> String {
    let register = Register::load(&root().join("spec/names.json")).unwrap();
    let path: Module = register.modules(REPOSITORY.methods.iter().copied()).remove(&api.method).unwrap();
    let stored = register.of(&api.method).cloned().unwrap_or_else(ApiNames::default);
    let emitted = snapshots::module(api, &stored, &path).unwrap();
    let path = root().join("generated/src/apis").join(emit::module_file(&path));
    assert_eq!(fs::read_to_string(path).unwrap(), emitted, "run `cargo run --release -- update`");
    emitted
}

/// What a page of the tests says.
fn fixture(method: &str) -> Api {
    let name = format!("{method}.html");
    read::page(&name, &fs::read(root().join("tests/pages").join(&name)).unwrap()).unwrap().api
}

/// The module of such a page.
fn module_of_fixture(api: &Api) -> String {
    snapshots::module(api, &ApiNames::default(), &Module::of(&api.method)).unwrap()
}

/// Whether snapshots are written as they are made.
fn accepts() -> bool {
    std::env::var("INSTA_UPDATE").is_ok_and(|mode| mode == "always")
}

/// What is in a folder and not expected there: removed where snapshots are accepted, told otherwise.
fn clear(folder: &Path, expected: &BTreeSet<String>, accepts: bool) -> Vec<String> {
    let mut told = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return told };
    for path in entries.map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if expected.contains(&name) {
            continue;
        }
        let snapshot = name.strip_suffix(".new").filter(|snapshot| expected.contains(*snapshot));
        match (accepts, snapshot) {
            (true, _) if path.is_dir() => fs::remove_dir_all(&path).unwrap(),
            (true, _) => fs::remove_file(&path).unwrap(),
            // `cargo insta test` goes on to the review.
            (false, Some(_)) if std::env::var_os("INSTA_FORCE_PASS").is_some() => {}
            (false, Some(_)) => told.push(format!("{name} waits for its review")),
            (false, None) => told.push(format!("{name} belongs to no test (any more)")),
        }
    }
    told
}

/// What cargo-insta would tell with `--unreferenced=reject`, and nobody has to install it for that.
#[test]
fn every_snapshot_folder_belongs_to_an_api() {
    for place in [REPOSITORY, FIXTURES] {
        let methods = place.methods.iter().map(|method| (*method).to_owned()).collect();
        let open = clear(&root().join(place.folder), &methods, accepts());
        assert!(open.is_empty(), "{}:\n* {}\n{ACCEPT}", place.folder, open.join("\n* "));
    }
}

#[test]
fn a_pending_snapshot_is_reported_or_removed() {
    let folder = tempfile::tempdir().unwrap();
    let files = || {
        let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect::<BTreeSet<_>>()
    };
    let expected = BTreeSet::from(["spec.snap".to_owned()]);
    for name in ["spec.snap", "spec.snap.new", "old.snap"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let mut told = clear(folder.path(), &expected, false);
    told.sort();
    let stale = "old.snap belongs to no test (any more)".to_owned();
    // `cargo insta test` shows the pending one itself.
    let pending =
        std::env::var_os("INSTA_FORCE_PASS").is_none().then(|| "spec.snap.new waits for its review".to_owned());
    assert_eq!(told, [stale].into_iter().chain(pending).collect::<Vec<_>>());
    assert_eq!(files().len(), 3);
    assert_eq!(clear(folder.path(), &expected, true), Vec::<String>::new());
    assert_eq!(files(), expected);
}
