//! `topsdk add`: fetches APIs by name and generates their typed bindings.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::json;
use topsdk_codegen::catalogue::Catalogue;
use topsdk_codegen::fetch::{Fetch, Known, Outcome, Site, Wanted};
use topsdk_codegen::update::{self, Binding, Workspace};

use super::output::{Output, Stop};
use super::site::{MaxAge, SiteArgs, fetch_pages, missing_categories};
use super::{repository, specs};

#[derive(clap::Args)]
#[command(after_long_help = "\
Looks the APIs up in the site's catalogue, fetches their documents to spec/pages, updates specs, modules and the changelog, and \
prints which module to import. An API that exists already is reported and not changed.

Exit status: 0 all APIs are there; 2 an API is not in the catalogue, or its page could not be fetched or read, or wrong usage.")]
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

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let root = repository::root("run `topsdk add` in one")?;
    let workspace = Workspace::open(&root)?;
    let apis = specs::load_or_stored(&[])?;
    let there: BTreeSet<&str> = apis.iter().map(|api| api.method.as_str()).collect();
    let mut site = args.site.site();
    let look_up = |catalogue| look_up(args, &there, &catalogue);
    let (methods, wanted) =
        look_up(Catalogue::default()).or_else(|_| args.max_age.look_up(&mut site, look_up, output))?;
    let pages = fetch(site, wanted, &Known::new(&apis), &root, output)?;
    if !pages.is_empty() {
        let options = update::UpdateOptions { pages, ..Default::default() };
        super::update::show(&workspace.update(&options, &|| {})?, false, output)?;
    }
    let bindings = workspace.bindings(&methods)?;
    for Binding { method, module, feature } in &bindings {
        let is_new = !there.contains(method.as_str());
        let what = if is_new { "added    " } else { "exists   " };
        output.line_as(
            || format!("{what} {method}: use {module}; (feature `{feature}`)"),
            || json!({ "method": method, "added": is_new, "module": module, "feature": feature }),
        )?;
    }
    // An API whose page was refused has no bindings.
    Ok(if bindings.len() < methods.len() { 2 } else { 0 })
}

/// Returns all methods that the arguments name, and the pages of those that are not there yet. Needs no catalogue if all
/// are there.
fn look_up(
    args: &Args,
    there: &BTreeSet<&str>,
    catalogue: &Catalogue,
) -> Result<(Vec<String>, Vec<Wanted>), Vec<String>> {
    let of_categories = args.category.iter().flat_map(|category| catalogue.in_category(category));
    let methods: BTreeSet<&String> = args.methods.iter().chain(of_categories.map(|entry| &entry.method)).collect();
    let (mut wanted, mut missing) = (Vec::new(), Vec::new());
    for method in methods.iter().filter(|method| !there.contains(method.as_str())) {
        match catalogue.find(method) {
            Some(entry) => wanted.push(Wanted::from(entry)),
            None => {
                missing.push(format!("`{method}` is not in the site's catalogue{}", catalogue.did_you_mean(method)))
            }
        }
    }
    missing.extend(missing_categories(catalogue, &args.category));
    if missing.is_empty() { Ok((methods.into_iter().cloned().collect(), wanted)) } else { Err(missing) }
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
    let mut pages = Vec::new();
    let mut fetch = Fetch::start(site, wanted, known, &folder)?;
    fetch_pages(&mut fetch, total, output, |page, output| {
        if let Outcome::Refused(why) = page.outcome {
            output.failure(&format!("{} {}: {why}", page.id, page.method.unwrap_or_default()));
        }
        pages.extend(page.file.map(|file| folder.join(file)));
        Ok(())
    })?;
    if fetch.is_stopped() {
        let left = fetch.left();
        output.failure(&format!("{left} of {total} pages were not requested; run the command again later to add them"));
    }
    Ok(pages)
}
