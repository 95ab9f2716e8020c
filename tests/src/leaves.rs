//! Reduces XML to its leaves, to compare documents regardless of white space.

use topsdk_codegen::samples::{Node, Sample, Value};

/// Returns each text of an XML document with its path, in order, or `None` if the document is not well formed.
pub fn xml_leaves(xml: &str) -> Option<Vec<(String, String)>> {
    let sample = Sample::xml(xml);
    let mut leaves = Vec::new();
    push(sample.root.as_ref()?, "", &mut leaves);
    (sample.problem_count == 0).then_some(leaves)
}

fn push(node: &Node, parent: &str, leaves: &mut Vec<(String, String)>) {
    let path = format!("{parent}/{}", node.name);
    match &node.value {
        Value::Nothing => leaves.push((path, String::new())),
        // White space alone is indentation between tags.
        Value::Text(text) if text.trim().is_empty() => leaves.push((path, String::new())),
        Value::Text(text) => leaves.push((path, text.clone())),
        Value::Members(nodes) | Value::Items(nodes) => nodes.iter().for_each(|node| push(node, &path, leaves)),
    }
}
