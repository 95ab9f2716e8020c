//! Tells the tests which of them are to run here: `corpus` where `TOPSDK_CORPUS` names the collection of real APIs, and `slow`
//! where `TOPSDK_SLOW` asks for the tests that compile crates and for the largest sizes of others. The build script of those
//! crates that have such tests.

use std::io::{self, Write};

pub(crate) fn main() -> io::Result<()> {
    let mut cargo = io::stdout();
    for (variable, cfg) in [("TOPSDK_CORPUS", "corpus"), ("TOPSDK_SLOW", "slow")] {
        writeln!(cargo, "cargo::rerun-if-env-changed={variable}\ncargo::rustc-check-cfg=cfg({cfg})")?;
        if std::env::var_os(variable).is_some_and(|value| !value.is_empty()) {
            writeln!(cargo, "cargo::rustc-cfg={cfg}")?;
        }
    }
    Ok(())
}
