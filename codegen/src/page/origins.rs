//! Where on the page each part of a spec stands.

use std::collections::BTreeMap;
use std::ops::Range;

use topsdk_spec::{Samples, Side};

use super::rows::{Column, Row, Spans};

/// One of the samples of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SampleKind {
    /// The request in Java.
    Java,
    /// The response as XML.
    Xml,
    /// The response as JSON.
    Json,
    /// The response as JSON with `simplify=true`.
    JsonSimplified,
    /// A failure as XML.
    ErrorXml,
    /// A failure as JSON.
    ErrorJson,
}

/// The decoded text of a page, and which of its bytes hold what.
///
/// A parameter is named by the indices on its way from the top of its side: names can repeat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    text: String,
    headings: BTreeMap<&'static str, Range<usize>>,
    cells: BTreeMap<(Side, Vec<usize>), Spans>,
    samples: BTreeMap<SampleKind, Range<usize>>,
}

impl Origins {
    /// `headings` are those of sections, by the site's own; the title's is empty.
    pub(crate) fn new(
        text: String,
        headings: BTreeMap<&'static str, Range<usize>>,
        samples: BTreeMap<SampleKind, Range<usize>>,
    ) -> Origins {
        Origins { text, headings, cells: BTreeMap::new(), samples }
    }

    pub(crate) fn insert(&mut self, side: Side, path: Vec<usize>, row: &Row) {
        self.cells.insert((side, path), row.spans.clone());
    }

    /// The page, decoded.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of [`Origins::text`] that hold the heading of a section, such as `响应参数`; without it, the page's title.
    pub fn heading(&self, section: &str) -> Option<Range<usize>> {
        self.headings.get(section).or_else(|| self.headings.get("")).cloned()
    }

    /// The bytes of [`Origins::text`] that hold a cell of a parameter, where they are known.
    pub fn cell(&self, side: Side, path: &[usize], column: Column) -> Option<Range<usize>> {
        self.cells.get(&(side, path.to_vec()))?[column as usize].clone()
    }

    /// The bytes of [`Origins::text`] that hold a sample, where they are known.
    pub fn sample(&self, kind: SampleKind) -> Option<Range<usize>> {
        self.samples.get(&kind).cloned()
    }
}

impl SampleKind {
    /// All of them, in the page's order.
    pub const ALL: [SampleKind; 6] = [
        SampleKind::Java,
        SampleKind::Xml,
        SampleKind::Json,
        SampleKind::JsonSimplified,
        SampleKind::ErrorXml,
        SampleKind::ErrorJson,
    ];

    /// The sample itself.
    pub fn of(self, samples: &Samples) -> Option<&str> {
        match self {
            SampleKind::Java => samples.java.as_deref(),
            SampleKind::Xml => samples.xml.as_deref(),
            SampleKind::Json => samples.json.as_deref(),
            SampleKind::JsonSimplified => samples.json_simplified.as_deref(),
            SampleKind::ErrorXml => samples.error_xml.as_deref(),
            SampleKind::ErrorJson => samples.error_json.as_deref(),
        }
    }

    /// The heading of the page's section that shows it.
    pub fn heading(self) -> &'static str {
        match self {
            SampleKind::Java => "请求示例",
            SampleKind::Xml | SampleKind::Json | SampleKind::JsonSimplified => "响应示例",
            SampleKind::ErrorXml | SampleKind::ErrorJson => "异常示例",
        }
    }

    /// Its name in messages, behind "the".
    pub fn title(self) -> &'static str {
        match self {
            SampleKind::Java => "Java sample",
            SampleKind::Xml => "XML sample",
            SampleKind::Json => "JSON sample",
            SampleKind::JsonSimplified => "simplified JSON sample",
            SampleKind::ErrorXml => "XML sample of a failure",
            SampleKind::ErrorJson => "JSON sample of a failure",
        }
    }
}
