//! What fails on demand, and that it does nothing else.

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use topsdk_client::mock::{Fault, Gateway, Outcome};

use crate::wire::{Answer, Parameters, SEED, builder, connect, exchange, post, read, seed};

fn failing(fault: &str) -> Gateway {
    builder().api(seed()).fail(fault.parse().unwrap(), 1.0).listen("127.0.0.1:0").unwrap()
}

fn send(gateway: &Gateway) -> std::io::Result<Answer> {
    let body = Parameters::of(SEED).signed().form();
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    exchange(gateway.address(), "POST", "/router/rest", form, body.as_bytes())
}

#[test]
fn a_reset_sends_nothing_but_the_call_is_executed() {
    let gateway = failing("reset");
    assert_eq!(send(&gateway).unwrap_err().kind(), ErrorKind::ConnectionReset);
    let call = gateway.last_call().unwrap();
    assert_eq!((call.outcome, call.fault), (Outcome::Done, Some(Fault::Reset)));
}

#[test]
fn half_a_response_ends_in_the_middle() {
    let gateway = failing("half");
    let mut stream = connect(gateway.address());
    let body = Parameters::of(SEED).signed().form();
    let head = format!(
        "POST /router/rest HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.starts_with("HTTP/1.1 200 OK") && text.contains("7627347265"), "{text}");
    assert!(read(&bytes).is_none());
}

#[test]
fn a_stalled_response_lasts_until_the_client_leaves() {
    let gateway = failing("stall");
    let mut stream = connect(gateway.address());
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let body = Parameters::of(SEED).signed().form();
    let head = format!("POST /router/rest?{body} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    until(|| !gateway.calls().is_empty());
    let error = stream.read(&mut [0]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    assert_eq!((gateway.calls().len(), gateway.connections()), (1, 1));
    drop(stream);
    until(|| gateway.connections() == 0);
}

#[test]
fn status_faults_look_like_a_proxy_and_error_faults_like_the_platform() {
    let answer = send(&failing("status:502")).unwrap();
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (502, "text/html"));
    let gateway = failing("error:15:isp.remote-service-timeout");
    let answer = send(&gateway).unwrap();
    assert_eq!(answer.error(), (15, "Remote service error".to_owned()));
    assert!(answer.text().contains("isp.remote-service-timeout"));
    assert!(matches!(gateway.last_call().unwrap().outcome, Outcome::Refused { code: 15, .. }));
    assert!(send(&failing("error:7")).unwrap().text().contains("This ban will last for 1 more seconds"));
}

#[test]
fn the_same_seed_fails_the_same_calls() {
    let pattern = |seed_of| {
        let gateway =
            builder().api(seed()).fail("status:503".parse().unwrap(), 0.5).seed(seed_of).listen("127.0.0.1:0").unwrap();
        let statuses = (0..32).map(|_| send(&gateway).unwrap().status).collect::<Vec<_>>();
        (statuses, gateway.last_call().unwrap().request_id)
    };
    let first = pattern(7);
    assert!(first.0.contains(&200) && first.0.contains(&503));
    assert_eq!(pattern(7), first);
    assert_ne!(pattern(8).0, first.0);
}

#[test]
fn rates_above_one_are_refused() {
    for rates in [vec![1.5], vec![-0.5], vec![0.6, 0.6], vec![f64::NAN]] {
        let failing = rates.into_iter().fold(builder(), |builder, rate| builder.fail(Fault::Half, rate));
        assert_eq!(failing.listen("127.0.0.1:0").unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn a_call_above_the_limit_is_banned_for_a_stated_time() {
    let gateway = builder().api(seed()).limit(1).listen("127.0.0.1:0").unwrap();
    let parameters = Parameters::of(SEED).signed();
    assert!(post(&gateway, &parameters).text().contains("7627347265"));
    // The second one of a second; a machine that is slower than that gets another try.
    let banned = (0..50).map(|_| post(&gateway, &parameters)).find(|answer| !answer.text().contains("7627347265"));
    let banned = banned.unwrap();
    assert_eq!(banned.error(), (7, "App Call Limited".to_owned()));
    assert!(banned.text().contains("accesscontrol.limited-by-app-access-count"));
    assert!(banned.text().contains("This ban will last for 1 more seconds"));
    // Whoever waits as long as told is served again.
    std::thread::sleep(Duration::from_millis(1001));
    assert!(post(&gateway, &parameters).text().contains("7627347265"));
}

#[test]
fn a_refused_call_does_not_use_up_the_limit() {
    let gateway = builder().api(seed()).limit(1).listen("127.0.0.1:0").unwrap();
    let parameters = Parameters::of(SEED).signed();
    for _ in 0..10 {
        assert_eq!(post(&gateway, &parameters.clone().with("app_key", "other")).error().0, 29);
        assert_eq!(post(&gateway, &parameters.clone().with("sign", "0")).error().0, 25);
    }
    assert!(post(&gateway, &parameters).text().contains("7627347265"));
}

#[test]
fn latency_delays_each_response_and_no_other() {
    let gateway = builder().api(seed()).latency(Duration::from_secs(1)).listen("127.0.0.1:0").unwrap();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..60 {
            scope.spawn(|| assert_eq!(send(&gateway).unwrap().status, 200));
        }
    });
    // One after the other would be sixty seconds.
    assert!((1..40).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

/// Waits until a condition holds.
fn until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "the condition does not come true");
        std::thread::sleep(Duration::from_millis(5));
    }
}
