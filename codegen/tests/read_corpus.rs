//! Every page of the catalogue in every layout, compared with what it was rendered from.
//!
//! The catalogue is somebody else's and not part of this project; `TOPSDK_CORPUS` names its folder.

#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use rayon::prelude::*;
use topsdk_codegen::read::{self, PageProblem, Reading};
use topsdk_spec::Param;

fn corpus() -> PathBuf {
    std::env::var_os("TOPSDK_CORPUS").map(PathBuf::from).unwrap()
}

/// Renders the catalogue; the folder of its pages.
fn rendered(corpus: &Path, layout: &str, nasty: bool) -> PathBuf {
    // Tests that run side by side read the same pages: the first one writes them, and no other writes over them.
    static WRITTEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{layout}-{nasty}"));
    let mut written = WRITTEN.lock().unwrap();
    if written.contains(&out) {
        return out;
    }
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(corpus.join("render_pages.py"));
    command.args(["--layout", layout, "--out"]).arg(&out).args(nasty.then_some("--nasty"));
    assert!(command.output().unwrap().status.success(), "{command:?}");
    written.insert(out.clone());
    out
}

fn read_all(folder: &Path) -> Vec<(String, Reading)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &PathBuf| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let reading = read::page(&name, &std::fs::read(file).unwrap()).unwrap_or_else(|error| panic!("{error}"));
        (name, reading)
    };
    files.par_iter().map(read).collect()
}

/// What the comparison says of these readings.
fn compare(corpus: &Path, readings: &[(String, Reading)]) -> String {
    let lines = readings.iter().fold(String::new(), |mut lines, (_, reading)| {
        writeln!(lines, "{}", reading.api.to_json_line()).unwrap();
        lines
    });
    // Several tests compare at once.
    let file = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
    std::fs::write(file.path(), lines).unwrap();
    let mut command = Command::new("python3");
    command
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(corpus.join("check_ir.py"))
        .args(["--show", "10000"])
        .arg(file.path());
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

fn all_are_the_truth(layout: &str, rewrites: &[Rewrite]) {
    let corpus = corpus();
    for nasty in [false, true] {
        let out = rendered(&corpus, layout, nasty);
        let readings = read_all(&out);
        let said = compare(&corpus, &readings);
        println!("{layout} nasty={nasty}: {}", said.lines().last().unwrap());
        assert!(said.trim_end().ends_with("3153 passed, 0 failed"), "{layout} nasty={nasty}\n{said}");
        if nasty {
            rewritten_pages_say_the_same(&out, &readings, rewrites);
            if layout == "docs" {
                broken_pages_are_refused(&out, &readings);
            }
        }
    }
}

/// At least 99.8 % are the truth, and each of the others says that it is not certain.
fn nearly_all_are_the_truth(layout: &str, rewrites: &[Rewrite]) {
    let corpus = corpus();
    for nasty in [false, true] {
        let out = rendered(&corpus, layout, nasty);
        let readings = read_all(&out);
        let said = compare(&corpus, &readings);
        println!("{layout} nasty={nasty}: {}", said.lines().last().unwrap());
        only_doubtful_pages_differ(&said, &readings, &format!("{layout} nasty={nasty}"));
        if nasty {
            rewritten_pages_say_the_same(&out, &readings, rewrites);
        }
    }
}

/// At most six pages differ from the truth, and each of them has a diagnostic that says so.
fn only_doubtful_pages_differ(said: &str, readings: &[(String, Reading)], what: &str) {
    let failed: Vec<&str> = said.lines().rev().skip(1).collect();
    assert!(failed.len() <= 6, "{what}\n{said}");
    for line in failed {
        let method = line.split(':').next().unwrap();
        let (_, reading) = readings.iter().find(|(_, reading)| reading.api.method == method).unwrap();
        let ambiguous = reading.diagnostics.iter().any(|diagnostic| diagnostic.name.starts_with("ambiguous"));
        assert!(ambiguous, "{what}: wrong without a word: {line}");
    }
}

/// Pages whose descriptions end the table that they stand in, and pages with links that are left open: what is read of
/// them is right, and what cannot be read is an error that names rows.
fn broken_pages_are_refused(folder: &Path, readings: &[(String, Reading)]) {
    let below = |params: &[Param]| params.iter().any(|param| !param.fields.is_empty());
    readings.par_iter().step_by(20).for_each(|(name, whole)| {
        let page = std::fs::read_to_string(folder.join(name)).unwrap();
        for markup in ["一</div></td>", "</table>", "<table>", "<textarea>", "<a href=x>见"] {
            match read::page(name, described(&page, markup).as_bytes()).map_err(|error| error.problem) {
                Ok(reading) => {
                    let (whole, found) = (&whole.api, &reading.api);
                    let same = same_rows(&whole.request, &found.request) && same_rows(&whole.response, &found.response);
                    let links = markup.starts_with("<a");
                    assert!(same && (links || !(below(&whole.request) || below(&whole.response))), "{name}: {markup}");
                }
                Err(PageProblem::Rows { rows, .. }) => assert!(!rows.is_empty(), "{name}: {markup}"),
                Err(error) => panic!("{markup}: {error}"),
            }
        }
    });
}

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn every_html_page_is_read_as_it_was_rendered() {
    all_are_the_truth("docs", &HTML);
}

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn every_document_is_read_as_it_was_rendered() {
    all_are_the_truth("json", &[]);
}

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn html_pages_without_depth_are_solved_from_their_samples() {
    nearly_all_are_the_truth("flat", &HTML);
}

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn text_pages_are_solved_from_their_samples() {
    nearly_all_are_the_truth("text", &TEXT);
}

/// How the names of fields are written below others.
type Drawn = fn(usize, &str) -> String;

/// A page as Markdown with the content of a document.
fn as_markdown(document: &serde_json::Value, drawn: Drawn) -> String {
    let text = |value: &serde_json::Value, key: &str| match &value[key] {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    };
    let cell = |text: &str| text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ");
    fn rows(list: &serde_json::Value, depth: usize, write: &mut dyn FnMut(&serde_json::Value, usize)) {
        for param in list.as_array().into_iter().flatten() {
            write(param, depth);
            rows(&param["subParams"], depth + 1, write);
        }
    }
    let data = &document["data"];
    let mut page = format!(
        "# {} ({})\n\n{}\n",
        text(data, "name"),
        text(data, "apiChineseName"),
        cell(&text(data, "description"))
    );
    page.push_str("\n## 公共参数\n\n### 公共请求参数\n\n| 名称 | 类型 | 是否必须 | 描述 |\n|---|---|---|---|\n| method | String | 是 | 方法 |\n");
    page.push_str("\n## 请求参数\n\n| 描述 | 是否必填 | 参数名 | 数据类型 | 默认值 | 最大长度 | 示例 |\n|:--|:-:|---|---|---|---|---|\n");
    rows(&data["requestParams"], 0, &mut |param, depth| {
        let required = if param["required"] == true || param["required"] == "true" { "是" } else { "否" };
        let name = drawn(depth, &text(param, "name").replace('_', "\\_"));
        let cells =
            ["description", "type", "defaultValue", "maxLength", "demoValue"].map(|key| cell(&text(param, key)));
        let [description, type_name, default, length, example] = cells;
        writeln!(page, "| {description} | {required} | {name} | {type_name} | {default} | {length} | {example} |")
            .unwrap();
    });
    page.push_str("\n## 响应参数\n\n名称|类型|示例值|描述\n---|---|---|---\n");
    rows(&data["responseParams"], 0, &mut |param, depth| {
        let name = drawn(depth, &text(param, "name"));
        let cells = ["type", "demoValue", "description"].map(|key| cell(&text(param, key)));
        writeln!(page, "{name}|{}", cells.join("|")).unwrap();
    });
    let java = data["sdkDemos"].as_array().into_iter().flatten().find(|demo| demo["name"] == "JAVA");
    let java = java.map(|demo| text(demo, "descprition")).unwrap_or_default();
    writeln!(
        page,
        "\n## 请求示例\n\n- JAVA\n\n```java\n{java}\n```\n\n## 响应示例\n\n### XML示例\n\n```xml\n{}\n```\n",
        text(data, "rspSampleXml")
    )
    .unwrap();
    writeln!(page, "### JSON示例\n\n~~~json\n{}\n~~~\n\n## 错误码\n\n无", text(data, "rspSampleJson")).unwrap();
    page
}

/// The catalogue as Markdown, read.
fn markdown_readings(documents: &Path, drawn: Drawn) -> Vec<(String, Reading)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(documents).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &PathBuf| {
        let name = file.with_extension("md").file_name().unwrap().to_string_lossy().into_owned();
        let document = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let page = as_markdown(&document, drawn);
        let reading = read::page(&name, page.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{page}"));
        assert_eq!(reading.api.source.layout, topsdk_spec::Layout::Markdown);
        (name, reading)
    };
    files.par_iter().map(read).collect()
}

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn markdown_with_drawn_depths_gives_the_true_tree() {
    let corpus = corpus();
    let drawn: [(&str, Drawn); 4] = [
        ("blanks", |depth, name| format!("{}{name}", "&nbsp;&nbsp;".repeat(depth))),
        ("branches", |depth, name| {
            format!("{}{}{name}", "│  ".repeat(depth.saturating_sub(1)), if depth > 0 { "├─ " } else { "" })
        }),
        ("corners", |depth, name| format!("{}{name}", "└".repeat(depth) + if depth > 0 { " " } else { "" })),
        ("both", |depth, name| format!("{}{}{name}", "&emsp;".repeat(depth), if depth > 0 { "└ " } else { "" })),
    ];
    for nasty in [false, true] {
        let out = rendered(&corpus, "json", nasty);
        for (what, drawn) in drawn {
            let said = compare(&corpus, &markdown_readings(&out, drawn));
            println!("markdown, {what}, nasty={nasty}: {}", said.lines().last().unwrap());
            assert!(said.trim_end().ends_with("3153 passed, 0 failed"), "{what} nasty={nasty}\n{said}");
        }
    }
}

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn markdown_without_depths_is_solved_from_its_samples() {
    let corpus = corpus();
    let drawn: [(&str, Drawn); 2] = [
        ("nothing", |_, name| name.to_owned()),
        ("one mark", |depth, name| format!("{}{name}", if depth > 0 { "└ " } else { "" })),
    ];
    for nasty in [false, true] {
        let out = rendered(&corpus, "json", nasty);
        for (what, drawn) in drawn {
            let readings = markdown_readings(&out, drawn);
            let said = compare(&corpus, &readings);
            println!("markdown, {what}, nasty={nasty}: {}", said.lines().last().unwrap());
            only_doubtful_pages_differ(&said, &readings, &format!("markdown, {what}, nasty={nasty}"));
        }
    }
}

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn responses_of_the_endpoint_are_read() {
    let corpus = corpus();
    for (name, reading) in read_all(&corpus.join("documents")) {
        assert_eq!(name, format!("{}.json", reading.api.method));
        assert!(reading.api.auth.is_some() && reading.api.samples.java.is_some(), "{name}");
        assert!(!reading.api.request.is_empty() && !reading.api.response.is_empty(), "{name}");
    }
}

/// Another way of writing a page that says the same.
type Rewrite = (&'static str, fn(&str) -> String);

/// The tables of a page rewritten: from the heading of the request's to that of the samples.
fn in_tables(page: &str, rewrite: impl Fn(&str) -> String) -> String {
    let (start, end) = (page.find("请求参数</h1>").unwrap(), page.find("请求示例</h1>").unwrap());
    format!("{}{}{}", &page[..start], rewrite(&page[start..end]), &page[end..])
}

/// Each description of a field with this before it.
fn described(page: &str, markup: &str) -> String {
    in_tables(page, |tables| {
        let tables = tables.replace("<li class=\"td-6\">", &format!("<li class=\"td-6\">{markup}"));
        tables.replace("<li class=\"td-14\">", &format!("<li class=\"td-14\">{markup}"))
    })
}

/// A page without these attributes.
fn without(page: &str, attribute: &str) -> String {
    let attribute = format!(" {attribute}=\"");
    let mut pieces = page.split(&attribute);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |page, piece| page + piece.split_once('"').unwrap().1)
}

const HTML: [Rewrite; 10] = [
    ("no classes and ids", |page| without(&without(page, "class"), "id")),
    ("no marks but └", |page| without(page, "class").replace("<span></span>", "")),
    ("line ends", |page| page.replace('\n', "\r\n")),
    ("no thead and tbody", |page| {
        in_tables(page, |tables| {
            ["<thead>", "</thead>", "<tbody>", "</tbody>"]
                .iter()
                .fold(tables.to_owned(), |tables, tag| tables.replace(tag, ""))
        })
    }),
    ("no end tags", |page| {
        in_tables(page, |tables| {
            ["</li>", "</td>", "</tr>"].iter().fold(tables.to_owned(), |tables, tag| tables.replace(tag, ""))
        })
    }),
    ("capitals", |page| {
        in_tables(page, |tables| {
            ["ul", "li", "td", "tr", "div"].iter().fold(tables.to_owned(), |tables, tag| {
                tables
                    .replace(&format!("<{tag}"), &format!("<{}", tag.to_uppercase()))
                    .replace(&format!("</{tag}"), &format!("</{}", tag.to_uppercase()))
            })
        })
    }),
    ("open emphasis", |page| described(page, "<b><font color=red>")),
    ("open lists", |page| described(page, "<ul><li>1<li>2")),
    ("tables and code", |page| described(page, "<table><tr><td>a</td></tr></table><pre>{}</pre>")),
    ("less than", |page| described(page, "a<b 且 c>d")),
];

const TEXT: [Rewrite; 7] = [
    ("dashes", |page| page.replace("• ", "- ")),
    ("asterisks, no indent", |page| page.lines().map(|line| line.trim_start().replace("• ", "* ") + "\n").collect()),
    ("tabulators", |page| page.replace("    •", "\t\t•").replace("  •", "\t•")),
    ("four blanks", |page| page.replace("  •", "    •")),
    ("no blank lines", |page| page.replace("\n\n", "\n")),
    ("line ends", |page| page.replace('\n', "\r\n")),
    ("tabs without bullets", |page| {
        ["JAVA", ".NET", "PHP", "CURL", "Python", "C/C++", "NodeJS", "XML示例", "JSON示例"]
            .iter()
            .fold(page.to_owned(), |page, tab| page.replace(&format!("  • {tab}\n"), &format!("{tab}\n")))
    }),
];

/// Whether the rows are the same: names, types, depths, required or not.
fn same_rows(one: &[Param], other: &[Param]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| {
            (&one.name, &one.type_name, one.list, one.required)
                == (&other.name, &other.type_name, other.list, other.required)
                && same_rows(&one.fields, &other.fields)
        })
}

/// Reads every twentieth page again, written in ways that the renderer does not know.
fn rewritten_pages_say_the_same(folder: &Path, readings: &[(String, Reading)], rewrites: &[Rewrite]) {
    readings.par_iter().step_by(20).for_each(|(name, whole)| {
        let page = std::fs::read_to_string(folder.join(name)).unwrap();
        for (what, rewrite) in rewrites {
            let reading = read::page(name, rewrite(&page).as_bytes()).unwrap_or_else(|error| panic!("{what}: {error}"));
            let (whole, found) = (&whole.api, &reading.api);
            let same = same_rows(&whole.request, &found.request) && same_rows(&whole.response, &found.response);
            assert!(same && whole.title == found.title, "{name}: {what}");
        }
    });
}
