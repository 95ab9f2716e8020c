//! Lists of several pages.

use std::time::Duration;

use topsdk_client::Error;
use topsdk_codec::Session;

use crate::{
    both::{Kind, TimeGetRequest, TimeGetResponse, quick, refusal, twins},
    gateway::{Act, Gateway, ok},
};

twins! {
    every_page_is_called_for_with_the_settings_of_the_call
    an_endless_list_ends_in_an_error
    a_failure_ends_the_list
}

/// A gateway that answers page `n` with `n`.
fn counting() -> Gateway {
    Gateway::new(|_, received| {
        ok(format!(r#"{{"time_get_response":{{"time":"{}"}}}}"#, received.field("text").unwrap()))
    })
}

fn first() -> TimeGetRequest {
    TimeGetRequest { text: Some("1".into()), file: None }
}

/// Asks for the page behind a response, up to the third.
fn next(request: &mut TimeGetRequest, response: &TimeGetResponse) -> bool {
    let page: u32 = response.time.as_deref().unwrap().parse().unwrap();
    request.text = Some((page + 1).to_string());
    page < 3
}

fn every_page_is_called_for_with_the_settings_of_the_call<K: Kind>() {
    let gateway = counting();
    let client = K::build(K::at(&gateway.address)).unwrap();
    let pages = client.pages(first(), next, &Session::new("T0KEN-of-the-user"), None);
    let times: Vec<_> = pages.into_iter().map(|page| page.unwrap().value.time.unwrap()).collect();
    assert_eq!(times, ["1", "2", "3"]);
    let received = gateway.received();
    assert_eq!(received.len(), 3);
    for received in received {
        assert_eq!(received.field("session").as_deref(), Some("T0KEN-of-the-user"));
    }
}

fn an_endless_list_ends_in_an_error<K: Kind>() {
    let gateway = counting();
    let client = K::build(K::at(&gateway.address)).unwrap();
    let pages = client.pages(first(), |_, _| true, &Session::new("T0KEN"), Some(4));
    assert_eq!(pages.len(), 5);
    assert!(pages[..4].iter().all(Result::is_ok));
    let Err(error @ Error::TooManyPages { maximum: 4 }) = &pages[4] else { panic!("{:?}", pages[4]) };
    assert!(!error.is_retryable() && !error.may_have_been_executed());
    assert_eq!(gateway.received().len(), 4);
}

fn a_failure_ends_the_list<K: Kind>() {
    let gateway = Gateway::new(|before, _| match before {
        0 => ok(r#"{"time_get_response":{"time":"1"}}"#),
        1 => Act::Answer(crate::gateway::response("200 OK", "", refusal(11, "isv.permission-api-package-limit", "no"))),
        _ => ok(r#"{"time_get_response":{"time":"2"}}"#),
    });
    let client = K::build(K::at(&gateway.address).retry(quick(1)).timeout(Duration::from_secs(20))).unwrap();
    let pages = client.pages(first(), next, &Session::new("T0KEN"), None);
    assert_eq!(pages.len(), 2);
    let error = pages[1].as_ref().unwrap_err();
    assert!(error.is_permission());
    assert_eq!((error.code(), error.sub_code()), (Some("11"), Some("isv.permission-api-package-limit")));
    assert_eq!(gateway.received().len(), 2);
}
