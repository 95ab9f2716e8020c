//! The pages of a list: repeats a call until the caller's function says that there are no more.

use topsdk_codec::{Request, Session};

use crate::{Error, Reply, call::Options};

/// The maximum number of pages by default.
const MAXIMUM: usize = 1000;

/// The state of a list of pages.
pub(crate) struct Paging<R, F> {
    pub(crate) request: R,
    next: F,
    pub(crate) session: Option<Session>,
    pub(crate) options: Options,
    pub(crate) maximum: usize,
    sent: usize,
    is_over: bool,
}

impl<R, F> Paging<R, F>
where
    R: Request,
    F: FnMut(&mut R, &R::Response) -> bool,
{
    pub(crate) fn new(request: R, next: F) -> Self {
        let options = Options::default();
        Paging { request, next, session: None, options, maximum: MAXIMUM, sent: 0, is_over: false }
    }

    /// Starts the next page; `None` after the last one.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyPages`] if the maximum is reached: a list must not end early without notice.
    pub(crate) fn begin(&mut self) -> Option<Result<(), Error>> {
        if self.is_over {
            return None;
        }
        if self.sent == self.maximum {
            self.is_over = true;
            return Some(Err(Error::TooManyPages { maximum: self.maximum }));
        }
        self.sent += 1;
        Some(Ok(()))
    }

    /// Passes a page to the caller's function, which changes the request for the next one. An error ends the list.
    pub(crate) fn end(&mut self, result: Result<Reply<R::Response>, Error>) -> Result<Reply<R::Response>, Error> {
        self.is_over = match &result {
            Ok(reply) => !(self.next)(&mut self.request, &reply.value),
            Err(_) => true,
        };
        result
    }
}

/// The setters of pages, which both clients have.
macro_rules! pages_setters {
    () => {
        /// Sets the session of the user for whom the calls are made.
        pub fn session(mut self, session: &Session) -> Self {
            self.paging.session = Some(session.clone());
            self
        }

        /// Sets the maximum number of pages; 1,000 by default. If there are more, [`Error::TooManyPages`] follows the last
        /// one.
        pub fn maximum(mut self, pages: usize) -> Self {
            self.paging.maximum = pages;
            self
        }

        $crate::call::setters!(paging.options);
    };
}
pub(crate) use pages_setters;
