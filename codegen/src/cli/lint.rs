//! `topsdk lint`: where the tables and the samples of pages disagree.

use std::collections::BTreeSet;
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
    /// Pages as HTML, text or document JSON: files, folders, or - for standard input
    #[arg(required_unless_present_any = ["explain", "list"], value_name = "PAGE")]
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
    let inputs = Input::list(&args.pages)?;
    let progress = output.progress("checking", inputs.len());
    let mut worst = None;
    let mut unreadable = false;
    for inputs in inputs.chunks(AT_A_TIME) {
        let pages: Vec<_> =
            inputs.par_iter().map(|input| findings(input, &allowances)).inspect(|_| progress.step()).collect();
        for (input, page) in inputs.iter().zip(pages) {
            match page {
                Ok((reading, found)) => {
                    let page = PageText::new(reading.origins.text());
                    worst = worst.max(show(found, &input.shown, &page, output)?);
                }
                Err(message) => {
                    output.failure(&format!("{}: {message}", input.shown));
                    unreadable = true;
                }
            }
        }
    }
    // One page or a folder says nothing about allowances of the APIs that are not in it.
    let stale = allowances.stale(Coverage::Part);
    let file = allow.unwrap_or_default().display().to_string();
    worst = worst.max(show(stale, &file, &PageText::new(allowances.text()), output)?);
    Ok(match worst {
        _ if unreadable => 2,
        Some(Severity::Warning | Severity::Error) => 1,
        Some(Severity::Note) | None => 0,
    })
}

/// The file of allowances. One that is named has to be there, the repository's own need not.
fn allowed(args: &Args) -> Result<Option<PathBuf>, Stop> {
    match &args.allow {
        Some(path) if !path.exists() => Err(Stop::Failed(format!("{}: does not exist", path.display()))),
        Some(path) => Ok(Some(path.clone())),
        None => Ok(repository::here().map(|root| root.join("spec/lint.toml"))),
    }
}

/// The page, and what is not allowed of what the reader and the lints found on it.
fn findings(input: &Input, allowances: &Allowances) -> Result<(Reading, Vec<Diagnostic>), String> {
    let mut reading = input.page()?;
    let linted = check::lint(&reading.api, &reading.origins);
    let mut found = std::mem::take(&mut reading.diagnostics);
    // Reader and lints find some things both, and say them in their own words.
    let place = |found: &Diagnostic| (found.name, found.place.section.clone(), found.place.path.clone());
    let known: BTreeSet<_> = linted.iter().map(place).collect();
    found.retain(|found| !known.contains(&place(found)));
    found.extend(linted);
    let found = allowances.filter(&reading.api.method, found);
    Ok((reading, found))
}

fn show(
    found: Vec<Diagnostic>,
    shown: &str,
    page: &PageText<'_>,
    output: &mut Output,
) -> Result<Option<Severity>, Stop> {
    let worst = found.iter().map(|diagnostic| diagnostic.severity).max();
    for mut diagnostic in found {
        diagnostic.place.page = shown.to_owned();
        output.finding(&diagnostic, Some(page))?;
    }
    Ok(worst)
}

fn list(output: &mut Output) -> Result<(), Stop> {
    let mut all: Vec<_> = lint::ALL.iter().chain(lint::READING).collect();
    all.sort_by_key(|lint| lint.name);
    for lint in all {
        output.line(&match output.format() {
            Format::Text => format!("{:<28} {:<8} {}", lint.name, severity(lint.severity), lint.summary),
            Format::Json => serde_json::json!({
                "name": lint.name, "severity": severity(lint.severity), "summary": lint.summary,
                "explanation": lint.explanation,
            })
            .to_string(),
        })?;
    }
    Ok(())
}

fn explain(name: &str, output: &mut Output) -> Result<(), Stop> {
    let Some(lint) = lint::Lint::find(name) else {
        return Err(Stop::Failed(format!("there is no lint `{name}`; `topsdk lint --list` shows all")));
    };
    output.line(&match output.format() {
        Format::Text => {
            format!("{} ({})\n{}\n\n{}", lint.name, severity(lint.severity), lint.summary, lint.explanation)
        }
        Format::Json => serde_json::json!({
            "name": lint.name, "severity": severity(lint.severity), "summary": lint.summary,
            "explanation": lint.explanation,
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
