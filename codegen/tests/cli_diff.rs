//! `topsdk diff` as its users meet it: what it takes, the reports, the exit status.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const METHOD: &str = "alibaba.alsc.crm.recharge.dedut.update";

fn seed(extension: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed/spec/pages").join(format!("{METHOD}.{extension}"))
}

fn topsdk(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A folder with the seed page as `old.html` and a changed one as `new.html`; each change has to be one.
fn changed(changes: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let page = fs::read_to_string(seed("html")).unwrap();
    fs::write(folder.path().join("old.html"), &page).unwrap();
    let mut new = page;
    for (from, to) in changes {
        assert!(new.contains(from), "{from}");
        new = new.replacen(from, to, 1);
    }
    fs::write(folder.path().join("new.html"), new).unwrap();
    folder
}

fn json(arguments: &[&str], folder: &Path) -> (Option<i32>, Value) {
    let output = topsdk(&[&["diff", "--format", "json"], arguments].concat(), folder);
    (output.status.code(), serde_json::from_str(text(&output.stdout)).unwrap())
}

#[test]
fn changes_of_a_page_are_reported_with_their_verdicts() {
    let added = "<ul class=\"tr clearfix\">\n<li class=\"td-1\">\n                └  coupon_id\n                </li>\n\
                 <li class=\"td-2\">\n   Number\n   </li>\n<li class=\"td-3\">\n 可选\n</li>\n<li class=\"td-4\">7</li>\n\
                 <li class=\"td-5\">\n\n</li>\n<li class=\"td-6\">券</li>\n</ul>\n";
    let first = "<ul class=\"tr clearfix\">\n<li class=\"td-1\">\n                └  brand_id";
    let folder = changed(&[
        (first, &format!("{added}{first}")),
        ("└  card_id", "└  member_card_id"),
        ("   Date\n", "   String\n"),
        ("时间</li>", "业务时间</li>"),
    ]);
    let path = |name: &str| format!("request.param_dedut_open_req.{name}");
    let (status, found) = json(&["old.html", "new.html"], folder.path());
    assert_eq!((status, &found["verdict"]), (Some(1), &Value::from("major")));
    let changes: Vec<(&str, &str, &str)> = found["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| !change["path"].as_str().unwrap().starts_with("samples."))
        .map(|change| {
            assert_eq!(change["method"], METHOD);
            let text = |key: &str| change[key].as_str().unwrap();
            (text("verdict"), text("change"), text("path"))
        })
        .collect();
    assert_eq!(
        changes,
        [
            ("major", "type", path("biz_date").as_str()),
            ("major", "renamed", &path("card_id")),
            ("minor", "added", &path("coupon_id")),
            ("patch", "description", &path("biz_date")),
        ]
    );

    let output = topsdk(&["diff", "old.html", "new.html", "--since", "0.3.1"], folder.path());
    assert_eq!(output.status.code(), Some(1));
    let report = text(&output.stdout);
    assert!(report.starts_with(&format!("{METHOD}\n  major  type ")), "{report}");
    assert!(report.ends_with("next version: 0.4.0, as the changes since 0.3.1 are major (below 1.0.0 a breaking change raises the second number)\n"), "{report}");
    assert!(!report.contains('\u{1b}'), "no colours in a pipe: {report}");

    let output = topsdk(&["diff", "--format", "markdown", "old.html", "new.html"], folder.path());
    assert!(text(&output.stdout).contains("<details><summary><code>alibaba.alsc"), "{}", text(&output.stdout));
    let output = topsdk(&["diff", "--format", "changelog", "--since", "1.2.3", "old.html", "new.html"], folder.path());
    assert!(text(&output.stdout).starts_with("### Added\n\n* `alibaba.alsc"), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("next version: 2.0.0"), "{}", text(&output.stderr));
}

#[test]
fn equal_pages_specs_and_folders_have_no_changes() {
    let folder = changed(&[]);
    let line = topsdk(&["parse", "old.html"], folder.path()).stdout;
    let spec = topsdk_spec::Api::from_json(text(&line)).unwrap();
    fs::write(folder.path().join("old.jsonl"), &line).unwrap();
    fs::write(folder.path().join("spec.json"), spec.to_json()).unwrap();
    fs::create_dir(folder.path().join("pages")).unwrap();
    fs::rename(folder.path().join("new.html"), folder.path().join("pages/new.html")).unwrap();
    for new in ["old.html", "old.jsonl", "spec.json", "pages"] {
        let (status, found) = json(&["old.html", new], folder.path());
        assert_eq!((status, found.to_string().as_str()), (Some(0), r#"{"changes":[],"verdict":"none"}"#), "{new}");
    }
    let output = topsdk(&["diff", "old.html", "pages"], folder.path());
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "no changes\n"));
}

#[test]
fn page_in_two_forms_is_compared_in_the_richer_form() {
    let folder = changed(&[]);
    fs::create_dir(folder.path().join("pages")).unwrap();
    fs::rename(folder.path().join("new.html"), folder.path().join("pages/new.html")).unwrap();
    fs::copy(seed("txt"), folder.path().join("pages/a.txt")).unwrap();
    let output = topsdk(&["diff", "old.html", "pages"], folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("pages: 2 specs of 1 methods; the richest form"), "{}", text(&output.stderr));
}

#[test]
fn all_unreadable_files_are_named_and_nothing_is_compared() {
    let folder = changed(&[]);
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("login.html"), "<html><body><form></form></body></html>").unwrap();
    fs::write(folder.path().join("spec.json"), "{\n  \"metod\": 1\n}\n").unwrap();
    fs::write(folder.path().join("specs.jsonl"), "\n{\"method\": }\n").unwrap();
    for (old, new, message) in [
        ("old.html", "login.html", "login.html: "),
        ("old.html", "missing.html", "missing.html: cannot be read"),
        ("old.html", "spec.json", "this is a JSON object with the members `metod`"),
        (
            "old.html",
            "specs.jsonl",
            "specs.jsonl:2: expected a spec, as `topsdk parse` writes it; this is JSON with a mistake",
        ),
        ("old.html", "empty", "empty: contains no spec and no page"),
        ("-", "-", "standard input can be OLD or NEW"),
    ] {
        let output = topsdk(&["diff", old, new], folder.path());
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{new}");
        assert!(text(&output.stderr).contains(message), "{}", text(&output.stderr));
    }
    let output = topsdk(&["diff", "login.html", "spec.json"], folder.path());
    let errors = text(&output.stderr);
    assert!(errors.contains("login.html") && !errors.contains("panicked"), "{errors}");
}

#[test]
fn unsupported_report_formats_and_invalid_versions_are_rejected() {
    let folder = changed(&[]);
    let output = topsdk(&["parse", "--format", "markdown", "old.html"], folder.path());
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
    let output = topsdk(&["diff", "--since", "1.0.0-rc.1", "old.html", "new.html"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("expected a version of three numbers"), "{}", text(&output.stderr));
}

/// What the command prints where standard output is a terminal.
#[cfg(target_os = "linux")]
fn printed_on_a_terminal(arguments: &[&str], folder: &Path, no_color: Option<&str>) -> String {
    use std::io::Read;

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let end = fs::File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).stdout(end).stderr(Stdio::null());
    command.env_remove("NO_COLOR");
    if let Some(no_color) = no_color {
        command.env("NO_COLOR", no_color);
    }
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut printed = Vec::new();
    // On Linux the end is an error.
    let _ = fs::File::from(terminal).read_to_end(&mut printed);
    child.wait().unwrap();
    String::from_utf8(printed).unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn colours_need_a_terminal_and_no_no_color() {
    let folder = changed(&[("   Date\n", "   String\n")]);
    let arguments = ["diff", "old.html", "new.html"];
    let is_colored =
        |no_color| printed_on_a_terminal(&arguments, folder.path(), no_color).contains("\u{1b}[1;31mmajor");
    assert_eq!([None, Some(""), Some("1")].map(is_colored), [true, true, false]);
    let piped = topsdk(&arguments, folder.path());
    assert!(text(&piped.stdout).contains("major") && !text(&piped.stdout).contains('\u{1b}'));
}
