//! Tests each kind of correction, and that no anomaly remains once the file is applied.

use serde_json::json;
use topsdk_spec::Api;

use super::{Captured, corrections, decode};
use crate::check::overrides::Overrides;

fn api() -> Api {
    let spec = json!({
        "method": "taobao.shop.get", "source": { "page": "", "sha256": "", "layout": "html" },
        "response": [
            { "name": "shop", "type": "Shop", "fields": [
                { "name": "id", "type": "Number" },
                { "name": "opened", "type": "Date" },
                { "name": "is_on", "type": "Boolean" },
                { "name": "tags", "type": "Tag", "list": true, "fields": [
                    { "name": "label", "type": "String" }, { "name": "weight", "type": "Number" },
                ]},
                { "name": "owner", "type": "Owner", "description": "店主", "fields": [{ "name": "nick", "type": "String" }] },
                { "name": "levels", "type": "Number", "list": true },
            ]},
            { "name": "other", "type": "Shop" },
        ],
    });
    Api::from_json(&spec.to_string()).unwrap()
}

/// Returns the entries of the proposed file without its first line, and the anomalies that it does not cover.
fn proposed(bodies: &[&str]) -> (String, Vec<String>) {
    let captured: Vec<Captured> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| Captured { name: format!("{index}.txt"), body: body.as_bytes().to_vec() })
        .collect();
    let corrections = corrections(&api(), &captured);
    let left: Vec<String> = corrections.left.iter().map(|(name, anomaly)| format!("{name}: {anomaly}")).collect();
    let Some(file) = corrections.file else { return (String::new(), left) };
    let mut corrected = api();
    Overrides::parse("captured.toml", &file)
        .unwrap()
        .apply(&mut corrected)
        .unwrap_or_else(|error| panic!("{error}\n{file}"));
    for captured in &captured {
        let envelope = decode(&corrected, captured).unwrap();
        let odd = envelope.anomalies.len() + envelope.unknown.len();
        assert_eq!(odd, left.iter().filter(|left| left.starts_with(&captured.name)).count(), "{file}\n{envelope:?}");
    }
    let (method, entries) = file.split_once("\n\n").unwrap();
    assert_eq!(method, "method = \"taobao.shop.get\"");
    (entries.replace("[[override]]\nside = \"response\"\n", "").trim_end().to_owned(), left)
}

fn json_of(members: &str) -> String {
    format!(r#"{{"shop_get_response":{{{members}}}}}"#)
}

#[track_caller]
fn entry(bodies: &[&str]) -> String {
    let (entries, left) = proposed(bodies);
    assert_eq!(left, [""; 0]);
    entries
}

#[test]
fn undocumented_member_is_added_with_the_type_of_its_values() {
    for (values, type_of) in [
        (&["1"][..], "type = \"Number\""),
        (&["1", "2.50"], "type = \"Price\""),
        (&["true", "false", "null"], "type = \"Boolean\""),
        (&["true", "1"], "type = \"String\""),
        (&["\"2016-01-01 12:00:00\"", "\"\""], "type = \"Date\""),
        (&["\"1\""], "type = \"String\""),
        (&["12345678901234567890"], "type = \"Price\""),
        (&["1e400"], "type = \"String\""),
        (&["{}", "[]", "null"], "type = \"String\", list = true"),
        (&["[1,2]", "[3.5]"], "type = \"Price\", list = true"),
        (&[r#"{"string":["a"]}"#], "type = \"String\", list = true"),
        (&["[[1],[2]]"], "type = \"Json\", list = true"),
        (&[r#"{"a":1}"#, "5"], "type = \"Json\""),
        (
            &[r#"{"a":1}"#, r#"{"b":{"c":[{"d":"x"}],"e":1}}"#],
            r#"type = "Added", fields = [{ name = "a", type = "Number" }, { name = "b", type = "B", fields = [{ name = "c", type = "C", list = true, fields = [{ name = "d", type = "String" }] }, { name = "e", type = "Number" }] }]"#,
        ),
    ] {
        let bodies: Vec<String> = values.iter().map(|value| json_of(&format!(r#""added":{value}"#))).collect();
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let entry = entry(&bodies);
        assert!(
            entry.starts_with(&format!("path = \"\"\nadd = {{ name = \"added\", {type_of} }}\n")),
            "{values:?}: {entry}"
        );
    }
}

#[test]
fn all_xml_forms_of_a_list_are_recognised() {
    for (members, type_of) in [
        ("<added list=\"true\"><string>a</string></added>", "type = \"String\", list = true"),
        ("<added><number>1</number><number>2</number></added>", "type = \"Number\", list = true"),
        ("<added><x>1</x><y>true</y></added>", "type = \"Added\", fields"),
        ("<added/>", "type = \"String\""),
        ("<added>007</added>", "type = \"String\""),
        ("<shop><id><![CDATA[x1]]></id></shop><added> 7 </added>", "type = \"Number\""),
    ] {
        let entry = entry(&[&format!("<shop_get_response>{members}</shop_get_response>")]);
        assert!(entry.contains(&format!("name = \"added\", {type_of}")), "{entry}");
    }
}

#[test]
fn value_of_another_type_changes_the_type_to_fit_all_values() {
    for (values, changes) in [
        (&[r#""id":"x1""#][..], "path = \"shop.id\"\ntype = \"String\""),
        (&[r#""id":9.11"#, r#""id":3"#], "path = \"shop.id\"\ntype = \"Price\""),
        (&[r#""id":99999999999999999999"#], "path = \"shop.id\"\ntype = \"Price\""),
        (&[r#""opened":1562225537"#], "path = \"shop.opened\"\ntype = \"Number\""),
        (&[r#""is_on":7"#, r#""is_on":true"#], "path = \"shop.is_on\"\ntype = \"String\""),
        (&[r#""levels":{"number":["low",2]}"#], "path = \"shop.levels\"\ntype = \"String\""),
        (
            &[r#""tags":[{"weight":1.5}]"#, r#""tags":[{"weight":1}]"#],
            "path = \"shop.tags[].weight\"\ntype = \"Price\"",
        ),
        (&[r#""owner":[{"nick":"a"}]"#], "path = \"shop.owner\"\nlist = true"),
        (&[r#""owner":"小明""#], "path = \"shop.owner\"\ndrop = true"),
        (&[r#""id":{"high":1,"low":2}"#], "path = \"shop.id\"\ndrop = true"),
    ] {
        let bodies: Vec<String> = values.iter().map(|value| json_of(&format!(r#""shop":{{{value}}}"#))).collect();
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let entry = entry(&bodies);
        assert!(entry.replace("tags.", "tags[].").starts_with(changes), "{values:?}: {entry}");
    }
}

#[test]
fn dropped_member_is_added_in_its_place_with_its_description() {
    assert_eq!(
        entry(&[&json_of(r#""shop":{"owner":"小明"}"#)]),
        "path = \"shop.owner\"\ndrop = true\nreason = 'the page says Owner; captured \"小明\" in 0.txt'\n\n\
         path = \"shop\"\nadd = { name = \"owner\", type = \"String\", description = \"店主\" }\nbefore = \"levels\"\n\
         reason = 'the page says Owner; captured \"小明\" in 0.txt'"
    );
}

#[test]
fn member_of_a_type_documented_elsewhere_is_added_there() {
    let entry = entry(&[&json_of(r#""other":{"extra":5,"tags":{"tag":[{"hue":1},{"hue":2}]}}"#)]);
    assert!(entry.contains("path = \"shop\"\nadd = { name = \"extra\", type = \"Number\" }"), "{entry}");
    assert!(entry.contains("path = \"shop.tags\"\nadd = { name = \"hue\", type = \"Number\" }"), "{entry}");
    assert!(entry.contains("captured \"1\" in 0.txt, and 1 more like it"), "{entry}");
}

#[test]
fn new_type_gets_an_unused_name() {
    for (name, type_name) in
        [("shop", "ShopInfo"), ("date", "DateInfo"), ("json", "JsonInfo"), ("geo", "Geo"), ("_", "Added")]
    {
        let entry = entry(&[&json_of(&format!(r#""shop":{{"{name}":{{"x":1}}}}"#))]);
        assert!(entry.contains(&format!("name = \"{name}\", type = \"{type_name}\", fields")), "{entry}");
    }
}

#[test]
fn faults_of_a_body_are_left_over_and_secrets_hidden() {
    let (entries, left) = proposed(&[
        &json_of(r#""shop":{"id":1,"id":2,"access_token":"s3cret"},"a.b":1,"#).replace(",}", "}"),
        "<time_get_response/>",
    ]);
    assert!(entries.contains("captured \"(hidden)\"") && !entries.contains("s3cret"), "{entries}");
    assert!(entries.contains("add = { name = \"a.b\", type = \"Number\" }"), "{entries}");
    assert_eq!(left.len(), 2, "{left:#?}");
    assert_eq!(proposed(&[&json_of("")]), (String::new(), Vec::new()));
}
