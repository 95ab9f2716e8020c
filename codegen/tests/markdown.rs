//! Pages as Markdown among the other forms: folders, `update` and `Builder` read them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::process::Command;

use topsdk_codegen::Builder;
use topsdk_spec::{Api, Layout};

const METHOD: &str = "taobao.sample.shop.get";

/// The same page in each form, poorest first; each calls the field of the response after itself.
fn forms() -> [(&'static str, Layout, String); 4] {
    let text = format!(
        "{METHOD} (店铺)\n\n请求参数\n\n名称 类型 是否必须 示例值 更多限制 描述\n\n响应参数\n\n名称 类型 示例值 描述\ntext String 1 字段\n\n\
         响应示例\n\n<sample_shop_get_response>\n    <text>1</text>\n</sample_shop_get_response>\n"
    );
    let markdown = format!(
        "# {METHOD} (店铺)\n\n## 请求参数\n\n无\n\n## 响应参数\n\n| 名称 | 类型 |\n|--|--|\n| markdown | String |\n"
    );
    let html = format!(
        "<html><h2>{METHOD} (店铺)</h2><h1>请求参数</h1><table><tr><th>名称<th>类型<th>是否必须</table><h1>响应参数</h1><table>\
         <tr><th>名称<th>类型<th>示例值<th>描述<tr><td>html<td>String<td>1<td>字段</table><h1>错误码解释</h1></html>"
    );
    let document = format!(
        "{{\"name\":\"{METHOD}\",\"apiChineseName\":\"店铺\",\"requestParams\":[],\"responseParams\":[{{\"name\":\"document\",\"type\":\"String\"}}]}}"
    );
    [
        ("txt", Layout::Text, text),
        ("md", Layout::Markdown, markdown),
        ("html", Layout::Html, html),
        ("json", Layout::Document, document),
    ]
}

#[test]
fn update_prefers_the_document_then_html_then_markdown_then_text() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("generated/Cargo.toml");
    let forms = forms();
    for count in 1..=forms.len() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("spec/pages")).unwrap();
        fs::create_dir_all(root.join("generated")).unwrap();
        fs::copy(&manifest, root.join("generated/Cargo.toml")).unwrap();
        for (ending, _, page) in &forms[..count] {
            fs::write(root.join(format!("spec/pages/{METHOD}.{ending}")), page).unwrap();
        }
        let output = Command::new(env!("CARGO_BIN_EXE_topsdk")).arg("update").current_dir(root).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let api = Api::from_json(&fs::read_to_string(root.join(format!("spec/apis/{METHOD}.json"))).unwrap()).unwrap();
        let layout = forms[count - 1].1;
        assert_eq!((api.source.layout, api.response.len()), (layout, 1));
        assert_eq!(format!("\"{}\"", api.response[0].name), serde_json::to_string(&layout).unwrap());
    }
}

#[test]
fn a_build_script_reads_markdown_from_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let [_, (_, _, page), ..] = forms();
    fs::create_dir(folder.path().join("pages")).unwrap();
    fs::write(folder.path().join("pages/shop.md"), page).unwrap();
    Builder::new().pages(folder.path().join("pages")).out_dir(folder.path()).generate().unwrap();
    let written: String = walk(folder.path()).iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    assert!(written.contains("pub markdown: Option<String>"), "{written}");
}

/// The Rust files below a folder.
fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}
