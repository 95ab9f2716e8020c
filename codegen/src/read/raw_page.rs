//! A page as a reader returns it: rows and texts, before the rows are nested.

use std::collections::BTreeMap;
use std::ops::Range;

use topsdk_spec::{Api, Auth, Side};

use crate::page::words::Section;
use crate::page::{Origins, Row, SampleKind};
use crate::tree::Shape;

/// The content of a page, independent of the format it was saved in.
#[derive(Debug, Default)]
pub(crate) struct RawPage {
    /// The API, still without parameters.
    pub(crate) api: Api,
    pub(crate) rows: BTreeMap<Side, Vec<Row>>,
    /// The spans of the headings and samples.
    pub(crate) origins: Origins,
    /// Request samples that have no place in a spec but show its nesting: CURL, JSON.
    pub(crate) other_requests: Vec<String>,
}

impl RawPage {
    /// Stores a sample, unless there already is one of its kind.
    pub(crate) fn add_sample(&mut self, kind: SampleKind, code: String, span: Option<Range<usize>>) {
        let samples = &mut self.api.samples;
        let place = match kind {
            SampleKind::Java => &mut samples.java,
            SampleKind::Xml => &mut samples.xml,
            SampleKind::Json => &mut samples.json,
            SampleKind::JsonSimplified => &mut samples.json_simplified,
            SampleKind::ErrorXml => &mut samples.error_xml,
            SampleKind::ErrorJson => &mut samples.error_json,
        };
        if place.is_none() && !code.trim().is_empty() {
            *place = Some(code);
            self.origins.samples.extend(span.map(|span| (kind, span)));
        }
    }

    /// Stores the code of a section's sample. Its first character determines the format.
    pub(crate) fn add_code(&mut self, section: Section, code: &str, span: Option<Range<usize>>) {
        let kind = match (section, code.trim_start().chars().next()) {
            (Section::RequestSample, _) if is_java(code) => SampleKind::Java,
            (Section::RequestSample, first) => {
                if first == Some('{') || code.starts_with("curl") {
                    self.other_requests.push(code.to_owned());
                }
                return;
            }
            (Section::ResponseSample, Some('<')) => SampleKind::Xml,
            (Section::ResponseSample, Some('{')) if self.api.samples.json.is_some() => SampleKind::JsonSimplified,
            (Section::ResponseSample, Some('{')) => SampleKind::Json,
            (Section::ErrorSample, Some('<')) => SampleKind::ErrorXml,
            (Section::ErrorSample, Some('{')) => SampleKind::ErrorJson,
            _ => return,
        };
        self.add_sample(kind, code.to_owned(), span);
    }

    /// Returns the shapes of one side's samples.
    pub(crate) fn shapes(&self, side: Side) -> impl Iterator<Item = Shape> {
        let samples = &self.api.samples;
        let codes: Vec<&String> = match side {
            Side::Request => samples.java.iter().chain(&self.other_requests).collect(),
            Side::Response => samples.xml.iter().chain(&samples.json).chain(&samples.json_simplified).collect(),
        };
        codes.into_iter().filter_map(move |code| Shape::parse(side, code))
    }
}

/// Returns whether a request sample is the Java sample.
pub(crate) fn is_java(code: &str) -> bool {
    code.contains("TaobaoClient ") && (code.contains(".execute(") || code.contains("Request req = new "))
}

/// Returns the authorisation that the Java sample shows (docs/pages.md, "Samples").
pub(crate) fn auth_of_java(code: &str) -> Option<Auth> {
    let arguments = &code[code.find(".execute(")? + 9..];
    let arguments = &arguments[..arguments.find(')')?];
    Some(if arguments.contains(',') { Auth::Required } else { Auth::None })
}
