//! Pages with descriptions that break the markup round them, and pages without some of their sections.

use topsdk_codegen::read::Error;

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

/// Markup of whoever wrote a description; the rows behind it stay where they are.
#[test]
fn a_description_that_breaks_the_markup_moves_no_row() {
    let expected = tables(&read(HTML));
    for (broken, found) in [
        // Left open.
        ("<b>一", None),
        ("<font color=red size=2><b>一", None),
        ("a<b 且 c>d", None),
        ("<p>一<p>二", None),
        ("<div>一", None),
        ("<ul><li>一<li>二", None),
        ("<h1>一", None),
        ("<pre>一", None),
        ("<a href=\"x\">一", Some("stray-tag")),
        ("<select><option>一", Some("stray-tag")),
        ("<svg><template>一", Some("stray-tag")),
        // Closed, but never opened.
        ("一</div>二", Some("stray-tag")),
        ("一</div></div></div>", Some("stray-tag")),
        ("一</td>", Some("stray-tag")),
        ("一</tr>", Some("stray-tag")),
        ("一</table>二", Some("stray-tag")),
        ("一</li>", None),
        // Nowhere to stand.
        ("<td>一", Some("stray-tag")),
        ("<tr><td>一", Some("stray-tag")),
        // As it should be.
        ("<table><tr><td>一</td></tr></table>", None),
        ("<a href=x>一</a><div>二</div>", None),
        ("<h3>请求示例</h3>", None),
        ("└ x String", None),
    ] {
        let page = HTML
            .replace("<li class=\"td-14\">", &format!("<li class=\"td-14\">{broken}"))
            .replace("<li class=\"td-6\">", &format!("<li class=\"td-6\">{broken}"));
        let reading = read(&page);
        assert_eq!(tables(&reading), expected, "{broken}");
        assert!(names(&reading).into_iter().all(|name| Some(name) == found), "{broken}: {:?}", names(&reading));
        assert_eq!(names(&reading).is_empty(), found.is_none(), "{broken}");
        let leaf = &reading.api.response[0].fields[0].description;
        assert!(leaf.contains("成功状态"), "{broken}: {leaf}");
    }
}

/// A list of a description is no row, whatever its items read like.
#[test]
fn a_list_in_a_description_that_reads_like_a_row_is_none() {
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

/// Nothing would end inside of these, for a parser as for a browser; a row does all the same.
#[test]
fn what_has_no_end_takes_in_no_row() {
    let whole = read(HTML);
    for open in [
        "<table>",
        "<table><tr><td>一",
        "<textarea>",
        "<script>",
        "<style>",
        "<title>",
        "<xmp>",
        "<select>",
        "<svg>",
        "<math>",
        "<template>",
        "<plaintext>",
        "<!--",
        "<!-- 一",
        "<iframe>",
        "<noscript>",
        "<object>",
        "<button>",
        "<form>",
        "<a href=\"x>",
        "<font color='red>",
        "<TEXTAREA>",
        "<Table>",
    ] {
        for (old, new) in [
            ("成功状态</li>", format!("成功状态{open}</li>")),
            ("交易后剩余总金额", format!("{open}交易后剩余总金额")),
            ("接口结果", format!("接口{open}结果")),
        ] {
            let page = HTML.replace(old, &new);
            assert_ne!(page, HTML);
            match topsdk_codegen::read::page("page", page.as_bytes()) {
                Ok(reading) => {
                    assert_eq!(
                        (tables(&reading), names(&reading)),
                        (tables(&whole), vec!["stray-tag"]),
                        "{open} {old}"
                    );
                    assert_eq!(reading.api.samples, whole.api.samples, "{open} {old}");
                }
                // The next row of the table may as well be one of a table in the description.
                Err(error) => assert!(old == "接口结果" && matches!(error, Error::Cut { .. }), "{open} {old}: {error}"),
            }
        }
    }
}

/// Types with angle brackets, escaped or not.
#[test]
fn a_type_in_angle_brackets_is_the_pages_own_text() {
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

#[test]
fn a_tag_that_is_left_out_is_pointed_at() {
    let page = HTML.replacen("<li class=\"td-14\">", "<li class=\"td-14\">一</div>", 1);
    let reading = read(&page);
    let [found] = &reading.diagnostics[..] else { panic!("{:?}", names(&reading)) };
    assert_eq!(found.place.span.clone().map(|span| &page[span]), Some("</div>"));
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
fn rows_outside_of_the_table_are_an_error_with_their_count() {
    let at = HTML.find("└  flow_id").unwrap();
    let row = at - HTML[..at].chars().rev().collect::<String>().find("lu<").unwrap() - 3;
    let end = "</ul></div></div></td></tr></table>";
    let page = format!("{}{end}{}", &HTML[..row], &HTML[row..]);
    let reading = read(&page);
    let found = reading.diagnostics.iter().find(|found| found.name == "rows-outside-table").unwrap();
    assert!(found.message.starts_with("14 lists") && found.message.contains("└ flow_id String"), "{}", found.message);
    assert_eq!(outline(&reading.api.response).len(), 31 - 14);
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
        assert!(matches!(fails(&page), Error::NoResponse { .. }));
    }
}
