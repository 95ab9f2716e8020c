//! Requests to the site: manages the session of the document endpoint, and checks that a response is the requested page.

use std::thread;
use std::time::Instant;

use serde_json::Value;
use topsdk_spec::Layout;

use super::address::{ANNOUNCEMENT, ANNOUNCEMENTS, ANY, API, Base, shown};
use super::announcements::{self, Announcement, Announcements};
use super::error::BLOCKED;
use super::http::{Http, SiteResponse};
use super::{FetchError, FetchOptions, Form};
use crate::catalogue::CatalogueResponse;
use crate::read::{self, PageProblem, Reading};

/// The site during one run.
pub struct Site {
    options: FetchOptions,
    http: Http,
    /// When cookies were last requested. A mirror may set no cookies and still serve pages.
    session: Option<Instant>,
    /// Why no cookies were set, if the failure may be temporary.
    missed: Option<FetchError>,
}

impl Site {
    /// Returns the site with these options. Sends nothing yet.
    pub fn new(options: &FetchOptions) -> Site {
        Site { options: options.clone(), http: Http::new(options), session: None, missed: None }
    }

    pub(super) fn options(&self) -> &FetchOptions {
        &self.options
    }

    /// Fetches the catalogue: all APIs that the site lists.
    ///
    /// # Errors
    /// If the site cannot be reached, blocks the request, or sends something else, after up to `retries` retries.
    pub fn catalogue(&mut self) -> Result<CatalogueResponse, FetchError> {
        Ok(CatalogueResponse::read(&self.data("the catalogue", &Base::catalogue)?))
    }

    /// Fetches the list of announcements.
    ///
    /// # Errors
    /// As for [`Site::catalogue`].
    pub fn announcements(&mut self) -> Result<Announcements, FetchError> {
        let data = self.data("the list of announcements", &|base, token| base.document(0, ANNOUNCEMENTS, token))?;
        Ok(Announcements::read(&data, &self.options.base))
    }

    /// Fetches the text of an announcement.
    ///
    /// # Errors
    /// As for [`Site::catalogue`], and [`FetchError::Unexpected`] if the response is not an announcement.
    pub fn announcement(&mut self, announcement: &Announcement) -> Result<String, FetchError> {
        let Announcement { id, title, .. } = announcement;
        let name = format!("announcement {id} ({title})");
        let data = self.data(&name, &|base, token| base.document(*id, ANNOUNCEMENT, token))?;
        announcements::text(&data).map_err(|found| FetchError::Unexpected { name, expected: "an announcement", found })
    }

    /// Fetches `data` of a JSON response that is not a page, with retries.
    fn data(&mut self, name: &str, address: &dyn Fn(&Base, &str) -> String) -> Result<Value, FetchError> {
        let read = |body: &[u8]| {
            let content = String::from_utf8_lossy(body);
            let content = content.trim_start_matches('\u{feff}').trim_start();
            if !content.starts_with('{') {
                // A page in place of JSON may say why, such as a login or a block.
                read::page(name, body)?;
            }
            read::response_data(name, content)
        };
        let mut renewed = false;
        let mut attempts = 0;
        loop {
            match self.ask(ANY, &mut renewed, address, &read) {
                Ok((_, data)) => return Ok(data),
                Err(FetchError::Page(read::Error { problem: PageProblem::NotApiPage(found), .. })) => {
                    return Err(FetchError::Unexpected { name: name.to_owned(), expected: "JSON of the site", found });
                }
                Err(error) => match self.options.retry(&error, attempts) {
                    Some(pause) => thread::sleep(pause),
                    None => return Err(error),
                },
            }
            attempts += 1;
        }
    }

    /// Fetches one page. `renewed` records whether the session was already renewed for this page.
    pub(super) fn page(&mut self, id: u64, renewed: &mut bool) -> Result<(Vec<u8>, Reading), FetchError> {
        let page = format!("document {id}");
        let form = self.options.form;
        let address = |base: &Base, token: &str| match form {
            Form::Html => base.html(id),
            Form::Document => base.document(id, API, token),
        };
        let (body, reading) = self.ask(id, renewed, &address, &|body| read::page(&page, body))?;
        let found = reading.api.source.layout;
        match found == form.layout() {
            true => Ok((body, reading)),
            false => Err(FetchError::Unexpected {
                name: page,
                expected: words(form.layout()),
                found: words(found).to_owned(),
            }),
        }
    }

    /// Fetches one response. `renewed` records whether the session was already renewed for it.
    fn ask<T>(
        &mut self,
        id: u64,
        renewed: &mut bool,
        address: &dyn Fn(&Base, &str) -> String,
        read: &dyn Fn(&[u8]) -> Result<T, read::Error>,
    ) -> Result<(Vec<u8>, T), FetchError> {
        let is_over = self.session.is_none_or(|begin| begin.elapsed() >= self.options.max_session);
        if self.options.form == Form::Document && is_over {
            self.begin_session(id)?;
        }
        let token = self.http.jar.token().map(str::to_owned);
        let address_now = address(&self.options.base, token.as_deref().unwrap_or_default());
        let response = self.http.get(&address_now)?;
        match judge(self.options.form, &address_now, &response, read) {
            Ok(reading) => Ok((response.body, reading)),
            Err(FetchError::Expired { message }) => {
                // The refusal may have set a new token. If not, forget the cookies: the site sets them only for visitors
                // that have none.
                if self.http.jar.token() == token.as_deref() {
                    self.session = None;
                    if let Some(missed) = self.missed.take() {
                        return Err(missed);
                    }
                }
                if std::mem::replace(renewed, true) {
                    return Err(FetchError::Expired { message });
                }
                self.ask(id, renewed, address, read)
            }
            Err(error) => Err(error),
        }
    }

    /// Gets new cookies from a page that a browser would show.
    fn begin_session(&mut self, id: u64) -> Result<(), FetchError> {
        self.http.jar.clear();
        self.missed = None;
        for address in self.options.base.shells(id) {
            let response = self.http.get(&address)?;
            if self.http.jar.token().is_some() {
                self.missed = None;
                break;
            }
            match status(&address, &response) {
                // A mirror may lack this page and still have the documents.
                Err(error) => self.missed = Some(error).filter(FetchError::is_transient),
                Ok(()) => {
                    let read = read::page("the site", &response.body).map_err(|error| error.problem);
                    if let Err(PageProblem::Blocked(found)) = read {
                        return Err(blocked(found, &response));
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
    address: &str,
    response: &SiteResponse,
    read: &dyn Fn(&[u8]) -> Result<T, read::Error>,
) -> Result<T, FetchError> {
    let error = match read(&response.body) {
        Ok(reading) => return status(address, response).map(|()| reading),
        Err(error) => error,
    };
    match &error.problem {
        // The gateway for browsers (mtop) reports this in `ret`: FAIL_SYS_TOKEN_EXOIRED (sic), FAIL_SYS_TOKEN_EMPTY.
        PageProblem::Blocked(found) if found.contains("TOKEN_E") => {
            return Err(FetchError::Expired { message: found.clone() });
        }
        // The bot protection may use any status.
        PageProblem::Blocked(found) => return Err(blocked(found.clone(), response)),
        PageProblem::Refused { message, .. } if message.contains("过期") => {
            return Err(FetchError::Expired { message: message.clone() });
        }
        _ => {}
    }
    status(address, response)?;
    let first = response.body.iter().find(|byte| !byte.is_ascii_whitespace());
    Err(match error.problem {
        PageProblem::Empty => blocked("an empty body".to_owned(), response),
        PageProblem::Login(_) => error.into(),
        // The endpoint itself always sends JSON.
        _ if form == Form::Document && !matches!(first, Some(b'{' | b'[')) => {
            blocked("a page instead of a document".to_owned(), response)
        }
        PageProblem::NotApiPage(_) | PageProblem::Shell if form == Form::Html => FetchError::NoPage(error),
        _ => error.into(),
    })
}

fn blocked(found: String, response: &SiteResponse) -> FetchError {
    FetchError::Blocked { found, wait: response.retry_after.unwrap_or_default().max(BLOCKED) }
}

fn status(address: &str, response: &SiteResponse) -> Result<(), FetchError> {
    match response.status {
        200 => Ok(()),
        status => Err(FetchError::Status { address: shown(address), status, retry_after: response.retry_after }),
    }
}

fn words(layout: Layout) -> &'static str {
    match layout {
        Layout::Html => "a page (HTML)",
        Layout::Text => "plain text",
        Layout::Markdown => "Markdown",
        Layout::Document => "a document (JSON)",
    }
}
