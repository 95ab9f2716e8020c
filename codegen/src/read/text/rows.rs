//! Splits the lines of a parameter table into rows.
//!
//! A row at the top level is one line, with its cells separated by blanks. A deeper row has one bullet per cell, and empty
//! cells are missing. A `<br>` in a description begins a new line (docs/pages.md, "The page as text"). So position alone
//! does not identify a cell. The split relies on what is known: 必须 and 可选, the types, the labels of limits, and the page's
//! own samples, which contain each parameter's name and value.

use std::collections::HashMap;
use std::ops::Range;

use topsdk_spec::Side;

use super::candidates::{candidates, marked};
use super::cells::{self, cut};
use super::lines::{Line, columns};
use crate::diagnostic::Severity;
use crate::page::words::{self, clip};
use crate::page::{Children, Column, Row};
use crate::read::html_to_markdown::BREAK;
use crate::read::report::ReadReport;
use crate::tree::{self, Block, Candidate, Shape};

/// Reads the rows of one table.
pub(super) fn rows(side: Side, lines: &[Line<'_>], shape: Option<&Shape>, report: &mut ReadReport) -> Vec<Row> {
    let header =
        lines.iter().position(|line| !line.text.is_empty()).filter(|&first| columns(lines[first].text).is_some());
    let order = header.and_then(|header| columns(lines[header].text)).unwrap_or_else(|| site_columns(side));
    let lines = &lines[header.map_or(0, |header| header + 1)..];
    let marks = lines.iter().any(|line| line.bullet && line.text.starts_with(words::is_branch));
    let mut cutter = Cutter { side, shape, order, marks, report, rows: Vec::new() };
    cutter.without_bullets(lines);
    let tops = cutter.tops(lines);
    let first = tops.first().map_or(lines.len(), |top| top.line);
    for line in lines[..first].iter().filter(|line| !words::says_none(line.text)) {
        let message = format!("the line {:?} stands before the first row; it is left out", clip(line.text));
        cutter.report.add_span(Severity::Warning, "stray-text", side.heading(), line.span(), message);
    }
    let parts: Vec<Part<'_>> = tops
        .iter()
        .enumerate()
        .map(|(index, top)| {
            let end = tops.get(index + 1).map_or(lines.len(), |next| next.line);
            Part::new(side, &lines[top.line + 1..end])
        })
        .collect();
    let mut known: Vec<Row> = tops.iter().map(|top| top.row.clone()).collect();
    let blocks: Vec<Block> = parts
        .iter()
        .zip(&tops)
        .enumerate()
        .map(|(under, (part, top))| {
            let bullets: Vec<&Line<'_>> = part.bullets[part.limits..].iter().map(|bullet| bullet.line).collect();
            let candidates = candidates(side, &bullets, marks, &mut known);
            Block { under, node: top.node, cells: u32::try_from(bullets.len()).unwrap_or(u32::MAX), candidates }
        })
        .collect();
    let choices = tree::choose(&known, &blocks, shape);
    for (((top, part), block), choice) in tops.into_iter().zip(&parts).zip(&blocks).zip(choices) {
        cutter.part(top, part, block, choice, &known);
    }
    cutter.rows
}

fn site_columns(side: Side) -> Vec<Option<Column>> {
    match side {
        Side::Request => Column::ALL.map(Some).to_vec(),
        Side::Response => [Column::Name, Column::Type, Column::Example, Column::Description].map(Some).to_vec(),
    }
}

/// A line that begins a row at the top level.
struct Top<'t> {
    line: usize,
    text: &'t str,
    start: usize,
    /// The row, with its fixed cells only.
    row: Row,
    /// The offset of the other cells in `text`, in bytes.
    rest: usize,
    node: Option<u32>,
}

/// A bullet, with the lines that a `<br>` separated from it.
struct Bullet<'t> {
    line: &'t Line<'t>,
    more: Vec<&'t str>,
}

impl<'t> Bullet<'t> {
    fn text(&self) -> &'t str {
        self.line.text
    }

    fn span(&self) -> Option<Range<usize>> {
        Some(self.line.span()).filter(|span| !span.is_empty())
    }

    fn joined(&self) -> String {
        std::iter::once(self.line.text).chain(self.more.iter().copied()).collect::<Vec<_>>().join(BREAK)
    }
}

/// The lines between two rows at the top level.
struct Part<'t> {
    /// The lines before the first bullet.
    more: Vec<&'t str>,
    bullets: Vec<Bullet<'t>>,
    /// The number of bullets at the start that are limits. A row with limits has bullets for these and for its description.
    limits: usize,
}

impl<'t> Part<'t> {
    fn new(side: Side, lines: &'t [Line<'t>]) -> Part<'t> {
        let mut part = Part { more: Vec::new(), bullets: Vec::new(), limits: 0 };
        for line in lines.iter().filter(|line| !line.text.is_empty() || line.bullet) {
            match part.bullets.last_mut() {
                _ if line.bullet => part.bullets.push(Bullet { line, more: Vec::new() }),
                Some(bullet) => bullet.more.push(line.text),
                None => part.more.push(line.text),
            }
        }
        let is_limit = |bullet: &&Bullet<'_>| side == Side::Request && cells::is_limit(bullet.text());
        part.limits = part.bullets.iter().take_while(is_limit).count();
        part
    }
}

struct Cutter<'c> {
    side: Side,
    shape: Option<&'c Shape>,
    order: Vec<Option<Column>>,
    marks: bool,
    report: &'c mut ReadReport,
    rows: Vec<Row>,
}

impl Cutter<'_> {
    /// Reports lines that read like rows of fields without their bullets.
    fn without_bullets(&mut self, lines: &[Line<'_>]) {
        let bare = |line: &&Line<'_>| {
            let digits = |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | ' ');
            !line.bullet && line.text.trim_start_matches(digits).starts_with(words::is_branch)
        };
        if let Some(first) = lines.iter().find(bare) {
            let message = format!(
                "{} lines read like rows of fields, but have no bullet, the first of them {:?}; they are read as text",
                lines.iter().filter(bare).count(),
                clip(first.text)
            );
            self.report.add_span(Severity::Error, "ambiguous-row", self.side.heading(), first.span(), message);
            self.report.help("save the page's text again with its bullets, or read its HTML or document");
        }
    }

    /// Returns the lines that begin a row at the top level. Other lines continue a description.
    fn tops<'t>(&mut self, lines: &[Line<'t>]) -> Vec<Top<'t>> {
        let mut tops: Vec<Top<'t>> = Vec::new();
        let names = self.shape.map(|shape| shape.children(0)).unwrap_or_default();
        // A sample that was not read completely does not prove that a parameter is missing.
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
            let key = self.shape.map(|shape| shape.key(&top.row.name)).unwrap_or_default();
            let found =
                places.get(key.as_str()).and_then(|places| places.get(places.partition_point(|place| *place < next)));
            let certain = match (found, self.side) {
                (Some(_), _) => true,
                // 必须 or 可选 at the right position makes a row certain.
                (None, Side::Request) => true,
                (None, Side::Response) if tops.is_empty() => true,
                (None, Side::Response) => {
                    let tabs = line.text.contains('\t');
                    let basic = words::is_basic(&top.row.type_name) || top.row.list || tabs;
                    let opens =
                        lines.get(index + 1).is_some_and(|line| line.bullet && line.text.starts_with(words::is_branch));
                    // A line of a deeper description has a larger indent than the bullets.
                    let deeper = bullets_at.is_some_and(|indent| line.indent > indent);
                    if complete && !tabs {
                        if basic || opens {
                            self.report_line(
                                line,
                                "the sample lacks it, so it is taken as part of the description before",
                            );
                        }
                        false
                    } else if basic || (opens && !deeper) {
                        self.report_line(line, "the sample does not tell, so it is taken as a row");
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

    fn report_line(&mut self, line: &Line<'_>, how: &str) {
        let message = format!("the line {:?} reads like a row; {how}", clip(line.text));
        self.report.add_span(Severity::Warning, "ambiguous-row", self.side.heading(), line.span(), message);
        self.report.help("compare with the page, or read its HTML or document");
    }

    /// Reads the fixed cells of a line. Returns `None` if these are not the cells of a row.
    fn top<'t>(&self, line: usize, source: &Line<'t>) -> Option<Top<'t>> {
        let text = source.text;
        let is_blank = |letter: char| matches!(letter, ' ' | '\t' | '\u{a0}' | '\u{3000}');
        let mut words: Vec<Range<usize>> = Vec::with_capacity(6);
        while words.len() < 6 {
            let from = words.last().map_or(0, |last| last.end);
            let Some(start) = text[from..].find(|letter| !is_blank(letter)).map(|at| from + at) else { break };
            words.push(start..text[start..].find(is_blank).map_or(text.len(), |length| start + length));
        }
        let word = |index: usize| words.get(index).map_or("", |range| &text[range.clone()]);
        if !words::is_name(word(0)) {
            return None;
        }
        // The number of words in the type: `Field List []` has three.
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
        let at = |range: Range<usize>| Some(source.start + range.start..source.start + range.end);
        let mut row = Row { name: word(0).to_owned(), ..Row::default() };
        row.set_span(Column::Name, at(words[0].clone()));
        if types > 0 {
            let cell = words[1].start..words[types].end;
            row.set_type(&text[cell.clone()]);
            row.set_span(Column::Type, at(cell));
        }
        if self.side == Side::Request {
            row.required = words::required(word(fixed - 1)).unwrap_or_default();
            row.set_span(Column::Required, at(words[fixed - 1].clone()));
        }
        let rest = words.get(fixed).map_or(text.len(), |range| range.start);
        Some(Top { line, text, start: source.start, row, rest, node: None })
    }

    /// Adds one row at the top level and the rows below it.
    fn part(&mut self, top: Top<'_>, part: &Part<'_>, block: &Block, choice: Option<tree::Choice>, known: &[Row]) {
        let index = self.rows.len();
        let Part { more, bullets, limits } = part;
        let mut row = top.row.clone();
        for cell in choice.iter().flat_map(|choice| &choice.uncertain) {
            let bullet = bullets[limits + *cell as usize].line;
            let message =
                format!("the bullet {:?} may begin a row; taken as part of the row before", clip(bullet.text));
            self.report.add_row(Severity::Warning, "ambiguous-row", self.side, index, None, message);
            self.report.at(bullet.span());
            self.report.help("compare with the page, or read its HTML or document");
        }
        let chosen = choice.map_or_else(
            || {
                let message =
                    format!("where the rows below {:?} begin could not be found; only leaves are rows", row.name);
                self.report.add_row(Severity::Error, "ambiguous-row", self.side, index, None, message);
                by_marks(block, &bullets[*limits..])
            },
            |choice| choice.rows,
        );
        for bullet in &bullets[..*limits] {
            self.add_limit(&mut row, bullet, index);
        }
        self.rest(&mut row, &top, !chosen.is_empty(), *limits > 0, index);
        let mut description: Vec<String> =
            Some(std::mem::take(&mut row.description)).filter(|text| !text.is_empty()).into_iter().collect();
        description.extend(more.iter().map(|line| (*line).to_owned()));
        let own = chosen.first().map_or(bullets.len(), |(first, _)| limits + first.start as usize);
        for bullet in &bullets[*limits..own] {
            if *limits == 0 || description.len() > 1 {
                let message =
                    format!("the bullet {:?} is no row; taken as part of the description", clip(bullet.text()));
                self.report.add_row(Severity::Warning, "ambiguous-row", self.side, index, Column::Description, message);
                self.report.at(bullet.line.span());
            }
            if row.span(Column::Description).is_none() {
                row.set_span(Column::Description, bullet.span());
            }
            description.push(bullet.joined());
        }
        row.description = description.join(BREAK);
        if !chosen.is_empty() {
            row.children = Children::Own;
        }
        self.rows.push(row);
        for (candidate, node) in chosen {
            let cells = &bullets[limits + candidate.start as usize..limits + candidate.end as usize];
            let row = candidate.row.map(|row| known[row].clone()).unwrap_or_default();
            self.deeper(Row { under: Some(index), ..row }, cells, node);
        }
    }

    /// Reads the cells after 必须 or the type: sample value and description.
    fn rest(&mut self, row: &mut Row, top: &Top<'_>, object: bool, limited: bool, index: usize) {
        let text = &top.text[top.rest..];
        let start = top.start + top.rest;
        if top.text.contains('\t') {
            return self.tabbed(row, top, index);
        }
        let value = top.node.and_then(|node| Some(self.shape?.value_of(node, row.list)));
        let found = match limited {
            // The description is a bullet after the limits.
            true => cells::Cut { example: text.len(), certain: true },
            false => cut(text, &row.type_name, object, value),
        };
        row.example = text[..found.example].to_owned();
        let description = text[found.example..].trim_start();
        row.description = description.to_owned();
        row.set_span(Column::Example, Some(start..start + found.example).filter(|span| !span.is_empty()));
        let end = start + text.len();
        row.set_span(Column::Description, Some(end - description.len()..end).filter(|span| !span.is_empty()));
        if !found.certain {
            self.report_guess(row, text, start, index);
        }
    }

    /// Reads the cells of a line from a browser's copy, where tabs separate them: empty cells are not lost.
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
                    let line = Line { text, start: at, indent: 0, bullet: false };
                    self.add_limit(row, &Bullet { line: &line, more: Vec::new() }, index);
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

    /// Adds a row of bullets whose fixed cells have been read.
    fn deeper(&mut self, mut row: Row, cells: &[Bullet<'_>], node: Option<u32>) {
        let index = self.rows.len();
        let fixed =
            [Column::Name, Column::Type, Column::Required].into_iter().filter(|&column| row.span(column).is_some());
        let rest = &cells[fixed.count()..];
        if let (Side::Request, None, Some(cell)) = (self.side, row.span(Column::Required), rest.first()) {
            let message = format!("{:?}: expected 必须 or 可选, found {:?}; read as 可选", row.name, clip(cell.text()));
            self.report.add_row(Severity::Warning, "unknown-word", self.side, index, Column::Required, message);
        }
        let value = node.and_then(|node| Some(self.shape?.value(node)));
        let leaf = (marked(cells[0].text()).0 || !self.marks) && row.type_name != "byte[]";
        self.trailing(&mut row, rest, leaf, value, index);
        self.rows.push(row);
    }

    /// Reads sample value, limits and description, each of which may be missing.
    fn trailing(&mut self, row: &mut Row, cells: &[Bullet<'_>], leaf: bool, value: Option<&str>, index: usize) {
        let is_limit =
            |cell: &Bullet<'_>| self.side == Side::Request && cells::is_limit(cell.text()) && cell.more.is_empty();
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
                    _ if !leaf => cells::is_literal(cell.text()),
                    Some("") => false,
                    Some(value) if cells::is_value(cell.text(), value) => true,
                    Some(value) if value.chars().count() == 1 && !value.is_ascii() => false,
                    _ => {
                        self.report_guess(row, cell.text(), cell.line.start, index);
                        cut(cell.text(), &row.type_name, false, None).example == cell.text().len()
                    }
                };
                if is_example { (Some(first), &[][..]) } else { (None, &plain[..]) }
            }
            (Some((&first, rest)), None) => (Some(first), rest),
        };
        if let Some(example) = example {
            cells[example].text().clone_into(&mut row.example);
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

    /// Reports that the border between sample value and description in `text` is a guess. `start` is the offset of `text`
    /// on the page, in bytes.
    fn report_guess(&mut self, row: &Row, text: &str, start: usize, index: usize) {
        let message = format!(
            "{:?}: which part of {:?} is the sample value is a guess: the samples do not show it",
            row.name,
            clip(text)
        );
        self.report.add_row(Severity::Warning, "ambiguous-cells", self.side, index, Column::Example, message);
        self.report.at(start..start + text.len());
    }
}

/// Returns one row per `└`: the fallback if the search gave up.
fn by_marks(block: &Block, bullets: &[Bullet<'_>]) -> Vec<(Candidate, Option<u32>)> {
    let mut rows: Vec<Candidate> = Vec::new();
    for candidate in block.candidates.iter().filter(|candidate| candidate.row.is_some()) {
        let start = candidate.start;
        if marked(bullets[start as usize].text()).0 && rows.last().is_none_or(|last| last.start < start) {
            if let Some(last) = rows.last_mut() {
                last.end = start;
            }
            rows.push(Candidate { end: block.cells, ..*candidate });
        }
    }
    rows.into_iter().map(|row| (row, None)).collect()
}
