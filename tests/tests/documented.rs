//! The documented examples of every API in this repository, through its generated types.
//!
//! One folder of snapshots an API, `tests/apis/METHOD/`. A snapshot shows; the assertion beside it proves.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;

use topsdk::codec::write::{self, JsonForm};
use topsdk::codec::{App, Call, Decoder, Error, Request, SignMethod, sign};
use topsdk_codegen::names::{Module, Names};
use topsdk_codegen::samples::{Sample, Value};
use topsdk_codegen::{emit, read};
use topsdk_spec::Api;
use topsdk_tests::{fill, root, xml_leaves};

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
    R::Response: Debug + PartialEq,
{
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("tests/apis").join(R::METHOD));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _bound = settings.bind_to_scope();

    let api = spec(R::METHOD);
    let response = response::<R>(&api);
    encoded::<R>(&api, &response);
    errors(&api);
    request::<R>(&api);
}

/// The spec and the module are what the page gives, now.
fn spec(method: &str) -> Api {
    let path = root().join("spec/apis").join(format!("{method}.json"));
    let on_disk = fs::read_to_string(path).unwrap();
    let api = Api::from_json(&on_disk).unwrap();
    // The digest says that the page is another one, and nothing of what it says: a change that means nothing is to touch
    // no snapshot.
    insta::assert_snapshot!("spec", on_disk.replace(&api.source.sha256, "(digest)"));
    let page = fs::read(root().join("spec/pages").join(&api.source.page)).unwrap();
    assert_eq!(read::page(&api.source.page, &page).unwrap().api, api, "run `cargo run --release -- update`");

    let module = Module::of(method);
    let emitted = emit::module(&api, &Names::of(&api), &module, &emit::Samples::Tested("topsdk".to_owned())).unwrap();
    insta::assert_snapshot!("module", emitted.replace(&api.source.sha256, "(digest)"));
    let path = root().join("generated/src/apis").join(emit::module_file(&module));
    assert_eq!(fs::read_to_string(path).unwrap(), emitted, "run `cargo run --release -- update`");
    api
}

/// The documented response is one value, in whatever form it comes.
fn response<R>(api: &Api) -> R::Response
where
    R: Request,
    R::Response: Debug + PartialEq,
{
    let strict = Decoder::new().strict().for_method(R::METHOD);
    let xml = api.samples.xml.as_ref().unwrap();
    let value = strict.decode::<R::Response>(xml.as_bytes()).unwrap().value;
    insta::assert_debug_snapshot!("decoded", value);

    let json = |form| write::response_json(&value, R::METHOD, form).unwrap();
    let mut bodies = vec![json(JsonForm::Normal), json(JsonForm::Simplified), json(JsonForm::Rootless)];
    bodies.extend([api.samples.json.clone(), api.samples.json_simplified.clone()].into_iter().flatten());
    for body in bodies {
        assert_eq!(strict.decode::<R::Response>(body.as_bytes()).unwrap().value, value, "{body}");
    }
    value
}

/// The value written again is the documented sample again, but for the word `null`, which is no value (protocol.md
/// section 5.6).
fn encoded<R: Request>(api: &Api, value: &R::Response) {
    let xml = write::response_xml(value, R::METHOD).unwrap();
    let json = write::response_json(value, R::METHOD, JsonForm::Normal).unwrap();
    let simplified = write::response_json(value, R::METHOD, JsonForm::Simplified).unwrap();
    insta::assert_snapshot!("encoded", format!("{}\n\n{json}\n\n{simplified}", xml.replace("><", ">\n<")));

    let documented = xml_leaves(api.samples.xml.as_ref().unwrap()).unwrap();
    let documented: Vec<_> = documented.into_iter().filter(|(_, text)| text != "null").collect();
    let written = xml_leaves(&xml).unwrap();
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
    let sample = Sample::java(api.samples.java.as_ref().unwrap());
    let Some(Value::Members(members)) = sample.root.map(|root| root.value) else { panic!("the sample sets nothing") };
    let mut request = R::default();
    let mut left = Vec::new();
    fill(&mut request, &members, &mut left);
    assert_eq!(left, Vec::<String>::new(), "set by the sample and by no field");

    let app = App::new("12345678", "helloworld");
    let mut shown = String::new();
    for method in [SignMethod::Md5, SignMethod::Hmac, SignMethod::HmacSha256] {
        let call = Call::new(&app, "2016-01-01 12:00:00".parse().unwrap()).sign_method(method);
        let encoded = call.encode(&request).unwrap();
        let body = String::from_utf8(encoded.body().to_vec()).unwrap();
        let params = form_pairs(&body);
        let pairs = params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        assert_eq!(encoded.sign(), sign::sign(method, app.secret(), pairs, b""), "the signature is that of the body");
        shown += &format!("{method}\n  string to sign: {}\n  sign: {}\n", encoded.string_to_sign(), encoded.sign());
        if method == SignMethod::Md5 {
            shown += &format!("  content type: {}\n  body: {body}\n", encoded.content_type());
            for (name, value) in params {
                shown += &format!("    {name} = {value}\n");
            }
        }
    }
    insta::assert_snapshot!("request", shown);
}

/// A form body's names and values, decoded here and not by the codec.
fn form_pairs(body: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                byte => byte,
            });
        }
        String::from_utf8(bytes).unwrap()
    };
    body.split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
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
