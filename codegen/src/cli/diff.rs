//! `topsdk diff`: reports what changed between two sets of specs or pages, and the next version.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use topsdk_codegen::diff::{Diff, Verdict, diff, report};
use topsdk_spec::Api;

use super::input::in_order;
use super::output::{Output, Stop, counted};
use super::{ReportFormat, specs};

#[derive(clap::Args)]
#[command(
    after_long_help = "Exit status: 0 nothing changed; 1 there are changes; 2 something cannot be read, or wrong usage."
)]
pub(crate) struct Args {
    /// The old specs (.json, .jsonl) or pages: a file, a folder, or - for standard input
    old: PathBuf,
    /// The new specs or pages, likewise
    new: PathBuf,
    /// The released version that OLD belongs to; the report then names the next version
    #[arg(long, value_name = "VERSION")]
    since: Option<String>,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    if args.old == args.new && args.old == Path::new("-") {
        return Err(Stop::Failed("standard input can be OLD or NEW, not both".to_owned()));
    }
    // Load both before returning, so that all unreadable files are reported at once.
    let (old, new) = (load(&args.old, output)?, load(&args.new, output)?);
    let (Some(old), Some(new)) = (old, new) else { return Ok(2) };
    let found = diff(&old, &new);
    let next = args.since.as_deref().map(|since| next_version(since, &found)).transpose()?;
    let text = match output.format {
        ReportFormat::Text => report::terminal(&found, output.is_colored),
        ReportFormat::Json => report::json(&found),
        ReportFormat::Markdown => report::markdown(&found),
        ReportFormat::Changelog => report::changelog(&found),
    };
    if !text.is_empty() {
        output.line(text.trim_end_matches('\n'))?;
    }
    if let Some(next) = next {
        match output.format {
            ReportFormat::Text => output.line(&next)?,
            ReportFormat::Markdown => output.line(&format!("\n{next}."))?,
            // These reports must stay readable by programs, so the version is a note.
            ReportFormat::Json | ReportFormat::Changelog => output.note(&next)?,
        }
    }
    Ok(u8::from(!found.changes.is_empty()))
}

fn next_version(since: &str, found: &Diff) -> Result<String, Stop> {
    match report::next_version(since, found.verdict()) {
        Some(next) if next == since => Ok(format!("next version: none, as nothing has changed since {since}")),
        Some(next) => Ok(next_line(&next, since, found.verdict())),
        None => Err(Stop::Failed(format!("--since {since}: expected a version of three numbers, such as 0.3.1"))),
    }
}

/// Returns the line that states the next version, and the rule behind it where Cargo's rules differ from plain Semantic
/// Versioning: below 1.0.0.
pub(super) fn next_line(next: &str, since: &str, verdict: Verdict) -> String {
    let rule = match verdict {
        _ if !since.starts_with("0.") => "",
        Verdict::Major => " (below 1.0.0 a breaking change raises the second number)",
        Verdict::Minor | Verdict::Patch => " (below 1.0.0 a compatible change raises the third number)",
        Verdict::None => "",
    };
    format!("next version: {next}, as the changes since {since} are {verdict}{rule}")
}

/// Loads all specs at a path. Returns `None` if something cannot be read, after reporting it.
fn load(path: &Path, output: &mut Output) -> Result<Option<Vec<Api>>, Stop> {
    let inputs = specs::list(&[path.to_owned()])?;
    let mut apis: Vec<Api> = Vec::new();
    let mut findings = 0;
    let unreadable = in_order(&inputs, "reading", output, specs::content, |_, content, _| {
        apis.extend(content.apis);
        findings += content.findings;
        Ok(())
    })?;
    let path = path.display();
    if unreadable == 0 && apis.is_empty() {
        // Compared with an empty set, every API would be new. A wrong path is more likely.
        output.failure(&format!("{path}: contains no spec and no page"));
    }
    if unreadable > 0 || apis.is_empty() {
        return Ok(None);
    }
    let methods: BTreeSet<&str> = apis.iter().map(|api| api.method.as_str()).collect();
    if methods.len() < apis.len() {
        let (specs, methods) = (apis.len(), methods.len());
        output.note(&format!("{path}: {specs} specs of {methods} methods; the richest form of each is compared"))?;
    }
    if findings > 0 {
        let findings = counted(findings, "finding", "findings");
        output.note(&format!("{path}: {findings} on the pages; `topsdk lint` shows them"))?;
    }
    Ok(Some(apis))
}
