//! The rows of one side by name: repeated rows of a name are one node, as they are one field.

use std::collections::HashMap;

use topsdk_spec::Param;

pub(super) struct Tree<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    by_name: HashMap<(Option<usize>, &'a str), usize>,
}

/// All rows of one name below one parent that agree about its type.
pub(super) struct Node<'a> {
    rows: Vec<&'a Param>,
    pub(super) parent: Option<usize>,
    pub(super) children: Vec<usize>,
    /// The names that lead to it, its own last.
    pub(super) path: Vec<&'a str>,
}

impl<'a> Node<'a> {
    pub(super) fn name(&self) -> &'a str {
        self.path.last().copied().unwrap_or_default()
    }

    pub(super) fn word(&self) -> &'a str {
        self.rows.first().map_or("", |row| row.type_name.as_str())
    }

    pub(super) fn is_list(&self) -> bool {
        self.rows.first().is_some_and(|row| row.list)
    }

    pub(super) fn is_object(&self) -> bool {
        self.rows.iter().any(|row| row.is_object())
    }

    pub(super) fn is_required(&self) -> bool {
        self.rows.iter().all(|row| row.required)
    }

    /// How high it stands: what decides between places of a type, whatever the order of the rows.
    pub(super) fn height(&self) -> (usize, &[&'a str]) {
        (self.path.len(), &self.path)
    }
}

impl<'a> Tree<'a> {
    pub(super) fn of(params: &'a [Param]) -> Tree<'a> {
        let mut tree = Tree { nodes: Vec::new(), by_name: HashMap::new() };
        let mut open: Vec<usize> = tree.grow(params.iter(), None);
        open.reverse();
        while let Some(index) = open.pop() {
            let rows = tree.nodes.get(index).map_or_else(Vec::new, |node| node.rows.clone());
            let children = tree.grow(rows.into_iter().flat_map(|row| &row.fields), Some(index));
            open.extend(children.iter().rev());
            if let Some(node) = tree.nodes.get_mut(index) {
                node.children = children;
            }
        }
        tree
    }

    /// The node of a name below a node, or at the top.
    pub(super) fn find(&self, parent: Option<usize>, name: &str) -> Option<usize> {
        self.by_name.get(&(parent, name)).copied()
    }

    /// The nodes right below a node, or at the top.
    pub(super) fn below(&self, parent: Option<usize>) -> Vec<usize> {
        match parent {
            Some(parent) => self.nodes.get(parent).map_or_else(Vec::new, |node| node.children.clone()),
            None => {
                let tops = self.nodes.iter().enumerate().filter(|(_, node)| node.parent.is_none());
                tops.map(|(index, _)| index).collect()
            }
        }
    }

    fn grow(&mut self, rows: impl Iterator<Item = &'a Param>, parent: Option<usize>) -> Vec<usize> {
        let mut children = Vec::new();
        for row in rows {
            match self.find(parent, &row.name).and_then(|index| self.nodes.get_mut(index)) {
                // A second row of another type is no part of the field: the first one decides.
                Some(node) if node.word() == row.type_name && node.is_list() == row.list => node.rows.push(row),
                Some(_) => {}
                None => {
                    let above = parent.and_then(|parent| self.nodes.get(parent));
                    let mut path = above.map_or_else(Vec::new, |node| node.path.clone());
                    path.push(row.name.as_str());
                    let index = self.nodes.len();
                    self.by_name.insert((parent, &row.name), index);
                    children.push(index);
                    self.nodes.push(Node { rows: vec![row], parent, children: Vec::new(), path });
                }
            }
        }
        children
    }
}
