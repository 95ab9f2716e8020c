//! The specs of the collection of real APIs, and the contradictions within its pages.

use std::path::{Path, PathBuf};
use std::process::Command;

use topsdk_codec::Anomaly;
use topsdk_spec::{Api, Param};

/// Returns all APIs of the collection, parsed from its documents, which are rendered into `folder`; with `nasty`, with
/// values that are hard to quote. Returns `None` if something cannot be run, written or read.
pub fn documents(corpus: &Path, folder: &Path, nasty: bool) -> Option<Vec<Api>> {
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(corpus.join("render_pages.py"));
    command.args(["--layout", "json", "--out"]).arg(folder).args(nasty.then_some("--nasty"));
    if !command.output().is_ok_and(|output| output.status.success()) {
        return None;
    }
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in [folder, &corpus.join("documents")] {
        let entries = std::fs::read_dir(folder).ok()?.collect::<Result<Vec<_>, _>>().ok()?;
        files.extend(entries.into_iter().map(|entry| entry.path()));
    }
    files.sort();
    let read = |file: &PathBuf| {
        let page = topsdk_codegen::read::page(&file.display().to_string(), &std::fs::read(file).ok()?);
        Some(page.ok()?.api)
    };
    files.iter().map(read).collect()
}

/// Returns whether the page itself shows the mismatch: a row of an object type that it cuts off (a type that contains
/// itself), siblings with the same name, or a Number whose sample is not a number.
pub fn is_the_pages_fault(api: &Api, anomaly: &Anomaly) -> bool {
    let mut rows: Vec<&Param> = Vec::new();
    let mut below: Vec<&Param> = api.response.iter().collect();
    for step in anomaly.path.split('.') {
        let name = step.split('[').next().unwrap_or_default();
        rows = below.into_iter().filter(|param| param.name == name).collect();
        below = rows.iter().flat_map(|param| &param.fields).collect();
    }
    match &*anomaly.expected {
        "an object" => rows.iter().all(|row| row.fields.is_empty()),
        "no second value" => rows.len() > 1,
        "Number" => rows.iter().all(|row| row.example == anomaly.found) && anomaly.found.parse::<i64>().is_err(),
        _ => false,
    }
}
