//! `topsdk lint` on pages that are wrong in each way that it looks for: what it finds, where, and how it is allowed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const HTML: &str = include_str!("seed/spec/pages/alibaba.alsc.crm.recharge.dedut.update.html");

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
    let mut wrong = false;
    let found: Vec<_> = lines
        .map(|found| {
            wrong |= found["severity"] != "note";
            let place = found["start"].as_u64().zip(found["end"].as_u64());
            let place = place.map(|(start, end)| page[start as usize..end as usize].to_owned());
            (word(&found["name"]), word(&found["path"]), place.unwrap_or_default())
        })
        .collect();
    assert_eq!(output.status.code(), Some(i32::from(wrong)), "{found:?}");
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
fn each_contradiction_is_located_explained_and_can_be_allowed() {
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
        (with_row("order_src", "Number", ""), "missing-type", "result.result.order_src", "order_src"),
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
fn an_empty_type_is_one_finding() {
    let folder = tempfile::tempdir().unwrap();
    let all = found(&with_row("order_src", "Number", ""), folder.path());
    assert_eq!(all, [("missing-type".to_owned(), "result.result.order_src".to_owned(), "order_src".to_owned())]);
}

/// The text of a page whose response has these lines.
fn text_page(response: &str) -> String {
    format!(
        "a.b.get (标题)\n\n请求参数\n\n名称 类型 是否必须 示例值 更多限制 描述\n\n响应参数\n\n名称 类型 示例值 描述\n{response}\n\
         响应示例\n\n<r>\n<x>1</x>\n</r>\n\n错误码解释\n\n错误码 错误描述 解决方案\na b c d e f\n"
    )
}

/// A document whose response is one parameter with these members.
fn document(members: &str) -> String {
    format!("{{\"data\":{{\"name\":\"a.b\",\"responseParams\":[{{{members}}}]}}}}")
}

/// Whatever is found, by the reader or the lints, has a place to be drawn on.
#[test]
fn every_finding_is_drawn_on_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = [
        ("missing-heading", replaced("<h1 id=\"s1\">", "<h1 id=\"s1\">无")),
        (
            "unknown-column",
            replaced("<th>描述</th>\n</tr>\n</thead>\n<tbody>\n<tr class", "<th>备用</th></tr><tr class"),
        ),
        (
            "untitled-columns",
            replaced("<th>名称</th>\n<th>类型</th>\n<th>示例值</th>", "<th>a</th><th>b</th><th>c</th>"),
        ),
        ("empty-name", replaced("└  account_id\n", "└ \n")),
        ("object-without-fields", with_row("account_id", "String", "Account")),
        ("list-as-one-value", with_row("account_id", "String", "String []")),
        ("unknown-word", HTML.replace("必须\n", "大概\n")),
        ("basic-type-with-fields", HTML.replace("Extinfo", "String")),
        ("stray-text", HTML.replace("</thead>", "</thead><tbody><tr><td>暂无</td></tr></tbody>")),
        ("stray-text", replaced("<div class=\"list list1\">", "<div class=\"list list1\">无主")),
        ("unclosed-page", replaced("</html>", "")),
        ("charset-contradiction", replaced("charset=\"UTF-8\"", "charset=gbk")),
        (
            "extra-table",
            HTML.replace("</table>\n</div>", "</table>\n<table><tr><th>名称<th>类型<tr><td>a<td>b</table></div>"),
        ),
        ("missing-title", HTML.replace("<h2", "<p").replace("</h2", "</p")),
        ("field-not-in-table", replaced("&lt;account_id&gt;", "&lt;account&gt;")),
        ("invalid-xml-sample", replaced("&lt;account_id&gt;", "&lt;account&gt;")),
        ("invalid-json-sample", replaced("&quot;biz_success&quot;:true", "&quot;biz_success&quot;:")),
        ("ambiguous-row", text_page("x String 1 大 小\ny\n  • └ z\n  • q\nnot a row 一")),
        ("ambiguous-cells", text_page("r Result\n  • └ z\n  • String\n  • 1\n  • w\n  • W\nx Number abc\nd\n")),
        ("stray-text", text_page("  • 一\nx String 1\n")),
        ("ambiguous-row", text_page("x String 1 2 3 4 5\nx String\n")),
        (
            "unknown-limit",
            document("\"name\":\"x\",\"type\":\"Number\",\"maxLength\":\"z\"").replace("response", "request"),
        ),
        ("value-not-of-type", document("\"name\":\"x\",\"type\":\"Number\",\"demoValue\":\"y\"")),
        ("missing-type", document("\"name\":\"x\"")),
        ("empty-name", document("")),
        ("missing-section", document("\"name\":\"x\",\"type\":\"X\"")),
    ];
    for (name, page) in &pages {
        let all = found(page, folder.path());
        assert!(all.iter().any(|(found, ..)| found == name), "{name}: {all:?}");
        for (found, path, place) in all {
            assert!(!place.trim().is_empty(), "{name}: {found} {path}");
        }
    }
}

/// The names of the findings that the generator makes, by its sources: each stands behind its severity.
fn names_in_sources(folder: &Path, names: &mut BTreeSet<String>) {
    const BEFORE: [&str; 5] = ["Severity::Error,", "Severity::Warning,", "Severity::Note,", "(severity,", " name:"];
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() && !path.ends_with("tests") {
            names_in_sources(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            for (at, _) in text.match_indices('"') {
                let name = text[at + 1..].split('"').next().unwrap_or_default();
                let is_name = name.contains('-')
                    && !name.starts_with('-')
                    && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
                if is_name && BEFORE.iter().any(|before| text[..at].trim_end().ends_with(before)) {
                    names.insert(name.to_owned());
                }
            }
        }
    }
}

#[test]
fn every_finding_is_listed_and_explained_and_unknown_names_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let list = topsdk(&["lint", "--list"], folder.path());
    let names: Vec<&str> = text(&list.stdout).lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert!(names.is_sorted_by(|one, other| one < other), "{names:?}");
    let mut made = BTreeSet::new();
    names_in_sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut made);
    assert!(made.len() > 20, "{made:?}");
    let unlisted: Vec<_> = made.iter().filter(|name| !names.contains(&name.as_str())).collect();
    assert!(unlisted.is_empty(), "findings that `--list` lacks: {unlisted:?}");
    for name in names {
        let explained = topsdk(&["lint", "--explain", name], folder.path());
        assert_eq!(explained.status.code(), Some(0), "{name}");
        let explained = text(&explained.stdout);
        assert!(explained.contains(name) && explained.lines().count() > 2, "{explained}");
    }
    let unknown = topsdk(&["lint", "--explain", "nothing"], folder.path());
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("there is no lint `nothing`"), "{}", text(&unknown.stderr));
}

/// Many pages, read by all threads: the output is that of one.
#[test]
fn findings_are_in_page_order_with_any_number_of_threads() {
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

#[test]
fn without_arguments_the_pages_of_the_repository_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| topsdk(arguments, folder.path());
    let outside = run(&["lint"]);
    assert_eq!(outside.status.code(), Some(2));
    assert_eq!(
        text(&outside.stderr),
        "error: not in a repository of topsdk: no folder `spec/pages` here or above; name pages\n"
    );
    fs::create_dir_all(folder.path().join("spec/pages")).unwrap();
    fs::write(folder.path().join("spec/pages/a.html"), HTML).unwrap();
    assert_eq!(text(&run(&["lint"]).stdout), "1 page: nothing found\n");
    fs::write(folder.path().join("spec/pages/b.html"), with_row("order_src", "Number", "")).unwrap();
    fs::write(folder.path().join("spec/pages/c.html"), "").unwrap();
    let output = run(&["lint"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout), "3 pages: 1 unreadable, 1 warning\n", "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("spec/pages/b.html"), "{}", text(&output.stderr));
    let json = run(&["lint", "--format", "json"]);
    assert_eq!(text(&json.stdout), "{\"errors\":0,\"notes\":0,\"pages\":3,\"unreadable\":1,\"warnings\":1}\n");

    // Of all pages it is known that nothing needs an allowance.
    fs::remove_file(folder.path().join("spec/pages/c.html")).unwrap();
    fs::write(
        folder.path().join("spec/lint.toml"),
        "[[allow]]\nlint = \"missing-type\"\nreason = \"r\"\n[[allow]]\nlint = \"unknown-word\"\nreason = \"r\"\n",
    )
    .unwrap();
    let output = run(&["lint"]);
    assert_eq!(text(&output.stdout), "2 pages: 1 warning\n");
    assert!(text(&output.stderr).contains("warning[stale-allowance]"), "{}", text(&output.stderr));
}

#[test]
fn a_misspelt_lint_is_suggested() {
    let folder = tempfile::tempdir().unwrap();
    let output = topsdk(&["lint", "--explain", "form-differ"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr),
        "error: there is no lint `form-differ`; did you mean `forms-differ`? `topsdk lint --list` shows all\n"
    );
    let explained = topsdk(&["lint", "--explain", "forms-differ"], folder.path());
    assert!(text(&explained.stdout).starts_with("forms-differ (warning)\n"), "{}", text(&explained.stdout));
}
