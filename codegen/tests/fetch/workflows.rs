//! The workflow files: what they may do, and every command in them, run in order over a repository and a site.

#![cfg(unix)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use saphyr::{LoadableYamlNode, Yaml};
use serde_json::json;

use crate::names;
use crate::site::{BLOCKED, Fault, Listed, Site, apis, catalogue, document};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const FILES: [&str; 2] = [".github/workflows/pages.yml", "docs/workflows/own-pages.yml"];

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(REPOSITORY).join(file)).unwrap()
}

fn parse(text: &str) -> Yaml<'_> {
    let mut documents = Yaml::load_from_str(text).unwrap();
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

/// A member of a mapping, as text.
fn text<'y>(yaml: &'y Yaml<'_>, key: &str) -> Option<&'y str> {
    yaml.as_mapping_get(key).map(|value| value.as_str().unwrap())
}

fn has_command(name: &str) -> bool {
    Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
}

#[test]
fn workflows_have_minimal_permissions_and_no_expressions_in_scripts() {
    for file in FILES {
        let content = read(file);
        let workflow = parse(&content);
        let cron = workflow["on"]["schedule"][0]["cron"].as_str().unwrap();
        assert_eq!(cron.split(' ').count(), 5, "{file}: {cron}");
        let mut permissions: Vec<(&str, &str)> = workflow["permissions"]
            .as_mapping()
            .unwrap()
            .iter()
            .map(|(what, how)| (what.as_str().unwrap(), how.as_str().unwrap()))
            .collect();
        permissions.sort_unstable();
        let watches = content.contains("topsdk watch");
        let issues = watches.then_some(("issues", "write"));
        let wanted = [Some(("contents", "write")), issues, Some(("pull-requests", "write"))];
        assert_eq!(permissions, wanted.into_iter().flatten().collect::<Vec<_>>(), "{file}");
        let job = &workflow["jobs"]["pages"];
        assert!(job.as_mapping_get("timeout-minutes").is_some(), "{file}");
        for step in job["steps"].as_sequence().unwrap() {
            if let Some(action) = text(step, "uses") {
                assert_eq!(action, "actions/checkout@v4", "{file}: GitHub's own actions alone");
            }
            if let Some(script) = text(step, "run") {
                // An expression in a script is code of whoever chose the value.
                assert!(!script.contains("${{"), "{file}: {script}");
                // The token is where it is needed, and nowhere else.
                let has_token = step.as_mapping_get("env").is_some_and(|env| env.as_mapping_get("GH_TOKEN").is_some());
                assert_eq!(has_token, script.contains("gh pr"), "{file}: {script}");
            }
        }
    }
}

#[test]
fn ci_runs_on_every_pull_request_and_on_main() {
    let content = read(".github/workflows/ci.yml");
    let workflow = parse(&content);
    let on = workflow["on"].as_mapping().unwrap();
    let events: Vec<&str> = on.keys().map(|event| event.as_str().unwrap()).collect();
    assert_eq!(events, ["push", "pull_request"]);
    assert_eq!(workflow["on"]["push"]["branches"][0].as_str(), Some("main"));
    assert_eq!(text(&workflow["permissions"], "contents"), Some("read"));
    let steps = workflow["jobs"]["run"]["steps"].as_sequence().unwrap();
    assert_eq!(steps.iter().filter_map(|step| text(step, "run")).next_back(), Some(".ci/run"));
    let actions: Vec<&str> = steps.iter().filter_map(|step| text(step, "uses")).collect();
    assert_eq!(actions, ["actions/checkout@v4", "actions/cache@v4"], "GitHub's own actions alone");
}

#[test]
fn the_random_workflow_draws_a_seed_and_runs_the_long_checks() {
    let content = read(".github/workflows/random.yml");
    let workflow = parse(&content);
    assert_eq!(text(&workflow["permissions"], "contents"), Some("read"));
    let mut scripts = Vec::new();
    for job in workflow["jobs"].as_mapping().unwrap().values() {
        assert!(job.as_mapping_get("timeout-minutes").is_some());
        let steps = job["steps"].as_sequence().unwrap();
        assert!(steps.iter().filter_map(|step| text(step, "uses")).all(|action| action == "actions/checkout@v4"));
        scripts.extend(steps.iter().filter_map(|step| text(step, "run")));
    }
    assert!(
        scripts.iter().all(|script| !script.contains("${{")),
        "an expression in a script is code of whoever chose the value"
    );
    for part in ["cargo test --workspace", "-max_total_time=600", "--bench compile -- --bounds"] {
        assert_eq!(scripts.iter().filter(|script| script.contains(part)).count(), 1, "{part}");
    }
    let folder = tempfile::tempdir().unwrap();
    let environment = folder.path().join("environment");
    let drawn = |seed: &str| {
        let mut bash = Command::new("bash");
        bash.args(["-e", "-o", "pipefail", "-c", scripts[0]]).env("SEED", seed).env("GITHUB_ENV", &environment);
        let output = bash.env("GITHUB_STEP_SUMMARY", folder.path().join("summary")).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    };
    let (one, other) = (drawn("").unwrap(), drawn("").unwrap());
    assert_ne!(one, other);
    one.trim_end().strip_prefix("TOPSDK_RANDOM=").unwrap().parse::<u64>().unwrap();
    assert_eq!(drawn("7").as_deref(), Some("TOPSDK_RANDOM=7\n"));
    assert_eq!(drawn("7; x"), None);
    assert_eq!(fs::read_to_string(&environment).unwrap(), format!("{one}{other}TOPSDK_RANDOM=7\n"));
}

/// A runner: a repository with a remote, stand-ins for `gh` and `cargo`, and a site.
struct Runner {
    folder: tempfile::TempDir,
    site: Site,
    pages: &'static str,
}

impl Runner {
    fn new(site: Site) -> Runner {
        let runner = Runner { folder: tempfile::tempdir().unwrap(), site, pages: "" };
        for folder in ["bin", "home", "origin.git"] {
            fs::create_dir(runner.path(folder)).unwrap();
        }
        runner.git(&["init", "--quiet", "--bare", "--initial-branch=main", "../origin.git"], "home");
        runner.git(&["clone", "--quiet", "../origin.git", "../work"], "home");
        runner.git(&["switch", "--quiet", "--create", "main"], "work");
        runner.script(
            "cargo",
            r#"#!/bin/bash
echo "$@" >> "$LOG/cargo"
if [ "$1" = install ]; then
  while [ "$1" != --root ]; do shift; done
  mkdir -p "$2/bin" && cp "$STANDIN" "$2/bin/topsdk"
else
  mkdir -p tests/apis && echo "$INSTA_UPDATE" > tests/apis/new.snap
  exit 101
fi
"#,
        );
        // The site of this test needs no pauses.
        runner.script(
            "topsdk-without-pauses",
            r#"#!/bin/bash
case "$1" in
  fetch | watch | catalogue) exec "$TOPSDK_BUILT" "$1" --pause 0 "${@:2}" ;;
  *) exec "$TOPSDK_BUILT" "$@" ;;
esac
"#,
        );
        runner.script(
            "gh",
            r#"#!/bin/bash
[ "$GH_TOKEN" = token ] || exit 4
echo "$1 $2" >> "$LOG/gh"
case "$1 $2" in
  "pr list") [ ! -f "$LOG/body.md" ] || echo 7 ;;
  "issue list") [ ! -f "$LOG/issue.md" ] || echo 8 ;;
  "issue "*) while [ "$1" != --body-file ]; do shift; done; cp "$2" "$LOG/issue.md" ;;
  *) while [ "$1" != --body-file ]; do shift; done; cp "$2" "$LOG/body.md" ;;
esac
"#,
        );
        runner
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn script(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path("work").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn command(&self, program: &str, folder: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path(folder)).env("HOME", self.path("home")).env("LOG", self.folder.path());
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        command
            .env("TOPSDK_BUILT", env!("CARGO_BIN_EXE_topsdk"))
            .env("STANDIN", self.path("bin/topsdk-without-pauses"))
            .env("RUNNER_TEMP", self.path("temp"));
        for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"]
        {
            command.env_remove(name);
        }
        command
    }

    fn git(&self, arguments: &[&str], folder: &str) -> String {
        let mut command = self.command("git", folder);
        command.args(["-c", "user.name=a", "-c", "user.email=a@b.example"]).args(arguments);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn commit(&self) {
        self.git(&["add", "--all"], "work");
        self.git(&["commit", "--quiet", "--message", "as it was"], "work");
        self.git(&["push", "--quiet", "origin", "main"], "work");
    }

    /// What the log of a stand-in says, which is forgotten then.
    fn log(&self, name: &str) -> String {
        let log = fs::read_to_string(self.path(name)).unwrap_or_default();
        let _ = fs::remove_file(self.path(name));
        log
    }

    /// Runs all steps as GitHub does, over a fresh checkout of `main`. Gives the first step that failed and what it said.
    fn run(&self, file: &str) -> Result<(), (String, String)> {
        let content = read(file);
        let workflow = parse(&content);
        let job = &workflow["jobs"]["pages"];
        let _ = fs::remove_dir_all(self.path("temp"));
        fs::create_dir(self.path("temp")).unwrap();
        self.git(&["switch", "--quiet", "--force", "main"], "work");
        self.git(&["clean", "--quiet", "-dfx"], "work");
        let resolve = |value: &str| match value {
            "${{ github.event.repository.default_branch }}" => "main".to_owned(),
            "${{ vars.TOPSDK_BASE_URL }}" => self.site.address.clone(),
            "${{ inputs.pages }}" => self.pages.to_owned(),
            "${{ secrets.TOPSDK_TOKEN || github.token }}" => "token".to_owned(),
            value => {
                assert!(!value.contains("${{"), "{value}: a value that this test does not know");
                value.to_owned()
            }
        };
        let environment = |yaml: &Yaml<'_>| -> Vec<(String, String)> {
            let env = yaml.as_mapping_get("env").and_then(Yaml::as_mapping);
            let pairs = env.into_iter().flatten();
            pairs.map(|(name, value)| (name.as_str().unwrap().to_owned(), resolve(value.as_str().unwrap()))).collect()
        };
        let mut path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut statuses: Vec<(String, String)> = Vec::new();
        for step in job["steps"].as_sequence().unwrap() {
            let Some(script) = text(step, "run") else { continue };
            let name = text(step, "name").unwrap();
            if let Some(condition) = text(step, "if") {
                let is_met = condition.split(" || ").any(|part| {
                    let id = part.strip_prefix("steps.").and_then(|part| part.strip_suffix(".outputs.status != '0'"));
                    let (_, status) = statuses.iter().find(|(step, _)| Some(step.as_str()) == id).unwrap();
                    status != "0"
                });
                if !is_met {
                    continue;
                }
            }
            fs::write(self.path("script"), script).unwrap();
            let [added, output, summary] = ["path", "output", "summary"].map(|name| self.path("temp").join(name));
            let mut command = self.command("bash", "work");
            command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(self.path("script"));
            command.env("PATH", &path).envs(environment(job)).envs(environment(step));
            command.env("GITHUB_PATH", &added).env("GITHUB_OUTPUT", &output).env("GITHUB_STEP_SUMMARY", summary);
            let run = command.output().unwrap();
            if !run.status.success() {
                let printed = [run.stdout, run.stderr].concat();
                return Err((name.to_owned(), String::from_utf8(printed).unwrap()));
            }
            for folder in fs::read_to_string(&added).unwrap_or_default().lines() {
                path = format!("{folder}:{path}");
            }
            let _ = fs::remove_file(added);
            if let Some(id) = text(step, "id") {
                let output_text = fs::read_to_string(&output).unwrap();
                statuses.push((id.to_owned(), output_text.trim().strip_prefix("status=").unwrap().to_owned()));
                fs::remove_file(output).unwrap();
            }
        }
        Ok(())
    }

    /// Commits a repository like this one, with the pages in `spec/pages`, their specs and modules, and the catalogue.
    fn prepare(&self) {
        self.write("generated/Cargo.toml", &read("codegen/tests/seed/generated/Cargo.toml"));
        self.write("generated/src/lib.rs", "");
        self.write("tests/README", "snapshots\n");
        self.write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n");
        self.write(".gitignore", "/target\n");
        for arguments in [&["catalogue", "--pause", "0", "--base-url", &self.site.address][..], &["update"]] {
            let done = self.command(env!("CARGO_BIN_EXE_topsdk"), "work").args(arguments).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
        self.commit();
    }

    /// The files that differ between `main` and the branch of the pull request.
    fn proposed(&self) -> String {
        self.git(&["diff", "--name-only", "main", "topsdk/pages"], "origin.git")
    }
}

fn has_all() -> bool {
    let has = has_command("git") && has_command("bash");
    if !has {
        eprintln!("skipped: the commands of the workflows (they need git and bash)");
    }
    has
}

fn site() -> Site {
    let site = Site::new([(1, document(1, "a.b.one", "x")), (2, document(2, "a.b.two", "x"))]);
    site.state().catalogue = catalogue(&listed());
    site.state().announcements.insert(0, json!({ "queryResults": [] }));
    site
}

/// What the catalogue of the site lists: its two APIs, and others.
fn listed() -> Vec<Listed> {
    let own =
        [(1, "a.b.one"), (2, "a.b.two")].map(|(id, method)| (id, method.to_owned(), "测试".to_owned(), "测试API"));
    own.into_iter().chain(apis()).collect()
}

#[test]
fn the_pages_workflow_opens_a_pull_request_with_the_report() {
    if !has_all() {
        return;
    }
    let mut runner = Runner::new(site());
    for id in [1, 2] {
        let page = String::from_utf8(runner.site.state().pages[&id].clone()).unwrap();
        runner.write(&format!("spec/pages/{id}.json"), &page);
    }
    runner.prepare();

    let pages = ".github/workflows/pages.yml";
    assert_eq!(runner.run(pages), Ok(()));
    assert_eq!(runner.log("gh"), "", "nothing has changed, and nobody is asked");
    assert_eq!(runner.log("cargo").lines().count(), 1, "no test has to be run");

    runner.site.state().pages.insert(2, document(2, "a.b.two", "y").into_bytes());
    assert_eq!(runner.run(pages), Ok(()));
    assert_eq!(runner.log("gh"), "pr list\npr create\n");
    assert!(runner.log("cargo").ends_with("test -p topsdk-tests --test documented\n"));
    let proposed = runner.proposed();
    for file in ["generated/src/apis/a/b/two.rs", "spec/apis/a.b.two.json", "spec/pages/2.json", "tests/apis/new.snap"]
    {
        assert!(proposed.lines().any(|line| line == file), "{file}: {proposed}");
    }
    assert!(!proposed.contains("one"), "{proposed}");
    let body = fs::read_to_string(runner.path("body.md")).unwrap();
    assert!(body.contains("major") && body.contains("a.b.two") && body.contains("topsdk fetch"), "{body}");
    assert!(body.len() < 65_536);

    // The day after, the same pull request is brought up to date.
    runner.site.state().pages.insert(2, document(2, "a.b.two", "z").into_bytes());
    runner.pages = "2 a.b.one";
    runner.site.state().requests.clear();
    assert_eq!(runner.run(pages), Ok(()));
    assert_eq!(runner.site.requested(), [2, 1]);
    assert_eq!(runner.log("gh"), "pr list\npr edit\n");

    // What cannot be had fails the job, and what can be had is proposed all the same.
    runner.pages = "";
    let page = document(2, "a.b.two", "w");
    let catalogue = json!({ "success": true, "data": catalogue(&listed()) }).to_string();
    let announcements = json!({ "success": true, "data": { "queryResults": [] } }).to_string();
    // The catalogue for `watch`, the announcements, the catalogue to be stored, and two documents.
    let watched = [catalogue.clone(), announcements, catalogue].map(|body| Fault::body(200, body));
    runner.site.fail(watched.into_iter().chain([Fault::body(404, ""), Fault::body(200, page)]));
    let (step, printed) = runner.run(pages).unwrap_err();
    assert_eq!(step, "Failures");
    assert!(printed.contains("error: 1 a.b.one: ") && printed.contains("HTTP status 404"), "{printed}");
    assert_eq!(runner.log("gh"), "pr list\npr edit\n");
}

#[test]
fn withdrawn_apis_are_named_in_the_pull_request_or_an_issue() {
    if !has_all() {
        return;
    }
    let runner = Runner::new(site());
    let page = String::from_utf8(runner.site.state().pages[&2].clone()).unwrap();
    runner.write("spec/pages/2.json", &page);
    runner.prepare();
    let pages = ".github/workflows/pages.yml";
    {
        let mut state = runner.site.state();
        state.announcements.insert(0, json!({ "queryResults": [{ "id": 9, "title": "公告" }] }));
        state.announcements.insert(9, json!({ "content": "<p>接口 a.b.two 将下线。</p>" }));
    }
    // Nothing to pull: an issue, and the day after the same one.
    assert_eq!(runner.run(pages), Ok(()));
    assert_eq!(runner.log("gh"), "issue list\nissue create\n");
    let issue = fs::read_to_string(runner.path("issue.md")).unwrap();
    assert!(issue.contains("* `a.b.two`: undated, `公告`") && issue.contains("`接口 a.b.two 将下线。`"), "{issue}");
    assert_eq!(runner.run(pages), Ok(()));
    assert_eq!(runner.log("gh"), "issue list\nissue edit\n");

    // A changed catalogue is something to pull.
    runner.site.state().catalogue = catalogue(&[&listed()[..1], &listed()[2..]].concat());
    assert_eq!(runner.run(pages), Ok(()));
    assert_eq!(runner.log("gh"), "pr list\npr create\n");
    assert!(runner.proposed().lines().any(|file| file == "spec/catalogue.jsonl"));
    let body = fs::read_to_string(runner.path("body.md")).unwrap();
    assert!(body.starts_with("**Named in announcements**"), "{body}");
    assert!(
        body.contains(
            "**Not in the platform's catalogue, which alone does not mean that they are retired**\n\n* `a.b.two`\n"
        ),
        "{body}"
    );

    // A catalogue that is refused fails the job.
    runner.site.state().catalogue = json!({});
    let (step, printed) = runner.run(pages).unwrap_err();
    assert_eq!(step, "Failures");
    assert!(printed.contains("lists no APIs"), "{printed}");
}

#[test]
fn the_pages_workflow_serves_a_repository_with_its_own_pages() {
    if !has_all() {
        return;
    }
    let runner = Runner::new(site());
    runner.write("docs/top-pages.txt", "1 # what we use\n2\n");
    runner.commit();
    let pages = "docs/workflows/own-pages.yml";
    assert_eq!(runner.run(pages), Ok(()));
    assert_eq!(runner.log("gh"), "pr list\npr create\n");
    assert_eq!(runner.proposed(), "docs/top/a.b.one.json\ndocs/top/a.b.two.json\n");
    runner.git(&["merge", "--quiet", "topsdk/pages"], "work");
    runner.git(&["switch", "--quiet", "main"], "work");
    runner.git(&["merge", "--quiet", "topsdk/pages"], "work");
    runner.git(&["push", "--quiet", "origin", "main"], "work");

    // A run that is blocked proposes what it got, and not its journal.
    let changed = document(1, "a.b.one", "y");
    runner.site.fail([Fault::body(200, changed)].into_iter().chain(vec![Fault::Answer(
        200,
        vec![("Retry-After", "9999".to_owned())],
        BLOCKED.into(),
    )]));
    let (step, printed) = runner.run(pages).unwrap_err();
    assert_eq!(step, "Failures");
    assert!(printed.contains("RGV587_ERROR"), "{printed}");
    assert_eq!(runner.proposed(), "docs/top/a.b.one.json\n");
    let body = fs::read_to_string(runner.path("body.md")).unwrap();
    assert!(body.contains("major") && body.contains("a.b.one"), "{body}");
    assert_eq!(names(&runner.path("work/docs/top")), ["a.b.one.json", "a.b.two.json"]);
}
