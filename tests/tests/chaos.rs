//! Many calls at once over a network that fails, at a gateway whose clock jumps, some of them dropped on their way: each ends
//! in a reply or in the right error, none is lost, and none is executed twice that is not idempotent.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use topsdk_client::mock::{Api, Fault, Gateway, GatewayBuilder, Outcome, Received};
use topsdk_client::{Client, Error, Event, Reply, Retry, TransportError, blocking};
use topsdk_codec::{Decoder, Request, Response};

const KEY: &str = "12345678";
const SECRET: &str = "S3CRET";

/// How long a call waits for an answer. A machine that is busy with other things takes seconds for what takes it
/// milliseconds otherwise, and no call may run into this that is not stalled.
const TIMEOUT: Duration = Duration::from_secs(10);

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

/// A call that is dropped before its response comes, if that takes longer than a moment.
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
    /// How many attempts of calls that may be dropped the gateway has read.
    droppable: AtomicU32,
    /// How many calls were dropped on their way.
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

/// The kind that an error tells of.
fn told(error: &Error) -> u8 {
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
                let told = told(&error);
                let is_right = told == STATUS || told == seen.fault.load(Relaxed);
                assert!(is_right, "call {id}: {error:?}, but {}", seen.fault.load(Relaxed));
                assert!(received > 0 || told == STATUS, "call {id}: {error:?}");
                false
            }
        }
    }

    fn count(&self, event: &Event<'_>) {
        if let Event::Attempt { method, result, .. } = event {
            let kind = result.err().map_or(NONE, told);
            // The gateway does not know of whom something on the way has answered.
            if *method == ChaosRunRequest::METHOD || kind == STATUS {
                self.attempts[usize::from(kind)].fetch_add(1, Relaxed);
            }
        }
    }

    /// A call was dropped: whether it was executed, nobody knows, but it was not executed twice.
    fn judge_dropped(&self, id: usize, is_idempotent: bool) {
        let arrived = self.calls[id].arrived.load(Relaxed);
        assert!(is_idempotent || arrived <= 1, "call {id} was dropped and done {arrived} times");
    }

    /// Each fault was met by one attempt, and each attempt that failed had met one. Gives the numbers, to be shown.
    fn balance(&self, gateway: &Gateway) -> String {
        let read = |counts: &[AtomicU32; KINDS]| counts.iter().map(|count| count.load(Relaxed)).collect::<Vec<_>>();
        let (faults, mut attempts) = (read(&self.faults), read(&self.attempts));
        let dropped = self.dropped.load(Relaxed);
        // A call that was dropped does not tell what it met.
        let status = usize::from(STATUS);
        assert!((attempts[status]..=attempts[status] + dropped).contains(&faults[status]), "{faults:?} {attempts:?}");
        attempts[status] = faults[status];
        assert_eq!(faults, attempts);
        assert!(faults.iter().all(|count| *count > 0), "a kind of fault that did not come up: {faults:?}");
        // Of a call that was dropped early the gateway may not have read the whole.
        let read = faults.iter().sum::<u32>() + self.droppable.load(Relaxed);
        let count = gateway.count();
        assert!((u64::from(read)..=u64::from(read + dropped)).contains(&count), "{count} requests, {read} read");
        format!("whole, broken, stalled, status, service, limited, clock: {faults:?}; {dropped} dropped")
    }
}

fn digest(number: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    number.hash(&mut hasher);
    hasher.finish()
}

/// The gateway: 1 % of errors of the platform, and a network that is worse.
fn gateway(ledger: &Arc<Ledger>, stall: f64) -> (Gateway, ChaosRunResponse) {
    let (api, value) = documented("run");
    let fail = |builder: GatewayBuilder, (fault, rate): (&str, f64)| builder.fail(fault.parse().unwrap(), rate);
    let faults = [
        ("reset", 0.01),
        ("half", 0.01),
        ("stall", stall),
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

/// One call in twenty is dropped within four milliseconds.
fn dropped_after(id: usize) -> Option<Duration> {
    id.is_multiple_of(20).then(|| Duration::from_micros(digest(&id.to_string()) % 4_000))
}

/// Every second call may be executed twice.
fn is_idempotent(id: usize) -> bool {
    (id / 20 + id).is_multiple_of(2)
}

#[test]
fn two_hundred_tasks_of_five_hundred_calls_lose_none_and_double_none() {
    const TASKS: usize = 200;
    const CALLS: usize = 500;
    let ledger = Ledger::new(TASKS * CALLS);
    let (gateway, value) = gateway(&ledger, 0.0004);
    let events = ledger.clone();
    let client = Client::builder(KEY, SECRET).gateway(gateway.url()).no_proxy().timeout(TIMEOUT).retry(retry());
    let client = client.decoder(Decoder::new().strict()).on_event(move |event| events.count(&event)).build().unwrap();
    let (value, gateway) = (Arc::new(value), Arc::new(gateway));
    let (ended, replies) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let memory = Arc::new(Memory::default());
    let start = Instant::now();

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (client, ledger, value) = (client.clone(), ledger.clone(), value.clone());
            let (ended, replies, memory, gateway) = (ended.clone(), replies.clone(), memory.clone(), gateway.clone());
            runtime.spawn(async move {
                for id in task * CALLS..(task + 1) * CALLS {
                    let request = ChaosRunRequest { id: Some(i64::try_from(id).unwrap()) };
                    let result = match dropped_after(id) {
                        None => {
                            let call = client.call(&request);
                            Some(if is_idempotent(id) { call.idempotent() } else { call }.send().await)
                        }
                        Some(time) => {
                            let request = ChaosDropRequest { id: request.id };
                            let call = client.call(&request);
                            let call = if is_idempotent(id) { call.idempotent() } else { call };
                            tokio::time::timeout(time, call.send()).await.ok()
                        }
                    };
                    match result {
                        Some(result) => {
                            let is_reply = ledger.judge(id, is_idempotent(id), result, &value);
                            replies.fetch_add(usize::from(is_reply), Relaxed);
                        }
                        None => _ = ledger.dropped.fetch_add(1, Relaxed),
                    }
                    let ended = ended.fetch_add(1, Relaxed) + 1;
                    if ended.is_multiple_of(TASKS * CALLS / 10) {
                        memory.look(ended / (TASKS * CALLS / 10));
                        jump(&gateway, ended / (TASKS * CALLS / 10));
                    }
                }
            })
        })
        .collect();
    runtime.block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });

    let (ended, replies) = (ended.load(Relaxed), replies.load(Relaxed));
    println!("{ended} calls, {replies} replies in {:.1} s", start.elapsed().as_secs_f64());
    assert_eq!(ended, TASKS * CALLS);
    let dropped = ledger.dropped.load(Relaxed) as usize;
    assert!(dropped > TASKS * CALLS / 100, "{dropped} were dropped");
    // Idempotent calls all succeed; of the others fail those that met a fault that may have come after the execution.
    assert!(replies + dropped > TASKS * CALLS * 98 / 100, "{replies} {dropped}");
    println!("resident KiB at each tenth: {:?}", memory.flat());
    // Nothing is left behind: the connections end with the client.
    drop((client, runtime));
    until(|| gateway.connections() == 0);
    println!("{}", ledger.balance(&gateway));
    (0..TASKS * CALLS).for_each(|id| ledger.judge_dropped(id, is_idempotent(id)));
}

#[test]
fn threads_that_block_lose_none_and_double_none() {
    const THREADS: usize = 20;
    const CALLS: usize = 250;
    let ledger = Ledger::new(THREADS * CALLS);
    let (gateway, value) = gateway(&ledger, 0.001);
    let events = ledger.clone();
    let client =
        blocking::Client::builder(KEY, SECRET).gateway(gateway.url()).no_proxy().timeout(TIMEOUT).retry(retry());
    let client = client.decoder(Decoder::new().strict()).on_event(move |event| events.count(&event)).build().unwrap();
    let ended = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (client, ledger, value, ended, gateway) = (client.clone(), &ledger, &value, &ended, &gateway);
            scope.spawn(move || {
                for id in thread * CALLS..(thread + 1) * CALLS {
                    let request = ChaosRunRequest { id: Some(i64::try_from(id).unwrap()) };
                    let result = {
                        let call = client.call(&request);
                        if is_idempotent(id) { call.idempotent() } else { call }.send()
                    };
                    ledger.judge(id, is_idempotent(id), result, value);
                    let ended = ended.fetch_add(1, Relaxed) + 1;
                    if ended.is_multiple_of(THREADS * CALLS / 5) {
                        jump(gateway, ended / (THREADS * CALLS / 5));
                    }
                }
            });
        }
    });
    assert_eq!(ended.load(Relaxed), THREADS * CALLS);
    println!("{}", ledger.balance(&gateway));
    drop(client);
    until(|| gateway.connections() == 0);
}

/// The memory of this process, the client's and the gateway's together, at each tenth of the calls.
#[derive(Default)]
struct Memory {
    kib: [AtomicU64; 11],
}

impl Memory {
    fn look(&self, tenth: usize) {
        // Linux alone has this file; elsewhere nothing is measured, which `flat` says.
        let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return };
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kib = resident.trim().trim_end_matches(" kB").parse().unwrap();
        self.kib[tenth].store(kib, Relaxed);
    }

    /// 70,000 calls after the first 30,000 take no more than allocators waste: a leak of 240 bytes a call would show.
    fn flat(&self) -> Vec<u64> {
        let kib: Vec<u64> = self.kib.iter().skip(1).map(|kib| kib.load(Relaxed)).collect();
        if kib.contains(&0) {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "skipped: memory over 100,000 calls: /proc/self/status is not there");
            return kib;
        }
        assert!(kib[9] < kib[2] + (16 << 10), "{kib:?}");
        kib
    }
}

/// Waits until something is so, which it is soon.
fn until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(30), "it does not come to that");
        thread::sleep(Duration::from_millis(5));
    }
}
