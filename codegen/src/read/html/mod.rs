//! Reads the page as the server renders it: HTML with rows, samples and error codes.
//!
//! Parts are recognised by their visible text: headings, column titles, words. The protocol's parameters (公共参数) are the
//! same for every API and are skipped.

mod angle_brackets;
mod audit;
pub(crate) mod dom;
mod elements;
mod rows;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use scraper::{Node, node};
use topsdk_spec::{ErrorCode, Side};

use super::error::PageProblem;
use super::html_to_markdown;
use super::protection;
use super::raw_page::RawPage;
use super::report::ReadReport;
use crate::diagnostic::Severity;
use crate::page::Column;
use crate::page::words::{self, Section, clip, last_crumb};
use audit::Audit;
use dom::{Document, Element, walk};
use elements::{inner_text, text};
use table::Table;

/// Reads a page.
pub(crate) fn read(content: &str, report: &mut ReadReport) -> Result<RawPage, PageProblem> {
    let mut document = dom::parse(content, 0)?;
    document.rows = rows::separate(&mut document.html);
    let mut outline = Outline::new(document.html.tree.root());
    outline.check(&document, report)?;
    let mut raw = std::mem::take(&mut outline.raw);
    let audit = Audit::new(&document, &outline)?;
    outline.check_end(&document, report)?;
    raw.origins.headings = outline.places(&document, &raw.api.method);
    (raw.api.description, raw.api.doc_id) = (outline.description(), outline.doc_id(&raw.api.method));
    let (mut read, mut used) = (Vec::new(), Vec::new());
    for side in [Side::Request, Side::Response] {
        let table = outline.find_table(side);
        if table.is_some_and(|table| table.section.is_none()) {
            let message = format!("the page has no heading {}; its table is recognised by its columns", side.heading());
            report.add(Severity::Warning, "missing-heading", side.heading(), message);
        }
        let (found, elements) = table.map(|table| table.rows(side, &document, report)).unwrap_or_default();
        if found.is_empty() {
            outline.refuse_unread(&document, side, table)?;
        }
        raw.rows.insert(side, found);
        used.extend(table.map(|table| table.element));
        read.extend(elements);
    }
    audit.count(&read)?;
    for table in &outline.tables {
        if table.section == Some(Section::Errors) {
            raw.api.errors.extend(error_codes(table, &document, report));
        } else if table.section.map_or(table.is_of_parameters(), |section| section.side().is_some())
            && !used.contains(&table.element)
        {
            let (lines, titles) = (table.lines.len(), table.titles.join(" "));
            let message = format!("another table, of {lines} lines with the columns {titles:?}, is ignored");
            let section = table.section.map_or("", Section::heading);
            report.add_span(Severity::Warning, "extra-table", section, document.place(table.element), message);
        }
    }
    outline.report_outside(&document, report);
    for &(section, node) in &outline.codes {
        let span = document.inside(node).filter(|_| dom::name(node) != "table");
        raw.add_code(section, &elements::code(node), span);
    }
    for (section, loose) in &outline.loose {
        let start = loose.find(['<', '{']).filter(|_| *section != Section::RequestSample);
        if let Some(start) = start.or_else(|| loose.find("TaobaoClient ")) {
            raw.add_code(*section, loose[start..].trim(), None);
        }
    }
    Ok(raw)
}

/// A heading of the page.
struct Heading {
    element: NodeId,
    /// The section that begins here; if `apart`, the section before.
    section: Section,
    /// Whether the heading is not one of the site's, and begins no section.
    apart: bool,
}

/// The parts of a page, in page order.
#[derive(Default)]
struct Outline<'d> {
    /// The method, title and category.
    raw: RawPage,
    title: Option<Element<'d>>,
    /// Whether the title's heading has no other text.
    is_whole_title: bool,
    /// The headings after the title, in source order once all are found.
    headings: Vec<Heading>,
    tables: Vec<Table<'d>>,
    codes: Vec<(Section, Element<'d>)>,
    /// The text of each sample section outside of code blocks.
    loose: Vec<(Section, String)>,
    /// The texts in the parameter sections that are outside of tables.
    outside: BTreeMap<Side, Vec<Element<'d>>>,
    links: Vec<&'d str>,
    has_login: bool,
    has_scripts: bool,
    /// The first words of the page, for messages.
    lead: String,
    /// The current section, and the tag of its heading.
    section: Option<(Section, &'d str)>,
    /// The last short text since the last heading.
    label: &'d str,
}

impl<'d> Outline<'d> {
    fn new(root: Element<'d>) -> Outline<'d> {
        let mut outline = Outline::default();
        walk(root, |edge| {
            let Edge::Open(node) = edge else { return true };
            match node.value() {
                Node::Element(element) => return outline.enter(node, element),
                Node::Text(words) => outline.add_text(node, words.trim()),
                _ => {}
            }
            true
        });
        outline.headings.sort_unstable_by_key(|heading| heading.element);
        outline
    }

    fn add_text(&mut self, node: Element<'d>, words: &'d str) {
        if !words.is_empty() && words.len() < 60 {
            self.label = words;
        }
        if self.lead.len() < 200 && !words.is_empty() {
            self.lead.extend([words, " "]);
        }
        let Some((section, _)) = self.section else { return };
        if let (Some(side), false) = (section.side(), words::says_none(words)) {
            self.outside.entry(side).or_default().push(node);
        }
        if let Some((_, loose)) = self.loose.last_mut().filter(|(of, _)| *of == section) {
            loose.extend([words, "\n"]);
        }
    }

    /// Takes what an element shows. Returns whether its content is part of the page's text.
    fn enter(&mut self, node: Element<'d>, element: &'d node::Element) -> bool {
        match element.name() {
            "script" | "style" => {
                self.has_scripts |= element.name() == "script";
                return false;
            }
            tag @ ("h1" | "h2" | "h3" | "h4" | "h5" | "h6") => return self.enter_heading(node, tag),
            tag @ ("table" | "pre" | "textarea") => {
                let section = self.section.map(|(section, _)| section);
                match section {
                    Some(section) if section.is_sample() => {
                        self.loose.retain(|(of, _)| *of != section);
                        self.codes.push((section, node));
                    }
                    Some(Section::Public | Section::Rest) => {}
                    _ if tag != "table" || words::section(self.label) == Some(Section::Public) => {}
                    _ => self.tables.push(Table::new(section, node)),
                }
                return false;
            }
            "a" => self.links.extend(element.attr("href")),
            "input" => {
                self.has_login |= element.attr("type").is_some_and(|kind| kind.eq_ignore_ascii_case("password"));
            }
            _ if self.raw.api.category.is_empty() && elements::classes(node).any(|class| class.contains("crumb")) => {
                self.raw.api.category = last_crumb(&text(node)).unwrap_or_default();
            }
            _ => {}
        }
        true
    }

    fn enter_heading(&mut self, node: Element<'d>, tag: &'d str) -> bool {
        self.label = "";
        let words = text(node);
        let element = node.id();
        if let Some(section) = words::section(&words) {
            self.headings.push(Heading { element, section, apart: false });
            self.section = Some((section, tag));
            if section.is_sample() {
                self.loose.push((section, String::new()));
            }
        } else if !self.take_title(node, &words) {
            if let Some((section, _)) = self.section.take_if(|(_, of)| *of == tag) {
                self.headings.push(Heading { element, section, apart: true });
            }
            return true;
        }
        false
    }

    /// Uses a heading as the page's title, if it is one. A heading with only the title takes precedence over one with more
    /// text.
    fn take_title(&mut self, node: Element<'d>, words: &str) -> bool {
        let Some((method, title, is_whole)) = words::method_and_title(words) else { return false };
        if self.title.is_some() && (self.is_whole_title || !is_whole || !self.headings.is_empty()) {
            return false;
        }
        (self.raw.api.method, self.raw.api.title, self.is_whole_title, self.title) =
            (method, title, is_whole, Some(node));
        true
    }

    /// Returns the sections that begin on the page, in order.
    fn sections(&self) -> impl DoubleEndedIterator<Item = Section> {
        self.headings.iter().filter(|heading| !heading.apart).map(|heading| heading.section)
    }

    /// Returns an error if this is not the page of an API. Finds the method if no heading names it.
    fn check(&mut self, document: &Document<'_>, report: &mut ReadReport) -> Result<(), PageProblem> {
        if self.headings.is_empty() || (self.title.is_none() && self.tables.is_empty()) {
            let lead = clip(self.lead.trim());
            // A page whose contents a script loads has little text of its own.
            let marks = ["handler/document", "getDocument"];
            let is_bare = self.lead.len() < 200 || marks.iter().any(|mark| document.source.contains(mark));
            return Err(if let Some(mark) = protection::mark(document.source) {
                PageProblem::Blocked(mark.to_owned())
            } else if self.has_login || lead.contains("登录") {
                PageProblem::Login(format!("{lead:?}"))
            } else if self.title.is_some() && (document.record.is_open || document.record.cut) {
                let detail = "the page ends before its tables";
                PageProblem::Cut { offset: document.source.len(), section: "the title", detail }
            } else if self.has_scripts && self.tables.is_empty() && is_bare {
                PageProblem::Shell
            } else {
                PageProblem::NotApiPage(format!("it begins {lead:?}"))
            });
        }
        if self.title.is_none() {
            let named = self.links.iter().find_map(|link| query(link, "apiName")).filter(|name| words::is_method(name));
            let Some(method) = named else {
                return Err(PageProblem::NotApiPage("no heading is a method's name".to_owned()));
            };
            let message = format!("no heading names the method; read as {method:?}, from the page's link to its tools");
            report.add(Severity::Warning, "missing-title", "", message);
            method.clone_into(&mut self.raw.api.method);
        }
        Ok(())
    }

    /// Returns an error if the page ends too early or has no table of response parameters.
    fn check_end(&self, document: &Document<'_>, report: &mut ReadReport) -> Result<(), PageProblem> {
        let record = &document.record;
        let details = [
            (record.open_tables > 0, "a table is not closed"),
            (record.cut, "the text ends inside a tag"),
            (record.is_open, "the closing </html> is missing"),
        ];
        if let Some((_, detail)) = details.iter().find(|(is_cut, _)| *is_cut) {
            let section = self.sections().next_back().map_or("the title", Section::heading);
            if record.open_tables > 0 || self.sections().all(|section| section < Section::Errors) {
                return Err(PageProblem::Cut { offset: document.source.len(), section, detail });
            }
            report.add(Severity::Warning, "unclosed-page", section, format!("{detail}, but every section is there"));
        }
        // An API without parameters still has the table; a page without the table is incomplete.
        if self.find_table(Side::Response).is_none() {
            self.refuse_unread(document, Side::Response, None)?;
            if self.has_scripts && self.tables.is_empty() {
                return Err(PageProblem::Shell);
            }
            let found: Vec<&str> = self.sections().map(Section::heading).collect();
            return Err(PageProblem::NoResponse(found.join(", ")));
        }
        if self.find_table(Side::Request).is_none() && !self.sections().any(|section| section == Section::Request) {
            report.missing_section(Side::Request);
        }
        Ok(())
    }

    /// Returns the last heading before a node in the source: node ids follow it, wherever the parser moves the nodes.
    fn heading_before(&self, node: NodeId) -> Option<&Heading> {
        let at = self.headings.partition_point(|heading| heading.element <= node);
        self.headings.get(at.checked_sub(1)?)
    }

    /// Returns one side's table: the first in its section that has names and types or, without such a section, the first
    /// with that side's columns.
    fn find_table(&self, side: Side) -> Option<&Table<'d>> {
        let is_own = |section: Section| section.side() == Some(side);
        let own = self.tables.iter().filter(|table| table.section.is_some_and(is_own));
        let best = own.min_by_key(|table| match table.is_of_parameters() {
            true => usize::from(!table.has(Column::Example)),
            false => 2,
        });
        let mut others = self.tables.iter().filter(|table| table.section.is_none() && table.is_of(side));
        best.or_else(|| others.next().filter(|_| !self.sections().any(is_own)))
    }

    /// Reports text outside of the parameter tables, which is skipped.
    fn report_outside(&self, document: &Document<'_>, report: &mut ReadReport) {
        for (side, texts) in &self.outside {
            let (count, first) = (texts.len(), clip(inner_text(texts[0]).trim()));
            let message =
                format!("{count} texts are outside of the table, the first of them {first:?}; they are ignored");
            report.add_span(Severity::Warning, "stray-text", side.heading(), document.place(texts[0]), message);
        }
    }

    /// Returns an error for a section that has no rows but contains text other than column titles.
    fn refuse_unread(&self, document: &Document<'_>, side: Side, table: Option<&Table<'d>>) -> Result<(), PageProblem> {
        let inside = table.into_iter().flat_map(|table| table.element.descendants());
        let outside = self.outside.get(&side).into_iter().flatten().copied();
        let titles = table.map_or(&[][..], |table| &table.titles);
        let is_title = |words: &str| titles.iter().any(|title| title == words) || words::column(words).is_some();
        let unread = inside.chain(outside).find_map(|node| {
            let words = node.value().as_text()?.trim();
            (!words::says_none(words) && !is_title(words)).then_some((node, words))
        });
        let Some((node, words)) = unread else { return Ok(()) };
        let at = document.place(node).map_or(0, |place| place.start);
        let line = words.lines().next().unwrap_or_default();
        Err(PageProblem::no_rows(side, document.source, at, line.trim_end()))
    }

    /// Returns the spans of the title and of the headings.
    fn places(&self, document: &Document<'_>, method: &str) -> BTreeMap<&'static str, Range<usize>> {
        let mut places = BTreeMap::new();
        for heading in self.headings.iter().rev().filter(|heading| !heading.apart) {
            let place = document.html.tree.get(heading.element).and_then(|node| document.place(node));
            places.extend(place.map(|place| (heading.section.heading(), place)));
        }
        // On some pages, only a link names the method.
        let in_link = || document.source.find(method).map(|at| at..at + method.len());
        let title = self.title.and_then(|title| document.place(title)).or_else(in_link);
        places.extend(title.map(|place| ("", place)));
        places
    }

    /// Returns the text between the title and the first section.
    fn description(&self) -> String {
        let is_heading =
            |node: Element<'d>| self.headings.binary_search_by_key(&node.id(), |heading| heading.element).is_ok();
        // The title may be wrapped in elements of its own.
        let wrappers = self.title.into_iter().flat_map(|title| std::iter::once(title).chain(title.ancestors()));
        for title in wrappers.take(3) {
            let siblings = || title.next_siblings();
            let before = siblings().take_while(|node| !node.descendants().any(is_heading));
            let description = html_to_markdown::from_nodes(before);
            if !description.is_empty() {
                return description;
            }
            if siblings().any(|node| !node.value().is_text() && !text(node).is_empty()) {
                break;
            }
        }
        String::new()
    }

    /// Returns the page's number: from the link to this API's tools, or the only number that occurs in the links.
    fn doc_id(&self, method: &str) -> Option<u64> {
        let id = |link: &str| ["apiId", "docId", "articleId"].iter().find_map(|key| query(link, key))?.parse().ok();
        let links = || self.links.iter().copied();
        let own = links().filter(|link| query(link, "apiName") == Some(method)).find_map(id);
        own.or_else(|| {
            let ids: BTreeSet<u64> = links().filter(|link| link.contains("apiId=")).filter_map(id).collect();
            ids.first().copied().filter(|_| ids.len() == 1)
        })
    }
}

/// Returns the value of a parameter in a link.
fn query<'l>(link: &'l str, key: &str) -> Option<&'l str> {
    let parts = || link.split(['?', '&', '#']);
    // A query value may contain dashes; in a path they separate pairs: `path=categoryId:5-apiId:54`.
    let own = parts().find_map(|part| part.strip_prefix(key)?.strip_prefix('='));
    own.or_else(|| {
        let path = parts().find_map(|part| part.strip_prefix("path="))?;
        path.split(['-', ',']).find_map(|pair| pair.strip_prefix(key)?.strip_prefix(':'))
    })
}

/// Reads the rows of the table 错误码解释.
fn error_codes(table: &Table<'_>, document: &Document<'_>, report: &mut ReadReport) -> Vec<ErrorCode> {
    let titles: Vec<Option<usize>> = table.titles.iter().map(|title| words::error_column(title)).collect();
    let is_titled = titles.contains(&Some(0));
    let columns = if is_titled { titles } else { vec![Some(0), Some(1), Some(2)] };
    let mut ignore = |severity, name, cell, what: &str, why| {
        let message = format!("the {what} {:?} {why}; it is ignored", clip(&text(cell)));
        report.add_span(severity, name, Section::Errors.heading(), document.place(cell), message);
    };
    let mut errors = Vec::new();
    for line in table.lines.iter().skip(usize::from(is_titled)) {
        let mut cells = <[String; 3]>::default();
        for (index, cell) in line.iter().enumerate() {
            match columns.get(index).copied().flatten() {
                Some(column) => inner_text(*cell).trim().clone_into(&mut cells[column]),
                None => ignore(Severity::Warning, "unknown-column", *cell, "cell", "has no column"),
            }
        }
        let [code, message, solution] = cells;
        if let ([cell], true) = (&line[..], is_titled) {
            // A placeholder such as 暂无数据.
            if !code.is_empty() {
                ignore(Severity::Note, "stray-text", *cell, "line", "is not an error code");
            }
        } else if !(code.is_empty() && message.is_empty() && solution.is_empty()) {
            errors.push(ErrorCode { code, message, solution });
        }
    }
    errors
}
