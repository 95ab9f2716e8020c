//! The lines of a parameter table to rows.
//!
//! A row at the top is one line, its cells separated by blanks; a deeper row is a bullet a cell, empty cells left out;
//! a `<br>` in a description gives a line of its own (html.md, "The page as text"). So nothing can be cut by position
//! alone. It is cut by what is known: 必须 and 可选, the types, the labels of limits, and the page's own samples, which
//! have each parameter's name and value.

use std::collections::HashMap;
use std::ops::Range;

use super::cells::{self, cut};
use super::lines::{Line, columns};
use super::segment::{Segment, marked, segment};
use crate::diagnostic::Severity;
use crate::page::words::{self, clip};
use crate::page::{Children, Column, Row};
use crate::read::markdown::BREAK;
use crate::read::report::Report;
use crate::tree::Shape;
use topsdk_spec::Side;

/// Reads the rows of one table.
pub(super) fn rows(side: Side, lines: &[Line<'_>], shape: Option<&Shape>, report: &mut Report) -> Vec<Row> {
    let header =
        lines.iter().position(|line| !line.text.is_empty()).filter(|&first| columns(lines[first].text).is_some());
    let order = header.and_then(|header| columns(lines[header].text)).unwrap_or_else(|| site_columns(side));
    let lines = &lines[header.map_or(0, |header| header + 1)..];
    let marks = lines.iter().any(|line| line.bullet && line.text.starts_with(words::is_branch));
    let bare = |line: &&Line<'_>| {
        let text = line.text.trim_start_matches(|letter: char| letter.is_ascii_digit() || matches!(letter, '.' | ' '));
        !line.bullet && text.starts_with(words::is_branch)
    };
    if let Some(first) = lines.iter().find(bare) {
        let message = format!(
            "{} lines read like rows of fields, but have no bullet, the first of them {:?}; they are read as text",
            lines.iter().filter(bare).count(),
            clip(first.text)
        );
        report.add_text(Severity::Error, "ambiguous-row", side.heading(), first.text, message);
        report.help("save the page's text again with its bullets, or read its HTML or document");
    }
    let mut cutter = Cutter { side, shape, order, marks, report, rows: Vec::new() };
    let tops = cutter.tops(lines);
    for (index, top) in tops.iter().enumerate() {
        let end = tops.get(index + 1).map_or(lines.len(), |next| next.line);
        cutter.block(top, &lines[top.line + 1..end]);
    }
    let first = tops.first().map_or(lines.len(), |top| top.line);
    for line in lines[..first].iter().filter(|line| !line.text.is_empty()) {
        let message = format!("the line {:?} stands before the first row; it is left out", clip(line.text));
        cutter.report.add_text(Severity::Warning, "stray-text", side.heading(), line.text, message);
    }
    cutter.rows
}

fn site_columns(side: Side) -> Vec<Option<Column>> {
    match side {
        Side::Request => Column::ALL.map(Some).to_vec(),
        Side::Response => [Column::Name, Column::Type, Column::Example, Column::Description].map(Some).to_vec(),
    }
}

/// A line that begins a row at the top.
struct Top<'t> {
    line: usize,
    text: &'t str,
    start: usize,
    name: Range<usize>,
    type_cell: Range<usize>,
    required: Option<Range<usize>>,
    rest: Range<usize>,
    node: Option<u32>,
}

/// A bullet with the lines that a `<br>` split off it.
struct Bullet<'t> {
    text: &'t str,
    start: usize,
    more: Vec<&'t str>,
}

impl Bullet<'_> {
    fn span(&self) -> Option<Range<usize>> {
        (!self.text.is_empty()).then(|| self.start..self.start + self.text.len())
    }

    fn joined(&self) -> String {
        std::iter::once(self.text).chain(self.more.iter().copied()).collect::<Vec<_>>().join(BREAK)
    }
}

struct Cutter<'c> {
    side: Side,
    shape: Option<&'c Shape>,
    order: Vec<Option<Column>>,
    marks: bool,
    report: &'c mut Report,
    rows: Vec<Row>,
}

impl Cutter<'_> {
    /// The lines that begin a row at the top. Others go on with a description.
    fn tops<'t>(&mut self, lines: &[Line<'t>]) -> Vec<Top<'t>> {
        let mut tops: Vec<Top<'t>> = Vec::new();
        let names = self.shape.map(|shape| shape.children(0)).unwrap_or_default();
        // A sample that was not read to its end proves nothing by what it lacks.
        let complete = self.shape.is_some_and(|shape| shape.is_complete() && !shape.is_empty());
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, &node) in names.iter().enumerate() {
            places.entry(self.shape.map_or("", |shape| shape.name(node))).or_default().push(place);
        }
        let mut next = 0;
        let mut bullets_at = None;
        for (index, line) in lines.iter().enumerate() {
            if line.bullet {
                bullets_at = Some(line.indent);
                continue;
            }
            let Some(mut top) = self.top(index, line) else { continue };
            let key = self.shape.map(|shape| shape.key(&line.text[top.name.clone()])).unwrap_or_default();
            let found =
                places.get(key.as_str()).and_then(|places| places.get(places.partition_point(|place| *place < next)));
            let certain = match (found, self.side) {
                (Some(_), _) => true,
                // 必须 or 可选 in its place.
                (None, Side::Request) => true,
                (None, Side::Response) if tops.is_empty() => true,
                (None, Side::Response) => {
                    let type_cell = &line.text[top.type_cell.clone()];
                    let basic = words::is_basic(type_cell) || type_cell.ends_with("[]") || self.order_by_tabs(line);
                    let opens =
                        lines.get(index + 1).is_some_and(|line| line.bullet && line.text.starts_with(words::is_branch));
                    // A line of a deeper description is indented further than the bullets.
                    let deeper = bullets_at.is_some_and(|indent| line.indent > indent);
                    if complete && !self.order_by_tabs(line) {
                        if basic || opens {
                            self.doubt_line(
                                line,
                                "the sample lacks it, so it is taken as part of the description before",
                            );
                        }
                        false
                    } else if basic || (opens && !deeper) {
                        self.doubt_line(line, "the sample does not tell, so it is taken as a row");
                        true
                    } else {
                        false
                    }
                }
            };
            if certain {
                if let Some(&found) = found {
                    top.node = names.get(found).copied();
                    next = found + 1;
                }
                tops.push(top);
            }
        }
        tops
    }

    fn order_by_tabs(&self, line: &Line<'_>) -> bool {
        line.text.contains('\t')
    }

    fn doubt_line(&mut self, line: &Line<'_>, how: &str) {
        let message = format!("the line {:?} reads like a row; {how}", clip(line.text));
        self.report.add_text(Severity::Warning, "ambiguous-row", self.side.heading(), line.text, message);
        self.report.help("compare with the page, or read its HTML or document");
    }

    /// The fixed cells of a line, if it has those of a row.
    fn top<'t>(&self, line: usize, source: &Line<'t>) -> Option<Top<'t>> {
        let text = source.text;
        let mut words = text
            .split([' ', '\t', '\u{a0}', '\u{3000}'])
            .filter(|word| !word.is_empty())
            .map(|word| word.as_ptr() as usize - text.as_ptr() as usize)
            .map(|start| {
                start..start + text[start..].find([' ', '\t', '\u{a0}', '\u{3000}']).unwrap_or(text.len() - start)
            });
        let words: Vec<Range<usize>> = words.by_ref().take(6).collect();
        let word = |index: usize| words.get(index).map_or("", |range| &text[range.clone()]);
        if !words::is_name(word(0)) {
            return None;
        }
        // How many words the type has: `Field List []` has three.
        let mut length = usize::from(words.len() > 1);
        if word(1) == "Field" && word(2) == "List" {
            length = 2;
        }
        if word(1 + length) == "[]" {
            length += 1;
        }
        let required = |index: usize| words::required(word(index)).is_some();
        let (types, fixed) = match self.side {
            Side::Request if required(1) => (0, 2),
            Side::Request if length > 0 && required(1 + length) => (length, 2 + length),
            Side::Request => return None,
            Side::Response if length == 0 => (0, 1),
            Side::Response if words::is_type(word(1)) => (length, 1 + length),
            Side::Response => return None,
        };
        let end = words[fixed - 1].end;
        let type_cell = if types == 0 { end..end } else { words[1].start..words[types].end };
        let rest = words.get(fixed).map_or(text.len(), |range| range.start);
        Some(Top {
            line,
            text,
            start: source.start,
            name: words[0].clone(),
            type_cell,
            required: (self.side == Side::Request).then(|| words[fixed - 1].clone()),
            rest: rest..text.len(),
            node: None,
        })
    }

    /// One row at the top and all that follows it up to the next.
    fn block(&mut self, top: &Top<'_>, lines: &[Line<'_>]) {
        let mut more: Vec<&str> = Vec::new();
        let mut bullets: Vec<Bullet<'_>> = Vec::new();
        for line in lines.iter().filter(|line| !line.text.is_empty() || line.bullet) {
            match bullets.last_mut() {
                _ if line.bullet => bullets.push(Bullet { text: line.text, start: line.start, more: Vec::new() }),
                Some(bullet) => bullet.more.push(line.text),
                None => more.push(line.text),
            }
        }
        let at =
            |range: &Range<usize>| Some(top.start + range.start..top.start + range.end).filter(|span| !span.is_empty());
        let index = self.rows.len();
        let mut row = Row { name: top.text[top.name.clone()].to_owned(), ..Row::default() };
        row.set_span(Column::Name, at(&top.name));
        row.set_type(&top.text[top.type_cell.clone()]);
        row.set_span(Column::Type, at(&top.type_cell));
        if let Some(required) = &top.required {
            row.required = words::required(&top.text[required.clone()]).unwrap_or_default();
            row.set_span(Column::Required, at(required));
        }
        // Limits become bullets, and with them the description.
        let mut own =
            bullets.iter().take_while(|bullet| self.side == Side::Request && cells::is_limit(bullet.text)).count();
        let texts: Vec<&str> = bullets.iter().map(|bullet| bullet.text).collect();
        let segments = segment(self.side, &texts[own..], self.shape, top.node, self.marks);
        let (doubtful, gave_up) = (segments.doubtful.clone(), segments.gave_up);
        let segments: Vec<Segment> = segments
            .rows
            .iter()
            .map(|segment| Segment { start: segment.start + own, end: segment.end + own, node: segment.node })
            .collect();
        for doubt in doubtful {
            let message =
                format!("the bullet {:?} may begin a row; taken as part of the row before", clip(texts[own + doubt]));
            self.report.add_row(Severity::Warning, "ambiguous-row", self.side, index, None, message);
            self.report.help("compare with the page, or read its HTML or document");
        }
        if gave_up {
            let message = format!("where the rows below {:?} begin could not be found; only leaves are rows", row.name);
            self.report.add_row(Severity::Error, "ambiguous-row", self.side, index, None, message);
        }
        let limits = own;
        own = segments.first().map_or(bullets.len(), |segment| segment.start);
        for bullet in &bullets[..limits] {
            self.add_limit(&mut row, bullet, index);
        }
        let object = !segments.is_empty();
        self.rest(&mut row, top, object, limits > 0, index);
        let mut description: Vec<String> =
            Some(std::mem::take(&mut row.description)).filter(|text| !text.is_empty()).into_iter().collect();
        description.extend(more.iter().map(|line| (*line).to_owned()));
        for bullet in &bullets[limits..own] {
            if limits == 0 || description.len() > 1 {
                let message = format!("the bullet {:?} is no row; taken as part of the description", clip(bullet.text));
                self.report.add_row(Severity::Warning, "ambiguous-row", self.side, index, Column::Description, message);
            }
            if row.span(Column::Description).is_none() {
                row.set_span(Column::Description, bullet.span());
            }
            description.push(bullet.joined());
        }
        row.description = description.join(BREAK);
        if object {
            row.children = Children::Own;
        }
        self.rows.push(row);
        for (number, segment) in segments.iter().enumerate() {
            self.deeper(index, &bullets, segment, number + 1 < segments.len());
        }
    }

    /// The cells of a line behind 必须 or the type: sample value and description.
    fn rest(&mut self, row: &mut Row, top: &Top<'_>, object: bool, limited: bool, index: usize) {
        let text = &top.text[top.rest.clone()];
        let start = top.start + top.rest.start;
        if top.text.contains('\t') {
            return self.tabbed(row, top, index);
        }
        let value =
            top.node.and_then(|node| self.shape.map(|shape| shape.value(item_of(shape, node, row.list)).to_owned()));
        let found = match limited {
            // The description stands with the limits.
            true => cells::Cut { example: text.len(), certain: true },
            false => cut(text, &row.type_name, object, value.as_deref()),
        };
        row.example = text[..found.example].to_owned();
        let description = text[found.example..].trim_start();
        row.description = description.to_owned();
        row.set_span(Column::Example, Some(start..start + found.example).filter(|span| !span.is_empty()));
        let end = start + text.len();
        row.set_span(Column::Description, Some(end - description.len()..end).filter(|span| !span.is_empty()));
        if !found.certain {
            self.doubt_cells(row, text, index);
        }
    }

    /// A browser's copy separates the cells of a line by tabs: none is lost.
    fn tabbed(&mut self, row: &mut Row, top: &Top<'_>, index: usize) {
        let mut start = top.start;
        for (cell, column) in top.text.split('\t').zip(self.order.clone().into_iter().chain(std::iter::repeat(None))) {
            let text = cell.trim();
            let at = start + (cell.len() - cell.trim_start().len());
            let span = Some(at..at + text.len()).filter(|span| !span.is_empty());
            match column {
                Some(Column::Example) => text.clone_into(&mut row.example),
                Some(Column::Description) => text.clone_into(&mut row.description),
                Some(Column::Limits) if !text.is_empty() => {
                    let bullet = Bullet { text, start: at, more: Vec::new() };
                    self.add_limit(row, &bullet, index);
                }
                None if !text.is_empty() => {
                    let message = format!("{:?}: the cell {:?} has no column; it is left out", row.name, clip(text));
                    self.report.add_row(Severity::Warning, "unknown-column", self.side, index, None, message);
                }
                _ => {}
            }
            if let Some(column) = column {
                row.set_span(column, span);
            }
            start += cell.len() + 1;
        }
    }

    /// A row of bullets.
    fn deeper(&mut self, under: usize, bullets: &[Bullet<'_>], segment: &Segment, followed: bool) {
        let index = self.rows.len();
        let cells = &bullets[segment.start..segment.end];
        let (leaf, name) = marked(cells[0].text);
        let mut row = Row { under: Some(under), name: name.to_owned(), ..Row::default() };
        row.children = match (leaf, self.marks, followed) {
            (true, ..) | (_, _, false) => Children::None,
            (false, true, true) => Children::Following,
            (false, false, true) => Children::Unknown,
        };
        let end = cells[0].start + cells[0].text.len();
        row.set_span(Column::Name, Some(end - name.len()..end));
        let mut rest = &cells[1..];
        let is_required = |cell: Option<&Bullet<'_>>| cell.is_some_and(|cell| words::required(cell.text).is_some());
        let typed = match self.side {
            Side::Request => !is_required(rest.first()) && is_required(rest.get(1)),
            Side::Response => rest.first().is_some_and(|cell| words::is_type(cell.text)),
        };
        if let (true, Some((cell, after))) = (typed, rest.split_first()) {
            row.set_type(cell.text);
            row.set_span(Column::Type, cell.span());
            rest = after;
        }
        if let (Side::Request, Some((cell, after))) = (self.side, rest.split_first()) {
            match words::required(cell.text) {
                Some(required) => {
                    row.required = required;
                    row.set_span(Column::Required, cell.span());
                    rest = after;
                }
                None => {
                    let message = format!("{name:?}: expected 必须 or 可选, found {:?}; read as 可选", clip(cell.text));
                    self.report.add_row(Severity::Warning, "unknown-word", self.side, index, Column::Required, message);
                }
            }
        }
        let value = segment
            .node
            .and_then(|node| self.shape.map(|shape| shape.value(item_of(shape, node, row.list)).to_owned()));
        let leaf = (leaf || !self.marks) && row.type_name != "byte[]";
        self.trailing(&mut row, rest, leaf, value.as_deref(), index);
        self.rows.push(row);
    }

    /// Sample value, limits, description: any of them may be left out.
    fn trailing(&mut self, row: &mut Row, cells: &[Bullet<'_>], leaf: bool, value: Option<&str>, index: usize) {
        let is_limit =
            |cell: &Bullet<'_>| self.side == Side::Request && cells::is_limit(cell.text) && cell.more.is_empty();
        let limits: Vec<usize> = (0..cells.len()).filter(|&at| is_limit(&cells[at])).collect();
        let plain: Vec<usize> = (0..cells.len()).filter(|&at| !is_limit(&cells[at])).collect();
        for &at in &limits {
            self.add_limit(row, &cells[at], index);
        }
        let (example, description) = match (plain[..].split_first(), limits.first()) {
            (None, _) => (None, &[][..]),
            (Some((&first, rest)), Some(&limit)) if first < limit => (Some(first), rest),
            (Some(_), Some(_)) => (None, &plain[..]),
            (Some((&first, [])), None) => {
                let cell = &cells[first];
                let whole = cell.more.is_empty();
                let is_example = match value {
                    _ if !whole => false,
                    _ if !leaf => cells::is_nothing(cell.text),
                    Some("") => false,
                    Some(value) if cells::is_value(cell.text, value) => true,
                    Some(value) if value.chars().count() == 1 && !value.is_ascii() => false,
                    _ => {
                        self.doubt_cells(row, cell.text, index);
                        cut(cell.text, &row.type_name, false, None).example == cell.text.len()
                    }
                };
                if is_example { (Some(first), &[][..]) } else { (None, &plain[..]) }
            }
            (Some((&first, rest)), None) => (Some(first), rest),
        };
        if let Some(example) = example {
            cells[example].text.clone_into(&mut row.example);
            row.set_span(Column::Example, cells[example].span());
        }
        if let Some(&first) = description.first() {
            row.set_span(Column::Description, cells[first].span());
        }
        if description.len() > 1 || example.is_some_and(|example| !cells[example].more.is_empty()) {
            let message =
                format!("{:?}: more cells than a row has; the last ones are taken as its description", row.name);
            self.report.add_row(Severity::Warning, "ambiguous-cells", self.side, index, None, message);
        }
        let more = example.map(|example| cells[example].more.join(BREAK)).filter(|more| !more.is_empty());
        let description = more.into_iter().chain(description.iter().map(|&at| cells[at].joined()));
        row.description = description.collect::<Vec<_>>().join(BREAK);
    }

    fn add_limit(&mut self, row: &mut Row, bullet: &Bullet<'_>, index: usize) {
        if row.span(Column::Limits).is_none() {
            row.set_span(Column::Limits, bullet.span());
        }
        let text = bullet.joined();
        if words::add_limit(&mut row.limits, &text).is_err() {
            let message =
                format!("{:?}: the limit {:?} is not one that the site has; it is left out", row.name, clip(&text));
            self.report.add_row(Severity::Warning, "unknown-limit", self.side, index, Column::Limits, message);
        }
    }

    fn doubt_cells(&mut self, row: &Row, text: &str, index: usize) {
        let message = format!(
            "{:?}: which part of {:?} is the sample value is a guess: the samples do not show it",
            row.name,
            clip(text)
        );
        self.report.add_row(Severity::Warning, "ambiguous-cells", self.side, index, Column::Example, message);
    }
}

/// The node that has a list's value: its item, where the sample has items.
fn item_of(shape: &Shape, node: u32, list: bool) -> u32 {
    match shape.children(node) {
        [item] if list && shape.has_items() => *item,
        _ => node,
    }
}
