//! Reads a page's plain text, as copied from a browser ("select all, copy") or written by a text extractor.
//!
//! Headings and column titles separate the sections. [`rows`] splits the lines of a table into rows.

mod candidates;
mod cells;
mod lines;
mod rows;

use topsdk_spec::{ErrorCode, Layout, Side};

use super::error::Error;
use super::html_to_markdown;
use super::protection;
use super::raw_page::{RawPage, is_java};

use super::report::ReadReport;
use crate::diagnostic::Severity;
use crate::page::Row;
use crate::page::words::{self, Section, clip, last_crumb};
use crate::tree;
use lines::{Line, Part};

/// Reads a page.
pub(crate) fn read(page: &str, content: &str, report: &mut ReadReport) -> Result<RawPage, Error> {
    let lines = lines::lines(content);
    let (before, lines) = lines.split_at(menu(&lines));
    let parts = lines::parts(lines);
    let first = parts.first().map_or(lines.len(), |part| part.heading);
    let mut raw = RawPage { layout: Layout::Text, ..RawPage::default() };
    for part in parts.iter().rev() {
        raw.headings.insert(part.section.heading(), lines[part.heading].span());
    }
    head(&lines[..first], &mut raw);
    if raw.category.is_empty() {
        raw.category = before.iter().find_map(|line| last_crumb(line.text)).unwrap_or_default();
    }
    check(page, content, lines, &parts, &raw)?;
    if raw.method.is_empty() {
        let found = "no line before the sections is a method's name".to_owned();
        return Err(Error::NotApiPage { page: page.to_owned(), found });
    }
    for part in &parts {
        if matches!(part.section, Section::RequestSample | Section::ResponseSample | Section::ErrorSample) {
            samples(content, lines, part, &mut raw);
        }
    }
    check_samples(page, content, &parts, &raw)?;
    let request = raw.samples.java.iter().chain(&raw.other_requests).find_map(|code| tree::request_shape(code));
    let response = raw.samples.xml.iter().chain(&raw.samples.json).find_map(|code| tree::response_shape(code));
    if !parts.iter().any(|part| part.section == Section::Request) {
        report.missing_section(Side::Request);
    }
    for part in &parts {
        let body = &lines[part.heading + 1..part.end];
        match part.section {
            Section::Request if raw.request.is_empty() => {
                raw.request = rows::rows(Side::Request, body, request.as_ref(), report);
                refuse_unread(page, content, Side::Request, &raw.request, body)?;
            }
            Section::Response if raw.response.is_empty() => {
                raw.response = rows::rows(Side::Response, body, response.as_ref(), report);
                refuse_unread(page, content, Side::Response, &raw.response, body)?;
            }
            Section::Errors => raw.errors.extend(error_codes(body, report)),
            _ => {}
        }
    }
    Ok(raw)
}

/// Returns an error for a section that has no rows but contains text other than column titles.
fn refuse_unread(page: &str, content: &str, side: Side, rows: &[Row], body: &[Line<'_>]) -> Result<(), Error> {
    let is_title = |word: &str| words::column(word).is_some();
    let says_something = |line: &&Line<'_>| {
        !words::says_none(line.text)
            && lines::columns(line.text).is_none()
            && !line.text.split_whitespace().all(is_title)
    };
    match body.iter().find(says_something) {
        Some(line) if rows.is_empty() => Err(Error::no_rows(page, side, content, line.start, line.text)),
        _ => Ok(()),
    }
}

/// Returns whether a line contains the column titles of a parameter table, separated by blanks.
pub(crate) fn is_titles(line: &str) -> bool {
    !line.contains('|') && lines::columns(line).is_some()
}

/// Returns the number of lines before the title, if they contain a menu of the sections; else 0.
fn menu(lines: &[Line<'_>]) -> usize {
    let tables = lines.iter().position(|line| lines::columns(line.text).is_some()).unwrap_or_default();
    let title = lines[..tables].iter().position(|line| title(line).is_some_and(|(_, _, whole)| whole));
    let section = lines[..tables].iter().position(|line| words::section(line.text).is_some());
    title.filter(|title| section.is_some_and(|section| section < *title)).unwrap_or_default()
}

/// Returns method and title if a line contains them, possibly marked as a heading.
fn title(line: &Line<'_>) -> Option<(String, String, bool)> {
    words::method_and_title(line.text.trim_start_matches('#'))
}

/// Reads what precedes the first section: title, description and breadcrumb.
fn head(lines: &[Line<'_>], raw: &mut RawPage) {
    let titles = || lines.iter().enumerate().filter_map(|(index, line)| Some((index, title(line)?)));
    let title = titles().find(|(_, (_, _, whole))| *whole).or_else(|| titles().next());
    let at = title.as_ref().map_or(lines.len(), |(index, _)| *index);
    if let Some((index, (method, title, _))) = title {
        (raw.method, raw.title) = (method, title);
        raw.headings.insert("", lines[index].span());
    }
    raw.category = lines[..at].iter().find_map(|line| last_crumb(line.text)).unwrap_or_default();
    let description = lines.get(at + 1..).unwrap_or_default().iter().filter(|line| !line.text.is_empty());
    let mut description: Vec<&str> = description.map(|line| line.text).collect();
    let parts = |line: &str| Some(line.strip_prefix(['(', '（'])?.strip_suffix([')', '）'])?.trim().to_owned());
    if let Some(title) = description.first().and_then(|line| parts(line)).filter(|_| raw.title.is_empty()) {
        raw.title = title;
        description.remove(0);
    }
    raw.description = description.join(html_to_markdown::BREAK);
}

/// Returns an error if this is not the complete page of an API.
fn check(page: &str, content: &str, lines: &[Line<'_>], parts: &[Part], raw: &RawPage) -> Result<(), Error> {
    let page = page.to_owned();
    let has = |section: Section| parts.iter().any(|part| part.section == section);
    if !has(Section::Request) && !has(Section::Response) {
        let lead = clip(lines.iter().map(|line| line.text).find(|text| !text.is_empty()).unwrap_or_default());
        if let Some(mark) = protection::mark(content) {
            return Err(Error::Blocked { page, found: mark.to_owned() });
        }
        if raw.method.is_empty() && lines.iter().take(40).any(|line| line.text.contains("登录")) {
            return Err(Error::Login { page, found: format!("{lead:?}") });
        }
        if !raw.method.is_empty() {
            let (section, detail) = ("the title".to_owned(), "the page ends before its tables".to_owned());
            return Err(Error::Cut { page, offset: content.len(), section, detail });
        }
        return Err(Error::NotApiPage { page, found: format!("it begins {lead:?}") });
    }
    let last = parts.iter().map(|part| part.section).max().unwrap_or(Section::Public);
    if last < Section::ResponseSample {
        let section = parts.last().map_or("the title", |part| part.section.heading()).to_owned();
        let detail = "no response sample follows".to_owned();
        return Err(Error::Cut { page, offset: content.len(), section, detail });
    }
    if !has(Section::Response) {
        let found: Vec<&str> = parts.iter().map(|part| part.section.heading()).collect();
        return Err(Error::NoResponse { page, found: found.join(", ") });
    }
    Ok(())
}

/// Returns an error if the page ends inside its last sample: the nesting of the rows comes from the samples.
fn check_samples(page: &str, content: &str, parts: &[Part], raw: &RawPage) -> Result<(), Error> {
    let last = parts.last().map(|part| part.section);
    let cut = match last {
        Some(Section::ResponseSample) => {
            let code = raw.samples.xml.as_ref().or(raw.samples.json.as_ref());
            code.is_none_or(|code| ends_early(code))
        }
        Some(Section::ErrorSample) => {
            let code = raw.samples.error_xml.as_ref().or(raw.samples.error_json.as_ref());
            code.is_some_and(|code| ends_early(code))
        }
        _ => false,
    };
    if let (true, Some(section)) = (cut, last) {
        let (section, detail) = (section.heading().to_owned(), "the sample is not closed".to_owned());
        return Err(Error::Cut { page: page.to_owned(), offset: content.len(), section, detail });
    }
    Ok(())
}

/// Returns whether a sample lacks its end: the closing tag of its root, or the closing brace.
fn ends_early(code: &str) -> bool {
    let code = code.trim();
    if code.starts_with('{') {
        return !code.ends_with('}');
    }
    let root = code.trim_start_matches(|letter| letter != '<');
    let root: String =
        root.chars().skip(1).take_while(|letter| !letter.is_whitespace() && !matches!(letter, '>' | '/')).collect();
    !code.starts_with("<?") && !code.contains(&format!("</{root}")) && !code.ends_with("/>")
}

/// Reads the samples of one section. The names of the tabs are bullets; the code has the heading's indent.
fn samples(content: &str, lines: &[Line<'_>], part: &Part, raw: &mut RawPage) {
    let indent = lines[part.heading].indent;
    let body = &lines[part.heading + 1..part.end];
    let is_code = |line: &Line<'_>| !line.bullet && !line.text.is_empty() && !words::is_tab(line.text);
    let Some(first) = body.iter().position(is_code) else { return };
    let mut blocks: Vec<(Vec<String>, std::ops::Range<usize>)> = Vec::new();
    for (index, line) in body.iter().enumerate().skip(first) {
        let starts = match (line.text.chars().next(), body[..index].iter().rfind(|line| !line.text.is_empty())) {
            _ if index == first => true,
            // The sample of a second tab that is shown too.
            (Some('{'), Some(before)) => before.text.starts_with("</") && line.indent <= indent,
            (Some('<'), Some(before)) => before.text == "}" && line.indent <= indent,
            _ => false,
        };
        let start = line_start(content, line);
        let end = line.start + line.text.len();
        let kept = content.get(start + indent.min(line.start - start)..end);
        let text = kept.filter(|_| !line.text.is_empty()).unwrap_or_default().to_owned();
        match blocks.last_mut() {
            Some((block, span)) if !starts => {
                block.push(text);
                if !line.text.is_empty() {
                    span.end = end;
                }
            }
            _ => blocks.push((vec![text], line.start..end)),
        }
    }
    for (block, span) in blocks {
        let code = block.join("\n").trim_end().to_owned();
        // A copy from a browser may contain other text after the sample's last line.
        let end = code.find("System.out.println").and_then(|at| Some(at + code[at..].find('\n')?));
        let end = end.filter(|_| part.section == Section::RequestSample && is_java(&code));
        raw.add_code(part.section, &code[..end.unwrap_or(code.len())], Some(span));
    }
}

/// Returns the byte offset at which the line of this text begins.
fn line_start(content: &str, line: &Line<'_>) -> usize {
    content[..line.start].rfind('\n').map_or(0, |end| end + 1)
}

/// Reads the rows of the table 错误码解释: three cells per line. If the cells contain blanks, their borders are a guess, which
/// is reported.
fn error_codes(lines: &[Line<'_>], report: &mut ReadReport) -> Vec<ErrorCode> {
    let mut errors = Vec::new();
    for line in lines.iter().filter(|line| !line.text.is_empty()) {
        let is_title = |title: &&str| words::error_column(title).is_some();
        if errors.is_empty() && line.text.split_whitespace().filter(is_title).count() >= 2 {
            continue;
        }
        let cells: Vec<&str> = match line.text.contains('\t') {
            true => line.text.split('\t').map(str::trim).collect(),
            false => line.text.split_whitespace().collect(),
        };
        let (message, solution) = match cells[1..] {
            [] => (String::new(), String::new()),
            [message] => (message.to_owned(), String::new()),
            [message, solution] => (message.to_owned(), solution.to_owned()),
            ref words => {
                // Message and solution often are the same.
                let half = words.len() / 2;
                let cut = if words[..half] == words[half..] { half } else { words.len() - 1 };
                let message =
                    format!("the line {:?} has more than three words; where a cell ends is a guess", clip(line.text));
                report.add_span(Severity::Warning, "ambiguous-cells", Section::Errors.heading(), line.span(), message);
                (words[..cut].join(" "), words[cut..].join(" "))
            }
        };
        errors.push(ErrorCode { code: cells[0].to_owned(), message, solution });
    }
    errors
}
