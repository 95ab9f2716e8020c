//! Options for the site, and access to its catalogue, shared by all commands that use them.

use std::time::Duration;

use topsdk_codegen::catalogue::Catalogue;
use topsdk_codegen::fetch::{Base, CatalogueFile, Fetch, FetchOptions, FetchedPage, Form, Site, Step};

use super::output::{Output, Stop};
use super::{duration, repository};

/// The site, and the rate of requests to it.
#[derive(clap::Args)]
pub(crate) struct SiteArgs {
    /// The site or a mirror of it [default: https://open.taobao.com, or https://developer.alibaba.com for pages in HTML]
    #[arg(long, value_name = "URL")]
    base_url: Option<Base>,
    /// The pause between two requests: seconds, or with a unit as in 500ms. Up to half as much is added at random, and a
    /// minute after each 100 documents; 0 turns all pauses off
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = duration::parse)]
    pause: Duration,
}

impl SiteArgs {
    /// Returns the options for requests of pages in this form.
    pub(crate) fn options(&self, form: Form) -> FetchOptions {
        let mut options = FetchOptions::new(form);
        if let Some(base) = &self.base_url {
            options.base = base.clone();
        }
        options.pause = self.pause;
        options
    }

    /// Returns the site, for requests of documents and the catalogue.
    pub(crate) fn site(&self) -> Site {
        Site::new(&self.options(Form::Document))
    }
}

/// Fetches the catalogue from the site.
pub(crate) fn fetch_catalogue(site: &mut Site, output: &mut Output) -> Result<Catalogue, Stop> {
    let (catalogue, oddities) = site.catalogue()?;
    oddities.iter().try_for_each(|oddity| output.note(oddity))?;
    Ok(catalogue)
}

/// The maximum age of the stored catalogue.
#[derive(clap::Args)]
pub(crate) struct MaxAge {
    /// Fetch the catalogue again if the stored one (spec/catalogue.jsonl) is older than this: seconds, or with a unit as in 12h
    /// or 7d
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = duration::parse)]
    max_age: Duration,
}

impl MaxAge {
    /// Looks something up in the stored catalogue if that is recent enough. If it is too old, or if something is missing in
    /// it, fetches and stores the catalogue, and looks there. `look_up` returns one message for each thing that is missing.
    pub(crate) fn look_up<T>(
        &self,
        site: &mut Site,
        look_up: impl Fn(Catalogue) -> Result<T, Vec<String>>,
        output: &mut Output,
    ) -> Result<T, Stop> {
        let file = repository::here().map(|root| CatalogueFile::open(&root)).transpose()?;
        let is_recent = |file: &&CatalogueFile| file.age().is_some_and(|age| age < self.max_age);
        let stored = file.as_ref().filter(is_recent).map(CatalogueFile::read).transpose()?.flatten();
        if let Some(Ok(found)) = stored.map(&look_up) {
            return Ok(found);
        }
        let fetched = fetch_catalogue(site, output)?;
        if let Some(file) = file {
            file.replace(&fetched, false)?;
        }
        look_up(fetched).map_err(Stop::Several)
    }
}

/// Returns one message for each category that is not in the catalogue.
pub(crate) fn missing_categories(catalogue: &Catalogue, names: &[String]) -> impl Iterator<Item = String> {
    let missing = names.iter().filter(|name| catalogue.in_category(name).next().is_none());
    missing
        .map(|name| format!("the site's catalogue has no category `{name}`{}", catalogue.did_you_mean_category(name)))
}

/// Fetches pages, with progress, and hands over the result for each. Reports pauses.
pub(crate) fn fetch_pages(
    fetch: &mut Fetch,
    total: usize,
    output: &mut Output,
    mut take: impl FnMut(FetchedPage, &mut Output) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let progress = output.progress("fetching", total);
    for step in fetch {
        match step {
            Step::Page(page) => {
                progress.inc(1);
                take(page, output)?;
                // A run takes long and may be interrupted: print what is done.
                output.flush()?;
            }
            Step::Wait { id, pause, why } => output.note(&format!("{id}: {why}: trying again in {pause:?}"))?,
            Step::Rest(pause) => output.note(&format!("resting for {pause:?} to spare the site"))?,
        }
    }
    progress.finish_and_clear();
    Ok(())
}
