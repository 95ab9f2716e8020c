//! The `topsdk` command: parses its arguments, calls the library and prints the results.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
