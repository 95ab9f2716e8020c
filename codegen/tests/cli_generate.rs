//! `topsdk generate`: what it writes, what it leaves alone, and what a crate keeps that is generated again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::SystemTime;

use tempfile::TempDir;

const TOPSDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../generated");

/// A crate in a folder of its own, and the file of its specs.
struct Crate {
    folder: TempDir,
}

impl Crate {
    fn new(specs: &[String]) -> Crate {
        let new = Crate { folder: tempfile::tempdir().unwrap() };
        new.specs(specs);
        new
    }

    fn specs(&self, specs: &[String]) {
        fs::write(self.folder.path().join("specs.jsonl"), specs.join("\n")).unwrap();
    }

    fn run(&self, more: &[&str]) -> Output {
        self.run_with("2", more)
    }

    fn run_with(&self, threads: &str, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_topsdk"))
            .args(["generate", "--spec", "specs.jsonl", "--out", "out", "--crate", "my-apis"])
            .args(if more.contains(&"--topsdk") { vec![] } else { vec!["--topsdk", TOPSDK] })
            .args(more)
            .env("RAYON_NUM_THREADS", threads)
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    /// What it says, where it succeeds.
    fn generate(&self, more: &[&str]) -> String {
        let output = self.run(more);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("out").join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// Every file with its content and when it was written.
    fn files(&self) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
        let mut files = BTreeMap::new();
        let mut open = vec![self.path("")];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => open.push(path),
                    false => {
                        let time = path.metadata().unwrap().modified().unwrap();
                        files.insert(path.clone(), (fs::read(path).unwrap(), time));
                    }
                }
            }
        }
        files
    }
}

fn spec(method: &str, request: &str, response: &str) -> String {
    format!(
        r#"{{"method":"{method}","title":"标题","source":{{"page":"{method}.html","sha256":"00","layout":"html"}},"request":[{request}],"response":[{response}]}}"#
    )
}

fn seed() -> String {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed/spec/apis/alibaba.alsc.crm.recharge.dedut.update.json");
    fs::read_to_string(path).unwrap().replace('\n', " ")
}

#[test]
fn rows_left_out_of_the_crate_are_reported() {
    let rows = r#"{"name":"id","type":"Number"},{"name":"id","type":"String"},{"name":"","type":"String"}"#;
    let there = Crate::new(&[spec("taobao.a.get", rows, "")]);
    for (format, found) in [
        ("text", ["warning[duplicate-sibling]", "warning[empty-name]"]),
        ("json", ["\"name\":\"duplicate-sibling\"", "\"name\":\"empty-name\""]),
    ] {
        let output = there.run(&["--format", format]);
        let messages = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.success() && found.iter().all(|found| messages.matches(found).count() == 1),
            "{messages}"
        );
    }
    assert_eq!(there.generate(&[]), "out: 1 API, 8 files, 0 written, 0 removed\n");
}

#[test]
fn second_run_writes_nothing_and_check_lists_what_would_be_written() {
    let krate = Crate::new(&[seed(), spec("taobao.time.get", "", "")]);
    let output = krate.run(&["--check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!krate.path("").exists(), "--check writes nothing");
    krate.generate(&[]);
    let before = krate.files();
    assert!(krate.generate(&[]).ends_with("11 files, 0 written, 0 removed\n"));
    assert!(krate.generate(&["--check"]).ends_with("11 files, up to date\n"));
    assert_eq!(krate.files(), before);

    krate.specs(&[seed(), spec("taobao.item.get", "", "")]);
    let output = krate.run(&["--check"]);
    assert_eq!((output.status.code(), krate.files()), (Some(1), before.clone()));
    let printed = String::from_utf8(output.stdout).unwrap();
    for line in [
        "would be written: src/taobao/item/get.rs",
        "would be written: src/index.rs",
        "would be removed: src/taobao/time/get.rs",
    ] {
        assert!(printed.contains(line), "{printed}");
    }
    krate.generate(&[]);
    let seed_module = krate.path("src/alibaba/alsc/crm_recharge_dedut_update.rs");
    assert_eq!(krate.files()[&seed_module], before[&seed_module], "what did not change was not written again");
    assert!(!krate.path("src/taobao/time").exists());
    let printed = String::from_utf8(krate.run(&["--check", "--format", "json"]).stdout).unwrap();
    assert_eq!(printed, "{\"apis\":2,\"files\":11,\"removed\":[],\"written\":[]}\n");
}

#[test]
fn concurrent_runs_of_generate_do_not_mix() {
    let sets = [
        vec![spec("taobao.item.get", "", ""), spec("alibaba.one.get", "", "")],
        vec![spec("taobao.item.get", r#"{"name":"id","type":"Number"}"#, ""), spec("tmall.two.get", "", "")],
    ];
    let texts = |krate: &Crate| -> BTreeMap<PathBuf, Vec<u8>> {
        let inside = |path: PathBuf| path.strip_prefix(krate.path("")).unwrap().to_owned();
        krate.files().into_iter().map(|(path, (bytes, _))| (inside(path), bytes)).collect()
    };
    let krate = Crate::new(&sets[0]);
    let alone = sets.each_ref().map(|specs| {
        krate.specs(specs);
        krate.generate(&[]);
        texts(&krate)
    });
    for (index, specs) in sets.iter().enumerate() {
        fs::write(krate.folder.path().join(format!("{index}.jsonl")), specs.join("\n")).unwrap();
    }
    for is_there in [true, false, true] {
        if !is_there {
            fs::remove_dir_all(krate.path("")).unwrap();
        }
        let runs: Vec<_> = (0..6)
            .map(|run| {
                let specs = format!("{}.jsonl", run % 2);
                Command::new(env!("CARGO_BIN_EXE_topsdk"))
                    .args(["generate", "--spec", &specs, "--out", "out", "--crate", "my-apis", "--topsdk", TOPSDK])
                    .current_dir(krate.folder.path())
                    .stdout(Stdio::null())
                    .stderr(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let outputs: Vec<Output> = runs.into_iter().map(|run| run.wait_with_output().unwrap()).collect();
        for output in &outputs {
            let messages = String::from_utf8_lossy(&output.stderr);
            let is_refused = messages.contains("out: another `topsdk` process is using this folder");
            assert!(output.status.success() || (!is_there && is_refused), "{messages}");
        }
        assert!(outputs.iter().any(|output| output.status.success()));
        let found = texts(&krate);
        assert!(alone.contains(&found), "{found:?}");
    }
}

#[test]
fn output_does_not_depend_on_order_or_threads() {
    let mut specs: Vec<String> = (0..40).map(|number| spec(&format!("a.b{}.c{number}", number % 7), "", "")).collect();
    let one = Crate::new(&specs);
    assert!(one.run_with("1", &[]).status.success());
    specs.reverse();
    let other = Crate::new(&specs);
    assert!(other.run_with("8", &[]).status.success());
    let bytes = |krate: &Crate| -> Vec<Vec<u8>> { krate.files().into_values().map(|(bytes, _)| bytes).collect() };
    assert_eq!(bytes(&one), bytes(&other));
}

#[test]
fn manifest_can_be_published_and_keeps_manual_edits() {
    let krate = Crate::new(&[seed()]);
    krate.generate(&[]);
    let manifest = krate.read("Cargo.toml");
    for line in [
        "name = \"my-apis\"",
        "version = \"0.1.0\"",
        "license = \"MIT OR Apache-2.0\"",
        "readme = \"README.md\"",
        "documentation = \"https://docs.rs/my-apis\"",
        "[package.metadata.docs.rs]\nall-features = true",
        "alibaba = [\"alibaba-alsc\"]\nalibaba-alsc = []",
    ] {
        assert!(manifest.contains(line), "{manifest}");
    }
    assert!(manifest.contains("description = ") && !manifest.contains("\ndefault = "), "{manifest}");
    let dependencies = manifest.split("[dependencies]\n").nth(1).unwrap().split("\n\n").next().unwrap();
    assert_eq!(dependencies.lines().count(), 1, "one dependency: {dependencies}");

    let owned = manifest.replace("version = \"0.1.0\"\nedition", "version = \"1.2.3\"\nedition").replace(
        "license = \"MIT OR Apache-2.0\"",
        "license = \"Apache-2.0\"\nauthors = [\"店主 <a@b.cn>\"]\npublish = false",
    );
    fs::write(krate.path("Cargo.toml"), owned).unwrap();
    krate.specs(&[seed(), spec("taobao.time.get", "", "")]);
    krate.generate(&[]);
    let manifest = krate.read("Cargo.toml");
    for line in [
        "version = \"1.2.3\"",
        "license = \"Apache-2.0\"",
        "authors = [\"店主 <a@b.cn>\"]",
        "publish = false",
        "taobao-time = []",
    ] {
        assert!(manifest.contains(line), "{manifest}");
    }
    assert!(krate.generate(&["--check"]).contains("up to date"));
}

#[test]
fn cargo_packages_the_crate_as_it_is() {
    let krate = Crate::new(&[seed()]);
    krate.generate(&[]);
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--offline", "--allow-dirty"])
        .current_dir(krate.path(""))
        .output()
        .unwrap();
    let (listed, messages) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success() && !messages.contains("warning"), "{messages}");
    for file in ["README.md", "src/index.rs", "src/lib.rs", "src/alibaba/alsc/crm_recharge_dedut_update.rs"] {
        assert!(listed.lines().any(|line| line == file), "{listed}");
    }
}

#[test]
fn method_whose_module_name_is_taken_gets_another() {
    let krate = Crate::new(&[spec("a.b.c-d", "", ""), spec("taobao.miniapp.userInfo.get", "", "")]);
    krate.generate(&[]);
    let before = krate.read("src/a/b/c_d.rs");
    // Without a crate that is there, the plainer method would have the module.
    let added = ["a.b.c-d", "a.b.c.d", "a.b.cD", "taobao.miniapp.userInfo.get", "taobao.miniapp.user.info.get"];
    krate.specs(&added.map(|method| spec(method, "", "")));
    krate.generate(&[]);
    assert_eq!(krate.read("src/a/b/c_d.rs"), before);
    assert!(krate.read("src/a/b/c_d_2.rs").contains("method = \"a.b.c.d\""));
    assert!(krate.read("src/a/b/c_d_3.rs").contains("method = \"a.b.cD\""));
    assert!(krate.read("src/taobao/miniapp/user_info_get.rs").contains("method = \"taobao.miniapp.userInfo.get\""));
    assert!(krate.generate(&["--check"]).contains("up to date"));
}

#[test]
fn assigned_names_win_over_new_candidates() {
    let field = |name: &str| format!(r#"{{"name":"{name}","type":"String"}}"#);
    let item = |fields: &[&str]| {
        let fields: Vec<String> = fields.iter().map(|name| field(name)).collect();
        format!(r#"{{"name":"item","type":"Item","fields":[{}]}}"#, fields.join(","))
    };
    let krate = Crate::new(&[spec("taobao.item.get", "", &item(&["itemId"]))]);
    krate.generate(&[]);
    let module = |krate: &Crate| krate.read("src/taobao/item/get.rs");
    assert!(module(&krate).contains("pub struct Item {") && module(&krate).contains("    pub item_id: "));
    krate.specs(&[spec("taobao.item.get", &item(&["x"]), &item(&["item_id", "itemId"]))]);
    krate.generate(&[]);
    let now = module(&krate);
    let response = &now[now.find("pub struct Item {").unwrap()..];
    assert!(now.contains("pub struct ItemParam {"), "{now}");
    assert!(response.contains("#[top(name = \"itemId\")]\n    #[doc(alias = \"itemId\")]\n    pub item_id: "), "{now}");
    assert!(
        response.contains("#[top(name = \"item_id\")]\n    #[doc(alias = \"item_id\")]\n    pub item_id_2: "),
        "{now}"
    );
    assert!(krate.generate(&["--check"]).contains("up to date"));
}

#[test]
fn crate_keeps_its_names_in_a_file_beside_its_manifest() {
    let item = |fields: &str| format!(r#"{{"name":"item","type":"Item","fields":[{fields}]}}"#);
    let field = |name: &str| format!(r#"{{"name":"{name}","type":"String"}}"#);
    let krate = Crate::new(&[spec("taobao.item.get", "", &item(&field("itemId")))]);
    let messages = String::from_utf8(krate.run(&[]).stderr).unwrap();
    assert_eq!(messages, "", "a new crate has no names to lose");
    let names = krate.read("names.json");
    let expected = r#"{"format":1,"apis":{"taobao.item.get":{"module":"get","request":[{"name":"ItemGetRequest"}],"response":[
        {"name":"ItemGetResponse","fields":{"item":"item"}},
        {"type":"Item","place":"item","name":"Item","fields":{"itemId":"item_id"}}]}}}"#;
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(json(&names), json(expected));

    // Nothing is read from the code: without the file, the rules decide, and a note says so.
    fs::remove_file(krate.path("names.json")).unwrap();
    krate.specs(&[spec("taobao.item.get", &item(&field("x")), &item(&field("itemId")))]);
    let messages = String::from_utf8(krate.run(&[]).stderr).unwrap();
    assert!(
        messages.contains("names.json: does not exist, so all names of this crate follow from the rules"),
        "{messages}"
    );
    assert!(krate.read("src/taobao/item/get.rs").contains("pub struct ItemReply {"));
    assert_eq!(String::from_utf8(krate.run(&["--check"]).stderr).unwrap(), "");

    fs::write(krate.path("names.json"), names.replace("item_id", "item id")).unwrap();
    let output = krate.run(&[]);
    let messages = String::from_utf8(output.stderr).unwrap();
    let expected = "names.json: `taobao.item.get`, response, struct at `item`, field `itemId`: `item id` is not a Rust";
    assert!(output.status.code() == Some(2) && messages.contains(expected), "{messages}");
}

#[test]
fn names_writes_a_file_for_build_scripts() {
    let krate = Crate::new(&[seed()]);
    let names = |more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_topsdk"))
            .args(["names", "--spec", "specs.jsonl"])
            .args(more)
            .current_dir(krate.folder.path())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(names(&["--check"]).0, Some(1));
    assert_eq!(names(&[]), (Some(0), "names.json: written, 1 API\n".to_owned(), String::new()));
    assert_eq!(names(&["--check"]), (Some(0), "names.json: up to date\n".to_owned(), String::new()));
    let written = fs::read_to_string(krate.folder.path().join("names.json")).unwrap();
    krate.generate(&[]);
    assert_eq!(krate.read("names.json"), written, "as a generated crate has it");
    // A name that is there stays.
    let renamed = written.replace("\"name\": \"DedutOpenReq\"", "\"name\": \"Spent\"");
    assert_ne!(renamed, written);
    fs::write(krate.folder.path().join("names.json"), &renamed).unwrap();
    assert_eq!(names(&["--check"]).0, Some(0));
    krate.specs(&[seed(), seed()]);
    let (status, _, messages) = names(&[]);
    assert!(status == Some(2) && messages.contains("several specs have the method"), "{messages}");
}

#[test]
fn failed_generation_is_reported_and_writes_nothing() {
    let krate = Crate::new(&[seed(), seed()]);
    for (arguments, expected) in [
        (&[][..], "several specs have the method `alibaba.alsc.crm.recharge.dedut.update`"),
        (&["--crate", "type"], "cannot be used multiple times"),
        (&["--topsdk", "nowhere"], "not the folder of a crate"),
        (&["--names", "nowhere.json"], "does not exist"),
    ] {
        let output = krate.run(arguments);
        let messages = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && messages.contains(expected), "{messages}");
        assert!(!krate.path("").exists());
    }
    krate.specs(&[seed()]);
    fs::create_dir_all(krate.path("src")).unwrap();
    fs::write(krate.path("Cargo.toml"), "[package]\nname = \"mine\"\n").unwrap();
    let before = krate.files();
    for arguments in [&[][..], &["--check"]] {
        let output = krate.run(arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr).unwrap().contains("contains a crate that topsdk did not generate"));
    }
    assert_eq!(krate.files(), before);
}
