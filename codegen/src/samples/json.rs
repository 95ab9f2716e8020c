//! Parses JSON samples, well-formed or not.

use std::ops::Range;

use serde::de::IgnoredAny;

use super::{MAX_DEPTH, Node, Sample, Value, escape};
use crate::page::words::clip;

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

impl Sample {
    /// Parses a JSON response, in any of the JSON formats.
    pub fn json(text: &str) -> Sample {
        let mut reader = JsonReader { text, at: 0, stopped: false, sample: Sample::default() };
        if text.starts_with('\u{feff}') {
            reader.at = '\u{feff}'.len_utf8();
        }
        reader.blanks();
        if reader.at == text.len() {
            reader.problem(0..text.len(), "there is no value");
            return reader.sample;
        }
        let (value, span) = reader.value(0, false);
        reader.blanks();
        if reader.at < text.len() {
            reader.gap(reader.at..text.len(), "there is more text after the value");
        }
        reader.sample.root = Some(Node { name: String::new(), name_span: span.start..span.start, value, span });
        reader.sample
    }
}

struct JsonReader<'a> {
    text: &'a str,
    at: usize,
    /// Whether the text nested too deep. Problems after that position are not reported.
    stopped: bool,
    sample: Sample,
}

impl JsonReader<'_> {
    fn problem(&mut self, span: Range<usize>, message: impl Into<String>) {
        if !self.stopped {
            self.sample.problem(span, message);
        }
    }

    fn gap(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.sample.incomplete = true;
        self.problem(span, message);
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches(BLANKS).len();
    }

    /// Reads the value at the current position. An unquoted value may contain commas if it is a member's (`in_object`).
    fn value(&mut self, depth: usize, in_object: bool) -> (Value, Range<usize>) {
        let start = self.at;
        let value = match self.peek() {
            Some(b'{' | b'[') if depth == MAX_DEPTH => {
                self.gap(start..start + 1, format!("nested deeper than {MAX_DEPTH} levels; the rest is not read"));
                self.stopped = true;
                self.at = self.text.len();
                Value::Nothing
            }
            Some(b'{') => Value::Members(self.object(depth + 1)),
            Some(b'[') => Value::Items(self.array(depth + 1)),
            Some(b'"') => Value::Text(self.quoted()),
            _ => self.bare(in_object),
        };
        (value, start..self.at)
    }

    fn object(&mut self, depth: usize) -> Vec<Node> {
        let opening = self.at;
        self.at += 1;
        let mut members = Vec::new();
        loop {
            self.blanks();
            let start = self.at;
            let name = match self.peek() {
                None => {
                    self.gap(opening..opening + 1, "this `{` is never closed");
                    return members;
                }
                Some(b'}') => {
                    self.at += 1;
                    return members;
                }
                Some(b'"') => Some(self.quoted()),
                Some(_) => self.bare_name(),
            };
            let name_span = start..self.at;
            self.blanks();
            match name {
                Some(name) if self.peek() == Some(b':') => {
                    self.at += 1;
                    self.blanks();
                    let (value, span) = self.value(depth, true);
                    members.push(Node { name, name_span, value, span });
                }
                // Most likely the remainder of a string that contains an unescaped quote.
                Some(name) => self.gap(name_span, format!("expected a `:` after {:?}", clip(&name))),
                None => self.stray('}', "a name in quotes"),
            }
            self.separator(b'}');
        }
    }

    fn array(&mut self, depth: usize) -> Vec<Node> {
        let opening = self.at;
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                None => {
                    self.gap(opening..opening + 1, "this `[` is never closed");
                    return items;
                }
                Some(b']') => {
                    self.at += 1;
                    return items;
                }
                Some(b'}') => {
                    self.gap(opening..opening + 1, "this `[` is not closed before the next `}`");
                    return items;
                }
                Some(_) => {
                    let (value, span) = self.value(depth, false);
                    items.push(Node { name: String::new(), name_span: span.start..span.start, value, span });
                }
            }
            self.separator(b']');
        }
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
        self.problem(start..self.at, format!("the name `{}` must be in quotes", clip(word)));
        Some(word.to_owned())
    }

    /// Reads the comma after a member or an item. The closing bracket is not consumed.
    fn separator(&mut self, closing: u8) {
        self.blanks();
        let start = self.at;
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.blanks();
                if self.peek() == Some(closing) {
                    self.problem(start..start + 1, format!("a comma before `{}`", char::from(closing)));
                }
            }
            None => {}
            Some(byte) if byte == closing => {}
            // An array that lacks its `]` reports that itself.
            Some(b'}') if closing == b']' => {}
            // This may be a name or an item, so it is read as one.
            Some(b'"') => self.gap(start..start + 1, "expected a comma before this"),
            Some(_) => self.stray(char::from(closing), "a comma"),
        }
    }

    /// Skips unreadable text, up to where a member, an item or a closing bracket may follow.
    fn stray(&mut self, closing: char, expected: &str) {
        let start = self.at;
        let rest = &self.text[start..];
        let first = rest.chars().next().map_or(1, char::len_utf8);
        let length = rest[first..].find(['\n', ',', '"', closing]).map_or(rest.len(), |length| length + first);
        self.at = start + length;
        self.gap(start..self.at, format!("expected {expected}, found `{}`", clip(&rest[..length])));
    }

    fn bare(&mut self, in_object: bool) -> Value {
        let start = self.at;
        let bytes = self.text.as_bytes();
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' | b'\r' | b'}' | b']' => break,
                b',' if !in_object => break,
                // In an object, a comma ends the value only if a name or nothing follows it.
                b',' => {
                    let next = bytes[self.at + 1..].iter().position(|byte| !byte.is_ascii_whitespace());
                    match next.and_then(|next| bytes.get(self.at + 1 + next)) {
                        None | Some(b'"' | b'}' | b',') => break,
                        Some(_) => self.at += 1 + next.unwrap_or_default(),
                    }
                }
                _ => self.at += 1,
            }
        }
        let raw = &self.text[start..self.at];
        let word = raw.trim_end();
        self.at = start + word.len();
        if word.is_empty() {
            self.problem(start..(start + 1).min(self.text.len()), "expected a value");
            if !in_object && matches!(self.peek(), Some(byte) if byte != b',') {
                // Neither an item nor the end of one. Step over it, because the array would otherwise never end.
                self.at += self.text[self.at..].chars().next().map_or(0, char::len_utf8);
            }
            return Value::Nothing;
        }
        if serde_json::from_str::<IgnoredAny>(word).is_err() {
            self.problem(start..self.at, format!("`{}` is no value of JSON: a text must be in quotes", clip(word)));
        }
        Value::Text(word.to_owned())
    }

    fn quoted(&mut self) -> String {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut end = start;
        while let Some(&byte) = bytes.get(end).filter(|byte| **byte != b'"') {
            if byte < b' ' {
                self.problem(end..end + 1, format!("the control character U+{byte:04X} must be escaped in a text"));
            }
            end += if byte == b'\\' { 2 } else { 1 };
        }
        if end >= bytes.len() {
            end = bytes.len();
            self.gap(start - 1..start, "this text is never closed");
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
