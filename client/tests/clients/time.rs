//! The time that calls are stamped with.

use std::{env, process::Command};

use topsdk_codec::jiff::{SignedDuration, Timestamp, civil::DateTime, tz::Offset};

use crate::{
    both::{Events, Kind, NOW, quick, refusal, request, twins},
    calls::signature,
    gateway::{Act, Gateway, Received, ok, response},
};

twins! {
    a_call_is_stamped_with_the_time_in_china
    a_machine_in_new_york_stamps_the_time_in_china
    the_clock_is_corrected_once
    a_refused_time_stamp_without_a_date_is_an_error
}

fn china() -> DateTime {
    Offset::constant(8).to_datetime(Timestamp::now())
}

fn stamp(received: &Received) -> DateTime {
    received.field("timestamp").unwrap().parse().unwrap()
}

fn a_call_is_stamped_with_the_time_in_china<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    K::build(K::at(&gateway.address)).unwrap().execute(&request(), None).unwrap();
    let (sent, now) = (stamp(&gateway.only()), china());
    assert!((0..30).contains(&now.duration_since(sent).as_secs()), "{sent} was sent at {now}");
}

/// The same test in a process of its own, on a machine in New York.
fn a_machine_in_new_york_stamps_the_time_in_china<K: Kind>() {
    let twin = if std::any::type_name::<K>().ends_with("Blocking") { "blocking" } else { "asynchronous" };
    let test = format!("time::{twin}::a_call_is_stamped_with_the_time_in_china");
    let mut child = Command::new(env::current_exe().unwrap());
    let output = child.args(["--exact", &test]).env("TZ", "America/New_York").output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
    let date = Command::new("date").arg("+%z").env("TZ", "America/New_York").output().unwrap();
    assert!(date.stdout.starts_with(b"-0"), "this machine does not know New York: the test proves nothing");
}

/// A gateway whose clock is ahead, and which refuses other stamps with code 31.
fn gateway_ahead(minutes: i64) -> Gateway {
    Gateway::new(move |_, received| judged_ahead(minutes, received))
}

/// The answer of a gateway whose clock is ahead.
pub(crate) fn judged_ahead(minutes: i64, received: &Received) -> Act {
    let ahead = SignedDuration::from_mins(minutes);
    let date = (Timestamp::now() + ahead).strftime("%a, %d %b %Y %H:%M:%S GMT");
    let off = (china() + ahead).duration_since(stamp(received)).abs();
    let body = match off > SignedDuration::from_mins(10) {
        true => refusal(31, "isv.timestamp", "off"),
        false => NOW.to_owned(),
    };
    Act::Answer(response("200 OK", &format!("Date: {date}\r\n"), body))
}

fn the_clock_is_corrected_once<K: Kind>() {
    for minutes in [60, -45] {
        let gateway = gateway_ahead(minutes);
        let events = Events::default();
        let client = K::build(K::at(&gateway.address).retry(quick(2)).on_event(events.to())).unwrap();
        assert_eq!(client.execute(&request(), None).unwrap().attempts, 2);
        assert_eq!(client.clone().execute(&request(), None).unwrap().attempts, 1);
        let received = gateway.received();
        assert_eq!(received.len(), 3);
        assert!(received.iter().all(|received| received.field("sign") == Some(signature(received))));
        let clock = format!("clock {}", if minutes > 0 { minutes - 1 } else { minutes });
        let clocks: Vec<_> = events.all().into_iter().filter(|event| event.starts_with("clock")).collect();
        assert!(clocks == [clock] || clocks == [format!("clock {minutes}")], "{clocks:?}");
    }
}

fn a_refused_time_stamp_without_a_date_is_an_error<K: Kind>() {
    // Without the header, with one that cannot be read, and with one that agrees with this machine.
    for date in [String::new(), "Date: today\r\n".into(), format!("Date: {}\r\n", now_as_header())] {
        let gateway = Gateway::new(move |_, _| Act::Answer(response("200 OK", &date, refusal(31, "", ""))));
        let client = K::build(K::at(&gateway.address).retry(quick(3))).unwrap();
        let error = client.execute(&request(), None).unwrap_err();
        assert_eq!(error.platform().unwrap().code, "31");
        assert!(!error.may_have_been_executed());
        assert_eq!(gateway.received().len(), 1);
    }
    // One that is never content: not more than one attempt for it.
    let gateway = Gateway::new(move |before, _| match before {
        1.. => ok(refusal(31, "", "")),
        0 => Act::Answer(response("200 OK", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", refusal(31, "", ""))),
    });
    let client = K::build(K::at(&gateway.address).retry(crate::both::quick(5))).unwrap();
    assert_eq!(client.execute(&request(), None).unwrap_err().platform().unwrap().code, "31");
    assert_eq!(gateway.received().len(), 2);
}

fn now_as_header() -> String {
    Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
