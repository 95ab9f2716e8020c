//! Parses CURL samples: a request's business parameters, each a form field (docs/protocol.md section 2), with objects as
//! JSON.

use std::ops::Range;

use super::{Node, Sample, Value};

/// The text before each form field.
const FIELD: &str = "-d '";

/// The form fields of the protocol, which are no parameters of the method.
const PROTOCOL: &str = "method app_key timestamp v sign_method sign session format simplify partner_id target_app_key";

impl Sample {
    /// Parses a request as a `curl` command: its business parameters, without those of the protocol.
    pub fn curl(text: &str) -> Sample {
        let mut sample = Sample::default();
        let mut members = Vec::new();
        let mut at = 0;
        while let Some(found) = text[at..].find(FIELD) {
            let start = at + found + FIELD.len();
            let length = text[start..].find('\'');
            if length.is_none() {
                sample.gap(start - 1..start, "this field is never closed");
            }
            at = length.map_or(text.len(), |length| start + length);
            let Some((name, value)) = text[start..at].split_once('=') else {
                sample.problem(start..at, "expected a `=` in this field");
                continue;
            };
            let (name_span, span) = (start..start + name.len(), start + name.len() + 1..at);
            if !PROTOCOL.split(' ').any(|field| field == name) {
                let value = field(decoded(value), &span, &mut sample);
                members.push(Node { name: name.to_owned(), name_span, value, span });
            }
        }
        if at == 0 {
            sample.problem(0..text.len(), "there is no field");
        } else {
            let value = Value::Members(members);
            sample.root = Some(Node { name: String::new(), name_span: 0..0, value, span: 0..text.len() });
        }
        sample
    }
}

/// Returns a field's value: an object or array if the text is JSON, else the text itself.
fn field(text: String, span: &Range<usize>, sample: &mut Sample) -> Value {
    if !text.starts_with(['{', '[']) {
        return Value::Text(text);
    }
    let json = Sample::json(&text);
    sample.incomplete |= json.incomplete;
    for problem in json.problems {
        sample.problem(span.clone(), problem.message);
    }
    let mut value = json.root.map_or(Value::Nothing, |root| root.value);
    put(&mut value, span);
    value
}

/// Sets the span of everything inside a value to `span`. The recursion depth is that of the JSON, which is bounded.
fn put(value: &mut Value, span: &Range<usize>) {
    if let Value::Members(nodes) | Value::Items(nodes) = value {
        for node in nodes {
            (node.name_span, node.span) = (span.clone(), span.clone());
            put(&mut node.value, span);
        }
    }
}

/// Decodes a form value: `+` is a blank, `%41` is a byte.
fn decoded(value: &str) -> String {
    form_urlencoded::parse(format!("={}", value.replace('&', "%26")).as_bytes())
        .map(|(_, value)| value.into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::samples::Sample;

    fn outline(text: &str) -> String {
        Sample::curl(text).root.as_ref().map(super::super::tests::outline).unwrap_or_default()
    }

    #[test]
    fn fields_are_decoded_and_their_json_is_parsed() {
        let text = "curl -X POST 'http://gw.api.taobao.com/router/rest' \\\n-d 'app_key=1' \\\n-d 'name=%E7%94%B2+b' \\\n-d 'a=%7B%22x%22%3A%5B1%5D%7D'";
        let sample = Sample::curl(text);
        assert!(sample.problems.is_empty() && sample.is_complete(), "{:?}", sample.problems);
        assert_eq!(outline(text), "{name=甲 b a{x[=1]}}");
    }

    #[test]
    fn malformed_fields_are_reported() {
        for (text, expected, complete) in [
            ("curl -d 'a=1", "{a=1}", false),
            ("curl -d 'a={\"x\":1' -d 'b=2'", "{a{x=1} b=2}", false),
            ("curl -d 'a' -d 'b=%zz'", "{b=%zz}", true),
            ("curl", "", false),
        ] {
            let sample = Sample::curl(text);
            assert_eq!((outline(text).as_str(), sample.is_complete()), (expected, complete), "{text}");
        }
        for hostile in ["-d '", "-d 'a={", "-d 'a=%", "'"] {
            Sample::curl(&hostile.repeat(100_000));
        }
    }
}
