//! `topsdk add`: fetches APIs by name and generates their typed bindings.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use topsdk_codegen::catalogue::Catalogue;
use topsdk_codegen::fetch::{Fetch, Known, Outcome, Site, Step, Wanted};
use topsdk_codegen::update::{self, Workspace};

use super::output::{Output, Stop};
use super::site::{MaxAge, SiteArgs, missing_categories};
use super::{Format, Report, repository, specs};

const ABOUT: &str = "\
Looks the APIs up in the site's catalogue, fetches their documents to spec/pages, updates specs, modules and the changelog, and
says which module to import. An API that is there already is reported, and nothing of it changes.

Exit status: 0 all APIs are there; 2 one is not in the catalogue, or its page could not be had or read.";

#[derive(clap::Args)]
#[command(after_long_help = ABOUT)]
pub(crate) struct Args {
    /// Methods, such as taobao.trades.sold.get
    #[arg(required_unless_present = "category", value_name = "METHOD")]
    methods: Vec<String>,
    /// All APIs of this category, such as 交易API; `topsdk search --category` lists categories
    #[arg(long, value_name = "NAME")]
    category: Vec<String>,
    #[command(flatten)]
    max_age: MaxAge,
    #[command(flatten)]
    site: SiteArgs,
}

pub(crate) fn run(args: &Args, form: Report, output: &mut Output) -> Result<u8, Stop> {
    let root = repository::root("run `topsdk add` in one")?;
    let workspace = Workspace::open(&root).map_err(Stop::failed)?;
    let folder = root.join("spec/apis");
    let apis = if folder.is_dir() { specs::load(&[folder])? } else { Vec::new() };
    let there: BTreeSet<&str> = apis.iter().map(|api| api.method.as_str()).collect();
    let mut methods: BTreeSet<String> = args.methods.iter().cloned().collect();
    let mut wanted = Vec::new();
    let mut site = args.site.site();
    if !args.category.is_empty() || methods.iter().any(|method| !there.contains(method.as_str())) {
        let missing = |catalogue: &Catalogue| missing(args, &there, catalogue);
        let Some(catalogue) = args.max_age.catalogue_with(&mut site, &missing, output)? else { return Ok(2) };
        let of_categories = args.category.iter().flat_map(|category| catalogue.in_category(category));
        methods.extend(of_categories.map(|entry| entry.method.clone()));
        let new = methods.iter().filter(|method| !there.contains(method.as_str()));
        let entries = new.filter_map(|method| catalogue.find(method));
        wanted.extend(entries.map(Wanted::from));
    }
    let mut status = 0;
    if !wanted.is_empty() {
        let total = wanted.len();
        let pages = fetch(site, wanted, &Known::new(&apis), &root, output)?;
        if pages.len() < total {
            status = 2;
        }
        if !pages.is_empty() {
            let options = update::Options { pages, ..Default::default() };
            let update = workspace.update(&options).map_err(Stop::failed)?;
            super::update::show(&update, false, form, output)?;
        }
    }
    let methods: Vec<String> = methods.into_iter().collect();
    let bindings = workspace.bindings(&methods).map_err(Stop::failed)?;
    if bindings.len() < methods.len() {
        status = 2;
    }
    for binding in &bindings {
        let is_new = !there.contains(binding.method.as_str());
        output.line(&match output.format() {
            Format::Json => serde_json::json!({
                "method": binding.method, "added": is_new, "module": binding.module, "feature": binding.feature,
            })
            .to_string(),
            Format::Text => {
                let what = if is_new { "added    " } else { "exists   " };
                format!("{what} {}: use {}; (feature `{}`)", binding.method, binding.module, binding.feature)
            }
        })?;
    }
    Ok(status)
}

/// Returns one message for each requested method or category that is not in the catalogue.
fn missing(args: &Args, there: &BTreeSet<&str>, catalogue: &Catalogue) -> Vec<String> {
    let is_missing = |method: &&String| !there.contains(method.as_str()) && catalogue.find(method).is_none();
    let methods = args.methods.iter().filter(is_missing);
    let methods =
        methods.map(|method| format!("`{method}` is not in the site's catalogue{}", catalogue.did_you_mean(method)));
    methods.chain(missing_categories(catalogue, &args.category)).collect()
}

/// Fetches documents and returns their paths. Reports each document that cannot be fetched.
fn fetch(
    site: Site,
    wanted: Vec<Wanted>,
    known: &Known,
    root: &Path,
    output: &mut Output,
) -> Result<Vec<PathBuf>, Stop> {
    let folder = root.join("spec/pages");
    let total = wanted.len();
    let progress = output.progress("fetching", total);
    let mut pages = Vec::new();
    let mut fetch = Fetch::start(site, wanted, known, &folder).map_err(Stop::failed)?;
    for step in &mut fetch {
        match step {
            Step::Page(page) => {
                progress.step();
                if let Outcome::Refused(why) = page.outcome {
                    output.failure(&format!("{} {}: {why}", page.id, page.method.unwrap_or_default()));
                }
                pages.extend(page.file.map(|file| folder.join(file)));
            }
            Step::Wait { id, pause, why } => output.remark(&format!("{id}: {why}: trying again in {pause:?}"))?,
            Step::Rest { pause } => output.remark(&format!("leaving the site alone for {pause:?}"))?,
        }
    }
    progress.end();
    if fetch.is_stopped() {
        output.failure(&format!(
            "{} of {total} pages were not asked for; the same command adds them later",
            fetch.left()
        ));
    }
    Ok(pages)
}
