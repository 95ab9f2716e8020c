//! Benchmarks generating the whole catalogue, from specs in memory to files, against writing the same bytes.
//!
//! `cargo bench -p topsdk-tests --bench generate`, with `TOPSDK_CORPUS`; the last lines of output are `ratio WHAT VALUE`.
//! All sides alternate.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on fails, and prints")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use topsdk_codegen::emit::{self, CrateOptions, File, Topsdk};
use topsdk_codegen::names::Register;
use topsdk_codegen::read;
use topsdk_codegen::update::Crate;
use topsdk_spec::Api;
use topsdk_tests::corpus;

const ROUNDS: usize = 5;

fn main() {
    let corpus = corpus();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generate");
    let apis = apis(&corpus, &folder.join("pages"));
    let (out, plain) = (folder.join("out"), folder.join("plain"));
    let (mut emitted, mut generated, mut checked, mut written) =
        (Duration::MAX, Duration::MAX, Duration::MAX, Duration::MAX);
    let mut files = Vec::new();
    for _ in 0..ROUNDS {
        emitted = emitted.min(time(|| files = krate(&apis, &out)));
        empty(&out);
        generated = generated.min(time(|| {
            Crate::open(&out, false).unwrap().write(krate(&apis, &out)).unwrap();
        }));
        checked = checked.min(time(|| {
            assert!(Crate::open(&out, true).unwrap().write(krate(&apis, &out)).unwrap().is_up_to_date());
        }));
        empty(&plain);
        written = written.min(time(|| write(&plain, &files)));
    }
    let bytes: usize = files.iter().map(|file| file.text.len()).sum();
    println!("{} APIs, {} files, {:.1} MB", apis.len(), files.len(), bytes as f64 / 1e6);
    for (what, time) in [("emit", emitted), ("generate", generated), ("check", checked), ("write", written)] {
        println!("{what}: {:.2} s", time.as_secs_f64());
    }
    println!("ratio generate/write {:.2}", generated.as_secs_f64() / written.as_secs_f64());
    println!("ratio check/generate {:.2}", checked.as_secs_f64() / generated.as_secs_f64());
}

fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

fn krate(apis: &[Api], out: &Path) -> Vec<File> {
    let options = CrateOptions { name: "catalogue", topsdk: Topsdk::At("../topsdk"), names: &Register::default() };
    let there = Crate::open(out, true).unwrap();
    emit::krate(apis, &options, |path| there.text(path)).unwrap()
}

/// Writes the same bytes into the same files, and nothing else.
fn write(out: &Path, files: &[File]) {
    files.par_iter().for_each(|file| {
        let path = out.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.text).unwrap();
    });
}

fn empty(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).unwrap();
}

fn apis(corpus: &Path, pages: &Path) -> Vec<Api> {
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(corpus.join("render_pages.py")).arg("--out").arg(pages);
    assert!(command.output().unwrap().status.success(), "{command:?}");
    let mut files: Vec<PathBuf> = fs::read_dir(pages).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.par_iter().map(|file| read::page("page", &fs::read(file).unwrap()).unwrap().api).collect()
}
