//! `topsdk fetch` as its users meet it.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::names;
use crate::site::{BLOCKED, Fault, Site, document};

fn site() -> Site {
    Site::new([(1, document(1, "a.b.one", "x")), (2, document(2, "a.b.two", "x")), (3, document(3, "a.b.three", "x"))])
}

fn command(site: &Site, arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
    command.arg("fetch").args(["--base-url", &site.address, "--backoff", "1ms"]).args(arguments);
    if !arguments.contains(&"--pause") {
        command.args(["--pause", "0"]);
    }
    for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"] {
        command.env_remove(proxy);
    }
    command.current_dir(folder).stdin(Stdio::null());
    command
}

fn fetch(site: &Site, arguments: &[&str], folder: &Path) -> Output {
    command(site, arguments, folder).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn pages_are_fetched_by_number_by_list_and_from_a_repository() {
    let site = site();
    let repository = tempfile::tempdir().unwrap();
    fs::create_dir_all(repository.path().join("spec/pages")).unwrap();
    fs::create_dir_all(repository.path().join("generated/src")).unwrap();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/seed/generated/Cargo.toml");
    fs::copy(manifest, repository.path().join("generated/Cargo.toml")).unwrap();

    let output = fetch(&site, &["1"], repository.path());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stdout),
        "new       1 a.b.one: wrote ./spec/pages/a.b.one.json\n1 page: 1 new; run `topsdk update` to update specs and bindings\n"
    );
    let mut child = command(&site, &["-"], repository.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"# what we use\n1\n2 a.b.two\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    assert!(
        text(&output.stdout)
            .ends_with("2 pages: 1 new, 1 unchanged; run `topsdk update` to update specs and bindings\n")
    );

    // What it got is what `update` wants, and what that wrote is what `fetch` knows.
    let update =
        Command::new(env!("CARGO_BIN_EXE_topsdk")).arg("update").current_dir(repository.path()).output().unwrap();
    assert_eq!(update.status.code(), Some(0), "{}", text(&update.stderr));
    let output = fetch(&site, &["--known"], repository.path());
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "2 pages: 2 unchanged\n"));
    assert_eq!(text(&output.stderr), "note: 2 pages; pauses and rests take about 0s\n");
    let output = fetch(&site, &["a.b.two"], repository.path());
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "1 page: 1 unchanged\n"));
    site.state().pages.insert(2, document(3, "a.b.three", "x").into_bytes());
    let output = fetch(&site, &["a.b.two"], repository.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("belongs to `a.b.three`, expected `a.b.two`"));
    assert_eq!(names(&repository.path().join("spec/pages")), ["a.b.one.json", "a.b.two.json"]);
}

#[test]
fn check_writes_nothing_and_reports_by_its_exit_status() {
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(fetch(&site, &["1", "--out", "pages"], folder.path()).status.code(), Some(0));
    let check = || fetch(&site, &["1", "--out", "pages", "--check"], folder.path());
    assert_eq!(check().status.code(), Some(0));
    site.state().pages.insert(1, document(1, "a.b.one", "y").into_bytes());
    let output = check();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("would write pages/a.b.one.json"), "{}", text(&output.stdout));
    let page = fs::read_to_string(folder.path().join("pages/a.b.one.json")).unwrap();
    assert_eq!(page, document(1, "a.b.one", "x"));
}

#[test]
fn json_output_is_one_object_per_page_and_a_summary() {
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    let output = fetch(&site, &["1", "9", "--out", ".", "--format", "json"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    let lines: Vec<serde_json::Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        (&lines[0]["id"], &lines[0]["outcome"], &lines[0]["method"]),
        (&1.into(), &"new".into(), &"a.b.one".into())
    );
    assert_eq!((&lines[1]["outcome"], &lines[1]["file"]), (&"refused".into(), &serde_json::Value::Null));
    assert!(lines[1]["why"].as_str().unwrap().contains("文档不存在"));
    assert_eq!((&lines[2]["new"], &lines[2]["refused"], &lines[2]["left"]), (&1.into(), &1.into(), &0.into()));
}

#[test]
fn a_blocked_run_is_reported_and_the_same_command_continues() {
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["1", "2", "3", "--out", "."];
    site.fail([Fault::body(200, document(1, "a.b.one", "x")), Fault::body(200, BLOCKED)]);
    let output = fetch(&site, &arguments, folder.path());
    assert_eq!(output.status.code(), Some(2));
    let shown = text(&output.stderr);
    assert!(shown.contains("RGV587_ERROR") && shown.contains("run the same command again in 5m"), "{shown}");
    assert!(shown.contains("run the command again later to continue"), "{shown}");
    assert!(
        text(&output.stdout).ends_with(
            "3 pages: 1 new, 1 refused, 1 not requested; run `topsdk update` to update specs and bindings\n"
        )
    );
    let output = fetch(&site, &arguments, folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).ends_with("3 pages: 2 new, 1 resumed; run `topsdk update` to update specs and bindings\n")
    );
    assert_eq!(site.requested(), [1, 2, 2, 3]);
    assert!(!folder.path().join(".topsdk").exists());
}

#[test]
fn a_killed_run_is_resumed() {
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["1", "2", "3", "--out", "."];
    site.fail([Fault::body(200, document(1, "a.b.one", "x")), Fault::Drip]);
    let mut child =
        command(&site, &arguments, folder.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    while site.requested().len() < 2 {
        assert!(start.elapsed() < Duration::from_secs(60), "the second page was never requested");
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(names(folder.path()), ["a.b.one.json"]);
    let output = fetch(&site, &arguments, folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("2 new, 1 resumed"), "{}", text(&output.stdout));
    assert_eq!(site.requested(), [1, 2, 2, 3]);
}

#[test]
fn proxies_follow_the_rules_of_the_clients() {
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = proxy.local_addr().unwrap().to_string();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    thread::spawn(move || proxy.incoming().for_each(|_| _ = counted.fetch_add(1, Ordering::SeqCst)));
    let run = |variables: &[(&str, &str)]| {
        let mut command = command(&site, &["1", "--out", ".", "--retries", "0"], folder.path());
        let output = command.envs(variables.iter().copied()).output().unwrap();
        (output.status.code(), connections.swap(0, Ordering::SeqCst) > 0, text(&output.stderr).to_owned())
    };
    for (name, scheme) in [("http_proxy", "http://"), ("HTTP_PROXY", ""), ("ALL_PROXY", "socks5://")] {
        let proxy = format!("{scheme}{address}");
        let (status, is_used, stderr) = run(&[(name, &proxy)]);
        assert_eq!((status, is_used), (Some(2), true), "{name} {proxy}: nothing goes past a proxy: {stderr}");
        for no in ["127.0.0.1", "127.0.0.0/8", "example.com, 127.0.0.1", "*"] {
            assert_eq!(run(&[(name, &proxy), ("NO_PROXY", no)]), (Some(0), false, String::new()), "{name} {no}");
        }
        assert!(run(&[(name, &proxy), ("no_proxy", "10.0.0.0/8,7.0.0.1")]).1, "{name}");
    }
    // The proxy of another scheme is nobody's business.
    assert_eq!(run(&[("HTTPS_PROXY", &address)]).0, Some(0));
    let (status, _, stderr) = run(&[("ALL_PROXY", "ftp://user:secret@x")]);
    assert!(status == Some(2) && stderr.contains("the proxy's URL is invalid"), "{stderr}");
    assert!(!stderr.contains("secret"), "{stderr}");
    assert_eq!(site.requested().len(), 13, "{:?}", site.requested());
}

#[test]
fn usage_errors_exit_with_status_two() {
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("list"), "1\nno such thing\n").unwrap();
    fs::write(folder.path().join("empty"), "# nothing\n").unwrap();
    for (arguments, part) in [
        (&["--out", "."][..], "PAGE"),
        (&["first", "--out", "."], "neither the number of a page"),
        (&["--list", "list", "--out", "."], "list:2: `no such thing`"),
        (&["--list", "empty", "--out", "."], "there are no pages to fetch"),
        (&["--list", "missing", "--out", "."], "missing: cannot be read"),
        (&["--known", "--out", "."], "there are no pages to fetch"),
        (&["1"], "not in a repository"),
        (&["1", "--out", ".", "--timeout", "soon"], "expected seconds"),
        (&["1", "--out", ".", "--timeout=-1"], "expected a time of 0 or more"),
    ] {
        let output = fetch(&site, arguments, folder.path());
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{arguments:?}");
        assert!(text(&output.stderr).contains(part), "{arguments:?}: {}", text(&output.stderr));
    }
    let bad =
        Command::new(env!("CARGO_BIN_EXE_topsdk")).args(["fetch", "1", "--base-url", "ftp://x"]).output().unwrap();
    assert_eq!(bad.status.code(), Some(2));
    assert!(text(&bad.stderr).contains("expected https:// or http://"), "{}", text(&bad.stderr));
    assert_eq!(site.state().requests.len(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn progress_is_shown_on_a_terminal() {
    use std::io::Read;

    let site = site();
    let folder = tempfile::tempdir().unwrap();
    let (mut terminal, end) = crate::terminal::terminal();
    let mut command = command(&site, &["1", "2", "9", "3", "--out", ".", "--pause", "250ms"], folder.path());
    let mut child = command.env("TERM", "xterm").stdout(Stdio::null()).stderr(end).spawn().unwrap();
    drop(command);
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = terminal.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..length]);
    }
    assert_eq!(child.wait().unwrap().code(), Some(2));
    let seen = String::from_utf8_lossy(&seen);
    assert!(seen.contains("fetching ") && seen.contains("/4 [") && seen.contains(" left)"), "{seen:?}");
    assert!(seen.contains("error: 9 "), "messages stand beside it: {seen:?}");
}
