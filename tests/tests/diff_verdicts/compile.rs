//! Real crates of generated modules and programs, and what the compiler says about them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use topsdk_codegen::emit::{self, Samples};
use topsdk_codegen::names::{Module, Names};
use topsdk_spec::Api;
use topsdk_tests::{cargo, root};

use super::surface::Surface;

/// A Cargo workspace below the target folder. What it depends on stays compiled from one run to the next.
pub(crate) struct Workspace {
    folder: PathBuf,
}

/// Where a crate does not compile: file and message of each error.
pub(crate) type Errors = BTreeMap<String, Vec<(String, String)>>;

impl Workspace {
    pub(crate) fn new() -> Workspace {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("verdicts");
        let _ = fs::remove_dir_all(folder.join("crates"));
        fs::create_dir_all(folder.join("crates")).unwrap();
        fs::write(folder.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n").unwrap();
        // The versions that the repository itself was compiled with are there without a network.
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        Workspace { folder }
    }

    /// A crate with, for each name, a program that uses the first version, and the module of the second one, if there is one.
    pub(crate) fn add(&self, name: &str, cases: &[(String, Api, Option<Api>)]) {
        let _ = fs::remove_dir_all(self.folder.join("crates").join(name));
        let source = self.folder.join("crates").join(name).join("src");
        fs::create_dir_all(&source).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\ntopsdk = {{ path = {:?}, default-features = false }}\n",
            root().join("generated")
        );
        fs::write(source.parent().unwrap().join("Cargo.toml"), manifest).unwrap();
        let mut lib = String::from("#![allow(unused)]\n");
        for (id, old, api) in cases {
            fs::create_dir_all(source.join(id)).unwrap();
            let old = Names::of(old);
            let module = if let Some(api) = api {
                let names = Names::after(api, old.assigned());
                let module = emit::module(api, &names, &Module::of(&api.method), &Samples::Shown).unwrap();
                fs::write(source.join(id).join("api.rs"), module).unwrap();
                "pub mod api; "
            } else {
                ""
            };
            lib.push_str(&format!("mod {id} {{ {module}pub mod consumer; }}\n"));
            let program = format!("use super::api;\n\n{}", Surface::of(&old).program);
            fs::write(source.join(id).join("consumer.rs"), program).unwrap();
        }
        fs::write(source.join("lib.rs"), lib).unwrap();
    }

    /// Compiles all crates, each for itself.
    pub(crate) fn check(&self) -> Errors {
        let output = cargo()
            .args(["check", "--workspace", "--keep-going", "--offline", "--quiet", "--message-format=json"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap())
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        let mut errors = Errors::new();
        let mut messages = 0;
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            messages += 1;
            let message = &line["message"];
            if line["reason"] != "compiler-message" || message["level"] != "error" {
                continue;
            }
            let krate = line["target"]["name"].as_str().unwrap().to_owned();
            let spans = message["spans"].as_array().unwrap();
            for span in spans.iter().filter(|span| span["is_primary"] == true) {
                let file = span["file_name"].as_str().unwrap().to_owned();
                errors.entry(krate.clone()).or_default().push((file, message["message"].as_str().unwrap().to_owned()));
            }
        }
        // Not one message is a compiler that did not run.
        assert!(messages > 0, "{}", String::from_utf8_lossy(&output.stderr));
        errors
    }
}
