//! The structure of a sample: its names and how they nest, independent of the sample's format.

use std::collections::HashMap;

use topsdk_spec::Side;

use crate::samples::{self, Sample, Value};

/// The nesting of one sample. Node 0 is the root: the response's `…_response`, or the request itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    nodes: Vec<ShapeNode>,
    format: Format,
    complete: bool,
}

/// The format of a sample. It determines how names are spelled and values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Xml,
    /// Also a form, which contains objects as JSON.
    Json,
    /// Names are those of setters: `out_brand_id` is `OutBrandId`. Compared without punctuation and case.
    Java,
}

/// A named value of a sample, or of several list items that are merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShapeNode {
    /// The name, for comparison with [`Shape::key`].
    pub(crate) name: String,
    /// A leaf's value as the page's cell 示例值 would show it.
    pub(crate) value: String,
    /// The children, in the sample's order.
    pub(crate) children: Vec<usize>,
    /// Whether this is a JSON array. Its children are those of its items; items have no node of their own.
    array: bool,
}

impl Default for Shape {
    /// The shape of a missing sample, which shows nothing.
    fn default() -> Shape {
        Shape { nodes: vec![ShapeNode::default()], format: Format::Xml, complete: false }
    }
}

impl Shape {
    /// Parses the nesting of a sample, well-formed or not: of a response in XML or JSON, of a request in Java, CURL or
    /// JSON. Returns `None` if nothing in it has a name.
    pub fn parse(side: Side, text: &str) -> Option<Shape> {
        let text = text.trim_start();
        let (format, sample) = match side {
            _ if text.starts_with('{') => (Format::Json, Sample::json(text)),
            Side::Response => (Format::Xml, Sample::xml(text)),
            Side::Request if text.starts_with("curl") => (Format::Json, Sample::curl(text)),
            Side::Request => (Format::Java, Sample::java(text)),
        };
        let mut shape = Shape { format, complete: sample.is_complete(), ..Shape::default() };
        let (_, fields) = sample.response()?;
        shape.add(0, &[fields], text);
        Some(shape)
    }

    /// Adds the fields of an object to its node. The items of a list are given as several objects and become one, which
    /// has the fields of all. `text` is the sample's source. The recursion depth is that of the sample, which is bounded.
    fn add(&mut self, parent: usize, objects: &[&[samples::Node]], text: &str) {
        let mut fields: Vec<Vec<&samples::Node>> = Vec::new();
        // A name that an object repeats is several fields.
        let mut known: HashMap<(&str, usize), usize> = HashMap::new();
        for object in objects {
            let mut counts: HashMap<&str, usize> = HashMap::new();
            for field in *object {
                let count = counts.entry(&field.name).or_default();
                *count += 1;
                let place = *known.entry((&field.name, *count)).or_insert(fields.len());
                if place == fields.len() {
                    fields.push(Vec::new());
                }
                fields[place].push(field);
            }
        }
        // In XML, several elements with one name, of which some are objects, are the items of a list.
        let has_object = || fields.iter().flatten().any(|field| matches!(field.value, Value::Members(_)));
        if self.format == Format::Xml && fields.windows(2).all(|two| two[0][0].name == two[1][0].name) && has_object() {
            fields = vec![fields.concat()];
        }
        for sources in fields {
            let mut objects: Vec<&[samples::Node]> = Vec::new();
            let mut added = ShapeNode { name: self.key(&sources[0].name), ..ShapeNode::default() };
            for (index, source) in sources.into_iter().enumerate() {
                added.array |= matches!(source.value, Value::Items(_));
                let items = match &source.value {
                    Value::Items(items) => items,
                    _ => std::slice::from_ref(source),
                };
                for item in items {
                    match &item.value {
                        Value::Members(members) => objects.push(members),
                        Value::Text(value) if index == 0 && added.value.is_empty() => {
                            added.value = self.format.value(value, text, item);
                        }
                        _ => {}
                    }
                }
            }
            let node = self.nodes.len();
            self.nodes.push(added);
            self.nodes[parent].children.push(node);
            self.add(node, &objects, text);
        }
    }

    /// Returns a parameter's name as this sample spells it.
    pub(crate) fn key(&self, name: &str) -> String {
        match self.format {
            Format::Xml | Format::Json => name.to_owned(),
            Format::Java => {
                name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
            }
        }
    }

    /// Returns whether the sample was read to its end, with every part closed.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Returns whether the sample shows nothing below its root.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    /// Returns a node. The root is node 0.
    pub(crate) fn node(&self, node: usize) -> &ShapeNode {
        &self.nodes[node]
    }

    /// Returns the children of a node, or nothing if there is no node.
    pub(super) fn children(&self, node: Option<usize>) -> &[usize] {
        node.map_or(&[], |node| &self.node(node).children)
    }

    /// Returns the value of a leaf or of a list of a basic type. If list items have nodes, the item holds the value.
    pub(crate) fn value_of(&self, node: usize, list: bool) -> &str {
        match self.node(node).children[..] {
            [item] if list && self.format != Format::Java => &self.node(item).value,
            _ => &self.node(node).value,
        }
    }

    /// Returns whether the items of a list have no node of their own here.
    pub(super) fn is_without_items(&self, node: usize) -> bool {
        self.format == Format::Java || self.node(node).array || self.node(node).children.is_empty()
    }

    /// Returns the name of every node.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(|node| node.name.as_str())
    }
}

impl Format {
    /// Returns a value as the page's cell 示例值 would show it, or an empty string if it means "no value".
    fn value(self, value: &str, text: &str, node: &samples::Node) -> String {
        let written = text.get(node.span.clone()).unwrap_or_default();
        let shown = match self {
            Format::Xml => value.trim(),
            Format::Json if written == "null" => "",
            Format::Json => value,
            Format::Java if written.starts_with('"') => {
                // The text passed to `new FileItem` is not a value of the page.
                let before = text.get(node.name_span.end..node.span.start).unwrap_or_default();
                if before.trim_start_matches(['(', ' ']).starts_with("new ") { "" } else { value }
            }
            Format::Java if value == "null" => "",
            Format::Java => {
                let digits = value.strip_suffix(['L', 'l', 'D', 'd', 'F', 'f']);
                digits.filter(|digits| digits.parse::<f64>().is_ok()).unwrap_or(value)
            }
        };
        shown.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use topsdk_spec::Side;

    use crate::tree::Shape;

    fn outline(shape: &Shape) -> Vec<String> {
        let mut work = vec![(0, 0)];
        let mut lines = Vec::new();
        while let Some((node, depth)) = work.pop() {
            lines.push(format!("{}{}={}", " ".repeat(depth), shape.node(node).name, shape.node(node).value));
            work.extend(shape.node(node).children.iter().rev().map(|&child| (child, depth + 1)));
        }
        lines
    }

    fn response(text: &str) -> (Vec<String>, bool) {
        let shape = Shape::parse(Side::Response, text).unwrap();
        (outline(&shape), shape.is_complete())
    }

    fn request(text: &str) -> Vec<String> {
        outline(&Shape::parse(Side::Request, text).unwrap())
    }

    #[test]
    fn xml_elements_nest_and_list_items_are_merged() {
        let text = "<?xml version=\"1.0\"?><!-- a --><r><a x=\"1\"> &lt;&amp;&nbsp; </a><b/><l><i><c>1</c></i><i><c>2</c><d>3</d></i></l></r><!--top-->";
        let lines = ["=", " a=<&&nbsp;", " b=", " l=", "  i=", "   c=1", "   d=3"].map(str::to_owned);
        assert_eq!(response(text), (lines.to_vec(), true));
    }

    #[test]
    fn elements_without_a_root_get_one() {
        assert_eq!(response("<a>1</a><b><c>2</c></b>").0, ["=", " a=1", " b=", "  c=2"]);
    }

    #[test]
    fn unclosed_sample_is_incomplete() {
        assert_eq!(response("<r><a>1</b><c>2").0, ["=", " a=", "  c=2"]);
        assert!(!response("<r><a>1</b><c>2").1);
        assert!(!response("<r><a><b></a></r>").1);
        assert!(!response("{\"r_response\":{\"a\":1").1);
        assert!(Shape::parse(Side::Response, "no < element").is_none());
    }

    #[test]
    fn json_response_is_the_root_and_array_items_are_merged() {
        let text = r#"{"r_response":{"l":{"i":[{"a":1,"b":null},{"b":2,"c":"x"}]},"s":["null"],"status":,"n":xxx}}"#;
        let lines = ["=", " l=", "  i=", "   a=1", "   b=", "   c=x", " s=null", " status=", " n=xxx"];
        assert_eq!(response(text).0, lines);
        assert_eq!(response(r#"{"a":1,"b_response":{}}"#).0, ["=", " a=1", " b_response="]);
        assert!(Shape::parse(Side::Response, "[1]").is_none());
    }

    #[test]
    fn setters_are_compared_without_punctuation_and_case() {
        let text = "AGetRequest req = new AGetRequest();\nA obj1 = new A();\nobj1.setBizDay(StringUtils.parseDateTime(\"2000-01-01 00:00:00\"));\nreq.setItemList(obj1);\nreq.setFile(new FileItem(\"/tmp/file.txt\"));\nreq.setId(12L);\nreq.setL(\"12L\");\nreq.setNone(null);\nclient.execute(req);";
        let lines = ["=", " itemlist=", "  bizday=2000-01-01 00:00:00", " file=", " id=12", " l=12L", " none="];
        assert_eq!(request(text), lines);
    }

    #[test]
    fn form_fields_become_request_parameters() {
        assert_eq!(request("curl -d 'method=a' -d 'x=%5B%7B%22y%22%3A1%7D%5D'"), ["=", " x=", "  y=1"]);
    }
}
