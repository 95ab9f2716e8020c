//! The answer of the document endpoint: JSON, in its envelope or `data` alone, to rows that know their depth.

use std::ops::Range;

use serde::Deserialize;
use topsdk_spec::{Auth, ErrorCode, Layout, Side};

use super::error::Error;
use super::front::{Front, is_java};
use super::markdown;
use super::raw::{self, Fault, Raw, Source, text};
use super::report::Report;
use crate::diagnostic::Severity;
use crate::page::words::{self, LimitKind, clip};
use crate::page::{Children, Column, Row, SampleKind};
use crate::tree;

/// What stands round a document; nothing of it where `data` was saved alone.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Envelope<'a> {
    #[serde(borrow)]
    ret: Raw<'a>,
    /// The protection of the site, as scripts of the page are told of it.
    #[serde(borrow, rename = "rgv587_flag")]
    rgv587_flag: Raw<'a>,
    #[serde(borrow)]
    success: Raw<'a>,
    #[serde(borrow)]
    code: Raw<'a>,
    #[serde(borrow)]
    msg: Raw<'a>,
    #[serde(borrow)]
    err_msg: Raw<'a>,
    #[serde(borrow)]
    data: Raw<'a>,
}

/// The description of an API.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Document<'a> {
    #[serde(borrow)]
    id: Raw<'a>,
    #[serde(borrow)]
    name: Raw<'a>,
    #[serde(borrow)]
    api_chinese_name: Raw<'a>,
    #[serde(borrow)]
    description: Raw<'a>,
    #[serde(borrow)]
    category: Raw<'a>,
    #[serde(borrow)]
    labels: Raw<'a>,
    #[serde(borrow)]
    request_params: Raw<'a>,
    #[serde(borrow)]
    response_params: Raw<'a>,
    #[serde(borrow)]
    error_codes: Raw<'a>,
    #[serde(borrow)]
    sdk_demos: Raw<'a>,
    #[serde(borrow)]
    rsp_sample_xml: Raw<'a>,
    #[serde(borrow)]
    rsp_sample_json: Raw<'a>,
    #[serde(borrow)]
    rsp_sample_simplify_json: Raw<'a>,
    #[serde(borrow)]
    api_err_demo_xml: Raw<'a>,
    #[serde(borrow)]
    api_err_demo_json: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Param<'a> {
    #[serde(borrow)]
    name: Raw<'a>,
    #[serde(borrow, rename = "type")]
    type_name: Raw<'a>,
    #[serde(borrow)]
    required: Raw<'a>,
    #[serde(borrow)]
    demo_value: Raw<'a>,
    #[serde(borrow)]
    description: Raw<'a>,
    #[serde(borrow)]
    default_value: Raw<'a>,
    #[serde(borrow)]
    max_length: Raw<'a>,
    #[serde(borrow)]
    max_list_size: Raw<'a>,
    #[serde(borrow)]
    min_value: Raw<'a>,
    #[serde(borrow)]
    max_value: Raw<'a>,
    #[serde(borrow)]
    sub_params: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Label<'a> {
    #[serde(borrow)]
    display_name: Raw<'a>,
    #[serde(borrow)]
    key: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Failure<'a> {
    #[serde(borrow)]
    error_code: Raw<'a>,
    #[serde(borrow)]
    error_msg: Raw<'a>,
    #[serde(borrow)]
    solution: Raw<'a>,
}

/// The code of a sample, under the site's own spelling and the right one.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Demo<'a> {
    #[serde(borrow)]
    descprition: Raw<'a>,
    #[serde(borrow)]
    description: Raw<'a>,
}

/// Reads a document.
pub(crate) fn read(page: &str, content: &str, report: &mut Report) -> Result<Front, Error> {
    let reader = Reader { page, source: Source(content) };
    let data = reader.data()?;
    let document: Document<'_> = reader.parse(data)?;
    let method = text(document.name).trim().to_owned();
    let tables = [document.request_params, document.response_params];
    if !words::is_method(&method) || (tables.iter().all(Option::is_none) && document.api_chinese_name.is_none()) {
        let names = raw::members(data).iter().take(8).map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        let found = format!("JSON whose \"name\" is {:?}, with the members {}", clip(&method), clip(&names));
        return Err(reader.not_a_document(found));
    }
    let mut front = Front { layout: Layout::Document, method, ..Front::default() };
    front.title = text(document.api_chinese_name).split_whitespace().collect::<Vec<_>>().join(" ");
    front.description = markdown::from_fragment(&text(document.description));
    front.category = text(document.category).trim().to_owned();
    front.doc_id = reader.doc_id(document.id, report);
    for label in raw::items(document.labels) {
        let label: Label<'_> = reader.object(label)?.unwrap_or(Label { display_name: Some(label), key: None });
        front.auth = front.auth.or(auth(text(label.display_name).trim(), text(label.key).trim()));
    }
    for (side, table) in [Side::Request, Side::Response].into_iter().zip(tables) {
        let rows = reader.rows(table, side, report)?;
        match side {
            Side::Request => front.request = rows,
            Side::Response => front.response = rows,
        }
    }
    for error in raw::items(document.error_codes) {
        let Some(failure) = reader.object::<Failure<'_>>(error)? else {
            reader.stray(error, "errorCodes", report);
            continue;
        };
        let [code, message, solution] =
            [failure.error_code, failure.error_msg, failure.solution].map(|value| text(value).trim().to_owned());
        front.errors.push(ErrorCode { code, message, solution });
    }
    for (kind, code) in [
        (SampleKind::Xml, document.rsp_sample_xml),
        (SampleKind::Json, document.rsp_sample_json),
        (SampleKind::JsonSimplified, document.rsp_sample_simplify_json),
        (SampleKind::ErrorXml, document.api_err_demo_xml),
        (SampleKind::ErrorJson, document.api_err_demo_json),
    ] {
        front.add_sample(kind, text(code).trim().to_owned(), reader.span(code));
    }
    for demo in raw::items(document.sdk_demos) {
        let demo: Demo<'_> = reader.object(demo)?.unwrap_or_default();
        let code = demo.descprition.or(demo.description);
        let sample = text(code).trim().to_owned();
        if is_java(&sample) {
            front.add_sample(SampleKind::Java, sample, reader.span(code));
        }
    }
    Ok(front)
}

/// Where the first member of a document begins, in bytes.
#[cfg(feature = "fetch")]
pub(crate) fn start(bytes: &[u8]) -> Option<usize> {
    let content = std::str::from_utf8(bytes).ok()?;
    let reader = Reader { page: "", source: Source(content) };
    Some(reader.source.offset(reader.data().ok()?) + 1)
}

/// What a label says: 必须用户授权, 可选授权, 不需用户授权 (protocol.md section 2).
fn auth(name: &str, key: &str) -> Option<Auth> {
    match (name, key) {
        ("必须用户授权" | "需要用户授权" | "需要授权", _) | (_, "required") => Some(Auth::Required),
        ("不需用户授权" | "不需要用户授权" | "不需要授权", _) | (_, "no_need") => Some(Auth::None),
        ("可选授权" | "可选用户授权", _) | (_, "optional") => Some(Auth::Optional),
        _ => None,
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

struct Reader<'a> {
    page: &'a str,
    source: Source<'a>,
}

impl<'a> Reader<'a> {
    /// The object that describes the API: `data` of the envelope, or the whole text.
    fn data(&self) -> Result<&'a str, Error> {
        let content = self.source.0.trim_start_matches('\u{feff}').trim();
        raw::check(content).map_err(|fault| self.fault(fault))?;
        if !content.starts_with('{') {
            return Err(self.not_a_document("JSON, but no object"));
        }
        let envelope: Envelope<'a> = self.parse(content)?;
        if envelope.ret.is_some() {
            let found = raw::items(envelope.ret).first().map(|item| text(Some(item))).unwrap_or_default();
            return Err(Error::Blocked { page: self.page.to_owned(), found: clip(&found) });
        }
        if envelope.rgv587_flag.is_some() {
            return Err(Error::Blocked { page: self.page.to_owned(), found: "rgv587_flag".to_owned() });
        }
        if text(envelope.success) == "false" {
            let messages = [text(envelope.msg), text(envelope.err_msg)];
            let message = messages.into_iter().find(|message| !message.is_empty()).unwrap_or("no message".to_owned());
            let (page, code) = (self.page.to_owned(), text(envelope.code));
            return Err(Error::Refused { page, code, message: clip(&message) });
        }
        match envelope.data.map(|data| data.get()) {
            Some(data) if data.starts_with('{') => Ok(data),
            Some(_) => Err(self.not_a_document("an envelope whose \"data\" is no object")),
            None => Ok(content),
        }
    }

    fn not_a_document(&self, found: impl Into<String>) -> Error {
        Error::NotApiPage { page: self.page.to_owned(), found: found.into() }
    }

    fn parse<T: Deserialize<'a>>(&self, text: &'a str) -> Result<T, Error> {
        raw::parse(text).map_err(|fault| self.fault(fault))
    }

    /// An object's members; `None` where the value is no object.
    fn object<T: Deserialize<'a>>(&self, value: &'a raw::RawValue) -> Result<Option<T>, Error> {
        value.get().starts_with('{').then(|| self.parse(value.get())).transpose()
    }

    fn fault(&self, fault: Fault<'_>) -> Error {
        let page = self.page.to_owned();
        let offset = self.source.offset(fault.text) + fault.at;
        let content = self.source.0;
        if fault.ends {
            let (section, detail) = ("the document".to_owned(), "the JSON is not closed".to_owned());
            return Error::Cut { page, offset: content.len(), section, detail };
        }
        let (before, behind) = content.split_at_checked(offset).unwrap_or((content, ""));
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let found: String = behind.chars().take(20).collect();
        Error::Json { page, line, column, message: format!("{}, found {found:?}", fault.message) }
    }

    /// The bytes of a value; a string's are those between its quotes. Nothing for an empty value.
    fn span(&self, value: Raw<'_>) -> Option<Range<usize>> {
        let text = value?.get();
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let start = self.source.offset(inner);
        (!inner.is_empty()).then(|| start..start + inner.len())
    }

    /// The number of the document. What is no such number is left out with a word.
    fn doc_id(&self, value: Raw<'_>, report: &mut Report) -> Option<u64> {
        let id = text(value);
        let id = id.trim();
        let number = id.parse().ok();
        if let (None, false, Some(span)) = (number, id.is_empty(), self.span(value)) {
            let message = format!("expected a whole number as \"id\", found {:?}; it is left out", clip(id));
            report.add_span(Severity::Warning, "unknown-id", "", span, message);
        }
        number
    }

    /// An item that is not an object where one was expected.
    fn stray(&self, item: &raw::RawValue, list: &str, report: &mut Report) {
        let message = format!("expected an object in {list}, found {}; it is left out", clip(item.get()));
        let span = self.span(Some(item)).unwrap_or_default();
        report.add_span(Severity::Warning, "stray-text", "", span, message);
    }

    fn rows(&self, table: Raw<'a>, side: Side, report: &mut Report) -> Result<Vec<Row>, Error> {
        match text(table).trim() {
            "" => {
                report.missing_section(side);
                return Ok(Vec::new());
            }
            // Brackets that hold nothing are a list.
            word if !word.starts_with(['[', '{']) && words::says_none(word) => return Ok(Vec::new()),
            _ => {}
        }
        let mut rows: Vec<Row> = Vec::new();
        // Parameters to come, the next one last: the order of the page without recursion.
        let mut work: Vec<(&raw::RawValue, Option<usize>, usize)> =
            raw::items(table).into_iter().rev().map(|param| (param, None, 1)).collect();
        let first = work.last().map(|&(first, ..)| first);
        while let Some((item, under, depth)) = work.pop() {
            if depth > tree::MAX_DEPTH {
                let (page, offset) = (self.page.to_owned(), self.source.offset(item.get()));
                return Err(Error::TooDeep { page, what: "parameters", limit: tree::MAX_DEPTH, offset });
            }
            let Some(param) = self.object::<Param<'_>>(item)? else {
                self.stray(item, side.heading(), report);
                continue;
            };
            let index = rows.len();
            rows.push(self.row(&param, under, side, index, report));
            if let Some(under) = under {
                rows[under].children = Children::Own;
            }
            let fields = raw::items(param.sub_params).into_iter().rev();
            work.extend(fields.map(|field| (field, Some(index), depth + 1)));
        }
        match first {
            Some(first) if rows.is_empty() => {
                let at = self.source.offset(first.get());
                Err(Error::no_rows(self.page, side, self.source.0, at, &text(Some(first))))
            }
            _ => Ok(rows),
        }
    }

    fn row(&self, param: &Param<'_>, under: Option<usize>, side: Side, index: usize, report: &mut Report) -> Row {
        let mut row = Row { under, name: text(param.name).trim().to_owned(), ..Row::default() };
        row.set_type(&text(param.type_name));
        row.example = text(param.demo_value).trim().to_owned();
        row.description = markdown::from_fragment(&text(param.description));
        for (column, value) in [
            (Column::Name, param.name),
            (Column::Type, param.type_name),
            (Column::Required, param.required),
            (Column::Example, param.demo_value),
            (Column::Description, param.description),
        ] {
            row.set_span(column, self.span(value));
        }
        if side == Side::Response {
            return row;
        }
        let word = text(param.required);
        match required(&word) {
            Some(required) => row.required = required,
            None if matches!(word.trim(), "" | "null") => {}
            None => {
                let message = format!("{:?}: expected true or false, found {:?}; read as false", row.name, clip(&word));
                report.add_row(Severity::Warning, "unknown-word", side, index, Column::Required, message);
            }
        }
        for (kind, key, value) in [
            (LimitKind::Default, "defaultValue", param.default_value),
            (LimitKind::MaxLength, "maxLength", param.max_length),
            (LimitKind::MaxListSize, "maxListSize", param.max_list_size),
            (LimitKind::Min, "minValue", param.min_value),
            (LimitKind::Max, "maxValue", param.max_value),
        ] {
            let limit = text(value);
            let limit = limit.trim();
            if limit.is_empty() {
                continue;
            }
            if row.span(Column::Limits).is_none() {
                row.set_span(Column::Limits, self.span(value));
            }
            if words::set_limit(&mut row.limits, kind, limit).is_err() {
                let message =
                    format!("{:?}: expected a number as {key}, found {:?}; it is left out", row.name, clip(limit));
                report.add_row(Severity::Warning, "unknown-limit", side, index, Column::Limits, message);
            }
        }
        row
    }
}
