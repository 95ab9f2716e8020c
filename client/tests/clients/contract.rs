//! What a caller may rely on, one case a promise, for both clients.

use std::{
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use topsdk_client::{Batch, Error, Options, Retry};
use topsdk_codec::{Decoder, File};

use crate::{
    both::{Caller, Kind, NOW, TimeGetRequest, quick, refusal, request, twins},
    gateway::{Act, Gateway, ok, response},
    time::judged_ahead,
};

twins! {
    calls_in_flight_are_stamped_anew_after_one_of_them_set_the_clock
    never_means_one_attempt_also_after_a_refused_time_stamp
    a_pause_demanded_by_a_status_is_kept
    a_ban_does_not_outwait_a_call_with_little_time
    a_body_limit_of_the_decoder_holds
    an_error_of_a_file_names_the_file
    a_batch_that_is_cut_off_is_repeated_where_a_call_is
    a_batch_that_is_cut_off_keeps_what_was_read
}

fn quick_client<K: Kind>(gateway: &Gateway) -> Caller {
    K::build(K::at(&gateway.address).retry(quick(3))).unwrap()
}

/// Five calls are on their way when the first answer sets the clock: all five succeed.
fn calls_in_flight_are_stamped_anew_after_one_of_them_set_the_clock<K: Kind>() {
    let all_are_here = Barrier::new(5);
    let gateway = Gateway::new(move |before, received| {
        if before < 5 {
            all_are_here.wait();
        }
        judged_ahead(60, received)
    });
    let client = quick_client::<K>(&gateway);
    thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| assert_eq!(client.execute(&request(), None).unwrap().attempts, 2));
        }
    });
}

fn never_means_one_attempt_also_after_a_refused_time_stamp<K: Kind>() {
    let gateway = Gateway::new(|_, received| judged_ahead(60, received));
    let client = K::build(K::at(&gateway.address).retry(Retry::never())).unwrap();
    assert_eq!(client.execute(&request(), None).unwrap_err().platform().unwrap().code, "31");
    assert_eq!(gateway.received().len(), 1);
    // The clock is set all the same, for the next call.
    assert_eq!(client.execute(&request(), None).unwrap().attempts, 1);
}

fn a_pause_demanded_by_a_status_is_kept<K: Kind>() {
    let gateway = Gateway::new(|before, _| match before {
        0 => Act::Answer(response("503 Service Unavailable", "Retry-After: 1\r\n", "busy")),
        _ => ok(NOW),
    });
    let client = quick_client::<K>(&gateway);
    let start = Instant::now();
    let reply = client.execute_with(&request(), None, &Options::new().idempotent()).unwrap();
    assert_eq!(reply.attempts, 2);
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());

    let gateway = Gateway::new(|_, _| {
        let headers = "Date: Wed, 21 Oct 2026 07:28:00 GMT\r\nRetry-After: Wed, 21 Oct 2026 07:30:00 GMT\r\n";
        Act::Answer(response("429 Too Many Requests", headers, "busy"))
    });
    let error = quick_client::<K>(&gateway).execute(&request(), None).unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
}

fn a_ban_does_not_outwait_a_call_with_little_time<K: Kind>() {
    let ban = "This ban will last for 55 more seconds";
    let gateway = Gateway::answering(refusal(7, "accesscontrol.limited-by-app-access-count", ban));
    let client = quick_client::<K>(&gateway);
    let start = Instant::now();
    let options = Options::new().timeout(Duration::from_secs(5));
    let error = client.execute_with(&request(), None, &options).unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(55)));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(gateway.received().len(), 1);
}

fn a_body_limit_of_the_decoder_holds<K: Kind>() {
    let gateway = Gateway::answering(NOW);
    let limited = || K::at(&gateway.address).decoder(Decoder::new().with_max_body(20));
    let error = K::build(limited()).unwrap().execute(&request(), None).unwrap_err();
    assert!(format!("{error} {error:?}").contains("20"), "{error:?}");
    K::build(limited().max_body(1000)).unwrap().execute(&request(), None).unwrap();
}

fn an_error_of_a_file_names_the_file<K: Kind>() {
    let gateway = Gateway::answering(NOW);
    let request = TimeGetRequest { text: None, file: Some(File::on_disk("no/such.png")) };
    let error = quick_client::<K>(&gateway).execute(&request, None).unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains("such.png") && shown.contains("nothing was sent"), "{shown}");
}

const SEPARATOR: &str = "\r\n-S-\r\n";

fn a_batch_that_is_cut_off_is_repeated_where_a_call_is<K: Kind>() {
    for cut in [NOW.to_owned(), format!("{NOW}{SEPARATOR}{}", &NOW[..20])] {
        let gateway = Gateway::new(move |before, _| match before {
            0 => ok(cut.clone()),
            _ => ok(format!("{NOW}{SEPARATOR}{NOW}")),
        });
        let client = quick_client::<K>(&gateway);
        let mut batch = Batch::new();
        let first = batch.push(&request(), None).unwrap();
        let second = batch.push(&request(), None).unwrap();
        let answers = client.execute_batch_with(&batch, &Options::new().idempotent()).unwrap();
        assert_eq!(answers.attempts, 2);
        assert!(answers.get(first).is_ok() && answers.get(second).is_ok());
    }
}

fn a_batch_that_is_cut_off_keeps_what_was_read<K: Kind>() {
    let gateway = Gateway::answering(format!("{NOW}{SEPARATOR}{}", &NOW[..20]));
    let client = quick_client::<K>(&gateway);
    let mut batch = Batch::new();
    let first = batch.push(&request(), None).unwrap();
    let second = batch.push(&request(), None).unwrap();
    let answers = client.execute_batch(&batch).unwrap();
    assert_eq!(gateway.received().len(), 1);
    assert!(answers.get(first).is_ok());
    let error = answers.get(second).unwrap_err();
    assert!(matches!(error, Error::Answer(_)) && error.is_retryable(), "{error:?}");
}
