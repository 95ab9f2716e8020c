//! `topsdk update`: updates specs and bindings from pages, and reports the changes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use topsdk_codegen::diagnostic::Diagnostic;
use topsdk_codegen::diff::report;
use topsdk_codegen::update::{ApiUpdate, Options, Outcome, UpdateReport, Workspace};

use super::diff::next_line;
use super::output::{Output, Stop};
use super::{Report, repository};

/// Maximum number of unchanged APIs that are listed one by one beside changed ones. If there are more, none is listed.
const MOST_UNCHANGED: usize = 20;

/// Maximum number of findings shown. The first update of a whole catalogue may have thousands.
const MOST_FINDINGS: usize = 200;

const ABOUT: &str = "\
Reads spec/pages, writes spec/apis, generated/src and CHANGELOG.md. An update that ends on the way is completed by
the next one.

Exit status: 0 done; 1 something would change (--check); 2 a page was refused, or usage.";

#[derive(clap::Args)]
#[command(after_long_help = ABOUT)]
pub(crate) struct Args {
    /// Pages in spec/pages; all of them where none is named
    #[arg(value_name = "PAGE")]
    pages: Vec<PathBuf>,
    /// Write nothing, and fail if anything would change
    #[arg(long)]
    check: bool,
    /// Write nothing, and say what would change
    #[arg(long)]
    dry_run: bool,
    /// An API whose page has really lost what it had, or its place to another API; `gone` if many pages are really gone.
    /// May be given repeatedly
    #[arg(long, value_name = "METHOD")]
    accept: Vec<String>,
    /// The repository; the nearest folder with spec/pages otherwise
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, form: Report, output: &mut Output) -> Result<u8, Stop> {
    let workspace = Workspace::open(repository::root_or(args.root.as_ref())?).map_err(Stop::failed)?;
    let is_dry = args.check || args.dry_run;
    let options = Options { pages: args.pages.clone(), check: is_dry, accept: args.accept.clone() };
    // Two steps per page: reading it, and writing its module.
    let progress = output.progress("updating", 2 * workspace.page_count().map_err(Stop::failed)?);
    let update = workspace.update_watched(&options, &|| progress.step()).map_err(Stop::failed)?;
    progress.end();
    for method in &args.accept {
        if method != "gone" && update.apis.iter().all(|api| api.method != *method) {
            output.note(&format!("note: --accept {method}: there is no such API"))?;
        }
    }
    show(&update, is_dry, form, output)?;
    let is_refused = refused(&update).next().is_some();
    Ok(match (is_refused, args.check && !update.is_up_to_date()) {
        (true, _) => 2,
        (false, true) => 1,
        (false, false) => 0,
    })
}

/// Prints what an update did, or would do.
pub(crate) fn show(update: &UpdateReport, is_dry: bool, form: Report, output: &mut Output) -> Result<(), Stop> {
    findings(&update.diagnostics, form, output)?;
    for (_, why) in refused(update) {
        output.failure(&why);
    }
    match form {
        Report::Text => text(update, is_dry, output),
        Report::Json => json(update, output),
        Report::Markdown => output.line(markdown(update).trim_end()),
        Report::Changelog if update.changelog.is_empty() => Ok(()),
        Report::Changelog => output.line(update.changelog.trim_end()),
    }
}

fn findings(diagnostics: &[Diagnostic], form: Report, output: &mut Output) -> Result<(), Stop> {
    // JSON output contains all findings.
    let most = if form == Report::Json { usize::MAX } else { MOST_FINDINGS };
    for diagnostic in diagnostics.iter().take(most) {
        output.finding(diagnostic, None)?;
    }
    match diagnostics.len().saturating_sub(most) {
        0 => Ok(()),
        more => {
            output.note(&format!("note: {more} more findings are not shown: `topsdk lint spec/pages` has them all"))
        }
    }
}

/// Returns the refused APIs, each with a message that names the page and the reason.
fn refused(update: &UpdateReport) -> impl Iterator<Item = (&ApiUpdate, String)> {
    update.apis.iter().filter_map(|api| match &api.outcome {
        Outcome::Refused(refusal) => {
            let why = refusal.to_string();
            let is_named = why.starts_with(&api.page);
            Some((api, if is_named { why } else { format!("{}: {why}", api.page) }))
        }
        _ => None,
    })
}

fn text(update: &UpdateReport, is_dry: bool, output: &mut Output) -> Result<(), Stop> {
    let unchanged = count(update, "unchanged");
    if !update.is_up_to_date() {
        let is_named = |api: &&ApiUpdate| unchanged <= MOST_UNCHANGED || !matches!(api.outcome, Outcome::Unchanged);
        for api in update.apis.iter().filter(is_named) {
            output.line(&format!("{:<9} {}", word(&api.outcome), told(api)))?;
            files(&api.files, is_dry, output)?;
        }
    }
    for applied in &update.overrides {
        output.line(&format!("{:<9} {applied}", "override"))?;
    }
    files(&update.files, is_dry, output)?;
    if !update.diff.changes.is_empty() {
        output.line("")?;
        output.line(report::terminal(&update.diff, output.is_colored()).trim_end())?;
    }
    if !update.changelog.is_empty() {
        let would = if is_dry { "would go" } else { "went" };
        let entries = update.changelog.trim_end();
        output.line(&format!("\nwhat {would} into CHANGELOG.md, under Unreleased:\n\n{entries}"))?;
    }
    if update.outdated > 0 {
        let would = if is_dry { "would be removed from" } else { "removed from" };
        let entries = if update.outdated == 1 { "1 entry" } else { &format!("{} entries", update.outdated) };
        output.line(&format!("\n{would} CHANGELOG.md: {entries} of earlier updates, no longer true"))?;
    }
    if let Some(next) = next(update) {
        output.line(&format!("\n{next}"))?;
    }
    output.line(&summary(update, is_dry))
}

/// Describes the outcome for an API, for people.
fn told(api: &ApiUpdate) -> String {
    let title = api.after.as_ref().or(api.before.as_ref()).map(|api| format!(" ({})", api.title));
    let title = title.filter(|title| title != " ()").unwrap_or_default();
    match api.outcome {
        Outcome::Refused(_) => format!("{}: nothing of it was touched", api.method),
        Outcome::Gone => format!("{}{title}, as {} is gone", api.method, api.page),
        _ => format!("{}{title}, from {}", api.method, api.page),
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
            next.next, next.verdict
        ),
        false => next_line(&next.next, &next.since, next.verdict),
    })
}

fn summary(update: &UpdateReport, is_dry: bool) -> String {
    if update.is_up_to_date() {
        return format!("up to date: {}", apis(update));
    }
    let would = match (is_dry, refused(update).next()) {
        (false, _) => "",
        (true, Some(_)) => "; nothing was written",
        (true, None) => "; nothing was written: run `topsdk update`",
    };
    format!("{}: {}{would}", apis(update), counts(update))
}

/// Returns the report as Markdown for a pull request.
fn markdown(update: &UpdateReport) -> String {
    let mut text = report::markdown(&update.diff);
    if let Some(next) = next(update) {
        text.push_str(&format!("\n{next}.\n"));
    }
    text.push_str(&format!("\n{}: {}.\n", apis(update), counts(update)));
    let refused: Vec<String> = refused(update)
        .map(|(api, why)| format!("* {}: {}\n", report::code(&api.method, 200), report::code(&why, 600)))
        .collect();
    if !refused.is_empty() {
        text.push_str(&format!("\n**Refused**, and left as they are:\n\n{}", refused.concat()));
    }
    if !update.diagnostics.is_empty() {
        let count = counted(update.diagnostics.len(), "finding");
        text.push_str(&format!("\n{count} on the pages: see `topsdk lint spec/pages`.\n"));
    }
    text
}

fn json(update: &UpdateReport, output: &mut Output) -> Result<(), Stop> {
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
    let diff: serde_json::Value = serde_json::from_str(&report::json(&update.diff)).map_err(Stop::failed)?;
    let next = update.next.as_ref().map(|next| {
        serde_json::json!({ "version": next.next, "since": next.since, "verdict": next.verdict, "is_set": next.is_set })
    });
    let line = serde_json::json!({
        "up_to_date": update.is_up_to_date(), "files": update.files, "overrides": overrides, "diff": diff,
        "changelog": update.changelog, "takes_back": update.outdated > 0, "next": next,
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

fn count(update: &UpdateReport, of: &str) -> usize {
    methods(update).values().filter(|outcome| **outcome == of).count()
}

/// Counts APIs by outcome, as in `1 changed, 3 unchanged`.
fn counts(update: &UpdateReport) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for outcome in methods(update).into_values() {
        *counts.entry(outcome).or_default() += 1;
    }
    counts.iter().map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

/// Returns the outcome for each API. Several pages of one API may have been refused.
fn methods(update: &UpdateReport) -> BTreeMap<&str, &'static str> {
    update.apis.iter().map(|api| (api.method.as_str(), word(&api.outcome))).collect()
}

fn apis(update: &UpdateReport) -> String {
    counted(methods(update).len(), "API")
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
