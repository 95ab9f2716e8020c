//! Every section of `docs/protocol.md` and every heading of `docs/pages.md` that a comment cites is there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use topsdk_tests::root;

/// The folders whose sources may cite.
const CRATES: [&str; 8] = ["spec", "codegen", "macros", "codec", "client", "generated", "tests", "fuzz"];

const PROTOCOL: &str = "docs/protocol.md";
const PAGES: &str = "docs/pages.md";

#[test]
fn every_citation_names_an_existing_heading() {
    let sections = sections(&read(&root().join(PROTOCOL)));
    let pages = read(&root().join(PAGES));
    let headings = headings(&pages);
    let mut count = 0;
    let mut wrong = Vec::new();
    for path in CRATES.iter().flat_map(|folder| sources(&root().join(folder))) {
        let text = unwrapped(&read(&path));
        let mut report = |what: String| wrong.push(format!("{}: {what}", path.display()));
        for cited in after(&text, "protocol.md") {
            count += 1;
            match numbers(cited) {
                numbers if numbers.is_empty() => report(format!("no section behind `protocol.md{}`", start(cited))),
                numbers => numbers
                    .iter()
                    .filter(|number| !sections.contains(*number))
                    .for_each(|number| report(format!("{PROTOCOL} has no section {number}"))),
            }
        }
        for cited in after(&text, "pages.md") {
            count += 1;
            match quoted(cited) {
                Some(heading) if headings.contains(heading) => {}
                Some(heading) => report(format!("{PAGES} has no heading {heading:?}")),
                None => report(format!("no heading behind `pages.md{}`", start(cited))),
            }
        }
    }
    assert!(wrong.is_empty(), "citations that lead nowhere:\n{}", wrong.join("\n"));
    assert!(count > 50, "only {count} citations were found: does this test still look at the sources?");
}

#[test]
fn a_citation_of_a_missing_heading_is_found() {
    let sections = sections("# T\n## 5. Response\n1. one\n10. ten\n### 5.1 Root\n");
    let cited = numbers(", sections 5, 5.1 and 5.2)");
    assert_eq!(cited, ["5", "5.1", "5.2"]);
    let missing: Vec<_> = cited.iter().filter(|number| !sections.contains(*number)).collect();
    assert_eq!(missing, ["5.2"]);
    assert!(sections.contains("5.10"), "items of a numbered list count as sections below their heading");
    assert_eq!(numbers(" section 9.6). Numbers are 64 bits"), ["9.6"]);
    assert_eq!(numbers(" says that numbers are 64 bits"), Vec::<String>::new());
    assert_eq!(quoted(", \"The page as text\"): 4 cells"), Some("The page as text"));
    assert_eq!(
        unwrapped("/// (docs/pages.md, \"The page\n    /// as text\")"),
        "(docs/pages.md, \"The page as text\")"
    );
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All Rust files below a folder, but for what the compiler wrote and for this file, whose examples cite on purpose.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("citations.rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The text with comments that go over several lines in one.
fn unwrapped(source: &str) -> String {
    let lines = source.lines().map(|line| line.trim_start().trim_start_matches(['/', '!']).trim());
    lines.collect::<Vec<_>>().join(" ")
}

/// What stands behind each mention of a file.
fn after<'t>(text: &'t str, file: &str) -> Vec<&'t str> {
    text.match_indices(file).map(|(at, _)| text[at + file.len()..].trim_start_matches('`')).collect()
}

/// The numbers of sections at the start of what follows a file's name: `, sections 5.1, 5.2 and 6`.
fn numbers(cited: &str) -> Vec<String> {
    let words = cited.trim_start_matches(',').trim_start();
    let Some(words) = words.strip_prefix("sections ").or(words.strip_prefix("section ")) else { return Vec::new() };
    let mut found = Vec::new();
    for word in words.split(' ') {
        let number = word.trim_matches(|letter: char| !letter.is_ascii_digit());
        if !number.is_empty() && number.split('.').all(|part| part.parse::<u8>().is_ok()) {
            found.push(number.to_owned());
        } else if !matches!(word, "and" | "to") {
            break;
        }
        if !number.is_empty() && word.ends_with([')', ':', '.', ';']) {
            break;
        }
    }
    found
}

/// The first text in quotes, if it stands at the start.
fn quoted(cited: &str) -> Option<&str> {
    let cited = cited.trim_start_matches(',').trim_start().strip_prefix('"')?;
    Some(&cited[..cited.find('"')?])
}

fn start(cited: &str) -> String {
    cited.chars().take(40).collect()
}

/// The numbers of the headings of `docs/protocol.md`, and of the items of numbered lists below them (`9.6`).
fn sections(markdown: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut section = String::new();
    for line in markdown.lines() {
        let heading = line.starts_with('#');
        let word = line.trim_start_matches(['#', ' ']).split(' ').next().unwrap_or("");
        let number = word.trim_end_matches('.');
        if number.is_empty() || !number.split('.').all(|part| part.parse::<u8>().is_ok()) {
            continue;
        }
        if heading {
            section = number.to_owned();
            found.insert(section.clone());
        } else if word.ends_with('.') {
            found.insert(format!("{section}.{number}"));
        }
    }
    found
}

fn headings(markdown: &str) -> BTreeSet<&str> {
    markdown.lines().filter_map(|line| line.strip_prefix("## ")).collect()
}
