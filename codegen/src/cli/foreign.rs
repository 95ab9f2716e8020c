//! Describes an unusable file in one phrase for error messages.

use serde_json::Value;
use topsdk_codegen::read;
use topsdk_spec::Api;

/// The first bytes of other kinds of files.
const MAGIC: [(&[u8], &str); 8] = [
    (b"\x89PNG", "a PNG image"),
    (b"\xFF\xD8\xFF", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive, as Office documents are, too"),
    (b"\x1F\x8B", "a gzip archive"),
    (b"\xFD7zXZ", "an xz archive"),
    (b"\x7FELF", "a program"),
];

/// Maximum number of member names in a description.
const NAMED: usize = 5;

/// Describes the content of a file: "a PNG image", "the spec of `taobao.time.get`", "a text that begins …".
pub(crate) fn describe(bytes: &[u8]) -> String {
    let text = decoded(bytes);
    kind(bytes).unwrap_or_else(|| match text.chars().next() {
        None => "an empty file".to_owned(),
        Some('{' | '[') => json(&text),
        Some('<') => markup(&text),
        Some(_) => prose(&text),
    })
}

/// Describes a file whose kind is certain: an image, an archive, a spec, a page.
pub(crate) fn kind(bytes: &[u8]) -> Option<String> {
    if let Some((_, what)) = MAGIC.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Some((*what).to_owned());
    }
    if bytes.contains(&0) {
        return Some("a binary file".to_owned());
    }
    let text = decoded(bytes);
    if let Ok(api) = Api::from_json(&text).or_else(|_| Api::from_json(text.lines().next().unwrap_or_default())) {
        return Some(format!("the spec of `{}`", api.method));
    }
    read::page("", bytes).ok().map(|page| format!("the documentation page of `{}`", page.api.method))
}

fn decoded(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').trim().to_owned()
}

/// Returns whether a text is recognisable as a spec, even if it is invalid.
pub(crate) fn is_spec(text: &str) -> bool {
    let value: Option<Value> = serde_json::from_str(text).ok();
    value.is_some_and(|value| value.get("method").is_some_and(Value::is_string) && value.get("source").is_some())
}

fn prose(text: &str) -> String {
    let start: String = text.lines().next().unwrap_or_default().chars().take(40).collect();
    format!("a text that begins {start:?}")
}

fn json(text: &str) -> String {
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => match members.keys().collect::<Vec<_>>()[..] {
            [] => "an empty JSON object".to_owned(),
            [name] if name.ends_with("_response") => response(name),
            ref names => {
                let shown: Vec<String> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
                let more = if names.len() > NAMED { ", …" } else { "" };
                format!("a JSON object with the members {}{more}", shown.join(", "))
            }
        },
        Ok(Value::Array(items)) => format!("a JSON list of length {}", items.len()),
        Ok(_) => "a JSON value".to_owned(),
        // Not JSON, although it may begin with a bracket as TOML does: `[workspace]`.
        Err(_) if text.trim_start_matches('[').starts_with(|first: char| first.is_alphabetic()) => prose(text),
        Err(error) if error.is_eof() => format!("JSON that ends in line {} before it is closed", error.line()),
        Err(error) => format!("JSON with a mistake in line {}, column {}", error.line(), error.column()),
    }
}

fn markup(text: &str) -> String {
    let mut rest = text;
    // Skip an XML declaration and comments before the first element.
    while rest.starts_with("<?") || rest.starts_with("<!--") {
        rest = rest.split_once('>').map_or("", |(_, rest)| rest.trim_start());
    }
    let is_end = |letter: char| letter.is_whitespace() || matches!(letter, '>' | '/');
    let name = rest.trim_start_matches('<').split(is_end).next().unwrap_or_default();
    match name.to_ascii_lowercase().as_str() {
        "html" | "!doctype" => "an HTML page of another kind".to_owned(),
        lower if lower.ends_with("_response") => response(name),
        _ => format!("markup that begins with `<{}>`", name.chars().take(40).collect::<String>()),
    }
}

fn response(name: &str) -> String {
    match name {
        "error_response" => "a captured error of the platform (`error_response`)".to_owned(),
        _ => format!("a captured response (`{name}`), which `topsdk decode` reads"),
    }
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn each_kind_of_file_is_described() {
        for (bytes, what) in [
            (&b"\x89PNG\r\n\x1a\n"[..], "a PNG image"),
            (b"a\0b", "a binary file"),
            (b"\xEF\xBB\xBF \n", "an empty file"),
            (b"{}", "an empty JSON object"),
            (br#"{"name":"x","version":"1"}"#, "a JSON object with the members `name`, `version`"),
            (br#"{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1}"#, "a JSON object with the members `a`, `b`, `c`, `d`, `e`, …"),
            (b"[1, 2]", "a JSON list of length 2"),
            (b"{\"a\":\n", "JSON that ends in line 1 before it is closed"),
            (b"{\"a\":x}", "JSON with a mistake in line 1, column 6"),
            (br#"{"time_get_response":{}}"#, "a captured response (`time_get_response`), which `topsdk decode` reads"),
            (b"<?xml version=\"1.0\"?><error_response/>", "a captured error of the platform (`error_response`)"),
            (b"<!DOCTYPE html><html></html>", "an HTML page of another kind"),
            (b"<svg xmlns=\"x\"/>", "markup that begins with `<svg>`"),
            (b"[workspace]\nmembers = []\n", "a text that begins \"[workspace]\""),
            (b"a,b\n1,2\n", "a text that begins \"a,b\""),
            (br#"{"method":"a.b","source":{"page":"","sha256":"","layout":"html"}}"#, "the spec of `a.b`"),
        ] {
            assert_eq!(describe(bytes), what);
        }
    }
}
