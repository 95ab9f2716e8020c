//! Which calls are sent again.

use std::{
    net::TcpListener,
    sync::Mutex,
    time::{Duration, Instant},
};

use topsdk_client::{Batch, Error, Event, Retry, TransportError};

use crate::{
    both::{Events, ItemAddRequest, Kind, NOW, Options, SEPARATOR, quick, refusal, request, twins},
    calls::signature,
    gateway::{Act, Gateway, ok, response},
};

twins! {
    a_refused_connection_is_retried
    a_call_that_may_have_been_executed_is_not_retried
    an_idempotent_call_that_may_have_been_executed_is_retried
    flow_control_is_waited_out
    a_ban_beyond_the_deadline_is_an_error_at_once
    faults_of_the_service_are_repeated_where_the_policy_says_so
    attempts_are_signed_anew_and_counted
    the_deadline_holds_over_all_attempts
    the_retry_policy_of_a_call_overrides_that_of_the_client
    reads_are_repeated_where_the_policy_says_so_and_writes_never
}

fn a_refused_connection_is_retried<K: Kind>() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("http://127.0.0.1:{port}/router/rest");
    let events = Events::default();
    let client = K::build(K::at(&address).retry(quick(3)).on_event(events.to())).unwrap();
    assert!(matches!(client.execute(&request(), None).unwrap_err(), Error::Transport(TransportError::Connect { .. })));
    let expected =
        ["attempt 1: connect", "again", "attempt 2: connect", "again", "attempt 3: connect", "call of 3: connect"];
    assert_eq!(events.all(), expected);

    // The gateway comes up after the second attempt.
    let gateway = Mutex::new(None);
    let client = K::build(K::at(&address).retry(quick(5)).on_event(move |event| {
        if let Event::Retry { attempt: 2, .. } = event {
            let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
            *gateway.lock().unwrap() = Some(Gateway::on(listener, |_, _| ok(NOW)));
        }
    }));
    assert_eq!(client.unwrap().execute(&request(), None).unwrap().attempts, 3);
}

/// What a gateway may do to a call that it has taken, and what the error is called.
type Mishap = (&'static str, fn() -> Act);

fn mishaps() -> [Mishap; 4] {
    [
        ("timeout", || Act::Stall),
        ("broken", || Act::AnswerAndClose(Vec::new())),
        ("broken", || Act::AnswerAndClose(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":".to_vec())),
        ("status", || Act::Answer(response("502 Bad Gateway", "", ""))),
    ]
}

fn a_call_that_may_have_been_executed_is_not_retried<K: Kind>() {
    let faults = ["isp.top-remote-connection-timeout", "isp.unknown-error"];
    for (kind, act) in mishaps() {
        let gateway = Gateway::new(move |_, _| act());
        let client = K::build(K::at(&gateway.address).retry(quick(5)).timeout(Duration::from_millis(300))).unwrap();
        let error = client.execute(&request(), None).unwrap_err();
        assert_eq!((error.kind(), error.may_have_been_executed()), (kind, true));
        assert_eq!(gateway.received().len(), 1, "{error}");
    }
    for sub_code in faults {
        let gateway = Gateway::responding(refusal(15, sub_code, ""));
        let client = K::build(K::at(&gateway.address).retry(quick(5))).unwrap();
        assert!(client.execute(&request(), None).unwrap_err().may_have_been_executed());
        assert_eq!(gateway.received().len(), 1);
    }
}

fn an_idempotent_call_that_may_have_been_executed_is_retried<K: Kind>() {
    let fault: fn() -> Act = || ok(refusal(15, "isp.top-remote-connection-timeout", ""));
    for (kind, act) in mishaps().into_iter().chain([("platform", fault)]) {
        let gateway = Gateway::new(move |before, _| if before < 2 { act() } else { ok(NOW) });
        let client = K::build(K::at(&gateway.address).retry(quick(5)).timeout(Duration::from_millis(300))).unwrap();
        let reply = client.execute_with(&request(), None, &Options::new().idempotent());
        assert_eq!(reply.unwrap().attempts, 3, "{kind}");
        assert_eq!(gateway.received().len(), 3);
    }
    // What would fail again is not repeated for all that.
    for sub_code in ["isp.null-pointer-exception", "isv.invalid-parameter"] {
        let gateway = Gateway::responding(refusal(15, sub_code, ""));
        let client = K::build(K::at(&gateway.address).retry(quick(5))).unwrap();
        client.execute_with(&request(), None, &Options::new().idempotent()).unwrap_err();
        assert_eq!(gateway.received().len(), 1, "{sub_code}");
    }
}

fn ban(seconds: u32) -> String {
    let sub_msg = format!("This ban will last for {seconds} more seconds");
    refusal(7, "accesscontrol.limited-by-app-access-count", &sub_msg)
}

fn flow_control_is_waited_out<K: Kind>() {
    let gateway = Gateway::new(|before, _| ok(if before == 0 { ban(1) } else { NOW.to_owned() }));
    let client = K::build(K::at(&gateway.address).retry(quick(2))).unwrap();
    let start = Instant::now();
    assert_eq!(client.execute(&request(), None).unwrap().attempts, 2);
    assert!(start.elapsed() >= Duration::from_secs(1));

    let gateway = Gateway::responding(ban(1));
    let client = K::build(K::at(&gateway.address).retry(quick(5).on_limit(false))).unwrap();
    let error = client.execute(&request(), None).unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    assert_eq!(gateway.received().len(), 1);
}

fn a_ban_beyond_the_deadline_is_an_error_at_once<K: Kind>() {
    let gateway = Gateway::responding(ban(3600));
    let client = K::build(K::at(&gateway.address).retry(quick(5))).unwrap();
    let start = Instant::now();
    let error = client.execute(&request(), None).unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), ("platform", Some(Duration::from_secs(3600))));
    assert!(start.elapsed() < Duration::from_secs(30));
    assert_eq!(gateway.received().len(), 1);
}

fn faults_of_the_service_are_repeated_where_the_policy_says_so<K: Kind>() {
    for (code, sub_code, attempts) in
        [(15, "isp.item-service-unavailable", 3), (10, "", 3), (15, "isp.top-parse-error", 1), (560, "CD07", 1)]
    {
        let gateway = Gateway::responding(refusal(code, sub_code, ""));
        let client = K::build(K::at(&gateway.address).retry(quick(3).on_service_fault(true))).unwrap();
        client.execute(&request(), None).unwrap_err();
        assert_eq!(gateway.received().len(), attempts, "{code} {sub_code}");
    }
}

fn attempts_are_signed_anew_and_counted<K: Kind>() {
    let gateway = Gateway::new(|before, _| ok(if before < 2 { ban(1) } else { NOW.to_owned() }));
    let events = Events::default();
    let client = K::build(K::at(&gateway.address).retry(quick(3)).on_event(events.to())).unwrap();
    let reply = client.execute(&request(), None).unwrap();
    assert_eq!(reply.attempts, 3);
    assert!(reply.time >= Duration::from_secs(2));
    let received = gateway.received();
    let stamps: Vec<_> = received.iter().map(|received| received.field("timestamp").unwrap()).collect();
    assert!(stamps[0] < stamps[1] && stamps[1] < stamps[2], "{stamps:?}");
    assert!(received.iter().all(|received| received.field("sign") == Some(signature(received))));
    let expected =
        ["attempt 1: platform", "again", "attempt 2: platform", "again", "attempt 3: reply", "call of 3: reply"];
    assert_eq!(events.all(), expected);
}

fn the_deadline_holds_over_all_attempts<K: Kind>() {
    let gateway = Gateway::new(|_, _| Act::Stall);
    let retry = quick(1000).deadline(Duration::from_millis(700));
    let client = K::build(K::at(&gateway.address).retry(retry).timeout(Duration::from_millis(300))).unwrap();
    let error = client.execute_with(&request(), None, &Options::new().idempotent()).unwrap_err();
    assert_eq!(error.kind(), "timeout");
    // Two of 300 ms, and what is left.
    assert!((2..=3).contains(&gateway.received().len()), "{}", gateway.received().len());

    // It holds for the first one, too.
    let gateway = Gateway::new(|_, _| Act::Stall);
    let client = K::build(K::at(&gateway.address).retry(Retry::never().deadline(Duration::from_millis(200)))).unwrap();
    let error = client.execute(&request(), None).unwrap_err();
    assert!(error.to_string().contains("ms; the call may have been executed"), "{error}");
}

fn the_retry_policy_of_a_call_overrides_that_of_the_client<K: Kind>() {
    let gateway = Gateway::responding(refusal(10, "", ""));
    let client = K::build(K::at(&gateway.address).retry(quick(5).on_service_fault(true))).unwrap();
    client.execute_with(&request(), None, &Options::new().retry(Retry::never())).unwrap_err();
    assert_eq!(gateway.received().len(), 1);
}

/// Each mishap, and a fault of the service, under each policy: a read is repeated until it succeeds, a write is sent once.
fn reads_are_repeated_where_the_policy_says_so_and_writes_never<K: Kind>() {
    let fault: fn() -> Act = || ok(refusal(15, "isp.top-remote-connection-timeout", ""));
    for (kind, act) in mishaps().into_iter().chain([("platform", fault)]) {
        for (reads, is_read, attempts) in [(true, true, 3), (true, false, 1), (false, true, 1)] {
            let gateway = Gateway::new(move |before, received| match before {
                0 | 1 => act(),
                _ if received.line.contains("/batch") => ok([NOW; 2].join(SEPARATOR)),
                _ => ok(NOW),
            });
            let retry = quick(5).reads(reads);
            let client = K::build(K::at(&gateway.address).retry(retry).timeout(Duration::from_millis(300))).unwrap();
            let result = match is_read {
                true => client.execute(&request(), None).map(|reply| reply.attempts),
                false => client.execute(&ItemAddRequest::default(), None).map(|reply| reply.attempts),
            };
            assert_eq!(gateway.received().len(), attempts, "{kind} {reads} {is_read}");
            match result {
                Ok(sent) => assert_eq!((sent, attempts), (3, 3), "{kind}"),
                Err(error) => assert!(attempts == 1 && error.kind() == kind, "{kind}: {error}"),
            }
        }
    }
    // A batch is a read if all in it are.
    for (is_read, attempts) in [(true, 2), (false, 1)] {
        let gateway = Gateway::new(|before, _| match before {
            0 => Act::AnswerAndClose(Vec::new()),
            _ => ok([NOW; 2].join(SEPARATOR)),
        });
        let client = K::build(K::at(&gateway.address).retry(quick(5).reads(true))).unwrap();
        let mut batch = Batch::new();
        batch.push(&request(), None).unwrap();
        if is_read {
            batch.push(&request(), None).unwrap();
        } else {
            batch.push(&ItemAddRequest::default(), None).unwrap();
        }
        assert_eq!(client.execute_batch(&batch).is_ok(), is_read);
        assert_eq!(gateway.received().len(), attempts);
    }
}
