//! The list of changes that a document gives with its tables: `changeDiff` (html.md, "The document endpoint").

use topsdk_spec::Side;
use topsdk_spec::diff::{Announced, Announcement};

use super::json::Json;
use crate::page::encoding::decode;

/// The list of a page; `None` where it is no document, or has none.
///
/// ```
/// let page = br#"{"data":{"name":"a.b.get","changeDiff":{"outputDiff":["[+] time"],"inputDiff":[]}}}"#;
/// assert_eq!(topsdk_codegen::read::announced(page).unwrap().changes.len(), 1);
/// ```
pub fn announced(bytes: &[u8]) -> Option<Announced> {
    let (text, _) = decode("", bytes);
    let json = Json::strict(&text).ok()?;
    let root = json.root()?;
    let list = json.get(json.get(root, "data").unwrap_or(root), "changeDiff")?;
    let mut announced = Announced::default();
    for (side, key) in [(Side::Request, "inputDiff"), (Side::Response, "outputDiff")] {
        let entries = json.get(list, key).into_iter().flat_map(|entries| json.children(entries));
        let entries = entries.filter_map(|entry| json.text(entry));
        announced.changes.extend(entries.filter_map(|text| Announcement::parse(side, &text)));
    }
    (!announced.changes.is_empty()).then_some(announced)
}
