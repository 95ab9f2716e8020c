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

/// How much of a text is looked for on a page: what is behind may be written otherwise there.
const SOUGHT: usize = 40;

/// How many texts of a section may be looked for in vain.
const MAX_MISSES: usize = 64;

/// Finds where a page has a text, as far as that can be told of what a reader sees.
#[derive(Debug)]
pub(crate) struct Seeker<'c> {
    content: &'c str,
    sections: BTreeMap<String, Section>,
}

/// What was found of a section so far.
#[derive(Clone, Debug)]
struct Section {
    heading: Option<Range<usize>>,
    /// Behind the last text that was found: findings mostly come in the order of the page.
    from: usize,
    misses: usize,
}

impl<'c> Seeker<'c> {
    pub(crate) fn new(content: &'c str) -> Seeker<'c> {
        Seeker { content, sections: BTreeMap::new() }
    }

    /// The first word of a text, behind the heading of its section; the heading itself where there is no text.
    pub(crate) fn find(&mut self, section: &str, text: &str) -> Option<Range<usize>> {
        let content = self.content;
        let section = self.sections.entry(section.to_owned()).or_insert_with(|| {
            let heading = heading(content, section);
            Section { from: heading.as_ref().map_or(0, |heading| heading.end), heading, misses: 0 }
        });
        let word = text.split_whitespace().next().unwrap_or_default();
        let word = &word[..word.char_indices().nth(SOUGHT).map_or(word.len(), |(at, _)| at)];
        if word.is_empty() || section.misses > MAX_MISSES {
            return section.heading.clone();
        }
        let begin = section.heading.as_ref().map_or(0, |heading| heading.end);
        let mut at = content.get(section.from..)?.find(word).map(|at| section.from + at);
        if at.is_none() {
            section.misses += 1;
            at = content.get(begin..)?.find(word).map(|at| begin + at);
        }
        let Some(at) = at else { return section.heading.clone() };
        section.from = section.from.max(at + word.len());
        Some(at..at + word.len())
    }
}

/// Where a section begins: at its heading, or at the member of a document that holds it.
fn heading(content: &str, section: &str) -> Option<Range<usize>> {
    if section.is_empty() {
        return None;
    }
    let alone = |at: &usize| {
        let before = content[..*at].trim_end_matches([' ', '\t', '•']).chars().next_back();
        let behind = content[at + section.len()..].trim_start_matches([' ', '\t', '：', ':']).chars().next();
        matches!(before, None | Some('>' | '\n')) && matches!(behind, None | Some('<' | '\n' | '\r'))
    };
    let at = content.match_indices(section).map(|(at, _)| at).find(alone);
    let key =
        [Side::Request, Side::Response].into_iter().find(|side| side.heading() == section).map(|side| match side {
            Side::Request => "\"requestParams\"",
            Side::Response => "\"responseParams\"",
        });
    let member = || key.and_then(|key| content.find(key).map(|at| at..at + key.len()));
    at.map(|at| at..at + section.len()).or_else(member)
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
