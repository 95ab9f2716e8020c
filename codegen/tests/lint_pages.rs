//! `topsdk lint` on pages that are wrong in each way that it looks for: what it finds, where, and how it is allowed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const HTML: &str = include_str!("../../spec/pages/alibaba.alsc.crm.recharge.dedut.update.html");

fn topsdk(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// What is found on a page, each finding with what stands at its place.
fn found(page: &str, folder: &Path) -> Vec<(String, String, String)> {
    fs::write(folder.join("page.html"), page).unwrap();
    let output = topsdk(&["lint", "--format", "json", "page.html"], folder);
    let lines = text(&output.stderr).lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let found: Vec<_> = lines
        .map(|found| {
            let place = found["start"].as_u64().zip(found["end"].as_u64());
            let place = place.map(|(start, end)| page[start as usize..end as usize].to_owned());
            (word(&found["name"]), word(&found["path"]), place.unwrap_or_default())
        })
        .collect();
    assert_eq!(output.status.code(), Some(i32::from(!found.is_empty())), "{found:?}");
    found
}

/// The page with the row of a name changed.
fn with_row(name: &str, old: &str, new: &str) -> String {
    let row = HTML.rfind(&format!("└  {name}\n")).unwrap();
    let at = row + HTML[row..].find(old).unwrap();
    format!("{}{new}{}", &HTML[..at], &HTML[at + old.len()..])
}

fn replaced(old: &str, new: &str) -> String {
    let page = HTML.replacen(old, new, 1);
    assert_ne!(page, HTML, "{old}");
    page
}

#[test]
fn each_contradiction_is_found_where_it_stands_explained_and_can_be_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(found(HTML, folder), []);
    let limited = |limit: &str| {
        let row = HTML.find("└  operator_id").unwrap();
        let at = row + HTML[row..].find("<li class=\"td-5\">").unwrap() + 17;
        format!("{}{limit}{}", &HTML[..at], &HTML[at..])
    };
    for (page, name, path, place) in [
        (
            with_row("shop_name", "shop_name", "shop_names"),
            "field-not-in-sample",
            "result.result.shop_names",
            "shop_names",
        ),
        (with_row("current_value", "4000", "itemId"), "value-not-of-type", "result.result.current_value", "itemId"),
        (with_row("brand_id", "String", "String []"), "list-as-one-value", "result.result.brand_id", "767526576123"),
        (replaced("order_src&quot;:2", "order_src&quot;:xxx"), "invalid-json-sample", "", "xxx"),
        (
            replaced("obj1.setOperatorId(&quot;65673527&quot;);\n", ""),
            "required-not-in-sample",
            "param_dedut_open_req.operator_id",
            "必须",
        ),
        (limited("最大长度：3"), "sample-beyond-limit", "param_dedut_open_req.operator_id", "65673527"),
        (limited("最大数量：3"), "unknown-limit", "param_dedut_open_req.operator_id", "最大数量：3"),
        (
            with_row("operator_name", "operator_name", "operator"),
            "duplicate-sibling",
            "result.result.operator",
            "operator",
        ),
        (with_row("order_src", "Number", "int"), "unknown-type", "result.result.order_src", "int"),
    ] {
        let all = found(&page, folder);
        let own: Vec<_> = all.iter().filter(|(other, ..)| other == name).collect();
        assert!(own.iter().any(|found| found.1 == path), "{name}: {all:?}");
        assert!(own.iter().any(|found| found.2 == place), "{name} at {place}: {all:?}");
        // Drawn on the page, as rustc does.
        let drawn = topsdk(&["lint", "page.html"], folder);
        let drawn = text(&drawn.stderr);
        assert!(drawn.contains(&format!("[{name}]: ")) && drawn.contains("--> page.html:"), "{drawn}");
        let line = drawn.lines().find(|line| line.contains('|') && line.contains(place)).unwrap();
        assert!(line.trim_start().starts_with(|letter: char| letter.is_ascii_digit()), "{line}");
        let explained = topsdk(&["lint", "--explain", name], folder);
        assert_eq!(explained.status.code(), Some(0));
        assert!(text(&explained.stdout).starts_with(&format!("{name} (")), "{}", text(&explained.stdout));
        // Allowed in a file, each kind with its reason.
        let mut kinds: Vec<_> = all.iter().map(|(name, ..)| name.as_str()).collect();
        kinds.dedup();
        let allowed: String =
            kinds.iter().map(|name| format!("[[allow]]\nlint = \"{name}\"\nreason = \"known\"\n")).collect();
        fs::write(folder.join("allow.toml"), allowed).unwrap();
        let left = topsdk(&["lint", "--allow", "allow.toml", "page.html"], folder);
        assert_eq!((left.status.code(), text(&left.stderr)), (Some(0), ""), "{name}");
    }
}

#[test]
fn every_finding_is_listed_and_explained_and_a_name_that_is_none_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let list = topsdk(&["lint", "--list"], folder.path());
    let names: Vec<&str> = text(&list.stdout).lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert!(names.is_sorted() && names.len() > 35, "{names:?}");
    for name in ["ambiguous-depth", "value-not-of-type", "stray-text", "unknown-type"] {
        assert_eq!(names.iter().filter(|other| **other == name).count(), 1, "{name}");
    }
    let unknown = topsdk(&["lint", "--explain", "nothing"], folder.path());
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("there is no lint `nothing`"), "{}", text(&unknown.stderr));
}

/// Many pages, read by all threads: the output is that of one.
#[test]
fn findings_come_in_the_order_of_the_pages_whatever_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("pages");
    fs::create_dir(&pages).unwrap();
    for number in 0..40 {
        let page = with_row("current_value", "4000", &format!("item{number}"));
        fs::write(pages.join(format!("{number:02}.html")), page).unwrap();
    }
    let run = |threads: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
        command.args(["lint", "pages"]).current_dir(folder.path()).env("RAYON_NUM_THREADS", threads);
        command.output().unwrap().stderr
    };
    let one = run("1");
    let places: Vec<&str> =
        text(&one).lines().filter_map(|line| line.split_once("--> ")).map(|(_, place)| place).collect();
    assert!(places.len() >= 40 && places.is_sorted(), "{places:?}");
    assert_eq!(text(&run("4")), text(&one));
}
