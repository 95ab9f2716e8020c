//! `topsdk parse`: prints the specs of pages, one per line.

use std::path::PathBuf;

use topsdk_codegen::check;
use topsdk_codegen::diagnostic::PageText;

use super::input::{Input, in_order};
use super::output::{Output, Stop};

#[derive(clap::Args)]
#[command(after_long_help = "Exit status: 0 done; 2 a page cannot be read (the others are printed), or wrong usage.")]
pub(crate) struct Args {
    /// Pages as HTML, Markdown, text or document JSON: files, folders, or - for standard input
    #[arg(required = true, value_name = "PAGE")]
    pages: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let inputs = Input::list(&args.pages)?;
    let unreadable = in_order(&inputs, "reading", output, Input::page, |input, reading, output| {
        output.line(&reading.api.to_json_line())?;
        let page = PageText::new(reading.origins.text());
        let types = check::types(&reading.api, Some(&reading.origins));
        for mut diagnostic in reading.diagnostics.into_iter().chain(types) {
            diagnostic.place.page.clone_from(&input.shown);
            output.finding(&diagnostic, Some(&page))?;
        }
        Ok(())
    })?;
    Ok(if unreadable > 0 { 2 } else { 0 })
}
