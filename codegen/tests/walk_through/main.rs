//! The changes of `docs/changes.md`: each change of the page, made alone, gives the report that is quoted there, the
//! changelog entry and the files that it should, and nothing else moves.
//!
//! Which snapshots move is proven by `changed_page` in `topsdk-tests`, from the same text.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod steps;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const METHOD: &str = "alibaba.alsc.crm.recharge.dedut.update";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A changelog with this block of unreleased changes.
fn changelog(block: &str) -> String {
    let (start, end) =
        ("<!-- Changes of the APIs, written by `topsdk update`: -->", "<!-- End of the changes of the APIs. -->");
    format!("# Changelog\n\n## Unreleased\n\n{start}\n{block}{end}\n\n## 0.3.1\n")
}

/// A repository with the HTML of the seed page at version 0.3.1, which has been released.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Repository {
        let repository = Repository(tempfile::tempdir().unwrap());
        let page = format!("spec/pages/{METHOD}.html");
        let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed");
        repository.write(&page, &fs::read_to_string(seed.join(&page)).unwrap());
        let manifest = fs::read_to_string(seed.join("generated/Cargo.toml")).unwrap();
        repository.write("generated/Cargo.toml", &manifest.replace("version.workspace = true", "version = \"0.3.1\""));
        assert_eq!(repository.update().1, Some(0));
        repository.write("CHANGELOG.md", &changelog(""));
        repository.write("spec/unreleased.json", "{}\n");
        repository
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    fn update(&self) -> (String, Option<i32>) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
        let output = command.arg("update").current_dir(self.0.path()).stdin(Stdio::null()).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.code())
    }

    fn files(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.0.path().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let name = path.strip_prefix(self.0.path()).unwrap().to_str().unwrap().to_owned();
                    found.insert(name, fs::read_to_string(&path).unwrap());
                } else if !path.ends_with("target") {
                    open.push(path);
                }
            }
        }
        found
    }
}

#[test]
fn each_change_gives_the_quoted_report_and_files() {
    let steps = steps::read(root());
    let titles: Vec<&str> = steps.iter().map(|step| step.title.as_str()).collect();
    assert_eq!(
        titles,
        ["A new optional field", "A removed field", "A field of another type", "A description in other words"]
    );
    for step in steps {
        let repository = Repository::new();
        let page = format!("spec/pages/{METHOD}.html");
        let before = repository.files();
        repository.write(&page, &step.apply(&before[&page]));
        let (report, status) = repository.update();
        assert_eq!((report.as_str(), status), (step.report.as_str(), Some(0)), "{}", step.title);

        // The files that moved are those that the report names, and the page.
        let after = repository.files();
        assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
        let moved: Vec<&str> = before.keys().filter(|path| before[*path] != after[*path]).map(String::as_str).collect();
        let mut told: Vec<&str> = report.lines().filter_map(|line| line.trim_start().strip_prefix("wrote ")).collect();
        told.push(&page);
        told.sort_unstable();
        assert_eq!(moved, told, "{}", step.title);

        // The entries that the report shows stand in the changelog, under Unreleased.
        let (_, entries) = report.split_once("under Unreleased:\n\n").unwrap();
        let (entries, _) = entries.split_once("\n\nnext version: ").unwrap();
        assert_eq!(after["CHANGELOG.md"], changelog(&format!("\n{entries}\n\n")));

        let (report, status) = repository.update();
        assert!(report.ends_with("up to date: 1 API\n") && status == Some(0), "{report}");
        assert_eq!(repository.files(), after);
    }
}
