//! The position of each part of a spec on its page.

use std::collections::BTreeMap;
use std::ops::Range;

use topsdk_spec::{Samples, Side};

use super::rows::Spans;
use super::words::Column;

/// The kind of a sample on a page.
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
    /// An error response as XML.
    ErrorXml,
    /// An error response as JSON.
    ErrorJson,
}

/// The decoded text of a page, and the byte range of each part in it.
///
/// A parameter is identified by its index path from the top of its side, because names can repeat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    pub(crate) text: String,
    /// The headings, by the site's own wording; the key of the title is empty.
    pub(crate) headings: BTreeMap<&'static str, Range<usize>>,
    pub(crate) cells: BTreeMap<(Side, Vec<usize>), Spans>,
    pub(crate) samples: BTreeMap<SampleKind, Range<usize>>,
}

impl Origins {
    /// The decoded page.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the byte range in [`Origins::text`] of a section heading, such as `响应参数`, or of the page's title if the
    /// heading is missing.
    pub fn heading(&self, section: &str) -> Option<Range<usize>> {
        self.headings.get(section).or_else(|| self.headings.get("")).cloned()
    }

    /// Returns the byte range in [`Origins::text`] of a parameter's cell, if known.
    pub fn cell(&self, side: Side, path: &[usize], column: Column) -> Option<Range<usize>> {
        self.cells.get(&(side, path.to_vec()))?[column as usize].clone()
    }

    /// Returns the byte range in [`Origins::text`] of a sample, if known.
    pub fn sample(&self, kind: SampleKind) -> Option<Range<usize>> {
        self.samples.get(&kind).cloned()
    }
}

impl SampleKind {
    /// Every kind, in the page's order.
    pub const ALL: [SampleKind; 6] = [
        SampleKind::Java,
        SampleKind::Xml,
        SampleKind::Json,
        SampleKind::JsonSimplified,
        SampleKind::ErrorXml,
        SampleKind::ErrorJson,
    ];

    /// Returns the sample of this kind.
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

    /// Returns the heading of the page's section that shows this kind.
    pub fn heading(self) -> &'static str {
        match self {
            SampleKind::Java => "请求示例",
            SampleKind::Xml | SampleKind::Json | SampleKind::JsonSimplified => "响应示例",
            SampleKind::ErrorXml | SampleKind::ErrorJson => "异常示例",
        }
    }

    /// Returns the name for messages, to be used after "the".
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
