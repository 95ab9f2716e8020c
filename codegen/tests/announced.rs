//! A document's own list of changes beside what the diff finds.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::slice;

use serde_json::json;
use topsdk_codegen::diff::{diff, disagreements};
use topsdk_codegen::read::{self, Announced, Sign};
use topsdk_spec::{Api, resolve, siblings_at};

/// A document of the endpoint with these response fields below `data`, and this list of changes.
fn document(fields: &[(&str, &str)], changes: &[&str]) -> String {
    let field = |name: &str, word: &str, fields: Vec<serde_json::Value>| json!({ "name": name, "type": word, "description": "说明", "demoValue": "1", "subParams": fields });
    let fields = fields.iter().map(|(name, word)| field(name, word, Vec::new())).collect();
    json!({ "success": true, "data": {
        "id": 1, "name": "taobao.test.time.get", "apiChineseName": "测试",
        "requestParams": [], "responseParams": [field("data", "Data []", fields)],
        "changeDiff": { "gmtModified": 1_688_701_382_000_u64, "inputDiff": [], "outputDiff": changes },
    }})
    .to_string()
}

fn topsdk(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn update_and_diff_are_silent_where_both_agree_and_tell_where_they_do_not() {
    let old = [("a", "Number"), ("b", "Number")];
    let new = [("a", "Number"), ("c", "String")];
    for (changes, told) in [
        (&["[-] data->b", "[+] data->c"][..], &[][..]),
        (
            &["[+] data->c", "[+] data->d"],
            &[
                "the page's own list of changes has `[+] data->d`, but the table has no such row",
                "the tables differ here (removed), and the page's own list of changes does not tell of it",
            ],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("spec/pages")).unwrap();
        fs::create_dir_all(root.join("generated")).unwrap();
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed/generated/Cargo.toml");
        fs::copy(manifest, root.join("generated/Cargo.toml")).unwrap();
        let page = root.join("spec/pages/time.json");
        fs::write(&page, document(&old, &[])).unwrap();
        fs::write(root.join("old.json"), document(&old, &[])).unwrap();
        let first = topsdk(&["update"], root);
        assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
        fs::write(&page, document(&new, changes)).unwrap();
        for arguments in [&["diff", "old.json", "spec/pages/time.json"][..], &["update"]] {
            let output = topsdk(arguments, root);
            let said = String::from_utf8(output.stderr).unwrap();
            let found: Vec<&str> =
                said.lines().filter_map(|line| line.strip_prefix("warning[changes-differ]: ")).collect();
            assert_eq!(found, told, "{arguments:?}");
        }
    }
}

/// The spec as it was before the last change, as far as the list tells.
fn without_what_was_added(api: &Api, announced: &Announced) -> Api {
    let mut old = api.clone();
    for said in announced.changes.iter().filter(|said| said.sign == Sign::Added) {
        let table = old.side_mut(said.side);
        for at in resolve(table, &said.path.join(".")).into_iter().rev() {
            let (siblings, index) = siblings_at(table, &at).unwrap();
            siblings.remove(index);
        }
    }
    old
}

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn the_lists_of_real_documents_agree_with_their_tables() {
    let corpus = std::env::var_os("TOPSDK_CORPUS").unwrap();
    let mut lists = 0;
    for entry in fs::read_dir(Path::new(&corpus).join("documents")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let api = read::page("page.json", &bytes).unwrap().api;
        let Some(announced) = read::announced(&bytes) else { continue };
        lists += 1;
        let old = without_what_was_added(&api, &announced);
        assert_ne!(old, api, "{}", path.display());
        let found = diff(slice::from_ref(&old), slice::from_ref(&api));
        let differ = disagreements(&announced, &old, &api, &found);
        // What else changed then is not in the old version that was made here.
        let differ = differ.iter().filter(|differ| !differ.message.contains("nothing of this row has changed"));
        assert_eq!(
            differ.collect::<Vec<_>>(),
            Vec::<&topsdk_codegen::diagnostic::Diagnostic>::new(),
            "{}",
            path.display()
        );
    }
    assert_eq!(lists, 5);
}
