//! Splits the lines of a parameter table into rows.
//!
//! A row at the top level is one line, with its cells separated by blanks. A deeper row has one bullet per cell, and empty
//! cells are missing. A `<br>` in a description begins a new line (docs/pages.md, "The page as text"). So position alone
//! does not identify a cell. The split relies on what is known: 必须 and 可选, the types, the labels of limits, and the page's
//! own samples, which contain each parameter's name and value.

use std::collections::BTreeSet;
use std::ops::Range;

use topsdk_spec::Side;

use super::candidates::{candidates, fixed_cells, marked};
use super::cells::{self, cut};
use super::lines::{TextLine, columns};
use crate::diagnostic::Severity;
use crate::page::words::{self, clip};
use crate::page::{Children, Column, Row};
use crate::read::html_to_markdown::BREAK;
use crate::read::report::ReadReport;
use crate::tree::{self, CellBlock, ChosenRows, PlacedRow, Shape};

const COMPARE: &str = "compare with the page, or read its HTML or document";

/// Reads the rows of one table.
pub(super) fn rows(side: Side, lines: &[TextLine<'_>], shape: &Shape, report: &mut ReadReport) -> Vec<Row> {
    let header = lines.iter().position(|line| !line.text.is_empty());
    let header = header.and_then(|header| Some((header, columns(lines[header].text)?)));
    let (lines, order) = match header {
        Some((header, order)) => (&lines[header + 1..], order),
        None => (lines, Column::of(side).iter().copied().map(Some).collect()),
    };
    let marks = lines.iter().any(|line| line.bullet && line.text.starts_with(words::is_branch));
    let mut reader = TableReader { side, shape, order, marks, report, rows: Vec::new() };
    reader.report_missing_bullets(lines);
    let tops = reader.tops(lines);
    let mut known: Vec<Row> = tops.iter().map(|top| top.row.clone()).collect();
    let mut blocks = Vec::with_capacity(tops.len());
    for (under, top) in tops.iter().enumerate() {
        let bullets: Vec<TextLine<'_>> = top.bullets[top.limits(side)..].iter().map(|bullet| bullet.line).collect();
        let candidates = candidates(side, &bullets, marks, &mut known);
        blocks.push(CellBlock { under: Some(under), node: top.node, cells: bullets.len(), candidates });
    }
    let choices = tree::choose(&known, &blocks, shape);
    for ((top, block), choice) in tops.into_iter().zip(&blocks).zip(choices) {
        reader.top_row(top, block, choice, &known);
    }
    reader.rows
}

/// A line that begins a row at the top level, with the lines below it.
struct Top<'t> {
    /// The line, with those before the first bullet.
    head: Bullet<'t>,
    /// The row, with its fixed cells only.
    row: Row,
    /// The other cells of the line.
    rest: TextLine<'t>,
    node: Option<usize>,
    bullets: Vec<Bullet<'t>>,
}

impl<'t> Top<'t> {
    fn add(&mut self, line: TextLine<'t>) {
        if line.bullet {
            self.bullets.push(Bullet { line, more: Vec::new() });
        } else if !line.text.is_empty() {
            self.bullets.last_mut().unwrap_or(&mut self.head).more.push(line.text);
        }
    }

    /// Returns the number of bullets at the start that are limits. A row with limits has bullets for these and for its
    /// description.
    fn limits(&self, side: Side) -> usize {
        self.bullets.iter().take_while(|bullet| side == Side::Request && words::is_limit(bullet.line.text)).count()
    }
}

/// A bullet, or the first line of a row, with the lines that a `<br>` separated from it.
struct Bullet<'t> {
    line: TextLine<'t>,
    more: Vec<&'t str>,
}

impl Bullet<'_> {
    fn joined(&self) -> String {
        std::iter::once(self.line.text).chain(self.more.iter().copied()).collect::<Vec<_>>().join(BREAK)
    }
}

struct TableReader<'c> {
    side: Side,
    shape: &'c Shape,
    order: Vec<Option<Column>>,
    marks: bool,
    report: &'c mut ReadReport,
    rows: Vec<Row>,
}

impl TableReader<'_> {
    /// Reports lines that read like rows of fields without their bullets.
    fn report_missing_bullets(&mut self, lines: &[TextLine<'_>]) {
        let is_bare = |line: &&TextLine<'_>| {
            let is_digit = |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | ' ');
            !line.bullet && line.text.trim_start_matches(is_digit).starts_with(words::is_branch)
        };
        if let Some(first) = lines.iter().find(is_bare) {
            let message = format!(
                "{} lines read like rows of fields, but have no bullet, the first of them {:?}; they are read as text",
                lines.iter().filter(is_bare).count(),
                clip(first.text)
            );
            self.report.add_span(Severity::Error, "ambiguous-row", self.side.heading(), first.span(), message);
            self.report.help("save the page's text again with its bullets, or read its HTML or document");
        }
    }

    /// Finds the lines that begin a row at the top level. Other lines belong to the row before them.
    fn tops<'t>(&mut self, lines: &[TextLine<'t>]) -> Vec<Top<'t>> {
        let shape = self.shape;
        let nodes = (0..).zip(&shape.node(0).children);
        let places: BTreeSet<_> = nodes.map(|(place, &node)| (shape.node(node).name.as_str(), place, node)).collect();
        let mut next = 0;
        let mut indent = None;
        let mut tops: Vec<Top<'t>> = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            let mut top = if line.bullet { None } else { self.top(*line) };
            if line.bullet {
                indent = Some(line.indent);
            }
            if let Some(found) = &mut top {
                let key = shape.key(&found.row.name);
                let place = places.range((key.as_str(), next, 0)..).next().filter(|(name, ..)| *name == key);
                if let Some(&(_, place, node)) = place {
                    found.node = Some(node);
                    next = place + 1;
                } else if self.side == Side::Response && !tops.is_empty() {
                    // In a request, 必须 or 可选 at the right position makes a row certain.
                    let is_deeper = indent.is_some_and(|indent| line.indent > indent);
                    top = top.filter(|top| self.is_row_without_sample(&top.row, is_deeper, &lines[index..]));
                }
            }
            match (top, tops.last_mut()) {
                (Some(top), _) => tops.push(top),
                (None, Some(last)) => last.add(*line),
                (None, None) if words::says_none(line.text) => {}
                (None, None) => {
                    let message = format!("the line {:?} is before the first row; it is ignored", clip(line.text));
                    self.report.add_span(Severity::Warning, "stray-text", self.side.heading(), line.span(), message);
                }
            }
        }
        tops
    }

    /// Decides whether the first of these lines, which reads like a row of a response, is one, although the sample does not
    /// show its parameter. `is_deeper` is whether its indent is larger than that of the bullets, as in the description of a
    /// field.
    fn is_row_without_sample(&mut self, row: &Row, is_deeper: bool, lines: &[TextLine<'_>]) -> bool {
        let line = lines[0];
        let has_tabs = line.text.contains('\t');
        let is_basic = words::is_basic(&row.type_name) || row.list || has_tabs;
        let opens = lines.get(1).is_some_and(|line| line.bullet && line.text.starts_with(words::is_branch));
        // A sample that was not read completely does not prove that a parameter is missing.
        let is_missing = self.shape.is_complete() && !self.shape.is_empty() && !has_tabs;
        let (is_row, how) = match is_missing {
            true => (false, "the sample does not contain it, so it is read as part of the description before it"),
            false => (is_basic || (opens && !is_deeper), "the samples do not show whether it is; it is read as a row"),
        };
        if is_row || (is_missing && (is_basic || opens)) {
            let message = format!("the line {:?} looks like a row; {how}", clip(line.text));
            self.report.add_span(Severity::Warning, "ambiguous-row", self.side.heading(), line.span(), message);
            self.report.help(COMPARE);
        }
        is_row
    }

    /// Reads the fixed cells of a line. Returns `None` if these are not the cells of a row.
    fn top<'t>(&self, line: TextLine<'t>) -> Option<Top<'t>> {
        let words = line.split(char::is_whitespace).filter(|word| !word.text.is_empty());
        let words: Vec<TextLine<'_>> = words.take(6).collect();
        let word = |index: usize| words.get(index).map_or("", |word| word.text);
        if !words::is_name(word(0)) {
            return None;
        }
        // The type can have several words: `Field List []` has three.
        let mut last = if (word(1), word(2)) == ("Field", "List") { 2 } else { 1 };
        last += usize::from(word(last + 1) == "[]");
        let range = |from: &TextLine<'_>, to: &TextLine<'_>| from.start - line.start..to.span().end - line.start;
        let type_cell = words.get(last).map(|end| line.part(range(&words[1], end)));
        let cells = [words.first().copied(), type_cell, words.get(last + 1).copied()];
        let cells: Vec<TextLine<'_>> = cells.into_iter().flatten().collect();
        let (row, fixed) = fixed_cells(self.side, &cells);
        // A row of a response may lack all other cells.
        if fixed == 1 && (self.side == Side::Request || cells.len() > 1) {
            return None;
        }
        let rest = line.part(cells[fixed - 1].span().end - line.start..line.text.len());
        Some(Top { head: Bullet { line, more: Vec::new() }, row, rest, node: None, bullets: Vec::new() })
    }

    /// Adds one row at the top level and the rows below it.
    fn top_row(&mut self, top: Top<'_>, block: &CellBlock, choice: Option<ChosenRows>, known: &[Row]) {
        let index = self.rows.len();
        let mut row = top.row.clone();
        let (limits, bullets) = top.bullets.split_at(top.limits(self.side));
        for &cell in choice.iter().flat_map(|choice| &choice.uncertain) {
            let line = bullets[cell].line;
            let message =
                format!("the bullet {:?} may begin a row; it is read as part of the row before it", clip(line.text));
            self.warn("ambiguous-row", None, Some(line.span()), message);
            self.report.help(COMPARE);
        }
        let chosen = choice.map(|choice| choice.rows).unwrap_or_else(|| {
            let message = format!("where the rows below {:?} begin could not be found; only leaves are rows", row.name);
            self.report.add_row(Severity::Error, "ambiguous-row", self.side, index, None, message);
            by_marks(block, bullets)
        });
        for bullet in limits {
            self.add_limit(&mut row, bullet.line, &bullet.joined());
        }
        self.rest(&mut row, &top, !chosen.is_empty(), !limits.is_empty());
        let mut description = vec![std::mem::take(&mut row.description)];
        description.retain(|text| !text.is_empty());
        description.extend(top.head.more.iter().map(|line| (*line).to_owned()));
        let own = chosen.first().map_or(bullets.len(), |first| first.start);
        for bullet in &bullets[..own] {
            let line = bullet.line;
            if limits.is_empty() || description.len() > 1 {
                let message =
                    format!("the bullet {:?} is not a row; it is read as part of the description", clip(line.text));
                self.warn("ambiguous-row", Some(Column::Description), Some(line.span()), message);
            }
            if row.span(Column::Description).is_none() {
                line.put(&mut row, Column::Description);
            }
            description.push(bullet.joined());
        }
        row.description = description.join(BREAK);
        if !chosen.is_empty() {
            row.children = Children::Own;
        }
        self.rows.push(row);
        for PlacedRow { row, start, end, node, .. } in chosen {
            self.deeper(Row { under: Some(index), ..known[row].clone() }, &bullets[start..end], node);
        }
    }

    /// Reads the cells after 必须 or the type: sample value and description.
    fn rest(&mut self, row: &mut Row, top: &Top<'_>, object: bool, limited: bool) {
        if top.head.line.text.contains('\t') {
            return self.tabbed(row, top.head.line);
        }
        let text = top.rest.text;
        let value = top.node.map(|node| self.shape.value_of(node, row.list));
        let found = match limited {
            // The description is a bullet after the limits.
            true => cells::Cut { example: text.len(), certain: true },
            false => cut(text, &row.type_name, object, value),
        };
        top.rest.part(0..found.example).put(row, Column::Example);
        top.rest.part(found.example..text.len()).put(row, Column::Description);
        if !found.certain {
            self.warn_guess(row, top.rest);
        }
    }

    /// Reads the cells of a line from a browser's copy, where tabs separate them: empty cells are not lost.
    fn tabbed(&mut self, row: &mut Row, line: TextLine<'_>) {
        for (place, cell) in line.split(|letter| letter == '\t').enumerate() {
            match self.order.get(place).copied().flatten() {
                Some(Column::Limits) if !cell.text.is_empty() => self.add_limit(row, cell, cell.text),
                Some(column) => cell.put(row, column),
                None if cell.text.is_empty() => {}
                None => {
                    let message =
                        format!("{:?}: the cell {:?} has no column; it is ignored", row.name, clip(cell.text));
                    self.warn("unknown-column", None, None, message);
                }
            }
        }
    }

    /// Adds a row of bullets whose fixed cells have been read. The other cells are sample value, limits and description,
    /// each of which may be missing.
    fn deeper(&mut self, mut row: Row, cells: &[Bullet<'_>], node: Option<usize>) {
        let is_known = |column: &&Column| row.span(**column).is_some();
        let fixed = [Column::Name, Column::Type, Column::Required].iter().filter(is_known).count();
        let rest = &cells[fixed..];
        if let (Side::Request, None, Some(cell)) = (self.side, row.span(Column::Required), rest.first()) {
            let name = &row.name;
            let message = format!("{name:?}: expected 必须 or 可选, found {:?}; read as 可选", clip(cell.line.text));
            self.warn("unknown-word", Some(Column::Required), None, message);
        }
        let is_limit =
            |cell: &&Bullet<'_>| self.side == Side::Request && words::is_limit(cell.line.text) && cell.more.is_empty();
        let (limits, plain): (Vec<&Bullet<'_>>, Vec<&Bullet<'_>>) = rest.iter().partition(is_limit);
        for limit in &limits {
            self.add_limit(&mut row, limit.line, limit.line.text);
        }
        let has_example = match (&plain[..], limits.first()) {
            ([], _) => false,
            ([first, ..], Some(limit)) => first.line.start < limit.line.start,
            ([only], None) => {
                let is_leaf = (marked(cells[0].line.text).0 || !self.marks) && row.type_name != "byte[]";
                self.is_example(&row, only, is_leaf, node.map(|node| self.shape.node(node).value.as_str()))
            }
            _ => true,
        };
        let (example, description) = plain.split_at(usize::from(has_example));
        let mut texts = Vec::new();
        for example in example {
            example.line.put(&mut row, Column::Example);
            texts.extend(Some(example.more.join(BREAK)).filter(|more| !more.is_empty()));
        }
        if let Some(first) = description.first() {
            first.line.put(&mut row, Column::Description);
        }
        if description.len() > 1 || !texts.is_empty() {
            let message = format!("{:?}: more cells than a row has; the last ones are its description", row.name);
            self.warn("ambiguous-cells", None, None, message);
        }
        texts.extend(description.iter().map(|cell| cell.joined()));
        row.description = texts.join(BREAK);
        self.rows.push(row);
    }

    /// Returns whether the only cell after the fixed ones is the sample value. Otherwise it is the description.
    fn is_example(&mut self, row: &Row, cell: &Bullet<'_>, is_leaf: bool, value: Option<&str>) -> bool {
        let text = cell.line.text;
        match value {
            _ if !cell.more.is_empty() => false,
            _ if !is_leaf => cells::is_literal(text),
            Some("") => false,
            Some(value) if cells::is_value(text, value) => true,
            Some(value) if cells::is_lost(value) => false,
            _ => {
                self.warn_guess(row, cell.line);
                cut(text, &row.type_name, false, None).example == text.len()
            }
        }
    }

    /// Adds a limit that begins at `cell`.
    fn add_limit(&mut self, row: &mut Row, cell: TextLine<'_>, text: &str) {
        if row.span(Column::Limits).is_none() {
            cell.put(row, Column::Limits);
        }
        if words::add_limit(&mut row.limits, text).is_err() {
            let message =
                format!("{:?}: the limit {:?} is not one that the site has; it is ignored", row.name, clip(text));
            self.warn("unknown-limit", Some(Column::Limits), None, message);
        }
    }

    /// Reports that the border between sample value and description is a guess.
    fn warn_guess(&mut self, row: &Row, cells: TextLine<'_>) {
        let (name, text) = (&row.name, clip(cells.text));
        let message =
            format!("{name:?}: which part of {text:?} is the sample value is a guess: the samples do not show it");
        self.warn("ambiguous-cells", Some(Column::Example), Some(cells.span()), message);
    }

    /// Reports something about the row that is added next: at `span`, if that is not a cell.
    fn warn(&mut self, name: &'static str, column: Option<Column>, span: Option<Range<usize>>, message: String) {
        self.report.add_row(Severity::Warning, name, self.side, self.rows.len(), column, message);
        if let Some(span) = span {
            self.report.at(span);
        }
    }
}

/// Returns one row per `└`: the fallback if the search gave up.
fn by_marks(block: &CellBlock, bullets: &[Bullet<'_>]) -> Vec<PlacedRow> {
    let mut rows: Vec<PlacedRow> = Vec::new();
    for candidate in &block.candidates {
        let (Some(row), start) = (candidate.row, candidate.start) else { continue };
        if marked(bullets[start].line.text).0 && rows.last().is_none_or(|last| last.start < start) {
            if let Some(last) = rows.last_mut() {
                last.end = start;
            }
            rows.push(PlacedRow { row, start, end: block.cells, ..PlacedRow::default() });
        }
    }
    rows
}
