//! Parses JSON samples, well-formed or not.

use serde::de::IgnoredAny;

use super::{MAX_DEPTH, Node, Sample, Value, escape};
use crate::page::words::clip;

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

impl Sample {
    /// Parses a JSON response, in any of the JSON formats.
    pub fn json(text: &str) -> Sample {
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let mut reader = JsonReader { text, at: start, sample: Sample::default() };
        reader.blanks();
        if reader.at == text.len() {
            reader.sample.problem(0..text.len(), "there is no value");
            return reader.sample;
        }
        let root = reader.value(0, false);
        reader.blanks();
        if reader.at < text.len() {
            reader.sample.gap(reader.at..text.len(), "there is more text after the value");
        }
        Sample { root: Some(root), ..reader.sample }
    }
}

struct JsonReader<'a> {
    text: &'a str,
    at: usize,
    sample: Sample,
}

impl JsonReader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.text[self.at..].trim_start_matches(BLANKS).len();
    }

    /// Reads the value at the current position, as a node without a name. An unquoted value may contain commas if it is a
    /// member's (`in_object`).
    fn value(&mut self, depth: usize, in_object: bool) -> Node {
        let start = self.at;
        let value = match self.peek() {
            Some(b'{' | b'[') if depth == MAX_DEPTH => {
                self.sample.too_deep(start..start + 1);
                self.at = self.text.len();
                Value::Nothing
            }
            Some(b'{') => Value::Members(self.nodes(depth + 1, b'}')),
            Some(b'[') => Value::Items(self.nodes(depth + 1, b']')),
            Some(b'"') => Value::Text(self.quoted()),
            _ => self.bare(in_object),
        };
        Node { name: String::new(), name_span: start..start, value, span: start..self.at }
    }

    /// Reads the members of an object or the items of an array.
    fn nodes(&mut self, depth: usize, closing: u8) -> Vec<Node> {
        let opening = self.at..self.at + 1;
        self.at += 1;
        let mut nodes = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                None => {
                    let message = format!("this `{}` is never closed", &self.text[opening.clone()]);
                    self.sample.gap(opening, message);
                    return nodes;
                }
                Some(byte) if byte == closing => {
                    self.at += 1;
                    return nodes;
                }
                Some(b'}') => {
                    self.sample.gap(opening, "this `[` is not closed before the next `}`");
                    return nodes;
                }
                Some(_) if closing == b'}' => nodes.extend(self.member(depth)),
                Some(_) => nodes.push(self.value(depth, false)),
            }
            self.separator(closing);
        }
    }

    fn member(&mut self, depth: usize) -> Option<Node> {
        let start = self.at;
        let name = if self.peek() == Some(b'"') { Some(self.quoted()) } else { self.bare_name() };
        let name_span = start..self.at;
        self.blanks();
        let Some(name) = name else {
            self.stray('}', "a name in quotes");
            return None;
        };
        if self.peek() != Some(b':') {
            // Most likely the remainder of a string that contains an unescaped quote.
            self.sample.gap(name_span, format!("expected a `:` after {:?}", clip(&name)));
            return None;
        }
        self.at += 1;
        self.blanks();
        Some(Node { name, name_span, ..self.value(depth, true) })
    }

    /// Reads an unquoted name that a `:` follows. Reads nothing and returns `None` if there is no such name.
    fn bare_name(&mut self) -> Option<String> {
        let rest = &self.text[self.at..];
        let word = &rest[..rest.find(|letter: char| letter <= ' ' || ",:{}[]\"".contains(letter))?];
        if word.is_empty() || !rest[word.len()..].trim_start_matches(BLANKS).starts_with(':') {
            return None;
        }
        let start = self.at;
        self.at += word.len();
        self.sample.problem(start..self.at, format!("the name `{}` must be in quotes", clip(word)));
        Some(word.to_owned())
    }

    /// Reads the comma after a member or an item. The closing bracket is not consumed.
    fn separator(&mut self, closing: u8) {
        self.blanks();
        let here = self.at..self.at + 1;
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.blanks();
                if self.peek() == Some(closing) {
                    self.sample.problem(here, format!("a comma before `{}`", char::from(closing)));
                }
            }
            // An array that lacks its `]` reports that itself.
            None | Some(b'}') => {}
            Some(byte) if byte == closing => {}
            // This may be a name or an item, so it is read as one.
            Some(b'"') => self.sample.gap(here, "expected a comma before this"),
            Some(_) => self.stray(char::from(closing), "a comma"),
        }
    }

    /// Skips unreadable text, up to where a member, an item or a closing bracket may follow.
    fn stray(&mut self, closing: char, expected: &str) {
        let rest = &self.text[self.at..];
        let first = rest.chars().next().map_or(1, char::len_utf8);
        let length = rest[first..].find(['\n', ',', '"', closing]).map_or(rest.len(), |length| length + first);
        let message = format!("expected {expected}, found `{}`", clip(&rest[..length]));
        self.sample.gap(self.at..self.at + length, message);
        self.at += length;
    }

    fn bare(&mut self, in_object: bool) -> Value {
        let start = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' | b'\r' | b'}' | b']' => break,
                b',' => {
                    // In an object, a comma ends the value only if a name or nothing follows it.
                    let rest = self.text[self.at + 1..].trim_ascii_start();
                    if !in_object || rest.is_empty() || rest.starts_with(['"', '}', ',']) {
                        break;
                    }
                    self.at = self.text.len() - rest.len();
                }
                _ => self.at += 1,
            }
        }
        let word = self.text[start..self.at].trim_end();
        self.at = start + word.len();
        if word.is_empty() {
            self.sample.problem(start..(start + 1).min(self.text.len()), "expected a value");
            if !in_object && matches!(self.peek(), Some(byte) if byte != b',') {
                // Neither an item nor the end of one. Step over it, because the array would otherwise never end.
                self.at += self.text[self.at..].chars().next().map_or(0, char::len_utf8);
            }
            return Value::Nothing;
        }
        if serde_json::from_str::<IgnoredAny>(word).is_err() {
            let message = format!("`{}` is no value of JSON: a text must be in quotes", clip(word));
            self.sample.problem(start..self.at, message);
        }
        Value::Text(word.to_owned())
    }

    fn quoted(&mut self) -> String {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut end = start;
        while let Some(&byte) = bytes.get(end).filter(|byte| **byte != b'"') {
            if byte < b' ' {
                let message = format!("the control character U+{byte:04X} must be escaped in a text");
                self.sample.problem(end..end + 1, message);
            }
            end += if byte == b'\\' { 2 } else { 1 };
        }
        if end >= bytes.len() {
            end = bytes.len();
            self.sample.gap(start - 1..start, "this text is never closed");
        }
        self.at = (end + 1).min(bytes.len());
        let json_escape = |text: &str| escape(text).filter(|(letter, _)| *letter != '\'');
        let message = "`\\` does not begin a JSON escape: write `\\\\`";
        self.sample.unescaped(&self.text[start..end], start, '\\', json_escape, message)
    }
}

#[cfg(test)]
mod tests {
    use crate::samples::{MAX_DEPTH, MAX_PROBLEMS, Sample, Value};

    fn outline(text: &str) -> String {
        Sample::json(text).root.as_ref().map(super::super::tests::outline).unwrap_or_default()
    }

    #[test]
    fn objects_arrays_and_escapes_become_names_and_texts() {
        let text =
            "{\n\t\"r_response\":{\"a\":{\"s\":[\"x\\/y\\n\\ud83d\\ude00\",-1.5e3]},\"b\":true,\"c\":{},\"d\":[]}\n}";
        let sample = Sample::json(text);
        assert_eq!(sample.problems, []);
        assert_eq!(outline(text), "{r_response{a{s[=x/y\n😀 =-1.5e3]} b=true c{} d[]}}");
        assert_eq!(sample.response().map(|(name, fields)| (name, fields.len())), Some(("r_response", 4)));
    }

    #[test]
    fn simplified_json_may_lack_its_root() {
        let sample = Sample::json(r#"{"result":{"a":1}}"#);
        assert_eq!(sample.response().map(|(name, fields)| (name, fields.len())), Some(("", 1)));
    }

    #[test]
    fn spans_cover_name_and_value() {
        let text = "{\"甲\" : \"乙\", \"b\":12 }";
        let sample = Sample::json(text);
        let Some(Value::Members(members)) = sample.root.map(|root| root.value) else { panic!("no members") };
        let spans: Vec<_> =
            members.iter().map(|node| (&text[node.name_span.clone()], &text[node.span.clone()])).collect();
        assert_eq!(spans, [("\"甲\"", "\"乙\""), ("\"b\"", "12")]);
    }

    #[test]
    fn malformed_json_is_reported_and_keeps_its_nesting() {
        for (text, expected) in [
            ("{\"status\":,\n\"x\":1}", "{status- x=1}"),
            ("{\"code\":\n}", "{code-}"),
            ("{\"brand_id\":xxx,\"y\":{\"z\":1}}", "{brand_id=xxx y{z=1}}"),
            ("{\"a\":1,2,3,\"b\":2}", "{a=1,2,3 b=2}"),
            ("{\"a\":成功 了\n,\"b\":2}", "{a=成功 了 b=2}"),
            ("{\"a\":{\"string\":[\"x\"}\n}", "{a{string[=x]}}"),
            ("{\"a\":{\"number\":[xxx]},\"b\":1}", "{a{number[=xxx]} b=1}"),
            ("{\"a\":\"he said \"no\"\",\"b\":2}", "{a=he said  b=2}"),
            ("{\"a\":1 \"b\":2}", "{a=1 \"b\":2}"),
            ("{\"a\":\"1\" \"b\":2}", "{a=1 b=2}"),
            ("{\"a\" 1,\"b\":2}", "{b=2}"),
            ("{a:1,\"b\":2}", "{a=1 b=2}"),
            ("{a 1,\"b\":2}", "{b=2}"),
            ("{\"a\":1,}", "{a=1}"),
            ("{\"a\":\"1\n2\"}", "{a=1\n2}"),
            ("{\"a\":\"\\q\"}", "{a=\\q}"),
            ("{\"a\":01}", "{a=01}"),
            ("{\"a\":[1", "{a[=1]}"),
            ("{\"a\":\"1", "{a=1}"),
            ("{} x", "{}"),
            ("", ""),
        ] {
            assert!(Sample::json(text).problem_count > 0, "{text}");
            assert_eq!(outline(text), expected, "{text}");
        }
    }

    #[test]
    fn json_with_lost_or_misplaced_parts_is_incomplete() {
        for text in ["", "{\"a\":1", "{\"a\":\"1", "{\"a\":[1}", "{} x", "{\"a\" 1}", "{\"a\":\"x\"y\"\"}"] {
            assert!(!Sample::json(text).is_complete(), "{text}");
        }
        for text in ["{\"a\":,\"b\":xxx,}", "{a:1}", "{\"a\":\"\\q\n\"}"] {
            assert!(Sample::json(text).is_complete(), "{text}");
        }
    }

    /// This reader considers exactly those texts well-formed that serde_json accepts, tested on texts that differ from
    /// valid ones in one letter.
    #[test]
    fn accepts_as_well_formed_what_serde_json_accepts() {
        let seeds = [
            r#"{"a":{"b":[1,-2.5e+3,true,null,"x\/\u00e9\n"]},"c":"","d":{}}"#,
            "[\n  {\"甲\": [[], {}, 0]},\r\n\t\"\\ud83d\\ude00\"\n]",
            "12",
            "\"x\"",
        ];
        let letters = [
            "", "\"", "\\", ",", ":", "{", "}", "[", "]", "0", "-", ".", "e", "n", " ", "\n", "\t", "u", "x", "甲",
            "\u{1}",
        ];
        let mut tried = 0;
        for seed in seeds {
            for (index, letter) in seed.char_indices() {
                for other in letters {
                    for end in [index, index + letter.len_utf8()] {
                        let text = format!("{}{other}{}", &seed[..index], &seed[end..]);
                        let sound = serde_json::from_str::<serde_json::Value>(&text).is_ok();
                        let sample = Sample::json(&text);
                        assert_eq!(sample.problem_count == 0, sound, "{text:?}: {:?}", sample.problems);
                        tried += 1;
                    }
                }
            }
        }
        assert!(tried > 4000, "{tried}");
    }

    #[test]
    fn nesting_and_problems_are_bounded() {
        for bracket in ["[", "{\"a\":", "[{\"a\":"] {
            let deep = Sample::json(&bracket.repeat(200_000));
            assert_eq!(deep.problem_count, 1, "{:?}", deep.problems);
            assert!(deep.problems[0].message.contains(&MAX_DEPTH.to_string()));
        }
        let many = Sample::json(&format!("[{}1]", "x,".repeat(200_000)));
        assert_eq!((many.problems.len(), many.problem_count), (MAX_PROBLEMS, 200_000));
        for hostile in [",", ", ", "1,", "]", "}", "\"", ":", "{\"a\":, ", "{\"a\":1, ", "[}"] {
            Sample::json(&hostile.repeat(100_000));
            Sample::json(&format!("{{\"a\":{}", hostile.repeat(100_000)));
            Sample::json(&format!("[{}", hostile.repeat(100_000)));
        }
    }
}
