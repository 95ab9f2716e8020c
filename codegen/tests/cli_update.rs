//! `topsdk update` as its users meet it: killed half way, on a full disk, run twice, and in all its reports.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

const METHOD: &str = "alibaba.alsc.crm.recharge.dedut.update";

/// A changelog in which nothing is unreleased.
const CHANGELOG: &str = "# Changelog\n\n## Unreleased\n\n<!-- Changes of the APIs, written by `topsdk update`: -->\n<!-- End of the \
                         changes of the APIs. -->\n\n## 0.1.0\n";

/// A repository with the seed page and its spec.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed")
}

fn seed() -> String {
    fs::read_to_string(root().join(format!("spec/pages/{METHOD}.html"))).unwrap()
}

/// A repository of its own.
struct Repository(TempDir);

impl Repository {
    /// With the seed page, its spec and its module, released.
    fn new() -> Repository {
        let repository = Repository(tempfile::tempdir().unwrap());
        repository.write(&format!("spec/pages/{METHOD}.html"), &seed());
        for path in ["Cargo.toml", "generated/Cargo.toml"] {
            repository.write(path, &fs::read_to_string(root().join(path)).unwrap());
        }
        assert_eq!(repository.update(&[]).status.code(), Some(0));
        repository.write("CHANGELOG.md", CHANGELOG);
        repository.write("spec/unreleased.json", "{}\n");
        repository
    }

    /// With some more APIs, whose pages have all changed since the last update, but for one that is new and one that is
    /// gone.
    fn pending() -> Repository {
        let repository = Repository::new();
        let page = |number: usize| format!("spec/pages/{number}.html");
        let text = |number: usize| seed().replace(METHOD, &format!("taobao.test{number}.get"));
        for number in 0..3 {
            repository.write(&page(number), &text(number));
        }
        repository.update(&[]);
        for number in 0..3 {
            repository.write(&page(number), &text(number).replace("current_value", "current_worth"));
        }
        fs::remove_file(repository.path(&page(0))).unwrap();
        repository.write(&page(3), &text(3));
        repository
    }

    fn copy(&self) -> Repository {
        let copy = Repository(tempfile::tempdir().unwrap());
        for (path, text) in self.files() {
            copy.write(&path, &text);
        }
        copy
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    fn change(&self, from: &str, to: &str) {
        let path = format!("spec/pages/{METHOD}.html");
        let page = self.read(&path);
        assert!(page.contains(from), "{from}");
        self.write(&path, &page.replace(from, to));
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
        command.arg("update").current_dir(self.0.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn update(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// Every file but those that only the machine needs.
    fn files(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.0.path().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true if path.ends_with("target") => {}
                    true => open.push(path),
                    false => {
                        let name = path.strip_prefix(self.0.path()).unwrap().to_str().unwrap().to_owned();
                        found.insert(name, String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned());
                    }
                }
            }
        }
        found
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Whether each file that a person sees is as it was or as it is to be. What is unreleased grows before it shrinks.
fn assert_whole(repository: &Repository, before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) {
    let files = repository.files();
    for (path, found) in files.iter().filter(|(path, _)| path.split('/').all(|name| !name.starts_with('.'))) {
        let is_whole = before.get(path) == Some(found) || after.get(path) == Some(found);
        assert!(is_whole || path == "spec/unreleased.json", "{path} is neither as it was nor as it is to be");
    }
}

#[test]
fn killed_update_leaves_whole_files_and_the_next_one_completes_it() {
    let pending = Repository::pending();
    let before = pending.files();
    let done = pending.copy();
    assert_eq!(done.update(&[]).status.code(), Some(0));
    let after = done.files();
    assert_ne!(before, after);
    let mut unfinished = 0;
    for delay in 0..8 {
        let repository = pending.copy();
        let mut child = repository.command().spawn().unwrap();
        // From the moment that it begins to write on.
        let unreleased = || fs::read_to_string(repository.path("spec/unreleased.json")).ok();
        while unreleased().as_ref() == before.get("spec/unreleased.json") && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(100 * delay * delay));
        // SIGKILL, on Unix.
        child.kill().unwrap();
        child.wait().unwrap();
        unfinished += usize::from(repository.files() != after);
        assert_whole(&repository, &before, &after);
        let output = repository.update(&[]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(repository.files(), after, "{delay}");
    }
    if unfinished == 0 {
        // On one processor the whole writing may fit between two looks at it.
        writeln!(std::io::stderr(), "skipped: not one of 8 updates was killed while it wrote").unwrap();
    }
}

#[cfg(unix)]
#[test]
fn full_disk_leaves_whole_files_and_the_next_update_completes_it() {
    let pending = Repository::pending();
    let before = pending.files();
    let done = pending.copy();
    done.update(&[]);
    let after = done.files();
    // A limit of the system on the size of files, in blocks of 512 bytes: what is longer is written in part. Without the
    // trap the process ends by a signal there.
    for trap in ["trap '' XFSZ; ", ""] {
        let mut codes = Vec::new();
        for limit in [0, 1, 16, 24, 28, 4096] {
            let repository = pending.copy();
            let script = format!("{trap}ulimit -c 0; ulimit -f {limit}; exec \"$0\" update");
            let mut command = Command::new("sh");
            command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_topsdk")).current_dir(repository.0.path());
            let output = command.output().unwrap();
            match output.status.code() {
                Some(2) => {
                    assert!(text(&output.stderr).contains("cannot be written"), "{}", text(&output.stderr));
                    let is_left = |path: &&String| path.contains(".topsdk-new");
                    assert_eq!(repository.files().keys().find(is_left), None, "{limit}");
                }
                Some(0) => assert_eq!(repository.files(), after, "{limit}"),
                None => assert_eq!(trap, "", "{limit}: it was killed"),
                Some(_) => panic!("{limit}: {}", text(&output.stderr)),
            }
            assert_whole(&repository, &before, &after);
            codes.push(output.status.code());
            assert_eq!(repository.update(&[]).status.code(), Some(0));
            assert_eq!(repository.files(), after, "{limit}");
        }
        let failed = codes.iter().filter(|code| **code != Some(0)).count();
        assert!(failed >= 2 && failed < codes.len(), "{codes:?}");
    }
}

#[test]
fn report_names_changes_entries_and_next_version_and_a_second_update_reports_nothing() {
    let repository = Repository::new();
    repository.change("current_value", "current_worth");
    let before = repository.files();
    for option in ["--check", "--dry-run"] {
        let output = repository.update(&[option]);
        assert_eq!(output.status.code(), Some(i32::from(option == "--check")));
        let report = text(&output.stdout);
        assert!(report.contains("would change CHANGELOG.md") && report.contains("next version: 0.2.0"), "{report}");
        assert_eq!(repository.files(), before);
    }
    let output = repository.update(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report = text(&output.stdout);
    for part in [
        "changed   alibaba.alsc.crm.recharge.dedut.update (储值消费), from alibaba.alsc.crm.recharge.dedut.update.html\n",
        "          wrote CHANGELOG.md\n          wrote generated/src/specs.jsonl\n          wrote spec/names.json\n          wrote spec/unreleased.json\n",
        "  major  renamed?  response.result.result.current_value  current_value → current_worth\n",
        "\nnext version: 0.2.0, as the changes since 0.1.0 are major (below 1.0.0 a breaking change raises the second number)\n",
        "\n1 API: 1 changed\n",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    assert!(!report.contains('\u{1b}'), "no colours in a pipe");
    let entry = "\n### Changed\n\n* **Breaking:** `alibaba.alsc.crm.recharge.dedut.update`: field `result.result.current_value` seems \
                 to be called `current_worth` now.\n\n";
    let changelog = CHANGELOG.replace("update`: -->\n", &format!("update`: -->\n{entry}"));
    assert_eq!(repository.read("CHANGELOG.md"), changelog);
    for _ in 0..2 {
        assert_eq!(text(&repository.update(&[]).stdout), "up to date: 1 API\n");
    }
    assert_eq!(repository.read("CHANGELOG.md"), changelog);
}

#[test]
fn change_reverted_before_a_release_leaves_no_entry() {
    let repository = Repository::new();
    let before = repository.files();
    repository.change("   Number\n   </li>\n<li class=\"td-13\">4000", "   String\n   </li>\n<li class=\"td-13\">4000");
    repository.update(&[]);
    assert!(repository.read("CHANGELOG.md").contains("was `Number` and is `String`"));
    repository.write(&format!("spec/pages/{METHOD}.html"), &seed());
    let report = repository.update(&[]).stdout;
    assert!(!text(&report).contains("went into") && !text(&report).contains("next version"), "{}", text(&report));
    assert!(text(&report).contains("removed from CHANGELOG.md: 1 entry of earlier updates"), "{}", text(&report));
    assert_eq!(repository.files(), before);
}

#[test]
fn unreleased_changes_determine_the_next_version() {
    let repository = Repository::new();
    repository.change("current_value", "current_worth");
    repository.update(&[]);
    repository.change("交易后剩余总金额", "交易后的余额");
    let report = repository.update(&["--dry-run"]).stdout;
    assert!(text(&report).contains("\npatch: 1 change in 1 API"), "{}", text(&report));
    assert!(text(&report).contains("next version: 0.2.0, as the changes since 0.1.0 are major"), "{}", text(&report));
    for (version, message) in [
        ("0.2.0", "next version: 0.2.0, as the manifest says, is enough for changes that are major"),
        ("0.1.1", "next version: 0.2.0, as the changes since 0.1.0 are major"),
    ] {
        let manifest = repository.read("generated/Cargo.toml");
        repository.write(
            "generated/Cargo.toml",
            &manifest.replace("version.workspace = true", &format!("version = \"{version}\"")),
        );
        let report = repository.update(&["--dry-run"]).stdout;
        assert!(text(&report).contains(message), "{}", text(&report));
        repository.write("generated/Cargo.toml", &manifest);
    }
}

#[test]
fn markdown_json_and_changelog_reports_are_printed() {
    let repository = Repository::new();
    repository.write("spec/pages/login.html", "<html><body>@you <form></form></body></html>");
    repository.change("current_value", "current_worth");
    let markdown = repository.update(&["--dry-run", "--format", "markdown"]);
    assert_eq!(markdown.status.code(), Some(2), "a page was refused");
    let markdown = text(&markdown.stdout);
    assert!(markdown.starts_with("**major**: 3 changes in 1 API.\n\n| API | verdict |"), "{markdown}");
    assert!(markdown.contains("\n**Refused**, and left as they are:\n\n* `login.html`: `login.html: "), "{markdown}");
    assert!(markdown.contains("\nnext version: 0.2.0, "), "{markdown}");

    let json = repository.update(&["--dry-run", "--format", "json"]);
    let lines: Vec<Value> = text(&json.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcomes: Vec<&str> = lines.iter().filter_map(|line| line["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["changed", "refused"]);
    let last = lines.last().unwrap();
    assert_eq!((&last["diff"]["verdict"], &last["next"]["version"]), (&"major".into(), &"0.2.0".into()));
    assert_eq!(last["diff"]["changes"].as_array().unwrap().len(), 3);

    let changelog = repository.update(&["--format", "changelog"]);
    assert!(
        text(&changelog.stdout).starts_with("### Changed\n\n* **Breaking:** `alibaba."),
        "{}",
        text(&changelog.stdout)
    );
    assert_eq!(text(&repository.update(&["--format", "changelog"]).stdout), "");
    assert_eq!(text(&repository.update(&["--format", "markdown"]).stdout).lines().next(), Some("**No changes.**"));
}

#[test]
fn half_a_page_is_refused_unless_accepted() {
    let repository = Repository::new();
    let before = repository.files();
    let page = seed();
    let table = page.find("<h1 id=\"s2\"").unwrap()..page.find("<h1 id=\"s3\"").unwrap();
    let rows = page[table.clone()].find("<ul class=\"tr").unwrap()
        ..page[table.clone()].rfind("</ul>").unwrap() + "</ul>".len();
    let mut half = page.clone();
    half.replace_range(table.start + rows.start..table.start + rows.end, "");
    repository.write(&format!("spec/pages/{METHOD}.html"), &half);
    let output = repository.update(&[]);
    assert_eq!(output.status.code(), Some(2));
    let messages = text(&output.stderr);
    assert!(
        messages.contains("响应参数 (30 of 31 rows)") && messages.contains(&format!("--accept {METHOD}")),
        "{messages}"
    );
    for path in before.keys().filter(|path| !path.starts_with("spec/pages")) {
        assert_eq!(repository.read(path), before[path]);
    }
    let output = repository.update(&["--accept", METHOD]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(repository.read("CHANGELOG.md").contains("**Breaking:**"));
}

#[test]
fn concurrent_updates_do_not_mix() {
    let repository = Repository::pending();
    let done = repository.copy();
    done.update(&[]);
    let children: Vec<_> = (0..4).map(|_| repository.command().spawn().unwrap()).collect();
    let outputs: Vec<Output> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    for output in &outputs {
        match output.status.code() {
            Some(0) => {}
            Some(2) => {
                assert!(text(&output.stderr).contains("another `topsdk` process is using"), "{}", text(&output.stderr))
            }
            code => panic!("{code:?}"),
        }
    }
    assert!(outputs.iter().any(|output| output.status.success()));
    assert_eq!(repository.files(), done.files());
}

#[test]
fn dry_run_that_refuses_a_page_does_not_suggest_an_update() {
    let repository = Repository::new();
    repository.write(&format!("spec/pages/{METHOD}.html"), &seed().replace(METHOD, "taobao.other.get"));
    let output = repository.update(&["--dry-run"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).ends_with("\n1 API: 1 refused; nothing was written\n"), "{}", text(&output.stdout));
    assert_eq!(text(&output.stderr).matches("error: ").count(), 1, "{}", text(&output.stderr));

    let repository = Repository::new();
    repository.write(&format!("spec/pages/{METHOD}.txt"), "");
    let report = repository.update(&[]).stdout;
    assert!(text(&report).ends_with("\n1 API: 1 refused\n"), "{}", text(&report));
}

#[test]
fn release_moves_unreleased_entries_under_its_version() {
    let repository = Repository::new();
    repository.change("current_value", "current_worth");
    repository.update(&[]);
    let release = |version: &str| {
        Command::new(env!("CARGO_BIN_EXE_topsdk"))
            .args(["release", version])
            .current_dir(repository.0.path())
            .output()
            .unwrap()
    };
    let refused = release("0.1.0");
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("already has a section for this version"), "{}", text(&refused.stderr));
    let output = release("0.1.1");
    assert_eq!(text(&output.stdout), "wrote CHANGELOG.md\nwrote spec/unreleased.json\n0.1.1: 1 entry of APIs\n");
    assert_eq!(text(&output.stderr), "note: the changes since 0.1.0 are major, which asks for 0.2.0\n");
    assert_eq!(repository.read("spec/unreleased.json"), "{}\n");
    let changelog = repository.read("CHANGELOG.md");
    let start = CHANGELOG.replace("## 0.1.0\n", "## 0.1.1\n\n### Changed\n\n* **Breaking:** ");
    assert!(changelog.starts_with(&start) && changelog.ends_with("now.\n\n## 0.1.0\n"), "{changelog}");
    assert!(text(&repository.update(&[]).stdout).starts_with("up to date"));
}

#[test]
fn overrides_proposed_by_decode_apply_and_end_its_warnings() {
    let repository = Repository::new();
    let root = METHOD.replace('.', "_") + "_response";
    repository.write(
        "a.json",
        &format!(
            r#"{{"{root}":{{"result":{{"result_code":"200","trace":{{"id":7}},"result":{{"order_src":"abc"}}}},"server":"a"}}}}"#
        ),
    );
    repository.write("b.xml", &format!("<{root}><result><trace><span>8</span></trace></result></{root}>"));
    let decode = |more: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_topsdk"))
            .args(["decode", METHOD, "a.json", "b.xml"])
            .args(more)
            .current_dir(repository.0.path())
            .output()
            .unwrap()
    };
    let noted = |output: &Output| {
        let text = String::from_utf8(output.stderr.clone()).unwrap();
        text.lines().filter(|line| !line.starts_with("note: the response in")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(noted(&decode(&[])).len(), 4, "{:?}", noted(&decode(&[])));
    assert_eq!(decode(&["--strict"]).status.code(), Some(2));

    let proposed = decode(&["--overrides"]);
    assert_eq!((proposed.status.code(), noted(&proposed)), (Some(0), Vec::new()));
    repository.write("spec/overrides/captured.toml", &String::from_utf8(proposed.stdout).unwrap());
    let update = repository.update(&[]);
    assert_eq!(update.status.code(), Some(0), "{}", String::from_utf8_lossy(&update.stderr));
    assert_eq!(noted(&decode(&[])), Vec::<String>::new());
    assert_eq!(decode(&["--strict"]).status.code(), Some(0));
    let again = decode(&["--overrides"]);
    assert_eq!(
        (again.stdout.clone(), noted(&again)),
        (Vec::new(), vec!["note: there is nothing to override".to_owned()])
    );
}
