//! `Builder`: which files it reads, what it writes, and what it says of a page that cannot be used.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use topsdk_codegen::Builder;
use topsdk_spec::{Api, load};

const PAGE: &str = include_str!("emitted/a_page/page.txt");

/// A folder with these files below `pages`.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join("pages").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn build(folder: &Path) -> Result<(), String> {
    let builder = Builder::new().pages(folder.join("pages")).out_dir(folder.join("out"));
    builder.generate().map_err(|error| format!("{error:?}"))
}

#[test]
fn files_that_cannot_be_pages_are_ignored() {
    let folder = folder(&[
        ("more/page.TXT", PAGE),
        ("style.css", "a {}"),
        ("more/picture.png", "\u{89}PNG"),
        ("README", "no extension"),
    ]);
    build(folder.path()).unwrap();
    let specs = load(&folder.path().join("out/topsdk/specs.jsonl")).unwrap();
    let methods: Vec<&str> = specs.iter().map(|api| api.method.as_str()).collect();
    let read = topsdk_codegen::read::page("more/page.TXT", PAGE.as_bytes()).unwrap().api;
    assert_eq!((methods, &specs), (vec![read.method.as_str()], &vec![read.clone()]), "the same on every machine");
    let root = fs::read_to_string(folder.path().join("out/topsdk/apis.rs")).unwrap();
    assert!(root.contains(&format!("pub mod {};", read.method.split('.').next().unwrap())), "{root}");
}

#[test]
fn errors_name_the_absolute_path_of_each_page() {
    let folder = folder(&[("one.html", "<p>no page"), ("deep/two.md", "no page either"), ("good.txt", PAGE)]);
    let error = build(folder.path()).unwrap_err();
    for page in ["one.html", "deep/two.md"] {
        let path = page.split('/').fold(folder.path().join("pages"), |path, name| path.join(name));
        assert!(error.lines().any(|line| line.starts_with(&format!("{}: ", path.display()))), "{error}");
    }
    assert!(!error.contains("good.txt") && !folder.path().join("out").exists(), "{error}");
}

#[test]
fn a_file_named_explicitly_is_read_whatever_its_extension() {
    let folder = folder(&[("saved", PAGE)]);
    let builder = Builder::new().pages(folder.path().join("pages/saved")).out_dir(folder.path().join("out"));
    builder.generate().unwrap();
    let [api]: [Api; 1] = load(&folder.path().join("out/topsdk/specs.jsonl")).unwrap().try_into().unwrap();
    assert_eq!(api.source.page, "saved");
}
