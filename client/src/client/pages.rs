//! The pages of a list as a stream.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use topsdk_codec::{Request, Session};

use super::Client;
use crate::{
    BoxFuture, Error, Reply, Retry,
    call::CallBuilder,
    paging::{Paging, pages_setters},
};

/// The pages of a list: a [`Stream`] of responses, made by [`Client::pages`]. It has the setters of a call, which hold for
/// every page, and ends after the first error.
#[must_use = "nothing is sent before the stream is polled"]
pub struct Pages<R: Request, F> {
    client: Client,
    paging: Paging<R, F>,
    running: Option<BoxFuture<'static, Result<Reply<R::Response>, Error>>>,
}

/// Nothing in it is pinned: the future that runs is on the heap.
impl<R: Request, F> Unpin for Pages<R, F> {}

impl<R, F> Pages<R, F>
where
    R: Request<Response: Send> + Clone + Send + Sync + 'static,
    F: FnMut(&mut R, &R::Response) -> bool,
{
    pub(crate) fn new(client: Client, request: R, next: F) -> Self {
        Pages { client, paging: Paging::new(request, next), running: None }
    }

    pages_setters!();

    /// Returns the next page, or `None` after the last one. The same as the stream's own `next`, but needs no trait import.
    pub async fn next(&mut self) -> Option<Result<Reply<R::Response>, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    fn send(&self) -> BoxFuture<'static, Result<Reply<R::Response>, Error>> {
        let client = self.client.clone();
        let Paging { request, session, options, .. } = &self.paging;
        let (request, session, options) = (request.clone(), session.clone(), options.clone());
        Box::pin(async move {
            CallBuilder { client: &client, request: &request, session: session.as_ref(), options }.send().await
        })
    }
}

impl<R, F> Stream for Pages<R, F>
where
    R: Request<Response: Send> + Clone + Send + Sync + 'static,
    F: FnMut(&mut R, &R::Response) -> bool,
{
    type Item = Result<Reply<R::Response>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => match self.paging.begin() {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(())) => self.send(),
            },
        };
        let Poll::Ready(result) = running.as_mut().poll(context) else {
            self.running = Some(running);
            return Poll::Pending;
        };
        Poll::Ready(Some(self.paging.end(result)))
    }
}

impl<R: Request, F> fmt::Debug for Pages<R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("method", &R::METHOD).finish_non_exhaustive()
    }
}
