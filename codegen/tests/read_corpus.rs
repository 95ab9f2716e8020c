//! Every page of the catalogue in every layout, compared with what it was rendered from.
//!
//! The catalogue is somebody else's and not part of this project; `TOPSDK_CORPUS` names its folder.

#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rayon::prelude::*;
use topsdk_codegen::read::{self, Reading};

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("TOPSDK_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: TOPSDK_CORPUS does not name the folder of the catalogue");
    }
    folder
}

/// Renders the catalogue; the folder of its pages.
fn rendered(corpus: &Path, layout: &str, nasty: bool) -> PathBuf {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{layout}-{nasty}"));
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(corpus.join("render_pages.py"));
    command.args(["--layout", layout, "--out"]).arg(&out).args(nasty.then_some("--nasty"));
    assert!(command.output().unwrap().status.success(), "{command:?}");
    out
}

fn read_all(folder: &Path) -> Vec<(String, Reading)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &PathBuf| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let reading = read::page(&name, &std::fs::read(file).unwrap()).unwrap_or_else(|error| panic!("{error}"));
        (name, reading)
    };
    files.par_iter().map(read).collect()
}

/// What the comparison says of these readings.
fn compare(corpus: &Path, out: &Path, readings: &[(String, Reading)]) -> String {
    let lines = readings.iter().fold(String::new(), |mut lines, (_, reading)| {
        writeln!(lines, "{}", reading.api.to_json_line()).unwrap();
        lines
    });
    let file = out.with_extension("jsonl");
    std::fs::write(&file, lines).unwrap();
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(corpus.join("check_ir.py")).args(["--show", "10000"]).arg(&file);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

fn all_are_the_truth(layout: &str) {
    let Some(corpus) = corpus() else { return };
    for nasty in [false, true] {
        let out = rendered(&corpus, layout, nasty);
        let said = compare(&corpus, &out, &read_all(&out));
        println!("{layout} nasty={nasty}: {}", said.lines().last().unwrap());
        assert!(said.trim_end().ends_with("3153 passed, 0 failed"), "{layout} nasty={nasty}\n{said}");
    }
}

/// At least 99.8 % are the truth, and each of the others says that it is not certain.
fn nearly_all_are_the_truth(layout: &str) {
    let Some(corpus) = corpus() else { return };
    for nasty in [false, true] {
        let out = rendered(&corpus, layout, nasty);
        let readings = read_all(&out);
        let said = compare(&corpus, &out, &readings);
        println!("{layout} nasty={nasty}: {}", said.lines().last().unwrap());
        let failed: Vec<&str> = said.lines().rev().skip(1).collect();
        assert!(failed.len() <= 6, "{layout} nasty={nasty}\n{said}");
        for line in failed {
            let method = line.split(':').next().unwrap();
            let (_, reading) = readings.iter().find(|(_, reading)| reading.api.method == method).unwrap();
            let ambiguous = reading.diagnostics.iter().any(|diagnostic| diagnostic.name.starts_with("ambiguous"));
            assert!(ambiguous, "{layout} nasty={nasty}: wrong without a word: {line}");
        }
    }
}

#[test]
fn every_html_page_is_read_as_it_was_rendered() {
    all_are_the_truth("docs");
}

#[test]
fn every_document_is_read_as_it_was_rendered() {
    all_are_the_truth("json");
}

#[test]
fn html_pages_without_depth_are_solved_from_their_samples() {
    nearly_all_are_the_truth("flat");
}

#[test]
fn text_pages_are_solved_from_their_samples() {
    nearly_all_are_the_truth("text");
}

#[test]
fn the_answers_of_the_endpoint_are_read() {
    let Some(corpus) = corpus() else { return };
    for (name, reading) in read_all(&corpus.join("documents")) {
        assert_eq!(name, format!("{}.json", reading.api.method));
        assert!(reading.api.auth.is_some() && reading.api.samples.java.is_some(), "{name}");
        assert!(!reading.api.request.is_empty() && !reading.api.response.is_empty(), "{name}");
    }
}
