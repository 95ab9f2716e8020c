//! Stands for a client in the documentation of generated modules, whose samples compile without HTTP.

use crate::{Error, Request, Session};

/// Has the method `execute` of topsdk's clients, but sends nothing.
#[derive(Debug)]
pub struct Client;

impl Client {
    /// Returns an empty response.
    ///
    /// # Errors
    ///
    /// None.
    pub fn execute<Q: Request>(&self, _request: &Q, _session: Option<&Session>) -> Result<Q::Response, Error> {
        Ok(Q::Response::default())
    }
}
