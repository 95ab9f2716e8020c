//! The network: connections, limits on clients that send too much or too slowly, and simulated network faults.

use std::{
    future::{Future, poll_fn},
    net,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
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
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit, watch},
    time::{sleep, timeout},
};
use topsdk_codec::{Format, jiff::fmt::rfc2822::DateTimePrinter};

use super::{
    Watch,
    activity::Activity,
    body::{ResponseBody, gzip, takes_gzip},
    fault::{Dice, Fault},
    locked,
    platform::{GatewayResponse, Incoming, Platform},
    received::{Kept, Outcome, Received},
};

/// How long a response that never comes keeps the connection open.
const STALL: Duration = Duration::from_secs(300);

/// The unit of the memory limit.
const KIB: usize = 1 << 10;

/// A connection that has been idle for this long may be closed to make room for another one.
const EVICTABLE: Duration = Duration::from_millis(100);

/// The maximum size of a request's head, and of a piece of a response, in bytes.
const HEAD: usize = 64 << 10;

/// The limits on clients.
pub(super) struct Bounds {
    pub(super) body: usize,
    /// The maximum bytes of all bodies together.
    pub(super) memory: usize,
    pub(super) connections: usize,
    pub(super) patience: Duration,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { body: 64 << 20, memory: 256 << 20, connections: 1024, patience: Duration::from_secs(30) }
    }
}

/// The state of a gateway, shared by its connections.
pub(super) struct Server {
    pub(super) platform: Platform,
    pub(super) calls: Mutex<Kept>,
    dice: Dice,
    latency: Duration,
    bounds: Bounds,
    watch: Option<Watch>,
    count: AtomicU64,
    open: Mutex<Vec<Arc<Activity>>>,
    /// One permit per KiB of bodies that may be in memory.
    memory: Semaphore,
}

/// The phase of a gateway's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Running,
    /// New connections and requests are not accepted; those in progress are completed.
    Draining,
    /// Everything ends, even requests in progress.
    Over,
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
        let memory = Semaphore::new(bounds.memory.max(bounds.body) / KIB + 1);
        Server { platform, calls, dice, latency, bounds, watch, count, open, memory }
    }

    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    pub(super) fn connections(&self) -> usize {
        locked(&self.open).len()
    }

    /// Closes the connection that has been idle for the longest time, to make room for another one.
    fn evict(&self) {
        let open = locked(&self.open);
        let idlest = open.iter().max_by_key(|activity| activity.idle());
        if let Some(activity) = idlest.filter(|activity| activity.idle() >= EVICTABLE) {
            activity.evicted.notify_one();
        }
    }

    fn record(&self, received: Received) {
        if let Some(watch) = &self.watch {
            watch(&received);
        }
        locked(&self.calls).push(received);
    }
}

/// Serves until the phase is [`Phase::Over`], or until all requests that were in progress when draining began are complete.
pub(super) async fn run(server: Arc<Server>, listener: net::TcpListener, mut phase: watch::Receiver<Phase>) {
    // Registering an open listener fails only if the runtime has no I/O.
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let accepting = tokio::spawn(accept(server.clone(), listener, phase.clone()));
    // An error means that the gateway, which would have sent another phase, was dropped.
    if let Ok(Phase::Draining) = phase.wait_for(|phase| *phase != Phase::Running).await.map(|phase| *phase) {
        accepting.abort();
        while server.connections() > 0 && *phase.borrow() == Phase::Draining {
            sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn accept(server: Arc<Server>, listener: TcpListener, phase: watch::Receiver<Phase>) {
    let places = Arc::new(Semaphore::new(server.bounds.connections));
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let Some(place) = place(&server, &places).await else { return };
                let (server, phase) = (server.clone(), phase.clone());
                let open = Open::of(&server);
                tokio::spawn(async move {
                    connection(&server, stream, &open.activity, phase).await;
                    drop(place);
                    drop(open);
                });
            }
            // For example, too many files are open. Accepting continues once some are closed.
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Returns a permit for a connection. If there is none, idle connections are closed: they must not lock others out.
async fn place(server: &Server, places: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    loop {
        if let Ok(place) = places.clone().try_acquire_owned() {
            return Some(place);
        }
        server.evict();
        if let Ok(place) = timeout(EVICTABLE, places.clone().acquire_owned()).await {
            return place.ok();
        }
    }
}

/// A connection that is listed as open until it ends for any reason.
struct Open {
    server: Arc<Server>,
    activity: Arc<Activity>,
}

impl Open {
    fn of(server: &Arc<Server>) -> Open {
        let activity = Arc::new(Activity::new());
        locked(&server.open).push(activity.clone());
        Open { server: server.clone(), activity }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        locked(&self.server.open).retain(|activity| !Arc::ptr_eq(activity, &self.activity));
    }
}

async fn connection(
    server: &Arc<Server>,
    stream: TcpStream,
    activity: &Arc<Activity>,
    mut phase: watch::Receiver<Phase>,
) {
    // Responses are small; waiting for more data to send would delay each one.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let (server, activity) = (server.clone(), activity.clone());
        let response: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
            activity.touch();
            let response = respond(&server, request, &activity).await;
            activity.is_busy.store(false, Ordering::Relaxed);
            activity.touch();
            response
        });
        response
    });
    let patience = server.bounds.patience;
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut evicted = pin!(activity.evicted.notified());
    let mut draining = pin!(phase.wait_for(|phase| *phase != Phase::Running));
    let mut is_draining = false;
    loop {
        let event = poll_fn(|context| {
            if connection.poll_without_shutdown(context).is_ready() || evicted.as_mut().poll(context).is_ready() {
                return Poll::Ready(ConnectionEnd::Over);
            }
            if !is_draining && draining.as_mut().poll(context).is_ready() {
                return Poll::Ready(ConnectionEnd::Draining);
            }
            Poll::Pending
        });
        match timeout(patience, event).await {
            Ok(ConnectionEnd::Over) => break,
            Ok(ConnectionEnd::Draining) => {
                is_draining = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            Err(_) if activity.idle() >= patience => break,
            Err(_) => {}
        }
    }
    if activity.is_reset.load(Ordering::Relaxed) {
        let _ = connection.into_parts().io.inner().set_zero_linger();
    }
}

/// An event that ends a connection.
enum ConnectionEnd {
    /// The connection is closed, or has to make room.
    Over,
    /// No further request is accepted on the connection.
    Draining,
}

/// The connection ends without a response.
#[derive(Debug, thiserror::Error)]
#[error("no response is sent")]
struct Hangup;

async fn respond(
    server: &Server,
    request: Request<Sent>,
    activity: &Arc<Activity>,
) -> Result<Response<ResponseBody>, Hangup> {
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
    // Slow bodies get ten times the pause that is allowed between two pieces.
    let patience = server.bounds.patience.saturating_mul(10);
    let collected = timeout(patience, collect(body, server, activity)).await;
    let (body, _memory) = match collected.unwrap_or(Err(Unread::TooSlow)) {
        Ok(collected) => collected,
        Err(Unread::TooLarge) => {
            return lost(StatusCode::PAYLOAD_TOO_LARGE, &format!("a body has at most {} bytes", server.bounds.body));
        }
        Err(Unread::TooSlow) => return lost(StatusCode::REQUEST_TIMEOUT, "the body came too slowly"),
        Err(Unread::Broken) => {
            note("the connection ended before the body did".to_owned());
            return Err(Hangup);
        }
    };
    activity.is_busy.store(true, Ordering::Relaxed);
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

/// The reason why a body was not read.
enum Unread {
    TooLarge,
    TooSlow,
    Broken,
}

/// Reads a request's body, unless it is too large or pauses for too long, and returns it with its memory permits. Reading
/// begins when there is room for the whole body.
async fn collect<'s>(
    mut body: Sent,
    server: &'s Server,
    activity: &Activity,
) -> Result<(Vec<u8>, SemaphorePermit<'s>), Unread> {
    let bounds = &server.bounds;
    if body.size_hint().lower() > bounds.body as u64 {
        return Err(Unread::TooLarge);
    }
    // A body of unknown length may be as long as the limit.
    let most = body.size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(bounds.body);
    let share = u32::try_from(most.div_ceil(KIB)).unwrap_or(u32::MAX);
    // The gateway itself causes this wait.
    activity.is_busy.store(true, Ordering::Relaxed);
    let memory = server.memory.acquire_many(share).await;
    activity.touch();
    activity.is_busy.store(false, Ordering::Relaxed);
    let Ok(memory) = memory else { return Err(Unread::TooSlow) };
    let mut bytes = Vec::new();
    loop {
        let frame = poll_fn(|context| Pin::new(&mut body).poll_frame(context));
        match timeout(bounds.patience, frame).await {
            Err(_) => return Err(Unread::TooSlow),
            Ok(None) => return Ok((bytes, memory)),
            Ok(Some(Err(_))) => return Err(Unread::Broken),
            Ok(Some(Ok(frame))) => {
                activity.touch();
                let Some(data) = frame.data_ref() else { continue };
                if data.len() > bounds.body - bytes.len() {
                    return Err(Unread::TooLarge);
                }
                bytes.extend_from_slice(data);
            }
        }
    }
}

/// Returns a response of the gateway, with the headers of docs/protocol.md section 2.
fn found(
    server: &Server,
    reply: GatewayResponse,
    takes_gzip: bool,
    fault: Option<&Fault>,
    activity: &Arc<Activity>,
) -> Response<ResponseBody> {
    let mut headers = headers(server);
    let (status, content_type, body) = match reply {
        GatewayResponse::Gateway { format: Format::Xml, body } => (StatusCode::OK, "text/xml;charset=UTF-8", body),
        GatewayResponse::Gateway { body, .. } => (StatusCode::OK, "text/javascript;charset=UTF-8", body),
        GatewayResponse::Token { is_refused, body } => {
            let status = if is_refused { StatusCode::BAD_REQUEST } else { StatusCode::OK };
            (status, "application/json;charset=UTF-8", body)
        }
        GatewayResponse::Redirect { location } => match HeaderValue::try_from(location) {
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
        Some(Fault::Half) => ResponseBody::half(body, activity.clone()),
        _ => ResponseBody::whole(body, activity.clone()),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Returns an HTML page, such as a proxy between client and gateway sends.
fn page(server: &Server, status: StatusCode, note: &str, activity: &Arc<Activity>) -> Response<ResponseBody> {
    let body =
        format!("<html><head><title>{status}</title></head><body><h1>{status}</h1><p>{note}</p></body></html>\n");
    let mut response = Response::new(ResponseBody::whole(body.into_bytes(), activity.clone()));
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
