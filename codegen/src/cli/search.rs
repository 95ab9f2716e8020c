//! `topsdk search`: finds APIs and categories in the site's catalogue and prints them as a table or as JSON.

use topsdk_codegen::catalogue::CatalogueEntry;
use unicode_width::UnicodeWidthStr;

use super::output::{Output, Stop};
use super::site::{MaxAge, SiteArgs};
use super::{Format, repository, visible};

/// Default number of results in a table, best matches first.
const MOST: usize = 30;

const ABOUT: &str = "\
All words have to occur, in Chinese or English; the best matches come first. * marks the APIs whose specs are in the
repository; `topsdk add METHOD` adds others.";

#[derive(clap::Args)]
#[command(after_long_help = ABOUT)]
pub(crate) struct Args {
    /// Words of a method, a title or a category
    #[arg(required_unless_present = "category", value_name = "WORD")]
    words: Vec<String>,
    /// List categories, with the number of their APIs
    #[arg(long)]
    category: bool,
    /// Show so many at most; 30 on a terminal, all as JSON otherwise
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
    #[command(flatten)]
    max_age: MaxAge,
    #[command(flatten)]
    site: SiteArgs,
}

pub(crate) fn run(args: &Args, output: &mut Output) -> Result<u8, Stop> {
    let (catalogue, _) = args.max_age.catalogue(&mut args.site.site(), output)?;
    let is_json = output.format() == Format::Json;
    let limit = args.limit.unwrap_or(if is_json { usize::MAX } else { MOST });
    let total = if args.category {
        let found = catalogue.search_categories(&args.words);
        let shown = found.iter().take(limit);
        match is_json {
            true => lines(shown.map(|(name, count)| serde_json::json!({ "category": name, "apis": count })), output)?,
            false => table(shown.map(|(name, count)| [count.to_string(), (*name).to_owned()]), output)?,
        }
        found.len()
    } else {
        let found = catalogue.search(&args.words);
        let specs = repository::here().map(|root| root.join("spec/apis"));
        let is_here = |entry: &CatalogueEntry| {
            specs.as_ref().is_some_and(|specs| specs.join(format!("{}.json", entry.method)).is_file())
        };
        let shown = found.iter().take(limit);
        let json = |entry: &&CatalogueEntry| {
            let CatalogueEntry { method, doc_id, title, categories } = entry;
            serde_json::json!({
                "method": method, "doc_id": doc_id, "title": title, "categories": categories, "in_repository": is_here(entry),
            })
        };
        let row = |entry: &&CatalogueEntry| {
            let mark = if is_here(entry) { "*" } else { " " };
            let categories = entry.categories.iter().map(String::as_str).collect::<Vec<_>>();
            [mark.to_owned(), entry.method.clone(), entry.title.clone(), categories.join(", ")]
        };
        match is_json {
            true => lines(shown.map(json), output)?,
            false => table(shown.map(row), output)?,
        }
        found.len()
    };
    match total {
        0 => output.remark(&format!("nothing in the catalogue has all of: {}", args.words.join(" ")))?,
        _ if total > limit => output.remark(&format!("{limit} of {total} are shown; --limit {total} shows all"))?,
        _ => {}
    }
    Ok(0)
}

fn lines(values: impl Iterator<Item = serde_json::Value>, output: &mut Output) -> Result<(), Stop> {
    let mut values = values;
    values.try_for_each(|value| output.line(&value.to_string()))
}

/// Prints a table with columns as wide as their widest cell. A Chinese character is two columns wide.
fn table<const N: usize>(rows: impl Iterator<Item = [String; N]>, output: &mut Output) -> Result<(), Stop> {
    let rows: Vec<_> = rows.map(|row| row.map(|cell| visible::within_line(&cell).into_owned())).collect();
    let mut widths = [0; N];
    for row in &rows {
        widths = std::array::from_fn(|column| widths[column].max(row[column].width()));
    }
    for row in &rows {
        let cells: [String; N] =
            std::array::from_fn(|column| row[column].clone() + &" ".repeat(widths[column] - row[column].width()));
        output.line(cells.join("  ").trim_end())?;
    }
    Ok(())
}
