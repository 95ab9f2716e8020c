//! Compares everything that looks like a row with the rows that were read, and detects contradictory markup.
//!
//! A description is raw HTML. If it closes an element that it did not open, or leaves one open that then encloses the
//! following rows, the parser moves rows to other places. Such a page is rejected with an error that names the rows.

use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::Node;
use topsdk_spec::Side;

use super::Outline;
use super::dom::{Document, Element, Misfit};
use super::elements::{cells, class_column, is_list, is_marked, is_name_cell, is_row, lead, name, text};
use crate::page::Column;
use crate::page::words::{self, clip};
use crate::read::error::Error;

/// The maximum number of rows that an error names.
const NAMED: usize = 5;

/// The minimum number of cells in a row of a parameter table.
const MIN_CELLS: usize = 4;

/// Elements whose content is always parsed as text, even if it looks like markup.
const RAW: [&str; 9] = ["iframe", "noembed", "noframes", "plaintext", "script", "style", "textarea", "title", "xmp"];

/// A page whose rows are checked.
pub(super) struct Audit<'d, 'o> {
    pub(super) page: &'o str,
    pub(super) document: &'d Document<'d>,
    pub(super) content: &'o str,
    pub(super) outline: &'o Outline<'d>,
}

impl<'d> Audit<'d, '_> {
    /// Returns an error if the markup contradicts itself in a parameter section.
    pub(super) fn markup(&self) -> Result<(), Error> {
        let both = [Side::Request, Side::Response];
        let swallows = |side| self.nodes(side).find_map(|node| Some((side, node, swallows(node)?)));
        // The parser may repeat an element, such as an unclosed link: the error names the first one in the source.
        if let Some((side, node, cause)) = both.into_iter().filter_map(swallows).min_by_key(|(_, node, _)| node.id()) {
            let rows = self.rows(side);
            let at = rows.partition_point(|row| row.id() <= node.id()).saturating_sub(1);
            return Err(self.error(side, "take in what stands behind", rows.get(at..=at).unwrap_or_default(), cause));
        }
        for side in [Side::Request, Side::Response] {
            let misfits =
                || self.document.misfits.iter().filter(|misfit| self.outline.side_at(misfit.after) == Some(side));
            let Some(first) = misfits().next() else { continue };
            let rows = self.rows(side);
            let before = |misfit: &Misfit| rows.partition_point(|row| row.id() <= misfit.after).saturating_sub(1);
            // A table cell limits the effect of a stray closing tag, and classes identify the cells of fields.
            let is_bounded = |misfit: &Misfit| {
                let (Some(row), Some(node)) = (rows.get(before(misfit)), self.document.html.tree.get(misfit.after))
                else {
                    return false;
                };
                let cell = |node: Element<'d>| node.ancestors().find(|above| name(*above) == "td");
                let is_inside = match name(*row) {
                    "tr" => cell(node).and_then(|cell| cell.parent()) == Some(*row),
                    _ => is_classed(*row) && cell(node).is_some() && cell(node) == cell(*row),
                };
                misfit.ends_block() && is_inside
            };
            if !misfits().all(is_bounded) {
                let cause = format!("{} on line {}", first.what, self.line(first.at));
                let rows = &rows[before(first).min(rows.len())..];
                return Err(self.error(side, "are or stand behind one with stray markup", rows, cause));
            }
        }
        Ok(())
    }

    /// Returns an error for rows that were not read, or that are inside a block in a cell of another row.
    pub(super) fn count(&self, read: &[NodeId]) -> Result<(), Error> {
        let read: HashSet<NodeId> = read.iter().copied().collect();
        for side in [Side::Request, Side::Response] {
            let rows = self.rows(side);
            let mut lost: Vec<Element<'d>> = rows.iter().copied().filter(|row| !read.contains(&row.id())).collect();
            lost.extend(self.loses_cell(side, &read, &rows));
            if !lost.is_empty() {
                let cause = "they stand outside of the table, or in a cell of another row".to_owned();
                return Err(self.error(side, "were not read", &lost, cause));
            }
            let moved: Vec<Element<'d>> = rows.into_iter().filter(|row| is_moved(*row)).collect();
            if !moved.is_empty() {
                let cause = "a block that is not closed in a cell takes them in".to_owned();
                return Err(self.error(side, "have no certain place", &moved, cause));
            }
        }
        Ok(())
    }

    /// Returns the row before the first field cell, other than a description, that is outside of all rows that were read.
    fn loses_cell(&self, side: Side, read: &HashSet<NodeId>, rows: &[Element<'d>]) -> Option<Element<'d>> {
        let is_lost = |cell: &Element<'d>| {
            class_column(*cell).is_some_and(|column| column != Column::Description)
                && !cell.ancestors().any(|above| read.contains(&above.id()))
        };
        if !self.document.misfits.iter().any(Misfit::ends_block) {
            return None;
        }
        let cell = self.nodes(side).find(is_lost)?;
        let at = rows.partition_point(|row| row.id() < cell.id()).checked_sub(1)?;
        rows.get(at).copied()
    }

    /// Returns every element in a side's sections that looks like a row, in source order.
    fn rows(&self, side: Side) -> Vec<Element<'d>> {
        let (mut seen, mut named) = (HashSet::new(), HashSet::new());
        let mut rows: Vec<Element<'d>> = Vec::new();
        for node in self.nodes(side) {
            if is_name_cell(node) {
                // The parser may merge two rows into one list, or leave a cell outside of all lists.
                let list = node.ancestors().find(|above| name(*above) == "ul").filter(|list| named.insert(list.id()));
                rows.extend(Some(list.unwrap_or(node)).filter(|row| seen.insert(row.id())));
            } else if looks_like_row(node) && !self.outline.is_apart(node.id()) && seen.insert(node.id()) {
                rows.push(node);
            }
        }
        rows.sort_by_key(|row| row.id());
        rows
    }

    /// Returns the nodes in a side's sections, in source order.
    fn nodes(&self, side: Side) -> impl Iterator<Item = Element<'d>> {
        let headings = &self.outline.headings;
        let mut begun = 0;
        self.document.html.tree.nodes().filter(move |node| {
            begun += headings[begun..].iter().take_while(|heading| heading.element <= node.id()).count();
            let section = begun.checked_sub(1).map(|last| headings[last].section);
            section.and_then(|section| section.side()) == Some(side) && node.parent().is_some()
        })
    }

    fn error(&self, side: Side, what: &str, rows: &[Element<'d>], cause: String) -> Error {
        let names = rows.iter().map(|row| name_of(*row));
        let mut names: Vec<String> = names.filter(|name| !name.is_empty()).map(|name| clip(&name)).collect();
        if names.len() > NAMED {
            let more = names.len() - NAMED;
            names.truncate(NAMED);
            names.push(format!("{more} more"));
        }
        let first = rows.first().and_then(|row| self.document.place(*row, |_| false));
        Error::Rows {
            page: self.page.to_owned(),
            line: self.line(first.map_or(0, |place| place.start)),
            section: side.heading().to_owned(),
            rows: names.join(", "),
            found: format!("{what}: {cause}"),
        }
    }

    /// Returns the line of a byte offset, from 1.
    fn line(&self, at: usize) -> usize {
        self.content[..at].matches('\n').count() + 1
    }
}

/// Describes a comment, attribute or text-only element that contains markup of rows. Returns `None` for other nodes.
fn swallows(node: Element<'_>) -> Option<String> {
    match node.value() {
        Node::Comment(comment) if holds_markup(comment) => Some("a comment in it holds markup of rows".to_owned()),
        Node::Element(element) if element.attrs().any(|(_, value)| holds_markup(value)) => {
            Some(format!("an attribute of `<{}>` in it holds markup of rows", element.name()))
        }
        Node::Element(element)
            if RAW.contains(&element.name())
                && node.children().any(|text| text.value().as_text().is_some_and(|text| holds_markup(text))) =>
        {
            Some(format!("`<{}>` in it holds markup of rows", element.name()))
        }
        _ => None,
    }
}

/// Returns whether a text has unbalanced tags of rows or cells: one that it does not close or did not open.
fn holds_markup(text: &str) -> bool {
    let mut open = 0_usize;
    for (at, _) in text.match_indices('<') {
        let tag = &text[at + 1..];
        let (closing, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let name = tag.as_bytes().get(..2).unwrap_or_default();
        let whole = !tag.as_bytes().get(2).is_some_and(u8::is_ascii_alphanumeric);
        if !whole || ![b"li", b"ul", b"td", b"tr"].iter().any(|kind| name.eq_ignore_ascii_case(*kind)) {
            continue;
        }
        match (closing, open) {
            (false, _) => open += 1,
            (true, 0) => return true,
            (true, _) => open -= 1,
        }
    }
    open > 0
}

fn looks_like_row(node: Element<'_>) -> bool {
    match name(node) {
        "ul" => {
            // An unmarked list inside a cell is part of the cell's text, even if its words read like a row.
            let in_cell = || node.ancestors().any(|above| name(above) == "li");
            (is_marked(node) || !in_cell()) && is_row(node)
        }
        "tr" => {
            let cells = cells(node);
            cells.len() >= MIN_CELLS
                && cells.iter().all(|cell| name(*cell) == "td")
                && words::is_name(&text(cells[0]))
                && words::is_type(&text(cells[1]))
        }
        _ => false,
    }
}

/// Returns whether a row is in a cell of another row, inside a block that is not a list of rows.
fn is_moved(row: Element<'_>) -> bool {
    let above = || row.ancestors().take_while(|node| name(*node) != "td");
    let block = above().position(|node| name(node) == "div" && !is_list(node));
    let list = above().position(is_list);
    let nearest = block.filter(|block| list.is_none_or(|list| *block < list));
    nearest.is_some_and(|block| above().skip(block).any(|node| name(node) == "li"))
}

/// Returns whether a row of fields has cells with classes.
fn is_classed(row: Element<'_>) -> bool {
    is_name_cell(row) || row.children().any(is_name_cell)
}

/// Returns the name shown in a row.
fn name_of(row: Element<'_>) -> String {
    let first = row.children().find(|cell| matches!(name(*cell), "li" | "td"));
    let words = lead(first.unwrap_or(row));
    words.trim_start_matches(|letter: char| words::is_branch(letter) || letter.is_whitespace()).to_owned()
}
