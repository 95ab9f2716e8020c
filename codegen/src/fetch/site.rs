//! Requests to the site: manages the session of the document endpoint, and checks that a response is the requested page.

use std::thread;
use std::time::Instant;

use serde_json::Value;
use topsdk_spec::Layout;

use super::address::{ANNOUNCEMENT, ANNOUNCEMENTS, ANY, API, with_token};
use super::http::{Http, SiteResponse};
use super::watch::Announcement;
use super::{FetchError, FetchOptions, Form};
use crate::catalogue::Catalogue;
use crate::read::{self, PageProblem, Reading};

/// The site during one run.
pub struct Site {
    http: Http,
    /// When cookies were last requested. A mirror may set no cookies and still serve pages.
    session: Option<Instant>,
    /// Why no cookies were set, if the failure may be temporary.
    missed: Option<FetchError>,
    /// Whether the site rejected the session in its last response.
    is_rejected: bool,
}

impl Site {
    /// Returns the site with these options. Sends nothing yet.
    pub fn new(options: &FetchOptions) -> Site {
        Site { http: Http::new(options), session: None, missed: None, is_rejected: false }
    }

    pub(super) fn options(&self) -> &FetchOptions {
        &self.http.options
    }

    /// Fetches the catalogue: all APIs that the site lists, and messages as in [`Catalogue::from_response`].
    ///
    /// # Errors
    /// If the site cannot be reached, blocks the request, or sends something else, after up to `retries` retries.
    pub fn catalogue(&mut self) -> Result<(Catalogue, Vec<String>), FetchError> {
        Ok(Catalogue::from_response(&self.data("the catalogue", &self.options().base.catalogue())?))
    }

    /// Fetches the announcements. Also returns a description of the response if it is not their list, or only partly.
    ///
    /// # Errors
    /// As for [`Site::catalogue`].
    pub fn announcements(&mut self) -> Result<(Vec<Announcement>, Option<String>), FetchError> {
        let data = self.data("the list of announcements", &self.options().base.document(0, ANNOUNCEMENTS))?;
        Ok(Announcement::list(&data, &self.options().base))
    }

    /// Fetches the text of an announcement.
    ///
    /// # Errors
    /// As for [`Site::catalogue`], and [`FetchError::Unexpected`] if the response is not an announcement.
    pub fn announcement(&mut self, announcement: &Announcement) -> Result<String, FetchError> {
        let Announcement { id, title, .. } = announcement;
        let name = format!("announcement {id} ({title})");
        let data = self.data(&name, &self.options().base.document(*id, ANNOUNCEMENT))?;
        Announcement::text(&data).map_err(|found| FetchError::Unexpected(name, "an announcement", found))
    }

    /// Fetches `data` of a JSON response that is not a page, with retries.
    fn data(&mut self, name: &str, address: &str) -> Result<Value, FetchError> {
        let read = |body: &[u8]| {
            let content = String::from_utf8_lossy(body);
            let content = content.trim_start_matches('\u{feff}').trim_start();
            if !content.starts_with('{') {
                // A page in place of JSON may say why, such as a login or a block.
                read::page(name, body)?;
            }
            read::response_data(name, content)
        };
        let mut retries = 0;
        loop {
            match self.ask(ANY, address, &read) {
                Ok((_, data)) => return Ok(data),
                Err(FetchError::Page(read::Error { problem: PageProblem::NotApiPage(found), .. })) => {
                    return Err(FetchError::Unexpected(name.to_owned(), "JSON of the site", found));
                }
                Err(error) => thread::sleep(self.options().retry(&error, retries).ok_or(error)?),
            }
            retries += 1;
        }
    }

    /// Fetches one page.
    pub(super) fn page(&mut self, id: u64) -> Result<(Vec<u8>, Reading), FetchError> {
        let page = format!("document {id}");
        let FetchOptions { form, base, .. } = self.options();
        let (form, address) = match form {
            Form::Html => (Layout::Html, base.html(id)),
            Form::Document => (Layout::Document, base.document(id, API)),
        };
        let (body, reading) = self.ask(id, &address, &|body| read::page(&page, body))?;
        match reading.api.source.layout {
            found if found == form => Ok((body, reading)),
            found => Err(FetchError::Unexpected(page, words(form), words(found).to_owned())),
        }
    }

    /// Fetches one response. Renews the session if it is old, or if the site rejects it.
    fn ask<T>(
        &mut self,
        id: u64,
        address: &str,
        read: &dyn Fn(&[u8]) -> Result<T, read::Error>,
    ) -> Result<(Vec<u8>, T), FetchError> {
        let FetchOptions { form, max_session, .. } = *self.options();
        if form == Form::Document && self.session.is_none_or(|begin| begin.elapsed() >= max_session) {
            self.begin_session(id)?;
        }
        let token = self.http.token();
        let response = match form {
            Form::Document => self.http.get(&with_token(address, &token))?,
            Form::Html => self.http.get(address)?,
        };
        let result = judge(form, &response, read);
        let was_rejected = std::mem::replace(&mut self.is_rejected, matches!(result, Err(FetchError::Expired(_))));
        if self.is_rejected {
            // The refusal may have set a new token. If not, forget the cookies: the site sets them only for visitors that
            // have none.
            if self.http.token() == token {
                self.session = None;
                self.missed.take().map_or(Ok(()), Err)?;
            }
            if !was_rejected {
                return self.ask(id, address, read);
            }
        }
        Ok((response.body, result?))
    }

    /// Gets new cookies from a page that a browser would show.
    fn begin_session(&mut self, id: u64) -> Result<(), FetchError> {
        self.http.cookies.clear();
        self.missed = None;
        for address in self.options().base.shells(id) {
            let response = self.http.get(&address)?;
            if !self.http.token().is_empty() {
                self.missed = None;
                break;
            }
            match response.check_status() {
                // A mirror may lack this page and still have the documents.
                Err(error) => self.missed = Some(error).filter(FetchError::is_transient),
                Ok(()) => {
                    let read = read::page("the site", &response.body).map_err(|error| error.problem);
                    if let Err(PageProblem::Blocked(found)) = read {
                        return Err(response.blocked(found));
                    }
                }
            }
        }
        self.session = Some(Instant::now());
        Ok(())
    }
}

/// Returns the content if the response is what was requested, else the error that explains it.
fn judge<T>(
    form: Form,
    response: &SiteResponse,
    read: &dyn Fn(&[u8]) -> Result<T, read::Error>,
) -> Result<T, FetchError> {
    let error = match read(&response.body) {
        Ok(reading) => return response.check_status().map(|()| reading),
        Err(error) => error,
    };
    match &error.problem {
        // The gateway for browsers (mtop) reports this in `ret`: FAIL_SYS_TOKEN_EXOIRED (sic), FAIL_SYS_TOKEN_EMPTY.
        PageProblem::Blocked(found) if found.contains("TOKEN_E") => return Err(FetchError::Expired(found.clone())),
        // The bot protection may use any status.
        PageProblem::Blocked(found) => return Err(response.blocked(found.clone())),
        PageProblem::Refused { message, .. } if message.contains("过期") => {
            return Err(FetchError::Expired(message.clone()));
        }
        _ => response.check_status()?,
    }
    let first = response.body.iter().find(|byte| !byte.is_ascii_whitespace());
    Err(match error.problem {
        PageProblem::Empty => response.blocked("an empty body".to_owned()),
        PageProblem::Login(_) => error.into(),
        // The endpoint itself always sends JSON.
        _ if form == Form::Document && !matches!(first, Some(b'{' | b'[')) => {
            response.blocked("a page instead of a document".to_owned())
        }
        PageProblem::NotApiPage(_) | PageProblem::Shell if form == Form::Html => FetchError::NoPage(error.to_string()),
        _ => error.into(),
    })
}

fn words(layout: Layout) -> &'static str {
    match layout {
        Layout::Html => "a page (HTML)",
        Layout::Text => "plain text",
        Layout::Markdown => "Markdown",
        Layout::Document => "a document (JSON)",
    }
}
