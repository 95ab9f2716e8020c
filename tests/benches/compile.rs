//! What the bindings of the whole catalogue cost to compile, against the same structs with nothing but
//! `Clone, Debug, Default`, and against serde's derive on them. CPU seconds of `cargo check` in one run, in turns. And what
//! a program links that uses one API of them all, against one that has that API alone: bytes of the stripped program.
//!
//! `cargo bench -p topsdk-tests --bench compile`, with `TOPSDK_CORPUS`; prints `ratio WHAT VALUE` last, and fails where a
//! bound is missed. serde's derive needs many minutes and gigabytes: `-- --bounds` leaves it out.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on fails, and prints")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use topsdk_codegen::emit::{self, File, Options};
use topsdk_codegen::names::{Module, Names, Register};
use topsdk_codegen::read;
use topsdk_spec::{Api, Param};
use topsdk_tests::{corpus, root};

/// Each crate is measured this often, in turns with the others; the least counts.
const ROUNDS: usize = 2;

/// What the catalogue may cost: CPU seconds of the plain structs, and kB.
const MOST_RATIO: f64 = 2.5;
const MOST_MEMORY: u64 = 4_000_000;
/// CPU seconds of one prefix after its dependencies.
const MOST_PREFIX: f64 = 1.0;
/// A program that uses one API of them all, against one of that API alone.
const MOST_LINKED: f64 = 1.1;

fn main() {
    let Some(corpus) = corpus("what the catalogue costs to compile") else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile");
    let apis = apis(&corpus, &folder);
    let options = Options { name: "catalogue", topsdk: Some(&root().join("generated")), names: &Register::default() };
    let files = emit::krate(&apis, &options).unwrap();
    println!("{} APIs, {} MB of Rust", apis.len(), files.iter().map(|file| file.text.len()).sum::<usize>() / 1_000_000);

    let linked = linked(&apis, &files, &folder);
    let names: &[&str] = match std::env::args().any(|argument| argument == "--bounds") {
        true => &["check", "plain"],
        false => &["check", "plain", "serde"],
    };
    let crates: Vec<(&str, PathBuf)> = names.iter().map(|name| (*name, folder.join(name))).collect();
    for (name, to) in &crates {
        write(to, &files, name);
        check(to, &["--no-default-features"]);
    }
    let mut least = [f64::MAX; 3];
    let mut memory = [0; 3];
    for _ in 0..ROUNDS {
        for (index, (_, to)) in crates.iter().enumerate() {
            let (seconds, peak) = check(to, &["--all-features"]);
            least[index] = least[index].min(seconds);
            memory[index] = memory[index].max(peak);
        }
    }
    let prefix = (0..ROUNDS).map(|_| check(&crates[0].1, &["--features", "alibaba-alsc"]).0).fold(f64::MAX, f64::min);
    let none = (0..ROUNDS).map(|_| check(&crates[0].1, &[]).0).fold(f64::MAX, f64::min);
    for (index, (name, _)) in crates.iter().enumerate() {
        println!("{name}: {:.1} CPU seconds, {} MB at most", least[index], memory[index] / 1024);
    }
    println!("alibaba-alsc: {:.2} CPU seconds, of which {none:.2} are for the crate without APIs", prefix);
    println!("ratio check/plain {:.2}", least[0] / least[1]);
    if crates.len() > 2 {
        println!("ratio serde/plain {:.2}", least[2] / least[1]);
    }
    println!("ratio linked-of-all/linked-alone {linked:.2}");
    let bounds = [
        ("linked-of-all/linked-alone", linked <= MOST_LINKED),
        ("check/plain", least[0] / least[1] <= MOST_RATIO),
        ("memory", memory[0] <= MOST_MEMORY),
        ("alibaba-alsc", prefix <= MOST_PREFIX),
    ];
    let missed: Vec<&str> = bounds.iter().filter(|(_, is_kept)| !is_kept).map(|(name, _)| *name).collect();
    assert!(missed.is_empty(), "over its bound: {missed:?}");
}

/// The catalogue, read from pages.
fn apis(corpus: &Path, folder: &Path) -> Vec<Api> {
    let pages = folder.join("pages");
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(corpus.join("render_pages.py")).arg("--out").arg(&pages);
    assert!(command.output().unwrap().status.success(), "{command:?}");
    let mut files: Vec<PathBuf> = fs::read_dir(&pages).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &PathBuf| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        read::page(&name, &fs::read(file).unwrap()).unwrap().api
    };
    files.iter().map(read).collect()
}

/// How much larger a program is that uses one API of the whole crate than one of a crate with that API alone.
fn linked(apis: &[Api], files: &[File], folder: &Path) -> f64 {
    // The largest answer of all, so that there is something to be linked.
    let api = apis.iter().max_by_key(|api| rows(&api.response)).unwrap();
    let options = Options { name: "catalogue", topsdk: Some(&root().join("generated")), names: &Register::default() };
    let alone = emit::krate(std::slice::from_ref(api), &options).unwrap();
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

/// Writes the crate as it is (`check`), or with its structs alone.
fn write(to: &Path, files: &[File], name: &str) {
    for File { path, text } in files {
        let text = match (name, path.as_str()) {
            ("serde", "Cargo.toml") => text
                .replace("[dependencies]\n", "[dependencies]\nserde = { version = \"1\", features = [\"derive\"] }\n"),
            ("check", _) | (_, "Cargo.toml") => text.clone(),
            ("plain", _) => bare(text, "Clone, Debug, Default"),
            _ => {
                let text = bare(text, "Clone, Debug, Default, serde::Serialize, serde::Deserialize");
                // The codec's own types have no serde here; a text costs no more than they would.
                ["Date", "Decimal", "Json", "File"]
                    .iter()
                    .fold(text, |text, name| text.replace(&format!("::topsdk::{name}"), "::std::string::String"))
            }
        };
        let path = to.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    // The versions of this repository, so that nothing has to be looked up.
    fs::copy(root().join("Cargo.lock"), to.join("Cargo.lock")).unwrap();
}

/// The structs of a module with these derives and nothing else. Generated code is regular enough to go by lines.
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

/// CPU seconds and the greatest memory (in kB) of checking the crate itself, after its dependencies.
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
        shell.env("CARGO_INCREMENTAL", "0").env("CARGO_TARGET_DIR", krate.parent().unwrap().join("target"));
        shell.env("CARGO_PROFILE_DEV_DEBUG", "0").env_remove("RUSTFLAGS");
        let output = shell.output().unwrap();
        ended.store(true, Ordering::Relaxed);
        (output, watch.join().unwrap())
    });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // `times` prints the shell's own times, and then those of what it ran: `0m12.34s 0m1.23s`.
    let times = String::from_utf8(output.stdout).unwrap();
    let seconds = |time: &str| {
        let (minutes, seconds) = time.trim_end_matches('s').split_once('m').unwrap();
        minutes.parse::<f64>().unwrap() * 60.0 + seconds.parse::<f64>().unwrap()
    };
    (times.lines().last().unwrap().split_whitespace().map(seconds).sum(), peak)
}

/// The greatest memory so far of each compiler that runs, in kB.
fn compilers() -> impl Iterator<Item = u64> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(|process| {
        let status = fs::read_to_string(process.path().join("status")).ok()?;
        let of = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        (of("Name:")? == "rustc").then_some(())?;
        // Only the one that compiles the catalogue.
        let command = fs::read(process.path().join("cmdline")).ok()?;
        command.windows(9).any(|part| part == b"catalogue").then_some(())?;
        of("VmHWM:")?.split_whitespace().next()?.parse().ok()
    })
}
