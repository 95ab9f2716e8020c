//! The structure of a sample: its names and how they nest, independent of the sample's format.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::samples::{self, Sample, Value};

/// The nesting of one sample. Node 0 is the root: the response's `…_response`, or the request itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    pub(super) nodes: Vec<Node>,
    pub(super) style: Names,
    pub(super) complete: bool,
}

/// How a sample spells the names of parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Names {
    /// As wire names.
    #[default]
    Wire,
    /// As the end of a Java setter: `out_brand_id` is `OutBrandId`. Compared without punctuation and case.
    Java,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) children: Vec<u32>,
    /// Whether this is a JSON array. Its children are those of its items; items have no node of their own.
    pub(super) array: bool,
}

/// A sample's source text, which is needed to see how a value is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source<'t> {
    Xml,
    Json(&'t str),
    Java(&'t str),
}

impl Shape {
    pub(super) fn new(names: Names) -> Shape {
        Shape { nodes: vec![Node::default()], style: names, complete: true }
    }

    /// Returns the nesting of a sample, or `None` if nothing in it has a name.
    pub(super) fn of(sample: Sample, source: Source<'_>) -> Option<Shape> {
        let mut shape = Shape::new(if let Source::Java(_) = source { Names::Java } else { Names::Wire });
        shape.complete = sample.is_complete();
        let root = sample.root?;
        let (mut name, mut value) = (root.name, root.value);
        if !sample.others.is_empty() {
            // The sample shows the response without its root.
            let first = samples::Node { name: std::mem::take(&mut name), value, ..root };
            value = Value::Members(std::iter::once(first).chain(sample.others).collect());
        }
        if name.is_empty() {
            let Value::Members(members) = &mut value else { return None };
            // In JSON, the `…_response` is a member of the outermost object.
            if let [samples::Node { name: response, value: Value::Members(_), .. }] = &members[..]
                && response.ends_with("_response")
                && let Some(response) = members.pop()
            {
                (name, value) = (response.name, response.value);
            }
        }
        shape.nodes[0].name = shape.key(name);
        shape.grow(value, source);
        if let Source::Xml = source {
            shape.fold_items();
        }
        Some(shape)
    }

    /// Adds everything inside the root's value.
    fn grow(&mut self, root: Value, source: Source<'_>) {
        let mut work = vec![(0, root, 0..0, 0..0)];
        while let Some((parent, value, name_span, span)) = work.pop() {
            let mut add = |shape: &mut Shape, node: samples::Node| {
                let child = shape.add(parent, node.name);
                work.push((child, node.value, node.name_span, node.span));
            };
            match value {
                Value::Nothing => {}
                Value::Text(text) => self.nodes[parent as usize].value = source.value(text, &name_span, &span),
                Value::Members(members) => members.into_iter().for_each(|member| add(self, member)),
                Value::Items(items) => {
                    self.nodes[parent as usize].array = true;
                    // Merge all items into one that has the members of all.
                    let mut known: Option<HashSet<String>> = None;
                    for item in items {
                        match item.value {
                            Value::Members(members) => {
                                let first = known.is_none();
                                let known = known.get_or_insert_default();
                                for member in members {
                                    if known.insert(member.name.clone()) || first {
                                        add(self, member);
                                    }
                                }
                            }
                            Value::Text(text) if self.nodes[parent as usize].value.is_empty() => {
                                let text = source.value(text, &item.name_span, &item.span);
                                self.nodes[parent as usize].value = text;
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
    }

    /// Adds a node as the last child of `parent`.
    fn add(&mut self, parent: u32, name: String) -> u32 {
        // A sample is part of a page, whose size limit is far below `u32`.
        let node = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let name = self.key(name);
        self.nodes.push(Node { name, ..Node::default() });
        self.nodes[parent as usize].children.push(node);
        node
    }

    /// Returns a parameter's name as this sample spells it.
    pub(crate) fn key(&self, name: impl Into<String>) -> String {
        let name = name.into();
        match self.style {
            Names::Wire => name,
            Names::Java => {
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
        self.nodes.first().is_none_or(|root| root.children.is_empty())
    }

    /// Returns the children of a node, in the sample's order. The root is node 0.
    pub(crate) fn children(&self, node: u32) -> &[u32] {
        self.nodes.get(node as usize).map_or(&[], |node| &node.children)
    }

    /// Returns a node's name, for comparison with [`Shape::key`].
    pub(crate) fn name(&self, node: u32) -> &str {
        self.nodes.get(node as usize).map_or("", |node| &node.name)
    }

    /// Returns a leaf's value.
    pub(crate) fn value(&self, node: u32) -> &str {
        self.nodes.get(node as usize).map_or("", |node| &node.value)
    }

    /// Returns the value of a leaf or of a list of a basic type. If list items have nodes, the item holds the value.
    pub(crate) fn value_of(&self, node: u32, list: bool) -> &str {
        match self.children(node) {
            [item] if list && self.style == Names::Wire => self.value(*item),
            _ => self.value(node),
        }
    }

    /// Returns the name of every node.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(|node| node.name.as_str())
    }

    /// Merges the items of each list into one item that has the fields of all. Children count as list items if there are
    /// at least two, all have the same name, and one of them is an object.
    fn fold_items(&mut self) {
        for index in (0..self.nodes.len()).rev() {
            let children = std::mem::take(&mut self.nodes[index].children);
            let folded = self.fold(&children);
            self.nodes[index].children = folded.map_or(children, |item| vec![item]);
        }
    }

    fn fold(&mut self, items: &[u32]) -> Option<u32> {
        let (&first, others) = items.split_first()?;
        let node = |item: u32| &self.nodes[item as usize];
        let alike = others.iter().all(|&item| node(item).name == node(first).name);
        if others.is_empty() || !alike || items.iter().all(|&item| node(item).children.is_empty()) {
            return None;
        }
        self.merge_into(first, others);
        Some(first)
    }

    /// Adds to `first` the children that only `others` have, in their order.
    fn merge_into(&mut self, first: u32, others: &[u32]) {
        let mut children = std::mem::take(&mut self.nodes[first as usize].children);
        let mut known: HashMap<String, u32> =
            children.iter().map(|&child| (self.nodes[child as usize].name.clone(), child)).collect();
        for &other in others {
            let mut seen = HashSet::new();
            for child in std::mem::take(&mut self.nodes[other as usize].children) {
                let name = self.nodes[child as usize].name.clone();
                match known.get(&name) {
                    None => {
                        known.insert(name.clone(), child);
                        children.push(child);
                    }
                    Some(&same) if same != child && seen.insert(name) => {
                        // One item shows an object and another shows null.
                        if self.nodes[same as usize].children.is_empty() {
                            let below = std::mem::take(&mut self.nodes[child as usize].children);
                            self.nodes[same as usize].children = below;
                        }
                    }
                    Some(_) => {}
                }
            }
        }
        self.nodes[first as usize].children = children;
    }
}

impl Source<'_> {
    /// Returns a value as the page's cell 示例值 would show it, or an empty string if it means "no value".
    fn value(self, text: String, name: &Range<usize>, span: &Range<usize>) -> String {
        match self {
            Source::Xml => text.trim().to_owned(),
            Source::Json(json) if text == "null" && json.get(span.clone()) == Some("null") => String::new(),
            Source::Json(_) => text,
            Source::Java(java) if java.get(span.clone()).is_some_and(|argument| argument.starts_with('"')) => {
                // The text passed to `new FileItem` is not a value of the page.
                let before = java.get(name.end..span.start).unwrap_or_default();
                let made = before.trim_start_matches(['(', ' ']).starts_with("new ");
                if made { String::new() } else { text }
            }
            Source::Java(_) if text == "null" => String::new(),
            Source::Java(_) => match text.strip_suffix(['L', 'l', 'D', 'd', 'F', 'f']) {
                Some(digits) if digits.parse::<f64>().is_ok() => digits.to_owned(),
                _ => text,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tree::{Shape, request_shape, response_shape};

    fn outline(shape: &Shape) -> Vec<String> {
        let mut work = vec![(0, 0)];
        let mut lines = Vec::new();
        while let Some((node, depth)) = work.pop() {
            lines.push(format!("{}{}={}", " ".repeat(depth), shape.name(node), shape.value(node)));
            work.extend(shape.children(node).iter().rev().map(|&child| (child, depth + 1)));
        }
        lines
    }

    fn response(text: &str) -> (Vec<String>, bool) {
        let shape = response_shape(text).unwrap();
        (outline(&shape), shape.is_complete())
    }

    fn request(text: &str) -> Vec<String> {
        outline(&request_shape(text).unwrap())
    }

    #[test]
    fn elements_nest_as_in_the_text_and_items_are_one() {
        let text = "<?xml version=\"1.0\"?><!-- a --><r><a x=\"1\"> &lt;&amp;&nbsp; </a><b/><l><i><c>1</c></i><i><c>2</c><d>3</d></i></l></r><!--top-->";
        let lines = ["r=", " a=<&&nbsp;", " b=", " l=", "  i=", "   c=1", "   d=3"].map(str::to_owned);
        assert_eq!(response(text), (lines.to_vec(), true));
    }

    #[test]
    fn elements_without_a_common_root_are_below_one() {
        assert_eq!(response("<a>1</a><b><c>2</c></b>").0, ["=", " a=1", " b=", "  c=2"]);
    }

    #[test]
    fn what_is_not_closed_is_not_complete() {
        assert_eq!(response("<r><a>1</b><c>2").0, ["r=", " a=", "  c=2"]);
        assert!(!response("<r><a>1</b><c>2").1);
        assert!(!response("<r><a><b></a></r>").1);
        assert!(!response("{\"r_response\":{\"a\":1").1);
        assert!(response_shape("no < element").is_none());
    }

    #[test]
    fn json_is_rooted_at_its_response_and_its_items_are_one() {
        let text = r#"{"r_response":{"l":{"i":[{"a":1,"b":null},{"b":2,"c":"x"}]},"s":["null"],"status":,"n":xxx}}"#;
        let lines = ["r_response=", " l=", "  i=", "   a=1", "   b=", "   c=x", " s=null", " status=", " n=xxx"];
        assert_eq!(response(text).0, lines);
        assert_eq!(response(r#"{"a":1,"b_response":{}}"#).0, ["=", " a=1", " b_response="]);
        assert!(response_shape("[1]").is_none());
    }

    #[test]
    fn setters_are_compared_without_marks_and_case_and_values_are_those_of_the_page() {
        let text = "AGetRequest req = new AGetRequest();\nA obj1 = new A();\nobj1.setBizDay(StringUtils.parseDateTime(\"2000-01-01 00:00:00\"));\nreq.setItemList(obj1);\nreq.setFile(new FileItem(\"/tmp/file.txt\"));\nreq.setId(12L);\nreq.setL(\"12L\");\nreq.setNone(null);\nclient.execute(req);";
        let lines = ["=", " itemlist=", "  bizday=2000-01-01 00:00:00", " file=", " id=12", " l=12L", " none="];
        assert_eq!(request(text), lines);
    }

    #[test]
    fn form_fields_are_a_request() {
        assert_eq!(request("curl -d 'method=a' -d 'x=%5B%7B%22y%22%3A1%7D%5D'"), ["=", " x=", "  y=1"]);
    }
}
