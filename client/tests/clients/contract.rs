//! The contract of the clients: what a program that moves money may rely on.
//!
//! Each case is one promise, which its name states, and holds for the blocking and for the asynchronous client: `twins!` makes two
//! tests of it. A case starts a gateway on a real socket that does what the case says, calls it, and looks at what the caller
//! gets and at what the gateway received. The clients repeat quickly (`quick(attempts)`), so that a case takes milliseconds.
//!
//! The file is long because it is one list, to be read as a whole. The command line adds to it: what `topsdk call` and
//! `decode` print (`codegen/tests/call.rs`, `cli.rs`), and how `topsdk mock` ends at a signal (`codegen/tests/mock.rs`).

use std::{
    error::Error as _,
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    path::Path,
    sync::{Arc, Barrier, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use topsdk_client::{Batch, Error, RateLimit, Retry, mock, oauth::Token};
use topsdk_codec::{Decoder, File, Format, Session, dynamic};

use crate::{
    both::{
        Async, Caller, ItemAddRequest, KEY, Kind, NOW, Options, SECRET, SEPARATOR, Store, TimeGetRequest, quick,
        refusal, request, twins,
    },
    environment::call_in_environment,
    gateway::{Act, Gateway, ok, response, socks_proxy},
    oauth::token,
    redaction::{LONG, assert_no_part, printed_error, written},
    time::judged_ahead,
};

twins! {
    // 1. What counts as an answer
    an_unrelated_body_is_never_a_success
    the_response_of_another_method_is_an_anomaly
    a_response_without_a_root_needs_simplified_json_and_a_documented_member
    // 2. Whether a call may have been executed
    every_code_tells_whether_the_call_may_have_been_executed
    what_may_have_been_executed_is_repeated_only_if_idempotent
    // 3. The clock
    calls_in_flight_are_stamped_anew_after_one_of_them_set_the_clock
    // 4. The tokens of users
    a_refresh_does_not_hold_up_other_users
    // 5. Secrets
    no_part_of_a_session_is_in_an_error_wherever_an_excerpt_is_cut
    anomalies_show_no_part_of_a_session
    errors_of_the_platform_show_no_part_of_a_session
    eight_characters_of_a_session_are_hidden_anywhere
    // 6. Proxies
    a_socks_proxy_of_the_environment_is_used
    a_proxy_is_never_bypassed
    no_proxy_lists_networks_addresses_and_domains
    // 7. Limits, pauses and batches
    a_body_limit_of_the_decoder_holds
    never_means_one_attempt_also_after_a_refused_time_stamp
    a_pause_demanded_by_a_status_is_kept
    a_pause_demanded_by_the_header_of_a_refusal_is_kept
    a_ban_does_not_outwait_a_call_with_little_time
    a_batch_that_is_cut_off_is_repeated_where_a_call_is
    a_batch_that_is_cut_off_keeps_what_was_read
    an_error_of_a_file_names_the_file
    the_nick_of_a_user_is_decoded
    // 9. Terminals
    an_error_is_one_line_without_escapes_of_terminals
    // 10. The mock gateway
    uploads_to_the_mock_gateway_wait_for_room_in_memory
    silent_connections_to_the_mock_gateway_make_room_for_calls
    a_mock_gateway_that_is_stopped_answers_the_calls_in_flight
    // Beyond these
    a_refusal_with_another_status_is_the_platforms
    a_request_that_cannot_be_encoded_waits_for_no_turn
    an_object_made_at_run_time_is_repeated_where_a_call_is
}

/// A client that repeats up to twice.
fn client_of<K: Kind>(gateway: &Gateway) -> Caller {
    K::build(K::at(&gateway.address).retry(quick(3))).unwrap()
}

// ---- 1. What counts as an answer ----

/// HTTP 200 with a body that the gateway has not written: an error, and the call may have been executed.
fn an_unrelated_body_is_never_a_success<K: Kind>() {
    for body in [
        "{}",
        r#"{"time":null}"#,
        r#"{"code":403,"message":"denied by policy"}"#,
        r#"{"error":"upstream timeout"}"#,
        r#"{"ret":["FAIL_SYS_ILLEGAL_ACCESS"]}"#,
        r#"{"time_get_response":"denied by policy"}"#,
        "<time_get_response>denied by policy</time_get_response>",
        "<a/>",
        "<error>upstream timeout</error>",
    ] {
        for format in [Format::Json, Format::JsonSimplified, Format::Xml] {
            let gateway = Gateway::responding(body);
            let builder = K::at(&gateway.address).decoder(Decoder::new()).retry(quick(3)).format(format);
            let error = K::build(builder).unwrap().execute(&request(), None).unwrap_err();
            assert!(matches!(error, Error::Response(topsdk_codec::Error::NotAResponse(_))), "{body}: {error}");
            assert!(error.may_have_been_executed() && !error.is_retryable(), "{body}");
            assert!(error.source().is_some_and(|source| source.to_string().contains(body)), "{body}: {error:?}");
            assert_eq!(gateway.received().len(), 1, "{body}");
        }
    }
}

fn the_response_of_another_method_is_an_anomaly<K: Kind>() {
    let gateway = Gateway::responding(r#"{"user_get_response":{"time":"now"}}"#);
    let client = K::build(K::at(&gateway.address).decoder(Decoder::new())).unwrap();
    let reply = client.execute(&request(), None).unwrap();
    assert_eq!(reply.value.time.as_deref(), Some("now"));
    assert_eq!(reply.anomalies[0].expected, "the root of a response of `taobao.time.get`");
    let strict = client_of::<K>(&gateway).execute(&request(), None).unwrap_err();
    assert!(matches!(strict, Error::Response(topsdk_codec::Error::Anomaly(_))), "{strict:?}");
}

fn a_response_without_a_root_needs_simplified_json_and_a_documented_member<K: Kind>() {
    for (format, body, is_answer) in [
        (Format::Json, r#"{"time":"now"}"#, false),
        (Format::Xml, r#"{"time":"now"}"#, false),
        (Format::JsonSimplified, r#"{"time":"now"}"#, true),
        (Format::JsonSimplified, r#"{"request_id":"5m7u"}"#, true),
        (Format::JsonSimplified, r#"{"other":"now"}"#, false),
    ] {
        let gateway = Gateway::responding(body);
        let client = K::build(K::at(&gateway.address).decoder(Decoder::new()).format(format)).unwrap();
        assert_eq!(client.execute(&request(), None).is_ok(), is_answer, "{format:?} {body}");
    }
}

// ---- 2. Whether a call may have been executed ----

/// The codes with which the gateway refuses a call before it goes on to a service (docs/protocol.md section 7).
const REFUSALS: [u32; 30] =
    [4, 5, 6, 7, 8, 9, 11, 12, 13, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 40, 41, 42, 43, 44, 47, 53];
const BAN: &str = "accesscontrol.limited-by-app-access-count";

fn every_code_tells_whether_the_call_may_have_been_executed<K: Kind>() {
    let others = [3, 10, 15, 50, 99, 101, 501, 560, 700];
    let plain = REFUSALS.map(|code| (code, "", false)).into_iter().chain(others.map(|code| (code, "", true)));
    let with_sub_code = [
        (10, "isv.invalid-parameter", false),
        (560, "isv.trade-not-exist", false),
        (15, BAN, false),
        (15, "isp.top-remote-connection-timeout", true),
        (31, "isp.service-error", true),
        (15, "CD07", true),
    ];
    for (code, sub_code, may_be) in plain.chain(with_sub_code) {
        let gateway = Gateway::responding(refusal(code, sub_code, ""));
        let client = K::build(K::at(&gateway.address)).unwrap();
        let error = client.execute(&request(), None).unwrap_err();
        assert_eq!(error.may_have_been_executed(), may_be, "{code} {sub_code}");
    }
}

/// Safety and liveness: neither more nor less is repeated than may be.
fn what_may_have_been_executed_is_repeated_only_if_idempotent<K: Kind>() {
    for (code, sub_code, by_default, if_idempotent) in [
        (7, "", true, true),
        (15, BAN, true, true),
        (3, "", false, true),
        (10, "", false, true),
        (15, "isp.remote-service-timeout", false, true),
        (15, "isp.null-pointer-exception", false, false),
        (15, "", false, false),
        (560, "", false, false),
        (10, "isv.invalid-parameter", false, false),
        (25, "", false, false),
    ] {
        for (is_idempotent, is_repeated) in [(false, by_default), (true, if_idempotent)] {
            let gateway = Gateway::responding(refusal(code, sub_code, ""));
            let options = if is_idempotent { Options::new().idempotent() } else { Options::new() };
            client_of::<K>(&gateway).execute_with(&ItemAddRequest::default(), None, &options).unwrap_err();
            let attempts = if is_repeated { 3 } else { 1 };
            assert_eq!(gateway.received().len(), attempts, "{code} {sub_code} {is_idempotent}");
        }
    }
}

// ---- 3. The clock ----

/// Five calls are on their way when the first answer sets the clock: all five succeed.
fn calls_in_flight_are_stamped_anew_after_one_of_them_set_the_clock<K: Kind>() {
    let all_are_here = Barrier::new(5);
    let gateway = Gateway::new(move |before, received| {
        if before < 5 {
            all_are_here.wait();
        }
        judged_ahead(60, received)
    });
    let client = client_of::<K>(&gateway);
    thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| assert_eq!(client.execute(&request(), None).unwrap().attempts, 2));
        }
    });
}

// ---- 4. The tokens of users ----

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

// ---- 5. Secrets ----

/// As it is, percent-encoded in either case, with the escapes of JSON, and in Base64; errors of a status and of a body.
fn no_part_of_a_session_is_in_an_error_wherever_an_excerpt_is_cut<K: Kind>() {
    type Body = fn(&str, &str) -> Act;
    let bodies: [Body; 5] = [
        |before, session| Act::Answer(response("500 Oops", "", format!("{before}{session}"))),
        |before, session| ok(format!("<html>{before}{session}")),
        |before, session| ok(format!(r#"{{"time_get_response":{{"time":"{session}{before}" oops"#)),
        |before, session| ok(format!(r#"{{"time_get_response":{{"time":oops,"{before}{session}":1}}}}"#)),
        |before, session| ok(format!(r#"{{"{before}{session}_response":{{"time":""}}}}"#)),
    ];
    for body in bodies {
        for written in written() {
            let echoed = written.clone();
            let gateway = Gateway::new(move |before, _| body(&"-".repeat(before), &echoed));
            let client = K::build(K::at(&gateway.address)).unwrap();
            for _ in 0..90 {
                let error = client.execute(&request(), Some(&Session::new(LONG))).unwrap_err();
                assert_no_part(&printed_error(&error), &written);
            }
        }
    }
}

/// Those of a reply, the members that the documentation does not have, and those of each reply of a batch.
fn anomalies_show_no_part_of_a_session<K: Kind>() {
    for written in written() {
        let body = format!(r#"{{"a-{written}_response":{{"b-{written}":"{written}","request_id":"{written}"}}}}"#);
        let gateway = Gateway::new(move |_, received| match received.line.contains("/batch") {
            true => ok([&*body; 2].join(SEPARATOR)),
            false => ok(body.clone()),
        });
        let decoder = Decoder::new().report_unknown(true);
        let client = K::build(K::at(&gateway.address).decoder(decoder)).unwrap();
        let session = Session::new(LONG);
        let mut batch = Batch::new();
        let tickets = [(); 2].map(|()| batch.push(&request(), Some(&session)).unwrap());
        let replies = client.execute_batch(&batch).unwrap();
        assert_no_part(&format!("{replies:?}"), &written);
        for reply in [client.execute(&request(), Some(&session)).unwrap(), replies.get(tickets[1]).unwrap()] {
            assert_eq!((reply.anomalies.len(), reply.unknown.len()), (1, 1), "{reply:?}");
            assert_no_part(&format!("{reply:?} {} {}", reply.anomalies[0], reply.unknown[0]), &written);
        }
    }
}

/// In all five members, and in the anomaly of the markup in one of them.
fn errors_of_the_platform_show_no_part_of_a_session<K: Kind>() {
    for written in written() {
        let xml = written.replace('&', "&amp;");
        let members =
            ["code", "sub_code", "sub_msg", "request_id"].map(|name| format!("<{name}>{xml}</{name}>")).concat();
        let body = format!("<error_response><msg><i>{xml}</i></msg>{members}</error_response>");
        let gateway = Gateway::responding(body);
        let client = K::build(K::at(&gateway.address).format(Format::Xml)).unwrap();
        let error = client.execute(&request(), Some(&Session::new(LONG))).unwrap_err();
        assert_eq!(error.platform().unwrap().anomalies.len(), 1, "{error:?}");
        assert_no_part(&printed_error(&error), &written);
    }
}

/// What somebody else has cut, without a mark.
fn eight_characters_of_a_session_are_hidden_anywhere<K: Kind>() {
    for start in 0..LONG.len() - 8 {
        let gateway = Gateway::responding(refusal(27, "", &format!("of {} is over", &LONG[start..start + 8])));
        let client = K::build(K::at(&gateway.address)).unwrap();
        let error = client.execute(&request(), Some(&Session::new(LONG))).unwrap_err();
        assert_eq!(error.platform().unwrap().sub_msg.as_deref(), Some("of … is over"));
    }
}

// ---- 6. Proxies ----

fn a_socks_proxy_of_the_environment_is_used<K: Kind>() {
    for (variable, scheme) in [("all_proxy", "socks5"), ("HTTP_PROXY", "socks5h")] {
        let gateway = Gateway::responding(NOW);
        let (proxy, connections) = socks_proxy();
        let shown = call_in_environment::<K>(&gateway.address, &[(variable, &format!("{scheme}://{proxy}"))]);
        assert!(shown.contains("Some(\"now\")"), "{shown}");
        assert_eq!((connections.load(std::sync::atomic::Ordering::SeqCst), gateway.received().len()), (1, 1));
    }
}

/// Neither if nobody listens at its URL nor if the URL is invalid.
fn a_proxy_is_never_bypassed<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    for (proxy, expected) in [
        ("socks5://127.0.0.1:1", "no connection to"),
        ("http://127.0.0.1:1", "no connection to"),
        ("socks://127.0.0.1:1", "the proxy's URL is invalid"),
        ("nonsense", "no connection to"),
        ("http://", "the proxy's URL is invalid"),
    ] {
        let shown = call_in_environment::<K>(&gateway.address, &[("http_proxy", proxy)]);
        assert!(shown.contains(expected), "{proxy}: {shown}");
    }
    assert_eq!(gateway.connections(), 0);
}

fn no_proxy_lists_networks_addresses_and_domains<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    let by_name = gateway.address.replace("127.0.0.1", "localhost");
    for (address, no_proxy, is_direct) in [
        (&gateway.address, "127.0.0.1", true),
        (&gateway.address, "10.0.0.0/8, 127.0.0.0/8", true),
        (&gateway.address, "*", true),
        (&by_name, "localhost", true),
        (&by_name, ".localhost", true),
        (&gateway.address, "10.0.0.0/8", false),
        (&gateway.address, "0.0.1", false),
        (&by_name, "host", false),
    ] {
        let variables = [("http_proxy", "http://127.0.0.1:1"), ("no_proxy", no_proxy)];
        let shown = call_in_environment::<K>(address, &variables);
        assert_eq!(shown.contains("Some(\"now\")"), is_direct, "{no_proxy}: {shown}");
    }
}

// ---- 7. Limits, pauses and batches ----

fn a_body_limit_of_the_decoder_holds<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    let limited = || K::at(&gateway.address).decoder(Decoder::new().with_max_body(20));
    let error = K::build(limited()).unwrap().execute(&request(), None).unwrap_err();
    assert!(format!("{error} {error:?}").contains("20"), "{error:?}");
    K::build(limited().max_body(1000)).unwrap().execute(&request(), None).unwrap();
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
    let client = client_of::<K>(&gateway);
    let start = Instant::now();
    let reply = client.execute_with(&request(), None, &Options::new().idempotent()).unwrap();
    assert_eq!(reply.attempts, 2);
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());

    let gateway = Gateway::new(|_, _| {
        let headers = "Date: Wed, 21 Oct 2026 07:28:00 GMT\r\nRetry-After: Wed, 21 Oct 2026 07:30:00 GMT\r\n";
        Act::Answer(response("429 Too Many Requests", headers, "busy"))
    });
    let error = client_of::<K>(&gateway).execute(&request(), None).unwrap_err();
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
        let client = client_of::<K>(&gateway);
        let start = Instant::now();
        assert_eq!(client.execute(&request(), None).unwrap().attempts, 2);
        assert!(start.elapsed() >= Duration::from_secs(1), "{status}: {:?}", start.elapsed());
    }
}

fn a_ban_does_not_outwait_a_call_with_little_time<K: Kind>() {
    let ban = "This ban will last for 55 more seconds";
    let gateway = Gateway::responding(refusal(7, "accesscontrol.limited-by-app-access-count", ban));
    let client = client_of::<K>(&gateway);
    let start = Instant::now();
    let options = Options::new().timeout(Duration::from_secs(5));
    let error = client.execute_with(&request(), None, &options).unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(55)));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(gateway.received().len(), 1);
}

fn a_batch_that_is_cut_off_is_repeated_where_a_call_is<K: Kind>() {
    for cut in [NOW.to_owned(), format!("{NOW}{SEPARATOR}{}", &NOW[..20])] {
        let gateway = Gateway::new(move |before, _| match before {
            0 => ok(cut.clone()),
            _ => ok(format!("{NOW}{SEPARATOR}{NOW}")),
        });
        let client = client_of::<K>(&gateway);
        let mut batch = Batch::new();
        let first = batch.push(&request(), None).unwrap();
        let second = batch.push(&request(), None).unwrap();
        let answers = client.execute_batch_with(&batch, &Options::new().idempotent()).unwrap();
        assert_eq!(answers.attempts, 2);
        assert!(answers.get(first).is_ok() && answers.get(second).is_ok());
    }
}

fn a_batch_that_is_cut_off_keeps_what_was_read<K: Kind>() {
    let gateway = Gateway::responding(format!("{NOW}{SEPARATOR}{}", &NOW[..20]));
    let client = client_of::<K>(&gateway);
    let mut batch = Batch::new();
    let first = batch.push(&request(), None).unwrap();
    let second = batch.push(&request(), None).unwrap();
    let answers = client.execute_batch(&batch).unwrap();
    assert_eq!(gateway.received().len(), 1);
    assert!(answers.get(first).is_ok());
    let error = answers.get(second).unwrap_err();
    assert!(matches!(error, Error::Response(_)) && error.is_retryable(), "{error:?}");
}

fn an_error_of_a_file_names_the_file<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    let request = TimeGetRequest { text: None, file: Some(File::on_disk("no/such.png")) };
    let error = client_of::<K>(&gateway).execute(&request, None).unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains("such.png") && shown.contains("nothing was sent"), "{shown}");
}

/// The platform percent-encodes it.
fn the_nick_of_a_user_is_decoded<K: Kind>() {
    let body = r#"{"access_token":"T0KEN","taobao_user_nick":"%E5%95%86%E5%AE%B6","sub_taobao_user_nick":"a%3Ab"}"#;
    let gateway = Gateway::responding(body);
    let client = K::build(K::at(&gateway.address).oauth_urls("http://127.0.0.1/", &gateway.address)).unwrap();
    let token = client.exchange_code("the-code", "http://127.0.0.1/").unwrap();
    assert_eq!((token.user_nick().as_deref(), token.sub_user_nick().as_deref()), (Some("商家"), Some("a:b")));
}

// ---- 8. The HTTP libraries ----

/// A program may require `ureq = "3.6"` or a later reqwest 0.13 beside the clients: their own requirements have no upper end
/// but the next incompatible version, and the clients use no interface that may change before it.
#[test]
fn a_program_may_require_a_later_release_of_the_http_libraries() {
    let client = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(client.join("../Cargo.toml")).unwrap();
    let (_, dependencies) = manifest.split_once("[workspace.dependencies]").unwrap();
    let table = dependencies.split("\n[").next().unwrap();
    let is_requirement = |line: &&str| line.contains('=') && !line.starts_with('#') && !line.contains("path = ");
    let requirements: Vec<_> = table.lines().filter(is_requirement).collect();
    for library in ["ureq = ", "reqwest = ", "rustls = "] {
        assert!(requirements.iter().any(|line| line.starts_with(library)), "{library}{requirements:?}");
    }
    for line in requirements {
        let first = line.split('"').nth(1).and_then(|requirement| requirement.chars().next());
        // A bare version is a lower bound; `~3.5`, `=3.5.0` and `<3.6` are not.
        assert!(first.is_none_or(|first| first.is_ascii_digit()), "{line}");
    }
    for file in ["src/blocking/mod.rs", "src/blocking/ureq_transport.rs", "src/certificates.rs"] {
        let source = fs::read_to_string(client.join(file)).unwrap();
        assert!(!source.contains("unversioned"), "{file} uses what ureq may change in any release");
    }
    assert!(!client.join("src/blocking/lookup.rs").exists(), "the system looks up host names, for each connection");
}

// ---- 9. Terminals ----

/// Clears the screen, goes back, rings, changes colours, turns the direction of text, begins a line of a log.
const HOSTILE: &str = "\u{1b}[2J\r\u{7}\u{9b}31m\u{202e}\nerror: none";

/// Whatever the gateway sends. The members of the error keep the text as it is, for programs.
fn an_error_is_one_line_without_escapes_of_terminals<K: Kind>() {
    let hostile = json(HOSTILE);
    let refused = format!(
        r#"{{"error_response":{{"code":{hostile},"msg":{hostile},"sub_code":{hostile},"sub_msg":{hostile},"request_id":{hostile}}}}}"#
    );
    let wrong_type = format!(r#"{{"time_get_response":{{{hostile}:1,"time":[{hostile}],"time":{hostile}}}}}"#);
    let broken = format!(r#"{{"time_get_response":{{"time":oops{HOSTILE}"#);
    let name = format!("<time_get_response><time>x<{HOSTILE}></time></time_get_response>");
    let token = format!(r#"{{"error":{hostile},"error_description":{hostile}}}"#);
    let gateways = [
        Gateway::responding(&refused),
        Gateway::responding(wrong_type),
        Gateway::responding(broken),
        Gateway::responding(name),
        Gateway::responding(format!("<html>{HOSTILE}")),
        Gateway::responding(HOSTILE),
        Gateway::new(|_, _| Act::Answer(response("502 Bad Gateway", "", HOSTILE))),
        Gateway::raw(format!("HTTP/1.1 200 {HOSTILE}")),
        Gateway::raw(HOSTILE),
    ];
    let mut errors: Vec<_> = gateways
        .iter()
        .map(|gateway| K::build(K::at(&gateway.address)).unwrap().execute(&request(), None).unwrap_err())
        .collect();
    let platform = errors[0].platform().unwrap();
    assert_eq!((platform.msg.as_str(), platform.sub_msg.as_deref()), (HOSTILE, Some(HOSTILE)));
    let authority = Gateway::responding(token);
    let client = K::build(K::at(&authority.address).oauth_urls(&authority.address, &authority.address)).unwrap();
    errors.push(client.exchange_code("the-code", "http://127.0.0.1/").unwrap_err());
    assert!(matches!(errors.last(), Some(Error::OAuth { .. })), "{errors:?}");
    for error in errors {
        let mut shown = vec![error.to_string(), format!("{error:?}")];
        let mut source = error.source();
        while let Some(error) = source {
            shown.extend([error.to_string(), format!("{error:?}")]);
            source = error.source();
        }
        for text in shown {
            assert!(!text.contains(['\u{1b}', '\r', '\u{7}', '\u{9b}', '\u{202e}', '\n']), "{text:?}");
        }
    }
    // Nor does an anomaly beside a value, which is the gateway's text as it is.
    let anomalous = format!(r#"{{"time_get_response":{{"time":{hostile},{hostile}:[],"file":{hostile}}}}}"#);
    let gateway = Gateway::responding(anomalous);
    let decoder = Decoder::new().report_unknown(true);
    let reply = K::build(K::at(&gateway.address).decoder(decoder)).unwrap().execute(&request(), None).unwrap();
    assert_eq!(reply.value.time.as_deref(), Some(HOSTILE));
    let unknown = reply.unknown[0].to_string();
    assert!(!unknown.contains(['\u{1b}', '\r', '\u{7}', '\u{9b}', '\u{202e}', '\n']), "{unknown:?}");
}

/// A text as JSON, with every character that may stand in it as it is.
fn json(text: &str) -> String {
    let escaped = |letter: char| match letter {
        '"' | '\\' => format!("\\{letter}"),
        '\0'..' ' => format!("\\u{:04x}", u32::from(letter)),
        letter => letter.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

// ---- 10. The mock gateway ----

/// A gateway of `topsdk_client::mock` that knows the call of these tests.
fn mock_gateway() -> mock::GatewayBuilder {
    let api = r#"{"method": "taobao.time.get", "source": {"page": "", "sha256": "", "layout": "html"},
        "request": [{"name": "text", "type": "String"}, {"name": "file", "type": "byte[]"}],
        "response": [{"name": "time", "type": "String", "example": "now"}]}"#;
    mock::Gateway::builder(KEY, SECRET).api(mock::Api::from_json(api).unwrap())
}

fn connect(gateway: &mock::Gateway) -> TcpStream {
    let stream = TcpStream::connect(gateway.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn status(stream: &mut TcpStream) -> String {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line
}

fn until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20));
        thread::sleep(Duration::from_millis(5));
    }
}

/// All bodies together have `max_memory` bytes. An upload beyond that is not refused: it waits.
fn uploads_to_the_mock_gateway_wait_for_room_in_memory<K: Kind>() {
    let most = 1 << 20;
    let gateway = mock_gateway().max_body(most).max_memory(most).listen("127.0.0.1:0").unwrap();
    let mut first = connect(&gateway);
    let head = format!("POST /router/rest HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {most}\r\n\r\n");
    first.write_all(head.as_bytes()).unwrap();
    first.write_all(&vec![b'x'; most / 2]).unwrap();
    until(|| gateway.count() == 1);
    let client = K::build(K::at(&gateway.url()).timeout(Duration::from_secs(20))).unwrap();
    thread::scope(|scope| {
        let upload = scope.spawn(|| {
            let file = File::new("a.bin", vec![b'y'; most / 2]);
            client.execute(&TimeGetRequest { text: None, file: Some(file) }, None)
        });
        thread::sleep(Duration::from_millis(300));
        assert!(!upload.is_finished());
        first.write_all(&vec![b'x'; most / 2]).unwrap();
        assert!(status(&mut first).contains(" 200 "));
        assert_eq!(upload.join().unwrap().unwrap().value.time.as_deref(), Some("now"));
    });
}

/// No silent connection ends by itself within the test.
fn silent_connections_to_the_mock_gateway_make_room_for_calls<K: Kind>() {
    let gateway = mock_gateway().max_connections(4).patience(Duration::from_secs(60)).listen("127.0.0.1:0").unwrap();
    let silent: Vec<_> = (0..40).map(|_| connect(&gateway)).collect();
    let mut begun = connect(&gateway);
    begun.write_all(b"POST /router/rest HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab").unwrap();
    for _ in 0..3 {
        let client = K::build(K::at(&gateway.url()).timeout(Duration::from_secs(20))).unwrap();
        client.execute(&request(), None).unwrap();
    }
    drop(silent);
}

/// As `topsdk mock` does at SIGTERM.
fn a_mock_gateway_that_is_stopped_answers_the_calls_in_flight<K: Kind>() {
    let gateway = mock_gateway().latency(Duration::from_millis(500)).listen("127.0.0.1:0").unwrap();
    let (address, stopper) = (gateway.address(), gateway.stopper());
    let client = K::build(K::at(&gateway.url())).unwrap();
    let idle = connect(&gateway);
    thread::scope(|scope| {
        let call = scope.spawn(|| client.execute(&request(), None));
        until(|| gateway.count() == 1);
        let serving = scope.spawn(|| gateway.serve());
        stopper.stop();
        assert_eq!(call.join().unwrap().unwrap().value.time.as_deref(), Some("now"));
        serving.join().unwrap();
    });
    assert!(TcpStream::connect(address).is_err(), "the gateway no longer listens");
    drop(idle);
}

// ---- Beyond these ----

/// Gateways and proxies refuse with statuses other than 200, and give the reason in the body.
fn a_refusal_with_another_status_is_the_platforms<K: Kind>() {
    let json =
        r#"{"error_response":{"code":11,"msg":"Insufficient isv permissions","sub_code":"isv.permission-denied"}}"#;
    let xml = "<error_response><code>11</code><msg>Insufficient isv permissions</msg>\
               <sub_code>isv.permission-denied</sub_code></error_response>";
    for (status, body) in [("400 Bad Request", json), ("403 Forbidden", xml), ("502 Bad Gateway", json)] {
        let gateway = Gateway::new(move |_, _| Act::Answer(response(status, "", body)));
        let error = client_of::<K>(&gateway).execute(&request(), None).unwrap_err();
        let Error::Platform(error) = error else { panic!("{status}: {error}") };
        assert_eq!((error.code.as_str(), error.sub_code.as_deref()), ("11", Some("isv.permission-denied")));
        assert_eq!(error.http_status, Some(status[..3].parse().unwrap()));
        assert!(error.to_string().contains(&status[..3]), "{error}");
    }
    // A response with such a status is not used: it may be incomplete.
    let gateway = Gateway::new(|_, _| Act::Answer(response("500 Internal Server Error", "", NOW)));
    let error = client_of::<K>(&gateway).execute(&request(), None).unwrap_err();
    assert!(matches!(error, Error::Status { .. }), "{error}");
    assert_eq!(
        client_of::<K>(&Gateway::responding(refusal(27, "", "")))
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
    let gateway = Gateway::responding(NOW);
    let client = K::build(K::at(&gateway.address).rate_limit(RateLimit::per_second(1))).unwrap();
    client.execute(&request(), None).unwrap();
    let start = Instant::now();
    let error = client.execute(&ItemGetRequest::default(), None).unwrap_err();
    assert!(matches!(error, Error::Encode(_)), "{error}");
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    // Nor does it count for the rate limit of the next call.
    client.execute(&request(), None).unwrap();
    assert!(start.elapsed() < Duration::from_millis(1_700), "{:?}", start.elapsed());
    assert_eq!(gateway.received().len(), 2);
}

fn an_object_made_at_run_time_is_repeated_where_a_call_is<K: Kind>() {
    let body = r#"{"time_get_response":{"inner":{"names":["now"]},"time":"now","list":[{"names":["now"]}]}}"#;
    let mut types = dynamic::DynamicType::new("");
    let inner = types.shape("inner");
    types.list(inner, "names", dynamic::Kind::String, "string");
    types.field(dynamic::DynamicType::ROOT, "inner", dynamic::Kind::Object(inner));
    types.field(dynamic::DynamicType::ROOT, "time", dynamic::Kind::String);
    types.list(dynamic::DynamicType::ROOT, "list", dynamic::Kind::Object(inner), "");
    for cut in [0, 30, 60, 80, body.len() - 1] {
        let gateway = Gateway::new(move |before, _| ok(if before == 0 { &body[..cut] } else { body }));
        let mut response = dynamic::DynamicObject::new(&types);
        let asked = dynamic::DynamicObject::new(&types);
        let reply = client_of::<K>(&gateway).execute_object_idempotently("taobao.time.get", &asked, &mut response);
        assert_eq!(reply.unwrap().attempts, 2, "cut at {cut}");
        let names = r#"{"names": ["now"]}"#;
        let expected = format!(r#"{{"inner": Some({names}), "time": Some("now"), "list": [{names}]}}"#);
        assert_eq!(format!("{response:?}"), expected, "cut at {cut}");
    }
}
