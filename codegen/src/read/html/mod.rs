//! Reads the page as the server renders it: HTML with rows, samples and error codes.
//!
//! Parts are recognised by their visible text: headings, column titles, words. The protocol's parameters (公共参数) are the
//! same for every API and are skipped.

mod angle_brackets;
mod audit;
mod code;
pub(crate) mod dom;
mod elements;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::Node;
use topsdk_spec::{ErrorCode, Layout, Side};

use super::error::Error;
use super::html_to_markdown;
use super::protection;
use super::raw_page::RawPage;
use super::report::ReadReport;
use crate::diagnostic::Severity;
use crate::page::Column;
use crate::page::words::{self, Section, clip, last_crumb};
use audit::Audit;
use dom::{Document, Hostile};
use elements::{inner_text, text};
use table::Table;

/// Reads a page.
pub(crate) fn read(page: &str, content: &str, report: &mut ReadReport) -> Result<RawPage, Error> {
    let document = dom::page(content).map_err(|error| match error {
        Hostile::TooDeep(offset) => {
            Error::TooDeep { page: page.to_owned(), what: "tags", limit: dom::MAX_DEPTH, offset }
        }
        Hostile::TooManyAttributes(offset) => {
            Error::TooManyAttributes { page: page.to_owned(), limit: dom::MAX_ATTRIBUTES, offset }
        }
    })?;
    let mut outline = Outline::new(document.html.tree.root());
    outline.check(page, content, &document, report)?;
    let mut raw = RawPage { layout: Layout::Html, headings: outline.places(content, &document), ..RawPage::default() };
    (raw.method, raw.title) = (std::mem::take(&mut outline.method), std::mem::take(&mut outline.title));
    raw.category = std::mem::take(&mut outline.category);
    raw.description = outline.description();
    raw.doc_id = outline.doc_id(&raw.method);
    let mut read = Vec::new();
    for side in [Side::Request, Side::Response] {
        let Some(table) = outline.take_table(side, report) else {
            outline.refuse_unread(page, content, &document, side, None, &[])?;
            continue;
        };
        let titles = table.titles().to_vec();
        let element = table.element();
        let found = table.rows(side, &document, report);
        if found.rows.is_empty() {
            outline.refuse_unread(page, content, &document, side, element, &titles)?;
        }
        read.extend(found.elements);
        match side {
            Side::Request => raw.request = found.rows,
            Side::Response => raw.response = found.rows,
        }
    }
    Audit { page, content, document: &document, outline: &outline }.count(&read)?;
    for (index, (section, table)) in outline.tables.iter().enumerate() {
        if *section == Some(Section::Errors) {
            raw.errors.extend(error_codes(table, &document, report));
        } else if section.map_or(table.is_of_parameters(), |section| section.side().is_some())
            && !outline.used.contains(&index)
        {
            let message = format!(
                "another table, of {} lines with the columns {:?}, is left out",
                table.lines().len(),
                table.titles().join(" ")
            );
            let section = section.map_or("", Section::heading);
            let place = table.element().and_then(|element| document.place(element, |_| false));
            report.add_span(Severity::Warning, "extra-table", section, place, message);
        }
    }
    outline.report_outside(&document, report);
    for &(section, node) in &outline.codes {
        let span = document.inside(node).filter(|_| elements::name(node) != "table");
        raw.add_code(section, &code::code(node), span);
    }
    for (section, loose) in &outline.loose {
        let start = loose.find(['<', '{']).filter(|_| *section != Section::RequestSample);
        let start = start.or_else(|| loose.find("TaobaoClient "));
        if let Some(start) = start {
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
    /// Whether the heading is not one of the site's.
    apart: bool,
}

/// The parts of a page, in page order.
#[derive(Default)]
struct Outline<'d> {
    method: String,
    title: String,
    category: String,
    heading: Option<NodeRef<'d, Node>>,
    whole_title: bool,
    sections: Vec<Section>,
    /// The headings, in source order, with their sections.
    headings: Vec<Heading>,
    tables: Vec<(Option<Section>, Table<'d>)>,
    used: BTreeSet<usize>,
    codes: Vec<(Section, NodeRef<'d, Node>)>,
    /// The text of each sample section outside of code blocks.
    loose: Vec<(Section, String)>,
    /// The texts in the parameter sections that are outside of tables.
    outside: Vec<(Side, NodeRef<'d, Node>)>,
    links: Vec<&'d str>,
    login: bool,
    /// Whether the page has scripts.
    scripted: bool,
    /// The first words of the page, for messages.
    lead: String,
}

impl<'d> Outline<'d> {
    fn new(root: NodeRef<'d, Node>) -> Outline<'d> {
        let mut outline = Outline::default();
        let mut section: Option<Section> = None;
        let mut section_tag = "";
        let mut label = String::new();
        let mut skipped = None;
        for edge in root.traverse() {
            let node = match edge {
                Edge::Open(node) if skipped.is_none() => node,
                Edge::Close(node) if skipped == Some(node.id()) => {
                    skipped = None;
                    continue;
                }
                _ => continue,
            };
            let element = match node.value() {
                Node::Element(element) => element,
                Node::Text(words) => {
                    let words = words.trim();
                    if !words.is_empty() && words.len() < 60 {
                        words.clone_into(&mut label);
                    }
                    if outline.lead.len() < 200 && !words.is_empty() {
                        outline.lead.push_str(words);
                        outline.lead.push(' ');
                    }
                    if let (Some(side), false) = (section.and_then(Section::side), words::says_none(words)) {
                        outline.outside.push((side, node));
                    }
                    if let Some((_, loose)) = outline.loose.last_mut().filter(|(kind, _)| Some(*kind) == section) {
                        loose.push_str(words);
                        loose.push('\n');
                    }
                    continue;
                }
                _ => continue,
            };
            match element.name() {
                "script" | "style" => {
                    outline.scripted |= element.name() == "script";
                    skipped = Some(node.id());
                }
                tag @ ("h1" | "h2" | "h3" | "h4" | "h5" | "h6") => {
                    let words = text(node);
                    if let Some(found) = words::section(&words) {
                        section = Some(found);
                        section_tag = tag;
                        outline.sections.push(found);
                        outline.headings.push(Heading { element: node.id(), section: found, apart: false });
                        if matches!(found, Section::RequestSample | Section::ResponseSample | Section::ErrorSample) {
                            outline.loose.push((found, String::new()));
                        }
                        skipped = Some(node.id());
                    } else if outline.take_title(node, &words) {
                        skipped = Some(node.id());
                    } else if tag == section_tag
                        && let Some(section) = section.take()
                    {
                        outline.headings.push(Heading { element: node.id(), section, apart: true });
                    }
                    label.clear();
                }
                "table" => {
                    match section {
                        Some(kind @ (Section::RequestSample | Section::ResponseSample | Section::ErrorSample)) => {
                            outline.add_code(kind, node);
                        }
                        Some(Section::Public | Section::Rest) => {}
                        _ if words::section(&label) == Some(Section::Public) => {}
                        _ => outline.tables.push((section, Table::new(node))),
                    }
                    skipped = Some(node.id());
                }
                "pre" | "textarea" => {
                    if let Some(kind @ (Section::RequestSample | Section::ResponseSample | Section::ErrorSample)) =
                        section
                    {
                        outline.add_code(kind, node);
                    }
                    skipped = Some(node.id());
                }
                "a" => outline.links.extend(element.attr("href")),
                "input" if element.attr("type").is_some_and(|kind| kind.eq_ignore_ascii_case("password")) => {
                    outline.login = true;
                }
                _ => {
                    if outline.category.is_empty() && element.classes().any(|class| class.contains("crumb")) {
                        let crumbs = text(node);
                        outline.category = last_crumb(&crumbs).unwrap_or_default();
                    }
                }
            }
        }
        outline.headings.sort_unstable_by_key(|heading| heading.element);
        outline
    }

    fn add_code(&mut self, section: Section, node: NodeRef<'d, Node>) {
        self.loose.retain(|(kind, _)| *kind != section);
        self.codes.push((section, node));
    }

    /// Uses a heading as the page's title, if it is one. A heading with only the title takes precedence over one with more
    /// text.
    fn take_title(&mut self, node: NodeRef<'d, Node>, words: &str) -> bool {
        let Some((method, title, whole)) = words::method_and_title(words) else { return false };
        if !self.method.is_empty() && (self.whole_title || !whole || !self.sections.is_empty()) {
            return false;
        }
        (self.method, self.title, self.whole_title, self.heading) = (method, title, whole, Some(node));
        true
    }

    /// Returns an error if this is not the complete page of an API.
    fn check(
        &mut self,
        page: &str,
        content: &str,
        document: &Document<'_>,
        report: &mut ReadReport,
    ) -> Result<(), Error> {
        let open_page = document.begun && !document.ended;
        let name = page;
        let page = page.to_owned();
        if self.sections.is_empty() || (self.method.is_empty() && self.tables.is_empty()) {
            let lead = clip(self.lead.trim());
            if let Some(mark) = protection::mark(content) {
                return Err(Error::Blocked { page, found: mark.to_owned() });
            }
            if self.login || lead.contains("登录") {
                return Err(Error::Login { page, found: format!("{lead:?}") });
            }
            if !self.method.is_empty() && (open_page || document.cut) {
                let detail = "the page ends before its tables".to_owned();
                return Err(Error::Cut { page, offset: content.len(), section: "the title".to_owned(), detail });
            }
            // A page whose contents a script loads has little text of its own.
            let bare =
                self.lead.len() < 200 || ["handler/document", "getDocument"].iter().any(|mark| content.contains(mark));
            if self.scripted && self.tables.is_empty() && bare {
                return Err(Error::Shell { page });
            }
            return Err(Error::NotApiPage { page, found: format!("it begins {lead:?}") });
        }
        if self.method.is_empty() {
            let named = self.links.iter().find_map(|link| query(link, "apiName")).filter(|name| words::is_method(name));
            let Some(method) = named else {
                let found = "no heading is a method's name".to_owned();
                return Err(Error::NotApiPage { page, found });
            };
            let message = format!("no heading names the method; {method:?} is what the page's link to its tools names");
            report.add(Severity::Warning, "missing-title", "", message);
            method.clone_into(&mut self.method);
        }
        Audit { page: name, content, document, outline: self }.markup()?;
        let detail = match () {
            () if document.open_tables > 0 => Some("a table is not closed"),
            () if document.cut => Some("the text ends inside a tag"),
            () if open_page => Some("the closing </html> is missing"),
            () => None,
        };
        if let Some(detail) = detail {
            let last = self.sections.iter().copied().max().unwrap_or(Section::Public);
            let named = self.sections.last().map_or("the title", |section| section.heading());
            if last < Section::Errors || document.open_tables > 0 {
                let (section, detail) = (named.to_owned(), detail.to_owned());
                return Err(Error::Cut { page, offset: content.len(), section, detail });
            }
            report.add(Severity::Warning, "unclosed-page", named, format!("{detail}; every section is there, though"));
        }
        // An API without parameters still has the table; a page without the table is incomplete.
        if !self.has_table(Side::Response) {
            self.refuse_unread(name, content, document, Side::Response, None, &[])?;
            if self.scripted && self.tables.is_empty() {
                return Err(Error::Shell { page });
            }
            let found: Vec<&str> = self.sections.iter().map(|section| section.heading()).collect();
            return Err(Error::NoResponse { page, found: found.join(", ") });
        }
        if !self.has_table(Side::Request) && !self.sections.contains(&Section::Request) {
            report.missing_section(Side::Request);
        }
        Ok(())
    }

    /// Returns the side whose section a node belongs to in the source. A heading that is not one of the site's begins no
    /// section. Node ids follow the source order, wherever the parser moves the nodes.
    fn side_at(&self, node: NodeId) -> Option<Side> {
        self.heading_before(node)?.section.side()
    }

    /// Returns whether a node is under a heading that is not one of the site's.
    fn is_apart(&self, node: NodeId) -> bool {
        self.heading_before(node).is_some_and(|heading| heading.apart)
    }

    fn heading_before(&self, node: NodeId) -> Option<&Heading> {
        let at = self.headings.partition_point(|heading| heading.element <= node);
        self.headings.get(at.checked_sub(1)?)
    }

    /// Returns whether the page has the table of one side, under its heading or under none.
    fn has_table(&self, side: Side) -> bool {
        self.tables.iter().any(|(section, table)| match section {
            Some(section) => section.side() == Some(side),
            None => table.is_of(side),
        })
    }

    /// Takes the table of one side: the first in its section that has names and types or, without such a section, the first
    /// with that side's columns.
    fn take_table(&mut self, side: Side, report: &mut ReadReport) -> Option<Table<'d>> {
        let wanted = match side {
            Side::Request => Section::Request,
            Side::Response => Section::Response,
        };
        let in_section = |kind: &Option<Section>| *kind == Some(wanted);
        let full = |table: &Table<'_>| table.has(Column::Name) && table.has(Column::Type);
        let sample = |table: &Table<'_>| full(table) && table.has(Column::Example);
        let tables = &self.tables;
        let find =
            |fits: &dyn Fn(&Table<'_>) -> bool| tables.iter().position(|(kind, table)| in_section(kind) && fits(table));
        let index = find(&sample).or_else(|| find(&full)).or_else(|| find(&|_| true)).or_else(|| {
            if self.sections.contains(&wanted) {
                return None;
            }
            let index = tables.iter().position(|(kind, table)| kind.is_none() && table.is_of(side))?;
            let message = format!("no heading {}; its table is known by its columns", side.heading());
            report.add(Severity::Warning, "missing-heading", side.heading(), message);
            Some(index)
        })?;
        self.used.insert(index);
        let empty = Table::empty();
        Some(std::mem::replace(&mut self.tables[index].1, empty))
    }

    /// Reports text outside of the parameter tables, which is skipped.
    fn report_outside(&self, document: &Document<'_>, report: &mut ReadReport) {
        for side in [Side::Request, Side::Response] {
            let found = || self.outside.iter().filter(|(of, _)| *of == side);
            if let Some((_, first)) = found().next() {
                let message = format!(
                    "{} texts stand outside of the table, the first of them {:?}; they are left out",
                    found().count(),
                    clip(inner_text(*first).trim())
                );
                let place = document.place(*first, |_| false);
                report.add_span(Severity::Warning, "stray-text", side.heading(), place, message);
            }
        }
    }

    /// Returns an error for a section that has no rows but contains text other than column titles.
    fn refuse_unread(
        &self,
        page: &str,
        content: &str,
        document: &Document<'_>,
        side: Side,
        table: Option<NodeRef<'d, Node>>,
        titles: &[String],
    ) -> Result<(), Error> {
        let inside = table.into_iter().flat_map(|table| table.descendants());
        let outside = self.outside.iter().filter(|(of, _)| *of == side).map(|(_, text)| *text);
        let is_title = |words: &str| titles.iter().any(|title| title == words) || words::column(words).is_some();
        let unread = inside.chain(outside).find_map(|node| {
            let words = node.value().as_text()?.trim();
            (!words::says_none(words) && !is_title(words)).then_some((node, words))
        });
        let Some((node, words)) = unread else { return Ok(()) };
        let at = document.place(node, |_| false).map_or(0, |place| place.start);
        let line = words.lines().next().unwrap_or_default();
        Err(Error::no_rows(page, side, content, at, line.trim_end()))
    }

    /// Returns the spans of the title and of the headings.
    fn places(&self, content: &str, document: &Document<'_>) -> BTreeMap<&'static str, Range<usize>> {
        let mut places = BTreeMap::new();
        for heading in self.headings.iter().rev().filter(|heading| !heading.apart) {
            let node = document.html.tree.get(heading.element);
            let place = node.and_then(|node| document.place(node, |_| false));
            places.extend(place.map(|place| (heading.section.heading(), place)));
        }
        let title = self.heading.and_then(|title| document.place(title, |_| false));
        // On some pages, only a link names the method.
        let title = title.or_else(|| content.find(&self.method).map(|at| at..at + self.method.len()));
        places.extend(title.map(|place| ("", place)));
        places
    }

    /// Returns the text between the title and the first section.
    fn description(&self) -> String {
        let Some(mut title) = self.heading else { return String::new() };
        // The title may be wrapped in elements of its own.
        for _ in 0..3 {
            let siblings: Vec<_> = title
                .next_siblings()
                .take_while(|node| {
                    !node
                        .descendants()
                        .any(|inner| self.headings.binary_search_by_key(&inner.id(), |heading| heading.element).is_ok())
                })
                .collect();
            let description = html_to_markdown::from_nodes(siblings.into_iter(), |_| false);
            if !description.is_empty() {
                return description;
            }
            match title.parent() {
                Some(parent) if title.next_siblings().all(|node| node.value().is_text() || text(node).is_empty()) => {
                    title = parent
                }
                _ => break,
            }
        }
        String::new()
    }

    /// Returns the page's number: from the link to this API's tools, or the only number that occurs in the links.
    fn doc_id(&self, method: &str) -> Option<u64> {
        let id =
            |link: &&str| ["apiId", "docId", "articleId"].iter().find_map(|key| query(link, key))?.parse::<u64>().ok();
        let own = self.links.iter().filter(|link| query(link, "apiName") == Some(method)).find_map(id);
        own.or_else(|| {
            let ids: BTreeSet<u64> = self.links.iter().filter(|link| link.contains("apiId=")).filter_map(id).collect();
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
    let columns: Vec<Option<usize>> = table.titles().iter().map(|title| words::error_column(title)).collect();
    let titled = columns.contains(&Some(0));
    let mut errors = Vec::new();
    for line in table.lines().iter().skip(usize::from(titled)) {
        let mut cells = [String::new(), String::new(), String::new()];
        for (index, cell) in line.iter().enumerate() {
            let column = if titled { columns.get(index).copied().flatten() } else { Some(index) };
            match column.and_then(|column| cells.get_mut(column)) {
                Some(place) => *place = inner_text(*cell).trim().to_owned(),
                None => {
                    let content = text(*cell);
                    let message = format!("the cell {:?} has no column; it is left out", clip(&content));
                    let place = document.place(*cell, |_| false);
                    report.add_span(Severity::Warning, "unknown-column", Section::Errors.heading(), place, message);
                }
            }
        }
        let [code, message, solution] = cells;
        if line.len() == 1 && titled {
            // A placeholder such as 暂无数据.
            if !code.is_empty() {
                let message = format!("the line {:?} is no error code; it is left out", clip(&code));
                let place = document.place(line[0], |_| false);
                report.add_span(Severity::Note, "stray-text", Section::Errors.heading(), place, message);
            }
            continue;
        }
        if !(code.is_empty() && message.is_empty() && solution.is_empty()) {
            errors.push(ErrorCode { code, message, solution });
        }
    }
    errors
}
