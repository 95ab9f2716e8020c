//! Many calls at once over a network that fails, at a gateway whose clock jumps, some of them abandoned on their way: each ends
//! in a reply or in the right error, none is lost, and none is executed twice that is not idempotent.
//!
//! Each client makes 5,000 calls, and 100,000 with `TOPSDK_SLOW`. The asynchronous one abandons a call by dropping its future,
//! the blocking one by a timeout or a deadline of a few milliseconds, and its threads end after some calls.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on fails, and one of many calls shows its figures"
)]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use topsdk_client::mock::{Api, Fault, Gateway, GatewayBuilder, Outcome, Received};
use topsdk_client::{Client, Error, Event, Reply, Retry, TransportError, blocking};
use topsdk_codec::{Decoder, Request, Response};

const KEY: &str = "12345678";
const SECRET: &str = "S3CRET";

/// How many calls each client makes.
const CALLS: usize = if cfg!(slow) { 100_000 } else { 5_000 };
/// How many responses never come. Each kind of fault comes up, whatever the seed.
const STALLED_RATE: f64 = if cfg!(slow) { 0.0004 } else { 0.002 };
/// How long a call waits for a response. A machine that is busy with other things takes seconds for what takes it
/// milliseconds otherwise, and no call may run into this that is not stalled.
const TIMEOUT: Duration = Duration::from_secs(if cfg!(slow) { 10 } else { 3 });

/// The clients take turns: each measures the memory of the process.
static TURN: Mutex<()> = Mutex::new(());

#[derive(Debug, Default, Request)]
#[top(crate = topsdk_codec, method = "taobao.chaos.run", response = ChaosRunResponse)]
struct ChaosRunRequest {
    #[top(required)]
    id: Option<i64>,
}

#[derive(Debug, Default, PartialEq, Response)]
#[top(crate = topsdk_codec)]
struct ChaosRunResponse {
    names: Vec<String>,
    total: Option<i64>,
}

/// A call that is abandoned before its response comes, if that takes longer than a moment.
#[derive(Debug, Default, Request)]
#[top(crate = topsdk_codec, method = "taobao.chaos.drop", response = ChaosRunResponse)]
struct ChaosDropRequest {
    #[top(required)]
    id: Option<i64>,
}

fn documented(name: &str) -> (Api, ChaosRunResponse) {
    let names: Vec<String> = (0..30).map(|index| format!("商家测试帐号{index}")).collect();
    let sample =
        serde_json::json!({format!("chaos_{name}_response"): {"names": {"string": names}, "total": 30}}).to_string();
    let api = serde_json::json!({
        "method": format!("taobao.chaos.{name}"),
        "source": {"page": "", "sha256": "", "layout": "html"},
        "request": [{"name": "id", "type": "Number", "required": true}],
        "response": [{"name": "names", "type": "String", "list": true}, {"name": "total", "type": "Number"}],
        "samples": {"json": sample},
    });
    (Api::from_json(&api.to_string()).unwrap(), ChaosRunResponse { names, total: Some(30) })
}

/// What the gateway saw of the calls, by their numbers. It has its size from the beginning, so that it does not look like
/// a leak.
struct Ledger {
    calls: Vec<Seen>,
    /// How many answers were spoilt in each way, over all calls.
    faults: [AtomicU32; KINDS],
    /// How many attempts ended in each way, by the client's own account.
    attempts: [AtomicU32; KINDS],
    /// How many attempts of calls that may be abandoned the gateway has read.
    droppable: AtomicU32,
    /// How many attempts were abandoned on their way.
    dropped: AtomicU32,
}

#[derive(Default)]
struct Seen {
    /// How often it arrived and was not refused for flow control, which says that nothing was done.
    arrived: AtomicU32,
    /// How often it arrived at all.
    received: AtomicU32,
    /// The digest of the last answer's number.
    number: AtomicU64,
    /// The [`kind`] of the last attempt's fault.
    fault: AtomicU8,
}

const NONE: u8 = 0;
const BROKEN: u8 = 1;
const STALLED: u8 = 2;
const STATUS: u8 = 3;
const SERVICE: u8 = 4;
const LIMITED: u8 = 5;
const CLOCK: u8 = 6;
const KINDS: usize = 7;

fn kind(fault: Option<&Fault>) -> u8 {
    match fault {
        None => NONE,
        Some(Fault::Reset | Fault::Half) => BROKEN,
        Some(Fault::Stall) => STALLED,
        Some(Fault::Status(_)) => STATUS,
        Some(Fault::Error { code: 7, .. }) => LIMITED,
        Some(_) => SERVICE,
    }
}

/// The kind of fault that an error reports.
fn reported(error: &Error) -> u8 {
    match error {
        Error::Transport(TransportError::Broken { .. }) => BROKEN,
        Error::Transport(TransportError::Timeout { .. }) => STALLED,
        Error::Status { .. } => STATUS,
        Error::Platform(error) if error.code == "7" => LIMITED,
        Error::Platform(error) if error.code == "15" => SERVICE,
        Error::Platform(error) if error.code == "31" => CLOCK,
        other => panic!("no fault is like this: {other:?}"),
    }
}

/// Whether an attempt ended because its time was over, or a call before its first attempt.
fn is_abandoned(error: &Error) -> bool {
    use TransportError::{ConnectTimeout, Timeout};
    matches!(error, Error::Deadline { .. } | Error::Transport(Timeout { .. } | ConnectTimeout { .. }))
}

impl Ledger {
    fn new(calls: usize) -> Arc<Ledger> {
        let calls = (0..calls).map(|_| Seen::default()).collect();
        Arc::new(Ledger {
            calls,
            faults: Default::default(),
            attempts: Default::default(),
            droppable: AtomicU32::default(),
            dropped: AtomicU32::default(),
        })
    }

    fn note(&self, received: &Received) {
        if received.outcome == Outcome::Lost && kind(received.fault.as_ref()) != STATUS {
            // Abandoned before the gateway had the whole request, and its method.
            self.droppable.fetch_add(1, Relaxed);
            return;
        }
        let is_refused_for_clock = matches!(received.outcome, Outcome::Refused { code: 31, .. });
        let kind = match kind(received.fault.as_ref()) {
            // The platform's refusal comes before an error that was to be simulated.
            NONE | SERVICE | LIMITED if is_refused_for_clock => CLOCK,
            kind => kind,
        };
        match received.method.as_deref() {
            Some(ChaosDropRequest::METHOD) => self.droppable.fetch_add(1, Relaxed),
            _ => self.faults[usize::from(kind)].fetch_add(1, Relaxed),
        };
        // What something on the way answered has not been read.
        let Some(id) = received.parameter("id") else { return assert_eq!(kind, STATUS) };
        let seen = &self.calls[id.parse::<usize>().unwrap()];
        seen.received.fetch_add(1, Relaxed);
        seen.number.store(digest(&received.request_id), Relaxed);
        seen.fault.store(kind, Relaxed);
        match (&received.outcome, kind) {
            (Outcome::Done, NONE | BROKEN | STALLED) | (Outcome::Refused { code: 15, .. }, SERVICE) => {
                seen.arrived.fetch_add(1, Relaxed);
            }
            (Outcome::Refused { code: 7, .. }, LIMITED) => {}
            _ if is_refused_for_clock => {}
            _ => panic!("{received}"),
        }
    }

    /// Judges how a call ended.
    fn judge(
        &self,
        id: usize,
        is_idempotent: bool,
        result: Result<Reply<ChaosRunResponse>, Error>,
        value: &ChaosRunResponse,
    ) -> bool {
        let seen = &self.calls[id];
        let (arrived, received) = (seen.arrived.load(Relaxed), seen.received.load(Relaxed));
        assert!(is_idempotent || arrived <= 1, "call {id} was done {arrived} times");
        match result {
            Ok(reply) => {
                assert_eq!(&reply.value, value, "call {id}");
                assert_eq!(seen.fault.load(Relaxed), NONE, "call {id}");
                // The answer is that of this call, and of its last attempt.
                let number = reply.request_id.as_deref().map(digest);
                assert_eq!(number, Some(seen.number.load(Relaxed)), "call {id}");
                assert!(arrived >= 1 && reply.attempts >= received, "call {id}: {arrived} of {received}");
                true
            }
            Err(error) => {
                let reported = reported(&error);
                let is_right = reported == STATUS || reported == seen.fault.load(Relaxed);
                assert!(is_right, "call {id}: {error:?}, but {}", seen.fault.load(Relaxed));
                assert!(received > 0 || reported == STATUS, "call {id}: {error:?}");
                false
            }
        }
    }

    fn count(&self, event: &Event<'_>) {
        let Event::Attempt { method, result, .. } = event else { return };
        match result {
            // The gateway does not know whose call something on the way answered.
            Err(Error::Status { .. }) => self.attempts[usize::from(STATUS)].fetch_add(1, Relaxed),
            _ if *method == ChaosRunRequest::METHOD => {
                self.attempts[usize::from(result.err().map_or(NONE, reported))].fetch_add(1, Relaxed)
            }
            Err(error) if is_abandoned(error) => self.dropped.fetch_add(1, Relaxed),
            _ => 0,
        };
    }

    /// Judges a call that had little time: it has the right value or an error, and the gateway may still be reading it.
    fn judge_hurried(&self, id: usize, result: Result<Reply<ChaosRunResponse>, Error>, value: &ChaosRunResponse) {
        match result {
            Ok(reply) => {
                assert_eq!(&reply.value, value, "call {id}");
                assert!(self.calls[id].arrived.load(Relaxed) >= 1, "call {id}");
            }
            Err(error) if is_abandoned(&error) => {}
            Err(error) => _ = reported(&error),
        }
    }

    /// Judges at the end that no call was executed twice that may not be, late arrivals of abandoned ones included.
    fn judge_all(&self) {
        for (id, seen) in self.calls.iter().enumerate().filter(|(id, _)| !is_idempotent(*id)) {
            let arrived = seen.arrived.load(Relaxed);
            assert!(arrived <= 1, "call {id} was done {arrived} times");
        }
    }

    /// Each fault was met by one attempt, and each attempt that failed had met one. Gives the numbers, to be shown.
    fn balance(&self, gateway: &Gateway) -> String {
        let read = |counts: &[AtomicU32; KINDS]| counts.iter().map(|count| count.load(Relaxed)).collect::<Vec<_>>();
        let (faults, mut attempts) = (read(&self.faults), read(&self.attempts));
        let dropped = self.dropped.load(Relaxed);
        // An attempt that was abandoned does not report what it met.
        let status = usize::from(STATUS);
        assert!((attempts[status]..=attempts[status] + dropped).contains(&faults[status]), "{faults:?} {attempts:?}");
        attempts[status] = faults[status];
        assert_eq!(faults, attempts);
        assert!(faults.iter().all(|count| *count > 0), "a kind of fault that did not come up: {faults:?}");
        // Of an attempt that was abandoned early the gateway may not have read the whole.
        let read = faults.iter().sum::<u32>() + self.droppable.load(Relaxed);
        let count = gateway.count();
        assert!((u64::from(read)..=u64::from(read + dropped)).contains(&count), "{count} requests, {read} read");
        format!("whole, broken, stalled, status, service, limited, clock: {faults:?}; {dropped} abandoned")
    }
}

fn digest(number: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    number.hash(&mut hasher);
    hasher.finish()
}

/// The gateway: 1 % of errors of the platform, and a network that is worse.
fn gateway(ledger: &Arc<Ledger>) -> (Gateway, ChaosRunResponse) {
    let (api, value) = documented("run");
    let fail = |builder: GatewayBuilder, (fault, rate): (&str, f64)| builder.fail(fault.parse().unwrap(), rate);
    let faults = [
        ("reset", 0.01),
        ("half", 0.01),
        ("stall", STALLED_RATE),
        ("status:502", 0.005),
        ("error:15:isp.remote-service-timeout", 0.007),
        ("error:7:accesscontrol.limited-by-app-access-count", 0.003),
    ];
    let builder = faults.into_iter().fold(Gateway::builder(KEY, SECRET).api(api).api(documented("drop").0), fail);
    let noting = ledger.clone();
    (
        builder.seed(topsdk_random::seed()).watch(move |received| noting.note(received)).listen("127.0.0.1:0").unwrap(),
        value,
    )
}

fn retry() -> Retry {
    Retry::default()
        .attempts(8)
        .backoff(Duration::from_millis(5), Duration::from_millis(50))
        .deadline(Duration::from_secs(300))
}

/// Lets the gateway's clock jump by an hour or two, as it does some times in a run.
fn jump(gateway: &Gateway, number: usize) {
    let hours = if number.is_multiple_of(2) { 1 } else { -1 };
    gateway.set_clock_ahead(SignedDuration::from_hours(hours));
}

/// One call in twenty is abandoned within four milliseconds.
fn abandoned_after(id: usize) -> Option<Duration> {
    id.is_multiple_of(20).then(|| Duration::from_micros(digest(&id.to_string()) % 4_000))
}

/// Every second call may be executed twice.
fn is_idempotent(id: usize) -> bool {
    (id / 20 + id).is_multiple_of(2)
}

/// How far the calls of a client are: at each tenth the gateway's clock jumps, and memory is measured.
#[derive(Default)]
struct Progress {
    ended: AtomicUsize,
    replies: AtomicUsize,
    memory: Memory,
}

impl Progress {
    fn add(&self, is_reply: bool, gateway: &Gateway) {
        self.replies.fetch_add(usize::from(is_reply), Relaxed);
        let ended = self.ended.fetch_add(1, Relaxed) + 1;
        if ended.is_multiple_of(CALLS / 10) {
            self.memory.measure(ended / (CALLS / 10));
            jump(gateway, ended / (CALLS / 10));
        }
    }

    /// Judges a run whose client is dropped: the connections end with it. At least so many calls were abandoned.
    fn judge(&self, start: Instant, ledger: &Ledger, gateway: &Gateway, least_abandoned: usize) {
        let (ended, replies) = (self.ended.load(Relaxed), self.replies.load(Relaxed));
        println!("{ended} calls, {replies} replies in {:.1} s", start.elapsed().as_secs_f64());
        println!("resident KiB at each tenth: {:?}", self.memory.flat());
        assert_eq!(ended, CALLS);
        let dropped = ledger.dropped.load(Relaxed) as usize;
        assert!(dropped > least_abandoned, "{dropped} were abandoned");
        // Idempotent calls all succeed; of the others fail those that met a fault that may have come after the execution.
        // In a small run, more of them meet a response that never comes or a clock that jumps.
        let least = if cfg!(slow) { 98 } else { 97 };
        assert!(replies + dropped > CALLS * least / 100, "{replies} replies, {dropped} abandoned");
        until(|| gateway.connections() == 0);
        println!("{}", ledger.balance(gateway));
        ledger.judge_all();
    }
}

#[test]
fn tasks_lose_no_call_and_double_none() {
    const TASKS: usize = if cfg!(slow) { 200 } else { 50 };
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let ledger = Ledger::new(CALLS);
    let (gateway, value) = gateway(&ledger);
    let events = ledger.clone();
    let client = Client::builder(KEY, SECRET).gateway(gateway.url()).no_proxy().timeout(TIMEOUT).retry(retry());
    let client = client.decoder(Decoder::new().strict()).on_event(move |event| events.count(&event)).build().unwrap();
    let (value, gateway, progress) = (Arc::new(value), Arc::new(gateway), Arc::new(Progress::default()));
    let start = Instant::now();

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (client, ledger, value) = (client.clone(), ledger.clone(), value.clone());
            let (gateway, progress) = (gateway.clone(), progress.clone());
            runtime.spawn(async move {
                for id in task * CALLS / TASKS..(task + 1) * CALLS / TASKS {
                    let number = Some(i64::try_from(id).unwrap());
                    let result = match abandoned_after(id) {
                        None => {
                            let request = ChaosRunRequest { id: number };
                            let call = client.call(&request);
                            Some(if is_idempotent(id) { call.idempotent() } else { call }.send().await)
                        }
                        Some(time) => {
                            let request = ChaosDropRequest { id: number };
                            let call = client.call(&request);
                            let call = if is_idempotent(id) { call.idempotent() } else { call };
                            tokio::time::timeout(time, call.send()).await.ok()
                        }
                    };
                    let is_reply = match result {
                        Some(result) => ledger.judge(id, is_idempotent(id), result, &value),
                        None => {
                            ledger.dropped.fetch_add(1, Relaxed);
                            false
                        }
                    };
                    progress.add(is_reply, &gateway);
                }
            })
        })
        .collect();
    runtime.block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
    drop((client, runtime));
    progress.judge(start, &ledger, &gateway, if cfg!(slow) { CALLS / 100 } else { CALLS / 500 });
}

#[test]
fn threads_lose_no_call_and_double_none() {
    /// How many threads there are at a time, and how many calls each makes before it ends.
    const THREADS: usize = 20;
    const CALLS_OF_A_THREAD: usize = 50;
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let ledger = Ledger::new(CALLS);
    let (gateway, value) = gateway(&ledger);
    let events = ledger.clone();
    let client =
        blocking::Client::builder(KEY, SECRET).gateway(gateway.url()).no_proxy().timeout(TIMEOUT).retry(retry());
    let client = client.decoder(Decoder::new().strict()).on_event(move |event| events.count(&event)).build().unwrap();
    let progress = Progress::default();
    let start = Instant::now();
    // `None` when a call had so little time that nobody knows how it ended.
    let call = |id: usize| {
        let number = Some(i64::try_from(id).unwrap());
        match abandoned_after(id) {
            None => {
                let request = ChaosRunRequest { id: number };
                let call = client.call(&request);
                let result = if is_idempotent(id) { call.idempotent() } else { call }.send();
                ledger.judge(id, is_idempotent(id), result, &value)
            }
            Some(time) => {
                let request = ChaosDropRequest { id: number };
                let call = client.call(&request);
                let call = if is_idempotent(id) { call.idempotent() } else { call };
                // A timeout ends each attempt, a deadline the whole call.
                let call = match id.is_multiple_of(3) {
                    true => call.timeout(time),
                    false => call.retry(retry().deadline(time)),
                };
                let result = call.send();
                let is_reply = result.is_ok();
                ledger.judge_hurried(id, result, &value);
                is_reply
            }
        }
    };
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let first = next.fetch_add(CALLS_OF_A_THREAD, Relaxed)
                    && first < CALLS
                {
                    let calls = || (first..first + CALLS_OF_A_THREAD).for_each(|id| progress.add(call(id), &gateway));
                    thread::scope(|scope| _ = scope.spawn(calls));
                }
            });
        }
    });
    drop(client);
    progress.judge(start, &ledger, &gateway, CALLS / 500);
}

/// The memory of this process, the client's and the gateway's together, at each tenth of the calls.
#[derive(Default)]
struct Memory {
    kib: [AtomicU64; 11],
}

impl Memory {
    fn measure(&self, tenth: usize) {
        // Linux alone has this file; elsewhere nothing is measured, which `flat` says.
        let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return };
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kib = resident.trim().trim_end_matches(" kB").parse().unwrap();
        self.kib[tenth].store(kib, Relaxed);
    }

    /// Seven tenths of the calls, after the first three, take no more than allocators waste: of 100,000 calls, a leak of 240
    /// bytes a call would show.
    fn flat(&self) -> Vec<u64> {
        let kib: Vec<u64> = self.kib.iter().skip(1).map(|kib| kib.load(Relaxed)).collect();
        if kib.contains(&0) {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "skipped: memory over all calls: /proc/self/status is not there");
            return kib;
        }
        assert!(kib[9] < kib[2] + (16 << 10), "{kib:?}");
        kib
    }
}

/// Waits for a condition that holds soon.
fn until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(30), "the condition does not hold after 30 s");
        thread::sleep(Duration::from_millis(5));
    }
}
