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
    let nothing_missing = |_: &Catalogue| Vec::new();
    let Some(catalogue) = args.max_age.catalogue(&mut args.site.site(), &nothing_missing, output)? else {
        return Ok(2);
    };
    let limit = args.limit.unwrap_or(if output.is_json() { usize::MAX } else { DEFAULT_LIMIT });
    let total = if args.category {
        let found = catalogue.search_categories(&args.words);
        let json = |(name, count): &(&str, usize)| json!({ "category": name, "apis": count });
        print(&found, limit, json, |(name, count)| [count.to_string(), (*name).to_owned()], output)?;
        found.len()
    } else {
        let found = catalogue.search(&args.words);
        let specs = repository::here().map(|root| root.join("spec/apis"));
        let is_here = |entry: &CatalogueEntry| {
            specs.as_ref().is_some_and(|specs| specs.join(format!("{}.json", entry.method)).is_file())
        };
        let json = |entry: &&CatalogueEntry| {
            let CatalogueEntry { method, doc_id, title, categories } = entry;
            json!({
                "method": method, "doc_id": doc_id, "title": title, "categories": categories, "in_repository": is_here(entry),
            })
        };
        let row = |entry: &&CatalogueEntry| {
            let mark = if is_here(entry) { "*" } else { " " };
            let categories = entry.categories.iter().map(String::as_str).collect::<Vec<_>>();
            [mark.to_owned(), entry.method.clone(), entry.title.clone(), categories.join(", ")]
        };
        print(&found, limit, json, row, output)?;
        found.len()
    };
    match total {
        0 => output.note(&format!("nothing in the catalogue contains all of: {}", args.words.join(" ")))?,
        _ if total > limit => output.note(&format!("{limit} of {total} are shown; --limit {total} shows all"))?,
        _ => {}
    }
    Ok(0)
}

/// Prints the first results as JSON, or as a table with columns as wide as their widest cell. A Chinese character is two
/// columns wide.
fn print<T, const N: usize>(
    found: &[T],
    limit: usize,
    json: impl Fn(&T) -> Value,
    row: impl Fn(&T) -> [String; N],
    output: &mut Output,
) -> Result<(), Stop> {
    let mut shown = found.iter().take(limit);
    if output.is_json() {
        return shown.try_for_each(|result| output.line(&json(result).to_string()));
    }
    let rows: Vec<_> = shown.map(|result| row(result).map(|cell| visible::within_line(&cell))).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    for row in &rows {
        let cells: [String; N] =
            std::array::from_fn(|column| row[column].clone() + &" ".repeat(widths[column] - row[column].width()));
        output.line(cells.join("  ").trim_end())?;
    }
    Ok(())
}
