//! `topsdk update`: pages to specs to Rust, and what it did.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::slice;

use topsdk_codegen::workspace::{ApiUpdate, Options, Outcome, Update, Workspace};

use super::Format;
use super::output::{Output, Stop};
use super::repository;

/// Exit status 1 where --check finds that something would change, 2 where a page was refused.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Pages in spec/pages; all of them where none is named
    #[arg(value_name = "PAGE")]
    pages: Vec<PathBuf>,
    /// Write nothing, and fail if anything would change
    #[arg(long)]
    check: bool,
    /// The repository; the nearest folder with spec/pages otherwise
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let workspace = Workspace::open(repository::root(args.root.as_ref())?).map_err(Stop::failed)?;
    let options = Options { pages: args.pages.clone(), check: args.check, ..Options::default() };
    let update = workspace.update(&options).map_err(Stop::failed)?;
    for diagnostic in &update.diagnostics {
        output.finding(diagnostic, None)?;
    }
    match output.format() {
        Format::Text => report(&update, args.check, output)?,
        Format::Json => report_json(&update, output)?,
    }
    let is_refused = update.apis.iter().any(|api| matches!(api.outcome, Outcome::Refused(_)));
    Ok(match (is_refused, args.check && !update.is_up_to_date()) {
        (true, _) => 2,
        (false, true) => 1,
        (false, false) => 0,
    })
}

fn report(update: &Update, check: bool, output: &mut Output) -> Result<(), Stop> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for api in &update.apis {
        let word = word(&api.outcome);
        *counts.entry(word).or_default() += 1;
        match &api.outcome {
            Outcome::Unchanged => continue,
            Outcome::Refused(refusal) => {
                output.failure(&format!("{}: {refusal}", api.page));
                output.line(&format!("{word:<9} {}: nothing of it was touched", api.method))?;
            }
            Outcome::New | Outcome::Changed | Outcome::Gone => {
                let title = api.after.as_ref().map(|api| format!(" ({})", api.title)).unwrap_or_default();
                output.line(&format!("{word:<9} {}{title}, from {}", api.method, api.page))?;
            }
        }
        if let (Some(before), Some(after)) = (&api.before, &api.after) {
            let changes = topsdk_spec::diff(slice::from_ref(before.as_ref()), slice::from_ref(after.as_ref()));
            if !changes.changes.is_empty() {
                output.line(topsdk_spec::diff::report::terminal(&changes, false).trim_end())?;
            }
        }
        files(&api.files, check, output)?;
    }
    for applied in &update.overrides {
        output.line(&format!("{:<9} {applied}", "override"))?;
    }
    files(&update.files, check, output)?;
    if let Some(diagnostics @ 1..) = update.warm {
        output.line(&format!("nothing has changed since the last update, which had {diagnostics} findings to show"))?;
    }
    if update.is_up_to_date() {
        return output.line(&format!("up to date: {}", apis(update.apis.len())));
    }
    let counts: Vec<_> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    let would = if check { "; nothing was written: run `topsdk update`" } else { "" };
    output.line(&format!("{}: {}{would}", apis(update.apis.len()), counts.join(", ")))
}

fn files(files: &[String], check: bool, output: &mut Output) -> Result<(), Stop> {
    for file in files {
        let did = if check { "would change" } else { "wrote" };
        output.line(&format!("{:<9} {did} {file}", ""))?;
    }
    Ok(())
}

fn report_json(update: &Update, output: &mut Output) -> Result<(), Stop> {
    for api in &update.apis {
        let ApiUpdate { method, page, outcome, files, .. } = api;
        let why = match outcome {
            Outcome::Refused(refusal) => Some(refusal.to_string()),
            _ => None,
        };
        let line = serde_json::json!({
            "method": method, "page": page, "outcome": word(outcome), "files": files, "why": why,
        });
        output.line(&line.to_string())?;
    }
    let overrides: Vec<_> = update.overrides.iter().map(ToString::to_string).collect();
    let line = serde_json::json!({
        "up_to_date": update.is_up_to_date(), "files": update.files, "overrides": overrides,
    });
    output.line(&line.to_string())
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::New => "new",
        Outcome::Changed => "changed",
        Outcome::Unchanged => "unchanged",
        Outcome::Gone => "gone",
        Outcome::Refused(_) => "refused",
    }
}

fn apis(count: usize) -> String {
    format!("{count} API{}", if count == 1 { "" } else { "s" })
}
