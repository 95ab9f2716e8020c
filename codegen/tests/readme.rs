//! What the READMEs tell a reader to type works as it stands. (Their Rust programs are documentation tests of the crate
//! `topsdk-tests`.)

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The code blocks of a README in this language, without the indentation of a list.
fn blocks(readme: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(readme)).unwrap();
    let mut found = Vec::new();
    let mut block: Option<(usize, Vec<&str>)> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        match (&mut block, line.trim().strip_prefix("```")) {
            (None, Some(fence)) if fence == language => block = Some((indent, Vec::new())),
            (None, Some(_)) => block = Some((usize::MAX, Vec::new())),
            (None, None) => {}
            (Some(_), Some(_)) => {
                let (indent, lines) = block.take().unwrap();
                if indent != usize::MAX {
                    found.push(lines.join("\n"));
                }
            }
            (Some((indent, lines)), None) => lines.push(line.get(*indent..).unwrap_or_default()),
        }
    }
    found
}

/// A copy of the repository with the seed page.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed");
    copy(&seed, folder.path());
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Runs a block as a shell does, with `topsdk` on the path and `cargo run` as the command that it builds.
#[cfg(unix)]
fn run(block: &str, folder: &Path) -> String {
    let topsdk = Path::new(env!("CARGO_BIN_EXE_topsdk"));
    let path = format!("{}:{}", topsdk.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let script = format!("set -eu\n{}", block.replace("cargo run --release --", "topsdk"));
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(folder).env("PATH", path).stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{block}\n{said}");
    String::from_utf8(output.stdout).unwrap()
}

#[cfg(unix)]
#[test]
fn the_shell_blocks_run() {
    let whole_test = "cargo test --workspace";
    for readme in READMES {
        let folder = repository();
        let json = blocks(readme, "json");
        let [charge] = &json[..] else { panic!("{readme}: one JSON file is shown") };
        fs::write(folder.path().join("charge.json"), charge).unwrap();
        let shell = blocks(readme, "sh");
        let [commands, calls] = &shell[..] else { panic!("{readme}: {} shell blocks", shell.len()) };

        // The second command is what continuous integration runs; a test cannot run all tests.
        assert!(commands.contains(whole_test), "{readme}");
        let ci = fs::read_to_string(root().join(".ci/run")).unwrap();
        assert!(ci.lines().any(|line| line.trim() == whole_test), ".ci/run does not run the README's test command");
        let update: Vec<_> = commands.lines().filter(|line| !line.starts_with(whole_test)).collect();
        assert!(run(&update.join("\n"), folder.path()).contains("alibaba.alsc.crm.recharge.dedut.update"));

        let shown = run(calls, folder.path());
        assert!(shown.contains("--param-dedut-open-req") || shown.contains("--param_dedut_open_req"), "{shown}");
        assert!(shown.contains("curl") && shown.contains("766348726342638"), "{shown}");
    }
}

#[test]
fn the_manifests_name_features_and_folders_that_are_there() {
    let features = |manifest: &str| -> BTreeSet<String> {
        let text = fs::read_to_string(root().join(manifest)).unwrap();
        let manifest: toml::Table = text.parse().unwrap();
        manifest["features"].as_table().unwrap().keys().cloned().collect()
    };
    for readme in READMES {
        let manifests = blocks(readme, "toml");
        assert!(manifests.len() >= 2, "{readme}");
        for manifest in manifests {
            let manifest: toml::Table = manifest.parse().unwrap_or_else(|error| panic!("{readme}: {error}"));
            for (_, table) in &manifest {
                for (name, dependency) in table.as_table().unwrap() {
                    // The reader's crate stands beside a clone that is called `topsdk`.
                    let path = dependency["path"].as_str().unwrap().strip_prefix("../topsdk/").unwrap();
                    let known = features(&format!("{path}/Cargo.toml"));
                    let named = dependency.get("features").and_then(toml::Value::as_array).into_iter().flatten();
                    let named = named.map(|feature| feature.as_str().unwrap());
                    for feature in named {
                        assert!(known.contains(feature), "{readme}: {name} has no feature {feature}");
                    }
                }
            }
        }
    }
}

/// A documentation test has no `OUT_DIR` of a consumer: `tests/consumer` compiles this block.
#[test]
fn the_example_for_own_pages_compiles() {
    let program = fs::read_to_string(root().join("tests/consumer/src/main.rs")).unwrap();
    for readme in READMES {
        let ignored = blocks(readme, "rust,ignore");
        let [block] = &ignored[..] else { panic!("{readme}: {} blocks are compiled nowhere", ignored.len()) };
        assert!(program.contains(block.as_str()), "{readme}: tests/consumer/src/main.rs does not hold\n{block}");
    }
}

#[cfg(unix)]
#[test]
fn the_commands_for_own_pages_run() {
    for readme in READMES {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(root(), folder.path().join("topsdk")).unwrap();
        let own = folder.path().join("own");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed/spec/pages"), &own.join("docs/top"));
        let text = fs::read_to_string(root().join(readme)).unwrap();
        let is_command = |code: &&str| code.starts_with("topsdk ") && code.contains("docs/top");
        let commands: Vec<_> = text.split('`').filter(is_command).collect();
        assert_eq!(commands.len(), 2, "{readme}: {commands:?}");
        for command in commands {
            run(command, &own);
        }
        assert!(own.join("names.json").exists() && own.join("bindings/src/lib.rs").exists(), "{readme}");
    }
}
