//! `topsdk mock` as scripts use it: the first line tells the address, and the gateway serves until it is ended.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use topsdk_codec::sign::{SignMethod, sign};

const METHOD: &str = "alibaba.alsc.crm.recharge.dedut.update";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
    command.arg("mock").args(arguments).current_dir(repository()).stdin(Stdio::null());
    command.env_remove("TOP_APP_KEY").env_remove("TOP_APP_SECRET");
    command
}

/// A repository with the seed page and its spec.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed")
}

fn spec() -> String {
    let path: PathBuf = repository().join("spec/apis").join(format!("{METHOD}.json"));
    path.to_str().unwrap().to_owned()
}

/// A gateway that runs until the test is over.
struct Mock {
    child: Child,
    address: String,
}

impl Mock {
    fn start(mut command: Command) -> Mock {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("listening on http://").and_then(|line| line.strip_suffix("/router/rest\n"));
        Mock { address: address.unwrap_or_else(|| panic!("{line:?}")).to_owned(), child }
    }

    fn with(arguments: &[&str]) -> Mock {
        let mut all = vec!["--app-key", "K", "--secret", "S3CRET", "--listen", "127.0.0.1:0"];
        all.extend(arguments);
        Mock::start(command(&all))
    }

    /// The answer to a call, its head too.
    fn call(&self, secret: &str, others: &[(&str, &str)]) -> String {
        let mut stream = self.connect();
        let form = Mock::form(secret, others);
        write!(stream, "GET /router/rest?{form} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        // A fault may end it early.
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// The parameters of a call, signed.
    fn form(secret: &str, others: &[(&str, &str)]) -> String {
        let now = jiff::tz::Offset::constant(8).to_datetime(jiff::Timestamp::now());
        let now = now.strftime("%Y-%m-%d %H:%M:%S").to_string();
        let mut parameters = vec![("method", METHOD), ("app_key", "K"), ("timestamp", &now), ("v", "2.0")];
        parameters.extend([("sign_method", "md5"), ("format", "json")]);
        parameters.extend(others);
        let digest = sign(SignMethod::Md5, secret, parameters.iter().copied(), b"");
        parameters.push(("sign", &digest));
        let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let pairs: Vec<_> = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        pairs.join("&")
    }

    /// Ends it, and returns what it wrote to standard error.
    fn end(mut self) -> String {
        self.child.kill().unwrap();
        let mut messages = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut messages).unwrap();
        self.child.wait().unwrap();
        messages
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn failed(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = command(arguments).output().unwrap();
    assert_eq!((status.code(), stdout.len()), (Some(2), 0), "{arguments:?}");
    String::from_utf8(stderr).unwrap()
}

#[test]
fn mock_serves_the_apis_of_the_repository_and_logs_no_secret() {
    let mock = Mock::with(&[]);
    assert!(mock.call("S3CRET", &[("session", "T0KEN")]).contains("7627347265"));
    assert!(mock.call("another", &[]).contains(r#"{"error_response":{"code":25,"msg":"Invalid Signature""#));
    let messages = mock.end();
    let lines: Vec<&str> = messages.lines().collect();
    assert!(lines[0].starts_with(&format!("1 {METHOD}: done (request_id ")), "{messages}");
    assert!(lines[1].starts_with(&format!("2 {METHOD}: refused, 25 Invalid Signature (request_id ")), "{messages}");
    assert!(!messages.contains("S3CRET") && !messages.contains("T0KEN"), "{messages}");
}

#[test]
fn key_and_secret_come_from_the_environment_and_the_log_can_be_json() {
    let mut command = command(&["--spec", &spec(), "--format", "json"]);
    command.env("TOP_APP_KEY", "K").env("TOP_APP_SECRET", "S3CRET");
    let mock = Mock::start(command);
    assert!(mock.address.starts_with("127.0.0.1:"));
    assert!(mock.call("another", &[]).contains("Invalid Signature"));
    let log: serde_json::Value = serde_json::from_str(mock.end().lines().next().unwrap()).unwrap();
    assert_eq!((&log["method"], &log["outcome"], &log["code"]), (&METHOD.into(), &"refused".into(), &25.into()));
    assert!(log["notes"][0].as_str().unwrap().contains("md5 over the names and values of app_key, format, "), "{log}");
}

#[test]
fn mock_accepts_a_page_in_any_form_as_spec() {
    let pages = repository().join("spec/pages");
    for form in ["html", "txt"] {
        let page = pages.join(format!("{METHOD}.{form}"));
        let mock = Mock::with(&["--spec", page.to_str().unwrap()]);
        assert!(mock.call("S3CRET", &[("session", "T0KEN")]).contains("7627347265"), "{form}");
        assert!(mock.call("S3CRET", &[("method", "taobao.time.get")]).contains("error_response"), "{form}");
    }
    // Of the forms in a folder one counts.
    let mock = Mock::with(&["--spec", pages.to_str().unwrap()]);
    assert!(mock.call("S3CRET", &[("session", "T0KEN")]).contains("7627347265"));
    let messages =
        failed(&["--app-key", "K", "--secret", "S", "--spec", repository().join("Cargo.toml").to_str().unwrap()]);
    assert!(messages.contains("expected specs") && messages.contains("this is a text that begins"), "{messages}");
}

#[test]
fn mock_uses_given_responses_faults_sessions_and_limits() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(format!("{METHOD}.json")), r#"{"mine":1}"#).unwrap();
    let mock = Mock::with(&["--spec", &spec(), "--responses", folder.path().to_str().unwrap(), "--limit", "1"]);
    assert!(mock.call("S3CRET", &[]).contains(r#"{"mine":1}"#));
    // Two within a second: a machine that is slower than that gets another try.
    assert!((0..50).any(|_| mock.call("S3CRET", &[]).contains("This ban will last for 1 more seconds")));

    let mock = Mock::with(&["--fail", "status:503@100%", "--latency", "50", "--seed", "3"]);
    let start = Instant::now();
    assert!(mock.call("S3CRET", &[]).starts_with("HTTP/1.1 503 "));
    assert!(start.elapsed() >= Duration::from_millis(50));
    let mock = Mock::with(&["--fail", "half@0.5", "--fail", "reset@0.5"]);
    assert!((0..4).all(|_| !mock.call("S3CRET", &[]).ends_with("0\r\n\r\n")));
}

#[cfg(unix)]
#[test]
fn termination_signal_lets_running_calls_finish() {
    let mut mock = Mock::with(&[]);
    let (mut stream, form) = (mock.connect(), Mock::form("S3CRET", &[]));
    let length = form.len();
    let head = "Connection: close\r\nExpect: 100-continue\r\nContent-Type: application/x-www-form-urlencoded";
    write!(stream, "POST /router/rest HTTP/1.1\r\nHost: a\r\n{head}\r\nContent-Length: {length}\r\n\r\n").unwrap();
    // The call is under way: the gateway asks for its body.
    let expected = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut bytes = [0; 25];
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, expected);

    let id = mock.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let start = Instant::now();
    while TcpStream::connect(&mock.address).is_ok() {
        assert!(start.elapsed() < Duration::from_secs(60), "the gateway still takes calls");
        std::thread::sleep(Duration::from_millis(5));
    }
    stream.write_all(form.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("7627347265"), "{answer}");
    assert_eq!(mock.child.wait().unwrap().code(), Some(0));
}

/// One request, whose answer's head is given with the body behind.
fn request(mock: &Mock, verb: &str, target: &str, body: &str) -> String {
    let mut stream = mock.connect();
    let length = body.len();
    let head = format!("{verb} {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn users_authorise_and_their_sessions_expire() {
    let mock = Mock::with(&["--spec", &spec(), "--expires-in", "7", "--re-expires-in", "0"]);
    let answer = request(&mock, "GET", "/authorize?response_type=code&client_id=K&redirect_uri=http://a/&state=s", "");
    let code = answer.split_once("location: http://a/?code=").and_then(|(_, rest)| rest.split_once("&state=s\r\n"));
    let code = code.unwrap_or_else(|| panic!("{answer}")).0;
    let form = format!(
        "client_id=K&client_secret=S3CRET&grant_type=authorization_code&code={code}&redirect_uri=http%3A%2F%2Fa%2F"
    );
    let answer = request(&mock, "POST", "/token", &form);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains(r#""expires_in":7,"re_expires_in":0"#), "{answer}");
    let answer = request(&mock, "POST", "/token", &form);
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains(r#"{"error":"invalid_grant","#), "{answer}");
    let messages = mock.end();
    assert!(messages.contains("3 oauth: refused, 400 invalid_grant; the code has been used"), "{messages}");
    assert!(!messages.contains("S3CRET") && !messages.contains(code), "{messages}");
}

#[test]
fn invalid_options_are_reported_before_serving() {
    let keys = ["--app-key", "K", "--secret", "S3CRET"];
    let with = |arguments: &[&str]| failed(&[&keys[..], arguments].concat());
    assert!(failed(&["--secret", "S"]).contains("no app key: set TOP_APP_KEY, or give --app-key"));
    assert!(failed(&["--app-key", "K"]).contains("no secret: set TOP_APP_SECRET, or give --secret"));
    assert!(with(&["--fail", "reset"]).contains("expected KIND@RATE, such as reset@0.01 or reset@1%"));
    assert!(with(&["--fail", "boom@1"]).contains("`boom` is not a fault"));
    assert!(with(&["--fail", "half@2"]).contains("expected a rate from 0 to 1, or from 0% to 100%, found `2`"));
    assert!(with(&["--fail", "half@0.6", "--fail", "reset@0.6"]).contains("are all together"));
    assert!(with(&["--spec", "nowhere.json"]).contains("nowhere.json: cannot be read"));
    assert!(with(&["--responses", "Cargo.toml"]).contains("Cargo.toml: not a folder"));
    assert!(with(&["--listen", "nowhere"]).contains("cannot listen on nowhere"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert!(with(&["--listen", &address]).contains(&format!("cannot listen on {address}")));
}
