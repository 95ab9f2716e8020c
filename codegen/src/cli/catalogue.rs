//! `topsdk catalogue`: stores the site's catalogue in `spec/catalogue.jsonl` and reports added and removed APIs.

use std::collections::BTreeSet;

use serde_json::json;
use topsdk_codegen::catalogue::{Catalogue, FILE};
use topsdk_codegen::fetch::CatalogueFile;

use super::output::{Output, Stop};
use super::repository;
use super::site::{SiteArgs, fetch_catalogue};

#[derive(clap::Args)]
#[command(after_long_help = "\
A catalogue that is empty, lacks more than a tenth of the stored APIs, or comes from another site replaces the stored one only \
with --accept.

Exit status: 0 stored; 2 the catalogue could not be fetched, or was refused, or wrong usage.")]
pub(crate) struct Args {
    #[command(flatten)]
    site: SiteArgs,
    /// Store the catalogue even if it lacks many of the stored APIs
    #[arg(long)]
    accept: bool,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let root = repository::root("run `topsdk catalogue` in one")?;
    let file = CatalogueFile::open(&root)?;
    // A stored catalogue that cannot be read is compared as if empty; `replace` reports the error.
    let old = file.read().ok().flatten().unwrap_or_default();
    let catalogue = fetch_catalogue(&mut args.site.site(), output)?;
    file.replace(&catalogue, args.accept)?;
    let (before, now) = (methods(&old), methods(&catalogue));
    let new: Vec<_> = now.difference(&before).collect();
    let gone: Vec<_> = before.difference(&now).collect();
    let (apis, categories) = (catalogue.entries().len(), catalogue.categories().len());
    let path = root.join(FILE).display().to_string();
    if !output.is_json() && !before.is_empty() {
        new.iter().try_for_each(|method| output.line(&format!("new       {method}")))?;
        gone.iter().try_for_each(|method| output.line(&format!("gone      {method}")))?;
    }
    let text = || {
        let did = if old == catalogue { "as stored in" } else { "wrote" };
        format!("{apis} APIs in {categories} categories: {} new, {} gone; {did} {path}", new.len(), gone.len())
    };
    let json = || json!({ "apis": apis, "categories": categories, "new": new, "gone": gone, "file": path });
    output.line_as(text, json)?;
    Ok(0)
}

fn methods(catalogue: &Catalogue) -> BTreeSet<&str> {
    catalogue.entries().iter().map(|entry| entry.method.as_str()).collect()
}
