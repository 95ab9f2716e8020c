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

/// Stands in place of the date of an announcement that has none.
const UNDATED: &str = "undated";

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

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    repository::root("run `topsdk watch` in one")?;
    let specs: BTreeSet<String> = specs::load_or_stored(&[])?.into_iter().map(|api| api.method).collect();
    let stored = repository::catalogue()?;
    let mut site = args.site.site();
    let catalogue = fetch_catalogue(&mut site, output)?;
    catalogue.replaces(stored.as_ref().unwrap_or(&Catalogue::default()))?;
    let mut watch = Watch::new(&catalogue, stored.as_ref(), &specs);
    if stored.is_none() {
        watch.problems.push(format!("there is no {FILE}, so no API is known to be new; `topsdk catalogue` stores it"));
    }
    let is_whole = announcements(args, &mut site, &specs, &mut watch, output);
    watch.problems.iter().try_for_each(|problem| output.note(problem))?;
    match output.format {
        ReportFormat::Json => output.line(&json(&watch).to_string())?,
        ReportFormat::Markdown => output.line(&markdown(&watch))?,
        ReportFormat::Text | ReportFormat::Changelog => text(&watch, output)?,
    }
    if let Err(error) = is_whole {
        output.failure(&format!("{error}; the announcements could not all be read"));
        return Ok(2);
    }
    Ok(u8::from(!watch.is_empty()))
}

/// Reads the announcements of the last `--days` days. An announcement of an unexpected form is recorded as a problem; the
/// others are still read.
fn announcements(
    args: &Args,
    site: &mut Site,
    specs: &BTreeSet<String>,
    watch: &mut Watch,
    output: &mut Output,
) -> Result<(), FetchError> {
    let since = jiff::Timestamp::now() - Duration::from_secs(u64::from(args.days) * 24 * 60 * 60);
    let (mut list, misfit) = if_readable(site.announcements(), &mut watch.problems)?;
    if let Some(misfit) = misfit {
        watch.problems.push(format!("the list of announcements: expected one of titles and numbers, found {misfit}"));
    }
    list.retain(|announcement| announcement.time.is_none_or(|time| time >= since));
    list.sort_by_key(|announcement| std::cmp::Reverse(announcement.time));
    if list.len() > MAX_ANNOUNCEMENTS {
        watch.problems.push(format!("of {} announcements the latest {MAX_ANNOUNCEMENTS} were read", list.len()));
        list.truncate(MAX_ANNOUNCEMENTS);
    }
    let progress = output.progress("reading announcements", list.len());
    for announcement in &list {
        // The title of one that cannot be read may still name an API.
        let text = if_readable(site.announcement(announcement), &mut watch.problems)?;
        watch.announce(announcement, &text, specs);
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(())
}

/// Records a response of an unexpected form as a problem, and returns an empty value in its place.
fn if_readable<T: Default>(result: Result<T, FetchError>, problems: &mut Vec<String>) -> Result<T, FetchError> {
    result.or_else(|error| match error {
        FetchError::Unexpected(..) | FetchError::Page(_) => {
            problems.push(error.to_string());
            Ok(T::default())
        }
        error => Err(error),
    })
}

fn text(watch: &Watch, output: &mut Output) -> Result<(), Stop> {
    for entry in watch.new.iter().take(MAX_NEW) {
        output.line(&format!("new        {} ({})", entry.method, entry.title))?;
    }
    if watch.new.len() > MAX_NEW {
        output.line(&format!("new        {} more", watch.new.len() - MAX_NEW))?;
    }
    for method in &watch.unlisted {
        output.line(&format!("unlisted   {method}: not in the site's catalogue"))?;
    }
    for Announced { method, title, date, address, sentence } in &watch.announced {
        let date = date.as_deref().unwrap_or(UNDATED);
        output.line(&format!("announced  {method}: {date}, {title}, {address}\n           {sentence}"))?;
    }
    output.line(&summary(watch))
}

fn summary(Watch { apis, specs, new, unlisted, announced, .. }: &Watch) -> String {
    let (new, unlisted, announced) = (new.len(), unlisted.len(), announced.len());
    format!("{apis} APIs in the catalogue, {specs} in spec/apis: {new} new, {unlisted} unlisted, {announced} announced")
}

fn json(Watch { apis, specs, new, unlisted, announced, problems }: &Watch) -> serde_json::Value {
    let unlisted: Vec<_> = unlisted.iter().map(|method| json!({ "method": method })).collect();
    json!({
        "apis": apis, "specs": specs, "new": new, "unlisted": unlisted, "announced": announced, "problems": problems,
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
fn markdown(watch: &Watch) -> String {
    let announced = watch.announced.iter().map(|Announced { method, title, date, address, sentence }| {
        let (method, title, sentence) = (code(method, 200), code(title, 200), code(sentence, 600));
        let date = date.as_deref().unwrap_or(UNDATED);
        format!("* {method}: {date}, {title}, {}\n  {sentence}\n", link(address))
    });
    let unlisted = watch.unlisted.iter().map(|method| format!("* {}\n", code(method, 200)));
    let rest = watch.new.len().saturating_sub(MAX_NEW);
    let rest = (rest > 0).then(|| format!("* {rest} more\n"));
    let new = watch.new.iter().take(MAX_NEW);
    let new = new.map(|entry| format!("* {} {}\n", code(&entry.method, 200), code(&entry.title, 200)));
    let sections: [(&str, String); 4] = [
        ("Named in announcements", announced.collect()),
        ("Not in the platform's catalogue, which alone does not mean that they are retired", unlisted.collect()),
        ("New in the catalogue", new.chain(rest).collect()),
        ("Not read", watch.problems.iter().map(|problem| format!("* {}\n", code(problem, 300))).collect()),
    ];
    let filled = sections.into_iter().filter(|(_, lines)| !lines.is_empty());
    filled.map(|(title, lines)| format!("**{title}**\n\n{lines}\n")).collect::<String>() + &summary(watch) + "."
}
