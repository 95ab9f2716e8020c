//! `topsdk update`: updates specs and bindings from pages, and reports the changes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;
use topsdk_codegen::diff::report;
use topsdk_codegen::update::{ApiUpdate, UpdateOptions, UpdateOutcome, UpdateReport, Workspace};

use super::ReportFormat;
use super::diff::next_line;
use super::output::{Output, Stop, counted};
use super::repository::RootArgs;

/// Maximum number of unchanged APIs that are listed one by one beside changed ones. If there are more, none is listed.
const MAX_UNCHANGED: usize = 20;

/// Maximum number of findings shown. The first update of a whole catalogue may have thousands.
const MAX_FINDINGS: usize = 200;

#[derive(clap::Args)]
#[command(after_long_help = "\
Reads spec/pages; writes spec/apis, generated/src and CHANGELOG.md. If an update is interrupted, the next one completes it.

Exit status: 0 done; 1 something would change (--check); 2 a page was refused, or wrong usage.")]
pub(crate) struct Args {
    /// Pages in spec/pages [default: all of them]
    #[arg(value_name = "PAGE")]
    pages: Vec<PathBuf>,
    /// Write nothing, and fail if anything would change
    #[arg(long)]
    check: bool,
    /// Write nothing, and report what would change
    #[arg(long)]
    dry_run: bool,
    /// An API whose page may lose content, become the page of another API, or be removed together with many others; `gone`
    /// accepts all removed pages. May be given repeatedly
    #[arg(long, value_name = "METHOD")]
    accept: Vec<String>,
    #[command(flatten)]
    root: RootArgs,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let workspace = Workspace::open(args.root.root()?)?;
    let is_dry = args.check || args.dry_run;
    let options = UpdateOptions { pages: args.pages.clone(), check: is_dry, accept: args.accept.clone() };
    // Two steps per page: reading it, and writing its module.
    let progress = output.progress("updating", 2 * workspace.page_count()?);
    let update = workspace.update(&options, &|| progress.inc(1))?;
    progress.finish_and_clear();
    for method in &args.accept {
        if method != "gone" && update.apis.iter().all(|api| api.method != *method) {
            output.note(&format!("--accept {method}: there is no such API"))?;
        }
    }
    show(&update, is_dry, output)?;
    Ok(match refused(&update).next() {
        Some(_) => 2,
        None => u8::from(args.check && !update.is_up_to_date()),
    })
}

/// Prints what an update did, or would do.
pub(crate) fn show(update: &UpdateReport, is_dry: bool, output: &mut Output) -> Result<(), Stop> {
    // JSON output contains all findings.
    let shown = if output.is_json() { usize::MAX } else { MAX_FINDINGS };
    update.diagnostics.iter().take(shown).try_for_each(|diagnostic| output.finding(diagnostic, None))?;
    if let Some(more @ 1..) = update.diagnostics.len().checked_sub(shown) {
        output.note(&format!("{more} more findings are not shown; `topsdk lint spec/pages` shows all"))?;
    }
    refused(update).for_each(|(_, why)| output.failure(&why));
    match output.format {
        ReportFormat::Text => text(update, is_dry, output),
        ReportFormat::Json => json(update, output),
        ReportFormat::Markdown => output.line(markdown(update).trim_end()),
        ReportFormat::Changelog if update.changelog.is_empty() => Ok(()),
        ReportFormat::Changelog => output.line(update.changelog.trim_end()),
    }
}

/// Returns the refused APIs, each with a message that names the page and the reason.
fn refused(update: &UpdateReport) -> impl Iterator<Item = (&ApiUpdate, String)> {
    update.apis.iter().filter_map(|api| match &api.outcome {
        UpdateOutcome::Refused(refusal) => {
            let why = refusal.to_string();
            let is_named = why.starts_with(&api.page);
            Some((api, if is_named { why } else { format!("{}: {why}", api.page) }))
        }
        _ => None,
    })
}

fn text(update: &UpdateReport, is_dry: bool, output: &mut Output) -> Result<(), Stop> {
    let is_unchanged = |api: &&ApiUpdate| matches!(api.outcome, UpdateOutcome::Unchanged);
    let lists_unchanged = !update.is_up_to_date() && update.apis.iter().filter(is_unchanged).count() <= MAX_UNCHANGED;
    for api in update.apis.iter().filter(|api| lists_unchanged || !is_unchanged(api)) {
        let ApiUpdate { method, title, page, outcome, .. } = api;
        let title = if title.is_empty() { String::new() } else { format!(" ({title})") };
        let what = match outcome {
            UpdateOutcome::Refused(_) => ": nothing was changed".to_owned(),
            UpdateOutcome::Gone => format!("{title}, as {page} is gone"),
            _ => format!("{title}, from {page}"),
        };
        output.line(&format!("{:<9} {method}{what}", word(outcome)))?;
        files(&api.files, is_dry, output)?;
    }
    for applied in &update.overrides {
        output.line(&format!("{:<9} {applied}", "override"))?;
    }
    files(&update.files, is_dry, output)?;
    if !update.diff.changes.is_empty() {
        output.line(&format!("\n{}", report::terminal(&update.diff, output.is_colored).trim_end()))?;
    }
    if !update.changelog.is_empty() {
        let would = if is_dry { "would go" } else { "went" };
        let entries = update.changelog.trim_end();
        output.line(&format!("\nwhat {would} into CHANGELOG.md, under Unreleased:\n\n{entries}"))?;
    }
    if update.outdated > 0 {
        let would = if is_dry { "would be removed" } else { "removed" };
        let entries = counted(update.outdated, "entry", "entries");
        output.line(&format!("\n{would} from CHANGELOG.md: {entries} of earlier updates, no longer true"))?;
    }
    if let Some(next) = next(update) {
        output.line(&format!("\n{next}"))?;
    }
    match (is_dry, refused(update).next()) {
        _ if update.is_up_to_date() => {
            output.line(&format!("up to date: {}", counted(update.apis.len(), "API", "APIs")))
        }
        (false, _) => output.line(&summary(update)),
        (true, Some(_)) => output.line(&format!("{}; nothing was written", summary(update))),
        (true, None) => output.line(&format!("{}; nothing was written: run `topsdk update`", summary(update))),
    }
}

fn files(files: &[String], is_dry: bool, output: &mut Output) -> Result<(), Stop> {
    let did = if is_dry { "would change" } else { "wrote" };
    files.iter().try_for_each(|file| output.line(&format!("{:<9} {did} {file}", "")))
}

fn next(update: &UpdateReport) -> Option<String> {
    let Some(next) = update.next.as_ref() else {
        let unknown = "next version: unknown, as generated/Cargo.toml has no version of three numbers";
        return (!update.changelog.is_empty()).then(|| unknown.to_owned());
    };
    Some(match next.is_set {
        true => format!(
            "next version: {}, as the manifest says, is enough for changes that are {}",
            next.version, next.verdict
        ),
        false => next_line(&next.version, &next.since, next.verdict),
    })
}

/// Returns the report as Markdown for a pull request.
fn markdown(update: &UpdateReport) -> String {
    let mut text = report::markdown(&update.diff);
    if let Some(next) = next(update) {
        text.push_str(&format!("\n{next}.\n"));
    }
    text.push_str(&format!("\n{}.\n", summary(update)));
    let refused: Vec<String> = refused(update)
        .map(|(api, why)| format!("* {}: {}\n", report::code(&api.method, 200), report::code(&why, 600)))
        .collect();
    if !refused.is_empty() {
        text.push_str(&format!("\n**Refused**, and left as they are:\n\n{}", refused.concat()));
    }
    if !update.diagnostics.is_empty() {
        let count = counted(update.diagnostics.len(), "finding", "findings");
        text.push_str(&format!("\n{count} on the pages: see `topsdk lint spec/pages`.\n"));
    }
    text
}

fn json(update: &UpdateReport, output: &mut Output) -> Result<(), Stop> {
    for ApiUpdate { method, page, outcome, files, .. } in &update.apis {
        let why = if let UpdateOutcome::Refused(refusal) = outcome { Some(refusal.to_string()) } else { None };
        let outcome = word(outcome);
        let line = json!({ "method": method, "page": page, "outcome": outcome, "files": files, "why": why });
        output.line(&line.to_string())?;
    }
    let overrides: Vec<_> = update.overrides.iter().map(ToString::to_string).collect();
    let diff: serde_json::Value = serde_json::from_str(&report::json(&update.diff))?;
    let line = json!({
        "up_to_date": update.is_up_to_date(), "files": update.files, "overrides": overrides, "diff": diff,
        "changelog": update.changelog, "takes_back": update.outdated > 0, "next": update.next,
    });
    output.line(&line.to_string())
}

fn word(outcome: &UpdateOutcome) -> &'static str {
    match outcome {
        UpdateOutcome::New => "new",
        UpdateOutcome::Changed => "changed",
        UpdateOutcome::Unchanged => "unchanged",
        UpdateOutcome::Gone => "gone",
        UpdateOutcome::Refused(_) => "refused",
    }
}

/// Counts the APIs by outcome, as in `4 APIs: 1 changed, 3 unchanged`. Several pages of one API may have been refused; it
/// counts once.
fn summary(update: &UpdateReport) -> String {
    let outcomes: BTreeMap<&str, &'static str> =
        update.apis.iter().map(|api| (api.method.as_str(), word(&api.outcome))).collect();
    let apis = counted(outcomes.len(), "API", "APIs");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    outcomes.into_values().for_each(|outcome| *counts.entry(outcome).or_default() += 1);
    let counts: Vec<String> = counts.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
    format!("{apis}: {}", counts.join(", "))
}
