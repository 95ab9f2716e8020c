//! The whole catalogue as Rust: what is counted in the specs is in the code, behind few enough features.
//!
//! The catalogue is somebody else's and not part of this project; `TOPSDK_CORPUS` names its folder.

#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use rayon::prelude::*;
use topsdk_codegen::emit::{self, CrateOptions, File, Topsdk};
use topsdk_codegen::names::{Module, Names, Register};
use topsdk_codegen::read;
use topsdk_spec::{Api, Param, Side};

/// The registry takes no more of a crate.
const MOST_FEATURES: usize = 300;

/// The specs, read once for all tests.
fn catalogue() -> &'static [Api] {
    static CATALOGUE: OnceLock<Vec<Api>> = OnceLock::new();
    CATALOGUE.get_or_init(read_catalogue)
}

fn read_catalogue() -> Vec<Api> {
    let corpus = std::env::var_os("TOPSDK_CORPUS").map(PathBuf::from).unwrap();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("emit-pages");
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(corpus.join("render_pages.py"));
    command.args(["--layout", "json", "--nasty", "--out"]).arg(&out);
    assert!(command.output().unwrap().status.success(), "{command:?}");
    let mut files: Vec<PathBuf> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.par_iter().map(|file| read::page("page", &fs::read(file).unwrap()).unwrap().api).collect()
}

fn krate(apis: &[Api]) -> Vec<File> {
    let options = CrateOptions { name: "catalogue", topsdk: Topsdk::At("../topsdk"), names: &Register::default() };
    emit::krate(apis, &options, |_| None).unwrap()
}

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn generated_code_has_every_struct_and_field_of_the_specs() {
    let apis = catalogue();
    let files: BTreeMap<String, String> = krate(apis).into_iter().map(|file| (file.path, file.text)).collect();
    let counts: Vec<(usize, usize)> = apis
        .par_iter()
        .map(|api| {
            let module = &files[&format!("src/{}", emit::module_file(&Module::of(&api.method)))];
            let found = counted_in_code(module);
            assert_eq!(found, counted_in_spec(api), "{}", api.method);
            found
        })
        .collect();
    let (structs, fields) = counts.iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    println!("{} APIs, {structs} structs, {fields} fields", counts.len());
    assert!(structs > 10_000 && fields > 50_000 && counts.len() == apis.len());
}

/// The names of the features in a manifest.
fn feature_names(manifest: &str) -> BTreeSet<String> {
    let manifest: toml::Table = manifest.parse().unwrap();
    manifest["features"].as_table().unwrap().keys().cloned().collect()
}

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn features_stay_under_the_limit_and_the_index_lists_each() {
    let apis = catalogue();
    let files: BTreeMap<String, String> = krate(apis).into_iter().map(|file| (file.path, file.text)).collect();
    let features = feature_names(&files["Cargo.toml"]);
    println!("{} features", features.len());
    assert!(features.len() <= MOST_FEATURES && !features.contains("default"));
    let index = &files["src/index.rs"];
    for api in apis {
        let row = index.lines().find(|line| line.contains(&format!("[`{}`]", api.method))).unwrap();
        let feature = row.trim_end_matches(" |").rsplit("| ").next().unwrap().trim_matches('`');
        assert!(features.contains(feature), "{row}");
    }
    // Every gate is a feature, and every feature gates something or turns on one that does.
    let gate = |line: &str| line.strip_prefix("#[cfg(feature = \"")?.strip_suffix("\")]").map(str::to_owned);
    let gates: BTreeSet<String> = files.values().flat_map(|text| text.lines()).filter_map(gate).collect();
    assert!(gates.is_subset(&features));
    // An API more, of a prefix of its own: over the crate that is there, no feature goes.
    let mut apis = apis.to_vec();
    apis.push(Api { method: "taobao.aaaaa.get".to_owned(), ..apis[0].clone() });
    let options = CrateOptions { name: "catalogue", topsdk: Topsdk::At("../topsdk"), names: &Register::default() };
    let more = emit::krate(&apis, &options, |path| files.get(path).cloned()).unwrap();
    let manifest = more.iter().find(|file| file.path == "Cargo.toml").unwrap();
    let now = feature_names(&manifest.text);
    assert!(features.is_subset(&now) && now.len() <= MOST_FEATURES);
}

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn output_is_independent_of_spec_order_and_thread_count() {
    let apis = catalogue();
    let with_threads = |threads: usize, apis: &[Api]| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| krate(apis))
    };
    let reversed: Vec<Api> = apis.iter().rev().cloned().collect();
    assert!(with_threads(1, apis) == with_threads(4, &reversed));
}

/// Structs that are read or written, and their fields: those of required fields alone are arguments.
fn counted_in_code(module: &str) -> (usize, usize) {
    let file = syn::parse_file(module).unwrap();
    let mut counts = (0, 0);
    for item in &file.items {
        let syn::Item::Struct(item) = item else { continue };
        let derives = item.attrs.iter().any(|attribute| {
            attribute.path().is_ident("derive")
                && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string().contains("topsdk"))
        });
        if derives {
            counts = (counts.0 + 1, counts.1 + item.fields.len());
        }
    }
    counts
}

/// The same from the rows of the page alone: a type of a side is one struct with every field that one of its places shows. Where
/// places contradict each other, which the names tell, each is counted.
fn counted_in_spec(api: &Api) -> (usize, usize) {
    let apart: BTreeSet<(Side, &str)> = Names::of(api)
        .structs
        .iter()
        .filter(|object| object.place.is_some())
        .map(|object| (object.side, object.word))
        .collect();
    let mut structs: BTreeMap<(Side, String), BTreeSet<&str>> = BTreeMap::new();
    for side in [Side::Request, Side::Response] {
        let mut open: Vec<(String, String, &[Param])> = vec![(String::new(), String::new(), api.side(side))];
        while let Some((key, path, rows)) = open.pop() {
            for row in rows.iter().filter(|row| !row.name.is_empty()) {
                structs.entry((side, key.clone())).or_default().insert(&row.name);
                if row.is_object() {
                    let path = format!("{path}.{}", row.name);
                    let key = match apart.contains(&(side, row.type_name.as_str())) {
                        true => format!("{}@{path}", row.type_name),
                        false => row.type_name.clone(),
                    };
                    open.push((key, path, &row.fields));
                }
            }
        }
        structs.entry((side, String::new())).or_default();
    }
    (structs.len(), structs.values().map(BTreeSet::len).sum())
}
