//! Benchmarks reading pages: HTML against scraper's bare parse of the same pages, and pages per second for each format.
//!
//! The pages come from `TOPSDK_CORPUS` (rendered into the target folder). Without it, the seed page is read many times.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and ends where it cannot measure")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use topsdk_codegen::read;

const ROUNDS: usize = 5;

fn main() {
    let formats = [("html", "docs"), ("text", "text"), ("document", "json")];
    let mut ratio = None;
    for (format, layout) in formats {
        let pages = pages(layout);
        if pages.is_empty() {
            println!("{format}: skipped, as the project has no page of this form");
            continue;
        }
        let mut parse = Duration::MAX;
        let mut reading = Duration::MAX;
        for _ in 0..ROUNDS {
            if format == "html" {
                parse = parse.min(time(&pages, |page| {
                    std::hint::black_box(scraper::Html::parse_document(&String::from_utf8_lossy(page)));
                }));
            }
            reading = reading.min(time(&pages, |page| {
                std::hint::black_box(read::page("page", page).ok());
            }));
        }
        let bytes: usize = pages.iter().map(Vec::len).sum();
        println!(
            "{format}: {} pages, {:.1} MB, {:.0} pages/s, {:.1} MB/s",
            pages.len(),
            bytes as f64 / 1e6,
            pages.len() as f64 / reading.as_secs_f64(),
            bytes as f64 / 1e6 / reading.as_secs_f64(),
        );
        if format == "html" {
            ratio = Some(reading.as_secs_f64() / parse.as_secs_f64());
        }
    }
    if let Some(ratio) = ratio {
        println!("ratio html-read/parse-only {ratio:.2}");
    }
}

fn time(pages: &[Vec<u8>], run: impl Fn(&[u8])) -> Duration {
    let start = Instant::now();
    pages.iter().for_each(|page| run(page));
    start.elapsed()
}

fn pages(layout: &str) -> Vec<Vec<u8>> {
    let Some(corpus) = std::env::var_os("TOPSDK_CORPUS").map(PathBuf::from) else {
        println!("skipped: TOPSDK_CORPUS does not name the folder of the catalogue; the seed page is read 500 times");
        let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("pages/alibaba.alsc.crm.recharge.dedut.update");
        let page = match layout {
            "docs" => std::fs::read(seed.with_extension("update.html")),
            "text" => std::fs::read(seed.with_extension("update.txt")),
            _ => return Vec::new(),
        };
        return vec![page.expect("the seed page is part of the project"); 500];
    };
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{layout}"));
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(corpus.join("render_pages.py"));
    let output = command.args(["--layout", layout, "--out"]).arg(&out).output().expect("python3 renders the pages");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&out).expect("pages were rendered").filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files.iter().filter_map(|file| std::fs::read(file).ok()).collect()
}
