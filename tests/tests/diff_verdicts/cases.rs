//! One case for each kind of change, and for each way in which the union of places changes what it means.

use topsdk_spec::Api;

use super::shorthand::table;

/// Two versions of a page, and every change that the diff shall tell.
pub(crate) struct Case {
    pub(crate) name: String,
    request: [String; 2],
    response: [String; 2],
    pub(crate) changes: Vec<String>,
    /// Worse than the items say, as every program compiles: arguments of one type changed places, values are no longer what they
    /// were, or the compiler warns.
    pub(crate) is_silent: bool,
    /// What both versions have beside their tables.
    common: fn(&mut Api),
    change: fn(&mut Api),
}

impl Case {
    pub(crate) fn id(&self) -> String {
        self.name.replace([' ', '-', ','], "_")
    }

    pub(crate) fn before(&self) -> Api {
        self.api(0)
    }

    pub(crate) fn after(&self) -> Api {
        let mut api = self.api(1);
        (self.change)(&mut api);
        api
    }

    fn api(&self, version: usize) -> Api {
        let mut api = Api {
            method: "taobao.test.get".to_owned(),
            title: "测试".to_owned(),
            request: table(&self.request[version]),
            response: table(&self.response[version]),
            ..Api::default()
        };
        (self.common)(&mut api);
        api
    }
}

fn case(name: &str, request: [&str; 2], response: [&str; 2], changes: &[&str]) -> Case {
    Case {
        name: name.to_owned(),
        request: request.map(str::to_owned),
        response: response.map(str::to_owned),
        changes: changes.iter().map(|change| (*change).to_owned()).collect(),
        is_silent: false,
        common: |_| {},
        change: |_| {},
    }
}

fn request(name: &str, old: &str, new: &str, changes: &[&str]) -> Case {
    case(name, [old, new], ["ok: Boolean", "ok: Boolean"], changes)
}

fn response(name: &str, old: &str, new: &str, changes: &[&str]) -> Case {
    case(name, ["id: Number!", "id: Number!"], [old, new], changes)
}

fn page(name: &str, changes: &[&str], change: fn(&mut Api)) -> Case {
    let tables = ["id: Number!, note: String", "id: Number!, note: String"];
    Case { change, ..case(name, tables, ["ok: Boolean", "ok: Boolean"], changes) }
}

pub(crate) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(plain_requests());
    cases.extend(plain_responses());
    cases.extend(at_every_depth());
    cases.extend(unions());
    cases.extend(pages());
    cases
}

fn plain_requests() -> Vec<Case> {
    vec![
        request("optional parameter added", "a: String", "a: String, b: Number", &["minor added request.b"]),
        request("required parameter added", "a: String", "a: String, b: Number!", &["major added request.b"]),
        request("first parameter added", "", "a: String", &["minor added request.a"]),
        request("optional parameter removed", "a: String, b: Number", "a: String", &["major removed request.b"]),
        request("required parameter removed", "a: String!, b: Number!", "a: String!", &["major removed request.b"]),
        request(
            "parameter renamed",
            "a: String, b: Number = \"the number\", c: Date",
            "a: String, d: Number = \"the number\", c: Date",
            &["major renamed? request.b"],
        ),
        request("parameter retyped", "a: String", "a: Number", &["major type request.a"]),
        request("parameter becomes a list", "a: Number!", "a: Number[]!", &["major list or not request.a"]),
        request("parameter is no list any more", "a: String[]", "a: String", &["major list or not request.a"]),
        request("parameter becomes required", "a: String", "a: String!", &["major required or not request.a"]),
        request("parameter becomes optional", "a: String!", "a: String", &["major required or not request.a"]),
        request("parameter becomes a file", "a: String!", "a: byte[]!", &["major type request.a"]),
        request(
            "price becomes a decimal",
            "a: Price, b: Price[]",
            "a: BigDecimal, b: BigDecimal[]",
            &["patch type request.a", "patch type request.b"],
        ),
        request("unknown word becomes a text", "a: Whatever!", "a: String!", &["patch type request.a"]),
        request(
            "optional parameters change places",
            "a: String, b: Number",
            "b: Number, a: String",
            &["patch order request"],
        ),
        request(
            "required parameters change places",
            "a: String!, b: Number!",
            "b: Number!, a: String!",
            &["major order request"],
        ),
        Case {
            is_silent: true,
            ..request(
                "required parameters of one type change places",
                "a: String!, b: String!",
                "b: String!, a: String!",
                &["major order request"],
            )
        },
        request(
            "many required parameters change places",
            "a: String!, b: Number!, c: Date!, d: String!, e: String!, f: String!, g: String!, h: String!",
            "b: Number!, a: String!, c: Date!, d: String!, e: String!, f: String!, g: String!, h: String!",
            &["patch order request"],
        ),
        request(
            "an optional parameter moves between required ones",
            "a: String!, b: Number!, c: Date",
            "a: String!, c: Date, b: Number!",
            &["patch order request"],
        ),
        request(
            "an eighth required parameter",
            "a: String!, b: Number!, c: Date!, d: String!, e: String!, f: String!, g: String!",
            "a: String!, b: Number!, c: Date!, d: String!, e: String!, f: String!, g: String!, h: String!",
            &["major added request.h"],
        ),
        request("object parameter added", "a: String", "a: String, b: Item { x: Number! }", &["minor added request.b"]),
        request("class renamed", "a: Item { x: Number! }", "a: Thing { x: Number! }", &["major type request.a"]),
        request("text becomes an object", "a: String", "a: Item { x: Number }", &["major type request.a"]),
        request("keyword added", "type: String!", "type: String!, self: String", &["minor added request.self"]),
    ]
}

fn plain_responses() -> Vec<Case> {
    vec![
        response("field added", "a: String", "a: String, b: Number", &["minor added response.b"]),
        response("required field added", "a: String", "a: String, b: Number!", &["minor added response.b"]),
        response("field removed", "a: String, b: Number", "a: String", &["major removed response.b"]),
        response("field renamed", "a: String = \"name\"", "b: String = \"name\"", &["major renamed? response.a"]),
        response("field retyped", "a: Number", "a: Date", &["major type response.a"]),
        response(
            "field becomes a list",
            "a: Item { x: String }",
            "a: Item[] { x: String }",
            &["major list or not response.a"],
        ),
        response("field becomes required", "a: String", "a: String!", &["patch required or not response.a"]),
        response(
            "fields change places",
            "a: String, b: Number, c: Date",
            "c: Date, a: String, b: Number",
            &["patch order response"],
        ),
        response(
            "nested field added",
            "a: Item { x: String }",
            "a: Item { x: String, y: String }",
            &["minor added response.a.y"],
        ),
        response(
            "field in a list removed",
            "a: Item[] { x: String, y: Number }",
            "a: Item[] { x: String }",
            &["major removed response.a[].y"],
        ),
        response("object without fields gets some", "a: Item", "a: Item { x: String }", &["major added response.a.x"]),
        response("object loses its fields", "a: Item { x: String }", "a: Item", &["major removed response.a.x"]),
        response(
            "class renamed with a field",
            "a: Item { x: String }",
            "a: Thing { x: String, y: Date }",
            &["major type response.a", "minor added response.a.y"],
        ),
        response("json becomes a map", "a: Json", "a: Map", &["patch type response.a"]),
        response("equal pages", "a: Item { x: String }", "a: Item { x: String }", &[]),
        response(
            "second row of a name",
            "a: Item { x: String }",
            "a: Item { x: String }, a: Item { y: Date }",
            &["minor added response.a"],
        ),
        response("second row of another type", "a: String", "a: String, a: Date", &["patch added response.a"]),
        response(
            "unnamed object gets a type",
            "a: null { x: String }",
            "a: Item { x: String }",
            &["major type response.a"],
        ),
    ]
}

/// Every kind of change of a row on both sides, in an object, in a list of objects and two objects deep.
fn at_every_depth() -> Vec<Case> {
    // What changes, the rows before and after, and the verdicts in a request and in a response.
    let kinds = [
        ("an optional row is added", "k: String", "k: String, n: Number", "added X.n", ["minor", "minor"]),
        ("a required row is added", "k: String", "k: String, n: Number!", "added X.n", ["major", "minor"]),
        ("an object is added", "k: String", "k: String, n: New { x: Date }", "added X.n", ["minor", "minor"]),
        ("a row is removed", "k: String, n: Number", "k: String", "removed X.n", ["major", "major"]),
        (
            "a row is renamed",
            "k: String, n: Date = \"a\"",
            "k: String, m: Date = \"a\"",
            "renamed? X.n",
            ["major", "major"],
        ),
        ("a row is retyped", "k: String", "k: Number", "type X.k", ["major", "major"]),
        ("a text becomes an object", "k: String", "k: New { x: Date }", "type X.k", ["major", "major"]),
        ("a class is renamed", "k: Some { x: Date }", "k: Other { x: Date }", "type X.k", ["major", "major"]),
        ("a row becomes a list", "k: Number", "k: Number[]", "list or not X.k", ["major", "major"]),
        ("a row is no list any more", "k: Number[]", "k: Number", "list or not X.k", ["major", "major"]),
        ("a row becomes required", "k: String", "k: String!", "required or not X.k", ["major", "patch"]),
        ("a row becomes optional", "k: String!", "k: String", "required or not X.k", ["major", "patch"]),
        (
            "required rows change places",
            "k: String!, n: Number!",
            "n: Number!, k: String!",
            "order X",
            ["major", "patch"],
        ),
        ("optional rows change places", "k: String, n: Number", "n: Number, k: String", "order X", ["patch", "patch"]),
        ("a description is reworded", "k: String = \"a\"", "k: String = \"b\"", "description X.k", ["patch", "patch"]),
        ("types are one in Rust", "k: Price", "k: BigDecimal", "type X.k", ["patch", "patch"]),
    ];
    let depths = [
        ("in an object", "o: Item { ", " }", "o"),
        ("in a list", "o: Item[] { ", " }", "o[]"),
        ("two deep", "o: Item { p: Thing[] { ", " } }", "o.p[]"),
    ];
    let mut cases = Vec::new();
    for (what, old, new, change, verdicts) in kinds {
        for (depth, before, after, path) in depths {
            let [old, new] = [old, new].map(|rows| format!("{before}{rows}{after}"));
            let (kind, at) = change.rsplit_once('X').unwrap();
            let told = |side: &str, verdict: &str| format!("{verdict} {kind}{side}.{path}{at}");
            let of_request = told("request", verdicts[0]);
            let of_response = told("response", verdicts[1]);
            cases.push(request(&format!("request {what} {depth}"), &old, &new, &[&of_request]));
            cases.push(response(&format!("response {what} {depth}"), &old, &new, &[&of_response]));
        }
    }
    cases
}

fn unions() -> Vec<Case> {
    vec![
        response(
            "field added that another place has",
            "a: Item { x: String }, b: Item { x: String, y: Date }",
            "a: Item { x: String, y: Date }, b: Item { x: String, y: Date }",
            &["patch added response.a.y"],
        ),
        response(
            "field removed that another place keeps",
            "a: Item { x: String, y: Date }, b: Item { x: String, y: Date }",
            "a: Item { x: String, y: Date }, b: Item { x: String }",
            &["patch removed response.b.y"],
        ),
        response(
            "field removed at both places",
            "a: Item { x: String, y: Date }, b: Item { x: String, y: Date }",
            "a: Item { x: String }, b: Item { x: String }",
            &["major removed response.a.y", "major removed response.b.y"],
        ),
        response(
            "place added with a new field",
            "a: Item { x: String }",
            "a: Item { x: String }, b: Item { z: Date }",
            &["minor added response.b"],
        ),
        response(
            "field renamed at one place",
            "a: Item { x: String = \"n\", y: String }, b: Item { x: String, y: String }",
            "a: Item { z: String = \"n\", y: String }, b: Item { x: String, y: String }",
            &["minor renamed? response.a.x"],
        ),
        request(
            "place added that lacks a required field",
            "a: Item { x: Number!, y: Number! }",
            "a: Item { x: Number!, y: Number! }, b: Item { x: Number! }",
            &["major added request.b"],
        ),
        request(
            "place removed that did not require a field",
            "a: Item { x: Number! }, b: Item { x: Number }",
            "a: Item { x: Number! }",
            &["major removed request.b"],
        ),
        request(
            "required at one place of two",
            "a: Item { x: Number }, b: Item { x: Number }",
            "a: Item { x: Number! }, b: Item { x: Number }",
            &["patch required or not request.a.x"],
        ),
        request(
            "required at the last place of two",
            "a: Item { x: Number! }, b: Item { x: Number }",
            "a: Item { x: Number! }, b: Item { x: Number! }",
            &["major required or not request.b.x"],
        ),
        request(
            "required field added at one place of two",
            "a: Item { x: Number }, b: Item { x: Number }",
            "a: Item { x: Number, y: Date! }, b: Item { x: Number }",
            &["minor added request.a.y"],
        ),
        request(
            "required field added at both places",
            "a: Item { x: Number }, b: Item { x: Number }",
            "a: Item { x: Number, y: Date! }, b: Item { x: Number, y: Date! }",
            &["major added request.a.y", "major added request.b.y"],
        ),
        request(
            "places of a type change places",
            "a: Item { x: Number!, y: Date! }, b: Item { y: Date!, x: Number! }",
            "b: Item { y: Date!, x: Number! }, a: Item { x: Number!, y: Date! }",
            &["major order request"],
        ),
        response(
            "one place contradicts the others",
            "a: Item { x: String }, b: Item { x: String }",
            "a: Item { x: String }, b: Item { x: Date }",
            &["major type response.b.x"],
        ),
        response(
            "the highest place contradicts the others",
            "a: Item { x: String }, b: Item { x: String }",
            "a: Item { x: Date }, b: Item { x: String }",
            &["major type response.a.x", "major struct response.b"],
        ),
        response(
            "a contradicting place is added",
            "a: Item { x: String }",
            "a: Item { x: String }, b: Item { x: Date }",
            &["minor added response.b"],
        ),
        response(
            "a higher place is added that contradicts",
            "b: Thing { a: Node { d: Date } }",
            "a: Node { d: String }, b: Thing { a: Node { d: Date } }",
            &["minor added response.a"],
        ),
        response(
            "a contradiction ends",
            "a: Item { x: String }, b: Item { x: Date }",
            "a: Item { x: String }, b: Item { x: String }",
            &["major type response.b.x"],
        ),
        response(
            "a type closes into itself",
            "a: Item { x: String }",
            "a: Item { x: String, next: Item }",
            &["minor added response.a.next"],
        ),
        response(
            "a leaf of a type becomes its struct",
            "a: Item, b: String",
            "a: Item, b: String, c: Item { x: String }",
            &["major struct response.a", "minor added response.c"],
        ),
        response(
            "one type on both sides",
            "a: Item { x: String }",
            "a: Item { x: String, y: Date }",
            &["minor added response.a.y"],
        ),
        request(
            "a type of the response comes to the request",
            "a: String",
            "a: String, b: Item { x: String }",
            &["minor added request.b"],
        ),
    ]
}

fn pages() -> Vec<Case> {
    vec![
        page("a default is set", &["patch default request.note"], |api| {
            api.request[1].limits.default = Some("1".to_owned());
        }),
        Case {
            is_silent: true,
            common: |api| api.request[1].limits.default = Some("1".to_owned()),
            ..page("a default changes", &["major default request.note"], |api| {
                api.request[1].limits.default = Some("2".to_owned());
            })
        },
        Case {
            is_silent: true,
            ..page(
                "values are narrowed",
                &[
                    "major maximum length request.note",
                    "major list size request.note",
                    "major minimum request.note",
                    "major maximum request.note",
                ],
                |api| {
                    let limits = &mut api.request[1].limits;
                    (limits.max_length, limits.max_list_size) = (Some(20), Some(3));
                    (limits.min, limits.max) = (Some("1".to_owned()), Some("9".to_owned()));
                },
            )
        },
        Case {
            is_silent: true,
            common: |api| api.response[0].limits.max_length = Some(20),
            ..page("values are widened", &["major maximum length response.ok"], |api| {
                api.response[0].limits.max_length = None;
            })
        },
        page("values are narrowed in a response", &["patch maximum length response.ok"], |api| {
            api.response[0].limits.max_length = Some(20);
        }),
        page("texts change", &["patch description request.id", "patch example request.id"], |api| {
            api.request[0].description = "A `number`.".to_owned();
            api.request[0].example = "12".to_owned();
        }),
        page(
            "head changes",
            &[
                "patch title title",
                "patch description description",
                "patch category category",
                "patch authorisation auth",
                "patch labels labels",
                "patch permission packages packages",
                "patch unlisted unlisted",
                "patch page number doc_id",
            ],
            |api| {
                api.title = "别的".to_owned();
                api.description = "它".to_owned();
                api.category = "类".to_owned();
                api.auth = Some(topsdk_spec::Auth::Required);
                api.labels = vec!["聚石塔内调用".to_owned()];
                api.packages = vec![topsdk_spec::Package { name: "包".to_owned(), ..Default::default() }];
                api.unlisted = true;
                api.doc_id = Some(1);
            },
        ),
        Case {
            is_silent: true,
            ..page("an API is deprecated", &["minor deprecated deprecated"], |api| {
                api.deprecated = Some("call taobao.other.get".to_owned());
            })
        },
        page("error codes change", &["patch error code errors.isv.x"], |api| {
            api.errors.push(topsdk_spec::ErrorCode { code: "isv.x".to_owned(), ..Default::default() });
        }),
        page("a sample alone changes", &["patch sample samples.xml"], |api| {
            api.samples.xml = Some("<test_get_response><ok>true</ok></test_get_response>".to_owned());
        }),
    ]
}
