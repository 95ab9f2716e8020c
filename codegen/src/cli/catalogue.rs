//! `topsdk catalogue`: stores the site's catalogue in `spec/catalogue.jsonl` and reports added and removed APIs.

use std::collections::BTreeSet;

use topsdk_codegen::catalogue::{Catalogue, FILE};
use topsdk_codegen::fetch::CatalogueFile;

use super::output::{Output, Stop};
use super::site::{SiteArgs, fetch_catalogue};
use super::{Format, repository};

const ABOUT: &str = "\
A catalogue that is empty, lacks more than a tenth of the APIs that are stored, or is of another site, does not replace the
stored one without --accept.

Exit status: 0 stored; 2 it could not be had, or was refused.";

#[derive(clap::Args)]
#[command(after_long_help = ABOUT)]
pub(crate) struct Args {
    #[command(flatten)]
    site: SiteArgs,
    /// Store it, whatever it has lost
    #[arg(long)]
    accept: bool,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let root = repository::root("run `topsdk catalogue` in one")?;
    let file = CatalogueFile::open(&root).map_err(Stop::failed)?;
    // A stored catalogue that cannot be read is compared as if empty; `replace` reports the error.
    let old = file.read().ok().flatten().unwrap_or_default();
    let catalogue = fetch_catalogue(&mut args.site.site(), output)?;
    file.replace(&catalogue, args.accept).map_err(Stop::failed)?;
    let (before, now) = (methods(&old), methods(&catalogue));
    let new: Vec<_> = now.difference(&before).collect();
    let gone: Vec<_> = before.difference(&now).collect();
    let (apis, categories) = (catalogue.entries().len(), catalogue.categories().len());
    let path = root.join(FILE).display().to_string();
    if output.format() == Format::Json {
        let line =
            serde_json::json!({ "apis": apis, "categories": categories, "new": new, "gone": gone, "file": path });
        output.line(&line.to_string())?;
        return Ok(0);
    }
    if !before.is_empty() {
        new.iter().try_for_each(|method| output.line(&format!("new       {method}")))?;
        gone.iter().try_for_each(|method| output.line(&format!("gone      {method}")))?;
    }
    let did = if old == catalogue { "as stored in" } else { "wrote" };
    output.line(&format!(
        "{apis} APIs in {categories} categories: {} new, {} gone; {did} {path}",
        new.len(),
        gone.len()
    ))?;
    Ok(0)
}

fn methods(catalogue: &Catalogue) -> BTreeSet<&str> {
    catalogue.entries().iter().map(|entry| entry.method.as_str()).collect()
}
