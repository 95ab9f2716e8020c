//! `topsdk fetch`: fetches pages from the site into a folder and reports the outcome for each.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use topsdk_codegen::catalogue::{Catalogue, CatalogueEntry};
use topsdk_codegen::fetch::{Fetch, Form, Known, Options, Outcome, Page, Site, Step, Wanted, WantedError, list_lines};

use super::Format;
use super::input::Input;
use super::output::{Output, Stop};
use super::site::{MaxAge, SiteArgs, missing_categories};
use super::{duration, repository, specs};

const ABOUT: &str = "\
A page that cannot be had leaves the one on disk as it is, and so does one that says the same: of what changes with every \
request, nothing is read. A run that was interrupted continues when the same command is given again within a day; \
its journal is in target/topsdk of the repository, or in .topsdk of the folder of --out.

Exit status: 0 all pages are there; 1 a page has changed (--check); 2 a page could not be had.";

#[derive(clap::Args)]
#[command(after_long_help = ABOUT)]
pub(crate) struct Args {
    /// Pages by number (the docId or apiId of their address) or by method, as specs and catalogue know them; - for a list on
    /// standard input
    #[arg(required_unless_present_any = ["list", "category", "known", "all"], value_name = "PAGE")]
    pages: Vec<String>,
    /// A file that names pages, one a line: number, method, or number and method; # begins a comment
    #[arg(long, value_name = "FILE")]
    list: Vec<PathBuf>,
    /// The pages of this category, such as 交易API; `topsdk search --category` lists categories
    #[arg(long, value_name = "NAME")]
    category: Vec<String>,
    /// The pages of all APIs that the specs know
    #[arg(long)]
    known: bool,
    /// All pages of the site's catalogue
    #[arg(long)]
    all: bool,
    /// As the server renders them, rather than from the document endpoint
    #[arg(long)]
    html: bool,
    #[command(flatten)]
    max_age: MaxAge,
    #[command(flatten)]
    site: SiteArgs,
    /// The folder that they are written to; spec/pages of the repository otherwise
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Where the specs are that know the pages: specs, pages, or folders of these; spec/apis of the repository otherwise
    #[arg(long, value_name = "PATH")]
    spec: Vec<PathBuf>,
    /// How often to try again where the network or the site fails
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    retries: u32,
    /// How long to wait before the first of these times; doubled for each further one
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = duration::parse)]
    backoff: Duration,
    /// How long one request may take
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration::parse)]
    timeout: Duration,
    /// An API whose page has really lost what the page on disk has, or has another number. May be given repeatedly
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
    let (known, mut catalogue_site) = (known(args)?, args.html.then(|| args.site.site()));
    let catalogue_site = catalogue_site.as_mut().unwrap_or(&mut site);
    let Some((wanted, known)) = wanted(args, known, catalogue_site, output)? else { return Ok(2) };
    if !args.check {
        fs::create_dir_all(&folder)
            .map_err(|error| Stop::Failed(format!("{}: cannot be made: {error}", folder.display())))?;
    }
    let total = wanted.len();
    let fetch = Fetch::start(site, wanted, &known, &folder).map_err(Stop::failed)?;
    if options.selection.is_some() {
        let (pending, pages) = (fetch.pending(), if total == 1 { "page" } else { "pages" });
        let expected = duration::shown(options.expected(pending));
        let rest = if pending < total { format!(", {pending} of them left to fetch") } else { String::new() };
        output.remark(&format!("{total} {pages}{rest}; pauses and rests take about {expected}"))?;
    }
    let mut report = Report { folder: &folder, check: args.check, total, counts: BTreeMap::new() };
    report.all(fetch, output)
}

/// Returns the folder of the pages and the fetch options.
fn options(args: &Args) -> Result<(PathBuf, Options), Stop> {
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

/// Returns the pages known from the specs, if there are any.
fn known(args: &Args) -> Result<Known, Stop> {
    let apis = match (args.spec.as_slice(), repository::here()) {
        ([], None) => Vec::new(),
        ([], Some(root)) => match root.join("spec/apis") {
            folder if folder.is_dir() => specs::load(&[folder])?,
            _ => Vec::new(),
        },
        (paths, _) => specs::load(paths)?,
    };
    Ok(Known::new(&apis))
}

/// Returns all pages that the arguments name, and the known pages, extended by the catalogue if it is needed. Returns
/// `None` if a page cannot be looked up, after reporting it.
fn wanted(
    args: &Args,
    mut known: Known,
    site: &mut Site,
    output: &mut Output,
) -> Result<Option<(Vec<Wanted>, Known)>, Stop> {
    // Pairs of a prefix for error messages (list file and line) and a page.
    let mut named: Vec<(String, String)> = Vec::new();
    let mut lists = args.list.clone();
    for page in &args.pages {
        match page.as_str() {
            "-" => lists.push(PathBuf::from("-")),
            page => named.push((String::new(), page.to_owned())),
        }
    }
    for list in &lists {
        let input = Input::one(list)?;
        let bytes = input.read().map_err(|error| Stop::Failed(format!("{}: {error}", input.shown)))?;
        let text = String::from_utf8_lossy(&bytes);
        named.extend(list_lines(&text).map(|(line, page)| (format!("{}:{line}: ", input.shown), page.to_owned())));
    }
    let is_missing = |(_, page): &(String, String)| {
        matches!(known.find(page), Err(WantedError::Unknown { .. } | WantedError::NoNumber { .. }))
    };
    let mut wanted = Vec::new();
    if args.all || !args.category.is_empty() || named.iter().any(is_missing) {
        let missing = |catalogue: &Catalogue| -> Vec<String> {
            let known = known.clone().with_catalogue(catalogue);
            let pages = named.iter().filter_map(|(place, page)| match known.find(page) {
                Err(error @ (WantedError::Unknown { .. } | WantedError::NoNumber { .. })) => {
                    Some(format!("{place}{error}{}", catalogue.did_you_mean(page)))
                }
                _ => None,
            });
            pages.chain(missing_categories(catalogue, &args.category)).collect()
        };
        let Some(catalogue) = args.max_age.catalogue_with(site, &missing, output)? else { return Ok(None) };
        let is_named =
            |entry: &&CatalogueEntry| args.all || args.category.iter().any(|name| entry.categories.contains(name));
        // If a method has several documents, use the latest.
        let is_latest = |entry: &&CatalogueEntry| catalogue.find(&entry.method) == Some(entry);
        wanted.extend(catalogue.entries().iter().filter(is_named).filter(is_latest).map(Wanted::from));
        known = known.with_catalogue(&catalogue);
    }
    let mut is_complete = true;
    for (place, page) in &named {
        match known.find(page) {
            Ok(page) => wanted.push(page),
            Err(error) => {
                output.failure(&format!("{place}{error}"));
                is_complete = false;
            }
        }
    }
    if args.known {
        let (pages, without_number) = known.of_specs();
        for error in without_number {
            output.remark(&error.to_string())?;
        }
        wanted.extend(pages);
    }
    if is_complete && wanted.is_empty() {
        output.failure("no page is named: the list is empty, or no spec has a page number");
        is_complete = false;
    }
    Ok(is_complete.then_some((wanted, known)))
}

struct Report<'a> {
    folder: &'a Path,
    check: bool,
    total: usize,
    counts: BTreeMap<&'static str, usize>,
}

impl Report<'_> {
    fn all(&mut self, mut fetch: Fetch, output: &mut Output) -> Result<u8, Stop> {
        let progress = output.progress("fetching", self.total);
        for step in &mut fetch {
            match step {
                Step::Page(page) => {
                    progress.step();
                    self.page(&page, output)?;
                    // A run takes long and may be interrupted: print what is done.
                    output.flush()?;
                }
                Step::Wait { id, pause, why } => output.remark(&format!("{id}: {why}: trying again in {pause:?}"))?,
                Step::Rest { pause } => output.remark(&format!("leaving the site alone for {pause:?}"))?,
            }
        }
        progress.end();
        self.end(&fetch, output)
    }

    fn page(&mut self, page: &Page, output: &mut Output) -> Result<(), Stop> {
        let word = word(&page.outcome);
        *self.counts.entry(word).or_default() += 1;
        let (members, why) = match &page.outcome {
            Outcome::Alike(members) => (members.as_slice(), None),
            Outcome::Refused(error) => (&[][..], Some(error.to_string())),
            _ => (&[][..], None),
        };
        let Page { id, method, file, .. } = page;
        let file = file.as_ref().map(|file| self.folder.join(file).display().to_string());
        if output.format() == Format::Json {
            let line = serde_json::json!({
                "id": id, "method": method, "outcome": word, "file": file, "members": members, "why": why,
            });
            return output.line(&line.to_string());
        }
        let method = method.as_deref().unwrap_or_default();
        match (&page.outcome, file) {
            (Outcome::Refused(_), _) => {
                output.failure(&format!("{id} {method}: {}", why.unwrap_or_default()));
                Ok(())
            }
            (Outcome::New | Outcome::Changed, Some(file)) => {
                let did = if self.check { "would write" } else { "wrote" };
                output.line(&format!("{word:<9} {id} {method}: {did} {file}"))
            }
            (Outcome::Alike(_), Some(file)) => {
                let what = match members {
                    [] => "differs only where nothing is read".to_owned(),
                    members => format!("differs only in {}, of which nothing is read", members.join(", ")),
                };
                output.line(&format!("{word:<9} {id} {method}: {what}; {file} stays"))
            }
            // Unchanged pages are only counted.
            _ => Ok(()),
        }
    }

    fn end(&self, fetch: &Fetch, output: &mut Output) -> Result<u8, Stop> {
        let count = |word| self.counts.get(word).copied().unwrap_or_default();
        let differ = count("new") + count("changed");
        let left = fetch.left();
        match output.format() {
            Format::Json => output.line(
                &serde_json::json!({
                    "pages": self.total, "new": count("new"), "changed": count("changed"), "alike": count("alike"),
                    "unchanged": count("unchanged"), "resumed": count("resumed"), "refused": count("refused"),
                    "left": left, "stopped": fetch.is_stopped(),
                })
                .to_string(),
            )?,
            Format::Text => {
                let mut counts: Vec<String> =
                    self.counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
                if left > 0 {
                    counts.push(format!("{left} not asked for"));
                }
                let pages = if self.total == 1 { "page" } else { "pages" };
                let then = match self.check {
                    _ if differ == 0 => "",
                    true => "; nothing was written",
                    false => "; `topsdk update` takes them over",
                };
                output.line(&format!("{} {pages}: {}{then}", self.total, counts.join(", ")))?;
            }
        }
        if fetch.is_stopped() {
            output.failure("stopped: rate-limited, blocked or unreachable; run the command again later to continue");
        }
        Ok(match count("refused") + left {
            0 if self.check && differ > 0 => 1,
            0 => 0,
            _ => 2,
        })
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
