//! The limit of calls a second.

use std::{
    thread,
    time::{Duration, Instant},
};

use topsdk_client::RateLimit;

use crate::{
    both::{Async, Blocking, Caller, Kind, NOW, request, twins},
    gateway::Gateway,
};

twins! {
    no_more_calls_go_out_than_the_limit_says
    each_of_many_gets_its_turn
    clients_of_one_key_share_a_limit
}

fn no_more_calls_go_out_than_the_limit_says<K: Kind>() {
    let gateway = Gateway::answering(NOW);
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

/// Calls from many threads until a time is over: how many each made.
fn race(callers: &[Caller], time: Duration) -> Vec<usize> {
    let end = Instant::now() + time;
    thread::scope(|scope| {
        let racers: Vec<_> = callers
            .iter()
            .map(|client| {
                scope.spawn(move || {
                    let mut count = 0;
                    while Instant::now() < end {
                        client.execute(&request(), None).unwrap();
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    })
}

fn assert_fair(counts: &[usize]) {
    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    assert!(most - least <= 2 + most / 5, "{counts:?}");
}

fn each_of_many_gets_its_turn<K: Kind>() {
    let gateway = Gateway::answering(NOW);
    let client = K::build(K::at(&gateway.address).rate_limit(RateLimit::per_second(100))).unwrap();
    let counts = race(&vec![client; 8], Duration::from_millis(1500));
    assert_fair(&counts);
    assert!(counts.iter().sum::<usize>() <= 150 + 8, "{counts:?}");
}

fn clients_of_one_key_share_a_limit<K: Kind>() {
    let gateway = Gateway::answering(NOW);
    let limit = RateLimit::per_second(100);
    let one = || K::build(K::at(&gateway.address).rate_limit(limit.clone())).unwrap();
    let other = Blocking::build(Blocking::at(&gateway.address).rate_limit(limit.clone())).unwrap();
    let counts = race(&[one(), one(), other.clone(), other], Duration::from_millis(1000));
    assert_fair(&counts);
    assert!(counts.iter().sum::<usize>() <= 100 + 4, "{counts:?}");
}

#[test]
fn who_gives_up_waiting_takes_no_turn() {
    let gateway = Gateway::answering(NOW);
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
