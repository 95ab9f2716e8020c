//! Cases from the field: pages, answers and mistakes as they are met, each through the command `topsdk`.
//!
//! A case is a folder in `tests/field/`. `command` is a shell script that runs in a copy of the folder, with `topsdk` at hand.
//! `expect` says what must be so, one thing on a line: `exit STATUS`, `has TEXT`, `lacks TEXT`. `output.snap` shows all that was
//! printed. Where there is an `answer.http`, a stub server answers every request with it, byte for byte; the script finds the
//! server's address in `$TOP_GATEWAY`. `FIELD=NAME` runs the cases whose names contain NAME.
//!
//! `INSTA_UPDATE=always cargo test -p topsdk-tests --test field` writes the snapshots.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use topsdk_tests::{cargo, root};

/// What a folder holds beside the input.
const OWN: [&str; 4] = ["answer.http", "command", "expect", "output.snap"];

#[test]
fn each_case_has_the_expected_output() {
    let topsdk = topsdk();
    let wanted = std::env::var("FIELD").unwrap_or_default();
    let mut cases: Vec<PathBuf> =
        fs::read_dir(root().join("tests/field")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases.retain(|case| case.is_dir() && name(case).contains(&wanted));
    assert!(!cases.is_empty(), "no case is called like {wanted}");
    let failed: Vec<String> = cases
        .iter()
        .filter(|case| catch_unwind(AssertUnwindSafe(|| run(case, &topsdk))).is_err())
        .map(|case| name(case).to_owned())
        .collect();
    assert!(failed.is_empty(), "these cases failed: {failed:?}");
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// The command, built as the workspace is.
fn topsdk() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = cargo()
        .args(["build", "--quiet", "--offline", "--package", "topsdk-codegen", "--bin", "topsdk"])
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join("debug")
}

fn run(case: &Path, topsdk: &Path) {
    let folder = tempfile::tempdir().unwrap();
    copy(case, folder.path());
    let mut command = Command::new("sh");
    command.arg("-c").arg(fs::read_to_string(case.join("command")).unwrap()).current_dir(folder.path());
    let path = std::env::join_paths(
        std::iter::once(topsdk.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    command.env("PATH", path.unwrap()).env("NO_COLOR", "1").env("NO_PROXY", "127.0.0.1").stdin(Stdio::null());
    for variable in ["TOP_APP_KEY", "TOP_APP_SECRET", "TOP_GATEWAY", "TOP_SESSION"] {
        command.env_remove(variable);
    }
    let stub = case.join("answer.http");
    let mut address = None;
    if stub.exists() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        command.env("TOP_GATEWAY", format!("http://127.0.0.1:{port}/router/rest"));
        command.env("TOP_APP_KEY", "12345678").env("TOP_APP_SECRET", "s3cret");
        let answer = fs::read(stub).unwrap();
        thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer_with(stream, &answer)));
        address = Some(format!("127.0.0.1:{port}"));
    }
    let output = command.output().unwrap();
    let status = output.status.code();
    let text = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        // The port is another one each time.
        address.as_deref().map_or_else(|| text.clone(), |address| text.replace(address, "GATEWAY"))
    };
    let (out, err) = (text(output.stdout), text(output.stderr));
    let shown = format!("exit {}\n--- standard output\n{out}--- standard error\n{err}", status.unwrap_or(-1));

    let case_name = name(case);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(case);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let expect = fs::read_to_string(case.join("expect")).unwrap();
    let mut texts = 0;
    let mut has_exit = false;
    for line in expect.lines().filter(|line| !line.trim().is_empty()) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "exit" => {
                has_exit = true;
                assert_eq!(status.map(|status| status.to_string()).as_deref(), Some(rest), "{case_name}: {shown}");
            }
            "has" => assert!(shown.contains(rest), "{case_name}: expected {rest:?} in:\n{shown}"),
            "lacks" => assert!(!shown.contains(rest), "{case_name}: found {rest:?} in:\n{shown}"),
            _ => panic!("{case_name}: expected `exit`, `has` or `lacks`, found `{line}`"),
        }
        texts += usize::from(word != "exit");
    }
    assert!(has_exit && texts > 0, "{case_name}: `expect` has to name the exit status and a text");
    settings.bind(|| insta::assert_snapshot!("output", shown));
}

/// Copies the input of a case.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for path in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false if OWN.contains(&name(&path)) || name(&path).ends_with(".snap.new") => {}
            false => {
                fs::copy(&path, target).unwrap();
            }
        }
    }
}

/// Reads one request to its end, then answers. A server that closes too early would be another case.
fn answer_with(stream: TcpStream, answer: &[u8]) {
    let mut reader = BufReader::new(&stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).is_ok_and(|read| read > 0) && !line.trim().is_empty() {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    // A command that has gone away is seen by what it printed.
    let _ = (&stream).write_all(answer);
}
