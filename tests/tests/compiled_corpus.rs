//! The documented answers of 300 APIs of the catalogue through compiled types: strictly, and equal in every form.
//!
//! The catalogue is somebody else's and not part of this project; `TOPSDK_CORPUS` names its folder.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use topsdk_codec::Decoder;
use topsdk_codec::dynamic::{DynamicObject, DynamicType};
use topsdk_codegen::emit::{self, Samples};
use topsdk_codegen::names::{Module, Names};
use topsdk_codegen::read;
use topsdk_spec::Api;
use topsdk_tests::{corpus, root};

const APIS: usize = 300;

#[test]
fn documented_answers_of_300_apis_decode_strictly_through_compiled_types() {
    let Some(corpus) = corpus("300 APIs of the catalogue through compiled types") else { return };
    let apis = apis(&corpus);
    // Every tenth, so that all prefixes and shapes have their part.
    let apis: Vec<&Api> = apis.iter().filter(|api| is_sound(api)).step_by(10).take(APIS).collect();
    assert_eq!(apis.len(), APIS);

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
    let _ = fs::remove_dir_all(folder.join("src"));
    fs::create_dir_all(folder.join("src")).unwrap();
    // The versions that the repository itself was compiled with are there without a network.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let manifest = format!(
        "[package]\nname = \"compiled\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\ntopsdk = {{ path = {:?}, default-features = false }}\n",
        root().join("generated")
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    let mut program = String::from(PROGRAM);
    for (index, api) in apis.iter().enumerate() {
        let names = Names::of(api);
        let module = emit::module(api, &names, &Module::of(&api.method), &Samples::Shown).unwrap();
        let write = |extension: &str, text: &str| {
            fs::write(folder.join(format!("src/api{index}.{extension}")), text).unwrap();
        };
        write("rs", &module);
        write("xml", api.samples.xml.as_ref().unwrap());
        write("json", api.samples.json.as_ref().unwrap());
        write("simplified.json", api.samples.json_simplified.as_ref().unwrap());
        let request = &names.request().unwrap().ident;
        let form = |extension: &str| format!("include_str!(\"api{index}.{extension}\")");
        program.push_str(&format!(
            "#[path = \"api{index}.rs\"]\nmod api{index};\n\
             pub fn check{index}() {{ check::<api{index}::{request}>([{}, {}, {}]); }}\n",
            form("xml"),
            form("json"),
            form("simplified.json"),
        ));
    }
    let calls: String = (0..apis.len()).map(|index| format!("    check{index}();\n")).collect();
    program.push_str(&format!("fn main() {{\n{calls}}}\n"));
    fs::write(folder.join("src/main.rs"), program).unwrap();

    let output = Command::new(env!("CARGO"))
        .args(["run", "--offline", "--quiet"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}", said.chars().take(4_000).collect::<String>());
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), APIS, "one line an API");
}

/// What the compiled program does with each API: one value, from whatever form, also when written again.
const PROGRAM: &str = r#"//! Documented answers through generated types.
#![allow(dead_code)]

use topsdk::codec::write::{JsonForm, response_json, response_xml};
use topsdk::codec::{Decoder, Request};

fn check<R: Request>(bodies: [&str; 3])
where
    R::Response: PartialEq + std::fmt::Debug,
{
    let decode = |body: &str| match Decoder::new().strict().decode_for::<R>(body) {
        Ok(reply) => reply.value,
        Err(error) => panic!("{}: {error}", R::METHOD),
    };
    let [first, others @ ..] = bodies.map(decode);
    for other in others {
        assert_eq!(first, other, "{}", R::METHOD);
    }
    assert_eq!(decode(&response_xml(&first, R::METHOD).unwrap()), first, "{}", R::METHOD);
    for form in [JsonForm::Normal, JsonForm::Simplified, JsonForm::Rootless] {
        assert_eq!(decode(&response_json(&first, R::METHOD, form).unwrap()), first, "{}", R::METHOD);
    }
    println!("{}", R::METHOD);
}

"#;

/// The catalogue's APIs as the document endpoint answers them, read, by method.
fn apis(corpus: &Path) -> Vec<Api> {
    let pages = tempfile::tempdir().unwrap();
    let rendered = Command::new("python3")
        .arg(corpus.join("render_pages.py"))
        .args(["--layout", "json", "--out"])
        .arg(pages.path())
        .output()
        .unwrap();
    assert!(rendered.status.success(), "{}", String::from_utf8_lossy(&rendered.stderr));
    let mut apis: Vec<Api> = fs::read_dir(pages.path())
        .unwrap()
        .map(|entry| read::page("page.json", &fs::read(entry.unwrap().path()).unwrap()).unwrap().api)
        .collect();
    apis.sort_by(|one, other| one.method.cmp(&other.method));
    apis
}

/// Whether the page's own samples are what its table says: else there is nothing to be expected of the types.
fn is_sound(api: &Api) -> bool {
    let types = DynamicType::response(api);
    let samples = [&api.samples.xml, &api.samples.json, &api.samples.json_simplified];
    samples.into_iter().all(|sample| {
        let mut value = DynamicObject::new(&types);
        sample.as_ref().is_some_and(|body| Decoder::new().strict().decode_into(body.as_bytes(), &mut value).is_ok())
    })
}
