//! `topsdk call` over APIs of the catalogue: their documented values in, their documented answers out, through the mock gateway.
//!
//! The catalogue is somebody else's and not part of this project; `TOPSDK_CORPUS` names its folder.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rayon::prelude::*;
use serde_json::{Map, Value};
use topsdk_client::mock::Gateway;
use topsdk_codegen::read;
use topsdk_spec::{Api, Param};

/// One API in so many: each is two processes.
const STEP: usize = 5;

fn catalogue(corpus: &Path) -> Vec<Api> {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("call");
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(corpus.join("render_pages.py"));
    assert!(command.args(["--layout", "json", "--out"]).arg(&out).output().unwrap().status.success());
    let mut pages: Vec<_> = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    pages.iter().step_by(STEP).map(|page| read::page("page", &fs::read(page).unwrap()).unwrap().api).collect()
}

/// Returns the documented value of a parameter, or a valid value if that one is not of its type.
fn value(param: &Param, type_of: &str) -> Value {
    let example = param.example.trim();
    if !param.fields.is_empty() {
        return object(&param.fields);
    }
    match type_of {
        "Number" | "byte" => example.parse::<i64>().map_or(Value::from(1), Value::from),
        "Boolean" => Value::from(example == "true"),
        "Date" => Value::from("2026-01-01 00:00:00"),
        "Price" | "BigDecimal" => Value::from("1.00"),
        "Json" | "Map" => Value::from("{}"),
        _ if example.is_empty() => Value::from("x"),
        // A list's items are joined by commas.
        _ => Value::from(example.replace(',', ";")),
    }
}

fn object(params: &[Param]) -> Value {
    let mut members = Map::new();
    for param in params.iter().filter(|param| param.type_name != "byte[]") {
        let value = value(param, &param.type_name);
        // The first of two parameters of one name is the one that counts.
        members.entry(&param.name).or_insert(if param.list { Value::from(vec![value]) } else { value });
    }
    Value::from(members)
}

fn topsdk(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
    command.args(arguments).args(["--spec", "."]).current_dir(folder).env_remove("http_proxy").env_remove("HTTP_PROXY");
    command.envs([("TOP_APP_KEY", "k"), ("TOP_APP_SECRET", "s"), ("TOP_SESSION", "t")]).output().unwrap()
}

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn documented_values_return_the_documented_responses() {
    let corpus = std::env::var_os("TOPSDK_CORPUS").unwrap();
    let apis = catalogue(corpus.as_ref());
    let folder = tempfile::tempdir().unwrap();
    for api in &apis {
        fs::write(folder.path().join(format!("{}.json", api.method)), api.to_json()).unwrap();
    }
    fs::write(folder.path().join("file.jpg"), b"\xff\xd8").unwrap();
    let gateway = Gateway::builder("k", "s").apis(apis.clone()).listen("127.0.0.1:0").unwrap();
    let failures: Vec<String> = apis
        .par_iter()
        .filter_map(|api| {
            let params = object(&api.request).to_string();
            let mut arguments = vec!["call", &api.method, "--gateway"];
            let url = gateway.url();
            arguments.extend([url.as_str(), "--params", &params]);
            let files: Vec<String> = api
                .request
                .iter()
                .filter(|param| param.type_name == "byte[]")
                .map(|param| format!("--{}=@file.jpg", param.name))
                .collect();
            arguments.extend(files.iter().map(String::as_str));
            let called = topsdk(&arguments, folder.path());
            let messages = String::from_utf8_lossy(&called.stderr);
            // A sample that is no JSON is mended by the mock.
            let sample = api.samples.json.as_ref().filter(|sample| serde_json::from_str::<Value>(sample).is_ok());
            let decoded = sample.map(|sample| {
                let file = folder.path().join(format!("{}.sample", api.method));
                fs::write(&file, sample).unwrap();
                topsdk(&["decode", &api.method, file.to_str().unwrap()], folder.path()).stdout
            });
            match called.status.code() {
                Some(0) if decoded.as_ref().is_none_or(|decoded| *decoded == called.stdout) => None,
                // Some examples exceed their own documented limit: a note says so, and the mock enforces the limit.
                Some(1) if messages.starts_with("note: ") && messages.contains("code: 41") => None,
                status => Some(format!("{} {status:?}: {messages} {params}", api.method)),
            }
        })
        .collect();
    assert!(apis.len() > 200);
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), apis.len(), failures.join("\n"));
}
