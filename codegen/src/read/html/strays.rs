//! Makes each cell of the parameters whole: what it leaves open is closed in it, and ends of what it did not open are
//! blanked.
//!
//! A description is raw HTML of whoever wrote it. `</div>` in one closes the list that its row stands in, an open `<a>`
//! splits a row behind it in two, an open `<ul>` takes the rows behind it in, and nothing ends inside an open
//! `<select>`, for the parser as for a browser. A cell that is whole does none of this, whatever it holds.

use std::collections::HashSet;
use std::ops::Range;

use super::cells::Content;
use super::tags::{Kind, Tag};

/// How deep a cell is looked into; beyond, the parser has a limit of its own.
const MAX_DEPTH: usize = 512;

/// What is to be written in the place of which bytes.
type Edit = (Range<usize>, String);

/// How often a cell is looked at again without what it leaves open.
const MAX_TRIES: usize = 16;

/// What is to be changed on a page before it is parsed.
#[derive(Debug, Default)]
pub(crate) struct Strays {
    edits: Vec<Edit>,
    /// Those of them that leave out a tag which would carry rows out of their places.
    pub(crate) found: Vec<Range<usize>>,
}

impl Strays {
    pub(super) fn new(text: &str, tags: &[Tag], contents: &[Content]) -> Strays {
        let mut strays = Strays::default();
        for content in contents {
            strays.balance(text, content, tags[content.tags.clone()].to_vec());
        }
        strays.edits.sort_by_key(|(range, _)| (range.start, range.end));
        strays.found.sort_by_key(|range| range.start);
        strays
    }

    /// Whether a tag is left out, or no tag.
    pub(super) fn has(&self, tag: &Tag) -> bool {
        // Insertions stand before the tag at their place.
        let from = self.edits.partition_point(|(range, _)| range.start < tag.start());
        self.edits[from..]
            .iter()
            .take_while(|(range, _)| range.start == tag.start())
            .any(|(range, _)| !range.is_empty())
    }

    /// The page with these changes; nothing if there are none.
    pub(crate) fn mend(&self, text: &str) -> Option<String> {
        if self.edits.is_empty() {
            return None;
        }
        let mut out = String::with_capacity(text.len() + self.edits.len() * 8);
        let mut at = 0;
        for (range, replacement) in &self.edits {
            out.push_str(text.get(at..range.start).unwrap_or_default());
            out.push_str(replacement);
            at = range.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        Some(out)
    }

    /// Makes one cell whole.
    fn balance(&mut self, text: &str, content: &Content, mut tags: Vec<Tag>) {
        for _ in 0..MAX_TRIES {
            let mut cell = Cell::new(text, content);
            if !tags.iter().all(|tag| cell.note(tag)) {
                return;
            }
            cell.finish();
            if cell.lost.is_empty() {
                self.edits.append(&mut cell.edits);
                self.found.append(&mut cell.found);
                return;
            }
            // Once more without them: what they seemed to hold stands in the cell itself.
            for tag in cell.lost.iter().chain(&cell.parts) {
                self.edits.push((tag.start()..tag.end(), " ".to_owned()));
            }
            self.found.extend(cell.lost.iter().map(|tag| tag.start()..tag.end()));
            let gone: HashSet<usize> = cell.lost.iter().chain(&cell.parts).map(Tag::start).collect();
            tags.retain(|tag| !gone.contains(&tag.start()));
        }
    }
}

/// What is open within one cell, and what is to be changed in it.
struct Cell<'t> {
    text: &'t str,
    content: &'t Content,
    open: Vec<Open>,
    styles: Vec<&'static str>,
    links: Vec<Tag>,
    /// Parts of the tables that are open.
    parts: Vec<Tag>,
    /// Elements that would go on behind the cell.
    lost: Vec<Tag>,
    edits: Vec<Edit>,
    found: Vec<Range<usize>>,
}

/// An open element.
struct Open {
    name: &'static str,
    tag: Tag,
    kind: Kind,
    /// How many [`Cell::parts`] are not its own.
    parts: usize,
}

impl<'t> Cell<'t> {
    fn new(text: &'t str, content: &'t Content) -> Cell<'t> {
        let (open, styles, links, parts, lost) = Default::default();
        Cell { text, content, open, styles, links, parts, lost, edits: Vec::new(), found: Vec::new() }
    }

    /// Looks at the next tag; whether it can be told what it means.
    fn note(&mut self, tag: &Tag) -> bool {
        if self.is_word(tag) {
            // `<Map<String,Object>` is one tag.
            let source = &self.text[tag.start()..tag.end()];
            let begins = source.match_indices('<').map(|(at, _)| tag.start() + at);
            self.edits.extend(begins.map(|at| (at..at + 1, "&lt;".to_owned())));
        } else if tag.endless || tag.kind() == Kind::Root {
            self.leave_out(tag);
        } else if tag.closing {
            self.close(tag);
        } else {
            self.start(tag);
        }
        self.open.len().max(self.styles.len()) <= MAX_DEPTH
    }

    /// Whether what looks like a tag is text: `Map<String,String>`, and in the cell of a type `List<Object>`, too.
    fn is_word(&self, tag: &Tag) -> bool {
        match tag.kind() {
            // Names with a colon come with texts that were pasted from a word processor.
            Kind::Unknown => !self.text[tag.start()..tag.end()].contains(':'),
            Kind::Inline | Kind::Style | Kind::Link | Kind::Div | Kind::List | Kind::Item | Kind::Comment => false,
            _ => {
                let before = self.text[self.content.bytes.start..tag.start()].chars().next_back();
                self.content.is_type && !tag.closing && before.is_some_and(|letter| letter.is_ascii_alphanumeric())
            }
        }
    }

    /// The innermost open element of a kind, looked for up to the innermost table.
    fn find(&self, fits: impl Fn(&Open) -> bool) -> Option<usize> {
        let table = self.open.iter().rposition(|open| open.kind == Kind::Table).unwrap_or_default();
        self.open[table..].iter().rposition(fits).map(|index| table + index)
    }

    fn push(&mut self, tag: &Tag, kind: Kind, name: &'static str) {
        self.open.push(Open { name, tag: *tag, kind, parts: self.parts.len() });
    }

    /// What is open behind the first few ends here.
    fn truncate(&mut self, length: usize) {
        let ended = self.open.drain(length..);
        self.lost.extend(ended.filter(|open| open.kind == Kind::Spreading).map(|open| open.tag));
    }

    /// A part of a table, which is one only in a table.
    fn part(&mut self, tag: &Tag) {
        match self.find(|open| open.kind == Kind::Table) {
            Some(table) => {
                self.truncate(table + 1);
                self.parts.push(*tag);
            }
            None => self.leave_out(tag),
        }
    }

    fn start(&mut self, tag: &Tag) {
        let kind = tag.kind();
        match kind {
            Kind::Style => self.styles.push(tag.name()),
            Kind::Link => self.links.push(*tag),
            Kind::Item => {
                match self.find(|open| matches!(open.kind, Kind::List | Kind::Item)) {
                    Some(index) => self.truncate(index + usize::from(self.open[index].kind == Kind::List)),
                    // It would end the item that the cell is.
                    None if self.content.is_item && self.find(|open| open.kind == Kind::Table).is_none() => {
                        self.edits.push((tag.start()..tag.start(), "<ul>".to_owned()));
                        self.push(tag, Kind::List, "ul");
                    }
                    None => {}
                }
                self.push(tag, kind, tag.name());
            }
            Kind::Row | Kind::Cell | Kind::Part => self.part(tag),
            Kind::Block => {
                let term = |name: &str| matches!(name, "dt" | "dd");
                if term(tag.name()) && self.open.last().is_some_and(|open| term(open.name)) {
                    self.open.pop();
                }
                self.push(tag, kind, tag.name());
            }
            Kind::List | Kind::Table | Kind::Div | Kind::Spreading => self.push(tag, kind, tag.name()),
            Kind::Inline | Kind::Other | Kind::Raw | Kind::Endless | Kind::Root | Kind::Comment | Kind::Unknown => {}
        }
    }

    fn close(&mut self, tag: &Tag) {
        let name = tag.name();
        let found = match tag.kind() {
            Kind::Row | Kind::Cell | Kind::Part => return self.part(tag),
            Kind::Style => {
                if let Some(index) = self.styles.iter().rposition(|open| *open == name) {
                    self.styles.remove(index);
                }
                return;
            }
            Kind::Link => {
                self.links.pop();
                return;
            }
            Kind::Item => self
                .find(|open| matches!(open.kind, Kind::List | Kind::Item))
                .filter(|index| self.open[*index].kind == Kind::Item),
            _ => self.find(|open| open.name == name),
        };
        match (found, tag.kind()) {
            (Some(index), kind) => {
                if kind == Kind::Table {
                    self.parts.truncate(self.open[index].parts);
                }
                self.truncate(index + 1);
                self.open.pop();
            }
            (None, Kind::Item) => self.edits.push((tag.start()..tag.end(), " ".to_owned())),
            (None, Kind::Table | Kind::List | Kind::Div) => self.leave_out(tag),
            // Ends nothing.
            _ => {}
        }
    }

    /// Ends what is still open.
    fn finish(&mut self) {
        let mut ends = String::new();
        for open in self.open.iter().rev() {
            match open.kind {
                Kind::Table | Kind::Spreading => self.lost.push(open.tag),
                Kind::List | Kind::Block => ends.push_str(&format!("</{}>", open.name)),
                // The end of the cell ends them.
                _ => {}
            }
        }
        self.lost.append(&mut self.links);
        self.styles.iter().rev().for_each(|name| ends.push_str(&format!("</{name}>")));
        if !ends.is_empty() {
            self.edits.push((self.content.bytes.end..self.content.bytes.end, ends));
        }
    }

    /// Leaves out a tag that would carry rows out of their places.
    fn leave_out(&mut self, tag: &Tag) {
        self.edits.push((tag.start()..tag.end(), " ".to_owned()));
        self.found.push(tag.start()..tag.end());
    }
}
