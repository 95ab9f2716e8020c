//! Pages with descriptions that break the markup round them, and pages without some of their sections.

use topsdk_codegen::read::PageProblem;

use super::{HTML, TEXT, fails, names, outline, read, tables};

#[test]
fn a_description_that_leaves_a_list_open_swallows_no_row() {
    let page = HTML.replace("账户值</li>", "账户值<ul><li>一<li>二</li>").replace("时间</li>", "时间<li>甲<li>乙</li>");
    let reading = read(&page);
    assert_eq!(tables(&reading), tables(&read(HTML)));
    let field = &reading.api.response[0].fields[1].fields[1].fields[1];
    assert_eq!(field.description, "账户值\n- 一\n- 二");
    assert_eq!(reading.api.request[0].fields[0].description, "时间\n- 甲\n- 乙");
}

/// The page with this markup before each description of a field.
fn described(markup: &str) -> String {
    let page = HTML.replace("<li class=\"td-14\">", &format!("<li class=\"td-14\">{markup}"));
    page.replace("<li class=\"td-6\">", &format!("<li class=\"td-6\">{markup}"))
}

/// The rows that the error about a page names.
fn refused(page: &str) -> String {
    match topsdk_codegen::read::page("page", page.as_bytes()).map_err(|error| error.problem) {
        Ok(reading) => format!("read: {:?}", outline(&reading.api.response)),
        Err(PageProblem::Rows { line, rows, .. }) if line > 1 => rows,
        Err(problem) => problem.to_string(),
    }
}

/// Markup of whoever wrote a description; the rows behind it stay where they are.
#[test]
fn a_description_that_leaves_markup_open_moves_no_row() {
    let expected = tables(&read(HTML));
    for markup in [
        // Left open.
        "<b>一",
        "<font color=red size=2><b>一",
        "a<b 且 c>d",
        "<p>一<p>二",
        "<div>一",
        "<ul><li>一<li>二",
        "<ul><li>一<li>二</li>",
        "<ul><li>一<ul><li>二",
        "<h1>一",
        "<pre>一",
        "<center>一",
        "<form>一",
        "<button>一",
        "<svg><template>一",
        // Closed, but never opened.
        "一</li>",
        "一</p></b></h4>",
        "一</div>二",
        "一</div></div></div>",
        "一</ul>",
        "</Div>",
        // As it should be.
        "<table><tr><td>一</td></tr></table>",
        "<a href=x>一</a><div>二</div>",
        "<h3>请求示例</h3>",
        "└ x String",
        "<!-- <li>x</li> -->",
    ] {
        let reading = read(&described(markup));
        assert_eq!((tables(&reading), names(&reading)), (expected.clone(), vec![]), "{markup}");
        let leaf = &reading.api.response[0].fields[0].description;
        assert!(leaf.contains("成功状态"), "{markup}: {leaf}");
    }
}

/// What a description ends round itself, or takes in, is never read: the error names the rows.
#[test]
fn a_description_that_breaks_the_table_is_an_error_that_names_its_rows() {
    for markup in [
        "一</td>",
        "一</tr>",
        "一</tbody>",
        "一</table>二",
        "<td>一",
        "<tr><td>一",
        "<table>",
        "<table><tr><td>一",
        "<template>",
        "<textarea>",
        "<script>",
        "<style>",
        "<title>",
        "<xmp>",
        "<plaintext>",
        "<iframe>",
        "<!--",
        "<!-- 一",
        "<a href=\"x>",
        "<TEXTAREA>",
        "<Table>",
    ] {
        let one = HTML.replace("成功状态</li>", &format!("成功状态{markup}</li>"));
        for (page, row) in [(described(markup), "biz_date"), (one, "success")] {
            let rows = refused(&page);
            assert!(rows.contains(row) && !rows.starts_with("read"), "{markup}: {rows}");
        }
        let page = HTML.replace("接口结果", &format!("接口{markup}结果"));
        match topsdk_codegen::read::page("page", page.as_bytes()).map_err(|error| error.problem) {
            Ok(reading) => assert_eq!(tables(&reading), tables(&read(HTML)), "{markup}"),
            Err(PageProblem::Rows { rows, .. }) => assert!(rows.contains("result"), "{markup}: {rows}"),
            Err(error) => panic!("{markup}: {error}"),
        }
    }
}

/// An attribute that takes in the end of a list and the beginning of a line of the table does not balance.
#[test]
fn an_attribute_with_tags_of_two_kinds_is_an_error_that_names_the_row() {
    let page = HTML.replace("</li>", "").replace("</td>", "").replace("</tr>", "");
    let rows = refused(&page.replace("错误结果显示", "错误结果显示<a href=\"x><tr>"));
    assert_eq!(rows, "result_view");
}

/// Behind the last row nothing shows that its table is open, where rows and cells are not closed either.
#[test]
fn an_open_table_in_the_last_row_is_an_error_that_names_the_row() {
    let page = HTML.replace("</li>", "").replace("</td>", "").replace("</tr>", "");
    for markup in ["<table>", "<table><tr><td>一"] {
        let rows = refused(&page.replace("错误结果显示", &format!("错误结果显示{markup}")));
        assert_eq!(rows, "result_view", "{markup}");
    }
}

/// A quote that nothing closes takes in the rest of the page: no row behind it is known.
#[test]
fn a_page_that_ends_in_a_quote_is_cut() {
    let error = fails(&HTML.replace("成功状态</li>", "成功状态<font color='red></li>"));
    assert!(matches!(&error, PageProblem::Cut { section, .. } if *section == "响应参数"), "{error}");
}

/// An open link or choice takes in the rows behind it, and the next one splits them: read right, or refused.
#[test]
fn open_links_and_choices_move_no_row() {
    for markup in ["<a href=\"x\">一", "<a>一<b>", "<nobr>一", "<font><a href=x>", "<select><option>一", "<object>"]
    {
        match topsdk_codegen::read::page("page", described(markup).as_bytes()).map_err(|error| error.problem) {
            Ok(reading) => assert_eq!(tables(&reading), tables(&read(HTML)), "{markup}"),
            Err(PageProblem::Rows { rows, .. }) => assert!(!rows.is_empty(), "{markup}"),
            Err(error) => panic!("{markup}: {error}"),
        }
    }
}

/// A list of a description is no row, whatever its items read like.
#[test]
fn a_list_in_a_description_is_not_a_row() {
    for list in [
        "<ul><li>WAIT</li><li>PAID</li><li>DONE</li></ul>",
        "<ul><li>status</li><li>String</li><li>1</li></ul>",
        "<div><ul><li>status</li><li>String</li><li>1</li></ul></div>",
        "<ul><li>a</li></ul><ul><li>status</li><li>String</li><li>1</li></ul>",
    ] {
        let page = HTML.replace("成功状态</li>", &format!("成功状态{list}</li>"));
        let reading = read(&page);
        assert_eq!((tables(&reading), names(&reading)), (tables(&read(HTML)), vec![]), "{list}");
        let description = &reading.api.response[0].fields[0].description;
        assert!(description.starts_with("成功状态\n- "), "{description}");
    }
}

/// Types with angle brackets, escaped or not.
#[test]
fn a_type_in_angle_brackets_is_kept_as_written() {
    for (cell, word, list) in [
        ("Map&lt;String,Object&gt;", "Map<String,Object>", false),
        ("Map<String,Object>", "Map<String,Object>", false),
        ("Map<String, Object>", "Map<String, Object>", false),
        ("List<Foo>", "List<Foo>", false),
        ("List<Object> []", "List<Object>", true),
        ("List<Data>", "List<Data>", false),
        ("List<Title>", "List<Title>", false),
        ("List<Map<String,Object>>", "List<Map<String,Object>>", false),
        ("<b>String</b><br/>[]", "String", true),
        ("Item<br>[]", "Item", true),
        ("<font color=red>String", "String", false),
    ] {
        let page = HTML.replacen(
            "└  account_id\n                </li>\n<li class=\"td-12\">\n   String\n",
            &format!("└  account_id\n                </li>\n<li class=\"td-12\">\n   {cell}\n"),
            1,
        );
        assert_ne!(page, HTML);
        let reading = read(&page);
        let field = &reading.api.response[0].fields[1].fields[0];
        assert_eq!((field.name.as_str(), field.type_name.as_str(), field.list), ("account_id", word, list), "{cell}");
        let page = HTML.replacen("交易后剩余总金额", &format!("见 {cell} 的说明"), 1);
        assert_eq!(tables(&read(&page)), tables(&read(HTML)));
    }
    let page = HTML.replacen("成功状态", "见 Map<String,Foo> 与 <order_id>1</order_id>", 1);
    let field = &read(&page).api.response[0].fields[0];
    assert_eq!(field.description, "见 Map<String,Foo> 与 <order_id>1</order_id>");
}

/// Where nesting contradicts the marks, the marks and the samples decide.
#[test]
fn rows_that_stand_in_a_row_without_fields_are_placed_by_the_samples() {
    let leaf = HTML.find("└  account_id").unwrap();
    let end = leaf + HTML[leaf..].find("</ul>").unwrap() + 5;
    let page = format!("{}<div>{}", &HTML[..end], &HTML[end..]);
    let reading = read(&page);
    assert_eq!((tables(&reading), names(&reading)), (tables(&read(HTML)), vec!["contradictory-nesting"]));
    assert_eq!(reading.diagnostics[0].place.path, "result.result.account_id");
}

#[test]
fn rows_outside_of_the_table_are_an_error_that_names_them() {
    let at = HTML.find("└  flow_id").unwrap();
    let row = at - HTML[..at].chars().rev().collect::<String>().find("lu<").unwrap() - 3;
    let end = "</ul></div></div></td></tr></table>";
    let rows = refused(&format!("{}{end}{}", &HTML[..row], &HTML[row..]));
    assert!(rows.contains("flow_id"), "{rows}");
    // Nothing is left that ends what is not open.
    let list = "<div><ul class=tr><li class=td-11>x</li><li class=td-12>String</li><li></li></ul></div>";
    let plain = "<ul><li>└ x</li><li>String</li><li>1</li><li>d</li></ul>";
    for outside in [list, plain] {
        assert_eq!(refused(&HTML.replace("<h1 id=\"s3\"", &format!("{outside}<h1 id=\"s3\""))), "x");
    }
    let table = "<table><tr><td>x</td><td>String</td><td>1</td><td>d</td></tr></table>";
    assert_eq!(refused(&HTML.replace("<h1 id=\"s3\"", &format!("{table}<h1 id=\"s3\""))), "x");
    assert_eq!(refused(&HTML.replace("成功状态", &format!("成功状态{table}"))), "x");
}

/// The page without what stands from one heading to the next.
fn without(page: &str, from: &str, to: &str) -> String {
    let start = page.find(from).unwrap();
    format!("{}{}", &page[..start], &page[start + page[start..].find(to).unwrap()..])
}

/// Any section may be empty or missing, but for the table of the response, which every whole page has.
#[test]
fn sections_may_be_missing_or_empty() {
    let whole = read(HTML);
    let (request, response) = (("<h1 id=\"s1\"", "<h1 id=\"s2\""), ("<h1 id=\"s2\"", "<h1 id=\"s3\""));
    let missing = read(&without(HTML, request.0, request.1));
    assert_eq!((names(&missing), missing.api.request.len()), (vec!["missing-section"], 0));
    assert_eq!(missing.diagnostics[0].place.section, "请求参数");
    let heading = "<h1 id=\"s1\">请求参数</h1><div class=\"J_sCon\"> </div><h1 id=\"s2\"";
    let empty = read(&without(HTML, request.0, request.1).replace("<h1 id=\"s2\"", heading));
    assert_eq!((names(&empty), tables(&empty)), (vec![], tables(&missing)));
    let text = read(&without(TEXT, "请求参数\n", "响应参数\n"));
    assert_eq!((names(&text), tables(&text)), (vec!["missing-section"], tables(&missing)));
    for (from, to) in [("s0", "s1"), ("s5", "s8"), ("s6", "s8"), ("s7", "s9")] {
        let reading = read(&without(HTML, &format!("<h1 id=\"{from}\""), &format!("<h1 id=\"{to}\"")));
        assert_eq!((tables(&reading), names(&reading)), (tables(&whole), vec![]), "{from}");
    }
    let heading = "<h1 id=\"s2\">响应参数</h1><div class=\"J_sCon\"> </div><h1 id=\"s3\"";
    let no_table = without(HTML, response.0, response.1);
    for page in [no_table.replace("<h1 id=\"s3\"", heading), no_table, without(TEXT, "响应参数\n", "请求示例\n")]
    {
        assert!(matches!(fails(&page), PageProblem::NoResponse(_)));
    }
}

/// A method may hold dashes, also where only an address names it.
#[test]
fn a_method_with_dashes_is_read_from_a_link() {
    let method = "slb.aliyuncs.com.SetLoadBalancerName.2013-02-21";
    let titled = HTML.replace("<h2", "<p").replace("</h2", "</p");
    let page = titled.replace("apiName=alibaba.alsc.crm.recharge.dedut.update", &format!("apiName={method}"));
    let reading = read(&page);
    assert_eq!((reading.api.method.as_str(), reading.api.doc_id), (method, Some(45864)));
    assert_eq!(names(&reading), ["missing-title"]);
    let path = HTML.replace("apiTools.htm?apiId=45864&amp;", "apiTools.htm?path=categoryId:5-apiId:54&amp;");
    assert_eq!(read(&path).api.doc_id, Some(54));
}

/// Text that looks like an attribute, and attributes that look like others.
#[test]
fn attributes_are_read_as_a_browser_reads_them() {
    for attributes in
        ["title=\"class\" class=\"td-11\"", "title='class=\"td-14\"' class=td-11", "data-class=td-14 CLASS='x td-11'"]
    {
        let page = HTML.replace("class=\"td-11\"", attributes);
        assert_ne!(page, HTML);
        let reading = read(&page);
        assert_eq!((tables(&reading), names(&reading)), (tables(&read(HTML)), vec![]), "{attributes}");
    }
}

/// Markup in a description makes no HTML of a page's text.
#[test]
fn a_text_page_may_mention_markup() {
    for markup in ["</td>", "<table><tr><td>a</td></tr></table>", "<!DOCTYPE html>", "</TH>"] {
        let page = TEXT.replace("接口结果", &format!("接口结果{markup}"));
        assert_ne!(page, TEXT);
        let reading = read(&page);
        assert_eq!(tables(&reading), tables(&read(TEXT)), "{markup}");
        assert_eq!(reading.api.source.layout, topsdk_spec::Layout::Text, "{markup}");
    }
}

/// A section that holds something, of which no row could be made, is no section without parameters.
#[test]
fn an_unreadable_section_is_an_error_that_shows_its_first_line() {
    let titles = "<table><thead><tr><th>名称</th><th>类型</th><th>示例值</th><th>描述</th></tr></thead>";
    let with = |body: &str| {
        let heading = format!("<h1 id=\"s2\">响应参数</h1><div class=\"J_sCon\">{body}</div><h1 id=\"s3\"");
        without(HTML, "<h1 id=\"s2\"", "<h1 id=\"s3\"").replace("<h1 id=\"s3\"", &heading)
    };
    for body in [
        format!("{titles}<tbody><tr><td colspan=4>shop_id String 1 店铺</td></tr></tbody></table>"),
        format!("{titles}</table><p>shop_id String 1 店铺</p>"),
        "<p>shop_id String 1 店铺</p>".to_owned(),
    ] {
        match fails(&with(&body)) {
            PageProblem::NoRows { section, text, line, .. } => {
                assert_eq!((section, text.as_str(), line > 1), ("响应参数", "shop_id String 1 店铺", true));
            }
            error => panic!("{body}: {error}"),
        }
    }
    for none in ["", "<tr><td colspan=4>暂无数据</td></tr>", "<tr><td colspan=4> 无 </td></tr>"] {
        let reading = read(&with(&format!("{titles}<tbody>{none}</tbody></table>")));
        assert_eq!(reading.api.response, [], "{none}");
    }
}

/// What a browser fills by a script holds nothing; the document does.
#[test]
fn the_shell_of_a_page_names_the_command_that_gets_its_document() {
    for page in [
        "<!DOCTYPE html><html><head><title>文档中心</title><script src=\"//g.example.com/doc.js\"></script></head><body><div id=\"root\"></div></body></html>",
        "<html><body><noscript>Enable JavaScript</noscript><div id=app></div><script>load('/handler/document/getDocument.json')</script></body></html>",
    ] {
        let error = fails(page);
        assert!(matches!(error, PageProblem::Shell) && error.to_string().contains("topsdk fetch"), "{error}");
    }
}
