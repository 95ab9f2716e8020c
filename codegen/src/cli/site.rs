//! Options for the site, and access to its catalogue, shared by all commands that use them.

use std::time::Duration;

use topsdk_codegen::catalogue::Catalogue;
use topsdk_codegen::fetch::{Base, CatalogueFile, Fetch, Form, Options, Page, Site, Step};

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
    pub(crate) fn options(&self, form: Form) -> Options {
        let mut options = Options::new(form);
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
    let found = site.catalogue()?;
    found.oddities.iter().try_for_each(|oddity| output.note(&oddity.to_string()))?;
    Ok(found.catalogue)
}

/// Fetches the catalogue from the site and, in a repository, replaces the stored one.
fn renew_catalogue(site: &mut Site, output: &mut Output) -> Result<Catalogue, Stop> {
    let fetched = fetch_catalogue(site, output)?;
    if let Some(root) = repository::here() {
        CatalogueFile::open(&root)?.replace(&fetched, false)?;
    }
    Ok(fetched)
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
    /// Returns the stored catalogue if it is recent enough, else fetches it. Also returns whether it is the stored one.
    pub(crate) fn catalogue(&self, site: &mut Site, output: &mut Output) -> Result<(Catalogue, bool), Stop> {
        if let Some(root) = repository::here() {
            let file = CatalogueFile::open(&root)?;
            if file.age().is_some_and(|age| age < self.max_age)
                && let Some(stored) = file.read()?
            {
                return Ok((stored, true));
            }
        }
        Ok((renew_catalogue(site, output)?, false))
    }

    /// Returns the catalogue if nothing is missing in it. If something is missing in a stored catalogue, fetches it again.
    /// Returns `None` if something is still missing, after reporting it.
    pub(crate) fn catalogue_with(
        &self,
        site: &mut Site,
        missing: &dyn Fn(&Catalogue) -> Vec<String>,
        output: &mut Output,
    ) -> Result<Option<Catalogue>, Stop> {
        let (mut catalogue, is_stored) = self.catalogue(site, output)?;
        let mut failures = missing(&catalogue);
        if is_stored && !failures.is_empty() {
            catalogue = renew_catalogue(site, output)?;
            failures = missing(&catalogue);
        }
        failures.iter().for_each(|failure| output.failure(failure));
        Ok(failures.is_empty().then_some(catalogue))
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
    mut take: impl FnMut(Page, &mut Output) -> Result<(), Stop>,
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
            Step::Rest { pause } => output.note(&format!("leaving the site alone for {pause:?}"))?,
        }
    }
    progress.finish_and_clear();
    Ok(())
}
