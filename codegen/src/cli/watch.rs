//! `topsdk watch`: reports what the catalogue and the announcements say about the APIs of the repository.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use topsdk_codegen::catalogue::{Catalogue, FILE};
use topsdk_codegen::diff::report::code;
use topsdk_codegen::fetch::{Announced, FetchError, Site, Watch};

use super::output::{Output, Stop};
use super::site::{SiteArgs, fetch_catalogue};
use super::{ReportFormat, repository, specs};

/// Maximum number of announcements read, latest first. A site that does not date them has several hundred.
const MAX_ANNOUNCEMENTS: usize = 1000;

/// Maximum number of new APIs listed in output for people.
const MAX_NEW: usize = 50;

#[derive(clap::Args)]
#[command(after_long_help = "\
new: in the site's catalogue, but not in spec/catalogue.jsonl.
unlisted: in spec/apis, but not in the site's catalogue; that alone does not mean that an API is retired.
announced: named in an announcement of the last days, or in one without a date.

The command writes nothing; `topsdk catalogue` stores the catalogue.

Exit status: 0 nothing to report; 1 something was found; 2 the catalogue or the announcements could not be fetched, or wrong usage.")]
pub(crate) struct Args {
    /// Read the announcements of the last N days
    #[arg(long, value_name = "N", default_value_t = 90)]
    days: u32,
    #[command(flatten)]
    site: SiteArgs,
}

/// The results, and the problems with what could not be read.
struct WatchReport {
    watch: Watch,
    /// Number of APIs in the site's catalogue.
    listed: usize,
    /// Number of APIs in the specs.
    specs: usize,
    problems: Vec<String>,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    repository::root("run `topsdk watch` in one")?;
    let specs: BTreeSet<String> = specs::load_or_stored(&[])?.into_iter().map(|api| api.method).collect();
    let stored = repository::catalogue()?;
    let mut site = args.site.site();
    let catalogue = fetch_catalogue(&mut site, output)?;
    catalogue.replaces(stored.as_ref().unwrap_or(&Catalogue::default()))?;
    let mut report = WatchReport {
        watch: Watch::new(&catalogue, stored.as_ref(), &specs),
        listed: catalogue.entries().len(),
        specs: specs.len(),
        problems: Vec::new(),
    };
    if stored.is_none() {
        report.problems.push(format!("there is no {FILE}, so no API is known to be new; `topsdk catalogue` stores it"));
    }
    let is_whole = announcements(args, &mut site, &specs, &mut report, output);
    report.problems.iter().try_for_each(|problem| output.note(problem))?;
    match output.format() {
        ReportFormat::Json => output.line(&json(&report).to_string())?,
        ReportFormat::Markdown => output.line(markdown(&report).trim_end())?,
        ReportFormat::Text | ReportFormat::Changelog => text(&report, output)?,
    }
    Ok(match is_whole {
        Err(error) => {
            output.failure(&format!("{error}; the announcements could not all be read"));
            2
        }
        Ok(()) => u8::from(!report.watch.is_empty()),
    })
}

/// Reads the announcements of the last `--days` days. An announcement of an unexpected form is recorded as a problem; the
/// others are still read.
fn announcements(
    args: &Args,
    site: &mut Site,
    specs: &BTreeSet<String>,
    report: &mut WatchReport,
    output: &mut Output,
) -> Result<(), FetchError> {
    let since = jiff::Timestamp::now() - Duration::from_secs(u64::from(args.days) * 24 * 60 * 60);
    let found = match site.announcements() {
        Err(error @ (FetchError::Unexpected(..) | FetchError::Page(_))) => {
            report.problems.push(error.to_string());
            return Ok(());
        }
        found => found?,
    };
    if let Some(misfit) = found.misfit {
        report.problems.push(format!("the list of announcements: expected one of titles and numbers, found {misfit}"));
    }
    let mut list = found.list;
    list.retain(|announcement| announcement.time.is_none_or(|time| time >= since));
    list.sort_by_key(|announcement| std::cmp::Reverse(announcement.time));
    if list.len() > MAX_ANNOUNCEMENTS {
        report.problems.push(format!("of {} announcements the latest {MAX_ANNOUNCEMENTS} were read", list.len()));
        list.truncate(MAX_ANNOUNCEMENTS);
    }
    let progress = output.progress("reading announcements", list.len());
    for announcement in &list {
        let text = match site.announcement(announcement) {
            Err(error @ (FetchError::Unexpected(..) | FetchError::Page(_))) => {
                report.problems.push(error.to_string());
                // The title may still name an API.
                String::new()
            }
            text => text?,
        };
        report.watch.announce(announcement, &text, specs);
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(())
}

fn text(report: &WatchReport, output: &mut Output) -> Result<(), Stop> {
    let Watch { new, unlisted, announced } = &report.watch;
    for entry in new.iter().take(MAX_NEW) {
        output.line(&format!("new        {} ({})", entry.method, entry.title))?;
    }
    if new.len() > MAX_NEW {
        output.line(&format!("new        {} more", new.len() - MAX_NEW))?;
    }
    for method in unlisted {
        output.line(&format!("unlisted   {method}: not in the site's catalogue"))?;
    }
    for Announced { method, announcement, sentence } in announced {
        let date = announcement.date().unwrap_or_else(|| "undated".to_owned());
        output.line(&format!("announced  {method}: {date}, {}, {}", announcement.title, announcement.address))?;
        output.line(&format!("           {sentence}"))?;
    }
    output.line(&summary(report))
}

fn summary(report: &WatchReport) -> String {
    let WatchReport { watch: Watch { new, unlisted, announced }, listed, specs, .. } = report;
    let (new, unlisted, announced) = (new.len(), unlisted.len(), announced.len());
    format!(
        "{listed} APIs in the catalogue, {specs} in spec/apis: {new} new, {unlisted} unlisted, {announced} announced"
    )
}

fn json(report: &WatchReport) -> serde_json::Value {
    let WatchReport { watch: Watch { new, unlisted, announced }, listed, specs, problems } = report;
    let unlisted: Vec<_> = unlisted.iter().map(|method| json!({ "method": method })).collect();
    let announced = announced.iter().map(|Announced { method, announcement, sentence }| {
        json!({
            "method": method, "title": announcement.title, "date": announcement.date(),
            "address": announcement.address, "sentence": sentence,
        })
    });
    json!({
        "apis": listed, "specs": specs, "new": new, "unlisted": unlisted,
        "announced": announced.collect::<Vec<_>>(), "problems": problems,
    })
}

/// Formats a URL as a Markdown link, or as code if it contains characters that could end the link.
fn link(address: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_graphic() && !matches!(letter, '<' | '>' | '`' | '\\');
    match address.chars().all(is_plain) {
        true => format!("<{address}>"),
        false => code(address, 300),
    }
}

/// Returns the report as Markdown for a pull request or an issue. APIs that are being withdrawn come first.
fn markdown(report: &WatchReport) -> String {
    let Watch { new, unlisted, announced } = &report.watch;
    let mut text = String::new();
    let mut section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            text.push_str(&format!("**{title}**\n\n{}\n", lines.concat()));
        }
    };
    let announced = announced.iter().map(|Announced { method, announcement, sentence }| {
        let date = announcement.date().unwrap_or_else(|| "undated".to_owned());
        let (method, title, sentence) = (code(method, 200), code(&announcement.title, 200), code(sentence, 600));
        format!("* {method}: {date}, {title}, {}\n  {sentence}\n", link(&announcement.address))
    });
    section("Named in announcements", announced.collect());
    let unlisted = unlisted.iter().map(|method| format!("* {}\n", code(method, 200)));
    section("Not in the platform's catalogue, which alone does not mean that they are retired", unlisted.collect());
    let rest = new.len().saturating_sub(MAX_NEW);
    let rest = (rest > 0).then(|| format!("* {rest} more\n"));
    let new = new.iter().take(MAX_NEW);
    let new = new.map(|entry| format!("* {} {}\n", code(&entry.method, 200), code(&entry.title, 200))).chain(rest);
    section("New in the catalogue", new.collect());
    section("Not read", report.problems.iter().map(|problem| format!("* {}\n", code(problem, 300))).collect());
    text + &summary(report) + ".\n"
}
