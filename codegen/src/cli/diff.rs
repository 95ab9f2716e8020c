//! `topsdk diff`: reports what changed between two sets of specs or pages, and the next version.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use topsdk_codegen::diff::{Diff, Verdict, diff, report};
use topsdk_spec::Api;

use super::input::AT_A_TIME;
use super::output::{Output, Stop};
use super::{Report, specs};

#[derive(clap::Args)]
#[command(after_long_help = "Exit status: 0 nothing changed; 1 there are changes; 2 something cannot be read.")]
pub(crate) struct Args {
    /// Specs (.json, .jsonl) or pages: a file, a folder, or - for standard input
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The same, as it is now
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// The version that OLD was released as: the report says which comes next
    #[arg(long, value_name = "VERSION")]
    since: Option<String>,
}

pub(crate) fn run(args: &Args, form: Report, output: &mut Output) -> Result<u8, Stop> {
    if args.old == args.new && args.old == Path::new("-") {
        return Err(Stop::Failed("standard input can be OLD or NEW, not both".to_owned()));
    }
    // Load both before returning, so that all unreadable files are reported at once.
    let (old, new) = (load(&args.old, output)?, load(&args.new, output)?);
    let (Some(old), Some(new)) = (old, new) else { return Ok(2) };
    let found = diff(&old, &new);
    let next = args.since.as_deref().map(|since| next_version(since, &found)).transpose()?;
    let text = match form {
        Report::Text => report::terminal(&found, output.is_colored()),
        Report::Json => report::json(&found),
        Report::Markdown => report::markdown(&found),
        Report::Changelog => report::changelog(&found),
    };
    if !text.is_empty() {
        output.line(text.trim_end_matches('\n'))?;
    }
    if let Some(next) = next {
        match form {
            Report::Text => output.line(&next)?,
            Report::Markdown => output.line(&format!("\n{next}."))?,
            // These reports are written to files unchanged, so the version is a note.
            Report::Json | Report::Changelog => output.note(&next)?,
        }
    }
    Ok(u8::from(!found.changes.is_empty()))
}

fn next_version(since: &str, found: &Diff) -> Result<String, Stop> {
    match report::next_version(since, found.verdict()) {
        Some(next) if next == since => Ok(format!("next version: none, {since} is as it was")),
        Some(next) => Ok(next_line(&next, since, found.verdict())),
        None => Err(Stop::Failed(format!("--since {since}: expected a version of three numbers, such as 0.3.1"))),
    }
}

/// Returns the line that states the next version and the rule behind it.
pub(super) fn next_line(next: &str, since: &str, verdict: Verdict) -> String {
    let rule = report::version_rule(since, verdict);
    let rule = if rule.is_empty() { String::new() } else { format!(" ({rule})") };
    format!("next version: {next}, as the changes since {since} are {verdict}{rule}")
}

/// Loads all specs at a path. Returns `None` if something cannot be read, after reporting it.
fn load(path: &Path, output: &mut Output) -> Result<Option<Vec<Api>>, Stop> {
    let inputs = specs::list(&[path.to_owned()])?;
    let progress = output.progress("reading", inputs.len());
    let mut apis: Vec<Api> = Vec::new();
    let mut findings = 0;
    let mut is_readable = true;
    for inputs in inputs.chunks(AT_A_TIME) {
        let contents: Vec<_> = inputs.par_iter().map(specs::content).inspect(|_| progress.step()).collect();
        for (input, content) in inputs.iter().zip(contents) {
            match content {
                Ok(content) => {
                    apis.extend(content.apis);
                    findings += content.findings;
                }
                Err(message) => {
                    output.failure(&format!("{}: {message}", input.shown));
                    is_readable = false;
                }
            }
        }
    }
    progress.end();
    if is_readable && apis.is_empty() {
        // Compared with an empty set, every API would be new. A wrong path is more likely.
        output.failure(&format!("{}: holds no spec and no page", path.display()));
        is_readable = false;
    }
    if !is_readable {
        return Ok(None);
    }
    let methods: BTreeSet<&str> = apis.iter().map(|api| api.method.as_str()).collect();
    if methods.len() < apis.len() {
        let (specs, methods, path) = (apis.len(), methods.len(), path.display());
        output
            .note(&format!("note: {path}: {specs} specs of {methods} methods; the richest form of each is compared"))?;
    }
    if findings > 0 {
        let path = path.display();
        output.note(&format!("note: {path}: {findings} doubtful places of pages; `topsdk lint` shows them"))?;
    }
    Ok(Some(apis))
}
