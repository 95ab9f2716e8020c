//! The site as pages are asked from it: the handshake of the document endpoint, and whether an answer is the page.

use std::thread;

use serde_json::Value;
use topsdk_spec::Layout;

use super::address::{ANY, Base, shown};
use super::http::{Answer, Http};
use super::trouble::Trouble;
use super::{Form, Options};
use crate::catalogue::CatalogueAnswer;
use crate::read::{self, Reading};

/// The site during one run.
pub struct Site {
    options: Options,
    http: Http,
    /// Whether the cookies have been asked for. A mirror may give none, and answer without.
    has_shaken_hands: bool,
    /// Why they did not come, where that may pass.
    missed: Option<Trouble>,
}

impl Site {
    /// The site as the options name it. Nothing is sent yet.
    pub fn new(options: &Options) -> Site {
        Site { options: options.clone(), http: Http::new(options), has_shaken_hands: false, missed: None }
    }

    /// The catalogue: all APIs that the site lists.
    ///
    /// # Errors
    /// Where the site cannot be reached, blocks the request, or answers with something else, also after `retries`.
    pub fn catalogue(&mut self) -> Result<CatalogueAnswer, Trouble> {
        Ok(CatalogueAnswer::read(&self.data("the catalogue", &Base::catalogue)?))
    }

    /// `data` of an answer that is no page.
    fn data(&mut self, name: &str, address: &dyn Fn(&Base, &str) -> String) -> Result<Value, Trouble> {
        let read = |body: &[u8]| {
            let content = String::from_utf8_lossy(body);
            let content = content.trim_start_matches('\u{feff}').trim_start();
            if !content.starts_with('{') {
                // A page may say why there is no answer.
                read::page(name, body)?;
            }
            read::document_answer(name, content)
        };
        let mut renewed = false;
        let mut retries = 0;
        loop {
            match self.ask(ANY, &mut renewed, address, &read) {
                Ok((_, data)) => return Ok(data),
                Err(Trouble::NoDocument(error) | Trouble::Page(error @ read::Error::NotApiPage { .. })) => {
                    let found = match error {
                        read::Error::NotApiPage { found, .. } => found,
                        _ => "a page that the browser renders".to_owned(),
                    };
                    return Err(Trouble::OtherAnswer { name: name.to_owned(), found });
                }
                Err(trouble) if trouble.is_passing() && retries < self.options.retries => {
                    let backoff = self.options.backoff.saturating_mul(1 << retries.min(16));
                    let pause = trouble.retry_after().unwrap_or_default().max(backoff.min(self.options.longest_wait));
                    if pause > self.options.longest_wait {
                        return Err(trouble);
                    }
                    retries += 1;
                    thread::sleep(pause);
                }
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// One page, with no more than one handshake before it. `renewed` tells whether this page has had a new token already.
    pub(super) fn page(&mut self, id: u64, renewed: &mut bool) -> Result<(Vec<u8>, Reading), Trouble> {
        let page = format!("document {id}");
        let form = self.options.form;
        let address = |base: &Base, token: &str| match form {
            Form::Html => base.html(id),
            Form::Document => base.document(id, token),
        };
        let (body, reading) = self.ask(id, renewed, &address, &|body| read::page(&page, body))?;
        let found = reading.api.source.layout;
        match found == form.layout() {
            true => Ok((body, reading)),
            false => Err(Trouble::OtherForm { page, expected: words(form.layout()), found: words(found) }),
        }
    }

    /// One answer, with no more than one handshake before it. `renewed` tells whether there has been a new token for it already.
    fn ask<T>(
        &mut self,
        id: u64,
        renewed: &mut bool,
        address: &dyn Fn(&Base, &str) -> String,
        read: &dyn Fn(&[u8]) -> Result<T, read::Error>,
    ) -> Result<(Vec<u8>, T), Trouble> {
        if self.options.form == Form::Document && !self.has_shaken_hands {
            self.shake_hands(id)?;
        }
        let token = self.http.jar.token().map(str::to_owned);
        let address_now = address(&self.options.base, token.as_deref().unwrap_or_default());
        let answer = self.http.get(&address_now)?;
        match judge(self.options.form, &address_now, &answer, read) {
            Ok(reading) => Ok((answer.body, reading)),
            Err(Trouble::Expired { message }) => {
                // The refusal itself may have brought a new token. Otherwise the cookies are forgotten: the site sets them only
                // for those who have none.
                if self.http.jar.token() == token.as_deref() {
                    self.has_shaken_hands = false;
                    if let Some(missed) = self.missed.take() {
                        return Err(missed);
                    }
                }
                if std::mem::replace(renewed, true) {
                    return Err(Trouble::Expired { message });
                }
                self.ask(id, renewed, address, read)
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Gets the cookies, from a page that a browser would be on.
    fn shake_hands(&mut self, id: u64) -> Result<(), Trouble> {
        self.http.jar.clear();
        self.missed = None;
        for address in self.options.base.shells(id) {
            let answer = self.http.get(&address)?;
            if self.http.jar.token().is_some() {
                self.missed = None;
                break;
            }
            match status(&address, &answer) {
                // A mirror need not have this page, and what it says then is its own affair, as long as it has the documents.
                Err(trouble) => self.missed = Some(trouble).filter(Trouble::is_passing),
                Ok(()) => {
                    if let Err(read::Error::Blocked { found, .. }) = read::page("the site", &answer.body) {
                        return Err(Trouble::Blocked { found, retry_after: answer.retry_after });
                    }
                }
            }
        }
        self.has_shaken_hands = true;
        Ok(())
    }
}

/// What was asked for, if the answer is that.
fn judge<T>(
    form: Form,
    address: &str,
    answer: &Answer,
    read: &dyn Fn(&[u8]) -> Result<T, read::Error>,
) -> Result<T, Trouble> {
    let error = match read(&answer.body) {
        Ok(reading) => return status(address, answer).map(|()| reading),
        Err(error) => error,
    };
    match &error {
        // The gateway for browsers (mtop) says so in `ret`: FAIL_SYS_TOKEN_EXOIRED (sic), FAIL_SYS_TOKEN_EMPTY.
        read::Error::Blocked { found, .. } if found.contains("TOKEN_E") => {
            return Err(Trouble::Expired { message: found.clone() });
        }
        // The protection answers with any status.
        read::Error::Blocked { found, .. } => {
            return Err(Trouble::Blocked { found: found.clone(), retry_after: answer.retry_after });
        }
        read::Error::Refused { message, .. } if message.contains("过期") => {
            return Err(Trouble::Expired { message: message.clone() });
        }
        _ => {}
    }
    status(address, answer)?;
    let is_json = answer.body.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| *byte == b'{');
    Err(match error {
        read::Error::NotApiPage { .. } | read::Error::Shell { .. } if form == Form::Html || !is_json => {
            Trouble::NoDocument(error)
        }
        error => error.into(),
    })
}

fn status(address: &str, answer: &Answer) -> Result<(), Trouble> {
    match answer.status {
        200 => Ok(()),
        status => Err(Trouble::Status { address: shown(address), status, retry_after: answer.retry_after }),
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
