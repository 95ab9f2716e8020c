//! What the tests across crates share: the repository's folders, and documented values as objects.

mod catalogue;
mod java;
mod leaves;
pub mod snapshots;

use std::path::{Path, PathBuf};
use topsdk_codegen::emit::File;

use topsdk_spec::Api;

pub use catalogue::{documents, is_the_pages_fault};
pub use java::fill;
pub use leaves::xml_leaves;

/// Bindings of the page that the tests own: what they prove must not change with the pages of the repository.
pub mod apis {
    topsdk::include_apis!();
}

/// The method of the page that the tests own.
pub const SEED: &str = "alibaba.alsc.crm.recharge.dedut.update";

/// The text of that page, as `html` or `txt`.
///
/// # Panics
/// Where it cannot be read.
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
pub fn seed_page(extension: &str) -> String {
    std::fs::read_to_string(root().join(format!("tests/pages/{SEED}.{extension}"))).unwrap()
}

/// The spec of that page.
///
/// # Panics
/// Where the page cannot be read.
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
pub fn seed() -> Api {
    topsdk_codegen::read::page(&format!("{SEED}.html"), seed_page("html").as_bytes()).unwrap().api
}

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The collection of real APIs. Tests that need it are ignored where the build script has not found the variable.
///
/// # Panics
/// If `TOPSDK_CORPUS` names no folder.
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
pub fn corpus() -> PathBuf {
    std::env::var_os("TOPSDK_CORPUS").map(PathBuf::from).expect("TOPSDK_CORPUS names the collection of real APIs")
}

/// Writes a file, and its folder, where it differs: what has been compiled with it stays so.
///
/// # Panics
/// Where nothing can be written.
#[allow(clippy::unwrap_used, reason = "a helper of tests fails as a test does")]
pub fn put(path: &Path, text: &str) {
    if std::fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return;
    }
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// The programs of the READMEs, compiled as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../../README.zh-CN.md")]
pub struct Readme;

/// The files of a generated crate that is built inside of the repository's folder, whose workspace does not list it.
pub fn standalone(mut files: Vec<File>) -> Vec<File> {
    files.iter_mut().filter(|file| file.path == "Cargo.toml").for_each(|file| file.text.push_str("\n[workspace]\n"));
    files
}
