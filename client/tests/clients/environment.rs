//! What the environment says: variables that set up a client, and proxies. Each call of it runs in a process of its own.

use std::{env, io::Write, process::Command};

use topsdk_client::{Builder, Retry};
use topsdk_codec::Session;

use crate::{
    both::{Async, Blocking, Kind, NOW, request, twins},
    gateway::{Act, Gateway, ok, response},
};

twins! {
    a_missing_variable_is_named
    a_proxy_is_used_and_its_password_hidden
}

const PROXIES: [&str; 9] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "REQUEST_METHOD",
];

/// Runs one of the two tests below that are named `test` in a process of its own, and returns what it shows.
fn run<K: Kind>(test: &str, variables: &[(&str, &str)]) -> String {
    let twin = if std::any::type_name::<K>().ends_with("Blocking") { "blocking" } else { "asynchronous" };
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", &format!("environment::{test}_{twin}"), "--nocapture"]);
    for name in PROXIES.into_iter().chain(["TOP_GATEWAY", "TOP_APP_KEY", "TOP_APP_SECRET"]) {
        child.env_remove(name);
    }
    let output = child.envs(variables.iter().copied()).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && printed.contains("shown: "), "{printed}");
    printed
}

/// What a call shows in a process with these variables.
pub(crate) fn call_in_environment<K: Kind>(gateway: &str, variables: &[(&str, &str)]) -> String {
    let printed = run::<K>("called", &[variables, &[("TOP_GATEWAY", gateway)]].concat());
    assert!(!printed.contains("pa55word") && !printed.contains("T0KEN"), "{printed}");
    printed
}

/// Calls as the environment says, and shows all that can be shown of it.
fn call<K: Kind>() {
    let mut out = std::io::stdout();
    // Run with the other tests it calls nobody.
    let gateway = env::var("TOP_GATEWAY").unwrap_or_else(|_| "http://127.0.0.1:1/".to_owned());
    let client = match K::build(K::new().gateway(gateway).retry(Retry::never())) {
        Ok(client) => client,
        Err(error) => return writeln!(out, "shown: not built: {error} {error:?}").unwrap(),
    };
    let shown = match client.execute(&request(), Some(&Session::new("T0KEN"))) {
        Ok(reply) => format!("{reply:?}"),
        Err(error) => format!("{error} {error:?}"),
    };
    writeln!(out, "shown: {shown} {client:?}").unwrap();
}

/// Builds a client from the environment.
fn build<K: Kind>() {
    let built = Builder::<K::Client>::from_env().and_then(|builder| K::build(builder.no_proxy()));
    let shown = match built {
        Ok(client) => format!("built {client:?}"),
        Err(error) => format!("not built: {error}"),
    };
    let mut out = std::io::stdout();
    writeln!(out, "shown: {shown}").unwrap();
}

#[test]
fn called_asynchronous() {
    call::<Async>();
}

#[test]
fn called_blocking() {
    call::<Blocking>();
}

#[test]
fn built_asynchronous() {
    build::<Async>();
}

#[test]
fn built_blocking() {
    build::<Blocking>();
}

fn a_missing_variable_is_named<K: Kind>() {
    let built = |variables: &[(&str, &str)]| run::<K>("built", variables);
    assert!(built(&[]).contains("not built: the environment variable TOP_APP_KEY is missing"));
    let key = ("TOP_APP_KEY", "12345678");
    assert!(built(&[key]).contains("not built: the environment variable TOP_APP_SECRET is missing"));
    assert!(built(&[key, ("TOP_APP_SECRET", "")]).contains("TOP_APP_SECRET is missing"));
    let built = built(&[key, ("TOP_APP_SECRET", "S3CRET"), ("TOP_GATEWAY", "http://127.0.0.1:9/router/rest")]);
    assert!(built.contains("built") && built.contains("127.0.0.1:9") && !built.contains("S3CRET"), "{built}");
}

fn a_proxy_is_used_and_its_password_hidden<K: Kind>() {
    let other = ("HTTPS_PROXY", "http://user:pa55word@127.0.0.1:9");
    let run = |proxy: &str, no_proxy: &str| {
        let variables = [other, ("http_proxy", proxy), ("NO_PROXY", no_proxy)];
        call_in_environment::<K>("http://gateway.invalid/router/rest", &variables)
    };
    for (answer, is_good) in [(None, true), (Some("407 Proxy Authentication Required"), false), (Some(""), false)] {
        // ureq asks for a way through to a gateway over http as well.
        let proxy = Gateway::new(move |_, received| match answer {
            Some("") => Act::AnswerAndClose(Vec::new()),
            Some(status) => Act::AnswerAndClose(response(status, "", "")),
            None if received.line.starts_with("CONNECT ") => Act::Answer(b"HTTP/1.1 200 Go on\r\n\r\n".to_vec()),
            None => ok(NOW),
        });
        let address = proxy.address.trim_end_matches("/router/rest").replace("//", "//user:pa55word@");
        assert_eq!(run(&address, "").contains("Some(\"now\")"), is_good);
        let received = proxy.received();
        assert!(received[0].line.contains("gateway.invalid"), "{}", received[0].line);
        assert_eq!(received[0].header("proxy-authorization"), Some("Basic dXNlcjpwYTU1d29yZA=="));
        assert_eq!(proxy.connections(), 1, "{answer:?}");
        run(&address, "other, gateway.invalid");
        run(&address, "10.0.0.0/8,*.invalid");
        assert_eq!(proxy.connections(), 1, "NO_PROXY names the gateway, or its domain");
    }
    for proxy in ["http://user:pa55word@127.0.0.1:1", "socks5://user:pa55word@127.0.0.1:1"] {
        assert!(run(proxy, "").contains("no connection to"), "{proxy}");
    }
    for proxy in ["nonsense://user:pa55word@@:99999", "socks://user:pa55word@127.0.0.1:1"] {
        assert!(run(proxy, "").contains("not built: the proxy's URL is invalid"), "{proxy}");
    }
}
