//! The JSON form of a spec: the format on disk, and of the output of `topsdk parse`.

use serde_json::error::Category;

use crate::Api;

/// A text is not the JSON form of a spec.
#[derive(Debug, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ReadError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

impl Api {
    /// Parses the JSON form.
    ///
    /// # Errors
    /// If the text is not JSON, lacks a member, or has a member that specs do not have.
    pub fn from_json(text: &str) -> Result<Api, ReadError> {
        serde_json::from_str(text).map_err(|error: serde_json::Error| ReadError {
            line: error.line(),
            column: error.column(),
            message: message(&error),
        })
    }

    /// Returns the JSON form on disk: indented by two spaces, with a line feed at the end.
    pub fn to_json(&self) -> String {
        written(serde_json::to_string_pretty(self)) + "\n"
    }

    /// Returns the JSON form on one line, without a line feed.
    pub fn to_json_line(&self) -> String {
        written(serde_json::to_string(self))
    }
}

/// Returns the message for an error. serde has no error kinds, only sentences about Rust types, which are rewritten here.
fn message(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Eof => return "the JSON ends before it is closed".to_owned(),
        Category::Syntax | Category::Io => return "this is not JSON".to_owned(),
        Category::Data => {}
    }
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    if text.starts_with("invalid length ") {
        return "expected an object, found a list".to_owned();
    }
    for (start, what) in [("missing field ", "missing"), ("duplicate field ", "repeated")] {
        if let Some(name) = text.strip_prefix(start) {
            return format!("the member {name} is {what}");
        }
    }
    let Some((found, expected)) = text.split_once(", expected ") else { return text.to_owned() };
    for (start, what) in [("unknown field ", "member"), ("unknown variant ", "value")] {
        if let Some(name) = found.strip_prefix(start) {
            return format!("unknown {what} {name}: expected {}", expected.strip_prefix("one of ").unwrap_or(expected));
        }
    }
    let found = found.split_once(": ").map_or(found, |(_, found)| found);
    // serde's names for Rust types and JSON values.
    let expected = match expected {
        "a string" => "text",
        "a sequence" => "a list",
        "a boolean" => "true or false",
        "u64" => "a whole number",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    let found = match found.split_once(' ') {
        _ if found == "map" => "an object",
        _ if found == "sequence" => "a list",
        Some(("string" | "integer" | "boolean", value)) => value,
        Some(("floating", value)) => value.trim_start_matches("point "),
        _ => found,
    };
    format!("expected {expected}, found {found}")
}

#[expect(
    clippy::expect_used,
    reason = "a spec holds no map with keys that are not text, and memory takes all that is written"
)]
fn written(json: serde_json::Result<String>) -> String {
    json.expect("a spec is JSON")
}

#[cfg(test)]
mod tests {
    use crate::{Api, Auth, Limits, Package, Param, Samples, Source};

    #[test]
    fn keys_have_a_fixed_order_and_empty_ones_are_omitted() {
        let api = Api {
            method: "a.b".to_owned(),
            auth: Some(Auth::None),
            labels: vec!["l".to_owned()],
            packages: vec![Package { name: "p".to_owned(), ..Package::default() }],
            deprecated: Some("d".to_owned()),
            unlisted: true,
            source: Source { page: "a.b.txt".to_owned(), sha256: "00".to_owned(), ..Source::default() },
            request: vec![Param {
                name: "ids".to_owned(),
                type_name: "Number".to_owned(),
                list: true,
                required: true,
                limits: Limits { max_list_size: Some(20), ..Limits::default() },
                ..Param::default()
            }],
            samples: Samples { java: Some("req".to_owned()), ..Samples::default() },
            ..Api::default()
        };
        let line = concat!(
            r#"{"method":"a.b","auth":"none","labels":["l"],"packages":[{"name":"p"}],"deprecated":"d","unlisted":true,"#,
            r#""source":{"page":"a.b.txt","sha256":"00","layout":"html"},"#,
            r#""request":[{"name":"ids","type":"Number","list":true,"required":true,"limits":{"max_list_size":20}}],"#,
            r#""samples":{"java":"req"}}"#
        );
        assert_eq!(api.to_json_line(), line);
        assert_eq!(Api::from_json(&api.to_json()).unwrap(), api);
    }

    #[test]
    fn an_unknown_member_is_an_error_with_its_place() {
        let error = Api::from_json("{\n  \"method\": \"a.b\",\n  \"metod\": 1\n}").unwrap_err();
        assert_eq!((error.line, error.message.contains("metod")), (3, true), "{error}");
    }

    #[test]
    fn errors_are_about_the_spec_rather_than_rust_types() {
        for (text, expected) in [
            ("{\"method\":", "line 1, column 10: the JSON ends before it is closed"),
            ("{\"method\":x}", "line 1, column 11: this is not JSON"),
            ("{\"method\":\"a\",}", "line 1, column 15: this is not JSON"),
            ("{}", "line 1, column 2: the member `method` is missing"),
            ("[]", "line 1, column 2: expected an object, found a list"),
            ("7", "line 1, column 1: expected an object, found `7`"),
            (r#"{"method":null}"#, "line 1, column 14: expected text, found null"),
            (r#"{"method":"a","method":"b"}"#, "line 1, column 22: the member `method` is repeated"),
            (r#"{"method":"a","request":{}}"#, "line 1, column 24: expected a list, found an object"),
            (r#"{"method":"a","request":[5]}"#, "line 1, column 26: expected an object, found `5`"),
            (r#"{"method":"a","source":[]}"#, "line 1, column 25: expected an object, found a list"),
            (r#"{"method":"a","doc_id":-1}"#, "line 1, column 25: expected a whole number, found `-1`"),
            (r#"{"method":"a","doc_id":"5"}"#, "line 1, column 26: expected a whole number, found \"5\""),
            (
                r#"{"method":"a","auth":"no"}"#,
                "line 1, column 25: unknown value `no`: expected `none`, `required`, `optional`",
            ),
            (
                r#"{"method":"a","response":[{"name":"x","list":"yes"}]}"#,
                "line 1, column 50: expected true or false, found \"yes\"",
            ),
            (
                r#"{"method":"a","samples":{"jav":""}}"#,
                "line 1, column 30: unknown member `jav`: expected `java`, `xml`, `json`, `json_simplified`, `error_xml`, `error_json`",
            ),
        ] {
            assert_eq!(Api::from_json(text).unwrap_err().to_string(), expected, "{text}");
        }
    }
}
