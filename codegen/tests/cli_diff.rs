//! `topsdk diff` as its users meet it: what it takes, the reports, the exit status.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const METHOD: &str = "alibaba.alsc.crm.recharge.dedut.update";

fn seed(extension: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("spec/pages").join(format!("{METHOD}.{extension}"))
}

fn topsdk(arguments: &[&str], folder: &Path) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_topsdk")).args(arguments).current_dir(folder).stdin(Stdio::null());
    output.output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A folder with the seed page as `old.html` and a changed one as `new.html`; each change has to be one.
fn changed(changes: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let page = fs::read_to_string(seed("html")).unwrap();
    fs::write(folder.path().join("old.html"), &page).unwrap();
    let mut new = page;
    for (from, to) in changes {
        assert!(new.contains(from), "{from}");
        new = new.replacen(from, to, 1);
    }
    fs::write(folder.path().join("new.html"), new).unwrap();
    folder
}

fn json(arguments: &[&str], folder: &Path) -> (Option<i32>, Value) {
    let output = topsdk(&[&["diff", "--format", "json"], arguments].concat(), folder);
    (output.status.code(), serde_json::from_str(text(&output.stdout)).unwrap())
}
