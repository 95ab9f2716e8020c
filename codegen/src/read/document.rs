//! Reads the response of the document endpoint: JSON, with its envelope or `data` alone. Its rows have a known depth.

use std::ops::Range;

use topsdk_spec::{Auth, ErrorCode, Package, Side};

use super::error::{Error, PageProblem};
use super::html_to_markdown;
use super::json::{self, JsonObject, Raw, RawValue, SyntaxError, offset, text};
use super::protection;
use super::raw_page::{RawPage, is_java};
use super::report::ReadReport;
use crate::diagnostic::Severity;
use crate::page::words::{self, clip, one_line};
use crate::page::{Children, Column, Row, SampleKind};
use crate::tree;

/// Reads a document.
pub(crate) fn read(content: &str, report: &mut ReadReport) -> Result<RawPage, PageProblem> {
    let reader = DocumentReader { content };
    let data = reader.data()?;
    let document = reader.object(data)?;
    let method = document.text("name").trim().to_owned();
    let tables = [document.get("requestParams"), document.get("responseParams")];
    if !words::is_method(&method) || (tables.iter().all(Option::is_none) && document.get("apiChineseName").is_none()) {
        let found = format!("JSON whose \"name\" is {:?}, with the members {}", clip(&method), clip(&document.names()));
        return Err(PageProblem::NotApiPage(found));
    }
    let mut raw = RawPage::default();
    raw.api.method = method;
    raw.api.title = one_line(&document.text("apiChineseName"));
    raw.api.description = html_to_markdown::from_fragment(&document.text("description"));
    raw.api.category = document.text("category").trim().to_owned();
    raw.api.doc_id = reader.doc_id(document.get("id"), report);
    reader.labels(document.get("labels"), &mut raw, report)?;
    for scope in json::items(document.get("applyScopes")) {
        let package = match reader.item(scope)? {
            Some(scope) => Package {
                name: one_line(&scope.text("name")),
                description: html_to_markdown::from_fragment(&text(description(&scope))),
                url: scope.text("url").trim().to_owned(),
            },
            None => Package { name: one_line(&text(Some(scope))), ..Package::default() },
        };
        if package.name.is_empty() {
            reader.stray(scope, "applyScopes", "a name", report);
        } else if !raw.api.packages.contains(&package) {
            raw.api.packages.push(package);
        }
    }
    raw.origins.headings.extend(reader.span(document.get("name")).map(|span| ("", span)));
    for ((side, key), table) in
        [(Side::Request, "\"requestParams\""), (Side::Response, "\"responseParams\"")].into_iter().zip(tables)
    {
        let member = table.and_then(|table| content[..offset(content, table.get())].rfind(key));
        raw.origins.headings.extend(member.map(|at| (side.heading(), at..at + key.len())));
        raw.rows.insert(side, reader.rows(table, side, report)?);
    }
    for error in json::items(document.get("errorCodes")) {
        let Some(failure) = reader.item(error)? else {
            reader.stray(error, "errorCodes", "an object", report);
            continue;
        };
        let [code, message, solution] =
            ["errorCode", "errorMsg", "solution"].map(|key| failure.text(key).trim().to_owned());
        raw.api.errors.push(ErrorCode { code, message, solution });
    }
    for (kind, key) in [
        (SampleKind::Xml, "rspSampleXml"),
        (SampleKind::Json, "rspSampleJson"),
        (SampleKind::JsonSimplified, "rspSampleSimplifyJson"),
        (SampleKind::ErrorXml, "apiErrDemoXml"),
        (SampleKind::ErrorJson, "apiErrDemoJson"),
    ] {
        let code = document.get(key);
        raw.add_sample(kind, text(code).trim().to_owned(), reader.span(code));
    }
    for demo in json::items(document.get("sdkDemos")) {
        let Some(demo) = reader.item(demo)? else {
            reader.stray(demo, "sdkDemos", "an object", report);
            continue;
        };
        let code = description(&demo);
        let sample = text(code).trim().to_owned();
        if is_java(&sample) {
            raw.add_sample(SampleKind::Java, sample, reader.span(code));
        }
    }
    Ok(raw)
}

/// Returns the byte offset of the first member of a document.
#[cfg(feature = "fetch")]
pub(crate) fn first_member(bytes: &[u8]) -> Option<usize> {
    let content = std::str::from_utf8(bytes).ok()?;
    let reader = DocumentReader { content };
    Some(offset(content, reader.data().ok()?) + 1)
}

/// Returns `data` of another response of the document endpoint, such as its catalogue.
#[cfg(feature = "fetch")]
pub(crate) fn response_data(name: &str, content: &str) -> Result<serde_json::Value, Error> {
    let reader = DocumentReader { content };
    let data = reader.data().and_then(|data| json::parse(data).map_err(|error| reader.syntax_error(error)));
    data.map_err(|problem| Error { page: name.to_owned(), problem })
}

/// Returns the authorisation that a label names: 必须用户授权, 可选授权, 不需用户授权 (docs/protocol.md section 2).
fn auth(name: &str, key: &str) -> Option<Auth> {
    match (name, key) {
        ("必须用户授权" | "需要用户授权" | "需要授权", _) | (_, "required") => Some(Auth::Required),
        ("不需用户授权" | "不需要用户授权" | "不需要授权", _) | (_, "no_need") => Some(Auth::None),
        ("可选授权" | "可选用户授权", _) | (_, "optional") => Some(Auth::Optional),
        _ => None,
    }
}

/// Returns the member `descprition`, as the site spells it, or `description`.
fn description<'a>(object: &JsonObject<'a>) -> Raw<'a> {
    object.get("descprition").or_else(|| object.get("description"))
}

/// Returns whether a parameter is required, or `None` if the text is not a known word for it.
fn required(text: &str) -> Option<bool> {
    match text.trim() {
        "1" => Some(true),
        "0" => Some(false),
        word => words::required(word),
    }
}

struct DocumentReader<'a> {
    content: &'a str,
}

impl<'a> DocumentReader<'a> {
    /// Returns the object that describes the API: `data` of the envelope, or the whole text.
    fn data(&self) -> Result<&'a str, PageProblem> {
        let content = self.content.trim_start_matches('\u{feff}').trim();
        json::check(content).map_err(|error| self.syntax_error(error))?;
        if !content.starts_with('{') {
            return Err(PageProblem::NotApiPage("JSON, but not an object".to_owned()));
        }
        let envelope = self.object(content)?;
        if let Some(found) = protection::in_object(&envelope) {
            return Err(PageProblem::Blocked(clip(&found)));
        }
        if envelope.text("success") == "false" {
            let messages = [envelope.text("msg"), envelope.text("errMsg")];
            let message = messages.into_iter().find(|message| !message.is_empty()).unwrap_or("no message".to_owned());
            return Err(PageProblem::Refused { code: envelope.text("code"), message: clip(&message) });
        }
        match envelope.get("data").map(RawValue::get) {
            Some(data) if data.starts_with('{') => Ok(data),
            Some(_) => Err(PageProblem::NotApiPage("an envelope whose \"data\" is not an object".to_owned())),
            None => Ok(content),
        }
    }

    fn object(&self, text: &'a str) -> Result<JsonObject<'a>, PageProblem> {
        JsonObject::parse(text).map_err(|error| self.syntax_error(error))
    }

    /// Parses an item of a list. Returns `None` if it is not an object.
    fn item(&self, value: &'a RawValue) -> Result<Option<JsonObject<'a>>, PageProblem> {
        value.get().starts_with('{').then(|| self.object(value.get())).transpose()
    }

    fn syntax_error(&self, error: SyntaxError<'_>) -> PageProblem {
        let content = self.content;
        if error.ends {
            return PageProblem::Cut {
                offset: content.len(),
                section: "the document",
                detail: "the JSON is not closed",
            };
        }
        let (before, behind) =
            content.split_at_checked(offset(content, error.text) + error.at).unwrap_or((content, ""));
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let found: String = behind.chars().take(20).collect();
        PageProblem::Json { line, column, message: format!("{}, found {found:?}", error.message) }
    }

    /// Returns the span of a value; for a string, the part between the quotes. Returns `None` if the value is empty.
    fn span(&self, value: Raw<'_>) -> Option<Range<usize>> {
        let text = value?.get();
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let start = offset(self.content, inner);
        (!inner.is_empty()).then(|| start..start + inner.len())
    }

    /// Returns the document's number. Any other value is reported and ignored.
    fn doc_id(&self, value: Raw<'_>, report: &mut ReadReport) -> Option<u64> {
        let id = text(value);
        let id = id.trim();
        let number = id.parse().ok();
        if let (None, false, Some(span)) = (number, id.is_empty(), self.span(value)) {
            let message = format!("expected a whole number as \"id\", found {:?}; it is ignored", clip(id));
            report.add_span(Severity::Warning, "unknown-id", "", span, message);
        }
        number
    }

    /// Reads the labels next to the title. One of them is the authorisation.
    fn labels(&self, labels: Raw<'a>, raw: &mut RawPage, report: &mut ReadReport) -> Result<(), PageProblem> {
        for label in json::items(labels) {
            let [name, key] = match self.item(label)? {
                Some(members) => ["displayName", "key"].map(|member| one_line(&members.text(member))),
                None => [one_line(&text(Some(label))), String::new()],
            };
            let found = auth(&name, &key);
            let name = if name.is_empty() { key } else { name };
            if found.is_some() && raw.api.auth.is_none_or(|auth| Some(auth) == found) {
                raw.api.auth = found;
            } else if name.is_empty() {
                self.stray(label, "labels", "a name", report);
            } else if !raw.api.labels.contains(&name) {
                raw.api.labels.push(name);
            }
        }
        Ok(())
    }

    /// Reports a list item of an unexpected kind.
    fn stray(&self, item: &RawValue, list: &str, expected: &str, report: &mut ReadReport) {
        let message = format!("expected {expected} in {list}, found {}; it is ignored", clip(item.get()));
        let span = self.span(Some(item)).unwrap_or_default();
        report.add_span(Severity::Warning, "stray-text", "", span, message);
    }

    fn rows(&self, table: Raw<'a>, side: Side, report: &mut ReadReport) -> Result<Vec<Row>, PageProblem> {
        match text(table).trim() {
            "" => {
                report.missing_section(side);
                return Ok(Vec::new());
            }
            // Empty brackets are an empty list, not a word.
            word if !word.starts_with(['[', '{']) && words::says_none(word) => return Ok(Vec::new()),
            _ => {}
        }
        let mut rows: Vec<Row> = Vec::new();
        // The parameters still to read, the next one last: keeps the page's order without recursion.
        let mut work: Vec<(&RawValue, Option<usize>, usize)> =
            json::items(table).into_iter().rev().map(|param| (param, None, 1)).collect();
        let first = work.last().map(|&(first, ..)| first);
        while let Some((item, under, depth)) = work.pop() {
            if depth > tree::MAX_DEPTH {
                let offset = offset(self.content, item.get());
                return Err(PageProblem::TooDeep { what: "parameters", limit: tree::MAX_DEPTH, offset });
            }
            let Some(param) = self.item(item)? else {
                self.stray(item, side.heading(), "an object", report);
                continue;
            };
            let index = rows.len();
            rows.push(self.row(&param, under, side, index, report));
            if let Some(under) = under {
                rows[under].children = Children::Own;
            }
            let fields = json::items(param.get("subParams")).into_iter().rev();
            work.extend(fields.map(|field| (field, Some(index), depth + 1)));
        }
        match first {
            Some(first) if rows.is_empty() => {
                let at = offset(self.content, first.get());
                Err(PageProblem::no_rows(side, self.content, at, &text(Some(first))))
            }
            _ => Ok(rows),
        }
    }

    fn row(
        &self,
        param: &JsonObject<'_>,
        under: Option<usize>,
        side: Side,
        index: usize,
        report: &mut ReadReport,
    ) -> Row {
        let mut row = Row { under, name: param.text("name").trim().to_owned(), ..Row::default() };
        row.set_type(&param.text("type"));
        row.example = param.text("demoValue").trim().to_owned();
        row.description = html_to_markdown::from_fragment(&param.text("description"));
        for (column, key) in [
            (Column::Name, "name"),
            (Column::Type, "type"),
            (Column::Required, "required"),
            (Column::Example, "demoValue"),
            (Column::Description, "description"),
        ] {
            row.set_span(column, self.span(param.get(key)));
        }
        if side == Side::Response {
            return row;
        }
        let word = param.text("required");
        match required(&word) {
            Some(required) => row.required = required,
            None if matches!(word.trim(), "" | "null") => {}
            None => {
                let message = format!("{:?}: expected true or false, found {:?}; read as false", row.name, clip(&word));
                report.add_row(Severity::Warning, "unknown-word", side, index, Column::Required, message);
            }
        }
        for key in ["defaultValue", "maxLength", "maxListSize", "minValue", "maxValue"] {
            let limit = param.text(key);
            let limit = limit.trim();
            if limit.is_empty() {
                continue;
            }
            if row.span(Column::Limits).is_none() {
                row.set_span(Column::Limits, self.span(param.get(key)));
            }
            if words::set_limit(&mut row.limits, key, limit).is_err() {
                let message =
                    format!("{:?}: expected a number as {key}, found {:?}; it is ignored", row.name, clip(limit));
                report.add_row(Severity::Warning, "unknown-limit", side, index, Column::Limits, message);
            }
        }
        row
    }
}
