//! A crate that `topsdk generate` wrote: it builds inside a workspace and outside, and what its owner writes stays.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/cargo.rs"]
mod cargo;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder outside of any checkout, with a copy of the crate `topsdk` as its own folder has it.
struct Place {
    folder: TempDir,
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn spec(method: &str, rows: &str) -> String {
    format!(
        r#"{{"method":"{method}","title":"标题","auth":"required","source":{{"page":"{method}.html","sha256":"00","layout":"html"}},"request":[{rows}],"response":[{{"name":"id","type":"Number"}}]}}"#
    )
}

/// Four required parameters, a type that is called as in the prelude, and one with an example that has to be parsed.
const ROWS: &str = r#"{"name":"a","type":"String","required":true},{"name":"b","type":"String","required":true},
    {"name":"c","type":"Date","required":true,"example":"2019-07-04 15:32:17"},{"name":"d","type":"Number","required":true},
    {"name":"result","type":"Result","fields":[{"name":"client","type":"String","example":"x"}]}"#;

impl Place {
    fn new(specs: &[String]) -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        place.write("specs.jsonl", &specs.iter().map(|spec| spec.replace('\n', " ") + "\n").collect::<String>());
        place
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn run(&self, out: &str, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_topsdk"))
            .args(["generate", "--spec", "specs.jsonl", "--crate", "my-apis", "--out", out])
            .args(more)
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    fn generate(&self, out: &str, more: &[&str]) -> String {
        let output = self.run(out, more);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Builds with the versions and the target folder of the repository: nothing else is there without a network.
    fn build(&self, folder: &str, more: &[&str]) {
        fs::copy(repository().join("Cargo.lock"), self.path(folder).join("Cargo.lock")).unwrap();
        let output = cargo::cargo()
            .args(["check", "--offline", "--quiet"])
            .args(more)
            .current_dir(self.path(folder))
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap())
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The path of the crate `topsdk`, as a user would type it.
fn topsdk() -> String {
    repository().join("generated").to_str().unwrap().to_owned()
}

#[test]
#[cfg_attr(not(slow), ignore = "compiles crates: needs TOPSDK_SLOW=1")]
fn a_crate_outside_a_workspace_builds_and_keeps_manual_edits() {
    let place = Place::new(&[spec("taobao.item.get", ROWS)]);
    let stderr = place.generate("deep/apis", &["--topsdk", &topsdk()]);
    assert_eq!(stderr.lines().count(), 1, "no workspace to speak of: {stderr}");
    let manifest = place.read("deep/apis/Cargo.toml");
    assert!(manifest.contains("topsdk = { path = \"../../") && !manifest.contains("[workspace]"), "{manifest}");
    place.build("deep/apis", &["--all-features"]);

    let own = manifest
        .replace("license = \"MIT OR Apache-2.0\"", "license-file = 'LICENSE' # ours\nexclude = [\"notes\"]")
        .replace("default-features = false }", "default-features = false, features = [\"serde\"] } # more")
        .replace("[features]\n", "[features]\ndefault = [ 'taobao-item' ]\n")
        .replace('\n', "\r\n")
        + "\r\n[lints.rust]\r\nunsafe_code = \"forbid\"\r\n";
    place.write("deep/apis/Cargo.toml", &own);
    place.write("deep/apis/LICENSE", "");
    place.generate("deep/apis", &[]);
    assert_eq!(place.read("deep/apis/Cargo.toml"), own);

    place.write("specs.jsonl", &[spec("taobao.item.get", ""), spec("alibaba.a.get", "")].join("\n"));
    place.generate("deep/apis", &[]);
    let added = own.replace("taobao = [", "alibaba = [\"alibaba-a\"]\r\nalibaba-a = []\r\ntaobao = [");
    assert_eq!(place.read("deep/apis/Cargo.toml"), added);
    assert!(place.generate("deep/apis", &["--check"]).contains("up to date"));
    place.build("deep/apis", &["--all-features"]);

    place.write("specs.jsonl", &spec("alibaba.a.get", ""));
    place.generate("deep/apis", &[]);
    let removed = added
        .replace("taobao = [\"taobao-item\"]\r\ntaobao-item = []\r\n", "")
        .replace("default = [ 'taobao-item' ]", "default = []");
    assert_eq!(place.read("deep/apis/Cargo.toml"), removed);
    place.build("deep/apis", &["--all-features"]);
}

#[test]
#[cfg_attr(not(slow), ignore = "compiles crates: needs TOPSDK_SLOW=1")]
fn a_crate_inside_a_workspace_builds_and_its_readme_compiles_in_another_member() {
    let place = Place::new(&[spec("taobao.item.get", ROWS), spec("taobao.time.get", "")]);
    place.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"app\"]\n");
    let stderr = place.generate("apis", &["--topsdk", &topsdk()]);
    let line = stderr.lines().find(|line| line.trim_start().starts_with("members = ")).unwrap();
    assert!(line.ends_with("members = [\"apis\"]") && stderr.contains("exclude = [\"apis\"]"), "{stderr}");
    place.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"app\", \"apis\"]\n");
    assert_eq!(place.generate("apis", &[]).lines().count(), 1, "the workspace lists it");

    let readme = place.read("apis/README.md");
    let program = readme.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
    place.write("app/src/main.rs", program);
    let manifest = format!(
        "[package]\nname = \"app\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         my-apis = {{ path = \"../apis\", features = [\"taobao-item\"] }}\n\
         topsdk = {{ path = {:?}, default-features = false, features = [\"blocking\"] }}\n",
        topsdk()
    );
    place.write("app/Cargo.toml", &manifest);
    place.build("", &["--workspace"]);

    place.write("apis/README.md", "# Ours\n");
    place.generate("apis", &[]);
    assert_eq!(place.read("apis/README.md"), "# Ours\n");
}

#[test]
fn a_new_crate_finds_topsdk_in_a_checkout_only() {
    let place = Place::new(&[spec("taobao.item.get", "")]);
    let output = place.run("apis", &[]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(2) && stderr.contains("--topsdk PATH") && stderr.contains("Cargo.toml"),
        "{stderr}"
    );
    assert!(!place.path("apis").exists());

    place.write("spec/pages/one.html", "");
    place.write("generated/Cargo.toml", "[package]\nname = \"topsdk\"\n");
    place.generate("more/apis", &[]);
    assert!(place.read("more/apis/Cargo.toml").contains("topsdk = { path = \"../../generated\", version = "));
}

#[test]
fn an_uneditable_manifest_is_an_error_and_nothing_is_written() {
    let place = Place::new(&[spec("taobao.item.get", "")]);
    place.generate("apis", &["--topsdk", &topsdk()]);
    let manifest = place.read("apis/Cargo.toml");
    for (found, expected) in [
        (manifest.replace("[features]", "[features"), "Cargo.toml: not a manifest"),
        (manifest.replace("\"my-apis\"", "\"other\""), "the crate is called `other`, not `my-apis`"),
        (
            manifest.replace("[features]\n", "[[features]]\n"),
            "expected `[features]` to be a table under a header of its own",
        ),
    ] {
        place.write("apis/Cargo.toml", &found);
        place.write("specs.jsonl", &spec("taobao.item.get", ROWS).replace('\n', " "));
        let module = place.read("apis/src/taobao/item/get.rs");
        let output = place.run("apis", &[]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && stderr.contains(expected), "{stderr}");
        assert_eq!((place.read("apis/Cargo.toml"), place.read("apis/src/taobao/item/get.rs")), (found, module));
    }
}

#[test]
fn six_parallel_runs_leave_one_whole_crate_and_no_temporary_file() {
    let all = |name: &str| -> Vec<String> {
        (0..40)
            .map(|number| spec(&format!("taobao.a{number}.get"), &format!(r#"{{"name":"{name}","type":"String"}}"#)))
            .collect()
    };
    let place = Place::new(&all("first"));
    place.generate("apis", &["--topsdk", &topsdk()]);
    place.write("other.jsonl", &all("second").join("\n"));
    place.write("apis/src/taobao/a1/.get.rs.1.topsdk-new", "what a killed process left");
    let run = |specs: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
        command.args(["generate", "--crate", "my-apis", "--out", "apis", "--spec", specs]);
        command.current_dir(place.folder.path()).spawn().unwrap()
    };
    let running = ["specs.jsonl", "other.jsonl"].repeat(3).into_iter().map(run).collect::<Vec<_>>();
    assert!(running.into_iter().all(|mut child| child.wait().unwrap().success()));
    let is_first = |number: usize| place.read(&format!("apis/src/taobao/a{number}/get.rs")).contains("pub first:");
    assert!((1..40).all(|number| is_first(number) == is_first(0)), "two specs are mixed");
    assert!(!place.path("apis/src/taobao/a1/.get.rs.1.topsdk-new").exists());
}
