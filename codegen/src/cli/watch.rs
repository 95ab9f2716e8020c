//! `topsdk watch`: reports what the catalogue and the announcements say about the APIs of the repository.

use std::collections::BTreeSet;
use std::time::Duration;

use topsdk_codegen::catalogue::{Catalogue, FILE};
use topsdk_codegen::diff::report::code;
use topsdk_codegen::fetch::{Announced, CatalogueFile, FetchError, Site, Watch};

use super::output::{Output, Stop};
use super::site::{SiteArgs, fetch_catalogue};
use super::{Report, repository, specs};

/// Maximum number of announcements read, latest first. A site that does not date them has several hundred.
const MOST: usize = 1000;

/// Maximum number of new APIs listed in output for people.
const MOST_NEW: usize = 50;

const ABOUT: &str = "\
new: in the site's catalogue, but not in spec/catalogue.jsonl. unlisted: in spec/apis, but not in the site's catalogue; that alone
does not mean that an API is retired. announced: named in an announcement of the last days; those without a date count.
Writes nothing; `topsdk catalogue` stores the catalogue.

Exit status: 0 nothing; 1 something needs a look; 2 the catalogue or the announcements could not be had.";

#[derive(clap::Args)]
#[command(after_long_help = ABOUT)]
pub(crate) struct Args {
    /// Read the announcements of so many days
    #[arg(long, value_name = "N", default_value_t = 90)]
    days: u32,
    #[command(flatten)]
    site: SiteArgs,
}

/// The results, and the problems with what could not be read.
struct Found {
    watch: Watch,
    /// Number of APIs in the site's catalogue and in the specs.
    apis: [usize; 2],
    problems: Vec<String>,
}

pub(crate) fn run(args: &Args, form: Report, output: &mut Output) -> Result<u8, Stop> {
    let root = repository::root("run `topsdk watch` in one")?;
    let specs: BTreeSet<String> = match root.join("spec/apis") {
        folder if folder.is_dir() => specs::load(&[folder])?.into_iter().map(|api| api.method).collect(),
        _ => BTreeSet::new(),
    };
    let stored = CatalogueFile::open(&root).and_then(|file| file.read()).map_err(Stop::failed)?;
    let mut site = args.site.site();
    let catalogue = fetch_catalogue(&mut site, output)?;
    catalogue.replaces(stored.as_ref().unwrap_or(&Catalogue::default())).map_err(Stop::failed)?;
    let mut found = Found {
        watch: Watch::new(&catalogue, stored.as_ref(), &specs),
        apis: [catalogue.entries().len(), specs.len()],
        problems: Vec::new(),
    };
    if stored.is_none() {
        found
            .problems
            .push(format!("there is no {FILE}, so that no API is known to be new; `topsdk catalogue` stores it"));
    }
    let is_whole = announcements(args, &mut site, &specs, &mut found, output);
    for problem in &found.problems {
        output.remark(problem)?;
    }
    match form {
        Report::Json => json(&found, output)?,
        Report::Markdown => output.line(markdown(&found).trim_end())?,
        Report::Text | Report::Changelog => text(&found, output)?,
    }
    Ok(match is_whole {
        Err(error) => {
            output.failure(&format!("{error}; the announcements could not all be read"));
            2
        }
        Ok(()) => u8::from(!found.watch.is_empty()),
    })
}

/// Reads the announcements of the last `--days` days. An announcement of an unexpected form is recorded as a problem; the
/// others are still read.
fn announcements(
    args: &Args,
    site: &mut Site,
    specs: &BTreeSet<String>,
    found: &mut Found,
    output: &mut Output,
) -> Result<(), FetchError> {
    let since = jiff::Timestamp::now() - Duration::from_secs(u64::from(args.days) * 24 * 60 * 60);
    let answer = match site.announcements() {
        Err(error @ (FetchError::Unexpected { .. } | FetchError::Page(_))) => {
            found.problems.push(error.to_string());
            return Ok(());
        }
        answer => answer?,
    };
    if let Some(misfit) = answer.misfit {
        found.problems.push(format!("the list of announcements: expected one of titles and numbers, found {misfit}"));
    }
    let mut list = answer.list;
    list.retain(|announcement| announcement.time.is_none_or(|time| time >= since));
    list.sort_by_key(|announcement| std::cmp::Reverse(announcement.time));
    if list.len() > MOST {
        found.problems.push(format!("of {} announcements the latest {MOST} were read", list.len()));
        list.truncate(MOST);
    }
    let progress = output.progress("reading announcements", list.len());
    for announcement in &list {
        let text = match site.announcement(announcement) {
            Err(error @ (FetchError::Unexpected { .. } | FetchError::Page(_))) => {
                found.problems.push(error.to_string());
                // The title may still name an API.
                String::new()
            }
            text => text?,
        };
        found.watch.announce(announcement, &text, specs);
        progress.step();
    }
    progress.end();
    Ok(())
}

fn text(found: &Found, output: &mut Output) -> Result<(), Stop> {
    let Watch { new, unlisted, announced } = &found.watch;
    for entry in new.iter().take(MOST_NEW) {
        output.line(&format!("new        {} ({})", entry.method, entry.title))?;
    }
    if new.len() > MOST_NEW {
        output.line(&format!("new        {} more", new.len() - MOST_NEW))?;
    }
    for method in unlisted {
        output.line(&format!("unlisted   {method}: not in the site's catalogue"))?;
    }
    for Announced { method, announcement, sentence } in announced {
        let date = announcement.date().unwrap_or_else(|| "undated".to_owned());
        output.line(&format!("announced  {method}: {date}, {}, {}", announcement.title, announcement.address))?;
        output.line(&format!("           {sentence}"))?;
    }
    output.line(&summary(found))
}

fn summary(found: &Found) -> String {
    let Watch { new, unlisted, announced } = &found.watch;
    let [listed, specs] = found.apis;
    let (new, unlisted, announced) = (new.len(), unlisted.len(), announced.len());
    format!(
        "{listed} APIs in the catalogue, {specs} in spec/apis: {new} new, {unlisted} unlisted, {announced} announced"
    )
}

fn json(found: &Found, output: &mut Output) -> Result<(), Stop> {
    let Watch { new, unlisted, announced } = &found.watch;
    let unlisted: Vec<_> = unlisted.iter().map(|method| serde_json::json!({ "method": method })).collect();
    let announced = announced.iter().map(|Announced { method, announcement, sentence }| {
        serde_json::json!({
            "method": method, "title": announcement.title, "date": announcement.date(),
            "address": announcement.address, "sentence": sentence,
        })
    });
    let line = serde_json::json!({
        "apis": found.apis[0], "specs": found.apis[1], "new": new, "unlisted": unlisted,
        "announced": announced.collect::<Vec<_>>(), "problems": found.problems,
    });
    output.line(&line.to_string())
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
fn markdown(found: &Found) -> String {
    let Watch { new, unlisted, announced } = &found.watch;
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
    let rest = new.len().saturating_sub(MOST_NEW);
    let rest = (rest > 0).then(|| format!("* {rest} more\n"));
    let new = new.iter().take(MOST_NEW);
    let new = new.map(|entry| format!("* {} {}\n", code(&entry.method, 200), code(&entry.title, 200))).chain(rest);
    section("New in the catalogue", new.collect());
    section("Not read", found.problems.iter().map(|problem| format!("* {}\n", code(problem, 300))).collect());
    text + &summary(found) + ".\n"
}
