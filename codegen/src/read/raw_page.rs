//! A page as a reader returns it: rows and texts, before the rows are nested.

use std::collections::BTreeMap;
use std::ops::Range;

use topsdk_spec::{Auth, ErrorCode, Layout, Package, Samples};

use crate::page::words::Section;
use crate::page::{Row, SampleKind};

/// The content of a page, independent of the format it was saved in.
#[derive(Debug, Default)]
pub(crate) struct RawPage {
    pub(crate) layout: Layout,
    pub(crate) method: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) category: String,
    pub(crate) doc_id: Option<u64>,
    pub(crate) auth: Option<Auth>,
    pub(crate) labels: Vec<String>,
    pub(crate) packages: Vec<Package>,
    pub(crate) request: Vec<Row>,
    pub(crate) response: Vec<Row>,
    pub(crate) errors: Vec<ErrorCode>,
    pub(crate) samples: Samples,
    pub(crate) sample_spans: BTreeMap<SampleKind, Range<usize>>,
    /// The spans of the headings, by the site's own heading text; the title has the empty key.
    pub(crate) headings: BTreeMap<&'static str, Range<usize>>,
    /// Request samples that have no place in a spec but show its nesting: CURL, JSON.
    pub(crate) other_requests: Vec<String>,
}

impl RawPage {
    /// Stores a sample, unless there already is one of its kind.
    pub(crate) fn add_sample(&mut self, kind: SampleKind, code: String, span: Option<Range<usize>>) {
        let place = self.sample(kind);
        if place.is_none() && !code.trim().is_empty() {
            *place = Some(code);
            if let Some(span) = span {
                self.sample_spans.insert(kind, span);
            }
        }
    }

    /// Stores the code of a section's sample. Its first character determines the format.
    pub(crate) fn add_code(&mut self, section: Section, code: &str, span: Option<Range<usize>>) {
        let first = code.trim_start().chars().next();
        let kind = match (section, first) {
            (Section::RequestSample, _) if is_java(code) => SampleKind::Java,
            (Section::RequestSample, _) => {
                if first == Some('{') || code.starts_with("curl") {
                    self.other_requests.push(code.to_owned());
                }
                return;
            }
            (Section::ResponseSample, Some('<')) => SampleKind::Xml,
            (Section::ResponseSample, Some('{')) if self.has_sample(SampleKind::Json) => SampleKind::JsonSimplified,
            (Section::ResponseSample, Some('{')) => SampleKind::Json,
            (Section::ErrorSample, Some('<')) => SampleKind::ErrorXml,
            (Section::ErrorSample, Some('{')) => SampleKind::ErrorJson,
            _ => return,
        };
        self.add_sample(kind, code.to_owned(), span);
    }

    pub(crate) fn has_sample(&mut self, kind: SampleKind) -> bool {
        self.sample(kind).is_some()
    }

    fn sample(&mut self, kind: SampleKind) -> &mut Option<String> {
        match kind {
            SampleKind::Java => &mut self.samples.java,
            SampleKind::Xml => &mut self.samples.xml,
            SampleKind::Json => &mut self.samples.json,
            SampleKind::JsonSimplified => &mut self.samples.json_simplified,
            SampleKind::ErrorXml => &mut self.samples.error_xml,
            SampleKind::ErrorJson => &mut self.samples.error_json,
        }
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
