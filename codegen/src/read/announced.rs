//! The list of changes that a document gives with its tables: `changeDiff` (html.md, "The document endpoint").

use serde::Deserialize;
use topsdk_spec::Side;
use topsdk_spec::diff::{Announced, Announcement};

use super::raw::{self, Raw, text};
use crate::page::encoding::decode;

/// A document, or its envelope.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(borrow)]
    data: Raw<'a>,
    #[serde(borrow)]
    change_diff: Raw<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changes<'a> {
    #[serde(borrow)]
    input_diff: Raw<'a>,
    #[serde(borrow)]
    output_diff: Raw<'a>,
}

/// The list of a page; `None` where it is no document, or has none.
///
/// ```
/// let page = br#"{"data":{"name":"a.b.get","changeDiff":{"outputDiff":["[+] time"],"inputDiff":[]}}}"#;
/// assert_eq!(topsdk_codegen::read::announced(page).unwrap().changes.len(), 1);
/// ```
pub fn announced(bytes: &[u8]) -> Option<Announced> {
    let (content, _) = decode("", bytes);
    let outer: Document<'_> = raw::parse(content.trim_start_matches('\u{feff}')).ok()?;
    let document: Document<'_> = match outer.data {
        Some(data) => raw::parse(data.get()).ok()?,
        None => outer,
    };
    let changes: Changes<'_> = raw::parse(document.change_diff?.get()).ok()?;
    let mut announced = Announced::default();
    for (side, list) in [(Side::Request, changes.input_diff), (Side::Response, changes.output_diff)] {
        let entries = raw::items(list).into_iter().map(|entry| text(Some(entry)));
        announced.changes.extend(entries.filter_map(|text| Announcement::parse(side, &text)));
    }
    (!announced.changes.is_empty()).then_some(announced)
}
