//! The documented examples of every API in this repository, through its generated types.
//!
//! One folder of snapshots an API, `tests/apis/METHOD/`. A snapshot shows; the assertion beside it proves.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;

use topsdk::codec::write::{self, JsonForm};
use topsdk::codec::{App, Call, Decoder, Error, Request, SignMethod, equal, sign};
use topsdk_codegen::check::overrides::Overrides;
use topsdk_codegen::names::{Held, Module, Register};
use topsdk_codegen::{emit, read};
use topsdk_spec::Api;
use topsdk_tests::{root, snapshots, xml_leaves};

/// One line an API: its method and its request. `every_api_has_its_examples_tested` finds one that is missing.
macro_rules! documented {
    ($($test:ident: $request:path;)*) => {
        $(
            #[test]
            fn $test() {
                documented::<$request>();
            }
        )*

        const METHODS: &[&str] = &[$(<$request as Request>::METHOD),*];
    };
}

documented! {
    alibaba_alsc_crm_recharge_dedut_update:
        topsdk::alibaba::alsc::crm_recharge_dedut_update::AlibabaAlscCrmRechargeDedutUpdateRequest;
}

fn documented<R>()
where
    R: Request + Debug,
    R::Response: Debug,
{
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("tests/apis").join(R::METHOD));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _bound = settings.bind_to_scope();

    let api = spec(R::METHOD);
    if let Some(sample) = snapshots::response_sample(&api) {
        let response = response::<R>(&api, sample);
        encoded::<R>(&api, &response);
    }
    errors(&api);
    if api.samples.java.is_some() {
        request::<R>(&api);
    }
}

fn on_disk(method: &str) -> (String, Api) {
    let path = root().join("spec/apis").join(format!("{method}.json"));
    let text = fs::read_to_string(path).unwrap();
    let api = Api::from_json(&text).unwrap();
    (text, api)
}

/// The spec and the module are what the page gives, now.
fn spec(method: &str) -> Api {
    let (text, api) = on_disk(method);
    assert_eq!(api.to_json(), text);
    insta::assert_snapshot!("spec", snapshots::spec(&api));
    let page = fs::read(root().join("spec/pages").join(&api.source.page)).unwrap();
    let mut read = read::page(&api.source.page, &page).unwrap().api;
    Overrides::load(&root().join("spec/overrides")).unwrap().apply(&mut read).unwrap();
    assert_eq!(read, api, "run `cargo run --release -- update`");

    let register = Register::load(&root().join("spec/names.json")).unwrap();
    let emitted = snapshots::module(&api, register.of(method).unwrap_or(&Held::default())).unwrap();
    insta::assert_snapshot!("module", snapshots::without_digest(&api, &emitted));
    let path = root().join("generated/src/apis").join(emit::module_file(&Module::of(method)));
    assert_eq!(fs::read_to_string(path).unwrap(), emitted, "run `cargo run --release -- update`");
    api
}

/// The documented response is one value, in whatever form it comes.
fn response<R>(api: &Api, sample: &str) -> R::Response
where
    R: Request,
    R::Response: Debug,
{
    let strict = Decoder::new().strict().for_method(R::METHOD);
    let value = strict.decode::<R::Response>(sample.as_bytes()).unwrap().value;
    insta::assert_debug_snapshot!("decoded", value);

    let json = |form| write::response_json(&value, R::METHOD, form).unwrap();
    let mut bodies = vec![json(JsonForm::Normal), json(JsonForm::Simplified), json(JsonForm::Rootless)];
    bodies.push(write::response_xml(&value, R::METHOD).unwrap());
    bodies.extend([api.samples.json.clone(), api.samples.json_simplified.clone()].into_iter().flatten());
    for body in bodies {
        let again = strict.decode::<R::Response>(body.as_bytes()).unwrap().value;
        assert!(equal(&again, &value), "{body}: {again:?} is not {value:?}");
    }
    value
}

/// The value written again is the documented sample again, but for the word `null`, which is no value (protocol.md
/// section 5.6).
fn encoded<R: Request>(api: &Api, value: &R::Response) {
    insta::assert_snapshot!("encoded", snapshots::encoded(value, R::METHOD).unwrap());
    let Some(documented) = &api.samples.xml else { return };
    let documented = xml_leaves(documented).unwrap();
    let documented: Vec<_> = documented.into_iter().filter(|(_, text)| text != "null").collect();
    let written = xml_leaves(&write::response_xml(value, R::METHOD).unwrap()).unwrap();
    let written: Vec<_> =
        written.into_iter().filter(|(path, _)| documented.iter().any(|(other, _)| other == path)).collect();
    assert_eq!(written, documented);
}

/// The documented failure is one error in both formats.
fn errors(api: &Api) {
    let samples = [&api.samples.error_xml, &api.samples.error_json];
    for sample in samples.into_iter().flatten() {
        let error = Decoder::new().decode::<NoFields>(sample.as_bytes()).unwrap_err();
        let Error::Platform(error) = error else { panic!("{error}") };
        assert_eq!((error.code.as_str(), error.msg.as_str()), ("50", "Remote service error"), "{sample}");
        assert_eq!(error.sub_code.as_deref(), Some("isv.invalid-parameter"), "{sample}");
        assert_eq!(error.sub_msg.as_deref(), Some("非法参数"), "{sample}");
    }
}

#[derive(Debug, Default, topsdk::Response)]
struct NoFields {}

/// The documented request: every value of the Java sample is sent and signed.
fn request<R: Request + Debug>(api: &Api) {
    let mut request = R::default();
    let left = snapshots::fill_request(api, &mut request).unwrap();
    assert_eq!(left, Vec::<String>::new(), "set by the sample and by no field");

    let app = App::new("12345678", "helloworld");
    for method in [SignMethod::Md5, SignMethod::Hmac, SignMethod::HmacSha256] {
        let call = Call::new(&app, "2016-01-01 12:00:00".parse().unwrap()).sign_method(method);
        let encoded = call.encode(&request).unwrap();
        let params = snapshots::form_pairs(std::str::from_utf8(encoded.body()).unwrap()).unwrap();
        let pairs = params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        assert_eq!(encoded.sign(), sign::sign(method, app.secret(), pairs, b""), "the signature is that of the body");
    }
    insta::assert_snapshot!("request", snapshots::request(&request, R::METHOD).unwrap());
}

#[test]
fn every_api_has_its_examples_tested() {
    let specs = fs::read_dir(root().join("spec/apis")).unwrap();
    let specs: BTreeSet<String> = specs
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().trim_end_matches(".json").to_owned())
        .collect();
    let tested: BTreeSet<String> = METHODS.iter().map(|method| (*method).to_owned()).collect();
    assert_eq!(specs, tested, "add a line to `documented!`, or take one away");
}

/// What cargo-insta would tell with `--unreferenced=reject`, and nobody has to install it for that.
#[test]
fn every_snapshot_is_of_a_test_and_has_been_reviewed() {
    let mut found = BTreeSet::new();
    let mut open = vec![root().to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap_or_default();
            let is_left_out = name == "target" || name == ".git" || path.is_symlink();
            match path.is_dir() {
                true if is_left_out => {}
                true => open.push(path),
                false => {
                    let is_pending = name.ends_with(".snap.new") || name.ends_with(".pending-snap");
                    assert!(!is_pending, "{} waits for its review: `cargo insta review`", path.display());
                    if name.ends_with(".snap") {
                        found.insert(path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/"));
                    }
                }
            }
        }
    }
    let expected = METHODS.iter().flat_map(|method| {
        let names = snapshots::names(&on_disk(method).1);
        names.into_iter().map(move |name| format!("tests/apis/{method}/{name}.snap"))
    });
    let expected: BTreeSet<String> = expected.collect();
    let unreferenced: Vec<_> = found.difference(&expected).collect();
    assert!(unreferenced.is_empty(), "no test has these snapshots (any more), so remove them: {unreferenced:#?}");
    let missing: Vec<_> = expected.difference(&found).collect();
    assert!(missing.is_empty(), "these snapshots are missing: `cargo insta review` makes them: {missing:#?}");
}
