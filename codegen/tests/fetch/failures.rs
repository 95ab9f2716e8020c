//! Bad days: what fails, what is tried again, what ends a run, and that a good page stays.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use topsdk_codegen::fetch::{FetchOptions, Known};

use crate::site::{BLOCKED, CAPTCHA, EXPIRED, Fault, PUNISHED, Site, document};
use crate::{files, options, refusal, refusal_of, run, run_with, start, steps, wanted};

fn site() -> Site {
    let pages = ["a.b.one", "a.b.two", "a.b.three", "a.b.four", "a.b.five"];
    Site::new((1..).zip(pages).map(|(id, method)| (id, document(id, method, "x"))))
}

/// A folder with page 1 in it.
fn with_a_page(site: &Site) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(site, &[1], folder.path()), ["1 new"]);
    site.state().requests.clear();
    folder
}

fn why(site: &Site, folder: &Path) -> String {
    why_with(options(site), folder)
}

fn why_with(options: FetchOptions, folder: &Path) -> String {
    refusal(start(options, wanted(&[1]), &Known::default(), folder))
}

#[test]
fn transient_failures_are_retried() {
    let header = |name, value: &str| vec![(name, value.to_owned())];
    for fault in [
        Fault::Close,
        Fault::Noise,
        Fault::Half,
        Fault::HalfChunks,
        Fault::HalfUnmeasured,
        Fault::body(500, "oops"),
        Fault::body(502, "<html><body>Bad Gateway</body></html>"),
        Fault::body(503, ""),
        Fault::body(408, ""),
        Fault::body(429, ""),
        Fault::Answer(429, header("Retry-After", "0"), Vec::new()),
        Fault::Answer(503, header("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"), Vec::new()),
        Fault::body(200, "{\"success\":tru"),
        Fault::body(200, "{\"success\":true,\"data\": oops}"),
        Fault::body(200, r#"{"success":false,"code":"503","msg":"系统繁忙"}"#),
    ] {
        let site = site();
        let folder = tempfile::tempdir().unwrap();
        site.fail([fault.clone(), fault.clone()]);
        assert_eq!(run(&site, &[1, 2], folder.path()), ["1 waits", "1 waits", "1 new", "2 new"], "{fault:?}");
        assert_eq!(files(folder.path())[0].1, document(1, "a.b.one", "x"), "{fault:?}");
    }
}

#[test]
fn permanent_failures_keep_the_stored_page() {
    let html = "<!DOCTYPE html><html><body><h1>Sign in</h1><form><input type=password></form></body></html>";
    let other = r#"{"success":true,"data":{"name":"a.b.one","items":[]}}"#;
    let text = "a.b.one (测试)\n\n请求参数\n\n名称 类型 是否必须 示例值 更多限制 描述\n\n响应参数\n\n名称 类型 示例值 描述\n\
                time Date 2000-01-01 00:00:00 时间\n\n响应示例\n\n<one_response>\n</one_response>\n";
    let whole = document(1, "a.b.one", "x");
    let no_response = format!("{}}}}}", whole.split(",\"responseParams\"").next().unwrap());
    let empty =
        whole.split("\"requestParams\"").next().unwrap().to_owned() + r#""requestParams":[],"responseParams":[]}}"#;
    for (fault, part) in [
        (Fault::Close, "the connection failed"),
        (Fault::body(500, ""), "HTTP status 500"),
        (Fault::body(404, "no"), "HTTP status 404"),
        (Fault::body(200, BLOCKED), "blocks these requests (ret: RGV587_ERROR"),
        (Fault::body(200, CAPTCHA), "blocks these requests (action: captcha"),
        (
            Fault::body(200, r#"{"url":"https://x.example/a?x5secdata=1"}"#),
            "blocks these requests (url: https://x.example",
        ),
        (Fault::body(200, " \n"), "blocks these requests (an empty body"),
        (Fault::body(200, "<!DOCTYPE html><html><body>maintenance</body></html>"), "(a page instead of a document"),
        (Fault::body(200, PUNISHED), "blocks these requests (_____tmd_____"),
        (
            Fault::body(200, r#"{"rgv587_flag":"sm","url":"https://x.example/punish?x5secdata=1"}"#),
            "blocks these requests (rgv587_flag",
        ),
        (Fault::body(200, EXPIRED), "页面已过期"),
        (Fault::body(200, r#"{"ret":["FAIL_SYS_TOKEN_EXOIRED::令牌过期"]}"#), "令牌过期"),
        (Fault::body(200, r#"{"success":false,"code":"404","msg":"文档不存在"}"#), "文档不存在"),
        (Fault::body(200, html), "a login page"),
        (Fault::body(200, other), "not an API page"),
        (Fault::body(200, text), "expected a document (JSON), found plain text"),
        (Fault::body(200, "[]"), "not an API page"),
        (Fault::body(200, r#"{"success":true,"data":null}"#), "not an API page"),
        (Fault::body(200, &whole[..whole.len() / 2]), "cut off"),
        (Fault::body(200, no_response), "has lost 响应参数 (all 1 rows)"),
        (Fault::body(200, empty), "has lost 请求参数 (all 1 rows), 响应参数 (all 1 rows)"),
    ] {
        let site = site();
        let folder = with_a_page(&site);
        site.state().always = Some(fault.clone());
        let why = why(&site, folder.path());
        assert!(why.contains(part), "{fault:?}: {why}");
        assert_eq!(files(folder.path()), [("a.b.one.json".to_owned(), document(1, "a.b.one", "x"))], "{fault:?}");
        assert!(!why.contains("e%2B"), "the token is nobody's business: {why}");
    }
}

#[test]
fn permanent_failures_are_not_retried() {
    for fault in [
        Fault::body(404, ""),
        Fault::body(200, r#"{"success":false,"code":"404","msg":"文档不存在"}"#),
        Fault::body(200, "{}"),
    ] {
        let site = site();
        let folder = tempfile::tempdir().unwrap();
        site.fail([fault]);
        assert_eq!(run(&site, &[1, 2], folder.path()), ["1 refused", "2 new"]);
        assert_eq!(site.requested(), [1, 2]);
    }
}

#[test]
fn a_block_ends_the_run_at_once() {
    let blocks = [
        Fault::body(200, BLOCKED),
        Fault::body(
            200,
            r#"{"ret":["FAIL_SYS_USER_VALIDATE","RGV587_ERROR::SM"],"data":{"url":"https://x.example/punish"}}"#,
        ),
        Fault::body(200, r#"{"rgv587_flag":"sm","url":"https://x.example/punish?x5secdata=1"}"#),
        Fault::body(200, r#"{"url":"https://x.example/punish?a=1"}"#),
        Fault::body(200, CAPTCHA),
        Fault::body(200, PUNISHED),
        Fault::body(403, PUNISHED),
        Fault::body(200, "<html><body>busy</body></html>"),
        Fault::body(200, ""),
        Fault::Answer(302, vec![("Location", "/_____tmd_____/punish?x5secdata=1".to_owned())], Vec::new()),
    ];
    for block in blocks {
        let site = site();
        let (folder, journal) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let start = || {
            let mut options = options(&site);
            options.journal = Some(journal.path().to_owned());
            start(options, wanted(&[1, 2, 3]), &Known::default(), folder.path())
        };
        let mut run = start();
        assert!(run.next().is_some());
        for minutes in ["5m", "10m", "10m"] {
            site.fail([block.clone()]);
            let why = refusal_of(&mut run);
            let expected = format!("run the same command again in {minutes}: it continues there");
            assert!(why.contains("blocks these requests") && why.contains(&expected), "{block:?}: {why}");
            assert!(run.next().is_none(), "{block:?}");
            assert_eq!((run.is_stopped(), run.left()), (true, 1), "{block:?}");
            run = start();
        }
        assert_eq!(steps(&mut run), ["1 resumed", "2 new", "3 new"], "{block:?}");
        assert_eq!(site.requested(), [1, 2, 2, 2, 2, 3], "{block:?}");
        // A site that asks for more time gets it.
        let Fault::Answer(status, mut headers, body) = block else { panic!("an answer") };
        headers.push(("Retry-After", "3600".to_owned()));
        site.fail([Fault::Answer(status, headers, body)]);
        let why = refusal_of(&mut start());
        assert!(why.contains(if status == 302 { "in 5m" } else { "in 1h" }), "{why}");
    }
}

#[test]
fn a_failed_handshake_is_handled_like_a_failed_page() {
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    let fails = [Fault::Close, Fault::body(503, ""), Fault::body(503, "")];
    site.state().shell_faults.extend(fails);
    assert_eq!(run(&site, &[1], folder.path()), ["1 waits", "1 waits", "1 new"]);
    site.state().shell_faults.push_back(Fault::body(200, PUNISHED));
    assert!(why(&site, folder.path()).contains("blocks these requests"));
    // It is the handshake that is to blame, not the token that it did not bring.
    site.state().shell_faults.extend(vec![Fault::body(503, ""); 8]);
    let why = why(&site, folder.path());
    assert!(why.contains("/: unexpected HTTP status 503"), "{why}");
    // A mirror that has no such page, and says so in whatever way, is one all the same.
    let mirror = self::site();
    mirror.state().open = true;
    mirror.state().shell_faults.extend([Fault::body(500, ""), Fault::body(501, "")]);
    assert_eq!(run(&mirror, &[1, 2], folder.path()), ["1 unchanged", "2 new"]);
}

#[test]
fn a_rejected_token_ends_the_run_after_one_new_handshake() {
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    site.state().always = Some(Fault::Expire);
    assert_eq!(run(&site, &[1, 2], folder.path()), ["1 refused"]);
    assert_eq!((site.shells(), site.requested()), (2, vec![1, 1]));
}

#[test]
fn retry_after_is_respected_or_ends_the_run() {
    let fault = |seconds: &str| Fault::Answer(429, vec![("Retry-After", seconds.to_owned())], Vec::new());
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    site.fail([fault("1")]);
    assert_eq!(run(&site, &[1], folder.path()), ["1 waits", "1 new"]);
    {
        let state = site.state();
        let [.., before, after] = &state.requests[..] else { panic!("three requests") };
        assert!(after.at - before.at >= Duration::from_secs(1));
    }
    for seconds in ["301", "99999999999", "Fri, 31 Dec 2100 23:59:59 GMT"] {
        site.state().requests.clear();
        site.fail([fault(seconds)]);
        assert_eq!(run(&site, &[2, 3], folder.path()), ["2 refused"], "{seconds}");
        assert_eq!(site.requested(), [2]);
    }
}

#[test]
fn backoff_doubles() {
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    site.state().always = Some(Fault::Close);
    let mut options = options(&site);
    options.backoff = Duration::from_millis(20);
    options.longest_wait = Duration::from_millis(50);
    let run = start(options, wanted(&[1]), &Known::default(), folder.path());
    let pauses: Vec<u128> = run
        .filter_map(|step| match step {
            topsdk_codegen::fetch::Step::Wait { pause, .. } => Some(pause.as_millis()),
            _ => None,
        })
        .collect();
    assert_eq!(pauses, [20, 40, 50]);
}

#[test]
fn three_failures_of_the_site_in_a_row_end_the_run() {
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    site.state().always = Some(Fault::Close);
    let mut options = options(&site);
    options.retries = 0;
    assert_eq!(run_with(options.clone(), &[1, 2, 3, 4, 5], folder.path()), ["1 refused", "2 refused", "3 refused"]);
    // Nobody is there.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    options.base = format!("http://{}", nobody.local_addr().unwrap()).parse().unwrap();
    drop(nobody);
    assert_eq!(run_with(options, &[1, 2, 3, 4, 5], folder.path()), ["1 refused", "2 refused", "3 refused"]);
}

#[test]
fn slow_responses_time_out() {
    let site = site();
    let folder = with_a_page(&site);
    site.state().always = Some(Fault::Drip);
    let mut options = options(&site);
    options.timeout = Duration::from_millis(300);
    options.retries = 0;
    let why = why_with(options, folder.path());
    assert!(why.contains("no complete response within 300ms"), "{why}");
    assert_eq!(files(folder.path()).len(), 1);
}

#[test]
fn a_body_over_the_limit_is_refused_also_after_decompression() {
    let site = site();
    let folder = with_a_page(&site);
    let mut limited = options(&site);
    limited.max_body = 100_000;
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&vec![b' '; 10 << 20]).unwrap();
    let packed = packed.finish().unwrap();
    assert!(packed.len() < 100_000);
    for fault in [
        Fault::body(200, vec![b' '; 100_001]),
        Fault::Answer(200, vec![("Content-Encoding", "gzip".to_owned())], packed),
    ] {
        site.fail([fault]);
        let why = why_with(limited.clone(), folder.path());
        assert!(why.contains("more than 100000 bytes"), "{why}");
    }
    // What just fits is read, and is no page.
    site.fail([Fault::body(200, [vec![b' '; 99_998], b"{}".to_vec()].concat())]);
    assert!(why_with(limited, folder.path()).contains("not an API page"));
}

#[test]
fn redirects_stay_on_the_host() {
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    let redirect = |to: &str| Fault::Answer(302, vec![("Location", to.to_owned())], Vec::new());
    site.fail([redirect("/handler/document/getDocument.json?docId=1&docType=2&_tb_token_=e%2B1")]);
    assert_eq!(run(&site, &[1], folder.path()), ["1 new"]);

    // Somebody else's host is not even connected to.
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", elsewhere.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    thread::spawn(move || elsewhere.incoming().for_each(|_| _ = counted.fetch_add(1, Ordering::SeqCst)));
    site.fail([redirect(&format!("{address}/x?token=1"))]);
    let other_host = why(&site, folder.path());
    assert!(other_host.contains(&format!("redirects to {address}/x, which is not followed")), "{other_host}");
    assert_eq!(connections.load(Ordering::SeqCst), 0);

    site.fail([redirect("https://login.taobao.com/member/login.jhtml?redirectURL=x")]);
    assert!(why(&site, folder.path()).contains("asks for a login"));
    site.state().always = Some(redirect("/handler/document/getDocument.json?docId=1&a"));
    assert!(why(&site, folder.path()).contains("itself, again and again"));
    site.state().always = Some(redirect("/_____tmd_____/punish?x5secdata=1"));
    assert!(why(&site, folder.path()).contains("blocks these requests"));
}

#[test]
fn redirects_from_https_to_http_are_refused() {
    // A server that speaks plain HTTP only, and counts what it could read.
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(&site);
    options.base = site.address.replace("http://", "https://").parse().unwrap();
    options.retries = 0;
    let why = why_with(options, folder.path());
    assert!(why.contains("the connection failed"), "{why}");
    assert!(!site.state().requests.iter().any(|request| request.target.contains("docId")));
}

#[test]
fn an_untrusted_certificate_is_refused() {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    // What the server could read of a request: nothing, as the client goes away first.
    let server = thread::spawn(move || {
        let (mut tcp, _) = listener.accept().unwrap();
        let mut tls = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::Stream::new(&mut tls, &mut tcp);
        let mut read = Vec::new();
        assert!(stream.read_to_end(&mut read).is_err());
        read
    });
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(&site);
    options.base = base.parse().unwrap();
    options.retries = 0;
    let why = why_with(options, folder.path());
    assert!(why.contains("invalid peer certificate: UnknownIssuer"), "{why}");
    assert_eq!(server.join().unwrap(), b"");
}

#[test]
fn the_file_of_another_api_is_never_overwritten() {
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    // As on a file system that does not tell capitals.
    std::fs::write(folder.path().join("a.b.one.json"), document(9, "a.b.One", "x")).unwrap();
    let why = why(&site, folder.path());
    assert!(why.contains("contains the page of `a.b.One`"), "{why}");
    // What is no page at all is nobody's loss.
    std::fs::write(folder.path().join("a.b.one.json"), EXPIRED).unwrap();
    assert_eq!(run(&site, &[1], folder.path()), ["1 changed"]);
}
