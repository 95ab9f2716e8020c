//! Splits a page saved as text into lines, with their bullets and indents, and finds the sections.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::page::words::{self, Section};
use crate::page::{Column, Row};

/// A line, trimmed.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextLine<'t> {
    /// The text, without indent and bullet.
    pub(super) text: &'t str,
    /// The offset of `text` on the page, in bytes.
    pub(super) start: usize,
    /// The number of blanks before the bullet or the text.
    pub(super) indent: usize,
    pub(super) bullet: bool,
}

impl<'t> TextLine<'t> {
    /// Returns the span of `text` on the page, in bytes.
    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// Returns a part of the line, trimmed.
    pub(super) fn part(&self, range: Range<usize>) -> TextLine<'t> {
        let text = self.text[range.clone()].trim_start();
        TextLine { text: text.trim_end(), start: self.start + range.end - text.len(), ..*self }
    }

    /// Splits the line after each blank or tab that is a border, and trims the parts.
    pub(super) fn split(self, is_border: fn(char) -> bool) -> impl Iterator<Item = TextLine<'t>> {
        let mut end = 0;
        self.text.split_inclusive(is_border).map(move |part| {
            end += part.len();
            self.part(end - part.len()..end)
        })
    }

    /// Stores the line as a cell of a row. An empty cell has no span.
    pub(super) fn put(&self, row: &mut Row, column: Column) {
        match column {
            Column::Example => self.text.clone_into(&mut row.example),
            Column::Description => self.text.clone_into(&mut row.description),
            _ => {}
        }
        row.set_span(column, Some(self.span()).filter(|span| !span.is_empty()));
    }
}

/// A section: the line of its heading, and the end of its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SectionLines {
    pub(super) section: Section,
    pub(super) heading: usize,
    pub(super) end: usize,
}

const BULLETS: [char; 26] = [
    '•', '·', '●', '◦', '▪', '○', '■', '-', '*', '+', '–', '—', '−', '□', '▫', '►', '▶', '▸', '‣', '∙', '⁃', '→', '・',
    '◆', '◇', '※',
];

/// Splits a page into lines. The bullet is the mark with which most lines begin; other marks are text.
pub(super) fn lines<'t>(content: &'t str) -> Vec<TextLine<'t>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for raw in content.split_inclusive('\n') {
        let text = raw.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
        let indent = raw[..raw.len() - text.len()].chars().filter(|letter| *letter != '\u{feff}').count();
        let at = start + raw.len() - text.len();
        lines.push(TextLine { text: text.trim_end(), start: at, indent, bullet: false });
        start += raw.len();
    }
    let count = |glued: bool| {
        let mut counts = [0usize; BULLETS.len()];
        for (mark, _) in lines.iter().filter_map(|line| bullet(line, glued)) {
            counts[mark] += 1;
        }
        counts
    };
    // Some extractors write no blank after a bullet.
    let apart = count(false);
    let glued = apart.iter().all(|count| *count < 2);
    let counts = if glued { count(true) } else { apart };
    let mark = (0..BULLETS.len()).rev().max_by_key(|&mark| counts[mark]).unwrap_or(0);
    let cell = |line: &TextLine<'t>| bullet(line, glued).filter(|(found, _)| *found == mark).map(|(_, cell)| cell);
    // A line of a description may begin with the bullet too, but it has a deeper indent than any cell.
    let is_cell =
        |text: &str| text.starts_with(words::is_branch) || words::required(text).is_some() || words::is_basic(text);
    let cells = lines.iter().filter_map(cell).filter(|cell| is_cell(cell.text));
    let deepest = cells.map(|cell| cell.indent).max().unwrap_or(usize::MAX);
    lines.iter().map(|line| cell(line).filter(|cell| cell.indent <= deepest).unwrap_or(*line)).collect()
}

/// Returns the mark at the start of a line, and the cell after it. `glued` marks need no blank after them. ASCII marks such
/// as `-` are then excluded, because they would match numbers.
fn bullet<'t>(line: &TextLine<'t>, glued: bool) -> Option<(usize, TextLine<'t>)> {
    let first = line.text.chars().next()?;
    let mark = BULLETS.iter().position(|bullet| *bullet == first)?;
    let rest = &line.text[first.len_utf8()..];
    let is_apart = rest.is_empty() || rest.starts_with(char::is_whitespace) || (glued && !first.is_ascii());
    is_apart.then(|| (mark, TextLine { bullet: true, ..line.part(first.len_utf8()..line.text.len()) }))
}

/// Finds the sections. A line of a description can read like a heading, so a heading is certain only if its section's
/// beginning follows: the column titles, the tabs of a sample, or a sample. If a section has no certain heading, a line
/// that reads like it is used if it keeps the sections in order.
pub(super) fn sections(lines: &[TextLine<'_>]) -> Vec<SectionLines> {
    let mut headings: Vec<(usize, Section, bool)> = Vec::new();
    // Most lines of samples are seen to be no headings without a look at the words.
    let may_be_heading = |line: &TextLine<'_>| !line.bullet && !line.text.starts_with(['<', '{', '}', '"']);
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| may_be_heading(line)) {
        let section = words::section(line.text);
        headings.extend(section.map(|section| (index, section, is_followed(lines, index, section))));
    }
    let certain: BTreeSet<Section> =
        headings.iter().filter(|(_, _, is_certain)| *is_certain).map(|(_, section, _)| *section).collect();
    let mut sections: Vec<SectionLines> = Vec::new();
    for &(heading, section, is_certain) in &headings {
        let last = sections.last().map(|last| last.section);
        let in_order = last.is_none_or(|last| section > last || section == Section::Rest);
        let is_used = match is_certain {
            true => last != Some(section) || section == Section::Rest,
            false => in_order && !certain.contains(&section),
        };
        if is_used {
            if let Some(last) = sections.last_mut() {
                last.end = heading;
            }
            sections.push(SectionLines { section, heading, end: lines.len() });
        }
    }
    sections
}

/// Returns whether a heading is followed by the beginning of its section.
fn is_followed(lines: &[TextLine<'_>], heading: usize, section: Section) -> bool {
    let next = lines[heading + 1..].iter().find(|line| !line.text.is_empty());
    let is_apart = heading == 0 || lines[heading - 1].text.is_empty();
    let begins_sample = |line: &TextLine<'_>| {
        line.bullet || line.text.starts_with(['<', '{']) || line.text.contains("Client") || words::is_tab(line.text)
    };
    match section {
        Section::Public | Section::Rest => is_apart,
        Section::Request | Section::Response => next.is_some_and(|line| !line.bullet && columns(line.text).is_some()),
        Section::Errors => next.is_some_and(|line| is_error_titles(line.text)),
        Section::RequestSample | Section::ResponseSample | Section::ErrorSample => {
            is_apart && next.is_none_or(begins_sample)
        }
    }
}

/// Returns whether a line contains the column titles of the table 错误码解释.
pub(super) fn is_error_titles(text: &str) -> bool {
    text.split_whitespace().filter(|title| words::error_column(title).is_some()).count() >= 2
}

/// Returns the columns in a line of column titles, or `None` for other lines.
pub(super) fn columns(text: &str) -> Option<Vec<Option<Column>>> {
    let (titles, longest): (Vec<&str>, usize) = match text.contains('\t') {
        true => (text.split('\t').collect(), 1),
        // English titles can consist of several words: at each position, the longest known title is used.
        false => (text.split_whitespace().collect(), if text.is_ascii() { 3 } else { 1 }),
    };
    let mut columns: Vec<Option<Column>> = Vec::new();
    let mut rest = &titles[..];
    while !rest.is_empty() {
        let title = |count| Some((count, words::column(&rest[..count].join(" "))?));
        let title = (1..=longest.min(rest.len())).rev().find_map(title);
        rest = &rest[title.map_or(1, |(count, _)| count)..];
        columns.push(title.map(|(_, column)| column));
        if columns[0] != Some(Column::Name) {
            return None;
        }
    }
    let known = columns.iter().flatten().count();
    (known >= 2 && known * 2 > columns.len()).then_some(columns)
}

#[cfg(test)]
mod tests {
    use super::{columns, lines, sections};
    use crate::page::Column;
    use crate::page::words::Section;

    #[test]
    fn the_most_frequent_mark_is_the_bullet() {
        let page = "  - └ a\r\n  - String\r\n  - 可选\r\n  - 值:\r\n      - 不是单元格\r\n    * 也不是\r\n";
        let found: Vec<_> = lines(page).iter().map(|line| (line.bullet, line.text)).collect();
        let expected = [
            (true, "└ a"),
            (true, "String"),
            (true, "可选"),
            (true, "值:"),
            (false, "- 不是单元格"),
            (false, "* 也不是"),
        ];
        assert_eq!(found, expected);
        assert!(lines(page).iter().all(|line| page[line.start..].starts_with(line.text)));
    }

    #[test]
    fn a_line_of_a_description_is_not_a_heading() {
        let page = "请求参数\n\n名称 类型 是否必须 示例值 更多限制 描述\na String 可选 见\n返回值\n错误码\n\n响应参数\n\n名称 类型 示例值 描述\n\n错误码解释\n\n错误码 错误描述 解决方案\n";
        let found: Vec<_> = sections(&lines(page)).iter().map(|section| section.section).collect();
        assert_eq!(found, [Section::Request, Section::Response, Section::Errors]);
    }

    #[test]
    fn column_titles_may_be_english() {
        let expected = Column::ALL.map(Some).to_vec();
        assert_eq!(columns("Name Type Required Example Value Limits Description"), Some(expected));
        assert_eq!(columns("名称 和 类型 不一样 的 说明"), None);
    }
}
