//! What a caller may rely on, one case a promise, for both clients.

use std::{
    env,
    error::Error as _,
    io::Write,
    process::Command,
    sync::{Arc, Barrier, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use topsdk_client::{Batch, BuildError, Builder, Error, RateLimit, Retry, TransportError, oauth::Token};
use topsdk_codec::{Decoder, File, Format};

use crate::{
    both::{Async, Blocking, Caller, Kind, NOW, Options, Store, TimeGetRequest, quick, refusal, request, twins},
    connections::tls_gateway_with,
    gateway::{Act, Gateway, ok, response},
    oauth::token,
    time::judged_ahead,
};

twins! {
    calls_in_flight_are_stamped_anew_after_one_of_them_set_the_clock
    never_means_one_attempt_also_after_a_refused_time_stamp
    a_pause_demanded_by_a_status_is_kept
    a_pause_demanded_by_the_header_of_a_refusal_is_kept
    a_refusal_with_another_status_is_the_platforms
    a_request_that_cannot_be_encoded_waits_for_no_turn
    a_ban_does_not_outwait_a_call_with_little_time
    a_body_limit_of_the_decoder_holds
    an_error_of_a_file_names_the_file
    a_batch_that_is_cut_off_is_repeated_where_a_call_is
    a_batch_that_is_cut_off_keeps_what_was_read
    a_refresh_does_not_hold_up_other_users
    a_root_certificate_of_ones_own_is_trusted
    a_missing_variable_is_named
    a_body_that_is_not_an_answer_is_never_a_success
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

fn a_pause_demanded_by_the_header_of_a_refusal_is_kept<K: Kind>() {
    for status in ["200 OK", "429 Too Many Requests"] {
        let gateway = Gateway::new(move |before, _| match before {
            0 => {
                let limited = refusal(7, "accesscontrol.limited-by-app-access-count", "");
                Act::Answer(response(status, "Retry-After: 1\r\n", limited))
            }
            _ => ok(NOW),
        });
        let client = quick_client::<K>(&gateway);
        let start = Instant::now();
        assert_eq!(client.execute(&request(), None).unwrap().attempts, 2);
        assert!(start.elapsed() >= Duration::from_secs(1), "{status}: {:?}", start.elapsed());
    }
}

/// Gateways and the proxies in front of them refuse with other statuses than 200, and say why in the body.
fn a_refusal_with_another_status_is_the_platforms<K: Kind>() {
    let json =
        r#"{"error_response":{"code":11,"msg":"Insufficient isv permissions","sub_code":"isv.permission-denied"}}"#;
    let xml = "<error_response><code>11</code><msg>Insufficient isv permissions</msg>\
               <sub_code>isv.permission-denied</sub_code></error_response>";
    for (status, body) in [("400 Bad Request", json), ("403 Forbidden", xml), ("502 Bad Gateway", json)] {
        let gateway = Gateway::new(move |_, _| Act::Answer(response(status, "", body)));
        let error = quick_client::<K>(&gateway).execute(&request(), None).unwrap_err();
        let Error::Platform(error) = error else { panic!("{status}: {error}") };
        assert_eq!((error.code.as_str(), error.sub_code.as_deref()), ("11", Some("isv.permission-denied")));
        assert_eq!(error.http_status, Some(status[..3].parse().unwrap()));
        assert!(error.to_string().contains(&status[..3]), "{error}");
    }
    // A response with such a status is none: nobody knows whether it is whole.
    let gateway = Gateway::new(|_, _| Act::Answer(response("500 Internal Server Error", "", NOW)));
    let error = quick_client::<K>(&gateway).execute(&request(), None).unwrap_err();
    assert!(matches!(error, Error::Status { .. }), "{error}");
    assert_eq!(
        quick_client::<K>(&Gateway::answering(refusal(27, "", "")))
            .execute(&request(), None)
            .unwrap_err()
            .platform()
            .unwrap()
            .http_status,
        None
    );
}

#[derive(Debug, Default, topsdk_codec::Request)]
#[top(crate = topsdk_codec, method = "taobao.item.get", response = ItemGetResponse)]
struct ItemGetRequest {
    #[top(required)]
    num_iid: Option<i64>,
}

#[derive(Debug, Default, topsdk_codec::Response)]
#[top(crate = topsdk_codec)]
struct ItemGetResponse {}

fn a_request_that_cannot_be_encoded_waits_for_no_turn<K: Kind>() {
    let gateway = Gateway::answering(NOW);
    let client = K::build(K::at(&gateway.address).rate_limit(RateLimit::per_second(1))).unwrap();
    client.execute(&request(), None).unwrap();
    let start = Instant::now();
    let error = client.execute(&ItemGetRequest::default(), None).unwrap_err();
    assert!(matches!(error, Error::Encode(_)), "{error}");
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    // It has not taken the turn of the next call either.
    client.execute(&request(), None).unwrap();
    assert!(start.elapsed() < Duration::from_millis(1_700), "{:?}", start.elapsed());
    assert_eq!(gateway.received().len(), 2);
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

/// One user's refresh takes as long as the test; another's is done meanwhile.
fn a_refresh_does_not_hold_up_other_users<K: Kind>() {
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let gateway = Gateway::new(move |before, _| {
        if before == 0 {
            held.lock().unwrap().recv().unwrap();
        }
        ok(token("new", 86400))
    });
    let url = gateway.address.replace("/router/rest", "/token");
    let client = K::build(K::at(&gateway.address).oauth_urls(&url, &url)).unwrap();
    let store = || {
        let old = Token::from_json(&token("old", 30)).unwrap();
        Arc::new(Store { token: Mutex::new(Some(old)), is_broken: false })
    };
    thread::scope(|scope| {
        let slow = scope.spawn(|| client.session(&store(), "slow").unwrap());
        gateway.wait_for(1, 0);
        client.session(&store(), "quick").unwrap();
        assert!(!slow.is_finished());
        release.send(()).unwrap();
        slow.join().unwrap();
    });
}

/// Refresh tokens can be used once: the token that a dropped future has asked for is stored all the same.
#[test]
fn a_refreshed_token_is_stored_although_the_caller_was_dropped() {
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let gateway = Gateway::new(move |_, _| {
        held.lock().unwrap().recv().unwrap();
        ok(token("new", 86400))
    });
    let url = gateway.address.replace("/router/rest", "/token");
    let Caller::Async(client, runtime) = Async::build(Async::at(&gateway.address).oauth_urls(&url, &url)).unwrap()
    else {
        panic!("an asynchronous client")
    };
    let old = Token::from_json(&token("old", 30)).unwrap();
    let store = Arc::new(Store { token: Mutex::new(Some(old)), is_broken: false });
    let call = runtime.spawn({
        let (client, store) = (client.clone(), Arc::clone(&store));
        async move { client.session(&store, "user").await }
    });
    gateway.wait_for(1, 0);
    call.abort();
    assert!(runtime.block_on(call).unwrap_err().is_cancelled());
    release.send(()).unwrap();
    // The next caller waits for the refresh that goes on, and asks for no other.
    let session = runtime.block_on(client.session(&store, "user")).unwrap();
    assert_eq!(session.token(), "new");
    assert_eq!(gateway.received().len(), 1);
}

/// A root of one's own vouches for the host that its certificate names, and for no other.
fn a_root_certificate_of_ones_own_is_trusted<K: Kind>() {
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let root = authority.self_signed(&authority_key).unwrap();
    let authority = Issuer::new(authority, authority_key);
    let gateway = |host: &str| {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([host.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
        tls_gateway_with(certificate.der().to_vec(), key.serialize_der())
    };
    let call = |builder: Builder<K::Client>| K::build(builder).unwrap().execute(&request(), None);
    call(K::at(&gateway("localhost")).root_certificate(root.der().to_vec())).unwrap();
    call(K::at(&gateway("localhost")).root_certificate(root.pem())).unwrap();

    let wrong_host = call(K::at(&gateway("elsewhere.example")).root_certificate(root.pem())).unwrap_err();
    let unknown_root = call(K::at(&gateway("localhost"))).unwrap_err();
    for error in [wrong_host, unknown_root] {
        assert!(matches!(error, Error::Transport(TransportError::Connect { .. })), "{error:?}");
        assert!(!error.may_have_been_executed());
    }
    for garbage in [&b""[..], b"garbage", b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
        let built = K::build(K::at("http://127.0.0.1:1/").root_certificate(garbage));
        assert!(matches!(built, Err(BuildError::RootCertificate)), "{built:?}");
    }
}

/// Builds a client from the environment. In a process of its own: see below.
fn build_from_the_environment<K: Kind>() {
    let built = Builder::<K::Client>::from_env().and_then(|builder| K::build(builder.no_proxy()));
    let shown = match built {
        Ok(client) => format!("built {client:?}"),
        Err(error) => format!("not built: {error}"),
    };
    let mut out = std::io::stdout();
    writeln!(out, "shown: {shown}").unwrap();
}

#[test]
fn from_the_environment_asynchronous() {
    build_from_the_environment::<Async>();
}

#[test]
fn from_the_environment_blocking() {
    build_from_the_environment::<Blocking>();
}

fn a_missing_variable_is_named<K: Kind>() {
    let twin = if std::any::type_name::<K>().ends_with("Blocking") { "blocking" } else { "asynchronous" };
    let run = |variables: &[(&str, &str)]| {
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", &format!("contract::from_the_environment_{twin}"), "--nocapture"]);
        for name in ["TOP_GATEWAY", "TOP_APP_KEY", "TOP_APP_SECRET"] {
            child.env_remove(name);
        }
        let output = child.envs(variables.iter().copied()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(run(&[]).contains("not built: the environment variable TOP_APP_KEY is missing"));
    let key = ("TOP_APP_KEY", "12345678");
    assert!(run(&[key]).contains("not built: the environment variable TOP_APP_SECRET is missing"));
    assert!(run(&[key, ("TOP_APP_SECRET", "")]).contains("TOP_APP_SECRET is missing"));
    let built = run(&[key, ("TOP_APP_SECRET", "S3CRET"), ("TOP_GATEWAY", "http://127.0.0.1:9/router/rest")]);
    assert!(built.contains("built") && built.contains("127.0.0.1:9") && !built.contains("S3CRET"), "{built}");
}

/// HTTP 200 with a body that the gateway has not written: an error, and the call may have been executed.
fn a_body_that_is_not_an_answer_is_never_a_success<K: Kind>() {
    for body in [
        "{}",
        r#"{"time":null}"#,
        r#"{"code":403,"message":"denied by policy"}"#,
        r#"{"error":"upstream timeout"}"#,
        r#"{"ret":["FAIL_SYS_ILLEGAL_ACCESS"]}"#,
        "<a/>",
        "<error>upstream timeout</error>",
    ] {
        for format in [Format::Json, Format::JsonSimplified, Format::Xml] {
            let gateway = Gateway::new(move |_, _| ok(body));
            let builder = K::at(&gateway.address).decoder(Decoder::new()).retry(quick(3)).format(format);
            let error = K::build(builder).unwrap().execute(&request(), None).unwrap_err();
            assert!(matches!(error, Error::Answer(topsdk_codec::Error::NotAnAnswer(_))), "{body}: {error}");
            assert!(error.may_have_been_executed() && !error.is_retryable(), "{body}");
            assert!(error.source().is_some_and(|source| source.to_string().contains(body)), "{body}: {error:?}");
            assert_eq!(gateway.received().len(), 1, "{body}");
        }
    }
    let body = r#"{"time":"2016-01-01 12:00:00"}"#;
    for (format, is_answer) in [(Format::Json, false), (Format::JsonSimplified, true)] {
        let gateway = Gateway::new(move |_, _| ok(body));
        let client = K::build(K::at(&gateway.address).format(format)).unwrap();
        assert_eq!(client.execute(&request(), None).is_ok(), is_answer, "{format:?}");
    }
}
