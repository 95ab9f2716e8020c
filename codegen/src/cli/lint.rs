//! `topsdk lint`: reports where the tables and samples of pages disagree.

use std::path::PathBuf;

use serde_json::json;
use topsdk_codegen::check::lint::allow::Allowances;
use topsdk_codegen::check::{self, lint};
use topsdk_codegen::diagnostic::{Diagnostic, PageText, Severity};
use topsdk_codegen::read::Reading;

use super::input::{Input, in_order};
use super::output::{Output, Stop, counted, failed_at};
use super::repository;

#[derive(clap::Args)]
#[command(
    after_long_help = "Exit status: 0 no findings, or notes alone; 1 a warning or an error was found; 2 something cannot be read, or wrong usage."
)]
pub(crate) struct Args {
    /// Pages as HTML, Markdown, text or document JSON: files, folders, or - for standard input [default: spec/pages of the
    /// repository]
    #[arg(value_name = "PAGE")]
    pages: Vec<PathBuf>,
    /// Explain a lint: what it finds, why it matters and what to do
    #[arg(long, value_name = "NAME", conflicts_with_all = ["pages", "list"])]
    explain: Option<String>,
    /// List all lints, including the findings of the page reader
    #[arg(long, conflicts_with = "pages")]
    list: bool,
    /// The file of allowed findings [default: spec/lint.toml of the repository]
    #[arg(long, value_name = "FILE")]
    allow: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    if args.list {
        return list(output).map(|()| 0);
    }
    if let Some(name) = &args.explain {
        return explain(name, output).map(|()| 0);
    }
    // A file named in the arguments must exist; the repository's own need not.
    let allow = match &args.allow {
        Some(path) if !path.exists() => return Err(failed_at(path, "does not exist")),
        Some(path) => Some(path.clone()),
        None => repository::here().map(|root| root.join("spec/lint.toml")),
    };
    let allowances = allow.as_deref().map(Allowances::load).transpose()?.unwrap_or_default();
    let is_all = args.pages.is_empty();
    let inputs = match is_all {
        true => Input::list(&[repository::root("name pages")?.join("spec/pages")])?,
        false => Input::list(&args.pages)?,
    };
    let mut counts = [0; 3];
    let lint = |input: &Input| findings(input, &allowances);
    let unreadable = in_order(&inputs, "checking", output, lint, |_, (reading, found), output| {
        show(&found, &PageText::new(reading.origins.text()), &mut counts, output)
    })?;
    // If only some pages are checked, allowances for other APIs are not stale.
    show(&allowances.stale(is_all), &PageText::new(allowances.text()), &mut counts, output)?;
    let [notes, warnings, errors] = counts;
    if is_all {
        let pages = inputs.len();
        let text = || {
            let found = [
                (unreadable, "unreadable", "unreadable"),
                (errors, "error", "errors"),
                (warnings, "warning", "warnings"),
                (notes, "note", "notes"),
            ];
            let found = found.into_iter().filter(|(count, ..)| *count > 0);
            let found: Vec<_> = found.map(|(count, one, more)| counted(count, one, more)).collect();
            let found = if found.is_empty() { "nothing found".to_owned() } else { found.join(", ") };
            format!("{}: {found}", counted(pages, "page", "pages"))
        };
        output.line_as(text, || {
            json!({ "pages": pages, "unreadable": unreadable, "errors": errors, "warnings": warnings, "notes": notes })
        })?;
    }
    Ok(match (unreadable, errors + warnings) {
        (0, 0) => 0,
        (0, _) => 1,
        _ => 2,
    })
}

/// Reads a page and returns it with the findings of the reader and the lints that are not allowed.
fn findings(input: &Input, allowances: &Allowances) -> Result<(Reading, Vec<Diagnostic>), String> {
    let mut reading = input.page()?;
    let mut found = std::mem::take(&mut reading.diagnostics);
    found.extend(check::lint(&reading.api, Some(&reading.origins)));
    let mut found = allowances.filter(&reading.api.method, found);
    found.iter_mut().for_each(|found| found.place.page.clone_from(&input.shown));
    Ok((reading, found))
}

/// Writes findings, and counts them by severity.
fn show(found: &[Diagnostic], page: &PageText<'_>, counts: &mut [usize; 3], output: &mut Output) -> Result<(), Stop> {
    found.iter().try_for_each(|found| {
        counts[found.severity as usize] += 1;
        output.finding(found, Some(page))
    })
}

fn list(output: &mut Output) -> Result<(), Stop> {
    let mut all: Vec<_> = lint::ALL.iter().chain(lint::READING).collect();
    all.sort_by_key(|lint| lint.name);
    all.into_iter().try_for_each(|lint| {
        let text = || format!("{:<28} {:<8} {}", lint.name, severity(lint.severity), lint.summary);
        output.line_as(text, || json(lint))
    })
}

fn explain(name: &str, output: &mut Output) -> Result<(), Stop> {
    let Some(lint) = lint::Lint::find(name) else {
        let meant = lint::Lint::suggestion(name);
        let mark = if meant.is_empty() { ";" } else { "" };
        return Err(Stop::Failed(format!("there is no lint `{name}`{meant}{mark} `topsdk lint --list` shows all")));
    };
    let text = || format!("{} ({})\n{}\n\n{}", lint.name, severity(lint.severity), lint.summary, lint.explanation());
    output.line_as(text, || json(lint))
}

fn json(lint: &lint::Lint) -> serde_json::Value {
    json!({
        "name": lint.name, "severity": lint.severity, "summary": lint.summary, "explanation": lint.explanation(),
    })
}

fn severity(severity: Severity) -> String {
    format!("{severity:?}").to_lowercase()
}
