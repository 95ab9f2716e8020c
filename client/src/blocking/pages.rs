//! The pages of a list as an iterator.

use std::{fmt, time::Duration};

use topsdk_codec::{Request, Session};

use super::Client;
use crate::{
    Error, Reply, Retry,
    call::CallBuilder,
    paging::{Paging, pages_setters},
};

/// The pages of a list: an [`Iterator`] over responses, made by [`Client::pages`]. It has the setters of a call, which hold
/// for every page, and ends after the first error.
#[must_use = "nothing is sent before the iterator is advanced"]
pub struct Pages<R, F> {
    client: Client,
    paging: Paging<R, F>,
}

impl<R, F> Pages<R, F>
where
    R: Request<Response: Send>,
    F: FnMut(&mut R, &R::Response) -> bool,
{
    pub(crate) fn new(client: Client, request: R, next: F) -> Self {
        Pages { client, paging: Paging::new(request, next) }
    }

    pages_setters!();
}

impl<R, F> Iterator for Pages<R, F>
where
    R: Request<Response: Send>,
    F: FnMut(&mut R, &R::Response) -> bool,
{
    type Item = Result<Reply<R::Response>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.paging.begin()? {
            return Some(Err(error));
        }
        let Paging { request, session, options, .. } = &self.paging;
        let call = CallBuilder { client: &self.client, request, session: session.as_ref(), options: options.clone() };
        let result = call.send();
        Some(self.paging.end(result))
    }
}

impl<R: Request, F> fmt::Debug for Pages<R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("method", &R::METHOD).finish_non_exhaustive()
    }
}
