//! The samples of a page (Java, CURL, XML, JSON) as one neutral tree of names and texts.
//!
//! The site generates its samples from the tables and does not check them: `"status":,` and `"brand_id":xxx` are usual
//! (docs/pages.md, "Samples"). So the parsers take any text. Each mistake becomes a [`Problem`] with its place, and
//! the tree holds all parts that were recognised: the nesting of a broken sample is as useful as that of a sound one.
//!
//! Every parser is linear in its text, keeps at most [`MAX_PROBLEMS`] problems and goes [`MAX_DEPTH`] levels deep.

mod curl;
mod java;
mod json;
mod xml;

pub use java::setter_name;
pub(crate) use xml::entity;

use std::ops::Range;

/// How deep a sample may nest. Pages go to 7 levels; what is nested deeper than this is not read.
pub const MAX_DEPTH: usize = 128;

/// How many problems of one sample are kept; the rest is counted.
pub const MAX_PROBLEMS: usize = 64;

/// One sample, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// The outermost value: the XML's root element, the JSON's value (without a name), the Java's request object.
    /// `None` where the text holds nothing of the kind.
    pub root: Option<Node>,
    /// The elements behind the root, where XML is shown without its outermost element.
    pub others: Vec<Node>,
    /// The first places that are not well formed, in the text's order.
    pub problems: Vec<Problem>,
    /// How many places are not well formed.
    pub problem_count: usize,
    /// Set where a part is missing, or does not stand where it belongs.
    incomplete: bool,
}

/// One named value of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The name: an element's, a member's, a form field's, a Java setter's behind `set` (`BizDate`). Empty for an item
    /// of a JSON array and for the outermost value of anything but XML.
    pub name: String,
    /// Which bytes of the sample hold the name.
    pub name_span: Range<usize>,
    /// What it holds.
    pub value: Value,
    /// Which bytes of the sample hold the value: an element's content, a literal with its quotes, a setter's argument.
    /// Values inside a form field's JSON, which is percent-encoded, have the whole field's.
    pub span: Range<usize>,
}

/// The value of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// No value, as in `"status":,`, or none that was recognised.
    Nothing,
    /// A scalar, with entities and escapes resolved. An element without content is the empty text.
    Text(String),
    /// Named values: child elements, members, or the setters called on an object.
    Members(Vec<Node>),
    /// A JSON array, or a Java list.
    Items(Vec<Node>),
}

/// A place where a sample is not well formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which bytes of the sample.
    pub span: Range<usize>,
    /// What was expected and what was found.
    pub message: String,
}

impl Sample {
    /// Reads a response shown as XML.
    pub fn xml(text: &str) -> Sample {
        xml::read(text)
    }

    /// Reads a response shown as JSON, in any of its forms.
    pub fn json(text: &str) -> Sample {
        json::read(text)
    }

    /// Reads a request shown in Java.
    pub fn java(text: &str) -> Sample {
        java::read(text)
    }

    /// Reads a request shown as a call of `curl`: its business parameters, without those of the protocol.
    pub fn curl(text: &str) -> Sample {
        curl::read(text)
    }

    /// Whether every part of the sample was read and stands where it belongs: nothing is cut off or unclosed. Values
    /// may be ill written all the same; that is a [`Problem`] only.
    pub fn is_complete(&self) -> bool {
        self.root.is_some() && !self.incomplete
    }

    /// The root's name and the fields in it: of `<x_response>…` and of `{"x_response":{…}}` alike.
    ///
    /// JSON of the simplified form may lack the root (docs/protocol.md section 5.4); its name is empty then.
    pub fn response(&self) -> Option<(&str, &[Node])> {
        let root = self.root.as_ref()?;
        let Value::Members(members) = &root.value else { return None };
        if !root.name.is_empty() {
            return Some((&root.name, members));
        }
        match members.as_slice() {
            [Node { name, value: Value::Members(fields), .. }] if name.ends_with("_response") => Some((name, fields)),
            fields => Some(("", fields)),
        }
    }

    fn problem(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.problem_count += 1;
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { span, message: message.into() });
        }
    }

    /// A problem by which parts of the sample are lost or misplaced.
    fn gap(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.incomplete = true;
        self.problem(span, message);
    }
}

/// The letter that the escape at the start of `text` means in Java, and in JSON but for `\'`; `None` if it means none.
/// Also the length of the escape.
pub(crate) fn escape(text: &str) -> (Option<char>, usize) {
    let code_unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        let hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        hexadecimal.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    };
    match text.as_bytes().get(1) {
        Some(b'b') => (Some('\u{8}'), 2),
        Some(b'f') => (Some('\u{c}'), 2),
        Some(b'n') => (Some('\n'), 2),
        Some(b'r') => (Some('\r'), 2),
        Some(b't') => (Some('\t'), 2),
        Some(letter @ (b'"' | b'\'' | b'\\' | b'/')) => (Some(char::from(*letter)), 2),
        Some(b'u') => match (code_unit(0), code_unit(6)) {
            // A letter outside of the Basic Multilingual Plane is two escapes.
            (Some(high @ 0xD800..=0xDBFF), Some(low @ 0xDC00..=0xDFFF)) => {
                (char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)), 12)
            }
            (Some(code), _) => (char::from_u32(code), 6),
            (None, _) => (None, 1),
        },
        _ => (None, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, Sample, Value};

    /// A node on one line: `name{members}`, `name[items]`, `name=text`, `name-` for nothing.
    pub(super) fn outline(node: &Node) -> String {
        let all = |nodes: &[Node]| nodes.iter().map(outline).collect::<Vec<_>>().join(" ");
        match &node.value {
            Value::Nothing => format!("{}-", node.name),
            Value::Text(text) => format!("{}={text}", node.name),
            Value::Members(nodes) => format!("{}{{{}}}", node.name, all(nodes)),
            Value::Items(nodes) => format!("{}[{}]", node.name, all(nodes)),
        }
    }

    fn spans(node: &Node, text: &str) -> bool {
        let inside = text.get(node.name_span.clone()).is_some() && text.get(node.span.clone()).is_some();
        let (Value::Members(nodes) | Value::Items(nodes)) = &node.value else { return inside };
        inside && nodes.iter().all(|node| spans(node, text))
    }

    #[test]
    fn every_reader_ends_on_anything_with_spans_inside_the_text() {
        type Read = fn(&str) -> Sample;
        let readers: [(Read, [&str; 8]); 4] = [
            (Sample::json, ["{", "}", "[", "]", ":", ",", "\"", "甲"]),
            (Sample::xml, ["<", "</", ">", "/>", "甲", "a", "<!--", "<![CDATA["]),
            (Sample::java, ["a", "b", ".setX(", ".add(", "=new ", "\"", ")", ";"]),
            (Sample::curl, ["-d '", "'", "甲", "=", "%5B", "{", "\"", "]"]),
        ];
        for (read, tokens) in readers {
            for number in 0..8_usize.pow(5) {
                let text: String = (0..5).map(|place| tokens[number >> (3 * place) & 7]).collect();
                let sample = read(&text);
                assert!(sample.root.iter().chain(&sample.others).all(|node| spans(node, &text)), "{text}");
                assert!(sample.problems.iter().all(|problem| text.get(problem.span.clone()).is_some()), "{text}");
            }
        }
    }
}
