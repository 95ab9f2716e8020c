//! `topsdk completions`: what shells make of the scripts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::fs;
use std::path::Path;
use std::process::Command;

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

/// The script for a shell, over these specs.
fn script(shell: &str, folder: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
    let output = command.args(["completions", shell, "--spec", "."]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A folder with specs, one of which has a method that is a program.
fn specs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, method) in
        [("a", "taobao.item.seller.get"), ("b", "taobao.items.onsale.get"), ("c", "$(touch evil).`touch evil`")]
    {
        let spec = serde_json::json!({
            "method": method, "title": "", "description": "",
            "source": { "page": "a.html", "sha256": "0", "layout": "html" }, "request": [], "response": [],
        });
        fs::write(folder.path().join(format!("{file}.json")), spec.to_string()).unwrap();
    }
    folder
}

#[test]
fn script_for_every_shell_has_every_command() {
    let folder = specs();
    let help = Command::new(env!("CARGO_BIN_EXE_topsdk")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // A description may go on in the next line, behind more blanks.
    let commands = commands.filter(|line| !line.starts_with("   "));
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"fetch") && commands.len() > 8, "{commands:?}");
    for shell in SHELLS {
        let script = script(shell, folder.path());
        for command in &commands {
            let place = match shell {
                "bash" => format!("topsdk,{command})"),
                "fish" => format!("\"__fish_topsdk_needs_command\" -f -a \"{command}\""),
                "zsh" => format!("'{command}:"),
                _ => format!("'topsdk;{command}'"),
            };
            assert!(script.contains(&place), "{shell}: {command}");
        }
        // Options of `call`, which has a command line of its own.
        assert!(script.contains("dry-run") && script.contains("sign-method"), "{shell}");
        assert!(!script.contains("touch"), "{shell}: a method is no program");
        if matches!(shell, "bash" | "fish" | "zsh") {
            assert!(script.contains("taobao.items.onsale.get"), "{shell}");
        }
    }
}

#[test]
fn add_completes_the_methods_of_the_stored_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("spec/pages")).unwrap();
    let line = "{\"method\":\"taobao.time.get\",\"doc_id\":1}\n{\"method\":\"a.$(touch)\",\"doc_id\":2}\n";
    fs::write(folder.path().join("spec/catalogue.jsonl"), line).unwrap();
    for shell in ["bash", "fish", "zsh"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
        let output = command.args(["completions", shell]).current_dir(folder.path()).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains("taobao.time.get") && !script.contains("touch"), "{shell}");
    }
}

#[test]
fn outside_a_repository_no_method_is_completed() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
    let output = command.args(["completions", "fish"]).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let unknown = Command::new(env!("CARGO_BIN_EXE_topsdk")).args(["completions", "tcsh"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn bash_completes_commands_options_values_and_methods() {
    if !Command::new("bash").arg("--version").output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: completing in bash, which is not there");
        return;
    }
    let folder = specs();
    fs::write(folder.path().join("script"), script("bash", folder.path())).unwrap();
    for (line, completed) in [
        ("dec", "decode"),
        ("call taobao.i", "taobao.item.seller.get taobao.items.onsale.get"),
        ("decode taobao.items", "taobao.items.onsale.get"),
        ("call --gat", "--gateway"),
        ("call --format x", "xml"),
        ("lint --format m", "markdown"),
        ("fetch --base", "--base-url"),
        ("completions po", "powershell"),
    ] {
        let program = format!(
            "source ./script; COMP_WORDS=(topsdk {line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _topsdk topsdk \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        let output = Command::new("bash").args(["-c", &program]).current_dir(folder.path()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), completed, "{line}");
    }
    assert!(!folder.path().join("evil").exists());
}
