//! Pages copied as Markdown.

use topsdk_codegen::page::Column;
use topsdk_codegen::read::PageProblem;
use topsdk_spec::{Auth, Layout, Side};

use crate::cost::{LINEAR, growth};

use super::{fails, names, outline, read, tables};

const PAGE: &str = "# taobao.sample.shop.get
**示例店铺查询**
## 请求参数
| 名称 | 类型 | 必填 | 描述 |
|------|------|------|------|
| fields | String | 是 | 需返回的字段 |
| page\\_no | Number | 否 | 页码 |
## 响应参数
| 名称 | 类型 | 描述 |
|---|---|---|
| results | Shop [] | 店铺 |
| └ shop_title | String | 名称 |
";

/// A page whose response has this table.
fn response(table: &str) -> String {
    format!("# a.b (c)\n\n说明\n\n## 请求参数\n\n无\n\n## 响应参数\n\n{table}\n")
}

/// The response's rows, with these names for fields.
fn drawn(names: &[&str]) -> Vec<String> {
    let types = ["R", "String", "Item []", "Number", "String", "String"];
    let rows: String = names.iter().zip(types).map(|(name, word)| format!("| {name} | {word} |\n")).collect();
    let sample =
        "```json\n{\"b_response\":{\"r\":{\"a\":\"1\",\"items\":{\"item\":[{\"b\":1}]},\"c\":\"1\"},\"d\":\"1\"}}\n```";
    outline(
        &read(&format!("{}\n## 响应示例\n\n{sample}\n", response(&format!("| 名称 | 类型 |\n|--|--|\n{rows}"))))
            .api
            .response,
    )
}

#[test]
fn a_page_of_pipe_tables_is_read() {
    let reading = read(PAGE);
    assert_eq!(names(&reading), Vec::<&str>::new());
    assert_eq!((reading.api.method.as_str(), reading.api.title.as_str()), ("taobao.sample.shop.get", "示例店铺查询"));
    assert_eq!(reading.api.source.layout, Layout::Markdown);
    let expected = [vec!["fields String !", "page_no Number"], vec!["results Shop[]", "results.shop_title String"]];
    assert_eq!(tables(&reading), expected);
    for (side, path, column, text) in [
        (Side::Request, &[1][..], Column::Name, "page\\_no"),
        (Side::Request, &[1], Column::Required, "否"),
        (Side::Response, &[0, 0], Column::Name, "shop_title"),
        (Side::Response, &[0, 0], Column::Description, "名称"),
    ] {
        let span = reading.origins.cell(side, path, column).unwrap();
        assert_eq!(&reading.origins.text()[span], text);
    }
}

#[test]
fn every_way_to_draw_depth_gives_the_same_tree() {
    let expected = ["r R", "r.a String", "r.items Item[]", "r.items.b Number", "r.c String", "d String"];
    for names in [
        ["r", "└ a", "└ items", "└└ b", "└ c", "d"],
        ["r", "├─ a", "├─ items", "│  └─ b", "└─ c", "d"],
        ["r", "&nbsp;a", "&nbsp;items", "&nbsp;&nbsp;b", "&nbsp;c", "d"],
        ["r", "&nbsp;└ a", "&nbsp;└ items", "&emsp;&emsp;└ b", "&nbsp;└ c", "d"],
        ["`r`", "- a", "- **items**", "-- b", "- c", "d"],
        // The samples tell what is not drawn.
        ["r", "└ a", "└ items", "└ b", "└ c", "d"],
        ["r", "a", "items", "b", "c", "d"],
    ] {
        assert_eq!(drawn(&names), expected, "{names:?}");
    }
}

#[test]
fn columns_are_known_by_their_titles() {
    let request = "|描述|默认值|示例值|是否必须|最大长度|数据类型|参数名|来源|\n|:-:|-|-|-|-|-|-|-|\n\
                   |`a`<br>**b** \\| c|1|x<y|Y|32|Number|n|站内|\n|d|||true||String []|m|\n|e|||必须||Date|k||\n|f|||perhaps||Date|j||\n";
    let reading = read(&response("").replace("无", request));
    assert_eq!(outline(&reading.api.request), ["n Number !", "m String[] !", "k Date !", "j Date"]);
    assert_eq!(names(&reading), ["unknown-column", "unknown-word"]);
    let row = &reading.api.request[0];
    assert_eq!((row.limits.default.as_deref(), row.limits.max_length), (Some("1"), Some(32)));
    assert_eq!((row.example.as_str(), row.description.as_str()), ("x<y", "`a`\\\n**b** | c"));
}

#[test]
fn tables_and_columns_that_are_left_out_are_reported() {
    let table = "| 名称 | 类型 | 类型 | 描述 |\n|--|--|--|--|\n| x | String | Number | d |\n";
    let reading = read(&response(&format!("{table}\n## 其他\n\n{table}")));
    assert_eq!(outline(&reading.api.response), ["x String"]);
    assert_eq!(names(&reading), ["unknown-column", "extra-table"]);
    assert!(reading.diagnostics[0].message.contains("occurs twice"), "{}", reading.diagnostics[0].message);
    let lines = reading.diagnostics.iter().map(|finding| {
        let text = &reading.origins.text()[..finding.place.span.as_ref().unwrap().start];
        text.matches('\n').count() + 1
    });
    assert_eq!(lines.collect::<Vec<_>>(), [11, 17]);
}

#[test]
fn text_before_the_sections_is_the_description_wherever_the_title_stands() {
    let page = response("")
        .replace("# a.b (c)\n\n说明", "# 查询\n\n变为<status>已签收</status>\n\n`a.b`\n\n## 用途\n\n一 < 二");
    let api = read(&page).api;
    assert_eq!((api.method.as_str(), api.title.as_str()), ("a.b", "查询"));
    assert_eq!(api.description, "变为<status>已签收</status>\n\n用途\n\n一 < 二");
}

#[test]
fn headings_may_be_bold_and_samples_fenced() {
    let page = "taobao.a.get（取）\n\n一段*说明*\n\n**请求参数**\n\n名称|类型|必选\n-|-|-\nid|Number|N\n\n**返回参数**\n\n名称|类型\n-|-\nx|String\n\n\
                **请求示例**\n\n~~~java\nTaobaoClient client = new DefaultTaobaoClient(url, appkey, secret);\nAGetRequest req = new AGetRequest();\nAGetResponse rsp = client.execute(req, sessionKey);\n~~~\n\n\
                **返回示例**\n\n    <a_get_response>\n        <x>1</x>\n    </a_get_response>\n\n**错误码**\n\n错误码|描述|解决方案\n-|-|-\nisv.x|m|s\n";
    let reading = read(page);
    let api = &reading.api;
    assert_eq!((api.title.as_str(), api.description.as_str(), api.auth), ("取", "一段*说明*", Some(Auth::Required)));
    assert_eq!(tables(&reading), [["id Number"], ["x String"]]);
    assert!(api.samples.java.is_some() && api.samples.xml.as_deref().is_some_and(|xml| xml.starts_with("<a_get")));
    assert_eq!((api.errors[0].code.as_str(), api.errors[0].solution.as_str()), ("isv.x", "s"));
    assert_eq!(names(&reading), Vec::<&str>::new());
}

#[test]
fn an_incomplete_page_names_what_is_missing() {
    let PageProblem::NotApiPage(found) = fails(&PAGE.replace("## ", "")) else { panic!() };
    assert_eq!(found, "Markdown without the headings 请求参数 and 响应参数");
    let PageProblem::NotApiPage(found) = fails(&PAGE.replace("taobao.sample.shop.get", "店铺")) else { panic!() };
    assert!(found.contains("method's name"), "{found}");
    assert!(matches!(fails(&PAGE.replace("## 响应参数", "## 其他")), PageProblem::NoResponse(_)));
    assert!(matches!(fails(&format!("{PAGE}## 响应示例\n\n```xml\n<r>")), PageProblem::Cut { .. }));
    assert_eq!(names(&read(&PAGE.replace("## 请求参数", "## 公共参数"))), ["missing-section"]);
}

#[test]
fn a_section_without_rows_is_an_error_that_shows_its_first_line() {
    for (table, first) in [
        ("见下表\n\n更多", "见下表"),
        ("- results Shop 店铺", "results Shop 店铺"),
        ("|甲|乙|\n|-|-|\n|results|Shop|", "甲 乙"),
        ("| 名称 | 类型 |\n| results | Shop |", "| 名称 | 类型 |"),
        ("```\nresults Shop\n```", "results Shop"),
        ("<div>results</div>", "<div>results</div>"),
    ] {
        let PageProblem::NoRows { section, line, text, .. } = fails(&response(table)) else { panic!("{table}") };
        assert_eq!((section, text.as_str()), ("响应参数", first), "{table}");
        assert!(line >= 11, "{table}: {line}");
    }
    for table in ["", "无", "> 暂无", "| 名称 | 类型 |\n|--|--|", "<!-- 空 -->"] {
        assert_eq!(names(&read(&response(table))), Vec::<&str>::new(), "{table}");
    }
    let beside = read(&response("如下：\n\n|名称|类型|\n|-|-|\n|x|String|\n\n|名称|类型|\n|-|-|\n|y|String|"));
    assert_eq!((outline(&beside.api.response).len(), names(&beside)), (1, vec!["extra-table", "stray-text"]));
}

#[test]
fn a_pipe_inside_a_cell_is_not_lost() {
    let reading = read(&response("| 名称 | 类型 | 描述 |\n|--|--|--|\n| x | String | 一 | 二 | 三 |\n"));
    assert_eq!(
        (reading.api.response[0].description.as_str(), names(&reading)),
        ("一|二 | 三", vec!["ambiguous-cells"])
    );
}

#[test]
fn rows_and_marks_are_read_in_linear_time() {
    let rows = |count: usize| -> String {
        let rows: String = (0..count).map(|row| format!("| f{row} | String |\n")).collect();
        response(&format!("| 名称 | 类型 |\n|--|--|\n{rows}"))
    };
    assert_eq!(read(&rows(20_000)).api.response.len(), 20_000);
    assert!(growth(2_000, rows, |page| drop(read(page))) < LINEAR);
    for piece in [
        "> ",
        "- ",
        "**",
        "[",
        "![",
        "`",
        "<a ",
        "&nbsp;",
        "|",
        "└",
        "# 请求参数\n",
        "<!--",
        "\\",
        "~~~\n",
        "| 名称 | 类型 |\n|--|--|\n",
    ] {
        let read = |page: &String| drop(topsdk_codegen::read::page("page", page.as_bytes()));
        let growth = growth(500, |size| response(&piece.repeat(size)), read);
        assert!(growth < LINEAR, "{piece}: {growth}");
    }
    let deep: String = (0..200).map(|depth| format!("| {}f | R |\n", "└".repeat(depth))).collect();
    assert!(matches!(fails(&response(&format!("| 名称 | 类型 |\n|--|--|\n{deep}"))), PageProblem::TooDeep { .. }));
}
