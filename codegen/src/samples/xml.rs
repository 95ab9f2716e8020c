//! Parses XML samples, well-formed or not.

use std::ops::Range;

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::BytesRef;

use super::{MAX_DEPTH, Node, Sample, Value};

/// The problem of text that is in no element.
const OUTSIDE: &str = "text outside of the root element";

impl Sample {
    /// Parses an XML response.
    pub fn xml(text: &str) -> Sample {
        let element = OpenElement::new("", 0..0, 0);
        XmlReader { text, at: 0, element, outer: Vec::new(), sample: Sample::default() }.run()
    }
}

struct XmlReader<'a> {
    text: &'a str,
    at: usize,
    /// The innermost open element. Outside of the root element, one without a name that contains the root.
    element: OpenElement,
    /// The elements around it, outermost first.
    outer: Vec<OpenElement>,
    sample: Sample,
}

struct OpenElement {
    /// The element, without its value.
    node: Node,
    text: String,
    members: Vec<Node>,
}

impl OpenElement {
    fn new(name: &str, name_span: Range<usize>, start: usize) -> OpenElement {
        let node = Node { name: name.to_owned(), name_span, value: Value::Nothing, span: start..start };
        OpenElement { node, text: String::new(), members: Vec::new() }
    }
}

impl XmlReader<'_> {
    fn run(mut self) -> Sample {
        while self.at < self.text.len() {
            let rest = &self.text[self.at..];
            match rest.find('<') {
                Some(0) if self.markup(rest) => {}
                // A `<` that does not begin markup is text of one byte.
                Some(0) => {
                    self.sample.problem(self.at..self.at + 1, "`<` does not begin a tag: write `&lt;`");
                    self.characters(1);
                }
                Some(length) => self.characters(length),
                None => self.characters(rest.len()),
            }
        }
        let end = self.text.len();
        while !self.outer.is_empty() {
            let node = &self.element.node;
            self.sample.gap(node.name_span.clone(), format!("`<{}>` is never closed", node.name));
            self.close(end);
        }
        let OpenElement { node, members: mut roots, .. } = self.element;
        if roots.is_empty() && self.sample.problem_count == 0 {
            self.sample.problem(0..end, "there is no element");
        }
        let several = roots.len() > 1;
        let root =
            if several { Some(Node { value: Value::Members(roots), span: 0..end, ..node }) } else { roots.pop() };
        Sample { root, ..self.sample }
    }

    /// Reads the markup at the start of `rest`, which begins with `<`. Returns `false` if it is not markup.
    fn markup(&mut self, rest: &str) -> bool {
        let start = self.at;
        for (begin, end, what) in
            [("<!--", "-->", "comment"), ("<![CDATA[", "]]>", "CDATA section"), ("<?", "?>", "declaration")]
        {
            let Some(inner) = rest.strip_prefix(begin) else { continue };
            let span = start..start + begin.len();
            let length = inner.find(end).unwrap_or_else(|| {
                self.sample.gap(span.clone(), format!("this {what} has no end"));
                inner.len()
            });
            self.at = (span.end + length + end.len()).min(self.text.len());
            match what {
                "CDATA section" if self.outer.is_empty() => self.sample.problem(span, OUTSIDE),
                "CDATA section" => self.element.text.push_str(&inner[..length]),
                _ => {}
            }
            return true;
        }
        let length = rest[1..].find(['>', '<']).map_or(rest.len(), |length| length + 1);
        let closed = rest[length..].starts_with('>');
        let span = start..start + length;
        let end = span.end + usize::from(closed);
        if let Some(name) = rest[1..length].strip_prefix('/') {
            if !closed {
                self.sample.gap(span, "this closing tag lacks its `>`");
            }
            self.at = end;
            self.closing(name.split_whitespace().next().unwrap_or_default(), start..end);
            return true;
        }
        let inner = &rest[1..length];
        let (inner, empty) = inner.strip_suffix('/').map_or((inner, false), |inner| (inner, closed));
        let name = inner.split(char::is_whitespace).next().unwrap_or_default();
        let name_span = start + 1..start + 1 + name.len();
        match name.chars().next() {
            // A parameter's name can begin with a digit, but so can the text after `<` in "below <3 a day".
            Some(first) if first.is_numeric() && closed && name.len() == inner.len() => {
                self.sample.problem(name_span.clone(), "an XML name cannot begin with a digit");
            }
            Some(first) if !first.is_numeric() && (first.is_alphanumeric() || first == '_') => {}
            _ => return false,
        }
        if !closed {
            self.sample.gap(span, "this tag lacks its `>`");
        }
        self.at = end;
        if self.outer.len() == MAX_DEPTH {
            self.sample.too_deep(name_span);
            self.at = self.text.len();
            return true;
        }
        self.outer.push(std::mem::replace(&mut self.element, OpenElement::new(name, name_span, end)));
        if empty {
            self.close(end);
        }
        true
    }

    fn closing(&mut self, name: &str, span: Range<usize>) {
        let is_open = self.outer.iter().chain([&self.element]).any(|open| open.node.name == name);
        if name.is_empty() || !is_open {
            return self.sample.gap(span, format!("`</{name}>` closes nothing"));
        }
        while self.element.node.name != name {
            let node = &self.element.node;
            let message = format!("`<{}>` is not closed before `</{name}>`", node.name);
            self.sample.gap(node.name_span.clone(), message);
            self.close(span.start);
        }
        self.close(span.start);
    }

    /// Closes the innermost element at `end`.
    fn close(&mut self, end: usize) {
        let Some(parent) = self.outer.pop() else { return };
        let OpenElement { mut node, text, members } = std::mem::replace(&mut self.element, parent);
        if !members.is_empty() && !text.trim().is_empty() {
            let message = format!("`<{}>` contains text beside its elements", node.name);
            self.sample.problem(node.name_span.clone(), message);
        }
        if self.outer.is_empty() && !self.element.members.is_empty() {
            self.sample.problem(node.name_span.clone(), format!("`<{}>` is a second root element", node.name));
        }
        node.value = if members.is_empty() { Value::Text(text) } else { Value::Members(members) };
        node.span.end = end.max(node.span.start);
        self.element.members.push(node);
    }

    /// Reads text of this length in bytes.
    fn characters(&mut self, length: usize) {
        let span = self.at..self.at + length;
        self.at = span.end;
        let raw = &self.text[span.clone()];
        if !self.outer.is_empty() {
            let message = "`&` does not begin an XML entity: write `&amp;`";
            self.element.text += &self.sample.unescaped(raw, span.start, '&', entity, message);
        } else if !raw.trim_start_matches('\u{feff}').trim().is_empty() {
            self.sample.problem(span, OUTSIDE);
        }
    }
}

/// Returns the character of the entity at the start of `text`, and the entity's length.
pub(crate) fn entity(text: &str) -> Option<(char, usize)> {
    // No XML entity is longer than `&#x0010FFFF;`. An unbounded search would make the parser quadratic.
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let letter = match resolve_xml_entity(name) {
        Some(letter) => letter.chars().next()?,
        None => BytesRef::new(name).resolve_char_ref().ok()??,
    };
    Some((letter, end + 1))
}

#[cfg(test)]
mod tests {
    use crate::samples::{MAX_DEPTH, MAX_PROBLEMS, Sample, Value};

    fn outline(text: &str) -> String {
        Sample::xml(text).root.as_ref().map(super::super::tests::outline).unwrap_or_default()
    }

    #[test]
    fn elements_entities_and_cdata_become_names_and_texts() {
        let text = "<?xml version=\"1.0\" ?>\n<r>\n <a list=\"true\"><s>1 &lt; 2 &#x27;</s><s/></a><b><![CDATA[<x>&]]>!</b>\n</r><!--host-->";
        let sample = Sample::xml(text);
        assert_eq!(sample.problems, []);
        assert_eq!(outline(text), "r{a{s=1 < 2 ' s=} b=<x>&!}");
        assert_eq!(sample.response().map(|(name, fields)| (name, fields.len())), Some(("r", 2)));
    }

    #[test]
    fn spans_cover_name_and_content() {
        let text = "<r><名>值 &amp; 值</名></r>";
        let sample = Sample::xml(text);
        let Some(Value::Members(members)) = sample.root.map(|root| root.value) else { panic!("no members") };
        assert_eq!(&text[members[0].name_span.clone()], "名");
        assert_eq!(&text[members[0].span.clone()], "值 &amp; 值");
    }

    #[test]
    fn malformed_xml_is_reported_and_keeps_its_nesting() {
        for (text, expected, message) in [
            ("<r><a>1<b>2</b></r>", "r{a{b=2}}", "`<a>` is not closed before `</r>`"),
            ("<r><a>x < y</a></r>", "r{a=x < y}", "`<` does not begin a tag"),
            ("<r><a>x & y</a></r>", "r{a=x & y}", "`&` does not begin an XML entity"),
            ("<r><a>&nbsp;</a></r>", "r{a=&nbsp;}", "`&` does not begin an XML entity"),
            ("<r><a>&#xD800;</a></r>", "r{a=&#xD800;}", "`&` does not begin an XML entity"),
            ("<r></b><a>1</a></r>", "r{a=1}", "`</b>` closes nothing"),
            ("<r>1</r><r>2</r>", "{r=1 r=2}", "second root"),
            ("<r><3d>1</3d><b>x <3 y</b></r>", "r{3d=1 b=x <3 y}", "cannot begin with a digit"),
            ("<r><a>1", "r{a=1}", "never closed"),
            ("<r><a>1</a></r", "r{a=1}", "lacks its `>`"),
            ("<r><![CDATA[1", "r=1", "no end"),
            ("", "", "no element"),
        ] {
            assert_eq!(outline(text), expected, "{text}");
            let problems = Sample::xml(text).problems;
            assert!(problems.iter().any(|problem| problem.message.contains(message)), "{text}: {problems:?}");
        }
    }

    #[test]
    fn unclosed_xml_is_incomplete() {
        for text in ["", "<r><a>1", "<r><a>1</b></r>", "<r><a><b></a></r>", "<r></r", "<r><![CDATA[1", "<r><!-- </r>"] {
            assert!(!Sample::xml(text).is_complete(), "{text}");
        }
        for text in ["<r><a>&nbsp; < </a></r>", "<a/><b/>"] {
            assert!(Sample::xml(text).is_complete(), "{text}");
        }
    }

    #[test]
    fn elements_without_a_root_become_members_of_an_unnamed_root() {
        assert_eq!(outline("<a>1</a><b><c/></b><d/>"), "{a=1 b{c=} d=}");
    }

    #[test]
    fn nesting_and_problems_are_bounded() {
        let deep = Sample::xml(&"<a>".repeat(200_000));
        assert!(deep.problems[0].message.contains(&MAX_DEPTH.to_string()), "{:?}", deep.problems[0]);
        let many = Sample::xml(&format!("<r>{}</r>", "</x>".repeat(200_000)));
        assert_eq!((many.problems.len(), many.problem_count), (MAX_PROBLEMS, 200_000));
        let ends = Sample::xml(&"<![CDATA[".repeat(200_000));
        assert_eq!(ends.problem_count, 2);
    }
}
