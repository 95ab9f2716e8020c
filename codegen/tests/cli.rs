//! The command `topsdk` as its users meet it: arguments, streams, exit status, files.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

#[cfg(target_os = "linux")]
#[path = "support/terminal.rs"]
mod terminal;

const METHOD: &str = "alibaba.alsc.crm.recharge.dedut.update";

/// A repository with the seed page and its spec.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed")
}

fn page(extension: &str) -> PathBuf {
    repository().join("spec/pages").join(format!("{METHOD}.{extension}"))
}

fn seed(extension: &str) -> String {
    fs::read_to_string(page(extension)).unwrap()
}

fn topsdk(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_topsdk"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Every file below a folder with its content.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => files.push((path.clone(), fs::read(&path).unwrap())),
            }
        }
    }
    files.sort();
    files
}

/// A repository with the seed page alone, as it is before the first `update`.
fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("spec/pages")).unwrap();
    fs::create_dir_all(folder.path().join("generated/src")).unwrap();
    fs::copy(repository().join("generated/Cargo.toml"), folder.path().join("generated/Cargo.toml")).unwrap();
    for extension in ["html", "txt"] {
        fs::copy(page(extension), folder.path().join(format!("spec/pages/{METHOD}.{extension}"))).unwrap();
    }
    folder
}

#[test]
fn parse_prints_one_spec_a_line_in_the_order_given() {
    let folder = tempfile::tempdir().unwrap();
    let output = topsdk(&["parse", page("txt").to_str().unwrap(), page("html").to_str().unwrap()], folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines: Vec<&str> = text(&output.stdout).lines().collect();
    let layouts: Vec<&str> = lines.iter().map(|line| line.split("\"layout\":\"").nth(1).unwrap()).collect();
    assert!(layouts.len() == 2 && layouts[0].starts_with("text") && layouts[1].starts_with("html"), "{layouts:?}");
    assert!(lines.iter().all(|line| line.starts_with(&format!("{{\"method\":\"{METHOD}\""))));
}

#[test]
fn parse_names_an_unreadable_page_and_continues() {
    let html = seed("html");
    let cut = &html[..html.floor_char_boundary(html.len() / 2)];
    let (start, end) = (html.find("<h1 id=\"s2\">").unwrap(), html.find("<h1 id=\"s3\">").unwrap());
    let no_response = format!("{}{}", &html[..start], &html[end..]);
    for (what, content) in [
        ("empty", ""),
        ("blank", " \r\n\u{feff}\n"),
        ("no API page", "<!DOCTYPE html><html><body><h1>Sign in</h1><form></form></body></html>"),
        ("prose", "This is a letter.\n\nIt is not a page."),
        ("cut", cut),
        ("no response table", &no_response),
        ("expired", r#"{"success":false,"code":"500","data":{},"msg":"页面已过期，请刷新重试！"}"#),
        ("JSON of something else", r#"{"a":1}"#),
        ("JSON cut", r#"{"success":true,"data":{"name":"a.b","requestParams":[{"name":"#),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("bad"), content).unwrap();
        let output = topsdk(&["parse", "bad", page("html").to_str().unwrap()], folder.path());
        let shown = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{what}: {shown}");
        assert_eq!(text(&output.stdout).lines().count(), 1, "{what}: the other page is printed");
        let errors: Vec<_> = shown.lines().filter(|line| line.starts_with("error: bad: ")).collect();
        assert_eq!(errors.len(), 1, "{what}: one error that names the page: {shown}");
    }
}

#[test]
fn parse_exits_silently_when_the_pipe_is_closed() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_topsdk"))
        .arg("parse")
        .args(vec![page("html"); 64])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}

#[test]
fn update_writes_spec_and_module_once_and_check_agrees() {
    let workspace = workspace();
    let check = topsdk(&["update", "--check"], workspace.path());
    assert_eq!(check.status.code(), Some(1), "nothing has been written yet: {}", text(&check.stdout));
    assert!(!workspace.path().join("spec/apis").exists(), "--check writes nothing");

    let update = topsdk(&["update"], workspace.path());
    assert_eq!(update.status.code(), Some(0), "{}", text(&update.stderr));
    assert!(text(&update.stdout).contains(METHOD), "{}", text(&update.stdout));
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let spec = format!("spec/apis/{METHOD}.json");
    assert_eq!(read(&workspace.path().join(&spec)), read(&repository().join(&spec)));
    let module = read(&workspace.path().join("generated/src/apis/alibaba/alsc/crm_recharge_dedut_update.rs"));
    assert!(module.starts_with(&format!("// @generated by topsdk from {METHOD}.html\n")), "{module}");

    let before = files(workspace.path());
    let again = topsdk(&["update"], workspace.path());
    assert_eq!(again.status.code(), Some(0));
    assert!(text(&again.stdout).contains("up to date"), "{}", text(&again.stdout));
    let check = topsdk(&["update", "--check"], workspace.path());
    assert_eq!(check.status.code(), Some(0));
    assert!(text(&check.stdout).contains("up to date"), "{}", text(&check.stdout));
    assert_eq!(files(workspace.path()), before);
}

#[test]
fn update_changes_nothing_for_an_unreadable_page() {
    let workspace = workspace();
    fs::remove_file(workspace.path().join(format!("spec/pages/{METHOD}.txt"))).unwrap();
    assert_eq!(topsdk(&["update"], workspace.path()).status.code(), Some(0));
    let good = files(&workspace.path().join("generated"));
    let spec = files(&workspace.path().join("spec/apis"));
    let html = seed("html");
    let third = &html[..html.floor_char_boundary(html.len() / 3)];
    let most = &html[..html.floor_char_boundary(html.len() - 3000)];
    for bad in ["", "<html><body>login</body></html>", third, most] {
        fs::write(workspace.path().join(format!("spec/pages/{METHOD}.html")), bad).unwrap();
        for arguments in [&["update"][..], &["update", "--check"]] {
            let output = topsdk(arguments, workspace.path());
            assert_eq!(output.status.code(), Some(2), "{} {}", text(&output.stdout), text(&output.stderr));
            assert!(text(&output.stderr).contains(&format!("{METHOD}.html")), "{}", text(&output.stderr));
            assert_eq!(files(&workspace.path().join("generated")), good);
            assert_eq!(files(&workspace.path().join("spec/apis")), spec);
        }
    }
}

#[test]
fn decode_prints_plain_json_from_every_form() {
    let output = topsdk(&["parse", page("html").to_str().unwrap()], &repository());
    let spec: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut printed = Vec::new();
    for form in ["xml", "json"] {
        let file = folder.path().join(form);
        fs::write(&file, spec["samples"][form].as_str().unwrap()).unwrap();
        let output = topsdk(&["decode", METHOD, file.to_str().unwrap()], &repository());
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
        printed.push(text(&output.stdout).to_owned());
    }
    assert_eq!(printed[0], printed[1]);
    let value: serde_json::Value = serde_json::from_str(&printed[0]).unwrap();
    let flow = &value["result"]["result"];
    assert_eq!(value["result"]["biz_success"], serde_json::json!(true));
    assert_eq!(value["result"]["result_view"], serde_json::json!("\"\""));
    assert_eq!(flow["order_value"], serde_json::json!(-65));
    assert_eq!(flow["outer_order_id"], serde_json::json!("8768237162876387236472"));
    assert_eq!(flow["order_time"], serde_json::json!("2019-08-08 15:15:41"));
    assert_eq!(flow["ext_info"], serde_json::json!({}), "the word null is no Boolean");
    assert_eq!(flow["affected_property_list"], serde_json::json!([{ "type": "GIFT", "value": 300 }]));
}

#[test]
fn decode_shows_all_five_members_of_a_platform_error() {
    let folder = tempfile::tempdir().unwrap();
    let xml = "<error_response><code>27</code><msg>Invalid session</msg><sub_code>session-expired</sub_code>\
               <sub_msg>don&apos;t</sub_msg><request_id>r1</request_id></error_response>";
    let json = concat!(
        r#"{"error_response":{"code":27,"msg":"Invalid session","sub_code":"session-expired","#,
        r#""sub_msg":"don't","request_id":"r1"}}"#
    );
    for body in [xml, json] {
        let file = folder.path().join("body");
        fs::write(&file, body).unwrap();
        let output = topsdk(&["decode", METHOD, file.to_str().unwrap()], &repository());
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
        for member in ["27", "Invalid session", "session-expired", "don't", "r1"] {
            assert!(text(&output.stderr).contains(member), "{member}: {}", text(&output.stderr));
        }
    }
}

#[test]
fn decode_rejects_bodies_that_are_not_responses() {
    let folder = tempfile::tempdir().unwrap();
    for (what, body) in [
        ("empty", ""),
        ("an HTML page", "<!DOCTYPE html><html><head><title>502</title></head><body>Bad Gateway</body></html>"),
        ("an HTML page without a type", "<html><body>502</body></html>"),
        ("XML cut", "<alibaba_alsc_crm_recharge_dedut_update_response><result><biz_success>true</biz_success>"),
        ("JSON cut", r#"{"alibaba_alsc_crm_recharge_dedut_update_response":{"result":{"biz_success":tr"#),
        ("another root in XML", "<error>upstream timeout</error>"),
        ("another root in JSON", r#"{"code":403,"message":"denied by policy"}"#),
        ("nothing", "{}"),
        ("prose", "Service Unavailable"),
        ("a list", "[1, 2]"),
    ] {
        let file = folder.path().join("body");
        fs::write(&file, body).unwrap();
        let output = topsdk(&["decode", METHOD, file.to_str().unwrap()], &repository());
        assert_eq!(output.status.code(), Some(2), "{what}: {} {}", text(&output.stdout), text(&output.stderr));
        assert_eq!(text(&output.stdout), "", "{what}");
        assert_eq!(text(&output.stderr).matches("error: ").count(), 1, "{what}: {}", text(&output.stderr));
    }
}

#[test]
fn decode_reports_anomalies_and_prints_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body");
    let body = concat!(
        r#"{"alibaba_alsc_crm_recharge_dedut_update_response":"#,
        r#"{"result":{"result_code":"200","result":{"order_src":"abc"}}}}"#
    );
    fs::write(&file, body).unwrap();
    let output = topsdk(&["decode", METHOD, file.to_str().unwrap()], &repository());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("result.result.order_src"), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("abc"), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("\"result_code\":\"200\""), "{}", text(&output.stdout));
}

#[test]
fn decode_reports_undocumented_members_and_fails_on_them_with_strict() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body");
    let root = "alibaba_alsc_crm_recharge_dedut_update_response";
    for (body, note, is_foreign) in [
        (
            format!(r#"{{"{root}":{{"result":{{"result_code":"200","trace":{{"id":7}}}},"request_id":"5m7u"}}}}"#),
            r#"note: result.trace: undocumented member, "{\"id\":7}""#,
            false,
        ),
        (
            format!(
                "<{root}><result><result_code>200</result_code><trace>7</trace></result><request_id>5m7u</request_id></{root}>"
            ),
            r#"note: result.trace: undocumented member, "7""#,
            false,
        ),
        (
            r#"{"time_get_response":{"result":{"result_code":"200"},"request_id":"5m7u"}}"#.to_owned(),
            "found \"time_get_response\"",
            true,
        ),
    ] {
        fs::write(&file, &body).unwrap();
        let output = topsdk(&["decode", METHOD, file.to_str().unwrap()], &repository());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "{\"result\":{\"result_code\":\"200\"}}\n");
        assert!(text(&output.stderr).contains(note), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("note: request_id 5m7u"), "{}", text(&output.stderr));
        let output = topsdk(&["decode", "--strict", METHOD, file.to_str().unwrap()], &repository());
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
        assert!(text(&output.stderr).contains("without `--strict`"), "{}", text(&output.stderr));
        assert!(!is_foreign || text(&output.stderr).contains("the root of a response of"), "{}", text(&output.stderr));
    }
}

#[test]
fn wrong_usage_is_status_two() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["parse"][..],
        &["unknown"],
        &["decode", METHOD],
        &["decode", "no.such.method", "-"],
        &["parse", "no-such-file"],
    ] {
        let output = topsdk(arguments, folder.path());
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

/// Returns the standard error of a terminal while the last page comes slowly.
#[cfg(target_os = "linux")]
fn at_a_terminal(arguments: &[&str], folder: &Path, wanted: Option<&str>) -> String {
    use std::io::{Read, Write};

    let (mut terminal, end) = terminal::terminal();
    let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
    command.args(arguments).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(end);
    let mut child = command.env("TERM", "xterm").spawn().unwrap();
    // The command alone holds the terminal's other end now: with it gone, reading ends.
    drop(command);
    // Send the last page once the terminal shows the wanted text, if any is wanted.
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while wanted.is_some_and(|wanted| !text(&seen).contains(wanted)) {
        let length = terminal.read(&mut buffer).unwrap();
        seen.extend(&buffer[..length]);
    }
    child.stdin.take().unwrap().write_all(seed("html").as_bytes()).unwrap();
    // On Linux the end is an error.
    let _ = terminal.read_to_end(&mut seen);
    assert_eq!(child.wait().unwrap().code(), Some(2));
    String::from_utf8(seen).unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn progress_is_shown_only_on_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.html"), seed("html")).unwrap();
    fs::write(folder.path().join("b.html"), "no page").unwrap();
    for (command, word) in [("parse", "reading "), ("lint", "checking ")] {
        let seen = at_a_terminal(&[command, "a.html", "b.html", "-"], folder.path(), Some(word));
        assert!(seen.contains(word) && seen.contains("/3 ["), "{seen:?}");
        // The line is hidden while a message is written.
        assert!(seen.contains("\r\u{1b}[2Kerror: b.html: expected the page of an API"), "{seen:?}");
        // In the end, the line is gone.
        let (_, last) = seen.rsplit_once(word).unwrap();
        assert!(last.contains("\u{1b}[2K"), "{seen:?}");
        let json = at_a_terminal(&[command, "--format", "json", "a.html", "b.html", "-"], folder.path(), None);
        assert!(!json.contains(word), "{json:?}");
        let piped = topsdk(&[command, "a.html", "b.html"], folder.path());
        assert!(!text(&piped.stderr).contains(word) && !text(&piped.stdout).contains(word));
    }
}

#[test]
fn the_help_of_every_command_explains_its_exit_status() {
    let folder = tempfile::tempdir().unwrap();
    let help = topsdk(&["--help"], folder.path());
    let (_, list) = text(&help.stdout).split_once("Commands:\n").unwrap();
    // A description may go on in the next line, behind more blanks.
    let lines = list.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    let commands: Vec<&str> = lines.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(commands.len(), 17, "{commands:?}");
    for command in commands.into_iter().filter(|command| *command != "help") {
        let output = topsdk(&[command, "--help"], folder.path());
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{command}");
        let help = text(&output.stdout).replace('\n', " ");
        let (_, status) = help.split_once("Exit status: 0 ").unwrap_or_else(|| panic!("{command}: {help}"));
        assert!(status.contains("; 2 "), "{command}: {status}");
    }
}
