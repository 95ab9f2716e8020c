//! Limits as bare `li`s (docs/pages.md, "Parameter tables"): below the top each of them ends the cell that it stands in.

use topsdk_spec::{Limits, Param};

use super::{HTML, names, outline, read};

/// The seed page with this cell of limits, and what follows it, in the row of `operator_id`.
fn with_limits(cells: &str) -> String {
    let (before, row) = HTML.split_once("└  operator_id").unwrap();
    let (start, rest) = row.split_once("<li class=\"td-5\">").unwrap();
    let (_, rest) = rest.split_once("</ul>").unwrap();
    format!("{before}└  operator_id{start}{cells}\n</ul>{rest}")
}

fn operator_id(page: &str) -> (Param, Vec<&'static str>) {
    let reading = read(page);
    assert_eq!(outline(&reading.api.request), outline(&read(HTML).api.request));
    (reading.api.request[0].fields[4].clone(), names(&reading))
}

#[test]
fn limits_below_the_top_are_read_in_every_form() {
    let both = Limits { max_length: Some(32), min: Some("1".to_owned()), ..Limits::default() };
    for cells in [
        "<li class=\"td-5\">最大长度：32<br>最小值：1</li><li class=\"td-6\">员工</li>",
        "<li class=\"td-5\"><li>最大长度：32</li><li>最小值：1</li></li><li class=\"td-6\">员工</li>",
        "<li class=\"td-5\"><li>最大长度：32<li>最小值：1<li class=\"td-6\">员工",
        "<li class=\"td-5\"><ul><li>最大长度：32</li><li>最小值：1</li></ul></li><li class=\"td-6\">员工</li>",
        "<li class=\"td-5\">最大长度:32<li>最小值: 1</li></li><li class=\"td-6\">员工</li>",
    ] {
        for page in [with_limits(cells), with_limits(cells).replace(" class=", " data-was=")] {
            let (param, found) = operator_id(&page);
            assert_eq!((&param.limits, param.description.as_str()), (&both, "员工"), "{cells}");
            assert_eq!(found, Vec::<&str>::new(), "{cells}");
        }
    }
}

#[test]
fn a_limit_without_a_description_behind_it_is_a_limit() {
    let (param, _) = operator_id(&with_limits("<li class=\"td-5\"><li>最大长度：32</li></li>"));
    assert_eq!((param.limits.max_length, param.description.as_str()), (Some(32), ""));
}

#[test]
fn a_description_item_that_reads_like_a_limit_stays_there() {
    let cells = "<li class=\"td-5\"></li><li class=\"td-6\">员工<li>最大长度：32</li></li>";
    for page in [with_limits(cells), with_limits(cells).replace(" class=", " data-was=")] {
        let (param, found) = operator_id(&page);
        assert_eq!((param.limits, param.description.as_str()), (Limits::default(), "员工\n- 最大长度：32"));
        assert_eq!(found, Vec::<&str>::new());
    }
}

#[test]
fn an_unknown_limit_is_reported() {
    let (param, found) =
        operator_id(&with_limits("<li class=\"td-5\"><li>最大宽度：32</li></li><li class=\"td-6\">员工</li>"));
    assert_eq!((param.limits, param.description.as_str()), (Limits::default(), "员工"));
    assert_eq!(found, ["unknown-limit"]);
}

#[test]
fn an_item_before_the_description_stays_in_it() {
    let (param, found) = operator_id(&with_limits("<li>甲</li><li class=\"td-5\"></li><li class=\"td-6\">员工</li>"));
    assert_eq!((param.description.as_str(), found), ("员工\n- 甲", vec![]));
}
