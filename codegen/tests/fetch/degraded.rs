//! Documents that read well and say less than before: neither `fetch` nor `update` lets them replace a good page.

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::names;
use crate::site::Site;

const METHOD: &str = "a.b.one";

/// A document with some rows, texts and samples.
fn good() -> Value {
    let row =
        |name: &str| json!({"name": name, "type": "String", "required": true, "demoValue": "1", "description": "说明"});
    let rows = |side: &str| (0..6).map(|at| row(&format!("{side}_{at}"))).collect::<Vec<_>>();
    let members: String = (0..6).map(|at| format!("<out_{at}>1</out_{at}>")).collect();
    json!({"success": true, "data": {
        "id": 1, "name": METHOD, "apiChineseName": "测试", "description": "页面",
        "requestParams": rows("in"), "responseParams": rows("out"), "rspSampleXml": format!("<one_response>{members}</one_response>"),
        "sdkDemos": [{"name": "JAVA", "descprition": "OneRequest req = new OneRequest();\nreq.setIn0(\"1\");\nclient.execute(req);"}],
        "errorCodes": [],
    }})
}

/// Sets members of these names, wherever they are.
fn set(value: &mut Value, names: &[&str], to: &dyn Fn(&str) -> String) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| set(item, names, to)),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if names.contains(&name.as_str()) => *text = to(text),
                    member => set(member, names, to),
                }
            }
        }
        _ => {}
    }
}

fn degraded() -> Vec<(Value, &'static str)> {
    let change = |path: &str, names: &[&str], to: &dyn Fn(&str) -> String| {
        let mut document = good();
        let at = if path.is_empty() { &mut document["data"] } else { &mut document["data"][path] };
        set(at, names, to);
        document
    };
    let cells = ["name", "type", "demoValue", "description"];
    let mut null = change("requestParams", &["name"], &|_| "null".to_owned());
    null["data"]["responseParams"] =
        change("responseParams", &["name"], &|_| "null".to_owned())["data"]["responseParams"].take();
    vec![
        (
            change("", &["apiChineseName", "description"], &|text| text.chars().map(|_| '?').collect()),
            "Chinese (all 14 texts)",
        ),
        (change("", &["description"], &|_| String::new()), "the descriptions of rows (all 12 cells)"),
        (change("requestParams", &cells, &|_| "Loading…".to_owned()), "请求参数 (all 6 rows)"),
        (change("responseParams", &["type"], &|_| String::new()), "the types of 响应参数 (all 6 cells)"),
        (null, "请求参数 (all 6 rows), 响应参数 (all 6 rows)"),
        (change("", &["rspSampleXml", "descprition"], &|_| "<xml>junk</xml>".to_owned()), "响应示例 (all 7 names)"),
        (change("", &["demoValue"], &|_| "null".to_owned()), "the samples of rows (all 12 cells)"),
    ]
}

fn topsdk(arguments: &[&str], folder: &std::path::Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_topsdk")).args(arguments).current_dir(folder).output().unwrap()
}

#[test]
fn a_degraded_document_never_replaces_a_good_one() {
    let site = Site::new([(1, good().to_string())]);
    let repository = tempfile::tempdir().unwrap();
    fs::create_dir_all(repository.path().join("spec/pages")).unwrap();
    fs::create_dir_all(repository.path().join("generated/src")).unwrap();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/seed/generated/Cargo.toml");
    fs::copy(manifest, repository.path().join("generated/Cargo.toml")).unwrap();
    let fetch = |more: &[&str]| {
        let arguments = [&["fetch", "1", "--pause", "0", "--base-url", &site.address], more].concat();
        topsdk(&arguments, repository.path())
    };
    let stderr = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(fetch(&[]).status.code(), Some(0));
    let update = topsdk(&["update"], repository.path());
    assert_eq!(update.status.code(), Some(0), "{}", stderr(&update));
    let [page, spec] = ["spec/pages/a.b.one.json", "spec/apis/a.b.one.json"].map(|path| repository.path().join(path));
    let (good_page, good_spec) = (fs::read(&page).unwrap(), fs::read(&spec).unwrap());

    for (document, part) in degraded() {
        site.state().pages.insert(1, document.to_string().into_bytes());
        for form in [&[][..], &["--check"], &["--accept", "a.b.other"]] {
            let output = fetch(form);
            assert_eq!(output.status.code(), Some(2), "{part} {form:?}");
            let message = stderr(&output);
            assert!(
                message.contains(part) && message.contains("accept it with `--accept a.b.one`"),
                "{part}: {message}"
            );
            assert_eq!(fs::read(&page).unwrap(), good_page, "{part}");
        }
        // A page that came some other way is refused by the update.
        assert_eq!(fetch(&["--accept", METHOD]).status.code(), Some(0), "{part}");
        assert_ne!(fs::read(&page).unwrap(), good_page, "{part}");
        let update = topsdk(&["update"], repository.path());
        assert_eq!(update.status.code(), Some(2), "{part}");
        assert!(stderr(&update).contains(part), "{part}: {}", stderr(&update));
        assert_eq!(fs::read(&spec).unwrap(), good_spec, "{part}");
        fs::write(&page, &good_page).unwrap();
    }

    let (last, _) = degraded().remove(1);
    fs::write(&page, last.to_string()).unwrap();
    assert_eq!(topsdk(&["update", "--accept", METHOD], repository.path()).status.code(), Some(0));
    assert_ne!(fs::read(&spec).unwrap(), good_spec);
    assert_eq!(names(&repository.path().join("spec/pages")), ["a.b.one.json"]);
}
