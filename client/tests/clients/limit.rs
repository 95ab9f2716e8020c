//! The limit of calls a second.

use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use topsdk_client::{Error, Event, RateLimit, Recorded, Retry, TransportError};

use crate::{
    both::{Async, Blocking, Caller, Kind, NOW, Options, quick, request, twins},
    gateway::Gateway,
};

twins! {
    calls_stay_within_the_rate_limit
    waiting_calls_proceed_in_turn
    clients_of_one_key_share_a_limit
    a_deadline_ends_the_wait_for_the_rate_limit
    a_deadline_in_the_queue_keeps_the_error_of_the_previous_attempt
}

fn calls_stay_within_the_rate_limit<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    let client = K::build(K::at(&gateway.address).rate_limit(RateLimit::per_second(50))).unwrap();
    let start = Instant::now();
    for _ in 0..26 {
        client.execute(&request(), None).unwrap();
    }
    assert!(start.elapsed() >= Duration::from_millis(500), "{:?}", start.elapsed());

    // A burst goes at once, and what follows waits as before.
    let client = K::build(K::at(&gateway.address).rate_limit(RateLimit::per_second(1).with_burst(5))).unwrap();
    let start = Instant::now();
    for _ in 0..6 {
        client.execute(&request(), None).unwrap();
    }
    assert!(start.elapsed() >= Duration::from_millis(900), "{:?}", start.elapsed());
}

/// Counts turns, and what number the last one of this thread was.
#[derive(Clone, Default)]
struct Turns(Arc<AtomicUsize>);

thread_local! {
    static MINE: Cell<usize> = const { Cell::new(0) };
}

impl Turns {
    fn note(&self) -> impl Fn(Event<'_>) + Send + Sync + 'static {
        let turns = self.clone();
        move |event| {
            if let Event::Waited { .. } = event {
                MINE.set(turns.0.fetch_add(1, Ordering::SeqCst) + 1);
            }
        }
    }

    /// Calls from many threads at a time. Who stands in a queue sees each other caller once before it is its turn; a
    /// thread that the machine lets wait sees some more, but not as a rule.
    fn assert_fair(&self, callers: &[Caller], calls: usize) {
        thread::scope(|scope| {
            for client in callers {
                scope.spawn(move || {
                    let mut seen: Vec<_> = (0..calls)
                        .map(|_| {
                            let before = self.0.load(Ordering::SeqCst);
                            client.execute(&request(), None).unwrap();
                            MINE.get() - before - 1
                        })
                        .collect();
                    seen.sort();
                    assert!(seen[calls / 2] <= callers.len() + 1, "{seen:?}");
                });
            }
        });
        assert_eq!(self.0.load(Ordering::SeqCst), callers.len() * calls);
    }
}

fn waiting_calls_proceed_in_turn<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    let turns = Turns::default();
    let builder = K::at(&gateway.address).rate_limit(RateLimit::per_second(100)).on_event(turns.note());
    turns.assert_fair(&vec![K::build(builder).unwrap(); 8], 15);
}

fn clients_of_one_key_share_a_limit<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    let limit = RateLimit::per_second(100);
    let turns = Turns::default();
    let one = || K::build(K::at(&gateway.address).rate_limit(limit.clone()).on_event(turns.note())).unwrap();
    let other = Blocking::at(&gateway.address).rate_limit(limit.clone()).on_event(turns.note());
    let other = Blocking::build(other).unwrap();
    let start = Instant::now();
    turns.assert_fair(&[one(), one(), other.clone(), other], 20);
    assert!(start.elapsed() >= Duration::from_millis(780), "{:?}", start.elapsed());
}

fn a_deadline_ends_the_wait_for_the_rate_limit<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    let limit = RateLimit::per_second(1);
    let patient = K::build(K::at(&gateway.address).rate_limit(limit.clone())).unwrap();
    let hasty = Retry::never().deadline(Duration::from_millis(500));
    let hasty = K::build(K::at(&gateway.address).rate_limit(limit).retry(hasty)).unwrap();
    patient.execute(&request(), None).unwrap();

    // Its turn is known to come too late, so there is nothing to wait for.
    let start = Instant::now();
    let error = hasty.execute(&request(), None).unwrap_err();
    assert!(matches!(error, Error::Deadline { .. }), "{error}");
    assert!(!error.may_have_been_executed() && error.is_retryable());
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());

    // Behind others that wait, nobody knows when it is: until the deadline, and no longer.
    thread::scope(|scope| {
        let others: Vec<_> = (0..3).map(|_| scope.spawn(|| patient.execute(&request(), None).unwrap())).collect();
        while gateway.received().len() < 2 {
            thread::sleep(Duration::from_millis(5));
        }
        for _ in 0..2 {
            let start = Instant::now();
            let error = hasty.execute(&request(), None).unwrap_err();
            assert!(matches!(error, Error::Deadline { .. }), "{error}");
            assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        }
        assert!(others.iter().any(|other| !other.is_finished()), "nobody was in front: the test proves nothing");
    });
    assert_eq!(gateway.received().len(), 4, "who gave up sent nothing, and took no turn");
}

fn a_deadline_in_the_queue_keeps_the_error_of_the_previous_attempt<K: Kind>() {
    let gateway = Gateway::raw("");
    let retry = quick(5).deadline(Duration::from_millis(400));
    let builder = K::at(&gateway.address).rate_limit(RateLimit::per_second(1)).retry(retry);
    let error = K::build(builder).unwrap().execute_with(&request(), None, &Options::new().idempotent()).unwrap_err();
    assert!(matches!(error, Error::Transport(TransportError::Broken { .. })), "{error}");
    assert!(error.may_have_been_executed(), "it was sent once");
    assert_eq!(gateway.received().len(), 1);
}

#[test]
fn a_deadline_adds_no_wait() {
    let recorded = Recorded::new().respond("taobao.time.get", NOW).respond("taobao.time.get", NOW);
    let builder = topsdk_client::Client::builder("key", "secret").rate_limit(RateLimit::per_second(1));
    let client = builder.retry(Retry::never().deadline(Duration::from_secs(5))).build_over(recorded.clone()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(client.execute(&request(), None)).unwrap();
    assert!(recorded.waits().is_empty(), "{:?}", recorded.waits());
    runtime.block_on(client.execute(&request(), None)).unwrap();
    assert!(recorded.waits().iter().all(|wait| *wait <= Duration::from_secs(1)), "{:?}", recorded.waits());
}

#[test]
fn a_call_dropped_while_waiting_takes_no_turn() {
    let gateway = Gateway::responding(NOW);
    let limit = RateLimit::per_second(4);
    let Caller::Async(client, runtime) = Async::build(Async::at(&gateway.address).rate_limit(limit)).unwrap() else {
        panic!()
    };
    runtime.block_on(async {
        let asked = request();
        client.execute(&asked, None).await.unwrap();
        // Each of these would hold up what comes after it by a quarter of a second.
        let many: Vec<_> = (0..100)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move {
                    let asked = request();
                    tokio::time::timeout(Duration::from_millis(50), client.execute(&asked, None)).await.is_err()
                })
            })
            .collect();
        let mut given_up = 0;
        for one in many {
            given_up += usize::from(one.await.unwrap());
        }
        assert!(given_up >= 99, "{given_up}");
        let start = Instant::now();
        client.execute(&asked, None).await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    });
}
