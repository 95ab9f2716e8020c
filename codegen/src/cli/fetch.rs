//! `topsdk fetch`: fetches pages from the site into a folder and reports the outcome for each.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use topsdk_codegen::catalogue::{Catalogue, CatalogueEntry};
use topsdk_codegen::fetch::{
    Fetch, FetchOptions, FetchedPage, Form, Known, Outcome, Site, Wanted, WantedError, list_lines,
};

use super::input::Input;
use super::output::{Output, Stop, counted, failed_at};
use super::site::{MaxAge, SiteArgs, fetch_pages, missing_categories};
use super::{duration, repository, specs};

#[derive(clap::Args)]
#[command(after_long_help = "\
A page on disk stays as it is if the new one cannot be fetched, or reads the same: members that change with every request are not \
read. The same command, run again within a day, continues an interrupted run; its journal is in target/topsdk of the repository, \
or in .topsdk of the folder of --out.

Exit status: 0 all pages are there; 1 a page has changed (--check); 2 a page could not be fetched, or wrong usage.")]
pub(crate) struct Args {
    /// Pages by number (the docId or apiId of their address) or by method, as the specs and the catalogue have them; - for a
    /// list on standard input
    #[arg(required_unless_present_any = ["list", "category", "known", "all"], value_name = "PAGE")]
    pages: Vec<String>,
    /// A file that lists pages, one per line: a number, a method, or a number and its method; # starts a comment
    #[arg(long, value_name = "FILE")]
    list: Vec<PathBuf>,
    /// The pages of this category, such as 交易API; `topsdk search --category` lists categories
    #[arg(long, value_name = "NAME")]
    category: Vec<String>,
    /// The pages of all APIs that have a spec
    #[arg(long)]
    known: bool,
    /// All pages of the site's catalogue
    #[arg(long)]
    all: bool,
    /// Fetch HTML pages, as the server renders them, instead of documents
    #[arg(long)]
    html: bool,
    #[command(flatten)]
    max_age: MaxAge,
    #[command(flatten)]
    site: SiteArgs,
    /// The folder to write the pages to [default: spec/pages of the repository]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The specs that know the pages: specs, pages, or folders of these [default: spec/apis of the repository]
    #[arg(long, value_name = "PATH")]
    spec: Vec<PathBuf>,
    /// The maximum number of retries after a failure of the network or the site
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    retries: u32,
    /// The wait before the first retry; it doubles with each further one
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = duration::parse)]
    backoff: Duration,
    /// The time limit of one request
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration::parse)]
    timeout: Duration,
    /// An API whose page may have lost content that the page on disk has, or have another number. May be given repeatedly
    #[arg(long, value_name = "METHOD")]
    accept: Vec<String>,
    /// Write nothing, and fail if a page has changed
    #[arg(long)]
    check: bool,
    /// Start over even if the same run was interrupted
    #[arg(long)]
    restart: bool,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let (folder, options) = options(args)?;
    let mut site = Site::new(&options);
    // The host that serves HTML pages may not serve the catalogue.
    let mut catalogue_site = args.html.then(|| args.site.site());
    let known = Known::new(&specs::load_or_stored(&args.spec)?);
    let (wanted, known) = wanted(args, &known, catalogue_site.as_mut().unwrap_or(&mut site), output)?;
    if !args.check {
        fs::create_dir_all(&folder).map_err(|error| failed_at(&folder, format!("cannot be created: {error}")))?;
    }
    let total = wanted.len();
    let pages = counted(total, "page", "pages");
    let mut fetch = Fetch::start(site, wanted, &known, &folder)?;
    if options.selection.is_some() {
        let pending = fetch.pending();
        let expected = duration::for_people(options.expected(pending));
        let rest = if pending < total { format!(", {pending} of them left to fetch") } else { String::new() };
        output.note(&format!("{pages}{rest}; pauses and rests take about {expected}"))?;
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    fetch_pages(&mut fetch, total, output, |page, output| {
        *counts.entry(word(&page.outcome)).or_default() += 1;
        show(&page, &folder, args.check, output)
    })?;
    let count = |word| counts.get(word).copied().unwrap_or_default();
    let (left, differ) = (fetch.left(), count("new") + count("changed"));
    let text = || {
        let counts = counts.iter().map(|(word, count)| format!("{count} {word}"));
        let left = (left > 0).then(|| format!("{left} not requested"));
        let then = match args.check {
            _ if differ == 0 => "",
            true => "; nothing was written",
            false => "; run `topsdk update` to update specs and bindings",
        };
        format!("{pages}: {}{then}", counts.chain(left).collect::<Vec<_>>().join(", "))
    };
    output.line_as(text, || {
        json!({
            "pages": total, "new": count("new"), "changed": count("changed"), "alike": count("alike"),
            "unchanged": count("unchanged"), "resumed": count("resumed"), "refused": count("refused"),
            "left": left, "stopped": fetch.is_stopped(),
        })
    })?;
    if fetch.is_stopped() {
        output.failure("stopped: rate-limited, blocked or unreachable; run the command again later to continue");
    }
    Ok(match count("refused") + left {
        0 if args.check && differ > 0 => 1,
        0 => 0,
        _ => 2,
    })
}

/// Returns the folder of the pages and the fetch options.
fn options(args: &Args) -> Result<(PathBuf, FetchOptions), Stop> {
    let (folder, journal) = match &args.out {
        Some(folder) => (folder.clone(), folder.join(".topsdk")),
        None => {
            let root = repository::root("name a folder with --out")?;
            (root.join("spec/pages"), root.join("target/topsdk"))
        }
    };
    let mut options = args.site.options(if args.html { Form::Html } else { Form::Document });
    options.retries = args.retries;
    options.backoff = args.backoff;
    options.timeout = args.timeout;
    options.check = args.check;
    options.accept = args.accept.clone();
    options.restart = args.restart;
    options.journal = Some(journal);
    let Args { all, known, category, pages, list, .. } = args;
    // When the run is continued, the selection may differ by a few pages.
    let is_selection = *all || *known || !category.is_empty();
    options.selection = is_selection.then(|| format!("{all} {known} {category:?} {pages:?} {list:?}"));
    Ok((folder, options))
}

/// Returns all pages that the arguments name, and the known pages, extended by the catalogue if it is needed.
fn wanted(args: &Args, known: &Known, site: &mut Site, output: &mut Output) -> Result<(Vec<Wanted>, Known), Stop> {
    let named = named(args)?;
    let faulty = named.iter().filter_map(|(place, page)| match known.find(page) {
        Err(WantedError::Faulty(why)) => Some(format!("{place}{why}")),
        _ => None,
    });
    let faulty: Vec<String> = faulty.collect();
    if !faulty.is_empty() {
        return Err(Stop::Several(faulty));
    }
    let look_up = |catalogue| look_up(args, &named, known.clone(), &catalogue);
    let (mut wanted, known) = match look_up(Catalogue::default()) {
        Ok(found) if !args.all => found,
        _ => args.max_age.look_up(site, look_up, output)?,
    };
    if args.known {
        let (pages, without_number) = known.of_specs();
        without_number.iter().try_for_each(|error| output.note(&error.to_string()))?;
        wanted.extend(pages);
    }
    if wanted.is_empty() {
        let problem = "there are no pages to fetch: the list is empty, or no spec has a page number";
        return Err(Stop::Failed(problem.to_owned()));
    }
    Ok((wanted, known))
}

/// Returns the pages of the categories and the named pages, and the known pages with those of the catalogue. Needs no
/// catalogue if all pages are known.
fn look_up(
    args: &Args,
    named: &[(String, String)],
    known: Known,
    catalogue: &Catalogue,
) -> Result<(Vec<Wanted>, Known), Vec<String>> {
    let known = known.with_catalogue(catalogue);
    let is_named =
        |entry: &&CatalogueEntry| args.all || args.category.iter().any(|name| entry.categories.contains(name));
    // If a method has several documents, use the latest.
    let is_latest = |entry: &&CatalogueEntry| catalogue.find(&entry.method) == Some(entry);
    let mut wanted: Vec<Wanted> =
        catalogue.entries().iter().filter(is_named).filter(is_latest).map(Wanted::from).collect();
    let mut missing = Vec::new();
    for (place, page) in named {
        match known.find(page) {
            Ok(page) => wanted.push(page),
            Err(error) => missing.push(format!("{place}{error}{}", catalogue.did_you_mean(page))),
        }
    }
    missing.extend(missing_categories(catalogue, &args.category));
    if missing.is_empty() { Ok((wanted, known)) } else { Err(missing) }
}

/// Returns the pages named in the arguments and in lists, each with a prefix for error messages: the line of the list.
fn named(args: &Args) -> Result<Vec<(String, String)>, Stop> {
    let (stdin, pages): (Vec<&String>, Vec<_>) = args.pages.iter().partition(|page| *page == "-");
    let mut named: Vec<_> = pages.into_iter().map(|page| (String::new(), page.clone())).collect();
    for list in args.list.iter().map(PathBuf::as_path).chain(stdin.into_iter().map(Path::new)) {
        let input = Input::one(list);
        let bytes = input.read().map_err(Stop::Failed)?;
        let text = String::from_utf8_lossy(&bytes);
        named.extend(list_lines(&text).map(|(line, page)| (format!("{}:{line}: ", input.shown), page.to_owned())));
    }
    Ok(named)
}

fn show(page: &FetchedPage, folder: &Path, check: bool, output: &mut Output) -> Result<(), Stop> {
    let FetchedPage { id, method, file, outcome } = page;
    let word = word(outcome);
    let file = file.as_ref().map(|file| folder.join(file).display().to_string());
    if output.is_json() {
        let members: &[String] = if let Outcome::Alike(members) = outcome { members } else { &[] };
        let why = if let Outcome::Refused(error) = outcome { Some(error.to_string()) } else { None };
        let line = json!({
            "id": id, "method": method, "outcome": word, "file": file, "members": members, "why": why,
        });
        return output.line(&line.to_string());
    }
    let (method, file) = (method.as_deref().unwrap_or_default(), file.unwrap_or_default());
    match outcome {
        Outcome::Refused(error) => {
            output.failure(&format!("{id} {method}: {error}"));
            Ok(())
        }
        Outcome::New | Outcome::Changed => {
            let did = if check { "would write" } else { "wrote" };
            output.line(&format!("{word:<9} {id} {method}: {did} {file}"))
        }
        Outcome::Alike(members) => {
            let what = match members.as_slice() {
                [] => "differs only in text that is not read".to_owned(),
                members => format!("differs only in {}, which is not read", members.join(", ")),
            };
            output.line(&format!("{word:<9} {id} {method}: {what}; {file} stays"))
        }
        // These pages are only counted.
        Outcome::Unchanged | Outcome::Resumed => Ok(()),
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::New => "new",
        Outcome::Changed => "changed",
        Outcome::Unchanged => "unchanged",
        Outcome::Alike(_) => "alike",
        Outcome::Resumed => "resumed",
        Outcome::Refused(_) => "refused",
    }
}
