//! Measures the cost of compiling the catalogue's bindings: CPU seconds of `cargo check`, excluding dependencies, with
//! cargo's default profile, both sides alternating in one run. Also measures linking: the stripped size of a program that
//! uses one API of the whole catalogue, against one with that API alone.
//!
//! `cargo bench -p topsdk-tests --bench compile`, with `TOPSDK_CORPUS`, runs all parts; `-- --bounds`, `-- --written` or
//! `-- --serde` runs one of them. The last lines of output are `ratio WHAT VALUE`. The run fails if a bound is exceeded.
//!
//! * `bounds`: the whole catalogue against the same structs with only `Clone, Debug, Default`; its memory; one prefix; the
//!   linked program. All bounds are here.
//! * `written`: every second API with the derive macros, and with their output written out in their place.
//! * `serde`: every fourth API, with serde's derive, as it is, and plain. For the whole catalogue, a compiler with serde's
//!   derive needs more memory than a machine has.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on fails, and prints")]

mod written;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use topsdk_codegen::emit::{self, CrateOptions, File, Topsdk};
use topsdk_codegen::names::{Module, Names, Register};
use topsdk_spec::{Api, Param};
use topsdk_tests::{corpus, documents, root, standalone};

/// The number of measurements of each crate, alternating with the others; the lowest counts.
const ROUNDS: usize = 2;

/// The bounds for the catalogue: CPU seconds relative to the plain structs, and kB of memory.
const MOST_RATIO: f64 = 2.9;
const MOST_MEMORY: u64 = 4_000_000;
/// The bound for one prefix: CPU seconds, excluding dependencies.
const MOST_PREFIX: f64 = 1.0;
/// The bound for a program that uses one API of the whole catalogue, relative to one with that API alone.
const MOST_LINKED: f64 = 1.1;

fn main() {
    let corpus = corpus();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile");
    let apis = documents(&corpus, &folder.join("pages"), false).unwrap();
    let parts = ["bounds", "written", "serde"];
    let is_asked = |part: &str| std::env::args().any(|argument| argument.strip_prefix("--") == Some(part));
    let all = !parts.into_iter().any(is_asked);
    let (mut ratios, mut missed) = (Vec::new(), Vec::new());
    for part in parts.into_iter().filter(|part| all || is_asked(part)) {
        let folder = folder.join(part);
        match part {
            "bounds" => missed = bounds(&apis, &folder, &mut ratios),
            "written" => {
                let [derive, written] = in_turns(["check", "written"], &every(2, &apis), &folder);
                ratios.push(("derive/written@half", derive.0 / written.0));
            }
            _ => {
                let [check, plain, serde] = in_turns(["check", "plain", "serde"], &every(4, &apis), &folder);
                ratios.push(("check/plain@quarter", check.0 / plain.0));
                ratios.push(("serde/plain@quarter", serde.0 / plain.0));
            }
        }
    }
    for (what, ratio) in ratios {
        println!("ratio {what} {ratio:.2}");
    }
    assert!(missed.is_empty(), "over its bound: {missed:?}");
}

fn every(nth: usize, apis: &[Api]) -> Vec<Api> {
    apis.iter().step_by(nth).cloned().collect()
}

/// Measures everything that has a bound, and returns the names of the exceeded bounds.
fn bounds(apis: &[Api], folder: &Path, ratios: &mut Vec<(&'static str, f64)>) -> Vec<&'static str> {
    let linked = linked(apis, &krate(apis), folder);
    let [check_, plain] = in_turns(["check", "plain"], apis, folder);
    let krate = folder.join("check");
    let prefix = (0..ROUNDS).map(|_| check(&krate, &["--features", "alibaba-alsc"]).0).fold(f64::MAX, f64::min);
    let none = (0..ROUNDS).map(|_| check(&krate, &[]).0).fold(f64::MAX, f64::min);
    println!("alibaba-alsc: {prefix:.2} CPU seconds, of which {none:.2} are for the crate without APIs");
    let ratio = check_.0 / plain.0;
    ratios.extend([("check/plain", ratio), ("linked-of-all/linked-alone", linked)]);
    let bounds = [
        ("linked-of-all/linked-alone", linked <= MOST_LINKED),
        ("check/plain", ratio <= MOST_RATIO),
        ("memory", check_.1 <= MOST_MEMORY),
        ("alibaba-alsc", prefix <= MOST_PREFIX),
    ];
    bounds.iter().filter(|(_, is_kept)| !is_kept).map(|(name, _)| *name).collect()
}

fn krate(apis: &[Api]) -> Vec<File> {
    let topsdk = root().join("generated").to_string_lossy().into_owned();
    let options = CrateOptions { name: "catalogue", topsdk: Topsdk::At(&topsdk), names: &Register::default() };
    standalone(emit::krate(apis, &options, |_| None).unwrap())
}

/// Returns the least CPU seconds and the most memory (in kB) of each of these crates.
fn in_turns<const N: usize>(names: [&str; N], apis: &[Api], folder: &Path) -> [(f64, u64); N] {
    let files = krate(apis);
    println!("{} APIs, {} MB of Rust", apis.len(), files.iter().map(|file| file.text.len()).sum::<usize>() / 1_000_000);
    let crates = names.map(|name| folder.join(name));
    for (name, to) in names.iter().zip(&crates) {
        write(to, &files, name);
        check(to, &["--no-default-features"]);
    }
    let mut measured = [(f64::MAX, 0); N];
    for _ in 0..ROUNDS {
        for ((seconds, memory), to) in measured.iter_mut().zip(&crates) {
            let (least, most) = check(to, &["--all-features"]);
            (*seconds, *memory) = (seconds.min(least), most.max(*memory));
        }
    }
    for (name, (seconds, memory)) in names.iter().zip(measured) {
        println!("{name}: {seconds:.1} CPU seconds, {} MB at most", memory / 1024);
    }
    measured
}

/// Returns the size of a program that uses one API of the whole crate, relative to one of a crate with that API alone.
fn linked(apis: &[Api], files: &[File], folder: &Path) -> f64 {
    // The API with the largest response, so that there is something to link.
    let api = apis.iter().max_by_key(|api| rows(&api.response)).unwrap();
    let alone = krate(std::slice::from_ref(api));
    let module = Module::of(&api.method).segments().map(|name| format!("r#{name}")).join("::");
    let response = Names::of(api).response().unwrap().ident.clone();
    let program = format!(
        "fn main() {{\n    let body = std::fs::read(\"answer\").unwrap_or_default();\n    let reply = \
         topsdk::codec::Decoder::new().decode::<catalogue::{module}::{response}>(body);\n    \
         println!(\"{{:?}}\", reply.map(|reply| reply.value));\n}}\n"
    );
    let [all, alone] = [("linked-of-all", files), ("linked-alone", &alone)].map(|(name, files)| {
        let to = folder.join(name);
        write(&to, files, "check");
        fs::create_dir_all(to.join("examples")).unwrap();
        fs::write(to.join("examples/one.rs"), &program).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--release", "--all-features", "--example", "one"]).current_dir(&to);
        cargo.env("CARGO_TARGET_DIR", folder.join(format!("target-{name}"))).env("CARGO_PROFILE_RELEASE_STRIP", "true");
        let output = cargo.env_remove("RUSTFLAGS").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::metadata(folder.join(format!("target-{name}/release/examples/one"))).unwrap().len()
    });
    println!("{}: {all} bytes linked of all APIs, {alone} bytes alone", api.method);
    #[allow(clippy::cast_precision_loss, reason = "the size of a program is a small number")]
    let ratio = all as f64 / alone as f64;
    ratio
}

fn rows(params: &[Param]) -> usize {
    params.iter().map(|param| 1 + rows(&param.fields)).sum()
}

/// Writes the crate unchanged (`check`), with the macros' output in their place (`written`), or with only its structs.
fn write(to: &Path, files: &[File], name: &str) {
    for File { path, text } in files {
        let text = match (name, path.as_str()) {
            ("serde", "Cargo.toml") => text
                .replace("[dependencies]\n", "[dependencies]\nserde = { version = \"1\", features = [\"derive\"] }\n"),
            ("check", _) => text.clone(),
            (_, path) if !path.ends_with(".rs") => text.clone(),
            ("plain", _) => bare(text, "Clone, Debug, Default"),
            ("written", _) => without_derives(text) + &written::implementations(text),
            _ => {
                let text = bare(text, "Clone, Debug, Default, serde::Serialize, serde::Deserialize");
                // The codec's own types do not implement serde's traits here. A text costs no more than they would.
                ["Date", "Decimal", "Json", "File"]
                    .iter()
                    .fold(text, |text, name| text.replace(&format!("::topsdk::{name}"), "::std::string::String"))
            }
        };
        let path = to.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    // The same versions as in this repository, so that nothing has to be resolved.
    fs::copy(root().join("Cargo.lock"), to.join("Cargo.lock")).unwrap();
}

/// Returns a module without our derives and their attributes.
fn without_derives(text: &str) -> String {
    let mut without = String::new();
    let mut is_inside = false;
    for line in text.lines() {
        let code = line.trim_start();
        if is_inside || code.starts_with("#[top(") {
            is_inside = !line.ends_with(")]");
        } else if code.starts_with("#[derive(") && code.contains("::topsdk::") {
            without.push_str("#[derive(Clone, Debug, Default)]\n");
        } else {
            without.push_str(&format!("{line}\n"));
        }
    }
    without
}

/// Returns only the structs of a module, with these derives. Generated code is regular enough to process line by line.
fn bare(text: &str, derives: &str) -> String {
    let mut bare = String::new();
    let mut end = None;
    for line in text.lines() {
        let code = line.trim_start();
        if let Some(last) = end {
            end = (line != last && !(last == "]" && line.ends_with(']'))).then_some(last);
        } else if line.starts_with("impl") {
            end = Some("}");
        } else if code.starts_with("#[derive(") {
            bare.push_str(&format!("#[derive({derives})]\n"));
        } else if code.starts_with("#[cfg(") {
            bare.push_str(&format!("{line}\n"));
        } else if code.starts_with("#[") {
            end = (!line.ends_with(']')).then_some("]");
        } else if !code.starts_with("//") {
            bare.push_str(&format!("{line}\n"));
        }
    }
    bare
}

/// Returns the CPU seconds and the peak memory (in kB) of checking the crate itself, excluding dependencies.
fn check(krate: &Path, arguments: &[&str]) -> (f64, u64) {
    let library = krate.join("src/lib.rs");
    fs::write(&library, fs::read(&library).unwrap()).unwrap();
    let command = format!("{} check --quiet {} || exit 1; times", env!("CARGO"), arguments.join(" "));
    let ended = AtomicBool::new(false);
    let (output, peak) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak = 0;
            while !ended.load(Ordering::Relaxed) {
                peak = peak.max(compilers().max().unwrap_or_default());
                std::thread::sleep(Duration::from_millis(20));
            }
            peak
        });
        let mut shell = Command::new("sh");
        shell.current_dir(krate).arg("-c").arg(command);
        shell
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile/target"));
        shell.env("CARGO_PROFILE_DEV_DEBUG", "0").env_remove("RUSTFLAGS");
        let output = shell.output().unwrap();
        ended.store(true, Ordering::Relaxed);
        (output, watch.join().unwrap())
    });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // `times` prints the shell's own times, then those of its child processes: `0m12.34s 0m1.23s`.
    let times = String::from_utf8(output.stdout).unwrap();
    let seconds = |time: &str| {
        let (minutes, seconds) = time.trim_end_matches('s').split_once('m').unwrap();
        minutes.parse::<f64>().unwrap() * 60.0 + seconds.parse::<f64>().unwrap()
    };
    (times.lines().last().unwrap().split_whitespace().map(seconds).sum(), peak)
}

/// Returns the peak memory so far of each running compiler, in kB.
fn compilers() -> impl Iterator<Item = u64> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(|process| {
        let status = fs::read_to_string(process.path().join("status")).ok()?;
        let of = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        (of("Name:")? == "rustc").then_some(())?;
        // Only the compiler that compiles the catalogue.
        let command = fs::read(process.path().join("cmdline")).ok()?;
        command.windows(9).any(|part| part == b"catalogue").then_some(())?;
        of("VmHWM:")?.split_whitespace().next()?.parse().ok()
    })
}
