//! Where on the page each part of a spec stands.

use std::collections::BTreeMap;
use std::ops::Range;

use super::rows::{Column, Row, Spans};

/// One of the two trees of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// 请求参数.
    Request,
    /// 响应参数.
    Response,
}

impl Side {
    /// The section's heading.
    pub fn heading(self) -> &'static str {
        match self {
            Side::Request => "请求参数",
            Side::Response => "响应参数",
        }
    }
}

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
    cells: BTreeMap<(Side, Vec<usize>), Spans>,
    samples: BTreeMap<SampleKind, Range<usize>>,
}

impl Origins {
    pub(crate) fn new(text: String, samples: BTreeMap<SampleKind, Range<usize>>) -> Origins {
        Origins { text, cells: BTreeMap::new(), samples }
    }

    pub(crate) fn insert(&mut self, side: Side, path: Vec<usize>, row: &Row) {
        self.cells.insert((side, path), row.spans.clone());
    }

    /// The page, decoded.
    pub fn text(&self) -> &str {
        &self.text
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
