//! The network: connections, bounds against clients that send too much or too slowly, and faults on the way.

use std::{
    future::{Future, poll_fn},
    net,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use hyper::{
    Request, Response, StatusCode,
    body::{Body, Incoming as Sent},
    header::{self, HeaderMap, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::fmt::rfc2822::DateTimePrinter;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, oneshot},
    time::{sleep, timeout},
};
use topsdk_codec::Format;

use super::{
    Watch,
    activity::Activity,
    body::{AnswerBody, gzip, takes_gzip},
    fault::{Dice, Fault},
    locked,
    platform::{Incoming, Platform, Reply},
    received::{Kept, Outcome, Received},
};

/// How long an answer is withheld that never comes.
const STALL: Duration = Duration::from_secs(300);

/// How many bytes the head of a request may have, and a piece of an answer.
const HEAD: usize = 64 << 10;

/// What clients may ask of the gateway.
pub(super) struct Bounds {
    pub(super) body: usize,
    pub(super) connections: usize,
    pub(super) patience: Duration,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { body: 64 << 20, connections: 1024, patience: Duration::from_secs(30) }
    }
}

/// A gateway, as its connections share it.
pub(super) struct Server {
    pub(super) platform: Platform,
    pub(super) calls: Mutex<Kept>,
    dice: Dice,
    latency: Duration,
    bounds: Bounds,
    watch: Option<Watch>,
    count: AtomicU64,
    open: AtomicUsize,
}

impl Server {
    pub(super) fn new(
        platform: Platform,
        dice: Dice,
        latency: Duration,
        bounds: Bounds,
        watch: Option<Watch>,
    ) -> Server {
        let (calls, count, open) = Default::default();
        Server { platform, calls, dice, latency, bounds, watch, count, open }
    }

    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    pub(super) fn connections(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    fn record(&self, received: Received) {
        if let Some(watch) = &self.watch {
            watch(&received);
        }
        locked(&self.calls).push(received);
    }
}

/// Serves until `stopped`. What is under way then ends with the runtime.
pub(super) async fn run(server: Arc<Server>, listener: net::TcpListener, stopped: oneshot::Receiver<()>) {
    // Registering a listener that is open fails only where the runtime has no I/O.
    if let Ok(listener) = TcpListener::from_std(listener) {
        tokio::spawn(accept(server, listener));
    }
    let _ = stopped.await;
}

async fn accept(server: Arc<Server>, listener: TcpListener) {
    let places = Arc::new(Semaphore::new(server.bounds.connections));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let server = server.clone();
                tokio::spawn(async move {
                    let _open = Open::of(&server.open);
                    connection(&server, stream).await;
                    drop(place);
                });
            }
            // No more files can be open, say: it goes on when some are closed.
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}

/// A connection that is counted as open, however it ends.
struct Open<'a>(&'a AtomicUsize);

impl<'a> Open<'a> {
    fn of(count: &'a AtomicUsize) -> Open<'a> {
        count.fetch_add(1, Ordering::Relaxed);
        Open(count)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn connection(server: &Arc<Server>, stream: TcpStream) {
    // Answers are small; waiting for more to send would cost each a delay.
    let _ = stream.set_nodelay(true);
    let activity = Arc::new(Activity::new());
    let service = service_fn(|request| {
        let (server, activity) = (server.clone(), activity.clone());
        let answer: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
            activity.touch();
            activity.is_busy.store(true, Ordering::Relaxed);
            let answer = answer(&server, request, &activity).await;
            activity.is_busy.store(false, Ordering::Relaxed);
            activity.touch();
            answer
        });
        answer
    });
    let patience = server.bounds.patience;
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    loop {
        match timeout(patience, poll_fn(|context| connection.poll_without_shutdown(context))).await {
            Ok(_) => break,
            Err(_) if activity.is_older_than(patience) => break,
            Err(_) => {}
        }
    }
    if activity.is_reset.load(Ordering::Relaxed) {
        let _ = connection.into_parts().io.inner().set_zero_linger();
    }
}

/// The connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("there is no answer")]
struct Hangup;

async fn answer(
    server: &Server,
    request: Request<Sent>,
    activity: &Arc<Activity>,
) -> Result<Response<AnswerBody>, Hangup> {
    let number = server.count.fetch_add(1, Ordering::Relaxed) + 1;
    let fault = server.dice.roll(number);
    let (head, body) = request.into_parts();
    let note = |note: String| {
        server.record(Received { number, outcome: Outcome::Lost, notes: vec![note], ..Received::default() });
    };
    let lost = |status: StatusCode, why: &str| {
        note(format!("answered with the HTTP status {}: {why}", status.as_u16()));
        Ok(page(server, status, why, activity))
    };
    // One that trickles has ten pauses' time.
    let patience = server.bounds.patience.saturating_mul(10);
    let body = match timeout(patience, collect(body, &server.bounds)).await.unwrap_or(Err(Unread::TooSlow)) {
        Ok(body) => body,
        Err(Unread::TooLarge) => {
            return lost(StatusCode::PAYLOAD_TOO_LARGE, &format!("a body has at most {} bytes", server.bounds.body));
        }
        Err(Unread::TooSlow) => return lost(StatusCode::REQUEST_TIMEOUT, "the body came too slowly"),
        Err(Unread::Broken) => {
            note("the connection ended before the body did".to_owned());
            return Err(Hangup);
        }
    };
    sleep(server.latency).await;
    if let Some(Fault::Status(status)) = fault {
        let status = StatusCode::from_u16(status.get()).unwrap_or(StatusCode::BAD_GATEWAY);
        let received = Received { number, outcome: Outcome::Lost, fault: fault.cloned(), ..Received::default() };
        server.record(received);
        return Ok(page(server, status, "", activity));
    }
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let incoming = Incoming {
        verb: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        content_type: header("content-type").unwrap_or_default(),
        separator: header("top-api-separator"),
        body: &body,
    };
    let Some(outgoing) = server.platform.respond(&incoming, number, fault) else {
        return lost(
            StatusCode::NOT_FOUND,
            "the gateway is at /router/rest and /router/batch, users authorise at /authorize and /token",
        );
    };
    outgoing.received.into_iter().for_each(|received| server.record(received));
    match fault {
        Some(Fault::Stall) => sleep(STALL).await,
        Some(Fault::Reset) => {}
        _ => {
            let takes_gzip = header("accept-encoding").is_some_and(takes_gzip);
            return Ok(found(server, outgoing.reply, takes_gzip, fault, activity));
        }
    }
    activity.is_reset.store(true, Ordering::Relaxed);
    Err(Hangup)
}

/// Why there is no body.
enum Unread {
    TooLarge,
    TooSlow,
    Broken,
}

/// A request's body, if it is no larger than allowed and does not pause for too long.
async fn collect(mut body: Sent, bounds: &Bounds) -> Result<Vec<u8>, Unread> {
    if body.size_hint().lower() > bounds.body as u64 {
        return Err(Unread::TooLarge);
    }
    let mut bytes = Vec::new();
    loop {
        let frame = poll_fn(|context| Pin::new(&mut body).poll_frame(context));
        match timeout(bounds.patience, frame).await {
            Err(_) => return Err(Unread::TooSlow),
            Ok(None) => return Ok(bytes),
            Ok(Some(Err(_))) => return Err(Unread::Broken),
            Ok(Some(Ok(frame))) => {
                let Some(data) = frame.data_ref() else { continue };
                if data.len() > bounds.body - bytes.len() {
                    return Err(Unread::TooLarge);
                }
                bytes.extend_from_slice(data);
            }
        }
    }
}

/// An answer of the gateway, with the headers of protocol.md section 2.
fn found(
    server: &Server,
    reply: Reply,
    takes_gzip: bool,
    fault: Option<&Fault>,
    activity: &Arc<Activity>,
) -> Response<AnswerBody> {
    let mut headers = headers(server);
    let (status, content_type, body) = match reply {
        Reply::Gateway { format: Format::Xml, body } => (StatusCode::OK, "text/xml;charset=UTF-8", body),
        Reply::Gateway { body, .. } => (StatusCode::OK, "text/javascript;charset=UTF-8", body),
        Reply::Token { is_refused, body } => {
            let status = if is_refused { StatusCode::BAD_REQUEST } else { StatusCode::OK };
            (status, "application/json;charset=UTF-8", body)
        }
        Reply::Redirect { location } => match HeaderValue::try_from(location) {
            Ok(location) => {
                headers.insert(header::LOCATION, location);
                (StatusCode::FOUND, "text/plain;charset=UTF-8", String::new())
            }
            Err(_) => return page(server, StatusCode::BAD_REQUEST, "redirect_uri fits into no header", activity),
        },
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert("top-bodylength", body.len().into());
    let mut body = body.into_bytes();
    if takes_gzip && let Ok(packed) = gzip(&body) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        body = packed;
    }
    let body = match fault {
        Some(Fault::Half) => AnswerBody::half(body, activity.clone()),
        _ => AnswerBody::whole(body, activity.clone()),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// What something on the way answers.
fn page(server: &Server, status: StatusCode, note: &str, activity: &Arc<Activity>) -> Response<AnswerBody> {
    let body =
        format!("<html><head><title>{status}</title></head><body><h1>{status}</h1><p>{note}</p></body></html>\n");
    let mut response = Response::new(AnswerBody::whole(body.into_bytes(), activity.clone()));
    *response.status_mut() = status;
    *response.headers_mut() = headers(server);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

fn headers(server: &Server) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::SERVER, HeaderValue::from_static("Tengine"));
    headers.insert("location-host", HeaderValue::from_static("top.mock"));
    headers.insert("application-host", HeaderValue::from_static("top.mock"));
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&server.platform.now()).ok();
    if let Some(date) = date.and_then(|date| HeaderValue::try_from(date).ok()) {
        headers.insert(header::DATE, date);
    }
    headers
}
