//! Types shared by all readers: the rows of a page, before they are nested as parameters, and the position of each part of a
//! spec on its page. Below: the words of headings and columns, and encodings.

pub(crate) mod encoding;
pub(crate) mod words;

use std::collections::BTreeMap;
use std::ops::Range;

use topsdk_spec::{Limits, Samples, Side};

pub use words::Column;

/// Where the fields of a row are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Children {
    /// The row has no fields.
    #[default]
    None,
    /// The fields are exactly the rows that have this row as [`Row::under`].
    Own,
    /// The fields are some of the rows that follow under the same row. The page does not show which ones.
    Following,
    /// The page does not show whether the row has fields.
    Unknown,
}

/// The byte range of each cell of a row in the decoded page, by [`Column`], if known.
pub type Spans = [Option<Range<usize>>; 6];

/// One row of a parameter table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The index of the row that this one is somewhere below, or `None` at the top of the table. It is the direct parent
    /// unless a row under the same row has [`Children::Following`] or [`Children::Unknown`].
    pub under: Option<usize>,
    /// Where the row's fields are found.
    pub children: Children,
    /// The wire name.
    pub name: String,
    /// The type name, without the `[]` of a list.
    pub type_name: String,
    /// Whether the type is a list.
    pub list: bool,
    /// Whether the page says 必须.
    pub required: bool,
    /// The sample value.
    pub example: String,
    /// The description, as Markdown.
    pub description: String,
    /// The limits.
    pub limits: Limits,
    /// The byte ranges of the cells.
    pub spans: Spans,
}

impl Row {
    /// Sets the type from its cell: the type name, blanks or a line break, and `[]` for a list. `byte[]` is one type
    /// name (docs/pages.md, "Parameter tables": it is a file), with or without a blank.
    pub(crate) fn set_type(&mut self, cell: &str) {
        let words = words::one_line(cell);
        if words.replace(' ', "") == "byte[]" {
            self.type_name = "byte[]".to_owned();
        } else if let Some(item) = words.strip_suffix("[]") {
            self.type_name = item.trim_end().to_owned();
            self.list = true;
        } else {
            self.type_name = words;
        }
    }

    /// Returns the byte range of a cell.
    pub fn span(&self, column: Column) -> Option<Range<usize>> {
        self.spans[column as usize].clone()
    }

    pub(crate) fn set_span(&mut self, column: Column, span: Option<Range<usize>>) {
        self.spans[column as usize] = span;
    }
}

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

#[cfg(test)]
mod tests {
    use super::Row;

    fn typed(cell: &str) -> (String, bool) {
        let mut row = Row::default();
        row.set_type(cell);
        (row.type_name, row.list)
    }

    #[test]
    fn a_list_is_a_word_and_brackets_but_a_file_is_one_word() {
        for cell in ["Item []", "Item\n   []", "Item[]", " Item\u{a0}[] "] {
            assert_eq!(typed(cell), ("Item".to_owned(), true), "{cell:?}");
        }
        assert_eq!(typed("byte []"), ("byte[]".to_owned(), false));
        assert_eq!(typed("byte"), ("byte".to_owned(), false));
        assert_eq!(typed("Field  List"), ("Field List".to_owned(), false));
        assert_eq!(typed("null[]"), ("null".to_owned(), true));
        assert_eq!(typed(" "), (String::new(), false));
    }
}
