//! What cargo-semver-checks says about the same cases, where it is installed.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use topsdk_codegen::diff::{Effect, Kind, Verdict, diff};
use topsdk_codegen::emit::{self, Samples};
use topsdk_codegen::names::{Module, Names};
use topsdk_spec::Api;
use topsdk_tests::root;

use super::cases::{self, Case};

/// A crate with a public module for each case.
fn write(folder: &Path, modules: &[(String, Option<String>)]) {
    let source = folder.join("src");
    let _ = fs::remove_dir_all(&source);
    fs::create_dir_all(&source).unwrap();
    let manifest = format!(
        "[package]\nname = \"opinion\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\ntopsdk = {{ path = {:?}, default-features = false }}\n\n[workspace]\n",
        root().join("generated")
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let there = modules.iter().filter_map(|(id, text)| Some((id, text.as_ref()?)));
    let mut lib = String::new();
    for (id, text) in there {
        lib.push_str(&format!("pub mod {id};\n"));
        fs::write(source.join(format!("{id}.rs")), text).unwrap();
    }
    fs::write(source.join("lib.rs"), lib).unwrap();
}

fn module(api: &Api, old: &Api) -> String {
    let old = Names::of(old);
    let names = Names::after(api, old.assigned());
    emit::module(api, &names, &Module::of(&api.method), &Samples::Shown).unwrap()
}

/// Whether the tool is bound to see it: an item that is gone, or a function that takes other many arguments. It does not
/// compare types.
fn is_seen(case: &Case) -> bool {
    let changes = diff(&[case.before()], &[case.after()]).changes;
    changes.iter().any(|change| {
        let is_plain = matches!(change.kind, Kind::Removed | Kind::Added | Kind::Required);
        is_plain
            && matches!(
                change.effect,
                Effect::FieldGone | Effect::RequiredAdded | Effect::NowRequired | Effect::NoLongerRequired
            )
    })
}

#[test]
#[cfg_attr(not(slow), ignore = "compiles crates: needs TOPSDK_SLOW=1")]
fn cargo_semver_checks_agrees() {
    let is_there =
        Command::new("cargo-semver-checks").arg("--version").output().is_ok_and(|output| output.status.success());
    if !is_there {
        // Not `eprintln`, which a test that passes shows to nobody.
        writeln!(
            std::io::stderr(),
            "skipped: cargo-semver-checks is not installed (`cargo install cargo-semver-checks`)"
        )
        .unwrap();
        return;
    }
    let cases = cases::all();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("opinion");
    let [old, new] = ["old", "new"].map(|name| folder.join(name));
    let modules = |version: fn(&Case) -> Api| -> Vec<(String, Option<String>)> {
        cases.iter().map(|case| (case.id(), Some(module(&version(case), &case.before())))).collect()
    };
    write(&old, &modules(Case::before));
    let mut after = modules(Case::after);
    after.push(("api_added".to_owned(), Some(module(&cases[0].before(), &cases[0].before()))));
    write(&new, &after);
    let output = Command::new("cargo-semver-checks")
        .args(["semver-checks", "--color", "never", "--release-type", "minor", "--baseline-root"])
        .arg(&old)
        .current_dir(&new)
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let report = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(report.contains("Checked"), "it did not run: {report}");
    let mentioned: BTreeSet<String> = report
        .split_whitespace()
        .filter_map(|word| Some(word.split_once(".rs:")?.0.rsplit('/').next()?.to_owned()))
        .collect();
    for case in &cases {
        let verdict = diff(&[case.before()], &[case.after()]).verdict();
        let is_mentioned = mentioned.contains(&case.id());
        assert!(verdict == Verdict::Major || !is_mentioned, "{}: it is {verdict} here\n{report}", case.name);
        assert!(is_mentioned || !is_seen(case), "{}: it is {verdict} here, and nothing there\n{report}", case.name);
    }
    assert!(!output.status.success() && !mentioned.is_empty());
    eprintln!("cargo-semver-checks sees {} of the cases as major as well, and no other", mentioned.len());
}
