//! The emitter's output for small cases of our own, every oddity once, one folder a case: a spec (`spec.json`, or several in
//! `specs.jsonl`) or a page (`page.html`, `page.txt`); what is expected, the module `mod.rs` or the error `error.txt`; and
//! `diagnostics.txt` where there is something to say. Every expected module is compiled here.
//!
//! `UPDATE_EXPECTED=1 cargo test -p topsdk-codegen --test emit` writes what is new; review it as a diff.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use topsdk_codegen::check;
use topsdk_codegen::diagnostic::Diagnostic;
use topsdk_codegen::emit::{self, CrateOptions, Samples, Topsdk};
use topsdk_codegen::names::{Module, Names, Register};
use topsdk_codegen::read;
use topsdk_spec::Api;

macro_rules! cases {
    (modules { $($case:ident)* } errors { $($error:ident)* }) => {
        const CASES: &[&str] = &[$(stringify!($case),)* $(stringify!($error)),*];

        $(
            #[test]
            fn $error() {
                check(stringify!($error));
            }
        )*

        $(
            #[test]
            fn $case() {
                check(stringify!($case));
            }
        )*

        // What is expected has to be Rust that compiles.
        #[rustfmt::skip]
        #[deny(nonstandard_style, deprecated)]
        #[allow(dead_code, unreachable_pub, reason = "compiled, not used")]
        mod emitted {$(
            pub mod $case;
        )*}
    };
}

cases! {
    modules {
        a_header_of_any_letters
        a_method_of_one_segment
        a_method_with_dashes_and_a_date
        a_method_that_is_deprecated
        a_page
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
        long_names
        many_required
        markup_that_the_reader_keeps
        names_that_a_setter_repeats
        nothing_in_it
        objects_in_requests
        objects_without_a_type
        odd_field_names
        one_type_at_many_places
        one_type_on_both_sides
        places_that_contradict_each_other
        prose
        prose_that_looks_like_markup
        rows_that_repeat
        samples_of_any_letters
        samples_that_are_not_of_their_type
        two_types_that_hold_each_other
        types_called_as_in_the_prelude
        types_called_as_the_request
        types_called_self
        types_that_differ_by_case
        unknown_types
        whatever_a_module_says
    }
    errors {
        a_method_twice
        a_page_of_another_kind
        a_page_that_is_cut_off
        a_page_without_a_method
        a_spec_that_is_none
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emitted")
}

fn check(case: &str) {
    let folder = folder().join(case);
    let (module, diagnostics, error) = match module(&folder) {
        Ok((module, diagnostics)) => (module, diagnostics, String::new()),
        Err(error) => (String::new(), String::new(), format!("{error}\n")),
    };
    compare(&folder.join("error.txt"), &error);
    compare(&folder.join("mod.rs"), &module);
    compare(&folder.join("diagnostics.txt"), &diagnostics);
}

/// The module of a case and what is said of it, or why there is none.
fn module(folder: &Path) -> Result<(String, String), String> {
    let (apis, mut diagnostics) = input(folder)?;
    let options = CrateOptions { name: "topsdk-cases", topsdk: Topsdk::At("../topsdk"), names: &Register::default() };
    emit::krate(&apis, &options, |_| None).map_err(|errors| errors[0].to_string())?;
    let [api] = apis.as_slice() else { panic!("{}: one API is expected of a case that succeeds", folder.display()) };
    let names = Names::of(api);
    diagnostics.extend(names.diagnostics.iter().cloned().chain(check::types(api, None)));
    let samples = Samples::Tested("topsdk".to_owned());
    let module = emit::module(api, &names, &Module::of(&api.method), &samples).map_err(|error| error.to_string())?;
    let found = |finding: &Diagnostic| {
        let place = &finding.place;
        format!("{:?} {} {} {}: {}\n", finding.severity, finding.name, place.section, place.path, finding.message)
    };
    Ok((module, diagnostics.iter().map(found).collect()))
}

fn input(folder: &Path) -> Result<(Vec<Api>, Vec<Diagnostic>), String> {
    for page in ["page.html", "page.txt"] {
        if let Ok(bytes) = fs::read(folder.join(page)) {
            let reading = read::page(page, &bytes).map_err(|error| error.to_string())?;
            return Ok((vec![reading.api], reading.diagnostics));
        }
    }
    let spec = |text: &str| Api::from_json(text).map_err(|error| error.to_string());
    let apis: Result<Vec<Api>, String> = match fs::read_to_string(folder.join("specs.jsonl")) {
        Ok(lines) => lines.lines().map(spec).collect(),
        Err(_) => spec(&fs::read_to_string(folder.join("spec.json")).unwrap()).map(|api| vec![api]),
    };
    Ok((apis?, Vec::new()))
}

/// Nothing is expected where there is no file.
fn compare(path: &Path, found: &str) {
    let expected = fs::read_to_string(path).unwrap_or_default();
    if found == expected {
        return;
    }
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        return match found.is_empty() {
            true => fs::remove_file(path).unwrap(),
            false => fs::write(path, found).unwrap(),
        };
    }
    let different = expected.lines().zip(found.lines()).position(|(one, other)| one != other);
    let line = different.unwrap_or_else(|| expected.lines().count().min(found.lines().count()));
    let show = |text: &str| text.lines().skip(line).take(3).collect::<Vec<_>>().join("\n");
    panic!("{}, line {}, expected:\n{}\nfound:\n{}", path.display(), line + 1, show(&expected), show(found));
}

#[test]
fn every_folder_has_a_test() {
    let folders = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(folders.collect::<BTreeSet<_>>(), CASES.iter().map(|case| (*case).to_owned()).collect());
}

/// At a window of 1,200 pixels, a code block of rustdoc shows about 100 columns.
const COLUMNS: usize = 100;

/// The lines of a module's sample that rustdoc shows.
fn sample(module: &str) -> Vec<&str> {
    let documentation = module.lines().skip_while(|line| !line.starts_with("//!"));
    let lines =
        documentation.map_while(|line| line.strip_prefix("//!")).map(|line| line.strip_prefix(' ').unwrap_or(line));
    let sample = lines.skip_while(|line| !line.starts_with("```")).skip(1).take_while(|line| !line.starts_with("```"));
    sample.filter(|line| *line != "#" && !line.starts_with("# ")).collect()
}

#[test]
fn samples_fit_into_the_page_of_rustdoc_and_end_with_the_call() {
    let mut count = 0;
    for case in CASES {
        let Ok(module) = fs::read_to_string(folder().join(case).join("mod.rs")) else { continue };
        let lines = sample(&module);
        for line in &lines {
            // A Chinese character takes two columns.
            let columns: usize = line.chars().map(|letter| if letter.len_utf8() > 2 { 2 } else { 1 }).sum();
            // One path cannot be broken, nor can names that are longer than a line.
            let can_be_broken = (!line.starts_with("use ") || line.contains(", ")) && *case != "long_names";
            assert!(columns <= COLUMNS || !can_be_broken, "{case}: {line}");
        }
        let call = lines.last().copied().unwrap_or_default();
        assert!(call.starts_with("let reply = client.execute(&request, "), "{case}: {call}");
        count += 1;
    }
    assert!(count > 30, "{count}");
}
