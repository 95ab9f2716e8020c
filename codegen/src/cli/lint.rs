//! `topsdk lint`: reports where the tables and samples of pages disagree.

use std::path::PathBuf;

use rayon::prelude::*;
use topsdk_codegen::check::lint::allow::{Allowances, Coverage};
use topsdk_codegen::check::{self, lint};
use topsdk_codegen::diagnostic::{Diagnostic, PageText, Severity};
use topsdk_codegen::read::Reading;

use super::Format;
use super::input::{AT_A_TIME, Input};
use super::output::{Output, Stop};
use super::repository;

const ABOUT: &str = "\
Exit status: 0 nothing was found, or notes alone; 1 a warning or an error was found; 2 something cannot be read.";

#[derive(clap::Args)]
#[command(after_long_help = ABOUT)]
pub(crate) struct Args {
    /// Pages as HTML, Markdown, text or document JSON: files, folders, or - for standard input; those of the repository otherwise
    #[arg(value_name = "PAGE")]
    pages: Vec<PathBuf>,
    /// Say what a lint finds, why it matters and what to do
    #[arg(long, value_name = "NAME", conflicts_with_all = ["pages", "list"])]
    explain: Option<String>,
    /// List all lints, and what the reader of pages finds
    #[arg(long, conflicts_with = "pages")]
    list: bool,
    /// The file of findings that may stay; spec/lint.toml of the repository otherwise
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
    let allow = allowed(args)?;
    let allowances = match &allow {
        Some(path) => Allowances::load(path).map_err(Stop::failed)?,
        None => Allowances::default(),
    };
    let is_all = args.pages.is_empty();
    let inputs = match is_all {
        true => Input::list(&[repository::root("name pages")?.join("spec/pages")])?,
        false => Input::list(&args.pages)?,
    };
    let progress = output.progress("checking", inputs.len());
    let mut counts = Counts::default();
    for inputs in inputs.chunks(AT_A_TIME) {
        let pages: Vec<_> =
            inputs.par_iter().map(|input| findings(input, &allowances)).inspect(|_| progress.step()).collect();
        for (input, page) in inputs.iter().zip(pages) {
            match page {
                Ok((reading, found)) => {
                    let page = PageText::new(reading.origins.text());
                    show(found, &input.shown, &page, &mut counts, output)?;
                }
                Err(message) => {
                    output.failure(&format!("{}: {message}", input.shown));
                    counts.unreadable += 1;
                }
            }
        }
    }
    // If only some pages are checked, allowances for other APIs are not stale.
    let stale = allowances.stale(if is_all { Coverage::Whole } else { Coverage::Part });
    let file = allow.unwrap_or_default().display().to_string();
    show(stale, &file, &PageText::new(allowances.text()), &mut counts, output)?;
    if is_all {
        progress.end();
        output.line(&counts.summary(inputs.len(), output.format()))?;
    }
    Ok(match counts {
        Counts { unreadable: 1.., .. } => 2,
        Counts { errors: 0, warnings: 0, .. } => 0,
        _ => 1,
    })
}

/// Number of unreadable pages, and of findings by severity.
#[derive(Default)]
struct Counts {
    unreadable: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
}

impl Counts {
    /// Formats the counts, as in `12 pages: 1 unreadable, 2 errors, 1 warning, 3 notes`, or as JSON.
    fn summary(&self, pages: usize, format: Format) -> String {
        let Counts { unreadable, errors, warnings, notes } = *self;
        if format == Format::Json {
            let line = serde_json::json!({
                "pages": pages, "unreadable": unreadable, "errors": errors, "warnings": warnings, "notes": notes,
            });
            return line.to_string();
        }
        let counted = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let mut found = if unreadable > 0 { vec![format!("{unreadable} unreadable")] } else { Vec::new() };
        let kinds = [(errors, "error"), (warnings, "warning"), (notes, "note")];
        found.extend(kinds.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(count, what)));
        let found = if found.is_empty() { "nothing found".to_owned() } else { found.join(", ") };
        format!("{}: {found}", counted(pages, "page"))
    }
}

/// Returns the path of the file of allowances. A file named in the arguments must exist; the repository's own need not.
fn allowed(args: &Args) -> Result<Option<PathBuf>, Stop> {
    match &args.allow {
        Some(path) if !path.exists() => Err(Stop::Failed(format!("{}: does not exist", path.display()))),
        Some(path) => Ok(Some(path.clone())),
        None => Ok(repository::here().map(|root| root.join("spec/lint.toml"))),
    }
}

/// Reads a page and returns it with the findings of the reader and the lints that are not allowed.
fn findings(input: &Input, allowances: &Allowances) -> Result<(Reading, Vec<Diagnostic>), String> {
    let mut reading = input.page()?;
    let linted = check::lint(&reading.api, Some(&reading.origins));
    let mut found = std::mem::take(&mut reading.diagnostics);
    found.extend(linted);
    let found = allowances.filter(&reading.api.method, found);
    Ok((reading, found))
}

fn show(
    found: Vec<Diagnostic>,
    shown: &str,
    page: &PageText<'_>,
    counts: &mut Counts,
    output: &mut Output,
) -> Result<(), Stop> {
    for mut diagnostic in found {
        *match diagnostic.severity {
            Severity::Error => &mut counts.errors,
            Severity::Warning => &mut counts.warnings,
            Severity::Note => &mut counts.notes,
        } += 1;
        diagnostic.place.page = shown.to_owned();
        output.finding(&diagnostic, Some(page))?;
    }
    Ok(())
}

fn list(output: &mut Output) -> Result<(), Stop> {
    let mut all: Vec<_> = lint::ALL.iter().chain(lint::READING).collect();
    all.sort_by_key(|lint| lint.name);
    for lint in all {
        output.line(&match output.format() {
            Format::Text => format!("{:<28} {:<8} {}", lint.name, severity(lint.severity), lint.summary),
            Format::Json => serde_json::json!({
                "name": lint.name, "severity": severity(lint.severity), "summary": lint.summary,
                "explanation": lint.explanation(),
            })
            .to_string(),
        })?;
    }
    Ok(())
}

fn explain(name: &str, output: &mut Output) -> Result<(), Stop> {
    let Some(lint) = lint::Lint::find(name) else {
        let meant = lint::Lint::suggestion(name);
        let mark = if meant.is_empty() { ";" } else { "" };
        return Err(Stop::Failed(format!("there is no lint `{name}`{meant}{mark} `topsdk lint --list` shows all")));
    };
    output.line(&match output.format() {
        Format::Text => {
            format!("{} ({})\n{}\n\n{}", lint.name, severity(lint.severity), lint.summary, lint.explanation())
        }
        Format::Json => serde_json::json!({
            "name": lint.name, "severity": severity(lint.severity), "summary": lint.summary,
            "explanation": lint.explanation(),
        })
        .to_string(),
    })
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
