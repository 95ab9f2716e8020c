//! Reads the response of the document endpoint: JSON, with its envelope or `data` alone. Its rows have a known depth.

use topsdk_spec::{Api, Auth, ErrorCode, Package, Side};

#[cfg(feature = "fetch")]
use super::error::Error;
use super::error::PageProblem;
use super::html_to_markdown;
use super::json::{Json, JsonObject};
use super::protection;
use super::raw_page::{RawPage, is_java};
use super::report::ReadReport;
use crate::diagnostic::Severity;
use crate::page::words::{self, clip, one_line};
use crate::page::{Children, Column, Row, SampleKind};
use crate::tree;

/// Reads a document.
pub(crate) fn read(content: &str, report: &mut ReadReport) -> Result<RawPage, PageProblem> {
    let document = data(content)?.object()?;
    let method = document.text("name");
    let title = document.get("apiChineseName");
    let tables = [(Side::Request, "requestParams"), (Side::Response, "responseParams")];
    if !words::is_method(&method)
        || (title.written.is_empty() && tables.iter().all(|(_, key)| document.get(key).written.is_empty()))
    {
        let found = format!("JSON whose \"name\" is {:?}, with the members {}", clip(&method), clip(&document.names()));
        return Err(PageProblem::NotApiPage(found));
    }
    let mut raw = RawPage::default();
    raw.origins.headings.extend(document.get("name").span().map(|span| ("", span)));
    let api = &mut raw.api;
    api.method = method;
    api.title = one_line(&title.text());
    api.description = html_to_markdown::from_fragment(&document.text("description"));
    api.category = document.text("category");
    api.doc_id = doc_id(document.get("id"), report);
    labels(document.get("labels"), api, report)?;
    for scope in document.get("applyScopes").items() {
        let members = scope.object()?;
        let package = Package {
            name: name(scope, &members, "name"),
            description: html_to_markdown::from_fragment(&description(&members).text()),
            url: members.text("url"),
        };
        if package.name.is_empty() {
            stray(scope, "applyScopes", "a name", report);
        } else if !api.packages.contains(&package) {
            api.packages.push(package);
        }
    }
    for (side, key) in tables {
        let (table, quoted) = (document.get(key), format!("{key:?}"));
        let before = if table.written.is_empty() { "" } else { &content[..table.offset()] };
        raw.origins.headings.extend(before.rfind(&quoted).map(|at| (side.heading(), at..at + quoted.len())));
        raw.rows.insert(side, rows(table, side, report)?);
    }
    for failure in objects(document.get("errorCodes"), "errorCodes", report)? {
        let [code, message, solution] = ["errorCode", "errorMsg", "solution"].map(|key| failure.text(key));
        raw.api.errors.push(ErrorCode { code, message, solution });
    }
    let mut samples = vec![
        (SampleKind::Xml, document.get("rspSampleXml")),
        (SampleKind::Json, document.get("rspSampleJson")),
        (SampleKind::JsonSimplified, document.get("rspSampleSimplifyJson")),
        (SampleKind::ErrorXml, document.get("apiErrDemoXml")),
        (SampleKind::ErrorJson, document.get("apiErrDemoJson")),
    ];
    let demos = objects(document.get("sdkDemos"), "sdkDemos", report)?;
    samples.extend(demos.iter().map(|demo| (SampleKind::Java, description(demo))));
    for (kind, code) in samples {
        let text = code.text();
        if kind != SampleKind::Java || is_java(&text) {
            raw.add_sample(kind, text, code.span());
        }
    }
    Ok(raw)
}

/// Returns the byte offset of the first member of a document.
#[cfg(feature = "fetch")]
pub(crate) fn first_member(bytes: &[u8]) -> Option<usize> {
    Some(data(std::str::from_utf8(bytes).ok()?).ok()?.offset() + 1)
}

/// Returns `data` of another response of the document endpoint, such as its catalogue.
#[cfg(feature = "fetch")]
pub(crate) fn response_data(page: &str, content: &str) -> Result<serde_json::Value, Error> {
    data(content).and_then(Json::parse).map_err(|problem| Error { page: page.to_owned(), problem })
}

/// Returns the object that describes the API: `data` of the envelope, or the whole text.
fn data(content: &str) -> Result<Json<'_>, PageProblem> {
    let whole = Json::new(content)?;
    if !whole.is('{') {
        return Err(PageProblem::NotApiPage("JSON, but not an object".to_owned()));
    }
    let envelope = whole.object()?;
    if let Some(found) = protection::in_object(&envelope) {
        return Err(PageProblem::Blocked(clip(&found)));
    }
    if envelope.text("success") == "false" {
        let messages = [envelope.text("msg"), envelope.text("errMsg")];
        let message = messages.into_iter().find(|message| !message.is_empty()).unwrap_or("no message".to_owned());
        return Err(PageProblem::Refused { code: envelope.text("code"), message: clip(&message) });
    }
    match envelope.get("data") {
        data if data.is('{') => Ok(data),
        data if data.written.is_empty() => Ok(whole),
        _ => Err(PageProblem::NotApiPage("an envelope whose \"data\" is not an object".to_owned())),
    }
}

/// Returns the objects of a list. Other items are reported.
fn objects<'a>(list: Json<'a>, name: &str, report: &mut ReadReport) -> Result<Vec<JsonObject<'a>>, PageProblem> {
    let (objects, others): (Vec<_>, Vec<_>) = list.items().into_iter().partition(|item| item.is('{'));
    others.into_iter().for_each(|item| stray(item, name, "an object", report));
    objects.into_iter().map(Json::object).collect()
}

/// Reports a list item of an unexpected kind.
fn stray(item: Json<'_>, list: &str, expected: &str, report: &mut ReadReport) {
    let message = format!("expected {expected} in {list}, found {}; it is ignored", clip(item.written));
    report.add_span(Severity::Warning, "stray-text", "", item.span(), message);
}

/// Returns the name of an item: a member of an object, or the whole text.
fn name(item: Json<'_>, members: &JsonObject<'_>, key: &str) -> String {
    one_line(&if item.is('{') { members.text(key) } else { item.text() })
}

/// Returns the member `descprition`, as the site spells it, or `description`.
fn description<'a>(object: &JsonObject<'a>) -> Json<'a> {
    Some(object.get("descprition")).filter(|text| !text.written.is_empty()).unwrap_or(object.get("description"))
}

/// Returns the document's number. Any other value is reported and ignored.
fn doc_id(value: Json<'_>, report: &mut ReadReport) -> Option<u64> {
    let id = value.text();
    let number = id.parse().ok();
    if number.is_none() && !id.is_empty() {
        let message = format!("expected a whole number as \"id\", found {:?}; it is ignored", clip(&id));
        report.add_span(Severity::Warning, "unknown-id", "", value.span(), message);
    }
    number
}

/// Reads the labels next to the title. One of them is the authorisation.
fn labels(labels: Json<'_>, api: &mut Api, report: &mut ReadReport) -> Result<(), PageProblem> {
    for label in labels.items() {
        let members = label.object()?;
        let (name, key) = (name(label, &members, "displayName"), one_line(&members.text("key")));
        let found = auth(&name, &key);
        let name = if name.is_empty() { key } else { name };
        if found.is_some() && api.auth.is_none_or(|auth| Some(auth) == found) {
            api.auth = found;
        } else if name.is_empty() {
            stray(label, "labels", "a name", report);
        } else if !api.labels.contains(&name) {
            api.labels.push(name);
        }
    }
    Ok(())
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

fn rows(table: Json<'_>, side: Side, report: &mut ReadReport) -> Result<Vec<Row>, PageProblem> {
    match table.text().as_str() {
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
    let items = table.items();
    let mut work: Vec<(Json<'_>, Option<usize>, usize)> = items.iter().rev().map(|item| (*item, None, 1)).collect();
    while let Some((item, under, depth)) = work.pop() {
        if depth > tree::MAX_DEPTH {
            let (limit, offset) = (tree::MAX_DEPTH, item.offset());
            return Err(PageProblem::TooDeep { what: "parameters", limit, offset });
        }
        if !item.is('{') {
            stray(item, side.heading(), "an object", report);
            continue;
        }
        let param = item.object()?;
        let index = rows.len();
        rows.push(Row { under, ..row(&param, side, index, report) });
        if let Some(under) = under {
            rows[under].children = Children::Own;
        }
        let fields = param.get("subParams").items().into_iter().rev();
        work.extend(fields.map(|field| (field, Some(index), depth + 1)));
    }
    match items.first() {
        Some(first) if rows.is_empty() => Err(PageProblem::no_rows(side, first.content, first.offset(), &first.text())),
        _ => Ok(rows),
    }
}

fn row(param: &JsonObject<'_>, side: Side, index: usize, report: &mut ReadReport) -> Row {
    let mut row = Row { name: param.text("name"), ..Row::default() };
    row.set_type(&param.text("type"));
    row.example = param.text("demoValue");
    row.description = html_to_markdown::from_fragment(&param.text("description"));
    for (column, key) in [
        (Column::Name, "name"),
        (Column::Type, "type"),
        (Column::Required, "required"),
        (Column::Example, "demoValue"),
        (Column::Description, "description"),
    ] {
        row.set_span(column, param.get(key).span());
    }
    if side == Side::Response {
        return row;
    }
    row.required = match param.text("required").as_str() {
        "" | "null" | "0" => false,
        "1" => true,
        word => words::required(word).unwrap_or_else(|| {
            let message = format!("{:?}: expected true or false, found {:?}; read as false", row.name, clip(word));
            report.add_row(Severity::Warning, "unknown-word", side, index, Column::Required, message);
            false
        }),
    };
    for key in ["defaultValue", "maxLength", "maxListSize", "minValue", "maxValue"] {
        let limit = param.text(key);
        if limit.is_empty() {
            continue;
        }
        if row.span(Column::Limits).is_none() {
            row.set_span(Column::Limits, param.get(key).span());
        }
        if words::set_limit(&mut row.limits, key, &limit).is_err() {
            let message =
                format!("{:?}: expected a number as {key}, found {:?}; it is ignored", row.name, clip(&limit));
            report.add_row(Severity::Warning, "unknown-limit", side, index, Column::Limits, message);
        }
    }
    row
}
