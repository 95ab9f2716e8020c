//! Finds the lists that are rows of fields, and moves each one out of the cell of another row that encloses it.
//!
//! A description that leaves an element open encloses the cells and rows after it. They are moved behind that cell or
//! row, so that a cell contains nothing but its own text.

use std::collections::{HashMap, HashSet};

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use scraper::Html;

use super::dom::{Element, name};
use super::elements::{cells, class_column, classes, has_rows, is_marked, is_name_cell, is_row};

/// Separates the rows of fields from the cells that enclose them. Returns the rows.
pub(super) fn separate(html: &mut Html) -> HashSet<NodeId> {
    let (mut rows, mut parts) = (HashSet::new(), Vec::new());
    let mut widths = HashMap::new();
    for line in html.tree.nodes().filter(|node| name(*node) == "tr") {
        let mut tables = line.ancestors().filter(|above| name(*above) == "table");
        let (Some(table), None) = (tables.next(), tables.next()) else { continue };
        let cells = cells(line);
        let width = *widths.entry(table.id()).or_insert(cells.len().max(1));
        if let [cell] = cells[..]
            && has_rows(cell)
        {
            find(cell, width, &mut rows, &mut parts);
        }
    }
    // The last element that was moved behind each cell or row.
    let mut moved = HashMap::new();
    for part in parts {
        let Some((element, target)) = html.tree.get(part).and_then(|part| place(part, &rows)) else { continue };
        let behind = moved.insert(target, element).unwrap_or(target);
        if let Some(mut node) = html.tree.get_mut(element) {
            node.detach();
        }
        if let Some(mut node) = html.tree.get_mut(behind) {
            node.insert_id_after(element);
        }
    }
    rows
}

/// Finds the rows of fields in a table's cell, and their cells that have classes.
///
/// A list whose items have a row's classes is always a row, even inside another one: a `<ul>` that a description leaves
/// open encloses the rows after it. A list without these classes is a row if it is outside of all rows. Inside a row
/// without classes, it is a row only if it has a row's cells and either a row's mark or a name and a type.
fn find(cell: Element<'_>, width: usize, rows: &mut HashSet<NodeId>, parts: &mut Vec<NodeId>) {
    let mut classed = HashSet::new();
    let mut open: Vec<Element<'_>> = Vec::new();
    for edge in cell.traverse() {
        match edge {
            Edge::Open(node) if name(node) == "ul" => {
                let items = || node.children().filter(|item| name(*item) == "li");
                let is_row = match open.iter().rev().find(|list| rows.contains(&list.id())) {
                    None => items().next().is_some(),
                    Some(row) if classed.contains(&row.id()) => false,
                    Some(_) => {
                        let count = items().count();
                        // The only mark of an object's row is its icon, which copies of a page lose.
                        is_marked(node) && count >= width || is_row(node) && count == width
                    }
                };
                open.push(node);
                parts.push(node.id());
                if is_row {
                    rows.insert(node.id());
                }
            }
            Edge::Open(node) if name(node) == "li" && class_column(node).is_some() => {
                parts.push(node.id());
                if let (true, Some(list)) = (is_name_cell(node), open.last()) {
                    rows.insert(list.id());
                    classed.insert(list.id());
                }
            }
            Edge::Close(node) if open.last() == Some(&node) => {
                open.pop();
            }
            _ => {}
        }
    }
}

/// Returns what of a row or cell is moved, itself or the list of rows around it, and the cell or row that it is moved
/// behind. Returns `None` if it is in no cell of another row, or in a block that a description may have left open: the
/// row is not read then, and the audit reports it.
fn place(part: Element<'_>, rows: &HashSet<NodeId>) -> Option<(NodeId, NodeId)> {
    let is_item = name(part) == "li";
    if !is_item && !rows.contains(&part.id()) {
        return None;
    }
    // What is moved, the last ancestor, and whether a cell encloses the part.
    let (mut top, mut below, mut in_cell) = (part, part, false);
    for above in part.ancestors().take_while(|above| name(*above) != "td") {
        match name(above) {
            "ul" if rows.contains(&above.id()) => {
                let (is_inside, target) = if is_item { (below != part, below) } else { (in_cell, above) };
                return is_inside.then_some((top.id(), target.id()));
            }
            "ul" => in_cell = false,
            "li" => in_cell = true,
            "div" if is_item || in_cell => {}
            "div" if classes(above).any(|class| class == "list") => top = above,
            "div" => return None,
            _ => {}
        }
        below = above;
    }
    None
}
