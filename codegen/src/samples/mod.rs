//! Parses the samples of a page (Java, CURL, XML, JSON) into one format-independent tree of names and texts.
//!
//! The site generates its samples from the tables and does not check them: `"status":,` and `"brand_id":xxx` are common
//! (docs/pages.md, "Samples"). So the parsers accept any text. Each mistake becomes a [`Problem`] with its position, and
//! the tree holds all parts that were recognised: the nesting of a malformed sample is as useful as that of a valid one.
//!
//! Every parser takes linear time, stores at most [`MAX_PROBLEMS`] problems and reads [`MAX_DEPTH`] levels.

mod curl;
mod java;
mod json;
mod xml;

pub use java::setter_name;
pub(crate) use xml::entity;

use std::ops::Range;

/// The maximum nesting depth of a sample. Pages have up to 7 levels. Deeper parts are not read.
pub const MAX_DEPTH: usize = 128;

/// The maximum number of problems stored per sample. Further problems are only counted.
pub const MAX_PROBLEMS: usize = 64;

/// A parsed sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// The outermost value: the XML's root element, the JSON's value (without a name), or the Java's request object. If
    /// XML is shown without its root element, a node without a name that contains all elements. `None` if the text has
    /// no such value.
    pub root: Option<Node>,
    /// The first problems, in the order of the text.
    pub problems: Vec<Problem>,
    /// The number of problems, including those that are not stored.
    pub problem_count: usize,
    /// Whether a part is missing or misplaced.
    incomplete: bool,
    /// Whether the sample nests too deep, and its rest was not read.
    stopped: bool,
}

/// A named value of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The name of an element, member, form field, or Java setter without `set` (`BizDate`). Empty for an item of a JSON
    /// array and for the outermost value of every format but XML.
    pub name: String,
    /// The byte range of the name in the sample.
    pub name_span: Range<usize>,
    /// The value.
    pub value: Value,
    /// The byte range of the value in the sample: an element's content, a literal with its quotes, or a setter's
    /// argument. Values inside a form field's JSON, which is percent-encoded, have the span of the whole field.
    pub span: Range<usize>,
}

/// The value of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// No value, as in `"status":,`, or no recognisable value.
    Nothing,
    /// A scalar, with entities and escapes resolved. An element without content is an empty text.
    Text(String),
    /// Named values: child elements, members, or the setters called on an object.
    Members(Vec<Node>),
    /// A JSON array, or a Java list.
    Items(Vec<Node>),
}

/// A position where a sample is not well-formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The byte range in the sample.
    pub span: Range<usize>,
    /// What was expected and what was found.
    pub message: String,
}

/// Returns the character of the escape at the start of a text, and the escape's length.
type Escape = fn(&str) -> Option<(char, usize)>;

impl Sample {
    /// Returns whether every part of the sample was read and is in place, with nothing cut off or unclosed. Values may
    /// still be malformed; that is only a [`Problem`].
    pub fn is_complete(&self) -> bool {
        self.root.is_some() && !self.incomplete
    }

    /// Returns the name of the response's root and the fields in it, for both `<x_response>…` and `{"x_response":{…}}`.
    ///
    /// Simplified JSON may lack the root (docs/protocol.md section 5.4). The name is then empty.
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
        self.problem_count += usize::from(!self.stopped);
        if self.problems.len() < MAX_PROBLEMS && !self.stopped {
            self.problems.push(Problem { span, message: message.into() });
        }
    }

    /// Records a problem that loses or misplaces parts of the sample.
    fn gap(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.incomplete = true;
        self.problem(span, message);
    }

    /// Records that the rest of the sample nests deeper than [`MAX_DEPTH`]. Later problems follow from that, so they are
    /// not recorded.
    fn too_deep(&mut self, span: Range<usize>) {
        self.gap(span, format!("nested deeper than {MAX_DEPTH} levels; the rest is not read"));
        self.stopped = true;
    }

    /// Replaces the escapes in `raw`, which begins at byte `start` of the sample. A `mark` that begins no escape is reported
    /// and kept.
    fn unescaped(&mut self, raw: &str, start: usize, mark: char, escape: Escape, message: &str) -> String {
        let mut text = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(found) = rest.find(mark) {
            text.push_str(&rest[..found]);
            rest = &rest[found..];
            let (letter, length) = escape(rest).unwrap_or_else(|| {
                let at = start + raw.len() - rest.len();
                self.problem(at..at + 1, message);
                (mark, 1)
            });
            text.push(letter);
            rest = &rest[length..];
        }
        text + rest
    }
}

/// Returns the character that the escape at the start of `text` stands for, and the escape's length. The escapes are those
/// of Java, and of JSON except for `\'`.
pub(crate) fn escape(text: &str) -> Option<(char, usize)> {
    if text.starts_with("\\'") {
        return Some(('\'', 2));
    }
    // A character outside of the Basic Multilingual Plane takes two escapes of six bytes.
    [2, 6, 12].into_iter().find_map(|length| {
        let letter = serde_json::from_str(&format!("\"{}\"", text.get(..length)?)).ok()?;
        Some((letter, length))
    })
}

#[cfg(test)]
mod tests {
    use super::{Node, Sample, Value};

    /// Formats a node on one line: `name{members}`, `name[items]`, `name=text`, or `name-` for no value.
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
    fn every_parser_terminates_with_spans_inside_the_text() {
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
                assert!(sample.root.iter().all(|node| spans(node, &text)), "{text}");
                assert!(sample.problems.iter().all(|problem| text.get(problem.span.clone()).is_some()), "{text}");
            }
        }
    }
}
