//! Reads a page's plain text, as copied from a browser ("select all, copy") or written by a text extractor.
//!
//! Headings and column titles separate the sections. [`rows`] splits the lines of a table into rows.

mod candidates;
mod cells;
mod lines;
mod rows;

use std::ops::Range;

use topsdk_spec::{ErrorCode, Side};

use super::error::PageProblem;
use super::html_to_markdown;
use super::protection;
use super::raw_page::{RawPage, is_java};
use super::report::ReadReport;
use crate::diagnostic::Severity;
use crate::page::words::{self, Section, clip, last_crumb};
use lines::{SectionLines, TextLine};

/// Reads a page.
pub(crate) fn read(content: &str, report: &mut ReadReport) -> Result<RawPage, PageProblem> {
    let lines = lines::lines(content);
    let (before, lines) = lines.split_at(menu(&lines));
    let sections = lines::sections(lines);
    let first = sections.first().map_or(lines.len(), |section| section.heading);
    let mut raw = RawPage::default();
    for section in sections.iter().rev() {
        raw.origins.headings.insert(section.section.heading(), lines[section.heading].span());
    }
    head(&lines[..first], &mut raw);
    if raw.api.category.is_empty() {
        raw.api.category = before.iter().find_map(|line| last_crumb(line.text)).unwrap_or_default();
    }
    for section in sections.iter().filter(|section| section.section.is_sample()) {
        samples(content, lines, section, &mut raw);
    }
    check(content, lines, &sections, &raw)?;
    let shapes = Side::BOTH.map(|side| raw.shapes(side).next().unwrap_or_default());
    if !sections.iter().any(|section| section.section == Section::Request) {
        report.missing_section(Side::Request);
    }
    for section in &sections {
        let body = &lines[section.heading + 1..section.end];
        if section.section == Section::Errors {
            raw.api.errors.extend(error_codes(body, report));
        }
        let Some(side) = section.section.side() else { continue };
        let rows = raw.rows.entry(side).or_default();
        if rows.is_empty() {
            *rows = rows::rows(side, body, &shapes[side as usize], report);
        }
        if let Some(line) = body.iter().find(|line| rows.is_empty() && says_something(line.text)) {
            return Err(PageProblem::no_rows(side, content, line.start, line.text));
        }
    }
    Ok(raw)
}

/// Returns whether a line is more than column titles, or words that say that there are no parameters.
fn says_something(text: &str) -> bool {
    let is_title = |word: &str| words::column(word).is_some();
    !words::says_none(text) && lines::columns(text).is_none() && !text.split_whitespace().all(is_title)
}

/// Returns whether a line contains the column titles of a parameter table, separated by blanks.
pub(crate) fn is_titles(line: &str) -> bool {
    !line.contains('|') && lines::columns(line).is_some()
}

/// Returns the number of lines before the title, if they contain a menu of the sections; else 0.
fn menu(lines: &[TextLine<'_>]) -> usize {
    let tables = lines.iter().position(|line| lines::columns(line.text).is_some()).unwrap_or_default();
    let title = lines[..tables].iter().position(|line| title(line).is_some_and(|(_, _, whole)| whole));
    let section = lines[..tables].iter().position(|line| words::section(line.text).is_some());
    title.filter(|title| section.is_some_and(|section| section < *title)).unwrap_or_default()
}

/// Returns method and title if a line contains them, possibly marked as a heading.
fn title(line: &TextLine<'_>) -> Option<(String, String, bool)> {
    words::method_and_title(line.text.trim_start_matches('#'))
}

/// Reads what precedes the first section: title, description and breadcrumb.
fn head(lines: &[TextLine<'_>], raw: &mut RawPage) {
    let titles = || lines.iter().enumerate().filter_map(|(index, line)| Some((index, title(line)?)));
    let title = titles().find(|(_, (_, _, whole))| *whole).or_else(|| titles().next());
    let at = title.as_ref().map_or(lines.len(), |(index, _)| *index);
    if let Some((index, (method, title, _))) = title {
        (raw.api.method, raw.api.title) = (method, title);
        raw.origins.headings.insert("", lines[index].span());
    }
    raw.api.category = lines[..at].iter().find_map(|line| last_crumb(line.text)).unwrap_or_default();
    let description = lines.get(at + 1..).unwrap_or_default().iter().filter(|line| !line.text.is_empty());
    let mut description: Vec<&str> = description.map(|line| line.text).collect();
    let parts = |line: &str| Some(line.strip_prefix(['(', '（'])?.strip_suffix([')', '）'])?.trim().to_owned());
    if let Some(title) = description.first().and_then(|line| parts(line)).filter(|_| raw.api.title.is_empty()) {
        raw.api.title = title;
        description.remove(0);
    }
    raw.api.description = description.join(html_to_markdown::BREAK);
}

/// Returns an error if this is not the complete page of an API.
fn check(content: &str, lines: &[TextLine<'_>], sections: &[SectionLines], raw: &RawPage) -> Result<(), PageProblem> {
    let last = sections.last().map(|last| last.section);
    let section = last.map_or("the title", Section::heading);
    let cut = |detail| PageProblem::Cut { offset: content.len(), section, detail };
    let has = |section: Section| sections.iter().any(|other| other.section == section);
    if !has(Section::Request) && !has(Section::Response) {
        let lead = clip(lines.iter().map(|line| line.text).find(|text| !text.is_empty()).unwrap_or_default());
        return Err(if let Some(mark) = protection::mark(content) {
            PageProblem::Blocked(mark.to_owned())
        } else if !raw.api.method.is_empty() {
            cut("the page ends before its tables")
        } else if lines.iter().take(40).any(|line| line.text.contains("登录")) {
            PageProblem::Login(format!("{lead:?}"))
        } else {
            PageProblem::NotApiPage(format!("it begins {lead:?}"))
        });
    }
    if sections.iter().all(|section| section.section < Section::ResponseSample) {
        return Err(cut("no response sample follows"));
    }
    if !has(Section::Response) {
        let found: Vec<&str> = sections.iter().map(|section| section.section.heading()).collect();
        return Err(PageProblem::NoResponse(found.join(", ")));
    }
    if raw.api.method.is_empty() {
        return Err(PageProblem::NotApiPage("no line before the sections is a method's name".to_owned()));
    }
    // The nesting of the rows comes from the samples, so the last one has to be complete.
    let samples = &raw.api.samples;
    let (sample, is_needed) = match last {
        Some(Section::ResponseSample) => (samples.xml.as_ref().or(samples.json.as_ref()), true),
        Some(Section::ErrorSample) => (samples.error_xml.as_ref().or(samples.error_json.as_ref()), false),
        _ => (None, false),
    };
    let is_cut = sample.map_or(is_needed, |code| ends_early(code));
    if is_cut { Err(cut("the sample is not closed")) } else { Ok(()) }
}

/// Returns whether a sample lacks its end: the closing tag of its root, or the closing brace.
fn ends_early(code: &str) -> bool {
    let code = code.trim();
    if code.starts_with('{') {
        return !code.ends_with('}');
    }
    let root = code.split_once('<').map_or("", |(_, root)| root);
    let root = root.split(|letter: char| letter.is_whitespace() || matches!(letter, '>' | '/')).next();
    let closing = format!("</{}", root.unwrap_or_default());
    !code.starts_with("<?") && !code.contains(&closing) && !code.ends_with("/>")
}

/// Reads the samples of one section. The names of the tabs are bullets; the code has the heading's indent.
fn samples(content: &str, lines: &[TextLine<'_>], section: &SectionLines, raw: &mut RawPage) {
    let indent = lines[section.heading].indent;
    let body = &lines[section.heading + 1..section.end];
    let is_code = |line: &TextLine<'_>| !line.bullet && !line.text.is_empty() && !words::is_tab(line.text);
    let Some(first) = body.iter().position(is_code) else { return };
    let mut blocks: Vec<(String, Range<usize>)> = Vec::new();
    let mut before = "";
    for line in &body[first..] {
        // The sample of a second tab may be shown after the first one.
        let is_second = match line.text.chars().next() {
            Some('{') => before.starts_with("</") && line.indent <= indent,
            Some('<') => before == "}" && line.indent <= indent,
            _ => false,
        };
        if is_second || blocks.is_empty() {
            blocks.push((String::new(), line.start..line.start));
        }
        let Some((code, span)) = blocks.last_mut() else { continue };
        if !line.text.is_empty() {
            let start = content[..line.start].rfind('\n').map_or(0, |end| end + 1);
            span.end = line.span().end;
            code.push_str(content.get(start + indent.min(line.start - start)..span.end).unwrap_or_default());
            before = line.text;
        }
        code.push('\n');
    }
    for (code, span) in blocks {
        let code = code.trim_end();
        // A copy from a browser may contain other text after the sample's last line.
        let end = code.find("System.out.println").and_then(|at| Some(at + code[at..].find('\n')?));
        let end = end.filter(|_| section.section == Section::RequestSample && is_java(code));
        raw.add_code(section.section, &code[..end.unwrap_or(code.len())], Some(span));
    }
}

/// Reads the rows of the table 错误码解释: three cells per line. If the cells contain blanks, their borders are a guess, which
/// is reported.
fn error_codes(lines: &[TextLine<'_>], report: &mut ReadReport) -> Vec<ErrorCode> {
    let mut errors = Vec::new();
    for line in lines.iter().filter(|line| !line.text.is_empty()) {
        if errors.is_empty() && lines::is_error_titles(line.text) {
            continue;
        }
        let cells: Vec<&str> = match line.text.contains('\t') {
            true => line.text.split('\t').map(str::trim).collect(),
            false => line.text.split_whitespace().collect(),
        };
        let (code, words) = (cells[0], &cells[1..]);
        let mut cut = words.len().min(1);
        if words.len() > 2 {
            // Message and solution often are the same.
            let half = words.len() / 2;
            cut = if words[..half] == words[half..] { half } else { words.len() - 1 };
            let message =
                format!("the line {:?} has more than three words; where a cell ends is a guess", clip(line.text));
            report.add_span(Severity::Warning, "ambiguous-cells", Section::Errors.heading(), line.span(), message);
        }
        let (message, solution) = (words[..cut].join(" "), words[cut..].join(" "));
        errors.push(ErrorCode { code: code.to_owned(), message, solution });
    }
    errors
}
