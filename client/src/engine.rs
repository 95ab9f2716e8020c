//! What a call does between its request and its answer, but for sending and waiting: those are the clients' part.

use std::{
    fmt,
    time::{Duration, Instant},
};

use topsdk_codec::{App, Call, Decoder, Envelope, Format, PlatformError, SignMethod, StatusError};

use crate::{
    Answer, Body, Error, Gateway, Options, Post, RateLimit, Reply, Retry, TransportError, clock::Clock,
    exchange::Exchange, gateway,
};

/// What all calls of a client have in common.
pub(crate) struct Engine {
    pub(crate) app: App,
    pub(crate) gateway: Gateway,
    pub(crate) format: Format,
    pub(crate) sign_method: SignMethod,
    pub(crate) partner_id: Option<String>,
    pub(crate) target_app_key: Option<String>,
    pub(crate) decoder: Decoder,
    pub(crate) timeout: Duration,
    pub(crate) retry: Retry,
    pub(crate) limit: Option<RateLimit>,
    pub(crate) clock: Clock,
}

/// A call that is under way.
pub(crate) struct Course<'e> {
    engine: &'e Engine,
    options: &'e Options,
    started: Instant,
    attempt: u32,
    has_set_clock: bool,
}

/// What comes after an attempt.
pub(crate) enum Step {
    /// It was the last one.
    Done(Result<Reply<()>, Error>),
    /// Another one, after this time.
    Again(Duration),
}

impl Engine {
    pub(crate) fn begin<'e>(&'e self, options: &'e Options) -> Course<'e> {
        Course { engine: self, options, started: Instant::now(), attempt: 0, has_set_clock: false }
    }
}

impl Course<'_> {
    /// The next attempt, signed with the time of now.
    pub(crate) fn post(&mut self, exchange: &dyn Exchange) -> Result<Post, Error> {
        let Course { engine, options, .. } = *self;
        let timeout = self.timeout()?;
        let mut call =
            Call::new(&engine.app, engine.clock.now_in_china()).format(engine.format).sign_method(engine.sign_method);
        if let Some(partner_id) = &engine.partner_id {
            call = call.partner_id(partner_id);
        }
        if let Some(key) = options.target_app_key.as_ref().or(engine.target_app_key.as_ref()) {
            call = call.target_app_key(key);
        }
        let address = exchange.url(&engine.gateway).ok_or(Error::NoBatchAddress)?;
        let encoded = exchange.encode(&call)?;
        self.attempt += 1;
        Ok(Post {
            what: exchange.what(),
            url: encoded.url(&address).into_owned(),
            content_type: encoded.content_type().to_owned().into(),
            body: Body::from(encoded.into_body()),
            timeout,
        })
    }

    /// What an attempt came to.
    pub(crate) fn settle(&mut self, exchange: &mut dyn Exchange, sent: Result<Answer, TransportError>) -> Step {
        let (result, date) = match sent {
            Ok(answer) => {
                let date = answer.date.clone();
                (self.read(exchange, answer), date)
            }
            Err(error) => (Err(Error::Transport(error)), None),
        };
        let error = match result {
            Ok((envelope, body)) => return Step::Done(Ok(self.reply(envelope, body))),
            Err(error) => error,
        };
        match self.wait_after(&error, date.as_deref()) {
            Some(wait) => Step::Again(wait),
            None => Step::Done(Err(error)),
        }
    }

    fn read(&self, exchange: &mut dyn Exchange, answer: Answer) -> Result<(Envelope, Vec<u8>), Error> {
        if answer.status != 200 {
            let source = Box::new(StatusError::new(answer.status, &answer.body));
            return Err(Error::Status { gateway: gateway::shown(self.engine.gateway.url()), source });
        }
        match exchange.decode(&self.engine.decoder, &answer.body) {
            Ok(envelope) => Ok((envelope, answer.body)),
            Err(topsdk_codec::Error::Platform(error)) => Err(Error::Platform(error)),
            Err(error) => Err(Error::Answer(error)),
        }
    }

    fn reply(&self, envelope: Envelope, body: Vec<u8>) -> Reply<()> {
        let Envelope { request_id, anomalies, .. } = envelope;
        Reply { value: (), request_id, anomalies, body, time: self.started.elapsed(), attempts: self.attempt }
    }

    fn wait_after(&mut self, error: &Error, date: Option<&str>) -> Option<Duration> {
        if error.platform().is_some_and(is_wrong_time) && !self.has_set_clock {
            self.has_set_clock = true;
            let ahead = self.engine.clock.learn(date)?;
            tracing::warn!(
                "the gateway's clock is {ahead:#} ahead of this machine's, and it refused the call for it (code 31); \
                 calls are stamped by its clock from now on"
            );
            return Some(Duration::ZERO);
        }
        let wait = self.retry().wait_after(error, self.attempt, self.options.is_idempotent)?;
        let left = self.retry().whole().checked_sub(self.started.elapsed())?;
        (wait < left).then_some(wait)
    }

    /// How long the next attempt may take.
    fn timeout(&self) -> Result<Duration, Error> {
        let timeout = self.options.timeout.unwrap_or(self.engine.timeout);
        let limit = self.retry().whole();
        match limit.checked_sub(self.started.elapsed()) {
            Some(left) if !left.is_zero() => Ok(timeout.min(left)),
            _ => Err(Error::Deadline { limit }),
        }
    }

    fn retry(&self) -> &Retry {
        self.options.retry.as_ref().unwrap_or(&self.engine.retry)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("app", &self.app)
            .field("gateway", &self.gateway)
            .field("format", &self.format)
            .field("sign_method", &self.sign_method)
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

fn is_wrong_time(error: &PlatformError) -> bool {
    error.code == "31"
}
