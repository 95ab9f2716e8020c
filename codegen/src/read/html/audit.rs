//! Compares everything that looks like a row with the rows that were read, and detects contradictory markup.
//!
//! A description is raw HTML. If it closes an element that it did not open, or leaves one open that then encloses the
//! following rows, the parser moves rows to other places. Such a page is rejected with an error that names the rows.

use std::collections::{BTreeMap, HashSet};

use ego_tree::NodeId;
use scraper::Node;
use topsdk_spec::Side;

use super::Outline;
use super::dom::{Document, Element, Misfit, name};
use super::elements::{cells, class_column, is_marked, is_name_cell, is_row, lead, text};
use crate::page::Column;
use crate::page::words::{self, clip};
use crate::read::error::PageProblem;

/// The maximum number of rows that an error names.
const NAMED: usize = 5;

/// Elements whose content is always parsed as text, even if it looks like markup.
const RAW: [&str; 9] = ["iframe", "noembed", "noframes", "plaintext", "script", "style", "textarea", "title", "xmp"];

/// A page whose rows are checked.
pub(super) struct Audit<'d, 'o> {
    document: &'d Document<'d>,
    outline: &'o Outline<'d>,
    /// Every element in the parameter sections that looks like a row, in source order.
    rows: BTreeMap<Side, Vec<Element<'d>>>,
}

impl<'d, 'o> Audit<'d, 'o> {
    /// Returns an error if the markup contradicts itself in a parameter section.
    pub(super) fn new(document: &'d Document<'d>, outline: &'o Outline<'d>) -> Result<Audit<'d, 'o>, PageProblem> {
        let mut audit = Audit { document, outline, rows: BTreeMap::new() };
        let mut named = HashSet::new();
        let mut swallowing = None;
        for (side, apart, node) in audit.nodes() {
            // The parser may repeat an element, such as an unclosed link: the error names the first one in the source.
            swallowing = swallowing.or_else(|| Some((side, node, swallows(node)?)));
            let rows = audit.rows.entry(side).or_default();
            if is_name_cell(node) {
                // The parser may merge two rows into one list, or leave a cell outside of all lists.
                let list = node.ancestors().find(|above| name(*above) == "ul");
                rows.push(list.filter(|list| named.insert(list.id())).unwrap_or(node));
            } else if !apart && looks_like_row(node) {
                rows.push(node);
            }
        }
        for rows in audit.rows.values_mut() {
            rows.sort_by_key(|row| row.id());
            rows.dedup();
        }
        if let Some((side, node, cause)) = swallowing {
            let rows = audit.rows_from(side, node.id());
            return Err(audit.error(side, "enclose what follows", &rows[..rows.len().min(1)], cause));
        }
        for side in [Side::Request, Side::Response] {
            let side_of = |misfit: &Misfit| outline.heading_before(misfit.after)?.section.side();
            let misfits = document.record.misfits.iter();
            let mut misfits = misfits.filter(|misfit| side_of(misfit) == Some(side)).peekable();
            let Some(&first) = misfits.peek() else { continue };
            if !misfits.all(|misfit| audit.is_bounded(side, misfit)) {
                let cause = format!("{} on line {}", first.what, document.line(first.at));
                let rows = audit.rows_from(side, first.after);
                return Err(audit.error(side, "have stray markup or follow a row that has", rows, cause));
            }
        }
        Ok(audit)
    }

    /// Returns whether a stray closing tag has no effect behind its cell: if it is in a table cell of the row, or if
    /// classes identify the cells.
    fn is_bounded(&self, side: Side, misfit: &Misfit) -> bool {
        let (Some(row), Some(node)) =
            (self.rows_from(side, misfit.after).first(), self.document.html.tree.get(misfit.after))
        else {
            return false;
        };
        // A table that a description leaves open hides what really ends there.
        if self.document.record.open_tables > 0 && row.descendants().any(|inner| name(inner) == "table") {
            return false;
        }
        let cell = |node: Element<'d>| node.ancestors().find(|above| name(*above) == "td");
        let is_inside = match name(*row) {
            "tr" => cell(node).and_then(|cell| cell.parent()) == Some(*row),
            _ => is_classed(*row) && cell(node).is_some() && cell(node) == cell(*row),
        };
        misfit.ends_block() && is_inside
    }

    /// Returns an error for rows that were not read.
    pub(super) fn count(&self, read: &[NodeId]) -> Result<(), PageProblem> {
        let read: HashSet<NodeId> = read.iter().copied().collect();
        for (&side, rows) in &self.rows {
            let unread = rows.iter().copied().filter(|row| !read.contains(&row.id()));
            let lost: Vec<Element<'d>> = unread.chain(self.row_without_cell(side, &read)).collect();
            if !lost.is_empty() {
                let cause = "they are outside of the table, or in a cell of another row".to_owned();
                return Err(self.error(side, "were not read", &lost, cause));
            }
        }
        Ok(())
    }

    /// Returns the row before the first field cell, other than a description, that is outside of all rows that were read.
    fn row_without_cell(&self, side: Side, read: &HashSet<NodeId>) -> Option<Element<'d>> {
        if !self.document.record.misfits.iter().any(Misfit::ends_block) {
            return None;
        }
        let is_lost = |cell: &Element<'d>| {
            class_column(*cell).is_some_and(|column| column != Column::Description)
                && !cell.ancestors().any(|above| read.contains(&above.id()))
        };
        let (_, _, cell) = self.nodes().find(|(of, _, cell)| *of == side && is_lost(cell))?;
        self.rows[&side].iter().copied().take_while(|row| row.id() < cell.id()).last()
    }

    /// Returns the rows of one side, from the last one before a node on.
    fn rows_from(&self, side: Side, node: NodeId) -> &[Element<'d>] {
        let rows = self.rows.get(&side).map_or(&[][..], |rows| rows);
        &rows[rows.partition_point(|row| row.id() <= node).saturating_sub(1)..]
    }

    /// Returns the nodes in the parameter sections, in source order, and whether they are under a heading that is not one
    /// of the site's.
    fn nodes(&self) -> impl Iterator<Item = (Side, bool, Element<'d>)> + use<'d, 'o> {
        let mut headings = self.outline.headings.iter().peekable();
        let mut heading = None;
        self.document.html.tree.nodes().filter_map(move |node| {
            while let Some(next) = headings.next_if(|next| next.element <= node.id()) {
                heading = Some(next);
            }
            let heading = heading?;
            node.parent().and(heading.section.side()).map(|side| (side, heading.apart, node))
        })
    }

    fn error(&self, side: Side, what: &str, rows: &[Element<'d>], cause: String) -> PageProblem {
        let names = rows.iter().map(|row| name_of(*row));
        let mut names: Vec<String> = names.filter(|name| !name.is_empty()).map(|name| clip(&name)).collect();
        if names.len() > NAMED {
            let more = names.len() - NAMED;
            names.truncate(NAMED);
            names.push(format!("{more} more"));
        }
        let first = rows.first().and_then(|row| self.document.place(*row));
        PageProblem::Rows {
            line: self.document.line(first.map_or(0, |place| place.start)),
            section: side.heading(),
            rows: names.join(", "),
            found: format!("{what}: {cause}"),
        }
    }
}

/// Describes a comment, attribute or text-only element that contains markup of rows. Returns `None` for other nodes.
fn swallows(node: Element<'_>) -> Option<String> {
    let holder = match node.value() {
        Node::Comment(comment) if holds_markup(comment) => "a comment".to_owned(),
        Node::Element(element) if element.attrs().any(|(_, value)| holds_markup(value)) => {
            format!("an attribute of `<{}>`", element.name())
        }
        Node::Text(text) if RAW.contains(&node.parent().map_or("", name)) && holds_markup(text) => {
            format!("`<{}>`", name(node.parent()?))
        }
        _ => return None,
    };
    Some(format!("{holder} in it contains markup of rows"))
}

/// Returns whether a text has unbalanced tags of rows or cells: one that it does not close or did not open.
fn holds_markup(text: &str) -> bool {
    let mut open = [0_usize; 4];
    for (at, _) in text.match_indices('<') {
        let tag = &text.as_bytes()[at + 1..];
        let (closing, tag) = tag.strip_prefix(b"/").map_or((false, tag), |tag| (true, tag));
        let is_whole = !tag.get(2).is_some_and(u8::is_ascii_alphanumeric);
        let is_kind = |kind: &&[u8; 2]| is_whole && tag.get(..2).is_some_and(|name| name.eq_ignore_ascii_case(*kind));
        let Some(kind) = [b"li", b"ul", b"td", b"tr"].iter().position(is_kind) else { continue };
        match (closing, open[kind]) {
            (false, _) => open[kind] += 1,
            (true, 0) => return true,
            (true, _) => open[kind] -= 1,
        }
    }
    open != [0; 4]
}

fn looks_like_row(node: Element<'_>) -> bool {
    match name(node) {
        "ul" => {
            // An unmarked list inside a cell is part of the cell's text, even if its words read like a row.
            let in_cell = || node.ancestors().any(|above| name(above) == "li");
            !is_classed(node) && (is_marked(node) || !in_cell()) && is_row(node)
        }
        "tr" => {
            let cells = cells(node);
            // The columns of the response, which has the fewest.
            cells.len() >= 4
                && cells.iter().all(|cell| name(*cell) == "td")
                && words::is_name(&text(cells[0]))
                && words::is_type(&text(cells[1]))
        }
        _ => false,
    }
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
