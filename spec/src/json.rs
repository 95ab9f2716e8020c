//! The JSON form of a spec: what is on disk, and what `topsdk parse` prints.

use crate::Api;

/// A text that is not the JSON form of a spec.
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
    /// Reads the JSON form.
    ///
    /// # Errors
    /// Where the text is not JSON, lacks a member, or has one that a spec does not have.
    pub fn from_json(text: &str) -> Result<Api, ReadError> {
        serde_json::from_str(text).map_err(|error| {
            // serde_json ends its message with the position, which stands in fields of its own here.
            let message = error.to_string();
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
            ReadError { line: error.line(), column: error.column(), message: message.to_owned() }
        })
    }

    /// The JSON form on disk: two-space indent, a line feed at the end.
    pub fn to_json(&self) -> String {
        written(serde_json::to_string_pretty(self)) + "\n"
    }

    /// The JSON form on one line, without a line feed.
    pub fn to_json_line(&self) -> String {
        written(serde_json::to_string(self))
    }
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
    fn keys_stand_in_one_order_and_empty_ones_are_left_out() {
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
}
