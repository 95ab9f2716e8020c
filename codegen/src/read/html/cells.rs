//! Which bytes of a page's source each cell of its parameters holds, told before the page is parsed.
//!
//! What a description holds says nothing about where it ends: it can hold ends of anything, and leave anything open. A
//! row tells itself: by the classes of its cells, by a leaf's `└`, by a name and a type where a row must begin. So a
//! row goes on until the next one begins, and its last cell until what ends a row there: the last `</ul>` before the
//! next row of a list, `</td></tr>` before the next row of a table.

use std::ops::Range;

use topsdk_spec::Side;

use super::tags::{Heading, Kind, Tag, Tags, words_of};
use crate::page::{Column, words};

/// How many tables of a page are looked into. The site's pages have five, two of them with parameters.
const MAX_TABLES: usize = 16;

/// How many headings are tried as the one behind a table.
const MAX_HEADINGS: usize = 8;

/// How many cells a row may have.
const MAX_CELLS: usize = 64;

/// How long a tag may be for its classes to be looked at.
const MAX_TAG: usize = 400;

/// What a cell holds.
#[derive(Debug)]
pub(super) struct Content {
    /// Its tags, by their index.
    pub(super) tags: Range<usize>,
    pub(super) bytes: Range<usize>,
    /// Whether it is an `li`.
    pub(super) is_item: bool,
    /// Whether it is in the column 类型.
    pub(super) is_type: bool,
}

/// The cells of a page's parameters that hold tags.
pub(super) fn contents(text: &str, found: &Tags) -> Vec<Content> {
    let Tags { tags, headings, .. } = found;
    let source = Source { text, tags };
    let mut contents = Vec::new();
    let (mut at, mut outer, mut looked_at) = (0, 0_usize, 0);
    while let Some(tag) = tags.get(at) {
        if tag.opens(Kind::Table) {
            let before = headings.partition_point(|heading| heading.tag < at);
            let section = before.checked_sub(1).map(|last| &headings[last]);
            if let Some(columns) = source.columns(at, section).filter(|_| looked_at < MAX_TABLES) {
                looked_at += 1;
                let behind = headings[before..]
                    .iter()
                    .filter(|next| section.is_none_or(|this| tags[this.tag].name() == tags[next.tag].name()));
                let (end, unbalanced) = source.end_of_table(at, outer > 0, behind.map(|heading| heading.tag));
                let mut rows =
                    Rows { source: &source, columns: &columns, end, unbalanced, class: None, begun: Vec::new() };
                rows.find();
                rows.contents(&mut contents);
                at = end + 1;
                continue;
            }
            outer += 1;
        } else if tag.closes(Kind::Table) {
            outer = outer.saturating_sub(1);
        }
        at += 1;
    }
    contents
}

/// What the header of a table tells.
struct Columns {
    count: usize,
    type_at: Option<usize>,
    limits_at: Option<usize>,
    /// The last one is not one that the site has.
    ends_unknown: bool,
    /// The first tag behind the header.
    first: usize,
}

struct Source<'s> {
    text: &'s str,
    tags: &'s [Tag],
}

impl Source<'_> {
    /// Whether nothing that a reader sees stands between two tags that follow each other.
    fn adjacent(&self, first: usize, second: usize) -> bool {
        let (Some(first), Some(second)) = (self.tags.get(first), self.tags.get(second)) else { return false };
        let mut between = self.text.get(first.end()..second.start()).unwrap_or("x").trim_start();
        while let Some(comment) = between.strip_prefix("<!--") {
            between = comment.split_once("-->").map_or("", |(_, rest)| rest).trim_start();
        }
        between.is_empty()
    }

    /// The text of a cell up to where a list, a row or another cell begins or ends.
    fn word(&self, cell: usize) -> String {
        let Some(begin) = self.tags.get(cell).map(Tag::end) else { return String::new() };
        let bounds = |tag: &&Tag| {
            matches!(tag.kind(), Kind::Item | Kind::Cell | Kind::List | Kind::Row | Kind::Table | Kind::Part)
        };
        let end = self.tags[cell + 1..].iter().take(16).find(bounds).map_or(self.text.len(), Tag::start);
        words_of(self.text.get(begin..end).unwrap_or_default())
    }

    /// The columns of a table of parameters: one with the titles of one, or one in the section of one.
    fn columns(&self, table: usize, heading: Option<&Heading>) -> Option<Columns> {
        self.titles(table).or_else(|| {
            let (count, limits_at) = match heading?.section.side()? {
                Side::Request => (6, Some(4)),
                Side::Response => (4, None),
            };
            Some(Columns { count, type_at: Some(1), limits_at, ends_unknown: false, first: table + 1 })
        })
    }

    /// The columns that the titles in the first row of a table name.
    fn titles(&self, table: usize) -> Option<Columns> {
        let (mut titles, mut rows, mut first) = (Vec::new(), 0, self.tags.len());
        for (index, tag) in self.tags.iter().enumerate().skip(table + 1) {
            match (tag.kind(), tag.closing) {
                (Kind::Row, false) if rows == 0 => rows += 1,
                (Kind::Cell, false) if titles.len() < 20 => titles.push(words::column(&self.word(index))),
                (Kind::Row, _) | (Kind::Table | Kind::List, _) => {
                    first = index;
                    break;
                }
                _ => {}
            }
        }
        let position = |column| titles.iter().position(|title| *title == Some(column));
        position(Column::Name)?;
        let (type_at, limits_at) = (Some(position(Column::Type)?), position(Column::Limits));
        Some(Columns { count: titles.len(), type_at, limits_at, ends_unknown: titles.last() == Some(&None), first })
    }

    /// The tag that ends a table, and whether a table inside of it seems to have no end: the last one before the next
    /// section that nothing in the table opened, as descriptions can hold ends of nothing.
    fn end_of_table(&self, table: usize, nested: bool, headings: impl Iterator<Item = usize>) -> (usize, bool) {
        let (mut depth, mut unmatched, mut last) = (1_usize, None, None);
        let mut at = table + 1;
        for behind in headings.take(MAX_HEADINGS).chain([self.tags.len()]) {
            for (index, tag) in self.tags.iter().enumerate().take(behind).skip(at) {
                if tag.opens(Kind::Table) {
                    depth += 1;
                } else if tag.closes(Kind::Table) {
                    last = Some(index);
                    if depth > 1 {
                        depth -= 1;
                    } else if nested {
                        return (index, false);
                    } else {
                        unmatched = Some(index);
                    }
                }
            }
            // A field behind it is in the table, whatever its descriptions opened and ended.
            let is_field = |at: usize| {
                self.tags[at].opens(Kind::Item) && (self.is_classed(at) || self.word(at).starts_with(words::is_branch))
            };
            let begins = |at: &usize| self.tags[*at].opens(Kind::Table) && self.titles(*at).is_some();
            let ends = |end: usize| {
                let next = (end..behind).find(begins).unwrap_or(behind);
                !(end..next).any(is_field)
            };
            if let Some(end) = unmatched.filter(|end| ends(*end)).or(last) {
                return (end, unmatched != Some(end));
            }
            at = at.max(behind);
        }
        (self.tags.len(), true)
    }

    /// A tag's classes.
    fn class(&self, tag: usize) -> &str {
        let source = self.tags.get(tag).and_then(|tag| self.text.get(tag.start()..tag.end())).unwrap_or_default();
        // Without attributes, as most are.
        if source.len() < 12 || source.len() > MAX_TAG {
            return "";
        }
        let value = source.split_once("class").or_else(|| source.split_once("CLASS")).map_or("", |(_, value)| value);
        let Some(value) = value.trim_start().strip_prefix('=') else { return "" };
        let value = value.trim_start();
        match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split(quote).next().unwrap_or_default(),
            _ => value.split([' ', '>', '\t', '\n', '\r']).next().unwrap_or_default(),
        }
    }

    /// The class of an `li` that is a parameter's cell (html.md): `td-1` to `td-6`, `td-11` to `td-14`.
    fn cell_class(&self, item: usize) -> Option<&str> {
        let begins = |class: &&str| class.get(..3).is_some_and(|begin| begin.eq_ignore_ascii_case("td-"));
        self.class(item).split_ascii_whitespace().find(begins)
    }

    fn is_classed(&self, item: usize) -> bool {
        self.cell_class(item).is_some()
    }
}

/// What begins at a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begun {
    /// A row of the table.
    Row,
    /// The row of a table that holds lists of fields.
    Fields,
    /// A row of such a list.
    Field,
}

/// The rows of one table.
struct Rows<'s> {
    source: &'s Source<'s>,
    columns: &'s Columns,
    /// The tag that ends the table.
    end: usize,
    /// A table inside of it has no end.
    unbalanced: bool,
    /// The class of a field's first cell, where the cells of fields have classes.
    class: Option<&'s str>,
    /// Where rows begin.
    begun: Vec<(usize, Begun)>,
}

impl Rows<'_> {
    fn tag(&self, index: usize) -> Option<&Tag> {
        self.source.tags.get(index).filter(|_| index < self.end)
    }

    /// Finds where rows begin.
    fn find(&mut self) {
        let source = self.source;
        let range = self.columns.first..self.end.min(source.tags.len());
        self.class = range
            .clone()
            .filter(|&index| source.tags[index].opens(Kind::Item))
            .find_map(|index| source.cell_class(index));
        // Inside a row: tables that are open, lists that are open, and whether its own end was seen.
        let (mut tables, mut lists, mut ended) = (0_usize, 0_usize, false);
        for index in range {
            let tag = &source.tags[index];
            let begun = match (tag.kind(), tag.closing) {
                (Kind::Row, false) => self.row(index, tables, ended),
                (Kind::List, false) if self.field(index, tables, ended) => Some(Begun::Field),
                _ => None,
            };
            if let Some(begun) = begun {
                self.begun.push((index, begun));
                (tables, lists, ended) = (0, 0, false);
                continue;
            }
            match (tag.kind(), tag.closing) {
                (Kind::List, false) => lists += 1,
                (Kind::List, true) if lists > 0 => lists -= 1,
                // A table cannot hold the end of the row that it stands in: it was left open.
                (Kind::List, true) => (ended, tables) = (true, 0),
                (Kind::Row, true) => ended |= tables == 0,
                (Kind::Table, false) => tables += 1,
                (Kind::Table, true) => tables = tables.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// What begins at a `tr`, if a row of the table does.
    fn row(&self, index: usize, tables: usize, ended: bool) -> Option<Begun> {
        let source = self.source;
        let cell = index + 1;
        if !self.tag(cell).is_some_and(|tag| tag.opens(Kind::Cell)) || !source.adjacent(index, cell) {
            return None;
        }
        let mut list = cell + 1;
        while self.tag(list).is_some_and(|tag| tag.opens(Kind::Div)) && source.adjacent(list - 1, list) {
            list += 1;
        }
        let is_list = self.tag(list).is_some_and(|tag| tag.opens(Kind::List)) && source.adjacent(list - 1, list);
        let class = source.class(index).to_ascii_lowercase();
        if class.contains("open-wrap") {
            return Some(Begun::Fields);
        }
        let first = source.word(cell);
        if is_list && (tables == 0 || self.unbalanced) && first.is_empty() && self.reads_like_field(list) {
            return Some(Begun::Fields);
        }
        if class.contains("tabletr") || class.contains("trigger") {
            return Some(Begun::Row);
        }
        let cells: Vec<usize> = (cell..self.end.min(source.tags.len()))
            .take_while(|&at| !matches!(source.tags[at].kind(), Kind::Table) && !source.tags[at].opens(Kind::Row))
            .take(64)
            .filter(|&at| source.tags[at].opens(Kind::Cell))
            .collect();
        let typed = cells.len() > 1
            && words::is_name(
                first.trim_start_matches(|letter| words::is_branch(letter) || letter == ' ' || letter == '\u{a0}'),
            )
            && words::is_type(&plain_type(&source.word(cells[1])));
        let begins = match tables {
            0 => typed || cells.len() >= self.columns.count || self.begun.is_empty() || (ended && self.follows(index)),
            _ => self.unbalanced && typed && cells.len() == self.columns.count,
        };
        begins.then_some(Begun::Row)
    }

    /// Whether a row of a list begins at a `ul`.
    fn field(&self, index: usize, tables: usize, ended: bool) -> bool {
        let source = self.source;
        let item = index + 1;
        if !self.tag(item).is_some_and(|tag| tag.opens(Kind::Item)) || !source.adjacent(index, item) {
            return false;
        }
        if self.is_first(item) {
            return true;
        }
        if tables > 0 && !self.unbalanced {
            return false;
        }
        let follows = self.follows(index);
        if source.word(item).starts_with(words::is_branch) {
            return follows || self.class.is_none();
        }
        follows
            && if self.class.is_some() {
                ended && self.reads_like_field(index)
            } else {
                ended || self.reads_like_field(index)
            }
    }

    /// Whether an `li` has the class of a field's first cell.
    fn is_first(&self, item: usize) -> bool {
        self.class.is_some() && self.source.cell_class(item) == self.class
    }

    /// Whether a list reads like a field: the class of its first cell, a leaf's mark, or a name and a type.
    fn reads_like_field(&self, list: usize) -> bool {
        let source = self.source;
        let items: Vec<usize> = (list + 1..self.end.min(source.tags.len()))
            .take_while(|&at| source.tags[at].kind() != Kind::List)
            .take(64)
            .filter(|&at| source.tags[at].opens(Kind::Item))
            .collect();
        let Some(&first) = items.first() else { return false };
        let word = source.word(first);
        self.is_first(first)
            || word.starts_with(words::is_branch)
            || (items.len() > 2 && words::is_name(&word) && words::is_type(&plain_type(&source.word(items[1]))))
    }

    /// Whether a tag stands where a row may begin: behind the end of one, and the blocks round it.
    fn follows(&self, index: usize) -> bool {
        let mut at = index;
        while at > self.columns.first && self.source.adjacent(at - 1, at) {
            at -= 1;
            let tag = &self.source.tags[at];
            match (tag.kind(), tag.closing) {
                (Kind::List | Kind::Row, true) => return true,
                // Of the row that holds the lists.
                (Kind::Cell, false) => {
                    return self.begun.last().is_some_and(|&(row, begun)| begun == Begun::Fields && row + 1 == at);
                }
                (Kind::Div | Kind::Part, _) | (Kind::Cell, true) => {}
                _ => return false,
            }
        }
        at == self.columns.first
    }

    /// Adds what the cells of the rows hold.
    fn contents(&self, contents: &mut Vec<Content>) {
        // Each row with its cells and what ends it, if all that could be cells are.
        let rows: Vec<(usize, Begun, Vec<usize>, usize)> = self
            .begun
            .iter()
            .enumerate()
            .filter(|(_, (_, begun))| *begun != Begun::Fields)
            .map(|(number, &(row, begun))| {
                let next = self.begun.get(number + 1).map_or(self.end, |(next, _)| *next);
                let end = if begun == Begun::Field { self.end_of_field(row, next) } else { next };
                (row, begun, self.cells(row, begun, end, MAX_CELLS), end)
            })
            .collect();
        // As many as the header has, or more if its titles are fewer than the cells of every row.
        let [top, below] = [Begun::Row, Begun::Field].map(|kind| {
            let cells = rows.iter().filter(|(_, begun, ..)| *begun == kind).map(|(_, _, cells, _)| cells.len());
            cells.min().unwrap_or_default().max(self.columns.count)
        });
        for (row, begun, mut cells, mut end) in rows {
            let count = if begun == Begun::Field { below } else { top };
            if cells.len() > count {
                cells = self.cells(row, begun, end, count);
            }
            if begun == Begun::Row {
                end = self.end_of_row(cells.last().copied().unwrap_or(row), end);
            }
            for (column, &cell) in cells.iter().enumerate() {
                let end = cells.get(column + 1).copied().unwrap_or(end);
                self.add(cell, end, column, begun == Begun::Field, contents);
            }
        }
    }

    /// The cells of a row, at most so many.
    fn cells(&self, row: usize, begun: Begun, end: usize, count: usize) -> Vec<usize> {
        match begun {
            Begun::Field => self.cells_of_field(row, end, count),
            _ => self.cells_of_row(row, end, count),
        }
    }

    /// The last end of a list before the next row.
    fn end_of_field(&self, row: usize, next: usize) -> usize {
        let range = row + 1..next.min(self.source.tags.len());
        range.rev().find(|&at| self.source.tags[at].closes(Kind::List)).unwrap_or(next)
    }

    /// Adds what one cell holds, up to a tag that is no longer its own.
    fn add(&self, cell: usize, mut end: usize, column: usize, is_item: bool, contents: &mut Vec<Content>) {
        let source = self.source;
        let own = if is_item { Kind::Item } else { Kind::Cell };
        if end > cell + 1
            && source.tags[end - 1].closes(own)
            && (end == source.tags.len() || source.adjacent(end - 1, end))
        {
            end -= 1;
        }
        if end > cell + 1 {
            let bytes = source.tags[cell].end()..source.tags.get(end).map_or(source.text.len(), Tag::start);
            let is_type = self.columns.type_at == Some(column);
            contents.push(Content { tags: cell + 1..end, bytes, is_item, is_type });
        }
    }

    /// The cells of a row of the table: as many as it has columns, then all is of the last one.
    fn cells_of_row(&self, row: usize, next: usize, count: usize) -> Vec<usize> {
        let mut cells = Vec::with_capacity(self.columns.count);
        let mut tables = 0_usize;
        for index in row + 1..next.min(self.source.tags.len()) {
            match (self.source.tags[index].kind(), self.source.tags[index].closing) {
                (Kind::Table, false) => tables += 1,
                (Kind::Table, true) => tables = tables.saturating_sub(1),
                (Kind::Cell, false) if tables == 0 && cells.len() < count => cells.push(index),
                _ => {}
            }
        }
        cells
    }

    /// The cells of a row of a list: those of its classes, or as many as the table has columns.
    fn cells_of_field(&self, row: usize, end: usize, count: usize) -> Vec<usize> {
        let source = self.source;
        let items = row + 1..end.min(source.tags.len());
        let opens = |at: &usize| source.tags[*at].opens(Kind::Item);
        let classed = |at: &usize| self.class.is_some() && opens(at) && source.is_classed(*at);
        let with_class: Vec<usize> = items.clone().filter(classed).collect();
        if with_class.len() >= count {
            return with_class;
        }
        // The cell of a column that the site does not have: between those of its own, or behind them all.
        let last =
            if self.columns.ends_unknown { usize::MAX } else { with_class.last().copied().unwrap_or(usize::MAX) };
        let mut cells = Vec::with_capacity(self.columns.count);
        let mut lists = 0_usize;
        for index in items {
            match (source.tags[index].kind(), source.tags[index].closing) {
                (Kind::Item, false) if with_class.binary_search(&index).is_ok() => {
                    cells.push(index);
                    lists = 0;
                }
                (Kind::Item, false) if lists == 0 && cells.len() < MAX_CELLS && index < last => cells.push(index),
                (Kind::List, false) => lists += 1,
                (Kind::List, true) => lists = lists.saturating_sub(1),
                _ => {}
            }
        }
        // A bare item behind the limits is one of them (html.md, "Limits cell"), as long as there are more than cells.
        if let Some(behind) = self.columns.limits_at.map(|at| at + 1) {
            while cells.len() > count.max(behind) && words::is_limit(&source.word(cells[behind])) {
                cells.remove(behind);
            }
        }
        cells.truncate(count);
        cells
    }

    /// The first of the tags that end a row of the table and lead to the next one, but for the end of its last cell.
    fn end_of_row(&self, last: usize, next: usize) -> usize {
        let tags = self.source.tags;
        let mut end = next;
        let before = |end: &mut usize, kind: Kind| {
            let fits = *end > last + 1
                && tags[*end - 1].kind() == kind
                && (*end == tags.len() || self.source.adjacent(*end - 1, *end));
            *end -= usize::from(fits);
            fits
        };
        while before(&mut end, Kind::Part) || before(&mut end, Kind::Row) {}
        end
    }
}

/// A type's word on one line, without blanks before a list's brackets.
fn plain_type(word: &str) -> String {
    word.split_whitespace().collect::<Vec<_>>().join(" ").replace("&lt;", "<").replace("&gt;", ">")
}
