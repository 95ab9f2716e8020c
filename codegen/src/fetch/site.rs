//! The site as pages are asked from it: the handshake of the document endpoint, and whether an answer is the page.

use topsdk_spec::Layout;

use super::address::{Base, shown};
use super::http::{Answer, Http};
use super::trouble::Trouble;
use super::{Form, Options};
use crate::read::{self, Reading};

/// The site during one run.
pub(super) struct Site {
    base: Base,
    form: Form,
    http: Http,
    /// Whether the cookies have been asked for. A mirror may give none, and answer without.
    has_shaken_hands: bool,
    /// Why they did not come, where that may pass.
    missed: Option<Trouble>,
}

impl Site {
    pub(super) fn new(options: &Options) -> Site {
        Site {
            base: options.base.clone(),
            form: options.form,
            http: Http::new(options),
            has_shaken_hands: false,
            missed: None,
        }
    }

    /// One page, with no more than one handshake before it. `renewed` tells whether this page has had a new token already.
    pub(super) fn page(&mut self, id: u64, renewed: &mut bool) -> Result<(Vec<u8>, Reading), Trouble> {
        let address = match self.form {
            Form::Html => self.base.html(id),
            Form::Document => {
                if !self.has_shaken_hands {
                    self.shake_hands(id)?;
                }
                self.base.document(id, self.http.jar.token().unwrap_or_default())
            }
        };
        let token = self.http.jar.token().map(str::to_owned);
        let answer = self.http.get(&address)?;
        match judge(id, self.form, &address, &answer) {
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
                self.page(id, renewed)
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Gets the cookies, from a page that a browser would be on.
    fn shake_hands(&mut self, id: u64) -> Result<(), Trouble> {
        self.http.jar.clear();
        self.missed = None;
        for address in self.base.shells(id) {
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

/// The page, if the answer is one.
fn judge(id: u64, form: Form, address: &str, answer: &Answer) -> Result<Reading, Trouble> {
    let page = format!("document {id}");
    let error = match read::page(&page, &answer.body) {
        Ok(reading) => {
            status(address, answer)?;
            let found = reading.api.source.layout;
            return match found == form.layout() {
                true => Ok(reading),
                false => Err(Trouble::OtherForm { page, expected: words(form.layout()), found: words(found) }),
            };
        }
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
