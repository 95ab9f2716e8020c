//! Splits a page saved as text into lines, with their bullets and indents, and finds the sections.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::page::Column;
use crate::page::words::{self, Section};

/// A line, trimmed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'t> {
    /// The text, without indent and bullet.
    pub(super) text: &'t str,
    /// The offset of `text` on the page, in bytes.
    pub(super) start: usize,
    /// The number of blanks before the bullet or the text.
    pub(super) indent: usize,
    pub(super) bullet: bool,
}

impl Line<'_> {
    /// Returns the span of `text` on the page, in bytes.
    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// A section: the line of its heading, and the end of its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) section: Section,
    pub(super) heading: usize,
    pub(super) end: usize,
}

const BULLETS: [char; 26] = [
    '•', '·', '●', '◦', '▪', '○', '■', '-', '*', '+', '–', '—', '−', '□', '▫', '►', '▶', '▸', '‣', '∙', '⁃', '→', '・',
    '◆', '◇', '※',
];

/// Splits a page into lines. The bullet is the mark with which most lines begin; other marks are text.
pub(super) fn lines(content: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for raw in content.split_inclusive('\n') {
        let text = raw.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
        let indent = raw[..raw.len() - text.len()].chars().filter(|letter| *letter != '\u{feff}').count();
        let at = start + raw.len() - text.len();
        lines.push(Line { text: text.trim_end(), start: at, indent, bullet: false });
        start += raw.len();
    }
    let count = |glued: bool| {
        let mut counts = [0usize; BULLETS.len()];
        for line in &lines {
            if let Some((mark, _)) = bullet(line.text, glued) {
                counts[mark] += 1;
            }
        }
        counts
    };
    // Some extractors write no blank after a bullet.
    let apart = count(false);
    let glued = apart.iter().all(|count| *count < 2);
    let counts = if glued { count(true) } else { apart };
    let mark = (0..BULLETS.len()).rev().max_by_key(|&mark| counts[mark]).unwrap_or(0);
    // A line of a description may begin with the bullet too, but it has a deeper indent than any cell.
    let is_cell =
        |text: &str| text.starts_with(words::is_branch) || words::required(text).is_some() || words::is_basic(text);
    let marked = |line: &Line<'_>| {
        bullet(line.text, glued).filter(|(found, _)| *found == mark).map(|(_, text)| (line.indent, text.len()))
    };
    let deepest = lines
        .iter()
        .filter_map(|line| marked(line).filter(|(_, length)| is_cell(&line.text[line.text.len() - length..])))
        .map(|(indent, _)| indent)
        .max()
        .unwrap_or(usize::MAX);
    for line in &mut lines {
        if let Some((indent, length)) = marked(line).filter(|(indent, _)| *indent <= deepest) {
            let cut = line.text.len() - length;
            *line = Line { text: &line.text[cut..], start: line.start + cut, indent, bullet: true };
        }
    }
    lines
}

/// Returns the mark at the start of a line, and the text after it. `glued` marks need no blank after them. ASCII marks such
/// as `-` are then excluded, because they would match numbers.
fn bullet(text: &str, glued: bool) -> Option<(usize, &str)> {
    let first = text.chars().next()?;
    let mark = BULLETS.iter().position(|bullet| *bullet == first)?;
    let rest = &text[first.len_utf8()..];
    (rest.is_empty() || rest.starts_with(char::is_whitespace) || (glued && !first.is_ascii()))
        .then(|| (mark, rest.trim_start()))
}

/// Finds the sections. A line of a description can read like a heading, so a heading is certain only if its section's
/// beginning follows: the column titles, the tabs of a sample, or a sample. If a section has no certain heading, a line
/// that reads like it is used if it keeps the sections in order.
pub(super) fn parts(lines: &[Line<'_>]) -> Vec<Part> {
    let candidates: Vec<(usize, Section, bool)> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !line.bullet && !line.text.is_empty())
        .filter_map(|(index, line)| words::section(line.text).map(|section| (index, section)))
        .map(|(index, section)| (index, section, is_followed(lines, index, section)))
        .collect();
    let certain: BTreeSet<Section> =
        candidates.iter().filter(|(_, _, certain)| *certain).map(|(_, section, _)| *section).collect();
    let mut parts: Vec<Part> = Vec::new();
    for &(heading, section, sure) in &candidates {
        let last = parts.last().map(|part| part.section);
        let in_order = last.is_none_or(|last| section > last || section == Section::Rest);
        if (sure && last != Some(section))
            || (!certain.contains(&section) && in_order)
            || (sure && section == Section::Rest)
        {
            if let Some(part) = parts.last_mut() {
                part.end = heading;
            }
            parts.push(Part { section, heading, end: lines.len() });
        }
    }
    parts
}

/// Returns whether a heading is followed by the beginning of its section.
fn is_followed(lines: &[Line<'_>], heading: usize, section: Section) -> bool {
    let next = lines[heading + 1..].iter().find(|line| !line.text.is_empty());
    let apart = heading == 0 || lines[heading - 1].text.is_empty();
    match section {
        Section::Public | Section::Rest => apart,
        Section::Request | Section::Response => next.is_some_and(|line| !line.bullet && columns(line.text).is_some()),
        Section::Errors => next.is_some_and(|line| {
            let titles = line.text.split_whitespace().filter(|title| words::error_column(title).is_some());
            titles.count() >= 2
        }),
        Section::RequestSample | Section::ResponseSample | Section::ErrorSample => {
            apart
                && next.is_none_or(|line| {
                    line.bullet
                        || line.text.starts_with(['<', '{'])
                        || line.text.contains("Client")
                        || words::is_tab(line.text)
                })
        }
    }
}

/// Returns the columns in a line of column titles, or `None` for other lines.
pub(super) fn columns(text: &str) -> Option<Vec<Option<Column>>> {
    let titles: Vec<&str> =
        if text.contains('\t') { text.split('\t').collect() } else { text.split_whitespace().collect() };
    let columns: Vec<Option<Column>> = match english(text) {
        Some(columns) => columns,
        None => titles.iter().map(|title| words::column(title)).collect(),
    };
    let known = columns.iter().flatten().count();
    (known >= 2 && known * 2 > columns.len() && columns[0] == Some(Column::Name)).then_some(columns)
}

/// Splits English titles, which can consist of several words: at each position, the longest known title is used.
fn english(text: &str) -> Option<Vec<Option<Column>>> {
    if !text.is_ascii() || text.contains('\t') {
        return None;
    }
    let titles: Vec<&str> = text.split_whitespace().take(24).collect();
    let mut columns = Vec::new();
    let mut at = 0;
    while at < titles.len() {
        let longest = (1..=3.min(titles.len() - at))
            .rev()
            .find_map(|count| words::column(&titles[at..at + count].join(" ")).map(|column| (count, column)));
        at += longest.map_or(1, |(count, _)| count);
        columns.push(longest.map(|(_, column)| column));
    }
    Some(columns)
}

#[cfg(test)]
mod tests {
    use super::{columns, lines, parts};
    use crate::page::Column;
    use crate::page::words::Section;

    #[test]
    fn the_pages_own_bullet_is_the_bullet() {
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
    fn a_line_of_a_description_is_no_heading() {
        let page = "请求参数\n\n名称 类型 是否必须 示例值 更多限制 描述\na String 可选 见\n返回值\n错误码\n\n响应参数\n\n名称 类型 示例值 描述\n\n错误码解释\n\n错误码 错误描述 解决方案\n";
        let found: Vec<_> = parts(&lines(page)).iter().map(|part| part.section).collect();
        assert_eq!(found, [Section::Request, Section::Response, Section::Errors]);
    }

    #[test]
    fn column_titles_may_be_english() {
        let expected = Column::ALL.map(Some).to_vec();
        assert_eq!(columns("Name Type Required Example Value Limits Description"), Some(expected));
        assert_eq!(columns("名称 和 类型 不一样 的 说明"), None);
    }
}
