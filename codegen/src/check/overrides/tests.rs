//! Tests each kind of override on a small API, and each error in a file of overrides.

use topsdk_spec::{Api, Param};

use super::Overrides;

fn param(name: &str, type_name: &str, fields: Vec<Param>) -> Param {
    Param { name: name.to_owned(), type_name: type_name.to_owned(), fields, ..Param::default() }
}

fn api() -> Api {
    let mut items = param("items", "Item", vec![param("x", "Number", vec![]), param("y", "String", vec![])]);
    items.list = true;
    let twice = || param("twice", "String", vec![]);
    let result = param("result", "Result", vec![param("value", "Number", vec![]), items, twice(), twice()]);
    let mut id = param("id", "Number", vec![]);
    id.required = true;
    Api { method: "a.b".to_owned(), request: vec![id], response: vec![result], ..Api::default() }
}

fn overrides(entry: &str) -> Overrides {
    Overrides::parse("a.toml", &text(entry)).unwrap()
}

fn text(entry: &str) -> String {
    format!("method = \"a.b\"\n\n[[override]]\n{entry}\n")
}

/// Returns what the override changed, and the API's changed side as `name:type` with nested fields.
fn applied(entry: &str) -> (String, String) {
    let mut api = api();
    let applied = overrides(entry).apply(&mut api).unwrap();
    fn outline(params: &[Param]) -> String {
        let one = |param: &Param| {
            let list = if param.list { "[]" } else { "" };
            let required = if param.required { "!" } else { "" };
            let fields =
                if param.fields.is_empty() { String::new() } else { format!("{{{}}}", outline(&param.fields)) };
            format!("{}{required}:{}{list}{fields}", param.name, param.type_name)
        };
        params.iter().map(one).collect::<Vec<_>>().join(" ")
    }
    (applied.join("\n"), format!("{} | {}", outline(&api.request), outline(&api.response)))
}

fn error(entry: &str) -> String {
    let mut changed = api();
    let error = match Overrides::parse("a.toml", &text(entry)) {
        Ok(overrides) => overrides.apply(&mut changed).unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(changed, api(), "a failed override must change nothing");
    error.to_string()
}

#[test]
fn each_kind_of_correction_is_applied_and_described() {
    for (entry, line, outline) in [
        (
            "side = \"response\"\npath = \"result.value\"\ntype = \"String\"\nreason = \"seen\"",
            "a.b response result.value: type Number -> String (seen) [a.toml:5]",
            "id!:Number | result:Result{value:String items:Item[]{x:Number y:String} twice:String twice:String}",
        ),
        (
            "side = \"request\"\npath = \"id\"\nrequired = false\nlist = true\nrename = \"ids\"\nreason = \"seen\"",
            "a.b request id: list false -> true, required true -> false, name id -> ids (seen) [a.toml:5]",
            "ids:Number[] | result:Result{value:Number items:Item[]{x:Number y:String} twice:String twice:String}",
        ),
        (
            "side = \"response\"\npath = \"result.items.y\"\ndrop = true\nreason = \"seen\"",
            "a.b response result.items[].y: dropped (seen) [a.toml:5]",
            "id!:Number | result:Result{value:Number items:Item[]{x:Number} twice:String twice:String}",
        ),
        (
            "side = \"response\"\npath = \"result.items[]\"\nadd = { name = \"z\", type = \"Number\", list = true }\nbefore = \"y\"\nreason = \"seen\"",
            "a.b response result.items: added `z` Number[] (seen) [a.toml:5]",
            "id!:Number | result:Result{value:Number items:Item[]{x:Number z:Number[] y:String} twice:String twice:String}",
        ),
        (
            "side = \"request\"\npath = \"\"\nadd = { name = \"z\", type = \"Z\", fields = [{ name = \"q\", type = \"String\" }] }\nreason = \"seen\"",
            "a.b request: added `z` Z (seen) [a.toml:5]",
            "id!:Number z:Z{q:String} | result:Result{value:Number items:Item[]{x:Number y:String} twice:String twice:String}",
        ),
        (
            "side = \"response\"\npath = \"result.twice\"\nnth = 2\ndrop = true\nreason = \"seen\"",
            "a.b response result.twice: dropped (seen) [a.toml:5]",
            "id!:Number | result:Result{value:Number items:Item[]{x:Number y:String} twice:String}",
        ),
    ] {
        assert_eq!(applied(entry), (line.to_owned(), outline.to_owned()));
    }
    let mut api = api();
    let applied = overrides("deprecated = \" use a.c \"\nreason = \"seen\"").apply(&mut api).unwrap();
    assert_eq!(applied[0], "a.b: deprecated: use a.c (seen) [a.toml:4]");
    assert_eq!(api.deprecated.as_deref(), Some("use a.c"));
}

#[test]
fn rejects_an_override_that_changes_nothing() {
    for (entry, message) in [
        (
            "side = \"response\"\npath = \"result.value\"\ntype = \"Number\"\nreason = \"r\"",
            "a.toml:6:8: this changes nothing: the page has type = `Number`; delete this override",
        ),
        (
            "side = \"response\"\npath = \"result.value\"\ntype = \"Price\"\nlist = false\nreason = \"r\"",
            "a.toml:7:8: this changes nothing: the page has list = `false`",
        ),
        ("side = \"request\"\npath = \"id\"\nrequired = true\nreason = \"r\"", "a.toml:6:12: this changes nothing"),
        (
            "side = \"request\"\npath = \"ident\"\nrename = \"id\"\nreason = \"r\"",
            "a.toml:5:8: the page names it `id` now",
        ),
        (
            "side = \"response\"\npath = \"result\"\nadd = { name = \"value\", type = \"String\" }\nreason = \"r\"",
            "a.toml:6:7: the page has a field `value` here now",
        ),
        (
            "side = \"response\"\npath = \"result.valu\"\ndrop = true\nreason = \"r\"",
            "a.toml:5:8: 响应参数 has no `result.valu`: if the page was fixed, delete this override; did you mean `result.value`?",
        ),
        (
            "side = \"response\"\npath = \"result.twice\"\nnth = 3\ndrop = true\nreason = \"r\"",
            "a.toml:6:7: the page has `result.twice` 2 times",
        ),
    ] {
        let found = error(entry);
        assert!(found.starts_with(message), "{found}");
    }
}

#[test]
fn rejects_an_unknown_type_with_a_suggestion() {
    let known = "expected String, Number, Boolean, Date, Price, BigDecimal, Json, Map, Field List, byte, byte[], or a type whose \
                 fields this side of the page shows";
    for (entry, at, name, meant) in [
        (
            "side = \"response\"\npath = \"result.value\"\ntype = \"Strng\"\nreason = \"r\"",
            "6:8",
            "Strng",
            "; did you mean `String`?",
        ),
        (
            "side = \"response\"\npath = \"result.value\"\ntype = \"item\"\nreason = \"r\"",
            "6:8",
            "item",
            "; did you mean `Item`?",
        ),
        ("side = \"request\"\npath = \"id\"\ntype = \"Item\"\nreason = \"r\"", "6:8", "Item", ""),
        (
            "side = \"request\"\npath = \"\"\nadd = { name = \"z\", type = \"Z\", fields = [{ name = \"q\", type = \"int\" }] }\nreason = \"r\"",
            "6:7",
            "int",
            "",
        ),
    ] {
        assert_eq!(error(entry), format!("a.toml:{at}: unknown type `{name}`: {known}{meant}"));
    }
    // The type of an object is its class name. A type whose fields are shown can be given to a row without fields.
    applied("side = \"response\"\npath = \"result.items\"\ntype = \"Thing\"\nreason = \"r\"");
    applied("side = \"response\"\npath = \"result.value\"\ntype = \"Item\"\nreason = \"r\"");
}

#[test]
fn rejects_an_unknown_path_with_a_suggestion() {
    for (entry, message) in [
        (
            "side = \"response\"\npath = \"result.items[].z\"\ntype = \"Price\"\nreason = \"r\"",
            "a.toml:5:8: 响应参数 has no `result.items[].z`; did you mean `result.items[].x` or `result.items[].y`?",
        ),
        (
            "side = \"response\"\npath = \"data.value\"\ntype = \"Price\"\nreason = \"r\"",
            "a.toml:5:8: 响应参数 has no `data.value`; did you mean `result.value`?",
        ),
        ("side = \"request\"\npath = \"整个\"\ntype = \"Price\"\nreason = \"r\"", "a.toml:5:8: 请求参数 has no `整个`"),
        (
            "side = \"response\"\npath = \"result.twice\"\ntype = \"Price\"\nreason = \"r\"",
            "a.toml:5:8: the page has `result.twice` 2 times: select one",
        ),
        (
            "side = \"response\"\npath = \"result.value\"\nrename = \"items\"\nreason = \"r\"",
            "a.toml:6:10: a sibling is already named `items`",
        ),
        (
            "side = \"response\"\npath = \"result\"\nadd = { name = \"z\", type = \"Date\" }\nbefore = \"q\"\nreason = \"r\"",
            "a.toml:7:10: there is no field `q` here: expected one of value, items",
        ),
    ] {
        let found = error(entry);
        assert!(found.starts_with(message), "{found}");
    }
}

#[test]
fn rejects_incomplete_and_contradictory_overrides() {
    for (entry, place, message) in [
        ("side = \"request\"\npath = \"id\"\ntype = \"String\"", "a.toml:3:1", "reason"),
        ("side = \"request\"\npath = \"id\"\ntype = \"String\"\nreason = \" \"", "a.toml:7:10", "the reason is empty"),
        ("side = \"request\"\npath = \"id\"\ntypo = \"String\"\nreason = \"r\"", "a.toml:6:1", "unknown field `typo`"),
        ("side = \"both\"\npath = \"id\"\ntype = \"String\"\nreason = \"r\"", "a.toml:4:8", "unknown variant `both`"),
        ("side = \"request\"\npath = \"id\"\nreason = \"r\"", "a.toml:5:8", "expected `add`, or `drop`"),
        (
            "side = \"request\"\npath = \"id\"\ntype = \"String\"\ndrop = true\nreason = \"r\"",
            "a.toml:5:8",
            "expected `add`, or `drop`",
        ),
        ("side = \"request\"\npath = \"id\"\ndrop = false\nreason = \"r\"", "a.toml:6:8", "`drop` can only be true"),
        (
            "side = \"request\"\npath = \"id\"\nnth = 0\ndrop = true\nreason = \"r\"",
            "a.toml:6:7",
            "`nth` counts from 1",
        ),
        (
            "side = \"request\"\npath = \"id\"\ndrop = true\nbefore = \"x\"\nreason = \"r\"",
            "a.toml:7:10",
            "`before` belongs to `add`",
        ),
        ("side = \"request\"\npath = \"\"\ndrop = true\nreason = \"r\"", "a.toml:5:8", "the path is empty"),
        (
            "side = \"request\"\npath = \"\"\nadd = { name = \"\" }\nreason = \"r\"",
            "a.toml:6:7",
            "a field needs a name",
        ),
        (
            "side = \"request\"\npath = \"id\"\ntype = \"Number []\"\nreason = \"r\"",
            "a.toml:6:8",
            "a list is written `type = \"Number\", list = true`",
        ),
        (
            "side = \"response\"\npath = \"result.value\"\nrequired = true\nreason = \"r\"",
            "a.toml:6:12",
            "never required",
        ),
        (
            "side = \"request\"\npath = \"id\"\nadd = { name = \"x\", kind = 1 }\nreason = \"r\"",
            "a.toml:6",
            "unknown field `kind`",
        ),
        ("path = \"id\"\ntype = \"String\"\nreason = \"r\"", "a.toml:6:10", "missing field `side`"),
        ("side = \"request\"\ntype = \"String\"\nreason = \"r\"", "a.toml:6:10", "missing field `path`"),
        ("deprecated = \"use a.c\"", "a.toml:3:1", "reason"),
        ("deprecated = \" \"\nreason = \"r\"", "a.toml:4:14", "the note is empty"),
        ("side = \"request\"\ndeprecated = \"x\"\nreason = \"r\"", "a.toml:5:14", "the only other key is `reason`"),
        ("deprecated = \"x\"\nreason = \"r\"\ndrop = true", "a.toml:4:14", "the only other key is `reason`"),
        (
            "deprecated = \"x\"\nreason = \"r\"\n[[override]]\ndeprecated = \"y\"\nreason = \"r\"",
            "a.toml:7:14",
            "another override sets `deprecated`",
        ),
        ("side = ", "a.toml:4", ""),
    ] {
        let found = error(entry);
        assert!(found.starts_with(place) && found.contains(message), "{found}");
    }
    let message = Overrides::parse("a.toml", "[[override]]\n").unwrap_err().to_string();
    assert_eq!(message, "a.toml:1:1: missing field `reason`");
}

#[test]
fn overrides_apply_to_their_method_alone_and_unknown_methods_are_errors() {
    let overrides = overrides("side = \"request\"\npath = \"id\"\ndrop = true\nreason = \"r\"");
    let mut other = Api { method: "a.c".to_owned(), ..api() };
    assert_eq!(overrides.apply(&mut other).unwrap(), [""; 0]);
    assert_eq!(other.request, api().request);
    assert!(overrides.unknown_methods(|method| method == "a.b").is_empty());
    let unknown_methods = overrides.unknown_methods(|method| method == "a.c");
    assert_eq!(unknown_methods[0].to_string(), "a.toml:1:10: no page documents the method `a.b`");
}

#[test]
fn a_folder_is_read_in_name_order_and_may_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, entry: &str| std::fs::write(folder.path().join(name), text(entry)).unwrap();
    file("b.toml", "side = \"request\"\npath = \"id\"\ntype = \"Price\"\nreason = \"second\"");
    file("a.toml", "side = \"request\"\npath = \"id\"\ntype = \"String\"\nreason = \"first\"");
    std::fs::write(folder.path().join("README.md"), "not TOML").unwrap();
    let mut api = api();
    let applied = Overrides::load(folder.path()).unwrap().apply(&mut api).unwrap();
    let places = ["a.toml", "b.toml"].map(|file| folder.path().join(file).display().to_string());
    assert_eq!(
        applied,
        [
            format!("a.b request id: type Number -> String (first) [{}:5]", places[0]),
            format!("a.b request id: type String -> Price (second) [{}:5]", places[1]),
        ]
    );
    assert!(Overrides::load(&folder.path().join("none")).unwrap().files.is_empty());
    file("c.toml", "side");
    assert!(Overrides::load(folder.path()).unwrap_err().to_string().contains("c.toml:4"));
}
