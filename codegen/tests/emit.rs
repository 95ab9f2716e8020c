//! The emitter's output for small specs of our own, one folder a case: `spec.json`, the module `mod.rs`, and
//! `diagnostics.txt` where there is something to say. Every expected module is compiled here.
//!
//! `UPDATE_EXPECTED=1 cargo test -p topsdk-codegen --test emit` writes what is new; review it as a diff.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use topsdk_codegen::emit::{self, Samples};
use topsdk_codegen::names::{Module, Names};
use topsdk_spec::Api;

macro_rules! cases {
    ($($case:ident)*) => {
        const CASES: &[&str] = &[$(stringify!($case)),*];

        $(
            #[test]
            fn $case() {
                check(stringify!($case));
            }
        )*

        // What is expected has to be Rust that compiles.
        #[rustfmt::skip]
        #[deny(nonstandard_style)]
        #[allow(dead_code, unreachable_pub, reason = "compiled, not used")]
        mod emitted {$(
            pub mod $case;
        )*}
    };
}

cases! {
    a_header_of_any_letters
    a_method_of_one_segment
    a_method_with_dashes_and_a_date
    a_type_that_holds_itself
    basic_types
    basic_types_required
    error_codes
    field_names_that_fold_to_one
    files
    item_names
    keywords
    limits
    lists
    lists_required
    many_required
    markup_that_the_reader_keeps
    nothing_in_it
    objects_in_requests
    objects_without_a_type
    odd_field_names
    one_type_at_many_places
    one_type_on_both_sides
    places_that_contradict_each_other
    prose
    rows_that_repeat
    samples_of_any_letters
    samples_that_are_not_of_their_type
    two_types_that_hold_each_other
    types_called_as_in_the_prelude
    types_called_as_the_request
    types_that_differ_by_case
    unknown_types
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emitted")
}

fn check(case: &str) {
    let folder = folder().join(case);
    let api = Api::from_json(&fs::read_to_string(folder.join("spec.json")).unwrap()).unwrap();
    let names = Names::of(&api);
    let module = emit::module(&api, &names, &Module::of(&api.method), &Samples::Tested("topsdk".to_owned())).unwrap();
    let found = |finding: &topsdk_codegen::diagnostic::Diagnostic| {
        let place = &finding.place;
        format!("{:?} {} {} {}: {}\n", finding.severity, finding.name, place.section, place.path, finding.message)
    };
    compare(&folder.join("mod.rs"), &module);
    compare(&folder.join("diagnostics.txt"), &names.diagnostics.iter().map(found).collect::<String>());
}

/// Nothing is expected where there is no file.
fn compare(path: &Path, found: &str) {
    let expected = fs::read_to_string(path).unwrap_or_default();
    if found == expected {
        return;
    }
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        return fs::write(path, found).unwrap();
    }
    let different = expected.lines().zip(found.lines()).position(|(one, other)| one != other);
    let line = different.unwrap_or_else(|| expected.lines().count().min(found.lines().count()));
    let show = |text: &str| text.lines().skip(line).take(3).collect::<Vec<_>>().join("\n");
    panic!("{}, line {}, expected:\n{}\nfound:\n{}", path.display(), line + 1, show(&expected), show(found));
}

#[test]
fn every_folder_is_a_case() {
    let folders = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(folders.collect::<BTreeSet<_>>(), CASES.iter().map(|case| (*case).to_owned()).collect());
}
