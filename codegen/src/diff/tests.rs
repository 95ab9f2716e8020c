//! Tests of the content of a diff. `tests/tests/diff_verdicts` tests the verdicts against the compiler.

mod limits;

use super::report::{changelog, json, markdown, terminal};
use super::{Change, Diff, Effect, Kind, Verdict, diff};
use topsdk_spec::{Api, Auth, ErrorCode, Layout, Limits, Package, Param, Samples, Source};

fn param(name: &str, type_name: &str) -> Param {
    Param { name: name.to_owned(), type_name: type_name.to_owned(), ..Param::default() }
}

fn object(name: &str, type_name: &str, fields: Vec<Param>) -> Param {
    Param { fields, ..param(name, type_name) }
}

fn api(method: &str) -> Api {
    Api { method: method.to_owned(), request: vec![param("id", "Number")], ..Api::default() }
}

fn one(old: Api, new: Api) -> Vec<Change> {
    diff(&[old], &[new]).changes
}

fn error(code: &str, message: &str) -> ErrorCode {
    ErrorCode { code: code.to_owned(), message: message.to_owned(), solution: String::new() }
}

#[test]
fn every_cell_of_a_page_is_compared() {
    let old = api("a.b.c");
    let mut new = old.clone();
    new.title = "标题".to_owned();
    new.description = "d".to_owned();
    new.category = "c".to_owned();
    new.auth = Some(Auth::Required);
    new.labels = vec!["l".to_owned(), "m".to_owned()];
    new.packages = vec![Package { name: "p".to_owned(), description: "d".to_owned(), url: "//u".to_owned() }];
    new.deprecated = Some("use x".to_owned());
    new.unlisted = true;
    new.doc_id = Some(7);
    new.errors = vec![error("isv.x", "m")];
    let all = |name: &str| Some(name.to_owned());
    new.samples = Samples {
        java: all("j"),
        xml: all("x"),
        json: all("n"),
        json_simplified: all("s"),
        error_xml: all("e"),
        error_json: all("f"),
    };
    new.request[0].example = "1".to_owned();
    new.request[0].description = "the number".to_owned();
    new.request[0].limits =
        Limits { default: all("1"), max_length: Some(1), max_list_size: Some(2), min: all("3"), max: all("4") };
    let reported_changes: Vec<(Kind, String)> = one(old, new)
        .into_iter()
        .map(|change| (change.kind, format!("{}: {}", change.path, change.new.unwrap())))
        .collect();
    let expected = [
        (Kind::MaxLength, "request.id: 1"),
        (Kind::MaxListSize, "request.id: 2"),
        (Kind::Min, "request.id: 3"),
        (Kind::Max, "request.id: 4"),
        (Kind::Deprecated, "deprecated: use x"),
        (Kind::Title, "title: 标题"),
        (Kind::Description, "description: d"),
        (Kind::Category, "category: c"),
        (Kind::Auth, "auth: required"),
        (Kind::Labels, "labels: l, m"),
        (Kind::Packages, "packages: p / d / //u"),
        (Kind::Unlisted, "unlisted: not in the platform's catalogue"),
        (Kind::DocId, "doc_id: 7"),
        (Kind::Default, "request.id: 1"),
        (Kind::Description, "request.id: the number"),
        (Kind::Example, "request.id: 1"),
        (Kind::ErrorCode, "errors.isv.x: m"),
        (Kind::Sample, "samples.java: j"),
        (Kind::Sample, "samples.xml: x"),
        (Kind::Sample, "samples.json: n"),
        (Kind::Sample, "samples.json_simplified: s"),
        (Kind::Sample, "samples.error_xml: e"),
        (Kind::Sample, "samples.error_json: f"),
    ];
    assert_eq!(reported_changes, expected.map(|(kind, text)| (kind, text.to_owned())));
}

#[test]
fn the_source_of_a_spec_is_not_compared() {
    let old = api("a.b.c");
    let source = Source { page: "other.html".to_owned(), sha256: "00".to_owned(), layout: Layout::Document };
    assert_eq!(one(old.clone(), Api { source, ..old }), []);
}

#[test]
fn added_and_removed_apis_are_reported_by_method() {
    let mut titled = api("a.b.d");
    titled.title = "新".to_owned();
    let found = diff(&[api("a.b.e"), api("a.b.c")], &[titled, api("a.b.c")]);
    let reported_changes: Vec<(&str, Kind, Option<&str>)> =
        found.changes.iter().map(|change| (change.method.as_str(), change.kind, change.new.as_deref())).collect();
    assert_eq!(reported_changes, [("a.b.d", Kind::ApiAdded, Some("新")), ("a.b.e", Kind::ApiRemoved, None)]);
    assert_eq!(found.verdict(), Verdict::Major);
}

#[test]
fn the_richest_spec_of_a_method_is_compared() {
    let of = |layout, name: &str| Api {
        source: Source { layout, ..Source::default() },
        response: vec![param(name, "String")],
        ..api("a.b.c")
    };
    let many = [of(Layout::Text, "x"), of(Layout::Document, "y"), of(Layout::Html, "z"), of(Layout::Document, "w")];
    assert_eq!(diff(&many, &[of(Layout::Html, "y")]).verdict(), Verdict::None);
}

#[test]
fn each_error_code_is_reported_even_if_codes_repeat() {
    let mut old = api("a.b.c");
    old.errors = vec![error("1", "a"), error("1", "b"), error("2", "c"), error("3", "d")];
    let mut new = old.clone();
    new.errors = vec![error("1", "b"), error("1", "x"), error("3", "d"), error("", "")];
    let reported_changes: Vec<String> = one(old, new)
        .into_iter()
        .map(|change| format!("{} {} {:?} {:?}", change.kind.name(), change.path, change.old, change.new))
        .collect();
    assert_eq!(
        reported_changes,
        [
            r#"order errors Some("1, 1") Some("1, 1")"#,
            r#"error code errors.1 Some("a") Some("x")"#,
            r#"error code errors. None None"#,
            r#"error code errors.2 Some("c") None"#,
        ]
    );
}

#[test]
fn a_row_is_renamed_only_if_position_type_and_description_are_equal() {
    let described = |name: &str, type_name: &str, description: &str| Param {
        description: description.to_owned(),
        ..param(name, type_name)
    };
    let kinds = |old: Vec<Param>, new: Vec<Param>| -> Vec<(Kind, String)> {
        let of = |response| Api { response, ..api("a.b.c") };
        one(of(old), of(new)).into_iter().map(|change| (change.kind, change.path)).collect()
    };
    let reported_changes = |kind: Kind, path: &str| (kind, format!("response.{path}"));
    let first = || param("first", "Date");
    let last = || param("last", "Date");
    let [a, b] = [described("a", "String", "name"), described("b", "String", "name")];
    assert_eq!(
        kinds(vec![first(), a.clone(), last()], vec![first(), b.clone(), last()]),
        [reported_changes(Kind::Renamed, "a")],
        "the same place"
    );
    assert_eq!(
        kinds(vec![first(), a.clone(), last()], vec![first(), last(), b.clone()]),
        [reported_changes(Kind::Removed, "a"), reported_changes(Kind::Added, "b")],
        "another place"
    );
    let number = described("b", "Number", "name");
    assert_eq!(
        kinds(vec![a.clone()], vec![number]),
        [reported_changes(Kind::Removed, "a"), reported_changes(Kind::Added, "b")],
        "another type"
    );
    let other = described("b", "String", "number");
    assert_eq!(
        kinds(vec![a], vec![other]),
        [reported_changes(Kind::Removed, "a"), reported_changes(Kind::Added, "b")],
        "another description"
    );
    assert_eq!(
        kinds(vec![param("a", "String")], vec![param("b", "String")]),
        [reported_changes(Kind::Removed, "a"), reported_changes(Kind::Added, "b")],
        "nothing is known of either"
    );
    let holding = |name: &str, fields: &[&str]| {
        object(name, "Item", fields.iter().map(|name| described(name, "String", name)).collect())
    };
    assert_eq!(
        kinds(vec![holding("a", &["x", "y"])], vec![holding("b", &["x", "y"])]),
        [reported_changes(Kind::Renamed, "a")],
        "an object by its fields"
    );
}

#[test]
fn fields_of_a_renamed_object_are_compared_under_its_new_name() {
    let item = |name: &str, example: &str| {
        let field = Param { example: example.to_owned(), ..param("x", "String") };
        Param { list: true, ..object(name, "Item", vec![field]) }
    };
    let of = |item| Api { response: vec![item], ..api("a.b.c") };
    let reported_changes: Vec<(Kind, String)> =
        one(of(item("a", "1")), of(item("b", "2"))).into_iter().map(|change| (change.kind, change.path)).collect();
    assert_eq!(
        reported_changes,
        [(Kind::Renamed, "response.a".to_owned()), (Kind::Example, "response.b[].x".to_owned())]
    );
}

#[test]
fn many_rows_that_could_all_be_each_other_are_compared_row_by_row() {
    // Comparing every pair of rows would take four hundred million comparisons, and ten thousand million for the larger count.
    const ROWS: usize = if cfg!(slow) { 100_000 } else { 20_000 };
    let rows = |prefix: &str, count: usize| -> Vec<Param> {
        let row = |index: usize| Param { description: "d".to_owned(), ..param(&format!("{prefix}{index}"), "String") };
        (0..count).map(row).collect()
    };
    let of = |response| Api { response, ..api("a.b.c") };
    let found = one(of(rows("a", ROWS)), of(rows("b", ROWS)));
    assert_eq!(found.iter().filter(|change| change.kind == Kind::Renamed).count(), ROWS);

    let same = |count: usize| vec![param("x", "String"); count];
    assert_eq!(one(of(same(ROWS)), of(same(ROWS + 1))).len(), 1);

    // Each place has its own struct, and each row of one version is new in a struct that has all rows of the other.
    let places = |words: [&str; 2]| -> Vec<Param> {
        (0..ROWS / 2)
            .map(|index| object(&format!("p{index}"), words[index % 2], vec![param(&format!("f{index}"), "Date")]))
            .collect()
    };
    let found = one(of(places(["Item", "Item"])), of(places(["Item", "Other"])));
    assert_eq!(found.len(), ROWS / 4);
}

#[test]
fn the_order_of_the_specs_does_not_affect_a_diff() {
    let apis: Vec<Api> = (0..20).map(|index| api(&format!("a.b.c{index}"))).collect();
    let mut changed = apis.clone();
    for (index, api) in changed.iter_mut().enumerate() {
        api.request[0].required = index % 2 == 0;
        api.title = index.to_string();
    }
    let found = diff(&apis, &changed);
    let (mut reversed, mut changed_rotated) = (apis, changed);
    reversed.reverse();
    changed_rotated.rotate_left(7);
    assert_eq!(diff(&reversed, &changed_rotated), found);
    let verdicts: Vec<Verdict> = found.changes.iter().take(2).map(Change::verdict).collect();
    assert_eq!(verdicts, [Verdict::Major, Verdict::Patch], "within an API the worst is first");
}

/// Returns a diff with each verdict in two APIs, with malicious text.
fn reported() -> Diff {
    let mut old = api("taobao.item.get");
    old.response =
        vec![Param { list: true, ..object("items", "Item", vec![param("id", "Number"), param("名", "String")]) }];
    let mut new = old.clone();
    new.request[0].required = true;
    new.response[0].fields[1].type_name = "Date".to_owned();
    new.response[0].fields[0].description = "a | b\n</details> @you \u{1b}[31m".to_owned();
    new.response.push(param("total", "Number"));
    let mut quiet = api("taobao.area.get");
    quiet.title = "地区".to_owned();
    diff(&[old, api("taobao.area.get")], &[new, quiet, api("taobao.zone.get")])
}

#[test]
fn the_terminal_report_shows_the_worst_api_first_in_columns() {
    let expected = "\
taobao.item.get
  major  required or not  request.id           optional → required
                          `new` takes one more argument and the setter is gone
  major  type             response.items[].名  String → Date
  minor  added            response.total       Number
  patch  description      response.items[].id  a | b </details> @you \u{fffd}[31m

taobao.zone.get
  minor  API added  (the whole API)

taobao.area.get
  patch  title  title  地区

major: 6 changes in 3 APIs (2 major, 2 minor, 2 patch)
";
    assert_eq!(terminal(&reported(), false), expected);
    let colored = terminal(&reported(), true);
    assert!(colored.contains("\u{1b}[1;31mmajor\u{1b}[0m  type"), "{colored}");
    assert_eq!(colored.matches("\u{1b}[31m").count(), 0, "only the report's own colours");
    assert_eq!(terminal(&Diff::default(), true), "no changes\n");
}

#[test]
fn the_markdown_report_shows_a_table_and_folded_details() {
    let expected = "\
**major**: 6 changes in 3 APIs.

| API | verdict | major | minor | patch |
| --- | --- | ---: | ---: | ---: |
| `taobao.item.get` | major | 2 | 1 | 1 |
| `taobao.zone.get` | minor | 0 | 1 | 0 |
| `taobao.area.get` | patch | 0 | 0 | 1 |

<details><summary><code>taobao.item.get</code>: major, 4 in all</summary>

| verdict | change | path | old | new |
| --- | --- | --- | --- | --- |
| major | required or not: `new` takes one more argument and the setter is gone | `request.id` | `optional` | `required` |
| major | type | `response.items[].名` | `String` | `Date` |
| minor | added | `response.total` |  | `Number` |
| patch | description | `response.items[].id` |  | <code>a &#124; b &#60;&#47;details&#62; &#64;you \u{fffd}&#91;31m</code> |

</details>
";
    let report = markdown(&reported());
    assert!(report.starts_with(expected), "{report}");
    assert_eq!(report.matches("</details>").count(), 3);
    assert_eq!(markdown(&Diff::default()), "**No changes.**\n");
}

#[test]
fn the_markdown_report_stays_below_its_limit_and_counts_what_it_omits() {
    let apis = |count: usize| -> Vec<Api> { (0..count).map(|index| api(&format!("taobao.item{index}.get"))).collect() };
    let report = markdown(&diff(&[], &apis(5_000)));
    assert!(report.len() < 65_000, "{}", report.len());
    assert!(
        report.contains("more of these APIs are not listed") && report.contains("APIs do not fit here"),
        "{report}"
    );

    let many = |word: &str| Api {
        response: (0..5_000).map(|index| param(&format!("field{index}"), word)).collect(),
        ..api("taobao.item.get")
    };
    let report = markdown(&diff(&[many("String")], &[many("Date")]));
    assert!(report.len() < 65_000, "{}", report.len());
    assert!(
        report.contains("more changes of this API are not listed") && report.ends_with("</details>\n\n"),
        "{report}"
    );
}

#[test]
fn the_json_report_has_every_key() {
    let json: serde_json::Value = serde_json::from_str(&json(&reported())).unwrap();
    assert_eq!(json["verdict"], "major");
    let changes = json["changes"].as_array().unwrap();
    assert_eq!(
        changes[1],
        serde_json::json!({
            "method": "taobao.item.get", "path": "request.id", "change": "required", "verdict": "major",
            "effect": "now-required", "side": "request", "old": "optional", "new": "required",
        })
    );
    let methods: Vec<&str> = changes.iter().map(|change| change["method"].as_str().unwrap()).collect();
    assert!(methods.is_sorted(), "{methods:?}");
}

#[test]
fn the_changelog_lists_changes_that_affect_users() {
    let mut found = reported();
    found.changes.push(Change {
        method: "taobao.old.get".to_owned(),
        effect: Effect::ApiRemoved,
        ..Change::new("", None, String::new(), Kind::ApiRemoved, ["旧".to_owned(), String::new()])
    });
    let expected = "\
### Added

* `taobao.item.get`: field `total` (`Number`).
* `taobao.zone.get`.

### Changed

* **Breaking:** `taobao.item.get`: parameter `id` is required.
* **Breaking:** `taobao.item.get`: field `items[].名` was `String` and is `Date`.
* Documentation of `taobao.area.get`.

### Removed

* **Breaking:** `taobao.old.get` (`旧`).
";
    assert_eq!(changelog(&found), expected);
    assert_eq!(changelog(&Diff::default()), "");
    let of = |auth| Api { auth: Some(auth), ..api("taobao.user.get") };
    let found = diff(&[of(Auth::None)], &[of(Auth::Required)]);
    let expected = "### Changed\n\n* `taobao.user.get`: authorisation was `none` and is `required`.\n";
    assert_eq!((changelog(&found).as_str(), found.verdict()), (expected, Verdict::Patch));
}

#[test]
fn only_a_new_deprecation_is_minor_among_marks_of_an_api() {
    let of = |deprecated: Option<&str>, unlisted, labels: &[&str]| Api {
        deprecated: deprecated.map(str::to_owned),
        unlisted,
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        ..api("taobao.user.get")
    };
    let plain = of(None, false, &[]);
    for (old, new, verdict, expected) in [
        (
            &plain,
            of(Some("call x"), false, &[]),
            Verdict::Minor,
            "### Deprecated\n\n* `taobao.user.get`: deprecated: `call x`.\n",
        ),
        (
            &of(Some("call x"), false, &[]),
            of(Some("call y"), false, &[]),
            Verdict::Patch,
            "### Changed\n\n* Documentation of `taobao.user.get`.\n",
        ),
        (
            &of(Some("call x"), false, &[]),
            plain.clone(),
            Verdict::Patch,
            "### Changed\n\n* Documentation of `taobao.user.get`.\n",
        ),
        (
            &plain,
            of(None, true, &[]),
            Verdict::Patch,
            "### Changed\n\n* `taobao.user.get`: not in the platform's catalogue any more.\n",
        ),
        (
            &of(None, true, &[]),
            plain.clone(),
            Verdict::Patch,
            "### Changed\n\n* `taobao.user.get`: in the platform's catalogue again.\n",
        ),
        (
            &plain,
            of(None, false, &["聚石塔内调用"]),
            Verdict::Patch,
            "### Changed\n\n* Documentation of `taobao.user.get`.\n",
        ),
    ] {
        let found = diff(std::slice::from_ref(old), &[new]);
        assert_eq!((found.verdict(), changelog(&found).as_str()), (verdict, expected));
    }
}
