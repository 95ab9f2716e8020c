//! The answer of the document endpoint: JSON, in its envelope or `data` alone, to rows that know their depth.

use std::ops::Range;

use topsdk_spec::{Auth, ErrorCode, Layout, Side};

use super::error::Error;
use super::front::{Front, is_java};
use super::json::{Fault, Json, Kind, MAX_DEPTH};
use super::markdown;

use super::report::Report;
use crate::diagnostic::Severity;
use crate::page::words::{self, LimitKind, clip};
use crate::page::{Children, Column, Row, SampleKind};

/// Reads a document.
pub(crate) fn read(page: &str, content: &str, report: &mut Report) -> Result<Front, Error> {
    let json = Json::strict(content).map_err(|fault| not_json(page, content, fault))?;
    let data = data(page, &json)?;
    let document = Document { json: &json, data };
    let method = document.text("name").trim().to_owned();
    let tables = ["requestParams", "responseParams"].map(|key| document.list(key));
    if !words::is_method(&method) || (tables.iter().all(Option::is_none) && json.get(data, "apiChineseName").is_none())
    {
        let found =
            format!("JSON whose \"name\" is {:?}, with the members {}", clip(&method), clip(&document.members()));
        return Err(Error::NotApiPage { page: page.to_owned(), found });
    }
    let mut front = Front { layout: Layout::Document, method, ..Front::default() };
    front.title = document.text("apiChineseName").split_whitespace().collect::<Vec<_>>().join(" ");
    front.description = markdown::from_fragment(&document.text("description"));
    front.category = document.text("category").trim().to_owned();
    front.doc_id = document.text("id").trim().parse().ok();
    front.auth = document.auth();
    for (side, table) in [Side::Request, Side::Response].into_iter().zip(tables) {
        match table {
            Some(table) => {
                let rows = document.rows(table, side, report);
                match side {
                    Side::Request => front.request = rows,
                    Side::Response => front.response = rows,
                }
            }
            None => report.missing_section(side),
        }
    }
    for error in document.list("errorCodes").into_iter().flat_map(|list| json.children(list)) {
        let text =
            |key: &str| json.get(error, key).and_then(|value| json.text(value)).unwrap_or_default().trim().to_owned();
        front.errors.push(ErrorCode { code: text("errorCode"), message: text("errorMsg"), solution: text("solution") });
    }
    document.samples(&mut front);
    Ok(front)
}

/// Where the first member of a document begins, in bytes.
#[cfg(feature = "fetch")]
pub(crate) fn start(bytes: &[u8]) -> Option<usize> {
    let json = Json::strict(std::str::from_utf8(bytes).ok()?).ok()?;
    let data = data("", &json).ok()?;
    Some(json.span(data).start + 1)
}

fn not_json(page: &str, content: &str, fault: Fault) -> Error {
    match fault {
        Fault::Depth(offset) => Error::TooDeep { page: page.to_owned(), what: "values", limit: MAX_DEPTH, offset },
        Fault::Expected(_, offset) if content[offset.min(content.len())..].trim().is_empty() => Error::Cut {
            page: page.to_owned(),
            offset,
            section: "the document".to_owned(),
            detail: "the JSON is not closed".to_owned(),
        },
        Fault::Expected(expected, offset) => {
            let before = content.get(..offset).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let found: String = content.get(offset..).unwrap_or_default().chars().take(20).collect();
            Error::Json {
                page: page.to_owned(),
                line,
                column,
                message: format!("expected {expected}, found {found:?}"),
            }
        }
    }
}

/// The object that describes the API: `data` of the envelope, or the whole text.
fn data(page: &str, json: &Json<'_>) -> Result<usize, Error> {
    let not_a_document = |found: &str| Error::NotApiPage { page: page.to_owned(), found: found.to_owned() };
    let root = json
        .root()
        .filter(|&root| json.kind(root) == Kind::Object)
        .ok_or_else(|| not_a_document("JSON, but no object"))?;
    let text = |node: usize, key: &str| {
        json.get(node, key).and_then(|value| json.text(value)).unwrap_or_default().into_owned()
    };
    if let Some(ret) = json.get(root, "ret") {
        let found =
            json.children(ret).find_map(|item| json.text(item)).or(json.text(ret)).unwrap_or_default().into_owned();
        return Err(Error::Blocked { page: page.to_owned(), found: clip(&found) });
    }
    // The same protection, as scripts of the page are told of it.
    if json.get(root, "rgv587_flag").is_some() {
        return Err(Error::Blocked { page: page.to_owned(), found: "rgv587_flag".to_owned() });
    }
    if text(root, "success") == "false" {
        let messages = [text(root, "msg"), text(root, "errMsg")];
        let message = messages.into_iter().find(|message| !message.is_empty()).unwrap_or("no message".to_owned());
        return Err(Error::Refused { page: page.to_owned(), code: text(root, "code"), message: clip(&message) });
    }
    match json.get(root, "data") {
        Some(data) if json.kind(data) == Kind::Object => Ok(data),
        Some(_) => Err(not_a_document("an envelope whose \"data\" is no object")),
        None => Ok(root),
    }
}

struct Document<'j> {
    json: &'j Json<'j>,
    data: usize,
}

impl Document<'_> {
    fn text(&self, key: &str) -> String {
        self.json.get(self.data, key).and_then(|value| self.json.text(value)).unwrap_or_default().into_owned()
    }

    fn list(&self, key: &str) -> Option<usize> {
        self.json.get(self.data, key).filter(|&value| self.json.kind(value) == Kind::Array)
    }

    fn members(&self) -> String {
        self.json.children(self.data).take(8).map(|member| self.json.key(member)).collect::<Vec<_>>().join(", ")
    }

    /// What the labels say: 必须用户授权, 可选授权, 不需用户授权 (protocol.md section 2).
    fn auth(&self) -> Option<Auth> {
        let labels = self.list("labels")?;
        self.json.children(labels).find_map(|label| {
            let name = self.json.get(label, "displayName").and_then(|value| self.json.text(value)).unwrap_or_default();
            let key = self.json.get(label, "key").and_then(|value| self.json.text(value)).unwrap_or_default();
            match (name.trim(), key.trim()) {
                ("必须用户授权" | "需要用户授权" | "需要授权", _) | (_, "required") => {
                    Some(Auth::Required)
                }
                ("不需用户授权" | "不需要用户授权" | "不需要授权", _) | (_, "no_need") => {
                    Some(Auth::None)
                }
                ("可选授权" | "可选用户授权", _) | (_, "optional") => Some(Auth::Optional),
                _ => None,
            }
        })
    }

    fn rows(&self, table: usize, side: Side, report: &mut Report) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        // Parameters to come, the next one last: the order of the page without recursion.
        let mut work: Vec<(usize, Option<usize>)> = self.json.children(table).map(|param| (param, None)).collect();
        work.reverse();
        while let Some((param, under)) = work.pop() {
            let index = rows.len();
            let row = self.row(param, under, side, index, report);
            rows.push(row);
            if let Some(under) = under {
                rows[under].children = Children::Own;
            }
            // An object of fields, as some programs write lists, holds them as well.
            let fields = self.json.get(param, "subParams");
            let at = work.len();
            work.extend(
                fields.into_iter().flat_map(|fields| self.json.children(fields)).map(|field| (field, Some(index))),
            );
            work[at..].reverse();
        }
        rows
    }

    fn row(&self, param: usize, under: Option<usize>, side: Side, index: usize, report: &mut Report) -> Row {
        let json = self.json;
        let cell = |key: &str| -> (String, Option<Range<usize>>) {
            let value = json.get(param, key);
            let text = value.and_then(|value| json.text(value)).unwrap_or_default().into_owned();
            (text, value.map(|value| json.span(value)).filter(|span| !span.is_empty()))
        };
        let mut row = Row { under, ..Row::default() };
        for (column, key) in [
            (Column::Name, "name"),
            (Column::Type, "type"),
            (Column::Required, "required"),
            (Column::Example, "demoValue"),
            (Column::Description, "description"),
        ] {
            let (text, span) = cell(key);
            match column {
                Column::Name => row.name = text.trim().to_owned(),
                Column::Type => row.set_type(&text),
                Column::Required if side == Side::Request => match required(&text) {
                    Some(required) => row.required = required,
                    None if matches!(text.trim(), "" | "null") => {}
                    None => {
                        let message =
                            format!("{:?}: expected true or false, found {:?}; read as false", row.name, clip(&text));
                        report.add_row(Severity::Warning, "unknown-word", side, index, column, message);
                    }
                },
                Column::Required => {}
                Column::Example => row.example = text.trim().to_owned(),
                _ => row.description = markdown::from_fragment(&text),
            }
            row.set_span(column, span);
        }
        if side == Side::Request {
            for (kind, key) in [
                (LimitKind::Default, "defaultValue"),
                (LimitKind::MaxLength, "maxLength"),
                (LimitKind::MaxListSize, "maxListSize"),
                (LimitKind::Min, "minValue"),
                (LimitKind::Max, "maxValue"),
            ] {
                let (text, span) = cell(key);
                let text = text.trim();
                if text.is_empty() {
                    continue;
                }
                if row.span(Column::Limits).is_none() {
                    row.set_span(Column::Limits, span);
                }
                if words::set_limit(&mut row.limits, kind, text).is_err() {
                    let message =
                        format!("{:?}: expected a number as {key}, found {:?}; it is left out", row.name, clip(text));
                    report.add_row(Severity::Warning, "unknown-limit", side, index, Column::Limits, message);
                }
            }
        }
        row
    }

    fn samples(&self, front: &mut Front) {
        for (kind, key) in [
            (SampleKind::Xml, "rspSampleXml"),
            (SampleKind::Json, "rspSampleJson"),
            (SampleKind::JsonSimplified, "rspSampleSimplifyJson"),
            (SampleKind::ErrorXml, "apiErrDemoXml"),
            (SampleKind::ErrorJson, "apiErrDemoJson"),
        ] {
            if let Some(value) = self.json.get(self.data, key) {
                let code = self.json.text(value).unwrap_or_default();
                front.add_sample(kind, code.trim().to_owned(), Some(self.json.span(value)));
            }
        }
        for demo in self.list("sdkDemos").into_iter().flat_map(|list| self.json.children(list)) {
            // The site's own spelling, and the right one.
            let code = ["descprition", "description"].iter().find_map(|key| self.json.get(demo, key));
            let Some(value) = code else { continue };
            let code = self.json.text(value).unwrap_or_default().trim().to_owned();
            if is_java(&code) {
                front.add_sample(SampleKind::Java, code, Some(self.json.span(value)));
            }
        }
    }
}

/// Whether a parameter is required, if this is a word for it.
fn required(text: &str) -> Option<bool> {
    match text.trim() {
        "1" => Some(true),
        "0" => Some(false),
        word => words::required(word),
    }
}
