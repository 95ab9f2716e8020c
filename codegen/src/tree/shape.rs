//! The shape of a sample: names and how they nest, whatever the sample is written in.

use std::collections::{HashMap, HashSet};

/// The nesting of one sample. Node 0 is the root: the response's `…_response`, the request itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    pub(super) nodes: Vec<Node>,
    pub(super) names: Names,
    pub(super) complete: bool,
}

/// How a sample writes the names of parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Names {
    /// As on the wire.
    #[default]
    Wire,
    /// As the end of a Java setter: `out_brand_id` is `OutBrandId`. Compared without marks and case.
    Java,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) children: Vec<u32>,
    /// A JSON array: its children are those of its items, with no node for an item.
    pub(super) array: bool,
}

impl Shape {
    pub(super) fn new(names: Names) -> Shape {
        Shape { nodes: vec![Node::default()], names, complete: true }
    }

    /// Adds a node below `parent`, behind those that are there.
    pub(super) fn add(&mut self, parent: u32, name: &str) -> u32 {
        // A sample is part of a page, whose size is limited far below `u32`.
        let node = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node { name: self.key(name), ..Node::default() });
        self.nodes[parent as usize].children.push(node);
        node
    }

    /// A parameter's name as this sample writes it.
    pub(crate) fn key(&self, name: &str) -> String {
        match self.names {
            Names::Wire => name.to_owned(),
            Names::Java => {
                name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
            }
        }
    }

    /// Whether the sample was read to its end, every part of it closed.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether the sample shows nothing below its root.
    pub fn is_empty(&self) -> bool {
        self.nodes.first().is_none_or(|root| root.children.is_empty())
    }

    /// The children of a node, in the sample's order. The root is node 0.
    pub(crate) fn children(&self, node: u32) -> &[u32] {
        self.nodes.get(node as usize).map_or(&[], |node| &node.children)
    }

    /// A node's name, to be compared with [`Shape::key`].
    pub(crate) fn name(&self, node: u32) -> &str {
        self.nodes.get(node as usize).map_or("", |node| &node.name)
    }

    /// A leaf's value.
    pub(crate) fn value(&self, node: u32) -> &str {
        self.nodes.get(node as usize).map_or("", |node| &node.value)
    }

    /// Whether the sample has nodes for the items of lists.
    pub(crate) fn has_items(&self) -> bool {
        self.names == Names::Wire
    }

    /// Makes `node` the root.
    pub(super) fn rooted_at(mut self, node: u32) -> Shape {
        self.nodes.swap(0, node as usize);
        if node > 0 {
            // What was the root stands nowhere now.
            self.nodes[node as usize].children.clear();
        }
        self
    }

    /// Folds several items of a list into one that has the fields of all: two or more children, all of one name, one
    /// of them an object.
    pub(super) fn fold_items(&mut self) {
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

    /// Gives `first` the children that only `others` have, in their order.
    pub(super) fn merge_into(&mut self, first: u32, others: &[u32]) {
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
                        // One item shows an object where another shows null.
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
