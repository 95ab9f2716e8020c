//! Parses XML samples, well-formed or not.

use std::ops::Range;

use super::{MAX_DEPTH, Node, Sample, Value};

impl Sample {
    /// Parses an XML response.
    pub fn xml(text: &str) -> Sample {
        let mut reader = XmlReader { text, at: 0, open: Vec::new(), roots: Vec::new(), sample: Sample::default() };
        reader.run();
        reader.sample
    }
}

struct XmlReader<'a> {
    text: &'a str,
    at: usize,
    /// The elements that are still open, innermost last.
    open: Vec<OpenElement>,
    /// The elements that are in no other one. There should be one.
    roots: Vec<Node>,
    sample: Sample,
}

struct OpenElement {
    name: String,
    name_span: Range<usize>,
    content_start: usize,
    text: String,
    members: Vec<Node>,
}

impl XmlReader<'_> {
    fn run(&mut self) {
        while self.at < self.text.len() {
            let rest = &self.text[self.at..];
            match rest.find('<') {
                Some(0) if self.markup(rest) => {}
                // A `<` that does not begin markup is text of one byte.
                Some(0) => {
                    self.sample.problem(self.at..self.at + 1, "`<` does not begin a tag: write `&lt;`");
                    self.characters(self.at..self.at + 1);
                }
                Some(length) => self.characters(self.at..self.at + length),
                None => self.characters(self.at..self.text.len()),
            }
        }
        let end = self.text.len();
        while let Some(open) = self.open.pop() {
            self.sample.gap(open.name_span.clone(), format!("`<{}>` is never closed", open.name));
            self.close(open, end);
        }
        if self.roots.is_empty() && self.sample.problem_count == 0 {
            self.sample.problem(0..end, "there is no element");
        }
        self.sample.root = match self.roots.len() {
            0 | 1 => self.roots.pop(),
            _ => {
                let value = Value::Members(std::mem::take(&mut self.roots));
                Some(Node { name: String::new(), name_span: 0..0, value, span: 0..end })
            }
        };
    }

    /// Reads the markup at the start of `rest`, which begins with `<`. Returns `false` if it is not markup.
    fn markup(&mut self, rest: &str) -> bool {
        let start = self.at;
        for (begin, end, what) in
            [("<!--", "-->", "comment"), ("<![CDATA[", "]]>", "CDATA section"), ("<?", "?>", "declaration")]
        {
            let Some(inner) = rest.strip_prefix(begin) else { continue };
            let length = inner.find(end).unwrap_or_else(|| {
                self.sample.gap(start..start + begin.len(), format!("this {what} has no end"));
                inner.len()
            });
            if what == "CDATA section" {
                if let Some(open) = self.open.last_mut() {
                    open.text.push_str(&inner[..length]);
                } else {
                    self.sample.problem(start..start + begin.len(), "text outside of the root element");
                }
            }
            self.at = (start + begin.len() + length + end.len()).min(self.text.len());
            return true;
        }
        if let Some(name) = rest.strip_prefix("</") {
            let length = name.find(['>', '<']).unwrap_or(name.len());
            let closed = name[length..].starts_with('>');
            let span = start..start + 2 + length + usize::from(closed);
            if !closed {
                self.sample.gap(span.clone(), "this closing tag lacks its `>`");
            }
            self.at = span.end;
            self.closing(name[..length].split_whitespace().next().unwrap_or_default(), span);
            return true;
        }
        let Some(first) = rest[1..].chars().next().filter(|first| first.is_alphanumeric() || *first == '_') else {
            return false;
        };
        let length = rest[1..].find(['>', '<']).map_or(rest.len(), |length| length + 1);
        let closed = rest[length..].starts_with('>');
        let inner = &rest[1..length];
        let (inner, empty) = inner.strip_suffix('/').map_or((inner, false), |inner| (inner, closed));
        let name = inner.split(char::is_whitespace).next().unwrap_or_default().to_owned();
        let name_span = start + 1..start + 1 + name.len();
        if first.is_numeric() {
            // A parameter's name can begin with a digit, but so can the text after `<` in "below <3 a day".
            if !closed || name.len() != inner.len() {
                return false;
            }
            self.sample.problem(name_span.clone(), "an XML name cannot begin with a digit");
        }
        if !closed {
            self.sample.gap(start..start + length, "this tag lacks its `>`");
        }
        self.at = start + length + usize::from(closed);
        if self.open.len() == MAX_DEPTH {
            self.sample.gap(name_span, format!("nested deeper than {MAX_DEPTH} levels; the rest is not read"));
            self.at = self.text.len();
            return true;
        }
        let open = OpenElement { name, name_span, content_start: self.at, text: String::new(), members: Vec::new() };
        if empty {
            self.close(open, self.at);
        } else {
            self.open.push(open);
        }
        true
    }

    fn closing(&mut self, name: &str, span: Range<usize>) {
        if !self.open.iter().any(|open| open.name == name) {
            self.sample.gap(span, format!("`</{name}>` closes nothing"));
            return;
        }
        while let Some(open) = self.open.pop() {
            let last = open.name == name;
            if !last {
                self.sample.gap(open.name_span.clone(), format!("`<{}>` is not closed before `</{name}>`", open.name));
            }
            self.close(open, span.start);
            if last {
                break;
            }
        }
    }

    /// Closes an element at `end` and adds it to its parent.
    fn close(&mut self, open: OpenElement, end: usize) {
        let value = if open.members.is_empty() {
            Value::Text(open.text)
        } else {
            if !open.text.trim().is_empty() {
                self.sample
                    .problem(open.name_span.clone(), format!("`<{}>` contains text beside its elements", open.name));
            }
            Value::Members(open.members)
        };
        let node = Node {
            name: open.name,
            name_span: open.name_span,
            value,
            span: open.content_start..end.max(open.content_start),
        };
        if let Some(parent) = self.open.last_mut() {
            return parent.members.push(node);
        }
        if !self.roots.is_empty() {
            self.sample.problem(node.name_span.clone(), format!("`<{}>` is a second root element", node.name));
        }
        self.roots.push(node);
    }

    fn characters(&mut self, span: Range<usize>) {
        self.at = span.end;
        let raw = &self.text[span.clone()];
        if self.open.is_empty() {
            if !raw.trim_start_matches('\u{feff}').trim().is_empty() {
                self.sample.problem(span, "text outside of the root element");
            }
            return;
        }
        let message = "`&` does not begin an XML entity: write `&amp;`";
        let text = self.sample.unescaped(raw, span.start, '&', entity, message);
        if let Some(open) = self.open.last_mut() {
            open.text.push_str(&text);
        }
    }
}

/// Returns the character of the entity at the start of `text`, and the entity's length.
pub(crate) fn entity(text: &str) -> Option<(char, usize)> {
    // No XML entity is longer than `&#x0010FFFF;`. An unbounded search would make the parser quadratic.
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let letter = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let hexadecimal = number.strip_prefix(['x', 'X']);
            let (digits, radix) = hexadecimal.map_or((number, 10), |digits| (digits, 16));
            if !digits.starts_with(|digit: char| digit.is_digit(radix)) {
                return None;
            }
            char::from_u32(u32::from_str_radix(digits, radix).ok()?)?
        }
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
