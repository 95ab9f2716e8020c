//! `topsdk search`: finds APIs and categories in the site's catalogue and prints them as a table or as JSON.

use serde_json::{Value, json};
use topsdk_codegen::catalogue::{Catalogue, CatalogueEntry};
use unicode_width::UnicodeWidthStr;

use super::output::{Output, Stop};
use super::site::{MaxAge, SiteArgs};
use super::{repository, visible};

/// Default number of results in a table, best matches first.
const DEFAULT_LIMIT: usize = 30;

#[derive(clap::Args)]
#[command(after_long_help = "\
An API is found if it contains all words, in Chinese or English; the best matches come first. * marks the APIs whose specs are in \
the repository; `topsdk add METHOD` adds others.

Exit status: 0 done, even if nothing is found; 2 the catalogue could not be fetched or read, or wrong usage.")]
pub(crate) struct Args {
    /// Words of a method, a title or a category
    #[arg(required_unless_present = "category", value_name = "WORD")]
    words: Vec<String>,
    /// List categories, with the number of their APIs
    #[arg(long)]
    category: bool,
    /// The maximum number of results [default: 30 as text, all as JSON]
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
    #[command(flatten)]
    max_age: MaxAge,
    #[command(flatten)]
    site: SiteArgs,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let catalogue: Catalogue = args.max_age.look_up(&mut args.site.site(), Ok, output)?;
    let limit = args.limit.unwrap_or(if output.is_json() { usize::MAX } else { DEFAULT_LIMIT });
    let (total, found): (usize, Vec<(Value, Vec<String>)>) = if args.category {
        let row = |(name, apis): (&str, usize)| {
            (json!({ "category": name, "apis": apis }), vec![apis.to_string(), name.to_owned()])
        };
        let found = catalogue.search_categories(&args.words);
        (found.len(), found.into_iter().take(limit).map(row).collect())
    } else {
        let specs = repository::here().map(|root| root.join("spec/apis"));
        let row = |CatalogueEntry { method, doc_id, title, categories }: &CatalogueEntry| {
            let is_here = specs.as_ref().is_some_and(|specs| specs.join(format!("{method}.json")).is_file());
            let json = json!({
                "method": method, "doc_id": doc_id, "title": title, "categories": categories, "in_repository": is_here,
            });
            let mark = if is_here { "*" } else { " " };
            let categories: Vec<&str> = categories.iter().map(String::as_str).collect();
            (json, vec![mark.to_owned(), method.clone(), title.clone(), categories.join(", ")])
        };
        let found = catalogue.search(&args.words);
        (found.len(), found.into_iter().take(limit).map(row).collect())
    };
    let (objects, rows): (Vec<Value>, Vec<Vec<String>>) = found.into_iter().unzip();
    match output.is_json() {
        true => objects.iter().try_for_each(|object| output.line(&object.to_string()))?,
        false => table(&rows, output)?,
    }
    match total {
        0 => output.note(&format!("nothing in the catalogue contains all of: {}", args.words.join(" ")))?,
        _ if total > limit => output.note(&format!("{limit} of {total} are shown; --limit {total} shows all"))?,
        _ => {}
    }
    Ok(0)
}

/// Prints rows in columns as wide as their widest cell. A Chinese character is two columns wide.
fn table(rows: &[Vec<String>], output: &mut Output) -> Result<(), Stop> {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| visible::within_line(cell)).collect()).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).map(width).collect();
    for row in &rows {
        let padded = row.iter().zip(&widths).map(|(cell, width)| cell.clone() + &" ".repeat(width - cell.width()));
        output.line(padded.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}
