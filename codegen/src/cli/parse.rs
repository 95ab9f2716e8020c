//! `topsdk parse`: prints the specs of pages, one per line.

use std::path::PathBuf;

use rayon::prelude::*;
use topsdk_codegen::check;
use topsdk_codegen::diagnostic::PageText;

use super::input::{AT_A_TIME, Input};
use super::output::{Output, Stop};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Pages as HTML, Markdown, text or document JSON: files, folders, or - for standard input
    #[arg(required = true, value_name = "PAGE")]
    pages: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let inputs = Input::list(&args.pages)?;
    let progress = output.progress("reading", inputs.len());
    let mut status = 0;
    for inputs in inputs.chunks(AT_A_TIME) {
        let readings: Vec<_> = inputs.par_iter().map(Input::page).inspect(|_| progress.step()).collect();
        for (input, reading) in inputs.iter().zip(readings) {
            match reading {
                Ok(reading) => {
                    output.line(&reading.api.to_json_line())?;
                    let page = PageText::new(reading.origins.text());
                    let types = check::types(&reading.api, Some(&reading.origins));
                    for mut diagnostic in reading.diagnostics.into_iter().chain(types) {
                        diagnostic.place.page.clone_from(&input.shown);
                        output.finding(&diagnostic, Some(&page))?;
                    }
                }
                Err(message) => {
                    output.failure(&format!("{}: {message}", input.shown));
                    status = 2;
                }
            }
        }
    }
    Ok(status)
}
