//! A call from its request to its response, without I/O: the clients send and wait.

use std::{
    borrow::Cow,
    fmt,
    time::{Duration, Instant},
};

use topsdk_codec::{App, Call, Decoder, Envelope, Format, PlatformError, SignMethod, StatusError, form_urlencoded};
use tracing::{Span, field::Empty};

use crate::{
    Body, Endpoint, Error, Event, HttpRequest, HttpResponse, RateLimit, Reply, Retry, TransportError,
    call::Options,
    clock::{self, Clock},
    endpoint::{self, OAuthUrls},
    event::OnEvent,
    operation::{EncodedRequest, Operation},
    refusals::is_wrong_time,
    retry::Failed,
    secrets::Secrets,
    user_locks::UserLocks,
};

/// A year, used in place of "no limit": adding `Duration::MAX` to a clock's time overflows in some HTTP clients.
pub(crate) const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The settings and the state that all calls of a client share.
pub(crate) struct Engine {
    pub(crate) app: App,
    pub(crate) gateway: Endpoint,
    pub(crate) format: Format,
    pub(crate) sign_method: SignMethod,
    pub(crate) partner_id: Option<String>,
    pub(crate) target_app_key: Option<String>,
    pub(crate) decoder: Decoder,
    pub(crate) timeout: Duration,
    pub(crate) retry: Retry,
    pub(crate) limit: Option<RateLimit>,
    pub(crate) clock: Clock,
    pub(crate) on_event: OnEvent,
    pub(crate) logs_values: bool,
    pub(crate) batch_limit: usize,
    pub(crate) oauth: OAuthUrls,
    /// A lock for each user whose token is being refreshed: the platform accepts a refresh token once.
    pub(crate) refreshing: UserLocks,
}

/// The state of one call.
pub(crate) struct CallState<'e> {
    engine: &'e Engine,
    options: &'e Options,
    what: Cow<'static, str>,
    started: Instant,
    attempt: u32,
    attempt_started: Instant,
    /// The time of the last step, so that each step reads the clock once.
    now: Instant,
    /// How many milliseconds ahead of this machine's clock the attempt was stamped.
    stamped_ahead: i64,
    /// Whether an attempt was repeated because of its time stamp: that happens once.
    is_restamped: bool,
    /// The error of the last attempt, while the call waits for the next one.
    failed: Option<Error>,
    span: Span,
    attempt_span: Span,
}

/// What follows an attempt.
pub(crate) enum Step {
    /// The end of the call.
    Done(Result<Reply<()>, Error>),
    /// Another attempt, after this time.
    Retry(Duration),
}

impl Engine {
    pub(crate) fn begin<'e>(&'e self, operation: &dyn Operation, options: &'e Options) -> CallState<'e> {
        let what = operation.what();
        let span = tracing::info_span!(
            "call",
            method = &*what,
            attempts = Empty,
            request_id = Empty,
            duration_ms = Empty,
            code = Empty,
            sub_code = Empty,
            error = Empty,
        );
        let now = Instant::now();
        CallState {
            engine: self,
            options,
            what,
            started: now,
            attempt: 0,
            attempt_started: now,
            now,
            stamped_ahead: 0,
            is_restamped: false,
            failed: None,
            span,
            attempt_span: Span::none(),
        }
    }

    fn secrets(&self, operation: &dyn Operation) -> Secrets {
        Secrets::new(operation.secrets().into_iter().chain([self.app.secret()]))
    }
}

impl CallState<'_> {
    /// Returns the span of the call.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Returns the span of the attempt.
    pub(crate) fn attempt_span(&self) -> Span {
        self.attempt_span.clone()
    }

    /// Returns the time left until the deadline, if there is one.
    pub(crate) fn left(&self) -> Option<Duration> {
        self.retry().left(|| self.started.elapsed())
    }

    /// Reports how long the call waited for the rate limit. `None` means that the deadline comes first, which ends the
    /// call.
    pub(crate) fn waited(&mut self, time: Option<Duration>) -> Result<(), Error> {
        let time = time.ok_or_else(|| self.over())?;
        self.engine.on_event.tell(Event::Waited { method: &self.what, time });
        Ok(())
    }

    /// Returns the error of a call whose deadline passed before an attempt: the error of the previous attempt, which may
    /// have been executed.
    fn over(&mut self) -> Error {
        self.failed.take().unwrap_or_else(|| Error::Deadline { elapsed: self.started.elapsed() })
    }

    /// Fails for a request that cannot be encoded, before it waits for the rate limit.
    pub(crate) fn check(&self, operation: &dyn Operation) -> Result<(), Error> {
        match self.engine.limit {
            Some(_) => operation.encode(&self.call(), &self.engine.gateway).map(drop),
            None => Ok(()),
        }
    }

    /// Returns the public parameters with the current time.
    fn call(&self) -> Call<'_> {
        let mut call = Call::new(&self.engine.app, self.engine.clock.now_in_china())
            .format(self.engine.format)
            .sign_method(self.engine.sign_method);
        if let Some(partner_id) = &self.engine.partner_id {
            call = call.partner_id(partner_id);
        }
        if let Some(key) = self.options.target_app_key.as_ref().or(self.engine.target_app_key.as_ref()) {
            call = call.target_app_key(key);
        }
        call
    }

    /// Starts the next attempt, stamped and signed now.
    pub(crate) fn post(&mut self, operation: &dyn Operation) -> Result<HttpRequest, Error> {
        let CallState { engine, options, .. } = *self;
        self.now = Instant::now();
        let timeout = self.timeout().ok_or_else(|| self.over())?;
        self.stamped_ahead = engine.clock.ahead();
        let outgoing = operation.encode(&self.call(), &engine.gateway)?;
        self.attempt += 1;
        self.attempt_started = self.now;
        self.attempt_span = tracing::debug_span!(
            parent: &self.span,
            "attempt",
            method = &*self.what,
            attempt = self.attempt,
            request_id = Empty,
            duration_ms = Empty,
            code = Empty,
            sub_code = Empty,
            error = Empty,
        );
        if engine.logs_values {
            let mut shown = if operation.is_secret() { size(outgoing.body.len()) } else { readable(&outgoing) };
            engine.secrets(operation).hide(&mut shown);
            tracing::info!(parent: &self.attempt_span, request = shown);
        }
        Ok(HttpRequest {
            what: self.what.clone(),
            methods: operation.methods(),
            url: outgoing.url,
            content_type: outgoing.content_type,
            body: Body::with_files(outgoing.body, outgoing.files, options.on_progress.clone()),
            timeout,
        })
    }

    /// Ends an attempt: reads its response and decides what follows.
    pub(crate) fn settle(&mut self, operation: &mut dyn Operation, sent: Result<HttpResponse, TransportError>) -> Step {
        let (mut result, date, received) = match sent {
            Ok(HttpResponse { status, date, content_type, retry_after: pause, body }) => {
                let received = body.len();
                let mut decoder = self.engine.decoder.clone();
                if let Some(content_type) = content_type {
                    decoder = decoder.for_content_type(&content_type);
                }
                let mut result = self.read(operation, &decoder, status, body);
                let pause = || pause.as_deref().and_then(|pause| clock::pause(pause, date.as_deref()));
                match &mut result {
                    Err(Error::Status { retry_after, .. }) => *retry_after = pause(),
                    Err(Error::Platform(error)) => error.retry_after_header = pause(),
                    _ => {}
                }
                (result, date, received)
            }
            Err(error) => (Err(Error::Transport(error)), None, 0),
        };
        self.now = Instant::now();
        match &mut result {
            Ok(reply) => {
                let odd = reply.anomalies.iter_mut().chain(&mut reply.unknown);
                self.engine.secrets(operation).hide_beside(&mut reply.request_id, odd);
            }
            Err(error) => self.engine.secrets(operation).hide_in(error),
        }
        self.note_attempt(&result, received);
        let error = match result {
            Ok(reply) => return Step::Done(Ok(Reply { time: self.now - self.started, ..reply })),
            Err(error) => error,
        };
        match self.wait_after(operation, &error, date.as_deref()) {
            None if operation.has_responses() => {
                let reply = Reply {
                    value: (),
                    request_id: None,
                    anomalies: Vec::new(),
                    unknown: Vec::new(),
                    body: Vec::new(),
                    time: self.now - self.started,
                    attempts: self.attempt,
                };
                Step::Done(Ok(reply))
            }
            Some(wait) => {
                // The partial response would mix with the response of the next attempt.
                if matches!(error, Error::Response(_)) {
                    operation.clear();
                }
                self.engine.on_event.tell(Event::Retry { method: &self.what, attempt: self.attempt, wait });
                self.failed = Some(error);
                Step::Retry(wait)
            }
            None => Step::Done(Err(error)),
        }
    }

    /// Ends the call.
    pub(crate) fn end(&self, result: Result<Reply<()>, Error>) -> Result<Reply<()>, Error> {
        let time = match &result {
            Ok(reply) => reply.time,
            Err(_) => self.started.elapsed(),
        };
        self.span.record("attempts", self.attempt);
        record(&self.span, &result, time);
        self.engine.on_event.tell(Event::Call {
            method: &self.what,
            attempts: self.attempt,
            time,
            request_id: request_id(&result),
            result: result.as_ref().map(|_| ()),
        });
        result
    }

    fn read(
        &self,
        operation: &mut dyn Operation,
        decoder: &Decoder,
        status: u16,
        body: Vec<u8>,
    ) -> Result<Reply<()>, Error> {
        // Secrets are searched in UTF-8.
        let body = match decoder.to_utf8(body) {
            Ok(body) => body,
            Err(error) if operation.takes(status) => return Err(Error::from_decoder(error)),
            Err(_) => Vec::new(),
        };
        if self.engine.logs_values {
            let mut shown = match operation.is_secret() {
                true => size(body.len()),
                false => String::from_utf8_lossy(&body).into_owned(),
            };
            self.engine.secrets(operation).hide(&mut shown);
            tracing::info!(parent: &self.attempt_span, status, response = shown);
        }
        if !operation.takes(status) {
            if let Some(mut error) = decoder.refusal(&body) {
                error.http_status = Some(status);
                return Err(Error::Platform(error));
            }
            let gateway = endpoint::shown(&operation.address(&self.engine.gateway).unwrap_or_default());
            return Err(Error::Status {
                gateway,
                source: Box::new(StatusError::new(status, &body)),
                retry_after: None,
            });
        }
        let Envelope { request_id, anomalies, unknown, .. } = operation.decode(decoder, &body)?;
        Ok(Reply { value: (), request_id, anomalies, unknown, body, time: Duration::ZERO, attempts: self.attempt })
    }

    fn note_attempt(&self, result: &Result<Reply<()>, Error>, received: usize) {
        let time = self.now - self.attempt_started;
        record(&self.attempt_span, result, time);
        self.engine.on_event.tell(Event::Attempt {
            method: &self.what,
            attempt: self.attempt,
            time,
            received,
            result: result.as_ref().map(|_| ()),
        });
    }

    fn wait_after(&mut self, operation: &dyn Operation, error: &Error, date: Option<&str>) -> Option<Duration> {
        if error.platform().is_some_and(is_wrong_time) {
            return self.is_stamped_anew(date).then_some(Duration::ZERO);
        }
        self.retry().wait_after(
            error,
            &Failed {
                attempt: self.attempt,
                is_idempotent: self.is_idempotent(operation),
                elapsed: self.now - self.started,
                timeout: self.options.timeout.unwrap_or(self.engine.timeout),
            },
        )
    }

    fn is_idempotent(&self, operation: &dyn Operation) -> bool {
        let is_read = |method: &Cow<'_, str>| self.retry().is_read(method);
        self.options.is_idempotent
            || operation.methods().map_or_else(|| is_read(&self.what), |all| all.iter().all(is_read))
    }

    /// Corrects the clock by a response that refused the time stamp, and returns whether to send the call with a new stamp.
    /// Another call's response may have corrected the clock while this one was in flight.
    fn is_stamped_anew(&mut self, date: Option<&str>) -> bool {
        if let Some(ahead) = self.engine.clock.learn(date) {
            let seconds_ahead = ahead.as_secs();
            tracing::warn!(
                parent: &self.span,
                seconds_ahead,
                "the gateway refused a time stamp (code 31): calls are now stamped by the gateway's clock"
            );
            self.engine.on_event.tell(Event::Clock { seconds_ahead });
        }
        let is_first = !std::mem::replace(&mut self.is_restamped, true);
        is_first && self.retry().allows_after(self.attempt) && self.engine.clock.was_set_since(self.stamped_ahead)
    }

    /// Returns how long the next attempt may take; `None` if the deadline has passed.
    fn timeout(&self) -> Option<Duration> {
        let timeout = self.options.timeout.unwrap_or(self.engine.timeout).min(LONGEST);
        match self.left() {
            None => Some(timeout),
            Some(left) => Some(timeout.min(left)).filter(|_| !left.is_zero()),
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
            .field("on_event", &self.on_event)
            .finish_non_exhaustive()
    }
}

/// A form as text for the log. Of a multipart body only the size is shown, as it may hold a file.
fn readable(outgoing: &EncodedRequest) -> String {
    match outgoing.content_type.starts_with("multipart/") {
        true => size(outgoing.body.len()),
        false => {
            let texts = form_urlencoded::parse(&outgoing.body).map(|(name, value)| format!("{name}={value}"));
            texts.collect::<Vec<_>>().join("&")
        }
    }
}

/// What the log shows in place of a body.
fn size(bytes: usize) -> String {
    format!("({bytes} bytes)")
}

fn request_id(result: &Result<Reply<()>, Error>) -> Option<&str> {
    match result {
        Ok(reply) => reply.request_id.as_deref(),
        Err(error) => error.platform()?.request_id.as_deref(),
    }
}

/// Fills in the fields of a span at its end. Of an error only kind and codes are recorded: its messages may quote values.
fn record(span: &Span, result: &Result<Reply<()>, Error>, time: Duration) {
    if span.is_disabled() {
        return;
    }
    span.record("duration_ms", u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    if let Some(id) = request_id(result) {
        span.record("request_id", id);
    }
    let Err(error) = result else { return };
    span.record("error", error.kind());
    if let Some(PlatformError { code, sub_code, .. }) = error.platform() {
        span.record("code", code);
        if let Some(sub_code) = sub_code {
            span.record("sub_code", sub_code);
        }
    }
}
