//! Connections: made, kept, refused, given up.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, ServerConnection, pki_types::PrivatePkcs8KeyDer};
use topsdk_client::{BuildError, Builder, Client, Error, Retry, TransportError};
use topsdk_codec::File;

use crate::{
    both::{Async, Caller, Kind, NOW, Options, TimeGetRequest, quick, refusal, request, twins},
    gateway::{Act, Gateway, response},
};

twins! {
    a_gateway_that_does_not_answer_ends_in_a_timeout
    the_longest_durations_are_accepted
    a_refused_connection_and_a_broken_one_are_different_errors
    an_unknown_host_is_a_connection_error
    invalid_settings_are_refused_when_the_client_is_built
    a_connection_is_reused_unless_configured_otherwise
    an_untrusted_certificate_is_refused
    a_configured_root_certificate_is_trusted
    a_configured_proxy_is_used
    a_gateway_with_a_user_and_a_query_of_its_own_gets_both
}

fn a_gateway_that_does_not_answer_ends_in_a_timeout<K: Kind>() {
    let gateway = Gateway::new(|_, _| Act::Stall);
    let client = K::build(K::at(&gateway.address).timeout(Duration::from_millis(300))).unwrap();
    let error = client.execute(&request(), None).unwrap_err();
    let expected =
        format!("no complete response from {} within 300ms; the call may have been executed", gateway.address);
    assert_eq!(error.to_string(), expected);
    assert!(error.is_retryable() && error.may_have_been_executed());

    // An answer that begins and does not end.
    let gateway = Gateway::new(|_, _| Act::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":".to_vec()));
    let client = K::build(K::at(&gateway.address).timeout(Duration::from_millis(300))).unwrap();
    let error = client.execute(&request(), None).unwrap_err();
    assert!(matches!(error, Error::Transport(TransportError::Timeout { .. })), "{error}");
}

fn the_longest_durations_are_accepted<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    let builder = K::at(&gateway.address).timeout(Duration::MAX).connect_timeout(Duration::MAX);
    let retry = Retry::default().deadline(Duration::MAX).backoff(Duration::MAX, Duration::MAX);
    let client = K::build(builder.pool(10, Duration::MAX).retry(retry)).unwrap();
    client.execute(&request(), None).unwrap();
    let options = Options::new().timeout(Duration::MAX - Duration::from_secs(1));
    client.execute_with(&request(), None, &options).unwrap();
    let gateway = Gateway::responding(refusal(7, "accesscontrol.limited-by-app-access-count", ""));
    let client = K::build(K::at(&gateway.address).retry(quick(3).backoff(Duration::MAX, Duration::MAX))).unwrap();
    assert_eq!(client.execute(&request(), None).unwrap_err().kind(), "platform");
}

fn a_refused_connection_and_a_broken_one_are_different_errors<K: Kind>() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("http://127.0.0.1:{port}/router/rest");
    let error = K::build(K::at(&address)).unwrap().execute(&request(), None).unwrap_err();
    assert!(matches!(error, Error::Transport(TransportError::Connect { .. })), "{error}");
    assert!(!error.may_have_been_executed());

    for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":", "not HTTP at all\r\n\r\n"] {
        let gateway = Gateway::raw(answer);
        let error = K::build(K::at(&gateway.address)).unwrap().execute(&request(), None).unwrap_err();
        assert!(matches!(error, Error::Transport(TransportError::Broken { .. })), "{answer:?}: {error}");
        assert!(error.may_have_been_executed());
        assert_eq!(gateway.received().len(), 1, "nothing is sent a second time behind the client's back");
    }
}

fn an_unknown_host_is_a_connection_error<K: Kind>() {
    let error = K::build(K::at("http://gateway.invalid/router/rest")).unwrap().execute(&request(), None).unwrap_err();
    assert!(matches!(error, Error::Transport(TransportError::Connect { .. })), "{error:?}");
}

fn invalid_settings_are_refused_when_the_client_is_built<K: Kind>() {
    for address in ["", "gateway", "http://", "http://a b/", "ftp://127.0.0.1/"] {
        let error = K::build(K::at(address)).unwrap_err();
        assert!(matches!(error, BuildError::Gateway { .. }), "{address}: {error}");
    }
    assert!(matches!(K::build(K::new().user_agent("a\nb")).unwrap_err(), BuildError::UserAgent));
    assert!(matches!(K::build(K::new().user_agent("店")).unwrap_err(), BuildError::UserAgent));
    for proxy in ["", "http://", "socks9://host:1", "not an address"] {
        assert!(matches!(K::build(K::new().proxy(proxy)).unwrap_err(), BuildError::Proxy), "{proxy}");
    }
    assert!(matches!(Client::builder("", "secret").build().unwrap_err(), BuildError::App));
    assert!(matches!(Client::builder("key", "").build().unwrap_err(), BuildError::App));
}

fn a_connection_is_reused_unless_configured_otherwise<K: Kind>() {
    for is_kept in [true, false] {
        let gateway = Gateway::responding(NOW);
        let kept = if is_kept { 10 } else { 0 };
        let client = K::build(K::at(&gateway.address).pool(kept, Duration::from_secs(15))).unwrap();
        for _ in 0..6 {
            client.execute(&request(), None).unwrap();
        }
        // One may not be back in time for the next call.
        assert_eq!(gateway.connections() < 6, is_kept, "{} connections", gateway.connections());
    }
}

/// A gateway over TLS that vouches for itself.
fn tls_gateway() -> String {
    tls_gateway_with(include_bytes!("tls/localhost.crt.der").to_vec(), include_bytes!("tls/localhost.key.der").to_vec())
}

/// A gateway at `localhost` over TLS with this certificate and key, both DER.
fn tls_gateway_with(certificate: Vec<u8>, key: Vec<u8>) -> String {
    let key = PrivatePkcs8KeyDer::from(key);
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], key.into())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://localhost:{}/router/rest", listener.local_addr().unwrap().port());
    let config = Arc::new(config);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut tls =
                rustls::StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream.unwrap());
            let mut line = String::new();
            if BufReader::new(&mut tls).read_line(&mut line).is_ok() {
                let _ = tls.write_all(&response("200 OK", "", NOW));
            }
        }
    });
    address
}

fn an_untrusted_certificate_is_refused<K: Kind>() {
    let error = K::build(K::at(&tls_gateway())).unwrap().execute(&request(), None).unwrap_err();
    let Error::Transport(TransportError::Connect { source, .. }) = &error else { panic!("{error:?}") };
    let mut messages = source.to_string();
    let mut source = source.source();
    while let Some(error) = source {
        messages.push_str(&error.to_string());
        source = error.source();
    }
    assert!(messages.contains("certificate"), "{messages}");
    assert!(!error.may_have_been_executed());
}

/// A root of one's own vouches for the host that its certificate names, and for no other.
fn a_configured_root_certificate_is_trusted<K: Kind>() {
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

fn a_configured_proxy_is_used<K: Kind>() {
    let proxy = Gateway::raw(response("502 Bad Gateway", "", ""));
    let address = proxy.address.trim_end_matches("/router/rest").replace("//", "//user:pa55word@");
    for gateway in ["http://gateway.invalid/router/rest", "https://gateway.invalid/router/rest"] {
        let client = K::build(K::at(gateway).proxy(&address)).unwrap();
        let error = client.execute(&request(), None).unwrap_err();
        assert!(!format!("{error} {error:?} {client:?}").contains("pa55word"), "{error:?}");
    }
    for received in proxy.received() {
        assert!(received.line.contains("gateway.invalid"), "{}", received.line);
        assert_eq!(received.header("proxy-authorization"), Some("Basic dXNlcjpwYTU1d29yZA=="), "{}", received.line);
    }
    assert_eq!(proxy.received().len(), 2);
}

/// A gateway behind a proxy of one's own, say.
fn a_gateway_with_a_user_and_a_query_of_its_own_gets_both<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    let address = format!("{}?key=value", gateway.address.replace("//", "//user:pa55word@"));
    let client = K::build(K::at(&address)).unwrap();
    client.execute(&request(), None).unwrap();
    let upload = TimeGetRequest { file: Some(File::new("a.txt", *b"text")), ..request() };
    client.execute(&upload, None).unwrap();
    for received in gateway.received() {
        assert_eq!(received.header("authorization"), Some("Basic dXNlcjpwYTU1d29yZA=="), "{}", received.line);
        assert_eq!(received.header("host"), gateway.address.split('/').nth(2));
        assert_eq!(received.query("key").as_deref(), Some("value"));
    }
    assert!(!format!("{client:?}").contains("pa55word"), "{client:?}");
}

#[test]
fn a_call_outside_of_a_runtime_is_an_error() {
    let gateway = Gateway::responding(NOW);
    let limit = topsdk_client::RateLimit::per_second(1);
    let Caller::Async(client, _) = Async::build(Async::at(&gateway.address).rate_limit(limit)).unwrap() else {
        panic!()
    };
    for _ in 0..2 {
        let error = polled(client.execute(&request(), None)).unwrap_err();
        assert!(matches!(error, Error::Transport(TransportError::NoRuntime)), "{error}");
    }
}

/// Polls a future that never has to wait.
fn polled<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn a_dropped_future_leaves_nothing_behind() {
    let gateway = Gateway::new(|before, _| match before {
        0 => Act::Stall,
        _ => Act::Answer(response("200 OK", "", NOW)),
    });
    let Caller::Async(client, runtime) = Async::build(Async::at(&gateway.address)).unwrap() else { panic!() };
    runtime.block_on(async {
        let asked = request();
        let call = client.execute(&asked, None);
        assert!(tokio::time::timeout(Duration::from_millis(300), call).await.is_err());
    });
    // The connection is closed although nobody waits for it any more.
    gateway.wait_for(1, 1);
    assert!(runtime.block_on(client.execute(&request(), None)).is_ok());
    assert_eq!(gateway.received().len(), 2);
    drop(client);
    // And so is the one that was kept, when its client is gone.
    gateway.wait_for(2, 2);
    let end = Instant::now() + Duration::from_secs(30);
    while runtime.metrics().num_alive_tasks() > 0 {
        assert!(Instant::now() < end, "{} tasks go on", runtime.metrics().num_alive_tasks());
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_dropped_upload_leaves_neither_its_connection_nor_its_file_open() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(64 << 20).unwrap();
    let path = file.into_temp_path();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/router/rest", listener.local_addr().unwrap());
    let Caller::Async(client, runtime) = Async::build(Async::at(&address)).unwrap() else { panic!() };
    let upload = TimeGetRequest { file: Some(File::on_disk(&path)), ..request() };
    runtime.block_on(async {
        assert!(tokio::time::timeout(Duration::from_millis(300), client.execute(&upload, None)).await.is_err());
    });
    // What has got into the sockets' buffers, and then an end.
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut received = Vec::new();
    match stream.read_to_end(&mut received) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "the connection is open"),
    }
    assert!(received.len() < 64 << 20, "it was sent whole");
    let handles = || {
        let all = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
        all.filter_map(|entry| entry.path().read_link().ok()).filter(|open| *open == *path).count()
    };
    let own = std::fs::File::open(&path).unwrap();
    assert!(handles() > 0 || !cfg!(target_os = "linux"), "nothing is seen: the test proves nothing");
    drop(own);
    let end = Instant::now() + Duration::from_secs(20);
    while handles() > 0 || runtime.metrics().num_alive_tasks() > 0 {
        assert!(Instant::now() < end, "{} handles, {} tasks", handles(), runtime.metrics().num_alive_tasks());
        thread::sleep(Duration::from_millis(5));
    }
}
