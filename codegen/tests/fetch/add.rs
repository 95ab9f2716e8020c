//! `topsdk add`: from a name of a small site to bindings that compile and call.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::site::{BLOCKED, Fault, Site, document};
use crate::{repository, topsdk};

/// All files below a folder, with their bytes.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        match entry.is_dir() {
            true => files.extend(tree(&entry)),
            false => drop(files.insert(entry.display().to_string(), fs::read(&entry).unwrap())),
        }
    }
    files
}

#[test]
fn add_writes_page_spec_and_module() {
    let (site, repository) = (Site::small(), repository());
    let (status, out, err) = topsdk(&site, &["add", "taobao.trades.sold.get"], repository.path());
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.starts_with("new       taobao.trades.sold.get (测试), from taobao.trades.sold.get.json\n"), "{out}");
    let last = "added     taobao.trades.sold.get: use topsdk::taobao::trades::sold_get; (feature `taobao-trades`)";
    assert_eq!(out.lines().last(), Some(last));
    for file in [
        "spec/catalogue.jsonl",
        "spec/pages/taobao.trades.sold.get.json",
        "spec/apis/taobao.trades.sold.get.json",
        "generated/src/apis/taobao/trades/sold_get.rs",
    ] {
        assert!(repository.path().join(file).is_file(), "{file}");
    }
    assert_eq!(site.requested(), [101]);

    // What is there is reported, without a request, and stays.
    let (before, requests) = (tree(repository.path()), site.state().requests.len());
    let (status, out, err) = topsdk(&site, &["add", "taobao.trades.sold.get"], repository.path());
    assert_eq!((status, err.as_str()), (0, ""));
    assert_eq!(out, last.replace("added ", "exists") + "\n");
    assert_eq!((tree(repository.path()) == before, site.state().requests.len()), (true, requests));
}

#[test]
fn adding_a_category_adds_all_its_apis_and_keeps_existing_ones() {
    let (site, repository) = (Site::small(), repository());
    assert_eq!(topsdk(&site, &["add", "taobao.trades.sold.get"], repository.path()).0, 0);
    let arguments = ["add", "--category", "交易API", "--format", "json"];
    let (status, out, err) = topsdk(&site, &arguments, repository.path());
    assert_eq!((status, err.as_str()), (0, ""));
    let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let added: Vec<bool> = lines.iter().filter_map(|line| line["added"].as_bool()).collect();
    assert_eq!((added.len(), added.iter().filter(|added| **added).count()), (12, 11));
    assert_eq!(site.requested().len(), 12, "no document is fetched twice");
    assert_eq!(fs::read_dir(repository.path().join("spec/apis")).unwrap().count(), 12);
}

#[test]
fn an_unknown_method_suggests_the_nearest_and_changes_nothing() {
    let (site, repository) = (Site::small(), repository());
    assert_eq!(topsdk(&site, &["catalogue"], repository.path()).0, 0);
    let before = tree(repository.path());
    for (arguments, part) in [
        (&["add", "taobao.trade.sold.get"][..], "did you mean `taobao.trades.sold.get`"),
        (&["add", "taobao.item.seller.get", "trades.sold.create"], "did you mean `taobao.trades.sold.create`?"),
        (&["add", "--category", "交易"], "no category `交易`; did you mean `交易API`?"),
        (&["add"], "METHOD"),
    ] {
        let (status, out, err) = topsdk(&site, arguments, repository.path());
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains(part), "{arguments:?}: {err}");
        assert_eq!(tree(repository.path()), before, "{arguments:?}");
    }
    assert_eq!(
        (site.requested().len(), site.catalogues()),
        (0, 4),
        "a young catalogue is fetched anew before a name is refused"
    );
}

#[test]
fn nothing_is_added_from_another_methods_document_or_a_block() {
    let (site, repository) = (Site::small(), repository());
    site.state().pages.insert(101, document(101, "taobao.trades.sold.query", "x").into_bytes());
    let methods = ["add", "taobao.trades.sold.get", "taobao.trade.order.get"];
    let (status, out, err) = topsdk(&site, &methods, repository.path());
    assert_eq!(status, 2);
    assert!(err.contains("`taobao.trades.sold.get`") && err.contains("`taobao.trades.sold.query`"), "{err}");
    assert!(out.contains("added     taobao.trade.order.get"), "{out}");
    assert!(!out.contains("taobao.trades.sold.query"), "{out}");

    site.fail([Fault::body(200, BLOCKED)]);
    let methods = ["add", "taobao.item.seller.get", "taobao.item.seller.update"];
    let (status, out, err) = topsdk(&site, &methods, repository.path());
    assert_eq!((status, out.as_str()), (2, ""), "{err}");
    assert!(
        err.contains("RGV587_ERROR")
            && err.contains("1 of 2 pages were not requested; run the command again later to add them"),
        "{err}"
    );
    let (status, out, _) = topsdk(&site, &methods, repository.path());
    assert_eq!((status, out.matches("\nadded ").count()), (0, 2));
}

/// `topsdk mock` over the specs of a repository.
struct Mock {
    process: Child,
    gateway: String,
}

impl Mock {
    fn start(repository: &Path) -> Mock {
        let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
        command.args(["mock", "--listen", "127.0.0.1:0", "--app-key", "key", "--secret", "secret"]);
        let mut process = command.current_dir(repository).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Mock { process, gateway: line.trim().strip_prefix("listening on ").unwrap().to_owned() }
    }

    /// Runs a program that finds this gateway, and returns its standard output.
    fn call(&self, command: &mut Command) -> String {
        command.env("TOP_GATEWAY", &self.gateway).env("TOP_APP_KEY", "key").env("TOP_APP_SECRET", "secret");
        let output = command.env("NO_PROXY", "127.0.0.1").env_remove("TOP_SESSION").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn an_added_api_compiles_and_calls_the_mock() {
    let (site, repository) = (Site::small(), repository());
    assert_eq!(topsdk(&site, &["add", "taobao.trades.sold.get"], repository.path()).0, 0);
    let mock = Mock::start(repository.path());
    let mut call = Command::new(env!("CARGO_BIN_EXE_topsdk"));
    call.args(["call", "taobao.trades.sold.get", "--x", "1"]).current_dir(repository.path());
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&mock.call(&mut call)).unwrap(),
        serde_json::json!({ "result": 2 })
    );

    // The typed bindings, with the versions of the repository: nothing else is there without a network.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (folder, root) = (target.join("added"), Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap());
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let path = |path: &Path| path.to_str().unwrap().replace('\\', "/");
    let manifest = format!(
        "[package]\nname = \"added\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [features]\ndefault = [\"taobao-trades\"]\ntaobao = [\"taobao-trades\"]\ntaobao-trades = []\n\n\
         [dependencies]\ntopsdk = {{ path = \"{}\", default-features = false, features = [\"blocking\"] }}\n",
        path(&root.join("generated")),
    );
    let program = format!(
        "#[path = \"{}\"]\nmod apis;\n\n\
         use apis::taobao::trades::sold_get::TradesSoldGetRequest;\nuse topsdk::client::blocking::Client;\n\n\
         fn main() {{\n    let client = Client::from_env().unwrap();\n    \
         let reply = client.execute(&TradesSoldGetRequest::new(\"1\"), None).unwrap();\n    \
         println!(\"{{:?}}\", reply.value.result);\n}}\n",
        path(&repository.path().join("generated/src/apis/mod.rs")),
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("src/main.rs"), program).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    let built = target.join("generated-crate");
    cargo.args(["run", "--offline", "--quiet"]).current_dir(folder).env("CARGO_TARGET_DIR", built);
    assert_eq!(mock.call(cargo.env_remove("RUSTFLAGS")), "Some(2)\n");
}
