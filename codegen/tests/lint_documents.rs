//! The lints on six real answers of the document endpoint.
//!
//! Runs where `TOPSDK_CORPUS` names the folder that has them, and says so where it does not. `--nocapture` lists the
//! findings.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use serde_json::Value;
use topsdk_codegen::check::{self, lint};
use topsdk_spec::{Api, Limits, Param, Samples, Source};

/// What the lints need of an answer. The tables and the samples only: the reader proper is tested elsewhere.
fn api(name: &str, document: &Value) -> Api {
    let data = document.get("data").unwrap_or(document);
    let sample = |key: &str| data[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let demos = data["sdkDemos"].as_array().into_iter().flatten();
    let java = demos.filter(|demo| demo["name"] == "JAVA").find_map(|demo| demo["descprition"].as_str());
    Api {
        method: data["name"].as_str().unwrap_or_default().to_owned(),
        source: Source { page: name.to_owned(), ..Source::default() },
        request: params(&data["requestParams"], true),
        response: params(&data["responseParams"], false),
        samples: Samples {
            java: java.map(str::to_owned),
            xml: sample("rspSampleXml"),
            json: sample("rspSampleJson"),
            json_simplified: sample("rspSampleSimplifyJson"),
            error_xml: sample("apiErrDemoXml"),
            error_json: sample("apiErrDemoJson"),
        },
        ..Api::default()
    }
}

fn params(list: &Value, request: bool) -> Vec<Param> {
    let param = |value: &Value| {
        let text = |key: &str| match &value[key] {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        let type_name = text("type");
        let item =
            type_name.strip_suffix("[]").filter(|item| item.trim() != "byte").map(|item| item.trim_end().to_owned());
        Param {
            name: text("name"),
            list: item.is_some(),
            type_name: item.unwrap_or(type_name),
            required: request && value["required"] == true,
            example: text("demoValue"),
            limits: Limits {
                default: Some(text("defaultValue")).filter(|default| !default.is_empty()),
                max_length: text("maxLength").parse().ok(),
                max_list_size: text("maxListSize").parse().ok(),
                min: Some(text("minValue")).filter(|least| !least.is_empty()),
                max: Some(text("maxValue")).filter(|most| !most.is_empty()),
            },
            fields: params(&value["subParams"], request),
            ..Param::default()
        }
    };
    list.as_array().into_iter().flatten().map(param).collect()
}

#[test]
fn the_findings_on_the_six_documents_are_listed_and_explained() {
    let Some(corpus) = std::env::var_os("TOPSDK_CORPUS") else {
        // Not by `eprintln!`, which the test harness keeps to itself where a test passes.
        writeln!(std::io::stderr(), "skipped: TOPSDK_CORPUS is not set, so the six documents were not linted").unwrap();
        return;
    };
    let folder = Path::new(&corpus).join("documents");
    let paths: BTreeSet<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let mut names: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for path in &paths {
        let document: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let api = api(&path.file_name().unwrap().to_string_lossy(), &document);
        let found = check::lint(&api, &());
        eprintln!("{}: {} findings", api.method, found.len());
        for found in &found {
            assert!(lint::Lint::find(found.name).is_some(), "{} has no explanation", found.name);
            eprintln!("{}", found.render(None, false));
        }
        names.insert(api.method, found.iter().map(|found| found.name).collect());
    }
    assert_eq!(paths.len(), 6);
    // What is known about them without the lints: protocol.md section 9 (10), html.md "Numbers".
    let has = |method: &str, lint: &str| assert!(names[method].contains(lint), "{method}: {:?}", names[method]);
    has("taobao.tbk.relation.refund", "invalid-json-sample");
    has("alibaba.taobao.ud.smart.order.detail.pull", "invalid-json-sample");
    has("alibaba.taobao.ud.smart.order.detail.pull", "value-not-of-type");
    has("taobao.tbk.sc.general.link.convert", "type-name-reused");
    has("alibaba.ud.udsmartdata.get", "default-not-of-type");
    for (method, lints) in &names {
        assert!(!lints.contains("invalid-xml-sample") && !lints.contains("invalid-java-sample"), "{method}: {lints:?}");
    }
}
