//! Single pages: the one in this project in all its forms, pages written another way, and what is no page.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

mod broken;
mod cells;
#[path = "../cost/mod.rs"]
mod cost;
mod documents;
mod hostile;
mod limits;
mod markdown;

use topsdk_codegen::page::{Column, SampleKind};
use topsdk_codegen::read::{self, PageProblem, Reading};
use topsdk_spec::Side;
use topsdk_spec::{Api, Auth, Layout, Param};

const HTML: &str = include_str!("../seed/spec/pages/alibaba.alsc.crm.recharge.dedut.update.html");
const TEXT: &str = include_str!("../seed/spec/pages/alibaba.alsc.crm.recharge.dedut.update.txt");

fn read(page: &str) -> Reading {
    read::page("page", page.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

fn fails(page: &str) -> PageProblem {
    match read::page("page", page.as_bytes()) {
        Ok(reading) => panic!("read as {}", reading.api.to_json_line()),
        Err(error) => {
            assert_eq!(error.page, "page");
            error.problem
        }
    }
}

fn names(reading: &Reading) -> Vec<&'static str> {
    reading.diagnostics.iter().map(|diagnostic| diagnostic.name).collect()
}

/// Every parameter as `path type[] !`, in the page's order.
fn outline(params: &[Param]) -> Vec<String> {
    fn walk(params: &[Param], above: &str, lines: &mut Vec<String>) {
        for param in params {
            let path = format!("{above}{}", param.name);
            let (list, required) = (if param.list { "[]" } else { "" }, if param.required { " !" } else { "" });
            lines.push(format!("{path} {}{list}{required}", param.type_name));
            walk(&param.fields, &format!("{path}."), lines);
        }
    }
    let mut lines = Vec::new();
    walk(params, "", &mut lines);
    lines
}

fn tables(reading: &Reading) -> [Vec<String>; 2] {
    [outline(&reading.api.request), outline(&reading.api.response)]
}

/// A spec without what only one form of a page can hold, its punctuation normalised as extractors do.
fn poorest(mut api: Api) -> Api {
    api.source = Default::default();
    api.doc_id = None;
    (api.samples.json, api.samples.error_json) = (None, None);
    let json = api.to_json_line().replace('（', "(").replace('）', ")").replace('，', ",");
    Api::from_json(&json).unwrap()
}

#[test]
fn both_forms_of_the_page_give_the_same_spec() {
    let (html, text) = (read(HTML), read(TEXT));
    assert_eq!((html.api.source.layout, text.api.source.layout), (Layout::Html, Layout::Text));
    assert_eq!((names(&html), names(&text)), (vec![], vec![]));
    assert_eq!((html.api.doc_id, html.api.auth), (Some(45864), Some(Auth::None)));
    assert!(html.api.samples.json.is_some() && html.api.samples.error_json.is_some());
    assert_eq!(poorest(html.api), poorest(text.api));
}

#[test]
fn the_page_has_the_true_tree() {
    for page in [HTML, TEXT] {
        let reading = read(page);
        let [request, response] = tables(&reading);
        assert_eq!((request.len(), response.len()), (15, 31));
        assert_eq!(request[0], "param_dedut_open_req DedutOpenReq");
        assert_eq!(request[5], "param_dedut_open_req.operator_id String !");
        for path in [
            "result.result.affected_property_list RechargeAccountPropertyOpenInfo[]",
            "result.result.affected_property_list.type String",
            "result.result.brand_id String",
            "result.result.ext_info.empty Boolean",
            "result.result_code String",
        ] {
            assert!(response.iter().any(|line| line == path), "{path}");
        }
        let field = &reading.api.request[0].fields[13];
        assert_eq!(field.example, r#"{"payModeId":"WX", "payModeName":"微信"}"#);
        assert_eq!(field.description, "自定义参数按照json格式传入");
        let view = &reading.api.response[0].fields[4];
        assert_eq!((view.name.as_str(), view.example.as_str()), ("result_view", "\"\""));
    }
}

#[test]
fn each_cell_is_found_on_the_page() {
    for page in [HTML, TEXT] {
        let reading = read(page);
        let at = |path: &[usize], column| {
            reading.origins.cell(Side::Response, path, column).map(|span| &reading.origins.text()[span])
        };
        assert_eq!(at(&[0, 1, 1], Column::Name), Some("affected_property_list"));
        assert!(at(&[0, 1, 1], Column::Type).unwrap().starts_with("RechargeAccountPropertyOpenInfo"));
        assert_eq!(at(&[0, 1, 1, 1], Column::Example), Some("300"));
        assert_eq!(at(&[0, 1, 1, 1], Column::Description), Some("账户值"));
        assert_eq!(at(&[0, 1, 1, 1], Column::Limits), None);
        let xml = reading.origins.sample(SampleKind::Xml).unwrap();
        assert!(reading.origins.text()[xml].contains("_update_response"));
    }
}

/// Every parameter with its examples, as the page has them.
#[test]
fn every_name_has_its_place_on_the_page() {
    fn walk(reading: &Reading, side: Side, params: &[Param], path: &mut Vec<usize>, count: &mut usize) {
        for (index, param) in params.iter().enumerate() {
            path.push(index);
            let span = reading.origins.cell(side, path, Column::Name).unwrap();
            assert_eq!(&reading.origins.text()[span], param.name);
            *count += 1;
            walk(reading, side, &param.fields, path, count);
            path.pop();
        }
    }
    for page in [HTML, TEXT] {
        let (reading, mut count) = (read(page), 0);
        walk(&reading, Side::Request, &reading.api.request, &mut Vec::new(), &mut count);
        walk(&reading, Side::Response, &reading.api.response, &mut Vec::new(), &mut count);
        assert_eq!(count, 46);
    }
}

#[test]
fn variants_of_the_html_page_give_the_same_spec() {
    let expected = read(HTML);
    let flat =
        |page: &str| page.replace("<div class=\"list list2\">\n", "").replace("</ul>\n</div>\n<ul", "</ul>\n<ul");
    let variants: [(&str, String); 20] = [
        ("XHTML", format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{HTML}")),
        ("another branch", HTML.replace('└', "├─")),
        ("blanks without a width", HTML.replace("└  ", "└ \u{200b}").replace("alibaba.alsc.crm.recharge.dedut.update <span>", "\u{feff}alibaba.alsc.crm.recharge.dedut.update<br><span>")),
        ("rows of nothing", HTML.replace("<tr class=\"open-wrap", "<!-- x --><tr></tr><tr class=\"open-wrap")),
        ("attributes with markup", HTML.replace("<li class", "<li v-if=\"a > b\" @click='a(\"<b>\")' class")),
        ("bodies", HTML.replace("<tr class=\"open-wrap", "</tbody><tbody><tr class=\"open-wrap")),
        ("line ends", HTML.replace('\n', "\r\n")),
        ("old line ends", HTML.replace('\n', "\r")),
        ("one line", HTML.replace(">\n", ">")),
        ("no tbody", HTML.replace("<tbody>", "").replace("</tbody>", "").replace("<thead>", "").replace("</thead>", "")),
        ("no classes", HTML.replace(" class=", " data-was=")),
        ("capitals", HTML.replace("<tr", "<TR").replace("</tr", "</TR").replace("<li", "<LI").replace("<td", "<TD").replace("<ul", "<UL")),
        ("order of attributes", HTML.replace("<table border=\"1\" cellpadding=\"0\" cellspacing=\"0\" class=\"table\">", "<table class='table' width=100% border=1>")),
        ("headings of another level", HTML.replace("<h1", "<h3").replace("</h1", "</h3")),
        ("reworded headings", HTML.replace("</i>请求参数", "</i>请求参数：").replace("</i>响应参数", "</i>返回参数")),
        ("a notice", HTML.replace("<div class=\"docs-right\">", "<div class=\"docs-right\"><div class=notice><h3>公告</h3><h4>taobao.item.get 已下线</h4><p>x</p></div>")),
        ("a table of a notice", HTML.replace("<div class=\"mtl\">", "<table><tr><th>名称<th>说明<tr><td>a<td>b</table><div class=\"mtl\">")),
        ("open elements", HTML.replace("</li>", "").replace("</td>", "").replace("</tr>", "")),
        ("comments", HTML.replace("<li class=\"td-12\">", "<!-- <li>x</li> --><li class=\"td-12\"><!-- a > b -->")),
        ("flat", flat(HTML)),
    ];
    for (what, page) in variants {
        assert!(page != HTML, "{what}: the variant is none");
        let reading = read(&page);
        assert_eq!(tables(&reading), tables(&expected), "{what}");
        assert_eq!(names(&reading), names(&expected), "{what}");
        assert_eq!(
            (reading.api.method, reading.api.title),
            (expected.api.method.clone(), expected.api.title.clone()),
            "{what}"
        );
        assert_eq!(reading.api.samples.xml, expected.api.samples.xml, "{what}");
    }
}

#[test]
fn extra_columns_are_reported_and_nothing_moves() {
    let page = HTML
        .replace("<th>示例值</th>\n<th>描述</th>", "<th>版本</th><th>示例值</th>\n<th>描述</th>")
        .replace("<li class=\"td-13\">", "<li>v1</li><li class=\"td-13\">")
        .replace(" CommonResult\n </td>\n", " CommonResult\n </td>\n<td>v1</td>");
    let reading = read(&page);
    assert_eq!(tables(&reading), tables(&read(HTML)));
    assert_eq!(names(&reading), ["unknown-column"]);
    let field = &reading.api.response[0].fields[0];
    let expected = read(HTML);
    assert_eq!(reading.api.response[0].fields[0].example, "true");
    assert_eq!(reading.api.response, expected.api.response, "what the column holds is left out, as is said");
    assert_eq!((field.example.as_str(), field.description.as_str()), ("true", "成功状态"));
    let page = HTML.replace("<th>描述</th>", "<th>描述</th><th>版本</th>");
    let page = page.replace("成功状态</li>", "成功状态</li><li>v1</li>").replace("会员</li>", "会员</li><li>v1</li>");
    let reading = read(&page);
    assert_eq!(names(&reading), ["unknown-column", "unknown-column"]);
    assert_eq!(reading.api.response[0].fields[0].description, "成功状态");
}

#[test]
fn text_without_bullets_is_reported() {
    for page in [TEXT.replace("  • ", ""), TEXT.replace("• ", "1. ")] {
        let reading = read(&page);
        let found: Vec<_> = reading.diagnostics.iter().filter(|found| found.message.contains("no bullet")).collect();
        assert_eq!(found.len(), 2, "{:?}", names(&reading));
        assert!(found[0].message.starts_with("14 lines"), "{}", found[0].message);
    }
}

#[test]
fn variants_of_the_text_page_give_the_same_spec() {
    let expected = read(TEXT);
    let tab = |name: &str| format!("  • {name}\n");
    let tabs = ["JAVA", ".NET", "PHP", "CURL", "Python", "C/C++", "NodeJS", "XML示例", "JSON示例"];
    let variants: [(&str, String); 22] = [
        ("another bullet", TEXT.replace('•', "►")),
        ("long dashes", TEXT.replace('•', "—")),
        ("another branch", TEXT.replace("└ ", "├─ ")),
        (
            "marked headings",
            TEXT.replace("\n请求参数\n", "\n## 请求参数\n")
                .replace("alibaba.alsc.crm.recharge.dedut.update (", "# alibaba.alsc.crm.recharge.dedut.update ("),
        ),
        ("a menu", format!("公共参数\n请求参数\n响应参数\n请求示例\n响应示例\n异常示例\n错误码解释\n\n{TEXT}")),
        (
            "a title on two lines",
            TEXT.replace("alibaba.alsc.crm.recharge.dedut.update (", "alibaba.alsc.crm.recharge.dedut.update\n("),
        ),
        ("a mark of UTF-8", format!("\u{feff}{TEXT}")),
        ("old line ends", TEXT.replace('\n', "\r")),
        ("no blank behind bullets", TEXT.replace("• ", "•")),
        (
            "tabs without bullets",
            tabs.iter().fold(TEXT.to_owned(), |page, name| page.replace(&tab(name), &format!("{name}\n"))),
        ),
        ("no tabs", tabs.iter().fold(TEXT.to_owned(), |page, name| page.replace(&tab(name), ""))),
        ("middle dots", TEXT.replace('•', "·")),
        ("tabulators", TEXT.replace("  •", "\t•")),
        ("blanks at the ends", TEXT.replace('\n', " \t\n")),
        ("dashes", TEXT.replace('•', "-")),
        ("asterisks", TEXT.replace('•', "*")),
        ("four blanks", TEXT.replace("  •", "    •")),
        ("no indent", TEXT.replace("  •", "•")),
        ("line ends", TEXT.replace('\n', "\r\n")),
        ("no breadcrumb", TEXT.split_once("\n\n").unwrap().1.to_owned()),
        ("everything indented", TEXT.lines().map(|line| format!("    {line}\n")).collect()),
        ("no blank lines", TEXT.replace("\n\n", "\n")),
    ];
    for (what, page) in variants {
        let reading = read(&page);
        assert_eq!(tables(&reading), tables(&expected), "{what}");
        assert_eq!(names(&reading), names(&expected), "{what}");
        assert_eq!(reading.api.samples, expected.api.samples, "{what}");
        assert_eq!(reading.api.request, expected.api.request, "{what}");
        assert_eq!(
            (reading.api.title, reading.api.description),
            (expected.api.title.clone(), expected.api.description.clone()),
            "{what}"
        );
    }
}

#[test]
fn other_encodings_give_the_same_spec() {
    let expected = tables(&read(HTML));
    let gbk = HTML.replace("UTF-8", "gbk");
    let (gbk, _, lossy) = encoding_rs::GB18030.encode(&gbk);
    assert!(!lossy);
    let bom: Vec<u8> = [b"\xEF\xBB\xBF", TEXT.as_bytes()].concat();
    for (bytes, found) in [(gbk.as_ref(), vec![]), (bom.as_slice(), vec![])] {
        let reading = read::page("page", bytes).unwrap();
        assert_eq!((tables(&reading), names(&reading)), (expected.clone(), found));
    }
    let (wrong, ..) = encoding_rs::GB18030.encode(HTML);
    let reading = read::page("page", &wrong).unwrap();
    assert_eq!((tables(&reading), names(&reading)), (expected, vec!["charset-guessed"]));
}

#[test]
fn input_that_is_not_a_page_gets_one_clear_error() {
    assert_eq!(fails(""), PageProblem::Empty);
    assert_eq!(fails("\u{feff} \r\n"), PageProblem::Empty);
    for page in [
        "hello",
        "<html><body><h1>淘宝开放平台</h1></body></html>",
        "[1]",
        "{\"a\":1}",
        "<?xml version='1.0'?><error_response/>",
        "{\"data\":{}}",
    ] {
        assert!(matches!(fails(page), PageProblem::NotApiPage(_)), "{page}: {}", fails(page));
    }
    let login =
        "<html><head><title>登录</title></head><body><form><input type=\"password\" name=p></form></body></html>";
    assert!(matches!(fails(login), PageProblem::Login(_)));
    let blocked = "<html><script>location='https://x/_____tmd_____/punish?x5secdata=1'</script></html>";
    assert!(matches!(fails(blocked), PageProblem::Blocked(_)));
    assert!(matches!(fails("{\"ret\":[\"RGV587_ERROR::SM::哎哟喂,被挤爆啦\"]}"), PageProblem::Blocked(_)));
    let expired = "{\"success\":false,\"code\":\"500\",\"data\":{},\"msg\":\"页面已过期，请刷新重试！\"}";
    let PageProblem::Refused { code, message, .. } = fails(expired) else { panic!() };
    assert_eq!((code.as_str(), message.as_str()), ("500", "页面已过期，请刷新重试！"));
    let PageProblem::Json { line, column, .. } = fails("{\"success\":true,\n \"data\":{\"name\" 1}}") else { panic!() };
    assert_eq!((line, column), (2, 17));
}

/// A page cut anywhere is an error, unless all that a spec takes from its tables is there.
#[test]
fn a_page_cut_anywhere_never_loses_rows_silently() {
    for page in [HTML, TEXT] {
        let whole = tables(&read(page));
        let mut refused = 0;
        for end in (1..page.len()).filter(|&end| page.is_char_boundary(end)).step_by(61) {
            match read::page("page", &page.as_bytes()[..end]) {
                Ok(reading) => assert_eq!(tables(&reading), whole, "cut at {end}"),
                Err(_) => refused += 1,
            }
        }
        assert!(refused * 61 > page.len() * 7 / 10, "{refused} of the cuts refused");
    }
}

#[test]
fn a_cut_names_its_place() {
    let PageProblem::Cut { section, offset, .. } = fails(&HTML[..HTML.find("result_code").unwrap()]) else { panic!() };
    assert_eq!((section, offset > 1000), ("响应参数", true));
    let PageProblem::Cut { section, .. } = fails(&TEXT[..TEXT.find("shop_name").unwrap()]) else { panic!() };
    assert_eq!(section, "响应参数");
    assert!(matches!(fails("{\"data\":{\"name\":\"a.b\",\"requestParams\":[{\"name\":\"x"), PageProblem::Cut { .. }));
}

#[test]
fn documents_may_use_other_member_names() {
    let fields = "{\"0\":{\"name\":\"x\",\"type\":\"Number\",\"required\":\"N\"}}";
    let document = |required: &str| {
        format!(
            "{{\"data\":{{\"name\":\"a.b\",\"requestParams\":[{{\"name\":\"p\",\"type\":\"P\",\"required\":{required},\"subParams\":{fields}}}],\"responseParams\":[]}}}}"
        )
    };
    for (required, outlined, found) in [
        ("true", "p P !", vec![]),
        ("\"Y\"", "p P !", vec![]),
        ("1", "p P !", vec![]),
        ("0", "p P", vec![]),
        ("null", "p P", vec![]),
        ("\"perhaps\"", "p P", vec!["unknown-word"]),
    ] {
        let reading = read(&document(required));
        assert_eq!(outline(&reading.api.request), [outlined, "p.x Number"], "{required}");
        assert_eq!(names(&reading), found, "{required}");
    }
}

#[test]
fn documents_are_read_with_and_without_their_envelope() {
    let data = r#"{"id":"12","name":"taobao.a.get","apiChineseName":"取","description":"一<br>二&amp;三",
        "labels":[{"displayName":"可选授权","key":"x"}],"requestParams":[{"name":"ids","type":"Number []","required":"true",
        "maxListSize":"20","maxLength":"many","demoValue":1,"description":"<b>多</b>"}],
        "responseParams":[{"name":"items","type":"Item []","subParams":[{"name":"id","type":"Number","subParams":null}]}],
        "rspSampleXml":"<r/>","errorCodes":[{"errorCode":"isv.x","errorMsg":"m","solution":"s"}]}"#;
    for page in [data.to_owned(), format!("\u{feff}{{\"success\":true,\"data\":{data}}}")] {
        let reading = read(&page);
        let api = &reading.api;
        assert_eq!((api.doc_id, api.auth, api.description.as_str()), (Some(12), Some(Auth::Optional), "一\\\n二&三"));
        assert_eq!(
            tables(&reading),
            [vec!["ids Number[] !".to_owned()], vec!["items Item[]".to_owned(), "items.id Number".to_owned()]]
        );
        assert_eq!((api.request[0].limits.max_list_size, api.request[0].example.as_str()), (Some(20), "1"));
        assert_eq!((api.request[0].description.as_str(), api.errors[0].solution.as_str()), ("**多**", "s"));
        assert_eq!(names(&reading), ["unknown-limit"]);
        let span = reading.origins.cell(Side::Request, &[0], Column::Description).unwrap();
        assert_eq!(&reading.origins.text()[span], "<b>多</b>");
    }
    let bare = read(r#"{"name":"a.b","apiChineseName":"x","responseParams":[]}"#);
    assert_eq!(names(&bare), ["missing-section"]);
}

/// A page of text, made of its parts.
fn text_page(request: &str, response: &str, java: &str, xml: &str) -> String {
    format!(
        "taobao.a.get (取)\n\n请求参数\n\n名称 类型 是否必须 示例值 更多限制 描述\n{request}\n响应参数\n\n名称 类型 示例值 描述\n{response}\n\
         请求示例\n\n  • JAVA\nTaobaoClient client = x;\n{java}\nR rsp = client.execute(req, sessionKey);\n\n响应示例\n\n  • XML示例\n{xml}\n\n错误码解释\n"
    )
}

#[test]
fn limits_that_break_lists_and_shift_the_text_are_read() {
    let page = "taobao.picture.get (图)\n\n请求参数\n\n名称 类型 是否必须 示例值 更多限制 描述\n\
        picture_name String 必须 1.jpg\n  • 最大长度:32\n  • 图片全称包括扩展名。目前支持 jpg jpeg png\n\
        \x20   is_https Boolean 可选 true\n  • 默认值:true\n  • true返回Https地址\n    第二行\n\
        \x20   query Query 可选 查询条件\n    • └ ids\n    • Number []\n    • 必须\n    • 1\n    • 最大列表长度:20\n    • 编号\n        更多\n\n\
        \x20   响应参数\n\n    名称 类型 示例值 描述\n    done Boolean true 是否 完成\n\n    请求示例\n\n    • JAVA\n\
        \x20   TaobaoClient client = x;\n    req.setPictureName(\"1.jpg\");\n    req.setIsHttps(true);\n    obj1.setIds(\"1\");\n    req.setQuery(obj1);\n\
        \x20   R rsp = client.execute(req);\n\n    响应示例\n\n    • XML示例\n    <r>\n        <done>true</done>\n    </r>\n\n    错误码解释\n";
    let reading = read(page);
    assert_eq!(names(&reading), Vec::<&str>::new());
    let [name, https, query] = &reading.api.request[..] else { panic!("{:?}", outline(&reading.api.request)) };
    assert_eq!((name.example.as_str(), name.limits.max_length), ("1.jpg", Some(32)));
    assert_eq!(name.description, "图片全称包括扩展名。目前支持 jpg jpeg png");
    assert_eq!(
        (https.limits.default.as_deref(), https.description.as_str()),
        (Some("true"), "true返回Https地址\\\n第二行")
    );
    let ids = &query.fields[0];
    assert_eq!(
        (query.description.as_str(), ids.description.as_str(), ids.limits.max_list_size),
        ("查询条件", "编号\\\n更多", Some(20))
    );
    assert_eq!(reading.api.response[0].description, "是否 完成");
    assert_eq!(reading.api.samples.xml.as_deref(), Some("<r>\n    <done>true</done>\n</r>"));
}

#[test]
fn a_description_that_reads_like_a_row_is_not_one_if_the_sample_lacks_it() {
    let response = "result Result\n  • └ code\n  • String\n  • ok\n  • item\n  • item\n  • Item\n  • └ id\n  • Number\n  • 7\n  • 编号\nstatus String abc 状态\nWAIT String 等待\n";
    let xml = "<r><result><code>ok</code><item><id>7</id></item></result><status>abc</status></r>";
    let reading = read(&text_page("", response, "", xml));
    let expected =
        ["result Result", "result.code String", "result.item Item", "result.item.id Number", "status String"];
    assert_eq!(outline(&reading.api.response), expected);
    assert_eq!(reading.api.response[0].fields[0].description, "item");
    assert_eq!(reading.api.response[1].description, "状态\\\nWAIT String 等待");
    assert_eq!(names(&reading), ["ambiguous-row"]);
    assert_eq!(reading.api.auth, Some(Auth::Required));
}

#[test]
fn a_section_of_text_without_rows_is_an_error() {
    let xml = "<r>\n    <a>1</a>\n</r>";
    let PageProblem::NoRows { section, line, text, .. } =
        fails(&text_page("参数见下：\n甲 乙\n", "a String 1\n", "", xml))
    else {
        panic!()
    };
    assert_eq!((section, line, text.as_str()), ("请求参数", 6, "参数见下："));
    for nothing in ["", "无\n", "暂无数据\n"] {
        assert_eq!(names(&read(&text_page(nothing, "a String 1\n", "", xml))), Vec::<&str>::new(), "{nothing}");
    }
}

#[test]
fn a_row_that_no_sample_shows_is_reported_with_its_candidates() {
    let response =
        "result Result\n  • data\n  • Data\n  • └ id\n  • Number\n  • └ unseen\n  • String\n  • └ code\n  • String\n";
    let reading = read(&text_page("", response, "", "<r><result><data><id>1</id></data><code>2</code></result></r>"));
    let expected = [
        "result Result",
        "result.data Data",
        "result.data.id Number",
        "result.data.unseen String",
        "result.code String",
    ];
    assert_eq!(outline(&reading.api.response), expected);
    let [diagnostic] = &reading.diagnostics[..] else { panic!("{:?}", names(&reading)) };
    assert_eq!((diagnostic.name, diagnostic.place.path.as_str()), ("ambiguous-depth", "result.data.unseen"));
    assert!(diagnostic.message.contains("`result.data` or of `result`"), "{}", diagnostic.message);
    assert_eq!(diagnostic.place.text, "unseen");
}

#[test]
fn the_same_type_elsewhere_decides_what_the_sample_leaves_open() {
    let row = |name: &str| format!("  • └ {name}\n  • String\n");
    let pair = |name: &str| format!("  • {name}\n  • Pair []\n{}{}", row("key"), row("note"));
    // The sample lacks `note` everywhere; only behind the last pair may it belong to another object.
    let response =
        format!("result Result\n{}  • last\n  • Pair []\n{}{}{}", pair("first"), row("key"), row("note"), row("code"));
    let xml = "<r><result><first><pair><key>1</key><note>2</note></pair></first><last><pair><key>1</key></pair></last><code>2</code></result></r>";
    let reading = read(&text_page("", &response, "", xml));
    assert!(
        outline(&reading.api.response).contains(&"result.last.note String".to_owned()),
        "{:?}",
        outline(&reading.api.response)
    );
    assert_eq!(names(&reading), ["ambiguous-depth"]);
}

#[test]
fn an_invalid_json_sample_still_shows_the_tree() {
    let start = HTML.find("<pre class=\"brush: xml\">").unwrap();
    let end = start + HTML[start..].find("</pre>").unwrap() + 6;
    let flat = HTML.replace("<div class=\"list list2\">\n", "").replace("</ul>\n</div>\n<ul", "</ul>\n<ul");
    let flat_start = flat.find("<pre class=\"brush: xml\">").unwrap();
    let page = format!("{}{}", &flat[..flat_start], &flat[flat_start + (end - start)..]);
    let page = page
        .replace("&quot;order_value&quot;:-65", "&quot;order_value&quot;:")
        .replace("&quot;order_src&quot;:2", "&quot;order_src&quot;:xxx");
    assert!(!page.contains("brush: xml\">&lt;alibaba"), "the XML sample is gone");
    let reading = read(&page);
    assert_eq!((tables(&reading), names(&reading)), (tables(&read(HTML)), vec![]));
}

#[test]
fn a_flat_list_of_rows_is_solved_beside_nested_lists() {
    // The last inner list is nested, all others are flat.
    let flat = HTML.replace("<div class=\"list list2\">\n", "").replace("</ul>\n</div>\n<ul", "</ul>\n<ul");
    let start = flat.find("ext_info</li>\n<li class=\"td-12\">").unwrap();
    let open = start + flat[start..].find("</ul>\n").unwrap() + 6;
    let close = open + flat[open..].find("</ul>\n").unwrap() + 6;
    let mixed = format!("{}<div class=x>{}</div>{}", &flat[..open], &flat[open..close], &flat[close..]);
    let reading = read(&mixed);
    assert_eq!((tables(&reading), names(&reading)), (tables(&read(HTML)), vec![]));
}

#[test]
fn an_english_page_is_read() {
    let page = "<html><body><h2>taobao.a.get (Get)</h2><p>Gets it</p><h1>Common Parameters</h1><table><tr><th>Name<th>Type<th>Required<th>Description\
        <tr><td>method<td>String<td>Yes<td>API</table><h1>Request Parameters</h1><table><tr><th>Name<th>Type<th>Required<th>Sample Value<th>Limits<th>Description\
        <tr><td>q<td>Query<td>Required<td><td><td>x<tr><td colspan=6><div><ul><li>└ id<li>Number<li>Optional<li>1<li>Max Length: 5<li>y</ul></div></table>\
        <h1>Response Parameters</h1><table><tr><th>Name<th>Type<th>Example<th>Description<tr><td>ok<td>Boolean<td>true<td>done</table>\
        <h1>Error Codes</h1><table><tr><th>Error Code<th>Description<th>Solution<tr><td>isv.a<td>b<td>c</table></body></html>";
    let reading = read(page);
    assert_eq!(
        tables(&reading),
        [vec!["q Query !".to_owned(), "q.id Number".to_owned()], vec!["ok Boolean".to_owned()]]
    );
    assert_eq!(
        (reading.api.description.as_str(), reading.api.request[0].fields[0].limits.max_length),
        ("Gets it", Some(5))
    );
    assert_eq!((reading.api.errors.len(), reading.api.errors[0].solution.as_str()), (1, "c"));
    assert_eq!(names(&reading), Vec::<&str>::new());
}

#[test]
fn samples_that_a_browser_laid_out_are_read_as_code() {
    let start = HTML.find("<pre class=\"brush: java\">").unwrap() + 25;
    let end = start + HTML[start..].find("</pre>").unwrap();
    let lines: String =
        HTML[start..end].lines().map(|line| format!("<div class=\"line\"><code>{line}</code></div>\n")).collect();
    let numbers: String = (1..20).map(|number| format!("<div class=\"line\">{number}</div>")).collect();
    let table = format!(
        "<div class=syntaxhighlighter><table><tbody><tr><td class=\"gutter\">{numbers}</td><td class=\"code\"><div class=container>{lines}</div></td></tr></tbody></table></div>"
    );
    let page = format!("{}{table}{}", &HTML[..start - 25], &HTML[end + 6..]);
    assert_eq!(read(&page).api.samples.java, read(HTML).api.samples.java);
}
