//! The command `topsdk`: parses its arguments, calls the library, shows what it says.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
