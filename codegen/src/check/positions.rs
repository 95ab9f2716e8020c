//! Where on a page a cell or a sample stands, for findings to point at.

use std::ops::Range;

use topsdk_spec::{Samples, Side};

/// A column of a parameter table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// 名称.
    Name,
    /// 类型.
    Type,
    /// 是否必须.
    Required,
    /// 示例值.
    Example,
    /// 更多限制.
    Limits,
    /// 描述.
    Description,
}

/// One of a page's samples.
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

/// Where on a page things stand. A spec without its page knows no position: then `()` serves.
pub trait Positions {
    /// The decoded text of the page, which the positions count in.
    fn text(&self) -> Option<&str> {
        None
    }

    /// The bytes of a parameter's cell, by the parameter's index path.
    fn cell(&self, side: Side, at: &[usize], column: Column) -> Option<Range<usize>> {
        let _ = (side, at, column);
        None
    }

    /// The bytes of a sample.
    fn sample(&self, kind: SampleKind) -> Option<Range<usize>> {
        let _ = kind;
        None
    }
}

impl Positions for () {}

impl Column {
    /// The column's title on a page.
    pub fn title(self) -> &'static str {
        match self {
            Column::Name => "名称",
            Column::Type => "类型",
            Column::Required => "是否必须",
            Column::Example => "示例值",
            Column::Limits => "更多限制",
            Column::Description => "描述",
        }
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

    /// What a message calls it, behind "the".
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
