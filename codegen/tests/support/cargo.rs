//! Cargo as a test runs it, beside the build that runs the test.

use std::process::Command;

/// Returns a command that runs cargo.
///
/// Cargo gives a test the variables of its package, such as `CARGO_MANIFEST_DIR` and `OUT_DIR`. The build script of ring watches
/// those two, so a cargo that inherits them compiles ring again with all that depends on it, and so does the next build.
#[allow(unreachable_pub, reason = "topsdk-tests shows it to its own tests")]
pub fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    for (name, _) in std::env::vars_os() {
        let is_of_the_package = ["CARGO_MANIFEST_", "CARGO_PKG_", "OUT_DIR"]
            .iter()
            .any(|prefix| name.to_string_lossy().starts_with(prefix));
        if is_of_the_package {
            cargo.env_remove(name);
        }
    }
    cargo
}
