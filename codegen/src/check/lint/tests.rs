//! Tests each lint on a spec of a few rows: it finds what it is for, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, prelude::*, sample::select};
use topsdk_spec::{Api, Layout, Limits, Param, Samples, Side};

use super::{ALL, lint};
use crate::cost::{LINEAR, growth};
use crate::diagnostic::PageText;
use crate::page::{Column, Origins, Row, SampleKind};

fn param(name: &str, type_name: &str) -> Param {
    let (type_name, list) =
        type_name.strip_suffix("[]").filter(|word| *word != "byte").map_or((type_name, false), |word| (word, true));
    Param { name: name.to_owned(), type_name: type_name.to_owned(), list, ..Param::default() }
}

fn example(name: &str, type_name: &str, example: &str) -> Param {
    Param { example: example.to_owned(), ..param(name, type_name) }
}

fn object(name: &str, type_name: &str, fields: Vec<Param>) -> Param {
    Param { fields, ..param(name, type_name) }
}

fn limited(param: Param, limits: Limits) -> Param {
    Param { limits, ..param }
}

fn request(params: Vec<Param>) -> Api {
    Api { method: "a.b".to_owned(), request: params, ..Api::default() }
}

fn response(params: Vec<Param>, xml: &str, json: &str) -> Api {
    let sample = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let samples = Samples { xml: sample(xml), json: sample(json), ..Samples::default() };
    Api { method: "a.b".to_owned(), response: params, samples, ..Api::default() }
}

fn with_java(api: Api, setters: &str) -> Api {
    let java = format!("ABRequest req = new ABRequest();\n{setters}\nABResponse rsp = client.execute(req);");
    Api { samples: Samples { java: Some(java), ..api.samples.clone() }, ..api }
}

/// Returns the findings as `name path`.
fn found(api: &Api) -> Vec<String> {
    lint(api, None).iter().map(|found| format!("{} {}", found.name, found.place.path)).collect()
}

fn messages(api: &Api) -> String {
    lint(api, None).iter().map(|found| format!("{}\n", found.message)).collect()
}

#[test]
fn a_sound_page_has_no_findings() {
    let items =
        object("items", "ServiceFeeDTO[]", vec![example("fee", "Price", "9.11"), example("on", "Date", "2020-01-01")]);
    let result =
        object("result", "Result", vec![items, example("ids", "Number[]", "1"), example("ok", "Boolean", "true")]);
    let api = response(
        vec![result],
        "<a_b_response><result><items><service_fee_d_t_o><fee>9.11</fee><on>2020-01-01</on></service_fee_d_t_o></items><ids><number>1</number></ids><ok>true</ok></result><request_id>1</request_id></a_b_response>",
        r#"{"a_b_response":{"result":{"items":{"service_fee_d_t_o":[{"fee":"9.11","on":"2020-01-01"}]},"ids":{"number":[1]},"ok":true},"request_id":"1"}}"#,
    );
    let simplified = r#"{"result":{"items":[{"fee":"9.11","on":"2020-01-01"}],"ids":[1],"ok":true}}"#;
    let mut api = with_java(
        api,
        "Item obj1 = new Item();\nobj1.setItemId(2000L);\nobj1.setTags(\"a,b\");\nreq.setItem(obj1);\nreq.setNone(null);",
    );
    api.samples.json_simplified = Some(simplified.to_owned());
    api.request = vec![
        object("item", "Item", vec![example("item_id", "Number", "2000"), param("tags", "String[]")]),
        param("none", "Number"),
    ];
    assert_eq!(found(&api), Vec::<String>::new(), "{}", messages(&api));
}

#[test]
fn reports_a_cell_that_does_not_match_its_type() {
    let api = request(vec![
        example("a", "Number", "itemId"),
        example("b", "Number", "20.3"),
        example("c", "Boolean", "是"),
        example("d", "Date", "2019-13-01"),
        example("e", "Price", "一元"),
        example("f", "Json", "{a}"),
        example("g", "Number[]", "1,x,3"),
        example("h", "Number[]", "[1, 2]"),
        example("i", "Number", "null"),
        example("j", "Date[]", "2019-12-01,2019-12-02"),
    ]);
    let names: Vec<_> = ["a", "b", "c", "d", "e", "f", "g"].map(|path| format!("value-not-of-type {path}")).into();
    assert_eq!(found(&api), names);
    assert!(messages(&api).contains("`g` is a Number[]: expected a whole number of at most 64 bits, found `x`"));
}

#[test]
fn reports_a_sample_value_that_does_not_match_its_type() {
    let api = response(vec![param("id", "Number")], "<r><id>x</id></r>", r#"{"a_b_response":{"id":"x"}}"#);
    assert_eq!(found(&api), ["value-not-of-type id"]);
    // If the cell is already reported, the samples that repeat it are not.
    let api = response(vec![example("id", "Number", "x")], "<r><id>x</id></r>", r#"{"a_b_response":{"id":"x"}}"#);
    assert_eq!(found(&api), ["value-not-of-type id"]);
    let api = with_java(
        request(vec![param("id", "Number"), param("day", "Date")]),
        "req.setId(xL);\nreq.setDay(StringUtils.parseDateTime(\"x\"));",
    );
    assert_eq!(found(&api), ["value-not-of-type id", "value-not-of-type day"]);
    let api = response(
        vec![param("a", "String"), object("b", "B", vec![param("c", "String")])],
        "",
        r#"{"a_b_response":{"a":{"x":"1"},"b":"text"}}"#,
    );
    assert_eq!(found(&api), ["value-not-of-type a", "value-not-of-type b"]);
}

#[test]
fn reports_fields_missing_from_the_table_or_from_a_sample() {
    let result = object("result", "Result", vec![param("a", "String"), param("b", "String")]);
    let api = response(
        vec![result, param("code", "Number")],
        "<r><result><a>1</a><c>2</c></result><d/></r>",
        r#"{"a_b_response":{"result":{"a":"1","b":"","c":"2"},"code":1}}"#,
    );
    assert_eq!(
        found(&api),
        [
            "field-not-in-table d",
            "field-not-in-table result.c",
            "field-not-in-sample result.b",
            "field-not-in-sample code"
        ]
    );
    let messages = messages(&api);
    assert!(
        messages.contains(
            "the XML sample and the JSON sample show `c`, with the value `2`, but the table has no such field"
        ),
        "{messages}"
    );
    assert!(messages.contains("the table has `b`, but the XML sample lacks it"), "{messages}");
}

#[test]
fn fields_below_a_missing_object_are_not_reported_again() {
    let api = response(vec![object("a", "A", vec![object("b", "B", vec![param("c", "String")])])], "<r><x/></r>", "");
    assert_eq!(found(&api), ["field-not-in-table x", "field-not-in-sample a"]);
}

#[test]
fn reports_required_parameters_that_the_java_sample_does_not_set() {
    let required = |param: Param| Param { required: true, ..param };
    let inner = object("in", "In", vec![required(param("x", "String")), param("y", "String")]);
    let outer = object("out", "Out", vec![required(param("z", "String"))]);
    let api = with_java(
        request(vec![inner, outer, required(param("w", "String"))]),
        "In obj1 = new In();\nreq.setIn(obj1);\nreq.setV(1L);",
    );
    assert_eq!(
        found(&api),
        [
            "field-not-in-table V",
            "required-not-in-sample in.x",
            "field-not-in-sample in.y",
            "field-not-in-sample out",
            "required-not-in-sample w"
        ]
    );
}

#[test]
fn reports_a_list_shown_as_one_value() {
    let strings = || vec![param("l", "String[]")];
    let objects = || vec![object("l", "Item[]", vec![param("a", "String"), param("b", "String")])];
    for (params, xml, json) in [
        (strings(), "<r><l>x</l></r>", r#"{"a_b_response":{"l":"x"}}"#),
        (strings(), "<r><l><string>[\"a\",\"b\"]</string></l></r>", r#"{"a_b_response":{"l":{"string":["[\"a\""]}}}"#),
        (strings(), "<r><l><string>1,2</string></l></r>", r#"{"a_b_response":{"l":{"string":"x"}}}"#),
        (objects(), "<r><l><a>1</a><b>2</b></l></r>", r#"{"a_b_response":{"l":{"a":"1","b":"2"}}}"#),
    ] {
        for api in [response(params.clone(), xml, ""), response(params.clone(), "", json)] {
            assert_eq!(found(&api), ["list-as-one-value l"], "{:?}", api.samples);
        }
    }
    let api = response(
        vec![param("l", "Number[]")],
        "<r><l><number>1,2</number></l></r>",
        r#"{"a_b_response":{"l":{"number":[1,2]}}}"#,
    );
    assert_eq!(found(&api), ["list-as-one-value l"]);
    for empty in ["{}", "[]", "null", "\"\"", "{\"string\":[]}"] {
        assert_eq!(
            found(&response(strings(), "", &format!("{{\"a_b_response\":{{\"l\":{empty}}}}}"))),
            Vec::<String>::new(),
            "{empty}"
        );
    }
}

#[test]
fn reports_a_value_shown_as_a_list() {
    let api = response(
        vec![param("a", "Number"), object("o", "O", vec![param("x", "String")])],
        "",
        r#"{"a_b_response":{"a":{"number":[1]},"o":{"o":[{"x":"1"}]}}}"#,
    );
    assert_eq!(found(&api), ["value-as-list a", "value-as-list o"]);
}

#[test]
fn items_may_be_named_like_the_list_or_like_a_field() {
    let list = object("result", "Result[]", vec![param("result", "String"), param("b", "String")]);
    let api = response(
        vec![list],
        "<r><result><result><result>1</result><b>2</b></result></result></r>",
        r#"{"a_b_response":{"result":{"result":[{"result":"1","b":"2"}]}}}"#,
    );
    assert_eq!(found(&api), Vec::<String>::new());
    let api = response(vec![param("ids", "Number[]")], "<r><ids><long>1</long></ids></r>", "");
    assert_eq!(found(&api), ["item-name-differs ids"]);
}

#[test]
fn broken_samples_are_reported_once_with_their_place() {
    let api = response(
        vec![param("a", "Number"), param("b", "Number")],
        "<r><a>1<b>2</b></r>",
        "{\"a_b_response\":{\n\"a\":,\n\"b\":xxx}}",
    );
    let found = lint(&api, None);
    let of = |name: &str| found.iter().find(|found| found.name == name).unwrap();
    assert_eq!(
        of("invalid-json-sample").message,
        "the JSON sample is malformed at line 2: expected a value; 1 more problem"
    );
    assert!(of("invalid-xml-sample").message.contains("`<a>` is not closed before `</r>`"));
    let mut api = with_java(request(vec![]), "obj1.setX(1L);");
    api.samples.error_json = Some("{".to_owned());
    api.samples.error_xml = Some("<error_response>".to_owned());
    assert_eq!(self::found(&api), ["invalid-java-sample ", "invalid-xml-sample ", "invalid-json-sample "]);
}

#[test]
fn reports_samples_and_defaults_beyond_their_limits() {
    let limits = |max_length, min: &str, max: &str, max_list_size| Limits {
        max_length,
        max_list_size,
        min: Some(min.to_owned()).filter(|min| !min.is_empty()),
        max: Some(max.to_owned()).filter(|max| !max.is_empty()),
        default: None,
    };
    let api = request(vec![
        limited(example("a", "String", "四个汉字"), limits(Some(3), "", "", None)),
        limited(example("b", "String", "四个汉字"), limits(Some(4), "", "", None)),
        limited(example("c", "Number", "0"), limits(None, "1", "20", None)),
        limited(example("d", "Number", "21"), limits(None, "1", "20", None)),
        limited(example("e", "Price", "20.01"), limits(None, "", "20.0", None)),
        limited(example("f", "String[]", "1,2,3"), limits(Some(1), "", "", Some(2))),
        limited(example("g", "String[]", "1,2"), limits(Some(1), "", "", Some(2))),
        limited(example("h", "Number", "7104300007405429233"), limits(None, "", "7104300007405429232", None)),
        limited(param("i", "Number"), Limits { default: Some("21".to_owned()), ..limits(None, "", "20", None) }),
        limited(param("j", "Number"), Limits { default: Some("abc".to_owned()), ..Limits::default() }),
        limited(
            object("k", "K", vec![param("x", "String")]),
            Limits { default: Some("k".to_owned()), ..Limits::default() },
        ),
        limited(param("l", "Number"), limits(None, "一", "20", None)),
        limited(param("m", "Number"), limits(None, "3", "2", None)),
    ]);
    assert_eq!(
        found(&api),
        [
            "sample-beyond-limit a",
            "sample-beyond-limit c",
            "sample-beyond-limit d",
            "sample-beyond-limit e",
            "sample-beyond-limit f",
            "sample-beyond-limit h",
            "default-beyond-limit i",
            "default-not-of-type j",
            "default-not-of-type k",
            "unreadable-limit l",
            "unreadable-limit m",
        ]
    );
    assert!(messages(&api).starts_with("the sample of `a` has 4 characters, but 最大长度 is 3\n"));
    let list = limited(param("l", "String[]"), limits(None, "", "", Some(1)));
    assert_eq!(
        found(&response(vec![list], "<r><l><string>a</string><string>b</string></l></r>", "")),
        ["sample-beyond-limit l"]
    );
}

#[test]
fn reports_types_that_are_neither_basic_nor_shown() {
    let tree = object("tree", "Tree", vec![param("children", "Tree[]")]);
    let api = response(
        vec![
            param("a", "string"),
            param("b", "Integer"),
            param("c", "商品"),
            param("d", ""),
            param("e", "Item"),
            tree,
            object("f", "String", vec![param("g", "byte[]")]),
        ],
        "",
        "",
    );
    assert_eq!(
        found(&api),
        [
            "unknown-type a",
            "unknown-type b",
            "unknown-type c",
            "missing-type d",
            "object-without-fields e",
            "basic-type-with-fields f"
        ]
    );
    let help: Vec<_> = lint(&api, None).into_iter().filter_map(|found| found.help).collect();
    assert_eq!(help[1], "if it means Number, correct it by an override: `type = \"Number\"`");
}

#[test]
fn reports_repeated_siblings_and_reused_type_names() {
    let twice = object("o", "O", vec![param("a", "String"), param("a", "String"), param("a", "Number")]);
    let api = response(vec![twice], "<r><o><a>1</a><a>2</a><a>3</a></o></r>", "");
    assert_eq!(found(&api), ["duplicate-sibling o.a", "duplicate-sibling o.a"]);
    let help: Vec<_> = lint(&api, None).into_iter().filter_map(|found| found.help).collect();
    assert!(help[0].contains("are equal") && help[1].contains("differ"), "{help:?}");

    let link = |name: &str, fields: &[(&str, &str)]| {
        object(name, "Link", fields.iter().map(|(name, word)| param(name, word)).collect())
    };
    let places = vec![
        link("a", &[("x", "String"), ("y", "String")]),
        link("b", &[("y", "String"), ("x", "String")]),
        link("c", &[("x", "Number"), ("z", "String")]),
        link("d", &[("x", "String")]),
    ];
    let api = response(places, "", "");
    assert_eq!(found(&api), ["type-name-reused c"]);
    assert_eq!(
        messages(&api),
        "Link has other fields than at `a` (only here: `z`; only there: `y`; of another type: `x`); 1 more place differs\n"
    );
}

#[test]
fn messages_count_all_names_and_keep_braces_of_the_page() {
    let fields: String = (0..9).map(|index| format!("<f{index}>1</f{index}>")).collect();
    let api = response(vec![param("{}", "String"), param("a", "String")], &format!("<r><a>{fields}</a></r>"), "");
    let expected = "the table has `{}`, but the XML sample lacks it\n\
                    `a` is a String, but the XML sample shows an object of `f0`, `f1`, `f2`, `f3`, `f4`, `f5` and 3 more\n";
    assert_eq!(messages(&api), expected);
    let api = response(vec![param("{}", "String")], "", r#"{"a_b_response":{"{}":{"string":["x"]}}}"#);
    assert_eq!(messages(&api), "`{}` is not a list, but the JSON sample shows a list of 1\n");
}

#[test]
fn a_sample_of_another_method_is_reported() {
    let of = |root: &str| {
        let xml = format!("<{root}><a>1</a></{root}>");
        let json = format!(r#"{{"{root}":{{"a":1}}}}"#);
        found(&response(vec![param("a", "Number")], &xml, &json))
    };
    assert_eq!(of("a_b_response"), Vec::<String>::new());
    assert_eq!(of("a_c_response"), ["sample-of-another-method ", "sample-of-another-method "]);
    let mut api = response(vec![param("a", "Number")], "<b_response><a>1</a></b_response>", "");
    api.method = "taobao.b".to_owned();
    assert_eq!(found(&api), Vec::<String>::new());
}

#[test]
fn request_and_response_may_share_a_type_name() {
    let mut api = response(vec![object("a", "A", vec![param("x", "String")])], "", "");
    api.request = vec![object("a", "A", vec![param("y", "String")])];
    assert_eq!(found(&api), Vec::<String>::new());
}

/// The pages trigger every lint; some trigger several.
#[test]
fn every_lint_is_triggered() {
    let one = |param: Param| response(vec![param], "", "");
    let beyond =
        |default: &str| Limits { default: Some(default.to_owned()), max: Some("2".to_owned()), ..Limits::default() };
    let required = Param { required: true, ..param("w", "String") };
    let mut broken = with_java(response(vec![param("a", "Number")], "<r><a>", "{\"a"), "obj1.setX(1L);");
    broken.request = vec![param("x", "Number")];
    let pages = [
        one(example("a", "Number", "x")),
        response(vec![param("a", "Number")], "<r><b>1</b></r>", ""),
        with_java(request(vec![required]), ""),
        response(vec![param("l", "String[]")], "<r><l>x</l></r>", ""),
        response(vec![param("a", "Number")], "", r#"{"a_b_response":{"a":{"number":[1]}}}"#),
        response(vec![param("l", "Number[]")], "<r><l><long>1</long></l></r>", ""),
        broken,
        one(limited(example("a", "Number", "3"), beyond("3"))),
        one(limited(param("a", "Number"), beyond("x"))),
        one(limited(param("a", "Number"), Limits { min: Some("一".to_owned()), ..Limits::default() })),
        one(param("a", "商品")),
        one(param("a", "")),
        one(param("a", "Item")),
        one(object("a", "String", vec![param("b", "String")])),
        response(vec![param("a", "String"), param("a", "Number")], "", ""),
        response(["x", "y"].map(|name| object(name, "A", vec![param(name, "String")])).into(), "", ""),
        response(vec![param("a", "Number")], "<a_c_response><a>1</a></a_c_response>", ""),
    ];
    let found: BTreeSet<&str> = pages.iter().flat_map(|api| lint(api, None)).map(|found| found.name).collect();
    let mut all: BTreeSet<&str> = ALL.iter().map(|lint| lint.name).collect();
    // This one is about allowances, not about a page. The tests in `allow` cover it.
    assert!(all.remove(super::catalogue::STALE_ALLOWANCE.name));
    assert_eq!(found, all);
}

/// Returns a page whose response has a sample in its `pre`, and optionally the example `itemId` in its second row.
fn page(text: String) -> Origins {
    let start = text.find("<pre>").unwrap() + 5;
    let samples = BTreeMap::from([(SampleKind::Xml, start..text.find("</pre>").unwrap())]);
    let mut row = Row::default();
    row.set_span(Column::Example, text.find("itemId").map(|cell| cell..cell + 6));
    let cells = BTreeMap::from([((Side::Response, vec![0, 0]), row.spans)]);
    Origins { text, cells, samples, ..Origins::default() }
}

#[test]
fn findings_point_at_the_page_where_positions_are_known() {
    let list = object("l", "Item[]", vec![example("id", "Number", "itemId")]);
    let xml = "<r>\n<l><item><id>itemId</id><more>甲&amp;乙</more></item></l>\n</r>";
    let markup = xml.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "\r\n");
    let page = page(format!("<td>itemId</td>\n<pre>{markup}</pre>"));
    let mut api = response(vec![list], xml, "");
    api.source.layout = Layout::Html;
    let found = lint(&api, Some(&page));
    let texts: Vec<_> =
        found.iter().map(|found| (found.name, &page.text()[found.place.span.clone().unwrap()])).collect();
    assert_eq!(texts, [("field-not-in-table", "more"), ("value-not-of-type", "itemId")]);
    assert_eq!(found[0].place.path, "l[].more");
    assert_eq!(found[0].place.text, "<l><item><id>itemId</id><more>甲&amp;乙</more></item></l>");
}

#[test]
fn samples_of_any_letters_are_linted() {
    let list = object("l", "Item[]", vec![param("id", "Number"), param("l", "String[]")]);
    let api = response(vec![list, param("ok", "Boolean")], "", "");
    let pieces = [
        "<",
        ">",
        "/",
        "</",
        "<l>",
        "</l>",
        "<item>",
        "</item>",
        "<id>",
        "&",
        "&lt;",
        "&#x;",
        "<![CDATA[",
        "]]>",
        "<!--",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\"l\":",
        "\"id\":",
        ":",
        ",",
        "\\",
        "\\u",
        "\\ud83d",
        "1",
        "-",
        "中",
        "😀",
        "\u{301}",
        " ",
        "\n",
        "\r\n",
        "\t",
        "\u{0}",
        "req",
        "obj1",
        ".set",
        ".setL(",
        "= new ",
        "ABRequest req = new ABRequest();",
        "A obj1 = new A();",
        "(",
        ")",
        ";",
        "L",
        "null",
    ];
    proptest!(topsdk_random::config(2_000), |(pieces in vec(select(pieces.to_vec()), 0..24))| {
        let text = pieces.concat();
        let sample = || Some(text.clone());
        let samples = Samples {
            java: sample(),
            xml: sample(),
            json: sample(),
            json_simplified: sample(),
            error_xml: sample(),
            error_json: sample(),
        };
        let api = Api { samples, request: api.response.clone(), ..api.clone() };
        let page = page(format!("<pre>{text}</pre>"));
        for found in lint(&api, Some(&page)) {
            assert!(ALL.iter().any(|lint| lint.name == found.name));
            found.render(Some(&PageText::new(page.text())), false);
        }
    });
}

#[test]
fn large_tables_and_samples_take_linear_time() {
    let fields =
        |count: usize| -> Vec<Param> { (0..count).map(|index| param(&format!("f{index}"), "String")).collect() };
    let items = |count: usize| {
        let items = "<item><f1>1</f1></item>".repeat(count);
        response(vec![object("l", "Item[]", fields(count))], &format!("<r><l>{items}</l></r>"), "")
    };
    let repeated = |count: usize| response((0..count).map(|_| param("same", "String")).collect(), "", "");
    let classes = |count: usize| {
        let of = |field: &Param| object(&field.name, "C", vec![field.clone()]);
        response(fields(count).iter().map(of).collect(), "", "")
    };
    let unknown = |count: usize| {
        let unknown: String = (0..count).map(|index| format!("<f{index}/>")).collect();
        response(vec![param("l", "String")], &format!("<r><l/>{unknown}</r>"), "")
    };
    assert_eq!(lint(&items(2_000), None).len(), 1_999);
    assert_eq!(lint(&repeated(2_000), None).len(), 1_999);
    assert_eq!(lint(&classes(2_000), None).len(), 1);
    assert_eq!(lint(&unknown(2_000), None).len(), 2_000);
    let inputs: [(&str, &dyn Fn(usize) -> Api); 4] =
        [("items", &items), ("repeated", &repeated), ("classes", &classes), ("unknown", &unknown)];
    for (what, input) in inputs {
        let growth = growth(2_000, input, |api| assert!(!lint(api, None).is_empty()));
        assert!(growth < LINEAR, "{what}: {growth}");
    }
}
