//! All APIs of the catalogue through compiled types: generated as one crate, compiled with warnings denied, and every
//! documented answer decoded, equal in every form, also when it is encoded again.
//!
//! The catalogue is somebody else's and not part of this project; `TOPSDK_CORPUS` names its folder.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use topsdk_codec::dynamic::{DynamicObject, DynamicType};
use topsdk_codec::{Anomaly, Decoder};
use topsdk_codegen::emit::{self, CrateOptions, File, Topsdk};
use topsdk_codegen::names::{Names, Register};
use topsdk_spec::Api;
use topsdk_tests::{cargo, corpus, documents, is_the_pages_fault, put, root, standalone};

const FORMS: [&str; 3] = ["xml", "json", "simplified.json"];

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn every_documented_response_decodes_through_compiled_types() {
    let corpus = corpus();
    let pages = tempfile::tempdir().unwrap();
    let apis = documents(&corpus, pages.path(), false).unwrap();
    assert!(apis.len() >= 3_153, "{}", apis.len());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
    let expected = write(&apis, &folder);

    let output = cargo()
        .args(["run", "--offline", "--quiet", "--all-features", "--example", "proof", "--"])
        .arg(folder.join("samples"))
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("RUSTFLAGS", "-D warnings")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}", said.chars().take(4_000).collect::<String>());
    let said = String::from_utf8(output.stdout).unwrap();

    // What the program counted in its tables, and what this one counted in the specs.
    assert!(said.lines().any(|line| line == expected), "expected `{expected}`");
    assert_eq!(said.lines().filter(|line| line.starts_with("equal\t")).count(), apis.len(), "one line an API");
    let mut told: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for line in said.lines() {
        if let ["odd", method, form, what] = line.split('\t').collect::<Vec<_>>()[..] {
            told.entry((method, form)).or_default().push(what);
        }
    }
    // The same faults as by the spec alone, and each of them the page's.
    let mut faulty = 0;
    for api in &apis {
        for (form, sample) in FORMS.into_iter().zip(samples(api)) {
            let odd = told.remove(&(api.method.as_str(), form)).unwrap_or_default();
            assert_eq!(odd, faults(api, sample), "{} as {form}", api.method);
            faulty += usize::from(!odd.is_empty());
        }
    }
    assert!(told.is_empty(), "{told:?}");
    eprintln!("{expected}; {faulty} of {} samples are not what their pages' tables say", 3 * apis.len());
    assert!(faulty < 60, "{faulty}");
}

/// Writes the crate, the program and the samples; what the program has to count.
fn write(apis: &[Api], folder: &Path) -> String {
    let topsdk = root().join("generated").to_string_lossy().into_owned();
    let options = CrateOptions { name: "catalogue", topsdk: Topsdk::At(&topsdk), names: &Register::default() };
    for File { path, text } in standalone(emit::krate(apis, &options, |_| None).unwrap()) {
        put(&folder.join(path), &text);
    }
    // The versions that the repository itself was compiled with are there without a network.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();

    let modules = Register::default().modules(apis.iter().map(|api| api.method.as_str()));
    let mut counts = [0, 0];
    let mut tables = String::new();
    for api in apis {
        let names = Names::of(api);
        let module = modules[api.method.as_str()].segments().map(|segment| format!("r#{segment}")).join("::");
        let path = |index: usize| format!("catalogue::{module}::{}", names.structs[index].ident);
        let structs: Vec<String> = (0..names.structs.len()).map(|index| format!("schema::<{}>", path(index))).collect();
        counts[0] += names.structs.len();
        counts[1] += names.structs.iter().map(|object| object.fields.len()).sum::<usize>();
        tables.push_str(&format!(
            "    ({:?}, new::<{}>, &[{}]),\n",
            api.method,
            path(names.response),
            structs.join(", ")
        ));
        for (form, sample) in FORMS.into_iter().zip(samples(api)) {
            put(&folder.join(format!("samples/{}.{form}", api.method)), sample);
        }
    }
    put(&folder.join("examples/proof.rs"), &format!("{PROGRAM}\nstatic APIS: &[Entry] = &[\n{tables}];\n"));
    let [structs, fields] = counts;
    format!("{} APIs, {structs} structs, {fields} fields", apis.len())
}

fn samples(api: &Api) -> [&str; 3] {
    let samples = &api.samples;
    [&samples.xml, &samples.json, &samples.json_simplified].map(|sample| sample.as_deref().unwrap())
}

/// What the decoder finds in a sample by the spec alone; each has to be the page's own fault.
fn faults(api: &Api, sample: &str) -> Vec<String> {
    let types = DynamicType::response(api);
    let mut value = DynamicObject::new(&types);
    match Decoder::new().for_method(api.method.clone()).decode_into(sample.as_bytes(), &mut value) {
        Ok(envelope) => envelope.anomalies.iter().map(|anomaly| fault(api, anomaly)).collect(),
        Err(error) => {
            assert!(serde_json::from_str::<serde::de::IgnoredAny>(sample).is_err(), "{}: {error}", api.method);
            vec!["unreadable".to_owned()]
        }
    }
}

fn fault(api: &Api, anomaly: &Anomaly) -> String {
    assert!(is_the_pages_fault(api, anomaly), "{}: {anomaly}", api.method);
    format!("{:?}", anomaly.to_string())
}

/// What the compiled program does. Its tables hold functions of one line an API or struct: all else is compiled once.
const PROGRAM: &str = r#"//! Documented answers through generated types.

use std::fs;

use topsdk::codec::write::{JsonForm, JsonStyle, json, response_json, response_xml};
use topsdk::codec::{Decoder, Record, Schema};
use topsdk::Object;

type Entry = (&'static str, fn() -> Box<dyn Object>, &'static [fn() -> Schema<'static>]);

fn new<T: Record + 'static>() -> Box<dyn Object> {
    Box::<T>::default()
}

fn schema<T: Record>() -> Schema<'static> {
    T::SCHEMA
}

fn main() {
    let samples = std::env::args().nth(1).unwrap();
    let tables = || APIS.iter().flat_map(|(_, _, structs)| structs.iter()).map(|schema| schema());
    let fields: usize = tables().map(|schema| schema.names.len()).sum();
    println!("{} APIs, {} structs, {fields} fields", APIS.len(), tables().count());
    for (method, new, _) in APIS {
        check(method, *new, &samples);
    }
}

fn check(method: &'static str, new: fn() -> Box<dyn Object>, samples: &str) {
    let decoder = Decoder::new().for_method(method);
    let mut first: Option<Box<dyn Object>> = None;
    for form in ["xml", "json", "simplified.json"] {
        let body = fs::read(format!("{samples}/{method}.{form}")).unwrap();
        let mut value = new();
        let mut strict = new();
        let is_strict = decoder.clone().strict().decode_into(&body, &mut *strict).is_ok();
        match decoder.decode_into(&body, &mut *value) {
            Err(_) => {
                println!("odd\t{method}\t{form}\tunreadable");
                continue;
            }
            Ok(envelope) => {
                assert_eq!(is_strict, envelope.anomalies.is_empty(), "{method} {form}");
                for anomaly in envelope.anomalies {
                    println!("odd\t{method}\t{form}\t{:?}", anomaly.to_string());
                }
            }
        }
        match &first {
            Some(first) => assert_eq!(said(&**first), said(&*value), "{method} {form}"),
            None => first = Some(value),
        }
    }
    let first = first.unwrap();
    let forms = [JsonForm::Normal, JsonForm::Simplified, JsonForm::Rootless];
    let bodies = forms.map(|form| response_json(&*first, method, form).unwrap());
    for body in [response_xml(&*first, method).unwrap()].iter().chain(&bodies) {
        let mut again = new();
        let read = decoder.clone().strict().decode_into(body.as_bytes(), &mut *again);
        // Without a root and without a member, nothing tells that it is the gateway's.
        if body == "{}" {
            assert!(read.is_err(), "{method}");
            continue;
        }
        if let Err(error) = read {
            panic!("{method}: {error}: {body}");
        }
        assert_eq!(said(&*first), said(&*again), "{method}");
    }
    println!("equal\t{method}");
}

/// All that an object holds, under its names and with its types' look.
fn said(value: &dyn Object) -> String {
    json(value, JsonStyle::Response).unwrap()
}
"#;
