//! Several requests in one call.

use topsdk_client::{Batch, Endpoint, Error};
use topsdk_codec::{File, Session, dynamic};

use crate::{
    both::{Kind, NOW, SEPARATOR, TimeGetRequest, quick, refusal, request, twins},
    gateway::{Gateway, ok},
    seed,
};

twins! {
    each_request_has_its_own_response_or_error
    a_batch_that_was_refused_as_a_whole_is_one_error
    a_batch_is_repeated_as_a_call_is
    a_batch_beyond_the_limit_is_not_sent
    a_batch_is_sent_to_the_batch_url_of_the_endpoint
}

fn each_request_has_its_own_response_or_error<K: Kind>() {
    let charged = seed::documented_xml();
    let bodies = [NOW.to_owned(), refusal(27, "session-expired", "of B-T0KEN"), charged, "<html>".into(), NOW.into()];
    let gateway = Gateway::responding(bodies.join(SEPARATOR));
    let client = K::build(K::at(&gateway.address)).unwrap();

    let mut batch = Batch::new();
    let first = batch.push(&request(), None).unwrap();
    let second =
        batch.push(&TimeGetRequest { text: Some("小".into()), file: None }, Some(&Session::new("B-T0KEN"))).unwrap();
    let third = batch.push(&seed::request(), Some(&Session::new("C-T0KEN"))).unwrap();
    let fourth = batch.push(&request(), None).unwrap();
    let mut types = dynamic::DynamicType::new("");
    types.field(dynamic::DynamicType::ROOT, "time", dynamic::Kind::String);
    let fifth = batch.push_object("taobao.time.get", &dynamic::DynamicObject::new(&types), None).unwrap();
    let responses = client.execute_batch(&batch).unwrap();

    assert_eq!(responses.attempts, 1);
    let reply = responses.get(first).unwrap();
    assert_eq!((reply.value.time.as_deref(), reply.request_id.as_deref()), (Some("now"), Some("5m7u")));
    assert_eq!(reply.body, NOW.as_bytes());
    let error = responses.get(second).unwrap_err();
    assert!(error.platform().unwrap().needs_authorization());
    assert!(!format!("{error:?}").contains("B-T0KEN"), "{error:?}");
    assert_eq!(responses.get(third).unwrap().value, seed::response());
    assert!(matches!(responses.get(fourth).unwrap_err(), Error::Response(_)));
    let mut response = dynamic::DynamicObject::new(&types);
    responses.get_object(fifth, &mut response).unwrap();
    assert_eq!(format!("{response:?}"), r#"{"time": Some("now")}"#);

    let received = gateway.only();
    assert!(received.line.starts_with("POST /router/batch?"), "{}", received.line);
    assert_eq!(received.header("content-type"), Some("text/plain;charset=UTF-8"));
    assert_eq!(received.query("method"), None);
    let lines: Vec<_> = received.text().split(SEPARATOR).map(str::to_owned).collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0], "method=taobao.time.get");
    assert_eq!(lines[1], "method=taobao.time.get&text=%E5%B0%8F&session=B-T0KEN");
    assert!(!format!("{batch:?} {responses:?} {client:?}").contains("T0KEN"));

    // A ticket of another batch picks nothing up.
    let mut other = Batch::new();
    let strange = other.push(&request(), None).unwrap();
    assert!(matches!(responses.get(strange).unwrap_err(), Error::NotInBatch));

    // A batch of one, too.
    let gateway = Gateway::responding(refusal(50, "isv.invalid-parameter", ""));
    let responses = K::build(K::at(&gateway.address)).unwrap().execute_batch(&other).unwrap();
    assert_eq!(responses.get(strange).unwrap_err().kind(), "platform");
}

fn two() -> Batch {
    let mut batch = Batch::new();
    batch.push(&request(), None).unwrap();
    batch.push(&request(), None).unwrap();
    batch
}

fn a_batch_that_was_refused_as_a_whole_is_one_error<K: Kind>() {
    let gateway = Gateway::responding(refusal(25, "", ""));
    let error = K::build(K::at(&gateway.address)).unwrap().execute_batch(&two()).unwrap_err();
    assert_eq!(error.platform().unwrap().code, "25");

    for body in [NOW.to_owned(), [NOW; 3].join(SEPARATOR)] {
        let gateway = Gateway::responding(body);
        let error = K::build(K::at(&gateway.address)).unwrap().execute_batch(&two()).unwrap_err();
        assert!(matches!(error, Error::BatchCount { requests: 2 }) && error.may_have_been_executed(), "{error}");
    }
}

fn a_batch_is_repeated_as_a_call_is<K: Kind>() {
    let ban = || refusal(7, "accesscontrol.limited-by-app-access-count", "");
    let gateway = Gateway::new(move |before, _| ok(if before == 0 { ban() } else { [NOW; 2].join(SEPARATOR) }));
    let client = K::build(K::at(&gateway.address).retry(quick(3))).unwrap();
    assert_eq!(client.execute_batch(&two()).unwrap().attempts, 2);

    let gateway = Gateway::new(move |before, _| ok(if before == 0 { ban() } else { NOW.to_owned() }));
    let client = K::build(K::at(&gateway.address).retry(quick(3))).unwrap();
    let mut one = Batch::new();
    let ticket = one.push(&request(), None).unwrap();
    let responses = client.execute_batch(&one).unwrap();
    assert_eq!((responses.attempts, responses.get(ticket).is_ok()), (2, true));
}

fn a_batch_beyond_the_limit_is_not_sent<K: Kind>() {
    let gateway = Gateway::responding([NOW; 21].join(SEPARATOR));
    let client = K::build(K::at(&gateway.address)).unwrap();
    let mut batch = Batch::new();
    for _ in 0..21 {
        batch.push(&request(), None).unwrap();
    }
    let error = client.execute_batch(&batch).unwrap_err();
    assert!(matches!(error, Error::BatchTooLarge { requests: 21, limit: 20 }), "{error}");
    assert!(matches!(client.execute_batch(&Batch::new()).unwrap_err(), Error::Encode(_)));
    assert_eq!(gateway.connections(), 0);
    assert!(K::build(K::at(&gateway.address).batch_limit(21)).unwrap().execute_batch(&batch).is_ok());

    let with_file = TimeGetRequest { text: None, file: Some(File::new("a", *b"b")) };
    assert!(batch.push(&with_file, None).is_err());
    assert_eq!(batch.len(), 21);
}

fn a_batch_is_sent_to_the_batch_url_of_the_endpoint<K: Kind>() {
    let gateway = Gateway::responding([NOW; 2].join(SEPARATOR));
    let root = gateway.address.replace("/router/rest", "/api");
    let error = K::build(K::at(&root)).unwrap().execute_batch(&two()).unwrap_err();
    assert!(matches!(error, Error::NoBatchAddress) && !error.may_have_been_executed(), "{error}");
    let addresses = Endpoint::from(root.as_str()).with_batch_url(root.replace("/api", "/many"));
    assert!(K::build(K::at("http://x/").gateway(addresses)).unwrap().execute_batch(&two()).is_ok());
    assert!(gateway.only().line.starts_with("POST /many?"));
}
