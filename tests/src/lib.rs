//! Helpers shared by the tests across crates: the repository's folders, and documented values as objects.

#[path = "../../codegen/tests/support/cargo.rs"]
mod cargo;
mod catalogue;
mod java;
mod leaves;
pub mod snapshots;

use std::path::{Path, PathBuf};
use topsdk_codegen::emit::File;

use topsdk_spec::Api;

pub use cargo::cargo;
pub use catalogue::{documents, is_the_pages_fault};
pub use java::fill;
pub use leaves::xml_leaves;

/// Bindings of the tests' own page: the tests must not depend on the other pages of the repository.
pub mod apis {
    topsdk::include_apis!();
}

/// The method of the tests' own page.
pub const SEED: &str = "alibaba.alsc.crm.recharge.dedut.update";

/// Returns the text of that page, as `html` or `txt`.
///
/// # Panics
/// If the page cannot be read.
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
pub fn seed_page(extension: &str) -> String {
    std::fs::read_to_string(root().join(format!("tests/pages/{SEED}.{extension}"))).unwrap()
}

/// Returns the spec of that page.
///
/// # Panics
/// If the page cannot be read.
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
pub fn seed() -> Api {
    topsdk_codegen::read::page(&format!("{SEED}.html"), seed_page("html").as_bytes()).unwrap().api
}

/// Returns the repository's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Returns the folder of the collection of real APIs. Tests that need it are ignored if the build script did not find the
/// variable.
///
/// # Panics
/// If `TOPSDK_CORPUS` is not set.
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
pub fn corpus() -> PathBuf {
    std::env::var_os("TOPSDK_CORPUS").map(PathBuf::from).expect("TOPSDK_CORPUS names the collection of real APIs")
}

/// Writes a file and creates its folder, unless the file already has this content: an unchanged file is not compiled again.
///
/// # Panics
/// If the file cannot be written.
#[allow(clippy::unwrap_used, reason = "a helper of tests fails as a test does")]
pub fn put(path: &Path, text: &str) {
    if std::fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return;
    }
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// The programs in the READMEs, compiled as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../../README.zh-CN.md")]
pub struct Readme;

/// Returns the files of a generated crate for a build inside the repository, whose workspace does not list it.
pub fn standalone(mut files: Vec<File>) -> Vec<File> {
    files.iter_mut().filter(|file| file.path == "Cargo.toml").for_each(|file| file.text.push_str("\n[workspace]\n"));
    files
}
