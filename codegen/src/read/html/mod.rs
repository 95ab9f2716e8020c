//! Reads the page as the server renders it: HTML with rows, samples and error codes.
//!
//! Parts are recognised by their visible text: headings, column titles, words. The protocol's parameters (公共参数) are the
//! same for every API and are skipped.

mod angle_brackets;
mod audit;
mod code;
pub(crate) mod dom;
mod elements;
mod rows;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::Node;
use topsdk_spec::{ErrorCode, Layout, Side};

use super::error::PageProblem;
use super::html_to_markdown;
use super::protection;
use super::raw_page::RawPage;
use super::report::ReadReport;
use crate::diagnostic::Severity;
use crate::page::Column;
use crate::page::words::{self, Section, clip, last_crumb};
use audit::Audit;
use dom::Document;
use elements::{inner_text, text};
use table::Table;

/// Reads a page.
pub(crate) fn read(content: &str, report: &mut ReadReport) -> Result<RawPage, PageProblem> {
    let mut document = dom::page(content)?;
    document.rows = rows::separate(&mut document.html);
    let mut outline = Outline::new(document.html.tree.root());
    outline.check(&document, report)?;
    let audit = Audit::new(&document, &outline)?;
    outline.check_end(&document, report)?;
    let mut raw = RawPage { layout: Layout::Html, headings: outline.places(&document), ..RawPage::default() };
    raw.description = outline.description();
    raw.doc_id = outline.doc_id();
    let (mut read, mut used) = (Vec::new(), Vec::new());
    for side in [Side::Request, Side::Response] {
        let index = outline.find_table(side, report);
        let table = index.map(|index| &outline.tables[index].1);
        let found = table.map(|table| table.rows(side, &document, report)).unwrap_or_default();
        if found.rows.is_empty() {
            outline.refuse_unread(&document, side, table)?;
        }
        used.extend(index);
        read.extend(found.elements);
        match side {
            Side::Request => raw.request = found.rows,
            Side::Response => raw.response = found.rows,
        }
    }
    audit.count(&read)?;
    for (index, (section, table)) in outline.tables.iter().enumerate() {
        if *section == Some(Section::Errors) {
            raw.errors.extend(error_codes(table, &document, report));
        } else if section.map_or(table.is_of_parameters(), |section| section.side().is_some()) && !used.contains(&index)
        {
            let (lines, titles) = (table.lines.len(), table.titles.join(" "));
            let message = format!("another table, of {lines} lines with the columns {titles:?}, is ignored");
            let section = section.map_or("", Section::heading);
            report.add_span(Severity::Warning, "extra-table", section, document.place(table.element), message);
        }
    }
    outline.report_outside(&document, report);
    for &(section, node) in &outline.codes {
        let span = document.inside(node).filter(|_| elements::name(node) != "table");
        raw.add_code(section, &code::code(node), span);
    }
    for (section, loose) in &outline.loose {
        let start = loose.find(['<', '{']).filter(|_| *section != Section::RequestSample);
        if let Some(start) = start.or_else(|| loose.find("TaobaoClient ")) {
            raw.add_code(*section, loose[start..].trim(), None);
        }
    }
    (raw.method, raw.title, raw.category) = (outline.method, outline.title, outline.category);
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
                        if found.is_sample() {
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
                "table" | "pre" | "textarea" => {
                    match section {
                        Some(section) if section.is_sample() => outline.add_code(section, node),
                        Some(Section::Public | Section::Rest) => {}
                        _ if element.name() != "table" || words::section(&label) == Some(Section::Public) => {}
                        _ => outline.tables.push((section, Table::new(node))),
                    }
                    skipped = Some(node.id());
                }
                "a" => outline.links.extend(element.attr("href")),
                "input" if element.attr("type").is_some_and(|kind| kind.eq_ignore_ascii_case("password")) => {
                    outline.login = true;
                }
                _ => {
                    if outline.category.is_empty() && elements::classes(node).any(|class| class.contains("crumb")) {
                        outline.category = last_crumb(&text(node)).unwrap_or_default();
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

    /// Returns an error if this is not the page of an API. Finds the method if no heading names it.
    fn check(&mut self, document: &Document<'_>, report: &mut ReadReport) -> Result<(), PageProblem> {
        if self.sections.is_empty() || (self.method.is_empty() && self.tables.is_empty()) {
            let lead = clip(self.lead.trim());
            if let Some(mark) = protection::mark(document.source) {
                return Err(PageProblem::Blocked(mark.to_owned()));
            }
            if self.login || lead.contains("登录") {
                return Err(PageProblem::Login(format!("{lead:?}")));
            }
            if !self.method.is_empty() && (document.record.is_open() || document.record.cut) {
                return Err(document.cut_off("the title", "the page ends before its tables"));
            }
            // A page whose contents a script loads has little text of its own.
            let marks = ["handler/document", "getDocument"];
            let bare = self.lead.len() < 200 || marks.iter().any(|mark| document.source.contains(mark));
            if self.scripted && self.tables.is_empty() && bare {
                return Err(PageProblem::Shell);
            }
            return Err(PageProblem::NotApiPage(format!("it begins {lead:?}")));
        }
        if self.method.is_empty() {
            let named = self.links.iter().find_map(|link| query(link, "apiName")).filter(|name| words::is_method(name));
            let Some(method) = named else {
                return Err(PageProblem::NotApiPage("no heading is a method's name".to_owned()));
            };
            let message = format!("no heading names the method; read as {method:?}, from the page's link to its tools");
            report.add(Severity::Warning, "missing-title", "", message);
            method.clone_into(&mut self.method);
        }
        Ok(())
    }

    /// Returns an error if the page ends too early or has no table of response parameters.
    fn check_end(&self, document: &Document<'_>, report: &mut ReadReport) -> Result<(), PageProblem> {
        let open_tables = document.record.open_tables > 0;
        let detail = match () {
            () if open_tables => Some("a table is not closed"),
            () if document.record.cut => Some("the text ends inside a tag"),
            () if document.record.is_open() => Some("the closing </html> is missing"),
            () => None,
        };
        if let Some(detail) = detail {
            let named = self.sections.last().map_or("the title", |section| section.heading());
            if open_tables || self.sections.iter().all(|section| *section < Section::Errors) {
                return Err(document.cut_off(named, detail));
            }
            report.add(Severity::Warning, "unclosed-page", named, format!("{detail}, but every section is there"));
        }
        // An API without parameters still has the table; a page without the table is incomplete.
        if !self.has_table(Side::Response) {
            self.refuse_unread(document, Side::Response, None)?;
            if self.scripted && self.tables.is_empty() {
                return Err(PageProblem::Shell);
            }
            let found: Vec<&str> = self.sections.iter().map(|section| section.heading()).collect();
            return Err(PageProblem::NoResponse(found.join(", ")));
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

    /// Returns the index of one side's table: the first in its section that has names and types or, without such a
    /// section, the first with that side's columns.
    fn find_table(&self, side: Side, report: &mut ReadReport) -> Option<usize> {
        let sample = |table: &Table<'_>| table.is_of_parameters() && table.has(Column::Example);
        let find = |fits: &dyn Fn(&Table<'_>) -> bool| {
            let is_own = |section: &Option<Section>| section.and_then(Section::side) == Some(side);
            self.tables.iter().position(|(section, table)| is_own(section) && fits(table))
        };
        find(&sample).or_else(|| find(&|table| table.is_of_parameters())).or_else(|| find(&|_| true)).or_else(|| {
            if self.sections.iter().any(|section| section.side() == Some(side)) {
                return None;
            }
            let index = self.tables.iter().position(|(section, table)| section.is_none() && table.is_of(side))?;
            let message = format!("the page has no heading {}; its table is recognised by its columns", side.heading());
            report.add(Severity::Warning, "missing-heading", side.heading(), message);
            Some(index)
        })
    }

    /// Returns the texts of one side's section that are outside of tables.
    fn outside_of(&self, side: Side) -> impl Iterator<Item = NodeRef<'d, Node>> {
        self.outside.iter().filter(move |(of, _)| *of == side).map(|(_, text)| *text)
    }

    /// Reports text outside of the parameter tables, which is skipped.
    fn report_outside(&self, document: &Document<'_>, report: &mut ReadReport) {
        for side in [Side::Request, Side::Response] {
            if let Some(first) = self.outside_of(side).next() {
                let message = format!(
                    "{} texts are outside of the table, the first of them {:?}; they are ignored",
                    self.outside_of(side).count(),
                    clip(inner_text(first).trim())
                );
                report.add_span(Severity::Warning, "stray-text", side.heading(), document.place(first), message);
            }
        }
    }

    /// Returns an error for a section that has no rows but contains text other than column titles.
    fn refuse_unread(&self, document: &Document<'_>, side: Side, table: Option<&Table<'d>>) -> Result<(), PageProblem> {
        let inside = table.into_iter().flat_map(|table| table.element.descendants());
        let titles = table.map_or(&[][..], |table| &table.titles);
        let is_title = |words: &str| titles.iter().any(|title| title == words) || words::column(words).is_some();
        let unread = inside.chain(self.outside_of(side)).find_map(|node| {
            let words = node.value().as_text()?.trim();
            (!words::says_none(words) && !is_title(words)).then_some((node, words))
        });
        let Some((node, words)) = unread else { return Ok(()) };
        let at = document.place(node).map_or(0, |place| place.start);
        let line = words.lines().next().unwrap_or_default();
        Err(PageProblem::no_rows(side, document.source, at, line.trim_end()))
    }

    /// Returns the spans of the title and of the headings.
    fn places(&self, document: &Document<'_>) -> BTreeMap<&'static str, Range<usize>> {
        let mut places = BTreeMap::new();
        for heading in self.headings.iter().rev().filter(|heading| !heading.apart) {
            let place = document.html.tree.get(heading.element).and_then(|node| document.place(node));
            places.extend(place.map(|place| (heading.section.heading(), place)));
        }
        let title = self.heading.and_then(|title| document.place(title));
        // On some pages, only a link names the method.
        let title = title.or_else(|| document.source.find(&self.method).map(|at| at..at + self.method.len()));
        places.extend(title.map(|place| ("", place)));
        places
    }

    /// Returns the text between the title and the first section.
    fn description(&self) -> String {
        let is_heading = |node: &NodeRef<'d, Node>| {
            self.headings.binary_search_by_key(&node.id(), |heading| heading.element).is_ok()
        };
        // The title may be wrapped in elements of its own.
        let wrappers = self.heading.into_iter().flat_map(|title| std::iter::once(title).chain(title.ancestors()));
        for title in wrappers.take(3) {
            let siblings = || title.next_siblings();
            let before = siblings().take_while(|node| !node.descendants().any(|inner| is_heading(&inner)));
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
    fn doc_id(&self) -> Option<u64> {
        let id =
            |link: &&str| ["apiId", "docId", "articleId"].iter().find_map(|key| query(link, key))?.parse::<u64>().ok();
        let own = self.links.iter().filter(|link| query(link, "apiName") == Some(&self.method)).find_map(id);
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
    let columns: Vec<Option<usize>> = table.titles.iter().map(|title| words::error_column(title)).collect();
    let titled = columns.contains(&Some(0));
    let mut errors = Vec::new();
    for line in table.lines.iter().skip(usize::from(titled)) {
        let mut cells = [String::new(), String::new(), String::new()];
        for (index, cell) in line.iter().enumerate() {
            let column = if titled { columns.get(index).copied().flatten() } else { Some(index) };
            match column.and_then(|column| cells.get_mut(column)) {
                Some(place) => *place = inner_text(*cell).trim().to_owned(),
                None => {
                    let content = text(*cell);
                    let message = format!("the cell {:?} has no column; it is ignored", clip(&content));
                    let place = document.place(*cell);
                    report.add_span(Severity::Warning, "unknown-column", Section::Errors.heading(), place, message);
                }
            }
        }
        let [code, message, solution] = cells;
        if line.len() == 1 && titled {
            // A placeholder such as 暂无数据.
            if !code.is_empty() {
                let message = format!("the line {:?} is not an error code; it is ignored", clip(&code));
                let place = document.place(line[0]);
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
